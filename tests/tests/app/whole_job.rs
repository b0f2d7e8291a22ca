//! What one completed job costs on DynamoDB, with all that follows from it: the part `whole-job` of `docs/costs.md`.

use std::fmt::Write;
use std::sync::Arc;

use chrono::TimeDelta;
use khaya_adapters_local::payments::Choice;
use khaya_app::messages::{self, NewMessage};
use khaya_app::{PageRequest, bids, jobs, notifications, payments, work};
use khaya_domain::ids::{BidId, JobId};
use khaya_domain::job::{JobDetails, JobStatus};
use khaya_domain::text::{Description, MessageText};
use khaya_domain::user::SignUpRole;
use khaya_ports::table::Table;
use khaya_tests::documents;
use khaya_tests::engines::{Engine, Opened};
use khaya_tests::metered::{Item, Metered, by_documents};
use khaya_tests::world::{FLOAT, Someone, World, job_details};
use uuid::Uuid;

use crate::support::{bank, status};

/// What a whole job may cost, in write units, with a description of one line and with one of some.
const BUDGETS: [(&str, u64); 2] = [("one line", 525), ("660 characters", 533)];

/// How many bid.
const BIDDERS: u32 = 6;

/// What one part of a job's life has cost.
struct Part {
    name: &'static str,
    times: u32,
    asked: u64,
    follows: u64,
}

/// A job's life, on the meter.
struct Life {
    world: World,
    meter: Arc<Metered>,
    buyer: Someone,
    workers: Vec<Someone>,
    parts: Vec<Part>,
    /// How much of the bill has been looked at.
    counted: usize,
    /// How many notifications there were before.
    told: usize,
}

impl Life {
    /// A world whose table alone is on the meter: the simulated provider and the inbox keep their documents elsewhere, as
    /// Paystack and Twilio do.
    async fn new() -> Self {
        let engine = Engine::Dynamodb.open().await;
        let meter = Arc::new(Metered::new(Arc::clone(&engine.table)));
        let elsewhere = Engine::Memory.open().await;
        let opened = Opened::new(Arc::clone(&elsewhere.table), (engine, elsewhere));
        let world = World::with_gateway(Arc::clone(&meter) as Arc<dyn Table>, opened, |payments| payments);
        world.payments.top_up(FLOAT).await.unwrap();
        let buyer = world.someone(1, SignUpRole::Buyer).await;
        let mut workers = Vec::new();
        for number in 0..BIDDERS {
            let worker = world.someone(10 + number, SignUpRole::Worker).await;
            bank(&world, &worker, &format!("12345678{number:02}")).await;
            workers.push(worker);
        }
        // Nobody's first: all have bid and been told before.
        let before = world.job(&buyer).await;
        for worker in &workers {
            let bid = world.bid(worker, before, 900).await;
            bids::reject(&world.app, &buyer.caller, before, bid).await.unwrap();
        }
        jobs::cancel(&world.app, &buyer.caller, before).await.unwrap();
        // The wait after a new bank account is over, as it is in most of a worker's life.
        world.pass(TimeDelta::days(4)).await;
        world.settle_down().await;
        let mut life = Self { world, meter, buyer, workers, parts: Vec::new(), counted: 0, told: 0 };
        life.look();
        life.told = life.notifications().await;
        life
    }

    /// What was written since the last look.
    fn look(&mut self) -> u64 {
        let items = self.meter.items();
        let new = items.iter().skip(self.counted).filter(|item| is_of_the_job(item));
        let units = new.map(|item| item.units).sum();
        self.counted = items.len();
        units
    }

    /// Delivers what followed from what was asked, and puts both on the bill. A minute goes by.
    async fn note(&mut self, name: &'static str) {
        let asked = self.look();
        self.world.settle_down().await;
        let follows = self.look();
        self.world.clock.advance(TimeDelta::minutes(1));
        match self.parts.iter_mut().find(|part| part.name == name) {
            Some(part) => {
                part.times += 1;
                part.asked += asked;
                part.follows += follows;
            }
            None => self.parts.push(Part { name, times: 1, asked, follows }),
        }
        self.meter.begin(name);
    }

    async fn say(&mut self, (job, bid): (JobId, BidId), number: u128) {
        let text = "Can you come on Saturday morning, before ten? The gate is open.";
        let text = Some(MessageText::parse(text).unwrap());
        let message =
            NewMessage { client_id: Uuid::from_u128(number << 64 | number), text, files: Vec::new() };
        let writer = if number.is_multiple_of(2) { &self.buyer } else { &self.workers[0] };
        messages::send(&self.world.app, &writer.caller, job, bid, message).await.unwrap();
        self.note("a message").await;
    }

