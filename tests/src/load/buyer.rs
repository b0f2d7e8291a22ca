//! What a buyer does: posts a job, compares the bids, talks, accepts, pays, confirms, and looks where the money went.

use std::time::Instant;

use serde_json::{Value, json};

use super::crew::Board;
use super::user::{Body, GivenUp, User, items};
use super::words::NewJob;
use super::{Follow, Step};

impl User {
    /// One job from the idea to the review. So many workers bid on it.
    pub(super) async fn has_a_job_done(&mut self, board: &Board, bidders: usize) -> Result<(), GivenUp> {
        let job = self.post_a_job(board).await?;
        let bids = format!("/jobs/{job}/bids");
        let bid = self.choose_a_bid(&job, &bids, bidders).await?;
        let talk = format!("{bids}/{bid}/messages");
        let said = self.says(&talk, "That suits me. The dog is friendly.").await?;
        self.think().await;
        let path = format!("{bids}/{bid}/accept");
        let agreed = self.send(Step::Accept, &path, Body::None, 200).await?;
        let _ = board.accepted.set(Instant::now());
        self.check(agreed["status"] == "awaiting_payment", "an accepted job waits for the payment", || {
            agreed.to_string()
        })?;
        if !self.pays(board, &job, &agreed).await? {
            self.shared.record.count(|counts| counts.unpaid += 1);
            return Ok(());
        }
        let submitted = || board.submitted.get().copied();
        self.until_told(Follow::Submitted, submitted, "work_submitted", &job).await?;
        self.reads(&talk, &[said]).await?;
        self.think().await;
        let confirmed = self.send(Step::Confirm, &format!("/jobs/{job}/confirm"), Body::None, 200).await?;
        let _ = board.confirmed.set(Instant::now());
        self.check(confirmed["status"] == "completed", "a confirmed job is completed", || {
            confirmed.to_string()
        })?;
        let statement = self.get(Step::Statement, &format!("/jobs/{job}/statement")).await?;
        self.check(
            adds_up(&statement),
            "each movement of a statement sums to zero, and nothing is held",
            || statement.to_string(),
        )?;
        self.think().await;
        let review = json!({"stars": 3 + self.below(3), "text": "Came on time, clean work."});
        self.send(Step::Review, &format!("/jobs/{job}/review"), Body::Json(&review), 201).await?;
        let seen = self.get(Step::View, &format!("/jobs/{job}")).await?;
        self.check(seen["status"] == "completed", "a job that was completed stays so", || seen.to_string())
    }

    async fn post_a_job(&mut self, board: &Board) -> Result<String, GivenUp> {
        let job = NewJob::draw(self);
        self.think().await;
        let guess = self.send(Step::Suggest, "/jobs/suggestion", Body::Json(&job.question()), 200).await?;
        let cents = |name: &str| guess[name]["amount"].as_i64();
        self.check(
            cents("lowPrice") > Some(0) && cents("lowPrice") <= cents("highPrice"),
            "a suggestion is a range",
            || guess.to_string(),
        )?;
        self.think().await;
        let posted = self.send(Step::Post, "/jobs", Body::Json(&job.post()), 201).await?;
        let id = posted["id"].as_str().unwrap_or_default().to_owned();
        self.check(
            posted["title"] == job.title.as_str() && posted["status"] == "open",
            "a posted job is open and as it was posted",
            || posted.to_string(),
        )?;
        self.shared.record.count(|counts| counts.posted += 1);
        let _ = board.posted.set((id.clone(), job.title, Instant::now()));
        Ok(id)
    }

