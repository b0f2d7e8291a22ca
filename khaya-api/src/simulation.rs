//! The simulated payment provider at work: it moves on with time, and announces what happens to our own endpoint, signed.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::header::CONTENT_TYPE;
use axum::http::{Method, Request};
use khaya_adapters_local::payments::SimulatedGateway;
use khaya_app::{AppError, Code};
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;
use tower::ServiceExt;

use crate::routes::router;
use crate::serve::repeat;
use crate::state::ApiState;

/// How often it looks at the time.
const EVERY: Duration = Duration::from_millis(500);
/// How many announcements it delivers at a time.
const MOST: u16 = 50;

/// Lets the provider work until the server stops.
pub(crate) fn start(
    provider: Arc<SimulatedGateway>,
    routes: Router,
    stopped: watch::Receiver<bool>,
) -> JoinHandle<()> {
    repeat("simulated payments", EVERY, stopped, Arc::new(Notify::new()), move || {
        let (provider, routes) = (Arc::clone(&provider), routes.clone());
        async move { work(&provider, &routes).await }
    })
}

/// Lets the provider work once, where there is a simulated one: for whoever has no process that stays.
///
/// # Errors
/// [`AppError`] when its store does not answer.
pub async fn work_simulated_provider(state: &ApiState) -> Result<(), AppError> {
    match &state.simulated_payments {
        Some(provider) => work(provider, &router(state.clone(), &[])).await,
        None => Ok(()),
    }
}

async fn work(provider: &SimulatedGateway, routes: &Router) -> Result<(), AppError> {
    provider.advance().await?;
    for delivery in provider.due_deliveries(MOST).await? {
        let request = Request::builder()
            .method(Method::POST)
            .uri("/webhooks/paystack")
            .header(CONTENT_TYPE, "application/json")
            .header("x-paystack-signature", &delivery.signature)
            .body(Body::from(delivery.body));
        let request = request.map_err(|error| AppError::caused(Code::Internal, error))?;
        let answer = match routes.clone().oneshot(request).await {
            Ok(answer) => answer,
            Err(never) => match never {},
        };
        if answer.status().is_success() {
            provider.delivered(&delivery.id).await?;
        } else {
            provider.missed(&delivery.id).await?;
        }
    }
    Ok(())
}
