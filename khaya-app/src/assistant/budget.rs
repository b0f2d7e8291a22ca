//! How much may be asked: so often by one user, and for so much money by all.

use chrono::NaiveDate;
use khaya_domain::ids::UserId;
use khaya_domain::policy::AssistantPolicy;
use khaya_ports::assistant::{Model, NanoDollars};
use khaya_ports::random::RandomExt;

use super::desk::QUESTIONS;
use crate::app::App;
use crate::commit::Commit;
use crate::error::AppError;
use crate::load::{At, Kept};
use crate::records::assistant::{KEPT, QuestionsRecord, SpendRecord};
use crate::records::{Record, shards};

/// One cent of a US dollar.
const CENT: u64 = 10_000_000;

/// Where one question is counted, and how much is set aside for it.
#[derive(Clone, Copy)]
pub(super) struct Purse {
    user: UserId,
    day: NaiveDate,
    shard: u8,
    set_aside: NanoDollars,
}

/// The counts as they were read.
pub(super) type Counts = (Option<Kept<QuestionsRecord>>, Option<Kept<SpendRecord>>);

impl Purse {
    pub(super) fn of(app: &App, user: UserId, model: &Model) -> Self {
        let [random] = app.random.bytes::<1>();
        let set_aside = NanoDollars(model.most.0.saturating_mul(QUESTIONS));
        Self { user, day: app.now().date_naive(), shard: random % shards::SPEND, set_aside }
    }

    pub(super) fn places(&self) -> (At<QuestionsRecord>, At<SpendRecord>) {
        (QuestionsRecord::at(self.user, self.day), self.spend_at())
    }

    pub(super) fn spend_at(&self) -> At<SpendRecord> {
        SpendRecord::at(self.day, self.shard)
    }

    /// Counts one more question and sets its money aside; false when there are too many, or too little money is left.
    pub(super) fn take(
        &self,
        commit: &mut Commit,
        (asked, spend): Counts,
        policy: &AssistantPolicy,
    ) -> Result<bool, AppError> {
        let count = asked.as_ref().map_or(0, |kept| kept.record.count);
        let spent = spend.as_ref().map_or(0, |kept| kept.record.spent.0).saturating_add(self.set_aside.0);
        let most = u64::from(policy.us_cents_per_day.get()) * CENT / u64::from(shards::SPEND);
        if count >= policy.per_user_day.get() {
            return Ok(false);
        }
        if spent > most {
            tracing::error!("the day's money for the model is spent");
            return Ok(false);
        }
        let expires_at = commit.now() + KEPT;
        let asked_now = QuestionsRecord { user: self.user, day: self.day, count: count + 1, expires_at };
        put(commit, &asked_now, asked.as_ref())?;
        let Self { day, shard, .. } = *self;
        let record = SpendRecord { day, shard, spent: NanoDollars(spent), expires_at };
        put(commit, &record, spend.as_ref())?;
        Ok(true)
    }

    /// Gives back what was set aside and not spent; what is not known counts as spent.
    pub(super) fn give_back(
        &self,
        commit: &mut Commit,
        spend: Option<Kept<SpendRecord>>,
        cost: Option<NanoDollars>,
    ) -> Result<(), AppError> {
        let rest = cost.map_or(0, |cost| self.set_aside.0.saturating_sub(cost.0));
        let Some(Kept { record, version }) = spend.filter(|_| rest > 0) else { return Ok(()) };
        let spent = NanoDollars(record.spent.0.saturating_sub(rest));
        commit.replace(&SpendRecord { spent, ..record }, version)
    }
}

/// Stores a record in the place of the one that was read, or where none was.
pub(super) fn put<R: Record>(
    commit: &mut Commit,
    record: &R,
    before: Option<&Kept<R>>,
) -> Result<(), AppError> {
    match before {
        Some(kept) => commit.replace(record, kept.version),
        None => commit.create(record),
    }
}
