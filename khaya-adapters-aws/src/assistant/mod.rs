//! Models on Amazon Bedrock, by the Converse API.
//!
//! How a model is made to answer in JSON differs from model to model: `capability.rs` knows. People's texts go into a frame that no
//! text can end: see `prompt.rs`. Neither they nor answers are logged.

mod capability;
mod client;
mod document;
mod error;
mod prompt;

pub use client::{Bedrock, BedrockSettings};
pub use error::BedrockError;
