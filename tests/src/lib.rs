//! What the tests of Khaya share: conformance suites for the ports, the engines they are asked of, the application with a
//! clock that tests move, faults at any call of a port, and clients for servers.

pub mod cognito;
pub mod conformance;
pub mod documents;
pub mod dynamodb;
pub mod engines;
pub mod faults;
pub mod files;
pub mod house;
pub mod http;
pub mod lambda;
pub mod load;
pub mod metered;
pub mod observed;
pub mod outlets;
pub mod rate;
pub mod scripted;
pub mod simulation;
pub mod texts;
pub mod world;
