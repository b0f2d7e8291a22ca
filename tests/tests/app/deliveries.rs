//! A code on its way: WhatsApp, then the same code once by SMS, whatever is reported in whatever order, lost or interrupted.

use std::fmt::Write;
use std::sync::Arc;

use chrono::TimeDelta;
use khaya_app::texts;
use khaya_app::{Code, auth};
use khaya_domain::delivery::{Channel, Failure, MessageId, Standing, Status};
use khaya_domain::otp;
use khaya_domain::policy::Policies;
use khaya_domain::user::SignUpRole;
use khaya_ports::table::{Consistency, Key};
use khaya_ports::text::{InboundText, TextReport};
use khaya_tests::engines::Engine;
use khaya_tests::texts::{Fate, ScriptedTexts};
use khaya_tests::world::{World, origin, phone};

use Channel::{Sms, Whatsapp};

async fn world() -> (World, Arc<ScriptedTexts>) {
    let texts = ScriptedTexts::new();
    (World::with_policy(Arc::clone(&texts) as _, Policies::default()).await, texts)
}

/// Takes in a report, and delivers what follows.
async fn report(world: &World, id: &MessageId, standing: Standing) {
    texts::take_in(&world.app, &TextReport { id: id.clone(), standing }).await.unwrap();
    world.deliver().await;
}

fn failed(failure: Failure) -> Standing {
    Standing { status: Status::Undelivered, failure: Some(failure) }
}

async fn pass(world: &World, seconds: i64) {
    world.pass(TimeDelta::seconds(seconds)).await;
}

/// Delivers the outbox until it is done or the process dies.
async fn deliver_or_die(world: &World, texts: &ScriptedTexts) {
    tokio::select! {
        _ = world.deliver() => {}
        () = texts.crashed() => {}
    }
}

async fn tick_or_die(world: &World, texts: &ScriptedTexts) {
    tokio::select! {
        _ = world.tick() => {}
        () = texts.crashed() => {}
    }
}

#[tokio::test]
async fn the_same_code_follows_by_sms_after_twenty_seconds_and_one_question() {
    let (world, texts) = world().await;
    let sent = world.sign_up(1, SignUpRole::Buyer).await.unwrap();
    world.deliver().await;
    assert_eq!(texts.channels(), [Whatsapp]);
    pass(&world, 19).await;
    assert_eq!((texts.channels().len(), texts.fetches()), (1, 0));
    pass(&world, 1).await;
    assert_eq!((texts.channels(), texts.fetches()), (vec![Whatsapp, Sms], 1));
    let taken = texts.taken();
    assert_eq!(taken[0].code, taken[1].code);
    // Nothing follows, for as long as anything could.
    for _ in 0..60 {
        pass(&world, 20).await;
    }
    assert_eq!((texts.channels().len(), texts.fetches()), (2, 1));
    // It was the one code.
    world.clock.advance(TimeDelta::seconds(-1_000));
    let code = otp::Code::parse(taken[1].code.as_deref().unwrap()).unwrap();
    let verify = auth::Verify { phone: phone(1), sign_up: sent.id, code };
    auth::verify(&world.app, &origin(1), verify).await.unwrap();
}

#[tokio::test]
async fn a_delivery_cancels_the_timer() {
    let (world, texts) = world().await;
    world.sign_up(1, SignUpRole::Buyer).await.unwrap();
    world.deliver().await;
    report(&world, &texts.taken()[0].id, Standing::of(Status::Delivered)).await;
    world.clock.advance(TimeDelta::seconds(30));
    assert_eq!(world.tick().await.done, 0, "nothing is due any more");
    assert_eq!((texts.channels(), texts.fetches()), (vec![Whatsapp], 0));
}

#[tokio::test]
async fn what_was_delivered_without_a_report_is_found_by_the_one_question() {
    let (world, texts) = world().await;
    world.sign_up(1, SignUpRole::Buyer).await.unwrap();
    world.deliver().await;
    texts.stand(Whatsapp, Standing::of(Status::Delivered));
    pass(&world, 20).await;
    assert_eq!((texts.channels(), texts.fetches()), (vec![Whatsapp], 1));
}

/// What happens to a code that WhatsApp takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Happens {
    /// A report on the WhatsApp message.
    Tells(Status),
    /// A report that the SMS failed.
    SmsFails,
    /// Twenty seconds are over.
    Timer,
}

