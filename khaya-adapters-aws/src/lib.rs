//! Khaya on AWS. Only adapters for ports live here: each room translates one port into one service's calls, and neither
//! a rule of the business nor a type of the SDK leaves it.

pub mod assistant;
mod sdk;
pub mod secrets;
pub mod table;

pub use sdk::StaticCredentials;
