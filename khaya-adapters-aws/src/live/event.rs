//! What devices read: the same JSON as in the stream of events over HTTP, one text for each event.

use chrono::{DateTime, Utc};
use khaya_domain::ids::{BidId, JobId, NotificationId, SessionId};
use khaya_ports::live::{About, Ended, LookAgain};
use serde::Serialize;

/// One event, as JSON.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case", rename_all_fields = "camelCase")]
pub(super) enum Told {
    /// A conversation has a message.
    Message { number: u64, job_id: JobId, bid_id: BidId, message_number: u64, at: DateTime<Utc> },
    /// There is a notification.
    Notification { number: u64, notification_id: NotificationId, at: DateTime<Utc> },
    /// The device is to end its stream: every device, or those of one session.
    Ended {
        #[serde(skip_serializing_if = "Option::is_none")]
        session_id: Option<SessionId>,
    },
}

impl From<&LookAgain> for Told {
    fn from(event: &LookAgain) -> Self {
        let LookAgain { number, about, at } = *event;
        match about {
            About::Message { job, bid, number: message_number } => {
                Self::Message { number, job_id: job, bid_id: bid, message_number, at }
            }
            About::Notification { notification } => {
                Self::Notification { number, notification_id: notification, at }
            }
        }
    }
}

impl From<Ended> for Told {
    fn from(ended: Ended) -> Self {
        match ended {
            Ended::User(_) => Self::Ended { session_id: None },
            Ended::Session(_, session) => Self::Ended { session_id: Some(session) },
        }
    }
}
