//! Khaya on one machine: what the application needs from outside, from this machine alone.

pub mod assistant;
pub mod clock;
pub mod files;
pub mod inbox;
pub mod live;
pub mod password;
pub mod payments;
pub mod random;
pub mod search;
pub mod table;
pub mod timer;
pub mod token;
