//! What is sent.

use super::*;

#[tokio::test]
async fn a_page_is_opened_for_whole_cents_of_rand() {
    let page = json!({ "authorization_url": "https://checkout.example/1" });
    let (paystack, fake) = Fake::start(vec![yes(page)]).await;
    let page = paystack.checkout(&checkout()).await.unwrap();
    assert_eq!(page.url, "https://checkout.example/1");
    let seen = &fake.seen()[0];
    assert_eq!(seen.line, "POST /transaction/initialize");
    assert_eq!(seen.authorization, "Bearer sk_test_1");
    let expected = json!({
        "email": "00000000-0000-0000-0000-000000000005@payers.khaya.example",
        "amount": 95_000,
        "currency": "ZAR",
        "reference": "kh-job-0199c0de-1",
        "callback_url": "https://khaya.example/paid",
    });
    assert_eq!(seen.body, expected);
    assert!(seen.body["amount"].is_i64());
}

#[tokio::test]
async fn a_subscription_begins_with_a_card() {
    let page = json!({ "authorization_url": "https://checkout.example/1" });
    let (paystack, fake) = Fake::start(vec![yes(page)]).await;
    let email = Some("thandi@example.co.za".parse().unwrap());
    let request = CheckoutRequest { plan: Some("PLN_1".to_owned()), email, ..checkout() };
    paystack.checkout(&request).await.unwrap();
    let body = &fake.seen()[0].body;
    assert_eq!(body["plan"], "PLN_1");
    assert_eq!(body["channels"], json!(["card"]));
    assert_eq!(body["email"], "thandi@example.co.za");
}

#[tokio::test]
async fn a_refund_carries_our_name_and_all_of_it_names_no_amount() {
    let pending = json!({ "id": 3_018_284, "status": "pending", "amount": "500" });
    let (paystack, fake) = Fake::start(vec![yes(pending.clone()), yes(pending)]).await;
    let part = paystack.refund(&refund()).await.unwrap();
    assert_eq!(part, ProviderRefund { id: "3018284".to_owned(), status: RefundStatus::Pending, cents: 500 });
    paystack.refund(&RefundRequest { amount: None, ..refund() }).await.unwrap();
    let note = "khaya-refund:00000000-0000-0000-0000-000000000007";
    let all = json!({ "transaction": "kh-job-0199c0de-1", "merchant_note": note });
    let mut part = all.clone();
    part["amount"] = json!(500);
    let bodies: Vec<Value> = fake.seen().into_iter().map(|seen| seen.body).collect();
    assert_eq!(bodies, [part, all]);
}

#[tokio::test]
async fn money_goes_out_in_rand_and_never_in_naira() {
    let sent = json!({ "status": "pending", "amount": 95_000, "transfer_code": "TRF_1" });
    let (paystack, fake) = Fake::start(vec![yes(sent)]).await;
    let transfer = paystack.transfer(&transfer()).await.unwrap();
    assert_eq!(transfer, Transfer { status: TransferStatus::Pending, cents: 95_000, processing_cents: 0 });
    let expected = json!({
        "source": "balance", "amount": 95_000, "recipient": "RCP_1", "reference": "kh-job-0199c0de-1",
        "currency": "ZAR",
    });
    assert_eq!(fake.seen()[0].body, expected);
}

#[tokio::test]
async fn an_account_is_checked_before_it_is_registered() {
    let good = json!({ "verified": true, "accountHolderMatch": true, "accountAcceptsCredits": true });
    let registered = json!({ "recipient_code": "RCP_1" });
    let created = (201, json!({ "status": true, "message": "ok", "data": registered }));
    let (paystack, fake) = Fake::start(vec![yes(good), created]).await;
    assert_eq!(paystack.register(&account()).await.unwrap(), Recipient("RCP_1".to_owned()));
    let checked = json!({
        "account_name": "Thandi Mokoena", "account_number": "0123456789", "account_type": "personal",
        "bank_code": "632005", "country_code": "ZA", "document_type": "identityNumber",
        "document_number": "8001015009087",
    });
    let registered = json!({
        "type": "basa", "name": "Thandi Mokoena", "account_number": "0123456789", "bank_code": "632005",
        "currency": "ZAR",
    });
    let seen: Vec<_> = fake.seen().into_iter().map(|seen| (seen.line, seen.body)).collect();
    let expected = [("POST /bank/validate", checked), ("POST /transferrecipient", registered)]
        .map(|(l, b)| (l.to_owned(), b));
    assert_eq!(seen, expected);
}

#[tokio::test]
async fn a_plan_is_made_only_when_none_fits() {
    let fitting = |id: u64, code: &str| {
        json!({
            "id": id, "plan_code": code, "name": "Khaya pro", "amount": 14_900, "interval": "monthly",
            "currency": "ZAR", "is_deleted": false, "is_archived": false,
        })
    };
    let mut dearer = fitting(1, "PLN_dearer");
    dearer["amount"] = json!(19_900);
    let mut archived = fitting(2, "PLN_archived");
    archived["is_archived"] = json!(true);
    let mut naira = fitting(3, "PLN_naira");
    naira["currency"] = json!("NGN");
    let others = vec![dearer, archived, naira];
    let mut all = others.clone();
    all.extend([fitting(9, "PLN_newer"), fitting(8, "PLN_older")]);
    let made = json!({ "plan_code": "PLN_made" });
    let (paystack, fake) = Fake::start(vec![yes(json!(all)), yes(json!(others)), yes(made)]).await;
    assert_eq!(paystack.plan(PaidTier::Pro, rand(14_900)).await.unwrap(), "PLN_older");
    assert_eq!(paystack.plan(PaidTier::Pro, rand(14_900)).await.unwrap(), "PLN_made");
    let seen = fake.seen();
    assert_eq!(seen[0].line, "GET /plan?interval=monthly&amount=14900&perPage=100&page=1");
    let expected = json!({ "name": "Khaya pro", "amount": 14_900, "interval": "monthly", "currency": "ZAR" });
    assert_eq!((seen[2].line.as_str(), &seen[2].body), ("POST /plan", &expected));
}

#[tokio::test]
async fn ending_a_subscription_sends_the_token_that_only_paystack_keeps() {
    let subscription = json!({ "status": "active", "email_token": "t1" });
    let (paystack, fake) = Fake::start(vec![yes(subscription), yes(Value::Null)]).await;
    paystack.end_subscription("SUB_1").await.unwrap();
    let seen = fake.seen();
    assert_eq!(seen[0].line, "GET /subscription/SUB_1");
    assert_eq!(seen[1].line, "POST /subscription/disable");
    assert_eq!(seen[1].body, json!({ "code": "SUB_1", "token": "t1" }));
}

#[tokio::test]
async fn a_code_that_is_none_is_never_sent() {
    let (paystack, fake) = Fake::start(vec![]).await;
    for bad in ["", "../balance", "SUB_1?x=1"] {
        assert_eq!(paystack.find_subscription(bad).await.unwrap(), None);
        assert!(matches!(paystack.end_subscription(bad).await, Err(PaymentError::Refused(_))));
        assert!(matches!(paystack.card_update_link(bad).await, Err(PaymentError::Refused(_))));
    }
    assert!(fake.seen().is_empty());
}
