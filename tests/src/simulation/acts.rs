//! What people do, honestly and otherwise.

use chrono::TimeDelta;
use khaya_adapters_local::payments::{Choice, SimulatedCharge};
use khaya_app::disputes::Statement;
use khaya_app::payouts::NewBankAccount;
use khaya_app::{
    admin, bids, disputes, jobs, listings, payments, payouts, referrals, reviews, subscriptions, work,
};
use khaya_domain::bid::Offer;
use khaya_domain::category::Category;
use khaya_domain::geo::Area;
use khaya_domain::ids::{JobId, RefundId};
use khaya_domain::job::{Job, JobStatus};
use khaya_domain::listing::ListingDetails;
use khaya_domain::money::Money;
use khaya_domain::review::Stars;
use khaya_domain::subscription::PaidTier;
use khaya_domain::text::{Description, Letter, PersonName, Reason};
use khaya_ports::payment::{AccountKind, BankAccount, ChargeStatus, DocumentKind};

use super::Simulation;
use super::crowd::Member;
use crate::world::{job_details, password};

/// A reason.
#[expect(clippy::unwrap_used, reason = "it is a good reason")]
fn reason() -> Reason {
    Reason::parse("The simulation wants it.").unwrap()
}

impl Simulation {
    /// Somebody does something, or something goes on by itself.
    pub(super) async fn act(&mut self) {
        match self.dice.below(100) {
            0..=31 => self.work().await,
            32..=34 => self.talk().await,
            35..=44 => self.post_or_bid().await,
            45..=59 => self.accept_and_pay().await,
            60..=76 => self.do_the_job().await,
            77..=82 => self.disagree().await,
            83..=90 => self.grow().await,
            91..=94 => self.get_paid().await,
            95..=96 => self.administer().await,
            _ => self.cheat().await,
        }
    }

    fn job_in(&mut self, statuses: &[JobStatus]) -> Option<(Job, Member)> {
        let job = self.dice.pick(&self.auditor.jobs(statuses))?;
        let buyer = self.crowd.by_user(job.buyer())?;
        Some((job, buyer))
    }

    fn worker_of(&self, job: &Job) -> Option<Member> {
        self.crowd.by_user(job.worker()?)
    }

    async fn post_or_bid(&mut self) {
        if self.dice.once_in(3) {
            let Some(buyer) = self.dice.pick(&self.crowd.buyers) else { return };
            let made = jobs::create(&self.app, &buyer.caller, job_details()).await;
            self.refused_if_suspended("post a job", &buyer, made);
            return;
        }
        let (Some((job, _)), Some(worker)) =
            (self.job_in(&[JobStatus::Open]), self.dice.pick(&self.crowd.workers))
        else {
            return;
        };
        let amount = [100_000, 33_333, 9, 10, 1_500_000, 77_777][self.dice.below(6) as usize];
        let (Ok(amount), Ok(letter)) = (Money::from_cents(amount), Letter::parse("Tomorrow.")) else {
            return;
        };
        let Ok(offer) = Offer::new(amount, 2, letter) else { return };
        let placed = bids::place(&self.app, &worker.caller, job.id(), offer).await;
        if let Some(bid) = self.refused_if_suspended("bid", &worker, placed) {
            self.crowd.bids.push((job.id(), bid.id, worker.number));
        }
    }

    async fn accept_and_pay(&mut self) {
        match self.dice.below(4) {
            0 => {
                let open: Vec<JobId> = self.auditor.jobs(&[JobStatus::Open]).iter().map(Job::id).collect();
                let on_open: Vec<_> =
                    self.crowd.bids.iter().filter(|(job, ..)| open.contains(job)).copied().collect();
                let Some((job, bid, _)) = self.dice.pick(&on_open) else { return };
                let buyer = self.auditor.jobs(&[JobStatus::Open]).into_iter().find(|found| found.id() == job);
                let Some(buyer) = buyer.and_then(|job| self.crowd.by_user(job.buyer())) else { return };
                let accepted = bids::accept(&self.app, &buyer.caller, job, bid).await;
                self.refused_if_suspended("accept", &buyer, accepted);
            }
            1 => {
                let Some((job, buyer)) = self.job_in(&[JobStatus::AwaitingPayment]) else { return };
                let begun = payments::begin(&self.app, &buyer.caller, job.id()).await;
                if let Some(begun) = self.refused_if_suspended("begin to pay", &buyer, begun) {
                    self.crowd.payments.push((job.id(), begun.reference));
                }
            }
            2 => {
                let Some((_, reference)) = self.dice.pick(&self.crowd.payments) else { return };
                let choice = match self.dice.below(6) {
                    0 => Choice::Decline,
                    1 => Choice::Abandon,
                    _ => Choice::Pay,
                };
                let _ = self.provider.choose(&reference, choice).await;
            }
            _ => {
                let Some((_, reference)) = self.dice.pick(&self.crowd.payments) else { return };
                let settled = payments::settle(&self.app, &reference).await;
                self.note("check a payment", settled);
            }
        }
    }

