//! `axis.toml`: what the tool knows of a project.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

/// Name of the file that marks the root of a project.
const FILE: &str = "axis.toml";

/// A project: the folder that holds `axis.toml`, and what stands in it.
#[derive(Debug)]
pub(crate) struct Project {
    /// The folder. Every path of [`Configuration`] is relative to it.
    pub(crate) root: PathBuf,
    /// What `axis.toml` says.
    pub(crate) configuration: Configuration,
}

/// `axis.toml`. A section of a further subcommand is a further field here; unknown keys are refused.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Configuration {
    /// The database that the contracts must hold on.
    pub(crate) target: Target,
    /// The source of truth.
    pub(crate) migrations: Migrations,
    /// What `axis generate` writes, and where.
    pub(crate) generate: Generate,
    /// Names of columns on the wire that differ from camelCase, by `table.column` or `schema.table.column`.
    #[serde(default)]
    pub(crate) wire_names: BTreeMap<String, String>,
    /// Whether columns of views may be NULL, by `view.column` or `schema.view.column`, where the view does not say it.
    #[serde(default)]
    pub(crate) view_nullable: BTreeMap<String, bool>,
    /// Rust types of the user's for types of the database, by `schema.type`.
    #[serde(default)]
    pub(crate) types: BTreeMap<String, TypeOverride>,
    /// Which CHECKs may be left to the database. Without it, any may be: coverage.md lists them.
    pub(crate) checks: Option<crate::generate::Checks>,
    /// What `axis dev` starts.
    pub(crate) dev: Option<Dev>,
    /// What `axis check layers` holds.
    pub(crate) layers: Option<crate::check::LayerRules>,
    /// What `axis check doors` holds.
    pub(crate) doors: Option<crate::check::Doors>,
}

/// `[target]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Target {
    /// The oldest major version of PostgreSQL that the contracts must hold on.
    pub(crate) postgres: u32,
    /// The locale of its database, on which case and classes of characters depend.
    pub(crate) locale: Option<crate::generate::TargetLocale>,
}

/// `[migrations]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Migrations {
    /// Folder of the Diesel migrations.
    pub(crate) directory: PathBuf,
}

/// `[generate]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Generate {
    /// The stock CLI's settings: how `schema.rs` is printed, and where it is, unless `schema` says that.
    pub(crate) diesel: PathBuf,
    /// Where `schema.rs` is. The stock CLI does not know this, and leaves the file alone.
    pub(crate) schema: Option<PathBuf>,
    /// Where the tables go that the stock CLI does not print: `further_schema.rs` beside `schema.rs`, unless said here. Its
    /// module must stand beside that of `schema.rs`, and be called as the file.
    pub(crate) further_schema: Option<PathBuf>,
    /// Rust path of the module that `schema.rs` is.
    pub(crate) schema_module: String,
    /// Folder of the generated contracts.
    pub(crate) contracts: PathBuf,
    /// File of proptest's strategies for the contracts, beside their folder. Without it, there are none.
    pub(crate) strategies: Option<PathBuf>,
}

/// `[types."schema.type"]`: what an extension brings, or a type for which the user knows a better one.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TypeOverride {
    /// Path of the Rust type. It is `Clone`, `Debug` and `PartialEq`, reads itself by serde, and is `ToSql`, `FromSql`,
    /// `AsExpression` and `FromSqlRow` for the SQL type that schema.rs defines.
    pub(crate) rust: String,
    /// Path of that SQL type, where schema.rs imports it instead of defining it.
    pub(crate) sql_type: Option<String>,
}

/// `[dev]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Dev {
    /// The server to build and to run.
    pub(crate) server: Server,
    /// What the server may do in the private PostgreSQL. Without it, everything.
    pub(crate) roles: Option<Roles>,
    /// What fills empty tables, in this order.
    #[serde(default)]
    pub(crate) sample_data: Vec<SampleData>,
    /// Shell commands to try, shown when the server runs. `{url}` stands for its URL.
    #[serde(default)]
    pub(crate) requests: Vec<String>,
}