#[tokio::test]
async fn in_every_order_of_events_there_is_one_whatsapp_and_at_most_one_sms() {
    use Happens::{SmsFails, Tells, Timer};
    let events = [Tells(Status::Undelivered), Tells(Status::Delivered), Tells(Status::Read), SmsFails, Timer];
    let mut table = std::collections::BTreeMap::<String, usize>::new();
    let mut cases = 0;
    for order in permutations(&events) {
        // Every prefix: what does not come at all is lost. The reports come twice in every second order.
        for length in 0..=order.len() {
            if length < order.len() && order[length..].windows(2).any(|pair| index(pair[0]) > index(pair[1]))
            {
                continue; // The same prefix was tried with another rest.
            }
            let times = 1 + cases % 2;
            let seen = &order[..length];
            let sms = run(seen, times).await;
            let place = |wanted: Happens| seen.iter().position(|event| *event == wanted);
            let good =
                [place(Tells(Status::Delivered)), place(Tells(Status::Read))].into_iter().flatten().min();
            let bad = [place(Tells(Status::Undelivered)), place(Timer)].into_iter().flatten().min();
            let follows = bad.is_some_and(|bad| good.is_none_or(|good| bad < good));
            assert_eq!(sms, usize::from(follows), "{seen:?}, each {times} times");
            let first = match (good, bad) {
                (None, None) => "neither good news, nor a failure or the time",
                (Some(_), None) => "good news only",
                (Some(good), Some(bad)) if good < bad => "good news before the failure or the time",
                (Some(_), Some(_)) => "the failure or the time before good news",
                (None, Some(_)) => "a failure or the time only",
            };
            *table.entry(format!("{first}: WhatsApp 1, SMS {sms}")).or_default() += 1;
            cases += 1;
        }
    }
    let mut text = String::new();
    for (row, count) in &table {
        writeln!(text, "{row} ({count} orders)").unwrap();
    }
    println!("{cases} orders of events\n{text}");
    assert_eq!(cases, 326, "every arrangement of every part of five events");
}

fn index(event: Happens) -> u8 {
    match event {
        Happens::Tells(status) => status as u8,
        Happens::SmsFails => 100,
        Happens::Timer => 101,
    }
}

fn permutations(events: &[Happens]) -> Vec<Vec<Happens>> {
    if events.is_empty() {
        return vec![Vec::new()];
    }
    let mut all = Vec::new();
    for at in 0..events.len() {
        let mut rest = events.to_vec();
        let first = rest.remove(at);
        for mut order in permutations(&rest) {
            order.insert(0, first);
            all.push(order);
        }
    }
    all
}

/// Lets events happen to one code; how many SMS there are at the end.
async fn run(events: &[Happens], times: usize) -> usize {
    let (world, texts) = world().await;
    world.sign_up(1, SignUpRole::Buyer).await.unwrap();
    world.deliver().await;
    for event in events.iter().flat_map(|event| std::iter::repeat_n(*event, times)) {
        let taken = texts.taken();
        match event {
            Happens::Tells(status) => report(&world, &taken[0].id, Standing::of(status)).await,
            Happens::SmsFails => {
                if let Some(sms) = taken.iter().find(|taken| taken.channel == Sms) {
                    report(&world, &sms.id, failed(Failure::Unreachable)).await;
                }
            }
            Happens::Timer => pass(&world, 20).await,
        }
    }
    let channels = texts.channels();
    assert_eq!(channels[0], Whatsapp);
    assert_eq!(channels.iter().filter(|channel| **channel == Whatsapp).count(), 1);
    let codes: Vec<_> = texts.taken().into_iter().map(|taken| taken.code).collect();
    assert!(codes.iter().all(|code| *code == codes[0]));
    channels.len() - 1
}

