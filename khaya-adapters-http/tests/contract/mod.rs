//! What the contracts of all providers need: a mock server made from a description, behind a watch.

pub(crate) mod prism;
pub(crate) mod proxy;
