//! What a run is to be.

use std::time::Duration;

use super::Account;

/// What a run is to be.
#[derive(Debug, Clone)]
pub struct Plan {
    /// How many users: half buyers, half workers. An odd number has one more.
    pub users: usize,
    /// How many jobs each buyer has done at least.
    pub journeys: u32,
    /// Buyers go on with another job as long as this has not passed.
    pub time: Duration,
    /// Over how long the users arrive.
    pub ramp: Duration,
    /// How long a user thinks between two steps, on average: half to one and a half of it.
    pub think: Duration,
    /// How long a user waits for what must follow, and how long it lets itself be told to wait.
    pub patience: Duration,
    /// Decides names, words, amounts and pauses.
    pub seed: u64,
    /// Who signs in, on a server that sends its codes to real phones. Nobody: everybody signs up.
    pub accounts: Vec<Account>,
}

impl Plan {
    /// How many buyers there are, and workers.
    pub fn pairs(&self) -> usize {
        self.users.div_ceil(2).max(1)
    }

    /// How long somebody who waits for something lets pass before looking again.
    pub fn look_again_after(&self) -> Duration {
        (self.think / 2).clamp(Duration::from_millis(100), Duration::from_secs(5))
    }
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            users: 200,
            journeys: 1,
            time: Duration::ZERO,
            ramp: Duration::from_secs(60),
            think: Duration::from_secs(2),
            patience: Duration::from_secs(120),
            seed: 1,
            accounts: Vec::new(),
        }
    }
}
