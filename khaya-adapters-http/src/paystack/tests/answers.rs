//! What is read from an answer.

use super::*;

#[tokio::test]
async fn a_charge_is_read_with_its_plan_and_its_payer() {
    let mut data = charge("success");
    data["fees"] = json!("3105");
    data["paid_at"] = json!("2026-11-20T08:00:00.000Z");
    data["plan"] = json!("PLN_1");
    data["customer"] = json!({ "customer_code": "CUS_1", "email": "x@example.co.za" });
    data["metadata"] = json!(0);
    let (paystack, fake) = Fake::start(vec![yes(data)]).await;
    let charge = paystack.verify(&reference()).await.unwrap().unwrap();
    let expected = Charge {
        status: ChargeStatus::Paid,
        cents: 95_000,
        currency: "ZAR".to_owned(),
        processing_cents: 3105,
        paid_at: Some("2026-11-20T08:00:00Z".parse().unwrap()),
        plan: Some("PLN_1".to_owned()),
        customer: Some("CUS_1".to_owned()),
    };
    assert_eq!(charge, expected);
    assert_eq!(fake.seen()[0].line, "GET /transaction/verify/kh-job-0199c0de-1");
}

#[tokio::test]
async fn a_charge_of_the_other_mode_is_never_paid() {
    for (key, domain) in
        [("sk_live_1", json!("test")), ("sk_test_1", json!("live")), ("sk_live_1", json!(null))]
    {
        let mut data = charge("success");
        data["domain"] = domain.clone();
        let (address, _) = Fake::serve(vec![(200, yes(data).1.to_string())]).await;
        let paystack = Paystack::new(settings(address, key)).unwrap();
        let error = paystack.verify(&reference()).await.unwrap_err();
        let PaymentError::Unavailable(cause) = &error else { panic!("{key} {domain}: {error:?}") };
        assert!(cause.to_string().contains("mode"), "{cause}");
    }
}

#[tokio::test]
async fn the_newest_refund_with_our_note_is_found_on_any_page() {
    let refund = |id: u64, status: &str, note: &str| json!({ "id": id, "status": status, "amount": 500, "merchant_note": note });
    let ours = "khaya-refund:00000000-0000-0000-0000-000000000007";
    let other = "khaya-refund:00000000-0000-0000-0000-000000000008";
    let page = |page: u64, data: Value| {
        (
            200,
            json!({ "status": true, "data": data, "meta": { "page": page, "perPage": "2", "pageCount": 2 } }),
        )
    };
    let first = page(1, json!([refund(30, "processed", other), refund(12, "failed", ours)]));
    let second = page(2, json!([refund(21, "processing", ours), { "id": 40, "merchant_note": null }]));
    let (paystack, fake) = Fake::start(vec![yes(charge("success")), first, second]).await;
    let found = paystack.find_refund(&reference(), refund_id()).await.unwrap().unwrap();
    assert_eq!(found, ProviderRefund { id: "21".to_owned(), status: RefundStatus::Pending, cents: 500 });
    let lines: Vec<String> = fake.seen().into_iter().map(|seen| seen.line).collect();
    assert_eq!(
        lines,
        [
            "GET /transaction/verify/kh-job-0199c0de-1",
            "GET /refund?transaction=18446744073709551615&perPage=100&page=1",
            "GET /refund?transaction=18446744073709551615&perPage=100&page=2",
        ]
    );
}

#[tokio::test]
async fn a_refund_that_was_never_made_is_none() {
    let unknown = (400, json!({ "status": false, "message": "Transaction reference not found." }));
    let (paystack, _) = Fake::start(vec![yes(charge("success")), yes(json!([])), unknown]).await;
    assert_eq!(paystack.find_refund(&reference(), refund_id()).await.unwrap(), None);
    assert_eq!(paystack.find_refund(&reference(), refund_id()).await.unwrap(), None);
}

#[tokio::test]
async fn an_account_that_takes_no_money_or_is_another_s_is_refused() {
    let good = json!({
        "verified": true, "accountHolderMatch": true, "accountAcceptsCredits": true, "accountOpen": true,
    });
    for field in ["verified", "accountHolderMatch", "accountAcceptsCredits", "accountOpen"] {
        let mut data = good.clone();
        data[field] = json!(false);
        let (paystack, fake) = Fake::start(vec![yes(data)]).await;
        let error = paystack.register(&account()).await.unwrap_err();
        assert!(matches!(error, PaymentError::Refused(_)), "{field}: {error:?}");
        assert!(!format!("{error:?}").contains("0123456789"), "{error:?}");
        assert_eq!(fake.seen().len(), 1);
    }
}

#[tokio::test]
async fn only_an_invalid_recipient_is_the_account_s_fault() {
    let no = |code: &str| (400, json!({ "status": false, "message": "No.", "code": code }));
    let answers = vec![no("invalid_transfer_recipient"), no("missing_params"), no("amount_below_minimum")];
    let (paystack, _) = Fake::start(answers).await;
    assert!(matches!(paystack.transfer(&transfer()).await, Err(PaymentError::Refused(_))));
    for _ in 0..2 {
        let error = paystack.transfer(&transfer()).await.unwrap_err();
        assert!(matches!(error, PaymentError::Misconfigured(_)), "{error:?}");
    }
}

#[tokio::test]
async fn the_list_of_banks_is_read_once_and_holds_what_can_be_paid_to() {
    let bank = |name: &str, code: &str, currency: &str, active: bool| json!({ "name": name, "code": code, "currency": currency, "active": active, "is_deleted": false });
    let banks = json!([
        bank("Nedbank", "198765", "ZAR", true),
        bank("Absa", "632005", "ZAR", true),
        bank("Closed", "111111", "ZAR", false),
        bank("GTBank", "058", "NGN", true),
        { "name": null },
    ]);
    let (paystack, fake) = Fake::start(vec![yes(banks)]).await;
    for _ in 0..2 {
        let names: Vec<String> = paystack.banks().await.unwrap().into_iter().map(|bank| bank.name).collect();
        assert_eq!(names, ["Absa", "Nedbank"]);
    }
    assert_eq!(fake.seen().len(), 1);
}

#[tokio::test]
async fn the_balance_is_the_one_in_rand() {
    let both = json!([{ "currency": "NGN", "balance": 7 }, { "currency": "ZAR", "balance": 120_000 }]);
    let (paystack, _) = Fake::start(vec![yes(both), yes(json!([{ "currency": "NGN", "balance": 7 }]))]).await;
    assert_eq!(paystack.balance().await.unwrap(), 120_000);
    assert!(matches!(paystack.balance().await, Err(PaymentError::Misconfigured(_))));
}

#[tokio::test]
async fn a_subscription_that_has_ended_is_not_ended_again() {
    let with = |status: &str| yes(json!({ "status": status, "email_token": "t1" }));
    let inactive = (404, json!({ "status": false, "message": "Subscription not found or already inactive" }));
    let (paystack, fake) =
        Fake::start(vec![with("complete"), with("active"), inactive.clone(), with("non-renewing")]).await;
    paystack.end_subscription("SUB_1").await.unwrap();
    assert_eq!(fake.seen().len(), 1);
    // It ended between the question and the order.
    paystack.end_subscription("SUB_1").await.unwrap();

    let (paystack, _) = Fake::start(vec![with("active"), inactive, with("active")]).await;
    assert!(matches!(paystack.end_subscription("SUB_1").await, Err(PaymentError::Refused(_))));
}
