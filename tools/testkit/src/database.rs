use tokio::sync::oneshot;

use crate::backend::{Backend, fail};

/// A database for one test. It is dropped when this value is.
#[derive(Debug)]
pub struct TestDatabase {
    name: String,
    url: String,
}

impl TestDatabase {
    /// A database with all migrations applied: a copy of a template that is migrated once.
    ///
    /// # Panics
    /// Where there is no PostgreSQL or a migration fails; the message says which, and what to do.
    pub async fn migrated() -> Self {
        elsewhere(|| {
            Self::make(|backend, name| {
                backend
                    .server()
                    .create_database_from(backend.template(), name)
            })
        })
        .await
    }

    /// An empty database.
    ///
    /// # Panics
    /// Where there is no PostgreSQL; the message says what to do.
    pub async fn empty() -> Self {
        elsewhere(|| Self::make(|backend, name| backend.server().create_database(name))).await
    }

    fn make(create: impl Fn(&Backend, &str) -> Result<(), axis_local_postgres::Error>) -> Self {
        let backend = Backend::get();
        let name = format!("test_{}", uuid::Uuid::new_v4().simple());
        create(backend, &name).unwrap_or_else(|error| fail("no test database", &error));
        let url = backend.server().url(&name);
        Self { name, url }
    }

    /// The URL: `postgres://..` over TCP, with a password.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The variables that lead a `DatabaseConfig` to this database: `DATABASE_URL`. All others are unset.
    pub fn variables(&self) -> impl Fn(&str) -> Option<String> + use<> {
        let url = self.url.clone();
        move |name| (name == "DATABASE_URL").then(|| url.clone())
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        // A failure is not the test's: what is left goes with the cluster.
        let _ = Backend::get().server().drop_database(&self.name);
    }
}

/// Runs blocking work on a thread of its own, in whatever runtime the caller is.
async fn elsewhere<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    let (sender, receiver) = oneshot::channel();
    let thread = std::thread::spawn(move || {
        // Nobody receives where the test's future was dropped.
        let _ = sender.send(work());
    });
    match receiver.await {
        Ok(value) => value,
        Err(_) => match thread.join() {
            Err(panic) => std::panic::resume_unwind(panic),
            Ok(()) => unreachable!("the thread sends before it ends"),
        },
    }
}
