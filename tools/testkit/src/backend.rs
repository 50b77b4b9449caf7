//! The server that this process's test databases live on.

use std::error::Error as StdError;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use axis_local_postgres::{
    Cluster, Error, GivenServer, InstallCommand, Migrations, Project, Server, Template,
    TemporaryDatabase,
};
use url::Url;

use crate::Route;
use crate::pgbouncer::{PgBouncer, PgBouncerSettings};
use crate::private_server::{PrivateServer, ServerSettings};
use crate::tls::Authority;

/// Leads to a server to be used instead of a private cluster.
const GIVEN: &str = "AXIS_TEST_DATABASE_URL";

/// How many connections the pooler may open to the server for each database.
const POOLER: PgBouncerSettings = PgBouncerSettings {
    server_connections: 20,
    max_prepared_statements: 0,
};
/// How many of them are there before a test begins, so that two statements of a session seldom meet
/// the same one.
const POOLER_CONNECTIONS: u32 = 3;

/// The host in the URL for TLS: a name, so that there is one to verify.
const TLS_HOST: &str = "localhost";

/// Where databases are made, and how the code under test gets there.
pub(crate) struct Backend {
    // In this order: the pooler goes before the server.
    /// Made by the first test that wants it, while the others wait.
    pooler: Mutex<Option<PgBouncer>>,
    server: ServerKind,
    route: Route,
    project: PathBuf,
    /// Made by the first test that wants it, while the others wait.
    template: Mutex<Option<Template>>,
}

enum ServerKind {
    Private(Cluster),
    Given(Box<GivenServer>),
    /// Of this process, for TLS.
    Tls {
        given: Box<GivenServer>,
        root_cert: PathBuf,
        server: PrivateServer,
    },
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
                    ServerKind::Private(_) | ServerKind::Tls { .. } => {
                        state.kept = Some(Arc::clone(&backend));
                    }
                    ServerKind::Given(_) => state.given = Arc::downgrade(&backend),
                }
                Ok(backend)
            }
            Err(message) => {
                state.failed = Some(message.clone());
                Err(message)
            }
        }
    }

    fn start() -> Result<Self, String> {
        let explain = |error| explain(&error);
        let project = project_root();
        let route = Route::of_this_run();
        if route == Route::PgBouncer && PgBouncer::installed().is_none() {
            return Err("no PgBouncer: on Debian, apt-get install pgbouncer".to_owned());
        }
        let given = std::env::var(GIVEN).ok().filter(|url| !url.is_empty());
        let server = match (given, route) {
            (Some(_), Route::Tls) => {
                return Err(format!(
                    "the route `tls` has a server of its own: unset {GIVEN}"
                ));
            }
            (Some(url), _) => {
                let given = GivenServer::open(GIVEN, &url).map_err(explain)?;
                ServerKind::Given(Box::new(given))
            }
            (None, Route::Tls) => tls_server()?,
            (None, _) => {
                let project = Project::at(&project).map_err(explain)?;
                ServerKind::Private(Cluster::ephemeral(&project).map_err(explain)?)
            }
        };
        Ok(Self {
            pooler: Mutex::default(),
            server,
            route,
            project,
            template: Mutex::default(),
        })
    }

    fn server(&self) -> &Server {
        match &self.server {
            ServerKind::Private(cluster) => cluster.server(),
            ServerKind::Given(given) | ServerKind::Tls { given, .. } => given.server(),
        }
    }

    /// The environment that leads to a database by this run's route, as an operator would set it.
    /// `direct` is the server's own URL.
    pub(crate) fn variables(&self, direct: &str) -> Result<Vec<(&'static str, String)>, String> {
        match &self.server {
            ServerKind::Tls {
                root_cert, server, ..
            } => {
                let url = Url::parse(direct).map_err(|error| error.to_string())?;
                let mut url = Url::parse(&server.url(url.path().trim_start_matches('/')))
                    .map_err(|error| error.to_string())?;
                url.set_host(Some(TLS_HOST))
                    .map_err(|error| error.to_string())?;
                let root_cert = root_cert.display().to_string();
                url.query_pairs_mut()
                    .append_pair("sslmode", "verify-full")
                    .append_pair("sslrootcert", &root_cert);
                Ok(vec![("DATABASE_URL", url.into())])
            }
            _ if self.route == Route::PgBouncer => Ok(vec![
                ("DATABASE_URL", self.pooled(direct)?),
                ("DATABASE_URL_UNPOOLED", direct.to_owned()),
                ("DATABASE_POOLER", "transaction".to_owned()),
            ]),
            _ => Ok(vec![("DATABASE_URL", direct.to_owned())]),
        }
    }

    /// Waits until a database that the code under test reached by these variables can be dropped.
    pub(crate) fn before_drop(&self, url: &str) {
        if self.route == Route::PgBouncer
            && let Some(console) = PgBouncer::console_of(url)
            && let Ok(runtime) = runtime()
        {
            runtime.block_on(PgBouncer::wait_for_cancels(&console));
        }
    }

    /// The URL of a database by way of the pooler.
    fn pooled(&self, direct: &str) -> Result<String, String> {
        let mut known = self.pooler.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(why) = known.as_mut().and_then(PgBouncer::why_ended) {
            // The tests that it served have failed. The others need not.
            let _ = writeln!(std::io::stderr(), "PgBouncer has ended: {why}");
            *known = None;
        }
        let pooler = match &*known {
            Some(pooler) => pooler,
            None => known.insert(runtime()?.block_on(PgBouncer::launch(direct, POOLER))),
        };
        let url = pooler.url_of(direct)?;
        runtime()?.block_on(pooler.open(&url, POOLER_CONNECTIONS));
        Ok(url)
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
            ServerKind::Given(given) | ServerKind::Tls { given, .. } => {
                given.template(&migrations)?
            }
        };
        Ok(known.insert(template).clone())
    }
}

/// A server that asks for TLS, of this process. The superuser gets in without.
fn tls_server() -> Result<ServerKind, String> {
    let authority = Authority::new();
    let settings = ServerSettings::new()
        .tls(&authority.certificate(&[TLS_HOST, "127.0.0.1"]))
        .tls_only()
        .set("max_connections", "300");
    let (server, root_cert) = runtime()?.block_on(async {
        let server = PrivateServer::start(settings).await;
        let root_cert = server.write_file("root.pem", authority.root()).await;
        // As the role of the private cluster, and of a developer's own server, mostly is.
        server.make_role_superuser().await;
        (server, root_cert)
    });
    let given = GivenServer::open("the server for TLS", &server.superuser_url("postgres"))
        .map_err(|error| explain(&error))?;
    Ok(ServerKind::Tls {
        given: Box::new(given),
        root_cert,
        server,
    })
}

/// For the asynchronous parts of what is done on a thread of the testkit's own.
fn runtime() -> Result<tokio::runtime::Runtime, String> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| format!("no runtime: {error}"))
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
