//! Conversations: one order for both, exact counts, nothing lost or doubled.

use chrono::TimeDelta;
use futures::future::join_all;
use khaya_app::messages::{
    self, Content, ConversationView, MessageView, MessagesPage, MessagesRequest, NewMessage,
};
use khaya_app::{AppError, Code, PageRequest, disputes, work};
use khaya_domain::conversation::{Author, Notice};
use khaya_domain::ids::{BidId, JobId};
use khaya_domain::text::{MessageText, Reason};
use khaya_domain::user::SignUpRole;
use khaya_tests::engines::Engine;
use khaya_tests::world::{Someone, World};
use uuid::Uuid;

use crate::support::{accepted, code, in_progress, pay, two};

/// Senders at one moment, half of them on each side.
const SENDERS: u128 = 32;

async fn say(
    world: &World,
    who: &Someone,
    (job, bid): (JobId, BidId),
    id: u128,
    text: &str,
) -> Result<MessageView, AppError> {
    let text = Some(MessageText::parse(text).unwrap());
    let message = NewMessage { client_id: Uuid::from_u128(id), text, files: Vec::new() };
    messages::send(&world.app, &who.caller, job, bid, message).await
}

async fn page(
    world: &World,
    who: &Someone,
    (job, bid): (JobId, BidId),
    request: MessagesRequest,
) -> Result<MessagesPage, AppError> {
    messages::messages(&world.app, who.actor(), job, bid, request).await
}

/// All messages, as a client reads them that was away since the beginning.
async fn all(world: &World, who: &Someone, place: (JobId, BidId)) -> Vec<MessageView> {
    let mut messages: Vec<MessageView> = Vec::new();
    loop {
        let after = Some(messages.last().map_or(0, |message| message.number));
        let next = MessagesRequest { limit: Some(7), after, before: None };
        let found = page(world, who, place, next).await.unwrap();
        messages.extend(found.items);
        if !found.has_more {
            return messages;
        }
    }
}

async fn read(world: &World, who: &Someone, (job, bid): (JobId, BidId), up_to: u64) -> ConversationView {
    messages::mark_read(&world.app, &who.caller, job, bid, up_to).await.unwrap()
}

async fn listed(world: &World, who: &Someone) -> Vec<ConversationView> {
    messages::conversations(&world.app, who.actor(), PageRequest::default()).await.unwrap().items
}

fn numbers(messages: &[MessageView]) -> Vec<u64> {
    messages.iter().map(|message| message.number).collect()
}

async fn a_bid(world: &World, buyer: &Someone, worker: &Someone) -> (JobId, BidId) {
    let job = world.job(buyer).await;
    (job, world.bid(worker, job, 1_000).await)
}

