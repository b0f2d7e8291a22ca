//! The table's stream: the outbox is delivered as soon as something was put into it.

use aws_lambda_events::event::dynamodb::Event;
use aws_lambda_events::event::streams::{DynamoDbBatchItemFailure, DynamoDbEventResponse};
use chrono::{DateTime, TimeDelta};
use khaya_api::telemetry;
use khaya_api::wiring::Parts;
use khaya_app::AppError;
use khaya_app::outbox::{self, Standing};
use khaya_ports::table::Key;
use lambda_http::lambda_runtime::LambdaEvent;

/// So many seconds before the function's own limit no more events are begun: longer than one may take of which everybody outside hangs,
/// the bus, mail and a person's devices.
const MARGIN: TimeDelta = TimeDelta::seconds(60);
/// So often the stream brings an event again that failed: soon. After that the event waits longer than a stream should stand still,
/// and the tick has it.
const SOON: u32 = 2;

/// Delivers until nothing more can be delivered now, or the time is nearly up. What of the batch should come again soon is said to
/// have failed, from the first on. The event itself knows how often it was tried, waits longer each time and is parked in the end, as
/// on a server; what waits for long is left to the tick, so that the stream never stands still for one of them.
///
/// # Errors
/// [`AppError`] when the table does not answer: the whole batch comes again.
pub async fn dispatch(parts: &Parts, event: LambdaEvent<Event>) -> Result<DynamoDbEventResponse, AppError> {
    let LambdaEvent { payload, context } = event;
    let deadline = i64::try_from(context.deadline).ok().and_then(DateTime::from_timestamp_millis);
    let ends_at = deadline.map(|deadline| deadline - MARGIN);
    let is_over = || ends_at.is_some_and(|ends_at| parts.state.app.clock.now() >= ends_at);
    let all_tried = loop {
        let delivery = parts.dispatcher.run_until(ends_at).await?;
        telemetry::count_delivery(&delivery);
        tracing::info!(
            delivered = delivery.delivered,
            failed = delivery.failed,
            parked = delivery.parked,
            waiting = delivery.waiting,
            untried = delivery.untried,
            unreadable = delivery.unreadable,
            "the outbox was delivered"
        );
        if delivery.delivered == 0 || is_over() {
            break delivery.untried == 0;
        }
    };
    let failed = first_to_come_again(parts, &payload, all_tried).await?;
    let mut response = DynamoDbEventResponse::default();
    response.batch_item_failures.extend(failed.map(|number| {
        let mut failure = DynamoDbBatchItemFailure::default();
        failure.item_identifier = Some(number);
        failure
    }));
    Ok(response)
}

/// The sequence number of the batch's first event that the stream should bring again.
async fn first_to_come_again(
    parts: &Parts,
    batch: &Event,
    all_tried: bool,
) -> Result<Option<String>, AppError> {
    let inserted: Vec<_> = batch
        .records
        .iter()
        .filter(|record| record.event_name == "INSERT")
        .filter_map(|record| Some((key_of(record)?, record.change.sequence_number.clone()?)))
        .collect();
    let (keys, numbers): (Vec<Key>, Vec<String>) = inserted.into_iter().unzip();
    let standing = outbox::standing(&parts.state.app, &keys).await?;
    let again = standing.into_iter().zip(numbers).find(|(standing, _)| match standing {
        Standing::Gone | Standing::Unreadable => false,
        Standing::Untried => !all_tried,
        Standing::Failed(failures) => *failures <= SOON,
    });
    Ok(again.map(|(_, number)| number))
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
