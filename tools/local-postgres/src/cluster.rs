use std::fs::{self, File};
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::blocking::{Runtime, wait_for};
use crate::error::{Error, file_error};
use crate::initdb;
use crate::installation::Installation;
use crate::lease::{Lease, SUPERVISOR};
use crate::place::{Project, make_folder};
use crate::record::{Record, SUPERUSER};
use crate::server::{Server, Session, quote};
use crate::server_user::ServerUser;
use crate::sweep;

/// How long a server may take to accept connections.
const START: Duration = Duration::from_secs(60);

/// Seconds that a supervisor waits for the process that started it.
const GRACE: u32 = 30;

/// Seconds that an ephemeral cluster waits for another user: the next test binary, or the next test of nextest.
const LINGER: u32 = 3;

/// How often another port is tried when the one that was free has been taken.
const ATTEMPTS: u32 = 5;

/// The longest path of a Unix-domain socket that macOS takes (Linux takes 107 bytes).
const SOCKET_PATH_MAX: usize = 103;

/// Settings of ephemeral clusters: their data need not survive anything.
const EPHEMERAL_SETTINGS: &[&str] = &[
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "wal_level=minimal",
    "max_wal_senders=0",
    "autovacuum=off",
    "max_connections=300",
];

/// A running private cluster. It runs as long as some process holds such a value.
#[derive(Debug)]
pub struct Cluster {
    server: Server,
    folder: PathBuf,
    _lease: Lease,
}

impl Cluster {
    /// The project's ephemeral cluster: shared with every process that uses it at this time, and gone seconds after the
    /// last of them has ended. Starts it where it does not run.
    ///
    /// # Errors
    /// [`Error::NotFound`] without PostgreSQL, and whatever else keeps a server from starting.
    pub fn ephemeral(project: &Project) -> Result<Self, Error> {
        let near = project.ephemeral_folder();
        make_folder(&near)?;
        let _starting = start_up_lock(&near)?;
        let record_path = near.join("cluster");
        if let Some(record) = Record::read(&record_path)?
            && let Some(lease) = Lease::take(&record.folder)?
        {
            return Self::new(&record, lease);
        }
        let installation = Installation::find()?;
        let user = ServerUser::choose()?;
        let home = project.server_folder(&user, &near.join("server"), "ephemeral")?;
        let clusters = home.join("clusters");
        sweep::sweep(&installation, &user, &clusters)?;
        let cache = initdb::cached(&installation, &user, &home)?;
        let mut attempt = 1;
        let (record, lease) = loop {
            match start_ephemeral(&installation, &user, &clusters, &cache) {
                Err(Error::Start { log, .. })
                    if log.contains("Address already in use") && attempt < ATTEMPTS =>
                {
                    attempt += 1;
                }
                other => break other?,
            }
        };
        record.write(&record_path)?;
        Self::new(&record, lease)
    }

    fn new(record: &Record, lease: Lease) -> Result<Self, Error> {
        Ok(Self {
            server: record.server()?,
            folder: record.folder.clone(),
            _lease: lease,
        })
    }

    /// The server.
    #[must_use]
    pub fn server(&self) -> &Server {
        &self.server
    }

    /// The folder that holds the cluster's data and its log (`server.log`).
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }
}

