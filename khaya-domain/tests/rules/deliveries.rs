//! A text on its way: WhatsApp first, SMS once, whatever comes in whatever order.

use chrono::{DateTime, TimeDelta, Utc};
use khaya_domain::delivery::{
    CALL_SECONDS, Called, Channel, Delivery, Failure, MessageId, Next, Skip, Standing, Status, Unanswered,
};
use proptest::prelude::*;

const FALL_BACK: TimeDelta = TimeDelta::seconds(20);

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds)
}

fn id(channel: Channel) -> MessageId {
    format!("SM-{}", channel.as_str()).parse().unwrap()
}

fn fresh(skip: Option<Skip>) -> Delivery {
    Delivery::new(at(600), skip)
}

fn next(delivery: &Delivery, seconds: i64) -> Next {
    delivery.next(at(seconds), FALL_BACK)
}

/// A text that WhatsApp has taken at the beginning of time.
fn taken() -> Delivery {
    let begun = fresh(None).begin(Channel::Whatsapp, at(0), FALL_BACK).unwrap();
    begun.called(
        Channel::Whatsapp,
        Called::Accepted(id(Channel::Whatsapp), Standing::of(Status::Queued)),
        at(0),
    )
}

fn failed(status: Status, failure: Failure) -> Standing {
    Standing { status, failure: Some(failure) }
}

#[test]
fn a_status_never_goes_down() {
    for first in Status::ALL {
        for second in Status::ALL {
            let known = Standing::of(first).and(Standing::of(second)).status;
            assert!(known.rank() >= first.rank() && known.rank() >= second.rank());
            assert!(known == first || second.rank() > first.rank(), "{first:?} then {second:?}");
        }
    }
}

#[test]
fn whatsapp_has_twenty_seconds_and_one_question_then_the_sms_goes() {
    let delivery = taken();
    assert_eq!(next(&delivery, 0), Next::Wait(at(20)));
    assert_eq!(next(&delivery, 19), Next::Wait(at(20)));
    assert_eq!(next(&delivery, 20), Next::Fetch(Channel::Whatsapp, id(Channel::Whatsapp)));
    for (answer, expected) in [
        (None, Next::Send(Channel::Sms)),
        (Some(Standing::of(Status::Sent)), Next::Send(Channel::Sms)),
        (Some(Standing::of(Status::Failed)), Next::Send(Channel::Sms)),
        (Some(Standing::of(Status::Delivered)), Next::Nothing),
        (Some(Standing::of(Status::Read)), Next::Nothing),
        (Some(Standing::of(Status::Canceled)), Next::Nothing),
    ] {
        assert_eq!(next(&delivery.clone().fetched(Channel::Whatsapp, answer), 20), expected, "{answer:?}");
    }
}

#[test]
fn each_refusal_leads_where_its_row_says() {
    for (failure, expected) in [
        (Failure::Account, Next::Undeliverable),
        (Failure::Number, Next::Undeliverable),
        (Failure::Sender, Next::Send(Channel::Sms)),
        (Failure::Request, Next::Send(Channel::Sms)),
        (Failure::NotOnWhatsapp, Next::Send(Channel::Sms)),
        (Failure::Blocked, Next::Send(Channel::Sms)),
        (Failure::Throttled, Next::Send(Channel::Sms)),
        (Failure::Unreachable, Next::Send(Channel::Sms)),
        (Failure::Other, Next::Send(Channel::Sms)),
    ] {
        let begun = fresh(None).begin(Channel::Whatsapp, at(0), FALL_BACK).unwrap();
        let refused = begun.called(Channel::Whatsapp, Called::Refused(failure), at(0));
        assert_eq!(next(&refused, 0), expected, "{failure:?}");
    }
}

