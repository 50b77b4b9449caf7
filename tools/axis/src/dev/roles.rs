//! The role of the server: the project's own SQL, and a user of the private PostgreSQL who may do no more than it says.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use tokio_postgres::NoTls;
use url::Url;

use crate::configuration::Roles;

/// Name of the user as whom the server logs in.
const USER: &str = "axis_dev_server";

/// Why there is no such user.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RolesError {
    /// The file of axis.toml is not there.
    #[error("cannot read {}, which [dev.roles] in axis.toml names", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: std::io::Error,
    },
    /// No random password.
    #[error("cannot read /dev/urandom")]
    Random(#[source] std::io::Error),
    /// The database does not answer, or refuses the SQL.
    #[error("the roles could not be made by {}: mend it at what is said below", path.display())]
    Sql {
        /// The file.
        path: PathBuf,
        /// What the database says.
        #[source]
        source: tokio_postgres::Error,
    },
    /// Not the URL of a private PostgreSQL.
    #[error("the URL of the private PostgreSQL takes no user")]
    Url,
}

/// Runs the project's SQL as the owner, and gives the URL of a user with the server's role.
pub(super) async fn grant(roles: &Roles, root: &Path, owner: &str) -> Result<String, RolesError> {
    let path = root.join(&roles.file);
    let sql = std::fs::read_to_string(&path).map_err(|source| RolesError::Unreadable {
        path: path.clone(),
        source,
    })?;
    let password = password().map_err(RolesError::Random)?;
    let failed = |source| RolesError::Sql {
        path: roles.file.clone(),
        source,
    };
    let (client, connection) = tokio_postgres::connect(owner, NoTls)
        .await
        .map_err(failed)?;
    let driver = tokio::spawn(connection);
    let role = format!("\"{}\"", roles.server.replace('"', "\"\""));
    // A new password at each start: nothing keeps it.
    let user = format!(
        "DO $$ BEGIN CREATE ROLE {USER} LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
         ALTER ROLE {USER} PASSWORD '{password}'; GRANT {role} TO {USER};"
    );
    for sql in [&sql, &user] {
        client.batch_execute(sql).await.map_err(failed)?;
    }
    drop(client);
    // What went wrong with the connection, the statements have said.
    let _ = driver.await;
    let mut url = Url::parse(owner).map_err(|_| RolesError::Url)?;
    url.set_username(USER).map_err(|()| RolesError::Url)?;
    url.set_password(Some(&password))
        .map_err(|()| RolesError::Url)?;
    Ok(url.into())
}

/// 128 random bits in hexadecimal.
fn password() -> std::io::Result<String> {
    let mut bytes = [0; 16];
    File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
