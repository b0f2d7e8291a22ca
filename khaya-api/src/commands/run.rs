//! Runs a command.

use std::io::{self, Write};

use tokio::signal;

use super::{AdminCommand, Arguments, BooksCommand, Command, DemoCommand, admin, books, demo, search, table};
use crate::config::{Settings, StoreSettings, TextSettings, Variables};
use crate::{routes, serve, telemetry, wiring};

/// An error that ends the program, with a message for the person who started it.
pub(super) type CommandError = Box<dyn std::error::Error + Send + Sync>;

/// Runs the command that was asked for.
pub async fn run(arguments: Arguments) -> Result<(), CommandError> {
    match arguments.command.unwrap_or(Command::Serve) {
        Command::Serve => serve_until_told().await,
        Command::Openapi => {
            let text = routes::description().to_pretty_json()?;
            writeln!(io::stdout(), "{text}")?;
            Ok(())
        }
        Command::Admin { command: AdminCommand::Create { phone, name, email } } => {
            let variables = variables().await?;
            let settings = Settings::read(&variables)?;
            admin::create(&settings, variables.get("KHAYA_ADMIN_PASSWORD"), &phone, &name, email.as_deref())
                .await
        }
        Command::Books { command: BooksCommand::Prove { since } } => {
            books::prove(&Settings::read(&variables().await?)?, since).await
        }
        Command::Table { command } => table::run(&Variables::of_process()?, command).await,
        Command::Search { command } => search::run(&Settings::read(&variables().await?)?, command).await,
        Command::Demo { command: DemoCommand::Seed } => {
            demo::seed(&Settings::read(&variables().await?)?).await
        }
    }
}

/// The environment, with the secrets that it names: every command that reads all settings needs them.
async fn variables() -> Result<Variables, CommandError> {
    Ok(wiring::add_secrets(Variables::of_process()?).await?)
}

async fn serve_until_told() -> Result<(), CommandError> {
    let settings = Settings::read(&variables().await?)?;
    telemetry::start_logs(&settings)?;
    let mut server = serve::start(&settings).await?;
    print_where(&server.url(), &settings)?;
    tokio::select! {
        error = server.failed() => return Err(error.into()),
        told = told_to_stop() => told?,
    }
    tracing::info!("stopping: requests that run are finished");
    server.shut_down().await;
    Ok(())
}

fn print_where(url: &str, settings: &Settings) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "Khaya is listening on {url}")?;
    writeln!(out, "  documentation    {url}/docs")?;
    writeln!(out, "  API description  {url}/openapi.json")?;
    if let TextSettings::Inbox = settings.texts {
        writeln!(out, "  developer inbox  {url}/dev/inbox")?;
    }
    match &settings.store {
        StoreSettings::Memory => writeln!(out, "  data             in memory: gone when this process ends")?,
        StoreSettings::Sqlite { path } => writeln!(out, "  data             {}", path.display())?,
        StoreSettings::Dynamodb { table, .. } => writeln!(out, "  data             DynamoDB table {table}")?,
    }
    out.flush()
}

#[cfg(unix)]
async fn told_to_stop() -> io::Result<()> {
    let mut terminate = signal::unix::signal(signal::unix::SignalKind::terminate())?;
    tokio::select! {
        told = signal::ctrl_c() => told,
        _ = terminate.recv() => Ok(()),
    }
}

#[cfg(not(unix))]
async fn told_to_stop() -> io::Result<()> {
    signal::ctrl_c().await
}
