//! What the provider holds for us. One document, so that no two requests spend the same money.

use khaya_ports::table::{Key, TableError};
use serde::{Deserialize, Serialize};

use super::SimulatedGateway;
use super::store::Record;

/// Our account at the provider.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Account {
    /// What is there, in cents.
    pub(super) cents: i64,
    /// How many announcements were made. Their order follows from it.
    pub(super) announcements: u64,
}

impl Record for Account {
    const KIND: &'static str = "simulated-account";
}

impl Account {
    /// Takes money out. Tells whether there was enough; otherwise nothing is taken.
    #[must_use]
    pub(super) fn take(&mut self, cents: i64) -> bool {
        let enough = cents <= self.cents;
        if enough {
            self.cents -= cents;
        }
        enough
    }
}

pub(super) fn key() -> Key {
    Key::new("SIMPAY#ACCOUNT", "ACCOUNT")
}

impl SimulatedGateway {
    pub(super) async fn own_balance(&self) -> Result<i64, TableError> {
        Ok(self.store.read::<Account>(&key()).await?.map_or(0, |account| account.cents))
    }

    /// Puts money into our balance, as if we had paid it in. A negative amount takes it out.
    pub async fn top_up(&self, cents: i64) -> Result<(), TableError> {
        self.store
            .retried(|| async move {
                let mut step = self.store.step();
                step.account().await?.cents += cents;
                step.commit().await
            })
            .await
    }
}
