//! `search fill`: all open jobs into an index that is kept.

use std::io::{self, Write};

use super::SearchCommand;
use super::run::CommandError;
use crate::config::{SearchSettings, Settings};
use crate::wiring;

/// Puts every open job into the index. It may run beside servers, and be repeated.
pub(super) async fn run(settings: &Settings, command: SearchCommand) -> Result<(), CommandError> {
    let SearchCommand::Fill = command;
    if settings.outside.search == SearchSettings::Local {
        return Err(
            "nothing to fill: with KHAYA_SEARCH=local each server fills its own index when it starts".into(),
        );
    }
    let parts = wiring::assemble(settings, None, settings.bind).await?;
    let filled = khaya_app::jobs::fill_search(&parts.state.app).await;
    parts.state.app.table.close().await;
    writeln!(io::stdout(), "{} open jobs are in the index.", filled.map_err(|error| error.detail)?)?;
    Ok(())
}