/// Every fate of the WhatsApp call with every fate of the SMS call; WhatsApp delivers nothing.
#[tokio::test]
async fn whatever_becomes_of_the_calls_each_channel_has_the_code_at_most_once() {
    let fates = [
        Fate::Take,
        Fate::Refuse(Failure::Other),
        Fate::Busy,
        Fate::TakeAndLose,
        Fate::Lose,
        Fate::CrashBefore,
        Fate::CrashAfter,
    ];
    for whatsapp in fates {
        for sms in fates {
            let (world, texts) = world().await;
            texts.plan(Whatsapp, &[whatsapp]);
            texts.plan(Sms, &[sms]);
            world.sign_up(1, SignUpRole::Buyer).await.unwrap();
            for _ in 0..120 {
                deliver_or_die(&world, &texts).await;
                world.clock.advance(TimeDelta::seconds(5));
                tick_or_die(&world, &texts).await;
            }
            let count = |channel| texts.channels().iter().filter(|it| **it == channel).count();
            let takes = |fate| matches!(fate, Fate::Take | Fate::Busy | Fate::TakeAndLose | Fate::CrashAfter);
            let case = format!("WhatsApp {whatsapp:?}, SMS {sms:?}");
            // WhatsApp is not tried again on a guess: the SMS follows. The SMS is, once it is proven not to be there.
            assert_eq!(count(Whatsapp), usize::from(takes(whatsapp)), "{case}");
            assert_eq!(count(Sms), usize::from(!matches!(sms, Fate::Refuse(_))), "{case}");
            println!("{case}: {} WhatsApp, {} SMS, {} looked up", count(Whatsapp), count(Sms), texts.looks());
            assert_eq!(world.deliver().await.waiting, 0, "{case}");
        }
    }
}

#[tokio::test]
async fn a_provider_that_answers_no_question_is_sent_nothing_twice() {
    for fate in [Fate::TakeAndLose, Fate::CrashAfter] {
        let (world, texts) = world().await;
        texts.fall_silent();
        texts.plan(Whatsapp, &[fate]);
        texts.plan(Sms, &[fate]);
        world.sign_up(1, SignUpRole::Buyer).await.unwrap();
        for _ in 0..140 {
            deliver_or_die(&world, &texts).await;
            world.clock.advance(TimeDelta::seconds(5));
            tick_or_die(&world, &texts).await;
        }
        assert_eq!(texts.channels(), [Whatsapp, Sms], "{fate:?}");
    }
}

/// What happens, step by step, in the words of the table below.
enum Does {
    /// The provider does this with the next text of a channel.
    Will(Channel, Fate),
    /// The code is handed over.
    Deliver,
    /// A report on the message of a channel arrives.
    Report(Channel, Standing),
    /// The message of a channel stands so, and no report says it.
    Stands(Channel, Status),
    /// Seconds pass.
    Pass(i64),
}

