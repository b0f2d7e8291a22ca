//! The summary of a run, as text.

use std::fmt::Write;
use std::time::Duration;

use super::outcome::{Outcome, Row, per_second};

/// A duration as people read it.
pub(super) fn shown(time: Duration) -> String {
    let ms = time.as_secs_f64() * 1_000.0;
    match ms {
        ms if ms < 10.0 => format!("{ms:.1} ms"),
        ms if ms < 10_000.0 => format!("{ms:.0} ms"),
        ms => format!("{:.1} s", ms / 1_000.0),
    }
}

/// What a run came to in short: names and values.
pub(super) fn headlines(outcome: &Outcome) -> Vec<(&'static str, String)> {
    let counts = &outcome.counts;
    let [limited, away, busy] = outcome.total.told_to_wait;
    let mut lines = vec![
        ("took", format!("{:.1} s", outcome.took.as_secs_f64())),
        ("users", format!("{} of {} got in", counts.signed_in, outcome.meant.0)),
        ("jobs", format!("{} posted, {} completed and paid out", counts.posted, counts.paid_out)),
        ("requests", format!("{} answered, {:.1} a second", counts.answered, outcome.rate())),
        ("told to wait", format!("{} ({limited} by 429, {away} by 503, {busy} by 409)", counts.told_to_wait)),
        ("checks", format!("{} held", counts.checks)),
        ("faults", counts.faults.to_string()),
    ];
    if counts.unpaid > 0 {
        let text = format!("{} jobs: only a person can pay on that server", counts.unpaid);
        lines.push(("ended at payment", text));
    }
    if let Some(server) = &outcome.server {
        if let Some(kib) = server.peak_kib {
            lines.push(("memory of the server", format!("{:.1} MiB at most", kib_to_mib(kib))));
        }
        let warnings = server.logged.iter().filter(|(line, _)| line.starts_with("WARN"));
        let warnings: u64 = warnings.map(|(_, count)| count).sum();
        let errors = server.errors();
        let text = format!("{errors} errors beside requests turned away, {warnings} warnings");
        lines.push(("log of the server", text));
    }
    lines
}

#[expect(clippy::cast_precision_loss, reason = "an amount of memory")]
fn kib_to_mib(kib: u64) -> f64 {
    kib as f64 / 1_024.0
}

/// The whole summary.
pub fn table(outcome: &Outcome) -> String {
    let mut text = String::new();
    for (name, value) in outcome.settings.iter().chain(&headlines(outcome)) {
        let _ = writeln!(text, "{name:<22} {value}");
    }
    let _ = writeln!(
        text,
        "\n{:<44} {:>7} {:>6} {:>6} {:>8} {:>8} {:>8} {:>8} {:>7}",
        "request", "count", "faults", "waits", "p50", "p95", "p99", "longest", "/s"
    );
    for row in outcome.requests.iter().chain([&outcome.total]) {
        let _ = writeln!(text, "{}", line(row, outcome.took));
    }
    let _ = writeln!(text, "\nwhat follows by itself");
    for row in outcome.follows.iter().filter(|row| row.count > 0) {
        let _ = writeln!(text, "{}", line(row, outcome.took));
    }
    for fault in &outcome.faults {
        let at = fault.at.as_secs_f64();
        let _ = writeln!(text, "\nfault at {at:.1} s, {}, {}\n  {}", fault.user, fault.place, fault.sample);
    }
    if let Some(server) = &outcome.server {
        for (line, count) in server.logged.iter().take(20) {
            let _ = writeln!(text, "\nthe server has logged {count} times: {line}");
        }
        let _ = writeln!(text, "\n$ khaya-api books prove\n{}", server.proof.said);
    }
    let complaints = outcome.complaints();
    let verdict = if complaints.is_empty() { "nothing was wrong".to_owned() } else { complaints.join("; ") };
    let _ = writeln!(text, "\nverdict: {verdict}");
    text
}

fn line(row: &Row, took: Duration) -> String {
    format!(
        "{:<44} {:>7} {:>6} {:>6} {:>8} {:>8} {:>8} {:>8} {:>7.1}",
        row.name,
        row.count,
        row.errors,
        row.told_to_wait.iter().sum::<u64>(),
        shown(row.p50),
        shown(row.p95),
        shown(row.p99),
        shown(row.longest),
        per_second(row.count, took)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_short() {
        let shown =
            [40, 1_234, 45_600, 9_999_000, 61_200_000].map(|micros| shown(Duration::from_micros(micros)));
        assert_eq!(shown, ["0.0 ms", "1.2 ms", "46 ms", "9999 ms", "61.2 s"]);
    }
}
