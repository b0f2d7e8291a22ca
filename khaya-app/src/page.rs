//! Lists, page by page.

use serde::{Deserialize, Serialize};

/// Which page of a list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PageRequest {
    /// How many at most: 1 to [`PageRequest::MOST`]; [`PageRequest::USUAL`] when not said.
    pub limit: Option<u16>,
    /// Where to go on: `next_cursor` of the page before.
    pub cursor: Option<String>,
}

impl PageRequest {
    /// The largest page.
    pub const MOST: u16 = 100;
    /// The page of a caller who does not say.
    pub const USUAL: u16 = 20;

    /// How many to show.
    pub(crate) fn limit(&self) -> u16 {
        self.limit.unwrap_or(Self::USUAL).clamp(1, Self::MOST)
    }
}

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page<T> {
    /// What it shows.
    pub items: Vec<T>,
    /// Where the next page begins; `None` on the last.
    pub next_cursor: Option<String>,
}

impl<T> Page<T> {
    /// A page of what was read: one more than is shown tells whether there is a next page.
    pub(crate) fn of<R>(
        app: &crate::App,
        scope: &str,
        limit: u16,
        found: Vec<R>,
        position: impl Fn(&R) -> khaya_ports::table::Position,
        show: impl Fn(R) -> Result<T, crate::AppError>,
    ) -> Result<Self, crate::AppError> {
        let limit = usize::from(limit);
        let next_cursor = match found.get(limit.saturating_sub(1)) {
            Some(last) if found.len() > limit => {
                Some(crate::cursor::seal(&app.keys, scope, &position(last))?)
            }
            Some(_) | None => None,
        };
        let items = found.into_iter().take(limit).map(show).collect::<Result<_, _>>()?;
        Ok(Self { items, next_cursor })
    }
}
