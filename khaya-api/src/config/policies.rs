//! The rules' numbers: the standard ones, or those of a file.

use std::fs;
use std::path::Path;

use chrono::DateTime;
use khaya_domain::policy::{Dated, Policies, Schedule};

/// The numbers of `docs/business-rules.md`.
pub(super) fn standard() -> Schedule<Policies> {
    let policy = Policies::default();
    Schedule::starting(Dated { version: policy.version, effective_from: DateTime::UNIX_EPOCH, policy })
}

/// Those of a file: a JSON list of `{"version", "effectiveFrom", "policy"}`, oldest first.
pub(super) fn read(path: Option<&Path>) -> Result<Schedule<Policies>, String> {
    let Some(path) = path else { return Ok(standard()) };
    let text =
        fs::read_to_string(path).map_err(|error| format!("{} cannot be read: {error}", path.display()))?;
    serde_json::from_str(&text)
        .map_err(|error| format!("{} is not a list of policies: {error}", path.display()))
}
