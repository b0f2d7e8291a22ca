//! The domain's refusals, in the words of the application.

use khaya_domain::bid::BidError;
use khaya_domain::file::UploadError;
use khaya_domain::job::JobError;
use khaya_domain::user::UserError;

use super::{AppError, Code};

impl From<JobError> for AppError {
    fn from(error: JobError) -> Self {
        let code = match error {
            JobError::NotYours => return Self::not_found("job"),
            JobError::BidOfAnotherJob => return Self::not_found("bid"),
            JobError::NotOpen { .. } | JobError::PastExpiry { .. } => Code::JobNotOpen,
            JobError::BidNotPending { .. } => Code::BidWrongState,
            JobError::WrongState { .. } | JobError::TooEarly { .. } | JobError::CancellationNotAsked => {
                Code::JobWrongState
            }
            JobError::SplitOfAnotherAmount | JobError::Amount(_) => Code::InvalidInput,
        };
        Self::new(code, sentence(&error))
    }
}

impl From<BidError> for AppError {
    fn from(error: BidError) -> Self {
        let code = match error {
            BidError::NotYours | BidError::BidOfAnotherJob => return Self::not_found("bid"),
            BidError::MayNotAct(error) => return error.into(),
            BidError::NotAWorker => Code::Forbidden,
            BidError::OwnJob => Code::OwnJob,
            BidError::AlreadyBid { .. } => Code::AlreadyBid,
            BidError::NotPending { .. } | BidError::NotAccepted { .. } => Code::BidWrongState,
            BidError::JobNotOpen { .. } | BidError::JobPastExpiry { .. } => Code::JobNotOpen,
        };
        Self::new(code, sentence(&error))
    }
}

impl From<UploadError> for AppError {
    fn from(error: UploadError) -> Self {
        let code = match error {
            UploadError::NotYours => return Self::not_found("upload"),
            UploadError::Size { .. } | UploadError::KindForPurpose => Code::InvalidInput,
            UploadError::OtherSize { .. } | UploadError::OtherChecksum | UploadError::OtherKind { .. } => {
                Code::UploadRejected
            }
            UploadError::WasRefused
            | UploadError::NotReady
            | UploadError::InUse
            | UploadError::OtherPurpose { .. }
            | UploadError::Gone => Code::UploadState,
        };
        Self::new(code, sentence(&error))
    }
}

impl From<UserError> for AppError {
    fn from(error: UserError) -> Self {
        let code = match error {
            UserError::NotVerified => Code::Forbidden,
            UserError::Suspended => Code::Suspended,
            UserError::AlreadySuspended | UserError::NotSuspended => Code::AccountState,
        };
        Self::new(code, sentence(&error))
    }
}

/// A message of the domain as a sentence of its own.
fn sentence(error: &dyn std::fmt::Display) -> String {
    let text = error.to_string();
    let mut chars = text.chars();
    match chars.next() {
        Some(first) => format!("{}{}.", first.to_uppercase(), chars.as_str()),
        None => text,
    }
}
