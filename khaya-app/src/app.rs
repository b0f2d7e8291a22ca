//! Everything a use case needs, in one place.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use khaya_domain::policy::{Policies, Schedule};
use khaya_ports::clock::Clock;
use khaya_ports::files::FileStore;
use khaya_ports::identity::IdentityProvider;
use khaya_ports::live::LiveUpdates;
use khaya_ports::password::PasswordHasher;
use khaya_ports::payment::PaymentGateway;
use khaya_ports::random::{Random, RandomExt};
use khaya_ports::search::JobSearch;
use khaya_ports::table::Table;
use khaya_ports::text::TextSender;
use khaya_ports::token::TokenSigner;

use crate::assistant::Desk;
use crate::reach::Outside;
use crate::{AppError, Code, Keys};

/// Told that a commit has put something into the outbox, so that the dispatcher need not wait for its next look.
pub type Announce = Arc<dyn Fn() + Send + Sync>;

/// The ports, the policies and the keys. Cheap to share behind an `Arc`; a use case takes it by reference.
pub struct App {
    /// Where everything is kept.
    pub table: Arc<dyn Table>,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Bytes nobody can guess.
    pub random: Arc<dyn Random>,
    /// Slow password hashes.
    pub hasher: Arc<dyn PasswordHasher>,
    /// Money in, back and out.
    pub payments: Arc<dyn PaymentGateway>,
    /// Open jobs by words and meaning.
    pub search: Arc<dyn JobSearch>,
    /// Files that users upload.
    pub files: Arc<dyn FileStore>,
    /// Devices that listen.
    pub live: Arc<dyn LiveUpdates>,
    /// Short texts to phones.
    pub texts: Arc<dyn TextSender>,
    /// Pushes and email, where there are any.
    pub outside: Outside,
    /// Help from a model, where there is one.
    pub assistant: Desk,
    /// Access tokens.
    pub tokens: Arc<dyn TokenSigner>,
    /// Access tokens of another house, where they are accepted beside ours.
    pub identity: Option<Arc<dyn IdentityProvider>>,
    /// The rules' numbers, by the date from which they hold.
    pub policies: Schedule<Policies>,
    /// Keys for codes, refresh tokens and cursors.
    pub keys: Keys,
    /// The first day that can have an entry in the books: proofs begin there.
    pub books_since: DateTime<Utc>,
    /// Called after each commit that raised events.
    pub announce: Announce,
}

impl App {
    /// The current time, cut to the microseconds that are stored.
    pub(crate) fn now(&self) -> DateTime<Utc> {
        let now = self.clock.now();
        DateTime::from_timestamp_micros(now.timestamp_micros()).unwrap_or(now)
    }

    /// Ten random bytes: the random part of a new id.
    pub(crate) fn random_id(&self) -> [u8; 10] {
        self.random.bytes()
    }

    /// The policies in force at a time.
    pub(crate) fn policies_at(&self, at: DateTime<Utc>) -> Result<&Policies, AppError> {
        Ok(&self.dated_policies_at(at)?.policy)
    }

    /// The policies in force at a time, with their version and date.
    pub(crate) fn dated_policies_at(
        &self,
        at: DateTime<Utc>,
    ) -> Result<&khaya_domain::policy::Dated<Policies>, AppError> {
        self.policies.in_force(at).map_err(|error| AppError::caused(Code::Internal, error))
    }
}
