//! A user's feed: numbers without gaps, each thing once, nothing missed by whoever comes back.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use futures::future::join_all;
use khaya_app::feed::{self, EventsRequest};
use khaya_app::messages::{self, NewMessage};
use khaya_app::{Code, PageRequest, auth, notifications, users};
use khaya_domain::ids::{BidId, JobId};
use khaya_domain::text::{MessageText, Reason};
use khaya_domain::user::SignUpRole;
use khaya_ports::clock::Clock;
use khaya_ports::live::{About, LookAgain};
use khaya_ports::table::{Query, Stored, Transaction, Write};
use khaya_tests::engines::Engine;
use khaya_tests::world::{Someone, World};
use rand_chacha::ChaCha12Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use uuid::Uuid;

use crate::support::{accepted, code, two};

async fn say(world: &World, who: &Someone, (job, bid): (JobId, BidId), id: u128) {
    let text = Some(MessageText::parse("Can you come on Saturday?").unwrap());
    let message = NewMessage { client_id: Uuid::from_u128(id), text, files: Vec::new() };
    messages::send(&world.app, &who.caller, job, bid, message).await.unwrap();
}

/// What a client gets that asks once.
async fn since(world: &World, who: &Someone, after: u64, limit: u16) -> feed::EventsPage {
    let request = EventsRequest { limit: Some(limit), after: Some(after) };
    feed::list(&world.app, who.actor(), request).await.unwrap()
}

/// Everything that is kept.
async fn all(world: &World, who: &Someone) -> Vec<LookAgain> {
    let mut entries: Vec<LookAgain> = Vec::new();
    loop {
        let after = entries.last().map_or(0, |entry| entry.number);
        let page = since(world, who, after, 7).await;
        entries.extend(page.items);
        if !page.has_more {
            return entries;
        }
    }
}

/// What the engines do by themselves some time after an entry has expired.
async fn expire(world: &World, who: &Someone) {
    let query = Query::partition(format!("FEED#{}", who.actor().user), 1000);
    let found = world.table().query(&query).await.unwrap();
    let is_over = |stored: &&Stored| stored.document.expires_at.is_some_and(|at| at <= world.clock.now());
    for stored in found.iter().filter(is_over) {
        let gone = Transaction::new(vec![Write::Discard(stored.document.key.clone())]).unwrap();
        world.table().write(&gone).await.unwrap();
    }
}

fn has_no_gap(entries: &[LookAgain]) -> bool {
    entries.windows(2).all(|pair| pair[1].number == pair[0].number + 1)
}

