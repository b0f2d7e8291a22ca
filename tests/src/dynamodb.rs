//! DynamoDB for tests: an engine that others wrote and that speaks its API (dynoxide), served in this process on a port of
//! its own, with an empty table in it. Each test starts one for itself; it stops when it is dropped.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use dynoxide::Database;
use khaya_adapters_aws::table::{Deadlines, DynamoSettings, DynamoTable, TableOptions};
use khaya_ports::table::Table;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

/// The table's name in every engine.
pub const TABLE: &str = "khaya-test";

/// A running engine with an empty table.
pub struct DynamodbEngine {
    /// The table, as the application sees it.
    pub table: Arc<dyn Table>,
    client: Arc<DynamoTable>,
    database: Database,
    endpoint: String,
    _stop: oneshot::Sender<()>,
}

/// Starts an engine and makes the table as the adapter makes it.
///
/// # Panics
///
/// When no port can be had or the table cannot be made: a test cannot go on then.
#[expect(clippy::expect_used, reason = "without an engine there is nothing to test")]
pub async fn start() -> DynamodbEngine {
    serve(Database::memory().expect("an engine in memory")).await
}

/// The same, on a file that does not exist yet: for more than a machine's memory holds.
///
/// # Panics
///
/// As [`start`].
#[expect(clippy::expect_used, reason = "without an engine there is nothing to test")]
pub async fn start_in(file: &Path) -> DynamodbEngine {
    serve(Database::new(&file.to_string_lossy()).expect("an engine on a file")).await
}

/// A table for one test, and what must stay alive with it.
pub struct Place {
    /// The table's name.
    pub name: String,
    /// Where its engine listens.
    pub endpoint: String,
    /// The table, as the application sees it.
    pub table: Arc<dyn Table>,
    _alive: Option<DynamodbEngine>,
}

/// An empty table: in an engine of its own, or in the one that `KHAYA_TEST_DYNAMODB` names.
///
/// # Panics
///
/// When the table cannot be made.
#[expect(clippy::expect_used, reason = "without a table there is nothing to test")]
pub async fn a_place() -> Place {
    let Ok(endpoint) = std::env::var("KHAYA_TEST_DYNAMODB") else {
        let engine = start().await;
        let (endpoint, table) = (engine.endpoint().to_owned(), engine.table());
        return Place { name: TABLE.to_owned(), endpoint, table, _alive: Some(engine) };
    };
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let name = format!("{TABLE}-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
    let client = DynamoTable::connect(settings(&name, &endpoint)).await;
    // moto has no vectors.
    let options = TableOptions { vector_index: false, ..TableOptions::THROWAWAY };
    client.create_table(options).await.expect("a new table at KHAYA_TEST_DYNAMODB");
    Place { name, endpoint, table: Arc::new(client), _alive: None }
}

#[expect(clippy::expect_used, reason = "without an engine there is nothing to test")]
async fn serve(database: Database) -> DynamodbEngine {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let endpoint = format!("http://{}", listener.local_addr().expect("the address of a bound port"));
    let (stop, stopped) = oneshot::channel::<()>();
    let served = database.clone();
    tokio::spawn(async move {
        // The sender sends nothing: that it is dropped is the signal.
        let signal = async move { drop(stopped.await) };
        dynoxide::server::serve_with_shutdown(listener, served, signal).await
    });
    let client = Arc::new(DynamoTable::connect(settings(TABLE, &endpoint)).await);
    client.create_table(TableOptions::THROWAWAY).await.expect("a new table");
    DynamodbEngine { table: client.clone(), client, database, endpoint, _stop: stop }
}

/// Settings for a table of an engine. A busy machine with unoptimised code is slow: no test fails for that.
pub fn settings(table: &str, endpoint: &str) -> DynamoSettings {
    let minute = Duration::from_secs(60);
    let deadlines = Deadlines { connect: minute, attempt: minute, operation: 2 * minute };
    DynamoSettings { deadlines, ..DynamoSettings::local(table, endpoint) }
}

impl DynamodbEngine {
    /// Where it listens: `http://127.0.0.1:` and a port.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// The table, as the application sees it.
    pub fn table(&self) -> Arc<dyn Table> {
        Arc::clone(&self.table)
    }

    /// The adapter itself, for what the port does not say.
    pub fn client(&self) -> Arc<DynamoTable> {
        Arc::clone(&self.client)
    }

    /// The engine behind the port.
    pub fn database(&self) -> &Database {
        &self.database
    }

    /// A call to DynamoDB's API that goes around the adapter.
    ///
    /// # Panics
    ///
    /// When the engine refuses.
    pub async fn call(&self, operation: &str, request: &Value) -> Value {
        call(&self.endpoint, operation, request).await
    }
}

/// A call to DynamoDB's API at an endpoint, without an SDK.
///
/// # Panics
///
/// When the engine refuses.
#[expect(clippy::expect_used, reason = "a test that cannot reach its engine has failed")]
pub async fn call(endpoint: &str, operation: &str, request: &Value) -> Value {
    let headers = [
        ("content-type", "application/x-amz-json-1.0"),
        ("x-amz-target", &format!("DynamoDB_20120810.{operation}")),
        ("x-amz-date", "20260101T000000Z"),
        (
            "authorization",
            "AWS4-HMAC-SHA256 Credential=local/20260101/af-south-1/dynamodb/aws4_request, \
             SignedHeaders=host;x-amz-date, Signature=00",
        ),
    ];
    let answer = send(endpoint, &headers, request.to_string().as_bytes()).await;
    assert!(answer.status == 200, "{operation} is refused: {}", answer.body);
    serde_json::from_str(&answer.body).expect("JSON")
}

/// What an engine answers.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers, names as they were sent.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: String,
}

/// A POST over a connection of its own, in plain HTTP/1.1: what is under test must not depend on a client's settings.
///
/// # Panics
///
/// When there is no answer, or one that is none.
#[expect(clippy::expect_used, reason = "a test that cannot reach its engine has failed")]
pub async fn send(endpoint: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
    let address = endpoint.trim_start_matches("http://");
    let lines: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let length = body.len();
    let head = format!(
        "POST / HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\ncontent-length: {length}\r\n{lines}\r\n"
    );
    let mut connection = TcpStream::connect(address).await.expect("a connection");
    connection.write_all(head.as_bytes()).await.expect("a request taken");
    connection.write_all(body).await.expect("a body taken");
    let mut answer = String::new();
    connection.read_to_string(&mut answer).await.expect("an answer");
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head and a body");
    let mut lines = head.lines();
    let status = lines.next().and_then(|line| line.split(' ').nth(1)).and_then(|status| status.parse().ok());
    Answer {
        status: status.expect("a status"),
        headers: lines
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect(),
        body: body.to_owned(),
    }
}
