//! The shell of Khaya: configuration, wiring, routes, command line. It decides nothing: a handler parses, calls one use
//! case and maps the answer.
//!
//! | room | what is in it |
//! | --- | --- |
//! | [`config`] | what the environment says, and all that is wrong with it, at once |
//! | [`wiring`] | the composition root: the only place that names an adapter |
//! | [`edge`] | what every request passes: limits, request ids, headers, logs, metrics, problem documents |
//! | [`extract`] | strict requests: bodies, queries, paths, permissions, idempotency keys |
//! | [`routes`] | one file for each small family of endpoints, with its request and response types |
//! | [`openapi`] | the description of all of it |
//! | [`serve`] | the running server, its background work and its end |
//! | `listen` | connections: accepted, limited, ended in order |
//! | `simulation` | the simulated payment provider at work |
//! | [`commands`] | the other subcommands |

pub mod commands;
pub mod config;
pub mod edge;
pub mod extract;
mod listen;
pub mod live;
pub mod openapi;
pub mod problem;
pub mod routes;
pub mod serve;
mod simulation;
pub mod state;
pub mod telemetry;
pub mod wiring;

pub use simulation::work_simulated_provider;
