//! The answer to a request, kept for its repetition.

use chrono::{DateTime, TimeDelta, Utc};
use khaya_domain::ids::UserId;
use khaya_ports::table::Key;
use serde::{Deserialize, Serialize};

use super::{Record, not_indexed};
use crate::caller::RequestKey;
use crate::error::{AppError, Code};
use crate::load::At;

/// How long an answer is kept.
pub(crate) const KEPT: TimeDelta = TimeDelta::hours(24);

/// One answer. It is written in the commit that it answers for, so that neither is there without the other.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AnswerRecord {
    pub(crate) user: UserId,
    pub(crate) key: String,
    pub(crate) fingerprint: String,
    pub(crate) answer: serde_json::Value,
    pub(crate) expires_at: DateTime<Utc>,
}

impl AnswerRecord {
    pub(crate) fn at(user: UserId, key: &str) -> At<Self> {
        At::new(format!("IDEM#{user}#{key}"), "ANSWER")
    }

    pub(crate) fn new<T: Serialize>(
        user: UserId,
        request: &RequestKey,
        answer: &T,
        now: DateTime<Utc>,
    ) -> Result<Self, AppError> {
        let answer = serde_json::to_value(answer).map_err(|error| AppError::caused(Code::Internal, error))?;
        Ok(Self {
            user,
            key: request.key.clone(),
            fingerprint: request.fingerprint.clone(),
            answer,
            expires_at: now + KEPT,
        })
    }
}

impl Record for AnswerRecord {
    const KIND: &'static str = "answer";

    fn key(&self) -> Key {
        Self::at(self.user, &self.key).key
    }

    not_indexed!();

    fn expires_at(&self) -> Option<DateTime<Utc>> {
        Some(self.expires_at)
    }
}
