//! Subscriptions: events in any order, and more than once.

use crate::support::{days, user_id};
use khaya_domain::{
    ids::SubscriptionId,
    policy::TierPolicy,
    subscription::{PaidTier, Subscription, SubscriptionEvent, SubscriptionStatus},
    tiers::Tier,
};
use proptest::prelude::*;

fn pro() -> Subscription {
    Subscription::start(SubscriptionId::new(days(0), [1; 10]), user_id(1), PaidTier::Pro, days(30))
}

fn paid(tier: PaidTier, until: i64) -> SubscriptionEvent {
    SubscriptionEvent::Paid { tier, until: days(until) }
}

fn cancelled(day: i64) -> SubscriptionEvent {
    SubscriptionEvent::Cancelled { at: days(day) }
}

/// The name of the status and the tier at a day.
fn at(subscription: &Subscription, day: i64) -> (&'static str, Tier) {
    let policy = TierPolicy::default();
    let name = match subscription.status(days(day), &policy) {
        SubscriptionStatus::Active { .. } => "active",
        SubscriptionStatus::PastDue { .. } => "past_due",
        SubscriptionStatus::Cancelled { .. } => "cancelled",
        SubscriptionStatus::Expired { .. } => "expired",
    };
    (name, subscription.tier(days(day), &policy))
}

#[test]
fn a_status_follows_from_what_was_told_and_the_time() {
    let failed = SubscriptionEvent::RenewalFailed { due_at: days(30) };
    for (told, day, status, tier) in [
        (vec![], 0, "active", Tier::Pro),
        (vec![], 29, "active", Tier::Pro),
        (vec![], 30, "past_due", Tier::Pro),
        (vec![], 32, "past_due", Tier::Pro),
        (vec![], 33, "expired", Tier::Starter),
        (vec![failed], 29, "active", Tier::Pro),
        (vec![failed], 30, "past_due", Tier::Pro),
        (vec![failed], 33, "expired", Tier::Starter),
        (vec![failed, paid(PaidTier::Pro, 60)], 31, "active", Tier::Pro),
        (vec![paid(PaidTier::Pro, 60)], 59, "active", Tier::Pro),
        (vec![paid(PaidTier::Pro, 60)], 62, "past_due", Tier::Pro),
        (vec![cancelled(10)], 29, "cancelled", Tier::Pro),
        (vec![cancelled(10)], 30, "expired", Tier::Starter),
        (vec![cancelled(31)], 31, "expired", Tier::Starter),
        (vec![paid(PaidTier::Pro, 60), cancelled(40)], 50, "cancelled", Tier::Pro),
        (vec![paid(PaidTier::Elite, 30)], 5, "active", Tier::Elite),
        (vec![paid(PaidTier::Elite, 30)], 31, "past_due", Tier::Elite),
        (vec![paid(PaidTier::Elite, 40)], 35, "active", Tier::Elite),
        (vec![paid(PaidTier::Elite, 40), paid(PaidTier::Pro, 70)], 39, "active", Tier::Elite),
        (vec![paid(PaidTier::Elite, 40), paid(PaidTier::Pro, 70)], 40, "active", Tier::Pro),
        (vec![paid(PaidTier::Elite, 40), paid(PaidTier::Pro, 70)], 71, "past_due", Tier::Pro),
    ] {
        let subscription = told.iter().fold(pro(), |subscription, event| subscription.apply(*event));
        assert_eq!(at(&subscription, day), (status, tier), "{told:?} on day {day}");
    }
}

#[test]
fn a_failed_renewal_is_told_until_it_is_paid() {
    let failed = pro().apply(SubscriptionEvent::RenewalFailed { due_at: days(30) });
    assert!(failed.renewal_has_failed());
    assert!(!failed.apply(paid(PaidTier::Pro, 60)).renewal_has_failed());
    assert!(!pro().renewal_has_failed());
}

#[test]
fn a_subscription_is_cancelled_when_it_was_first_cancelled() {
    assert_eq!(
        pro().apply(cancelled(20)).apply(cancelled(10)).apply(cancelled(15)).cancelled_at(),
        Some(days(10))
    );
}

#[test]
fn nobody_pays_for_the_starter_tier() {
    assert!(PaidTier::try_from(Tier::Starter).is_err());
    assert!(serde_json::from_str::<PaidTier>("\"starter\"").is_err());
}

fn events() -> impl Strategy<Value = Vec<SubscriptionEvent>> {
    let event = prop_oneof![
        (any::<bool>(), 0_i64..200)
            .prop_map(|(elite, until)| paid(if elite { PaidTier::Elite } else { PaidTier::Pro }, until)),
        (0_i64..200).prop_map(|day| SubscriptionEvent::RenewalFailed { due_at: days(day) }),
        (0_i64..200).prop_map(cancelled),
    ];
    proptest::collection::vec(event, 0..12)
}

proptest! {
    #[test]
    fn neither_the_order_nor_repetition_of_events_matters(
        (told, shuffled) in events().prop_flat_map(|told| {
            let twice: Vec<_> = told.iter().chain(&told).copied().collect();
            (Just(told), Just(twice).prop_shuffle())
        }),
    ) {
        let apply = |events: &[SubscriptionEvent]| events.iter().fold(pro(), |known, event| known.apply(*event));
        prop_assert_eq!(apply(&told), apply(&shuffled));
    }

    #[test]
    fn a_payment_never_takes_anything_away(told in events(), until in 0_i64..200, day in 0_i64..210) {
        let policy = TierPolicy::default();
        let before = told.iter().fold(pro(), |known, event| known.apply(*event));
        let after = before.clone().apply(paid(PaidTier::Elite, until));
        prop_assert!(after.paid_until() >= before.paid_until());
        prop_assert!(after.tier(days(day), &policy) >= before.tier(days(day), &policy));
    }

    #[test]
    fn a_subscription_survives_json(told in events()) {
        let subscription = told.iter().fold(pro(), |known, event| known.apply(*event));
        let json = serde_json::to_string(&subscription).unwrap();
        prop_assert_eq!(serde_json::from_str::<Subscription>(&json).unwrap(), subscription);
    }
}
