//! One user: thinks, asks, waits when told to, and says what was wrong.

use std::sync::Arc;
use std::time::{Duration, Instant};

use rand_chacha::ChaCha12Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use serde_json::{Value, json};
use uuid::Uuid;

use super::crew::PASSWORD;
use super::record::{Record, Told};
use super::{Follow, Plan, Step};
use crate::http::{Answer, Api};

/// What all users of a run share.
pub(super) struct Shared {
    pub(super) plan: Plan,
    pub(super) api: Api,
    pub(super) record: Record,
    /// Whether the server shows the codes that it would have sent.
    pub(super) has_inbox: bool,
    /// Whether the server can search.
    pub(super) has_search: bool,
}

/// The user cannot go on. Why is in the record.
#[derive(Debug)]
pub(super) struct GivenUp;

/// What is sent with a request.
#[derive(Clone, Copy)]
pub(super) enum Body<'a> {
    None,
    Json(&'a Value),
    Form(&'static str),
}

/// Tokens are exchanged well before the quarter of an hour that they live.
const FRESH_FOR: Duration = Duration::from_secs(10 * 60);

struct Session {
    access: String,
    refresh: String,
    since: Instant,
}

/// One user.
pub(super) struct User {
    pub(super) shared: Arc<Shared>,
    pub(super) name: String,
    /// The password, which giving a bank account asks for again.
    pub(super) password: String,
    address: String,
    random: ChaCha12Rng,
    session: Option<Session>,
}

impl User {
    /// User number so many, who has not come yet.
    pub(super) fn new(shared: Arc<Shared>, number: u32, name: String) -> Self {
        let mut random = ChaCha12Rng::seed_from_u64(shared.plan.seed);
        random.set_stream(u64::from(number));
        let address = format!("10.{}.{}.{}", number >> 16 & 255, number >> 8 & 255, number & 255);
        Self { shared, name, password: PASSWORD.to_owned(), address, random, session: None }
    }

    /// A number below this one.
    pub(super) fn below(&mut self, limit: u32) -> u32 {
        self.random.next_u32() % limit.max(1)
    }

    pub(super) fn id(&mut self) -> Uuid {
        let mut bytes = [0; 16];
        self.random.fill_bytes(&mut bytes);
        uuid::Builder::from_random_bytes(bytes).into_uuid()
    }

    /// A pause, of half to one and a half of this.
    async fn pause(&mut self, mean: Duration) {
        let thousandths = 500 + self.below(1_001);
        tokio::time::sleep(mean * thousandths / 1_000).await;
    }

    /// The pause between two steps.
    pub(super) async fn think(&mut self) {
        self.pause(self.shared.plan.think).await;
    }

    /// What a sign-up or sign-in was answered with.
    pub(super) fn signed_in(&mut self, answer: &Value) -> Result<(), GivenUp> {
        let token = |name: &str| answer[name].as_str().map(str::to_owned);
        match token("accessToken").zip(token("refreshToken")) {
            Some((access, refresh)) => {
                self.session = Some(Session { access, refresh, since: Instant::now() });
                Ok(())
            }
            None => self.check(false, "a session has its tokens", || "no tokens came".to_owned()),
        }
    }

    /// Notes whether something holds.
    pub(super) fn check(
        &self,
        holds: bool,
        what: &str,
        seen: impl FnOnce() -> String,
    ) -> Result<(), GivenUp> {
        if holds {
            self.shared.record.count(|counts| counts.checks += 1);
            return Ok(());
        }
        self.shared.record.fault(&self.name, what, shortened(&seen()));
        Err(GivenUp)
    }

    pub(super) async fn get(&mut self, step: Step, path: &str) -> Result<Value, GivenUp> {
        Ok(self.ask(step, path, Body::None, &[200]).await?.json())
    }

    pub(super) async fn send(
        &mut self,
        step: Step,
        path: &str,
        body: Body<'_>,
        status: u16,
    ) -> Result<Value, GivenUp> {
        Ok(self.ask(step, path, body, &[status]).await?.json())
    }

    /// Asks until there is an answer that is no request to wait. Another status than the expected ones is a fault.
    pub(super) async fn ask(
        &mut self,
        step: Step,
        path: &str,
        body: Body<'_>,
        expected: &[u16],
    ) -> Result<Answer, GivenUp> {
        if self.session.as_ref().is_some_and(|session| session.since.elapsed() > FRESH_FOR) {
            let session = self.session.take();
            let refresh = json!({"refreshToken": session.map(|session| session.refresh)});
            let answer = self.ask_once_fresh(Step::Refresh, "/auth/refresh", Body::Json(&refresh), &[200]);
            let answer = answer.await?.json();
            self.signed_in(&answer)?;
        }
        self.ask_once_fresh(step, path, body, expected).await
    }

    async fn ask_once_fresh(
        &mut self,
        step: Step,
        path: &str,
        body: Body<'_>,
        expected: &[u16],
    ) -> Result<Answer, GivenUp> {
        let shared = Arc::clone(&self.shared);
        let key = step.takes_a_key().then(|| self.id().to_string());
        let first = Instant::now();
        loop {
            let mut call = shared.api.call(step.method(), path).from_address(&self.address);
            if let Some(session) = &self.session {
                call = call.token(&session.access);
            }
            if let Some(key) = &key {
                call = call.header("idempotency-key", key);
            }
            call = match body {
                Body::None => call,
                Body::Json(value) => call.json(value),
                Body::Form(text) => call.body("application/x-www-form-urlencoded", text),
            };
            let sent = Instant::now();
            let answer = match call.try_send().await {
                Ok(answer) => answer,
                Err(error) => {
                    shared.record.failed(step, &self.name, shortened(&format!("no answer: {error:?}")));
                    return Err(GivenUp);
                }
            };
            if expected.contains(&answer.status) {
                shared.record.answered(step, sent.elapsed());
                return Ok(answer);
            }
            let Some((told, wait)) = told_to_wait(&answer) else {
                let sample = format!("answered {}, not {expected:?}: {}", answer.status, answer.text);
                shared.record.failed(step, &self.name, shortened(&sample));
                return Err(GivenUp);
            };
            if first.elapsed() + wait > shared.plan.patience {
                let sample =
                    format!("told to wait for {wait:?} after {:?}: {}", first.elapsed(), answer.text);
                shared.record.failed(step, &self.name, shortened(&sample));
                return Err(GivenUp);
            }
            shared.record.told_to_wait(step, told);
            // Not all at the same moment again.
            let later = Duration::from_millis(u64::from(self.below(500)));
            tokio::time::sleep(wait + later).await;
        }
    }

    /// Looks again and again until what must follow is there, and notes how long it took since its cause, if that is known.
    pub(super) async fn until<T>(
        &mut self,
        what: Follow,
        cause: impl Fn() -> Option<Instant>,
        step: Step,
        path: &str,
        found: impl Fn(&Value) -> Option<T>,
    ) -> Result<T, GivenUp> {
        let first = Instant::now();
        loop {
            let page = self.get(step, path).await?;
            if let Some(found) = found(&page) {
                if let Some(cause) = cause() {
                    self.shared.record.followed(what, cause.elapsed());
                }
                self.shared.record.count(|counts| counts.checks += 1);
                return Ok(found);
            }
            if first.elapsed() > self.shared.plan.patience {
                let sample = format!("not within {:?}: {page}", self.shared.plan.patience);
                self.shared.record.fault(&self.name, what.name(), shortened(&sample));
                return Err(GivenUp);
            }
            self.pause(self.shared.plan.look_again_after()).await;
        }
    }

    /// Waits until somebody has been told of something.
    pub(super) async fn until_told(
        &mut self,
        what: Follow,
        cause: impl Fn() -> Option<Instant>,
        kind: &str,
        job: &str,
    ) -> Result<(), GivenUp> {
        self.until(what, cause, Step::Notifications, "/notifications", |page| {
            items(page).iter().find(|item| item["kind"] == kind && item["jobId"] == job).map(|_| ())
        })
        .await
    }
}

/// The entries of a page.
pub(super) fn items(page: &Value) -> &[Value] {
    page["items"].as_array().map_or(&[], Vec::as_slice)
}

/// Whether, why and how long an answer tells to wait.
fn told_to_wait(answer: &Answer) -> Option<(Told, Duration)> {
    let after = answer.header("retry-after").parse().ok().map(Duration::from_secs);
    let body = answer.json();
    match (answer.status, body["code"].as_str()) {
        (429, _) => Some((Told::Limited, after?)),
        (503, _) => Some((Told::Away, after?)),
        (409, Some("busy" | "request_in_progress")) => {
            Some((Told::Busy, after.unwrap_or(Duration::from_millis(200))))
        }
        _ => None,
    }
}

/// As much of a text as a sample needs.
fn shortened(text: &str) -> String {
    const MOST: usize = 600;
    let short: String = text.chars().take(MOST).collect();
    if short.len() < text.len() { format!("{short} ...") } else { short }
}