    /// Waits until all have bid; the cheapest bid.
    async fn choose_a_bid(&mut self, job: &str, bids: &str, bidders: usize) -> Result<String, GivenUp> {
        let first = Instant::now();
        loop {
            self.think().await;
            let seen = self.get(Step::View, &format!("/jobs/{job}")).await?;
            if seen["bidCount"].as_u64() == u64::try_from(bidders).ok() {
                break;
            }
            // The workers have their own patience, with the search and with each other.
            let limit = 3 * self.shared.plan.patience;
            self.check(first.elapsed() < limit, "the bids come", || seen.to_string())?;
        }
        let page = self.get(Step::Bids, bids).await?;
        let amounts: Vec<_> =
            items(&page).iter().filter_map(|bid| bid["amount"]["amount"].as_i64()).collect();
        self.check(
            amounts.len() == bidders && amounts.is_sorted(),
            "all bids are listed, cheapest first",
            || page.to_string(),
        )?;
        let bid = items(&page).first().and_then(|bid| bid["id"].as_str()).unwrap_or_default();
        Ok(bid.to_owned())
    }

    /// Pays, if that can be done without a person.
    async fn pays(&mut self, board: &Board, job: &str, agreed: &Value) -> Result<bool, GivenUp> {
        let amount = &agreed["agreement"]["amount"]["amount"];
        self.get(Step::Fee, &format!("/fees/preview?amount={amount}&jobsReleased=0")).await?;
        self.think().await;
        let payment = self.send(Step::Pay, &format!("/jobs/{job}/pay"), Body::None, 200).await?;
        let (url, reference) = (&payment["checkoutUrl"], payment["reference"].as_str().unwrap_or_default());
        self.check(&payment["amount"]["amount"] == amount, "what is to be paid was agreed", || {
            format!("{payment} for {agreed}")
        })?;
        if !url.as_str().is_some_and(|url| url.contains("/dev/checkout/")) {
            let _ = board.paid.set(None);
            return Ok(false);
        }
        self.think().await;
        let page = format!("/dev/checkout/{reference}");
        self.ask(Step::Checkout, &page, Body::Form("choice=paid"), &[200]).await?;
        let _ = board.paid.set(Some(Instant::now()));
        let path = format!("/payments/{reference}/check");
        let settled = self.send(Step::CheckPayment, &path, Body::None, 200).await?;
        self.check(settled["status"] == "funded", "a payment that was made is held", || settled.to_string())?;
        Ok(true)
    }

    /// Says something in a conversation; as which number, and what.
    pub(super) async fn says(&mut self, talk: &str, text: &str) -> Result<(u64, String), GivenUp> {
        let text = format!("{text} ({})", self.id().simple());
        let message = json!({"clientMessageId": self.id(), "text": text});
        let sent = self.send(Step::Say, talk, Body::Json(&message), 201).await?;
        self.check(sent["text"] == text.as_str(), "a message is as it was sent", || sent.to_string())?;
        Ok((sent["number"].as_u64().unwrap_or_default(), text))
    }

    /// Reads a whole conversation: it has no gap, and what one has said stands where it was put. Marks it as read.
    pub(super) async fn reads(&mut self, talk: &str, said: &[(u64, String)]) -> Result<(), GivenUp> {
        let page = self.get(Step::Messages, &format!("{talk}?after=0&limit=100")).await?;
        let messages = items(&page);
        let in_order = messages.iter().zip(1_u64..).all(|(message, number)| message["number"] == number);
        self.check(in_order && !messages.is_empty(), "messages are numbered without gaps", || {
            page.to_string()
        })?;
        let kept = said.iter().all(|(number, text)| {
            messages.iter().any(|message| message["number"] == *number && message["text"] == text.as_str())
        });
        self.check(kept, "what was said stands where it was put", || page.to_string())?;
        let up_to = json!({"upTo": messages.len()});
        self.send(Step::Read, &format!("{talk}/read"), Body::Json(&up_to), 200).await?;
        Ok(())
    }
}

fn adds_up(statement: &Value) -> bool {
    let lines = statement["lines"].as_array().map_or(&[][..], Vec::as_slice);
    let legs = |line: &Value| line["legs"].as_array().cloned().unwrap_or_default();
    let balanced =
        lines.iter().all(|line| legs(line).iter().filter_map(|leg| leg["cents"].as_i64()).sum::<i64>() == 0);
    lines.len() >= 2 && balanced && statement["held"]["amount"] == 0
}
