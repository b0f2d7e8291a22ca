//! Every status that Paystack documents, and what it means to us.

use super::*;
use khaya_ports::payment::RenewalStatus;

/// What is said of each status, in that order; `None` is an outcome that is not known.
async fn ask<T, F, const N: usize>(
    data: Value,
    statuses: [&str; N],
    call: impl Fn(Arc<Paystack>) -> F,
) -> Vec<Option<T>>
where
    F: Future<Output = Result<T, PaymentError>>,
{
    let mut told = Vec::new();
    for status in statuses {
        let mut data = data.clone();
        data["status"] = json!(status);
        let (paystack, _) = Fake::start(vec![yes(data)]).await;
        told.push(match call(Arc::new(paystack)).await {
            Ok(told) => Some(told),
            Err(PaymentError::Unavailable(_)) => None,
            Err(error) => panic!("{status}: {error:?}"),
        });
    }
    told
}

#[tokio::test]
async fn charges_stand_as_the_table_says() {
    use ChargeStatus::{Declined, Paid, Pending, Reversed};
    let table = [
        ("success", Some(Paid)),
        ("failed", Some(Declined)),
        ("abandoned", Some(Pending)),
        ("ongoing", Some(Pending)),
        ("pending", Some(Pending)),
        ("processing", Some(Pending)),
        ("queued", Some(Pending)),
        ("reversed", Some(Reversed)),
        ("", None),
        ("SUCCESS", None),
        ("settled", None),
    ];
    let told = ask(charge(""), table.map(|row| row.0), |paystack| async move {
        Ok(paystack.verify(&reference()).await?.unwrap().status)
    });
    assert_eq!(told.await, table.map(|row| row.1));
}

#[tokio::test]
async fn refunds_stand_as_the_table_says() {
    use RefundStatus::{Arrived, Failed, NeedsDetails, Pending};
    let table = [
        ("pending", Some(Pending)),
        ("processing", Some(Pending)),
        ("processed", Some(Arrived)),
        ("failed", Some(Failed)),
        ("needs-attention", Some(NeedsDetails)),
        ("reversed", None),
    ];
    let told = ask(json!({ "id": 1, "amount": 500 }), table.map(|row| row.0), |paystack| async move {
        Ok(paystack.refund(&refund()).await?.status)
    });
    assert_eq!(told.await, table.map(|row| row.1));
}

#[tokio::test]
async fn transfers_stand_as_the_table_says() {
    use TransferStatus::{Arrived, Failed, NotSent, Pending, Returned};
    let table = [
        ("pending", Some(Pending)),
        ("received", Some(Pending)),
        ("queued", Some(Pending)),
        ("otp", Some(Pending)),
        ("success", Some(Arrived)),
        ("failed", Some(Failed)),
        ("abandoned", Some(NotSent)),
        ("blocked", Some(NotSent)),
        ("rejected", Some(NotSent)),
        ("reversed", Some(Returned)),
        ("sent", None),
    ];
    let told = ask(json!({ "amount": 500 }), table.map(|row| row.0), |paystack| async move {
        Ok(paystack.find_transfer(&reference()).await?.unwrap().status)
    });
    assert_eq!(told.await, table.map(|row| row.1));
}

#[tokio::test]
async fn subscriptions_stand_as_the_table_says() {
    use RenewalStatus::{Active, Attention, Ended};
    let table = [
        ("active", Some(Active)),
        ("attention", Some(Attention)),
        ("non-renewing", Some(Ended)),
        ("completed", Some(Ended)),
        ("complete", Some(Ended)),
        ("cancelled", Some(Ended)),
        ("paused", None),
    ];
    let data = json!({ "plan": { "plan_code": "PLN_1" }, "customer": { "customer_code": "CUS_1" } });
    let told = ask(data, table.map(|row| row.0), |paystack| async move {
        Ok(paystack.find_subscription("SUB_1").await?.unwrap().status)
    });
    assert_eq!(told.await, table.map(|row| row.1));
}
