//! People who have signed in elsewhere: linked to the account whose number was proven there, and to no other.

use std::sync::Arc;

use chrono::TimeDelta;
use khaya_app::{Actor, AppError, Caller, Code, auth, feed, jobs, users};
use khaya_domain::user::SignUpRole;
use khaya_ports::table::{Key, Table, Transaction, Write};
use khaya_tests::engines::{Engine, Opened};
use khaya_tests::house::House;
use khaya_tests::observed::{Asked, Observed};
use khaya_tests::world::{World, job_details, password, phone};
use sha2::{Digest, Sha256};

async fn beside(engine: Engine) -> (World, Arc<House>) {
    let opened = engine.open().await;
    World::beside(Arc::clone(&opened.table), opened)
}

async fn enter(world: &World, token: &str) -> Result<Actor, AppError> {
    auth::authenticate(&world.app, token).await
}

async fn refused(world: &World, token: &str) -> Code {
    enter(world, token).await.unwrap_err().code
}

fn caller(actor: Actor) -> Caller {
    Caller { actor, request_key: None }
}

/// Removes a document, as an engine does with what has expired.
async fn remove(world: &World, partition: String, sort: &str) {
    let write = Transaction::new(vec![Write::Discard(Key::new(partition, sort))]).unwrap();
    world.table().write(&write).await.unwrap();
}

/// The partition of a number, as `khaya-app/src/records/` documents it.
fn partition_of(number: u32) -> String {
    let phone = phone(number);
    let digest =
        Sha256::new().chain_update("phone").chain_update([0]).chain_update(phone.as_e164()).finalize();
    format!("PHONE#{}", digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect::<String>())
}

async fn new_password(world: &World, number: u32) {
    let origin = khaya_tests::world::origin(number);
    let sent = auth::forgotten_password(&world.app, &origin, phone(number)).await.unwrap();
    world.deliver().await;
    let code = world.code(&phone(number)).await;
    let password = khaya_domain::password::Password::parse("another1234").unwrap();
    let reset = auth::ResetPassword { phone: phone(number), reset: sent.id, code, password };
    auth::reset_password(&world.app, reset).await.unwrap();
    world.deliver().await;
}

#[tokio::test]
async fn a_proven_number_links_a_subject_to_its_account_once() {
    for engine in Engine::ALL {
        let (world, house) = beside(engine).await;
        let person = world.someone(1, SignUpRole::Buyer).await;
        let stranger = world.someone(2, SignUpRole::Buyer).await;
        house.prove("thandi", phone(1));
        let token = house.sign_in("thandi");
        let actor = enter(&world, &token).await.unwrap();
        assert_eq!((actor.user, actor.role), (person.actor().user, person.actor().role), "{engine:?}");
        assert_ne!(actor.user, stranger.actor().user);
        assert_eq!(enter(&world, &token).await.unwrap(), actor);
        assert_eq!(enter(&world, &house.renew(&token)).await.unwrap(), actor, "one sign-in, one session");
        // The number may be another by now: the link stays, and nobody is asked.
        house.prove("thandi", phone(2));
        let again = enter(&world, &house.sign_in("thandi")).await.unwrap();
        assert_eq!(again.user, actor.user);
        assert_ne!(again.session, actor.session);
        assert_eq!(house.asked(), 1, "{engine:?}");
        jobs::create(&world.app, &caller(actor), job_details()).await.unwrap();
        feed::listen(&world.app, &actor).await.unwrap();
    }
}

#[tokio::test]
async fn first_uses_at_once_make_one_link() {
    for engine in Engine::ALL {
        let (world, house) = beside(engine).await;
        let person = world.someone(1, SignUpRole::Worker).await;
        house.prove("sipho", phone(1));
        let tokens: Vec<_> = (0..4).map(|_| house.sign_in("sipho")).collect();
        let answers =
            futures::future::join_all((0..24).map(|number| enter(&world, &tokens[number % 4]))).await;
        let mut sessions: Vec<_> = answers
            .into_iter()
            .map(|answer| {
                let actor = answer.unwrap();
                assert_eq!(actor.user, person.actor().user, "{engine:?}");
                actor.session
            })
            .collect();
        sessions.sort();
        sessions.dedup();
        assert_eq!(sessions.len(), 4, "{engine:?}");
    }
}

#[tokio::test]
async fn without_an_account_a_person_is_told_to_sign_up_and_none_is_made() {
    for engine in Engine::ALL {
        let (world, house) = beside(engine).await;
        house.prove("zanele", phone(1));
        let token = house.sign_in("zanele");
        assert_eq!(refused(&world, &token).await, Code::SignUpFirst);
        let sign_in = auth::SignIn { phone: phone(1), password: password() };
        let none = auth::sign_in(&world.app, sign_in).await.unwrap_err();
        assert_eq!(none.code, Code::CredentialsInvalid, "{engine:?}");
        world.clock.advance(TimeDelta::minutes(1));
        let person = world.someone(1, SignUpRole::Buyer).await;
        assert_eq!(refused(&world, &token).await, Code::SessionInvalid, "it is older than the account");
        world.clock.advance(TimeDelta::minutes(1));
        let actor = enter(&world, &house.sign_in("zanele")).await.unwrap();
        assert_eq!(actor.user, person.actor().user);
    }
}