#[tokio::test(flavor = "multi_thread")]
async fn of_32_senders_at_once_no_message_is_lost_or_doubled_and_both_see_one_order() {
    for engine in Engine::ALL {
        let (world, buyer, worker) = two(engine).await;
        let place = a_bid(&world, &buyer, &worker).await;
        // Each sends its message twice, as a client does that got no answer.
        let sends = (0..SENDERS).flat_map(|sender| [sender, sender]).map(|sender| {
            let who = if sender % 2 == 0 { &buyer } else { &worker };
            let world = &world;
            async move { say(world, who, place, sender, &format!("message {sender}")).await.unwrap() }
        });
        let sent = join_all(sends).await;
        for pair in sent.chunks(2) {
            assert_eq!(pair[0], pair[1], "{engine:?}: a resend is the same message");
        }
        let (to_buyer, to_worker) = (all(&world, &buyer, place).await, all(&world, &worker, place).await);
        assert_eq!(numbers(&to_buyer), (1..=32).collect::<Vec<_>>(), "{engine:?}");
        let order = |messages: &[MessageView]| {
            messages.iter().map(|message| (message.number, message.content.clone())).collect::<Vec<_>>()
        };
        assert_eq!(order(&to_buyer), order(&to_worker));
        for who in [&buyer, &worker] {
            let conversation = listed(&world, who).await.pop().unwrap();
            assert_eq!((conversation.unread, conversation.last), (16, 32), "{engine:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn counts_are_exact_while_both_write_and_read() {
    for engine in Engine::ALL {
        let (world, buyer, worker) = two(engine).await;
        let place = a_bid(&world, &buyer, &worker).await;
        say(&world, &buyer, place, 1_000, "Hello").await.unwrap();
        let acts = (0..SENDERS).map(|act| {
            let (world, buyer, worker) = (&world, &buyer, &worker);
            async move {
                let (writer, reader) = if act % 2 == 0 { (buyer, worker) } else { (worker, buyer) };
                let sent = say(world, writer, place, act, "One more").await.unwrap();
                if act % 3 == 0 {
                    read(world, reader, place, sent.number).await;
                }
            }
        });
        join_all(acts).await;
        let there = all(&world, &buyer, place).await;
        for (who, own) in [(&buyer, Author::Buyer), (&worker, Author::Worker)] {
            let conversation = listed(&world, who).await.pop().unwrap();
            let unread = there
                .iter()
                .filter(|message| message.author != own && message.number > conversation.read)
                .count();
            assert_eq!(conversation.unread, unread as u64, "{engine:?}");
            assert_eq!(read(&world, who, place, conversation.last).await.unread, 0);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_is_away_now_and_then_ends_with_the_same_messages() {
    let (world, buyer, worker) = two(Engine::Sqlite).await;
    let place = a_bid(&world, &buyer, &worker).await;
    let writer = async {
        for id in 0..60 {
            say(&world, if id % 3 == 0 { &buyer } else { &worker }, place, id, "Again").await.unwrap();
        }
    };
    let reader = async {
        let mut seen: Vec<MessageView> = Vec::new();
        let mut away = 1_u32;
        while seen.len() < 60 {
            // Away for a time that looks like chance.
            away = away.wrapping_mul(1_103_515_245).wrapping_add(12_345);
            for _ in 0..away >> 28 {
                tokio::task::yield_now().await;
            }
            let after = Some(seen.last().map_or(0, |message| message.number));
            let next = MessagesRequest { limit: Some(5), after, before: None };
            seen.extend(page(&world, &buyer, place, next).await.unwrap().items);
        }
        seen
    };
    let ((), seen) = tokio::join!(writer, reader);
    assert_eq!(seen, all(&world, &buyer, place).await);
    assert_eq!(numbers(&seen), (1..=60).collect::<Vec<_>>());
}

#[tokio::test]
async fn pages_go_both_ways() {
    for engine in Engine::ALL {
        let (world, buyer, worker) = two(engine).await;
        let place = a_bid(&world, &buyer, &worker).await;
        let empty = page(&world, &buyer, place, MessagesRequest::default()).await.unwrap();
        assert_eq!((empty.items, empty.last), (vec![], 0));
        for id in 0..25 {
            say(&world, &buyer, place, id, "Hello").await.unwrap();
        }
        let ask =
            |limit, after, before| page(&world, &worker, place, MessagesRequest { limit, after, before });
        let newest = ask(None, None, None).await.unwrap();
        assert_eq!(numbers(&newest.items), (6..=25).collect::<Vec<_>>());
        assert!(newest.has_more);
        let older = ask(None, None, Some(6)).await.unwrap();
        assert_eq!((numbers(&older.items), older.has_more), ((1..=5).collect(), false));
        let since = ask(Some(3), Some(20), None).await.unwrap();
        assert_eq!((numbers(&since.items), since.has_more), ((21..=23).collect(), true));
        let nothing = ask(None, Some(25), None).await.unwrap();
        assert_eq!((nothing.items.len(), nothing.has_more, nothing.unread), (0, false, 25));
        let huge = ask(None, Some(u64::MAX), None).await.unwrap();
        assert_eq!(huge.items.len(), 0);
    }
}

#[tokio::test]
async fn khaya_tells_both_how_the_job_gets_on_once_each() {
    for engine in Engine::ALL {
        let (world, buyer, worker) = two(engine).await;
        let (job, bid) = accepted(&world, &buyer, &worker, 1_000).await;
        pay(&world, &buyer, job).await;
        work::submit(&world.app, &worker.caller, job).await.unwrap();
        work::confirm(&world.app, &buyer.caller, job).await.unwrap();
        world.deliver().await;
        world.deliver().await;
        let told = all(&world, &worker, (job, bid)).await;
        let notices = [Notice::Accepted, Notice::Paid, Notice::Submitted, Notice::Released];
        assert_eq!(
            told.iter().map(|message| message.content.clone()).collect::<Vec<_>>(),
            notices.map(Content::Notice)
        );
        assert!(told.iter().all(|message| message.author == Author::Khaya && message.client_id.is_none()));
        assert_eq!(listed(&world, &buyer).await[0].unread, 4);
    }
}

#[tokio::test]
async fn an_id_belongs_to_one_text_and_to_one_writer() {
    let (world, buyer, worker) = two(Engine::Memory).await;
    let place = a_bid(&world, &buyer, &worker).await;
    let first = say(&world, &buyer, place, 1, "Hello").await.unwrap();
    assert_eq!(code(say(&world, &buyer, place, 1, "Something else").await), Code::MessageIdReused);
    let others = say(&world, &worker, place, 1, "Hello").await.unwrap();
    assert_eq!((first.number, others.number), (1, 2));
    let seen = all(&world, &buyer, place).await;
    assert_eq!(seen[0].client_id, Some(Uuid::from_u128(1)));
    assert_eq!(seen[1].client_id, None, "the other's id is nobody's business");
}

#[tokio::test]
async fn only_the_two_read_and_write_and_an_admin_reads_while_there_is_a_dispute() {
    let (world, buyer, worker) = two(Engine::Memory).await;
    let (stranger, other) =
        (world.someone(3, SignUpRole::Buyer).await, world.someone(4, SignUpRole::Worker).await);
    let admin = world.admin(5).await;
    let job = in_progress(&world, &buyer, &worker, 1_000).await;
    let bid = BidId::of(job, worker.actor().user);
    say(&world, &buyer, (job, bid), 1, "Hello").await.unwrap();
    for who in [&stranger, &other, &admin] {
        let seen = page(&world, who, (job, bid), MessagesRequest::default()).await;
        assert_eq!(code(seen), Code::NotFound);
    }
    for who in [&stranger, &other] {
        assert_eq!(code(say(&world, who, (job, bid), 2, "Hello").await), Code::NotFound);
        let marked = messages::mark_read(&world.app, &who.caller, job, bid, 1).await;
        assert_eq!(code(marked), Code::NotFound);
        assert_eq!(listed(&world, who).await, vec![]);
    }
    assert_eq!(code(say(&world, &admin, (job, bid), 2, "Hello").await), Code::Forbidden);
    let reason: Reason = "It leaks.".parse().unwrap();
    disputes::raise(&world.app, &buyer.caller, job, reason).await.unwrap();
    let seen = page(&world, &admin, (job, bid), MessagesRequest::default()).await.unwrap();
    assert!(!seen.items.is_empty());
}

#[tokio::test]
async fn ninety_days_after_the_end_a_conversation_can_only_be_read() {
    let (world, buyer, worker) = two(Engine::Memory).await;
    let job = in_progress(&world, &buyer, &worker, 1_000).await;
    let place = (job, BidId::of(job, worker.actor().user));
    work::submit(&world.app, &worker.caller, job).await.unwrap();
    work::confirm(&world.app, &buyer.caller, job).await.unwrap();
    world.clock.advance(TimeDelta::days(90) - TimeDelta::seconds(1));
    say(&world, &worker, place, 1, "The guarantee still holds").await.unwrap();
    world.clock.advance(TimeDelta::seconds(2));
    assert_eq!(code(say(&world, &buyer, place, 2, "Thank you").await), Code::ConversationClosed);
    say(&world, &worker, place, 1, "The guarantee still holds").await.unwrap();
    let last = all(&world, &buyer, place).await.pop().unwrap();
    assert_eq!(read(&world, &buyer, place, last.number).await.unread, 0);
}

#[tokio::test]
async fn a_conversation_comes_to_the_top_when_something_is_said() {
    for engine in Engine::ALL {
        let (world, buyer, worker) = two(engine).await;
        let (first, second) = (a_bid(&world, &buyer, &worker).await, a_bid(&world, &buyer, &worker).await);
        for (id, place) in [(1, first), (2, second), (3, first)] {
            say(&world, &buyer, place, id, "Hello").await.unwrap();
            world.clock.advance(TimeDelta::seconds(1));
        }
        for who in [&buyer, &worker] {
            let order: Vec<_> =
                listed(&world, who).await.iter().map(|conversation| conversation.job).collect();
            assert_eq!(order, [first.0, second.0], "{engine:?}");
        }
    }
}

#[tokio::test]
async fn a_resend_is_the_same_message_however_many_were_sent_since() {
    for engine in Engine::ALL {
        let (world, buyer, worker) = two(engine).await;
        let place = a_bid(&world, &buyer, &worker).await;
        let say_all = async || {
            let mut sent = Vec::new();
            for id in 0..25 {
                let who = if id % 3 == 0 { &buyer } else { &worker };
                sent.push(say(&world, who, place, id, &format!("message {id}")).await.unwrap());
            }
            sent
        };
        let sent = say_all().await;
        assert_eq!(numbers(&sent), (1..=25).collect::<Vec<_>>(), "{engine:?}");
        assert_eq!(say_all().await, sent, "{engine:?}");
        assert_eq!(code(say(&world, &buyer, place, 0, "Something else").await), Code::MessageIdReused);
        assert_eq!(all(&world, &worker, place).await.len(), 25);
    }
}

#[tokio::test]
async fn conversations_are_listed_by_their_last_word_page_by_page_whenever_it_was() {
    for engine in Engine::ALL {
        let world = World::on(engine).await;
        let (buyer, worker) =
            (world.someone(1, SignUpRole::Buyer).await, world.someone(2, SignUpRole::Worker).await);
        world.subscribe(&buyer).await;
        let mut places = Vec::new();
        for _ in 0..9 {
            places.push(a_bid(&world, &buyer, &worker).await);
        }
        // Said at times that look like chance: within a minute of each other, and hours apart.
        let (mut chance, mut order) = (7_u32, Vec::new());
        for id in 0..60 {
            chance = chance.wrapping_mul(1_103_515_245).wrapping_add(12_345);
            let minutes = [0, 1, 3, 8, 14, 15, 16, 200][chance as usize >> 8 & 7];
            world.clock.advance(TimeDelta::minutes(minutes) + TimeDelta::milliseconds(1));
            let place = places[chance as usize >> 16 & 7];
            say(&world, &buyer, place, id, "Hello").await.unwrap();
            order.retain(|job| *job != place.0);
            order.insert(0, place.0);
            if id % 6 > 0 {
                continue;
            }
            let mut pages = Vec::new();
            let mut cursor = None;
            loop {
                let page = PageRequest { limit: Some(2), cursor };
                let page = messages::conversations(&world.app, worker.actor(), page).await.unwrap();
                assert!(!page.items.is_empty() && page.items.len() <= 2);
                pages.extend(page.items.iter().map(|conversation| conversation.job));
                cursor = page.next_cursor;
                if cursor.is_none() {
                    break;
                }
            }
            assert_eq!(pages, order, "{engine:?} after {id}");
            let whole = messages::conversations(&world.app, buyer.actor(), PageRequest::default()).await;
            let whole: Vec<_> = whole.unwrap().items.iter().map(|conversation| conversation.job).collect();
            assert_eq!(whole, order);
        }
    }
}
