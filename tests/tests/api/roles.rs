//! `docs/permissions.md`: each endpoint with each kind of caller. The table is measured here, cell by cell, and must name
//! every endpoint that the description names.

use std::collections::BTreeSet;
use std::fmt::Write;

use khaya_api::routes;
use khaya_tests::documents;
use khaya_tests::engines::Engine;
use khaya_tests::files::png;
use khaya_tests::http::{PASSWORD, Person, TestServer, a_job, an_offer, files};
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

/// Who owns the object in a row's path, and calls in the columns `owner suspended` and `somebody else's`.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Owner {
    /// Nobody in particular: the endpoint has no object.
    None,
    Buyer,
    Worker,
}

/// How far a job has come.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Far {
    Accepted,
    Begun,
    Paid,
    Disputed,
    Submitted,
    Confirmed,
}

struct Row {
    method: Method,
    path: &'static str,
    owner: Owner,
    body: fn(&Cast) -> Value,
}

/// Everything to the devices.
fn preferences() -> Value {
    let push = json!({"push": true, "email": false, "whatsapp": false});
    json!({"language": "en", "bids": push, "work": push, "messages": push, "money": push, "community": push})
}

fn row(method: Method, path: &'static str, owner: Owner, body: fn(&Cast) -> Value) -> Row {
    Row { method, path, owner, body }
}

