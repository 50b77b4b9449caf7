//! A server of a test's own, to be ill-treated.

mod process;
mod settings;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, NoTls};

use process::Process;
pub use settings::ServerSettings;

/// How long a server may take to accept connections: after a kill it recovers first.
const START: Duration = Duration::from_secs(60);

/// A PostgreSQL that belongs to one test: it may be killed, stopped, started again on the same port with other settings.
/// It and its data are gone when this value is, and when the process ends, however it ends.
///
/// Its data survive a kill of its processes as they do in production (`synchronous_commit` is on), but not a crash of the
/// machine (`fsync` is off). Logins are by password, over 127.0.0.1 only. The role of [`PrivateServer::url`] is no
/// superuser, so that `max_connections` holds for it while [`PrivateServer::control`] still gets in.
///
/// Only ever for tests: what fails panics and says why.
#[derive(Debug)]
pub struct PrivateServer {
    process: Arc<Process>,
}

impl PrivateServer {
    /// Starts one. The first in a process takes some seconds longer: initdb runs once, and its result is copied.
    ///
    /// # Panics
    /// Where there is no PostgreSQL or it does not start.
    pub async fn start(settings: ServerSettings) -> Self {
        let process = blocking(move || Process::new(settings)).await;
        let server = Self {
            process: Arc::new(process),
        };
        server.spawn_and_wait().await;
        let client = server.control("postgres").await;
        let role = format!(
            "CREATE ROLE {} LOGIN PASSWORD '{}'",
            process::ROLE,
            server.process.password()
        );
        if let Err(error) = client.batch_execute(&role).await {
            fail(&format!("the role of the tests cannot be made: {error}"));
        }
        server
    }

    /// The URL of a database for the tests' ordinary role. There is `postgres`, and what
    /// [`PrivateServer::create_database`] made.
    #[must_use]
    pub fn url(&self, database: &str) -> String {
        self.process.url(process::ROLE, database)
    }

    /// The URL of a database for the superuser.
    #[must_use]
    pub fn superuser_url(&self, database: &str) -> String {
        self.process.url(process::SUPERUSER, database)
    }

    /// Makes the tests' ordinary role a superuser.
    pub(crate) async fn make_role_superuser(&self) {
        let client = self.control("postgres").await;
        let statement = format!("ALTER ROLE {} SUPERUSER", process::ROLE);
        if let Err(error) = client.batch_execute(&statement).await {
            fail(&format!(
                "the tests' role cannot be made superuser: {error}"
            ));
        }
    }

    /// Writes a file beside the data, which goes with them. Gives its path. The server's user and root may read it.
    pub(crate) async fn write_file(&self, name: &'static str, text: String) -> PathBuf {
        let process = Arc::clone(&self.process);
        blocking(move || process.write(name, &text)).await
    }

