//! Listings: a worker advertises a service, a seller a product.

use crate::{
    category::Category,
    geo::Area,
    ids::{ListingId, UserId},
    instant::strictly_after,
    money::Money,
    text::{Description, Title},
    user::Role,
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// What is advertised.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ListingKind {
    /// Work, by a worker.
    Service,
    /// Material or a product, by a seller.
    Product,
}

/// Whether others see a listing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ListingStatus {
    /// Others see it, and it takes a place of the tier.
    Active,
    /// It is over.
    Closed,
}

/// Why something cannot be done to a listing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ListingError {
    /// It is somebody else's.
    #[error("this listing is not yours to change")]
    NotYours,
    /// Buyers post jobs, and admins list nothing.
    #[error("only a worker or a seller can list")]
    NotALister,
    /// It is over.
    #[error("this listing is closed; make a new one")]
    Closed,
}

impl ListingError {
    /// A stable name for programs to act on.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::NotYours => "listing_not_yours",
            Self::NotALister => "not_a_lister",
            Self::Closed => "listing_closed",
        }
    }
}

/// What its owner writes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ListingDetails {
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
}

/// A listing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Listing {
    id: ListingId,
    owner: UserId,
    kind: ListingKind,
    details: ListingDetails,
    status: ListingStatus,
    posted_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl Listing {
    /// A worker or a seller lists. Whether there is a place for it is decided by [`crate::tiers::may_list`].
    ///
    /// # Errors
    /// [`ListingError::NotALister`].
    pub fn post(
        id: ListingId,
        owner: UserId,
        role: Role,
        details: ListingDetails,
        now: DateTime<Utc>,
    ) -> Result<Self, ListingError> {
        let kind = match role {
            Role::Worker => ListingKind::Service,
            Role::Seller => ListingKind::Product,
            Role::Buyer | Role::Admin => return Err(ListingError::NotALister),
        };
        Ok(Self { id, owner, kind, details, status: ListingStatus::Active, posted_at: now, updated_at: now })
    }

    /// The owner changes what an active listing says.
    ///
    /// # Errors
    /// In this order: [`ListingError::NotYours`], [`ListingError::Closed`].
    pub fn edit(self, by: UserId, details: ListingDetails, now: DateTime<Utc>) -> Result<Self, ListingError> {
        self.check(by)?;
        Ok(Self { details, updated_at: strictly_after(self.updated_at, now), ..self })
    }

    /// The owner closes an active listing: its place is free.
    ///
    /// # Errors
    /// In this order: [`ListingError::NotYours`], [`ListingError::Closed`].
    pub fn close(self, by: UserId, now: DateTime<Utc>) -> Result<Self, ListingError> {
        self.check(by)?;
        Ok(Self { status: ListingStatus::Closed, updated_at: strictly_after(self.updated_at, now), ..self })
    }

    fn check(&self, by: UserId) -> Result<(), ListingError> {
        if by != self.owner {
            return Err(ListingError::NotYours);
        }
        match self.status {
            ListingStatus::Active => Ok(()),
            ListingStatus::Closed => Err(ListingError::Closed),
        }
    }

    getters! {
        /// Which listing it is.
        id: ListingId;
        /// Whose.
        owner: UserId;
        /// What is advertised.
        kind: ListingKind;
        /// Whether others see it.
        status: ListingStatus;
        /// When it was posted.
        posted_at: DateTime<Utc>;
        /// When it last changed; every change is later than the one before.
        updated_at: DateTime<Utc>;
    }

    /// What its owner wrote.
    #[must_use]
    pub const fn details(&self) -> &ListingDetails {
        &self.details
    }
}
