//! People choose how they are told, and providers of pushes, mail and WhatsApp fail now and then.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{TimeDelta, Timelike};
use khaya_adapters_local::inbox::{Inbox, Via};
use khaya_app::notifications::Subject;
use khaya_app::reach::{self, NewDevice};
use khaya_domain::ids::JobId;
use khaya_domain::language::Language;
use khaya_domain::reach::{Category, Channels, Preferences};
use khaya_ports::reach::Platform;
use uuid::Uuid;

use super::Simulation;
use super::crowd::Member;
use super::flaky::{Fate, Faults};
use crate::outlets::{self, Outlets};
use crate::world::ManualClock;

/// How many devices there are in the world: fewer than people, so that some change hands.
const DEVICES: u32 = 8;

/// Providers that fail as everything else does.
pub(super) fn outlets(clock: &Arc<ManualClock>, inbox: &Arc<Inbox>, faults: &Arc<Faults>) -> Arc<Outlets> {
    let faults = Arc::clone(faults);
    Outlets::new(Arc::clone(clock) as _, Arc::clone(inbox) as _, move |_| match faults.fate() {
        Fate::Fine => outlets::Fate::Take,
        Fate::Refused => outlets::Fate::Busy,
        Fate::Lost => outlets::Fate::TakeAndLose,
    })
}

impl Simulation {
    /// Somebody chooses how to be told, or signs in on a device, or does not want pushes there any more.
    pub(super) async fn choose(&mut self, who: &Member) {
        match self.dice.below(4) {
            0 => {
                let preferences = self.preferences();
                let chosen = reach::set_preferences(&self.app, &who.caller, preferences).await;
                self.refused_if_suspended("choose how to be told", who, chosen);
            }
            1 => {
                let forgotten = reach::forget_device(&self.app, &who.caller.actor).await;
                self.note("forget a device", forgotten);
            }
            _ => {
                let token = format!("device-{}", self.dice.below(DEVICES)).into();
                let device = NewDevice { platform: Platform::Android, token };
                let registered = reach::register_device(&self.app, &who.caller, device).await;
                self.note("register a device", registered);
            }
        }
    }

    fn preferences(&mut self) -> Preferences {
        let mut channels = || Channels {
            push: !self.dice.once_in(3),
            email: self.dice.once_in(3),
            whatsapp: self.dice.once_in(2),
        };
        let (bids, work, messages, money, community) =
            (channels(), channels(), channels(), channels(), channels());
        let language = self.dice.pick(&Language::ALL).unwrap_or_default();
        Preferences { language, bids, work, messages, money, community }
    }

    /// When all is over: nobody was told anything twice by one channel, and at night of nothing but money.
    pub(super) fn check_reached(&mut self) {
        let taken = self.outlets.taken();
        let mut times: BTreeMap<(Uuid, String, String), u32> = BTreeMap::new();
        for handed in &taken {
            let via = format!("{:?}", handed.via);
            // One person may have several devices; anything else goes to a person.
            let to = if handed.via == Via::Push { handed.to.clone() } else { String::new() };
            *times.entry((handed.reference, via, to)).or_default() += 1;
        }
        for ((reference, via, _), times) in times {
            if times > 1 {
                self.violation(format!("{reference} went out {times} times by {via}"));
            }
        }
        let may_wake: Vec<&str> =
            about_money().flat_map(|subject| Language::ALL.map(|language| subject.text(language))).collect();
        for handed in taken {
            let hour = (handed.at + TimeDelta::hours(2)).hour();
            if !(7..22).contains(&hour) && !may_wake.contains(&handed.text.as_str()) {
                self.violation(format!("somebody was woken at {} by: {}", handed.at, handed.text));
            }
        }
    }
}

/// What may be told at any time.
fn about_money() -> impl Iterator<Item = Subject> {
    let job = JobId::from_uuid(Uuid::nil());
    let all = [
        Subject::JobFunded { job },
        Subject::PaymentHeldAside { job },
        Subject::JobReleased { job },
        Subject::PayoutArrived,
        Subject::PayoutFailed,
        Subject::BankAccountNeeded,
        Subject::BankAccountChanged,
        Subject::RefundArrived { job: None },
        Subject::JobRefunded { job },
        Subject::SubscriptionPaid,
        Subject::RenewalFailed,
    ];
    all.into_iter().inspect(|subject| debug_assert_eq!(subject.category(), Category::Money))
}
