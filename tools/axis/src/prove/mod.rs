//! `axis prove`: contracts and PostgreSQL are asked about the same rows.
//!
//! [`database`] puts a schema into a throw-away database, [`scratch`] compiles what is generated from it together with a
//! judge ([`judge`]), [`draw`] and [`rows`] say what is tried, [`server`] gives PostgreSQL's verdicts, [`trial`] and
//! [`verdict`] compare, [`shrink`] makes a difference simple, [`report`] says what was found.

mod database;
mod draw;
mod judge;
mod report;
mod reproduction;
mod rows;
mod scratch;
mod script;
mod server;
mod shrink;
mod subject;
mod table;
mod trial;
mod verdict;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Instant;

use crate::configuration::{
    Configuration, ConfigurationError, Generate, Migrations, Project, Target,
};
use crate::generate::catalog::Catalog;
use crate::generate::contract::Contract;
use crate::generate::diesel_schema::{Settings, SettingsError};
use crate::generate::files::Generated;
use crate::generate::{self, GenerateError};
use crate::progress::Progress;
use database::{Source, SourceError, Throwaway};
use judge::Judge;
use report::Report;
use scratch::{Scratch, ScratchError, Workshop};
use server::Server;

/// Prove that the contracts accept a row if and only if PostgreSQL does.
///
/// Generates from a schema, compiles, and puts boundary values of every column to the contracts and to a throw-away
/// database. Without an option, the schema is that of the project's migrations. AXIS_POSTGRES_BIN names the folder of
/// another PostgreSQL's programs than the newest one of this machine.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// A schema as pg_dump --schema-only writes it. No project is needed.
    #[arg(long, value_name = "FILE", conflicts_with = "database_url")]
    schema_file: Option<PathBuf>,
    /// A database whose schema is copied by pg_dump. Only its catalogs are read.
    #[arg(long, value_name = "URL")]
    database_url: Option<String>,
    /// Drop the CHECKs of tables and domains from the throw-away database first.
    #[arg(long)]
    without_checks: bool,
    /// Rows for each table, at least: so many are inserted, and as many updated.
    #[arg(long, default_value_t = 2000, value_name = "N")]
    rows: usize,
    /// What pairs and mixtures are drawn with. The same seed tries the same rows.
    #[arg(long, default_value_t = 1, value_name = "S")]
    seed: u64,
    /// Print one JSON document.
    #[arg(long)]
    json: bool,
}

