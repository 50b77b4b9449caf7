//! The sources of a package as modules, each with its imports and the paths that it names.
//!
//! A module's place follows from its file's place under `src/`. What would break that (`#[path]`, `include!`) is found
//! by [`super::names`] and refused.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::LayersError;
use super::names;
use super::workspace::Package;

/// Place of a module: the root that `crate` stands for, and the modules below it.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct Place {
    pub(super) root: Root,
    pub(super) path: Vec<String>,
}

/// What `crate` stands for.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Root {
    /// The library, and src/main.rs where a package has one.
    Library,
    /// A file or folder in src/bin.
    Binary(String),
}

/// A module, or the part of it that one file holds.
#[derive(Debug)]
pub(super) struct Module {
    pub(super) place: Place,
    pub(super) file: PathBuf,
    pub(super) imports: Vec<Import>,
    pub(super) mentions: Vec<Mention>,
    /// What public type aliases stand for, where that is a path.
    pub(super) aliases: Vec<Mention>,
    /// Names of what is declared here.
    pub(super) items: BTreeSet<String>,
    /// `pub mod`s.
    pub(super) public_modules: Vec<(String, usize)>,
    /// Traits that types of this module derive or implement: type, trait, line.
    pub(super) implementations: Vec<(String, String, usize)>,
    /// `#[path]` and `include!`.
    pub(super) detours: Vec<(&'static str, usize)>,
}

/// One leaf of a `use`, or an `extern crate`.
#[derive(Clone, Debug)]
pub(super) struct Import {
    pub(super) line: usize,
    /// Visible outside of the crate, if the modules around it are.
    pub(super) public: bool,
    /// Name in this module; `None` for a star.
    pub(super) name: Option<String>,
    pub(super) path: Vec<String>,
    /// `::path`, or an `extern crate`: the first segment is a crate.
    pub(super) absolute: bool,
}

/// A path anywhere else: in a type, an expression, a pattern, an attribute, among a macro's words.
#[derive(Clone, Debug)]
pub(super) struct Mention {
    pub(super) line: usize,
    pub(super) path: Vec<String>,
    pub(super) absolute: bool,
}

impl Module {
    /// An empty one.
    pub(super) fn new(place: Place, file: PathBuf) -> Self {
        Self {
            place,
            file,
            imports: Vec::new(),
            mentions: Vec::new(),
            aliases: Vec::new(),
            items: BTreeSet::new(),
            public_modules: Vec::new(),
            implementations: Vec::new(),
            detours: Vec::new(),
        }
    }

    /// Whether it is the crate's root, or that of a binary.
    pub(super) fn is_root(&self) -> bool {
        self.place.path.is_empty()
    }

    /// Whether it is that top-level module of the library, or inside of it.
    pub(super) fn is_in(&self, top: &str) -> bool {
        self.place.root == Root::Library
            && self.place.path.first().is_some_and(|first| first == top)
    }
}

/// The sources of one package.
#[derive(Debug)]
pub(super) struct Sources {
    pub(super) modules: Vec<Module>,
    /// Files that were read.
    pub(super) files: usize,
}

/// Reads all Rust files under `src/`.
pub(super) fn read(package: &Package) -> Result<Sources, LayersError> {
    let folder = package.manifest.with_file_name("src");
    let mut files = Vec::new();
    collect(&folder, &mut files)?;
    files.sort();
    let mut modules = Vec::new();
    for file in &files {
        let parsed = parse(file)?;
        let place = place(file.strip_prefix(&folder).unwrap_or(file));
        modules.extend(names::of_file(&parsed, place, file));
    }
    Ok(Sources {
        modules,
        files: files.len(),
    })
}

/// Reads one file.
pub(in crate::check) fn parse(file: &Path) -> Result<syn::File, LayersError> {
    syn::parse_file(&super::read(file)?).map_err(|source| LayersError::NotRust {
        path: file.to_path_buf(),
        line: source.span().start().line,
        source,
    })
}

/// The Rust files below a folder.
pub(in crate::check) fn collect(
    folder: &Path,
    files: &mut Vec<PathBuf>,
) -> Result<(), LayersError> {
    let unreadable = |source| LayersError::Unreadable {
        path: folder.to_path_buf(),
        source,
    };
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    Ok(())
}

/// Where the module of a file stands, from its path below `src/`.
fn place(file: &Path) -> Place {
    let mut path: Vec<String> = file
        .with_extension("")
        .iter()
        .map(|part| part.to_string_lossy().into_owned())
        .collect();
    let mut root = Root::Library;
    if path.len() > 1 && path.first().is_some_and(|first| first == "bin") {
        root = Root::Binary(path.remove(1));
        path.remove(0);
        if path.last().is_some_and(|last| last == "main") {
            path.pop();
        }
    } else if path.len() == 1 && path.iter().any(|name| name == "lib" || name == "main") {
        path.pop();
    }
    if path.last().is_some_and(|last| last == "mod") {
        path.pop();
    }
    Place { root, path }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_follows_from_the_file() {
        let cases: [(&str, Root, &[&str]); 7] = [
            ("lib.rs", Root::Library, &[]),
            ("main.rs", Root::Library, &[]),
            ("http.rs", Root::Library, &["http"]),
            ("http/mod.rs", Root::Library, &["http"]),
            ("http/users.rs", Root::Library, &["http", "users"]),
            ("bin/server.rs", Root::Binary("server".to_owned()), &[]),
            ("bin/server/main.rs", Root::Binary("server".to_owned()), &[]),
        ];
        for (file, root, path) in cases {
            let place = place(Path::new(file));
            assert_eq!(place.root, root, "{file}");
            assert_eq!(place.path, path, "{file}");
        }
    }
}
