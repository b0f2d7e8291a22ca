//! The limits on codes, and what every use case that sends one has in common.

use std::time::Duration;

use chrono::{DateTime, Timelike, Utc};
use khaya_domain::ids::ChallengeId;
use khaya_domain::otp::{AddressLog, Challenge, Purpose};
use khaya_domain::policy::OtpPolicy;
use khaya_ports::random::RandomExt;
use khaya_ports::table::Version;
use serde::{Deserialize, Serialize};

use super::codes;
use crate::app::App;
use crate::caller::Origin;
use crate::commit::{Commit, Uncommitted};
use crate::error::{AppError, Code};
use crate::keys::KeyPurpose;
use crate::load::{At, Kept, load};
use crate::outbox::Event;
use crate::records::codes::{AddressRecord, CodeDayRecord, CodesRecord, KEPT};
use crate::records::shards;

/// A code is on its way, or looks as if it were.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodeSent {
    /// The name of this sign-up or reset, to be given back with the code.
    pub id: ChallengeId,
    /// Until when the code is valid.
    pub expires_at: DateTime<Utc>,
    /// From when on another can be asked for.
    pub resend_at: DateTime<Utc>,
}

/// Who is counted: where the counters of one request stand.
pub(super) struct Counters {
    address: String,
    day_shard: u8,
    now: DateTime<Utc>,
}

/// The counters as they were read.
pub(super) type Counted = (Option<Kept<AddressRecord>>, Option<Kept<CodeDayRecord>>);

impl Counters {
    pub(super) fn of(app: &App, origin: &Origin, now: DateTime<Utc>) -> Self {
        let [random] = app.random.bytes::<1>();
        Self { address: AddressRecord::name(&origin.address), day_shard: random % shards::CODE_DAY, now }
    }

    pub(super) fn places(&self) -> (At<AddressRecord>, At<CodeDayRecord>) {
        (AddressRecord::at(&self.address), CodeDayRecord::at(self.now.date_naive(), self.day_shard))
    }

    /// Counts one more code for the address and the day, or refuses it.
    async fn count(
        &self,
        app: &App,
        counted: Counted,
        policy: &OtpPolicy,
        commit: &mut Commit,
    ) -> Result<(), AppError> {
        let (address, day) = counted;
        let now = self.now;
        let expires_at = now + KEPT;
        let (log, version) =
            address.map_or((AddressLog::default(), None), |kept| (kept.record.log, Some(kept.version)));
        let log = log.record(now, policy).map_err(|refused| {
            too_many("Too many codes were asked for from your network.", refused.retry_after_seconds)
        })?;
        commit.put(&AddressRecord { name: self.address.clone(), log, expires_at }, version)?;

        let Some((shard, count, version)) = self.room(app, day, policy).await? else {
            tracing::error!("the platform's daily ceiling of codes is reached");
            let seconds_left = 86_400 - u64::from(now.num_seconds_from_midnight());
            return Err(too_many("No more codes can be sent today.", seconds_left));
        };
        let record = CodeDayRecord { day: now.date_naive(), shard, count: count + 1, expires_at };
        commit.put(&record, version)
    }

    /// A shard of the day's count that has room for one more: the one that was drawn, or else any other. So nobody is
    /// refused before the ceiling is reached, and it is never passed.
    async fn room(
        &self,
        app: &App,
        drawn: Option<Kept<CodeDayRecord>>,
        policy: &OtpPolicy,
    ) -> Result<Option<(u8, u32, Option<Version>)>, AppError> {
        let has_room = |shard: u8, kept: Option<Kept<CodeDayRecord>>| {
            let (count, version) = kept.map_or((0, None), |kept| (kept.record.count, Some(kept.version)));
            (count < share(policy.per_platform_day.get(), shard)).then_some((shard, count, version))
        };
        if let Some(found) = has_room(self.day_shard, drawn) {
            return Ok(Some(found));
        }
        let day = self.now.date_naive();
        let places: Vec<_> = (0..shards::CODE_DAY).map(|shard| CodeDayRecord::at(day, shard)).collect();
        let all = load(app.table.as_ref(), places).await?;
        Ok((0..).zip(all).find_map(|(shard, kept)| has_room(shard, kept)))
    }
}

