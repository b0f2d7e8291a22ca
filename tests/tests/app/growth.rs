//! Listings within the tier's limit, subscriptions that renew, fail and end, referrals that earn once.

use chrono::TimeDelta;
use futures::future::join_all;
use khaya_adapters_local::payments::{Choice, RenewalFate};
use khaya_app::payments::Settled;
use khaya_app::{Code, PageRequest, admin, jobs, listings, referrals, subscriptions, work};
use khaya_domain::category::Category;
use khaya_domain::geo::Area;
use khaya_domain::ledger::AccountName;
use khaya_domain::listing::{ListingDetails, ListingKind};
use khaya_domain::money::Money;
use khaya_domain::subscription::{PaidTier, SubscriptionStatus};
use khaya_domain::text::Reason;
use khaya_domain::tiers::Tier;
use khaya_domain::user::SignUpRole;
use khaya_ports::payment::WebhookReader;
use khaya_tests::engines::Engine;
use khaya_tests::world::{Someone, World, job_details};

use crate::support::{accepted, code, proven, released, two};

fn a_listing() -> ListingDetails {
    ListingDetails {
        title: "Geysers fitted".parse().unwrap(),
        description: "All makes, with a certificate.".parse().unwrap(),
        category: Category::Plumbing,
        price: Money::from_cents(95_000).unwrap(),
        area: Area { suburb: "Orlando West".parse().unwrap(), city: "Soweto".parse().unwrap() },
    }
}

async fn pay_for(world: &World, someone: &Someone, tier: PaidTier) -> Settled {
    let begun = subscriptions::begin(&world.app, &someone.caller, tier).await.unwrap();
    world.payments.choose(&begun.reference, Choice::Pay).await.unwrap();
    subscriptions::settle(&world.app, &begun.reference).await.unwrap()
}

async fn tier(world: &World, someone: &Someone) -> Tier {
    subscriptions::current(&world.app, someone.actor()).await.unwrap().tier
}

#[tokio::test(flavor = "multi_thread")]
async fn of_50_listings_at_one_below_the_limit_one_is_made() {
    for engine in Engine::ALL {
        let world = World::on(engine).await;
        let seller = world.someone(1, SignUpRole::Seller).await;
        for _ in 0..4 {
            listings::create(&world.app, &seller.caller, a_listing()).await.unwrap();
        }
        let made = join_all((0..50).map(|_| listings::create(&world.app, &seller.caller, a_listing()))).await;
        let (won, refused): (Vec<_>, Vec<_>) = made.into_iter().partition(Result::is_ok);
        assert_eq!((won.len(), refused.len()), (1, 49), "{engine:?}");
        assert!(refused.into_iter().all(|refused| code(refused) == Code::ListingLimit));
        let kept = listings::list_mine(&world.app, seller.actor(), PageRequest::default()).await.unwrap();
        assert_eq!(kept.items.len(), 5);
        let seen =
            listings::browse(&world.app, ListingKind::Product, Category::Plumbing, PageRequest::default());
        assert_eq!(seen.await.unwrap().items.len(), 5);
        listings::close(&world.app, &seller.caller, kept.items[0].id).await.unwrap();
        assert_eq!(
            code(listings::close(&world.app, &seller.caller, kept.items[0].id).await),
            Code::ListingClosed
        );
        listings::create(&world.app, &seller.caller, a_listing()).await.unwrap();
    }
}

#[tokio::test]
async fn open_jobs_take_places_and_free_them() {
    for engine in Engine::ALL {
        let (world, buyer, worker) = two(engine).await;
        let mut all = Vec::new();
        for _ in 0..5 {
            all.push(world.job(&buyer).await);
        }
        let create = async || jobs::create(&world.app, &buyer.caller, job_details()).await;
        assert_eq!(code(create().await), Code::ListingLimit, "{engine:?}");
        jobs::cancel(&world.app, &buyer.caller, all[0]).await.unwrap();
        create().await.unwrap();
        let bid = world.bid(&worker, all[1], 1_000).await;
        khaya_app::bids::accept(&world.app, &buyer.caller, all[1], bid).await.unwrap();
        create().await.unwrap();
        assert_eq!(code(create().await), Code::ListingLimit);
        // The acceptance lapses: the job is open again, whatever the limit says.
        world.pass(TimeDelta::hours(72)).await;
        let usage = subscriptions::current(&world.app, buyer.actor()).await.unwrap();
        assert_eq!((usage.active_listings, usage.listing_limit), (6, Some(5)));
        world.pass(TimeDelta::days(31)).await;
        // After a month's pause a few ticks catch up.
        for _ in 0..5 {
            world.tick().await;
        }
        let usage = subscriptions::current(&world.app, buyer.actor()).await.unwrap();
        assert_eq!(usage.active_listings, 0);
    }
}

