//! What a worker does: looks around, searches, bids, talks, works, and is paid.

use std::collections::BTreeSet;
use std::time::Instant;

use serde_json::{Value, json};

use super::crew::{Board, wait_for};
use super::user::{Body, GivenUp, User, items};
use super::words::in_query;
use super::{Follow, Step};

/// On how many pages of a search a job that was searched by its title is looked for.
const PAGES_SEARCHED: usize = 3;
/// How many pages of open jobs are read.
const PAGES_BROWSED: usize = 3;

/// A bid that was placed.
struct Placed {
    path: String,
    cents: i64,
    said: (u64, String),
}

impl User {
    /// Bids on all jobs of the crew, wins one of them, and does it.
    pub(super) async fn does_a_job(
        &mut self,
        boards: &[Board],
        own: usize,
        before: u32,
    ) -> Result<(), GivenUp> {
        self.browses().await?;
        let (mut won, mut lost) = (None, None);
        for (place, board) in boards.iter().enumerate() {
            let (job, title, posted) = wait_for(self, "the buyer posts a job", &board.posted).await?;
            self.searches(title, job, *posted).await?;
            let placed = self.bids(job, title, place == own).await?;
            if place == own { won = Some((board, job, placed)) } else { lost = Some((board, placed)) }
        }
        if let Some((board, job, placed)) = won
            && !self.works(board, job, &placed, before).await?
        {
            return Ok(());
        }
        if let Some((board, placed)) = lost {
            self.loses(board, &placed).await?;
        }
        self.ask(Step::ReadAll, "/notifications/readAll", Body::None, &[204]).await?;
        Ok(())
    }

    /// Reads a few pages of open jobs: none comes twice.
    async fn browses(&mut self) -> Result<(), GivenUp> {
        let mut seen = BTreeSet::new();
        let mut path = "/jobs?limit=20".to_owned();
        for _ in 0..PAGES_BROWSED {
            self.think().await;
            let page = self.get(Step::Browse, &path).await?;
            let ids = items(&page).iter().filter_map(|job| job["id"].as_str());
            let count = seen.len() + items(&page).len();
            seen.extend(ids.map(str::to_owned));
            self.check(seen.len() == count, "no job comes twice on following pages", || page.to_string())?;
            match page["nextCursor"].as_str() {
                Some(cursor) => path = format!("/jobs?limit=20&cursor={}", in_query(cursor)),
                None => break,
            }
        }
        Ok(())
    }

    /// Searches a job by its title until it is found.
    async fn searches(&mut self, title: &str, job: &str, posted: Instant) -> Result<(), GivenUp> {
        if !self.shared.has_search {
            return Ok(());
        }
        let (first, query) = (Instant::now(), format!("/jobs/search?q={}", in_query(title)));
        loop {
            self.think().await;
            let mut path = query.clone();
            for _ in 0..PAGES_SEARCHED {
                let page = self.get(Step::Search, &path).await?;
                if items(&page).iter().any(|item| item["id"] == job) {
                    self.shared.record.followed(Follow::Found, posted.elapsed());
                    self.shared.record.count(|counts| counts.checks += 1);
                    return Ok(());
                }
                match page["nextCursor"].as_str() {
                    Some(cursor) => path = format!("{query}&cursor={}", in_query(cursor)),
                    None => break,
                }
            }
            let soon_enough = first.elapsed() < self.shared.plan.patience;
            self.check(soon_enough, Follow::Found.name(), || format!("{title} is not found"))?;
        }
    }

    /// Looks at a job and bids on it; on the own one less than everybody else.
    async fn bids(&mut self, job: &str, title: &str, wants_it: bool) -> Result<Placed, GivenUp> {
        self.think().await;
        let seen = self.get(Step::View, &format!("/jobs/{job}")).await?;
        self.check(
            seen["title"] == title && seen["status"] == "open" && seen["address"].is_null(),
            "an open job shows no street",
            || seen.to_string(),
        )?;
        let budget = seen["budget"]["amount"].as_i64().unwrap_or_default();
        let percent = if wants_it { 80 + self.below(10) } else { 91 + self.below(9) };
        let cents = budget * i64::from(percent) / 100;
        let offer = json!({
            "amount": {"amount": cents, "currency": "ZAR"}, "days": 1 + self.below(5),
            "letter": "I can come tomorrow morning, and I bring what is needed.",
        });
        self.think().await;
        let bid = self.send(Step::Bid, &format!("/jobs/{job}/bids"), Body::Json(&offer), 201).await?;
        let path = format!("/jobs/{job}/bids/{}", bid["id"].as_str().unwrap_or_default());
        let seen = self.get(Step::OwnBid, &path).await?;
        self.check(
            seen["amount"]["amount"] == cents && seen["rank"].is_string(),
            "one's bid is as it was placed, with its rank",
            || seen.to_string(),
        )?;
        let said = self.says(&format!("{path}/messages"), "Is there parking at the gate?").await?;
        Ok(Placed { path, cents, said })
    }

