//! Notifications outside the app: by the channels that were chosen, once, and not at night.

use std::collections::VecDeque;
use std::sync::Mutex;

use chrono::TimeDelta;
use khaya_adapters_local::inbox::Via;
use khaya_app::reach::{NewDevice, forget_device, preferences, register_device, set_preferences};
use khaya_app::users::{ProfileChange, update_profile};
use khaya_app::{Code, auth, bids, messages, notifications};
use khaya_domain::ids::{BidId, JobId};
use khaya_domain::language::Language;
use khaya_domain::reach::{Channel, Channels, Preferences};
use khaya_domain::text::{Email, MessageText};
use khaya_domain::user::SignUpRole;
use khaya_ports::reach::Platform;
use khaya_tests::engines::Engine;
use khaya_tests::outlets::{Fate, Handed, Outlets};
use khaya_tests::world::{Someone, World, offer, origin, password, phone};
use uuid::Uuid;

const ALL: Channels = Channels { push: true, email: true, whatsapp: true };
const NONE: Channels = Channels { push: false, email: false, whatsapp: false };

fn everything() -> Preferences {
    Preferences { language: Language::Zulu, bids: ALL, work: ALL, messages: ALL, money: ALL, community: ALL }
}

fn device(token: &str) -> NewDevice {
    NewDevice { platform: Platform::Android, token: token.to_owned().into() }
}

async fn with_email(world: &World, someone: &Someone) {
    let email = Some(Some(Email::parse("thandi@khaya.test").unwrap()));
    let change = ProfileChange { email, ..ProfileChange::default() };
    update_profile(&world.app, &someone.caller, change).await.unwrap();
}

/// A buyer with everything on, and a worker who bids.
async fn a_bid(world: &World) -> (Someone, Someone, JobId, BidId) {
    let (buyer, worker) =
        (world.someone(1, SignUpRole::Buyer).await, world.someone(2, SignUpRole::Worker).await);
    with_email(world, &buyer).await;
    register_device(&world.app, &buyer.caller, device("phone")).await.unwrap();
    set_preferences(&world.app, &buyer.caller, everything()).await.unwrap();
    let job = world.job(&buyer).await;
    world.deliver().await;
    let bid = world.bid(&worker, job, 1_500).await;
    (buyer, worker, job, bid)
}

fn vias(outlets: &Outlets) -> Vec<Via> {
    outlets.taken().iter().map(|handed| handed.via).collect()
}

/// Each in its turn, then everything is taken.
fn in_turn(fates: &[Fate]) -> impl Fn(Via) -> Fate + Send + Sync + 'static {
    let fates = Mutex::new(fates.iter().copied().collect::<VecDeque<_>>());
    move |_| fates.lock().unwrap().pop_front().unwrap_or(Fate::Take)
}

#[tokio::test]
async fn each_channel_that_was_chosen_is_used_once_however_often_it_is_delivered() {
    for engine in Engine::ALL {
        let (world, outlets) = World::reaching(engine, |_| Fate::Take).await;
        a_bid(&world).await;
        tokio::join!(world.deliver(), world.deliver(), world.deliver());
        world.pass(TimeDelta::days(1)).await;
        assert_eq!(vias(&outlets), [Via::Push, Via::Email, Via::Whatsapp], "{engine:?}");
        let to: Vec<_> = outlets.taken().iter().map(|handed| handed.to.clone()).collect();
        assert_eq!(to, ["endpoint/phone", "thandi@khaya.test", "+27820000001"]);
        let text = "Kunebhidi entsha emsebenzini wakho.";
        assert!(outlets.taken().iter().all(|handed| handed.text == text), "in the language that was chosen");
    }
}

