//! The server that this process's test databases live on.

use std::error::Error as StdError;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use axis_local_postgres::{
    Cluster, Error, GivenServer, InstallCommand, Migrations, Project, Server, Template,
    TemporaryDatabase,
};

/// Leads to a server to be used instead of a private cluster.
const GIVEN: &str = "AXIS_TEST_DATABASE_URL";

/// Where databases are made.
pub(crate) struct Backend {
    server: ServerKind,
    project: PathBuf,
    /// Made by the first test that wants it, while the others wait.
    template: Mutex<Option<Template>>,
}

enum ServerKind {
    Private(Cluster),
    Given(Box<GivenServer>),
}

/// What this process knows of its backend.
#[derive(Default)]
struct State {
    /// The private cluster, kept until the process ends: the next test wants it too.
    kept: Option<Arc<Backend>>,
    /// The given server, which must be left when the last database is dropped: nothing runs at the
    /// end of a process.
    given: Weak<Backend>,
    /// Why there is none. Not tried again for each test: a start that fails may take a minute.
    failed: Option<String>,
}

impl Backend {
    /// This process's backend.
    ///
    /// # Errors
    /// A message for people.
    pub(crate) fn get() -> Result<Arc<Self>, String> {
        static STATE: Mutex<Option<State>> = Mutex::new(None);
        let mut state = STATE.lock().unwrap_or_else(PoisonError::into_inner);
        let state = state.get_or_insert_default();
        if let Some(failed) = &state.failed {
            return Err(failed.clone());
        }
        if let Some(backend) = state.kept.clone().or_else(|| state.given.upgrade()) {
            return Ok(backend);
        }
        match Self::start() {
            Ok(backend) => {
                let backend = Arc::new(backend);
                match backend.server {
                    ServerKind::Private(_) => state.kept = Some(Arc::clone(&backend)),
                    ServerKind::Given(_) => state.given = Arc::downgrade(&backend),
                }
                Ok(backend)
            }
            Err(error) => {
                let message = explain(&error);
                state.failed = Some(message.clone());
                Err(message)
            }
        }
    }

    fn start() -> Result<Self, Error> {
        let project = project_root();
        let server = match std::env::var(GIVEN) {
            Ok(url) if !url.is_empty() => {
                ServerKind::Given(Box::new(GivenServer::open(GIVEN, &url)?))
            }
            _ => ServerKind::Private(Cluster::ephemeral(&Project::at(&project)?)?),
        };
        Ok(Self {
            server,
            project,
            template: Mutex::default(),
        })
    }

    fn server(&self) -> &Server {
        match &self.server {
            ServerKind::Private(cluster) => cluster.server(),
            ServerKind::Given(given) => given.server(),
        }
    }

    /// Makes an empty database.
    pub(crate) fn empty(&self) -> Result<TemporaryDatabase, Error> {
        self.server().temporary_database()
    }

    /// Makes a database with the project's migrations applied.
    pub(crate) fn migrated(&self) -> Result<TemporaryDatabase, Error> {
        self.server().temporary_database_from(&self.template()?)
    }

    fn template(&self) -> Result<Template, Error> {
        let mut known = self.template.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(template) = &*known {
            return Ok(template.clone());
        }
        let migrations = Migrations::in_folder(self.project.join("migrations"))?;
        let template = match &self.server {
            ServerKind::Private(cluster) => cluster.server().template(&migrations)?,
            ServerKind::Given(given) => given.template(&migrations)?,
        };
        Ok(known.insert(template).clone())
    }
}

/// The nearest folder at or above the working directory that has migrations. Cargo and nextest run
/// a test in its package's folder, so a project that uses this crate from elsewhere gets its own
/// migrations.
fn project_root() -> PathBuf {
    let has_migrations = |folder: &&Path| folder.join("migrations").is_dir();
    std::env::current_dir()
        .ok()
        .and_then(|folder| folder.ancestors().find(has_migrations).map(Path::to_owned))
        .unwrap_or_else(|| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../..")))
}

/// An error with everything that led to it, and what to do.
pub(crate) fn explain(error: &Error) -> String {
    let mut message = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        message.push_str(&format!("\n  because: {error}"));
        source = error.source();
    }
    if matches!(error, Error::NotFound(_)) {
        if let Some(install) = InstallCommand::for_this_system() {
            message.push_str(&format!("\nTo install PostgreSQL: {install}"));
        }
        message.push_str(&format!(
            "\nTo use a server that is there: set {GIVEN} to its URL"
        ));
    }
    message
}

impl std::fmt::Debug for Backend {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Backend")
            .field("project", &self.project)
            .finish_non_exhaustive()
    }
}
