//! The mock server, which ends with the test.

use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Fetching it for the first time takes most of this.
const PATIENCE: Duration = Duration::from_secs(180);

/// The description that a variable names.
pub(crate) fn description(variable: &str) -> PathBuf {
    match std::env::var_os(variable).map(PathBuf::from) {
        Some(path) if path.is_file() => path,
        Some(path) => panic!("{variable} names {}, which is no file", path.display()),
        None => panic!("{variable} must name the OpenAPI description of the provider; see .ci/contract"),
    }
}

/// A running mock server.
pub(crate) struct Prism {
    process: Child,
    pub(crate) endpoint: String,
}

impl Prism {
    /// Starts one of a description and waits until it takes connections.
    pub(crate) async fn start(description: &Path) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut command = match std::env::var_os("KHAYA_PRISM") {
            Some(prism) => Command::new(prism),
            None => {
                let mut npx = Command::new("npx");
                npx.args(["--yes", "@stoplight/prism-cli@5.14.2"]);
                npx
            }
        };
        let process = command
            .args(["mock", "-p", &port.to_string()])
            .arg(description)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            // Whatever it starts ends with it.
            .process_group(0)
            .spawn()
            .unwrap_or_else(|error| panic!("Prism does not start: {error}; is Node.js installed?"));
        let mut prism = Self { process, endpoint: format!("http://127.0.0.1:{port}") };
        let began = Instant::now();
        while tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_err() {
            if let Some(status) = prism.process.try_wait().unwrap() {
                panic!("Prism ended before it was ready: {status}");
            }
            assert!(began.elapsed() < PATIENCE, "Prism is not ready after {PATIENCE:?}");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        prism
    }
}

impl Drop for Prism {
    fn drop(&mut self) {
        let group = format!("-{}", self.process.id());
        let _ = Command::new("kill").args(["-KILL", "--", &group]).status();
        let _ = self.process.wait();
    }
}