#[tokio::test]
async fn what_was_not_chosen_or_is_not_there_is_not_used() {
    let (world, outlets) = World::reaching(Engine::Memory, |_| Fate::Take).await;
    let (buyer, worker, job, bid) = a_bid(&world).await;
    let none = Preferences { bids: NONE, ..everything() };
    let chosen = set_preferences(&world.app, &buyer.caller, none).await.unwrap();
    assert_eq!((chosen.preferences, chosen.open), (none, Channel::ALL.to_vec()));
    world.deliver().await;
    assert_eq!(vias(&outlets), []);
    assert_eq!(notifications::unread_count(&world.app, buyer.actor()).await.unwrap(), 1, "it is in the app");
    // Who has chosen nothing and has no device: only money reaches them, by WhatsApp.
    let usual = preferences(&world.app, worker.actor()).await.unwrap();
    assert_eq!((usual.preferences, usual.open), (Preferences::default(), vec![Channel::Whatsapp]));
    bids::accept(&world.app, &buyer.caller, job, bid).await.unwrap();
    world.deliver().await;
    assert_eq!(vias(&outlets), []);
    let payment = khaya_app::payments::begin(&world.app, &buyer.caller, job).await.unwrap();
    world.payments.choose(&payment.reference, khaya_adapters_local::payments::Choice::Pay).await.unwrap();
    world.settle_down().await;
    let to_worker: Vec<_> =
        outlets.taken().into_iter().filter(|handed| handed.to == worker.phone.as_e164()).collect();
    assert_eq!(to_worker.len(), 1);
    assert_eq!(to_worker[0].text, "The payment is held. The work can begin.");
}

#[tokio::test]
async fn nobody_is_woken_except_for_money_and_codes() {
    let (world, outlets) = World::reaching(Engine::Memory, |_| Fate::Take).await;
    let (buyer, worker, job, bid) = a_bid(&world).await;
    // It is ten in the morning of the first of January in Johannesburg; a quarter to midnight comes.
    world.clock.advance(TimeDelta::minutes(13 * 60 + 45));
    world.deliver().await;
    assert_eq!(vias(&outlets), []);
    world.pass(TimeDelta::hours(7)).await;
    assert_eq!(vias(&outlets), [], "a quarter to seven");
    bids::revise(&world.app, &worker.caller, job, bid, offer(1_400)).await.unwrap();
    world.deliver().await;
    let newest = &notifications::list(&world.app, buyer.actor(), Default::default()).await.unwrap().items[0];
    notifications::mark_read(&world.app, &buyer.caller, newest.id).await.unwrap();
    world.pass(TimeDelta::minutes(14)).await;
    assert_eq!(vias(&outlets), [], "a minute to seven");
    world.pass(TimeDelta::minutes(12)).await;
    assert_eq!(vias(&outlets), [Via::Push, Via::Email, Via::Whatsapp], "one is read, the other goes out");
    world.pass(TimeDelta::hours(12)).await;
    assert_eq!(vias(&outlets).len(), 3);

    // At eleven in the evening: money and codes.
    world.clock.advance(TimeDelta::hours(4));
    bids::accept(&world.app, &buyer.caller, job, bid).await.unwrap();
    let payment = khaya_app::payments::begin(&world.app, &buyer.caller, job).await.unwrap();
    world.payments.choose(&payment.reference, khaya_adapters_local::payments::Choice::Pay).await.unwrap();
    world.settle_down().await;
    let texts: Vec<_> = outlets.taken()[3..].iter().map(|handed| handed.text.clone()).collect();
    assert!(
        !texts.is_empty() && texts.iter().all(|text| text.contains("gcin") || text.contains("held")),
        "{texts:?}"
    );
    auth::forgotten_password(&world.app, &origin(1), buyer.phone.clone()).await.unwrap();
    world.deliver().await;
    assert!(
        world.inbox.newest(10).await.unwrap().iter().any(|message| message.sent_at == world.app.clock.now())
    );
}

