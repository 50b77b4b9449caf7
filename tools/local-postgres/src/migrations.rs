use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use diesel::migration::{Migration, MigrationSource};
use diesel::pg::Pg;
use diesel_async::{AsyncConnection, AsyncMigrationHarness, AsyncPgConnection};
use diesel_migrations::{FileBasedMigrations, MigrationHarness};
use sha2::{Digest, Sha256};

use crate::blocking::{Runtime, wait_for};
use crate::error::{Error, file_error};
use crate::place::hex;

type Harness = AsyncMigrationHarness<AsyncPgConnection>;

/// A folder of Diesel migrations.
///
/// All functions block the calling thread; they may be called in and out of any runtime. Migrations
/// are named as Diesel names them: `2026-11-22-090000_create_users`.
#[derive(Clone, Debug)]
pub struct Migrations {
    folder: PathBuf,
}

/// Applies all pending migrations of a folder to the database that `url` leads to, and gives their
/// names.
///
/// # Errors
/// See [`Migrations::apply_all`].
pub fn migrate(url: &str, folder: impl AsRef<Path>) -> Result<Vec<String>, Error> {
    Migrations::in_folder(folder)?.apply_all(url)
}

impl Migrations {
    /// The migrations in a folder.
    ///
    /// # Errors
    /// [`Error::Migration`] where it does not exist, holds a folder that is not a migration, or two migrations of one
    /// version: Diesel would apply one of them and never the other.
    pub fn in_folder(folder: impl AsRef<Path>) -> Result<Self, Error> {
        let folder = folder.as_ref().to_owned();
        let migrations = Self { folder };
        migrations.read()?;
        Ok(migrations)
    }

    /// The folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The names of all migrations, in the order in which they are applied.
    ///
    /// # Errors
    /// [`Error::Migration`].
    pub fn list(&self) -> Result<Vec<String>, Error> {
        let mut migrations = self.read()?;
        migrations.sort_by(|a, b| a.name().version().cmp(&b.name().version()));
        Ok(migrations.iter().map(|m| m.name().to_string()).collect())
    }

    /// Applies all pending migrations, and gives their names.
    ///
    /// # Errors
    /// [`Error::Migration`] names the migration that failed. Those before it stay applied.
    pub fn apply_all(&self, url: &str) -> Result<Vec<String>, Error> {
        self.apply(url, usize::MAX)
    }

    /// Applies the first pending migration, and gives its name. None where none is pending.
    ///
    /// # Errors
    /// [`Error::Migration`].
    pub fn apply_next(&self, url: &str) -> Result<Option<String>, Error> {
        Ok(self.apply(url, 1)?.pop())
    }

    /// Reverts all applied migrations, the last one first, and gives their names.
    ///
    /// # Errors
    /// [`Error::Migration`] names the migration that failed. Those after it stay reverted.
    pub fn revert_all(&self, url: &str) -> Result<Vec<String>, Error> {
        self.revert(url, usize::MAX)
    }

    /// Reverts the migration with the highest version among those that are applied, and gives its
    /// name. None where none is applied.
    ///
    /// # Errors
    /// [`Error::Migration`].
    pub fn revert_last(&self, url: &str) -> Result<Option<String>, Error> {
        Ok(self.revert(url, 1)?.pop())
    }

    /// A digest of the folder's contents: names and bytes. Equal digests make equal schemas.
    ///
    /// # Errors
    /// [`Error::File`].
    pub fn digest(&self) -> Result<String, Error> {
        let mut files = Vec::new();
        collect_files(&self.folder, &mut files)?;
        files.sort();
        let mut digest = Sha256::new();
        let mut add = |bytes: &[u8]| {
            // The length first, so that no two folders give the same sequence.
            digest.update((bytes.len() as u64).to_le_bytes());
            digest.update(bytes);
        };
        for path in files {
            let name = path.strip_prefix(&self.folder).unwrap_or(&path);
            add(name.as_os_str().as_encoded_bytes());
            add(&fs::read(&path).map_err(file_error("read", &path))?);
        }
        Ok(hex(&digest.finalize()))
    }

