//! Every call of the port in each of its forms is a right request.

use khaya_domain::subscription::PaidTier;
use khaya_ports::payment::{
    AccountKind, BankAccount, CheckoutRequest, DocumentKind, PaymentGateway, RefundRequest,
};

use crate::calls::{account, checkout, outcome, rand, refund};
use crate::samples::OPERATIONS;
use crate::{paystack, watched};

#[tokio::test]
async fn every_call_of_the_port_is_a_right_request() {
    let mock = watched().await;
    for (operation, _) in OPERATIONS {
        outcome(operation, &paystack(&mock.endpoint)).await;
        let seen = mock.take();
        assert!(seen.iter().any(|exchange| exchange.operation == *operation), "{operation}: {seen:#?}");
        assert!(seen.iter().all(|exchange| (200..300).contains(&exchange.status)), "{seen:#?}");
    }
}

#[tokio::test]
async fn every_form_of_a_call_is_a_right_request() {
    let mock = watched().await;
    let paystack = paystack(&mock.endpoint);
    let with_email = CheckoutRequest { email: Some("thandi@example.co.za".parse().unwrap()), ..checkout() };
    let of_a_plan = CheckoutRequest { plan: Some("PLN_gx2wn530m0i3w3m".to_owned()), ..checkout() };
    let smallest = CheckoutRequest { amount: rand(100), ..checkout() };
    for request in [with_email, of_a_plan, smallest] {
        paystack.checkout(&request).await.unwrap();
    }
    paystack.refund(&RefundRequest { amount: None, ..refund() }).await.unwrap();
    for (kind, document_kind) in [
        (AccountKind::Personal, DocumentKind::PassportNumber),
        (AccountKind::Business, DocumentKind::BusinessRegistrationNumber),
    ] {
        paystack.register(&BankAccount { kind, document_kind, ..account() }).await.unwrap();
    }
    paystack.plan(PaidTier::Elite, rand(29_900)).await.unwrap();
    assert_eq!(mock.take().len(), 10);
}

#[tokio::test]
async fn a_wrong_request_is_noticed() {
    let mock = watched().await;
    // Below what Paystack takes.
    let too_little = CheckoutRequest { amount: rand(99), ..checkout() };
    paystack(&mock.endpoint).checkout(&too_little).await.unwrap_err();
    let noticed = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| mock.take()));
    assert!(noticed.is_err());
}

#[tokio::test]
async fn every_amount_is_sent_as_whole_cents_of_rand() {
    let mock = watched().await;
    for operation in ["POST /transaction/initialize", "POST /transfer", "POST /plan"] {
        outcome(operation, &paystack(&mock.endpoint)).await;
        let seen = mock.take();
        let sent = seen.iter().find(|exchange| exchange.operation == operation).unwrap();
        let body: serde_json::Value = serde_json::from_str(&sent.body).unwrap();
        assert!(body["amount"].is_i64() && body["currency"] == "ZAR", "{operation}: {body}");
    }
}
