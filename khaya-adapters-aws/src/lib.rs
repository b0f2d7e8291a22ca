//! Khaya on AWS. Only adapters for ports live here: each room translates one port into one service's calls, and neither
//! a rule of the business nor a type of the SDK leaves it.
//!
//! | module | port | service |
//! | --- | --- | --- |
//! | [`table`] | `Table` | DynamoDB |
//! | [`search`] | `JobSearch` | DynamoDB, its vector index |
//! | [`files`] | `FileStore` | S3 |
//! | [`push`] | `PushSender` | SNS mobile push |
//! | [`mail`] | `Mailer` | SES, version 2 |
//! | [`bus`] | `EventBus` | EventBridge |
//! | [`live`] | `LiveUpdates` | AppSync Events |
//! | [`secrets`] | | Secrets Manager |
//! | [`assistant`] | `Assistant` | Bedrock |
//! | [`cognito`] | `IdentityProvider` | Cognito user pools |

pub mod assistant;
pub mod bus;
mod call;
pub mod cognito;
pub mod files;
pub mod live;
pub mod mail;
pub mod push;
mod reach;
mod sdk;
pub mod search;
pub mod secrets;
pub mod table;

pub use call::{Failure, ServiceError};
pub use sdk::{Access, StaticCredentials};