    async fn do_the_job(&mut self) {
        if self.dice.once_in(2) {
            let Some((job, _)) = self.job_in(&[JobStatus::InProgress]) else { return };
            let Some(worker) = self.worker_of(&job) else { return };
            let submitted = work::submit(&self.app, &worker.caller, job.id()).await;
            self.refused_if_suspended("submit", &worker, submitted);
            return;
        }
        let Some((job, buyer)) = self.job_in(&[JobStatus::AwaitingConfirmation]) else { return };
        if self.dice.once_in(6) {
            let again = work::request_rework(&self.app, &buyer.caller, job.id()).await;
            self.refused_if_suspended("ask for rework", &buyer, again);
        } else {
            let confirmed = work::confirm(&self.app, &buyer.caller, job.id()).await;
            self.refused_if_suspended("confirm", &buyer, confirmed);
            let stars = Stars::new(1 + u8::try_from(self.dice.below(5)).unwrap_or_default());
            if let (Ok(stars), true) = (stars, self.dice.once_in(2)) {
                let reviewed = reviews::write(&self.app, &buyer.caller, job.id(), stars, None).await;
                self.refused_if_suspended("review", &buyer, reviewed);
            }
        }
    }

    async fn disagree(&mut self) {
        let running = [JobStatus::InProgress, JobStatus::AwaitingConfirmation];
        match self.dice.below(4) {
            0 => {
                let Some((job, buyer)) = self.job_in(&running) else { return };
                let party = if self.dice.once_in(2) { Some(buyer) } else { self.worker_of(&job) };
                let Some(party) = party else { return };
                let raised = disputes::raise(&self.app, &party.caller, job.id(), reason()).await;
                self.refused_if_suspended("raise a dispute", &party, raised);
            }
            1 => {
                let Some((job, buyer)) = self.job_in(&[JobStatus::Disputed]) else { return };
                let Ok(text) = Description::parse("It was done as agreed.") else { return };
                let statement = Statement { text, files: Vec::new() };
                let said = disputes::add_evidence(&self.app, &buyer.caller, job.id(), statement).await;
                self.refused_if_suspended("say something", &buyer, said);
            }
            2 => {
                let Some((job, buyer)) = self.job_in(&[JobStatus::InProgress]) else { return };
                let party = if self.dice.once_in(2) { Some(buyer) } else { self.worker_of(&job) };
                let Some(party) = party else { return };
                let asked = work::ask_or_agree(&self.app, &party.caller, job.id()).await;
                self.refused_if_suspended("ask to cancel", &party, asked);
            }
            _ => {
                let Some((job, _)) = self.job_in(&[JobStatus::Disputed]) else { return };
                let Some(desk) = self.dice.pick(&self.crowd.admins) else { return };
                let held = job.agreement().map_or(0, |agreement| agreement.amount.cents());
                let part = [0, held, held / 2, held / 3, 1.min(held)][self.dice.below(5) as usize];
                let Ok(refund) = Money::from_cents(part) else { return };
                let decided = disputes::resolve(&self.app, &desk.caller, job.id(), refund, reason()).await;
                self.note("decide a dispute", decided);
            }
        }
    }

