use crate::error::Error;
use crate::server::Server;
use crate::template::Template;

/// A database that is dropped, with the sessions in it ended, when this value is.
///
/// Dropping blocks the thread for some 10 ms on an ephemeral cluster, and works in and out of any
/// runtime.
#[derive(Debug)]
pub struct TemporaryDatabase {
    server: Server,
    name: String,
}

impl Server {
    /// Makes an empty database under a name of its own.
    ///
    /// # Errors
    /// [`Error::Server`].
    pub fn temporary_database(&self) -> Result<TemporaryDatabase, Error> {
        let name = self.temporary_name();
        self.in_session(async |session| session.create_database(&name, "template0").await)?;
        Ok(TemporaryDatabase {
            server: self.clone(),
            name,
        })
    }

    /// Makes a copy of a template under a name of its own.
    ///
    /// # Errors
    /// [`Error::Server`], also where somebody stays connected to the template for 20 s.
    pub fn temporary_database_from(&self, template: &Template) -> Result<TemporaryDatabase, Error> {
        let name = self.temporary_name();
        self.in_session(async |session| template.copy(session, &name).await)?;
        Ok(TemporaryDatabase {
            server: self.clone(),
            name,
        })
    }

    fn temporary_name(&self) -> String {
        let id = uuid::Uuid::new_v4().simple().to_string();
        format!("{}_{}", self.prefix(), &id[..12])
    }
}

impl TemporaryDatabase {
    /// The database's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The URL for clients. It may hold a password.
    #[must_use]
    pub fn url(&self) -> String {
        self.server.url(&self.name)
    }
}

impl Drop for TemporaryDatabase {
    fn drop(&mut self) {
        // Nobody could handle a failure. What is left goes with the ephemeral cluster, or is swept
        // by the next run.
        let _ = self.server.drop_database(&self.name);
    }
}
