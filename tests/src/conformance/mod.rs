//! Conformance suites: for each port, every promise of its documentation as one named function.
//!
//! A promise takes a fresh implementation and answers [`Promise`]. It panics never, so that a suite can also be run as
//! a list ([`table::run_all`]) against implementations that are broken on purpose, and say which promise caught them.

use std::fmt;
use std::panic::Location;

use khaya_ports::table::{InvalidTransaction, TableError};

pub mod table;

/// What a promise answers: nothing, or how it was broken.
pub type Promise = Result<(), Broken>;

/// How a promise was broken, and where the suite noticed.
pub struct Broken {
    what: String,
    at: &'static Location<'static>,
}

impl Broken {
    /// A broken promise, noticed where this is called.
    #[track_caller]
    pub fn new(what: impl Into<String>) -> Self {
        Self { what: what.into(), at: Location::caller() }
    }
}

impl fmt::Debug for Broken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} (noticed at {}:{})", self.what, self.at.file(), self.at.line())
    }
}

impl From<TableError> for Broken {
    #[track_caller]
    fn from(error: TableError) -> Self {
        Self::new(format!("an error that nothing explains: {error}: {error:?}"))
    }
}

impl From<InvalidTransaction> for Broken {
    #[track_caller]
    fn from(error: InvalidTransaction) -> Self {
        Self::new(format!("the suite made an invalid transaction: {error}"))
    }
}

/// Whether something that must be true is.
#[track_caller]
pub fn holds(fact: &str, is_true: bool) -> Promise {
    if is_true { Ok(()) } else { Err(Broken::new(format!("it does not hold that {fact}"))) }
}

/// Whether two values are the same.
#[track_caller]
pub fn same<T: PartialEq + fmt::Debug>(subject: &str, got: &T, wanted: &T) -> Promise {
    if got == wanted {
        Ok(())
    } else {
        Err(Broken::new(format!("{subject}: got {got:?}, wanted {wanted:?}")))
    }
}
