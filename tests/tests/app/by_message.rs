//! A sign-up whose number is proven by a message to us.

use std::sync::Arc;

use chrono::TimeDelta;
use futures::future::join_all;
use khaya_app::{AppError, Code, Origin, RequestKey, auth};
use khaya_domain::ids::ChallengeId;
use khaya_domain::policy::Policies;
use khaya_domain::text::PersonName;
use khaya_domain::user::SignUpRole;
use khaya_ports::text::InboundText;
use khaya_tests::engines::Engine;
use khaya_tests::texts::ScriptedTexts;
use khaya_tests::world::{World, origin, password, phone};

pub(crate) fn sign_up(number: u32) -> auth::SignUp {
    auth::SignUp {
        phone: phone(number),
        password: password(),
        role: SignUpRole::Worker,
        name: PersonName::parse("Thandi Nkosi").unwrap(),
        email: None,
    }
}

async fn begin(world: &World, number: u32) -> auth::MessageAwaited {
    auth::sign_up_by_message(&world.app, &origin(number), sign_up(number)).await.unwrap()
}

async fn message(world: &World, from: u32, text: &str) {
    let inbound = InboundText { from: phone(from), text: text.to_owned().into() };
    auth::prove_by_message(&world.app, &inbound).await.unwrap();
}

async fn finish(world: &World, number: u32, id: ChallengeId) -> Result<auth::Verified, AppError> {
    auth::verify_by_message(&world.app, &origin(number), phone(number), id).await
}

async fn refused(world: &World, number: u32, id: ChallengeId) -> Code {
    finish(world, number, id).await.map(|_| ()).unwrap_err().code
}

#[tokio::test]
async fn a_message_from_the_number_makes_the_account_and_nothing_is_sent() {
    for engine in Engine::ALL {
        let world = World::on(engine).await;
        let awaited = begin(&world, 1).await;
        assert_eq!(refused(&world, 1, awaited.id).await, Code::MessageAwaited);
        message(&world, 1, &format!("Hello! {} ", awaited.text.expose().to_lowercase())).await;
        let verified = finish(&world, 1, awaited.id).await.unwrap();
        assert_eq!(verified.signed_in.role, khaya_domain::user::Role::Worker);
        world.deliver().await;
        assert_eq!(world.inbox.newest(10).await.unwrap(), [], "{engine:?}");
        let sign_in = auth::SignIn { phone: phone(1), password: password() };
        assert_eq!(auth::sign_in(&world.app, sign_in).await.unwrap().user, verified.signed_in.user);
    }
}

#[tokio::test]
async fn only_the_number_itself_proves_it_and_only_in_time() {
    let world = World::on(Engine::Memory).await;
    let awaited = begin(&world, 1).await;
    let text = awaited.text.expose();
    message(&world, 2, &text).await;
    assert_eq!(refused(&world, 1, awaited.id).await, Code::MessageAwaited, "from another number");
    for wrong in ["", "KHAYA", "KHAYA 2222-2222", &text.replace("KHAYA", "HELLO")] {
        message(&world, 1, wrong).await;
        assert_eq!(refused(&world, 1, awaited.id).await, Code::MessageAwaited, "{wrong}");
    }
    world.clock.advance(TimeDelta::seconds(600));
    message(&world, 1, &text).await;
    assert_eq!(refused(&world, 1, awaited.id).await, Code::MessageAwaited, "too late");

    let in_time = begin(&world, 1).await;
    world.clock.advance(TimeDelta::seconds(599));
    message(&world, 1, &in_time.text.expose()).await;
    finish(&world, 1, in_time.id).await.unwrap();
}

#[tokio::test]
async fn a_message_proves_the_sign_up_whose_text_it_holds_and_no_other() {
    let world = World::on(Engine::Memory).await;
    // Somebody else begins with this number, with a password of theirs, as often as they like.
    let mut theirs = Vec::new();
    for _ in 0..100 {
        let begun = auth::sign_up_by_message(&world.app, &origin(9), sign_up(1)).await.unwrap();
        theirs.push(begun);
    }
    let mine = begin(&world, 1).await;
    message(&world, 1, &mine.text.expose()).await;
    for other in &theirs {
        assert_ne!(other.text, mine.text);
        assert_eq!(refused(&world, 1, other.id).await, Code::MessageAwaited);
    }
    // Who knows neither the id nor the number gains nothing from the text.
    assert_eq!(refused(&world, 2, mine.id).await, Code::MessageAwaited, "for another number");
    let guess = ChallengeId::new(chrono::DateTime::UNIX_EPOCH, [7; 10]);
    assert_eq!(refused(&world, 1, guess).await, Code::MessageAwaited);
    finish(&world, 1, mine.id).await.unwrap();
}

