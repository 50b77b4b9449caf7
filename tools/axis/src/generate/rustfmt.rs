//! The last form of generated Rust is the project's own rustfmt's: whatever style it has, `cargo fmt --check` passes.
//!
//! Printing that form here would repeat rustfmt, and differ from it by version and by rustfmt.toml. The toolchain that
//! rust-toolchain.toml pins decides; the stock diesel CLI does the same.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use super::render::File;

/// What an edition is where no Cargo.toml says so.
const NEWEST_EDITION: &str = "2024";

/// Why Rust could not be formatted.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RustfmtError {
    /// rustfmt is not there.
    #[error("cannot run rustfmt: `rustup component add rustfmt` installs it")]
    Missing(#[source] std::io::Error),
    /// rustfmt could not read what was printed.
    #[error(
        "rustfmt refuses what axis printed for {what}: please report it with the message\n{message}"
    )]
    Refused {
        /// What was printed.
        what: &'static str,
        /// What rustfmt said.
        message: String,
    },
    /// A temporary file failed.
    #[error("cannot write temporary files for rustfmt")]
    Temporary(#[source] std::io::Error),
    /// A Cargo.toml cannot be read.
    #[error("cannot tell the edition of {}", path.display())]
    Edition {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// Formats one file as the stock diesel CLI does: through rustfmt's standard input, in the project's folder.
pub(crate) fn format_text(
    root: &Path,
    what: &'static str,
    text: &str,
) -> Result<String, RustfmtError> {
    let mut rustfmt = Command::new("rustfmt");
    rustfmt.current_dir(root);
    through(rustfmt, what, text)
}

/// Sends a text through rustfmt.
fn through(mut rustfmt: Command, what: &'static str, text: &str) -> Result<String, RustfmtError> {
    let mut rustfmt = rustfmt
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(RustfmtError::Missing)?;
    if let Some(mut input) = rustfmt.stdin.take() {
        // rustfmt reads all before it writes. Where it ended early, its own message says more than this one's failure.
        let _ = input.write_all(text.as_bytes());
    }
    let output = rustfmt.wait_with_output().map_err(RustfmtError::Missing)?;
    accepted(what, &output)?;
    String::from_utf8(output.stdout).map_err(|error| RustfmtError::Refused {
        what,
        message: error.to_string(),
    })
}

/// Formats the files of a module. `folder` is where they will be, which decides the edition. rustfmt is most of the time
/// that a generation takes: there is one for each processor, and one for each `mod.rs`, which names files.
pub(crate) fn format_module(
    root: &Path,
    folder: &Path,
    files: Vec<File>,
) -> Result<Vec<File>, RustfmtError> {
    let workshop = tempfile::tempdir().map_err(RustfmtError::Temporary)?;
    let edition = edition(root, folder)?;
    let configuration = configuration(&root.join(folder));
    let rustfmt = || {
        let mut rustfmt = Command::new("rustfmt");
        rustfmt.current_dir(root).args(["--edition", &edition]);
        if let Some(configuration) = &configuration {
            rustfmt.arg("--config-path").arg(configuration);
        }
        rustfmt
    };
    let mut leaves = Vec::new();
    for file in files.iter().filter(|file| is_leaf(file)) {
        let path = workshop.path().join(&file.name);
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(RustfmtError::Temporary)?;
        }
        std::fs::write(&path, &file.text).map_err(RustfmtError::Temporary)?;
        leaves.push((file.text.len(), path));
    }
    let runs: Vec<Child> = shares(leaves)
        .into_iter()
        .map(|share| {
            let mut rustfmt = rustfmt();
            rustfmt.args(share).stdin(Stdio::null());
            rustfmt.stdout(Stdio::piped()).stderr(Stdio::piped());
            rustfmt.spawn().map_err(RustfmtError::Missing)
        })
        .collect::<Result<_, _>>()?;
    let mut roots = BTreeMap::new();
    for file in files.iter().filter(|file| is_root(file)) {
        let text = through(rustfmt(), "the contracts", &file.text)?;
        roots.insert(file.name.clone(), text);
    }
    for run in runs {
        let output = run.wait_with_output().map_err(RustfmtError::Missing)?;
        accepted("the contracts", &output)?;
    }
    files
        .into_iter()
        .map(|file| {
            let text = match roots.remove(&file.name) {
                Some(text) => text,
                None if is_leaf(&file) => std::fs::read_to_string(workshop.path().join(&file.name))
                    .map_err(RustfmtError::Temporary)?,
                None => file.text,
            };
            Ok(File { text, ..file })
        })
        .collect()
}

/// Whether the file names others. rustfmt would look for them.
fn is_root(file: &File) -> bool {
    file.name == "mod.rs" || file.name.ends_with("/mod.rs")
}

fn is_leaf(file: &File) -> bool {
    file.name.ends_with(".rs") && !is_root(file)
}

/// The files, shared out so that each share has about as many bytes.
fn shares(mut files: Vec<(usize, PathBuf)>) -> Vec<Vec<PathBuf>> {
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    let mut shares = vec![(0, Vec::new()); processors.min(files.len())];
    files.sort_by(|a, b| b.cmp(a));
    for (bytes, path) in files {
        if let Some((sum, share)) = shares.iter_mut().min_by_key(|(sum, _)| *sum) {
            *sum += bytes;
            share.push(path);
        }
    }
    shares.into_iter().map(|(_, share)| share).collect()
}

fn accepted(what: &'static str, output: &Output) -> Result<(), RustfmtError> {
    match output.status.success() {
        true => Ok(()),
        false => Err(RustfmtError::Refused {
            what,
            message: String::from_utf8_lossy(&output.stderr).into_owned(),
        }),
    }
}

/// The configuration that rustfmt finds for files in a folder. The workshop is elsewhere.
fn configuration(folder: &Path) -> Option<PathBuf> {
    folder
        .ancestors()
        .flat_map(|folder| ["rustfmt.toml", ".rustfmt.toml"].map(|name| folder.join(name)))
        .find(|path| path.is_file())
}

/// The edition of the package that a folder is in.
fn edition(root: &Path, folder: &Path) -> Result<String, RustfmtError> {
    let mut is_inherited = false;
    for folder in root.join(folder).ancestors() {
        let path = folder.join("Cargo.toml");
        if !path.is_file() {
            continue;
        }
        let manifest = read_manifest(&path).map_err(|source| RustfmtError::Edition {
            path: path.clone(),
            source,
        })?;
        let of = |table: &str| manifest.get(table).and_then(|table| table.get("package"));
        let edition = match is_inherited {
            true => of("workspace").and_then(|package| package.get("edition")),
            false => manifest
                .get("package")
                .and_then(|package| package.get("edition")),
        };
        match edition {
            Some(toml::Value::String(edition)) => return Ok(edition.clone()),
            // `edition.workspace = true`: a Cargo.toml above says it.
            Some(_) => {
                is_inherited = true;
                if let Some(toml::Value::String(edition)) =
                    of("workspace").and_then(|package| package.get("edition"))
                {
                    return Ok(edition.clone());
                }
            }
            None if manifest.contains_key("package") && !is_inherited => {
                return Ok("2015".to_owned());
            }
            None => {}
        }
    }
    Ok(NEWEST_EDITION.to_owned())
}

fn read_manifest(path: &Path) -> Result<toml::Table, Box<dyn std::error::Error + Send + Sync>> {
    Ok(std::fs::read_to_string(path)?.parse()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_edition_is_the_packages_or_the_workspaces() {
        let project = tempfile::tempdir().unwrap();
        let root = project.path();
        let generated = root.join("crates/contract/src/generated");
        std::fs::create_dir_all(&generated).unwrap();
        assert_eq!(edition(root, &generated).unwrap(), NEWEST_EDITION);
        let package = root.join("crates/contract/Cargo.toml");
        std::fs::write(&package, "[package]\nedition = \"2021\"").unwrap();
        assert_eq!(edition(root, &generated).unwrap(), "2021");
        std::fs::write(&package, "[package]\nname = \"contract\"").unwrap();
        assert_eq!(edition(root, &generated).unwrap(), "2015");
        std::fs::write(&package, "[package]\nedition.workspace = true").unwrap();
        let workspace = root.join("Cargo.toml");
        std::fs::write(&workspace, "[workspace.package]\nedition = \"2018\"").unwrap();
        assert_eq!(edition(root, &generated).unwrap(), "2018");
        std::fs::write(&workspace, "[workspace.package").unwrap();
        let error = edition(root, &generated).unwrap_err().to_string();
        assert!(error.contains("Cargo.toml"), "{error}");
    }

    #[test]
    fn every_file_of_a_module_is_formatted() {
        let file = |name: &str, text: &str| File {
            name: name.to_owned(),
            text: text.to_owned(),
        };
        let files = vec![
            file("mod.rs", "pub  mod a;pub mod b;"),
            file("a.rs", "pub struct  A ;"),
            file("b/mod.rs", "pub  mod c;"),
            file("b/c.rs", "pub struct  C ;"),
            file("coverage.md", "pub  mod a;"),
        ];
        let formatted = format_module(Path::new("."), Path::new("src"), files).unwrap();
        let texts: Vec<&str> = formatted.iter().map(|file| &*file.text).collect();
        assert_eq!(
            texts,
            [
                "pub mod a;\npub mod b;\n",
                "pub struct A;\n",
                "pub mod c;\n",
                "pub struct C;\n",
                "pub  mod a;"
            ]
        );
        let broken = vec![file("mod.rs", ""), file("a.rs", "pub struct 2d;")];
        assert!(format_module(Path::new("."), Path::new("src"), broken).is_err());
    }

    #[test]
    fn what_is_no_rust_is_refused() {
        let error = format_text(Path::new("."), "schema.rs", "pub struct 2d;").unwrap_err();
        assert!(error.to_string().contains("schema.rs"), "{error}");
    }
}