#[tokio::test]
async fn messages_and_notifications_are_in_the_feed_once_each() {
    for engine in Engine::ALL {
        let (world, buyer, worker) = two(engine).await;
        let place = accepted(&world, &buyer, &worker, 1_000).await;
        world.deliver().await;
        for id in 1..=3 {
            say(&world, &buyer, place, id).await;
        }
        world.deliver().await;
        for who in [&buyer, &worker] {
            let entries = all(&world, who).await;
            assert!(has_no_gap(&entries), "{engine:?}");
            let abouts: Vec<_> = entries.iter().map(|entry| entry.about).collect();
            let told = notifications::list(&world.app, who.actor(), PageRequest::default()).await.unwrap();
            let expected: Vec<_> =
                told.items.iter().map(|item| About::Notification { notification: item.id }).collect();
            assert!(!expected.is_empty() && expected.iter().all(|about| abouts.contains(about)));
            // One notice that the bid was accepted, and three messages.
            let (job, bid) = place;
            let numbers: Vec<_> = abouts
                .iter()
                .filter_map(|about| match about {
                    About::Message { job: j, bid: b, number } if (*j, *b) == (job, bid) => Some(*number),
                    About::Message { .. } | About::Notification { .. } => None,
                })
                .collect();
            assert_eq!(numbers, [1, 2, 3, 4]);
            assert_eq!(abouts.len(), expected.len() + numbers.len());
        }
        let stranger = world.someone(7, SignUpRole::Buyer).await;
        assert_eq!(all(&world, &stranger).await, []);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_is_away_at_random_has_the_same_feed_in_the_end() {
    for engine in Engine::ALL {
        let (world, buyer, worker) = two(engine).await;
        let place = accepted(&world, &buyer, &worker, 1_000).await;
        let mut dice = ChaCha12Rng::seed_from_u64(7);
        let (mut seen, mut last): (Vec<LookAgain>, u64) = (Vec::new(), 0);
        for round in 0..6_u128 {
            let both = (0..32_u128).map(|n| {
                let who = if n % 2 == 0 { &buyer } else { &worker };
                say(&world, who, place, round * 100 + n)
            });
            join_all(both).await;
            // Two dispatchers at once, as on two machines.
            let deliveries = (0..2).map(|_| world.deliver());
            join_all(deliveries).await;
            while !dice.next_u32().is_multiple_of(3) {
                let limit = u16::try_from(dice.next_u32() % 20 + 1).unwrap();
                let page = since(&world, &worker, last, limit).await;
                assert!(!page.reset);
                seen.extend(page.items);
                last = page.last;
            }
        }
        world.deliver().await;
        loop {
            let page = since(&world, &worker, last, 50).await;
            seen.extend(page.items);
            last = page.last;
            if !page.has_more {
                break;
            }
        }
        assert_eq!(seen, all(&world, &worker).await, "{engine:?}");
        assert!(has_no_gap(&seen));
        let different: BTreeSet<String> = seen.iter().map(|entry| format!("{:?}", entry.about)).collect();
        assert_eq!(different.len(), seen.len(), "nothing twice");
        let messages = seen.iter().filter(|entry| matches!(entry.about, About::Message { .. })).count();
        assert_eq!(messages, 1 + 6 * 32, "{engine:?}: the notice, and what all said");
    }
}

#[tokio::test]
async fn a_feed_rises_on_after_all_of_it_has_expired_and_says_that_it_did() {
    for engine in Engine::ALL {
        let (world, buyer, worker) = two(engine).await;
        let place = accepted(&world, &buyer, &worker, 1_000).await;
        world.deliver().await;
        let before = all(&world, &worker).await.last().unwrap().number;
        world.clock.advance(TimeDelta::days(91));
        expire(&world, &worker).await;
        assert_eq!(all(&world, &worker).await, []);
        assert!(since(&world, &worker, before - 1, 20).await.reset, "what came after is gone");
        say(&world, &buyer, place, 1).await;
        world.deliver().await;
        let after = all(&world, &worker).await;
        assert!(after[0].number > before, "{engine:?}");
        let page = since(&world, &worker, before, 20).await;
        assert!(page.reset, "whoever was away for so long looks at everything again");
        assert!(!since(&world, &worker, page.last, 20).await.reset);
        assert!(since(&world, &worker, page.last + 5, 20).await.reset, "a number of another feed");
        let now = feed::list(&world.app, worker.actor(), EventsRequest::default()).await.unwrap();
        assert_eq!((now.items.len(), now.last), (0, page.last));
    }
}

#[tokio::test]
async fn a_stream_ends_with_its_session_and_with_the_account() {
    let world = World::on(Engine::Memory).await;
    let (user, admin) = (world.someone(1, SignUpRole::Buyer).await, world.admin(9).await);
    let me = user.actor();
    feed::listen(&world.app, me).await.unwrap();
    let mut stream = world.hub.listen(me.user, me.session).unwrap();
    auth::sign_out(&world.app, me).await.unwrap();
    assert_eq!(stream.next().await, None, "at once");
    assert_eq!(code(feed::listen(&world.app, me).await), Code::SessionInvalid);

    let other = world.someone(2, SignUpRole::Buyer).await;
    let me = other.actor();
    let mut stream = world.hub.listen(me.user, me.session).unwrap();
    let why = Reason::parse("Asked for cash.").unwrap();
    users::suspend(&world.app, &admin.caller, me.user, why).await.unwrap();
    world.deliver().await;
    assert_eq!(stream.next().await, None);
    assert_eq!(code(feed::listen(&world.app, me).await), Code::Suspended);
}

#[tokio::test]
async fn who_listens_hears_what_the_feed_says() {
    let (world, buyer, worker) = two(Engine::Memory).await;
    let place = accepted(&world, &buyer, &worker, 1_000).await;
    world.deliver().await;
    let known = all(&world, &worker).await.len();
    let me = worker.actor();
    let mut stream = world.hub.listen(me.user, me.session).unwrap();
    say(&world, &buyer, place, 1).await;
    world.deliver().await;
    // The message, and the notification of it.
    let heard = [stream.next().await.unwrap(), stream.next().await.unwrap()];
    assert_eq!(all(&world, &worker).await[known..], heard);
}
