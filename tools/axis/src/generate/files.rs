//! What is generated against what is there: the differences, and writing them.

use std::fmt::Write as _;
use std::io;
use std::path::{Path, PathBuf};

use similar::TextDiff;
use tempfile::NamedTempFile;

use super::render;

/// Lines of a diff that are shown for each file.
const DIFF_LINES: usize = 40;

/// All that is generated, relative to the project's folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Generated {
    /// `schema.rs`: its path and text. Whatever stands there is replaced, as the diesel CLI does.
    pub(crate) schema: (PathBuf, String),
    /// The file beside it: its path, and its text where there is anything for it.
    pub(crate) further: (PathBuf, Option<String>),
    /// The folder of the contracts.
    pub(crate) folder: PathBuf,
    /// Their files, by name in it.
    pub(crate) contracts: Vec<render::File>,
    /// The strategies for them: path and text.
    pub(crate) strategies: Option<(PathBuf, String)>,
}

/// What must happen for the project to be as generated.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Changes {
    /// Files to write.
    pub(crate) write: Vec<Write>,
    /// Files that stand for nothing any more, with their text.
    pub(crate) remove: Vec<(PathBuf, String)>,
    /// How many files are as generated.
    pub(crate) unchanged: usize,
}

/// A file to write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Write {
    /// Its path, relative to the project's folder.
    pub(crate) path: PathBuf,
    /// What is there. Nothing for a new file.
    pub(crate) old: String,
    /// What shall be there.
    pub(crate) new: String,
}

/// Why the project is not as generated.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FileError {
    /// A file cannot be read or listed.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// A file cannot be written. Those that were replaced before it are as they were.
    #[error("cannot write {}: nothing was changed", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// A hand-written file is in the way.
    #[error(
        "{} is not marked as generated, and axis would have to replace it: move it away, or remove it", path.display()
    )]
    HandWritten {
        /// The file.
        path: PathBuf,
    },
}

impl Generated {
    /// Compares with what is there.
    pub(crate) fn compare(&self, root: &Path) -> Result<Changes, FileError> {
        let mut changes = Changes::default();
        let (path, text) = &self.schema;
        changes.compare(path, read(root, path)?, text);
        let (path, text) = &self.further;
        let old = read(root, path)?;
        let is_ours = old.as_deref().is_none_or(is_marked);
        match (text, old) {
            (Some(_), Some(_)) if !is_ours => {
                return Err(FileError::HandWritten { path: path.clone() });
            }
            (Some(text), old) => changes.compare(path, old, text),
            (None, Some(old)) if is_ours => changes.remove.push((path.clone(), old)),
            (None, _) => {}
        }
        for file in &self.contracts {
            let path = self.folder.join(&file.name);
            let old = read(root, &path)?;
            if old.as_ref().is_some_and(|old| !is_marked(old)) {
                return Err(FileError::HandWritten { path });
            }
            changes.compare(&path, old, &file.text);
        }
        if let Some((path, text)) = &self.strategies {
            let old = read(root, path)?;
            if old.as_ref().is_some_and(|old| !is_marked(old)) {
                return Err(FileError::HandWritten { path: path.clone() });
            }
            changes.compare(path, old, text);
        }
        for path in list(root, &self.folder, true)? {
            let is_contract = self
                .contracts
                .iter()
                .any(|file| self.folder.join(&file.name) == path);
            if is_contract || path == self.further.0 {
                continue;
            }
            if let Some(old) = read(root, &path)?.filter(|old| is_marked(old)) {
                changes.remove.push((path, old));
            }
        }
        Ok(changes)
    }
}

impl Changes {
    /// Whether the project is as generated.
    pub(crate) fn is_empty(&self) -> bool {
        self.write.is_empty() && self.remove.is_empty()
    }

    fn compare(&mut self, path: &Path, old: Option<String>, new: &str) {
        if old.as_deref() == Some(new) {
            self.unchanged += 1;
            return;
        }
        self.write.push(Write {
            path: path.to_path_buf(),
            old: old.unwrap_or_default(),
            new: new.to_owned(),
        });
    }

    /// The files and how they differ, for people.
    pub(crate) fn describe(&self) -> String {
        let mut text = String::new();
        let write = self
            .write
            .iter()
            .map(|write| (&write.path, &*write.old, &*write.new));
        let remove = self.remove.iter().map(|(path, old)| (path, &**old, ""));
        for (path, old, new) in write.chain(remove) {
            // Writing to a String cannot fail.
            let _ = writeln!(text, "{}", path.display());
            text += &short_diff(old, new);
        }
        text
    }

