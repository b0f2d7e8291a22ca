//! What is not final yet, in one partition, so that nothing else is looked at when time moves.

use chrono::{DateTime, Utc};
use khaya_ports::payment::PaymentReference;
use khaya_ports::table::{Key, SortRange, Stored, TableError};
use serde::{Deserialize, Serialize};

use super::SimulatedGateway;
use super::step::Step;
use super::store::{Record, sortable};
use super::subscriptions::Renewal;

const OPEN: &str = "SIMPAY#OPEN";
/// What the sort keys of that which moves at the next advance begin with.
const NEXT: &str = "NEXT#";
/// What the sort keys of that which has its time begin with.
const AT: &str = "AT#";

/// Something that is not final.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub(super) enum Task {
    /// A refund under way.
    Refund { of: PaymentReference, number: u32 },
    /// A transfer under way, or one that will be returned.
    Transfer { reference: PaymentReference },
    /// A subscription, whose next charge is tried at this time.
    Renewal { code: String, at: DateTime<Utc> },
}

impl Record for Task {
    const KIND: &'static str = "simulated-task";
}

impl Task {
    pub(super) fn renewal(code: &str, renewal: Renewal) -> Self {
        Self::Renewal { code: code.to_owned(), at: renewal.try_at }
    }

    fn key(&self) -> Key {
        let sort = match self {
            Self::Refund { of, number } => format!("{NEXT}REFUND#{of}#{number:010}"),
            Self::Transfer { reference } => format!("{NEXT}TRANSFER#{reference}"),
            Self::Renewal { code, at } => format!("{AT}{}#{code}", sortable(*at)),
        };
        Key::new(OPEN, sort)
    }
}

/// Something begins that is not open.
pub(super) fn open(step: &mut Step<'_>, task: &Task) -> Result<(), TableError> {
    step.create(task.key(), task)
}

/// Something is to be looked at again that may be open.
pub(super) async fn reopen(step: &mut Step<'_>, task: &Task) -> Result<(), TableError> {
    step.put(&task.key(), task).await
}

/// Something is final.
pub(super) fn close(step: &mut Step<'_>, task: &Task) {
    step.discard(task.key());
}

impl SimulatedGateway {
    /// Time moves: every refund and transfer under way goes one step on to its fate, and every subscription that is due is
    /// charged for one period. Tells how many have moved; what hangs or is held has not.
    pub async fn advance(&self) -> Result<usize, TableError> {
        // What begins meanwhile moves at the next advance.
        let mut tasks = self.store.list(OPEN, SortRange::Prefix(NEXT.to_owned())).await?;
        let until = format!("{AT}{}#~", sortable(self.store.now()));
        tasks.extend(self.store.list(OPEN, SortRange::Between(AT.to_owned(), until)).await?);
        let mut moved = 0;
        for stored in &tasks {
            moved += usize::from(self.go_on(stored).await?);
        }
        Ok(moved)
    }

    async fn go_on(&self, stored: &Stored) -> Result<bool, TableError> {
        match stored.document.body.read()? {
            Task::Refund { of, number } => self.store.retried(|| self.move_refund(&of, number)).await,
            Task::Transfer { reference } => self.store.retried(|| self.move_transfer(&reference)).await,
            Task::Renewal { code, .. } => self.store.retried(|| self.move_renewal(&code)).await,
        }
    }
}
