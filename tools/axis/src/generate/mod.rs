//! `axis generate`: migrations -> throw-away database -> schema.rs and contracts.
//!
//! [`catalog`] reads what the database is, [`contract`] decides what the contracts say, [`render`] prints them; beside
//! them, [`diesel_schema`] says and prints what `schema.rs` is. Each step gives a plain value. Nothing here knows the name
//! of a table.

pub(crate) mod catalog;
pub(crate) mod contract;
mod database;
pub(crate) mod diesel_schema;
pub(crate) mod files;
mod render;
mod rustfmt;

use std::path::PathBuf;

use crate::configuration::{self, Project};
use crate::progress::Progress;
use catalog::Catalog;
use contract::{Contract, ContractError};
use database::{DatabaseError, MigratedDatabase};
use diesel_schema::{DieselSchema, Settings, SettingsError};
use files::{Changes, FileError, Generated};
use rustfmt::RustfmtError;

/// Derive schema.rs and the contracts from the migrations.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Write nothing; fail where a file differs from what would be written.
    #[arg(long)]
    pub(crate) check: bool,
}

/// Why nothing was generated.
#[derive(Debug, thiserror::Error)]
pub(crate) enum GenerateError {
    /// `diesel.toml` cannot be honoured.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// There is nowhere to write the tables.
    #[error(
        "nothing says where schema.rs goes: add to [generate] in axis.toml, for example, schema = \"src/schema.rs\""
    )]
    NoSchemaFile,
    /// Two files say where to write the tables.
    #[error(
        "both axis.toml and {} say where schema.rs goes: remove print_schema.file, and the diesel CLI leaves it to axis",
        .0.display()
    )]
    TwoSchemaFiles(PathBuf),
    /// There is no migrated database.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// axis.toml does not fit the database.
    #[error(transparent)]
    Contract(#[from] ContractError),
    /// The text could not be formatted.
    #[error(transparent)]
    Rustfmt(#[from] RustfmtError),
    /// Files could not be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// `--check` found differences.
    #[error(
        "{count} generated file(s) differ from what the migrations say: run cargo axis generate\n{differences}"
    )]
    Drift {
        /// How many.
        count: usize,
        /// Which, and how.
        differences: String,
    },
}

/// Runs the subcommand.
pub(crate) async fn run(arguments: Arguments, project: &Project) -> Result<(), GenerateError> {
    let configuration = &project.configuration;
    let directory = &configuration.migrations.directory;
    let settings = Settings::read(&project.root, &configuration.generate.diesel, directory)?;
    let progress = Progress::start("applying the migrations to a throw-away database");
    let database =
        MigratedDatabase::new(&project.root, directory, configuration.target.postgres).await?;
    progress.next("reading its catalog");
    let catalog = database.catalog().await?;
    progress.next("printing schema.rs and the contracts");
    let (generated, contract) = generate(project, &settings, &catalog)?;
    let changes = generated.compare(&project.root)?;
    progress.next("removing the throw-away database");
    drop(database);
    progress.finish();
    if arguments.check {
        return check(&changes);
    }
    changes.apply(&project.root)?;
    report(project, &settings, &contract, &changes);
    Ok(())
}

/// All steps after the catalog.
pub(crate) fn generate(
    project: &Project,
    settings: &Settings,
    catalog: &Catalog,
) -> Result<(Generated, Contract), GenerateError> {
    let configuration = &project.configuration.generate;
    let folder = &configuration.contracts;
    let diesel = DieselSchema::new(catalog, settings);
    let mut reserved = render::RESERVED_MODULES.to_vec();
    // The crate re-exports the tables' modules beside the folder's own.
    reserved.extend(folder.file_name().and_then(|name| name.to_str()));
    let contract = Contract::new(
        catalog,
        &diesel,
        &project.configuration.wire_names,
        &reserved,
    )?;
    let schema_module = match &settings.schema {
        Some(schema) => format!(
            "{}::{}",
            configuration.schema_module,
            diesel_schema::rust_name(schema)
        ),
        None => configuration.schema_module.clone(),
    };
    let schema = diesel_schema::print(&diesel, settings);
    let contracts = render::files(&contract, &schema_module);
    let generated = Generated {
        schema: (
            schema_file(configuration, settings)?,
            rustfmt::format_text(&project.root, "schema.rs", &schema)?,
        ),
        folder: folder.clone(),
        contracts: rustfmt::format_module(&project.root, folder, contracts)?,
    };
    Ok((generated, contract))
}

/// Where schema.rs is, as axis.toml says, or else diesel.toml.
fn schema_file(
    configuration: &configuration::Generate,
    settings: &Settings,
) -> Result<PathBuf, GenerateError> {
    let diesel = &configuration.diesel;
    match (&configuration.schema, &settings.file) {
        (Some(file), None) => Ok(file.clone()),
        (None, Some(file)) => Ok(diesel.parent().unwrap_or("".as_ref()).join(file)),
        (Some(_), Some(_)) => Err(GenerateError::TwoSchemaFiles(diesel.clone())),
        (None, None) => Err(GenerateError::NoSchemaFile),
    }
}

fn check(changes: &Changes) -> Result<(), GenerateError> {
    if changes.is_empty() {
        return Ok(());
    }
    Err(GenerateError::Drift {
        count: changes.write.len() + changes.remove.len(),
        differences: changes.describe(),
    })
}

/// Says what was done, and what has no contract.
#[expect(clippy::print_stdout, reason = "this is what the command says")]
fn report(project: &Project, settings: &Settings, contract: &Contract, changes: &Changes) {
    for write in &changes.write {
        println!("wrote {}", write.path.display());
    }
    for (path, _) in &changes.remove {
        println!("removed {}", path.display());
    }
    println!(
        "{} table(s) have contracts; {} file(s) were as generated",
        contract.tables.len(),
        changes.unchanged
    );
    for entry in &contract.coverage.without_contract {
        println!(
            "{} {} has no contract: {}",
            entry.what, entry.name, entry.reason
        );
    }
    let left_out: usize = contract
        .coverage
        .tables
        .iter()
        .map(|table| table.columns.len())
        .sum();
    if left_out > 0 {
        let page = project.configuration.generate.contracts.join("coverage.md");
        println!(
            "{left_out} column(s) are no part of a contract: see {}",
            page.display()
        );
    }
    if contract.types.has_module() && !settings.derives_query_id() {
        println!(
            "no query can bind a value of a type that schema.rs defines: add custom_type_derives = [\"diesel::query_builder::QueryId\"] to print_schema in {}",
            project.configuration.generate.diesel.display()
        );
    }
}