    /// Makes the project as generated: every new text is on disk before the first file is replaced, each is replaced by a
    /// rename, and what was replaced before a failure is put back.
    pub(crate) fn apply(&self, root: &Path) -> Result<(), FileError> {
        let mut staged = Vec::new();
        for write in &self.write {
            let path = root.join(&write.path);
            staged.push((
                write,
                stage(&path, &write.new).map_err(failed(&write.path))?,
            ));
        }
        let mut replaced: Vec<&Write> = Vec::new();
        for (write, file) in staged {
            if let Err(error) = file.persist(root.join(&write.path)) {
                put_back(root, &replaced);
                return Err(failed(&write.path)(error.error));
            }
            replaced.push(write);
        }
        for (path, _) in &self.remove {
            let path_of_file = root.join(path);
            std::fs::remove_file(&path_of_file).map_err(failed(path))?;
            // The folder of a schema that is gone. One that is not empty stays.
            if let Some(folder) = path_of_file.parent() {
                let _ = std::fs::remove_dir(folder);
            }
        }
        Ok(())
    }
}

fn failed(path: &Path) -> impl FnOnce(io::Error) -> FileError {
    let path = path.to_path_buf();
    |source| FileError::Write { path, source }
}

/// Puts a text next to where it shall be, under a name that nothing reads.
fn stage(path: &Path, text: &str) -> io::Result<NamedTempFile> {
    let folder = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)?;
    let mut builder = tempfile::Builder::new();
    builder.prefix(".axis-generate-");
    // tempfile makes files that nobody else may read; these are sources like all others.
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = match std::fs::metadata(path) {
            Ok(existing) => existing.permissions(),
            Err(_) => std::fs::Permissions::from_mode(0o666),
        };
        builder.permissions(mode);
    }
    let mut file = builder.tempfile_in(folder)?;
    io::Write::write_all(&mut file, text.as_bytes())?;
    Ok(file)
}

/// Best effort: the error that led here is the one to report.
fn put_back(root: &Path, replaced: &[&Write]) {
    for write in replaced {
        let path = root.join(&write.path);
        let _ = match write.old.is_empty() {
            true => std::fs::remove_file(&path),
            false => stage(&path, &write.old)
                .and_then(|file| file.persist(&path).map(drop).map_err(|error| error.error)),
        };
    }
}

/// A file's text. None where there is no file.
fn read(root: &Path, path: &Path) -> Result<Option<String>, FileError> {
    match std::fs::read(root.join(path)) {
        // A file with other bytes than UTF-8 differs from any that is generated.
        Ok(bytes) => Ok(Some(String::from_utf8_lossy(&bytes).into_owned())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(FileError::Read {
            path: path.to_path_buf(),
            source,
        }),
    }
}

/// The files of a folder and of those in it, by name.
fn list(root: &Path, folder: &Path, with_folders: bool) -> Result<Vec<PathBuf>, FileError> {
    let failed = |source| FileError::Read {
        path: folder.to_path_buf(),
        source,
    };
    let entries = match std::fs::read_dir(root.join(folder)) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(source) => return Err(failed(source)),
    };
    let mut files = Vec::new();
    for entry in entries {
        let entry = entry.map_err(failed)?;
        let kind = entry.file_type().map_err(failed)?;
        let path = folder.join(entry.file_name());
        if kind.is_file() {
            files.push(path);
        } else if kind.is_dir() && with_folders {
            files.extend(list(root, &path, false)?);
        }
    }
    files.sort();
    Ok(files)
}

/// Whether axis wrote the file. The marker may stand below a merge marker.
fn is_marked(text: &str) -> bool {
    text.lines()
        .any(|line| line == render::MARKER || line == render::MARKDOWN_MARKER)
}

