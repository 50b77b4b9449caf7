use std::time::{Duration, Instant};

use crate::error::Error;
use crate::migrations::Migrations;
use crate::server::{Server, Session, is_in_use, quote, server_error};

/// How long copying a template is tried while somebody is connected to it. PostgreSQL itself waits
/// for 5 s each time.
const PATIENCE: Duration = Duration::from_secs(20);

/// What the names of templates begin with on a server that others use too; 32 hexadecimal digits of
/// [`Migrations::digest`] follow.
pub(crate) const PREFIX: &str = "axis_template_";

/// The same on our own clusters, so that a sweep of a server that is given to us would not take
/// them for leftovers.
const PRIVATE_PREFIX: &str = "template_";

/// A database with all migrations of a folder applied, to be copied. It lets nobody connect, so
/// that copying it never meets a session.
#[derive(Clone, Debug)]
pub struct Template {
    name: String,
}

impl Template {
    /// The name of the template for a folder of migrations.
    pub(crate) fn name_for(server: &Server, migrations: &Migrations) -> Result<String, Error> {
        let prefix = if server.is_private() {
            PRIVATE_PREFIX
        } else {
            PREFIX
        };
        Ok(format!("{prefix}{}", &migrations.digest()?[..32]))
    }

    /// The database's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Makes a database as a copy of this one.
    pub(crate) async fn copy(&self, session: &Session, name: &str) -> Result<(), Error> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            match session.create_database(name, &self.name).await {
                // PostgreSQL has waited, so this loop need not. Autovacuum may come into any
                // database.
                Err(error) if is_in_use(&error) && Instant::now() < deadline => {}
                other => return other,
            }
        }
    }
}

impl Server {
    /// The template for a folder of migrations, made on the first call for these contents.
    /// Processes that call it at once wait for the one that makes it.
    ///
    /// # Errors
    /// [`Error::Migration`] where a migration fails, [`Error::Server`].
    pub fn template(&self, migrations: &Migrations) -> Result<Template, Error> {
        let name = Template::name_for(self, migrations)?;
        self.in_session(async |session| {
            // Held until the session ends. The key comes from the name, so templates for other
            // contents do not wait.
            session
                .client()
                .query("SELECT pg_advisory_lock(hashtextextended($1, 0))", &[&name])
                .await
                .map_err(server_error("lock the template"))?;
            if !session.has_database(&name).await? {
                self.make_template(session, &name, migrations).await?;
            }
            Ok(())
        })?;
        Ok(Template { name })
    }

    async fn make_template(
        &self,
        session: &Session,
        name: &str,
        migrations: &Migrations,
    ) -> Result<(), Error> {
        let new = format!("{name}_new");
        // Left by a process that was killed while it made one.
        session.drop_database(&new, " WITH (FORCE)").await?;
        session.create_database(&new, "template0").await?;
        if let Err(error) = migrations.apply_all(&self.url(&new)) {
            // The migrations' error is the one to report.
            let _ = session.drop_database(&new, " WITH (FORCE)").await;
            return Err(error);
        }
        let (name, new) = (quote(name), quote(&new));
        let close = format!("ALTER DATABASE {new} WITH ALLOW_CONNECTIONS false");
        session.execute("close a template", &close).await?;
        session
            .execute(
                "name a template",
                &format!("ALTER DATABASE {new} RENAME TO {name}"),
            )
            .await
    }
}
