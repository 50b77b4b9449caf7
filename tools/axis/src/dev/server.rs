//! The server: built by Cargo, run on the database.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::time::Duration;

use cargo_metadata::{Message, MetadataCommand, PackageId};
use nix::sys::signal::Signal;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::oneshot;

use super::address;
use super::process::{GRACE, Interrupts, Process};
use crate::configuration::Server;

/// How long a server may take until it answers that it is ready.
const READY: Duration = Duration::from_secs(30);

/// What `cargo run` sets for the program it runs. Build scripts that watch such a variable would run anew each time.
const OF_CARGO_RUN: &[&str] = &[
    "CARGO_BIN_NAME",
    "CARGO_CRATE_NAME",
    "CARGO_PRIMARY_PACKAGE",
    "CARGO_TARGET_TMPDIR",
    "OUT_DIR",
];

/// Variables that would lead the server to another database than ours.
const OF_OTHER_DATABASES: &[&str] = &["DATABASE_URL_UNPOOLED", "DATABASE_TLS_ROOT_CERT"];

/// Why there is no server.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ServerError {
    /// Cargo said why, above.
    #[error("cargo could not build {bin} ({status}): mend what it says above, then start again")]
    Build {
        /// The binary.
        bin: String,
        /// How Cargo ended.
        status: ExitStatus,
    },
    /// Cargo built something else.
    #[error("the package {package} has no binary {bin}: mend `server` in [dev] of axis.toml")]
    NoBinary {
        /// The package.
        package: String,
        /// The binary.
        bin: String,
    },
    /// Cargo does not understand the workspace.
    #[error("cargo metadata failed")]
    Metadata(#[from] cargo_metadata::Error),
    /// A program could not be started, or not be waited for.
    #[error("cannot run {program}")]
    Run {
        /// The program.
        program: String,
        /// What the system says.
        #[source]
        source: std::io::Error,
    },
    /// It ended, and nobody had asked it to.
    #[error("{bin} ended by itself ({status}); what it said stands above")]
    Ended {
        /// The binary.
        bin: String,
        /// How it ended.
        status: ExitStatus,
    },
    /// It ended when asked to, but not well.
    #[error("{bin} was asked to stop, had {} seconds for it, and ended with {status}", GRACE.as_secs())]
    EndedBadly {
        /// The binary.
        bin: String,
        /// How it ended.
        status: ExitStatus,
    },
}

/// Whether the server answers that it is ready.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Readiness {
    /// It is, or knows no `/readyz` but answers.
    Ready,
    /// It lives and has not said so in time.
    Late,
}

/// Builds the server; `None` when interrupted. Cargo's own progress and messages go to the terminal.
pub(super) async fn build(
    server: &Server,
    root: &Path,
    interrupts: &mut Interrupts,
) -> Result<Option<PathBuf>, ServerError> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let failed = |source| ServerError::Run {
        program: "cargo".to_owned(),
        source,
    };
    let metadata = MetadataCommand::new()
        .manifest_path(root.join("Cargo.toml"))
        .no_deps()
        .exec()?;
    let package = (metadata.packages.iter())
        .find(|package| package.name == server.package)
        .map(|package| package.id.clone())
        .ok_or_else(|| no_binary(server))?;
    let mut command = Command::new(cargo);
    command
        .args(["build", "--bin", &server.bin])
        .args(["--message-format", "json-render-diagnostics"])
        .current_dir(root)
        .stdout(Stdio::piped());
    // As a plain `cargo build` does it where that builds the package: with the features that all default members need
    // together, so that what has been built already is not built again.
    if !metadata.workspace_default_members.contains(&package) {
        command.args(["--package", &server.package]);
    }
    without_cargo_run(&mut command);
    let (sender, executable) = oneshot::channel();
    let bin = server.bin.clone();
    let mut cargo = Process::start(command, move |child| {
        let found = (child.stdout.take())
            .and_then(|output| executable_among(BufReader::new(output), &package, &bin));
        // Nobody listens any more once we are ending.
        let _ = sender.send(found);
    })
    .map_err(failed)?;
    let status = tokio::select! {
        status = cargo.ended() => status.map_err(failed)?,
        () = interrupts.next() => {
            cargo.stop(interrupts).await.map_err(failed)?;
            return Ok(None);
        }
    };
    if !status.success() {
        return Err(ServerError::Build {
            bin: server.bin.clone(),
            status,
        });
    }
    match executable.await {
        Ok(Some(path)) => Ok(Some(path)),
        _ => Err(no_binary(server)),
    }
}

fn no_binary(server: &Server) -> ServerError {
    ServerError::NoBinary {
        package: server.package.clone(),
        bin: server.bin.clone(),
    }
}

