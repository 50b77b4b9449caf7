//! What is proved, where its files lie, and how it is generated.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::database::Source;
use super::scratch::Workshop;
use super::{Arguments, ProveError};
use crate::configuration::{
    Configuration, ConfigurationError, Generate, Migrations, Project, Target,
};
use crate::generate;
use crate::generate::catalog::Catalog;
use crate::generate::contract::Contract;
use crate::generate::diesel_schema::{DieselSchema, SameQuery, Settings};
use crate::generate::files::Generated;

/// How long PostgreSQL may take for a statement. It has one row to look at.
const LIMIT: Duration = Duration::from_secs(60);

/// What is proved, and where.
pub(super) struct Plan {
    pub(super) source: Source,
    /// What is proved, in words.
    pub(super) name: String,
    /// The name of the scratch crate.
    pub(super) crate_name: String,
    pub(super) workshop: Workshop,
    /// The folder whose private server is used, and its files' folder where that is not the target folder.
    pub(super) root: PathBuf,
    pub(super) target: Option<PathBuf>,
    /// The project, where its own migrations are proved.
    pub(super) project: Option<Project>,
    /// How long PostgreSQL may take for a statement.
    pub(super) limit: Duration,
    /// Makes contracts wrong, for tests that must notice.
    #[cfg(test)]
    pub(super) patch: Option<Patch>,
}

/// What a test makes wrong: generated text, and what is known of the tables.
#[cfg(test)]
pub(super) type Patch = fn(&mut Generated, &mut [super::subject::Subject]);

/// What `axis generate` does, for the scratch crate.
pub(super) fn generate(
    plan: &Plan,
    catalog: &Catalog,
    postgres: u32,
) -> Result<(Generated, Contract), ProveError> {
    let folder = plan.workshop.folder.join("configuration");
    let (root, diesel, migrations, target, wire_names, view_nullable) = match &plan.project {
        Some(project) => (
            project.root.clone(),
            project.configuration.generate.diesel.clone(),
            project.configuration.migrations.directory.clone(),
            project.configuration.target.postgres,
            project.configuration.wire_names.clone(),
            project.configuration.view_nullable.clone(),
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
                BTreeMap::new(),
            )
        }
    };
    let mut settings = Settings::read(&root, &diesel, &migrations)?;
    if DieselSchema::new(catalog, &settings).largest_group() > MOST_RELATED {
        settings.same_query = SameQuery::None;
    }
    let project = Project {
        root,
        configuration: Configuration {
            target: Target {
                postgres: target,
                locale: None,
            },
            migrations: Migrations {
                directory: migrations,
            },
            generate: Generate {
                diesel,
                schema: settings
                    .file
                    .is_none()
                    .then(|| PathBuf::from("src/schema.rs")),
                further_schema: Some(PathBuf::from("src/further_schema.rs")),
                schema_module: "crate::schema".to_owned(),
                contracts: PathBuf::from("src/generated"),
                strategies: None,
            },
            wire_names,
            view_nullable,
            // The Rust types that axis.toml names are of crates that the scratch crate does not have.
            types: BTreeMap::new(),
            checks: None,
            dev: None,
            layers: None,
            doors: None,
        },
    };
    generate::generate(&project, &settings, catalog)
        .map_err(|error| ProveError::Generate(Box::new(error)))
}

/// How many tables may appear in one query of the scratch crate, which joins none. Diesel takes ten traits for each pair:
/// hundreds of tables would be compiled for hours, and 67 take a third of the time of 84 tables.
const MOST_RELATED: usize = 16;

/// How schema.rs is printed for a schema without a project.
const DIESEL: &str = "[print_schema]
with_docs = \"only-database-comments\"
allow_tables_to_appear_in_same_query_config = \"fk_related_tables\"
custom_type_derives = [\"diesel::query_builder::QueryId\"]
";

impl Plan {
    pub(super) fn all(
        arguments: &Arguments,
        project: Result<Project, ConfigurationError>,
    ) -> Result<Vec<Self>, ProveError> {
        let (base, root, target) = match &project {
            Ok(project) => (target_folder(&project.root), project.root.clone(), None),
            Err(_) => {
                let cache = cache_folder().ok_or(ProveError::NoCache)?;
                (cache.clone(), cache.clone(), Some(cache))
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
        let workshop = Workshop {
            folder: base.join("prove"),
            lock,
        };
        let plan = |source: Source, name: String, project| Self {
            crate_name: crate_name(&source, arguments.without_checks),
            source,
            name,
            workshop: workshop.clone(),
            root: root.clone(),
            target: target.clone(),
            project,
            limit: LIMIT,
            #[cfg(test)]
            patch: None,
        };
        if let Some(url) = &arguments.database_url {
            let source = Source::Database(url.clone());
            return Ok(vec![plan(source, "the given database".to_owned(), None)]);
        }
        if arguments.schema_file.is_empty() {
            let project = project.map_err(ProveError::NoSchema)?;
            let directory = &project.configuration.migrations.directory;
            let source = Source::Migrations(project.root.join(directory));
            let name = "the project's migrations".to_owned();
            return Ok(vec![plan(source, name, Some(project))]);
        }
        let files = arguments.schema_file.iter();
        Ok(files
            .map(|file| plan(Source::File(file.clone()), file.display().to_string(), None))
            .collect())
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