#[tokio::test]
async fn a_subscription_renews_fails_and_ends() {
    for engine in Engine::ALL {
        let world = World::on(engine).await;
        let seller = world.someone(1, SignUpRole::Seller).await;
        assert_eq!(pay_for(&world, &seller, PaidTier::Pro).await, Settled::Funded);
        world.settle_down().await;
        assert_eq!(tier(&world, &seller).await, Tier::Pro, "{engine:?}");
        let twice = subscriptions::begin(&world.app, &seller.caller, PaidTier::Pro).await;
        assert_eq!(code(twice), Code::SubscriptionState);
        for _ in 0..3 {
            world.pass(TimeDelta::days(31)).await;
            world.settle_down().await;
            assert_eq!(tier(&world, &seller).await, Tier::Pro);
        }
        let paid = proven(&world).await(AccountName::RevenueSubscriptions);
        assert_eq!(paid, 4 * 14_900, "the first month and three renewals, each once");
        let of_seller = world.payments.subscriptions_of(seller.actor().user).await.unwrap();
        world.payments.plan_renewal(&of_seller[0].code, RenewalFate::Fail).await.unwrap();
        world.pass(TimeDelta::days(31)).await;
        world.settle_down().await;
        let view = subscriptions::current(&world.app, seller.actor()).await.unwrap();
        assert!(
            view.renewal_failed && matches!(view.status, Some(SubscriptionStatus::PastDue { .. })),
            "{view:?}"
        );
        assert_eq!(view.tier, Tier::Pro, "three days of grace");
        world.pass(TimeDelta::days(4)).await;
        world.settle_down().await;
        assert_eq!(tier(&world, &seller).await, Tier::Starter);
        assert_eq!(proven(&world).await(AccountName::RevenueSubscriptions), paid);
    }
}

#[tokio::test]
async fn an_upgrade_takes_effect_when_paid_and_ends_the_smaller_tier() {
    for engine in Engine::ALL {
        let world = World::on(engine).await;
        let seller = world.someone(1, SignUpRole::Seller).await;
        pay_for(&world, &seller, PaidTier::Pro).await;
        world.settle_down().await;
        let begun = subscriptions::begin(&world.app, &seller.caller, PaidTier::Elite).await.unwrap();
        world.settle_down().await;
        assert_eq!(tier(&world, &seller).await, Tier::Pro, "not before it is paid");
        world.payments.choose(&begun.reference, Choice::Pay).await.unwrap();
        world.settle_down().await;
        assert_eq!(tier(&world, &seller).await, Tier::Elite, "{engine:?}");
        world.pass(TimeDelta::days(32)).await;
        world.settle_down().await;
        let revenue = proven(&world).await(AccountName::RevenueSubscriptions);
        assert_eq!(revenue, 14_900 + 2 * 29_900, "only the larger tier is renewed");
        subscriptions::cancel(&world.app, &seller.caller).await.unwrap();
        assert_eq!(tier(&world, &seller).await, Tier::Elite, "kept to the end of the month");
        world.settle_down().await;
        world.pass(TimeDelta::days(40)).await;
        world.settle_down().await;
        assert_eq!(tier(&world, &seller).await, Tier::Starter);
        assert_eq!(proven(&world).await(AccountName::RevenueSubscriptions), revenue);
        pay_for(&world, &seller, PaidTier::Pro).await;
        assert_eq!(tier(&world, &seller).await, Tier::Pro, "who comes back begins anew");
    }
}

#[tokio::test]
async fn a_smaller_tier_begun_in_the_last_month_of_a_larger_one_goes_on_after_it() {
    let world = World::on(Engine::Memory).await;
    let seller = world.someone(1, SignUpRole::Seller).await;
    pay_for(&world, &seller, PaidTier::Elite).await;
    world.settle_down().await;
    world.pass(TimeDelta::days(10)).await;
    subscriptions::cancel(&world.app, &seller.caller).await.unwrap();
    world.settle_down().await;
    pay_for(&world, &seller, PaidTier::Pro).await;
    world.settle_down().await;
    assert_eq!(tier(&world, &seller).await, Tier::Elite, "it is paid for");
    assert!(subscriptions::card_update_link(&world.app, seller.actor()).await.is_ok());
    for _ in 0..2 {
        world.pass(TimeDelta::days(31)).await;
        world.settle_down().await;
        assert_eq!(tier(&world, &seller).await, Tier::Pro);
    }
    let revenue = proven(&world).await(AccountName::RevenueSubscriptions);
    assert_eq!(revenue, 29_900 + 3 * 14_900, "the smaller tier is renewed, and only it");
}

