use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use tokio::runtime::Runtime;

use crate::blocking::on_thread;
use crate::error::Error;
use crate::installation::OLDEST_MAJOR;
use crate::migrations::Migrations;
use crate::server::{Server, Session, server_error};
use crate::template::{PREFIX as TEMPLATE_PREFIX, Template};

/// What the names of temporary databases on a given server begin with.
const PREFIX: &str = "axis_test_";

/// A server that is there and that others use too, such as the one of `AXIS_TEST_DATABASE_URL`.
///
/// What is made here is gone when this value is: temporary databases with their own values,
/// templates with the last process that uses them. What a killed process left is dropped when the
/// next value is made.
///
/// The names are `axis_test_<seconds since 1970>_<8 digits of the run>_<12 digits>` for temporary
/// databases and `axis_template_<32 digits>` for templates, all digits hexadecimal but the seconds;
/// no other name, and no database of another role, is ever touched. A session of each run holds an
/// advisory lock for the run and a shared one for each of its templates; whose lock can be taken is
/// a leftover. The role needs CREATEDB.
#[derive(Debug)]
pub struct GivenServer {
    server: Server,
    keeper: Option<Keeper>,
    templates: Mutex<BTreeSet<String>>,
}

impl GivenServer {
    /// Connects to the server of a URL, and sweeps what killed runs left. `what` says in errors
    /// where the URL came from.
    ///
    /// # Errors
    /// [`Error::Url`], [`Error::Server`], and [`Error::ServerVersion`] for a server older than
    /// version 14.
    pub fn open(what: &str, url: &str) -> Result<Self, Error> {
        let server = Server::from_url(what, url)?;
        let keeper = Keeper::start(&server)?;
        let run = keeper.run(async |session| {
            if session.major() < OLDEST_MAJOR {
                return Err(Error::ServerVersion {
                    what: what.to_owned(),
                    major: session.major(),
                });
            }
            begin(session).await
        })?;
        keeper.run(sweep)?;
        Ok(Self {
            server: server.with_prefix(run),
            keeper: Some(keeper),
            templates: Mutex::default(),
        })
    }

    /// The server. Its temporary databases bear this run's name.
    #[must_use]
    pub fn server(&self) -> &Server {
        &self.server
    }

    /// The template for a folder of migrations, as [`Server::template`] makes it, to be dropped by
    /// its last user.
    ///
    /// # Errors
    /// As [`Server::template`].
    pub fn template(&self, migrations: &Migrations) -> Result<Template, Error> {
        let name = Template::name_for(&self.server, migrations)?;
        let is_new = self
            .templates
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(name.clone());
        if is_new && let Some(keeper) = &self.keeper {
            keeper.run(async |session| {
                // Waits while another process drops this template as its last user.
                lock(
                    session,
                    "SELECT pg_advisory_lock_shared(hashtextextended($1, 1))",
                    &name,
                )
                .await
            })?;
        }
        self.server.template(migrations)
    }
}

impl Drop for GivenServer {
    fn drop(&mut self) {
        let Some(keeper) = self.keeper.take() else {
            return;
        };
        let templates = std::mem::take(
            &mut *self
                .templates
                .lock()
                .unwrap_or_else(PoisonError::into_inner),
        );
        // Nobody could handle a failure; what is left is swept by the next run.
        let _ = keeper.run(async |session| {
            for template in templates {
                drop_unused(session, &template, &template).await?;
            }
            Ok(())
        });
        // Not by dropping it, which a thread of another runtime may not do.
        keeper.runtime.shutdown_background();
    }
}

/// A session that lives as long as the run and holds its locks.
struct Keeper {
    runtime: Runtime,
    session: Session,
}

impl Keeper {
    fn start(server: &Server) -> Result<Self, Error> {
        on_thread(|| {
            let runtime = tokio::runtime::Builder::new_multi_thread()
                .thread_name("local-postgres-locks")
                .worker_threads(1)
                .enable_all()
                .build()
                .map_err(Error::Thread)?;
            let session = runtime.block_on(server.session())?;
            Ok(Self { runtime, session })
        })
    }

    fn run<T: Send>(
        &self,
        work: impl AsyncFnOnce(&Session) -> Result<T, Error> + Send,
    ) -> Result<T, Error> {
        on_thread(|| self.runtime.block_on(work(&self.session)))
    }
}

impl std::fmt::Debug for Keeper {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keeper").finish_non_exhaustive()
    }
}

/// Takes the lock of a new run, and gives the run's name.
async fn begin(session: &Session) -> Result<String, Error> {
    // Were the session ended for idleness, its locks would be too.
    session
        .execute("configure a session", "SET idle_session_timeout = 0")
        .await?;
    let row = session
        .client()
        .query_one("SELECT extract(epoch FROM clock_timestamp())::bigint", &[])
        .await
        .map_err(server_error("tell the time"))?;
    let seconds: i64 = row.get(0);
    let id = uuid::Uuid::new_v4().simple().to_string();
    let run = format!("{PREFIX}{seconds}_{}", &id[..8]);
    lock(
        session,
        "SELECT pg_advisory_lock(hashtextextended($1, 1))",
        &run,
    )
    .await?;
    Ok(run)
}

/// Drops this role's databases that bear our names and whose run or users are gone.
async fn sweep(session: &Session) -> Result<(), Error> {
    let rows = session
        .client()
        .query(
            "SELECT datname FROM pg_database AS d \
             WHERE datdba = (SELECT oid FROM pg_roles WHERE rolname = current_user) \
             AND (datname ~ '^axis_test_[0-9]{10,}_[0-9a-f]{8}_[0-9a-f]{12}$' \
                  OR datname ~ '^axis_template_[0-9a-f]{32}(_new)?$') \
             AND NOT EXISTS (SELECT FROM pg_stat_activity WHERE datid = d.oid)",
            &[],
        )
        .await
        .map_err(server_error("list its databases"))?;
    for row in rows {
        let database: String = row.get(0);
        let owner = if database.starts_with(TEMPLATE_PREFIX) {
            database.trim_end_matches("_new")
        } else {
            database.rsplit_once('_').map_or(&*database, |(run, _)| run)
        };
        // Another session may have come in between: then the database is in use after all, and
        // stays.
        let _ = drop_unused(session, &database, owner).await;
    }
    Ok(())
}

/// Drops a database unless another session holds the lock of its owner, a run or a template.
async fn drop_unused(session: &Session, database: &str, owner: &str) -> Result<(), Error> {
    let row = session
        .client()
        .query_one(
            "SELECT pg_try_advisory_lock(hashtextextended($1, 1))",
            &[&owner],
        )
        .await
        .map_err(server_error("lock a database's name"))?;
    if !row.get::<_, bool>(0) {
        return Ok(());
    }
    let dropped = session.drop_database(database, "").await;
    lock(
        session,
        "SELECT pg_advisory_unlock(hashtextextended($1, 1))",
        owner,
    )
    .await?;
    dropped
}

async fn lock(session: &Session, statement: &str, name: &str) -> Result<(), Error> {
    session
        .client()
        .query_one(statement, &[&name])
        .await
        .map_err(server_error("lock a database's name"))?;
    Ok(())
}
