//! `diesel.toml`, as far as it says how `schema.rs` is printed.
//!
//! A key that axis does not honour is an error: schema.rs would differ from what the stock CLI prints.

use std::path::{Path, PathBuf};

use regex::Regex;
use serde::Deserialize;

use super::diesel_toml::{File, FilterTable, WhichDocs, WithDocs};

/// How `schema.rs` is printed.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// The file that the stock CLI writes after each of its commands, relative to the folder of `diesel.toml`. None where
    /// it only prints.
    pub(crate) file: Option<PathBuf>,
    /// The schema whose tables are printed, where it is named. `public`, where not.
    pub(crate) schema: Option<String>,
    /// Which comments become rustdoc.
    pub(crate) with_docs: Docs,
    /// Which tables may appear in one query.
    pub(crate) same_query: SameQuery,
    /// Which tables are printed.
    pub(crate) filter: Filter,
    /// The order of columns.
    pub(crate) column_sorting: ColumnSorting,
    /// What every table imports, instead of `diesel::sql_types::*`.
    pub(crate) import_types: Option<Vec<String>>,
    /// Whether types that Diesel does not know are defined.
    pub(crate) define_custom_types: bool,
    /// Which of them are not, by the name of the Rust type.
    pub(crate) except_custom_types: Vec<Regex>,
    /// What they derive.
    pub(crate) custom_type_derives: Vec<String>,
}

/// Which comments become rustdoc.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Docs {
    /// Those of the database; where there is none, a sentence of Diesel's.
    CommentsOrDefault,
    /// Those of the database.
    Comments,
    /// None.
    None,
}

/// Which tables may appear in one query.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum SameQuery {
    /// Those that foreign keys connect.
    FkRelatedTables,
    /// All.
    AllTables,
    /// None is said to.
    None,
}

/// The order of columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ColumnSorting {
    /// The table's.
    OrdinalPosition,
    /// By name.
    Name,
}

/// Which tables are printed, by regular expressions on their names.
#[derive(Clone, Debug)]
pub(crate) enum Filter {
    /// All.
    All,
    /// Those that one matches.
    Only(Vec<Regex>),
    /// Those that none matches.
    Except(Vec<Regex>),
}

impl Filter {
    /// Whether the table is printed.
    pub(crate) fn lets(&self, table: &str) -> bool {
        let matches = |patterns: &[Regex]| patterns.iter().any(|pattern| pattern.is_match(table));
        match self {
            Self::All => true,
            Self::Only(patterns) => matches(patterns),
            Self::Except(patterns) => !matches(patterns),
        }
    }
}

/// Why `diesel.toml` cannot be honoured.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SettingsError {
    /// The file cannot be read.
    #[error(
        "cannot read {}: axis.toml names it as the settings of the diesel CLI", path.display()
    )]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: std::io::Error,
    },
    /// The file is not TOML, or holds a key or value that axis does not know.
    #[error(
        "{} cannot be honoured: axis would print another schema.rs than the diesel CLI does. \
         Remove the key, or report that you need it", path.display()
    )]
    Invalid {
        /// The file.
        path: PathBuf,
        /// What is wrong, with line and column.
        #[source]
        source: Box<toml::de::Error>,
    },
    /// A key that the stock CLI knows and axis does not honour.
    #[error("{}: axis does not support print_schema.{key}: {reason}", path.display())]
    Unsupported {
        /// The file.
        path: PathBuf,
        /// The key.
        key: &'static str,
        /// Why not, and what to do.
        reason: &'static str,
    },
    /// A regular expression is not one.
    #[error("{}: a pattern of print_schema is no regular expression", path.display())]
    Pattern {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        #[source]
        source: regex::Error,
    },
    /// The migrations are elsewhere than axis.toml says.
    #[error(
        "{} says that the migrations are in {}, axis.toml says {}: make them agree",
        path.display(), diesel.display(), axis.display()
    )]
    Migrations {
        /// The file.
        path: PathBuf,
        /// Its folder.
        diesel: PathBuf,
        /// The folder of axis.toml.
        axis: PathBuf,
    },
}

impl Settings {
    /// Reads `diesel.toml`, and compares its folder of migrations with that of axis.toml. Both are relative to `root`.
    pub(crate) fn read(root: &Path, path: &Path, migrations: &Path) -> Result<Self, SettingsError> {
        let path = root.join(path);
        match std::fs::read_to_string(&path) {
            Ok(text) => Self::parse(&text, path, &root.join(migrations)),
            Err(source) => Err(SettingsError::Unreadable { path, source }),
        }
    }

    /// Whether the types that schema.rs defines can be bound in queries.
    pub(crate) fn derives_query_id(&self) -> bool {
        let is_query_id = |path: &String| path.rsplit("::").next() == Some("QueryId");
        self.custom_type_derives.iter().any(is_query_id)
    }

    /// The stock CLI's defaults.
    #[cfg(test)]
    pub(crate) fn plain() -> Self {
        let text = "[print_schema]\nfile = \"schema.rs\"";
        Self::parse(text, PathBuf::from("diesel.toml"), Path::new("")).unwrap()
    }