#[tokio::test]
async fn a_provider_that_takes_nothing_is_asked_again_and_one_that_may_have_taken_it_is_not() {
    // (what the first tries of the only channel meet, how often it is tried, how often it arrives)
    let table: [(&[Fate], usize, usize); 7] = [
        (&[Fate::Take], 1, 1),
        (&[Fate::Busy, Fate::Take], 2, 1),
        (&[Fate::Busy, Fate::Busy, Fate::Busy, Fate::Busy, Fate::Take], 5, 1),
        (&[Fate::Busy, Fate::Busy, Fate::Busy, Fate::Busy, Fate::Busy], 5, 0),
        (&[Fate::Refuse], 1, 0),
        (&[Fate::TakeAndLose], 1, 1),
        (&[Fate::Busy, Fate::Lose], 2, 0),
    ];
    let only = |channel: Channel| Channels {
        push: channel == Channel::Push,
        email: channel == Channel::Email,
        whatsapp: channel == Channel::Whatsapp,
    };
    for (channel, via) in
        [(Channel::Push, Via::Push), (Channel::Email, Via::Email), (Channel::Whatsapp, Via::Whatsapp)]
    {
        for (fates, tries, arrivals) in table {
            let (world, outlets) = World::reaching(Engine::Memory, in_turn(fates)).await;
            let (buyer, ..) = a_bid(&world).await;
            let chosen = Preferences { bids: only(channel), ..everything() };
            set_preferences(&world.app, &buyer.caller, chosen).await.unwrap();
            world.deliver().await;
            for _ in 0..20 {
                world.pass(TimeDelta::minutes(31)).await;
            }
            assert_eq!((outlets.tries(via), outlets.taken().len()), (tries, arrivals), "{via:?} {fates:?}");
        }
    }
}

#[tokio::test]
async fn who_is_gone_is_not_tried_again() {
    let (world, outlets) = World::reaching(Engine::Memory, |via| match via {
        Via::Push | Via::Whatsapp => Fate::Gone,
        Via::Email | Via::Sms => Fate::Take,
    })
    .await;
    let (buyer, worker, job, bid) = a_bid(&world).await;
    world.deliver().await;
    let open = preferences(&world.app, buyer.actor()).await.unwrap().open;
    assert_eq!(open, [Channel::Email, Channel::Whatsapp], "the device is dropped");
    let revise = async |rand| {
        bids::revise(&world.app, &worker.caller, job, bid, offer(rand)).await.unwrap();
        world.deliver().await;
    };
    revise(1_400).await;
    assert_eq!(
        (outlets.tries(Via::Push), outlets.tries(Via::Email), outlets.tries(Via::Whatsapp)),
        (1, 2, 1)
    );
    // After a week the number may be on WhatsApp again.
    world.clock.advance(TimeDelta::days(7) + TimeDelta::seconds(1));
    revise(1_300).await;
    assert_eq!(
        (outlets.tries(Via::Push), outlets.tries(Via::Email), outlets.tries(Via::Whatsapp)),
        (1, 3, 2)
    );
}

#[tokio::test]
async fn a_device_belongs_to_one_session_of_one_person() {
    for engine in Engine::ALL {
        let (world, outlets) = World::reaching(engine, |_| Fate::Take).await;
        let (buyer, worker, job, bid) = a_bid(&world).await;
        let pushed = async |rand| {
            let before = outlets.taken().len();
            bids::revise(&world.app, &worker.caller, job, bid, offer(rand)).await.unwrap();
            world.deliver().await;
            let new: Vec<Handed> = outlets.taken().split_off(before);
            let pushes = new.into_iter().filter(|handed| handed.via == Via::Push);
            pushes.map(|handed| handed.to).collect::<Vec<_>>()
        };
        world.deliver().await;
        assert_eq!(pushed(1_400).await, ["endpoint/phone"]);
        // The same again changes nothing; another token takes its place.
        register_device(&world.app, &buyer.caller, device("phone")).await.unwrap();
        register_device(&world.app, &buyer.caller, device("phone-after-update")).await.unwrap();
        assert_eq!(pushed(1_390).await, ["endpoint/phone-after-update"], "{engine:?}");
        // A telephone that changes hands.
        register_device(&world.app, &worker.caller, device("phone-after-update")).await.unwrap();
        assert_eq!(pushed(1_380).await, [""; 0], "{engine:?}");
        register_device(&world.app, &buyer.caller, device("phone-after-update")).await.unwrap();
        assert_eq!(pushed(1_370).await, ["endpoint/phone-after-update"]);
        assert_eq!(preferences(&world.app, worker.actor()).await.unwrap().open, [Channel::Whatsapp]);

        // A second session has a device of its own, and takes it along when it ends.
        let sign_in = auth::SignIn { phone: buyer.phone.clone(), password: password() };
        let second = auth::sign_in(&world.app, sign_in).await.unwrap();
        let claims = world.app.tokens.verify(&second.tokens.access_token, world.app.clock.now()).unwrap();
        let second = khaya_app::Caller { actor: claims.into(), request_key: None };
        register_device(&world.app, &second, device("tablet")).await.unwrap();
        assert_eq!(pushed(1_360).await, ["endpoint/phone-after-update", "endpoint/tablet"]);
        auth::sign_out(&world.app, &second.actor).await.unwrap();
        assert_eq!(pushed(1_350).await, ["endpoint/phone-after-update"]);
        let over = register_device(&world.app, &second, device("tablet")).await.unwrap_err();
        assert_eq!(over.code, Code::SessionInvalid);
        forget_device(&world.app, buyer.actor()).await.unwrap();
        forget_device(&world.app, buyer.actor()).await.unwrap();
        assert_eq!(pushed(1_340).await, [""; 0]);
        let unknown = register_device(&world.app, &buyer.caller, device("nobody")).await.unwrap_err();
        assert_eq!((unknown.code, unknown.fields[0].field.as_str()), (Code::InvalidInput, "token"));
    }
}