/// `dev.server`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Server {
    /// Cargo package.
    pub(crate) package: String,
    /// Binary of the package.
    pub(crate) bin: String,
}

/// `dev.roles`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Roles {
    /// SQL that makes the roles and grants what each may do. Run after the migrations, at each start.
    pub(crate) file: PathBuf,
    /// Role of the server, one of them.
    pub(crate) server: String,
}

/// `[[dev.sample_data]]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SampleData {
    /// The table. Its file runs only while it is empty.
    pub(crate) table: String,
    /// SQL: one INSERT .. SELECT.
    pub(crate) file: PathBuf,
}

/// Why there is no project to work on.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConfigurationError {
    /// No `axis.toml` in the current folder or above.
    #[error(
        "there is no {FILE} in {} or in a folder above it: run axis inside of a project, or begin one as AXIS's README shows",
        from.display()
    )]
    NotFound {
        /// Where the search began.
        from: PathBuf,
    },
    /// The file is there and cannot be read.
    #[error("cannot read {}", path.display())]
    Unreadable {
        /// The file, or the current folder.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: std::io::Error,
    },
    /// The file is not TOML, lacks a key, or holds one that axis does not know.
    #[error("{} cannot be used: mend it at the place shown", path.display())]
    Invalid {
        /// The file.
        path: PathBuf,
        /// What is wrong, with line and column.
        #[source]
        source: Box<toml::de::Error>,
    },
}

impl Project {
    /// The project that the current folder is in.
    pub(crate) fn find() -> Result<Self, ConfigurationError> {
        let from = std::env::current_dir().map_err(|source| ConfigurationError::Unreadable {
            path: PathBuf::from("."),
            source,
        })?;
        let root = from
            .ancestors()
            .find(|folder| folder.join(FILE).is_file())
            .map(Path::to_path_buf);
        match root {
            Some(root) => Self::read(root),
            None => Err(ConfigurationError::NotFound { from }),
        }
    }

    /// The project whose `axis.toml` is in this folder.
    pub(crate) fn read(root: PathBuf) -> Result<Self, ConfigurationError> {
        let path = root.join(FILE);
        match std::fs::read_to_string(&path) {
            Ok(text) => match parse(&text) {
                Ok(configuration) => Ok(Self {
                    root,
                    configuration,
                }),
                Err(source) => Err(ConfigurationError::Invalid {
                    path,
                    source: Box::new(source),
                }),
            },
            Err(source) => Err(ConfigurationError::Unreadable { path, source }),
        }
    }
}

fn parse(text: &str) -> Result<Configuration, toml::de::Error> {
    toml::from_str(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEAST: &str = "
        [target]
        postgres = 15
        [migrations]
        directory = \"migrations\"
        [generate]
        diesel = \"diesel.toml\"
        schema_module = \"axis_db::schema\"
        contracts = \"generated\"
    ";

    #[test]
    fn the_least_is_read() {
        let configuration = parse(LEAST).unwrap();
        assert_eq!(configuration.target.postgres, 15);
        assert_eq!(configuration.generate.schema_module, "axis_db::schema");
        assert!(configuration.wire_names.is_empty());
        assert!(configuration.dev.is_none());
    }

    #[test]
    fn the_file_of_this_project_is_read() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let project = Project::read(root).unwrap();
        assert_eq!(project.configuration.dev.unwrap().sample_data.len(), 2);
    }

    #[test]
    fn unknown_and_missing_keys_are_refused_by_name() {
        let cases = [
            (
                LEAST.replace("schema_module", "schema_modul"),
                "schema_modul",
            ),
            (
                LEAST.replace("[migrations]", "[migration]"),
                "unknown field `migration`",
            ),
            (LEAST.replace("postgres = 15", ""), "postgres"),
            (
                format!("{LEAST}\n[dev]\nserver = {{ package = \"a\", bin = \"b\", port = 1 }}"),
                "port",
            ),
        ];
        for (text, expected) in &cases {
            let error = parse(text).unwrap_err().to_string();
            assert!(error.contains(expected), "{expected} is not in: {error}");
        }
    }
}
