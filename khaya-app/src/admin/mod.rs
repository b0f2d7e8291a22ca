//! What admins see and do about money. Every act is noted with its reason, in the commit that does it.

mod audit;
mod quarantine;
mod stuck;

pub(crate) use audit::note;
pub use audit::{Act, AuditEntry, audit};
pub use quarantine::{QuarantinedCharge, quarantined, resolve_quarantined};
pub use stuck::{replay_event, retry_refund, stuck};

use khaya_domain::user::Role;

use crate::caller::Actor;
use crate::error::{AppError, Code};

/// Refuses everybody else.
pub(crate) fn only_admins(actor: &Actor) -> Result<(), AppError> {
    if actor.role == Role::Admin {
        Ok(())
    } else {
        Err(AppError::new(Code::Forbidden, "Only an admin can do this."))
    }
}
