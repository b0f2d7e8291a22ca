//! What a failed call means to whoever wanted to reach somebody: pushes and mail alike.

use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use khaya_ports::reach::ReachError;

use crate::call::{Failure, ServiceError};
use crate::sdk::timeouts;

/// To connect.
const CONNECT: Duration = Duration::from_secs(1);
/// For the one attempt of what is sent: below the ten seconds that the port promises.
const SEND: Duration = Duration::from_secs(8);

/// Of calls that are made once.
pub(crate) fn once() -> (TimeoutConfig, RetryConfig) {
    (timeouts(CONNECT, SEND, SEND), RetryConfig::disabled())
}

/// As the port's error. A call that was answered with a fault of the service, or not at all, may have been carried out.
pub(crate) fn unreached(error: ServiceError) -> ReachError {
    let error = error.log();
    match error.failure() {
        Failure::Throttled | Failure::Unreached => ReachError::Busy(error.into()),
        Failure::Unanswered => ReachError::Unknown(error.into()),
        Failure::Refused => ReachError::Refused(error.into()),
    }
}
