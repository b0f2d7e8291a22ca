//! One stream of server-sent events: the feed from a number on, then what comes, until it must end.
//!
//! What is held for a listener is bounded: a page of the feed while it catches up, and the hub's buffer. A listener
//! that reads too slowly is dropped by the hub. Every 20 seconds the stream looks at the feed itself, so that what a best-effort
//! channel loses comes late and not never, and asks whether the session may still listen.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::time::Duration;

use axum::response::sse::{Event, Sse};
use futures::Stream;
use futures::stream::unfold;
pub use khaya_adapters_local::live::Full;
use khaya_adapters_local::live::Subscription;
use khaya_app::feed::{self, EventsRequest};
use khaya_app::{Actor, AppError};
use khaya_ports::live::LookAgain;
use tokio::time::{Instant, sleep_until};

use crate::routes::events::EventResponse;
use crate::state::ApiState;

/// How often a quiet stream says that it is alive, looks at the feed, and asks whether it may go on.
const CHECK: Duration = Duration::from_secs(20);
/// How many entries are read at a time.
const PAGE: u16 = 100;
/// After how long a client connects again.
const RETRY: Duration = Duration::from_secs(2);

/// Why no stream was opened.
pub enum OpenError {
    /// Too many listen.
    Full(Full),
    /// The feed could not be read.
    App(AppError),
}

struct Listener {
    state: ApiState,
    actor: Actor,
    subscription: Subscription,
    /// The last number that was passed on.
    last: u64,
    ready: VecDeque<LookAgain>,
    /// The feed holds more than `ready`.
    behind: bool,
    begun: bool,
    next_check: Instant,
    ends_at: Instant,
}

/// Opens a stream for somebody who may listen.
pub async fn open(
    state: &ApiState,
    actor: Actor,
    after: Option<u64>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>> + use<>>, OpenError> {
    // Listen first, then read: what comes between the two comes twice, and is passed on once.
    let subscription = state.hub.listen(actor.user, actor.session).map_err(OpenError::Full)?;
    let last = match after {
        Some(after) => after,
        None => feed::list(&state.app, &actor, EventsRequest::default()).await.map_err(OpenError::App)?.last,
    };
    let lasts = state
        .app
        .policies
        .in_force(state.app.clock.now())
        .map_or(CHECK, |dated| dated.policy.sessions.access_minutes.minutes().to_std().unwrap_or(CHECK));
    let now = Instant::now();
    let listener = Listener {
        state: state.clone(),
        actor,
        subscription,
        last,
        ready: VecDeque::new(),
        behind: after.is_some(),
        begun: false,
        next_check: now + spread(actor),
        ends_at: now + lasts,
    };
    Ok(Sse::new(unfold(listener, |mut listener| async move {
        let event = listener.next().await?;
        Some((Ok(event), listener))
    })))
}

/// Streams that begin together do not all look at the same moment.
fn spread(actor: Actor) -> Duration {
    let part = actor.session.as_uuid().as_bytes().last().copied().unwrap_or_default();
    CHECK / 2 + CHECK / 2 * u32::from(part) / 256
}

impl Listener {
    /// The next event; `None` when the stream must end.
    async fn next(&mut self) -> Option<Event> {
        if !self.begun {
            self.begun = true;
            return Some(Event::default().retry(RETRY).comment("listening"));
        }
        loop {
            if let Some(entry) = self.ready.pop_front() {
                self.last = entry.number;
                return shown(&entry);
            }
            if self.behind {
                if let Some(reset) = self.catch_up().await? {
                    return Some(reset);
                }
                continue;
            }
            tokio::select! {
                event = self.subscription.next() => self.take(event?),
                () = sleep_until(self.next_check) => {
                    self.check().await?;
                    return Some(Event::default().comment("still here"));
                }
            }
        }
    }

    /// Takes in what the hub says. What does not follow the last number is read from the feed.
    fn take(&mut self, event: LookAgain) {
        if event.number == self.last + 1 {
            self.ready.push_back(event);
        } else {
            self.behind = event.number > self.last;
        }
    }

    /// Reads on in the feed; `None` when it cannot be read, which ends the stream: the client comes again.
    async fn catch_up(&mut self) -> Option<Option<Event>> {
        let request = EventsRequest { limit: Some(PAGE), after: Some(self.last) };
        let page = feed::list(&self.state.app, &self.actor, request).await.ok()?;
        self.behind = page.has_more;
        self.ready.extend(page.items);
        if !page.reset {
            return Some(None);
        }
        if self.ready.is_empty() {
            self.last = page.last;
        }
        Some(Some(Event::default().event("reset").data("{}")))
    }

    /// Whether the stream may go on.
    async fn check(&mut self) -> Option<()> {
        if Instant::now() >= self.ends_at {
            return None;
        }
        feed::listen(&self.state.app, &self.actor).await.ok()?;
        self.next_check += CHECK;
        self.behind = true;
        Some(())
    }
}

fn shown(entry: &LookAgain) -> Option<Event> {
    let response = EventResponse::from(entry);
    Event::default().id(entry.number.to_string()).event(response.kind()).json_data(&response).ok()
}
