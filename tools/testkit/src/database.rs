use std::sync::Arc;

use axis_local_postgres::{Error, TemporaryDatabase};
use tokio::sync::oneshot;

use crate::backend::{Backend, explain};

/// A database for one test. It is dropped, with the sessions in it ended, when this value is.
#[derive(Debug)]
pub struct TestDatabase {
    url: String,
    // In this order: a given server is left only after the database is dropped.
    _database: TemporaryDatabase,
    _backend: Arc<Backend>,
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

    /// The URL: `postgres://..` over TCP, with a password (on a given server, its own URL with
    /// another database).
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The environment that leads a server to this database: `DATABASE_URL` alone. For
    /// `DatabaseConfig::from_variables`.
    pub fn variables(&self) -> impl Fn(&str) -> Option<String> + use<> {
        let url = self.url.clone();
        move |name| (name == "DATABASE_URL").then(|| url.clone())
    }

    #[expect(clippy::panic, reason = "a test without a database cannot go on")]
    async fn make(create: fn(&Backend) -> Result<TemporaryDatabase, Error>) -> Self {
        let (sender, receiver) = oneshot::channel();
        let work = move || {
            let made = Backend::get().and_then(|backend| {
                let database = create(&backend).map_err(|error| explain(&error))?;
                Ok(Self {
                    url: database.url(),
                    _database: database,
                    _backend: backend,
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