    fn apply(&self, url: &str, at_most: usize) -> Result<Vec<String>, Error> {
        self.with_harness(url, |harness| {
            let source = self.source()?;
            let pending = harness
                .pending_migrations(source)
                .map_err(|e| self.error("reading the applied migrations", e))?;
            let mut names = Vec::new();
            for migration in pending.iter().take(at_most) {
                let name = migration.name().to_string();
                harness.run_migration(migration).map_err(|e| {
                    self.error(format!("applying the migration {name}"), explained(e))
                })?;
                names.push(name);
            }
            Ok(names)
        })
    }

    fn revert(&self, url: &str, at_most: usize) -> Result<Vec<String>, Error> {
        self.with_harness(url, |harness| {
            let known = self.read()?;
            // The highest version first.
            let applied = harness
                .applied_migrations()
                .map_err(|e| self.error("reading the applied migrations", e))?;
            let mut names = Vec::new();
            for version in applied.iter().take(at_most) {
                let Some(migration) = known.iter().find(|m| m.name().version() == *version) else {
                    let why = "it is applied, but not in this folder";
                    return Err(
                        self.error(format!("reverting the migration {version}"), why.into())
                    );
                };
                let name = migration.name().to_string();
                harness
                    .revert_migration(migration)
                    .map_err(|e| self.error(format!("reverting the migration {name}"), e))?;
                names.push(name);
            }
            Ok(names)
        })
    }

    fn with_harness<T: Send>(
        &self,
        url: &str,
        work: impl FnOnce(&mut Harness) -> Result<T, Error> + Send,
    ) -> Result<T, Error> {
        wait_for(Runtime::MultiThread, || async {
            let connection = AsyncPgConnection::establish(url)
                .await
                .map_err(|e| self.error("connecting to the database", e.into()))?;
            work(&mut Harness::new(connection))
        })
    }

    fn source(&self) -> Result<FileBasedMigrations, Error> {
        FileBasedMigrations::from_path(&self.folder)
            .map_err(|e| self.error("reading the migrations", e.into()))
    }

    fn read(&self) -> Result<Vec<Box<dyn Migration<Pg>>>, Error> {
        let migrations: Vec<Box<dyn Migration<Pg>>> = self
            .source()?
            .migrations()
            .map_err(|e| self.error("reading the migrations", e))?;
        let mut versions = BTreeMap::new();
        for migration in &migrations {
            let name = migration.name();
            if let Some(other) = versions.insert(name.version(), name) {
                let why = format!(
                    "{other} and {name} have one version, so that only one of them would ever be applied: give \
                     one of them another version"
                );
                return Err(self.error("reading the migrations", why.into()));
            }
        }
        Ok(migrations)
    }

    fn error(
        &self,
        action: impl Into<String>,
        source: Box<dyn std::error::Error + Send + Sync>,
    ) -> Error {
        Error::Migration {
            action: action.into(),
            folder: self.folder.clone(),
            source,
        }
    }
}

/// What pg_dump writes and a migration cannot do: PostgreSQL's own words do not lead there.
fn explained(
    error: Box<dyn std::error::Error + Send + Sync>,
) -> Box<dyn std::error::Error + Send + Sync> {
    let text = error.to_string();
    let why = if text.contains("__diesel_schema_migrations") {
        "Diesel finds its table of migrations no more, here as in `diesel migration run`: the migration changes search_path \
         for the session, as `SELECT pg_catalog.set_config('search_path', '', false);` of pg_dump does. Add \
         `RESET search_path;` as its last line"
    } else if text.contains(r#"at or near "\""#) {
        "this is a command of psql, as pg_dump writes `\\restrict` and `\\connect`: take such lines out"
    } else {
        return error;
    };
    format!("{text}. {why}").into()
}

fn collect_files(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), Error> {
    for entry in fs::read_dir(folder).map_err(file_error("list", folder))? {
        let path = entry.map_err(file_error("list", folder))?.path();
        if path.is_dir() {
            collect_files(&path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}
