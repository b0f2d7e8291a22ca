//! What went wrong, and whether it may have been done.

use super::*;

/// Every call of the port that can be made without a right answer to begin with.
async fn every_error(paystack: &Paystack) -> Vec<PaymentError> {
    vec![
        paystack.checkout(&checkout()).await.map(drop).unwrap_err(),
        paystack.verify(&reference()).await.map(drop).unwrap_err(),
        paystack.refund(&refund()).await.map(drop).unwrap_err(),
        paystack.find_refund(&reference(), refund_id()).await.map(drop).unwrap_err(),
        paystack.banks().await.map(drop).unwrap_err(),
        paystack.register(&account()).await.map(drop).unwrap_err(),
        paystack.transfer(&transfer()).await.map(drop).unwrap_err(),
        paystack.find_transfer(&reference()).await.map(drop).unwrap_err(),
        paystack.balance().await.map(drop).unwrap_err(),
        paystack.plan(PaidTier::Elite, rand(29_900)).await.map(drop).unwrap_err(),
        paystack.find_subscription("SUB_1").await.map(drop).unwrap_err(),
        paystack.end_subscription("SUB_1").await.unwrap_err(),
        paystack.card_update_link("SUB_1").await.map(drop).unwrap_err(),
    ]
}

const CALLS: usize = 13;

async fn all_are_unavailable(paystack: &Paystack) {
    let errors = every_error(paystack).await;
    assert_eq!(errors.len(), CALLS);
    for error in errors {
        assert!(matches!(error, PaymentError::Unavailable(_)), "{error:?}");
        let told = format!("{error:?}");
        assert!(
            !told.contains("kh-job") && !told.contains("0123456789") && !told.contains("sk_test"),
            "{told}"
        );
    }
}

#[tokio::test]
async fn an_answer_that_is_not_json_is_unavailable() {
    for (status, body) in
        [(200, "<html>"), (502, "Bad gateway"), (404, "nothing here"), (401, ""), (200, "7")]
    {
        let (paystack, _) = Fake::start_raw(vec![(status, body.to_owned()); CALLS]).await;
        all_are_unavailable(&paystack).await;
    }
}

#[tokio::test]
async fn a_fault_of_theirs_is_unavailable() {
    let fault = json!({ "status": false, "message": "Duplicate Transaction Reference", "type": "api_error" });
    let (paystack, _) = Fake::start(vec![(500, fault); CALLS]).await;
    all_are_unavailable(&paystack).await;
}

#[tokio::test]
async fn an_answer_of_success_that_says_no_is_no_success() {
    let mut no = yes(charge("success"));
    no.1["status"] = json!(false);
    let mut says_neither = no.clone();
    says_neither.1["status"] = json!(null);
    let currency = (200, json!({ "status": false, "message": "Currency not supported by merchant" }));
    let (paystack, _) = Fake::start(vec![no, says_neither, currency]).await;
    for _ in 0..2 {
        assert!(matches!(paystack.verify(&reference()).await, Err(PaymentError::Unavailable(_))));
    }
    assert!(matches!(paystack.checkout(&checkout()).await, Err(PaymentError::Misconfigured(_))));
}

#[tokio::test]
async fn an_answer_without_what_was_asked_for_is_unavailable() {
    for data in
        [json!(null), json!("no"), json!({ "status": "new_status", "amount": 1, "id": 1, "domain": "test" })]
    {
        let (paystack, _) = Fake::start(vec![yes(data.clone()); 12]).await;
        let errors = [
            paystack.checkout(&checkout()).await.map(drop).unwrap_err(),
            paystack.verify(&reference()).await.map(drop).unwrap_err(),
            paystack.refund(&refund()).await.map(drop).unwrap_err(),
            paystack.transfer(&transfer()).await.map(drop).unwrap_err(),
            paystack.find_transfer(&reference()).await.map(drop).unwrap_err(),
            paystack.find_subscription("SUB_1").await.map(drop).unwrap_err(),
            paystack.end_subscription("SUB_1").await.unwrap_err(),
            paystack.card_update_link("SUB_1").await.map(drop).unwrap_err(),
        ];
        for error in errors {
            assert!(matches!(error, PaymentError::Unavailable(_)), "{data}: {error:?}");
        }
    }
}

#[tokio::test]
async fn a_cut_connection_is_unavailable() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let paystack = paystack(listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut connection, _)) = listener.accept().await {
            // The request has arrived, and the answer never leaves.
            let _ = connection.read(&mut [0; 64]).await;
        }
    });
    all_are_unavailable(&paystack).await;
}

#[tokio::test]
async fn a_slow_answer_is_unavailable() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let paystack = paystack(listener.local_addr().unwrap());
    // Connections are taken by the system, and nobody answers.
    let began = tokio::time::Instant::now();
    all_are_unavailable(&paystack).await;
    assert!(began.elapsed() < CALL_LIMIT, "{:?}", began.elapsed());
    drop(listener);
}

#[tokio::test]
async fn nobody_there_is_unavailable() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let paystack = paystack(listener.local_addr().unwrap());
    drop(listener);
    all_are_unavailable(&paystack).await;
}

#[tokio::test]
async fn too_many_calls_are_busy_whoever_says_so() {
    let limited = json!({ "status": false, "message": "Rate limit exceeded!", "code": "rate_limited" });
    for body in [limited.to_string(), "<html>429</html>".to_owned()] {
        let (paystack, _) = Fake::start_raw(vec![(429, body); CALLS]).await;
        for error in every_error(&paystack).await {
            assert!(matches!(error, PaymentError::Busy), "{error:?}");
        }
    }
}

#[tokio::test]
async fn a_call_that_gets_no_turn_is_busy_and_not_sent() {
    let sent = json!({ "status": "pending", "amount": 95_000 });
    let (paystack, fake) = Fake::start(vec![yes(sent); 40]).await;
    let (reference, paystack) = (reference(), Arc::new(paystack));
    let calls: Vec<_> = (0..40)
        .map(|_| {
            let (paystack, reference) = (Arc::clone(&paystack), reference.clone());
            tokio::spawn(async move { paystack.find_transfer(&reference).await })
        })
        .collect();
    let mut busy = 0;
    for call in calls {
        match call.await.unwrap() {
            Ok(found) => assert!(found.is_some()),
            Err(PaymentError::Busy) => busy += 1,
            Err(error) => panic!("{error:?}"),
        }
    }
    // Twenty at once, and one a second after that.
    assert!((16..20).contains(&busy), "{busy}");
    assert_eq!(fake.seen().len(), 40 - busy);
}

#[tokio::test]
async fn a_key_that_is_not_taken_is_a_fault_of_ours() {
    for status in [400, 401, 403] {
        let wrong = json!({ "status": false, "message": "Invalid key" });
        let (paystack, _) = Fake::start(vec![(status, wrong); CALLS]).await;
        for error in every_error(&paystack).await {
            assert!(matches!(error, PaymentError::Misconfigured(_)), "{status}: {error:?}");
        }
    }
}

#[test]
fn only_a_secret_key_is_a_key() {
    let address = SocketAddr::from(([127, 0, 0, 1], 1));
    for bad in ["", "pk_test_1", "sk_1", "SK_LIVE_1"] {
        assert!(matches!(Paystack::new(settings(address, bad)), Err(PaystackError::Key)), "{bad}");
    }
    assert!(!format!("{:?}", settings(address, "sk_live_secret")).contains("sk_live_secret"));
}
