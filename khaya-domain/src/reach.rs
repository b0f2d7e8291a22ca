//! How people are reached outside the app: by which channels, for what, and when they are left in peace.
//!
//! ```
//! use khaya_domain::policy::QuietHours;
//! use khaya_domain::reach::{Category, Channel, Preferences};
//!
//! let preferences = Preferences::default();
//! assert!(preferences.wants(Category::Money, Channel::Whatsapp));
//! assert!(!preferences.wants(Category::Messages, Channel::Whatsapp));
//!
//! // Half past ten in the evening in Johannesburg: a message waits until seven, money does not.
//! let (quiet, evening) = (QuietHours::default(), "2026-03-01T20:30:00Z".parse().unwrap());
//! assert_eq!(Category::Messages.not_before(evening, &quiet), "2026-03-02T05:00:00Z".parse::<chrono::DateTime<chrono::Utc>>().unwrap());
//! assert_eq!(Category::Money.not_before(evening, &quiet), evening);
//! ```

use crate::{language::Language, policy::QuietHours};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// What a notification is about, as far as people choose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Category {
    /// Bids, and what becomes of them.
    Bids,
    /// A job on its way: submitted, to be done better, cancelled, disputed, ended.
    Work,
    /// Somebody has written.
    Messages,
    /// Money that is held, paid, refunded, owed or could not be taken.
    Money,
    /// Reviews, and what inviting others has earned.
    Community,
}

impl Category {
    /// Every category.
    pub const ALL: [Self; 5] = [Self::Bids, Self::Work, Self::Messages, Self::Money, Self::Community];

    /// From when on people may be disturbed for it: now, or when the quiet hours are over. Money passes always.
    #[must_use]
    pub fn not_before(self, now: DateTime<Utc>, quiet: &QuietHours) -> DateTime<Utc> {
        match self {
            Self::Money => now,
            Self::Bids | Self::Work | Self::Messages | Self::Community => quiet.over_at(now),
        }
    }
}

/// A way to reach somebody who is not looking at the app.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// To the devices on which the user is signed in.
    Push,
    /// To the user's email address.
    Email,
    /// To the user's proven number.
    Whatsapp,
}

impl Channel {
    /// Every channel.
    pub const ALL: [Self; 3] = [Self::Push, Self::Email, Self::Whatsapp];

    /// As it is stored and shown.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Push => "push",
            Self::Email => "email",
            Self::Whatsapp => "whatsapp",
        }
    }
}

/// By which channels a category reaches somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Channels {
    /// To devices.
    pub push: bool,
    /// To the email address.
    pub email: bool,
    /// To the number.
    pub whatsapp: bool,
}

impl Channels {
    const PUSH: Self = Self { push: true, email: false, whatsapp: false };

    const fn includes(self, channel: Channel) -> bool {
        match channel {
            Channel::Push => self.push,
            Channel::Email => self.email,
            Channel::Whatsapp => self.whatsapp,
        }
    }
}

/// What somebody wants to be told, how, and in which language.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Preferences {
    /// The language of what is sent.
    pub language: Language,
    /// For [`Category::Bids`].
    pub bids: Channels,
    /// For [`Category::Work`].
    pub work: Channels,
    /// For [`Category::Messages`].
    pub messages: Channels,
    /// For [`Category::Money`].
    pub money: Channels,
    /// For [`Category::Community`].
    pub community: Channels,
}

/// Whoever has not chosen: everything to the devices, which costs nobody anything, and money by WhatsApp as well, since not
/// everybody has the app. No email: addresses are not proven.
impl Default for Preferences {
    fn default() -> Self {
        Self {
            language: Language::English,
            bids: Channels::PUSH,
            work: Channels::PUSH,
            messages: Channels::PUSH,
            money: Channels { whatsapp: true, ..Channels::PUSH },
            community: Channels::PUSH,
        }
    }
}

impl Preferences {
    /// Whether somebody wants to be told of a category by a channel.
    #[must_use]
    pub const fn wants(&self, category: Category, channel: Channel) -> bool {
        let channels = match category {
            Category::Bids => self.bids,
            Category::Work => self.work,
            Category::Messages => self.messages,
            Category::Money => self.money,
            Category::Community => self.community,
        };
        channels.includes(channel)
    }
}
