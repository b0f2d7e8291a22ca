//! A bid from the offer to the confirmed work, and a refusal on the way.
//!
//! Run it with `cargo run -p khaya-domain --example life_of_a_bid`.
#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use chrono::{DateTime, TimeDelta, Utc};
use khaya_domain::{
    bid::{Bid, Offer},
    category::Category,
    geo::{Address, GeoPoint},
    ids::{JobId, UserId},
    job::{Job, JobDetails},
    money::Money,
    policy::{Dated, EscrowPolicy, FeePolicy, JobPolicy},
    referral::ReferralCode,
    user::{SignUp, SignUpRole, User},
};
use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    // Time and randomness come from outside: a real program takes them from its clock and its system.
    let start: DateTime<Utc> = "2026-03-02T08:00:00Z".parse()?;
    let hour = |hours| start + TimeDelta::hours(hours);
    let (jobs, escrow) = (JobPolicy::default(), EscrowPolicy::default());

    let buyer = UserId::new(start, [1; 10]);
    let worker = worker(start)?;
    let job = Job::post(JobId::new(start, [3; 10]), buyer, details()?, start, &jobs);
    println!("{} posts \"{}\": {}", buyer, job.details().title.as_str(), job.status());

    let offer = Offer::new(Money::from_cents(75_000)?, 2, "I can come on Wednesday.".parse()?)?;
    let bid = Bid::place(&job, &worker, offer, hour(1))?;
    println!("the worker bids {}: {}", bid.offer().amount(), bid.status());

    // Every refusal is typed, and says what can be done about it.
    match job.clone().submit(worker.id, hour(1), &escrow) {
        Ok(_) => println!("nobody is here"),
        Err(refused) => println!("submitting too early is refused: {} ({})", refused, refused.code()),
    }

    let fee = Dated { version: 1, effective_from: start, policy: FeePolicy::default() };
    let accepted = job.accept(buyer, bid, &fee, &escrow, hour(2))?;
    println!("the buyer accepts: job {}, bid {}", accepted.job.status(), accepted.bid.status());

    let job = accepted.job.fund(hour(3))?;
    let bid = accepted.bid.win(hour(3))?;
    println!("the money is held: job {}, bid {}", job.status(), bid.status());

    let job = job.submit(worker.id, hour(30), &escrow)?.confirm(buyer, hour(31))?;
    println!("the work is confirmed: job {}", job.status());

    if let Some(agreement) = job.agreement() {
        let quote = agreement.quote(worker.jobs_released)?;
        println!("released to the worker: {} (fee {})", quote.worker_gets, quote.worker_fee);
    }
    Ok(())
}

fn worker(now: DateTime<Utc>) -> Result<User, Box<dyn Error>> {
    let sign_up = SignUp {
        role: SignUpRole::Worker,
        name: "Sipho Dlamini".parse()?,
        phone: "082 123 4567".parse()?,
        email: None,
    };
    Ok(User::sign_up(UserId::new(now, [2; 10]), sign_up, ReferralCode::from_random([7; 6]), now)
        .verified(now))
}

fn details() -> Result<JobDetails, Box<dyn Error>> {
    Ok(JobDetails {
        title: "Fix a leaking tap".parse()?,
        description: "The kitchen tap drips all night.".parse()?,
        category: Category::Plumbing,
        budget: Money::from_cents(80_000)?,
        address: Address {
            street: "12 Vilakazi Street".parse()?,
            suburb: "Orlando West".parse()?,
            city: "Soweto".parse()?,
            point: GeoPoint::new(-26.2386, 27.9088)?,
        },
    })
}
