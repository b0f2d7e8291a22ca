//! Crews: buyers and workers who have to do with each other, and how they come.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::future::{join_all, try_join_all};
use serde_json::json;
use tokio::sync::SetOnce;

use super::user::{Body, GivenUp, Shared, User, items};
use super::words::in_query;
use super::{Follow, Step};

/// What a user is there for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// Has jobs.
    Buyer,
    /// Does them.
    Worker,
}

impl Role {
    const fn name(self) -> &'static str {
        match self {
            Self::Buyer => "buyer",
            Self::Worker => "worker",
        }
    }
}

/// The password of everybody who signs up.
pub(super) const PASSWORD: &str = "test1234";

/// How many buyers a crew has, and workers.
const PAIRS: usize = 2;

/// A job, as those know it who do not learn of it from the server: which it is, and when things were done.
#[derive(Default)]
pub(super) struct Board {
    /// The job's id, its title, and when it was posted.
    pub(super) posted: SetOnce<(String, String, Instant)>,
    /// When the bid was accepted.
    pub(super) accepted: SetOnce<Instant>,
    /// When it was paid; nothing, where only a person can pay.
    pub(super) paid: SetOnce<Option<Instant>>,
    /// When the work was handed in.
    pub(super) submitted: SetOnce<Instant>,
    /// When it was confirmed.
    pub(super) confirmed: SetOnce<Instant>,
}

/// All users, from the first to the last.
pub(super) async fn all(shared: &Arc<Shared>) {
    let pairs = shared.plan.pairs();
    let crews = (0..pairs).step_by(PAIRS).map(|first| {
        let shared = Arc::clone(shared);
        tokio::spawn(async move { crew(&shared, first, PAIRS.min(pairs - first)).await })
    });
    for ended in join_all(crews.collect::<Vec<_>>()).await {
        if let Err(error) = ended {
            shared.record.fault("the load test itself", "a crew", error.to_string());
        }
    }
}

async fn crew(shared: &Arc<Shared>, first: usize, pairs: usize) {
    let users = u64::try_from(2 * pairs).unwrap_or_default();
    // Why they gave up is in the record.
    let _ = together(shared, first, pairs).await;
    shared.record.count(|counts| counts.present = counts.present.saturating_sub(users));
}

async fn together(shared: &Arc<Shared>, first: usize, pairs: usize) -> Result<(), GivenUp> {
    let numbers = first..first + pairs;
    let buyers = try_join_all(numbers.clone().map(|number| arrive(shared, Role::Buyer, number)));
    let workers = try_join_all(numbers.map(|number| arrive(shared, Role::Worker, number)));
    let (mut buyers, mut workers) = tokio::try_join!(buyers, workers)?;
    let mut done = 0;
    while done < shared.plan.journeys || shared.record.elapsed() < shared.plan.time {
        let boards: Vec<Board> = (0..pairs).map(|_| Board::default()).collect();
        let (boards, bidders) = (boards.as_slice(), workers.len());
        let buying = buyers.iter_mut().zip(boards).map(|(buyer, board)| buyer.has_a_job_done(board, bidders));
        let working =
            workers.iter_mut().enumerate().map(|(place, worker)| worker.does_a_job(boards, place, done));
        tokio::try_join!(try_join_all(buying), try_join_all(working))?;
        done += 1;
    }
    Ok(())
}

/// Somebody comes when it is their turn, and signs up or in.
async fn arrive(shared: &Arc<Shared>, role: Role, number: usize) -> Result<User, GivenUp> {
    let place = 2 * number + usize::from(role == Role::Worker);
    let place = u32::try_from(place).unwrap_or(u32::MAX);
    let users = u32::try_from(2 * shared.plan.pairs()).unwrap_or(u32::MAX);
    let mut user = User::new(Arc::clone(shared), place, format!("{} {}", role.name(), number + 1));
    tokio::time::sleep(shared.plan.ramp * place / users.max(1)).await;
    shared.record.count(|counts| {
        counts.users += 1;
        counts.present += 1;
    });
    if shared.has_inbox {
        sign_up(&mut user, role, place).await?;
    } else {
        sign_in(&mut user, role, number).await?;
    }
    shared.record.count(|counts| counts.signed_in += 1);
    let me = user.get(Step::Me, "/users/me").await?;
    user.check(me["role"] == role.name(), "one has the role that one signed up for", || me.to_string())?;
    Ok(user)
}

async fn sign_up(user: &mut User, role: Role, place: u32) -> Result<(), GivenUp> {
    // Runs with another seed meet nobody of an earlier one, or it would be a rare accident.
    let number = user.shared.plan.seed.wrapping_mul(7_919).wrapping_add(u64::from(place) * 13) % 100_000_000;
    let phone = format!("+277{number:08}");
    let asked = json!({
        "phone": phone, "password": PASSWORD, "userType": role.name(), "name": format!("Load {}", user.name),
    });
    user.think().await;
    let answer = user.send(Step::SignUp, "/auth/signUp", Body::Json(&asked), 202).await?;
    let asked_at = Instant::now();
    let inbox = format!("/dev/inbox?to={}", in_query(&phone));
    let code = user.until(
        Follow::Code,
        || Some(asked_at),
        Step::Inbox,
        &inbox,
        |page| items(page).iter().find_map(|message| message["code"].as_str().map(str::to_owned)),
    );
    let code = code.await?;
    user.think().await;
    let proof = json!({"phone": phone, "id": answer["id"], "code": code});
    let session = user.send(Step::Verify, "/auth/verify", Body::Json(&proof), 201).await?;
    user.signed_in(&session)
}

async fn sign_in(user: &mut User, role: Role, number: usize) -> Result<(), GivenUp> {
    let accounts = &user.shared.plan.accounts;
    let account = accounts.iter().filter(|account| account.role == role).nth(number).cloned();
    let Some(account) = account else {
        return user.check(false, "there are enough accounts", || format!("none is left for {}", user.name));
    };
    let asked = json!({"phone": account.phone, "password": account.password});
    let session = user.send(Step::SignIn, "/auth/signIn", Body::Json(&asked), 200).await?;
    user.password = account.password;
    user.signed_in(&session)
}

/// Waits for what another user of the crew does.
pub(super) async fn wait_for<'a, T>(user: &User, what: &str, done: &'a SetOnce<T>) -> Result<&'a T, GivenUp> {
    // Two steps of waiting of the other one may lie in between.
    let limit = user.shared.plan.patience * 2 + Duration::from_secs(1);
    match tokio::time::timeout(limit, done.wait()).await {
        Ok(value) => Ok(value),
        Err(_) => {
            user.shared.record.fault(&user.name, what, format!("not within {limit:?}"));
            Err(GivenUp)
        }
    }
}