#[test]
fn an_sms_that_is_refused_lets_whatsapp_try_unless_its_owner_has_blocked_us() {
    for (skip, failure, expected) in [
        (Skip::NotOnWhatsapp, Failure::Unsubscribed, Next::Send(Channel::Whatsapp)),
        (Skip::Paused, Failure::Sender, Next::Send(Channel::Whatsapp)),
        (Skip::NotOnWhatsapp, Failure::Number, Next::Undeliverable),
        (Skip::Blocked, Failure::Unsubscribed, Next::Undeliverable),
    ] {
        assert_eq!(next(&fresh(Some(skip)), 0), Next::Send(Channel::Sms));
        let begun = fresh(Some(skip)).begin(Channel::Sms, at(0), FALL_BACK).unwrap();
        let refused = begun.called(Channel::Sms, Called::Refused(failure), at(0));
        assert_eq!(next(&refused, 0), expected, "{skip:?} {failure:?}");
    }
}

#[test]
fn an_sms_that_was_taken_and_fails_is_the_end() {
    for skip in [None, Some(Skip::NotOnWhatsapp)] {
        let mut delivery = fresh(skip);
        if skip.is_none() {
            delivery =
                taken().reported(&id(Channel::Whatsapp), failed(Status::Undelivered, Failure::NotOnWhatsapp));
        }
        let begun = delivery.begin(Channel::Sms, at(1), FALL_BACK).unwrap();
        let accepted = begun.called(
            Channel::Sms,
            Called::Accepted(id(Channel::Sms), Standing::of(Status::Queued)),
            at(1),
        );
        assert_eq!(next(&accepted, 100), Next::Nothing);
        let over = accepted.reported(&id(Channel::Sms), failed(Status::Undelivered, Failure::Unreachable));
        assert_eq!(next(&over, 100), Next::Undeliverable);
        // A late report of the first channel is still good news.
        if skip.is_none() {
            let late = over.reported(&id(Channel::Whatsapp), Standing::of(Status::Read));
            assert_eq!(next(&late, 100), Next::Nothing);
        }
    }
}

#[test]
fn a_call_whose_outcome_nobody_knows_is_looked_up_and_never_repeated_on_a_guess() {
    let calling = |channel| {
        let skip = (channel == Channel::Sms).then_some(Skip::NotOnWhatsapp);
        fresh(skip).begin(channel, at(0), FALL_BACK).unwrap()
    };
    for channel in [Channel::Whatsapp, Channel::Sms] {
        // Whoever began it is gone: nobody else calls before the call must be over.
        let crashed = calling(channel);
        assert_eq!(next(&crashed, 0), Next::Wait(at(CALL_SECONDS)));
        assert!(crashed.clone().begin(channel, at(CALL_SECONDS), FALL_BACK).is_err());
        assert_eq!(next(&crashed, CALL_SECONDS), Next::Find(channel));
        let unknown = calling(channel).called(channel, Called::Unknown, at(2));
        assert_eq!(next(&unknown, 2), Next::Wait(at(7)));
        assert_eq!(next(&unknown, 7), Next::Find(channel));
        let found = unknown.clone().looked_up(
            channel,
            Ok(Some((id(channel), Standing::of(Status::Delivered)))),
            at(7),
        );
        assert_eq!(next(&found, 7), Next::Nothing);
        // What is proven not to be there goes by SMS, once more if it was one.
        let absent = unknown.looked_up(channel, Ok(None), at(7));
        assert_eq!(next(&absent, 7), Next::Send(Channel::Sms));
        if channel == Channel::Sms {
            let again = absent.begin(channel, at(7), FALL_BACK).unwrap();
            let absent = again.called(channel, Called::Unknown, at(8)).looked_up(channel, Ok(None), at(13));
            assert_eq!(next(&absent, 13), Next::Undeliverable, "not a third time");
        }
    }
    // A provider that does not answer questions either: the SMS is given up, and not sent on a guess.
    let mut silent = calling(Channel::Sms);
    let mut now = CALL_SECONDS;
    for _ in 0..20 {
        match next(&silent, now) {
            Next::Wait(until) => now = until.timestamp(),
            Next::Find(channel) => silent = silent.looked_up(channel, Err(Unanswered), at(now)),
            Next::Undeliverable => return,
            next @ (Next::Send(_) | Next::Fetch(..) | Next::Nothing) => panic!("{next:?}"),
        }
    }
    panic!("it asks for ever");
}

