//! The command line.

mod admin;
mod books;
mod demo;
mod run;
mod search;
mod table;

use chrono::NaiveDate;
use clap::{Parser, Subcommand};

pub use run::run;

/// The back end of a marketplace for home services.
#[derive(Debug, Parser)]
#[command(name = "khaya-api", version, about)]
pub struct Arguments {
    /// What to do; `serve` when not said.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// What can be done.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the server. Settings are environment variables: see docs/running.md.
    Serve,
    /// Print the description of the API (OpenAPI 3.1, JSON).
    Openapi,
    /// Work on administrators.
    Admin {
        /// What to do.
        #[command(subcommand)]
        command: AdminCommand,
    },
    /// Work on the books.
    Books {
        /// What to do.
        #[command(subcommand)]
        command: BooksCommand,
    },
    /// Work on the DynamoDB table that DYNAMODB_TABLE names.
    Table {
        /// What to do.
        #[command(subcommand)]
        command: TableCommand,
    },
    /// Work on a search that is kept: KHAYA_SEARCH=dynamodb.
    Search {
        /// What to do.
        #[command(subcommand)]
        command: SearchCommand,
    },
    /// Work on demonstration data.
    Demo {
        /// What to do.
        #[command(subcommand)]
        command: DemoCommand,
    },
}

/// What can be done about administrators.
#[derive(Debug, Subcommand)]
pub enum AdminCommand {
    /// Make one. The password is read from KHAYA_ADMIN_PASSWORD, or from standard input.
    Create {
        /// The mobile number that signs in.
        #[arg(long)]
        phone: String,
        /// The name.
        #[arg(long)]
        name: String,
        /// The email address.
        #[arg(long)]
        email: Option<String>,
    },
}

/// What can be done about the books.
#[derive(Debug, Subcommand)]
pub enum BooksCommand {
    /// Recompute every balance from the entries, and check what must hold. Ends with an error when something does not.
    Prove {
        /// The day of the first entry.
        #[arg(long, default_value = "2026-01-01")]
        since: NaiveDate,
    },
}

/// What can be done about the table.
#[derive(Debug, Subcommand)]
pub enum TableCommand {
    /// Make it: on demand, with its indexes, its expiry and its stream, protected and restorable. Waits until it serves.
    Create {
        /// Without protection against deletion and point-in-time recovery, and without the vector index unless KHAYA_SEARCH is
        /// dynamodb: for what may be thrown away.
        #[arg(long)]
        throwaway: bool,
    },
    /// Say how it differs from what it must be. Ends with an error when it does.
    Check {
        /// Protection and recovery may be missing, and the vector index unless KHAYA_SEARCH is dynamodb.
        #[arg(long)]
        throwaway: bool,
    },
}

/// What can be done about the search.
#[derive(Debug, Subcommand)]
pub enum SearchCommand {
    /// Put every open job into the index: once after it was switched on, when no process is left that was started before, and whenever in doubt. Servers may run meanwhile.
    Fill,
}

/// What can be done about demonstration data.
#[derive(Debug, Subcommand)]
pub enum DemoCommand {
    /// Put a few people, jobs and bids into the store of local development.
    Seed,
}
