//! The numbers behind the rules, as data: they can be loaded, shown, and replaced from a date on.
//!
//! Every policy has the defaults of the business rules. What was agreed keeps the policy under which it was agreed.

mod quiet;
mod schedule;

pub use quiet::{HourOfDay, InvalidHour, QuietHours};
pub use schedule::{Dated, Schedule, ScheduleError};

use crate::money::{Money, Rate};
use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

/// A number of things, hours or days: 1 to 1 000 000, since a policy of nothing would switch its rule off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct Positive(u32);

/// The number is zero or too large for a policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be a whole number from 1 to 1000000")]
pub struct NotPositive;

impl Positive {
    /// The largest number.
    pub const MAX: u32 = 1_000_000;

    /// Checks a number.
    ///
    /// # Errors
    /// [`NotPositive`] when it is 0 or more than [`Positive::MAX`].
    pub const fn new(number: u32) -> Result<Self, NotPositive> {
        if number == 0 || number > Self::MAX { Err(NotPositive) } else { Ok(Self(number)) }
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> u32 {
        self.0
    }

    /// So many seconds.
    #[must_use]
    pub fn seconds(self) -> TimeDelta {
        TimeDelta::seconds(self.0.into())
    }

    /// So many minutes.
    #[must_use]
    pub fn minutes(self) -> TimeDelta {
        TimeDelta::minutes(self.0.into())
    }

    /// So many hours.
    #[must_use]
    pub fn hours(self) -> TimeDelta {
        TimeDelta::hours(self.0.into())
    }

    /// So many days of 24 hours.
    #[must_use]
    pub fn days(self) -> TimeDelta {
        TimeDelta::days(self.0.into())
    }
}

impl TryFrom<u32> for Positive {
    type Error = NotPositive;

    fn try_from(number: u32) -> Result<Self, NotPositive> {
        Self::new(number)
    }
}

impl From<Positive> for u32 {
    fn from(number: Positive) -> Self {
        number.0
    }
}

/// What the platform takes of a job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FeePolicy {
    /// The worker's part of the fee, taken from the job amount.
    pub worker_rate: Rate,
    /// The buyer's part of the fee, added to the job amount.
    pub buyer_rate: Rate,
    /// On how many released jobs a worker's fee is waived.
    pub waived_jobs: u32,
}

impl Default for FeePolicy {
    fn default() -> Self {
        Self { worker_rate: Rate::of_percent(5), buyer_rate: Rate::ZERO, waived_jobs: 2 }
    }
}

/// What one subscription tier costs and allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TierTerms {
    /// The price of one month.
    pub price: Money,
    /// How many adverts may be active at once; `None` is no limit.
    pub active_listings: Option<u32>,
}

/// The terms of the subscription tiers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TierPolicy {
    /// The tier that everyone has.
    pub starter: TierTerms,
    /// The middle tier.
    pub pro: TierTerms,
    /// The largest tier.
    pub elite: TierTerms,
    /// Days for which a tier is kept after a renewal has failed.
    pub grace_days: Positive,
}

impl Default for TierPolicy {
    fn default() -> Self {
        let terms = |rand, active_listings| TierTerms { price: Money::of_rand(rand), active_listings };
        Self {
            starter: terms(0, Some(5)),
            pro: terms(149, Some(20)),
            elite: terms(299, None),
            grace_days: Positive(3),
        }
    }
}

/// What a referral earns.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ReferralPolicy {
    /// The referrer's part of the first job's amount; the platform pays it.
    pub rate: Rate,
    /// The most that one referral earns.
    pub cap: Money,
}

impl Default for ReferralPolicy {
    fn default() -> Self {
        Self { rate: Rate::of_percent(5), cap: Money::of_rand(500) }
    }
}

/// How long money and decisions wait.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EscrowPolicy {
    /// Hours in which an accepted bid must be paid, before the job opens again.
    pub pay_within_hours: Positive,
    /// Hours in which the buyer answers submitted work, before silence confirms it.
    pub confirm_within_hours: Positive,
    /// Hours for which payouts wait after a bank account has changed.
    pub hold_after_bank_change_hours: Positive,
}

impl Default for EscrowPolicy {
    fn default() -> Self {
        Self {
            pay_within_hours: Positive(72),
            confirm_within_hours: Positive(72),
            hold_after_bank_change_hours: Positive(24),
        }
    }
}

/// The limits of one-time passwords.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OtpPolicy {
    /// Seconds for which a code is valid.
    pub valid_seconds: Positive,
    /// Wrong guesses after which a code is dead.
    pub max_guesses: Positive,
    /// Seconds between two codes to one number.
    pub resend_after_seconds: Positive,
    /// Codes to one number in any hour.
    pub per_number_hour: Positive,
    /// Codes to one number in any 24 hours.
    pub per_number_day: Positive,
    /// Codes asked for from one network address in any hour.
    pub per_address_hour: Positive,
    /// Codes that the whole platform sends in a day: the ceiling on what an attack can cost.
    pub per_platform_day: Positive,
    /// Seconds after which an undelivered WhatsApp message is followed by an SMS.
    pub fall_back_after_seconds: Positive,
}

impl Default for OtpPolicy {
    fn default() -> Self {
        Self {
            valid_seconds: Positive(600),
            max_guesses: Positive(5),
            resend_after_seconds: Positive(30),
            per_number_hour: Positive(5),
            per_number_day: Positive(10),
            per_address_hour: Positive(20),
            per_platform_day: Positive(10_000),
            fall_back_after_seconds: Positive(20),
        }
    }
}

