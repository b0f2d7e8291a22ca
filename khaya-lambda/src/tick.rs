//! The schedule: what falls due by time alone, and what the stream could not deliver at once.

use khaya_api::telemetry;
use khaya_api::wiring::Parts;
use khaya_app::{AppError, due};
use serde::Serialize;

/// What a tick did; it stands in the log and in the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Ticked {
    /// Due work that was done.
    pub done: u32,
    /// Due work that failed, and stays.
    pub failed: u32,
    /// Events that were delivered.
    pub delivered: u32,
    /// Events that wait for a later try.
    pub waiting: u32,
}

/// Does what is due, then delivers what follows from it, then looks at what waits. Trouble with one of them keeps nothing from the
/// others: the first is what is told in the end.
///
/// # Errors
/// [`AppError`] when the table does not answer.
pub async fn tick(parts: &Parts) -> Result<Ticked, AppError> {
    let tick = due::tick(&parts.state.app).await;
    let delivery = parts.dispatcher.run_once().await;
    let simulated = khaya_api::work_simulated_provider(&parts.state).await;
    if let Ok(tick) = &tick {
        telemetry::count_tick(tick);
    }
    if let Ok(delivery) = &delivery {
        telemetry::count_delivery(delivery);
    }
    let measured = telemetry::measure(&parts.state.app).await;
    let (tick, delivery) = (tick?, delivery?);
    simulated?;
    measured?;
    let ticked = Ticked {
        done: tick.done,
        failed: tick.failed,
        delivered: delivery.delivered,
        waiting: delivery.waiting,
    };
    tracing::info!(?ticked, "ticked");
    Ok(ticked)
}
