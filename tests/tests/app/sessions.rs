//! Sessions: short access, rotating refresh, and a lock on guessing.

use chrono::TimeDelta;
use khaya_app::{Code, PageRequest, admin, auth, jobs, users};
use khaya_domain::password::Password;
use khaya_domain::user::SignUpRole;
use khaya_tests::engines::Engine;
use khaya_tests::world::{World, job_details, password, phone};

#[tokio::test]
async fn an_access_token_ends_after_fifteen_minutes() {
    let world = World::on(Engine::Memory).await;
    let person = world.someone(1, SignUpRole::Buyer).await;
    let token = &person.signed_in.tokens.access_token;
    let verify = || world.app.tokens.verify(token, khaya_ports::clock::Clock::now(world.clock.as_ref()));
    world.clock.advance(TimeDelta::seconds(899));
    verify().unwrap();
    world.clock.advance(TimeDelta::seconds(1));
    assert_eq!(verify().unwrap_err(), khaya_ports::token::TokenError::Expired);
}

#[tokio::test]
async fn a_spent_refresh_token_is_answered_alike_for_ten_seconds_and_then_ends_the_session() {
    let world = World::on(Engine::Memory).await;
    let first = world.someone(1, SignUpRole::Buyer).await.signed_in.tokens.refresh_token;
    let refresh = |token: String| {
        let app = &world.app;
        async move { auth::refresh(app, &token).await }
    };
    let second = refresh(first.clone()).await.unwrap().tokens.refresh_token;
    world.clock.advance(TimeDelta::seconds(10));
    assert_eq!(refresh(first.clone()).await.unwrap().tokens.refresh_token, second);
    world.clock.advance(TimeDelta::seconds(1));
    assert_eq!(refresh(first).await.unwrap_err().code, Code::SessionInvalid);
    assert_eq!(refresh(second).await.unwrap_err().code, Code::SessionInvalid, "the family is dead");
}

#[tokio::test]
async fn a_refresh_token_ends_after_thirty_days() {
    let world = World::on(Engine::Memory).await;
    let token = world.someone(1, SignUpRole::Buyer).await.signed_in.tokens.refresh_token;
    world.clock.advance(TimeDelta::days(30));
    assert_eq!(auth::refresh(&world.app, &token).await.unwrap_err().code, Code::SessionInvalid);
}

#[tokio::test]
async fn ten_wrong_passwords_lock_the_sign_in_for_fifteen_minutes() {
    let world = World::on(Engine::Memory).await;
    world.someone(1, SignUpRole::Buyer).await;
    let sign_in = |right: bool| {
        let password = if right { password() } else { Password::parse("not mine").unwrap() };
        auth::sign_in(&world.app, auth::SignIn { phone: phone(1), password })
    };
    for _ in 0..10 {
        assert_eq!(sign_in(false).await.unwrap_err().code, Code::CredentialsInvalid);
    }
    let locked = sign_in(true).await.unwrap_err();
    assert_eq!((locked.code, locked.retry_after.unwrap().as_secs()), (Code::SignInLocked, 900));
    world.clock.advance(TimeDelta::minutes(15));
    sign_in(true).await.unwrap();
    // The count began anew.
    assert_eq!(sign_in(false).await.unwrap_err().code, Code::CredentialsInvalid);
    sign_in(true).await.unwrap();
}

#[tokio::test]
async fn parallel_wrong_passwords_are_all_counted() {
    for engine in Engine::ALL {
        let world = World::on(engine).await;
        world.someone(1, SignUpRole::Buyer).await;
        let wrong = || {
            let sign_in = auth::SignIn { phone: phone(1), password: Password::parse("not mine").unwrap() };
            auth::sign_in(&world.app, sign_in)
        };
        let answers = futures::future::join_all((0..50).map(|_| wrong())).await;
        let codes: Vec<_> = answers.into_iter().map(|answer| answer.unwrap_err().code).collect();
        let counted = codes.iter().filter(|code| **code == Code::CredentialsInvalid).count();
        let locked = codes.iter().filter(|code| **code == Code::SignInLocked).count();
        assert_eq!((counted, locked), (10, 40), "{engine:?}");
    }
}

#[tokio::test]
async fn a_suspended_user_reads_and_does_nothing_else() {
    let world = World::on(Engine::Memory).await;
    let buyer = world.someone(1, SignUpRole::Buyer).await;
    let name = "Admin".parse().unwrap();
    let admin = auth::create_admin(&world.app, phone(2), password(), name, None).await.unwrap();
    let signed_in =
        auth::sign_in(&world.app, auth::SignIn { phone: phone(2), password: password() }).await.unwrap();
    assert_eq!(signed_in.user, admin);
    let claims = world
        .app
        .tokens
        .verify(&signed_in.tokens.access_token, signed_in.tokens.access_expires_at - TimeDelta::minutes(1));
    let desk = khaya_app::Caller { actor: claims.unwrap().into(), request_key: None };
    let (target, reason) = (buyer.actor().user, "Asked for cash.".parse().unwrap());
    users::suspend(&world.app, &desk, target, reason).await.unwrap();
    let refused = jobs::create(&world.app, &buyer.caller, job_details()).await.unwrap_err();
    assert_eq!(refused.code, Code::Suspended);
    assert!(users::me(&world.app, buyer.actor()).await.unwrap().suspended);
    users::reinstate(&world.app, &desk, target, "A mistake.".parse().unwrap()).await.unwrap();
    jobs::create(&world.app, &buyer.caller, job_details()).await.unwrap();
    let acts =
        admin::audit(&world.app, &desk.actor, world.app.clock.now(), PageRequest::default()).await.unwrap();
    let acts: Vec<_> = acts.items.iter().map(|entry| (entry.act.as_str(), entry.reason.as_str())).collect();
    assert_eq!(acts, [("reinstate_user", "A mistake."), ("suspend_user", "Asked for cash.")]);
}