    /// From the acceptance to the money. False, if the buyer could not pay.
    async fn works(
        &mut self,
        board: &Board,
        job: &str,
        placed: &Placed,
        before: u32,
    ) -> Result<bool, GivenUp> {
        let accepted = || board.accepted.get().copied();
        self.until_told(Follow::Accepted, accepted, "bid_accepted", job).await?;
        let seen = self.get(Step::View, &format!("/jobs/{job}")).await?;
        self.check(seen["address"]["street"].is_string(), "the accepted worker is told where", || {
            seen.to_string()
        })?;
        if wait_for(self, "the buyer pays", &board.paid).await?.is_none() {
            return Ok(false);
        }
        self.until_told(Follow::Funded, || board.paid.get().copied().flatten(), "job_funded", job).await?;
        let talks = self.get(Step::Conversations, "/conversations").await?;
        self.check(
            items(&talks).iter().any(|talk| talk["jobId"] == job),
            "one finds the conversation",
            || talks.to_string(),
        )?;
        let talk = format!("{}/messages", placed.path);
        let said = self.says(&talk, "I am on my way.").await?;
        self.reads(&talk, &[placed.said.clone(), said]).await?;
        self.think().await;
        let submitted = self.send(Step::Submit, &format!("/jobs/{job}/submit"), Body::None, 200).await?;
        let _ = board.submitted.set(Instant::now());
        self.check(submitted["status"] == "awaiting_confirmation", "handed in, the work waits", || {
            submitted.to_string()
        })?;
        let confirmed = *wait_for(self, "the buyer confirms", &board.confirmed).await?;
        let possible = self.has_an_account(before).await?.map_or(confirmed, |given| given.max(confirmed));
        self.is_paid(job, placed.cents, possible).await?;
        self.shared.record.count(|counts| counts.paid_out += 1);
        Ok(true)
    }

    /// Gives a bank account at the first job, unless there is one; when.
    async fn has_an_account(&mut self, before: u32) -> Result<Option<Instant>, GivenUp> {
        let path = "/users/me/bankAccount";
        if before > 0 || self.ask(Step::Account, path, Body::None, &[200, 404]).await?.status == 200 {
            return Ok(None);
        }
        // The simulated provider does other things with numbers that end in 0000, 1111, 2222 or 3333.
        let number = format!("{}45", 10_000_000 + self.below(90_000_000));
        let account = json!({
            "holder": "Load Worker", "bankCode": "470010", "number": number, "kind": "personal",
            "documentKind": "identity_number", "documentNumber": "8001015009087", "password": self.password,
        });
        self.think().await;
        self.send(Step::GiveAccount, path, Body::Json(&account), 200).await?;
        Ok(Some(Instant::now()))
    }

    /// Waits for the payout, and compares the sums.
    async fn is_paid(&mut self, job: &str, bid_cents: i64, possible: Instant) -> Result<(), GivenUp> {
        let both = self.until(
            Follow::Paid,
            || Some(possible),
            Step::Transactions,
            "/transactions",
            |page| {
                // Newest first: the payout that came after the earning holds it.
                let earning =
                    items(page).iter().position(|item| item["kind"] == "earning" && item["job"] == job)?;
                let (newer, rest) = items(page).split_at(earning);
                let is_payout = |item: &&Value| item["kind"] == "payout" && item["status"] == "done";
                let payout = newer.iter().rfind(is_payout)?["amount"]["amount"].as_i64()?;
                Some((rest.first()?["amount"]["amount"].as_i64()?, payout))
            },
        );
        let (earned, paid_out) = both.await?;
        // The platform's share is 5 %, and nothing on the first two jobs.
        let least = bid_cents - bid_cents / 20 - 1;
        self.check(
            (least..=bid_cents).contains(&earned) && paid_out >= earned,
            "one gets what was agreed",
            || format!("bid {bid_cents} cents, earned {earned}, were paid {paid_out}"),
        )
    }

    /// Learns that another one got the job.
    async fn loses(&mut self, board: &Board, placed: &Placed) -> Result<(), GivenUp> {
        if wait_for(self, "the buyer pays", &board.paid).await?.is_none() {
            return Ok(());
        }
        self.until(
            Follow::Lost,
            || None,
            Step::OwnBid,
            &placed.path,
            |bid| (bid["status"] == "lost").then_some(()),
        )
        .await
    }
}