#[tokio::test]
async fn the_cases_that_have_names_send_what_the_table_says() {
    use Does::{Deliver, Pass, Report, Stands, Will};
    let good = Standing::of(Status::Delivered);
    let bad = failed(Failure::Unreachable);
    let cases: Vec<(&str, Vec<Does>, &[Channel])> = vec![
        ("delivered in time", vec![Deliver, Report(Whatsapp, good), Pass(60)], &[Whatsapp]),
        ("taken, then undelivered", vec![Deliver, Report(Whatsapp, bad), Pass(60)], &[Whatsapp, Sms]),
        (
            "the same report twice",
            vec![Deliver, Report(Whatsapp, bad), Report(Whatsapp, bad)],
            &[Whatsapp, Sms],
        ),
        (
            "delivered, the report is lost",
            vec![Deliver, Stands(Whatsapp, Status::Delivered), Pass(60)],
            &[Whatsapp],
        ),
        (
            "undelivered, the report is lost",
            vec![Deliver, Stands(Whatsapp, Status::Failed), Pass(60)],
            &[Whatsapp, Sms],
        ),
        ("no word at all", vec![Deliver, Pass(60), Pass(600)], &[Whatsapp, Sms]),
        (
            "delivered late, after the SMS",
            vec![Deliver, Pass(20), Report(Whatsapp, good), Pass(60)],
            &[Whatsapp, Sms],
        ),
        (
            "undelivered late, after the SMS",
            vec![Deliver, Pass(20), Report(Whatsapp, bad), Pass(60)],
            &[Whatsapp, Sms],
        ),
        (
            "read first, then undelivered",
            vec![Deliver, Report(Whatsapp, Standing::of(Status::Read)), Report(Whatsapp, bad), Pass(60)],
            &[Whatsapp],
        ),
        ("refused at once", vec![Will(Whatsapp, Fate::Refuse(Failure::Other)), Deliver, Pass(60)], &[Sms]),
        ("no mobile number", vec![Will(Whatsapp, Fate::Refuse(Failure::Number)), Deliver, Pass(60)], &[]),
        (
            "our account is refused",
            vec![Will(Whatsapp, Fate::Refuse(Failure::Account)), Deliver, Pass(60)],
            &[],
        ),
        (
            "both undelivered: no third channel, no loop",
            vec![Deliver, Report(Whatsapp, bad), Report(Sms, bad), Pass(60), Pass(600)],
            &[Whatsapp, Sms],
        ),
        (
            "refused, then STOP by SMS",
            vec![
                Will(Whatsapp, Fate::Refuse(Failure::Other)),
                Will(Sms, Fate::Refuse(Failure::Unsubscribed)),
                Deliver,
                Pass(60),
            ],
            &[],
        ),
        (
            "taken, the answer is lost, delivered",
            vec![
                Will(Whatsapp, Fate::TakeAndLose),
                Deliver,
                Stands(Whatsapp, Status::Delivered),
                Pass(5),
                Pass(60),
            ],
            &[Whatsapp],
        ),
        (
            "taken, the answer is lost, nothing more",
            vec![Will(Whatsapp, Fate::TakeAndLose), Deliver, Pass(5), Pass(60)],
            &[Whatsapp, Sms],
        ),
        ("never taken, no answer", vec![Will(Whatsapp, Fate::Lose), Deliver, Pass(5), Pass(60)], &[Sms]),
        (
            "the SMS is taken, its answer is lost",
            vec![Will(Sms, Fate::TakeAndLose), Deliver, Pass(20), Pass(60), Pass(60)],
            &[Whatsapp, Sms],
        ),
        (
            "the SMS is never taken, no answer: once more",
            vec![Will(Sms, Fate::Lose), Deliver, Pass(20), Pass(60), Pass(60)],
            &[Whatsapp, Sms],
        ),
    ];
    let mut table = "| what happens | what was sent |\n|---|---|\n".to_owned();
    for (name, steps, expected) in cases {
        let (world, texts) = world().await;
        world.sign_up(1, SignUpRole::Buyer).await.unwrap();
        for step in steps {
            let id = |channel| texts.taken().into_iter().find(|taken| taken.channel == channel).unwrap().id;
            match step {
                Will(channel, fate) => texts.plan(channel, &[fate]),
                Deliver => drop(world.deliver().await),
                Report(channel, standing) => report(&world, &id(channel), standing).await,
                Stands(channel, status) => texts.stand(channel, Standing::of(status)),
                Pass(seconds) => pass(&world, seconds).await,
            }
        }
        assert_eq!(texts.channels(), expected, "{name}");
        let sent: Vec<_> = expected.iter().map(|channel| channel.as_str()).collect();
        writeln!(
            table,
            "| {name} | {} |",
            if sent.is_empty() { "nothing".to_owned() } else { sent.join(", ") }
        )
        .unwrap();
    }
    println!("{table}");
}

#[tokio::test]
async fn machines_that_deliver_at_the_same_moment_send_once() {
    for engine in Engine::ALL {
        let opened = engine.open().await;
        let texts = ScriptedTexts::new();
        let (table, clock) = (Arc::clone(&opened.table), Arc::new(khaya_tests::world::ManualClock::new()));
        let inbox = khaya_adapters_local::inbox::Inbox::new(Arc::clone(&table), Arc::clone(&clock) as _);
        let world = World::with_texts(table, opened, clock, Arc::new(inbox), Arc::clone(&texts) as _);
        world.sign_up(1, SignUpRole::Buyer).await.unwrap();
        tokio::join!(world.deliver(), world.deliver(), world.deliver());
        world.clock.advance(TimeDelta::seconds(20));
        tokio::join!(world.tick(), world.tick(), world.tick());
        tokio::join!(world.deliver(), world.deliver());
        assert_eq!(texts.channels(), [Whatsapp, Sms], "{engine:?}");
    }
}

#[tokio::test]
async fn a_report_that_is_faster_than_our_own_note_waits_for_it() {
    let (world, texts) = world().await;
    // The provider's names are known ahead here.
    let id: MessageId = format!("SM{:032x}", 1).parse().unwrap();
    report(&world, &id, failed(Failure::Other)).await;
    world.sign_up(1, SignUpRole::Buyer).await.unwrap();
    world.deliver().await;
    assert_eq!(texts.channels(), [Whatsapp]);
    pass(&world, 2).await;
    assert_eq!(texts.channels(), [Whatsapp, Sms]);
}

