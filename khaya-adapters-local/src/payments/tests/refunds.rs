use khaya_domain::ids::RefundId;
use khaya_ports::payment::{ChargeStatus, ProviderRefund, RefundRequest, RefundStatus};

use super::super::RefundFate;
use super::*;

const ONE: &str = "kh-charge-0000-1";

fn name(byte: u8) -> RefundId {
    RefundId::new(DateTime::UNIX_EPOCH, [byte; 10])
}

async fn refund(
    provider: &Provider,
    of: &PaymentReference,
    byte: u8,
    cents: Option<i64>,
) -> Result<ProviderRefund, PaymentError> {
    let request = RefundRequest { refund: name(byte), of: of.clone(), amount: cents.map(money) };
    provider.gateway.refund(&request).await
}

async fn status(provider: &Provider, of: &PaymentReference, byte: u8) -> RefundStatus {
    provider.gateway.find_refund(of, name(byte)).await.unwrap().unwrap().status
}

async fn charge_status(provider: &Provider, of: &PaymentReference) -> ChargeStatus {
    provider.gateway.verify(of).await.unwrap().unwrap().status
}

#[tokio::test]
async fn a_refund_is_under_way_and_arrives_when_time_moves() {
    let provider = Provider::new();
    let one = provider.paid(ONE, 100_000).await;
    let made = refund(&provider, &one, 1, Some(40_000)).await.unwrap();
    assert_eq!((made.status, made.cents), (RefundStatus::Pending, 40_000));
    assert_eq!(provider.gateway.find_refund(&one, name(1)).await.unwrap(), Some(made));
    assert!(provider.gateway.find_refund(&one, name(2)).await.unwrap().is_none());
    assert_eq!(provider.balance().await, 96_550 - 40_000);
    assert_eq!(provider.gateway.advance().await.unwrap(), 1);
    assert_eq!(status(&provider, &one, 1).await, RefundStatus::Arrived);
    assert_eq!(provider.gateway.advance().await.unwrap(), 0);
    assert_eq!(charge_status(&provider, &one).await, ChargeStatus::Paid);
    assert_eq!(provider.announced().await, ["charge.success", "refund.pending", "refund.processed"]);
}

#[tokio::test]
async fn the_same_refund_again_is_another_refund_and_the_newest_is_found() {
    let provider = Provider::new();
    let one = provider.paid(ONE, 100_000).await;
    let first = refund(&provider, &one, 1, Some(10_000)).await.unwrap();
    let second = refund(&provider, &one, 1, Some(10_000)).await.unwrap();
    assert_ne!(first.id, second.id);
    assert_eq!(provider.gateway.find_refund(&one, name(1)).await.unwrap(), Some(second));
    assert_eq!(provider.balance().await, 96_550 - 20_000);
}

#[tokio::test]
async fn more_than_was_paid_or_of_what_was_not_is_refused() {
    let provider = Provider::new();
    provider.gateway.top_up(1_000_000).await.unwrap();
    let unpaid = provider.ask("kh-charge-unpaid", 100_000).await;
    let one = provider.paid(ONE, 100_000).await;
    let before = provider.balance().await;
    assert!(is_refused(&refund(&provider, &reference("kh-charge-unknown"), 1, None).await));
    assert!(is_refused(&refund(&provider, &unpaid, 1, None).await));
    assert!(is_refused(&refund(&provider, &one, 1, Some(100_001)).await));
    assert!(is_refused(&refund(&provider, &one, 1, Some(0)).await));
    assert_eq!(provider.balance().await, before);
    refund(&provider, &one, 1, Some(60_000)).await.unwrap();
    assert!(is_refused(&refund(&provider, &one, 2, Some(40_001)).await));
    assert!(is_refused(&refund(&provider, &one, 2, None).await));
    refund(&provider, &one, 2, Some(40_000)).await.unwrap();
}

#[tokio::test]
async fn a_charge_that_is_wholly_given_back_is_reversed_until_a_refund_fails() {
    let provider = Provider::new();
    provider.gateway.top_up(1_000_000).await.unwrap();
    let one = provider.paid(ONE, 100_000).await;
    let before = provider.balance().await;
    provider.gateway.plan_refund(&one, RefundFate::Fail).await.unwrap();
    refund(&provider, &one, 1, None).await.unwrap();
    assert_eq!(charge_status(&provider, &one).await, ChargeStatus::Reversed);
    assert_eq!(provider.gateway.advance().await.unwrap(), 1);
    assert_eq!(status(&provider, &one, 1).await, RefundStatus::Failed);
    assert_eq!(charge_status(&provider, &one).await, ChargeStatus::Paid);
    assert_eq!(provider.balance().await, before);
    provider.gateway.plan_refund(&one, RefundFate::Arrive).await.unwrap();
    refund(&provider, &one, 2, None).await.unwrap();
    assert_eq!(provider.gateway.advance().await.unwrap(), 1);
    assert_eq!(charge_status(&provider, &one).await, ChargeStatus::Reversed);
    assert_eq!(status(&provider, &one, 1).await, RefundStatus::Failed);
    let names = ["charge.success", "refund.pending", "refund.failed", "refund.pending", "refund.processed"];
    assert_eq!(provider.announced().await, names);
}

#[tokio::test]
async fn a_refund_waits_for_details_or_hangs_until_something_else_is_planned() {
    let provider = Provider::new();
    let one = provider.paid(ONE, 100_000).await;
    provider.gateway.plan_refund(&one, RefundFate::Hang).await.unwrap();
    refund(&provider, &one, 1, Some(1_000)).await.unwrap();
    for (fate, moved, stands) in [
        (RefundFate::Hang, 0, RefundStatus::Pending),
        (RefundFate::NeedsDetails, 1, RefundStatus::NeedsDetails),
        (RefundFate::NeedsDetails, 0, RefundStatus::NeedsDetails),
        (RefundFate::Arrive, 1, RefundStatus::Arrived),
        (RefundFate::Fail, 0, RefundStatus::Arrived),
    ] {
        provider.gateway.plan_refund(&one, fate).await.unwrap();
        assert_eq!(provider.gateway.advance().await.unwrap(), moved, "{fate:?}");
        assert_eq!(status(&provider, &one, 1).await, stands, "{fate:?}");
    }
    let names = ["charge.success", "refund.pending", "refund.needs-attention", "refund.processed"];
    assert_eq!(provider.announced().await, names);
}

#[tokio::test]
async fn a_refund_beyond_our_balance_is_not_made() {
    let provider = Provider::new();
    let one = provider.paid(ONE, 100_000).await;
    assert!(matches!(refund(&provider, &one, 1, None).await, Err(PaymentError::LowBalance)));
    assert!(provider.gateway.find_refund(&one, name(1)).await.unwrap().is_none());
    assert_eq!((provider.balance().await, provider.announced().await.len()), (96_550, 1));
    provider.gateway.top_up(3_450).await.unwrap();
    refund(&provider, &one, 1, None).await.unwrap();
    assert_eq!(provider.balance().await, 0);
}
