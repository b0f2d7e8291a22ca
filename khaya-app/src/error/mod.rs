//! What a use case answers when it does not do what was asked.

mod domain;

use std::time::Duration;

use khaya_ports::Cause;
use khaya_ports::bus::BusError;
use khaya_ports::files::FileError;
use khaya_ports::identity::IdentityError;
use khaya_ports::password::PasswordHashError;
use khaya_ports::search::SearchError;
use khaya_ports::table::{Outcome, TableError};
use khaya_ports::token::TokenError;

/// The class of an error: what a client can do about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// What was sent is not acceptable: change it.
    Invalid,
    /// Nobody is signed in, or no longer.
    Unauthenticated,
    /// Signed in, and not allowed to.
    Forbidden,
    /// There is no such thing, or it is not the caller's to see.
    NotFound,
    /// The thing's state does not allow it now.
    Conflict,
    /// Too often: wait.
    TooMany,
    /// Something Khaya depends on is down: the same request may succeed later.
    Unavailable,
    /// A mistake of Khaya's.
    Internal,
}

macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $name:ident = $text:literal, $kind:ident;)+) => {
        /// Stable names of everything that can go wrong, for programs. `docs/errors.md` lists them all.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Code { $($(#[doc = $doc])+ $name,)+ }

        impl Code {
            /// Every code.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// The name that clients see.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)+ }
            }

            /// The class it belongs to.
            pub fn kind(self) -> Kind {
                match self { $(Self::$name => Kind::$kind,)+ }
            }

            /// One sentence on what it means.
            pub fn meaning(self) -> &'static str {
                match self { $(Self::$name => concat!($($doc),+).trim_ascii(),)+ }
            }
        }
    };
}

