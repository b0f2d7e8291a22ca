use khaya_domain::subscription::PaidTier;
use khaya_ports::payment::{ChargeStatus, ProviderSubscription, RenewalStatus};

use super::super::RenewalFate;
use super::*;

const ONE: &str = "kh-subscribe-0001";

/// A provider with one subscription, and its code.
async fn subscribed(now: &str) -> (Provider, String) {
    let provider = Provider::at(now);
    let plan = provider.gateway.plan(PaidTier::Pro, money(19_900)).await.unwrap();
    // The plan's price is charged, whatever was asked for.
    provider.gateway.checkout(&checkout(ONE, 100, Some(plan))).await.unwrap();
    provider.gateway.choose(&reference(ONE), Choice::Pay).await.unwrap();
    let [only] = <[_; 1]>::try_from(provider.gateway.subscriptions_of(payer()).await.unwrap()).unwrap();
    (provider, only.code)
}

async fn look(provider: &Provider, code: &str) -> ProviderSubscription {
    provider.gateway.find_subscription(code).await.unwrap().unwrap()
}

fn time(text: &str) -> Option<DateTime<Utc>> {
    Some(text.parse().unwrap())
}

#[tokio::test]
async fn a_tier_at_a_price_is_one_plan() {
    let provider = Provider::new();
    let plan = async |tier, cents| provider.gateway.plan(tier, money(cents)).await.unwrap();
    let pro = plan(PaidTier::Pro, 19_900).await;
    assert!(pro.starts_with("PLN_"));
    assert_eq!(plan(PaidTier::Pro, 19_900).await, pro);
    assert_ne!(plan(PaidTier::Pro, 20_000).await, pro);
    assert_ne!(plan(PaidTier::Elite, 19_900).await, pro);
    let unknown = checkout(ONE, 100, Some("PLN_unknown".to_owned()));
    assert!(is_refused(&provider.gateway.checkout(&unknown).await));
}

#[tokio::test]
async fn the_first_payment_at_the_plans_price_begins_a_subscription() {
    let (provider, code) = subscribed("2026-11-05T08:30:00Z").await;
    let charge = provider.gateway.verify(&reference(ONE)).await.unwrap().unwrap();
    let subscription = look(&provider, &code).await;
    assert!(code.starts_with("SUB_"));
    assert_eq!((charge.status, charge.cents), (ChargeStatus::Paid, 19_900));
    assert_eq!(charge.plan, Some(subscription.plan.clone()));
    assert_eq!(charge.customer, Some(subscription.customer.clone()));
    assert_eq!(subscription.status, RenewalStatus::Active);
    assert_eq!(subscription.next_payment_at, time("2026-12-05T08:30:00Z"));
    assert_eq!(provider.announced().await, ["charge.success", "subscription.create"]);
    assert!(provider.gateway.find_subscription("SUB_unknown").await.unwrap().is_none());
}

#[tokio::test]
async fn what_begins_at_the_end_of_a_month_is_charged_on_the_28th() {
    for (begun, first, second) in [
        ("2027-01-31T08:30:00Z", "2027-02-28T08:30:00Z", "2027-03-28T08:30:00Z"),
        ("2026-11-29T00:00:00Z", "2026-12-28T00:00:00Z", "2027-01-28T00:00:00Z"),
        ("2026-12-28T23:59:00Z", "2027-01-28T23:59:00Z", "2027-02-28T23:59:00Z"),
    ] {
        let (provider, code) = subscribed(begun).await;
        assert_eq!(look(&provider, &code).await.next_payment_at, time(first));
        provider.set(first);
        assert_eq!(provider.gateway.advance().await.unwrap(), 1);
        assert_eq!(look(&provider, &code).await.next_payment_at, time(second));
    }
}

#[tokio::test]
async fn a_renewal_is_a_charge_under_the_providers_own_reference() {
    let (provider, code) = subscribed("2026-11-05T08:30:00Z").await;
    assert_eq!(provider.gateway.advance().await.unwrap(), 0);
    provider.set("2026-12-05T08:30:00Z");
    assert_eq!(provider.gateway.advance().await.unwrap(), 1);
    assert_eq!(provider.gateway.advance().await.unwrap(), 0);
    let names = ["charge.success", "subscription.create", "charge.success", "invoice.update"];
    assert_eq!(provider.announced().await, names);
    let said = provider.newest("invoice.update").await;
    assert_eq!((said["paid"].as_bool(), said["amount"].as_i64()), (Some(true), Some(19_900)));
    assert_eq!(said["subscription"]["subscription_code"], code);
    let own = said["transaction"]["reference"].as_str().unwrap();
    assert_eq!(uuid::Uuid::parse_str(own).unwrap().to_string(), own);
    let charge = provider.gateway.verify(&reference(own)).await.unwrap().unwrap();
    assert_eq!(
        (charge.status, charge.cents, charge.paid_at),
        (ChargeStatus::Paid, 19_900, time("2026-12-05T08:30:00Z"))
    );
    let first = provider.gateway.verify(&reference(ONE)).await.unwrap().unwrap();
    assert_eq!((charge.plan, charge.customer), (first.plan, first.customer));
    assert_eq!(look(&provider, &code).await.next_payment_at, time("2027-01-05T08:30:00Z"));
    assert_eq!(provider.newest("charge.success").await["reference"], own);
    // 19 900 less 3.335% and R1.15, twice.
    assert_eq!(provider.balance().await, 2 * (19_900 - 664 - 115));
}

