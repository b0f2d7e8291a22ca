//! `books prove`: every balance from the entries, and what must hold.

use std::io::{self, Write};

use chrono::{NaiveDate, NaiveTime};
use khaya_domain::ledger::AccountName;

use super::run::CommandError;
use crate::config::Settings;
use crate::wiring;

/// Proves the books and prints the balances of the accounts that all share, and the sums of the others.
pub(super) async fn prove(settings: &Settings, since: NaiveDate) -> Result<(), CommandError> {
    let parts = wiring::assemble(settings, None, settings.bind).await?;
    let proof = khaya_app::books::prove(&parts.state.app, since.and_time(NaiveTime::MIN).and_utc()).await;
    parts.state.app.table.close().await;
    let proof = proof.map_err(|error| error.detail)?;
    let mut out = io::stdout().lock();
    writeln!(out, "{} entries, {} accounts", proof.entries, proof.balances.len())?;
    let sum_of = |is_one: fn(&AccountName) -> bool| {
        proof.balances.iter().filter(|(account, _)| is_one(account)).map(|(_, cents)| *cents).sum::<i128>()
    };
    let held = sum_of(|account| matches!(account, AccountName::Escrow(_)));
    let owed = sum_of(|account| matches!(account, AccountName::Payable(_)));
    let on_its_way = sum_of(|account| matches!(account, AccountName::Transit(_)));
    for (name, cents) in [("held for jobs", held), ("owed to users", owed), ("on its way", on_its_way)] {
        writeln!(out, "  {name:<24} {cents:>16} cents")?;
    }
    for (account, cents) in proof.balances.iter().filter(|(account, _)| account.is_shared()) {
        writeln!(out, "  {:<24} {cents:>16} cents", account.to_string())?;
    }
    if proof.faults.is_empty() {
        writeln!(
            out,
            "The books hold: all accounts sum to zero, and no account is below zero that may not be."
        )?;
        return Ok(());
    }
    let faults = proof.faults.iter().map(|fault| format!("  - {fault}")).collect::<Vec<_>>().join("\n");
    Err(format!("The books do not hold:\n{faults}").into())
}