codes! {
    /// A value is missing, malformed or out of its limits; `errors` names each field.
    InvalidInput = "invalid_input", Invalid;
    /// The cursor is not one that this list gave to this caller.
    InvalidCursor = "invalid_cursor", Invalid;
    /// The same Idempotency-Key came with another request before.
    IdempotencyKeyReused = "idempotency_key_reused", Invalid;
    /// A request with the same Idempotency-Key is still running.
    RequestInProgress = "request_in_progress", Conflict;
    /// The one-time code is wrong, expired, used, replaced by a newer one, or guessed too often.
    CodeInvalid = "code_invalid", Invalid;
    /// No message that proves the number has come for this sign-up yet, or its time is over.
    MessageAwaited = "message_awaited", Conflict;
    /// A code was sent to this number moments ago, or too many were sent today.
    CodeLimit = "code_limit", TooMany;
    /// Phone number and password do not belong together.
    CredentialsInvalid = "credentials_invalid", Unauthenticated;
    /// Too many wrong passwords: sign-in is locked for a while.
    SignInLocked = "sign_in_locked", TooMany;
    /// No access token, or one that is not valid.
    Unauthenticated = "unauthenticated", Unauthenticated;
    /// The access token's time is over: refresh it.
    TokenExpired = "token_expired", Unauthenticated;
    /// The refresh token is unknown, expired or revoked: sign in again.
    SessionInvalid = "session_invalid", Unauthenticated;
    /// The token of another house is good, and there is no account with the caller's mobile number: sign up first.
    SignUpFirst = "sign_up_first", Forbidden;
    /// The token of another house is good, and no South African mobile number is proven there.
    PhoneNotProven = "phone_not_proven", Forbidden;
    /// The caller's role does not allow this.
    Forbidden = "forbidden", Forbidden;
    /// The account is suspended: it can read and be paid, and nothing else.
    Suspended = "suspended", Forbidden;
    /// There is no such thing, or the caller may not see it.
    NotFound = "not_found", NotFound;
    /// The email address belongs to another account.
    EmailTaken = "email_taken", Conflict;
    /// The portfolio is full.
    PortfolioFull = "portfolio_full", Conflict;
    /// The job is not open, or no longer.
    JobNotOpen = "job_not_open", Conflict;
    /// The job's state does not allow this.
    JobWrongState = "job_wrong_state", Conflict;
    /// The bid's state does not allow this.
    BidWrongState = "bid_wrong_state", Conflict;
    /// The worker has a live bid on this job.
    AlreadyBid = "already_bid", Conflict;
    /// Nobody bids on the own job.
    OwnJob = "own_job", Conflict;
    /// The payment's, payout's or refund's state does not allow this.
    PaymentState = "payment_state", Conflict;
    /// The payment provider does not take this payment: the amount is too small or too large for it.
    PaymentRefused = "payment_refused", Conflict;
    /// The bank does not confirm the account: it is not open, not the holder's, or takes no money.
    BankAccountRefused = "bank_account_refused", Invalid;
    /// The job has no dispute that is open.
    DisputeWrongState = "dispute_wrong_state", Conflict;
    /// No more active listings fit the subscription's tier.
    ListingLimit = "listing_limit_reached", Conflict;
    /// The listing is closed.
    ListingClosed = "listing_closed", Conflict;
    /// The job ended long ago: its conversations can only be read.
    ConversationClosed = "conversation_closed", Conflict;
    /// The same message id came with another text before.
    MessageIdReused = "message_id_reused", Conflict;
    /// What arrived is not the file that was announced: upload it anew.
    UploadRejected = "upload_rejected", Invalid;
    /// The upload's state does not allow this.
    UploadState = "upload_state", Conflict;
    /// The address of a file was not signed for this request, or its time is over: ask for a new one.
    LinkInvalid = "link_invalid", Forbidden;
    /// Too many files were announced today.
    UploadLimit = "upload_limit", TooMany;
    /// The account has as many open streams as one may have.
    StreamLimit = "stream_limit", TooMany;
    /// The caller has reviewed this job before.
    AlreadyReviewed = "already_reviewed", Conflict;
    /// The referral code cannot be used by this caller, or no longer.
    ReferralRefused = "referral_refused", Conflict;
    /// The subscription's state does not allow this.
    SubscriptionState = "subscription_state", Conflict;
    /// The account was suspended, reinstated or changed in the same way before.
    AccountState = "account_state", Conflict;
    /// Others are changing the same thing at this moment: try again.
    Busy = "busy", Conflict;
    /// A service that Khaya depends on does not answer: try again later.
    Unavailable = "unavailable", Unavailable;
    /// A mistake of Khaya's; nothing that the caller can mend.
    Internal = "internal", Internal;
}

/// One field that is not acceptable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    /// The field's path in the request (`address.suburb`).
    pub field: String,
    /// What is wrong, and what would be right.
    pub message: String,
}

/// Why a use case did not do what was asked.
#[derive(Debug)]
pub struct AppError {
    /// The stable name.
    pub code: Code,
    /// A sentence for the person who asked. Tells nothing about the inside.
    pub detail: String,
    /// The fields at fault, if the request is.
    pub fields: Vec<FieldError>,
    /// After how long another try makes sense.
    pub retry_after: Option<Duration>,
    /// What really happened, for the log only.
    pub cause: Option<Cause>,
}

impl AppError {
    /// An error that the person who asked can understand.
    pub fn new(code: Code, detail: impl Into<String>) -> Self {
        Self { code, detail: detail.into(), fields: Vec::new(), retry_after: None, cause: None }
    }

    /// An error whose cause is for the log only.
    pub fn caused(code: Code, cause: impl Into<Cause>) -> Self {
        let detail = match code.kind() {
            Kind::Unavailable => "Khaya cannot do this right now. Please try again in a moment.",
            Kind::Internal => "Something went wrong on our side. It has been noted.",
            Kind::Invalid
            | Kind::Unauthenticated
            | Kind::Forbidden
            | Kind::NotFound
            | Kind::Conflict
            | Kind::TooMany => code.meaning(),
        };
        Self { cause: Some(cause.into()), ..Self::new(code, detail) }
    }

    /// One field is not acceptable.
    pub fn field(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self::fields(vec![FieldError { field: field.into(), message: message.into() }])
    }

