//! Figures as lines of the log: CloudWatch's embedded metric format
//! (<https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>).
//!
//! There is one dimension, who tells them. Labels are properties of a line: each combination of dimensions would be billed as a
//! metric of its own. Counters are told as what was added since they were told last, gauges as they are, histograms as
//! the values that came.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use chrono::{DateTime, Utc};
use metrics::{Counter, Gauge, Histogram, Key, KeyName, Label, Metadata, Recorder, SharedString, Unit};
use metrics_util::registry::{AtomicStorage, Registry};
use serde_json::{Map, Value, json};

/// Where CloudWatch keeps them.
const NAMESPACE: &str = "Khaya";
const DIMENSION: &str = "service";
/// How many values of one figure a line may have.
const MOST_VALUES: usize = 100;
/// How many figures a line may have.
const MOST_FIGURES: usize = 100;

/// Collects figures until they are told.
pub struct Emf {
    service: String,
    registry: Registry<Key, AtomicStorage>,
}

impl Emf {
    pub(super) fn new(service: &str) -> Arc<Self> {
        Arc::new(Self { service: service.to_owned(), registry: Registry::atomic() })
    }

    /// Writes what there is to tell, a line for each set of labels.
    ///
    /// # Errors
    /// Those of the writer. What could not be written is lost.
    pub fn tell(&self, now: DateTime<Utc>, out: &mut dyn Write) -> io::Result<()> {
        let mut by_labels: BTreeMap<Vec<&Label>, Vec<(&str, Value)>> = BTreeMap::new();
        let counters = self.registry.get_counter_handles();
        let gauges = self.registry.get_gauge_handles();
        let histograms = self.registry.get_histogram_handles();
        for (key, counter) in &counters {
            let added = counter.swap(0, Ordering::Relaxed);
            if added > 0 {
                by_labels.entry(labels(key)).or_default().push((key.name(), added.into()));
            }
        }
        for (key, gauge) in &gauges {
            let value = f64::from_bits(gauge.load(Ordering::Relaxed));
            by_labels.entry(labels(key)).or_default().push((key.name(), value.into()));
        }
        for (key, histogram) in &histograms {
            let mut values = Vec::new();
            histogram.clear_with(|some| values.extend_from_slice(some));
            for some in values.chunks(MOST_VALUES) {
                self.write(now, &labels(key), &[(key.name(), some.into())], out)?;
            }
        }
        for (labels, figures) in by_labels {
            for some in figures.chunks(MOST_FIGURES) {
                self.write(now, &labels, some, out)?;
            }
        }
        out.flush()
    }

    fn write(
        &self,
        now: DateTime<Utc>,
        labels: &[&Label],
        figures: &[(&str, Value)],
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let mut line = Map::new();
        for label in labels {
            line.insert(label.key().to_owned(), label.value().into());
        }
        for (name, value) in figures {
            line.insert((*name).to_owned(), value.clone());
        }
        let names: Vec<_> =
            figures.iter().map(|(name, _)| json!({"Name": name, "Unit": unit(name)})).collect();
        line.insert(DIMENSION.to_owned(), self.service.as_str().into());
        let directive = json!({"Namespace": NAMESPACE, "Dimensions": [[DIMENSION]], "Metrics": names});
        line.insert(
            "_aws".to_owned(),
            json!({"Timestamp": now.timestamp_millis(), "CloudWatchMetrics": [directive]}),
        );
        // In one call: other lines of the log may not come between.
        out.write_all(format!("{}\n", Value::Object(line)).as_bytes())
    }
}

fn labels(key: &Key) -> Vec<&Label> {
    let mut labels: Vec<_> = key.labels().collect();
    labels.sort();
    labels
}

fn unit(name: &str) -> &'static str {
    if name.ends_with("_seconds") { "Seconds" } else { "Count" }
}

/// The same, as the one who records for the whole process.
pub(super) struct Recording(pub(super) Arc<Emf>);

impl Recorder for Recording {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        self.0.registry.get_or_create_counter(key, |counter| Counter::from_arc(Arc::clone(counter)))
    }

    fn register_gauge(&self, key: &Key, _: &Metadata<'_>) -> Gauge {
        self.0.registry.get_or_create_gauge(key, |gauge| Gauge::from_arc(Arc::clone(gauge)))
    }

    fn register_histogram(&self, key: &Key, _: &Metadata<'_>) -> Histogram {
        self.0.registry.get_or_create_histogram(key, |histogram| Histogram::from_arc(Arc::clone(histogram)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(emf: &Emf) -> Vec<Value> {
        let mut out = Vec::new();
        emf.tell(DateTime::from_timestamp_millis(1_790_000_000_123).unwrap(), &mut out).unwrap();
        String::from_utf8(out).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    #[test]
    fn labels_are_properties_and_counters_are_told_once() {
        let emf = Emf::new("khaya-test-api");
        metrics::with_local_recorder(&Recording(Arc::clone(&emf)), || {
            metrics::counter!("requests_total", "status" => "200", "route" => "/jobs").increment(2);
            metrics::gauge!("outbox_waiting").set(0.0);
            metrics::counter!("silent_total").increment(0);
        });
        let lines = told(&emf);
        assert_eq!(
            lines,
            [
                json!({
                    "_aws": {"Timestamp": 1_790_000_000_123_i64, "CloudWatchMetrics": [{
                        "Namespace": "Khaya", "Dimensions": [["service"]],
                        "Metrics": [{"Name": "outbox_waiting", "Unit": "Count"}]}]},
                    "service": "khaya-test-api", "outbox_waiting": 0.0,
                }),
                json!({
                    "_aws": {"Timestamp": 1_790_000_000_123_i64, "CloudWatchMetrics": [{
                        "Namespace": "Khaya", "Dimensions": [["service"]],
                        "Metrics": [{"Name": "requests_total", "Unit": "Count"}]}]},
                    "service": "khaya-test-api", "requests_total": 2, "status": "200", "route": "/jobs",
                }),
            ]
        );
        let again = told(&emf);
        assert_eq!(
            again.len(),
            1,
            "a gauge is told each time, a counter when something was added: {again:?}"
        );
    }

    #[test]
    fn a_line_has_a_hundred_values_at_most() {
        let emf = Emf::new("khaya-test-api");
        metrics::with_local_recorder(&Recording(Arc::clone(&emf)), || {
            for _ in 0..250 {
                metrics::histogram!("http_request_duration_seconds", "route" => "/jobs").record(0.5);
            }
        });
        let lines = told(&emf);
        let sizes: Vec<_> = lines
            .iter()
            .map(|line| line["http_request_duration_seconds"].as_array().unwrap().len())
            .collect();
        assert_eq!(sizes, [100, 100, 50]);
        assert_eq!(lines[0]["_aws"]["CloudWatchMetrics"][0]["Metrics"][0]["Unit"], "Seconds");
        assert!(told(&emf).is_empty());
    }
}
