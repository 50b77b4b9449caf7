//! Starting a server: the cluster's folder, the supervisor, and waiting until connections are
//! accepted.

use std::fs::{self, File};
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::blocking::{Runtime, wait_for};
use crate::error::{Error, file_error};
use crate::installation::Installation;
use crate::lease::{Lease, SUPERVISOR};
use crate::place::short_name;
use crate::record::Record;
use crate::server::Kind;
use crate::server_user::ServerUser;

/// How long a server may take to accept connections.
const START: Duration = Duration::from_secs(60);

/// Seconds that a supervisor waits for the process that started it, which comes within milliseconds
/// unless it is killed.
const GRACE: u32 = 5;

/// How often another port is tried when the one that was free has been taken meanwhile.
const ATTEMPTS: u32 = 5;

/// The longest path of a Unix-domain socket that macOS takes, in bytes. Linux takes 107.
const SOCKET_PATH_MAX: usize = 103;

/// How a cluster is run.
pub(crate) struct Manner {
    /// Whether the data go when the server stops.
    pub(crate) kind: Kind,
    /// Seconds that the server waits for another lease after the last one has ended.
    pub(crate) linger: u32,
    /// Settings of the server, `name=value`.
    pub(crate) settings: &'static [&'static str],
}

/// What the name of a cluster's folder in /tmp begins with. Not in the TMPDIR of this process's user,
/// which the server's user may not enter.
pub(crate) fn socket_prefix(folder: &Path) -> String {
    format!("/tmp/axis-{}", short_name(folder))
}

/// Makes what a supervisor needs in a cluster's folder, and gives the folder for the socket. No
/// supervisor may be alive.
pub(crate) fn make_cluster_folder(user: &ServerUser, folder: &Path) -> Result<PathBuf, Error> {
    let near = folder.join("socket");
    let fits = near.as_os_str().len() + "/.s.PGSQL.65535".len() <= SOCKET_PATH_MAX;
    // The setting is a list, with quotes and commas; a folder whose name needs neither spares us
    // that.
    let is_plain = |path: &str| {
        path.bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"/._-".contains(&b))
    };
    let socket = if fits && near.to_str().is_some_and(is_plain) {
        near
    } else {
        let id = uuid::Uuid::new_v4().simple().to_string();
        PathBuf::from(format!("{}-{}", socket_prefix(folder), &id[..8]))
    };
    let script = r#"
        umask 077
        mkdir -p "$1" && cd "$1" &&
        rm -rf leases socket && mkdir leases && : >supervisor.lock &&
        printf %s "$3" >supervisor.sh &&
        mkdir "$2" && { [ "$2" = "$1/socket" ] || printf %s "$2" >socket-folder; }"#;
    user.shell(script, &[folder, &socket, Path::new(SUPERVISOR)])?;
    Ok(socket)
}

/// Starts a server on a port, at first on `known`, and on other ports while that one is taken.
///
/// Each attempt makes or repairs the cluster's folder, as the supervisor of a failed one cleans up.
pub(crate) fn on_free_port<T>(
    known: Option<u16>,
    mut attempt: impl FnMut(u16) -> Result<T, Error>,
) -> Result<T, Error> {
    let mut port = known.map_or_else(free_port, Ok)?;
    let mut attempts = 1;
    loop {
        match attempt(port) {
            Err(Error::Start { log, .. })
                if log.contains("Address already in use") && attempts < ATTEMPTS =>
            {
                attempts += 1;
                port = free_port()?;
            }
            other => return other,
        }
    }
}

/// A port of 127.0.0.1 that nobody uses at this moment.
fn free_port() -> Result<u16, Error> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .and_then(|listener| listener.local_addr())
        .map(|address| address.port())
        .map_err(Error::Port)
}

/// Starts the supervisor and through it the server, and waits until that accepts connections.
pub(crate) fn start(
    installation: &Installation,
    user: &ServerUser,
    record: &Record,
    manner: &Manner,
) -> Result<Lease, Error> {
    let path = record.folder.join("supervisor.lock");
    let lock = File::open(&path).map_err(file_error("open", &path))?;
    lock.lock().map_err(file_error("lock", &path))?;
    let mode = match manner.kind {
        Kind::Ephemeral => "remove",
        Kind::Persistent => "keep",
    };
    let mut command = user.command("/bin/sh");
    command
        .arg(record.folder.join("supervisor.sh"))
        .arg(&record.folder)
        .arg(installation.bin())
        .args([mode, &GRACE.to_string(), &manner.linger.to_string()])
        .args([
            "-p",
            &record.port.to_string(),
            "-c",
            "listen_addresses=127.0.0.1",
            "-k",
        ])
        .arg(&record.socket)
        .args(["-c", "timezone=UTC", "-c", "log_timezone=UTC"])
        .args(manner.settings.iter().flat_map(|setting| ["-c", setting]))
        // A signal from the terminal (Ctrl-C) is not meant for it.
        .process_group(0)
        .stdin(lock)
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let mut supervisor = command.spawn().map_err(|source| Error::Spawn {
        program: "/bin/sh".to_owned(),
        as_user: user.as_user(),
        source,
    })?;
    // Closes this process's copies of the locked file.
    drop(command);
    let started = wait_until_ready(record, manner.kind, &mut supervisor);
    // Reaps it when it ends before this process does.
    thread::Builder::new()
        .name("local-postgres-reaper".to_owned())
        .spawn(move || supervisor.wait())
        .map_err(Error::Thread)?;
    started
}

fn wait_until_ready(record: &Record, kind: Kind, supervisor: &mut Child) -> Result<Lease, Error> {
    let deadline = Instant::now() + START;
    let failed = |reason: String| Error::Start {
        folder: record.folder.clone(),
        reason,
        log: end_of_log(&record.folder.join("server.log")),
    };
    let lease = loop {
        if let Some(lease) = Lease::take(&record.folder)? {
            break lease;
        }
        match supervisor.try_wait() {
            Ok(Some(status)) => return Err(failed(format!("its supervisor ended ({status})"))),
            Ok(None) if Instant::now() < deadline => thread::sleep(Duration::from_millis(2)),
            Ok(None) => {
                return Err(failed(format!(
                    "no supervisor within {} s",
                    START.as_secs()
                )));
            }
            Err(error) => return Err(failed(error.to_string())),
        }
    };
    let server = record.server(kind)?;
    let ended = record.folder.join("server-ended");
    wait_for(Runtime::CurrentThread, || async {
        loop {
            let Err(error) = server.session().await else {
                return Ok(());
            };
            if ended.exists() {
                return Err(failed("the server ended".to_owned()));
            }
            if Instant::now() >= deadline {
                let cause = std::error::Error::source(&error).map(ToString::to_string);
                let cause = cause.unwrap_or_default();
                return Err(failed(format!(
                    "no connection within {} s: {cause}",
                    START.as_secs()
                )));
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })?;
    Ok(lease)
}

/// The last lines of the server's log, for an error.
fn end_of_log(path: &Path) -> String {
    let log = fs::read_to_string(path).unwrap_or_default();
    let lines: Vec<&str> = log.lines().collect();
    lines[lines.len().saturating_sub(20)..].join("\n")
}