#[tokio::test]
async fn a_number_that_is_not_proven_links_nobody() {
    for engine in Engine::ALL {
        let (world, house) = beside(engine).await;
        world.someone(1, SignUpRole::Buyer).await;
        let token = house.sign_in("pieter");
        assert_eq!(refused(&world, &token).await, Code::PhoneNotProven);
        house.prove("pieter", phone(1));
        enter(&world, &token).await.unwrap();
    }
}

#[tokio::test]
async fn an_admin_is_not_reached() {
    for engine in Engine::ALL {
        let (world, house) = beside(engine).await;
        world.admin(1).await;
        house.prove("boss", phone(1));
        world.clock.advance(TimeDelta::minutes(1));
        let token = house.sign_in("boss");
        for _ in 0..2 {
            assert_eq!(refused(&world, &token).await, Code::Forbidden, "{engine:?}");
        }
        assert_eq!(house.asked(), 2, "nothing was kept of the first time");
    }
}

#[tokio::test]
async fn a_suspended_account_is_not_linked_and_one_that_was_can_read() {
    for engine in Engine::ALL {
        let (world, house) = beside(engine).await;
        let person = world.someone(1, SignUpRole::Buyer).await;
        let admin = world.admin(2).await;
        house.prove("lerato", phone(1));
        let user = person.actor().user;
        users::suspend(&world.app, &admin.caller, user, "Asked for cash.".parse().unwrap()).await.unwrap();
        let token = house.sign_in("lerato");
        assert_eq!(refused(&world, &token).await, Code::Suspended, "{engine:?}");
        users::reinstate(&world.app, &admin.caller, user, "A mistake.".parse().unwrap()).await.unwrap();
        let actor = enter(&world, &token).await.unwrap();
        users::suspend(&world.app, &admin.caller, user, "Again.".parse().unwrap()).await.unwrap();
        let actor_then = enter(&world, &house.sign_in("lerato")).await.unwrap();
        for actor in [actor, actor_then] {
            assert!(users::me(&world.app, &actor).await.unwrap().suspended);
            let acts = jobs::create(&world.app, &caller(actor), job_details()).await;
            assert_eq!(acts.unwrap_err().code, Code::Suspended, "{engine:?}");
            assert_eq!(feed::listen(&world.app, &actor).await.unwrap_err().code, Code::Suspended);
        }
    }
}

#[tokio::test]
async fn signing_out_ends_every_token_of_the_sign_in_for_good() {
    for engine in Engine::ALL {
        let (world, house) = beside(engine).await;
        world.someone(1, SignUpRole::Buyer).await;
        house.prove("thandi", phone(1));
        let (token, other) = (house.sign_in("thandi"), house.sign_in("thandi"));
        let actor = enter(&world, &token).await.unwrap();
        enter(&world, &other).await.unwrap();
        auth::sign_out(&world.app, &actor).await.unwrap();
        assert_eq!(refused(&world, &token).await, Code::SessionInvalid, "at once");
        assert_eq!(refused(&world, &house.renew(&token)).await, Code::SessionInvalid);
        assert_eq!(feed::listen(&world.app, &actor).await.unwrap_err().code, Code::SessionInvalid);
        enter(&world, &other).await.unwrap();
        // What expired may be gone from the store: that forgets no signing out.
        world.clock.advance(TimeDelta::days(31));
        remove(&world, format!("SESSION#{}", actor.session), "SESSION").await;
        assert_eq!(refused(&world, &house.renew(&token)).await, Code::SessionInvalid, "{engine:?}");
        enter(&world, &house.sign_in("thandi")).await.unwrap();
    }
}

#[tokio::test]
async fn a_new_password_ends_what_began_before_it() {
    for engine in Engine::ALL {
        let (world, house) = beside(engine).await;
        let person = world.someone(1, SignUpRole::Buyer).await;
        house.prove("thandi", phone(1));
        let (used, unused) = (house.sign_in("thandi"), house.sign_in("thandi"));
        let actor = enter(&world, &used).await.unwrap();
        world.clock.advance(TimeDelta::minutes(5));
        new_password(&world, 1).await;
        assert_eq!(
            refused(&world, &unused).await,
            Code::SessionInvalid,
            "it begins when the person signed in"
        );
        assert_eq!(feed::listen(&world.app, &actor).await.unwrap_err().code, Code::SessionInvalid);
        // As an access token of ours: until it would have ended.
        enter(&world, &used).await.unwrap();
        world.clock.advance(TimeDelta::minutes(10));
        assert_eq!(refused(&world, &used).await, Code::SessionInvalid, "{engine:?}");
        assert_eq!(enter(&world, &house.sign_in("thandi")).await.unwrap().user, person.actor().user);
    }
}

