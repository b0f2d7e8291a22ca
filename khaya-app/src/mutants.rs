//! Deliberate mistakes, to show that the tests would find them.
//!
//! They exist behind the feature `mutants`, which only the test crate asks for: without it `is_on` is `false` at compile
//! time, and nothing of them is left. With it, a test switches one on for its own thread.

macro_rules! mutants {
    ($($(#[doc = $doc:literal])+ $name:ident,)+) => {
        /// A deliberate mistake.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Mutant { $($(#[doc = $doc])+ $name,)+ }

        impl Mutant {
            /// Every one.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// What it does, in a sentence.
            pub fn meaning(self) -> &'static str {
                match self { $(Self::$name => concat!($($doc),+).trim_ascii(),)+ }
            }
        }
    };
}

mutants! {
    /// A balance is not written with the entry that moves it.
    BalanceForgotten,
    /// A release is booked, and the job stays as it was.
    ReleaseKeepsTheJob,
    /// A release is booked with another amount for the worker than its quote says.
    FeeNotTaken,
    /// A fee is rounded down.
    FeeRoundedDown,
    /// A fee is rounded twice: to ten cents, and then to the cent.
    FeeRoundedTwice,
    /// A waiver is counted when the bid is accepted.
    WaiverCountedAtAcceptance,
    /// A waiver is not counted.
    WaiverNotCounted,
    /// A full refund does not give the waiver back.
    WaiverNotGivenBack,
    /// A limit is checked, and the count is not part of the write.
    LimitOutsideTheWrite,
    /// A limit is not checked.
    LimitNotChecked,
    /// An announcement is believed, and the provider not asked.
    AnnouncementBelieved,
    /// A charge of another amount funds the job.
    WrongAmountFunds,
    /// A charge for an earlier acceptance funds the job.
    StaleAcceptanceFunds,
    /// Money that is held aside is not refunded.
    HeldAsideForgotten,
    /// A refund is asked for without a claim.
    RefundWithoutClaim,
    /// An outcome that is not known counts as not done.
    UnknownIsNotDone,
    /// A failed payout stays in transit.
    FailedPayoutForgotten,
    /// A payout that came back is not owed again.
    ReturnedPayoutForgotten,
    /// A payout goes out before the time after a change of the bank account is over.
    HoldIgnored,
    /// A payout goes to an account that has failed.
    FailedAccountPaid,
    /// A cancelled job keeps its held money.
    CancellationKeepsTheMoney,
    /// A split sends back a cent less than it says.
    SplitLosesACent,
    /// A referral earns with every job.
    ReferralPerJob,
    /// A commission has no cap.
    CommissionNotCapped,
    /// A refunded job lets its commissions stand.
    CommissionStands,
    /// A renewal is booked each time that it is announced.
    RenewalBookedTwice,
    /// A suspended user can act.
    SuspendedActs,
    /// A notification whose answer got lost is sent again.
    LostNoticeRepeated,
    /// Notifications go out in the quiet hours.
    QuietHoursForgotten,
    /// The provider's charge for a failed transfer is not booked.
    FailedTransferFree,
}

#[cfg(feature = "mutants")]
thread_local! {
    static ACTIVE: std::cell::Cell<Option<Mutant>> = const { std::cell::Cell::new(None) };
}

/// Switches a mistake on for this thread, and the one before off.
#[cfg(feature = "mutants")]
pub fn switch_on(mutant: Option<Mutant>) {
    ACTIVE.with(|active| active.set(mutant));
}

/// Whether a mistake is made.
#[cfg(feature = "mutants")]
pub(crate) fn is_on(mutant: Mutant) -> bool {
    ACTIVE.with(|active| active.get() == Some(mutant))
}

/// Whether a mistake is made: never.
#[cfg(not(feature = "mutants"))]
pub(crate) const fn is_on(_: Mutant) -> bool {
    false
}
