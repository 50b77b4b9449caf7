use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use crate::error::{Error, file_error};
use crate::initdb::{self, Authentication};
use crate::installation::Installation;
use crate::lease::Lease;
use crate::place::{Project, make_folder, make_server_folder};
use crate::record::{Record, SUPERUSER};
use crate::server::{Kind, Server, quote};
use crate::server_user::ServerUser;
use crate::start::{Manner, make_cluster_folder, on_free_port, start};
use crate::sweep::{clear, is_supervised, sweep};

/// How ephemeral clusters are run: their data need not survive anything. They linger for the next
/// test binary, or the next test process of nextest.
const EPHEMERAL: Manner = Manner {
    kind: Kind::Ephemeral,
    linger: 2,
    settings: &[
        "fsync=off",
        "synchronous_commit=off",
        "full_page_writes=off",
        "wal_level=minimal",
        "max_wal_senders=0",
        "max_wal_size=1GB",
        "autovacuum=off",
        // Compiling a query of the catalogs takes longer than running it.
        "jit=off",
        "max_connections=300",
    ],
};

/// How persistent clusters are run: as PostgreSQL comes.
const PERSISTENT: Manner = Manner {
    kind: Kind::Persistent,
    linger: 0,
    settings: &[],
};

/// How one logs in to a persistent cluster.
const SCRAM: Authentication = Authentication {
    local: "scram-sha-256",
    host: "scram-sha-256",
};

/// How long the supervisor of a persistent cluster that is stopping is waited for.
const STOPPING: Duration = Duration::from_secs(20);

/// A running private cluster: it listens on a port of 127.0.0.1 and on a Unix-domain socket, and
/// its superuser is `postgres`.
///
/// The server runs as long as some process holds such a value; it is stopped when the last one is
/// dropped or its process ends, however it ends. All functions block the calling thread and may be
/// called in and out of any runtime.
#[derive(Debug)]
pub struct Cluster {
    server: Server,
    folder: PathBuf,
    _lease: Lease,
}

