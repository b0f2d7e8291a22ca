//! Every multi-step flow, with each step failing in turn, each answer lost in turn, a crash before and after each step, each
//! step done twice, and each announcement delivered one to five times in every order: the end is always the same, and the
//! books are always right.
//!
//! Fast enough for every day: on memory every step, on SQLite some. `KHAYA_SWEEP=all` tries everything on both.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]
#![expect(clippy::print_stdout, reason = "it says how much was tried")]

mod driver;
mod flows;
mod state;
mod sweeps;

use sweeps::{Flow, sweep};

macro_rules! flows {
    ($($name:ident $is_found_by_asking:literal;)+) => {$(
        #[test]
        fn $name() {
            sweep(&Flow {
                name: stringify!($name),
                script: |run| Box::pin(flows::$name(run)),
                is_found_by_asking: $is_found_by_asking,
            });
        }
    )+};
}

flows! {
    charge true;
    charge_unseen true;
    charge_declined true;
    release true;
    release_by_silence true;
    payout true;
    payout_later true;
    payout_failed true;
    payout_returned false;
    cancellation true;
    held_aside true;
    refund_failed true;
    dispute true;
    refund_after_release true;
    upgrade true;
    renewal false;
    renewal_failed false;
    unsubscription false;
    referral true;
    referral_taken_back true;
}
