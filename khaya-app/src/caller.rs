//! Who asks, from where, and under which idempotency key.

use khaya_domain::ids::{SessionId, UserId};
use khaya_domain::user::Role;
use khaya_ports::token::AccessClaims;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::commit::Commit;
use crate::error::{AppError, Code};
use crate::load::{At, Kept};
use crate::records::idempotency::AnswerRecord;

/// A signed-in user, as the access token says. Whether the user may still act is decided by the stored user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Actor {
    /// Who.
    pub user: UserId,
    /// In which role.
    pub role: Role,
    /// In which session.
    pub session: SessionId,
}

impl From<AccessClaims> for Actor {
    fn from(claims: AccessClaims) -> Self {
        Self { user: claims.user, role: claims.role, session: claims.session }
    }
}

/// The client's idempotency key and a digest of what it asks, both already hashed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestKey {
    /// SHA-256 of the key, in hexadecimal.
    pub key: String,
    /// SHA-256 of method, path and body, in hexadecimal.
    pub fingerprint: String,
}

/// A signed-in user's request that changes something.
#[derive(Debug, Clone)]
pub struct Caller {
    /// Who asks.
    pub actor: Actor,
    /// Under which idempotency key, if any.
    pub request_key: Option<RequestKey>,
}

/// A request of nobody in particular: where it comes from, and its idempotency key.
#[derive(Debug, Clone, Default)]
pub struct Origin {
    /// The client's network address in text, for limits; only a digest of it is stored.
    pub address: String,
    /// Under which idempotency key, if any.
    pub request_key: Option<RequestKey>,
}

impl Caller {
    /// Where the answer to this request is kept, if it came with a key. Load it in the use case's one round.
    pub(crate) fn answer_at(&self) -> Option<At<AnswerRecord>> {
        self.request_key.as_ref().map(|request| AnswerRecord::at(self.actor.user, &request.key))
    }

    /// The first answer to this request, when there was one within 24 hours.
    ///
    /// [`Code::IdempotencyKeyReused`] when the same key came with another request.
    pub(crate) fn earlier_answer<T: DeserializeOwned>(
        &self,
        kept: Option<&Kept<AnswerRecord>>,
        now: chrono::DateTime<chrono::Utc>,
    ) -> Result<Option<T>, AppError> {
        let (Some(request), Some(kept)) = (&self.request_key, kept) else { return Ok(None) };
        if kept.record.expires_at <= now {
            return Ok(None);
        }
        if kept.record.fingerprint != request.fingerprint {
            return Err(AppError::new(
                Code::IdempotencyKeyReused,
                "This Idempotency-Key was used for another request. Use a new key for a new request.",
            ));
        }
        serde_json::from_value(kept.record.answer.clone())
            .map(Some)
            .map_err(|error| AppError::caused(Code::Internal, error))
    }

    /// Adds to a commit the answer that a repetition of this request shall get.
    pub(crate) fn remember<T: Serialize>(
        &self,
        commit: &mut Commit,
        kept: Option<&Kept<AnswerRecord>>,
        answer: &T,
    ) -> Result<(), AppError> {
        let Some(request) = &self.request_key else { return Ok(()) };
        let record = AnswerRecord::new(self.actor.user, request, answer, commit.now())?;
        match kept {
            Some(expired) => commit.replace(&record, expired.version),
            None => commit.create(&record),
        }
    }
}