/// Every endpoint, with a request that is right in all but, perhaps, the caller.
fn rows() -> Vec<Row> {
    use Owner::{Buyer, None, Worker};
    let (get, post, patch, put, delete) =
        (Method::GET, Method::POST, Method::PATCH, Method::PUT, Method::DELETE);
    let no_body = |_: &Cast| Value::Null;
    vec![
        row(post.clone(), "/auth/signUp", None, |cast| {
            let (phone, _) = cast.server.newcomer();
            json!({"phone": phone, "password": PASSWORD, "userType": "buyer", "name": "Test User"})
        }),
        row(post.clone(), "/auth/verify", None, |cast| code(cast, "123456")),
        row(
            post.clone(),
            "/auth/resend",
            None,
            |cast| json!({"phone": cast.server.newcomer().0, "id": Uuid::nil()}),
        ),
        row(post.clone(), "/auth/signUpByMessage", None, |cast| {
            let (phone, _) = cast.server.newcomer();
            json!({"phone": phone, "password": PASSWORD, "userType": "buyer", "name": "Test User"})
        }),
        row(
            post.clone(),
            "/auth/verifyByMessage",
            None,
            |cast| json!({"phone": cast.server.newcomer().0, "id": Uuid::nil()}),
        ),
        row(
            post.clone(),
            "/auth/signIn",
            None,
            |cast| json!({"phone": cast.buyer.phone, "password": PASSWORD}),
        ),
        row(post.clone(), "/auth/refresh", None, |_| json!({"refreshToken": "not one of ours"})),
        row(post.clone(), "/auth/forgottenPassword", None, |cast| json!({"phone": cast.server.newcomer().0})),
        row(post.clone(), "/auth/resetPassword", None, |cast| {
            let mut body = code(cast, "123456");
            body["newPassword"] = json!("another1234");
            body
        }),
        row(post.clone(), "/auth/signOut", None, no_body),
        row(get.clone(), "/users/me", None, no_body),
        row(patch.clone(), "/users/me", None, |_| json!({"bio": "Plumber since 2009."})),
        row(put.clone(), "/users/me/avatar", None, |_| json!({"uploadId": null})),
        row(get.clone(), "/notifications/preferences", None, no_body),
        row(put.clone(), "/notifications/preferences", None, |_| preferences()),
        row(
            put.clone(),
            "/notifications/device",
            None,
            |_| json!({"platform": "android", "token": "a-token"}),
        ),
        row(delete.clone(), "/notifications/device", None, no_body),
        row(get.clone(), "/users/{userId}", Worker, no_body),
        row(get.clone(), "/users/{userId}/portfolio", Worker, no_body),
        row(
            post.clone(),
            "/users/me/portfolio",
            None,
            |_| json!({"title": "New bathroom", "description": "Tiles, shower and basin.", "category": "plumbing"}),
        ),
        row(delete, "/users/me/portfolio/{entryId}", Worker, no_body),
        row(get.clone(), "/jobs", None, no_body),
        row(post.clone(), "/jobs", None, |_| a_job()),
        row(get.clone(), "/jobs/search", None, no_body),
        row(get.clone(), "/jobs/mine", None, no_body),
        row(
            post.clone(),
            "/jobs/suggestion",
            None,
            |_| json!({"title": "Geyser is leaking", "description": "It drips all night.", "category": "plumbing"}),
        ),
        row(get.clone(), "/jobs/{jobId}/suggestion", Buyer, no_body),
        row(get.clone(), "/jobs/{jobId}", Buyer, no_body),
        row(patch.clone(), "/jobs/{jobId}", Buyer, |_| json!({"title": "Geyser is dripping"})),
        row(put.clone(), "/jobs/{jobId}/photos", Buyer, |_| json!({"uploadIds": []})),
        row(post.clone(), "/jobs/{jobId}/cancel", Buyer, no_body),
        row(get.clone(), "/jobs/{jobId}/bids", Buyer, no_body),
        row(post.clone(), "/jobs/{jobId}/bids", None, |_| an_offer(90_000)),
        row(get.clone(), "/jobs/{jobId}/bids/{bidId}", Worker, no_body),
        row(patch, "/jobs/{jobId}/bids/{bidId}", Worker, |_| an_offer(80_000)),
        row(post.clone(), "/jobs/{jobId}/bids/{bidId}/withdraw", Worker, no_body),
        row(post.clone(), "/jobs/{jobId}/bids/{bidId}/accept", Buyer, no_body),
        row(post.clone(), "/jobs/{jobId}/bids/{bidId}/reject", Buyer, no_body),
        row(get.clone(), "/bids/mine", None, no_body),
        row(post.clone(), "/uploads", None, |_| files::announcement("message", "image/png", &png("a leak"))),
        row(post.clone(), "/uploads/{uploadId}/complete", Buyer, no_body),
        row(get.clone(), "/uploads/{uploadId}", Buyer, no_body),
        row(get.clone(), "/conversations", None, no_body),
        row(get.clone(), "/jobs/{jobId}/bids/{bidId}/messages", Buyer, no_body),
        row(post.clone(), "/jobs/{jobId}/bids/{bidId}/messages", Buyer, |_| a_message()),
        row(post.clone(), "/jobs/{jobId}/bids/{bidId}/messages/read", Buyer, |_| json!({"upTo": 1})),
        row(post.clone(), "/jobs/{jobId}/bids/{bidId}/summary", Buyer, no_body),
        row(post.clone(), "/jobs/{jobId}/pay", Buyer, no_body),
        row(post.clone(), "/payments/{reference}/check", Buyer, no_body),
        row(post.clone(), "/jobs/{jobId}/submit", Worker, no_body),
        row(post.clone(), "/jobs/{jobId}/rework", Buyer, no_body),
        row(post.clone(), "/jobs/{jobId}/confirm", Buyer, no_body),
        row(get.clone(), "/jobs/{jobId}/statement", Buyer, no_body),
        row(post.clone(), "/jobs/{jobId}/cancellation", Worker, no_body),
        row(post.clone(), "/jobs/{jobId}/dispute", Buyer, |_| json!({"reason": "It leaks as before."})),
        row(get.clone(), "/jobs/{jobId}/dispute", Buyer, no_body),
        row(
            post.clone(),
            "/jobs/{jobId}/dispute/evidence",
            Worker,
            |_| json!({"text": "I changed the valve and tested it."}),
        ),
        row(post.clone(), "/jobs/{jobId}/review", Buyer, |_| json!({"stars": 5})),
        row(get.clone(), "/users/{userId}/reviews", Worker, no_body),
        row(get.clone(), "/transactions", None, no_body),
        row(get.clone(), "/transactions/{kind}/{id}", Buyer, no_body),
        row(get.clone(), "/banks", None, no_body),
        // Before the worker has a bank account: what is released then waits, and can be refunded.
        row(post.clone(), "/admin/jobs/{jobId}/refund", None, |_| a_reason()),
        row(get.clone(), "/users/me/bankAccount", None, no_body),
        row(put.clone(), "/users/me/bankAccount", None, |_| a_bank_account()),
        row(get.clone(), "/listings", None, no_body),
        row(post.clone(), "/listings", None, |_| a_listing()),
        row(get.clone(), "/listings/mine", None, no_body),
        row(get.clone(), "/listings/{listingId}", Worker, no_body),
        row(put, "/listings/{listingId}", Worker, |_| a_listing()),
        row(post.clone(), "/listings/{listingId}/close", Worker, no_body),
        row(get.clone(), "/subscription", None, no_body),
        row(post.clone(), "/subscription", None, |_| json!({"tier": "pro"})),
        row(post.clone(), "/subscription/payments/{reference}/check", None, no_body),
        row(post.clone(), "/subscription/cancel", None, no_body),
        row(get.clone(), "/subscription/cardLink", None, no_body),
        row(get.clone(), "/referrals", None, no_body),
        row(post.clone(), "/referrals", None, |_| json!({"code": "KHAYA-222222"})),
        row(get.clone(), "/fees/preview", None, no_body),
        row(get.clone(), "/notifications", None, no_body),
        row(get.clone(), "/notifications/unreadCount", None, no_body),
        row(post.clone(), "/notifications/{notificationId}/read", Buyer, no_body),
        row(post.clone(), "/notifications/readAll", None, no_body),
        row(get.clone(), "/events", None, no_body),
        row(get.clone(), "/events/stream", None, no_body),
        row(get.clone(), "/policies", None, no_body),
        row(post.clone(), "/admin/users/{userId}/suspend", None, |_| a_reason()),
        row(post.clone(), "/admin/users/{userId}/reinstate", None, |_| a_reason()),
        row(get.clone(), "/admin/events/parked", None, no_body),
        row(post.clone(), "/admin/events/parked/{eventId}/replay", None, |_| a_reason()),
        row(post.clone(), "/admin/jobs/{jobId}/cancel", None, |_| a_reason()),
        row(get.clone(), "/admin/disputes", None, no_body),
        row(
            post.clone(),
            "/admin/jobs/{jobId}/dispute/resolve",
            None,
            |_| json!({"refund": {"amount": 40_000, "currency": "ZAR"}, "reason": "Half is done."}),
        ),
        row(get.clone(), "/admin/estimates", None, no_body),
        row(get.clone(), "/admin/quarantine", None, no_body),
        row(post.clone(), "/admin/quarantine/{reference}/resolve", None, |_| a_reason()),
        row(get.clone(), "/admin/refunds/stuck", None, no_body),
        row(post.clone(), "/admin/refunds/{refundId}/retry", None, |_| a_reason()),
        row(get.clone(), "/admin/audit", None, no_body),
        row(get.clone(), "/admin/books", None, no_body),
        row(post, "/admin/books/prove", None, no_body),
        row(get.clone(), "/admin/books/accounts/{account}", None, no_body),
        row(get.clone(), "/health/live", None, no_body),
        row(get.clone(), "/health/ready", None, no_body),
        row(get, "/metrics", None, no_body),
    ]
}

