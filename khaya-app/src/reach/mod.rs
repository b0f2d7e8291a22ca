//! Reaching people who are not looking at the app: by push, email and WhatsApp, as they have chosen.
//!
//! A notification is stored first, with the channels that are used for it; then they are used. A channel that stands in the
//! record is never used again for that notification, whatever is repeated, lost or interrupted: somebody who is not told
//! finds the notification in the app, and somebody who is told twice learns to look away. What a provider certainly did not
//! take is tried again later, and in the quiet hours everything but money waits. Whatever was read in the meantime is not
//! sent any more.

mod devices;
mod go_on;
mod hand_over;
mod plan;
mod preferences;

use std::sync::Arc;

use khaya_ports::bus::EventBus;
use khaya_ports::reach::{Mailer, PushSender};

pub use devices::{NewDevice, forget_device, register_device};
pub(crate) use devices::{forget_all, without_device};
pub(crate) use go_on::go_on;
pub(crate) use hand_over::hand_over;
pub(crate) use plan::{Plan, not_before};
pub use preferences::{Reached, preferences, set_preferences};

/// The ways out that there are.
#[derive(Clone, Default)]
pub struct Outside {
    /// To devices, where there is a service for it.
    pub push: Option<Arc<dyn PushSender>>,
    /// By email, where there is a service for it.
    pub mail: Option<Arc<dyn Mailer>>,
    /// Whether the sender of texts has a template for notifications.
    pub whatsapp: bool,
    /// To other systems, which learn of committed events, where there is a bus for it.
    pub bus: Option<Arc<dyn EventBus>>,
}
