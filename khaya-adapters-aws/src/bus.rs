//! Committed events on an EventBridge bus: `PutEvents`.
//!
//! EventBridge answers 200 and names the entries that it did not take, at their place in the request (API Reference,
//! `PutEvents`); the SDK does not repeat them. The call itself may be repeated: consumers know an event by its id.

use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_eventbridge::Client;
use aws_sdk_eventbridge::primitives::DateTime;
use aws_sdk_eventbridge::types::{PutEventsRequestEntry, PutEventsResultEntry};
use chrono::SecondsFormat;
use khaya_ports::bus::{Batch, BusError, EventBus, NotTaken, Published};
use serde_json::json;

use crate::call::{Failure, ServiceError, without_particulars};
use crate::sdk::{Access, configuration, retries, timeouts};

const SERVICE: &str = "EventBridge";
const OPERATION: &str = "PutEvents";
/// By which rules find what comes from here.
const SOURCE: &str = "khaya";

/// Which bus.
#[derive(Debug, Clone)]
pub struct EventBridgeSettings {
    /// The bus's name or ARN.
    pub bus: String,
    /// Where EventBridge is called, and as whom.
    pub access: Access,
}

/// A bus of EventBridge.
pub struct EventBridge {
    client: Client,
    bus: String,
}

impl EventBridge {
    /// Opens a client. Nothing is called yet.
    pub async fn connect(settings: EventBridgeSettings) -> Self {
        let EventBridgeSettings { bus, access } = settings;
        let timeouts = timeouts(Duration::from_secs(1), Duration::from_secs(4), Duration::from_secs(9));
        Self { client: Client::new(&configuration(&access, timeouts, retries(3)).await), bus }
    }

    fn entry(&self, event: &Published) -> PutEventsRequestEntry {
        // The entry's own time has whole seconds, and EventBridge's id is another one for each time that an event comes.
        let at = event.at().to_rfc3339_opts(SecondsFormat::Millis, true);
        let detail = json!({"eventId": event.id(), "at": at, "data": event.detail()});
        PutEventsRequestEntry::builder()
            .event_bus_name(&self.bus)
            .source(SOURCE)
            .detail_type(event.name())
            .detail(detail.to_string())
            .time(DateTime::from_secs(event.at().timestamp()))
            .build()
    }
}

#[async_trait]
impl EventBus for EventBridge {
    async fn publish(&self, batch: &Batch) -> Result<Vec<NotTaken>, BusError> {
        let events = batch.events();
        if events.is_empty() {
            return Ok(Vec::new());
        }
        let entries = events.iter().map(|event| self.entry(event)).collect();
        let answer = self.client.put_events().set_entries(Some(entries)).send().await;
        let answer = answer.map_err(|error| failed(ServiceError::of(SERVICE, OPERATION, &error)))?;
        let told = answer.entries();
        if told.len() != events.len() {
            let message = "not as many entries were answered as were sent";
            return Err(failed(ServiceError::own(
                SERVICE,
                OPERATION,
                "Answer",
                message,
                Failure::Unanswered,
            )));
        }
        let request_id = aws_sdk_eventbridge::operation::RequestId::request_id(&answer);
        let one = |(event, told): (&Published, &PutEventsResultEntry)| {
            let error = not_taken(told)?.with_request_id(request_id.map(str::to_owned));
            Some(NotTaken { id: event.id(), error: failed(error) })
        };
        Ok(events.iter().zip(told).filter_map(one).collect())
    }
}

/// Why an entry was not taken; `None` when it was.
fn not_taken(told: &PutEventsResultEntry) -> Option<ServiceError> {
    if told.event_id().is_some() {
        return None;
    }
    let code = told.error_code().unwrap_or("without code");
    // API Reference, `PutEventsResultEntry`: these pass, all others stay. What is not said may pass.
    let failure = match code {
        "ThrottlingException" => Failure::Throttled,
        "InternalFailure" | "InternalException" | "without code" => Failure::Unanswered,
        _ => Failure::Refused,
    };
    let message = without_particulars(told.error_message().unwrap_or_default());
    Some(ServiceError::own(SERVICE, OPERATION, code, &message, failure))
}

/// As the port's error.
fn failed(error: ServiceError) -> BusError {
    let error = error.log();
    match error.failure() {
        Failure::Refused => BusError::Refused(error.into()),
        Failure::Throttled | Failure::Unanswered | Failure::Unreached => BusError::Unavailable(error.into()),
    }
}
