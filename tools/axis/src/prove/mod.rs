//! `axis prove`: contracts and PostgreSQL are asked about the same rows.
//!
//! [`database`] puts a schema into a throw-away database, [`scratch`] compiles what is generated from it together with a
//! judge ([`judge`]), [`draw`] and [`rows`] say what is tried, [`server`] gives PostgreSQL's verdicts, [`trial`] and
//! [`verdict`] compare, [`appeal`] asks again without the rules that coverage.md leaves to the database, [`view`] reads
//! views, [`check_by_check`] asks each CHECK by itself, [`branches`] draws rows from the trees of CHECKs, [`shrink`] makes a difference simple, [`report`] says what was found.

mod appeal;
mod branches;
mod check_by_check;
mod database;
mod draw;
mod judge;
mod mutants;
mod plan;
mod report;
mod reproduction;
mod rows;
pub(crate) mod rules;
mod scratch;
mod script;
mod server;
mod shrink;
mod subject;
mod table;
#[cfg(test)]
mod tests;
mod trial;
mod verdict;
mod view;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::configuration::{ConfigurationError, Project};
use crate::generate::GenerateError;
use crate::generate::diesel_schema::SettingsError;
use crate::output::{OutputError, say};
use crate::progress::Progress;
use database::{SourceError, Throwaway};
use judge::Judge;
use mutants::Recorded;
use plan::Plan;
use report::{Report, TableReport};
use scratch::{Scratch, ScratchError};
use server::Server;
use subject::Subject;

/// Prove that the contracts accept a row if and only if PostgreSQL does.
///
/// Generates from a schema, compiles, and puts boundary values of every column to the contracts and to a throw-away
/// database. Without an option, the schema is that of the project's migrations. AXIS_POSTGRES_BIN names the folder of
/// another PostgreSQL's programs than the newest one of this machine.
///
/// The first run compiles Diesel, which takes minutes; the next ones only what is generated. Exit code 0: no difference;
/// 1: differences, or warnings of the compiler; 2: could not be proved.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// A schema as pg_dump --schema-only writes it. No project is needed. Several are proved one after the other.
    #[arg(long, value_name = "FILE", num_args = 1.., conflicts_with = "database_url")]
    schema_file: Vec<PathBuf>,
    /// A database whose schema is copied by pg_dump. Only its catalogs are read.
    #[arg(long, value_name = "URL")]
    database_url: Option<String>,
    /// Drop the CHECKs of tables and domains from the throw-away database first.
    #[arg(long)]
    without_checks: bool,
    /// Rows for each table, at least: so many are inserted, and as many updated.
    #[arg(long, default_value_t = 2000, value_name = "N")]
    rows: usize,
    /// What random values, pairs and mixtures are drawn with. The same seed tries the same rows.
    #[arg(long, default_value_t = 1, value_name = "S")]
    seed: u64,
    /// Change each rule of the generated code by one, and see whether the rows notice.
    #[arg(long)]
    mutants: bool,
    /// Of the mutants try only those that this report of an earlier run lists as not noticed.
    #[arg(long, value_name = "FILE", requires = "mutants")]
    again: Option<PathBuf>,
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
    /// Nobody can be told.
    #[error(transparent)]
    Output(#[from] OutputError),
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
    /// The report of an earlier run cannot be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: std::io::Error,
    },
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
    /// Some schemas could not be proved at all.
    #[error("{count} of the schemas could not be proved; the reasons are above")]
    Broken {
        /// How many.
        count: usize,
    },
    /// The report cannot be printed.
    #[error("the report cannot be printed as JSON")]
    Json(#[from] serde_json::Error),
}

/// Runs the subcommand. `project` is the one around the current folder.
pub(crate) async fn run(
    arguments: Arguments,
    project: Result<Project, ConfigurationError>,
) -> Result<(), ProveError> {
    let plans = Plan::all(&arguments, project)?;
    let (mut reports, mut broken) = (Vec::new(), 0);
    let are_several = plans.len() > 1;
    for plan in plans {
        let name = plan.name.clone();
        match prove(&arguments, plan).await {
            Ok(report) => {
                if !arguments.json {
                    say(&report.text())?;
                }
                reports.push(report);
            }
            // One schema that cannot be proved is no reason to leave out the next.
            Err(error) if are_several => {
                crate::report(&error);
                broken += 1;
                reports.push(Report::broken(name, &error));
            }
            Err(error) => return Err(error),
        }
    }
    match arguments.json {
        true => say(&format!("{:#}\n", report::document(&reports)?))?,
        false if are_several => say(&report::table(&reports))?,
        false => {}
    }
    let rows = reports.iter().map(Report::disagreements).sum();
    let count = reports.iter().map(|report| report.warnings.len()).sum();
    match (broken, rows, count) {
        (0, 0, 0) => Ok(()),
        (0, 0, count) => Err(ProveError::Warnings { count }),
        (count, 0, _) => Err(ProveError::Broken { count }),
        (_, rows, _) => Err(ProveError::Differ { rows }),
    }
}