/// The binary's path, from what Cargo says about each thing it has built.
fn executable_among(messages: impl BufRead, package: &PackageId, bin: &str) -> Option<PathBuf> {
    let mut found = None;
    // To the end, or Cargo would be stopped by a full pipe.
    for message in Message::parse_stream(messages).map_while(Result::ok) {
        if let Message::CompilerArtifact(artifact) = message
            && artifact.target.is_bin()
            && artifact.target.name == bin
            && artifact.package_id == *package
            && let Some(executable) = artifact.executable
        {
            found = Some(executable.into_std_path_buf());
        }
    }
    found
}

/// A server that runs.
pub(super) struct Running {
    bin: String,
    process: Process,
}

impl Running {
    /// Starts it on a database, with the invoker's environment in all else.
    pub(super) fn start(
        server: &Server,
        executable: &Path,
        root: &Path,
        database_url: &str,
        address: SocketAddr,
    ) -> Result<Self, ServerError> {
        let mut command = Command::new(executable);
        command
            .current_dir(root)
            .env("DATABASE_URL", database_url)
            .env(address::VARIABLE, address.to_string());
        for name in OF_OTHER_DATABASES {
            command.env_remove(name);
        }
        without_cargo_run(&mut command);
        let process = Process::start(command, |_| {}).map_err(|source| ServerError::Run {
            program: server.bin.clone(),
            source,
        })?;
        Ok(Self {
            bin: server.bin.clone(),
            process,
        })
    }

    /// Waits until it is ready; `None` when interrupted, in which case it has been stopped.
    pub(super) async fn ready(
        &mut self,
        address: SocketAddr,
        interrupts: &mut Interrupts,
    ) -> Result<Option<Readiness>, ServerError> {
        tokio::select! {
            status = self.process.ended() => Err(self.ended(status)),
            () = interrupts.next() => self.stop(interrupts).await.map(|()| None),
            readiness = readiness(address) => Ok(Some(readiness)),
        }
    }

    /// Waits until it ends by itself, which is an error, or is to be stopped.
    pub(super) async fn run(mut self, interrupts: &mut Interrupts) -> Result<(), ServerError> {
        tokio::select! {
            status = self.process.ended() => Err(self.ended(status)),
            () = interrupts.next() => {
                super::progress::say(&format!("stopping {}", self.bin));
                self.stop(interrupts).await
            }
        }
    }

    fn ended(&self, status: std::io::Result<ExitStatus>) -> ServerError {
        let bin = self.bin.clone();
        match status {
            Ok(status) => ServerError::Ended { bin, status },
            Err(source) => ServerError::Run {
                program: bin,
                source,
            },
        }
    }

    async fn stop(&mut self, interrupts: &mut Interrupts) -> Result<(), ServerError> {
        let status = (self.process.stop(interrupts).await).map_err(|source| ServerError::Run {
            program: self.bin.clone(),
            source,
        })?;
        // A server without a handler of its own ends by the very signal that it was sent.
        if status.success() || status.signal() == Some(Signal::SIGTERM as i32) {
            return Ok(());
        }
        Err(ServerError::EndedBadly {
            bin: self.bin.clone(),
            status,
        })
    }
}

/// Asks `/readyz` until it says 200.
async fn readiness(address: SocketAddr) -> Readiness {
    let ready = async {
        loop {
            if let Some(200 | 404) = status_of("/readyz", address).await {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    match tokio::time::timeout(READY, ready).await {
        Ok(()) => Readiness::Ready,
        Err(_) => Readiness::Late,
    }
}

/// Status code of a GET. An HTTP client would be a large dependency for one number.
async fn status_of(path: &str, address: SocketAddr) -> Option<u16> {
    let request = async {
        let mut stream = TcpStream::connect(address).await.ok()?;
        let text = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
        stream.write_all(text.as_bytes()).await.ok()?;
        let mut answer = [0; "HTTP/1.1 200".len()];
        stream.read_exact(&mut answer).await.ok()?;
        std::str::from_utf8(answer.get(9..)?).ok()?.parse().ok()
    };
    (tokio::time::timeout(Duration::from_secs(2), request).await).ok()?
}

fn without_cargo_run(command: &mut Command) {
    for (name, _) in std::env::vars_os() {
        let of_cargo_run = name.to_str().is_some_and(|name| {
            name.starts_with("CARGO_PKG_")
                || name.starts_with("CARGO_MANIFEST_")
                || OF_CARGO_RUN.contains(&name)
        });
        if of_cargo_run {
            command.env_remove(name);
        }
    }
}