fn a_reason() -> Value {
    json!({"reason": "A test."})
}

fn a_message() -> Value {
    json!({"clientMessageId": Uuid::from_u128(7), "text": "Can you come on Saturday?"})
}

fn a_bank_account() -> Value {
    json!({
        "holder": "Sipho Dlamini", "bankCode": "470010", "number": "1234567890", "kind": "personal",
        "documentKind": "identity_number", "documentNumber": "8001015009087", "password": PASSWORD
    })
}

fn a_listing() -> Value {
    json!({
        "title": "Geysers fitted", "description": "All makes, with a certificate.", "category": "plumbing",
        "price": {"amount": 95_000, "currency": "ZAR"}, "suburb": "Orlando West", "city": "Soweto"
    })
}

fn code(cast: &Cast, code: &str) -> Value {
    json!({"phone": cast.server.newcomer().0, "id": Uuid::nil(), "code": code})
}

const COLUMNS: [&str; 7] = ["nobody", "buyer", "worker", "seller", "admin", "suspended", "somebody else's"];

/// The people who call.
struct Cast {
    server: TestServer,
    buyer: Person,
    worker: Person,
    other_buyer: Person,
    other_worker: Person,
    /// Who bids as a newcomer to each job.
    bidder: Person,
    seller: Person,
    admin: Person,
}

impl Cast {
    async fn gather() -> Self {
        let server = TestServer::start(Engine::Memory).await;
        let cast = Self {
            buyer: server.person("buyer").await,
            worker: server.person("worker").await,
            other_buyer: server.person("buyer").await,
            other_worker: server.person("worker").await,
            bidder: server.person("worker").await,
            seller: server.person("seller").await,
            admin: server.admin("0839999999").await,
            server,
        };
        // Each cell makes adverts of its own: more than the free tier allows.
        for person in [&cast.buyer, &cast.worker, &cast.seller] {
            cast.server.subscribe(person).await;
        }
        cast
    }