/// The limits of sessions and sign-in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SessionPolicy {
    /// Minutes for which an access token is valid.
    pub access_minutes: Positive,
    /// Days for which a refresh token is valid, from its own issue.
    pub refresh_days: Positive,
    /// Seconds in which the previous refresh token gets the same answer again.
    pub repeat_seconds: Positive,
    /// Wrong passwords that lock the sign-in.
    pub max_wrong_passwords: Positive,
    /// Minutes for which the sign-in stays locked.
    pub lock_minutes: Positive,
}

impl Default for SessionPolicy {
    fn default() -> Self {
        Self {
            access_minutes: Positive(15),
            refresh_days: Positive(30),
            repeat_seconds: Positive(10),
            max_wrong_passwords: Positive(10),
            lock_minutes: Positive(15),
        }
    }
}

/// The limits of jobs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct JobPolicy {
    /// Days for which a job without an accepted bid stays open.
    pub open_days: Positive,
    /// Days after a job's end in which its parties can still write to each other; 90 where a stored policy does not say.
    #[serde(default = "usual_talk_days")]
    pub talk_days: Positive,
}

const fn usual_talk_days() -> Positive {
    Positive(90)
}

impl Default for JobPolicy {
    fn default() -> Self {
        Self { open_days: Positive(30), talk_days: usual_talk_days() }
    }
}

/// The limits of files.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FilePolicy {
    /// Bytes of one file.
    pub most_bytes: FileBytes,
    /// Uploads that one user may announce in a day (UTC).
    pub per_user_day: Positive,
    /// Minutes in which an announced file can be sent.
    pub send_within_minutes: Positive,
    /// Hours after which a file that nothing refers to is removed.
    pub unused_hours: Positive,
    /// Minutes for which a link to a file is good.
    pub link_minutes: Positive,
    /// Files of one message, one statement, one job or one portfolio entry.
    pub per_use: Positive,
}

impl Default for FilePolicy {
    fn default() -> Self {
        Self {
            most_bytes: FileBytes(10 * 1024 * 1024),
            per_user_day: Positive(100),
            send_within_minutes: Positive(15),
            unused_hours: Positive(24),
            link_minutes: Positive(10),
            per_use: Positive(5),
        }
    }
}

/// The limits of help from a model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AssistantPolicy {
    /// How often one user's requests ask the model in a day (UTC); after that the price guide and the extract answer.
    pub per_user_day: Positive,
    /// What the whole platform spends on the model in a day (UTC), in US cents: what the provider charges in.
    pub us_cents_per_day: Positive,
    /// An estimate of a model lies between the guide's lower bound divided by this, and its upper bound times this.
    pub widest_factor: Positive,
    /// Milliseconds after which nobody waits for the model any more.
    pub patience_ms: Positive,
    /// Failures in a row after which the model is left alone for a while.
    pub failures_in_a_row: Positive,
    /// Seconds for which it is left alone.
    pub rest_seconds: Positive,
}

impl Default for AssistantPolicy {
    fn default() -> Self {
        Self {
            per_user_day: Positive(20),
            us_cents_per_day: Positive(1_000),
            widest_factor: Positive(3),
            patience_ms: Positive(3_000),
            failures_in_a_row: Positive(5),
            rest_seconds: Positive(60),
        }
    }
}

/// A size of files: 1 byte to 100 MiB, since files are checked in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct FileBytes(u32);

/// The number is not a size of files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be 1 to {} bytes", FileBytes::MAX)]
pub struct InvalidFileBytes;

impl FileBytes {
    /// The largest size.
    pub const MAX: u32 = 100 * 1024 * 1024;

    /// The number of bytes.
    #[must_use]
    pub const fn get(self) -> u32 {
        self.0
    }
}

impl TryFrom<u32> for FileBytes {
    type Error = InvalidFileBytes;

    fn try_from(bytes: u32) -> Result<Self, InvalidFileBytes> {
        if (1..=Self::MAX).contains(&bytes) { Ok(Self(bytes)) } else { Err(InvalidFileBytes) }
    }
}

impl From<FileBytes> for u32 {
    fn from(bytes: FileBytes) -> Self {
        bytes.0
    }
}

/// All the policies, as one version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Policies {
    /// Which version this is; every change takes the next number.
    pub version: u32,
    /// What the platform takes of a job.
    pub fees: FeePolicy,
    /// The subscription tiers.
    pub tiers: TierPolicy,
    /// What a referral earns.
    pub referrals: ReferralPolicy,
    /// How long money and decisions wait.
    pub escrow: EscrowPolicy,
    /// The limits of one-time passwords.
    pub otp: OtpPolicy,
    /// The limits of sessions and sign-in.
    pub sessions: SessionPolicy,
    /// The limits of jobs.
    pub jobs: JobPolicy,
    /// The limits of files; the usual ones where a stored version does not say.
    #[serde(default)]
    pub files: FilePolicy,
    /// The limits of help from a model; the usual ones where a stored policy does not say.
    #[serde(default)]
    pub assistant: AssistantPolicy,
    /// When nobody is disturbed; the usual hours where a stored policy does not say.
    #[serde(default)]
    pub quiet: QuietHours,
}

impl Default for Policies {
    fn default() -> Self {
        Self {
            version: 1,
            fees: FeePolicy::default(),
            tiers: TierPolicy::default(),
            referrals: ReferralPolicy::default(),
            escrow: EscrowPolicy::default(),
            otp: OtpPolicy::default(),
            sessions: SessionPolicy::default(),
            jobs: JobPolicy::default(),
            files: FilePolicy::default(),
            assistant: AssistantPolicy::default(),
            quiet: QuietHours::default(),
        }
    }
}
