//! The table's stream: the outbox is delivered as soon as something was put into it.

use aws_lambda_events::event::dynamodb::Event;
use aws_lambda_events::event::streams::{DynamoDbBatchItemFailure, DynamoDbEventResponse};
use khaya_api::telemetry;
use khaya_api::wiring::Parts;
use khaya_app::AppError;
use khaya_ports::table::{Consistency, Key, limits};
use lambda_http::lambda_runtime::LambdaEvent;

/// So many milliseconds before the function's own limit no new pass begins.
const MARGIN_MILLIS: u64 = 10_000;

/// Delivers until nothing more can be delivered now, or the time is nearly up. What of the batch still waits then is said to
/// have failed, from the first on: the stream brings it again. The event itself knows how often it was tried, waits longer each
/// time and is parked in the end, as on a server, so that the stream never stands still for one of them.
///
/// # Errors
/// [`AppError`] when the table does not answer: the whole batch comes again.
pub async fn dispatch(parts: &Parts, event: LambdaEvent<Event>) -> Result<DynamoDbEventResponse, AppError> {
    let LambdaEvent { payload, context } = event;
    let ends_at = context.deadline.saturating_sub(MARGIN_MILLIS);
    loop {
        let delivery = parts.dispatcher.run_once().await?;
        telemetry::count_delivery(&delivery);
        tracing::info!(
            delivered = delivery.delivered,
            failed = delivery.failed,
            parked = delivery.parked,
            waiting = delivery.waiting,
            "the outbox was delivered"
        );
        let now = u64::try_from(parts.state.app.clock.now().timestamp_millis()).unwrap_or(u64::MAX);
        if delivery.delivered == 0 || now >= ends_at {
            break;
        }
    }
    let failed = first_waiting(parts, &payload).await?;
    let mut response = DynamoDbEventResponse::default();
    response.batch_item_failures.extend(failed.map(|number| {
        let mut failure = DynamoDbBatchItemFailure::default();
        failure.item_identifier = Some(number);
        failure
    }));
    Ok(response)
}

/// The sequence number of the batch's first event that still stands in the outbox.
async fn first_waiting(parts: &Parts, batch: &Event) -> Result<Option<String>, AppError> {
    let inserted: Vec<_> = batch
        .records
        .iter()
        .filter(|record| record.event_name == "INSERT")
        .filter_map(|record| Some((key_of(record)?, record.change.sequence_number.clone()?)))
        .collect();
    for some in inserted.chunks(limits::KEYS) {
        let keys: Vec<Key> = some.iter().map(|(key, _)| key.clone()).collect();
        let found = parts.state.app.table.get_many(&keys, Consistency::Strong).await?;
        let waiting = found.iter().zip(some).find(|(stored, _)| stored.is_some());
        if let Some((_, (_, number))) = waiting {
            return Ok(Some(number.clone()));
        }
    }
    Ok(None)
}

/// The document's key, in the attributes that the table's adapter uses.
fn key_of(record: &aws_lambda_events::event::dynamodb::EventRecord) -> Option<Key> {
    let text = |name: &str| {
        let value = serde_json::to_value(&record.change.keys).ok()?;
        let attribute = value.get(name)?;
        attribute.get("S").unwrap_or(attribute).as_str().map(str::to_owned)
    };
    Some(Key::new(text("PK")?, text("SK")?))
}
