//! Does what falls due, once a minute.

use khaya_api::telemetry;
use lambda_http::Error;
use lambda_http::lambda_runtime::{LambdaEvent, run, service_fn};
use serde_json::Value;

/// As in the server.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> Result<(), Error> {
    let (_, parts) = khaya_lambda::start().await?;
    khaya_api::wiring::fill_simulated_provider(&parts.state).await?;
    let parts = &parts;
    run(service_fn(move |_: LambdaEvent<Value>| async move {
        let outcome = khaya_lambda::tick::tick(parts).await.map_err(Error::from);
        telemetry::tell(&parts.state).await;
        outcome
    }))
    .await
}