/// Why nothing could be proved, or what was found.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ProveError {
    /// There is no project, and no schema was named.
    #[error(
        "there is no schema to prove: name one by --schema-file or --database-url, or run axis inside of a project"
    )]
    NoSchema(#[source] ConfigurationError),
    /// There is no throw-away database.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// `diesel.toml` cannot be honoured.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// Nothing could be generated.
    #[error("the contracts of this schema cannot be generated")]
    Generate(#[source] Box<GenerateError>),
    /// There is no judge.
    #[error(transparent)]
    Scratch(#[from] ScratchError),
    /// There is no folder for the scratch crate.
    #[error("there is no folder for the scratch crate: set HOME or XDG_CACHE_HOME")]
    NoCache,
    /// A file of our own cannot be written.
    #[error("cannot write to {}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: std::io::Error,
    },
    /// The judge broke.
    #[error("the judge of the contracts broke down: please report it with the schema")]
    Judge(#[source] std::io::Error),
    /// PostgreSQL broke.
    #[error("the throw-away database broke down")]
    Postgres(#[from] tokio_postgres::Error),
    /// There is no table to prove.
    #[error("{schema} has no table with a contract: there is nothing to prove")]
    NoTable {
        /// The schema.
        schema: String,
    },
    /// Contract and PostgreSQL differ.
    #[error("contracts and PostgreSQL differ on {rows} row(s)")]
    Differ {
        /// How many.
        rows: usize,
    },
    /// What is generated does not compile without a warning.
    #[error("the compiler warns {count} time(s) of what is generated")]
    Warnings {
        /// How many.
        count: usize,
    },
    /// The report cannot be printed.
    #[error("the report cannot be printed as JSON")]
    Json(#[from] serde_json::Error),
}

/// What is proved, and where.
struct Plan {
    source: Source,
    /// What is proved, in words.
    name: String,
    /// The name of the scratch crate.
    crate_name: String,
    workshop: Workshop,
    /// The folder whose private server is used, and its files' folder where that is not the target folder.
    root: PathBuf,
    target: Option<PathBuf>,
    /// The project, where its own migrations are proved.
    project: Option<Project>,
}

/// Runs the subcommand. `project` is the one around the current folder.
#[expect(clippy::print_stdout, reason = "this is what the command says")]
pub(crate) async fn run(
    arguments: Arguments,
    project: Result<Project, ConfigurationError>,
) -> Result<(), ProveError> {
    let plan = Plan::new(&arguments, project)?;
    let report = prove(&arguments, plan).await?;
    match arguments.json {
        true => {
            let mut document = serde_json::to_value(&report)?;
            document["sums"] = serde_json::to_value(report.sums())?;
            println!("{document:#}");
        }
        false => print!("{}", report.text()),
    }
    match (report.disagreements(), report.warnings.len()) {
        (0, 0) => Ok(()),
        (0, count) => Err(ProveError::Warnings { count }),
        (rows, _) => Err(ProveError::Differ { rows }),
    }
}

async fn prove(arguments: &Arguments, plan: Plan) -> Result<Report, ProveError> {
    let mut report = Report {
        schema: plan.name.clone(),
        seed: arguments.seed,
        ..Report::default()
    };
    let mut clock = Clock::new();
    let progress = Progress::start("putting the schema into a throw-away database");
    let throwaway = Throwaway::new(&plan.source, &plan.root, plan.target.as_deref()).await?;
    report.postgres = throwaway.major_version().await?;
    if arguments.without_checks {
        throwaway.drop_checks().await?;
    }
    report.seconds.insert("load", clock.lap());
    progress.next("generating");
    let catalog = throwaway.catalog().await?;
    let (generated, contract) = generate(&plan, &catalog, report.postgres)?;
    report.without_contract = contract
        .coverage
        .without_contract
        .iter()
        .map(|entry| (entry.name.clone(), entry.reason.clone()))
        .collect();
    let subjects = subject::subjects(&catalog, &contract);
    if subjects.is_empty() {
        return Err(ProveError::NoTable { schema: plan.name });
    }
    report.seconds.insert("generate", clock.lap());
    progress.next("compiling what was generated");
    let Scratch { program, warnings } = tokio::task::block_in_place(|| {
        plan.workshop.build(&plan.crate_name, &generated, &contract)
    })?;
    report.warnings = warnings;
    report.seconds.insert("compile", clock.lap());
    progress.next("setting aside keys, indexes and triggers");
    throwaway.set_aside().await?;
    let mut server = Server::new(throwaway.connect().await?).await?;
    let mut judge = Judge::start(&program, server.types().await?).map_err(ProveError::Judge)?;
    for (number, subject) in subjects.iter().enumerate() {
        progress.say(format!(
            "trying rows: table {} of {}, {}",
            number + 1,
            subjects.len(),
            subject.name
        ));
        let found = table::prove(
            subject,
            arguments.rows,
            arguments.seed,
            &mut judge,
            &mut server,
        )
        .await?;
        report.tables.push(found);
    }
    report.seconds.insert("rows", clock.lap());
    progress.finish();
    Ok(report)
}

/// What `axis generate` does, for the scratch crate.
fn generate(
    plan: &Plan,
    catalog: &Catalog,
    postgres: u32,
) -> Result<(Generated, Contract), ProveError> {
    let folder = plan.workshop.folder.join("configuration");
    let (root, diesel, migrations, target, wire_names) = match &plan.project {
        Some(project) => (
            project.root.clone(),
            project.configuration.generate.diesel.clone(),
            project.configuration.migrations.directory.clone(),
            project.configuration.target.postgres,
            project.configuration.wire_names.clone(),
        ),
        None => {
            let path = folder.join("diesel.toml");
            std::fs::create_dir_all(&folder)
                .and_then(|()| std::fs::write(&path, DIESEL))
                .map_err(|source| ProveError::Write { path, source })?;
            (
                folder,
                PathBuf::from("diesel.toml"),
                PathBuf::from("migrations"),
                postgres,
                BTreeMap::new(),
            )
        }
    };
    let settings = Settings::read(&root, &diesel, &migrations)?;
    let project = Project {
        root,
        configuration: Configuration {
            target: Target { postgres: target },
            migrations: Migrations {
                directory: migrations,
            },
            generate: Generate {
                diesel,
                schema: settings
                    .file
                    .is_none()
                    .then(|| PathBuf::from("src/schema.rs")),
                schema_module: "crate::schema".to_owned(),
                contracts: PathBuf::from("src/generated"),
            },
            wire_names,
            dev: None,
            layers: None,
            doors: None,
        },
    };
    generate::generate(&project, &settings, catalog)
        .map_err(|error| ProveError::Generate(Box::new(error)))
}

/// How schema.rs is printed for a schema without a project.
const DIESEL: &str = "[print_schema]
with_docs = \"only-database-comments\"
allow_tables_to_appear_in_same_query_config = \"fk_related_tables\"
custom_type_derives = [\"diesel::query_builder::QueryId\"]
";

impl Plan {
    fn new(
        arguments: &Arguments,
        project: Result<Project, ConfigurationError>,
    ) -> Result<Self, ProveError> {
        let (base, root, target) = match &project {
            Ok(project) => (
                target_folder(&project.root).join("prove"),
                project.root.clone(),
                None,
            ),
            Err(_) => {
                let cache = cache_folder().ok_or(ProveError::NoCache)?;
                (cache.join("prove"), cache.clone(), Some(cache))
            }
        };
        std::fs::create_dir_all(&root).map_err(|source| ProveError::Write {
            path: root.clone(),
            source,
        })?;
        let lock = project
            .as_ref()
            .ok()
            .map(|project| project.root.join("Cargo.lock"))
            .filter(|path| path.is_file());
        let (source, name, project) = match (&arguments.schema_file, &arguments.database_url) {
            (Some(file), _) => (Source::File(file.clone()), file.display().to_string(), None),
            (None, Some(url)) => (
                Source::Database(url.clone()),
                "the given database".to_owned(),
                None,
            ),
            (None, None) => {
                let project = project.map_err(ProveError::NoSchema)?;
                let folder = project
                    .root
                    .join(&project.configuration.migrations.directory);
                (
                    Source::Migrations(folder),
                    "the project's migrations".to_owned(),
                    Some(project),
                )
            }
        };
        let crate_name = crate_name(&source, arguments.without_checks);
        Ok(Self {
            source,
            name,
            crate_name,
            workshop: Workshop { folder: base, lock },
            root,
            target,
            project,
        })
    }
}

/// A name for the scratch crate: the schema's, so that the next run compiles only what has changed.
fn crate_name(source: &Source, without_checks: bool) -> String {
    let stem = match source {
        Source::Migrations(_) => "migrations".into(),
        Source::Database(_) => "database".into(),
        Source::File(path) => path.file_stem().unwrap_or_default().to_string_lossy(),
    };
    let stem: String = stem
        .chars()
        .map(|character| match character.is_ascii_alphanumeric() {
            true => character.to_ascii_lowercase(),
            false => '_',
        })
        .collect();
    match without_checks {
        true => format!("prove_{stem}_without_checks"),
        false => format!("prove_{stem}"),
    }
}

/// Where cargo builds the project.
fn target_folder(root: &Path) -> PathBuf {
    match std::env::var_os("CARGO_TARGET_DIR") {
        Some(folder) if !folder.is_empty() => root.join(folder),
        _ => root.join("target"),
    }
}

/// The user's folder for what can be made again.
fn cache_folder() -> Option<PathBuf> {
    let set = |name| std::env::var_os(name).filter(|value| !value.is_empty());
    let caches = set("XDG_CACHE_HOME").map(PathBuf::from);
    let caches = caches.or_else(|| Some(PathBuf::from(set("HOME")?).join(".cache")))?;
    Some(caches.join("axis"))
}

struct Clock(Instant);

impl Clock {
    fn new() -> Self {
        Self(Instant::now())
    }

    /// Seconds since the last lap.
    fn lap(&mut self) -> f64 {
        let seconds = self.0.elapsed().as_secs_f64();
        self.0 = Instant::now();
        (seconds * 1000.0).round() / 1000.0
    }
}