#[tokio::test]
async fn periods_that_were_missed_are_charged_one_at_each_advance() {
    let (provider, code) = subscribed("2026-11-05T08:30:00Z").await;
    provider.set("2027-02-06T00:00:00Z");
    for moved in [1, 1, 1, 0] {
        assert_eq!(provider.gateway.advance().await.unwrap(), moved);
    }
    assert_eq!(look(&provider, &code).await.next_payment_at, time("2027-03-05T08:30:00Z"));
}

#[tokio::test]
async fn a_renewal_that_fails_is_tried_on_three_more_days_and_then_ends_it() {
    let (provider, code) = subscribed("2026-11-05T08:30:00Z").await;
    provider.gateway.plan_renewal(&code, RenewalFate::Fail).await.unwrap();
    provider.set("2026-12-05T08:30:00Z");
    let before = provider.balance().await;
    for _ in 0..3 {
        assert_eq!(provider.gateway.advance().await.unwrap(), 1);
        assert_eq!(provider.gateway.advance().await.unwrap(), 0);
        let subscription = look(&provider, &code).await;
        assert_eq!(subscription.status, RenewalStatus::Attention);
        assert_eq!(subscription.next_payment_at, time("2026-12-05T08:30:00Z"));
        provider.pass(TimeDelta::days(1));
    }
    assert_eq!(provider.gateway.advance().await.unwrap(), 1);
    let ended = look(&provider, &code).await;
    assert_eq!((ended.status, ended.next_payment_at), (RenewalStatus::Ended, None));
    provider.pass(TimeDelta::days(60));
    assert_eq!(provider.gateway.advance().await.unwrap(), 0);
    let told = provider.announced().await;
    assert_eq!(
        told[2..],
        [
            "invoice.payment_failed",
            "invoice.payment_failed",
            "invoice.payment_failed",
            "invoice.payment_failed",
            "subscription.disable"
        ]
    );
    assert_eq!(provider.newest("subscription.disable").await["status"], "complete");
    assert_eq!(provider.balance().await, before);
}

#[tokio::test]
async fn a_retry_that_is_paid_keeps_the_day_of_the_month() {
    let (provider, code) = subscribed("2026-11-05T08:30:00Z").await;
    provider.gateway.plan_renewal(&code, RenewalFate::Fail).await.unwrap();
    provider.set("2026-12-05T08:30:00Z");
    provider.gateway.advance().await.unwrap();
    provider.gateway.plan_renewal(&code, RenewalFate::Pay).await.unwrap();
    provider.pass(TimeDelta::days(1));
    assert_eq!(provider.gateway.advance().await.unwrap(), 1);
    let subscription = look(&provider, &code).await;
    assert_eq!(subscription.status, RenewalStatus::Active);
    assert_eq!(subscription.next_payment_at, time("2027-01-05T08:30:00Z"));
}

#[tokio::test]
async fn a_renewal_that_is_held_waits() {
    let (provider, code) = subscribed("2026-11-05T08:30:00Z").await;
    provider.gateway.plan_renewal(&code, RenewalFate::Hold).await.unwrap();
    provider.set("2026-12-06T00:00:00Z");
    assert_eq!(provider.gateway.advance().await.unwrap(), 0);
    provider.gateway.plan_renewal(&code, RenewalFate::Pay).await.unwrap();
    assert_eq!(provider.gateway.advance().await.unwrap(), 1);
}

#[tokio::test]
async fn a_subscription_that_was_ended_is_not_charged_and_stays_ended() {
    let (provider, code) = subscribed("2026-11-05T08:30:00Z").await;
    for _ in 0..2 {
        provider.gateway.end_subscription(&code).await.unwrap();
    }
    provider.set("2027-01-05T08:30:00Z");
    assert_eq!(provider.gateway.advance().await.unwrap(), 0);
    let ended = look(&provider, &code).await;
    assert_eq!((ended.status, ended.next_payment_at), (RenewalStatus::Ended, None));
    let told = provider.newest("subscription.not_renew").await;
    assert_eq!(told["status"], "non-renewing");
    assert!(told["next_payment_date"].is_null());
    assert_eq!(provider.announced().await.len(), 3);
    assert!(is_refused(&provider.gateway.end_subscription("SUB_unknown").await));
}

#[tokio::test]
async fn another_card_is_given_at_the_base_address() {
    let (provider, code) = subscribed("2026-11-05T08:30:00Z").await;
    let link = provider.gateway.card_update_link(&code).await.unwrap();
    assert_eq!(link, format!("http://khaya.test/dev/cards/{code}"));
    assert!(is_refused(&provider.gateway.card_update_link("SUB_unknown").await));
}
