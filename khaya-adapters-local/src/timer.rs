//! The runtime's timer.

use std::time::Duration;

use async_trait::async_trait;
use khaya_ports::timer::Timer;

/// The timer of the Tokio runtime.
#[derive(Debug, Clone, Copy, Default)]
pub struct TokioTimer;

#[async_trait]
impl Timer for TokioTimer {
    async fn sleep(&self, time: Duration) {
        tokio::time::sleep(time).await;
    }
}