    /// The row's path with fresh objects: a buyer's open job with a worker's pending bid, and what came of them.
    async fn path(&self, row: &Row) -> String {
        let mut path = row.path.to_owned();
        let mut put = |name: &str, id: &str| path = path.replace(&format!("{{{name}}}"), id);
        if row.path == "/listings" && row.method == Method::GET {
            path.push_str("?kind=service&category=plumbing");
            return path;
        }
        if row.path == "/jobs/search" {
            path.push_str("?q=geyser");
            return path;
        }
        if row.path == "/fees/preview" {
            path.push_str("?amount=100000");
            return path;
        }
        if row.path.contains("{uploadId}") {
            put(
                "uploadId",
                &self.server.sent_file(&self.buyer, "message", "image/png", &png("a leak")).await,
            );
        }
        if row.path.contains("{listingId}") {
            let listed = self.server.post("/listings").by(&self.worker).json(&a_listing()).send().await;
            put("listingId", listed.expect(201)["id"].as_str().unwrap());
        }
        if row.path.contains("{jobId}")
            || row.path.contains("{notificationId}")
            || row.path.contains("{kind}")
            || row.path == "/payments/{reference}/check"
        {
            let job = self.server.job_of(&self.buyer).await;
            if let Some(reference) = self.advance(row, &job).await {
                put("reference", &reference);
                put("kind", "payment");
                put("id", &reference);
            }
            if row.path.contains("{bidId}") || row.path.contains("{notificationId}") {
                let bid = self.server.bid_of(&self.worker, &job, 100_000).await;
                if row.path.ends_with("/messages/read") || row.path.ends_with("/summary") {
                    let send = self.server.post(&format!("/jobs/{job}/bids/{bid}/messages"));
                    send.by(&self.worker).json(&a_message()).send().await.expect(201);
                }
                put("bidId", &bid);
            }
            if row.path.contains("{notificationId}") {
                let told = self.server.until_notified(&self.buyer, "bid_received").await;
                put("notificationId", told["id"].as_str().unwrap());
            }
            if row.path == "/jobs/{jobId}/suggestion" {
                self.until_estimated(&job).await;
            }
            put("jobId", &job);
        }
        if row.path.contains("{entryId}") {
            let entry =
                json!({"title": "New bathroom", "description": "Tiles and basin.", "category": "plumbing"});
            let added = self.server.post("/users/me/portfolio").by(&self.worker).json(&entry).send().await;
            put("entryId", added.expect(201)["id"].as_str().unwrap());
        }
        if row.path.ends_with("/reinstate") {
            self.standing(&self.worker, "suspend").await;
        }
        put("userId", &self.worker.id);
        for name in ["eventId", "refundId"] {
            put(name, &Uuid::nil().to_string());
        }
        put("reference", "kh-none-of-ours-000");
        put("account", &format!("payable:{}", self.worker.id));
        path
    }

