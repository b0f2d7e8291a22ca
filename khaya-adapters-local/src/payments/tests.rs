//! What the simulated provider does, each fact by itself.

mod charges;
mod refunds;
mod renewals;
mod transfers;
mod webhooks;

use std::sync::{Arc, Mutex};

use chrono::{DateTime, TimeDelta, Utc};
use khaya_domain::ids::UserId;
use khaya_domain::money::Money;
use khaya_ports::clock::Clock;
use khaya_ports::payment::{CheckoutRequest, PaymentError, PaymentGateway, PaymentReference};
use khaya_ports::table::Table;
use serde_json::Value;

use super::{Choice, SimulatedGateway};
use crate::table::memory::MemoryTable;

struct ManualClock(Mutex<DateTime<Utc>>);

impl Clock for ManualClock {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock().unwrap()
    }
}

/// A provider, and the time that it lives in.
struct Provider {
    table: Arc<dyn Table>,
    clock: Arc<ManualClock>,
    gateway: SimulatedGateway,
}

impl Provider {
    fn new() -> Self {
        Self::at("2026-11-05T08:30:00Z")
    }

    fn at(now: &str) -> Self {
        let table: Arc<dyn Table> = Arc::new(MemoryTable::new());
        let clock = Arc::new(ManualClock(Mutex::new(now.parse().unwrap())));
        let gateway = gateway(&table, &clock);
        Self { table, clock, gateway }
    }

    fn pass(&self, time: TimeDelta) {
        *self.clock.0.lock().unwrap() += time;
    }

    fn set(&self, now: &str) {
        *self.clock.0.lock().unwrap() = now.parse().unwrap();
    }

    async fn ask(&self, reference: &str, cents: i64) -> PaymentReference {
        let request = checkout(reference, cents, None);
        self.gateway.checkout(&request).await.unwrap();
        request.reference
    }

    async fn paid(&self, reference: &str, cents: i64) -> PaymentReference {
        let reference = self.ask(reference, cents).await;
        assert!(self.gateway.choose(&reference, Choice::Pay).await.unwrap());
        reference
    }

    async fn balance(&self) -> i64 {
        self.gateway.balance().await.unwrap()
    }

    /// The names of all announcements that wait, oldest first.
    async fn announced(&self) -> Vec<String> {
        let bodies = self.bodies().await;
        bodies.iter().map(|body| body["event"].as_str().unwrap().to_owned()).collect()
    }

    async fn bodies(&self) -> Vec<Value> {
        let all = self.gateway.all_deliveries().await.unwrap();
        all.iter().map(|delivery| serde_json::from_slice(&delivery.body).unwrap()).collect()
    }

    /// The newest announcement of a name.
    async fn newest(&self, name: &str) -> Value {
        self.bodies().await.into_iter().rev().find(|body| body["event"] == name).unwrap()["data"].clone()
    }
}

fn gateway(table: &Arc<dyn Table>, clock: &Arc<ManualClock>) -> SimulatedGateway {
    let clock: Arc<dyn Clock> = Arc::<ManualClock>::clone(clock);
    SimulatedGateway::new(Arc::clone(table), clock, "http://khaya.test", "sk_test_secret".to_owned().into())
}

fn reference(text: &str) -> PaymentReference {
    text.parse().unwrap()
}

fn money(cents: i64) -> Money {
    Money::from_cents(cents).unwrap()
}

fn payer() -> UserId {
    UserId::new(DateTime::UNIX_EPOCH, [7; 10])
}

fn checkout(name: &str, cents: i64, plan: Option<String>) -> CheckoutRequest {
    CheckoutRequest { reference: reference(name), payer: payer(), email: None, amount: money(cents), plan }
}

fn is_refused<T>(answer: &Result<T, PaymentError>) -> bool {
    matches!(answer, Err(PaymentError::Refused(_)))
}