#[tokio::test]
async fn the_eleventh_device_takes_the_place_of_the_first_and_a_new_password_forgets_all() {
    let (world, outlets) = World::reaching(Engine::Memory, |_| Fate::Take).await;
    let (buyer, worker, job, bid) = a_bid(&world).await;
    world.deliver().await;
    for number in 2..=11 {
        let sign_in = auth::SignIn { phone: buyer.phone.clone(), password: password() };
        let signed_in = auth::sign_in(&world.app, sign_in).await.unwrap();
        let claims = world.app.tokens.verify(&signed_in.tokens.access_token, world.app.clock.now()).unwrap();
        let caller = khaya_app::Caller { actor: claims.into(), request_key: None };
        register_device(&world.app, &caller, device(&format!("device-{number}"))).await.unwrap();
    }
    let before = outlets.tries(Via::Push);
    bids::revise(&world.app, &worker.caller, job, bid, offer(1_400)).await.unwrap();
    world.deliver().await;
    assert_eq!(outlets.tries(Via::Push) - before, 10);
    assert!(outlets.taken().iter().skip(3).all(|handed| handed.to != "endpoint/phone"));

    world.clock.advance(TimeDelta::seconds(31));
    let sent = auth::forgotten_password(&world.app, &origin(1), buyer.phone.clone()).await.unwrap();
    world.deliver().await;
    let code = world.code(&phone(1)).await;
    let reset = auth::ResetPassword { phone: phone(1), reset: sent.id, code, password: password() };
    auth::reset_password(&world.app, reset).await.unwrap();
    world.deliver().await;
    assert_eq!(
        preferences(&world.app, buyer.actor()).await.unwrap().open,
        [Channel::Email, Channel::Whatsapp]
    );
}

#[tokio::test]
async fn somebody_who_is_written_to_is_told_once_until_it_is_read() {
    let (world, outlets) = World::reaching(Engine::Memory, |_| Fate::Take).await;
    let (buyer, worker, job, bid) = a_bid(&world).await;
    world.deliver().await;
    let told =
        || outlets.taken().iter().filter(|it| it.via == Via::Push && it.text.contains("myalezo")).count();
    let write = async |who: &Someone, number: u128| {
        let text = Some(MessageText::parse("Can I come on Saturday?").unwrap());
        let message = messages::NewMessage { client_id: Uuid::from_u128(number), text, files: Vec::new() };
        messages::send(&world.app, &who.caller, job, bid, message).await.unwrap();
    };
    for number in 1..=3 {
        write(&worker, number).await;
    }
    world.deliver().await;
    assert_eq!(told(), 1, "three messages, told once");
    write(&worker, 4).await;
    write(&buyer, 5).await;
    world.deliver().await;
    assert_eq!(told(), 1);
    messages::mark_read(&world.app, &buyer.caller, job, bid, 5).await.unwrap();
    write(&worker, 6).await;
    world.deliver().await;
    assert_eq!(told(), 2, "it was read in the meantime");
}
