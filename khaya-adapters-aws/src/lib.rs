//! Khaya on AWS. Only adapters for ports live here: each room translates one port into one service's calls, and neither
//! a rule of the business nor a type of the SDK leaves it.
//!
//! | module | port | service |
//! | --- | --- | --- |
//! | [`table`] | `Table` | DynamoDB |
//! | [`files`] | `FileStore` | S3 |
//! | [`assistant`] | `Assistant` | Bedrock |

pub mod assistant;
mod call;
pub mod files;
mod sdk;
pub mod table;

pub use call::{Failure, ServiceError};
pub use sdk::{Access, StaticCredentials};
