//! What is shown of a user.

use chrono::{DateTime, Utc};
use khaya_domain::ids::UserId;
use khaya_domain::phone::PhoneNumber;
use khaya_domain::policy::FeePolicy;
use khaya_domain::referral::ReferralCode;
use khaya_domain::review::Rating;
use khaya_domain::text::{Bio, Email, PersonName};
use khaya_domain::user::{Role, Standing, User};
use serde::{Deserialize, Serialize};

use crate::files::FileRef;
use crate::records::user::UserRecord;

/// What users see of themselves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Me {
    /// Who.
    pub id: UserId,
    /// In which role.
    pub role: Role,
    /// The name that others see.
    pub name: PersonName,
    /// The number that signs in.
    pub phone: PhoneNumber,
    /// The email address.
    pub email: Option<Email>,
    /// What the profile says.
    pub bio: Option<Bio>,
    /// The picture that others see.
    #[serde(default)]
    pub avatar: Option<FileRef>,
    /// Whether the account may act.
    pub suspended: bool,
    /// The code to give to friends.
    pub referral_code: ReferralCode,
    /// On how many more jobs the worker's fee is waived; for workers only.
    pub fee_waivers_left: Option<u32>,
    /// Since when.
    pub joined_at: DateTime<Utc>,
}

impl Me {
    pub(crate) fn of(record: &UserRecord, fees: &FeePolicy) -> Self {
        let user = &record.user;
        Self {
            id: user.id,
            role: user.role,
            name: user.name.clone(),
            phone: user.phone.clone(),
            email: user.email.clone(),
            bio: user.bio.clone(),
            avatar: record.avatar,
            suspended: is_suspended(user),
            referral_code: user.referral_code,
            fee_waivers_left: (user.role == Role::Worker).then(|| user.waivers_left(fees)),
            joined_at: user.created_at,
        }
    }
}

/// What everybody sees of a user. Phone and email are not part of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PublicProfile {
    /// Who.
    pub id: UserId,
    /// In which role.
    pub role: Role,
    /// The name.
    pub name: PersonName,
    /// What they say of themselves.
    pub bio: Option<Bio>,
    /// What they look like.
    #[serde(default)]
    pub avatar: Option<FileRef>,
    /// How many jobs were completed.
    pub jobs_completed: u32,
    /// How many reviews there are.
    pub review_count: u32,
    /// The mean of their stars, with two decimal places; none without a review.
    pub mean_stars: Option<String>,
    /// Since when.
    pub joined_at: DateTime<Utc>,
}

impl PublicProfile {
    pub(crate) fn of(record: &UserRecord, rating: Rating) -> Self {
        let user = &record.user;
        Self {
            id: user.id,
            role: user.role,
            name: user.name.clone(),
            bio: user.bio.clone(),
            avatar: record.avatar,
            jobs_completed: user.jobs_completed,
            review_count: rating.count(),
            mean_stars: rating.mean().map(|mean| mean.to_string()),
            joined_at: user.created_at,
        }
    }
}

pub(crate) fn is_suspended(user: &User) -> bool {
    match user.standing {
        Standing::Active => false,
        Standing::Suspended { .. } => true,
    }
}
