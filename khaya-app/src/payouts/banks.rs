//! The banks that can be paid to.

use khaya_ports::payment::Bank;

use crate::app::App;
use crate::error::AppError;

/// The banks whose accounts can be checked and paid to, by name.
pub async fn banks(app: &App) -> Result<Vec<Bank>, AppError> {
    let mut banks = app.payments.banks().await?;
    banks.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(banks)
}
