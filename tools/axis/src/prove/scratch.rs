//! The scratch crate: schema.rs and the contracts as they are generated, and a judge that answers for them. It lies in a
//! cache, where all of them share compiled dependencies.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs::{File, TryLockError};
use std::io::BufReader;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use cargo_metadata::Message;
use cargo_metadata::diagnostic::DiagnosticLevel;

use crate::generate::contract::{Contract, InsertForm, Table, UpdateForm};
use crate::generate::files::Generated;

/// The judge's sources, by file.
const JUDGE: [(&str, &str); 7] = [
    ("Cargo.toml", include_str!("judge/Cargo.toml.in")),
    ("lib.rs", include_str!("judge/lib.rs")),
    ("again.rs", include_str!("judge/again.rs")),
    ("mutant.rs", include_str!("judge/mutant.rs")),
    ("value.rs", include_str!("judge/value.rs")),
    ("reading.rs", include_str!("judge/reading.rs")),
    ("database.rs", include_str!("judge/database.rs")),
];

/// What a scratch crate depends on: all that generated code can name.
const MANIFEST: &str = include_str!("judge/scratch.toml.in");

/// The versions that axis is tested with, for those who bring no Cargo.lock.
const LOCK: &str = include_str!("../../../../Cargo.lock");

/// Why there is no judge.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ScratchError {
    /// A file of the scratch crate cannot be written.
    #[error("cannot write {}: the scratch crate of axis prove is there", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: std::io::Error,
    },
    /// Cargo cannot be run.
    #[error("cannot run cargo, which compiles what was generated: https://rustup.rs installs it")]
    NoCargo(#[source] std::io::Error),
    /// The generated code does not compile.
    #[error(
        "what axis generates for this schema does not compile: please report it, with the schema. \
         The scratch crate is in {}\n{messages}",
        folder.display()
    )]
    Generated {
        /// The crate.
        folder: PathBuf,
        /// What the compiler says.
        messages: String,
        /// The files and bytes that it points to.
        places: Vec<(String, Range<usize>)>,
    },
    /// What is generated compiles, and the judge that calls it does not.
    #[error(
        "what axis generates for this schema compiles, but axis prove cannot call it: please report it, with the schema. \
         The scratch crate is in {}\n{messages}",
        folder.display()
    )]
    Judge {
        /// The crate.
        folder: PathBuf,
        /// What the compiler says.
        messages: String,
    },
    /// Cargo failed otherwise.
    #[error(
        "the scratch crate in {} cannot be built: cargo needs its dependencies, from its cache or from the network\n{messages}",
        folder.display()
    )]
    Cargo {
        /// The crate.
        folder: PathBuf,
        /// What cargo says.
        messages: String,
    },
}

/// A compiled scratch crate.
#[derive(Clone, Debug)]
pub(crate) struct Scratch {
    /// The judge.
    pub(crate) program: PathBuf,
    /// What the compiler warned of in the generated code.
    pub(crate) warnings: Vec<String>,
}

/// Where scratch crates lie, and what they take from the project.
#[derive(Clone, Debug)]
pub(crate) struct Workshop {
    /// The folder of them all.
    pub(crate) folder: PathBuf,
    /// The project's Cargo.lock.
    pub(crate) lock: Option<PathBuf>,
}

impl Workshop {
    /// Whether nothing was compiled in it yet.
    pub(crate) fn is_new(&self) -> bool {
        !self.target().is_dir()
    }

    /// Where cargo keeps what is compiled.
    fn target(&self) -> PathBuf {
        self.folder.join("target")
    }