impl Cluster {
    /// The project's ephemeral cluster, for tests and throw-away databases. Joins the one that
    /// runs, else starts one.
    ///
    /// It stops 2 seconds after its last user has ended, and its data are removed. Nothing in it
    /// survives a crash: fsync and autovacuum are off. It takes 300 connections.
    ///
    /// # Errors
    /// [`Error::NotFound`] without PostgreSQL, and whatever else keeps a server from starting.
    pub fn ephemeral(project: &Project) -> Result<Self, Error> {
        let near = project.ephemeral_folder();
        let _starting = start_up_lock(&near)?;
        let record_path = near.join("cluster");
        let server_side = near.join("server");
        if let Some(record) = Record::read(&record_path)?
            && project.owns(&server_side, &record.folder)
            && let Some(lease) = Lease::take(&record.folder)?
        {
            return Self::new(&record, Kind::Ephemeral, lease);
        }
        let installation = Installation::find()?;
        let user = ServerUser::choose()?;
        let home = project.server_folder(&user, &server_side)?;
        let clusters = home.join("clusters");
        sweep(&installation, &user, &clusters)?;
        let cache = initdb::cached(&installation, &user, &home)?;
        let (record, lease) = on_free_port(None, |port| {
            let folder = clusters.join(&secret()[..12]);
            let socket = make_cluster_folder(&user, &folder)?;
            let record = Record {
                folder,
                socket,
                port,
                password: secret(),
            };
            user.shell(r#"cp -RPp "$1" "$2/data""#, &[&cache, &record.folder])?;
            let lease = start(&installation, &user, &record, &EPHEMERAL)?;
            Ok((record, lease))
        })?;
        let cluster = Self::new(&record, Kind::Ephemeral, lease)?;
        let statement = format!(
            "ALTER ROLE {} PASSWORD '{}'",
            quote(SUPERUSER),
            record.password
        );
        cluster
            .server
            .in_session(async |session| session.execute("set a password", &statement).await)?;
        record.write(&record_path)?;
        Ok(cluster)
    }

    /// The project's persistent cluster, for development. Joins the one that runs, else starts it,
    /// else makes it.
    ///
    /// Its data stay: under `.axis/` of the project, or in the state folder where the server's user
    /// cannot reach the project. The file `.axis/cluster` (mode 0600) says where, and holds the
    /// port and the superuser's password; connections by socket and by TCP are asked for it. The
    /// port stays the same while it is free. It stops when its last user has ended. Where that file
    /// is lost, or the project's folder was copied, the data get a new password.
    ///
    /// # Errors
    /// [`Error::NotFound`] without PostgreSQL, [`Error::DataVersion`] where the data were made by a
    /// version that is no longer installed, and whatever else keeps a server from starting.
    pub fn persistent(project: &Project) -> Result<Self, Error> {
        let near = project.persistent_folder();
        let _starting = start_up_lock(&near)?;
        let record_path = near.join("cluster");
        let server_side = near.join("postgres");
        // Not where the project's folder was copied or moved: then it speaks of another's data.
        let known =
            Record::read(&record_path)?.filter(|record| project.owns(&server_side, &record.folder));
        if let Some(record) = &known
            && let Some(lease) = Lease::take(&record.folder)?
        {
            return Self::new(record, Kind::Persistent, lease);
        }
        let installations = Installation::all()?;
        let user = ServerUser::choose()?;
        let folder = match project.folder_with(&server_side, "data") {
            Some(folder) => {
                make_server_folder(&user, &folder)?;
                folder
            }
            None => project.server_folder(&user, &server_side)?,
        };
        let installation = choose(installations, &folder)?;
        let known = known.filter(|record| record.folder == folder);
        let mut is_password_known = known.is_some();
        let port = known.as_ref().map(|record| record.port);
        let password = known.map_or_else(secret, |record| record.password);
        let (record, lease) = on_free_port(port, |port| {
            wait_for_supervisor(&folder)?;
            clear(&installation, &user, &folder)?;
            let record = Record {
                socket: make_cluster_folder(&user, &folder)?,
                folder: folder.clone(),
                port,
                password: password.clone(),
            };
            // Before anything else, so that there are never data without a password.
            record.write(&record_path)?;
            let data = folder.join("data");
            if !data.is_dir() {
                initdb::initdb(&installation, &user, &data, SCRAM, &[], Some(&password))?;
            } else if !is_password_known {
                initdb::set_password(&installation, &user, &data, &password)?;
            }
            is_password_known = true;
            let lease = start(&installation, &user, &record, &PERSISTENT)?;
            Ok((record, lease))
        })?;
        Self::new(&record, Kind::Persistent, lease)
    }

    fn new(record: &Record, kind: Kind, lease: Lease) -> Result<Self, Error> {
        let server = record.server(kind)?;
        Ok(Self {
            server,
            folder: record.folder.clone(),
            _lease: lease,
        })
    }

    /// The server.
    #[must_use]
    pub fn server(&self) -> &Server {
        &self.server
    }

    /// The folder of the cluster's data (`data`) and log (`server.log`).
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }
}

/// Held while a cluster is joined or started, so that processes that begin at once share one. Ends
/// with the process.
fn start_up_lock(near: &Path) -> Result<File, Error> {
    make_folder(near)?;
    let path = near.join("lock");
    let file = File::options()
        .create(true)
        .append(true)
        .open(&path)
        .map_err(file_error("open", &path))?;
    file.lock().map_err(file_error("lock", &path))?;
    Ok(file)
}

/// 122 random bits as 32 hexadecimal digits.
fn secret() -> String {
    uuid::Uuid::new_v4().simple().to_string()
}

/// The installation that can run the data in a cluster's folder: of the same major version. The
/// newest where there are no data yet.
fn choose(mut installations: Vec<Installation>, folder: &Path) -> Result<Installation, Error> {
    let path = folder.join("data/PG_VERSION");
    match fs::read_to_string(&path) {
        Ok(text) => {
            let needed = text.trim().to_owned();
            installations
                .into_iter()
                .find(|installation| installation.version().major().to_string() == needed)
                .ok_or(Error::DataVersion {
                    folder: folder.to_owned(),
                    needed,
                })
        }
        // Never empty.
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(installations.swap_remove(0)),
        Err(error) => Err(file_error("read", path)(error)),
    }
}

/// Waits until no supervisor watches a folder: the one that is there gives no lease, so it is
/// stopping.
fn wait_for_supervisor(folder: &Path) -> Result<(), Error> {
    let deadline = Instant::now() + STOPPING;
    while is_supervised(folder)? {
        if Instant::now() >= deadline {
            return Err(Error::StillStopping {
                folder: folder.to_owned(),
                seconds: STOPPING.as_secs(),
            });
        }
        thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}