#[tokio::test]
async fn a_report_on_a_message_of_nobody_is_ignored() {
    let (world, _) = world().await;
    let id: MessageId = "SMffffffffffffffffffffffffffffffff".parse().unwrap();
    report(&world, &id, Standing::of(Status::Failed)).await;
    for _ in 0..5 {
        pass(&world, 10).await;
    }
    assert_eq!(world.deliver().await, Default::default(), "it is gone, and nothing is parked");
    // What says only that a message is on its way is not stored at all.
    texts::take_in(&world.app, &TextReport { id, standing: Standing::of(Status::Sent) }).await.unwrap();
    assert_eq!(world.deliver().await, Default::default());
}

#[tokio::test]
async fn a_number_without_whatsapp_is_remembered_for_seven_days() {
    for by_report in [false, true] {
        let (world, texts) = world().await;
        if !by_report {
            texts.plan(Whatsapp, &[Fate::Refuse(Failure::NotOnWhatsapp)]);
        }
        let sent = world.sign_up(1, SignUpRole::Buyer).await.unwrap();
        world.deliver().await;
        if by_report {
            report(&world, &texts.taken()[0].id, failed(Failure::NotOnWhatsapp)).await;
        }
        assert_eq!(texts.channels().last(), Some(&Sms));
        let again = async |days: i64| {
            let before = texts.channels().len();
            world.clock.advance(TimeDelta::days(days) - TimeDelta::seconds(1));
            let resend = auth::Resend { phone: phone(1), id: sent.id };
            auth::resend(&world.app, &origin(1), resend).await.unwrap();
            world.deliver().await;
            texts.channels()[before..].to_vec()
        };
        assert_eq!(again(6).await, [Sms]);
        assert_eq!(again(1).await, [Sms]);
        world.clock.advance(TimeDelta::seconds(2));
        assert_eq!(again(1).await, [Whatsapp], "the seven days are over");
    }
}

#[tokio::test]
async fn a_delivery_or_a_message_from_the_owner_ends_that_memory() {
    for by_inbound in [false, true] {
        let (world, texts) = world().await;
        texts.plan(Whatsapp, &[Fate::Refuse(Failure::Blocked)]);
        if !by_inbound {
            texts.plan(Whatsapp, &[Fate::Take]);
        }
        let sent = world.sign_up(1, SignUpRole::Buyer).await.unwrap();
        world.deliver().await;
        assert_eq!(texts.channels(), [Sms]);
        if by_inbound {
            let awaited =
                auth::sign_up_by_message(&world.app, &origin(1), super::by_message::sign_up(1)).await;
            let text = awaited.unwrap().text.expose().into();
            auth::prove_by_message(&world.app, &InboundText { from: phone(1), text }).await.unwrap();
        }
        world.clock.advance(TimeDelta::minutes(1));
        auth::resend(&world.app, &origin(1), auth::Resend { phone: phone(1), id: sent.id }).await.unwrap();
        world.deliver().await;
        let expected = if by_inbound { Whatsapp } else { Sms };
        assert_eq!(texts.channels(), [Sms, expected]);
    }
    // Not on WhatsApp, STOP to our SMS, and then on WhatsApp after all.
    let (world, texts) = world().await;
    texts.plan(Whatsapp, &[Fate::Refuse(Failure::NotOnWhatsapp)]);
    texts.plan(Sms, &[Fate::Take, Fate::Refuse(Failure::Unsubscribed)]);
    let sent = world.sign_up(1, SignUpRole::Buyer).await.unwrap();
    world.deliver().await;
    for (expected, delivered) in [(vec![Sms, Whatsapp], true), (vec![Sms, Whatsapp, Whatsapp], false)] {
        world.clock.advance(TimeDelta::minutes(1));
        auth::resend(&world.app, &origin(1), auth::Resend { phone: phone(1), id: sent.id }).await.unwrap();
        world.deliver().await;
        assert_eq!(texts.channels(), expected);
        if delivered {
            report(&world, &texts.taken()[1].id, Standing::of(Status::Delivered)).await;
        }
    }
}

