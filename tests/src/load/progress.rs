//! What a person sees while a run goes on: one line, renewed each second, or a line each ten seconds where there is no terminal.

use std::io::{IsTerminal, Write};
use std::time::Duration;

use super::outcome::per_second;
use super::record::{Counts, Record};

/// Whether and how a run shows how it gets on, on standard error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// Not at all.
    Silent,
    /// One line that is written over.
    OneLine,
    /// A new line from time to time.
    Lines,
}

/// How many seconds lie between two lines, where they are not written over.
const LINES_APART: u64 = 10;

impl Progress {
    /// As it suits standard error.
    pub fn of_terminal() -> Self {
        if std::io::stderr().is_terminal() { Self::OneLine } else { Self::Lines }
    }

    /// Shows how it gets on until it is dropped.
    pub(super) async fn show(self, record: &Record, users: usize) {
        let mut timer = tokio::time::interval(Duration::from_secs(1));
        let (mut second, mut answered) = (0, 0);
        loop {
            timer.tick().await;
            let counts = record.known().counts;
            let line = line(record.elapsed(), &counts, users, counts.answered - answered);
            let mut out = std::io::stderr().lock();
            // Who is not there to read it misses nothing.
            let _ = match self {
                Self::Silent => Ok(()),
                Self::OneLine => write!(out, "\r{line}\u{1b}[K").and_then(|()| out.flush()),
                Self::Lines if second % LINES_APART == 0 => writeln!(out, "{line}"),
                Self::Lines => Ok(()),
            };
            second += 1;
            answered = counts.answered;
        }
    }

    /// Leaves the line that was written over.
    pub(super) fn end(self) {
        if self == Self::OneLine {
            let _ = writeln!(std::io::stderr());
        }
    }
}

fn line(elapsed: Duration, counts: &Counts, users: usize, last_second: u64) -> String {
    format!(
        "{:>4} s | users {}/{users} | requests {} ({last_second}/s, mean {:.0}/s) | jobs {} posted, {} paid out | \
         waits {} | faults {}",
        elapsed.as_secs(),
        counts.users,
        counts.answered,
        per_second(counts.answered, elapsed),
        counts.posted,
        counts.paid_out,
        counts.told_to_wait,
        counts.faults
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_how_far_it_is() {
        let counts = Counts { users: 12, answered: 300, posted: 5, faults: 1, ..Counts::default() };
        let line = line(Duration::from_secs(10), &counts, 20, 40);
        let expected = "  10 s | users 12/20 | requests 300 (40/s, mean 30/s) | jobs 5 posted, 0 paid out | waits 0 | faults 1";
        assert_eq!(line, expected);
    }
}
