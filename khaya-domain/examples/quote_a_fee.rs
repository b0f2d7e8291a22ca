//! What a job of R1 000.00 costs and brings, on a worker's first four jobs.
//!
//! Run it with `cargo run -p khaya-domain --example quote_a_fee`.
#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use khaya_domain::{fees::quote, money::Money, policy::FeePolicy};
use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    let amount = Money::from_cents(100_000)?;
    let policy = FeePolicy::default();

    println!("The worker pays {} of the amount, after {} free jobs.", policy.worker_rate, policy.waived_jobs);
    for jobs_released_before in 0..4 {
        let quote = quote(amount, jobs_released_before, &policy)?;
        println!(
            "job {}: the buyer pays {}, the fee is {}, the worker gets {}",
            jobs_released_before + 1,
            quote.buyer_pays,
            quote.worker_fee,
            quote.worker_gets,
        );
    }

    // The same rules with a fee on both sides.
    let two_sided = FeePolicy { buyer_rate: "0.03".parse()?, ..policy };
    let quote = quote(amount, 2, &two_sided)?;
    println!(
        "with a buyer's fee of 3%: the buyer pays {}, the worker gets {}",
        quote.buyer_pays, quote.worker_gets
    );
    Ok(())
}
