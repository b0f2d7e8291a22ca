//! The rules of Khaya, a marketplace for home services in South Africa.
//!
//! This crate knows what is true: money and fees, who may do what and when, the lifecycles of jobs, bids and
//! subscriptions, and the books. It does no input or output, reads no clock and draws no random numbers: time, ids and
//! randomness come in as arguments, a method consumes the old value and returns the new one or a typed refusal.
//! Whoever stores the values, serves them or sends them is elsewhere.
//!
//! | module | what is decided there |
//! | --- | --- |
//! | [`ids`] | one type for each kind of id |
//! | [`money`] | whole cents, rates, exact splits |
//! | [`text`], [`phone`], [`password`], [`category`], [`geo`], [`language`] | values that people type, checked once |
//! | [`policy`] | the numbers behind the rules, and which of them are in force |
//! | [`user`], [`otp`], [`session`] | who acts, and how they prove it |
//! | [`delivery`] | how one text reaches a phone, once by each channel |
//! | [`job`], [`bid`], [`dispute`], [`review`] | work from the advert to the stars |
//! | [`conversation`] | what buyer and worker say to each other, in one order |
//! | [`mod@file`] | what is uploaded, and what may refer to it |
//! | [`estimate`], [`summary`] | what a job may cost, what a conversation comes down to, and which answers of a model are believed |
//! | [`fees`], [`referral`], [`tiers`], [`subscription`], [`listing`] | what it costs, and what it earns |
//! | [`ledger`] | double-entry books: entries, accounts, holds, recipes |
//!
//! ```
//! use khaya_domain::{fees, money::Money, policy::FeePolicy};
//!
//! let third_job = fees::quote(Money::from_cents(100_000)?, 2, &FeePolicy::default())?;
//! assert_eq!(third_job.worker_fee.to_string(), "R50.00");
//! assert_eq!(third_job.worker_gets.to_string(), "R950.00");
//! # Ok::<(), khaya_domain::money::MoneyError>(())
//! ```
#![deny(clippy::float_arithmetic)]

#[macro_use]
mod macros;
mod instant;

pub mod bid;
pub mod category;
pub mod conversation;
pub mod delivery;
pub mod dispute;
pub mod estimate;
pub mod fees;
pub mod file;
pub mod geo;
pub mod ids;
pub mod job;
pub mod language;
pub mod ledger;
pub mod listing;
pub mod money;
pub mod otp;
pub mod password;
pub mod phone;
pub mod policy;
pub mod reach;
pub mod referral;
pub mod review;
pub mod session;
pub mod subscription;
pub mod summary;
pub mod text;
pub mod tiers;
pub mod user;
