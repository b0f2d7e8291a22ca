//! People for tests over HTTP, and what they say.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{Answer, Api};

/// The password of everybody in tests.
pub const PASSWORD: &str = "test1234";

/// Somebody who is signed in.
#[derive(Debug, Clone)]
pub struct Person {
    /// The user's id.
    pub id: String,
    /// The number, E.164.
    pub phone: String,
    /// Sent with each call.
    pub access_token: String,
    /// Exchanged for the next tokens.
    pub refresh_token: String,
    /// The network address that the person calls from.
    pub address: String,
}

impl Api {
    /// A mobile number and a network address that nobody has had before in this test.
    pub fn newcomer(&self) -> (String, String) {
        let number = self.next_person();
        let phone = format!("+2782{number:07}");
        let address = format!("10.{}.{}.{}", number >> 16 & 255, number >> 8 & 255, number & 255);
        (phone, address)
    }

    /// Asks for an account.
    pub async fn sign_up(&self, phone: &str, address: &str, role: &str) -> Answer {
        let body = json!({"phone": phone, "password": PASSWORD, "userType": role, "name": "Test User"});
        self.post("/auth/signUp").from_address(address).json(&body).send().await
    }

    /// The newest code that was sent to a number: waits until it has come.
    ///
    /// # Panics
    ///
    /// When it does not come within 20 seconds.
    pub async fn code(&self, phone: &str) -> String {
        self.codes(phone, 1).await.swap_remove(0)
    }

    /// All codes that were sent to a number, newest first: waits until there are so many.
    ///
    /// # Panics
    ///
    /// When they do not come within 20 seconds.
    pub async fn codes(&self, phone: &str, least: usize) -> Vec<String> {
        let begun = Instant::now();
        loop {
            let inbox = self.get(&format!("/dev/inbox?to={phone}")).send().await.expect(200);
            let messages = inbox["items"].as_array().cloned().unwrap_or_default();
            let codes: Vec<_> =
                messages.iter().filter_map(|message| message["code"].as_str()).map(str::to_owned).collect();
            if codes.len() >= least {
                return codes;
            }
            assert!(
                begun.elapsed() < Duration::from_secs(20),
                "{phone} has {} of {least} codes",
                codes.len()
            );
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Somebody new, in a role of sign-up.
    pub async fn person(&self, role: &str) -> Person {
        let (phone, address) = self.newcomer();
        let asked = self.sign_up(&phone, &address, role).await;
        asked.expect(202);
        let code = self.code(&phone).await;
        let body = json!({"phone": phone, "id": asked.field("id"), "code": code});
        let verified = self.post("/auth/verify").from_address(&address).json(&body).send().await;
        verified.expect(201);
        Person::of(&verified, phone, address)
    }

    /// Somebody who has an account signs in.
    pub async fn sign_in(&self, phone: &str) -> Person {
        let body = json!({"phone": phone, "password": PASSWORD});
        let answer = self.post("/auth/signIn").json(&body).send().await;
        answer.expect(200);
        Person::of(&answer, phone.to_owned(), "127.0.0.1".to_owned())
    }

    /// Waits until somebody has a notification of a kind.
    ///
    /// # Panics
    ///
    /// When it does not come within 20 seconds.
    pub async fn until_notified(&self, person: &Person, kind: &str) -> Value {
        let begun = Instant::now();
        loop {
            let page = self.get("/notifications").by(person).send().await.expect(200);
            let items = page["items"].as_array().cloned().unwrap_or_default();
            if let Some(found) = items.into_iter().find(|item| item["kind"] == kind) {
                return found;
            }
            assert!(begun.elapsed() < Duration::from_secs(20), "no {kind} among {page:#}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Subscribes somebody to the largest tier, which has no limit on adverts.
    pub async fn subscribe(&self, person: &Person) {
        let begun = self.post("/subscription").by(person).json(&json!({"tier": "elite"})).send().await;
        begun.expect(200);
        self.pay(&begun.field("reference")).await;
    }

    /// A new job of a buyer; its id.
    pub async fn job_of(&self, buyer: &Person) -> String {
        let answer = self.post("/jobs").by(buyer).json(&a_job()).send().await;
        answer.expect(201);
        answer.field("id")
    }

    /// Pays at the simulated checkout.
    pub async fn pay(&self, reference: &str) {
        let page = self.post(&format!("/dev/checkout/{reference}"));
        let paid = page.body("application/x-www-form-urlencoded", "choice=paid").send().await;
        assert_eq!(paid.status, 200, "{}", paid.text);
    }

    /// A bid of a worker on a job; its id.
    pub async fn bid_of(&self, worker: &Person, job: &str, cents: i64) -> String {
        let answer = self.post(&format!("/jobs/{job}/bids")).by(worker).json(&an_offer(cents)).send().await;
        answer.expect(201);
        answer.field("id")
    }
}

impl Person {
    fn of(answer: &Answer, phone: String, address: String) -> Self {
        Self {
            id: answer.field("userId"),
            phone,
            access_token: answer.field("accessToken"),
            refresh_token: answer.field("refreshToken"),
            address,
        }
    }
}

/// A job to post.
pub fn a_job() -> Value {
    json!({
        "title": "Geyser is leaking",
        "description": "The geyser in the roof drips. It is a 150 litre Kwikot.",
        "category": "plumbing",
        "budget": {"amount": 180_000, "currency": "ZAR"},
        "address": {
            "street": "12 Vilakazi Street",
            "suburb": "Orlando West",
            "city": "Soweto",
            "point": {"latitude": -26.2485, "longitude": 27.9080}
        }
    })
}

/// An offer of an amount in cents.
pub fn an_offer(cents: i64) -> Value {
    json!({
        "amount": {"amount": cents, "currency": "ZAR"},
        "days": 2,
        "letter": "I can come tomorrow and bring a new valve."
    })
}