#[tokio::test]
async fn a_number_that_is_no_longer_the_accounts_ends_the_link() {
    for engine in Engine::ALL {
        let (world, house) = beside(engine).await;
        world.someone(1, SignUpRole::Buyer).await;
        house.prove("thandi", phone(1));
        let token = house.sign_in("thandi");
        enter(&world, &token).await.unwrap();
        remove(&world, partition_of(1), "CREDENTIAL").await;
        world.clock.advance(TimeDelta::minutes(15));
        assert_eq!(refused(&world, &token).await, Code::SessionInvalid, "{engine:?}");
        assert_eq!(refused(&world, &house.sign_in("thandi")).await, Code::SessionInvalid);
        // Whoever has the number now is somebody else.
        let successor = world.someone(1, SignUpRole::Buyer).await;
        world.clock.advance(TimeDelta::minutes(1));
        assert_eq!(refused(&world, &house.sign_in("thandi")).await, Code::SessionInvalid, "{engine:?}");
        assert_eq!(house.asked(), 1);
        house.prove("new owner", phone(1));
        let actor = enter(&world, &house.sign_in("new owner")).await.unwrap();
        assert_eq!(actor.user, successor.actor().user);
    }
}

#[tokio::test]
async fn a_sign_in_of_long_ago_is_over_unless_it_is_used() {
    let (world, house) = beside(Engine::Memory).await;
    world.someone(1, SignUpRole::Buyer).await;
    house.prove("thandi", phone(1));
    let (used, unused) = (house.sign_in("thandi"), house.sign_in("thandi"));
    for _ in 0..4 {
        enter(&world, &used).await.unwrap();
        world.clock.advance(TimeDelta::days(10));
    }
    enter(&world, &used).await.unwrap();
    assert_eq!(refused(&world, &unused).await, Code::SessionInvalid);
    world.clock.advance(TimeDelta::days(30));
    assert_eq!(refused(&world, &used).await, Code::SessionInvalid);
}

#[tokio::test]
async fn a_house_that_is_down_keeps_out_only_those_whom_nobody_knows() {
    let (world, house) = beside(Engine::Memory).await;
    world.someone(1, SignUpRole::Buyer).await;
    world.someone(2, SignUpRole::Buyer).await;
    house.prove("known", phone(1));
    house.prove("unknown", phone(2));
    let known = house.sign_in("known");
    enter(&world, &known).await.unwrap();
    house.goes_down(true);
    world.clock.advance(TimeDelta::hours(1));
    enter(&world, &known).await.unwrap();
    let unknown = house.sign_in("unknown");
    assert_eq!(refused(&world, &unknown).await, Code::Unavailable);
    house.goes_down(false);
    enter(&world, &unknown).await.unwrap();
}

#[tokio::test]
async fn our_own_tokens_are_nobody_elses_business() {
    let (world, house) = beside(Engine::Memory).await;
    let person = world.someone(1, SignUpRole::Buyer).await;
    let token = &person.signed_in.tokens.access_token;
    assert_eq!(enter(&world, token).await.unwrap(), *person.actor());
    world.clock.advance(TimeDelta::minutes(15));
    assert_eq!(refused(&world, token).await, Code::TokenExpired);
    assert_eq!(house.verified(), 0);
    assert_eq!(refused(&world, "no token").await, Code::Unauthenticated);
    let alone = World::on(Engine::Memory).await;
    assert_eq!(refused(&alone, "token-0").await, Code::Unauthenticated, "where no other house is known");
}

#[tokio::test]
async fn a_foreign_token_costs_one_read_and_a_write_in_fifteen_minutes() {
    let opened = Engine::Memory.open().await;
    let observed = Arc::new(Observed::new(Arc::clone(&opened.table)));
    let table = Arc::clone(&observed) as Arc<dyn Table>;
    let (world, house) = World::beside(table, Opened::new(Arc::clone(&opened.table), opened));
    world.someone(1, SignUpRole::Buyer).await;
    house.prove("thandi", phone(1));
    let token = house.sign_in("thandi");
    let costs = async |token: &str| {
        observed.look();
        enter(&world, token).await.unwrap();
        let Asked { gets, queries, writes, .. } = observed.look();
        (gets, queries, writes.len())
    };
    let first = costs(&token).await;
    assert_eq!(first, (5, 0, 1), "session, link, credential, user, and both again in one round");
    assert_eq!(costs(&token).await, (1, 0, 0));
    world.clock.advance(TimeDelta::minutes(15) - TimeDelta::seconds(1));
    assert_eq!(costs(&token).await, (1, 0, 0));
    world.clock.advance(TimeDelta::seconds(1));
    assert_eq!(costs(&token).await, (3, 0, 1));
    assert_eq!(costs(&token).await, (1, 0, 0));
    // The link is not made again.
    assert_eq!(costs(&house.sign_in("thandi")).await, (3, 0, 1));
}
