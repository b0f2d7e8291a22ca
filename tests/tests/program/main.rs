//! The real program, as a process of its own: started, used, killed, started again.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod commands;
mod first_steps;
mod kills;
mod lambda;
mod load;
mod logs;
mod production;
mod traces;
