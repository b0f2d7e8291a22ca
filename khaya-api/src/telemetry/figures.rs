//! The figures themselves, under the same names wherever they are told.

use std::io;

use khaya_app::due::Tick;
use khaya_app::figures;
use khaya_app::outbox::Delivery;
use khaya_app::{App, AppError};

use super::{Metrics, traces};
use crate::edge::chain;
use crate::state::ApiState;

/// What a pass of the dispatcher did.
pub fn count_delivery(delivery: &Delivery) {
    metrics::counter!("outbox_delivered_total").increment(delivery.delivered.into());
    metrics::counter!("outbox_failed_total").increment(delivery.failed.into());
    metrics::counter!("outbox_parked_total").increment(delivery.parked.into());
    metrics::gauge!("outbox_waiting").set(f64::from(delivery.waiting));
}

/// What a tick did.
pub fn count_tick(tick: &Tick) {
    metrics::counter!("due_done_total").increment(tick.done.into());
    metrics::counter!("due_failed_total").increment(tick.failed.into());
}

/// What waits, what is late, what wants a person.
///
/// # Errors
/// [`AppError`] when the table does not answer.
pub async fn measure(app: &App) -> Result<(), AppError> {
    let now = figures::figures(app).await?;
    metrics::gauge!("outbox_oldest_seconds").set(now.outbox_oldest.as_seconds_f64());
    metrics::gauge!("due_late_seconds").set(now.due_late.as_seconds_f64());
    metrics::gauge!("books_proof_age_seconds").set(now.books_proof_age.as_seconds_f64());
    metrics::gauge!("books_faults").set(precise(now.books_faults));
    metrics::gauge!("charges_quarantined").set(precise(now.charges_quarantined));
    metrics::gauge!("refunds_stuck").set(precise(now.refunds_stuck));
    metrics::gauge!("escrow_overdue").set(precise(now.escrow_overdue));
    Ok(())
}

/// What the table was asked for since the process began.
pub(crate) fn measure_table(app: &App) {
    let consumption = app.table.consumption();
    metrics::gauge!("table_reads").set(precise(consumption.reads));
    metrics::gauge!("table_writes").set(precise(consumption.writes));
    metrics::gauge!("table_read_units").set(precise(consumption.read_half_units) / 2.0);
    metrics::gauge!("table_write_units").set(precise(consumption.write_units));
}

/// Tells the figures on standard output, where they are told so.
pub(crate) fn tell_figures(state: &ApiState) {
    let Some(Metrics::Emf(emf)) = &state.metrics else { return };
    measure_table(&state.app);
    if let Err(error) = emf.tell(state.app.clock.now(), &mut io::stdout().lock()) {
        tracing::error!(error = chain(&error), "the figures could not be told");
    }
}

/// Tells everything that is still to be told, figures and traces: the process may be stopped or frozen now.
pub async fn tell(state: &ApiState) {
    tell_figures(state);
    traces::send().await;
}

#[expect(clippy::cast_precision_loss, reason = "a gauge is a float; counts up to 2^53 are exact")]
fn precise<N: TryInto<u64>>(count: N) -> f64 {
    count.try_into().unwrap_or(u64::MAX) as f64
}
