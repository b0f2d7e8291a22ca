use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use khaya_ports::payment::{AccountKind, ChargeStatus, DocumentKind, RefundStatus, TransferStatus};
use serde_json::{Value, json};
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;

use super::*;

/// A request that Paystack's double has seen.
#[derive(Debug, Clone)]
struct Seen {
    line: String,
    authorization: String,
    body: Value,
}

/// A double of Paystack that gives the prepared answers in order.
#[derive(Clone, Default)]
struct Fake {
    answers: Arc<Mutex<VecDeque<(u16, String)>>>,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Fake {
    async fn start(answers: Vec<(u16, Value)>) -> (Paystack, Self) {
        Self::start_raw(answers.into_iter().map(|(status, body)| (status, body.to_string())).collect()).await
    }

    async fn start_raw(answers: Vec<(u16, String)>) -> (Paystack, Self) {
        let (address, fake) = Self::serve(answers).await;
        (paystack(address), fake)
    }

    async fn serve(answers: Vec<(u16, String)>) -> (SocketAddr, Self) {
        let fake = Self { answers: Arc::new(Mutex::new(answers.into())), ..Self::default() };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let routes = Router::new().fallback(answer).with_state(fake.clone());
        tokio::spawn(async move { axum::serve(listener, routes).await });
        (address, fake)
    }

    fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }
}

async fn answer(
    State(fake): State<Fake>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> (StatusCode, String) {
    fake.seen.lock().unwrap().push(Seen {
        line: format!("{method} {uri}"),
        authorization: headers["authorization"].to_str().unwrap().to_owned(),
        body: serde_json::from_slice(&body).unwrap_or_default(),
    });
    let (status, body) = fake.answers.lock().unwrap().pop_front().expect("an answer is prepared");
    (StatusCode::from_u16(status).unwrap(), body)
}

fn settings(address: SocketAddr, key: &str) -> PaystackSettings {
    PaystackSettings {
        secret_key: key.to_owned().into(),
        endpoint: format!("http://{address}"),
        callback_url: "https://khaya.example/paid".to_owned(),
        fallback_email_domain: "payers.khaya.example".to_owned(),
    }
}

fn paystack(address: SocketAddr) -> Paystack {
    Paystack::with_time_limit(settings(address, "sk_test_1"), Duration::from_millis(300)).unwrap()
}

fn reference() -> PaymentReference {
    "kh-job-0199c0de-1".parse().unwrap()
}

fn refund_id() -> RefundId {
    RefundId::from_uuid(uuid::Uuid::from_u128(7))
}

fn rand(cents: i64) -> Money {
    Money::from_cents(cents).unwrap()
}

fn checkout() -> CheckoutRequest {
    CheckoutRequest {
        reference: reference(),
        payer: khaya_domain::ids::UserId::from_uuid(uuid::Uuid::from_u128(5)),
        email: None,
        amount: rand(95_000),
        plan: None,
    }
}

fn refund() -> RefundRequest {
    RefundRequest { refund: refund_id(), of: reference(), amount: Some(rand(500)) }
}

fn transfer() -> TransferRequest {
    TransferRequest { reference: reference(), to: Recipient("RCP_1".to_owned()), amount: rand(95_000) }
}

fn account() -> BankAccount {
    BankAccount {
        holder: "Thandi Mokoena".parse().unwrap(),
        bank_code: "632005".to_owned(),
        number: "0123456789".to_owned().into(),
        kind: AccountKind::Personal,
        document_kind: DocumentKind::IdentityNumber,
        document_number: "8001015009087".to_owned().into(),
    }
}

fn yes(data: Value) -> (u16, Value) {
    (200, json!({ "status": true, "message": "ok", "data": data }))
}

fn charge(status: &str) -> Value {
    json!({ "id": u64::MAX, "domain": "test", "status": status, "amount": 95_000, "currency": "ZAR" })
}

mod answers;
mod outcomes;
mod requests;
mod statuses;
