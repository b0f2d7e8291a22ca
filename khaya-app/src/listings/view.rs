//! What is shown of a listing.

use chrono::{DateTime, Utc};
use khaya_domain::category::Category;
use khaya_domain::geo::Area;
use khaya_domain::ids::ListingId;
use khaya_domain::listing::{ListingKind, ListingStatus};
use khaya_domain::money::Money;
use khaya_domain::text::{Description, Title};
use serde::{Deserialize, Serialize};

use crate::jobs::Party;
use crate::records::listing::ListingRecord;

/// A listing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ListingView {
    /// Which.
    pub id: ListingId,
    /// Whose.
    pub owner: Party,
    /// What is advertised.
    pub kind: ListingKind,
    /// A line that says what it is.
    pub title: Title,
    /// What is offered.
    pub description: Description,
    /// The trade.
    pub category: Category,
    /// The price; of a service the price from which on it is done.
    pub price: Money,
    /// Where.
    pub area: Area,
    /// Whether others see it.
    pub status: ListingStatus,
    /// When it was posted.
    pub posted_at: DateTime<Utc>,
}

impl From<ListingRecord> for ListingView {
    fn from(record: ListingRecord) -> Self {
        let ListingRecord { listing, owner_name } = record;
        let details = listing.details().clone();
        Self {
            id: listing.id(),
            owner: Party { id: listing.owner(), name: owner_name },
            kind: listing.kind(),
            title: details.title,
            description: details.description,
            category: details.category,
            price: details.price,
            area: details.area,
            status: listing.status(),
            posted_at: listing.posted_at(),
        }
    }
}
