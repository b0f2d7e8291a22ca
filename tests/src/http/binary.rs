//! The real program, as a process of its own.

use std::io::{BufRead, BufReader, Read};
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::thread::JoinHandle;

use super::Api;

/// The program's path. Cargo is asked to bring it up to date first, in the profile of the test itself.
///
/// # Panics
///
/// When it cannot be built.
#[expect(clippy::expect_used, reason = "without the program there is nothing to test")]
pub fn binary() -> &'static Path {
    static PATH: OnceLock<PathBuf> = OnceLock::new();
    PATH.get_or_init(|| {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut build = Command::new(cargo);
        build.args(["build", "--quiet", "--package", "khaya-api", "--message-format", "json"]);
        if !cfg!(debug_assertions) {
            // As whoever asks was built: benchmarks.
            build.args(["--profile", "bench"]);
        }
        let output = build
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .stderr(Stdio::inherit())
            .output()
            .expect("cargo runs");
        assert!(output.status.success(), "the program cannot be built");
        let lines = String::from_utf8(output.stdout).expect("text");
        let made = lines.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
        let mut paths = made.filter_map(|message| message["executable"].as_str().map(PathBuf::from));
        paths.next_back().expect("cargo names the program")
    })
}

/// The program, serving. It is killed when it is dropped.
pub struct Binary {
    api: Api,
    child: Child,
    logs: Option<JoinHandle<String>>,
    said: Vec<String>,
}

impl Binary {
    /// Starts it in a folder, with cheap passwords and without limits on requests, and waits until it listens.
    ///
    /// # Panics
    ///
    /// When it ends before it listens, with what it wrote.
    pub fn serve(folder: &Path, settings: &[(&str, &str)]) -> Self {
        Self::serve_of(binary(), folder, settings)
    }

    /// The same, of a program that is there already.
    ///
    /// # Panics
    ///
    /// When it ends before it listens, with what it wrote.
    #[expect(clippy::expect_used, reason = "without the program there is nothing to test")]
    pub fn serve_of(program: &Path, folder: &Path, settings: &[(&str, &str)]) -> Self {
        let mut command = Command::new(program);
        command
            .current_dir(folder)
            .env_clear()
            .env("KHAYA_BIND", "127.0.0.1:0")
            .env("KHAYA_PASSWORD_COST", "4")
            .env("KHAYA_RATE_LIMITS", "off")
            .env("KHAYA_TRUSTED_PROXIES", "1")
            .envs(settings.iter().copied())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program starts");
        let mut stderr = child.stderr.take().expect("its standard error");
        let logs = std::thread::spawn(move || {
            let mut text = Vec::new();
            // What a killed process has written until then is still read.
            let _ = stderr.read_to_end(&mut text);
            String::from_utf8_lossy(&text).into_owned()
        });
        let mut lines = BufReader::new(child.stdout.take().expect("its standard output")).lines();
        let mut said = Vec::new();
        while let Some(Ok(line)) = lines.next() {
            let is_last = line.trim_start().starts_with("data ");
            said.push(line);
            if is_last {
                break;
            }
        }
        let url =
            said.first().and_then(|line| line.strip_prefix("Khaya is listening on ")).map(str::to_owned);
        let Some(url) = url else {
            let _ = child.wait();
            let logs = logs.join().expect("the reader of its logs");
            unreachable_program(&logs)
        };
        Self { api: Api::at(url), child, logs: Some(logs), said }
    }

    /// What it printed when it began to listen.
    pub fn said(&self) -> &[String] {
        &self.said
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Kills it (SIGKILL on Unix) and returns all that it has logged.
    pub fn kill(mut self) -> String {
        let _ = self.child.kill();
        self.ended()
    }

    /// Asks it to end (SIGTERM), waits, and returns all that it has logged.
    ///
    /// # Panics
    ///
    /// When it does not end well.
    #[cfg(unix)]
    #[expect(clippy::expect_used, reason = "a program that cannot be ended has failed")]
    pub fn terminate(mut self) -> String {
        let told = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status();
        assert!(told.expect("kill runs").success(), "the program is gone already");
        let status = self.child.wait().expect("it ends");
        let logs = self.ended();
        assert!(status.success(), "it ended with {status}\n{logs}");
        logs
    }

    fn ended(&mut self) -> String {
        let _ = self.child.wait();
        self.logs.take().and_then(|logs| logs.join().ok()).unwrap_or_default()
    }
}

#[expect(clippy::panic, reason = "a test whose program does not start has failed")]
fn unreachable_program(logs: &str) -> ! {
    panic!("the program does not listen:\n{logs}")
}

impl Drop for Binary {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Deref for Binary {
    type Target = Api;

    fn deref(&self) -> &Api {
        &self.api
    }
}