#[tokio::test]
async fn whatsapp_rests_for_everybody_when_it_was_too_much() {
    let (world, texts) = world().await;
    texts.plan(Whatsapp, &[Fate::Refuse(Failure::Throttled)]);
    for (number, expected) in [(1, Sms), (2, Sms), (3, Whatsapp)] {
        if number == 3 {
            world.clock.advance(TimeDelta::minutes(5));
        }
        world.sign_up(number, SignUpRole::Buyer).await.unwrap();
        world.deliver().await;
        let to_number = phone(number).as_e164().to_owned();
        let to: Vec<_> = texts.taken().into_iter().filter(|taken| taken.to == to_number).collect();
        assert_eq!(to[0].channel, expected, "{number}");
    }
}

#[tokio::test]
async fn a_code_that_was_used_or_replaced_is_not_sent_again() {
    let (world, texts) = world().await;
    let used = world.sign_up(1, SignUpRole::Buyer).await.unwrap();
    let replaced = world.sign_up(2, SignUpRole::Buyer).await.unwrap();
    world.deliver().await;
    let code = texts.taken().into_iter().find(|taken| taken.to == phone(1).as_e164()).unwrap().code.unwrap();
    let verify = auth::Verify { phone: phone(1), sign_up: used.id, code: otp::Code::parse(&code).unwrap() };
    auth::verify(&world.app, &origin(1), verify).await.unwrap();
    // Late by a slow tick: the new code is there already.
    world.clock.advance(TimeDelta::seconds(30));
    auth::resend(&world.app, &origin(2), auth::Resend { phone: phone(2), id: replaced.id }).await.unwrap();
    world.deliver().await;
    world.tick().await;
    assert_eq!(texts.channels(), [Whatsapp; 3], "no SMS for a code that is worth nothing");
}

#[tokio::test]
async fn the_word_to_an_owner_goes_the_same_way() {
    let (world, texts) = world().await;
    texts.plan(Whatsapp, &[Fate::Take, Fate::Take]);
    let sent = world.sign_up(1, SignUpRole::Buyer).await.unwrap();
    world.deliver().await;
    let code = otp::Code::parse(texts.taken()[0].code.as_deref().unwrap()).unwrap();
    auth::verify(&world.app, &origin(1), auth::Verify { phone: phone(1), sign_up: sent.id, code })
        .await
        .unwrap();
    world.clock.advance(TimeDelta::minutes(1));
    world.sign_up(1, SignUpRole::Worker).await.unwrap();
    world.deliver().await;
    pass(&world, 20).await;
    let reminders: Vec<_> =
        texts.taken().into_iter().skip(1).map(|taken| (taken.channel, taken.code)).collect();
    assert_eq!(reminders, [(Whatsapp, None), (Sms, None)]);
}

#[tokio::test]
async fn what_is_stored_of_a_delivery_holds_neither_code_nor_number() {
    let (world, texts) = world().await;
    world.sign_up(1, SignUpRole::Buyer).await.unwrap();
    world.deliver().await;
    let taken = texts.taken().remove(0);
    let read = async |partition: String, sort: &str| {
        let stored =
            world.table().get(&Key::new(partition, sort), Consistency::Strong).await.unwrap().unwrap();
        stored.document.body.read::<serde_json::Value>().unwrap()
    };
    let message = read(format!("TEXT#{}", taken.id), "TEXT").await;
    let challenge = message["challenge"].as_str().unwrap();
    let delivery = read(format!("DELIVERY#{challenge}"), "DELIVERY").await;
    for stored in [message.to_string(), delivery.to_string()] {
        assert!(!stored.contains(taken.code.as_deref().unwrap()), "{stored}");
        assert!(!stored.contains(phone(1).as_e164().trim_start_matches('+')), "{stored}");
    }
}

#[tokio::test]
async fn nothing_of_it_happens_in_the_request() {
    let (world, texts) = world().await;
    texts.plan(Whatsapp, &[Fate::CrashBefore]);
    // The provider hangs: whoever asks is answered all the same.
    world.sign_up(1, SignUpRole::Buyer).await.unwrap();
    let again = world.sign_up(1, SignUpRole::Buyer).await;
    assert_eq!(again.unwrap_err().code, Code::CodeLimit);
}
