//! Lines over time, as SVG.

use std::fmt::Write;

use super::super::outcome::{Outcome, Second};

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 220.0;
const LEFT: f64 = 56.0;
const BOTTOM: f64 = 26.0;
const TOP: f64 = 10.0;
/// A line has at most so many points: a longer run is drawn in steps of several seconds.
const POINTS: usize = 180;

/// A line: its name, its class, and its values from left to right.
struct Line {
    name: &'static str,
    class: &'static str,
    values: Vec<f64>,
}

/// All charts of a run.
pub(super) fn all(outcome: &Outcome) -> String {
    let step = outcome.seconds.len().div_ceil(POINTS).max(1);
    let groups: Vec<&[Second]> = outcome.seconds.chunks(step).collect();
    let per_second = |of: fn(&Second) -> u64| groups.iter().map(|group| mean(group, of)).collect();
    let slowest = |of: fn(&Second) -> std::time::Duration| {
        let longest = |group: &&[Second]| group.iter().map(of).max().unwrap_or_default();
        groups.iter().map(|group| longest(group).as_secs_f64() * 1_000.0).collect()
    };
    let rates = [
        Line { name: "answered", class: "1", values: per_second(|second| second.answered) },
        Line { name: "told to wait", class: "2", values: per_second(|second| second.told_to_wait) },
        Line { name: "faults", class: "3", values: per_second(|second| second.errors) },
    ];
    let times = [
        Line { name: "p50", class: "1", values: slowest(|second| second.p50) },
        Line { name: "p95", class: "2", values: slowest(|second| second.p95) },
        Line { name: "p99", class: "3", values: slowest(|second| second.p99) },
    ];
    let users = [Line { name: "users", class: "1", values: per_second(|second| second.users) }];
    let seconds = outcome.seconds.len();
    [
        chart("Requests a second", &rates, seconds),
        chart("Milliseconds until the answer", &times, seconds),
        chart("Users at work", &users, seconds),
    ]
    .concat()
}

#[expect(clippy::cast_precision_loss, reason = "counts that are drawn")]
fn mean(group: &[Second], of: fn(&Second) -> u64) -> f64 {
    group.iter().map(of).sum::<u64>() as f64 / group.len().max(1) as f64
}

#[expect(clippy::cast_precision_loss, reason = "places that are drawn")]
fn chart(title: &str, lines: &[Line], seconds: usize) -> String {
    let top = round_up(lines.iter().flat_map(|line| &line.values).copied().fold(0.0, f64::max));
    let (wide, high) = (WIDTH - LEFT - 10.0, HEIGHT - TOP - BOTTOM);
    let mut svg = format!(
        "<figure style=\"margin:0 0 1rem\"><figcaption>{title}</figcaption>\n\
         <svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"{title}\">\n"
    );
    for part in 0..=4 {
        let share = f64::from(part) / 4.0;
        let (y, value) = (TOP + high * (1.0 - share), top * share);
        let (right, text) =
            (LEFT + wide, if top < 8.0 { format!("{value:.1}") } else { format!("{value:.0}") });
        let _ = writeln!(
            svg,
            "<line class=\"grid\" x1=\"{LEFT}\" y1=\"{y:.1}\" x2=\"{right}\" y2=\"{y:.1}\"/>\
             <text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{text}</text>",
            LEFT - 6.0,
            y + 4.0
        );
        let x = LEFT + wide * share;
        let _ = writeln!(
            svg,
            "<text x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"{}\">{:.0} s</text>",
            HEIGHT - 6.0,
            if part == 4 { "end" } else { "middle" },
            seconds as f64 * share
        );
    }
    let mut key = String::new();
    for Line { name, class, values } in lines {
        let apart = wide / values.len().saturating_sub(1).max(1) as f64;
        let place = |(at, value): (usize, &f64)| {
            format!("{:.1},{:.1}", LEFT + apart * at as f64, TOP + high * (1.0 - value / top))
        };
        let points: Vec<String> = values.iter().enumerate().map(place).collect();
        let _ = writeln!(svg, "<polyline class=\"l{class}\" points=\"{}\"/>", points.join(" "));
        let _ = write!(key, "<span class=\"k{class}\">&#9632; {name}</span> ");
    }
    format!("{svg}</svg>\n<div class=\"key\">{key}</div></figure>\n")
}

/// The next number of one figure that is 1, 2 or 5.
fn round_up(value: f64) -> f64 {
    let mut step = 1.0;
    while step < value {
        for factor in [1.0, 2.0, 5.0] {
            if step * factor >= value {
                return step * factor;
            }
        }
        step *= 10.0;
    }
    step
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scale_ends_at_a_round_number() {
        let rounded = [0.0, 0.4, 1.0, 1.2, 3.0, 7.0, 43.0, 201.0].map(round_up);
        let expected = [1.0, 1.0, 1.0, 2.0, 5.0, 10.0, 50.0, 500.0];
        assert!(rounded.iter().zip(expected).all(|(one, other)| (one - other).abs() < 1e-9), "{rounded:?}");
    }
}
