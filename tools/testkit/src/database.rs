use std::sync::Arc;

use axis_local_postgres::{Error, TemporaryDatabase};
use tokio::sync::oneshot;

use crate::backend::{Backend, explain};

/// A database for one test. It is dropped, with the sessions in it ended, when this value is.
#[derive(Debug)]
pub struct TestDatabase {
    direct_url: String,
    variables: Vec<(&'static str, String)>,
    // In this order: a given server is left only after the database is dropped.
    _database: TemporaryDatabase,
    backend: Arc<Backend>,
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        // Runtimes do not nest: on another thread, as the rest of it.
        let (backend, url) = (&self.backend, self.url());
        std::thread::scope(|scope| {
            scope.spawn(|| backend.before_drop(url));
        });
    }
}

impl TestDatabase {
    /// A database with all migrations applied: a copy of a template that is migrated once.
    ///
    /// Works in any runtime, as it does its work on another thread.
    ///
    /// # Panics
    /// Where there is no PostgreSQL or a migration fails; the message says what to do.
    pub async fn migrated() -> Self {
        Self::make(Backend::migrated).await
    }

    /// An empty database.
    ///
    /// Works in any runtime, as it does its work on another thread.
    ///
    /// # Panics
    /// Where there is no PostgreSQL; the message says what to do.
    pub async fn empty() -> Self {
        Self::make(Backend::empty).await
    }

    /// The URL for the code under test, `postgres://..`, by this run's [`Route`](crate::Route):
    /// the server's own, that of a pooler, or one with `sslmode=verify-full&sslrootcert=..`. It has
    /// a password.
    #[must_use]
    pub fn url(&self) -> &str {
        let url = self
            .variables
            .iter()
            .find(|(name, _)| *name == "DATABASE_URL");
        url.map_or(&*self.direct_url, |(_, url)| url)
    }

    /// The server's own URL, over TCP, without TLS and past every pooler: for those who look on, and
    /// for tools that know no TLS. On a given server it is its own URL with another database.
    #[must_use]
    pub fn direct_url(&self) -> &str {
        &self.direct_url
    }

    /// The environment that leads a server to this database by this run's
    /// [`Route`](crate::Route): `DATABASE_URL`, and for a pooler `DATABASE_URL_UNPOOLED` and
    /// `DATABASE_POOLER`. For `DatabaseConfig::from_variables`.
    pub fn variables(&self) -> impl Fn(&str) -> Option<String> + use<> {
        let variables = self.variables.clone();
        move |name| {
            let found = variables.iter().find(|(variable, _)| *variable == name);
            found.map(|(_, value)| value.clone())
        }
    }

    /// The same as a list, for the environment of a process.
    pub fn environment(&self) -> impl Iterator<Item = (&str, &str)> {
        self.variables.iter().map(|(name, value)| (*name, &**value))
    }

    #[expect(clippy::panic, reason = "a test without a database cannot go on")]
    async fn make(create: fn(&Backend) -> Result<TemporaryDatabase, Error>) -> Self {
        let (sender, receiver) = oneshot::channel();
        let work = move || {
            let made = Backend::get().and_then(|backend| {
                let database = create(&backend).map_err(|error| explain(&error))?;
                let direct_url = database.url();
                Ok(Self {
                    variables: backend.variables(&direct_url)?,
                    direct_url,
                    _database: database,
                    backend,
                })
            });
            // Nobody receives where the test's future was dropped: then the database is too.
            let _ = sender.send(made);
        };
        let spawned = std::thread::Builder::new()
            .name("testkit".to_owned())
            .spawn(work);
        match (spawned, receiver.await) {
            (Ok(_), Ok(Ok(database))) => database,
            (Ok(_), Ok(Err(message))) => panic!("no test database: {message}"),
            (Ok(_), Err(_)) => panic!("no test database: making it panicked"),
            (Err(error), _) => panic!("no test database: no thread to make it: {error}"),
        }
    }
}
