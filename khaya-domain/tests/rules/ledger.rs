//! The books: what is true after every step of every journey.

use crate::support::{WORKER, cents, entry_id, hours, job_id, job_in, noon, split, user_id};
use khaya_domain::{
    fees::{FeeQuote, quote},
    ids::{PayoutId, RefundId},
    job::JobStatus,
    ledger::{
        AccountKind, AccountName, EntryError, HoldError, HoldState, JournalEntry, Ledger, LedgerError, Leg,
        Posted,
        recipes::{self, Commission},
    },
    money::Money,
    policy::FeePolicy,
};
use proptest::prelude::*;

fn entry(seed: u8, legs: Vec<Leg>) -> JournalEntry {
    JournalEntry::new(entry_id(seed), noon(), "a test".parse().unwrap(), legs).unwrap()
}

fn payout() -> PayoutId {
    PayoutId::new(noon(), [1; 10])
}

fn refund() -> RefundId {
    RefundId::new(noon(), [2; 10])
}

fn third_job() -> FeeQuote {
    quote(cents(100_000), 2, &FeePolicy::default()).unwrap()
}

fn charged() -> Ledger {
    let mut ledger = Ledger::default();
    ledger.post(entry(1, recipes::charge(job_id(1), cents(100_000), cents(3_000)).unwrap())).unwrap();
    ledger
}

fn escrow() -> AccountName {
    AccountName::Escrow(job_id(1))
}

fn payable() -> AccountName {
    AccountName::Payable(user_id(WORKER))
}

#[test]
fn an_entry_balances() {
    let new = |legs| JournalEntry::new(entry_id(1), noon(), "a test".parse().unwrap(), legs).map(drop);
    let (debit, credit) =
        (Leg::debit(AccountName::ProviderPaystack, cents(5)), Leg::credit(escrow(), cents(5)));
    assert_eq!(new(vec![debit, credit]), Ok(()));
    assert_eq!(new(vec![debit]), Err(EntryError::Legs { legs: 1 }));
    assert_eq!(new(vec![debit; 21]), Err(EntryError::Legs { legs: 21 }));
    assert_eq!(new(vec![debit, debit]), Err(EntryError::Unbalanced { debits: 10, credits: 0 }));
    let nothing = Leg::credit(escrow(), Money::ZERO);
    assert_eq!(new(vec![debit, credit, nothing]), Err(EntryError::EmptyLeg));
    let mut json = serde_json::to_value(entry(1, vec![debit, credit])).unwrap();
    json["legs"][0]["amount"]["amount"] = 6.into();
    assert!(serde_json::from_value::<JournalEntry>(json).is_err(), "reading does not go around the check");
}

#[test]
fn a_job_is_paid_released_and_paid_out() {
    let mut ledger = charged();
    let referrer = AccountName::Payable(user_id(7));
    let commission = Commission { referrer: user_id(7), amount: cents(5_000) };
    let release = recipes::release(job_id(1), user_id(WORKER), &third_job(), &[commission]).unwrap();
    ledger.post(entry(2, release)).unwrap();
    ledger.post(entry(3, recipes::payout_start(user_id(WORKER), payout(), cents(95_000)))).unwrap();
    ledger.post(entry(4, recipes::payout_settle(payout(), cents(95_000), cents(300)).unwrap())).unwrap();

    let balances = ledger.trial_balance();
    assert_eq!(balances.difference(), 0);
    let rows: Vec<_> = balances.rows.iter().filter(|(_, balance)| *balance != 0).copied().collect();
    assert_eq!(
        rows,
        [
            (AccountName::ProviderPaystack, 97_000 - 95_300),
            (referrer, 5_000),
            (AccountName::RevenueFees, 5_000),
            (AccountName::ExpenseProcessing, 3_300),
            (AccountName::ExpenseReferrals, 5_000),
        ]
    );
}

#[test]
fn a_failed_payout_is_owed_again() {
    let mut ledger = charged();
    ledger.post(entry(2, recipes::release(job_id(1), user_id(WORKER), &third_job(), &[]).unwrap())).unwrap();
    ledger.post(entry(3, recipes::payout_start(user_id(WORKER), payout(), cents(95_000)))).unwrap();
    assert_eq!((ledger.balance(&payable()), ledger.balance(&AccountName::payout(payout()))), (0, 95_000));
    ledger.post(entry(4, recipes::payout_fail(user_id(WORKER), payout(), cents(95_000)))).unwrap();
    assert_eq!((ledger.balance(&payable()), ledger.balance(&AccountName::payout(payout()))), (95_000, 0));
}