    async fn grow(&mut self) {
        let everybody = self.crowd.everybody();
        let Some(member) = self.dice.pick(&everybody) else { return };
        match self.dice.below(6) {
            0 | 1 => {
                let listers: Vec<_> =
                    [&self.crowd.workers, &self.crowd.sellers].into_iter().flatten().cloned().collect();
                let Some(lister) = self.dice.pick(&listers) else { return };
                let Some(details) = a_listing() else { return };
                let listed = listings::create(&self.app, &lister.caller, details).await;
                if let Some(listing) = self.refused_if_suspended("list", &lister, listed) {
                    self.crowd.listings.push((listing.id, lister.number));
                }
            }
            2 => {
                let Some((listing, number)) = self.dice.pick(&self.crowd.listings) else { return };
                let Some(owner) = everybody.into_iter().find(|member| member.number == number) else {
                    return;
                };
                let closed = listings::close(&self.app, &owner.caller, listing).await;
                self.refused_if_suspended("close a listing", &owner, closed);
            }
            3 => {
                let Some(friend) = self.dice.pick(&everybody) else { return };
                let me = khaya_app::users::me(&self.app, &friend.caller.actor).await;
                let Some(me) = self.note("look at oneself", me) else { return };
                let applied = referrals::apply(&self.app, &member.caller, me.referral_code).await;
                if friend.number == member.number {
                    self.must_fail("the own referral code", applied);
                } else {
                    self.refused_if_suspended("apply a code", &member, applied);
                }
            }
            4 => {
                let tier = if self.dice.once_in(2) { PaidTier::Pro } else { PaidTier::Elite };
                let begun = subscriptions::begin(&self.app, &member.caller, tier).await;
                if let Some(begun) = self.refused_if_suspended("subscribe", &member, begun) {
                    let choice = if self.dice.once_in(5) { Choice::Decline } else { Choice::Pay };
                    let _ = self.provider.choose(&begun.reference, choice).await;
                    self.crowd.subscriptions.push(begun.reference);
                }
            }
            _ => {
                if self.dice.once_in(3) {
                    let cancelled = subscriptions::cancel(&self.app, &member.caller).await;
                    self.refused_if_suspended("cancel a subscription", &member, cancelled);
                } else if let Some(reference) = self.dice.pick(&self.crowd.subscriptions) {
                    let settled = subscriptions::settle(&self.app, &reference).await;
                    self.note("check a subscription", settled);
                }
            }
        }
    }

    async fn get_paid(&mut self) {
        let everybody = self.crowd.everybody();
        let Some(member) = self.dice.pick(&everybody) else { return };
        // What the simulated provider does with an account follows from the end of its number.
        let ends = ["7890", "4567", "1111", "3333", "0000"];
        let Some(end) = self.dice.pick(&ends) else { return };
        let Ok(holder) = PersonName::parse("Test User") else { return };
        let account = NewBankAccount {
            account: BankAccount {
                holder,
                bank_code: "470010".to_owned(),
                number: format!("{:06}{end}", member.number).into(),
                kind: AccountKind::Personal,
                document_kind: DocumentKind::IdentityNumber,
                document_number: "8001015009087".to_owned().into(),
            },
            password: password(),
        };
        let given = payouts::set_bank_account(&self.app, &member.caller, account).await;
        self.note("give a bank account", given);
    }

    async fn administer(&mut self) {
        let Some(desk) = self.dice.pick(&self.crowd.admins) else { return };
        match self.dice.below(4) {
            0 => {
                let Some((job, _)) = self.job_in(&[JobStatus::InProgress]) else { return };
                let cancelled = work::cancel_by_admin(&self.app, &desk.caller, job.id(), reason()).await;
                self.note("cancel by an admin", cancelled);
            }
            1 => {
                let Some((job, _)) = self.job_in(&[JobStatus::Completed]) else { return };
                let refunded = work::refund_released(&self.app, &desk.caller, job.id(), reason()).await;
                self.note("refund a released job", refunded);
            }
            2 => self.retry_refunds().await,
            _ => {
                let everybody = self.crowd.everybody();
                // Who is suspended does not stay so for long.
                let suspended: Vec<_> =
                    everybody.iter().filter(|member| member.is_suspended).cloned().collect();
                let who = if suspended.is_empty() { &everybody } else { &suspended };
                let Some(member) = self.dice.pick(who) else { return };
                let user = member.caller.actor.user;
                let changed = if member.is_suspended {
                    khaya_app::users::reinstate(&self.app, &desk.caller, user, reason()).await
                } else {
                    khaya_app::users::suspend(&self.app, &desk.caller, user, reason()).await
                };
                // When the answer is lost, nobody knows: look.
                let known = self.note("change a standing", changed).is_some();
                let me = if known {
                    None
                } else {
                    khaya_app::users::me(&self.app, &member.caller.actor).await.ok()
                };
                let is_suspended = me.map_or(!member.is_suspended, |me| me.suspended);
                if known || !self.faults.are_on() {
                    self.crowd.suspended(user, is_suspended);
                } else {
                    self.look_again(user).await;
                }
            }
        }
    }

    /// Whether somebody is suspended, as the application says, once it answers.
    async fn look_again(&mut self, user: khaya_domain::ids::UserId) {
        for _ in 0..20 {
            let Some(member) = self.crowd.by_user(user) else { return };
            if let Ok(me) = khaya_app::users::me(&self.app, &member.caller.actor).await {
                self.crowd.suspended(user, me.suspended);
                return;
            }
        }
    }

