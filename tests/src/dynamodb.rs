//! DynamoDB for tests: an engine that others wrote and that speaks its API (dynoxide), served in this process on a port of
//! its own, with an empty table in it. Each test starts one for itself; it stops when it is dropped.

use std::sync::Arc;

use dynoxide::Database;
use khaya_adapters_aws::table::{DynamoSettings, DynamoTable, TableOptions};
use khaya_ports::table::Table;
use serde_json::Value;
use tokio::net::TcpListener;
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
    let database = Database::memory().expect("an engine in memory");
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let endpoint = format!("http://{}", listener.local_addr().expect("the address of a bound port"));
    let (stop, stopped) = oneshot::channel::<()>();
    let served = database.clone();
    tokio::spawn(async move {
        // The sender sends nothing: that it is dropped is the signal.
        let signal = async move { drop(stopped.await) };
        dynoxide::server::serve_with_shutdown(listener, served, signal).await
    });
    let client = Arc::new(DynamoTable::connect(DynamoSettings::local(TABLE, &endpoint)).await);
    client.create_table(TableOptions::THROWAWAY).await.expect("a new table");
    DynamodbEngine { table: client.clone(), client, database, endpoint, _stop: stop }
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
    let client = reqwest::Client::builder().no_proxy().build().expect("a client");
    let answer = client
        .post(endpoint)
        .header("content-type", "application/x-amz-json-1.0")
        .header("x-amz-target", format!("DynamoDB_20120810.{operation}"))
        .header("x-amz-date", "20260101T000000Z")
        .header(
            "authorization",
            "AWS4-HMAC-SHA256 Credential=local/20260101/af-south-1/dynamodb/aws4_request, \
             SignedHeaders=host;x-amz-date, Signature=00",
        )
        .body(request.to_string())
        .send()
        .await
        .expect("an answer");
    let text = answer.error_for_status().expect("no refusal").text().await.expect("a body");
    serde_json::from_str(&text).expect("JSON")
}
