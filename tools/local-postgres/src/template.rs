use std::time::{Duration, Instant};

use crate::blocking::{Runtime, wait_for};
use crate::error::Error;
use crate::migrations::Migrations;
use crate::server::{Server, Session, is_in_use, quote, server_error};

/// How long copying a template is tried again while somebody is connected to it. PostgreSQL itself waits for 5 s each time.
const PATIENCE: Duration = Duration::from_secs(20);

/// A database with all migrations of a folder applied, to be copied. It lets nobody connect, so that copying it never
/// meets a session.
#[derive(Clone, Debug)]
pub struct Template {
    name: String,
}

impl Template {
    /// The database's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl Server {
    /// The template for a folder of migrations, made on the first call for these contents. Processes that call it at once
    /// wait for the one that makes it.
    ///
    /// # Errors
    /// [`Error::Migration`] where a migration fails, [`Error::Server`].
    pub fn template(&self, migrations: &Migrations) -> Result<Template, Error> {
        let digest = migrations.digest()?;
        let name = format!("axis_template_{}", &digest[..32]);
        wait_for(Runtime::CurrentThread, async {
            let session = Session::open(self.maintenance()).await?;
            // Held until the session ends. The key is this name's, so that templates are made side by side.
            session
                .client()
                .query("SELECT pg_advisory_lock(hashtextextended($1, 0))", &[&name])
                .await
                .map_err(server_error("lock the template"))?;
            if !session.has_database(&name).await? {
                self.make_template(&session, &name, migrations).await?;
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
        let building = format!("{name}_new");
        let (quoted, building_quoted) = (quote(name), quote(&building));
        session
            .execute(
                "drop an unfinished template",
                &format!("DROP DATABASE IF EXISTS {building_quoted} WITH (FORCE)"),
            )
            .await?;
        session
            .execute(
                "create a template",
                &format!("CREATE DATABASE {building_quoted} TEMPLATE template0"),
            )
            .await?;
        migrations.apply_all(&self.url(&building))?;
        session
            .execute(
                "close a template",
                &format!("ALTER DATABASE {building_quoted} WITH ALLOW_CONNECTIONS false"),
            )
            .await?;
        session
            .execute(
                "name a template",
                &format!("ALTER DATABASE {building_quoted} RENAME TO {quoted}"),
            )
            .await
    }

    /// Makes a database as a copy of a template.
    ///
    /// # Errors
    /// [`Error::InUse`] where somebody stays connected to the template, [`Error::Server`].
    pub fn create_database_from(&self, template: &Template, name: &str) -> Result<(), Error> {
        let statement = format!(
            "CREATE DATABASE {} TEMPLATE {}",
            quote(name),
            quote(&template.name)
        );
        wait_for(Runtime::CurrentThread, async {
            let session = Session::open(self.maintenance()).await?;
            let deadline = Instant::now() + PATIENCE;
            loop {
                match session.client().batch_execute(&statement).await {
                    Ok(()) => return Ok(()),
                    Err(source) if is_in_use(&source) => {
                        if Instant::now() >= deadline {
                            return Err(Error::InUse {
                                database: template.name.clone(),
                                seconds: PATIENCE.as_secs(),
                                source,
                            });
                        }
                    }
                    Err(source) => return Err(server_error("copy a template")(source)),
                }
            }
        })
    }
}