    /// Waits until no other run has the crate of that name: it would write over the sources, and the judge, of this one. `told`
    /// is called where there is one to wait for. The crate is the caller's for as long as the file is open.
    pub(crate) fn own(&self, name: &str, told: impl FnOnce()) -> Result<File, ScratchError> {
        let path = self.folder.join(format!("{name}.lock"));
        let open = || {
            std::fs::create_dir_all(&self.folder)?;
            File::create(&path)
        };
        let file = open().map_err(failed(&path))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                told();
                file.lock().map_err(failed(&path))?;
            }
            Err(TryLockError::Error(error)) => return Err(failed(&path)(error)),
        }
        Ok(file)
    }

    /// Writes the crate of that name and compiles it.
    pub(crate) fn build(
        &self,
        name: &str,
        generated: &Generated,
        contract: &Contract,
    ) -> Result<Scratch, ScratchError> {
        let judge = self.folder.join("judge");
        for (file, text) in JUDGE {
            write(&judge.join(file), text)?;
        }
        let folder = self.folder.join(name);
        let feature = contract.coverage.diesel_feature.as_ref();
        let feature = feature.map_or("32-column-tables", |needed| needed.feature);
        let manifest = MANIFEST
            .replace("{name}", name)
            .replace("{columns}", &format!(", \"{feature}\""));
        write(&folder.join("Cargo.toml"), &manifest)?;
        let lock = match &self.lock {
            Some(path) => std::fs::read_to_string(path).map_err(failed(path))?,
            None => LOCK.to_owned(),
        };
        // Cargo leaves out what is not needed, and writes the rest; a lock of its own is not replaced.
        let own = folder.join("Cargo.lock");
        let base = folder.join("Cargo.lock.base");
        if std::fs::read_to_string(&base).ok().as_deref() != Some(&lock) || !own.is_file() {
            write(&own, &lock)?;
            write(&base, &lock)?;
        }
        let sources = folder.join("src");
        write(&sources.join("lib.rs"), LIB)?;
        write(&sources.join("main.rs"), &main(name, contract))?;
        write(&sources.join("schema.rs"), &generated.schema.1)?;
        let further = generated.further.1.as_deref().unwrap_or_default();
        write(&sources.join("further_schema.rs"), further)?;
        let contracts = sources.join("generated");
        for file in &generated.contracts {
            write(&contracts.join(&file.name), &file.text)?;
        }
        remove_others(&contracts, generated)?;
        self.compile(name, &folder)
    }

    fn compile(&self, name: &str, folder: &Path) -> Result<Scratch, ScratchError> {
        let target = self.target();
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut process = Command::new(cargo)
            // With `json-render-diagnostics` cargo tells of no diagnostic by message.
            .args(["build", "--message-format=json", "--quiet"])
            .args([
                "--manifest-path".as_ref(),
                folder.join("Cargo.toml").as_os_str(),
            ])
            .args(["--target-dir".as_ref(), target.as_os_str()])
            .current_dir(folder)
            // A build of the project that this runs in says nothing of this one.
            .env_remove("CARGO_BUILD_TARGET_DIR")
            .env_remove("CARGO_TARGET_DIR")
            .env_remove("RUSTFLAGS")
            .env_remove("CARGO_ENCODED_RUSTFLAGS")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(ScratchError::NoCargo)?;
        let stderr = process.stderr.take();
        let reading = std::thread::spawn(move || {
            stderr
                .map(std::io::read_to_string)
                .and_then(Result::ok)
                .unwrap_or_default()
        });
        let (mut warnings, mut errors) = (Vec::new(), String::new());
        let mut places = Vec::new();
        let (mut is_generated, mut is_judge) = (false, false);
        let mut program = None;
        if let Some(stdout) = process.stdout.take() {
            for message in Message::parse_stream(BufReader::new(stdout)) {
                match message {
                    Ok(Message::CompilerMessage(found)) => {
                        let is_contracts = found.target.name == name && found.target.is_lib();
                        let rendered = found.message.rendered.unwrap_or_default();
                        if found.message.level == DiagnosticLevel::Error {
                            errors += &rendered;
                        }
                        match found.message.level {
                            DiagnosticLevel::Error if is_contracts => {
                                is_generated = true;
                                places.extend(found.message.spans.iter().map(|span| {
                                    (
                                        span.file_name.clone(),
                                        span.byte_start as usize..span.byte_end as usize,
                                    )
                                }));
                            }
                            DiagnosticLevel::Error => is_judge |= found.target.is_bin(),
                            DiagnosticLevel::Warning if is_contracts => {
                                warnings.push(rendered);
                            }
                            _ => {}
                        }
                    }
                    Ok(Message::CompilerArtifact(found))
                        if found.target.name == format!("judge_{name}") =>
                    {
                        program = found.executable;
                    }
                    _ => {}
                }
            }
        }
        let status = process.wait().map_err(ScratchError::NoCargo)?;
        let messages = errors + &reading.join().unwrap_or_default();
        let folder = folder.to_path_buf();
        match program {
            Some(program) if status.success() => Ok(Scratch {
                program: program.into(),
                warnings,
            }),
            _ if is_generated => Err(ScratchError::Generated {
                folder,
                messages,
                places,
            }),
            _ if is_judge => Err(ScratchError::Judge { folder, messages }),
            _ => Err(ScratchError::Cargo { folder, messages }),
        }
    }
}

