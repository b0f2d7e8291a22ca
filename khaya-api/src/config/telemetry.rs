//! Where the server tells how it does.

use secrecy::SecretString;

use super::reader::Reader;
use super::{MetricsSettings, TraceSettings};

/// Who tells: the function's name on Lambda, where nothing else tells one from the other.
fn service(reader: &Reader<'_>) -> String {
    reader.get("AWS_LAMBDA_FUNCTION_NAME").unwrap_or("khaya-api").to_owned()
}

pub(super) fn traces(reader: &mut Reader<'_>) -> Option<TraceSettings> {
    let endpoint = reader.get("OTEL_EXPORTER_OTLP_ENDPOINT")?.to_owned();
    if !endpoint.starts_with("http://") && !endpoint.starts_with("https://") {
        reader.refuse("OTEL_EXPORTER_OTLP_ENDPOINT must be an address such as http://127.0.0.1:4318");
    }
    let service = reader.get("OTEL_SERVICE_NAME").map_or_else(|| service(reader), str::to_owned);
    Some(TraceSettings { endpoint, service })
}

pub(super) fn metrics(reader: &mut Reader<'_>, in_production: bool) -> MetricsSettings {
    if reader.chosen("KHAYA_METRICS", &[("prometheus", false), ("emf", true)], false) {
        return MetricsSettings::Emf { service: service(reader) };
    }
    let token = reader.get("KHAYA_METRICS_TOKEN").map(|token| SecretString::from(token.to_owned()));
    if in_production && token.is_none() {
        reader.refuse("KHAYA_METRICS_TOKEN must be set: /metrics is not shown to everybody in production");
    }
    MetricsSettings::Prometheus { token }
}
