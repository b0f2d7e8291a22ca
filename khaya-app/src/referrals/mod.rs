//! Referrals: a code applied, and what it has earned.

use chrono::{DateTime, Utc};
use khaya_domain::ids::UserId;
use khaya_domain::money::Money;
use khaya_domain::referral::{Referral, ReferralCode, ReferralError, ReferralState};
use khaya_ports::table::{Index, Query, limits};
use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::caller::{Actor, Caller};
use crate::commit::{Commit, Uncommitted, decide};
use crate::error::{AppError, Code};
use crate::load::load;
use crate::records::credential::ReferralCodeClaim;
use crate::records::referral::{ReferralRecord, by};
use crate::records::user::UserRecord;
use crate::users::{ANYONE, acting};

/// Applies somebody's code to the caller: that somebody earns by the caller's first released job.
///
/// [`Code::ReferralRefused`] for the own code, a second one, or after the first completed job; [`Code::NotFound`] for a code
/// that is nobody's.
pub async fn apply(app: &App, caller: &Caller, code: ReferralCode) -> Result<(), AppError> {
    decide(|| attempt(app, caller, code)).await
}

async fn attempt(app: &App, caller: &Caller, code: ReferralCode) -> Result<(), Uncommitted> {
    let places = (UserRecord::at(caller.actor.user), ReferralCodeClaim::at(code), caller.answer_at());
    let (user, claim, answer) = load(app.table.as_ref(), places).await?;
    let now = app.now();
    if let Some(()) = caller.earlier_answer(answer.as_ref(), now)? {
        return Ok(());
    }
    let user = acting(user, ANYONE)?;
    let referrer = claim.ok_or_else(|| AppError::not_found("referral code"))?.record.user;
    let referral = Referral::apply(referrer, &user.record.user, now).map_err(AppError::from)?;
    let mut commit = Commit::new(now);
    let mut referred = user.record.clone();
    referred.user.referred_by = Some(referrer);
    commit.replace(&referred, user.version)?;
    commit.create(&ReferralRecord { referral })?;
    caller.remember(&mut commit, answer.as_ref(), &())?;
    commit.apply(app).await
}

/// One commission.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CommissionView {
    /// How much.
    pub amount: Money,
    /// When it was earned.
    pub earned_at: DateTime<Utc>,
    /// When it was taken back, because the job was refunded.
    pub reversed_at: Option<DateTime<Utc>>,
}

/// What the caller's invitations have brought.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ReferralStatistics {
    /// The code to give to friends.
    pub code: ReferralCode,
    /// How many came.
    pub referred: u32,
    /// How many of them have no released job yet.
    pub pending: u32,
    /// What was earned and not taken back.
    pub earned: Money,
    /// The commissions, oldest first.
    pub commissions: Vec<CommissionView>,
}

/// The caller's statistics. Who was invited is not told.
pub async fn statistics(app: &App, actor: &Actor) -> Result<ReferralStatistics, AppError> {
    let user = load(app.table.as_ref(), UserRecord::at(actor.user)).await?;
    let user =
        user.ok_or_else(|| AppError::new(Code::Unauthenticated, "This account does not exist any more."))?;
    let mut statistics = ReferralStatistics {
        code: user.record.user.referral_code,
        referred: 0,
        pending: 0,
        earned: Money::ZERO,
        commissions: Vec::new(),
    };
    for referral in invited(app, actor.user).await? {
        statistics.referred += 1;
        let (amount, earned_at, reversed_at) = match referral.state() {
            ReferralState::Pending => {
                statistics.pending += 1;
                continue;
            }
            ReferralState::Earned { commission, earned_at, .. } => {
                let sum = statistics.earned.checked_add(*commission);
                statistics.earned = sum.map_err(|error| AppError::caused(Code::Internal, error))?;
                (*commission, *earned_at, None)
            }
            ReferralState::Reversed { commission, earned_at, reversed_at, .. } => {
                (*commission, *earned_at, Some(*reversed_at))
            }
        };
        statistics.commissions.push(CommissionView { amount, earned_at, reversed_at });
    }
    statistics.commissions.sort_by_key(|commission| commission.earned_at);
    Ok(statistics)
}

async fn invited(app: &App, referrer: UserId) -> Result<Vec<Referral>, AppError> {
    let mut referrals = Vec::new();
    let mut after = None;
    loop {
        let query = Query::partition(by(referrer), limits::QUERY).after(after.take());
        let page = app.table.query_index(Index::First, &query).await?;
        for entry in &page {
            referrals.push(entry.summary.read()?);
        }
        if page.len() < usize::from(limits::QUERY) {
            return Ok(referrals);
        }
        after = page.last().map(khaya_ports::table::IndexEntry::position);
    }
}

impl From<ReferralError> for AppError {
    fn from(error: ReferralError) -> Self {
        match error {
            ReferralError::OwnCode => {
                Self::new(Code::ReferralRefused, "You cannot use your own referral code.")
            }
            ReferralError::AlreadyApplied => {
                Self::new(Code::ReferralRefused, "You have used a referral code already.")
            }
            ReferralError::TooLate => Self::new(
                Code::ReferralRefused,
                "A referral code can be used only before your first completed job.",
            ),
            ReferralError::AlreadyEarned | ReferralError::NotEarned => Self::caused(Code::Internal, error),
        }
    }
}