const LIB: &str = "//! What `axis generate` prints for a schema.
#![deny(missing_docs)]

#[allow(missing_docs)]
pub mod further_schema;
pub mod generated;
#[allow(missing_docs, non_snake_case, rustdoc::all, unreachable_pub)]
pub mod schema;
";

/// The judge's `main.rs`: a line for each table.
fn main(name: &str, contract: &Contract) -> String {
    let mut text = format!(
        "//! Answers for the contracts of a schema.\n#![allow(non_snake_case, unused_imports)]\n\
         // A user's crate calls fewer of Diesel's traits at once.\n#![recursion_limit = \"512\"]\n\n\
         use {name}::generated::{{TableConstraint, Violation}};\n\n"
    );
    for (index, table) in contract.tables.iter().enumerate() {
        let fields: Vec<&str> = table
            .columns
            .iter()
            .map(|column| column.field.as_str())
            .collect();
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "axis_prove_judge::table!(t{index} [{name}::generated::{}] [{name}::{}] {} {} [{}]);",
            table.path(),
            schema_path(table),
            yes(has_insert(table)),
            yes(has_update(table)),
            fields.join(" ")
        );
    }
    let tables: Vec<String> = (0..contract.tables.len())
        .map(|index| format!("t{index}::TABLE"))
        .collect();
    let _ = write!(
        text,
        "\nfn main() -> std::io::Result<()> {{\n    axis_prove_judge::serve(&[{}])\n}}\n",
        tables.join(", ")
    );
    text
}

/// The module of a table in schema.rs, or in the file beside it.
fn schema_path(table: &Table) -> String {
    let diesel = &table.diesel;
    match &diesel.further_module {
        Some(module) => format!("further_schema::{module}::{}", diesel.name),
        None => format!("schema::{}", diesel.name),
    }
}

fn has_insert(table: &Table) -> bool {
    table
        .columns
        .iter()
        .any(|column| column.insert != InsertForm::Absent)
}

fn has_update(table: &Table) -> bool {
    table
        .columns
        .iter()
        .any(|column| column.update != UpdateForm::Absent)
}

fn yes(is: bool) -> &'static str {
    match is {
        true => "yes",
        false => "no",
    }
}

/// Writes a file unless it is so already: cargo would compile again.
fn write(path: &Path, text: &str) -> Result<(), ScratchError> {
    if std::fs::read(path).is_ok_and(|found| found == text.as_bytes()) {
        return Ok(());
    }
    let folder = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)
        .and_then(|()| std::fs::write(path, text))
        .map_err(failed(path))
}

/// Removes what an earlier run left. A further schema has a folder of its own.
fn remove_others(folder: &Path, generated: &Generated) -> Result<(), ScratchError> {
    let known: BTreeSet<PathBuf> = generated
        .contracts
        .iter()
        .map(|file| folder.join(&file.name))
        .collect();
    remove_unknown(folder, &known)
}

fn remove_unknown(folder: &Path, known: &BTreeSet<PathBuf>) -> Result<(), ScratchError> {
    for entry in std::fs::read_dir(folder).map_err(failed(folder))? {
        let path = entry.map_err(failed(folder))?.path();
        match path.is_dir() {
            true if known.iter().any(|file| file.starts_with(&path)) => {
                remove_unknown(&path, known)?;
            }
            true => std::fs::remove_dir_all(&path).map_err(failed(&path))?,
            false if known.contains(&path) => {}
            false => std::fs::remove_file(&path).map_err(failed(&path))?,
        }
    }
    Ok(())
}

fn failed(path: &Path) -> impl FnOnce(std::io::Error) -> ScratchError {
    let path = path.to_path_buf();
    |source| ScratchError::Write { path, source }
}