#[test]
fn what_the_provider_has_is_not_taken_back_by_an_answer_that_comes_late() {
    let begun = fresh(None).begin(Channel::Whatsapp, at(0), FALL_BACK).unwrap();
    let found = Ok(Some((id(Channel::Whatsapp), Standing::of(Status::Delivered))));
    let adopted = begun.looked_up(Channel::Whatsapp, found, at(CALL_SECONDS));
    for late in [Called::Unknown, Called::Busy, Called::Refused(Failure::Other)] {
        let after = adopted.clone().called(Channel::Whatsapp, late, at(CALL_SECONDS + 1));
        assert_eq!(after, adopted);
    }
    assert_eq!(adopted.clone().looked_up(Channel::Whatsapp, Ok(None), at(CALL_SECONDS + 1)), adopted);
}

#[test]
fn a_busy_provider_is_called_again_and_whatsapp_gives_way_after_its_time() {
    let busy = fresh(None).begin(Channel::Whatsapp, at(0), FALL_BACK).unwrap();
    let busy = busy.called(Channel::Whatsapp, Called::Busy, at(0));
    assert!(busy.is_held_up());
    assert_eq!(next(&busy, 0), Next::Wait(at(1)));
    assert_eq!(next(&busy, 1), Next::Send(Channel::Whatsapp));
    assert_eq!(next(&busy, 20), Next::Send(Channel::Sms));
    let sms = busy.begin(Channel::Sms, at(20), FALL_BACK).unwrap().called(Channel::Sms, Called::Busy, at(20));
    assert_eq!(next(&sms, 100), Next::Send(Channel::Sms), "as long as the code is good");
    assert_eq!(next(&sms, 600), Next::Nothing);
}

/// What may happen to a code that both channels take: all orders, each with each event once and twice.
#[test]
fn in_every_order_of_events_each_channel_is_used_at_most_once() {
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    enum Event {
        Tells(Channel, Status),
        Timer,
    }
    use Event::{Tells, Timer};
    let events = [
        Tells(Channel::Whatsapp, Status::Sent),
        Tells(Channel::Whatsapp, Status::Undelivered),
        Tells(Channel::Whatsapp, Status::Delivered),
        Tells(Channel::Whatsapp, Status::Read),
        Tells(Channel::Sms, Status::Failed),
        Timer,
    ];
    let mut orders = Vec::new();
    permute(&mut events.to_vec(), 0, &mut orders);
    assert_eq!(orders.len(), 720);
    // Every prefix: what does not come at all is lost.
    for (order, length) in orders.iter().flat_map(|order| (0..=order.len()).map(move |n| (order, n))) {
        for times in [1, 2] {
            let mut delivery = taken();
            let (mut sms, mut now) = (0, 0);
            for event in order[..length].iter().flat_map(|event| std::iter::repeat_n(*event, times)) {
                match event {
                    Tells(channel, status) => {
                        delivery = delivery.reported(&id(channel), Standing::of(status));
                    }
                    Timer => now = 20,
                }
                loop {
                    match next(&delivery, now) {
                        Next::Send(channel) => {
                            assert_eq!(channel, Channel::Sms, "{order:?}");
                            sms += 1;
                            let begun = delivery.begin(channel, at(now), FALL_BACK).unwrap();
                            let outcome = Called::Accepted(id(channel), Standing::of(Status::Queued));
                            delivery = begun.called(channel, outcome, at(now));
                        }
                        Next::Fetch(channel, _) => delivery = delivery.fetched(channel, None),
                        Next::Find(_) => panic!("nothing is unknown here"),
                        Next::Wait(_) | Next::Nothing | Next::Undeliverable => break,
                    }
                }
            }
            let seen = &order[..length];
            let place = |wanted: Event| seen.iter().position(|event| *event == wanted);
            // Between the first good news of WhatsApp and the first reason for an SMS, the earlier one decides.
            let good =
                [Status::Delivered, Status::Read].map(|status| place(Tells(Channel::Whatsapp, status)));
            let good = good.into_iter().flatten().min();
            let bad = [place(Tells(Channel::Whatsapp, Status::Undelivered)), place(Timer)];
            let bad = bad.into_iter().flatten().min();
            let expected = bad.is_some_and(|bad| good.is_none_or(|good| bad < good));
            assert_eq!(sms, usize::from(expected), "{seen:?}, each {times} times");
        }
    }
}

