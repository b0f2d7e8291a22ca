//! What is shown of a job, to whom.

use chrono::{DateTime, Utc};
use khaya_domain::category::Category;
use khaya_domain::geo::{Address, Area};
use khaya_domain::ids::{BidId, JobId, UserId};
use khaya_domain::job::{Agreement, JobState, JobStatus};
use khaya_domain::money::Money;
use khaya_domain::text::{Description, PersonName, Title};
use serde::{Deserialize, Serialize};

use crate::files::FileRef;
use crate::records::job::{JobRecord, JobSummary};

/// Up to how many bids are counted.
pub(crate) const BID_COUNT_MOST: u16 = 100;

/// Somebody, by id and name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Party {
    /// Who.
    pub id: UserId,
    /// The name.
    pub name: PersonName,
}

/// What was agreed when a bid was accepted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AgreementView {
    /// Which bid.
    pub bid: BidId,
    /// Whose bid.
    pub worker: UserId,
    /// For how much.
    pub amount: Money,
    /// In how many days.
    pub days: u16,
    /// When it was accepted.
    pub accepted_at: DateTime<Utc>,
}

impl From<&Agreement> for AgreementView {
    fn from(agreement: &Agreement) -> Self {
        Self {
            bid: agreement.bid,
            worker: agreement.worker,
            amount: agreement.amount,
            days: agreement.days,
            accepted_at: agreement.accepted_at,
        }
    }
}

/// A job, as far as the viewer may see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct JobView {
    /// Which.
    pub id: JobId,
    /// Whose.
    pub buyer: Party,
    /// What is to be done, in a line.
    pub title: Title,
    /// What is to be done.
    pub description: Description,
    /// Which trade.
    pub category: Category,
    /// What the buyer expects to pay.
    pub budget: Money,
    /// Where, for everybody.
    pub area: Area,
    /// Where exactly, for the buyer and the accepted worker.
    pub address: Option<Address>,
    /// Where it stands.
    pub status: JobStatus,
    /// How many live bids it has, counted up to 100; as long as it is open.
    pub bid_count: Option<u16>,
    /// What was agreed, for the parties.
    pub agreement: Option<AgreementView>,
    /// Until when the buyer is to pay, for the parties.
    pub pay_by: Option<DateTime<Utc>>,
    /// Until when the buyer is to confirm, ask for rework or raise a dispute, for the parties: silence then confirms.
    pub confirm_by: Option<DateTime<Utc>>,
    /// What it looks like.
    #[serde(default)]
    pub photos: Vec<FileRef>,
    /// When it was posted.
    pub posted_at: DateTime<Utc>,
    /// When it ends if no bid is accepted.
    pub expires_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

impl JobView {
    pub(crate) fn of(record: &JobRecord, viewer: Option<UserId>, bid_count: Option<u16>) -> Self {
        let job = &record.job;
        let details = job.details();
        let is_party = viewer.is_some_and(|viewer| job.may_see_address(viewer));
        let (pay_by, confirm_by) = match job.state() {
            JobState::AwaitingPayment { pay_by, .. } => (Some(*pay_by), None),
            JobState::AwaitingConfirmation { confirm_by, .. } => (None, Some(*confirm_by)),
            JobState::Open
            | JobState::InProgress { .. }
            | JobState::Disputed { .. }
            | JobState::Completed { .. }
            | JobState::Cancelled { .. }
            | JobState::Expired { .. } => (None, None),
        };
        Self {
            id: job.id(),
            buyer: Party { id: job.buyer(), name: record.buyer_name.clone() },
            title: details.title.clone(),
            description: details.description.clone(),
            category: details.category,
            budget: details.budget,
            area: details.address.suburb_only(),
            address: is_party.then(|| details.address.clone()),
            status: job.status(),
            bid_count,
            agreement: job.agreement().filter(|_| is_party).map(AgreementView::from),
            pay_by: pay_by.filter(|_| is_party),
            confirm_by: confirm_by.filter(|_| is_party),
            photos: record.photos.clone(),
            posted_at: job.posted_at(),
            expires_at: job.expires_at(),
            updated_at: job.updated_at(),
        }
    }
}

/// A job in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct JobItem {
    /// Which.
    pub id: JobId,
    /// What is to be done, in a line.
    pub title: Title,
    /// Which trade.
    pub category: Category,
    /// What the buyer expects to pay.
    pub budget: Money,
    /// Where, for everybody.
    pub area: Area,
    /// How far from where the list was asked for, in whole kilometres, rounded up.
    pub distance_km: Option<u32>,
    /// Where it stands.
    pub status: JobStatus,
    /// When it was posted.
    pub posted_at: DateTime<Utc>,
    /// When it ends if no bid is accepted.
    pub expires_at: DateTime<Utc>,
}

impl JobItem {
    pub(crate) fn of(summary: JobSummary, distance_metres: Option<u32>) -> Self {
        let JobSummary { id, title, category, budget, area, status, posted_at, expires_at, .. } = summary;
        let distance_km = distance_metres.map(|metres| metres.div_ceil(1000));
        Self { id, title, category, budget, area, distance_km, status, posted_at, expires_at }
    }
}
