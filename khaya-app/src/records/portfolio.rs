//! What a worker shows of earlier work.

use chrono::{DateTime, NaiveDate, Utc};
use khaya_domain::category::Category;
use khaya_domain::ids::{PortfolioEntryId, UserId};
use khaya_domain::text::{Description, Title};
use khaya_ports::table::Key;
use serde::{Deserialize, Serialize};

use super::{Record, not_indexed, user};
use crate::load::At;
use crate::records::upload::FileRef;

/// One entry of a portfolio.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PortfolioRecord {
    pub(crate) id: PortfolioEntryId,
    pub(crate) user: UserId,
    pub(crate) title: Title,
    pub(crate) description: Description,
    pub(crate) category: Category,
    pub(crate) completed_on: Option<NaiveDate>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) photos: Vec<FileRef>,
    pub(crate) added_at: DateTime<Utc>,
}

impl PortfolioRecord {
    /// What the sort keys of all entries begin with.
    pub(crate) const PREFIX: &'static str = "PF#";

    pub(crate) fn at(user: UserId, entry: PortfolioEntryId) -> At<Self> {
        At::new(user::partition(user), format!("{}{entry}", Self::PREFIX))
    }
}

impl Record for PortfolioRecord {
    const KIND: &'static str = "portfolio-entry";

    fn key(&self) -> Key {
        Self::at(self.user, self.id).key
    }

    not_indexed!();

    fn expires_at(&self) -> Option<DateTime<Utc>> {
        None
    }
}
