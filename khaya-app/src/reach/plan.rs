//! By which channels somebody can be reached for something, and when.

use chrono::{DateTime, TimeDelta, Utc};
use khaya_domain::ids::NotificationId;
use khaya_domain::language::Language;
use khaya_domain::policy::QuietHours;
use khaya_domain::reach::{Category, Channel, Preferences};
use khaya_domain::user::User;
use khaya_ports::reach::PushAddress;

use crate::app::App;
use crate::mutants::{Mutant, is_on};
use crate::records::reach::ReachRecord;

/// What waits for the morning goes out over so many seconds, not all at once.
const MORNING: u128 = 600;

/// Where somebody can be reached, and for what.
pub(crate) struct Plan {
    preferences: Preferences,
    /// The channels by which there is a way to this person.
    open: Vec<Channel>,
    pub(super) user: Option<User>,
    pub(super) devices: Vec<PushAddress>,
}

impl Plan {
    pub(crate) fn new(app: &App, user: Option<User>, reach: Option<ReachRecord>) -> Self {
        let preferences = reach.as_ref().map(ReachRecord::preferences).unwrap_or_default();
        let devices: Vec<_> =
            reach.map(|reach| reach.devices).into_iter().flatten().map(|device| device.address).collect();
        let is_open = |channel: &Channel| match channel {
            Channel::Push => app.outside.push.is_some() && !devices.is_empty(),
            Channel::Email => {
                app.outside.mail.is_some() && user.as_ref().is_some_and(|user| user.email.is_some())
            }
            Channel::Whatsapp => {
                app.outside.whatsapp && user.as_ref().is_some_and(|user| user.verified_at.is_some())
            }
        };
        let open = Channel::ALL.into_iter().filter(is_open).collect();
        Self { preferences, open, user, devices }
    }

    /// The channels by which this person wants to be told of it and can be.
    pub(crate) fn channels(&self, category: Category) -> Vec<Channel> {
        let wanted = |channel: &Channel| self.preferences.wants(category, *channel);
        self.open.iter().copied().filter(wanted).collect()
    }

    /// The channels by which there is a way to this person.
    pub(super) fn open(&self) -> &[Channel] {
        &self.open
    }

    pub(super) fn language(&self) -> Language {
        self.preferences.language
    }
}

/// When people may be told of it: now, or when the quiet hours are over, and then not everybody at the same moment.
pub(crate) fn not_before(
    category: Category,
    id: NotificationId,
    now: DateTime<Utc>,
    quiet: &QuietHours,
) -> DateTime<Utc> {
    let at = category.not_before(now, quiet);
    if at <= now || is_on(Mutant::QuietHoursForgotten) {
        return now;
    }
    let spread = i64::try_from(id.as_uuid().as_u128() % MORNING).unwrap_or_default();
    at + TimeDelta::seconds(spread)
}
