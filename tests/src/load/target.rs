//! The server that a run is made against: one that is there, or one of its own.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::mpsc;
use std::thread::JoinHandle;

use tempfile::TempDir;
use tokio::sync::oneshot;

use super::outcome::{Proof, ServerEnd};
use crate::dynamodb;
use crate::http::{Binary, binary};

/// Where the own server keeps its data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Store {
    /// One file in a fresh folder.
    Sqlite,
    /// The engine that stands in for DynamoDB, in the process of the load test, on threads of its own.
    Dynamodb,
}

/// Which server.
#[derive(Debug, Clone)]
pub enum Place {
    /// What answers at this base URL.
    At(String),
    /// The real program, started for the run in a fresh folder and ended after it; then its books are proven.
    Own {
        /// On which store.
        store: Store,
        /// bcrypt's cost.
        password_cost: u32,
        /// The program; it is built when none is named.
        program: Option<PathBuf>,
    },
}

/// The engine on a thread of its own; it ends when this is dropped.
struct Engine {
    endpoint: String,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Engine {
    fn start() -> Result<Self, String> {
        let (tell, told) = mpsc::channel();
        let (stop, stopped) = oneshot::channel::<()>();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
            let Ok(runtime) = runtime else { return };
            runtime.block_on(async {
                let engine = dynamodb::start().await;
                let _ = tell.send(engine.endpoint().to_owned());
                // That the sender is dropped is the signal.
                drop(stopped.await);
            });
        });
        let endpoint = told.recv().map_err(|_| "the engine of DynamoDB does not start".to_owned())?;
        Ok(Self { endpoint, stop: Some(stop), thread: Some(thread) })
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// A server of the run's own.
pub(super) struct OwnServer {
    server: Binary,
    program: PathBuf,
    settings: Vec<(&'static str, String)>,
    folder: TempDir,
    _engine: Option<Engine>,
}

impl OwnServer {
    pub(super) fn start(store: Store, password_cost: u32, program: Option<PathBuf>) -> Result<Self, String> {
        let folder = tempfile::tempdir().map_err(|error| format!("no folder can be made: {error}"))?;
        let engine = match store {
            Store::Sqlite => None,
            Store::Dynamodb => Some(Engine::start()?),
        };
        // Every user comes from an address of its own, through a proxy: so the limits by address are on, as in real life.
        let mut settings = vec![
            ("KHAYA_PASSWORD_COST", password_cost.to_string()),
            ("KHAYA_RATE_LIMITS", "on".to_owned()),
            ("KHAYA_TRUSTED_PROXIES", "1".to_owned()),
            ("KHAYA_LOG", "warn".to_owned()),
        ];
        match &engine {
            None => settings.push(("KHAYA_STORE", "sqlite".to_owned())),
            Some(engine) => settings.extend([
                ("KHAYA_STORE", "dynamodb".to_owned()),
                ("DYNAMODB_TABLE", dynamodb::TABLE.to_owned()),
                ("KHAYA_DYNAMODB_ENDPOINT", engine.endpoint.clone()),
            ]),
        }
        let program = program.unwrap_or_else(|| binary().to_owned());
        let program = std::path::absolute(&program).map_err(|error| error.to_string())?;
        if !program.is_file() {
            return Err(format!("{} is no program", program.display()));
        }
        let shown: Vec<_> = settings.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let server = Binary::serve_of(&program, folder.path(), &shown);
        Ok(Self { server, program, settings, folder, _engine: engine })
    }

    pub(super) fn base(&self) -> String {
        self.server.base.clone()
    }

    /// Ends the server in order, and proves the books of what it leaves.
    #[cfg(unix)]
    pub(super) fn end(self) -> ServerEnd {
        let peak_kib = peak_kib(self.server.id());
        let logs = self.server.terminate();
        let logged = ServerEnd::worth_reading(&logs);
        ServerEnd { peak_kib, logged, proof: prove(&self.program, self.folder.path(), &self.settings) }
    }

    /// The same, where a process can only be killed.
    #[cfg(not(unix))]
    pub(super) fn end(self) -> ServerEnd {
        use std::collections::BTreeMap;
        drop(self.server);
        let proof = prove(&self.program, self.folder.path(), &self.settings);
        ServerEnd { peak_kib: None, logged: BTreeMap::new(), proof }
    }
}

fn prove(program: &Path, folder: &Path, settings: &[(&'static str, String)]) -> Proof {
    let mut command = Command::new(program);
    command.current_dir(folder).env_clear().envs(settings.iter().map(|(name, value)| (name, value)));
    match command.args(["books", "prove"]).output() {
        Ok(output) => {
            let said = [output.stdout, output.stderr].concat();
            Proof { holds: output.status.success(), said: String::from_utf8_lossy(&said).trim().to_owned() }
        }
        Err(error) => Proof { holds: false, said: error.to_string() },
    }
}

/// The most memory that a process has had, where the system tells.
#[cfg(unix)]
fn peak_kib(process: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse().ok()
}