#[test]
fn a_dispute_is_split() {
    let mut ledger = charged();
    let split = split(30_000, 100_000);
    let parts = split.release_parts(job_in(JobStatus::Disputed).agreement().unwrap(), 2).unwrap();
    let legs = recipes::dispute_split(job_id(1), user_id(WORKER), refund(), &split, &parts, &[]).unwrap();
    ledger.post(entry(2, legs)).unwrap();
    let balance = |account| ledger.balance(&account);
    assert_eq!(
        [
            balance(escrow()),
            balance(AccountName::refund(refund())),
            balance(payable()),
            balance(AccountName::RevenueFees)
        ],
        [0, 30_000, 66_500, 3_500]
    );
}

#[test]
fn a_release_can_be_refunded_before_it_is_paid_out() {
    let mut ledger = charged();
    ledger.post(entry(2, recipes::release(job_id(1), user_id(WORKER), &third_job(), &[]).unwrap())).unwrap();
    ledger
        .post(entry(3, recipes::refund_released(user_id(WORKER), refund(), &third_job()).unwrap()))
        .unwrap();
    ledger.post(entry(4, recipes::refund_settle(refund(), cents(100_000), Money::ZERO).unwrap())).unwrap();
    assert_eq!(ledger.balance(&AccountName::ProviderPaystack), -3_000, "Paystack keeps its charge");
    assert_eq!((ledger.balance(&payable()), ledger.balance(&AccountName::RevenueFees)), (0, 0));
}

#[test]
fn a_commission_that_was_paid_out_stays_an_expense() {
    let commission = Commission { referrer: user_id(7), amount: cents(5_000) };
    let cents_taken = |still: i64| {
        recipes::commission_taken_back(commission, cents(still)).first().map_or(0, |leg| leg.amount.cents())
    };
    assert_eq!([cents_taken(9_000), cents_taken(2_000), cents_taken(0)], [5_000, 2_000, 0]);
}

#[test]
fn a_charge_that_funds_no_job_is_held_aside_and_refunded() {
    let mut ledger = Ledger::default();
    ledger.post(entry(1, recipes::charge_held_aside(refund(), cents(500), cents(20)).unwrap())).unwrap();
    assert_eq!(ledger.balance(&AccountName::refund(refund())), 500);
    ledger.post(entry(2, recipes::refund_settle(refund(), cents(500), Money::ZERO).unwrap())).unwrap();
    assert_eq!(ledger.balance(&AccountName::refund(refund())), 0);
    assert!(recipes::charge(job_id(1), cents(5), cents(6)).is_err());
}

#[test]
fn the_same_entry_twice_is_one_entry_and_another_is_a_conflict() {
    let mut ledger = charged();
    let before = ledger.clone();
    let same = entry(1, recipes::charge(job_id(1), cents(100_000), cents(3_000)).unwrap());
    assert_eq!(ledger.post(same), Ok(Posted::Before));
    let other = entry(1, recipes::charge(job_id(1), cents(100_001), cents(3_000)).unwrap());
    assert_eq!(ledger.post(other.clone()), Err(LedgerError::IdTaken { id: entry_id(1) }));
    assert_eq!(ledger.hold(other), Err(LedgerError::IdTaken { id: entry_id(1) }));
    assert_eq!(ledger, before);
}

#[test]
fn money_that_is_not_there_is_not_moved() {
    let mut ledger = charged();
    let before = ledger.clone();
    let refused =
        ledger.post(entry(2, recipes::refund_start(job_id(1), refund(), cents(100_001)))).unwrap_err();
    assert_eq!(refused, LedgerError::NotEnough { account: escrow(), available: 100_000, wanted: 100_001 });
    assert_eq!(ledger, before);
}

