//! `axis generate`: migrations -> throw-away database -> schema.rs and contracts.
//!
//! [`catalog`] reads what the database is, [`contract`] decides what the contracts say, [`render`] prints them; beside
//! them, [`diesel_schema`] says and prints what `schema.rs` is. Each step gives a plain value. Nothing here knows the name
//! of a table.

pub(crate) mod catalog;
pub(crate) mod check_expression;
pub(crate) mod contract;
pub(crate) mod database;
pub(crate) mod diesel_schema;
pub(crate) mod files;
mod node_tree;
mod render;
mod rustfmt;
#[cfg(test)]
mod tests;
mod waivers;

pub(crate) use catalog::MIGRATIONS_TABLE;
pub(crate) use check_expression::TargetLocale;
pub(crate) use render::strategies::Suggestions;
pub(crate) use waivers::Checks;

use std::path::{Path, PathBuf};

use crate::configuration::{self, Project};
use crate::output::{OutputError, say};
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
    /// The file beside schema.rs has no name that can be a module's.
    #[error(
        "further_schema of axis.toml must be the path of a Rust file whose name is a module's, for example \"src/further_schema.rs\", \
         not {}", .0.display()
    )]
    FurtherSchema(PathBuf),
    /// There is no migrated database.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// axis.toml does not fit the database.
    #[error(transparent)]
    Contract(#[from] ContractError),
    /// A CHECK that is left to the database, and axis.toml does not say so, or the other way round.
    #[error(transparent)]
    Waiver(#[from] waivers::WaiverError),
    /// The text could not be formatted.
    #[error(transparent)]
    Rustfmt(#[from] RustfmtError),
    /// Files could not be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// Nobody can be told.
    #[error(transparent)]
    Output(#[from] OutputError),
    /// `--check` found differences.
    #[error(
        "{count} generated file(s) differ from what the migrations say: run this without --check\n{differences}"
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
    let catalog = database
        .catalog(configuration.target.locale.as_ref())
        .await?;
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
    let said = report(project, &settings, &generated, &contract, &changes);
    Ok(say(&said)?)
}

/// All steps after the catalog.
pub(crate) fn generate(
    project: &Project,
    settings: &Settings,
    catalog: &Catalog,
) -> Result<(Generated, Contract), GenerateError> {
    let configuration = &project.configuration.generate;
    let folder = &configuration.contracts;
    let catalog = contract::with_nullability(catalog, &project.configuration.view_nullable)?;
    let diesel = DieselSchema::new(&catalog, settings);
    let mut reserved = render::RESERVED_MODULES.to_vec();
    // The crate re-exports the tables' modules beside the folder's own.
    reserved.extend(folder.file_name().and_then(|name| name.to_str()));
    let contract = Contract::new(
        &catalog,
        &diesel,
        &project.configuration.wire_names,
        &project.configuration.types,
        &reserved,
    )?;
    if let Some(checks) = &project.configuration.checks {
        waivers::compare(&contract, checks)?;
    }
    let schema_file = schema_file(configuration, settings)?;
    let (further_file, further_module) = further_schema_file(configuration, &schema_file)?;
    let (around, schema_module) = match configuration.schema_module.rsplit_once("::") {
        Some((around, module)) => (format!("{around}::"), module),
        None => (String::new(), configuration.schema_module.as_str()),
    };
    let schemas = render::SchemaModules {
        schema: match &settings.schema {
            Some(schema) => format!(
                "{}::{}",
                configuration.schema_module,
                diesel_schema::rust_name(schema)
            ),
            None => configuration.schema_module.clone(),
        },
        further: format!("{around}{further_module}"),
    };
    let schema = diesel_schema::print(&diesel, settings);
    let further = diesel_schema::print_further(&diesel, settings, schema_module);
    let contracts = render::files(&contract, &schemas);
    let formatted = |what, text: String| rustfmt::format_text(&project.root, what, &text);
    let strategies = match &configuration.strategies {
        Some(file) => {
            let module = folder
                .file_name()
                .and_then(|name| name.to_str())
                .unwrap_or_default();
            let suggestions = |table: &contract::Table| {
                let mut relations = catalog.relations.iter();
                let relation = relations.find(|relation| relation.name == table.name);
                relation
                    .map(|relation| crate::prove::rules::few::suggestions(&catalog, relation))
                    .unwrap_or_default()
            };
            let text = render::strategies::file(&contract, module, &suggestions);
            Some((file.clone(), formatted("the strategies", text)?))
        }
        None => None,
    };
    let generated = Generated {
        schema: (schema_file, formatted("schema.rs", schema)?),
        further: (
            further_file,
            match further {
                Some(text) => Some(formatted("the file beside schema.rs", text)?),
                None => None,
            },
        ),
        folder: folder.clone(),
        contracts: rustfmt::format_module(&project.root, folder, contracts)?,
        strategies,
    };
    Ok((generated, contract))
}

/// Where the tables go that the stock CLI does not print, and what their module is called.
fn further_schema_file(
    configuration: &configuration::Generate,
    schema_file: &Path,
) -> Result<(PathBuf, String), GenerateError> {
    let file = match &configuration.further_schema {
        Some(file) => file.clone(),
        None => schema_file.with_file_name("further_schema.rs"),
    };
    let is_rust = file.extension().is_some_and(|extension| extension == "rs");
    let module = file.file_stem().and_then(|stem| stem.to_str());
    let module = module.filter(|module| is_rust && diesel_schema::rust_name(module) == *module);
    match module.map(str::to_owned) {
        Some(module) => Ok((file, module)),
        None => Err(GenerateError::FurtherSchema(file)),
    }
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

/// What was done, and what has no contract, a line for each.
fn report(
    project: &Project,
    settings: &Settings,
    generated: &Generated,
    contract: &Contract,
    changes: &Changes,
) -> String {
    let mut lines = Vec::new();
    for write in &changes.write {
        lines.push(format!("wrote {}", write.path.display()));
    }
    let (further, _) = &generated.further;
    let is_new = |write: &files::Write| write.path == *further && write.old.is_empty();
    if changes.write.iter().any(is_new) {
        lines.push(format!(
            "declare the module of {} beside that of schema.rs",
            further.display()
        ));
    }
    for (path, _) in &changes.remove {
        lines.push(format!("removed {}", path.display()));
    }
    lines.push(format!(
        "{} table(s) have contracts; {} file(s) were as generated",
        contract.tables.len(),
        changes.unchanged
    ));
    for entry in &contract.coverage.without_contract {
        lines.push(format!(
            "without a contract: {} ({}): {}",
            entry.name, entry.what, entry.reason
        ));
    }
    if let Some(needed) = &contract.coverage.diesel_feature {
        lines.push(format!(
            "Diesel needs its feature {} (or one for more columns): {} has {} columns",
            needed.feature, needed.table, needed.columns
        ));
    }
    if let Some(recursion) = &contract.coverage.recursion {
        lines.push(recursion.to_string());
    }
    let left_out: usize = contract
        .coverage
        .tables
        .iter()
        .map(|table| table.columns.len())
        .sum();
    if left_out > 0 {
        let page = project.configuration.generate.contracts.join("coverage.md");
        lines.push(format!(
            "{left_out} column(s) are no part of a contract: see {}",
            page.display()
        ));
    }
    if contract.types.has_module() && !settings.derives_query_id() {
        lines.push(format!(
            "no query can bind a value of a type that schema.rs defines: add custom_type_derives = [\"diesel::query_builder::QueryId\"] to print_schema in {}",
            project.configuration.generate.diesel.display()
        ));
    }
    lines.iter().map(|line| format!("{line}\n")).collect()
}