    /// Everything from the first word to the money at the bank.
    async fn live(&mut self, details: JobDetails) {
        self.meter.begin("a job is posted");
        let job = jobs::create(&self.world.app, &self.buyer.caller, details).await.unwrap().id;
        self.note("a job is posted").await;
        for worker in self.workers.clone() {
            self.meter.begin("a bid");
            self.world.bid(&worker, job, 1_500).await;
            self.note("a bid").await;
        }
        let place = (job, BidId::of(job, self.workers[0].actor().user));
        self.meter.begin("a message");
        for number in 0..8 {
            self.say(place, number).await;
        }
        self.world.clock.advance(TimeDelta::hours(3));
        self.meter.begin("the bid is accepted");
        bids::accept(&self.world.app, &self.buyer.caller, job, place.1).await.unwrap();
        self.note("the bid is accepted").await;
        self.meter.begin("the payment");
        let payment = payments::begin(&self.world.app, &self.buyer.caller, job).await.unwrap();
        assert!(self.world.payments.choose(&payment.reference, Choice::Pay).await.unwrap());
        payments::settle(&self.world.app, &payment.reference).await.unwrap();
        self.note("the payment").await;
        self.world.clock.advance(TimeDelta::hours(20));
        self.meter.begin("a message");
        for number in 8..20 {
            self.say(place, number).await;
        }
        for who in [self.buyer.clone(), self.workers[0].clone()] {
            self.meter.begin("the messages are read");
            messages::mark_read(&self.world.app, &who.caller, job, place.1, 22).await.unwrap();
            self.note("the messages are read").await;
        }
        self.world.clock.advance(TimeDelta::hours(3));
        self.meter.begin("the work is submitted");
        work::submit(&self.world.app, &self.workers[0].caller, job).await.unwrap();
        self.note("the work is submitted").await;
        self.world.clock.advance(TimeDelta::hours(3));
        self.meter.begin("the work is confirmed, and paid out");
        work::confirm(&self.world.app, &self.buyer.caller, job).await.unwrap();
        self.note("the work is confirmed, and paid out").await;
        assert_eq!(status(&self.world, &self.buyer, job).await, JobStatus::Completed);
        // Whatever was to fall due falls due: it finds nothing to do and is struck off.
        self.meter.begin("due work");
        self.look();
        for _ in 0..31 {
            self.world.pass(TimeDelta::days(1)).await;
        }
        self.note("due work").await;
    }

    /// How many notifications everybody has.
    async fn notifications(&self) -> usize {
        let page = || PageRequest { limit: Some(PageRequest::MOST), cursor: None };
        let mut count = 0;
        for who in self.workers.iter().chain([&self.buyer]) {
            count += notifications::list(&self.world.app, who.actor(), page()).await.unwrap().items.len();
        }
        count
    }

    fn bill(&self) -> String {
        let mut lines = String::new();
        for Part { name, times, asked, follows } in &self.parts {
            writeln!(lines, "| {name} | {times} | {asked} | {follows} | {} |", asked + follows).unwrap();
        }
        lines
    }

    fn total(&self) -> u64 {
        self.parts.iter().map(|part| part.asked + part.follows).sum()
    }
}

/// The tick's own place and the proof of the books are written by the hour, whether or not there is a job.
fn is_of_the_job(item: &Item) -> bool {
    !item.documents.iter().any(|kind| ["tick-place", "proof"].contains(&kind.as_str()))
}

fn details(description: &str) -> JobDetails {
    let line = "The geyser in the roof drips. ";
    let text = if description == "one line" { line.to_owned() } else { line.repeat(22) };
    JobDetails { description: Description::parse(&text).unwrap(), ..job_details() }
}

async fn lived(description: &'static str) -> (Life, usize) {
    let mut life = Life::new().await;
    life.live(details(description)).await;
    let told = life.notifications().await - life.told;
    (life, told)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_whole_job_keeps_its_budget() {
    let lives = BUDGETS.map(|(description, _)| tokio::spawn(lived(description)));
    let mut table = String::new();
    let mut beyond = Vec::new();
    for ((description, budget), life) in BUDGETS.into_iter().zip(lives) {
        let (life, told) = life.await.unwrap();
        let (total, items) = (life.total(), life.meter.items());
        println!("with a description of {description}, {told} notifications: {total}\n{}", life.bill());
        for (documents, (times, units)) in by_documents(&items) {
            println!("{units:5} in {times:3} writes of {documents}");
        }
        assert!(told >= 18, "{told} notifications are fewer than a job has");
        assert!(
            items.iter().all(|item| item.is_applied),
            "a life without clashes has no write that is refused"
        );
        writeln!(
            table,
            "With a description of {description}: **{total} write units**, of {budget} that it may cost; \
             {BIDDERS} bids, 20 messages, {told} notifications.\n\n\
             | part | times | asked | what follows | write units |\n|---|---|---|---|---|\n{}",
            life.bill()
        )
        .unwrap();
        if total > budget {
            beyond.push(format!("{total} write units with a description of {description}, of {budget}"));
        }
    }
    documents::check_part("docs/costs.md", "whole-job", &table);
    assert!(beyond.is_empty(), "beyond the budget: {beyond:#?}");
}
