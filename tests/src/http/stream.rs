//! Server-sent events, as a client reads them.

use std::time::Duration;

use serde_json::Value;
use tokio::time::timeout;

use super::{Api, Person};

/// Somebody who listens.
pub struct Listener {
    response: reqwest::Response,
    buffer: String,
}

/// One event of a stream.
#[derive(Debug, Clone, PartialEq)]
pub struct Heard {
    /// Its id.
    pub id: String,
    /// Its type.
    pub event: String,
    /// What it says.
    pub data: Value,
}

/// How long something that must come is waited for.
const PATIENCE: Duration = Duration::from_secs(20);

impl Api {
    /// Listens to the events of somebody, from a number on, or from now on.
    ///
    /// # Panics
    ///
    /// When the server does not let it.
    pub async fn listen(&self, by: &Person, after: Option<&str>) -> Listener {
        let call = self.get("/events/stream").by(by);
        let call = match after {
            Some(id) => call.header("last-event-id", id),
            None => call,
        };
        let response = call.begin().await;
        assert_eq!(response.status().as_u16(), 200, "{response:?}");
        assert_eq!(
            response.headers().get("content-type").and_then(|v| v.to_str().ok()),
            Some("text/event-stream")
        );
        Listener { response, buffer: String::new() }
    }
}

impl Listener {
    /// The next event, comments passed over; `None` when the stream has ended.
    ///
    /// # Panics
    ///
    /// When nothing comes within 20 seconds.
    #[expect(clippy::expect_used, reason = "what does not come is a failure")]
    pub async fn next(&mut self) -> Option<Heard> {
        timeout(PATIENCE, self.read()).await.expect("an event, or the end")
    }

    async fn read(&mut self) -> Option<Heard> {
        loop {
            while let Some(end) = self.buffer.find("\n\n") {
                let block: String = self.buffer.drain(..end + 2).collect();
                let field = |name: &str| {
                    let line = block.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
                    line.unwrap_or_default().to_owned()
                };
                let data = field("data");
                if !data.is_empty() {
                    let data = serde_json::from_str(&data).unwrap_or(Value::Null);
                    return Some(Heard { id: field("id"), event: field("event"), data });
                }
            }
            let piece = self.response.chunk().await.ok().flatten()?;
            self.buffer.push_str(&String::from_utf8_lossy(&piece));
        }
    }
}