    /// An admin has every refund that is stuck tried again.
    pub(super) async fn retry_refunds(&mut self) {
        let Some(desk) = self.dice.pick(&self.crowd.admins) else { return };
        for id in self.auditor.stuck_refunds() {
            if let Ok(refund) = id.parse::<RefundId>() {
                let retried = admin::retry_refund(&self.app, &desk.caller, refund, reason()).await;
                self.note("retry a refund", retried);
            }
        }
    }

    async fn cheat(&mut self) {
        let (Some(buyer), Some(worker)) =
            (self.dice.pick(&self.crowd.buyers), self.dice.pick(&self.crowd.workers))
        else {
            return;
        };
        match self.dice.below(6) {
            0 => {
                // Somebody else confirms.
                let Some((job, owner)) = self.job_in(&[JobStatus::AwaitingConfirmation]) else { return };
                let confirmed = work::confirm(&self.app, &worker.caller, job.id()).await;
                self.must_fail("a worker's confirmation", confirmed);
                if owner.number != buyer.number {
                    let confirmed = work::confirm(&self.app, &buyer.caller, job.id()).await;
                    self.must_fail("a stranger's confirmation", confirmed);
                }
            }
            1 => {
                // The payer pays another amount.
                let Some((_, reference)) = self.dice.pick(&self.crowd.payments) else { return };
                if let Ok(Some(charge)) = self.provider.look(&reference).await
                    && charge.status == ChargeStatus::Pending
                {
                    let cents = if charge.cents > 100 { charge.cents - 1 } else { charge.cents + 1 };
                    let short = SimulatedCharge { status: ChargeStatus::Paid, cents, ..charge };
                    let _ = self.provider.tamper(&reference, short).await;
                }
            }
            2 => {
                let Some((job, _)) = self.job_in(&[JobStatus::InProgress]) else { return };
                let cancelled = work::cancel_by_admin(&self.app, &buyer.caller, job.id(), reason()).await;
                self.must_fail("a buyer's word for an admin's", cancelled);
                let all = Money::ZERO;
                let decided = disputes::resolve(&self.app, &worker.caller, job.id(), all, reason()).await;
                self.must_fail("a worker's word for an admin's", decided);
            }
            3 => {
                // The same job is confirmed and refunded again and again.
                let Some((job, owner)) = self.job_in(&[JobStatus::Completed, JobStatus::Cancelled]) else {
                    return;
                };
                let confirmed = work::confirm(&self.app, &owner.caller, job.id()).await;
                self.must_fail("a second confirmation", confirmed);
                let cancelled = work::ask_or_agree(&self.app, &owner.caller, job.id()).await;
                self.must_fail("the cancellation of an ended job", cancelled);
            }
            4 => {
                // The acceptance is left to lapse, and the old page paid.
                let Some((job, _)) = self.job_in(&[JobStatus::AwaitingPayment]) else { return };
                self.clock.advance(TimeDelta::hours(73));
                self.work().await;
                let bids: Vec<_> =
                    self.crowd.bids.iter().filter(|(on, ..)| *on == job.id()).copied().collect();
                if let (Some((job, bid, _)), Some(buyer)) =
                    (self.dice.pick(&bids), self.crowd.by_user(job.buyer()))
                {
                    let accepted = bids::accept(&self.app, &buyer.caller, job, bid).await;
                    self.refused_if_suspended("accept again", &buyer, accepted);
                    let old: Vec<_> =
                        self.crowd.payments.iter().filter(|(of, _)| *of == job).cloned().collect();
                    if let Some((_, reference)) = self.dice.pick(&old) {
                        let _ = self.provider.choose(&reference, Choice::Pay).await;
                    }
                }
            }
            _ => {
                let Ok(unknown) = "kh-nobody-asked-for-it".parse() else { return };
                let settled = payments::settle(&self.app, &unknown).await;
                self.must_fail("a payment that nobody asked for", settled);
            }
        }
    }

    /// Notes a use case that a suspended user must be refused.
    pub(super) fn refused_if_suspended<T>(
        &mut self,
        what: &str,
        member: &Member,
        answer: Result<T, khaya_app::AppError>,
    ) -> Option<T> {
        let is_suspended = self.crowd.by_user(member.caller.actor.user).is_some_and(|now| now.is_suspended);
        let answer = self.note(what, answer);
        if is_suspended && answer.is_some() {
            self.violation(format!("{what} was allowed to somebody who is suspended"));
        }
        answer
    }
}

fn a_listing() -> Option<ListingDetails> {
    Some(ListingDetails {
        title: "Geysers fitted".parse().ok()?,
        description: "All makes, with a certificate.".parse().ok()?,
        category: Category::Plumbing,
        price: Money::from_cents(95_000).ok()?,
        area: Area { suburb: "Orlando West".parse().ok()?, city: "Soweto".parse().ok()? },
    })
}
