//! People talk, on lines on which answers get lost.

use khaya_app::messages::{self, MessagesRequest, NewMessage};
use khaya_domain::ids::{BidId, JobId};
use khaya_domain::job::JobStatus;
use khaya_domain::text::MessageText;
use uuid::Uuid;

use super::Simulation;
use super::crowd::Member;

/// A message that somebody has sent, whether or not an answer came.
#[derive(Debug, Clone)]
pub(super) struct Sent {
    writer: Member,
    job: JobId,
    bid: BidId,
    message: NewMessage,
}

impl Simulation {
    /// A buyer and a bidder: one of them writes, writes the same again, or reads. Or somebody else tries to.
    pub(super) async fn talk(&mut self) {
        let Some((job, bid, number)) = self.dice.pick(&self.crowd.bids) else { return };
        let worker = self.crowd.workers.iter().find(|member| member.number == number).cloned();
        let found = self.auditor.jobs(JobStatus::ALL).into_iter().find(|found| found.id() == job);
        let buyer = found.and_then(|job| self.crowd.by_user(job.buyer()));
        let (Some(buyer), Some(worker)) = (buyer, worker) else { return };
        let someone = if self.dice.once_in(2) { &buyer } else { &worker }.clone();
        match self.dice.below(9) {
            8 => self.choose(&someone).await,
            6 => self.search().await,
            7 => self.send_picture(&someone, job, bid).await,
            0 => {
                let Some(sent) = self.dice.pick(&self.crowd.messages) else { return };
                self.send(sent).await;
            }
            1 => {
                let up_to = u64::from(1 + self.dice.below(12));
                let read = messages::mark_read(&self.app, &someone.caller, job, bid, up_to).await;
                self.refused_if_suspended("mark messages as read", &someone, read);
            }
            2 => {
                let Some(stranger) = self.dice.pick(&self.crowd.everybody()) else { return };
                if [buyer.number, worker.number].contains(&stranger.number) {
                    return;
                }
                let actor = &stranger.caller.actor;
                let seen = messages::messages(&self.app, actor, job, bid, MessagesRequest::default()).await;
                self.must_fail("a stranger's look at messages", seen);
            }
            _ => {
                let id = (0..4).fold(0, |id, _| (id << 32) | u128::from(self.dice.below(u32::MAX)));
                let Ok(text) = MessageText::parse("Can you come on Saturday?") else { return };
                let message =
                    NewMessage { client_id: Uuid::from_u128(id), text: Some(text), files: Vec::new() };
                let sent = Sent { writer: someone, job, bid, message };
                self.crowd.messages.push(sent.clone());
                self.send(sent).await;
            }
        }
    }

    async fn send(&mut self, sent: Sent) {
        let Sent { writer, job, bid, message } = sent;
        let answer = messages::send(&self.app, &writer.caller, job, bid, message).await;
        // A copy of somebody may be out of date about the own standing.
        let writer = self.crowd.by_user(writer.caller.actor.user).unwrap_or(writer);
        self.refused_if_suspended("send a message", &writer, answer);
    }
}
