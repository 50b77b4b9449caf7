use tokio_postgres::NoTls;
use tokio_postgres::error::SqlState;
use url::Url;

use crate::blocking::{Runtime, wait_for};
use crate::error::Error;

/// A server on which databases may be made and dropped, by a role that is allowed to.
///
/// All functions block the calling thread while the server works; they may be called in and out of any runtime.
#[derive(Clone)]
pub struct Server {
    /// How clients reach the server; its path is replaced by a database's name.
    clients: Url,
    /// How this type reaches the server's maintenance database.
    maintenance: Url,
}

impl Server {
    /// The server that a URL leads to. The URL's database, which must exist, is where commands such as CREATE DATABASE run;
    /// where the URL names none, `postgres`.
    ///
    /// The connection is made without TLS, so `sslmode=require` is refused by the first use.
    ///
    /// # Errors
    /// [`Error::Url`]; `what` says in it where the URL came from, such as `AXIS_TEST_DATABASE_URL`.
    pub fn from_url(what: &str, url: &str) -> Result<Self, Error> {
        let error = |why: String| Error::Url {
            what: what.to_owned(),
            why,
        };
        let mut url = Url::parse(url).map_err(|e| error(e.to_string()))?;
        if !matches!(url.scheme(), "postgres" | "postgresql") {
            return Err(error("its scheme is not postgres".to_owned()));
        }
        if url.path().trim_start_matches('/').is_empty() {
            url.set_path("postgres");
        }
        url.as_str()
            .parse::<tokio_postgres::Config>()
            .map_err(|e| error(e.to_string()))?;
        Ok(Self {
            clients: url.clone(),
            maintenance: url,
        })
    }

    /// A server that clients reach by one URL and we by another.
    pub(crate) fn new(clients: Url, maintenance: Url) -> Self {
        Self {
            clients,
            maintenance,
        }
    }

    /// The URL of a database on this server. It may hold a password.
    #[must_use]
    pub fn url(&self, database: &str) -> String {
        let mut url = self.clients.clone();
        url.set_path(database);
        url.into()
    }

    /// Makes an empty database, whatever this server's `template1` holds.
    ///
    /// # Errors
    /// [`Error::Server`], also where there is one of this name.
    pub fn create_database(&self, name: &str) -> Result<(), Error> {
        let name = quote(name);
        self.execute(
            "create a database",
            &format!("CREATE DATABASE {name} TEMPLATE template0"),
        )
    }

    /// Drops a database, ending the sessions in it. One that does not exist is no error.
    ///
    /// # Errors
    /// [`Error::Server`].
    pub fn drop_database(&self, name: &str) -> Result<(), Error> {
        let name = quote(name);
        self.execute(
            "drop a database",
            &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"),
        )
    }

    /// Whether there is a database of this name.
    ///
    /// # Errors
    /// [`Error::Server`].
    pub fn has_database(&self, name: &str) -> Result<bool, Error> {
        wait_for(Runtime::CurrentThread, async {
            let session = Session::open(self.maintenance.as_str()).await?;
            session.has_database(name).await
        })
    }

    /// The URL of the maintenance database.
    pub(crate) fn maintenance(&self) -> &str {
        self.maintenance.as_str()
    }

    fn execute(&self, action: &str, statement: &str) -> Result<(), Error> {
        wait_for(Runtime::CurrentThread, async {
            let session = Session::open(self.maintenance.as_str()).await?;
            session.execute(action, statement).await
        })
    }
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let host = self.clients.host_str().unwrap_or_default();
        f.debug_struct("Server")
            .field("host", &host)
            .field("port", &self.clients.port())
            .finish_non_exhaustive()
    }
}

/// One connection, driven by the runtime it was opened in.
pub(crate) struct Session {
    client: tokio_postgres::Client,
}

impl Session {
    pub(crate) async fn open(url: &str) -> Result<Self, Error> {
        let (client, connection) = tokio_postgres::connect(url, NoTls)
            .await
            .map_err(server_error("be reached"))?;
        tokio::spawn(connection);
        Ok(Self { client })
    }

    pub(crate) fn client(&self) -> &tokio_postgres::Client {
        &self.client
    }

    pub(crate) async fn execute(&self, action: &str, statement: &str) -> Result<(), Error> {
        self.client
            .batch_execute(statement)
            .await
            .map_err(server_error(action))
    }

    pub(crate) async fn has_database(&self, name: &str) -> Result<bool, Error> {
        let found = self
            .client
            .query_opt("SELECT FROM pg_database WHERE datname = $1", &[&name])
            .await
            .map_err(server_error("list its databases"))?;
        Ok(found.is_some())
    }
}

/// An identifier as SQL wants it.
pub(crate) fn quote(identifier: &str) -> String {
    format!("\"{}\"", identifier.replace('"', "\"\""))
}

/// Shortens `map_err` for statements.
pub(crate) fn server_error(
    action: impl Into<String>,
) -> impl FnOnce(tokio_postgres::Error) -> Error {
    let action = action.into();
    move |source| Error::Server { action, source }
}

/// Whether a database could not be copied or dropped because a session is in it.
pub(crate) fn is_in_use(error: &tokio_postgres::Error) -> bool {
    error.code() == Some(&SqlState::OBJECT_IN_USE)
}
