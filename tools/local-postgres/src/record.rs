//! The record of a cluster: what a process must know to use one that another process started.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use tokio_postgres::Config;
use url::Url;

use crate::error::{Error, file_error};
use crate::place::write_private;
use crate::server::{Kind, Server};

/// The role that owns the cluster.
pub(crate) const SUPERUSER: &str = "postgres";

/// Where a cluster is and how to log in. Kept in a file of mode 0600.
#[derive(Clone)]
pub(crate) struct Record {
    /// The cluster's folder, on the server's side.
    pub(crate) folder: PathBuf,
    /// The folder of the Unix-domain socket.
    pub(crate) socket: PathBuf,
    /// The port on 127.0.0.1, also part of the socket's name.
    pub(crate) port: u16,
    /// The superuser's password.
    pub(crate) password: String,
}

impl Record {
    /// Reads the file; None where there is none, or one that this version did not write.
    pub(crate) fn read(path: &Path) -> Result<Option<Self>, Error> {
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(file_error("read", path)(error)),
        };
        let value = |key: &str| {
            text.lines()
                .find_map(|line| line.strip_prefix(key)?.strip_prefix(" = "))
                .map(str::to_owned)
        };
        let record = || {
            Some(Self {
                folder: value("folder")?.into(),
                socket: value("socket")?.into(),
                port: value("port")?.parse().ok()?,
                password: value("password")?,
            })
        };
        Ok(record())
    }

    pub(crate) fn write(&self, path: &Path) -> Result<(), Error> {
        let text = format!(
            "folder = {}\nsocket = {}\nport = {}\npassword = {}\n",
            self.folder.display(),
            self.socket.display(),
            self.port,
            self.password
        );
        write_private(path, &text)
    }

    /// The server: clients reach it over TCP, which each of them understands, and we over the
    /// socket, which is faster and does not ask for a password on an ephemeral cluster.
    pub(crate) fn server(&self, kind: Kind) -> Result<Server, Error> {
        let clients = format!(
            "postgres://{SUPERUSER}:{}@127.0.0.1:{}/postgres",
            self.password, self.port
        );
        let clients = Url::parse(&clients).map_err(|e| Error::Url {
            what: "the cluster's address".to_owned(),
            why: e.to_string(),
        })?;
        let mut maintenance = Config::new();
        maintenance
            .host_path(&self.socket)
            .port(self.port)
            .user(SUPERUSER)
            .password(&self.password)
            .dbname("postgres")
            .application_name("axis-local-postgres");
        Ok(Server::new(clients, maintenance, Some(kind)))
    }
}
