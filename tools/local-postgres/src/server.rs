use std::time::Duration;

use tokio_postgres::config::SslMode;
use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, Config, NoTls};
use url::Url;

use crate::blocking::{Runtime, wait_for};
use crate::error::Error;

/// How long connecting may take, unless the URL says otherwise.
const CONNECT: Duration = Duration::from_secs(10);

/// The kinds of our own clusters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Nothing in it need survive.
    Ephemeral,
    /// Somebody's work is in it.
    Persistent,
}

/// A server on which databases may be made and dropped, by a role that is allowed to.
///
/// All functions block the calling thread while the server works; they may be called in and out of
/// any runtime.
#[derive(Clone)]
pub struct Server {
    /// How clients reach the server; its path is replaced by a database's name.
    clients: Url,
    /// How this type reaches the server's maintenance database.
    maintenance: Box<Config>,
    /// Which of our own clusters it is, if any.
    private: Option<Kind>,
    /// What the names of temporary databases begin with.
    prefix: String,
}

impl Server {
    /// The server that a URL leads to. The URL's database, which must exist, is where commands such
    /// as CREATE DATABASE run; where the URL names none, `postgres`.
    ///
    /// # Errors
    /// [`Error::Url`]; `what` says in it where the URL came from, such as `AXIS_TEST_DATABASE_URL`.
    /// `sslmode=require` is refused: this crate speaks no TLS.
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
        let maintenance: Config = url.as_str().parse().map_err(|e| error(with_cause(&e)))?;
        if maintenance.get_ssl_mode() == SslMode::Require {
            return Err(error(
                "sslmode=require, but connections are made without TLS".to_owned(),
            ));
        }
        Ok(Self::new(url, maintenance, None))
    }

    pub(crate) fn new(clients: Url, mut maintenance: Config, private: Option<Kind>) -> Self {
        if maintenance.get_connect_timeout().is_none() {
            maintenance.connect_timeout(CONNECT);
        }
        Self {
            clients,
            maintenance: Box::new(maintenance),
            private,
            prefix: "temporary".to_owned(),
        }
    }

    /// Makes temporary databases' names begin with `prefix`.
    pub(crate) fn with_prefix(mut self, prefix: String) -> Self {
        self.prefix = prefix;
        self
    }

    /// The URL of a database on this server. It may hold a password.
    #[must_use]
    pub fn url(&self, database: &str) -> String {
        let mut url = self.clients.clone();
        url.set_path(database);
        url.into()
    }

    /// Makes a database of this name, empty whatever this server's `template1` holds, unless there
    /// is one. Says whether it made it.
    ///
    /// # Errors
    /// [`Error::Server`].
    pub fn ensure_database(&self, name: &str) -> Result<bool, Error> {
        self.in_session(async |session| {
            if session.has_database(name).await? {
                return Ok(false);
            }
            session.create_database(name, "template0").await?;
            Ok(true)
        })
    }

    /// Drops a database, ending the sessions in it. One that does not exist is no error.
    ///
    /// # Errors
    /// [`Error::Server`].
    pub fn drop_database(&self, name: &str) -> Result<(), Error> {
        self.in_session(async |session| session.drop_database(name, " WITH (FORCE)").await)
    }

    pub(crate) fn is_private(&self) -> bool {
        self.private.is_some()
    }

    pub(crate) fn prefix(&self) -> &str {
        &self.prefix
    }

    /// Does something in one session of the maintenance database.
    pub(crate) fn in_session<T: Send>(
        &self,
        work: impl AsyncFnOnce(&Session) -> Result<T, Error> + Send,
    ) -> Result<T, Error> {
        wait_for(Runtime::CurrentThread, move || async move {
            let session = self.session().await?;
            work(&session).await
        })
    }

    /// Opens a session of the maintenance database, driven by the runtime it is opened in.
    pub(crate) async fn session(&self) -> Result<Session, Error> {
        let (client, connection) = self
            .maintenance
            .connect(NoTls)
            .await
            .map_err(server_error("be reached"))?;
        let major = connection
            .parameter("server_version")
            .and_then(|version| {
                version
                    .split(|c: char| !c.is_ascii_digit())
                    .next()?
                    .parse()
                    .ok()
            })
            .unwrap_or(0);
        tokio::spawn(connection);
        // Copying files is four times as fast as writing a copy to the log, but forces a checkpoint
        // of the whole server. Before version 15 it was the only way.
        let is_ephemeral = self.private == Some(Kind::Ephemeral);
        let strategy = if is_ephemeral && major >= 15 {
            " STRATEGY file_copy"
        } else {
            ""
        };
        Ok(Session {
            client,
            major,
            strategy,
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

/// One session of the maintenance database.
pub(crate) struct Session {
    client: Client,
    major: u32,
    strategy: &'static str,
}

impl Session {
    /// The connection.
    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    /// The server's major version.
    pub(crate) fn major(&self) -> u32 {
        self.major
    }

    /// Sends a statement without parameters. Names in it are quoted by [`quote`].
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

    pub(crate) async fn create_database(&self, name: &str, template: &str) -> Result<(), Error> {
        let statement = format!(
            "CREATE DATABASE {} TEMPLATE {}{}",
            quote(name),
            quote(template),
            self.strategy
        );
        self.execute("create a database", &statement).await
    }

    pub(crate) async fn drop_database(&self, name: &str, options: &str) -> Result<(), Error> {
        let statement = format!("DROP DATABASE IF EXISTS {}{options}", quote(name));
        self.execute("drop a database", &statement).await
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
pub(crate) fn is_in_use(error: &Error) -> bool {
    matches!(error, Error::Server { source, .. } if source.code() == Some(&SqlState::OBJECT_IN_USE))
}

fn with_cause(error: &tokio_postgres::Error) -> String {
    match std::error::Error::source(error) {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Server, quote};

    #[test]
    fn identifiers_are_quoted() {
        assert_eq!(quote("users"), r#""users""#);
        assert_eq!(quote(r#"a"b; DROP"#), r#""a""b; DROP""#);
    }

    #[test]
    fn a_url_keeps_its_parameters_for_each_database() {
        let server = Server::from_url(
            "TEST",
            "postgres://u:p%40@db.example:6432/admin?application_name=x",
        )
        .unwrap();
        assert_eq!(
            server.url("one"),
            "postgres://u:p%40@db.example:6432/one?application_name=x"
        );
        let server = Server::from_url("TEST", "postgresql://%2Ftmp%2Fa:5433").unwrap();
        assert_eq!(server.url("one"), "postgresql://%2Ftmp%2Fa:5433/one");
    }

    #[test]
    fn what_is_no_url_of_a_server_is_refused_without_repeating_it() {
        let cases = [
            ("secret", "relative URL"),
            ("mysql://u:secret@h/db", "scheme"),
            ("postgres://u:secret@h:70000/db", "port"),
            ("postgres://u:secret@h/db?sslmode=require", "TLS"),
            ("postgres://u:secret@h/db?nonsense=1", "nonsense"),
        ];
        for (url, expected) in cases {
            let message = Server::from_url("AXIS_TEST_DATABASE_URL", url)
                .unwrap_err()
                .to_string();
            assert!(
                message.starts_with("AXIS_TEST_DATABASE_URL is not a URL"),
                "{message}"
            );
            assert!(message.contains(expected), "{url}: {message}");
            assert!(!message.contains("secret"), "{message}");
        }
    }
}
