//! What the tests of Khaya share: conformance suites for the ports, and the engines they are asked of.

pub mod conformance;
pub mod dynamodb;
pub mod engines;
