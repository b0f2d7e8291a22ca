//! Waiting.

use std::time::Duration;

use async_trait::async_trait;

/// The only way to let time pass.
#[async_trait]
pub trait Timer: Send + Sync + 'static {
    /// Returns after this long, or a little later; never sooner. It may be dropped at any time.
    async fn sleep(&self, time: Duration);
}