    pub(crate) fn parse(
        text: &str,
        path: PathBuf,
        migrations: &Path,
    ) -> Result<Self, SettingsError> {
        let file: File = match toml::from_str(text) {
            Ok(file) => file,
            Err(source) => {
                return Err(SettingsError::Invalid {
                    path,
                    source: Box::new(source),
                });
            }
        };
        let folder = path.parent().unwrap_or(Path::new("."));
        if let Some(directory) = file.migrations_directory
            && folder.join(&directory.dir) != *migrations
        {
            return Err(SettingsError::Migrations {
                path,
                diesel: directory.dir,
                axis: migrations.to_path_buf(),
            });
        }
        let print = file.print_schema;
        let unsupported = [
            (
                "patch_file",
                print.patch_file.is_some(),
                "the contracts are derived from the database, and would not know what the patch changes. \
                 Say it in a migration",
            ),
            (
                "pg_domains_as_custom_types",
                print.pg_domains_as_custom_types.is_some(),
                "the contracts read a domain as the type below it. Remove the key",
            ),
        ];
        for (key, is_set, reason) in unsupported {
            if is_set {
                return Err(SettingsError::Unsupported { path, key, reason });
            }
        }
        let patterns = |patterns: &[String]| -> Result<Vec<Regex>, SettingsError> {
            patterns
                .iter()
                .map(|pattern| Regex::new(pattern))
                .collect::<Result<_, _>>()
                .map_err(|source| SettingsError::Pattern {
                    path: path.clone(),
                    source,
                })
        };
        let filter = match &print.filter {
            None => Filter::All,
            Some(FilterTable::OnlyTables(only)) => Filter::Only(patterns(only)?),
            Some(FilterTable::ExceptTables(except)) => Filter::Except(patterns(except)?),
        };
        let except_custom_types = patterns(&print.except_custom_type_definitions)?;
        let mut derives = print.custom_type_derives.unwrap_or_default();
        if !derives.iter().any(|name| name == SQL_TYPE) {
            derives.push(SQL_TYPE.to_owned());
        }
        Ok(Self {
            file: print.file,
            schema: print.schema,
            with_docs: match print.with_docs {
                Some(
                    WithDocs::Switch(true)
                    | WithDocs::Which(WhichDocs::DatabaseCommentsFallbackToAutoGeneratedDocComment),
                ) => Docs::CommentsOrDefault,
                Some(WithDocs::Which(WhichDocs::OnlyDatabaseComments)) => Docs::Comments,
                None
                | Some(WithDocs::Switch(false) | WithDocs::Which(WhichDocs::NoDocComments)) => {
                    Docs::None
                }
            },
            same_query: print
                .allow_tables_to_appear_in_same_query_config
                .unwrap_or(SameQuery::AllTables),
            filter,
            column_sorting: print
                .column_sorting
                .unwrap_or(ColumnSorting::OrdinalPosition),
            import_types: print.import_types,
            define_custom_types: print.generate_missing_sql_type_definitions.unwrap_or(true),
            except_custom_types,
            custom_type_derives: derives,
        })
    }
}

const SQL_TYPE: &str = "diesel::sql_types::SqlType";

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Settings, SettingsError> {
        Settings::parse(
            text,
            PathBuf::from("/project/diesel.toml"),
            Path::new("/project/migrations"),
        )
    }

    const FILE: &str = "[print_schema]\nfile = \"src/schema.rs\"\n";

    #[test]
    fn defaults_are_the_stock_clis() {
        let settings = parse(FILE).unwrap();
        assert_eq!(settings.file.as_deref(), Some(Path::new("src/schema.rs")));
        assert_eq!(settings.with_docs, Docs::None);
        assert_eq!(settings.same_query, SameQuery::AllTables);
        assert_eq!(settings.column_sorting, ColumnSorting::OrdinalPosition);
        assert_eq!(settings.custom_type_derives, [SQL_TYPE]);
        assert!(settings.define_custom_types);
        assert!(settings.filter.lets("anything"));
    }

    #[test]
    fn each_key_is_honoured() {
        let settings = parse(&format!(
            "{FILE}
            schema = \"inventory\"
            with_docs = true
            allow_tables_to_appear_in_same_query_config = \"fk_related_tables\"
            filter = {{ except_tables = [\"^geo\"] }}
            column_sorting = \"name\"
            import_types = [\"diesel::sql_types::*\"]
            generate_missing_sql_type_definitions = false
            except_custom_type_definitions = [\"Vector\"]
            custom_type_derives = [\"diesel::query_builder::QueryId\"]
            [migrations_directory]
            dir = \"migrations\"
            "
        ))
        .unwrap();
        assert_eq!(settings.schema.as_deref(), Some("inventory"));
        assert_eq!(settings.with_docs, Docs::CommentsOrDefault);
        assert_eq!(settings.same_query, SameQuery::FkRelatedTables);
        assert_eq!(settings.column_sorting, ColumnSorting::Name);
        assert!(settings.filter.lets("places") && !settings.filter.lets("geography"));
        assert!(settings.except_custom_types[0].is_match("Vector"));
        assert!(!settings.define_custom_types);
        assert_eq!(
            settings.custom_type_derives,
            ["diesel::query_builder::QueryId", SQL_TYPE]
        );
    }

    #[test]
    fn what_is_not_honoured_is_refused_by_name() {
        let cases = [
            ("patch_file = \"schema.patch\"", "patch_file"),
            (
                "pg_domains_as_custom_types = [\".\"]",
                "pg_domains_as_custom_types",
            ),
            ("with_doc = true", "with_doc"),
            (
                "[print_schema.inventory]\nschema = \"inventory\"",
                "inventory",
            ),
            ("filter = { only_tables = [\"(\"] }", "regular expression"),
            (
                "[migrations_directory]\ndir = \"elsewhere\"",
                "/project/migrations",
            ),
        ];
        for (key, expected) in cases {
            let error = parse(&format!("{FILE}{key}")).unwrap_err();
            let mut text = error.to_string();
            if let Some(source) = std::error::Error::source(&error) {
                text += &source.to_string();
            }
            assert!(text.contains(expected), "{expected} is not in: {text}");
        }
        assert_eq!(parse("").unwrap().file, None);
    }
}