    /// The port on 127.0.0.1. It stays the same.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.process.port()
    }

    /// The role and the password of [`PrivateServer::url`].
    #[must_use]
    pub fn role(&self) -> (&str, &str) {
        (process::ROLE, self.process.password())
    }

    /// Makes an empty database that belongs to the tests' ordinary role.
    ///
    /// # Panics
    /// Where there is one of this name.
    pub async fn create_database(&self, name: &str) {
        let client = self.control("postgres").await;
        let statement = format!("CREATE DATABASE \"{name}\" OWNER {}", process::ROLE);
        if let Err(error) = client.batch_execute(&statement).await {
            fail(&format!("no database could be made: {error}"));
        }
    }

    /// A superuser's session, past every proxy, without TLS.
    ///
    /// # Panics
    /// Where the server does not answer.
    pub async fn control(&self, database: &str) -> Client {
        match self.try_control(database).await {
            Ok(client) => client,
            Err(error) => fail(&format!("no control session: {error:?}")),
        }
    }

    /// The same, where the server may be away.
    ///
    /// # Errors
    /// What connecting gave.
    pub async fn try_control(&self, database: &str) -> Result<Client, tokio_postgres::Error> {
        let (client, driver) =
            tokio_postgres::connect(&self.superuser_url(database), NoTls).await?;
        tokio::spawn(driver);
        Ok(client)
    }

    /// Ends the sessions of the tests' role by `pg_terminate_backend`, all or so many. Gives how many there were.
    ///
    /// # Panics
    /// Where the server does not answer.
    pub async fn terminate_backends(&self, most: Option<i64>) -> u64 {
        let client = self.control("postgres").await;
        let result = client
            .query(
                "SELECT pg_terminate_backend(pid) FROM \
                 (SELECT pid FROM pg_stat_activity WHERE usename = $1 ORDER BY random() LIMIT $2) AS s",
                &[&process::ROLE, &most],
            )
            .await;
        match result {
            Ok(rows) => rows.len() as u64,
            Err(error) => fail(&format!("pg_terminate_backend: {error}")),
        }
    }

    /// Kills the server and all of its sessions with SIGKILL, as a power cut does, and waits until they are gone.
    ///
    /// # Panics
    /// Where it does not run.
    pub async fn kill(&self) {
        let process = Arc::clone(&self.process);
        blocking(move || process.kill()).await;
    }

    /// Stops the server in mode fast: sessions are told 57P01, and ended. Waits until it has.
    ///
    /// # Panics
    /// Where it does not end within a minute.
    pub async fn stop(&self) {
        let process = Arc::clone(&self.process);
        blocking(move || process.stop()).await;
    }

    /// Starts the server after [`PrivateServer::kill`] or [`PrivateServer::stop`], and waits until it answers queries.
    ///
    /// # Panics
    /// Where it does not start.
    pub async fn restart(&self) {
        self.spawn_and_wait().await;
    }

    /// The same, with other settings.
    ///
    /// # Panics
    /// Where it does not start.
    pub async fn restart_with(&self, settings: ServerSettings) {
        let process = Arc::clone(&self.process);
        blocking(move || process.configure(settings)).await;
        self.spawn_and_wait().await;
    }

    /// Starts the server without waiting until it accepts connections: clients meet "is starting up".
    ///
    /// # Panics
    /// Where it cannot be started.
    pub async fn launch(&self) {
        let process = Arc::clone(&self.process);
        blocking(move || process.spawn()).await;
    }

    /// Starts the server in a recovery that ends only with [`PrivateServer::finish_recovery`]: until then it refuses
    /// everybody with SQLSTATE 57P03, as a server does that replays its log after a crash. Waits until it does.
    ///
    /// # Panics
    /// Where it cannot be started, or ends.
    pub async fn launch_recovering(&self) {
        let process = Arc::clone(&self.process);
        blocking(move || process.spawn_recovering()).await;
        let deadline = Instant::now() + START;
        loop {
            match self.try_control("postgres").await {
                Err(error) if error.code() == Some(&SqlState::CANNOT_CONNECT_NOW) => return,
                Ok(_) => fail("the server accepts connections while it is to recover"),
                Err(error) if self.process.has_ended() || Instant::now() >= deadline => {
                    let log = self.process.end_of_log();
                    fail(&format!("the server does not recover: {error:?}\n{log}"));
                }
                Err(_) => tokio::time::sleep(Duration::from_millis(5)).await,
            }
        }
    }

    /// Lets the recovery of [`PrivateServer::launch_recovering`] end, and waits until the server answers queries.
    ///
    /// # Panics
    /// Where it does not.
    pub async fn finish_recovery(&self) {
        let process = Arc::clone(&self.process);
        blocking(move || process.finish_recovery()).await;
        self.wait_until_ready().await;
    }

    /// Waits until the server answers queries.
    ///
    /// # Panics
    /// Where it ends, or does not answer within a minute.
    pub async fn wait_until_ready(&self) {
        let deadline = Instant::now() + START;
        loop {
            let answer = async {
                let client = self.try_control("postgres").await?;
                client.batch_execute("SELECT 1").await
            };
            let error = match answer.await {
                Ok(()) => return,
                Err(error) => error,
            };
            if self.process.has_ended() || Instant::now() >= deadline {
                let log = self.process.end_of_log();
                fail(&format!("the server is not ready: {error:?}\n{log}"));
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    async fn spawn_and_wait(&self) {
        self.launch().await;
        self.wait_until_ready().await;
    }
}

/// Runs what blocks on a thread of its own.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, String> + Send + 'static,
) -> T {
    match tokio::task::spawn_blocking(work).await {
        Ok(Ok(value)) => value,
        Ok(Err(message)) => fail(&message),
        Err(error) => fail(&error.to_string()),
    }
}

#[expect(clippy::panic, reason = "a test without its server cannot go on")]
fn fail(message: &str) -> ! {
    panic!("{message}")
}
