//! Traces for a collector of OpenTelemetry, by OTLP over HTTP, where an endpoint is configured.
//!
//! What is traced is what the log shows: a request, an event that is delivered, and the calls of AWS in them. The trace of a
//! request is the caller's where it names one (`traceparent`), and its id stands in the log.

use std::sync::OnceLock;

use opentelemetry::Context;
use opentelemetry::trace::{
    SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState, TracerProvider,
};
use opentelemetry_otlp::{ExporterBuildError, SpanExporter, WithExportConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider};
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;

use crate::config::TraceSettings;

/// One for the process, as the logs are.
static PROVIDER: OnceLock<SdkTracerProvider> = OnceLock::new();

/// Begins to send traces.
pub(super) fn start(settings: &TraceSettings) -> Result<SdkTracer, ExporterBuildError> {
    // The cryptography that the adapters use as well; whoever installed one first is right.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let endpoint = format!("{}/v1/traces", settings.endpoint.trim_end_matches('/'));
    let exporter = SpanExporter::builder().with_http().with_endpoint(endpoint).build()?;
    let resource = Resource::builder().with_service_name(settings.service.clone()).build();
    let provider = SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(resource).build();
    let tracer = provider.tracer("khaya");
    // A second server in one process (a test) sends where the first one does.
    let _ = PROVIDER.set(provider);
    Ok(tracer)
}

/// Sends what has not been sent yet. It waits for the collector, for some seconds at most.
pub(super) async fn send() {
    let Some(provider) = PROVIDER.get() else { return };
    let sent = tokio::task::spawn_blocking(|| provider.force_flush()).await;
    if !matches!(sent, Ok(Ok(()))) {
        tracing::debug!("the collector of traces did not take them");
    }
}

/// The caller's span, as `traceparent` names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Parent {
    /// 32 hexadecimal digits.
    pub(crate) trace_id: String,
    /// 16 hexadecimal digits.
    pub(crate) span_id: String,
    /// Whether the caller's spans are kept.
    pub(crate) sampled: bool,
}

/// Puts a span that was just made under the caller's.
pub(crate) fn follow(span: &Span, parent: &Parent) {
    let (Ok(trace), Ok(id)) = (TraceId::from_hex(&parent.trace_id), SpanId::from_hex(&parent.span_id)) else {
        return;
    };
    let flags = if parent.sampled { TraceFlags::SAMPLED } else { TraceFlags::default() };
    let remote = SpanContext::new(trace, id, flags, true, TraceState::default());
    // Without a collector there is nothing to put it under.
    let _ = span.set_parent(Context::new().with_remote_span_context(remote));
}

/// The id of the trace that a span belongs to, where traces are sent.
pub(crate) fn trace_id(span: &Span) -> Option<String> {
    let context = span.context();
    let context = context.span().span_context().clone();
    context.is_valid().then(|| context.trace_id().to_string())
}
