//! What was applied to the private database: editing such a migration afterwards does nothing there, so it must not pass
//! unnoticed.

use std::fs;
use std::path::{Path, PathBuf};

use axis_local_postgres::Migrations;

/// Where the text of each applied migration is kept, below the project's folder.
const FOLDER: &str = ".axis/applied-migrations";

/// Why a migration and the private database do not go together.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AppliedError {
    /// Its text is not the one that was applied.
    #[error(
        "the migration {name} was edited after it had been applied to the private database, where the edit does nothing: \
         restore it and write a new migration, or remove {data} to begin with an empty database"
    )]
    Edited {
        /// The migration.
        name: String,
        /// The folder of the private database.
        data: String,
    },
    /// The migrations cannot be listed.
    #[error(transparent)]
    Migrations(#[from] axis_local_postgres::Error),
    /// A file.
    #[error("cannot read or write {}", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: std::io::Error,
    },
}

/// Keeps the text of what was `just_applied`, and compares that of all others with what was kept. `data` is the folder of
/// the private database.
pub(super) fn compare(
    root: &Path,
    migrations: &Migrations,
    just_applied: &[String],
    data: &Path,
) -> Result<(), AppliedError> {
    let folder = root.join(FOLDER);
    fs::create_dir_all(&folder).map_err(file_error(&folder))?;
    for name in migrations.list()? {
        let path = migrations.folder().join(&name).join("up.sql");
        let text = fs::read(&path).map_err(file_error(&path))?;
        let kept = folder.join(format!("{name}.sql"));
        if just_applied.contains(&name) || !kept.exists() {
            fs::write(&kept, text).map_err(file_error(&kept))?;
        } else if fs::read(&kept).map_err(file_error(&kept))? != text {
            let data = data.display().to_string();
            return Err(AppliedError::Edited { name, data });
        }
    }
    Ok(())
}

fn file_error(path: &Path) -> impl FnOnce(std::io::Error) -> AppliedError {
    let path = path.to_owned();
    move |source| AppliedError::File { path, source }
}
