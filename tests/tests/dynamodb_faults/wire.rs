//! An engine behind a connection that loses, garbles and answers calls as a test says.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, StatusCode};
use axum::response::{IntoResponse, Response};
use khaya_adapters_aws::table::DynamoTable;
use khaya_tests::dynamodb::{self, DynamodbEngine, TABLE};
use serde_json::{Value, json};

/// What happens to a call.
#[derive(Clone)]
pub(crate) enum Fault {
    /// The engine never hears of it, and the connection ends.
    LoseRequest,
    /// The engine does it, and the connection ends without an answer.
    LoseAnswer,
    /// The engine does it, and the answer is an error of the server's.
    GarbleAnswer,
    /// The engine does it, and says so in a way that cannot be read.
    BreakAnswer,
    /// The engine does it, somebody else's call follows at once, and the connection ends.
    LoseAnswerThen(&'static str, Value),
    /// The engine never hears of it, and this is the answer.
    Answer(StatusCode, Value),
}

/// An engine behind a connection with faults: the first calls of one operation meet them in turn, the rest pass.
pub(crate) struct Faulty {
    pub(crate) engine: DynamodbEngine,
    pub(crate) table: DynamoTable,
    calls: Arc<Mutex<Vec<String>>>,
}

struct Wire {
    endpoint: String,
    operation: &'static str,
    faults: Mutex<VecDeque<Fault>>,
    calls: Arc<Mutex<Vec<String>>>,
}

pub(crate) async fn faulty(operation: &'static str, faults: Vec<Fault>) -> Faulty {
    let engine = dynamodb::start().await;
    let calls = Arc::new(Mutex::new(Vec::new()));
    let wire = Arc::new(Wire {
        endpoint: engine.endpoint().to_owned(),
        operation,
        faults: Mutex::new(faults.into()),
        calls: calls.clone(),
    });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let router = Router::new().fallback(pass).with_state(wire);
    tokio::spawn(async move { axum::serve(listener, router).await });
    let table = DynamoTable::connect(dynamodb::settings(TABLE, &endpoint)).await;
    Faulty { engine, table, calls }
}

async fn pass(State(wire): State<Arc<Wire>>, headers: HeaderMap, body: Bytes) -> Response {
    let target = headers["x-amz-target"].to_str().unwrap();
    let operation = target.rsplit('.').next().unwrap().to_owned();
    wire.calls.lock().unwrap().push(operation.clone());
    let fault = if operation == wire.operation { wire.faults.lock().unwrap().pop_front() } else { None };
    match fault {
        None => forward(&wire, headers, body).await,
        Some(Fault::Answer(status, body)) => refusal(status, &body),
        Some(Fault::LoseRequest) => hang_up(),
        Some(Fault::LoseAnswer) => {
            forward(&wire, headers, body).await;
            hang_up()
        }
        Some(Fault::GarbleAnswer) => {
            forward(&wire, headers, body).await;
            refusal(StatusCode::INTERNAL_SERVER_ERROR, &json!({ "__type": "InternalServerError" }))
        }
        Some(Fault::BreakAnswer) => {
            forward(&wire, headers, body).await;
            (StatusCode::OK, [("content-type", "application/x-amz-json-1.0")], "{\"Attri").into_response()
        }
        Some(Fault::LoseAnswerThen(operation, request)) => {
            forward(&wire, headers, body).await;
            dynamodb::call(&wire.endpoint, operation, &request).await;
            hang_up()
        }
    }
}

/// Passes a call on as it came, signature and all; the engine looks at no more than that there is one.
async fn forward(wire: &Wire, headers: HeaderMap, body: Bytes) -> Response {
    let own = ["host", "connection", "content-length"];
    let headers: Vec<_> = headers
        .iter()
        .filter(|(name, _)| !own.contains(&name.as_str()))
        .map(|(name, value)| (name.as_str(), value.to_str().unwrap()))
        .collect();
    let answer = dynamodb::send(&wire.endpoint, &headers, &body).await;
    let mut response = (StatusCode::from_u16(answer.status).unwrap(), answer.body).into_response();
    for (name, value) in answer.headers.iter().filter(|(name, _)| name.starts_with("x-amz")) {
        response.headers_mut().insert(HeaderName::try_from(name).unwrap(), value.parse().unwrap());
    }
    response
}

fn refusal(status: StatusCode, body: &Value) -> Response {
    let headers = [("content-type", "application/x-amz-json-1.0"), ("x-amzn-requestid", "REQUEST-1")];
    (status, headers, body.to_string()).into_response()
}

/// Ends the connection without a word: the task that serves it ends here.
fn hang_up() -> ! {
    std::panic::resume_unwind(Box::new("the connection is cut"))
}

/// A transaction cancelled for these reasons, in the order of its actions.
pub(crate) fn cancelled(codes: &[&str]) -> Fault {
    let reasons: Vec<_> = codes.iter().map(|code| json!({ "Code": code })).collect();
    let kind = "com.amazonaws.dynamodb.v20120810#TransactionCanceledException";
    Fault::Answer(StatusCode::BAD_REQUEST, json!({ "__type": kind, "CancellationReasons": reasons }))
}

/// A call refused with a code.
pub(crate) fn refused(code: &str, message: &str) -> Fault {
    Fault::Answer(StatusCode::BAD_REQUEST, json!({ "__type": format!("x#{code}"), "message": message }))
}

impl Faulty {
    /// How many calls of an operation went out.
    pub(crate) fn count(&self, operation: &str) -> usize {
        self.calls.lock().unwrap().iter().filter(|call| *call == operation).count()
    }
}
