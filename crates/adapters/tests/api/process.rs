//! The binary, as an operator runs it.

use std::net::SocketAddr;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::time::timeout;

/// How long a process may take for anything. The longest wait is its own, for a database that does not answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// A running `axis-server`. Killed when dropped.
pub(crate) struct Process {
    child: Child,
    /// Read as it comes: a server whose pipe is full would wait.
    log: UnboundedReceiver<String>,
}

impl Process {
    /// Starts the server with nothing but these variables.
    pub(crate) fn start(variables: &[(&str, &str)]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_axis-server"))
            .env_clear()
            .envs(variables.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("the server starts");
        let stdout = child.stdout.take().expect("standard output");
        let (lines, log) = unbounded_channel();
        tokio::spawn(async move {
            let mut stdout = BufReader::new(stdout).lines();
            while let Some(line) = stdout.next_line().await.expect("a log") {
                let _ = lines.send(line);
            }
        });
        Self { child, log }
    }

    /// Starts the server on a database, on a port that the system chooses.
    pub(crate) fn start_on(url: &str) -> Self {
        Self::start(&[
            ("DATABASE_URL", url),
            ("AXIS_HTTP_ADDR", "127.0.0.1:0"),
            // Short, because tests wait for it.
            ("DATABASE_CONNECT_TIMEOUT", "1s"),
        ])
    }

    /// Reads the log up to a line whose message contains `text`.
    pub(crate) async fn logs(&mut self, text: &str) -> Value {
        let line = timeout(PATIENCE, async {
            loop {
                let line = self.log.recv().await;
                let line = line.unwrap_or_else(|| panic!("the log ended before {text:?}"));
                let line: Value = serde_json::from_str(&line).expect("a line of JSON");
                if line["message"]
                    .as_str()
                    .is_some_and(|message| message.contains(text))
                {
                    return line;
                }
            }
        });
        line.await
            .unwrap_or_else(|_| panic!("not logged in time: {text:?}"))
    }

    /// Waits for the server to listen. Gives its address.
    pub(crate) async fn listens(&mut self) -> SocketAddr {
        let line = self.logs("listening").await;
        let address = line["address"].as_str().expect("an address");
        address.parse().expect("an address")
    }

    /// Reads the log to its end.
    pub(crate) async fn log_to_end(&mut self) -> Vec<String> {
        let mut lines = Vec::new();
        while let Some(line) = self.log.recv().await {
            lines.push(line);
        }
        lines
    }

    pub(crate) fn signal(&self, signal: Signal) {
        let id = self.child.id().expect("it runs");
        kill(Pid::from_raw(id.cast_signed()), signal).expect("a signal");
    }

    /// Waits for the end. Gives the exit status and what was written to standard error.
    pub(crate) async fn ends(&mut self) -> (ExitStatus, String) {
        let mut error = String::new();
        let mut stderr = self.child.stderr.take().expect("standard error");
        let ended = timeout(PATIENCE, async {
            stderr.read_to_string(&mut error).await.expect("text");
            self.child.wait().await.expect("a status")
        });
        let status = ended
            .await
            .unwrap_or_else(|_| panic!("it did not end: {error}"));
        (status, error)
    }
}

#[tokio::test]
async fn a_wrong_environment_is_told_in_one_go() {
    let (status, error) = Process::start(&[
        ("DATABASE_POOL_MAX", "many"),
        ("AXIS_HTTP_ADDR", "localhost"),
        ("AXIS_LOG_FORMAT", "xml"),
        ("RUST_LOG", "axis=loud"),
    ])
    .ends()
    .await;
    assert_eq!(status.code(), Some(2), "{error}");
    let lines: Vec<_> = error.lines().collect();
    assert_eq!(lines[0], "axis-server: the environment is wrong:");
    let variables = [
        "AXIS_HTTP_ADDR",
        "AXIS_LOG_FORMAT",
        "DATABASE_URL",
        "DATABASE_POOL_MAX",
        "RUST_LOG",
    ];
    assert_eq!(lines.len(), 1 + variables.len(), "{error}");
    for (line, variable) in lines[1..].iter().zip(variables) {
        assert!(line.starts_with(&format!("  {variable} ")), "{line:?}");
        assert!(
            line.contains(&format!("; for example {variable}=")),
            "{line:?}"
        );
    }
    for example in [
        "127.0.0.1:8080",
        "AXIS_LOG_FORMAT=json",
        "RUST_LOG=info",
        "postgres://",
    ] {
        assert!(error.contains(example), "{example} in {error}");
    }
}

#[tokio::test]
async fn a_password_is_printed_nowhere() {
    let url = "postgres://ada:hunter2@127.0.0.1:1/nothing?sslmode=loud";
    let (status, error) = Process::start(&[("DATABASE_URL", url)]).ends().await;
    assert_eq!(status.code(), Some(2), "{error}");
    assert!(
        error.contains("DATABASE_URL") && !error.contains("hunter2"),
        "{error}"
    );
}

#[tokio::test]
async fn an_address_in_use_is_told() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("an address");
    let address = taken.local_addr().expect("an address").to_string();
    let url = "postgres://127.0.0.1:1/nothing";
    let variables = [("DATABASE_URL", url), ("AXIS_HTTP_ADDR", address.as_str())];
    let (status, error) = Process::start(&variables).ends().await;
    assert_eq!(status.code(), Some(1), "{error}");
    assert!(
        error.contains(&address) && error.contains("AXIS_HTTP_ADDR"),
        "{error}"
    );
    assert!(error.contains("in use"), "{error}");
    assert!(!error.contains("Os {"), "Debug text: {error}");
}
