//! The runtime API (<https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>), and a program that runs against it.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path as PathPart, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use khaya_adapters_local::clock::SystemClock;
use khaya_ports::clock::Clock;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::{Mutex as AsyncMutex, mpsc, oneshot};

/// What became of an invocation: the answer, or the error that the function named.
pub type Invoked = Result<Value, Value>;

/// How long one invocation may take; what the function is told of its own limit.
const LIMIT: Duration = Duration::from_secs(29);
/// How long a test waits for a function, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);

struct Work {
    id: String,
    event: Value,
}

struct Api {
    waiting: AsyncMutex<mpsc::UnboundedReceiver<Work>>,
    answers: Mutex<HashMap<String, oneshot::Sender<Invoked>>>,
    first_poll: Mutex<Option<oneshot::Sender<Instant>>>,
    count: AtomicU64,
}

/// A function that runs; it ends when it is dropped.
pub struct Function {
    api: Arc<Api>,
    queue: mpsc::UnboundedSender<Work>,
    child: Child,
    started_in: Duration,
}

impl Function {
    /// Starts a program of the crate `khaya-lambda` by its name, in a folder and with these settings, and waits until it asks
    /// for its first event. `KHAYA_LAMBDA_PROGRAMS` names a folder of programs that are built already.
    ///
    /// # Panics
    ///
    /// When it cannot be built, or ends before it asks.
    #[expect(clippy::expect_used, reason = "without the function there is nothing to test")]
    pub async fn start(name: &str, folder: &Path, settings: &[(&str, &str)]) -> Self {
        let program = program(name);
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("the address of a bound port").to_string();
        let (queue, waiting) = mpsc::unbounded_channel();
        let (first, polled) = oneshot::channel();
        let api = Arc::new(Api {
            waiting: AsyncMutex::new(waiting),
            answers: Mutex::default(),
            first_poll: Mutex::new(Some(first)),
            count: AtomicU64::new(1),
        });
        let routes = Router::new()
            .route("/2018-06-01/runtime/invocation/next", get(next))
            .route("/2018-06-01/runtime/invocation/{id}/response", post(answered))
            .route("/2018-06-01/runtime/invocation/{id}/error", post(failed))
            .route("/2018-06-01/runtime/init/error", post(not_started))
            .with_state(Arc::clone(&api));
        tokio::spawn(async move { axum::serve(listener, routes).await });
        let begun = Instant::now();
        let child = Command::new(program)
            .current_dir(folder)
            .env_clear()
            .env("AWS_LAMBDA_RUNTIME_API", address)
            .env("AWS_LAMBDA_FUNCTION_NAME", name)
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256")
            .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
            .env("AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/test")
            .env("AWS_LAMBDA_LOG_STREAM_NAME", "test")
            .envs(settings.iter().copied())
            .stdout(Stdio::null())
            .spawn()
            .expect("the function starts");
        let polled = tokio::time::timeout(PATIENCE, polled).await.expect("it asks for an event");
        let started_in = polled.expect("the runtime API lives") - begun;
        Self { api, queue, child, started_in }
    }

    /// How soon it asked, and what memory it has now.
    pub fn figures(&self, name: &str) -> String {
        let memory = self.memory().unwrap_or_default() / 1024;
        format!("{name}: asked for its first event after {:?}; {memory} KiB resident", self.started_in)
    }

    /// Its resident memory, in bytes, where the system tells.
    fn memory(&self) -> Option<u64> {
        let pages = std::fs::read_to_string(format!("/proc/{}/statm", self.child.id())).ok()?;
        pages.split_whitespace().nth(1)?.parse::<u64>().ok().map(|pages| pages * 4096)
    }

    /// Hands it an event and waits for what it makes of it.
    ///
    /// # Panics
    ///
    /// When it does not answer.
    #[expect(clippy::expect_used, reason = "a function that does not answer has failed")]
    pub async fn invoke(&self, event: Value) -> Invoked {
        let (sender, answer) = oneshot::channel();
        let id = self.api.count.fetch_add(1, Ordering::Relaxed);
        let id = format!("8476a536-e9f4-11e8-9739-{id:012x}");
        self.api.answers.lock().unwrap_or_else(PoisonError::into_inner).insert(id.clone(), sender);
        self.queue.send(Work { id, event }).expect("the runtime API lives");
        tokio::time::timeout(PATIENCE, answer).await.expect("it answers").expect("the runtime API lives")
    }
}

impl Drop for Function {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

async fn next(State(api): State<Arc<Api>>) -> Response {
    if let Some(first) = api.first_poll.lock().unwrap_or_else(PoisonError::into_inner).take() {
        let _ = first.send(Instant::now());
    }
    let Some(Work { id, event }) = api.waiting.lock().await.recv().await else {
        return StatusCode::GONE.into_response();
    };
    let now = SystemClock.now();
    let deadline = now.timestamp_millis() + i64::try_from(LIMIT.as_millis()).unwrap_or_default();
    let headers = [
        ("lambda-runtime-aws-request-id", id),
        ("lambda-runtime-deadline-ms", deadline.to_string()),
        (
            "lambda-runtime-invoked-function-arn",
            "arn:aws:lambda:af-south-1:123456789012:function:test".to_owned(),
        ),
        ("lambda-runtime-trace-id", "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=0".to_owned()),
        ("content-type", "application/json".to_owned()),
    ];
    (headers, event.to_string()).into_response()
}

fn settle(api: &Api, id: &str, body: &Bytes, is_answer: bool) -> StatusCode {
    let value = serde_json::from_slice(body).unwrap_or(Value::Null);
    let waiting = api.answers.lock().unwrap_or_else(PoisonError::into_inner).remove(id);
    match waiting {
        Some(waiting) => {
            let _ = waiting.send(if is_answer { Ok(value) } else { Err(value) });
            StatusCode::ACCEPTED
        }
        None => StatusCode::NOT_FOUND,
    }
}

async fn answered(State(api): State<Arc<Api>>, PathPart(id): PathPart<String>, body: Bytes) -> StatusCode {
    settle(&api, &id, &body, true)
}

async fn failed(State(api): State<Arc<Api>>, PathPart(id): PathPart<String>, body: Bytes) -> StatusCode {
    settle(&api, &id, &body, false)
}

/// A function that cannot start says so here, and on its standard error, and ends.
async fn not_started() -> StatusCode {
    StatusCode::ACCEPTED
}

/// The program's path. Cargo is asked to bring the functions up to date first, in the profile of the test itself.
#[expect(clippy::expect_used, reason = "without the functions there is nothing to test")]
fn program(name: &str) -> PathBuf {
    if let Some(built) = std::env::var_os("KHAYA_LAMBDA_PROGRAMS") {
        return PathBuf::from(built).join(name);
    }
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut build = Command::new(cargo);
    build.args(["build", "--quiet", "--package", "khaya-lambda", "--bins", "--message-format", "json"]);
    if !cfg!(debug_assertions) {
        // As whoever asks was built: benchmarks.
        build.args(["--profile", "bench"]);
    }
    let output =
        build.current_dir(env!("CARGO_MANIFEST_DIR")).stderr(Stdio::inherit()).output().expect("cargo runs");
    assert!(output.status.success(), "the functions cannot be built");
    let lines = String::from_utf8(output.stdout).expect("text");
    let made = lines.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let mut paths = made.filter_map(|message| message["executable"].as_str().map(PathBuf::from));
    paths.find(|path| path.file_stem().is_some_and(|stem| stem == name)).expect("cargo names the function")
}
