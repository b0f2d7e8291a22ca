//! Tells AppSync Events who may listen.

use khaya_api::telemetry;
use khaya_lambda::authorizer::{Question, authorize};
use lambda_http::Error;
use lambda_http::lambda_runtime::{LambdaEvent, run, service_fn};

/// As in the server.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> Result<(), Error> {
    let (_, parts) = khaya_lambda::start().await?;
    let parts = &parts;
    run(service_fn(move |event: LambdaEvent<Question>| async move {
        let outcome = authorize(parts, &event.payload).await.map_err(Error::from);
        telemetry::tell(&parts.state).await;
        outcome
    }))
    .await
}