    /// Waits until the job's event is delivered, and its suggestion kept.
    async fn until_estimated(&self, job: &str) {
        let path = format!("/jobs/{job}/suggestion");
        let mut tries = 0;
        while self.server.get(&path).by(&self.buyer).send().await.status != 200 {
            tries += 1;
            assert!(tries < 4000, "the job {job} has no suggestion");
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    }

    /// Brings a job as far as the row's endpoint wants it; the payment's reference, if there is one.
    async fn advance(&self, row: &Row, job: &str) -> Option<String> {
        let last = row.path.split("{jobId}/").last().unwrap();
        let far = match last {
            "pay" => Far::Accepted,
            "/payments/{reference}/check" => Far::Begun,
            "submit" | "statement" | "cancellation" | "cancel" | "/transactions/{kind}/{id}"
                if row.path != "/jobs/{jobId}/cancel" =>
            {
                Far::Paid
            }
            "dispute" if row.method == Method::POST => Far::Paid,
            "dispute" | "dispute/evidence" | "dispute/resolve" => Far::Disputed,
            "rework" | "confirm" => Far::Submitted,
            "review" | "refund" => Far::Confirmed,
            _ => return None,
        };
        let bid = self.server.bid_of(&self.worker, job, 100_000).await;
        let act = |person, path: String| self.server.post(&path).by(person).send();
        act(&self.buyer, format!("/jobs/{job}/bids/{bid}/accept")).await.expect(200);
        if far == Far::Accepted {
            return None;
        }
        let begun = act(&self.buyer, format!("/jobs/{job}/pay")).await;
        begun.expect(200);
        let reference = begun.field("reference");
        if far > Far::Begun {
            self.server.pay(&reference).await;
        }
        if far == Far::Disputed {
            let raise = self.server.post(&format!("/jobs/{job}/dispute")).by(&self.buyer);
            raise.json(&a_reason()).send().await.expect(201);
        }
        if far >= Far::Submitted {
            act(&self.worker, format!("/jobs/{job}/submit")).await.expect(200);
        }
        if far == Far::Confirmed {
            act(&self.buyer, format!("/jobs/{job}/confirm")).await.expect(200);
        }
        Some(reference)
    }

    async fn status(&self, row: &Row, caller: Option<&Person>) -> u16 {
        let path = self.path(row).await;
        let body = (row.body)(self);
        let call = self.server.call(row.method.clone(), &path);
        let call = if body.is_null() { call } else { call.json(&body) };
        let call = match caller {
            Some(person) => call.by(person),
            None => call,
        };
        if row.path == "/events/stream" {
            return call.status().await;
        }
        let answer = call.send().await;
        if answer.status >= 400 {
            answer.problem(answer.status);
        }
        answer.status
    }

    async fn standing(&self, of: &Person, change: &str) {
        let path = format!("/admin/users/{}/{change}", of.id);
        self.server.post(&path).by(&self.admin).json(&a_reason()).send().await;
    }

    /// The row's owner is suspended after the objects were made, calls, and is reinstated.
    async fn suspended(&self, row: &Row) -> u16 {
        let places_bid = row.method == Method::POST && row.path == "/jobs/{jobId}/bids";
        let owner = if places_bid {
            &self.bidder
        } else if row.owner == Owner::Worker || ["/bids/mine", "/users/me/portfolio"].contains(&row.path) {
            &self.worker
        } else {
            &self.buyer
        };
        let path = self.path(row).await;
        let body = (row.body)(self);
        self.standing(owner, "suspend").await;
        let call = self.server.call(row.method.clone(), &path).by(owner);
        let status = if body.is_null() { call } else { call.json(&body) }.status().await;
        self.standing(owner, "reinstate").await;
        status
    }

    async fn cells(&self, row: &Row) -> Vec<String> {
        let is_bid = row.method == Method::POST && row.path == "/jobs/{jobId}/bids";
        let worker = if is_bid { &self.bidder } else { &self.worker };
        let mut cells = Vec::new();
        for caller in [None, Some(&self.buyer), Some(worker), Some(&self.seller), Some(&self.admin)] {
            cells.push(self.status(row, caller).await.to_string());
            // Admins act on the worker: the next cell finds the worker as before.
            self.standing(&self.worker, "reinstate").await;
        }
        cells.push(self.suspended(row).await.to_string());
        cells.push(match row.owner {
            Owner::None => "-".to_owned(),
            Owner::Buyer => self.status(row, Some(&self.other_buyer)).await.to_string(),
            Owner::Worker => self.status(row, Some(&self.other_worker)).await.to_string(),
        });
        cells
    }
}

#[test]
fn the_table_names_every_endpoint_of_the_description() {
    let description = serde_json::to_value(routes::description()).unwrap();
    let mut described = BTreeSet::new();
    for (path, item) in description["paths"].as_object().unwrap() {
        for method in item.as_object().unwrap().keys() {
            described.insert((method.to_uppercase(), path.clone()));
        }
    }
    let listed: BTreeSet<_> =
        rows().iter().map(|row| (row.method.to_string(), row.path.to_owned())).collect();
    assert_eq!(listed, described);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_endpoint_answers_each_caller_as_the_table_says() {
    let cast = Cast::gather().await;
    let mut table =
        format!("| endpoint | {} |\n|---|{}\n", COLUMNS.join(" | "), "---|".repeat(COLUMNS.len()));
    for row in rows() {
        let cells = cast.cells(&row).await;
        writeln!(table, "| `{} {}` | {} |", row.method, row.path, cells.join(" | ")).unwrap();
    }
    documents::check_part("docs/permissions.md", "table", &table);
    cast.server.stop().await;
}
