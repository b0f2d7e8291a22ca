//! The books of one job: charged, released, paid out; then the accounts, which sum to zero.
//!
//! Run it with `cargo run -p khaya-domain --example post_a_journal`.
#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use chrono::{DateTime, Utc};
use khaya_domain::{
    fees::quote,
    ids::{JobId, JournalEntryId, PayoutId, UserId},
    ledger::{JournalEntry, Ledger, recipes},
    money::Money,
    policy::FeePolicy,
};
use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    let now: DateTime<Utc> = "2026-03-02T08:00:00Z".parse()?;
    let (job, worker) = (JobId::new(now, [1; 10]), UserId::new(now, [2; 10]));
    let payout = PayoutId::new(now, [3; 10]);

    let amount = Money::from_cents(100_000)?;
    let paystack_charge = Money::from_cents(3_000)?;
    let third_job = quote(amount, 2, &FeePolicy::default())?;

    let mut ledger = Ledger::default();
    for (number, memo, legs) in [
        (1, "the buyer has paid", recipes::charge(job, third_job.buyer_pays, paystack_charge)?),
        (2, "the work is confirmed", recipes::release(job, worker, &third_job, &[])?),
        (3, "the payout sets out", recipes::payout_start(worker, payout, third_job.worker_gets)),
        (4, "the payout has arrived", recipes::payout_settle(payout, third_job.worker_gets, Money::ZERO)?),
    ] {
        let entry = JournalEntry::new(JournalEntryId::new(now, [number; 10]), now, memo.parse()?, legs)?;
        println!("{memo}:");
        for leg in entry.legs() {
            println!("  {:?} {} {}", leg.side, leg.account, leg.amount);
        }
        ledger.post(entry)?;
    }

    // A step that is done twice is refused: nothing is held for the job any more.
    let again = recipes::release(job, worker, &third_job, &[])?;
    let entry = JournalEntry::new(JournalEntryId::new(now, [5; 10]), now, "released again".parse()?, again)?;
    match ledger.post(entry) {
        Ok(_) => println!("nobody is here"),
        Err(refused) => println!("a second release is refused: {refused}"),
    }

    let balances = ledger.trial_balance();
    println!("accounts, in cents:");
    for (account, cents) in &balances.rows {
        println!("  {account}: {cents}");
    }
    println!("debits less credits: {}", balances.difference());
    Ok(())
}