#[test]
fn an_entry_is_reversed_once_by_its_mirror() {
    let mut ledger = charged();
    let memo = || "booked twice".parse().unwrap();
    assert_eq!(
        ledger.reverse(entry_id(9), entry_id(2), hours(1), memo()),
        Err(LedgerError::Unknown { id: entry_id(9) })
    );
    assert_eq!(ledger.reverse(entry_id(1), entry_id(2), hours(1), memo()), Ok(Posted::Now));
    assert_eq!(ledger.reverse(entry_id(1), entry_id(2), hours(1), memo()), Ok(Posted::Before));
    let twice = ledger.reverse(entry_id(1), entry_id(3), hours(2), memo());
    assert_eq!(twice, Err(LedgerError::AlreadyReversed { by: entry_id(2) }));
    assert!(ledger.trial_balance().rows.iter().all(|(_, balance)| *balance == 0));
}

#[test]
fn a_hold_reserves_money_and_resolves_once() {
    let mut ledger = charged();
    let held = || entry(2, recipes::refund_start(job_id(1), refund(), cents(60_000)));
    assert_eq!((ledger.hold(held()), ledger.hold(held())), (Ok(Posted::Now), Ok(Posted::Before)));
    assert_eq!((ledger.balance(&escrow()), ledger.available(&escrow())), (100_000, 40_000));
    let more = ledger.post(entry(3, recipes::refund_start(job_id(1), refund(), cents(40_001))));
    assert!(matches!(more, Err(LedgerError::NotEnough { available: 40_000, .. })));

    ledger.post_hold(entry_id(2), hours(1)).unwrap();
    assert_eq!((ledger.balance(&escrow()), ledger.available(&escrow())), (40_000, 40_000));
    let posted = Err(LedgerError::Hold(HoldError::AlreadyPosted { at: hours(1) }));
    assert_eq!(ledger.post_hold(entry_id(2), hours(2)), posted);
    assert_eq!(ledger.void_hold(entry_id(2), hours(2)), posted);
    assert_eq!(ledger.hold_state(entry_id(2)), Some(HoldState::Posted { at: hours(1) }));
}

#[test]
fn a_voided_hold_gives_the_money_free() {
    let mut ledger = charged();
    ledger.hold(entry(2, recipes::refund_start(job_id(1), refund(), cents(60_000)))).unwrap();
    ledger.void_hold(entry_id(2), hours(1)).unwrap();
    assert_eq!(ledger.available(&escrow()), 100_000);
    let voided = Err(LedgerError::Hold(HoldError::AlreadyVoided { at: hours(1) }));
    assert_eq!(ledger.void_hold(entry_id(2), hours(2)), voided);
    assert_eq!(ledger.post_hold(entry_id(2), hours(2)), voided);
    assert_eq!(ledger.post_hold(entry_id(3), hours(2)), Err(LedgerError::Unknown { id: entry_id(3) }));
}

/// What may happen to the books, in any order, sensible or not.
#[derive(Clone, Debug)]
enum Step {
    Charge(u8, i64),
    Release(u8, i64, bool),
    Pay(u8, i64),
    Settle(u8, i64),
    Fail(u8, i64),
    Refund(u8, i64),
    Hold(u8, i64),
    PostHold(u8),
    VoidHold(u8),
    Reverse(u8),
    Repeat(u8),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let (which, amount) = (0_u8..3, prop_oneof![1_i64..30, 1_i64..100_000]);
    let which_entry = 0_u8..60;
    let step = prop_oneof![
        3 => (which.clone(), amount.clone()).prop_map(|(job, cents)| Step::Charge(job, cents)),
        3 => (which.clone(), amount.clone(), any::<bool>()).prop_map(|(job, cents, paid)| Step::Release(job, cents, paid)),
        2 => (which.clone(), amount.clone()).prop_map(|(user, cents)| Step::Pay(user, cents)),
        2 => (which.clone(), amount.clone()).prop_map(|(user, cents)| Step::Settle(user, cents)),
        1 => (which.clone(), amount.clone()).prop_map(|(user, cents)| Step::Fail(user, cents)),
        2 => (which.clone(), amount.clone()).prop_map(|(job, cents)| Step::Refund(job, cents)),
        2 => (which, amount).prop_map(|(job, cents)| Step::Hold(job, cents)),
        1 => which_entry.clone().prop_map(Step::PostHold),
        1 => which_entry.clone().prop_map(Step::VoidHold),
        1 => which_entry.clone().prop_map(Step::Reverse),
        1 => which_entry.prop_map(Step::Repeat),
    ];
    proptest::collection::vec(step, 1..60)
}

