//! One-time codes: valid for ten minutes, five guesses, one at a time, and not too many.

use chrono::TimeDelta;
use khaya_app::{AppError, Code, Origin, auth};
use khaya_domain::otp;
use khaya_domain::password::Password;
use khaya_domain::user::SignUpRole;
use khaya_tests::engines::Engine;
use khaya_tests::world::{World, origin, phone};

fn refused(answer: Result<impl Sized, AppError>) -> Code {
    answer.map(|_| ()).unwrap_err().code
}

async fn verify(
    world: &World,
    number: u32,
    sent: &auth::CodeSent,
    code: otp::Code,
) -> Result<auth::Verified, AppError> {
    let verify = auth::Verify { phone: phone(number), sign_up: sent.id, code };
    auth::verify(&world.app, &origin(number), verify).await
}

async fn resend(
    world: &World,
    number: u32,
    from: &Origin,
    sent: &auth::CodeSent,
) -> Result<auth::CodeSent, AppError> {
    auth::resend(&world.app, from, auth::Resend { phone: phone(number), id: sent.id }).await
}

#[tokio::test]
async fn a_code_dies_after_ten_minutes() {
    for (seconds, good) in [(599, true), (600, false)] {
        let world = World::on(Engine::Memory).await;
        let sent = world.sign_up(1, SignUpRole::Buyer).await.unwrap();
        world.deliver().await;
        let code = world.code(&phone(1)).await;
        world.clock.advance(TimeDelta::seconds(seconds));
        assert_eq!(verify(&world, 1, &sent, code).await.is_ok(), good, "after {seconds} seconds");
    }
}

#[tokio::test]
async fn a_new_code_kills_the_old_one() {
    let world = World::on(Engine::Memory).await;
    let sent = world.sign_up(1, SignUpRole::Buyer).await.unwrap();
    world.deliver().await;
    let old = world.code(&phone(1)).await;
    assert_eq!(refused(resend(&world, 1, &origin(1), &sent).await), Code::CodeLimit);
    world.clock.advance(TimeDelta::seconds(30));
    resend(&world, 1, &origin(1), &sent).await.unwrap();
    world.deliver().await;
    let new = world.code(&phone(1)).await;
    assert_ne!(old.expose(), new.expose());
    assert_eq!(refused(verify(&world, 1, &sent, old).await), Code::CodeInvalid);
    verify(&world, 1, &sent, new).await.unwrap();
}

#[tokio::test]
async fn five_codes_an_hour_and_ten_a_day_go_to_one_number() {
    let world = World::on(Engine::Memory).await;
    let sent = world.sign_up(1, SignUpRole::Buyer).await.unwrap();
    let mut sent_in_all = 1;
    for hour in 0..24 {
        let mut this_hour = u32::from(hour == 0);
        // From another address each time: the number is what is limited here.
        for minute in 1..60 {
            world.clock.advance(TimeDelta::minutes(1));
            let from = origin(1000 + hour * 60 + minute);
            match resend(&world, 1, &from, &sent).await {
                Ok(_) => this_hour += 1,
                Err(error) => assert_eq!(error.code, Code::CodeLimit),
            }
        }
        sent_in_all += this_hour - u32::from(hour == 0);
        world.clock.advance(TimeDelta::minutes(1));
        assert!(this_hour <= 5, "{this_hour} in hour {hour}");
    }
    assert_eq!(sent_in_all, 10);
}

#[tokio::test]
async fn twenty_codes_an_hour_go_to_one_network_address() {
    let world = World::on(Engine::Memory).await;
    let mut asked = Vec::new();
    for number in 1..=25 {
        let sign_up = auth::SignUp {
            phone: phone(number),
            password: khaya_tests::world::password(),
            role: SignUpRole::Buyer,
            name: "Test User".parse().unwrap(),
            email: None,
        };
        asked.push(auth::sign_up(&world.app, &origin(7), sign_up).await.map(|_| ()));
    }
    assert_eq!(asked.iter().filter(|answer| answer.is_ok()).count(), 20);
    assert!(
        asked[20..].iter().all(|answer| answer.as_ref().is_err_and(|error| error.code == Code::CodeLimit))
    );
}

#[tokio::test]
async fn a_number_that_has_an_account_is_told_and_nobody_else_is() {
    let world = World::on(Engine::Memory).await;
    let owner = world.someone(1, SignUpRole::Buyer).await;
    world.clock.advance(TimeDelta::minutes(1));
    let sent = world.sign_up(1, SignUpRole::Worker).await.unwrap();
    world.deliver().await;
    let newest = world.inbox.newest(1).await.unwrap().remove(0);
    assert_eq!((newest.to.as_str(), newest.code), (owner.phone.as_e164(), None));
    let guess = otp::Code::parse("123456").unwrap();
    assert_eq!(refused(verify(&world, 1, &sent, guess).await), Code::CodeInvalid);
}

#[tokio::test]
async fn a_code_proves_the_sign_up_that_it_was_sent_for() {
    let world = World::on(Engine::Memory).await;
    // Somebody else begins with this number, with a password of theirs.
    let theirs = world.sign_up(1, SignUpRole::Buyer).await.unwrap();
    world.clock.advance(TimeDelta::minutes(1));
    let mine = world.sign_up(1, SignUpRole::Worker).await.unwrap();
    world.deliver().await;
    let code = world.code(&phone(1)).await;
    assert_eq!(refused(verify(&world, 1, &theirs, code.clone()).await), Code::CodeInvalid);
    let verified = verify(&world, 1, &mine, code).await.unwrap();
    assert_eq!(verified.signed_in.role, khaya_domain::user::Role::Worker);
}

#[tokio::test]
async fn a_forgotten_password_is_replaced_and_all_sessions_end() {
    let world = World::on(Engine::Memory).await;
    let person = world.someone(1, SignUpRole::Seller).await;
    world.clock.advance(TimeDelta::minutes(1));
    let sent = auth::forgotten_password(&world.app, &origin(1), phone(1)).await.unwrap();
    world.deliver().await;
    let reset = |code| {
        let password = Password::parse("another1234").unwrap();
        auth::reset_password(
            &world.app,
            auth::ResetPassword { phone: phone(1), reset: sent.id, code, password },
        )
    };
    let code = world.code(&phone(1)).await;
    reset(code.clone()).await.unwrap();
    assert_eq!(refused(reset(code).await), Code::CodeInvalid, "a code is good once");
    let refreshed = auth::refresh(&world.app, &person.signed_in.tokens.refresh_token).await;
    assert_eq!(refused(refreshed), Code::SessionInvalid);
    let sign_in = |password: &str| {
        auth::sign_in(
            &world.app,
            auth::SignIn { phone: phone(1), password: Password::parse(password).unwrap() },
        )
    };
    assert_eq!(refused(sign_in("test1234").await), Code::CredentialsInvalid);
    sign_in("another1234").await.unwrap();
}