#[tokio::test]
async fn who_comes_back_is_renewed_in_whatever_order_it_is_announced() {
    for created_first in [false, true] {
        let world = World::on(Engine::Memory).await;
        let seller = world.someone(1, SignUpRole::Seller).await;
        pay_for(&world, &seller, PaidTier::Pro).await;
        world.settle_down().await;
        subscriptions::cancel(&world.app, &seller.caller).await.unwrap();
        world.settle_down().await;
        world.pass(TimeDelta::days(40)).await;
        world.settle_down().await;
        let begun = subscriptions::begin(&world.app, &seller.caller, PaidTier::Pro).await.unwrap();
        world.payments.choose(&begun.reference, Choice::Pay).await.unwrap();
        let mut due = world.payments.due_deliveries(100).await.unwrap();
        let creates = |body: &[u8]| String::from_utf8_lossy(body).contains("subscription.create");
        due.sort_by_key(|delivery| creates(&delivery.body) != created_first);
        assert_eq!(due.len(), 2);
        assert_eq!(creates(&due[0].body), created_first);
        for delivery in &due {
            let read = world.webhooks.read(Some(&delivery.signature), &delivery.body).unwrap();
            khaya_app::payments::take_in(&world.app, &read).await.unwrap();
            world.deliver().await;
            world.payments.delivered(&delivery.id).await.unwrap();
        }
        world.pass(TimeDelta::days(31)).await;
        world.settle_down().await;
        assert_eq!(tier(&world, &seller).await, Tier::Pro, "created first: {created_first}");
        let revenue = proven(&world).await(AccountName::RevenueSubscriptions);
        assert_eq!(revenue, 3 * 14_900, "created first: {created_first}");
    }
}

#[tokio::test]
async fn a_referral_earns_once_with_the_first_release_and_is_taken_back_with_it() {
    for engine in Engine::ALL {
        let (world, buyer, worker) = two(engine).await;
        let desk = world.admin(9).await;
        let friend = world.someone(3, SignUpRole::Seller).await;
        let code_of = async |someone: &Someone| {
            khaya_app::users::me(&world.app, someone.actor()).await.unwrap().referral_code
        };
        let theirs = code_of(&friend).await;
        let own = code_of(&buyer).await;
        assert_eq!(code(referrals::apply(&world.app, &buyer.caller, own).await), Code::ReferralRefused);
        for who in [&buyer, &worker] {
            referrals::apply(&world.app, &who.caller, theirs).await.unwrap();
            assert_eq!(code(referrals::apply(&world.app, &who.caller, theirs).await), Code::ReferralRefused);
        }
        let payable = AccountName::Payable(friend.actor().user);
        let (job, _) = accepted(&world, &buyer, &worker, 1_000).await;
        crate::support::pay(&world, &buyer, job).await;
        assert_eq!(proven(&world).await(payable), 0, "not before the release");
        work::submit(&world.app, &worker.caller, job).await.unwrap();
        work::confirm(&world.app, &buyer.caller, job).await.unwrap();
        assert_eq!(proven(&world).await(payable), 2 * 5_000, "{engine:?}: one for each party");
        released(&world, &buyer, &worker, 1_000).await;
        assert_eq!(proven(&world).await(payable), 2 * 5_000, "once");
        let statistics = referrals::statistics(&world.app, friend.actor()).await.unwrap();
        assert_eq!((statistics.referred, statistics.pending, statistics.earned.cents()), (2, 0, 10_000));
        let late = world.someone(4, SignUpRole::Buyer).await;
        released(&world, &late, &worker, 1_000).await;
        assert_eq!(code(referrals::apply(&world.app, &late.caller, theirs).await), Code::ReferralRefused);
        let why = Reason::parse("A test.").unwrap();
        work::refund_released(&world.app, &desk.caller, job, why).await.unwrap();
        world.settle_down().await;
        assert_eq!(proven(&world).await(payable), 0, "it is taken back");
        let statistics = referrals::statistics(&world.app, friend.actor()).await.unwrap();
        assert_eq!((statistics.earned.cents(), statistics.commissions.len()), (0, 2));
        let acts = admin::audit(&world.app, desk.actor(), world.app.clock.now(), PageRequest::default());
        assert_eq!(acts.await.unwrap().items.len(), 1);
    }
}

#[tokio::test]
async fn a_commission_is_capped() {
    let (world, buyer, worker) = two(Engine::Memory).await;
    let friend = world.someone(3, SignUpRole::Seller).await;
    let theirs = khaya_app::users::me(&world.app, friend.actor()).await.unwrap().referral_code;
    referrals::apply(&world.app, &buyer.caller, theirs).await.unwrap();
    released(&world, &buyer, &worker, 20_000).await;
    assert_eq!(proven(&world).await(AccountName::Payable(friend.actor().user)), 50_000);
}