    /// Several fields are not acceptable.
    pub fn fields(fields: Vec<FieldError>) -> Self {
        let detail = match fields.as_slice() {
            [only] => format!("{}: {}.", only.field, only.message),
            _ => format!("{} fields are not acceptable.", fields.len()),
        };
        Self { fields, ..Self::new(Code::InvalidInput, detail) }
    }

    /// There is no such thing, or it is not the caller's to see; the two look the same.
    pub fn not_found(what: &str) -> Self {
        Self::new(Code::NotFound, format!("There is no such {what}."))
    }

    /// Too often: wait this long.
    #[must_use]
    pub fn retry_after(self, wait: Duration) -> Self {
        Self { retry_after: Some(wait), ..self }
    }
}

impl std::fmt::Display for AppError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}: {}", self.code.as_str(), self.detail)
    }
}

impl std::error::Error for AppError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.cause.as_deref().map(|cause| cause as &(dyn std::error::Error + 'static))
    }
}

impl From<TableError> for AppError {
    fn from(error: TableError) -> Self {
        match &error {
            TableError::Unavailable { outcome: Outcome::Unknown, .. } => Self {
                detail: "Khaya could not confirm whether this was done. Look before you try again, or send the same \
                         request with an Idempotency-Key."
                    .to_owned(),
                ..Self::caused(Code::Unavailable, error)
            },
            TableError::Unavailable { .. } => Self::caused(Code::Unavailable, error),
            TableError::Conflict { .. } => Self::caused(Code::Busy, error),
            TableError::Invalid(_) | TableError::Corrupt(_) => Self::caused(Code::Internal, error),
        }
    }
}

impl From<BusError> for AppError {
    fn from(error: BusError) -> Self {
        match &error {
            BusError::Refused(_) => Self::caused(Code::Internal, error),
            BusError::Unavailable(_) => Self::caused(Code::Unavailable, error),
        }
    }
}

impl From<FileError> for AppError {
    fn from(error: FileError) -> Self {
        match &error {
            FileError::TooLarge => Self::caused(Code::Internal, error),
            FileError::Unavailable(_) => Self::caused(Code::Unavailable, error),
        }
    }
}

impl From<PasswordHashError> for AppError {
    fn from(error: PasswordHashError) -> Self {
        match &error {
            PasswordHashError::Overloaded => {
                Self::caused(Code::Unavailable, error).retry_after(Duration::from_secs(2))
            }
            PasswordHashError::Broken(_) => Self::caused(Code::Internal, error),
        }
    }
}

impl From<SearchError> for AppError {
    fn from(error: SearchError) -> Self {
        match &error {
            SearchError::Starting => Self {
                detail:
                    "The search is starting. Please try again in a moment; the list of jobs works already."
                        .to_owned(),
                ..Self::caused(Code::Unavailable, error).retry_after(Duration::from_secs(2))
            },
            SearchError::Unavailable(_) => Self::caused(Code::Unavailable, error),
        }
    }
}

impl From<IdentityError> for AppError {
    fn from(error: IdentityError) -> Self {
        match &error {
            IdentityError::Expired => Self::new(
                Code::TokenExpired,
                "The access token has expired. Get a new one where you have signed in.",
            ),
            IdentityError::Invalid => {
                Self::new(Code::Unauthenticated, "Sign in first: this access token is not valid.")
            }
            IdentityError::NotOurs => Self::new(
                Code::Unauthenticated,
                "This token was made for something else. Send the access token of this app, not its identity token.",
            ),
            IdentityError::Unavailable(_) => Self::caused(Code::Unavailable, error),
        }
    }
}

impl From<TokenError> for AppError {
    fn from(error: TokenError) -> Self {
        match error {
            TokenError::Expired => Self::new(
                Code::TokenExpired,
                "The access token has expired. Get a new one with the refresh token.",
            ),
            TokenError::Invalid => {
                Self::new(Code::Unauthenticated, "Sign in first: this access token is not valid.")
            }
        }
    }
}
