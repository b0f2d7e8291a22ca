//! Structured logs, figures and traces.

mod emf;
mod figures;
pub(crate) mod traces;

use std::io::IsTerminal;
use std::sync::Arc;

use metrics_exporter_prometheus::{BuildError, PrometheusBuilder, PrometheusHandle};
use opentelemetry_otlp::ExporterBuildError;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer};

use crate::config::{LogFormat, MetricsSettings, Settings};
use emf::Recording;

pub use emf::Emf;
pub use figures::{count_delivery, count_tick, measure, tell};
pub(crate) use figures::{measure_table, tell_figures};

/// Why traces cannot be sent.
pub type TracesError = ExporterBuildError;

/// Sends logs to standard error, and traces to where the settings say; where logging was set up before, that stands.
///
/// # Errors
/// The endpoint of traces is none.
pub fn start_logs(settings: &Settings) -> Result<(), TracesError> {
    let filter = EnvFilter::try_new(&settings.log_filter).unwrap_or_else(|_| EnvFilter::new("info"));
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    let lines = match settings.log_format {
        LogFormat::Json => lines.json().flatten_event(true).with_span_list(false).boxed(),
        LogFormat::Text => lines.with_ansi(std::io::stderr().is_terminal()).boxed(),
    };
    let tracer = settings.traces.as_ref().map(traces::start).transpose()?;
    let spans = tracer.map(|tracer| tracing_opentelemetry::layer().with_tracer(tracer));
    // A second server in one process (a test) logs where the first one does.
    drop(tracing_subscriber::registry().with(filter).with(lines).with(spans).try_init());
    Ok(())
}

/// Why metrics cannot be recorded.
pub type MetricsError = BuildError;

/// How figures are told.
#[derive(Clone)]
pub enum Metrics {
    /// To whom asks for them.
    Prometheus(PrometheusHandle),
    /// In the log, once in a while.
    Emf(Arc<Emf>),
}

/// Seconds at which the histogram of request durations is cut.
const BUCKETS: [f64; 10] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1.0, 5.0];

/// Records metrics for the whole process. `None` when somebody records them already.
pub fn start_metrics(settings: &MetricsSettings) -> Result<Option<Metrics>, BuildError> {
    match settings {
        MetricsSettings::Prometheus { .. } => {
            let recorder = PrometheusBuilder::new().set_buckets(&BUCKETS)?.build_recorder();
            let handle = recorder.handle();
            Ok(metrics::set_global_recorder(recorder).ok().map(|()| Metrics::Prometheus(handle)))
        }
        MetricsSettings::Emf { service } => {
            let emf = Emf::new(service);
            let recording = metrics::set_global_recorder(Recording(Arc::clone(&emf)));
            Ok(recording.ok().map(|()| Metrics::Emf(emf)))
        }
    }
}