fn short_diff(old: &str, new: &str) -> String {
    let diff = TextDiff::from_lines(old, new);
    let unified = diff.unified_diff().context_radius(1).to_string();
    let lines: Vec<&str> = unified.lines().collect();
    let mut text = String::new();
    for line in lines.iter().take(DIFF_LINES) {
        let _ = writeln!(text, "    {line}");
    }
    if let Some(more) = lines.len().checked_sub(DIFF_LINES + 1) {
        let _ = writeln!(text, "    .. and {} more lines", more + 1);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn generated(names: &[&str]) -> Generated {
        Generated {
            schema: (PathBuf::from("src/schema.rs"), "tables\n".to_owned()),
            further: (PathBuf::from("src/further_schema.rs"), None),
            folder: PathBuf::from("src/generated"),
            contracts: names
                .iter()
                .map(|name| render::File {
                    name: (*name).to_owned(),
                    text: format!("{}\n//! {name}\n", render::MARKER),
                })
                .collect(),
        }
    }

    fn paths(changes: &Changes) -> (Vec<&str>, Vec<&str>) {
        let write = changes.write.iter().map(|write| &write.path);
        let remove = changes.remove.iter().map(|(path, _)| path);
        (
            write.map(|path| path.to_str().unwrap()).collect(),
            remove.map(|path| path.to_str().unwrap()).collect(),
        )
    }

    #[test]
    fn files_are_written_repaired_and_removed() {
        let project = tempfile::tempdir().unwrap();
        let root = project.path();
        let first = generated(&["mod.rs", "posts.rs", "users.rs"]);
        let changes = first.compare(root).unwrap();
        assert_eq!(changes.write.len(), 4);
        changes.apply(root).unwrap();
        assert!(first.compare(root).unwrap().is_empty());
        assert_eq!(first.compare(root).unwrap().unchanged, 4);

        let users = root.join("src/generated/users.rs");
        let kept = std::fs::metadata(root.join("src/generated/mod.rs")).unwrap();
        std::fs::write(root.join("src/generated/notes.rs"), "//! By hand.").unwrap();
        let conflict = format!("<<<<<<< ours\n{}\n=======\n", render::MARKER);
        std::fs::write(&users, conflict).unwrap();
        let second = generated(&["mod.rs", "users.rs"]);
        let changes = second.compare(root).unwrap();
        assert_eq!(
            paths(&changes),
            (
                vec!["src/generated/users.rs"],
                vec!["src/generated/posts.rs"]
            )
        );
        let text = changes.describe();
        assert!(text.contains("src/generated/users.rs\n") && text.contains("-<<<<<<< ours"));
        changes.apply(root).unwrap();
        assert!(second.compare(root).unwrap().is_empty());
        assert!(root.join("src/generated/notes.rs").is_file());
        assert!(!root.join("src/generated/posts.rs").exists());
        let after = std::fs::metadata(root.join("src/generated/mod.rs")).unwrap();
        assert_eq!(kept.modified().unwrap(), after.modified().unwrap());
        let left: Vec<_> = std::fs::read_dir(root.join("src/generated"))
            .unwrap()
            .collect();
        assert_eq!(left.len(), 3, "{left:?}");
    }

    #[test]
    fn a_hand_written_file_is_not_replaced() {
        let project = tempfile::tempdir().unwrap();
        let root = project.path();
        std::fs::create_dir_all(root.join("src/generated")).unwrap();
        std::fs::write(root.join("src/generated/users.rs"), "//! By hand.").unwrap();
        let error = generated(&["users.rs"]).compare(root).unwrap_err();
        assert!(matches!(error, FileError::HandWritten { .. }));
    }

    #[test]
    fn what_was_replaced_before_a_failure_is_put_back() {
        let project = tempfile::tempdir().unwrap();
        let root = project.path();
        let first = generated(&["a.rs", "z.rs"]);
        first.compare(root).unwrap().apply(root).unwrap();
        let mut second = generated(&["a.rs", "b.rs", "z.rs"]);
        for file in &mut second.contracts {
            file.text.push_str("// changed\n");
        }
        let changes = second.compare(root).unwrap();
        assert_eq!(changes.write.len(), 3);
        // A folder cannot be replaced by a file.
        std::fs::remove_file(root.join("src/generated/z.rs")).unwrap();
        std::fs::create_dir(root.join("src/generated/z.rs")).unwrap();
        let error = changes.apply(root).unwrap_err();
        assert!(error.to_string().contains("z.rs"), "{error}");
        let a = std::fs::read_to_string(root.join("src/generated/a.rs")).unwrap();
        assert!(!a.contains("changed"));
        assert!(!root.join("src/generated/b.rs").exists());
    }

    #[test]
    fn a_long_diff_is_cut() {
        let new: String = (0..100).map(|line| format!("{line}\n")).collect();
        let diff = short_diff("", &new);
        assert_eq!(diff.lines().count(), DIFF_LINES + 1);
        assert!(diff.ends_with("more lines\n"), "{diff}");
    }
}
