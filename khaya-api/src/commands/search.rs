//! `search fill`: all open jobs into an index that is kept.

use std::io::{self, Write};

use khaya_app::App;
use khaya_domain::text::SearchText;
use khaya_ports::search::SearchFilter;

use super::SearchCommand;
use super::run::CommandError;
use crate::config::{SearchSettings, Settings};
use crate::edge::chain;
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
    let filled = fill(&parts.state.app).await;
    parts.state.app.table.close().await;
    writeln!(io::stdout(), "{} open jobs are in the index.", filled?)?;
    Ok(())
}

/// Fills the index, and asks it: what was put is not yet what is found.
async fn fill(app: &App) -> Result<u64, String> {
    let count = khaya_app::jobs::fill_search(app).await.map_err(|error| chain(&error))?;
    let text = SearchText::parse("geyser").map_err(|error| error.to_string())?;
    let asked = app.search.search(&text, &SearchFilter::default(), None, 1).await;
    asked.map_err(|error| {
        format!("{count} open jobs were put into the index, but it does not answer: {}", chain(&error))
    })?;
    Ok(count)
}
