//! Pumping: somebody makes us send texts to thousands of numbers, for a share of what each costs.

use std::sync::Arc;

use chrono::TimeDelta;
use khaya_app::{AppError, Code, Origin, auth};
use khaya_domain::delivery::Channel;
use khaya_domain::policy::{OtpPolicy, Policies, Positive};
use khaya_domain::user::SignUpRole;
use khaya_ports::text::InboundText;
use khaya_tests::texts::ScriptedTexts;
use khaya_tests::world::{World, origin, password, phone};

const REQUESTS: u32 = 10_000;
const ADDRESSES: u32 = 50;

fn sign_up(number: u32) -> auth::SignUp {
    auth::SignUp {
        phone: phone(number),
        password: password(),
        role: SignUpRole::Buyer,
        name: "Test User".parse().unwrap(),
        email: None,
    }
}

async fn hostile(world: &World, request: u32) -> Result<auth::CodeSent, AppError> {
    let origin = Origin { address: format!("192.0.2.{}", request % ADDRESSES), request_key: None };
    auth::sign_up(&world.app, &origin, sign_up(1_000_000 + request)).await
}

/// What an attack came to.
struct Came {
    world: World,
    texts: Arc<ScriptedTexts>,
    hostile: u32,
    honest: u32,
    honest_refused: u32,
}

/// 10,000 hostile requests within half an hour, over as many numbers and 50 addresses, and an honest one after each
/// hundred. Everything that is to be sent is sent; WhatsApp delivers nothing, so that each code costs two texts.
async fn attack(ceiling: u32) -> Came {
    let texts = ScriptedTexts::new();
    let otp = OtpPolicy { per_platform_day: Positive::new(ceiling).unwrap(), ..OtpPolicy::default() };
    let world = World::with_policy(Arc::clone(&texts) as _, Policies { otp, ..Policies::default() }).await;
    let mut came = Came { world, texts, hostile: 0, honest: 0, honest_refused: 0 };
    for request in 0..REQUESTS {
        came.hostile += u32::from(hostile(&came.world, request).await.is_ok());
        if request % 100 == 99 {
            let number = request / 100;
            let was_reached = came.hostile + came.honest >= ceiling;
            let asked = auth::sign_up(&came.world.app, &origin(number), sign_up(number)).await;
            assert_eq!(asked.is_ok(), !was_reached, "an honest request after {request} hostile ones");
            came.honest += u32::from(asked.is_ok());
            came.honest_refused += u32::from(asked.is_err());
            came.world.clock.advance(TimeDelta::seconds(17));
        }
        if request % 500 == 499 {
            came.world.deliver().await;
            came.world.tick().await;
        }
    }
    for _ in 0..10 {
        came.world.pass(TimeDelta::seconds(20)).await;
    }
    came
}

impl Came {
    fn texts(&self, channel: Channel) -> usize {
        self.texts.channels().into_iter().filter(|sent| *sent == channel).count()
    }

    fn told(&self, ceiling: u32) -> String {
        format!(
            "ceiling {ceiling}: {REQUESTS} hostile requests from {ADDRESSES} addresses got {} codes, {} honest ones {} \
             (refused {}): {} WhatsApp, {} SMS",
            self.hostile,
            self.honest + self.honest_refused,
            self.honest,
            self.honest_refused,
            self.texts(Channel::Whatsapp),
            self.texts(Channel::Sms)
        )
    }
}

#[tokio::test]
async fn an_attack_costs_what_its_addresses_allow_and_honest_people_get_their_codes() {
    let ceiling = OtpPolicy::default().per_platform_day.get();
    let came = attack(ceiling).await;
    println!("{}", came.told(ceiling));
    assert_eq!(came.hostile, ADDRESSES * OtpPolicy::default().per_address_hour.get());
    assert_eq!((came.honest, came.honest_refused), (100, 0));
    let codes = usize::try_from(came.hostile + came.honest).unwrap();
    assert_eq!(came.texts(Channel::Whatsapp), codes);
    assert!(came.texts(Channel::Sms) <= codes);
}

#[tokio::test]
async fn an_attack_costs_no_more_than_the_ceiling_and_a_message_to_us_still_proves_a_number() {
    // No multiple of the shards that count it.
    let ceiling = 605;
    let came = attack(ceiling).await;
    println!("{}", came.told(ceiling));
    assert_eq!(came.hostile + came.honest, ceiling, "all of it is to be had, and no more");
    assert!(came.honest > 0 && came.honest_refused > 0);
    let most = usize::try_from(ceiling).unwrap();
    assert!(came.texts(Channel::Whatsapp) <= most && came.texts(Channel::Sms) <= most);

    let (app, sent) = (&came.world.app, came.texts.channels().len());
    let refused = auth::sign_up(app, &origin(500), sign_up(500)).await.unwrap_err();
    assert_eq!(refused.code, Code::CodeLimit);
    let awaited = auth::sign_up_by_message(app, &origin(500), sign_up(500)).await.unwrap();
    let text = awaited.text.expose().into();
    auth::prove_by_message(app, &InboundText { from: phone(500), text }).await.unwrap();
    auth::verify_by_message(app, &origin(500), phone(500), awaited.id).await.unwrap();
    came.world.pass(TimeDelta::minutes(1)).await;
    assert_eq!(came.texts.channels().len(), sent, "nothing was sent for it");
}
