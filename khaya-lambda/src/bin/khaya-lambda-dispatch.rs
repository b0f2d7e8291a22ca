//! Delivers the outbox when the table's stream says that there is something in it.

use aws_lambda_events::event::dynamodb::Event;
use khaya_api::telemetry;
use lambda_http::Error;
use lambda_http::lambda_runtime::{LambdaEvent, run, service_fn};

/// As in the server.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> Result<(), Error> {
    let (_, parts) = khaya_lambda::start().await?;
    let parts = &parts;
    run(service_fn(move |event: LambdaEvent<Event>| async move {
        let outcome = khaya_lambda::dispatch::dispatch(parts, event).await.map_err(Error::from);
        telemetry::tell(&parts.state).await;
        outcome
    }))
    .await
}
