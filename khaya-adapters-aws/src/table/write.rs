//! One write, or a transaction, tried until its outcome is known.
//!
//! The SDK would try again by itself, but it does not say so: a condition that fails because an earlier attempt of the
//! same write was applied and its answer lost would look like somebody else's doing. So each attempt is made here, and
//! what an unanswered one leaves open is remembered:
//!
//! | request | a repetition after a lost answer |
//! | --- | --- |
//! | transaction | carries the same token: DynamoDB applies it once, and answers the repetition as the first |
//! | put of one document | the item holds the write's token: a failed condition on an item with it is a success |
//! | delete at a version | a failed condition does not tell whose doing it is: the outcome is unknown |
//! | discard | removes what is there, as the first did |
//!
//! A put that finds another item than its own after a lost answer is unknown as well: its own may have been there before.
//!
//! What the cheaper calls cannot see is somebody else who undoes the write in the milliseconds between an attempt whose
//! answer was lost and its repetition: a document that was created, and removed by others, is created once more. A write
//! for which that matters stands in a transaction with another, whose token excludes it.
//!
//! A transaction that is cancelled for a failed condition **and** a clash has failed: the condition did not hold for what
//! is committed, and what clashed was not looked at.

use khaya_ports::table::{Expectation, Key, TableError, Transaction, Write};
use tokio::time::{Instant, sleep};

use super::DynamoTable;
use super::error::CallError;
use super::request::{Request, Token, Verdict};
use super::retry::Patience;

impl DynamoTable {
    pub(super) async fn apply(&self, transaction: &Transaction) -> Result<(), TableError> {
        let request = match transaction.writes() {
            [Write::Check(key, expectation)] => return self.check_alone(key, *expectation).await,
            writes => Request::of(writes, &self.table, token()?).map_err(TableError::unavailable)?,
        };
        self.settle(&request).await
    }

    /// Reads what a transaction of one check looks at: half the price of a transaction, and nothing to lose.
    async fn check_alone(&self, key: &Key, expectation: Expectation) -> Result<(), TableError> {
        let current = self.read_version(key).await?;
        if Write::Check(key.clone(), expectation).holds(current) {
            Ok(())
        } else {
            Err(TableError::Conflict { failed: vec![0] })
        }
    }

    async fn settle(&self, request: &Request) -> Result<(), TableError> {
        let deadline = Instant::now() + self.patience;
        let mut patience = Patience::default();
        let mut open = false;
        loop {
            let error = match self.attempt(request).await {
                Verdict::Applied => return Ok(()),
                Verdict::ConditionFailed(_) if open && !request.knows_repetition() => {
                    return Err(CallError::ambiguous(request.operation()).unknown());
                }
                Verdict::ConditionFailed(failed) => return Err(TableError::Conflict { failed }),
                Verdict::Failed(error) => error,
            };
            open |= error.failure().may_be_applied();
            let pause = patience.after(error.failure());
            match pause.filter(|pause| Instant::now() + *pause < deadline) {
                Some(pause) => sleep(pause).await,
                None if open => return Err(error.unknown()),
                None => return Err(error.not_applied()),
            }
        }
    }
}

/// What tells this write from all others: 16 random bytes.
fn token() -> Result<Token, TableError> {
    let mut token = Token::default();
    getrandom::fill(&mut token).map_err(TableError::unavailable)?;
    Ok(token)
}
