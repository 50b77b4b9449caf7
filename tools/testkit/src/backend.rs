//! The server that this process's test databases live on.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use axis_local_postgres::{Cluster, Error, Migrations, Project, Server, Template};

/// The server and the template, found once for each process.
pub(crate) struct Backend {
    cluster: Cluster,
    migrations: PathBuf,
    template: OnceLock<Template>,
}

impl Backend {
    /// This process's backend.
    pub(crate) fn get() -> &'static Self {
        static BACKEND: OnceLock<Backend> = OnceLock::new();
        BACKEND
            .get_or_init(|| Self::start().unwrap_or_else(|error| fail("no test database", &error)))
    }

    fn start() -> Result<Self, Error> {
        let root = project_root();
        let cluster = Cluster::ephemeral(&Project::at(&root)?)?;
        Ok(Self {
            cluster,
            migrations: root.join("migrations"),
            template: OnceLock::new(),
        })
    }

    pub(crate) fn server(&self) -> &Server {
        self.cluster.server()
    }

    /// The template with the project's migrations applied.
    pub(crate) fn template(&self) -> &Template {
        self.template.get_or_init(|| {
            Migrations::in_folder(&self.migrations)
                .and_then(|migrations| self.server().template(&migrations))
                .unwrap_or_else(|error| fail("no migrated test database", &error))
        })
    }
}

/// The nearest folder above the working directory that has migrations. Cargo and nextest run a test in its package's
/// folder, so a project that uses this crate from elsewhere gets its own migrations.
fn project_root() -> PathBuf {
    let has_migrations = |folder: &&Path| folder.join("migrations").is_dir();
    std::env::current_dir()
        .ok()
        .and_then(|folder| folder.ancestors().find(has_migrations).map(Path::to_owned))
        .unwrap_or_else(|| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../..")))
}

/// Ends the test with an error and everything that led to it.
#[expect(
    clippy::panic,
    reason = "a test without a database cannot go on; this crate is for tests only"
)]
pub(crate) fn fail(what: &str, error: &dyn std::error::Error) -> ! {
    let mut message = format!("{what}: {error}");
    let mut source = error.source();
    while let Some(error) = source {
        message.push_str(&format!("\n  because: {error}"));
        source = error.source();
    }
    panic!("{message}")
}