#[tokio::test]
async fn a_thousand_guesses_of_texts_from_ones_own_number_prove_nothing() {
    let world = World::on(Engine::Memory).await;
    let mut awaited = Vec::new();
    for number in 1..=100 {
        awaited.push(begin(&world, number).await);
    }
    // The worst case: the guesses are right.
    for round in 0..10 {
        let guesses = awaited.iter().map(|one| one.text.expose()).collect::<Vec<_>>();
        join_all(guesses.iter().map(|guess| message(&world, 1_000 + round, guess))).await;
    }
    for (number, one) in (1..).zip(&awaited) {
        assert_eq!(refused(&world, number, one.id).await, Code::MessageAwaited);
    }
}

#[tokio::test]
async fn a_message_that_is_repeated_makes_one_account() {
    let world = Arc::new(World::on(Engine::Memory).await);
    let awaited = begin(&world, 1).await;
    for _ in 0..3 {
        message(&world, 1, &awaited.text.expose()).await;
    }
    let answers = join_all((0..100).map(|_| finish(&world, 1, awaited.id))).await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
    message(&world, 1, &awaited.text.expose()).await;
    assert_eq!(refused(&world, 1, awaited.id).await, Code::MessageAwaited, "it was used");
}

#[tokio::test]
async fn the_same_request_again_gets_its_answer_again() {
    let world = World::on(Engine::Memory).await;
    let keyed = |key: &str| Origin {
        request_key: Some(RequestKey { key: key.to_owned(), fingerprint: "f".to_owned() }),
        ..origin(1)
    };
    let first = auth::sign_up_by_message(&world.app, &keyed("a"), sign_up(1)).await.unwrap();
    world.clock.advance(TimeDelta::seconds(5));
    assert_eq!(auth::sign_up_by_message(&world.app, &keyed("a"), sign_up(1)).await.unwrap(), first);
    message(&world, 1, &first.text.expose()).await;
    let finish = |key: &str| {
        let origin = keyed(key);
        let (app, id) = (Arc::clone(&world.app), first.id);
        async move { auth::verify_by_message(&app, &origin, phone(1), id).await }
    };
    let verified = finish("b").await.unwrap();
    assert_eq!(finish("b").await.unwrap().signed_in.user, verified.signed_in.user);
    assert_eq!(finish("c").await.map(|_| ()).unwrap_err().code, Code::MessageAwaited);
}

#[tokio::test]
async fn a_number_with_an_account_looks_like_any_other_until_its_owner_writes() {
    let world = World::on(Engine::Memory).await;
    world.someone(1, SignUpRole::Buyer).await;
    let (known, unknown) = (begin(&world, 1).await, begin(&world, 2).await);
    assert_eq!(known.expires_at, unknown.expires_at);
    assert_eq!(refused(&world, 1, known.id).await, refused(&world, 2, unknown.id).await);
    message(&world, 1, &known.text.expose()).await;
    let told = finish(&world, 1, known.id).await.map(|_| ()).unwrap_err();
    assert_eq!(told.code, Code::CodeInvalid);
    assert!(told.detail.contains("has an account already"), "{}", told.detail);
}

#[tokio::test]
async fn it_touches_no_code_that_is_on_its_way() {
    let texts = ScriptedTexts::new();
    let world = World::with_policy(Arc::clone(&texts) as _, Policies::default()).await;
    let sent = world.sign_up(1, SignUpRole::Buyer).await.unwrap();
    world.deliver().await;
    begin(&world, 1).await;
    let code = texts.taken().remove(0).code.unwrap();
    let code = khaya_domain::otp::Code::parse(&code).unwrap();
    auth::verify(&world.app, &origin(1), auth::Verify { phone: phone(1), sign_up: sent.id, code })
        .await
        .unwrap();
}

#[tokio::test]
async fn an_email_address_that_another_account_has_is_dropped_and_said_so() {
    let world = World::on(Engine::Memory).await;
    let with_email =
        |number| auth::SignUp { email: Some("t@example.co.za".parse().unwrap()), ..sign_up(number) };
    for (number, taken) in [(1, false), (2, true)] {
        let awaited =
            auth::sign_up_by_message(&world.app, &origin(number), with_email(number)).await.unwrap();
        message(&world, number, &awaited.text.expose()).await;
        assert_eq!(finish(&world, number, awaited.id).await.unwrap().email_taken, taken);
    }
}
