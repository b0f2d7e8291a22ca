//! What the application needs from outside, as traits and their plain data types; nothing else may live here.
//!
//! | module | port | promise in one line |
//! | --- | --- | --- |
//! | [`table`] | [`table::Table`] | documents in ordered partitions, with atomic conditional writes |
//! | [`files`] | [`files::FileStore`] | files that clients send and fetch by signed requests |
//! | [`bus`] | [`bus::EventBus`] | committed events for consumers outside, each at least once |
//! | [`live`] | [`live::LiveUpdates`] | small events that tell devices to look again, best effort |
//! | [`text`] | [`text::TextSender`], [`text::TextCalls`] | a short text to a phone by WhatsApp or SMS, what became of it, and texts to us |
//! | [`password`] | [`password::PasswordHasher`] | slow, salted hashes that never hold up other work |
//! | [`payment`] | [`payment::PaymentGateway`] | money in, back and out, and the truth about it |
//! | [`reach`] | [`reach::PushSender`], [`reach::Mailer`] | people who are not looking: pushes to devices, and email |
//! | [`search`] | [`search::JobSearch`] | open jobs by words and meaning, best first |
//! | [`identity`] | [`identity::IdentityProvider`] | access tokens that another house has issued |
//! | [`token`] | [`token::TokenSigner`] | short-lived access tokens |
//! | [`assistant`] | [`assistant::Assistant`] | a language model that is asked, and not believed |
//! | [`clock`] | [`clock::Clock`] | what time it is |
//! | [`timer`] | [`timer::Timer`] | letting time pass |
//! | [`random`] | [`random::Random`] | bytes nobody can guess |
//!
//! # Adding a port
//!
//! 1. One module: the trait, its data types, its error. No provider's type, no `String` error, no default bodies;
//!    conveniences go into an `...Ext` trait.
//! 2. Say of every method what the caller may rely on, what `None` means, and which error it must return when.
//! 3. Answer "can a retry succeed?" for every error in an exhaustive match.
//! 4. A double (mockall, feature `doubles`), an adapter in `khaya-adapters-local` that really works, and a conformance
//!    suite in `khaya-tests` with a deliberately broken implementation that the suite catches.
//! 5. Wire it in `khaya-api/src/wiring/`, the only place that names an adapter.

pub mod assistant;
pub mod bus;
pub mod clock;
pub mod files;
pub mod identity;
pub mod live;
pub mod password;
pub mod payment;
pub mod random;
pub mod reach;
pub mod search;
pub mod table;
pub mod text;
pub mod timer;
pub mod token;

/// Whether calling again, with nothing changed, can succeed. Every port's error answers this.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retry {
    /// The cause passes by itself: wait a little and call again.
    Later,
    /// The same call will fail the same way.
    Never,
}

/// The cause behind a port's error, for the log; never shown to a client.
pub type Cause = Box<dyn std::error::Error + Send + Sync>;
