//! Whether somebody may change anything at all.

use khaya_domain::user::Role;

use crate::error::{AppError, Code};
use crate::load::Kept;
use crate::mutants::{Mutant, is_on};
use crate::records::user::UserRecord;

/// The stored user of a request that changes something, who must be active and in one of these roles.
///
/// The role and the standing are the stored ones: a suspension holds from the next request on, whatever the token says.
pub(crate) fn acting(user: Option<Kept<UserRecord>>, roles: &[Role]) -> Result<Kept<UserRecord>, AppError> {
    let user =
        user.ok_or_else(|| AppError::new(Code::Unauthenticated, "This account does not exist any more."))?;
    if !is_on(Mutant::SuspendedActs) {
        user.record.user.may_act()?;
    }
    if !roles.contains(&user.record.user.role) {
        let allowed: Vec<_> = roles.iter().map(|role| role.as_str()).collect();
        return Err(AppError::new(
            Code::Forbidden,
            format!("Only a {} can do this.", allowed.join(" or a ")),
        ));
    }
    Ok(user)
}

/// Every role.
pub(crate) const ANYONE: &[Role] = &[Role::Buyer, Role::Worker, Role::Seller, Role::Admin];
