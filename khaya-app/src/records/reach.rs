//! How a user is reached, and whose a device is.

use chrono::{DateTime, Utc};
use khaya_domain::ids::{SessionId, UserId};
use khaya_domain::reach::Preferences;
use khaya_ports::reach::{Platform, PushAddress};
use khaya_ports::table::Key;
use serde::{Deserialize, Serialize};

use super::{Record, not_indexed, user};
use crate::keys::digest_name;
use crate::load::At;

/// What a user has chosen, and the devices to push to.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ReachRecord {
    pub(crate) user: UserId,
    /// None as long as nothing was chosen: whoever has not chosen gets what is usual by then.
    pub(crate) preferences: Option<Preferences>,
    /// The oldest first.
    pub(crate) devices: Vec<DeviceEntry>,
}

/// A device on which somebody is signed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DeviceEntry {
    pub(crate) session: SessionId,
    pub(crate) platform: Platform,
    pub(crate) address: PushAddress,
}

impl ReachRecord {
    /// How many devices somebody has; the oldest gives way to a new one.
    pub(crate) const MOST_DEVICES: usize = 10;

    pub(crate) fn at(of: UserId) -> At<Self> {
        At::new(user::partition(of), "REACH")
    }

    pub(crate) fn none(user: UserId) -> Self {
        Self { user, preferences: None, devices: Vec::new() }
    }

    pub(crate) fn preferences(&self) -> Preferences {
        self.preferences.unwrap_or_default()
    }
}

impl Record for ReachRecord {
    const KIND: &'static str = "reach";

    fn key(&self) -> Key {
        Self::at(self.user).key
    }

    not_indexed!();

    fn expires_at(&self) -> Option<DateTime<Utc>> {
        None
    }
}

/// Whose a device is: a telephone that changes hands is pushed to for one user at a time.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DeviceRecord {
    pub(crate) address: PushAddress,
    pub(crate) user: UserId,
}

impl DeviceRecord {
    pub(crate) fn at(address: &PushAddress) -> At<Self> {
        At::new(format!("DEVICE#{}", digest_name("device", &address.0)), "DEVICE")
    }
}

impl Record for DeviceRecord {
    const KIND: &'static str = "device";

    fn key(&self) -> Key {
        Self::at(&self.address).key
    }

    not_indexed!();

    fn expires_at(&self) -> Option<DateTime<Utc>> {
        None
    }
}
