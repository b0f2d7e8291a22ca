//! A listing, by id, in its category while it is active, and among its owner's; and how many a user has.

use chrono::{DateTime, Utc};
use khaya_domain::category::Category;
use khaya_domain::ids::{ListingId, UserId};
use khaya_domain::listing::{Listing, ListingKind, ListingStatus};
use khaya_domain::text::PersonName;
use khaya_ports::table::{Json, Key, TableError};
use serde::{Deserialize, Serialize};

use super::{Indexed, Record, not_indexed, time_key, user};
use crate::load::At;

/// The domain's listing, and its owner's name as it was when it was posted.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ListingRecord {
    pub(crate) listing: Listing,
    pub(crate) owner_name: PersonName,
}

/// The active listings of a kind in a category, oldest first.
pub(crate) fn in_category(kind: ListingKind, category: Category) -> String {
    let kind = match kind {
        ListingKind::Service => "S",
        ListingKind::Product => "P",
    };
    format!("LC#{kind}#{}", category.as_str())
}

/// A user's listings, oldest first.
pub(crate) fn of_owner(owner: UserId) -> String {
    format!("LO#{owner}")
}

impl ListingRecord {
    pub(crate) fn at(listing: ListingId) -> At<Self> {
        At::new(format!("L#{listing}"), "LISTING")
    }
}

impl Record for ListingRecord {
    const KIND: &'static str = "listing";

    fn key(&self) -> Key {
        Self::at(self.listing.id()).key
    }

    fn indexed(&self) -> Result<Option<Indexed>, TableError> {
        let listing = &self.listing;
        let sort = format!("{}#{}", time_key(listing.posted_at()), listing.id());
        let browsed = match listing.status() {
            ListingStatus::Active => {
                Some(Key::new(in_category(listing.kind(), listing.details().category), sort.clone()))
            }
            ListingStatus::Closed => None,
        };
        let keys = [browsed, Some(Key::new(of_owner(listing.owner()), sort)), None];
        Ok(Some(Indexed { keys, summary: Json::of(self)? }))
    }

    fn expires_at(&self) -> Option<DateTime<Utc>> {
        None
    }
}

/// How many active adverts a user has: open jobs and listings. Every write that makes or ends one changes it, so that no
/// number of requests at once can pass the tier's limit.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SlotsRecord {
    pub(crate) user: UserId,
    pub(crate) active: u32,
}

impl SlotsRecord {
    pub(crate) fn at(of: UserId) -> At<Self> {
        At::new(user::partition(of), "SLOTS")
    }
}

impl Record for SlotsRecord {
    const KIND: &'static str = "slots";

    fn key(&self) -> Key {
        Self::at(self.user).key
    }

    not_indexed!();

    fn expires_at(&self) -> Option<DateTime<Utc>> {
        None
    }
}
