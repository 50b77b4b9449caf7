//! `axis check drift`: a database against the migrations, object by object.
//!
//! Both catalogs are read alike: that of a throw-away database with the migrations, and that of the given one, in a transaction
//! that can write nothing. Expressions are compared as PostgreSQL's trees: a dump and a restore change only the text.

mod report;
#[cfg(test)]
mod tests;
mod versions;

use crate::configuration::Project;
use crate::generate::database::{DatabaseError, MigratedDatabase};
use crate::output::{OutputError, say};
use crate::progress::Progress;
use crate::rules::{self, RulesError};
use report::Report;
use versions::Versions;

/// Compare a database with the migrations. Exit code 0: no difference; 1: differences; 2: cannot tell.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The database, of which only the catalogs and the list of migrations are read: any role that may connect will do.
    #[arg(long, env = "DATABASE_URL", hide_env_values = true)]
    database_url: String,
    /// Print the differences as JSON.
    #[arg(long)]
    json: bool,
}

/// Why the check did not pass.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DriftError {
    /// The database differs.
    #[error("{count} difference(s) between the database and the migrations: {}", .versions.advice())]
    Found {
        /// How many.
        count: usize,
        /// Which migrations the database has.
        versions: Versions,
    },
    /// Nobody can be told.
    #[error(transparent)]
    Output(#[from] OutputError),
    /// There is nothing to compare with.
    #[error(transparent)]
    Migrated(#[from] DatabaseError),
    /// The catalog of the throw-away database cannot be read.
    #[error("the throw-away database with the migrations cannot be read")]
    Expected(#[source] RulesError),
    /// The database cannot be read.
    #[error("cannot tell whether the database differs")]
    Given(#[source] RulesError),
    /// The answer cannot be printed.
    #[error("the differences cannot be printed as JSON")]
    Json(#[from] serde_json::Error),
}

/// Runs the check.
pub(super) async fn run(arguments: Arguments, project: &Project) -> Result<(), DriftError> {
    let configuration = &project.configuration;
    let progress = Progress::start("applying the migrations to a throw-away database");
    let migrated = MigratedDatabase::new(
        &project.root,
        &configuration.migrations.directory,
        configuration.target.postgres,
    )
    .await?;
    progress.next("reading both catalogs");
    let migrated_url = migrated.url();
    let (expected, found) = tokio::join!(
        rules::read(&migrated_url),
        rules::read(&arguments.database_url)
    );
    let (expected, found) = (
        expected.map_err(DriftError::Expected)?,
        found.map_err(DriftError::Given)?,
    );
    progress.next("removing the throw-away database");
    drop(migrated);
    progress.finish();
    let versions = Versions::new(&expected, &found);
    let mut report = Report::new(&expected, &found);
    report.notes.extend(versions.note());
    match arguments.json {
        true => say(&format!("{}\n", serde_json::to_string_pretty(&report)?))?,
        false => say(&report.to_string())?,
    }
    match report.differences.len() {
        0 => Ok(()),
        count => Err(DriftError::Found { count, versions }),
    }
}