/// A shard's part of the day's ceiling: the parts add up to it.
fn share(ceiling: u32, shard: u8) -> u32 {
    let shards = u32::from(shards::CODE_DAY);
    ceiling / shards + u32::from(u32::from(shard) < ceiling % shards)
}

/// A challenge that is about to be sent.
pub(super) struct Sending<'a> {
    pub(super) app: &'a App,
    pub(super) counters: Counters,
    pub(super) counted: Counted,
    /// The number's record as it will be stored, apart from the count of what was sent to it.
    pub(super) codes: CodesRecord,
    /// The version that it replaces.
    pub(super) version: Option<Version>,
}

impl Sending<'_> {
    /// A new challenge, which replaces what was sent before.
    pub(super) fn challenge(app: &App, purpose: Purpose, now: DateTime<Utc>) -> Challenge {
        let id = ChallengeId::new(now, app.random_id());
        Challenge::issue(id, purpose, codes::digest(&app.keys, id, purpose), now)
    }

    /// Counts the code against every limit, stores the challenge and raises the event that sends it (`None` where there
    /// is nobody to send to: the answer and the cost are the same).
    pub(super) async fn commit(
        self,
        id: ChallengeId,
        challenge: &Challenge,
        event: Option<Event>,
    ) -> Result<CodeSent, Uncommitted> {
        let Self { app, counters, counted, codes, version } = self;
        let now = counters.now;
        let policy = &app.policies_at(now)?.otp;
        let sends = codes.sends.record(now, policy).map_err(|refused| {
            too_many("A code was sent to this number a short while ago.", refused.retry_after_seconds)
        })?;
        let mut commit = Commit::new(now);
        counters.count(app, counted, policy, &mut commit).await?;
        commit.put(&CodesRecord { sends, expires_at: now + KEPT, ..codes }, version)?;
        if let Some(event) = event {
            commit.raise(app, event, now)?;
        }
        commit.apply(app).await?;
        Ok(sent(id, challenge, policy))
    }
}

/// The answer for a challenge.
pub(super) fn sent(id: ChallengeId, challenge: &Challenge, policy: &OtpPolicy) -> CodeSent {
    CodeSent {
        id,
        expires_at: challenge.expires_at(policy),
        resend_at: challenge.issued_at() + policy.resend_after_seconds.seconds(),
    }
}

fn too_many(what: &str, seconds: u64) -> AppError {
    AppError::new(Code::CodeLimit, format!("{what} Please wait {}.", waiting_time(seconds)))
        .retry_after(Duration::from_secs(seconds))
}

/// A waiting time as a person says it.
fn waiting_time(seconds: u64) -> String {
    let (count, unit) = match seconds {
        0..=119 => (seconds, "second"),
        120..=7199 => (seconds.div_ceil(60), "minute"),
        _ => (seconds.div_ceil(3600), "hour"),
    };
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

/// The id that a request under an idempotency key always gets, so that its repetition finds what the first one made.
pub(super) fn id_under_key(app: &App, origin: &Origin, now: DateTime<Utc>) -> (ChallengeId, bool) {
    match &origin.request_key {
        None => (ChallengeId::new(now, app.random_id()), false),
        Some(request) => {
            let parts = [request.key.as_bytes(), request.fingerprint.as_bytes()];
            let mac = app.keys.mac(KeyPurpose::RequestId, &parts);
            let mut random = [0; 10];
            random.iter_mut().zip(mac).for_each(|(to, from)| *to = from);
            (ChallengeId::new(DateTime::UNIX_EPOCH, random), true)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shares_of_a_ceiling_add_up_to_it() {
        for ceiling in [1, 15, 16, 17, 600, 10_000, 999_999] {
            assert_eq!((0..shards::CODE_DAY).map(|shard| share(ceiling, shard)).sum::<u32>(), ceiling);
        }
    }

    #[test]
    fn waiting_times_read_well() {
        for (seconds, text) in [(1, "1 second"), (30, "30 seconds"), (119, "119 seconds"), (120, "2 minutes")]
        {
            assert_eq!(waiting_time(seconds), text);
        }
        assert_eq!(waiting_time(3600), "60 minutes");
        assert_eq!(waiting_time(7201), "3 hours");
    }
}
