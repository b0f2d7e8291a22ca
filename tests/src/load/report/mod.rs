//! The report of a run: one page of HTML that needs nothing else, for wide screens and for phones.

mod charts;

use std::fmt::{Display, Write};

use super::outcome::{Outcome, Row, per_second};
use super::summary::{headlines, shown};

const STYLE: &str = "
:root{color-scheme:light dark;--ink:#1b1f23;--soft:#667079;--line:#d9dee3;--paper:#fff;--good:#1a7f4b;--bad:#b42318;
--one:#2563a8;--two:#c2791c;--three:#b42318}
@media(prefers-color-scheme:dark){:root{--ink:#e6e9ec;--soft:#9aa4ad;--line:#39424a;--paper:#14181c;--good:#4cc38a;
--bad:#ff7a6b;--one:#6fb0f5;--two:#f0b35e;--three:#ff7a6b}}
body{font:16px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper);max-width:70rem;margin:0 auto;padding:1rem}
h1{font-size:1.5rem;margin:.5rem 0}h2{font-size:1.15rem;margin:2rem 0 .5rem}
.verdict{font-weight:600;padding:.5rem .75rem;border-left:.3rem solid;margin:1rem 0}
.good{color:var(--good)}.bad{color:var(--bad)}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.25rem 1rem;margin:0}dt{color:var(--soft)}dd{margin:0;overflow-wrap:anywhere}
@media(max-width:34rem){dl{grid-template-columns:1fr}dd{margin-bottom:.4rem}}
.wide{overflow-x:auto}table{border-collapse:collapse;font-size:.875rem;font-variant-numeric:tabular-nums}
th,td{padding:.3rem .6rem;border-bottom:1px solid var(--line);text-align:right;white-space:nowrap}
th:first-child,td:first-child{text-align:left}thead th{color:var(--soft);font-weight:500}tfoot td{font-weight:600}
pre{overflow-x:auto;background:color-mix(in srgb,var(--line) 35%,transparent);padding:.75rem;font-size:.8rem;white-space:pre-wrap}
svg{width:100%;height:auto;display:block}svg text{fill:var(--soft);font-size:12px}.grid{stroke:var(--line)}
.l1{stroke:var(--one)}.l2{stroke:var(--two)}.l3{stroke:var(--three)}polyline{fill:none;stroke-width:2;stroke-linejoin:round}
.key{color:var(--soft);font-size:.875rem}.k1{color:var(--one)}.k2{color:var(--two)}.k3{color:var(--three)}";

/// A text as HTML shows it.
pub(super) fn escaped(text: impl Display) -> String {
    let text = text.to_string();
    let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    text.replace('"', "&quot;").replace('\'', "&#39;")
}

/// The whole page.
pub fn page(outcome: &Outcome) -> String {
    let complaints = outcome.complaints();
    let (class, verdict) = if complaints.is_empty() {
        ("good", "Nothing was wrong.".to_owned())
    } else {
        ("bad", format!("Not well: {}.", complaints.join("; ")))
    };
    let mut page = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n\
         <title>Khaya: report of a load test</title>\n<style>{STYLE}</style>\n</head>\n<body>\n\
         <h1>Report of a load test</h1>\n<p class=\"verdict {class}\">{}</p>\n",
        escaped(verdict)
    );
    let _ = write!(page, "<dl>\n{}</dl>\n", terms(&headlines(outcome)));
    let _ = write!(page, "<h2>Over time</h2>\n{}", charts::all(outcome));
    let _ = write!(page, "<h2>By request</h2>\n{}", requests(outcome));
    let _ = write!(page, "<h2>What follows by itself</h2>\n{}", follows(outcome));
    let _ = write!(page, "<h2>Faults</h2>\n{}", faults(outcome));
    if let Some(server) = &outcome.server {
        let _ = write!(page, "<h2>The books</h2>\n<pre>{}</pre>\n", escaped(&server.proof.said));
        if !server.logged.is_empty() {
            let lines = server.logged.iter().take(50);
            let lines = lines.map(|(line, count)| escaped(format!("{count} times: {line}")));
            let logged = lines.collect::<Vec<_>>().join("\n");
            let _ = write!(page, "<h2>What the server has logged</h2>\n<pre>{logged}</pre>\n");
        }
    }
    let _ = write!(page, "<h2>Settings</h2>\n<dl>\n{}</dl>\n", terms(&outcome.settings));
    page.push_str(
        "<p class=\"key\">Each user waits for one answer before the next request: a server that is slow is asked less. \
         What follows by itself is looked for again and again; its times hold the pauses of whoever looks.</p>\n\
         </body>\n</html>\n",
    );
    page
}

fn terms(lines: &[(&'static str, String)]) -> String {
    lines.iter().fold(String::new(), |mut text, (name, value)| {
        let _ = writeln!(text, "<dt>{}</dt><dd>{}</dd>", escaped(name), escaped(value));
        text
    })
}

fn times(row: &Row) -> String {
    [row.p50, row.p95, row.p99, row.longest].map(|time| format!("<td>{}</td>", shown(time))).concat()
}

fn requests(outcome: &Outcome) -> String {
    let cells = |row: &Row| {
        let [limited, away, busy] = row.told_to_wait;
        format!(
            "<tr><td>{}</td><td>{}</td><td>{}</td><td>{limited}</td><td>{away}</td><td>{busy}</td>{}<td>{:.1}</td></tr>\n",
            escaped(row.name),
            row.count,
            row.errors,
            times(row),
            per_second(row.count, outcome.took)
        )
    };
    let rows: String = outcome.requests.iter().map(cells).collect();
    format!(
        "<div class=\"wide\"><table>\n<thead><tr><th>request</th><th>count</th><th>faults</th><th>429</th><th>503</th>\
         <th>409</th><th>p50</th><th>p95</th><th>p99</th><th>longest</th><th>a second</th></tr></thead>\n\
         <tbody>\n{rows}</tbody>\n<tfoot>{}</tfoot>\n</table></div>\n",
        cells(&outcome.total)
    )
}

fn follows(outcome: &Outcome) -> String {
    let seen = outcome.follows.iter().filter(|row| row.count > 0);
    let rows: String = seen
        .map(|row| format!("<tr><td>{}</td><td>{}</td>{}</tr>\n", escaped(row.name), row.count, times(row)))
        .collect();
    format!(
        "<div class=\"wide\"><table>\n<thead><tr><th>what</th><th>count</th><th>p50</th><th>p95</th><th>p99</th>\
         <th>longest</th></tr></thead>\n<tbody>\n{rows}</tbody>\n</table></div>\n"
    )
}

fn faults(outcome: &Outcome) -> String {
    if outcome.counts.faults == 0 {
        return "<p>None.</p>\n".to_owned();
    }
    let shown: String = outcome
        .faults
        .iter()
        .map(|fault| {
            let at = fault.at.as_secs_f64();
            let (user, place) = (escaped(&fault.user), escaped(&fault.place));
            format!("<p>At {at:.1} s, {user}, {place}</p>\n<pre>{}</pre>\n", escaped(&fault.sample))
        })
        .collect();
    format!("<p>{} in all; the first ones:</p>\n{shown}", outcome.counts.faults)
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_others_wrote_is_text_and_no_markup() {
        let escaped = super::escaped("<script>alert('&\"')</script>");
        assert_eq!(escaped, "&lt;script&gt;alert(&#39;&amp;&quot;&#39;)&lt;/script&gt;");
    }
}