fn start_ephemeral(
    installation: &Installation,
    user: &ServerUser,
    clusters: &Path,
    cache: &Path,
) -> Result<(Record, Lease), Error> {
    let id = uuid::Uuid::new_v4().simple().to_string();
    let folder = clusters.join(&id[..12]);
    let record = Record {
        socket: make_cluster_folder(user, &folder, &id)?,
        port: free_port()?,
        password: uuid::Uuid::new_v4().simple().to_string(),
        folder,
    };
    user.shell(r#"cp -RPp "$1" "$2/data""#, &[cache, &record.folder])?;
    let lease = supervise(
        installation,
        user,
        &record,
        "remove",
        LINGER,
        EPHEMERAL_SETTINGS,
    )?;
    let statement = format!(
        "ALTER ROLE {} PASSWORD '{}'",
        quote(SUPERUSER),
        record.password
    );
    wait_for(Runtime::CurrentThread, async {
        let session = Session::open(record.socket_url()?.as_str()).await?;
        session.execute("set the password", &statement).await
    })?;
    Ok((record, lease))
}

/// Makes what a supervisor needs in a cluster's folder, and gives the folder for the socket.
fn make_cluster_folder(user: &ServerUser, folder: &Path, id: &str) -> Result<PathBuf, Error> {
    let near = folder.join("socket");
    let fits = near.as_os_str().len() + "/.s.PGSQL.65535".len() <= SOCKET_PATH_MAX;
    // The setting is a list, with quotes and commas; a folder whose name needs neither spares us that.
    let plain = near.to_str().is_some_and(|path| {
        path.bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"/._-".contains(&b))
    });
    let script = r#"
        umask 077
        mkdir -p "$1/leases" && : >"$1/supervisor.lock" && printf %s "$3" >"$1/supervisor.sh" &&
        mkdir "$2" && { [ "$2" = "$1/socket" ] || printf %s "$2" >"$1/socket-folder"; }"#;
    let socket = if fits && plain {
        near
    } else {
        PathBuf::from(format!("/tmp/axis-{}", &id[..12]))
    };
    user.shell(script, &[folder, &socket, Path::new(SUPERVISOR)])?;
    Ok(socket)
}

/// Starts the supervisor and through it the server, and waits until it accepts connections.
fn supervise(
    installation: &Installation,
    user: &ServerUser,
    record: &Record,
    mode: &str,
    linger: u32,
    settings: &[&str],
) -> Result<Lease, Error> {
    let path = record.folder.join("supervisor.lock");
    let lock = File::open(&path).map_err(file_error("open", &path))?;
    lock.lock().map_err(file_error("lock", &path))?;
    let mut command = user.command("/bin/sh");
    command
        .arg(record.folder.join("supervisor.sh"))
        .arg(&record.folder)
        .arg(installation.bin())
        .args([mode, &GRACE.to_string(), &linger.to_string()])
        .args([
            "-p",
            &record.port.to_string(),
            "-c",
            "listen_addresses=127.0.0.1",
            "-k",
        ])
        .arg(&record.socket)
        .args(["-c", "timezone=UTC", "-c", "log_timezone=UTC"])
        .args(settings.iter().flat_map(|setting| ["-c", setting]))
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
    let started = wait_until_ready(record, &mut supervisor);
    // Reaps it when it ends before this process does.
    thread::Builder::new()
        .name("local-postgres-reaper".to_owned())
        .spawn(move || supervisor.wait())
        .map_err(Error::Thread)?;
    started
}

fn wait_until_ready(record: &Record, supervisor: &mut Child) -> Result<Lease, Error> {
    let deadline = Instant::now() + START;
    let failed = |reason: String| {
        let log = fs::read_to_string(record.folder.join("server.log")).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        let log = lines[lines.len().saturating_sub(20)..].join("\n");
        Error::Start {
            folder: record.folder.clone(),
            reason,
            log,
        }
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
    let url = record.socket_url()?;
    let ended = record.folder.join("server-ended");
    wait_for(Runtime::CurrentThread, async {
        loop {
            let Err(error) = Session::open(url.as_str()).await else {
                return Ok(());
            };
            if ended.exists() {
                return Err(failed("the server ended".to_owned()));
            }
            if Instant::now() >= deadline {
                let why = std::error::Error::source(&error)
                    .map(ToString::to_string)
                    .unwrap_or_default();
                return Err(failed(format!(
                    "no connection within {} s: {why}",
                    START.as_secs()
                )));
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })?;
    Ok(lease)
}

/// Held while a cluster is joined or started, so that processes which begin at once share one. Ends with the process.
fn start_up_lock(near: &Path) -> Result<File, Error> {
    let path = near.join("lock");
    let file = File::options()
        .create(true)
        .append(true)
        .open(&path)
        .map_err(file_error("open", &path))?;
    file.lock().map_err(file_error("lock", &path))?;
    Ok(file)
}

/// A port of 127.0.0.1 that nobody uses at this moment.
fn free_port() -> Result<u16, Error> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .and_then(|listener| listener.local_addr())
        .map_err(Error::Thread)?;
    Ok(listener.port())
}
