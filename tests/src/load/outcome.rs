//! What a run came to.

use std::collections::BTreeMap;
use std::time::Duration;

use super::Fault;
use super::record::{Counts, Known, Moment, Times};

/// What `books prove` said.
#[derive(Debug, Clone)]
pub struct Proof {
    /// Whether the books hold.
    pub holds: bool,
    /// In its own words.
    pub said: String,
}

/// How the own server ended.
#[derive(Debug, Clone)]
pub struct ServerEnd {
    /// The most memory that it had.
    pub peak_kib: Option<u64>,
    /// The warnings and errors that it logged, without their times, each with how often.
    pub logged: BTreeMap<String, u64>,
    /// What became of the books.
    pub proof: Proof,
}

impl ServerEnd {
    /// How many errors it logged, but for requests that it turned away with 503: those are counted where they came from.
    pub fn errors(&self) -> u64 {
        let is_error = |line: &str| line.starts_with("ERROR") && !line.contains(" status=503 ");
        self.logged.iter().filter(|(line, _)| is_error(line)).map(|(_, count)| count).sum()
    }

    /// What is to be kept of a log: warnings and errors, without what differs from one time to the next.
    pub(super) fn worth_reading(log: &str) -> BTreeMap<String, u64> {
        let mut lines = BTreeMap::new();
        for line in log.lines() {
            let Some(at) = ["ERROR ", " WARN "].iter().find_map(|level| line.find(level)) else { continue };
            let words = line[at..].split_whitespace().filter(|word| !word.starts_with("milliseconds="));
            *lines.entry(words.collect::<Vec<_>>().join(" ")).or_default() += 1;
        }
        lines
    }
}

/// The requests of one route, or what followed by itself.
#[derive(Debug, Clone)]
pub struct Row {
    /// Which.
    pub name: &'static str,
    /// How many were answered as expected.
    pub count: u64,
    /// How many were not.
    pub errors: u64,
    /// How many were told to wait with 429, with 503 and with 409.
    pub told_to_wait: [u64; 3],
    /// Half took no longer.
    pub p50: Duration,
    /// 95 of 100 took no longer.
    pub p95: Duration,
    /// 99 of 100 took no longer.
    pub p99: Duration,
    /// The longest.
    pub longest: Duration,
}

/// One second of the run.
#[derive(Debug, Clone, Copy)]
pub struct Second {
    /// Requests answered as expected.
    pub answered: u64,
    /// Requests that were not.
    pub errors: u64,
    /// Requests told to wait.
    pub told_to_wait: u64,
    /// Users who were there.
    pub users: u64,
    /// Half took no longer.
    pub p50: Duration,
    /// 95 of 100 took no longer.
    pub p95: Duration,
    /// 99 of 100 took no longer.
    pub p99: Duration,
}

/// What a run came to.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// What was asked for and where it ran: names and values for people.
    pub settings: Vec<(&'static str, String)>,
    /// How long it took, from the first user to the last one's end.
    pub took: Duration,
    /// What was counted.
    pub counts: Counts,
    /// How many users were meant to come, and how many jobs meant to be paid out at least.
    pub meant: (u64, u64),
    /// By route, in the order of a journey.
    pub requests: Vec<Row>,
    /// All requests together.
    pub total: Row,
    /// What followed by itself.
    pub follows: Vec<Row>,
    /// Second by second.
    pub seconds: Vec<Second>,
    /// The first faults. `counts.faults` has how many there were.
    pub faults: Vec<Fault>,
    /// How the own server ended.
    pub server: Option<ServerEnd>,
}

impl Outcome {
    /// Whether nothing was wrong: no fault, all jobs done, nothing bad in the server's log, and books that hold.
    pub fn is_good(&self) -> bool {
        self.complaints().is_empty()
    }

    /// What was wrong, in short.
    pub fn complaints(&self) -> Vec<String> {
        let mut complaints = Vec::new();
        let Counts { faults, signed_in, paid_out, unpaid, .. } = self.counts;
        let (users, jobs) = self.meant;
        if faults > 0 {
            complaints.push(format!("{faults} faults"));
        }
        if signed_in < users {
            complaints.push(format!("{signed_in} of {users} users got in"));
        }
        if paid_out + unpaid < jobs {
            complaints.push(format!("{} of {jobs} jobs came to their end", paid_out + unpaid));
        }
        if let Some(server) = &self.server {
            let errors = server.errors();
            if errors > 0 {
                complaints.push(format!("the server has logged {errors} errors"));
            }
            if !server.proof.holds {
                complaints.push("the books do not hold".to_owned());
            }
        }
        complaints
    }

    /// Requests answered in a second, over the whole run.
    pub fn rate(&self) -> f64 {
        per_second(self.counts.answered, self.took)
    }

    /// What a run has recorded.
    pub(super) fn of(
        known: &Known,
        settings: Vec<(&'static str, String)>,
        took: Duration,
        meant: (u64, u64),
        server: Option<ServerEnd>,
    ) -> Self {
        let requests: Vec<Row> = known
            .requests
            .iter()
            .map(|(step, one)| row(step.name(), &one.times, one.errors, [one.limited, one.away, one.busy]))
            .collect();
        let waits = |place: usize| requests.iter().map(|row| row.told_to_wait[place]).sum();
        let total = row(
            "all requests",
            &known.all,
            requests.iter().map(|row| row.errors).sum(),
            [waits(0), waits(1), waits(2)],
        );
        Self {
            settings,
            took,
            counts: known.counts,
            meant,
            requests,
            total,
            follows: known.follows.iter().map(|(what, times)| row(what.name(), times, 0, [0; 3])).collect(),
            seconds: known.moments.iter().map(second).collect(),
            faults: known.faults.clone(),
            server,
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "a count of requests")]
pub(super) fn per_second(count: u64, time: Duration) -> f64 {
    count as f64 / time.as_secs_f64().max(0.001)
}

fn row(name: &'static str, times: &Times, errors: u64, told_to_wait: [u64; 3]) -> Row {
    Row {
        name,
        count: times.count(),
        errors,
        told_to_wait,
        p50: times.percentile(50.0),
        p95: times.percentile(95.0),
        p99: times.percentile(99.0),
        longest: times.longest(),
    }
}

fn second(moment: &Moment) -> Second {
    Second {
        answered: moment.times.count(),
        errors: moment.errors,
        told_to_wait: moment.told_to_wait,
        users: moment.users,
        p50: moment.times.percentile(50.0),
        p95: moment.times.percentile(95.0),
        p99: moment.times.percentile(99.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_is_read_for_what_is_wrong() {
        let log = "2026-11-27T00:54:18Z ERROR khaya_api::edge: request failed status=503 milliseconds=0 cause=\"full\"\n\
                   2026-11-27T00:54:19Z ERROR khaya_api::edge: request failed status=503 milliseconds=4 cause=\"full\"\n\
                   2026-11-27T00:54:19Z  INFO khaya_api: all is well\n\
                   2026-11-27T00:54:20Z  WARN khaya_api: something is odd\n\
                   2026-11-27T00:54:20Z ERROR khaya_api: the books do not hold";
        let logged = ServerEnd::worth_reading(log);
        // In the order of what they say.
        assert_eq!(logged.values().copied().collect::<Vec<_>>(), [1, 2, 1], "{logged:?}");
        let proof = Proof { holds: true, said: String::new() };
        assert_eq!(ServerEnd { peak_kib: None, logged, proof }.errors(), 1);
    }
}
