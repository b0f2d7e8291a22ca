//! The outbox: what fails is tried again, what keeps failing is parked, and neither holds up the rest.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use khaya_adapters_local::inbox::Inbox;
use khaya_app::outbox;
use khaya_domain::delivery::{Failure, MessageId, Standing, Status};
use khaya_domain::user::SignUpRole;
use khaya_ports::text::{Accepted, Channel, TextError, TextMessage, TextSender};
use khaya_tests::engines::Engine;
use khaya_tests::world::{ManualClock, World, phone};

/// A provider that does not take texts to some numbers.
#[derive(Default)]
struct Moody {
    down_for: Mutex<HashSet<String>>,
    no_whatsapp: Mutex<HashSet<String>>,
    sent: Mutex<Vec<(String, Channel)>>,
}

#[async_trait]
impl TextSender for Moody {
    async fn send(&self, message: &TextMessage) -> Result<Accepted, TextError> {
        let to = message.to.as_e164().to_owned();
        if self.down_for.lock().unwrap().contains(&to) {
            return Err(TextError::Busy("down".into()));
        }
        if message.channel == Channel::Whatsapp && self.no_whatsapp.lock().unwrap().contains(&to) {
            return Err(TextError::Refused { failure: Failure::NotOnWhatsapp, source: "no WhatsApp".into() });
        }
        let id = format!("{}-{}", message.reference, message.channel.as_str()).parse().unwrap();
        self.sent.lock().unwrap().push((to, message.channel));
        Ok(Accepted { id, standing: Standing::of(Status::Delivered) })
    }

    async fn status(&self, _: &MessageId) -> Result<Option<Standing>, TextError> {
        Ok(Some(Standing::of(Status::Delivered)))
    }

    async fn find(&self, _: &TextMessage, _: DateTime<Utc>) -> Result<Option<Accepted>, TextError> {
        Ok(None)
    }
}

async fn world() -> (World, Arc<Moody>) {
    let opened = Engine::Memory.open().await;
    let (table, clock) = (Arc::clone(&opened.table), Arc::new(ManualClock::new()));
    let inbox = Arc::new(Inbox::new(Arc::clone(&table), Arc::clone(&clock) as _));
    let texts = Arc::new(Moody::default());
    (World::with_texts(table, opened, clock, inbox, Arc::clone(&texts) as _), texts)
}

fn number(number: u32) -> String {
    phone(number).as_e164().to_owned()
}

#[tokio::test]
async fn a_code_that_whatsapp_refuses_goes_by_sms() {
    let (world, texts) = world().await;
    texts.no_whatsapp.lock().unwrap().insert(number(1));
    world.sign_up(1, SignUpRole::Buyer).await.unwrap();
    world.deliver().await;
    assert_eq!(*texts.sent.lock().unwrap(), [(number(1), Channel::Sms)]);
}

#[tokio::test]
async fn an_event_that_fails_holds_up_no_other_and_is_delivered_later() {
    let (world, texts) = world().await;
    texts.down_for.lock().unwrap().insert(number(1));
    for who in 1..=20 {
        world.sign_up(who, SignUpRole::Buyer).await.unwrap();
    }
    let delivery = world.deliver().await;
    assert_eq!((delivery.delivered, delivery.failed), (19, 1));
    texts.down_for.lock().unwrap().clear();
    assert_eq!(world.deliver().await.delivered, 0, "not before its time");
    world.clock.advance(TimeDelta::seconds(1));
    assert_eq!(world.deliver().await.delivered, 1);
    assert!(texts.sent.lock().unwrap().contains(&(number(1), Channel::Whatsapp)));
    assert_eq!(world.deliver().await, outbox::Delivery::default(), "nothing is left");
}

#[tokio::test]
async fn an_event_that_keeps_failing_is_parked_and_can_be_replayed() {
    let (world, texts) = world().await;
    texts.down_for.lock().unwrap().insert(number(1));
    world.sign_up(1, SignUpRole::Buyer).await.unwrap();
    let mut tries = 0;
    while world.deliver().await.parked == 0 {
        tries += 1;
        assert!(tries < 40, "never parked");
        // Faster than the code dies: it is not sent any more then, and that is no failure.
        world.clock.advance(TimeDelta::seconds(30));
    }
    let parked = outbox::list_parked(&world.app, 10).await.unwrap();
    assert_eq!(parked.len(), 1);
    assert_eq!((parked[0].event.name(), parked[0].failures), ("codeIssued", 10));
    assert_eq!(world.deliver().await, outbox::Delivery::default(), "parked is out of the way");

    world.clock.advance(TimeDelta::minutes(10));
    // The code itself has died meanwhile: replaying sends nothing that nobody can use.
    texts.down_for.lock().unwrap().clear();
    outbox::replay_parked(&world.app, &parked[0]).await.unwrap();
    assert!(outbox::replay_parked(&world.app, &parked[0]).await.is_err(), "once");
    assert_eq!(world.deliver().await.delivered, 1);
    assert_eq!(*texts.sent.lock().unwrap(), []);
    assert_eq!(outbox::list_parked(&world.app, 10).await.unwrap(), []);
}