/// The exit code of an error: 2 where nothing could be proved, so that a script can tell it from a difference.
pub(crate) fn exit_code(error: &(dyn std::error::Error + 'static)) -> u8 {
    match error.downcast_ref() {
        Some(ProveError::Differ { .. } | ProveError::Warnings { .. }) => 1,
        _ => 2,
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
    let locale = plan.project.as_ref();
    let locale = locale.and_then(|project| project.configuration.target.locale.as_ref());
    let catalog = throwaway.catalog(locale).await?;
    #[cfg_attr(not(test), expect(unused_mut, reason = "tests make it wrong"))]
    let (mut generated, contract) = plan::generate(&plan, &catalog, report.postgres)?;
    report.without_contract = contract
        .coverage
        .without_contract
        .iter()
        .map(|entry| (entry.name.clone(), entry.reason.clone()))
        .collect();
    let project = plan.project.as_ref();
    let given = project.map(|project| project.configuration.types.clone());
    let given = given.unwrap_or_default();
    #[cfg_attr(not(test), expect(unused_mut, reason = "tests make it wrong"))]
    let mut subjects = subject::subjects(&catalog, &contract, &given);
    #[cfg(test)]
    if let Some(patch) = plan.patch {
        patch(&mut generated, &mut subjects);
    }
    if subjects.is_empty() {
        return Err(ProveError::NoTable { schema: plan.name });
    }
    (report.checks, report.derived) = subject::checks(&subjects);
    report.seconds.insert("generate", clock.lap());
    progress.next(format!(
        "compiling the contracts of {} tables",
        contract.tables.len()
    ));
    if plan.workshop.is_new() {
        progress.note(&format!(
            "compiling Diesel and serde into {}: the first time takes minutes",
            plan.workshop.folder.display()
        ));
    }
    let (_own, Scratch { program, warnings }) = tokio::task::block_in_place(|| {
        let own = plan.workshop.own(&plan.crate_name, || {
            progress.note(&format!(
                "another axis prove uses the scratch crate {}: waiting until it ends",
                plan.workshop.folder.join(&plan.crate_name).display()
            ));
        })?;
        let scratch = plan
            .workshop
            .build(&plan.crate_name, &generated, &contract)?;
        Ok::<_, ScratchError>((own, scratch))
    })?;
    report.warnings = warnings;
    report.seconds.insert("compile", clock.lap());
    progress.next("filling tables, and reading their views");
    let server = Server::new(throwaway.connect().await?, plan.limit).await?;
    let mut views = view::prove(
        &subjects,
        &contract,
        &throwaway,
        &program,
        server,
        arguments.rows,
    )
    .await?;
    report.seconds.insert("views", clock.lap());
    progress.next("setting aside keys, indexes and triggers");
    throwaway.set_aside().await?;
    let mut tried = try_rows(
        arguments, &subjects, &throwaway, &program, plan.limit, &progress,
    )
    .await?;
    for (subject, (table, _)) in subjects.iter().zip(&mut tried) {
        if let Some(view) = views.remove(&subject.index) {
            *table = view;
        }
    }
    report.seconds.insert("rows", clock.lap());
    if arguments.mutants {
        progress.next("compiling mutants, and judging the rows again for each");
        let earlier = arguments.again.as_ref().map(|path| {
            let found = std::fs::read_to_string(path);
            found.map_err(|source| ProveError::Read {
                path: path.clone(),
                source,
            })
        });
        let earlier = earlier.transpose()?;
        let server = Server::new(throwaway.connect().await?, plan.limit).await?;
        let types = server.types().await?;
        let mut tables: Vec<_> = subjects
            .iter()
            .zip(tried.iter_mut().map(|(_, recorded)| recorded))
            .collect();
        let found = tokio::task::block_in_place(|| {
            mutants::run(
                &plan.workshop,
                &plan.crate_name,
                &generated,
                &contract,
                &mut tables,
                &types,
                earlier.as_deref(),
            )
        })?;
        report.mutants = Some(found);
        report.seconds.insert("mutants", clock.lap());
    }
    report.tables = tried.into_iter().map(|(table, _)| table).collect();
    progress.finish();
    Ok(report)
}

/// Proves the tables, as many at once as there are processors.
async fn try_rows(
    arguments: &Arguments,
    subjects: &[Subject],
    throwaway: &Throwaway,
    program: &Path,
    limit: Duration,
    progress: &Progress,
) -> Result<Vec<(TableReport, Recorded)>, ProveError> {
    let workers = std::thread::available_parallelism()
        .map_or(1, usize::from)
        .min(8);
    let subjects: Arc<[Subject]> = subjects.into();
    let next = Arc::new(AtomicUsize::new(0));
    let (found, mut finds) = tokio::sync::mpsc::unbounded_channel();
    let mut running = tokio::task::JoinSet::new();
    for _ in 0..workers.min(subjects.len()) {
        let mut server = Server::new(throwaway.connect().await?, limit).await?;
        let mut judge = Judge::start(program, server.types().await?).map_err(ProveError::Judge)?;
        let (subjects, next, found) = (subjects.clone(), next.clone(), found.clone());
        let options = table::Options {
            rows: arguments.rows,
            seed: arguments.seed,
            recorded: arguments.mutants,
        };
        running.spawn(async move {
            while let Some(subject) = subjects.get(next.fetch_add(1, Ordering::Relaxed)) {
                let report = table::prove(subject, options, &mut judge, &mut server).await?;
                // Nobody waits any more where another table failed.
                let _ = found.send((subject.index, report));
            }
            Ok::<(), ProveError>(())
        });
    }
    drop(found);
    let mut tables = BTreeMap::new();
    while let Some((index, report)) = finds.recv().await {
        tables.insert(index, report);
        progress.say(format!(
            "trying rows: {} of {} tables",
            tables.len(),
            subjects.len()
        ));
    }
    while let Some(ended) = running.join_next().await {
        ended.map_err(|error| ProveError::Judge(std::io::Error::other(error)))??;
    }
    Ok(tables.into_values().collect())
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
