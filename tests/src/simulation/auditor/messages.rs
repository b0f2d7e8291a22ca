//! What is said: one order, nothing changed, exact counts.

use khaya_domain::ids::BidId;
use serde_json::Value;

use super::{Audited, Commit, id};

impl Audited {
    /// Messages are numbered without gaps, never change, and each counts those before it; what is marked as read is there, and
    /// a mark never moves back. What is unread follows from these.
    pub(super) fn check_messages(&mut self, commit: &Commit) {
        for change in commit.of_kind("message") {
            let (message, place) = (&change.after, &change.after["place"]);
            let bid = message["bid"].as_str().unwrap_or_default().to_owned();
            if change.before.is_some() {
                self.fault(format!("a message of {bid} has changed"));
                continue;
            }
            let given = format!("{bid} {} {}", message["author"], message["clientId"]);
            if !self.message_ids.insert(given.clone()) {
                self.fault(format!("two messages have the id {given}"));
            }
            let talk = self.talks.entry(bid.clone()).or_default();
            talk.push(message["author"].as_str().unwrap_or_default().to_owned());
            if *place != counted(talk, talk.len() as u64) {
                self.fault(format!("message {place} of {bid} is really number {}", self.talks[&bid].len()));
            }
        }
        for change in commit.of_kind("client-id").filter(|change| change.before.is_some()) {
            self.fault(format!("the id of a message is given again: {}", change.after));
        }
        for change in commit.of_kind("conversation") {
            let after = &change.after["conversation"];
            let (job, worker) = (id(&after["job"]), id(&after["worker"]));
            let Some((job, worker)) = job.zip(worker) else { continue };
            let bid = BidId::of(job, worker).to_string();
            let talk = self.talks.get(&bid).cloned().unwrap_or_default();
            for mark in ["last", "buyerRead", "workerRead"] {
                let number = |conversation: &Value| conversation[mark][0].as_u64().unwrap_or_default();
                let before = change.before.as_ref().map_or(0, |before| number(&before["conversation"]));
                if after[mark] != counted(&talk, number(after)) || number(after) < before {
                    self.fault(format!("{mark} of {bid} is {} after {before}", after[mark]));
                }
            }
            if after["last"][0] != talk.len() {
                self.fault(format!("{bid} has {} messages, and says {}", talk.len(), after["last"]));
            }
        }
    }
}

/// How many the first messages of a conversation are, and how many of them each side wrote.
fn counted(talk: &[String], number: u64) -> Value {
    let first = talk.iter().take(usize::try_from(number).unwrap_or(usize::MAX));
    let by = |author: &str| first.clone().filter(|known| *known == author).count();
    serde_json::json!([first.clone().count(), by("buyer"), by("worker")])
}