fn permute<T: Clone>(items: &mut Vec<T>, from: usize, all: &mut Vec<Vec<T>>) {
    if from == items.len() {
        all.push(items.clone());
        return;
    }
    for index in from..items.len() {
        items.swap(from, index);
        permute(items, from + 1, all);
        items.swap(from, index);
    }
}

/// What a provider has really taken.
#[derive(Default)]
struct Provider {
    taken: Vec<Channel>,
}

impl Provider {
    fn count(&self, channel: Channel) -> usize {
        self.taken.iter().filter(|taken| **taken == channel).count()
    }
}

proptest! {
    #[test]
    fn whatever_is_lost_or_interrupted_each_channel_is_used_at_most_once(
        skips in proptest::option::of(prop_oneof![
            Just(Skip::NotOnWhatsapp), Just(Skip::Blocked), Just(Skip::Paused)]),
        dice in proptest::collection::vec((0_u8..8, 0_i64..30), 1..80),
    ) {
        let (mut delivery, mut provider, mut now) = (fresh(skips), Provider::default(), 0);
        for (die, pause) in dice {
            now += pause;
            match next(&delivery, now) {
                Next::Send(channel) => {
                    prop_assert!(!delivery.is_delivered());
                    delivery = delivery.begin(channel, at(now), FALL_BACK).unwrap();
                    let accepted = Called::Accepted(id(channel), Standing::of(Status::Queued));
                    // Whether the provider takes it, and what is known of that.
                    let (takes, outcome) = match die {
                        0 => (false, None),
                        1 => (true, None),
                        2 => (false, Some(Called::Unknown)),
                        3 => (true, Some(Called::Unknown)),
                        4 => (false, Some(Called::Busy)),
                        5 => (false, Some(Called::Refused(Failure::Other))),
                        _ => (true, Some(accepted)),
                    };
                    if takes {
                        provider.taken.push(channel);
                    }
                    if let Some(outcome) = outcome {
                        delivery = delivery.called(channel, outcome, at(now));
                    }
                }
                Next::Find(channel) => {
                    let there = provider.count(channel) > 0;
                    let found = match die {
                        0 | 1 => Err(Unanswered),
                        _ => Ok(there.then(|| (id(channel), Standing::of(Status::Sent)))),
                    };
                    delivery = delivery.looked_up(channel, found, at(now));
                }
                Next::Fetch(channel, _) => {
                    let standing = (die > 3).then(|| Standing::of(Status::ALL[usize::from(die)]));
                    delivery = delivery.fetched(channel, standing);
                }
                Next::Wait(_) | Next::Nothing | Next::Undeliverable => {
                    let channel = if die < 4 { Channel::Whatsapp } else { Channel::Sms };
                    let status = Status::ALL[usize::try_from(pause).unwrap() % Status::ALL.len()];
                    delivery = delivery.reported(&id(channel), Standing::of(status));
                }
            }
            prop_assert!(provider.count(Channel::Whatsapp) <= 1);
            prop_assert!(provider.count(Channel::Sms) <= 1);
            let stored = serde_json::to_string(&delivery).unwrap();
            prop_assert_eq!(&serde_json::from_str::<Delivery>(&stored).unwrap(), &delivery);
        }
        if skips == Some(Skip::Blocked) {
            prop_assert_eq!(provider.count(Channel::Whatsapp), 0);
        }
    }
}