fn take(ledger: &mut Ledger, seed: u8, step: &Step) {
    let payout = |user: u8| PayoutId::new(noon(), [user; 10]);
    let refund = |job: u8| RefundId::new(noon(), [100 + job; 10]);
    let legs = match *step {
        Step::Charge(job, amount) => recipes::charge(job_id(job), cents(amount), cents(amount / 30)).unwrap(),
        Step::Release(job, amount, referred) => {
            let quote = quote(cents(amount), u32::from(job), &FeePolicy::default()).unwrap();
            let commission = Commission { referrer: user_id(2), amount: cents(amount / 20) };
            let commissions = if referred { vec![commission, commission] } else { vec![] };
            recipes::release(job_id(job), user_id(job), &quote, &commissions).unwrap()
        }
        Step::Pay(user, amount) => recipes::payout_start(user_id(user), payout(user), cents(amount)),
        Step::Settle(user, amount) => recipes::payout_settle(payout(user), cents(amount), cents(3)).unwrap(),
        Step::Fail(user, amount) => recipes::payout_fail(user_id(user), payout(user), cents(amount)),
        Step::Refund(job, amount) | Step::Hold(job, amount) => {
            recipes::refund_start(job_id(job), refund(job), cents(amount))
        }
        // What is refused changes nothing, which the caller checks.
        Step::PostHold(id) => {
            let _ = ledger.post_hold(entry_id(id), hours(1));
            return;
        }
        Step::VoidHold(id) => {
            let _ = ledger.void_hold(entry_id(id), hours(1));
            return;
        }
        Step::Reverse(id) => {
            let _ = ledger.reverse(entry_id(id), entry_id(seed), noon(), "a test".parse().unwrap());
            return;
        }
        Step::Repeat(id) => {
            let again: Vec<_> =
                ledger.entries().filter(|entry| entry.id() == entry_id(id)).cloned().collect();
            return again.into_iter().for_each(|entry| assert_eq!(ledger.post(entry), Ok(Posted::Before)));
        }
    };
    let entry = entry(seed, legs);
    let _ = if matches!(step, Step::Hold(..)) { ledger.hold(entry) } else { ledger.post(entry) };
}

proptest! {
    #[test]
    fn the_books_are_sound_after_every_step(steps in steps()) {
        let mut ledger = Ledger::default();
        for (seed, step) in (0_u8..).zip(&steps) {
            take(&mut ledger, seed, step);
            let balances = ledger.trial_balance();
            prop_assert_eq!(balances.difference(), 0, "all accounts sum to zero");
            for (account, balance) in balances.rows {
                let is_owed = account.kind() == AccountKind::Liability;
                prop_assert!(!is_owed || (balance >= 0 && ledger.available(&account) >= 0), "{} has {}", account, balance);
            }
        }
        // The balances are the sums of the entries, and of nothing else.
        for entry in ledger.entries() {
            for leg in entry.legs() {
                prop_assert!(!leg.amount.is_zero());
            }
            let json = serde_json::to_string(entry).unwrap();
            prop_assert_eq!(&serde_json::from_str::<JournalEntry>(&json).unwrap(), entry);
        }
        let sums = ledger.entries().flat_map(JournalEntry::legs).fold(
            std::collections::BTreeMap::<AccountName, i128>::new(),
            |mut sums, leg| {
                *sums.entry(leg.account).or_default() += i128::from(leg.growth_cents());
                sums
            },
        );
        prop_assert_eq!(ledger.trial_balance().rows, sums.into_iter().collect::<Vec<_>>());
    }
}

#[test]
fn a_job_is_never_released_twice() {
    let mut ledger = charged();
    let release = || recipes::release(job_id(1), user_id(WORKER), &third_job(), &[]).unwrap();
    ledger.post(entry(2, release())).unwrap();
    assert_eq!(ledger.post(entry(3, release())).unwrap_err().code(), "balance_not_enough");
    let refund = ledger.post(entry(4, recipes::refund_start(job_id(1), refund(), cents(1))));
    assert_eq!(refund.unwrap_err().code(), "balance_not_enough", "release and refund exclude each other");
}
