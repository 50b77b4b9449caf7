//! Whether the schema of a database serves this build: the rule for boot and readiness.
//!
//! The server never migrates. A database that is behind is refused; one that is ahead is served as long as everything
//! that this build's contracts name is there, with the same type and nullability, and each further column of those
//! tables can be left out of an INSERT. Where only the rules of a table differ, such as a CHECK that somebody added by hand,
//! it is served as well: the database holds its own rules, and what breaks one is refused by name.

use std::fmt;

use std::time::Duration;

use axis_db::{
    CatalogColumn, Connection, Database, DbError, catalog_columns, catalog_tables,
    pending_migrations, unknown_migrations,
};
use axis_db_contract::{Column, TABLES, Table};

/// How far a database that serves this build is ahead of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ahead {
    /// Versions of migrations that this build does not know, oldest first.
    pub migrations: Vec<String>,
    /// Columns that this build does not know, as `schema.table.column`.
    pub columns: Vec<String>,
    /// Tables, as `schema.table`, whose rules are others than those that the contracts were generated from: those of
    /// [`tables_of_other_rules`].
    pub rules: Vec<String>,
}

impl Ahead {
    /// Whether the database has migrations or columns that this build does not know.
    pub fn is_ahead(&self) -> bool {
        !self.migrations.is_empty() || !self.columns.is_empty()
    }
}

/// Why no verdict, or a bad one, came from [`schema_compatibility`].
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SchemaError {
    /// The schema does not serve this build.
    #[error(transparent)]
    Mismatch(#[from] SchemaMismatch),
    /// The schema could not be read.
    #[error("the schema could not be read")]
    Database(#[from] DbError),
}

/// Why a schema does not serve this build.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SchemaMismatch {
    /// Migrations of this build were not applied. Holds their folders' names, oldest first.
    #[error(
        "the database is behind this build, it lacks {}. Run `diesel migration run` from this build's sources: a \
         server that runs becomes ready by itself, one that did not start has to be started again",
        .0.join(", ")
    )]
    Behind(Vec<String>),
    /// Objects that this build needs are missing or have changed.
    #[error(
        "the database does not serve this build: {}. Deploy a build that knows the database's migrations, or revert \
         them",
        sentence(.0)
    )]
    Incompatible(Vec<Difference>),
}

fn sentence(differences: &[Difference]) -> String {
    let differences: Vec<_> = differences.iter().map(ToString::to_string).collect();
    differences.join("; ")
}

/// An object that is not as this build needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Difference {
    /// A table is not there.
    TableMissing {
        /// `schema.table`.
        table: String,
    },
    /// A column is not there.
    ColumnMissing {
        /// `schema.table.column`.
        column: String,
    },
    /// A column has another type.
    TypeChanged {
        /// `schema.table.column`.
        column: String,
        /// The type that this build needs.
        expected: &'static str,
        /// The type that the column has.
        actual: String,
    },
    /// A column can hold NULL and must not, or cannot and should.
    NullabilityChanged {
        /// `schema.table.column`.
        column: String,
        /// Whether it can hold NULL now.
        is_nullable: bool,
    },
    /// A column that this build does not know must be given by every INSERT.
    ColumnRequired {
        /// `schema.table.column`.
        column: String,
    },
}

impl fmt::Display for Difference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TableMissing { table } => write!(formatter, "table {table} is missing"),
            Self::ColumnMissing { column } => write!(formatter, "column {column} is missing"),
            Self::TypeChanged {
                column,
                expected,
                actual,
            } => write!(
                formatter,
                "column {column} is {actual} instead of {expected}"
            ),
            Self::NullabilityChanged {
                column,
                is_nullable: true,
            } => write!(formatter, "column {column} can be NULL"),
            Self::NullabilityChanged {
                column,
                is_nullable: false,
            } => write!(formatter, "column {column} cannot be NULL any more"),
            Self::ColumnRequired { column } => write!(
                formatter,
                "column {column} is unknown to this build, NOT NULL and without a default"
            ),
        }
    }
}

/// Compares the schema of the database with what this build's contracts name.
///
/// # Errors
/// [`SchemaError::Mismatch`] where the database does not serve this build, [`SchemaError::Database`] where it could not
/// be asked.
pub async fn schema_compatibility(connection: &mut Connection) -> Result<Ahead, SchemaError> {
    let pending = pending_migrations(connection).await?;
    if !pending.is_empty() {
        let names = pending
            .into_iter()
            .map(|migration| migration.name)
            .collect();
        return Err(SchemaMismatch::Behind(names).into());
    }
    let migrations = unknown_migrations(connection).await?;
    let tables: Vec<_> = TABLES
        .iter()
        .map(|table| (table.schema, table.name))
        .collect();
    let catalog = catalog_columns(connection, &tables).await?;
    let columns = compare(TABLES, &catalog).map_err(SchemaMismatch::Incompatible)?;
    Ok(Ahead {
        migrations,
        columns,
        rules: Vec::new(),
    })
}

/// The tables, as `schema.table`, whose fingerprint is not that of their contract: their columns, constraints, types or
/// triggers are others. `axis check drift` says which. It takes the server some 10 ms, and more where tables are many: not to
/// be asked at each request.
///
/// # Errors
/// What the query gave; [`DbError::StatementTimeout`] where it takes longer than `limit`.
pub async fn tables_of_other_rules(
    database: &Database,
    limit: Duration,
) -> Result<Vec<String>, DbError> {
    let names: Vec<_> = TABLES
        .iter()
        .map(|table| (table.schema, table.name))
        .collect();
    let transaction = database
        .transaction()
        .named("schema_rules")
        .read_only()
        .statement_timeout(limit);
    let found = transaction
        .run_without_retry(async |connection| catalog_tables(connection, &names).await)
        .await?;
    let is_same = |table: &Table| {
        found.iter().any(|found| {
            (found.schema.as_str(), found.name.as_str()) == (table.schema, table.name)
                && found.fingerprint() == table.fingerprint
        })
    };
    let others = TABLES.iter().filter(|table| !is_same(table));
    Ok(others
        .map(|table| format!("{}.{}", table.schema, table.name))
        .collect())
}

/// The columns that the catalog has beyond `tables`, or all that does not serve them.
fn compare(tables: &[Table], catalog: &[CatalogColumn]) -> Result<Vec<String>, Vec<Difference>> {
    let mut unknown = Vec::new();
    let mut differences = Vec::new();
    for table in tables {
        let actual: Vec<_> = catalog
            .iter()
            .filter(|column| column.schema == table.schema && column.table == table.name)
            .collect();
        let name = format!("{}.{}", table.schema, table.name);
        if actual.is_empty() {
            differences.push(Difference::TableMissing { table: name });
            continue;
        }
        for expected in table.columns {
            let column = format!("{name}.{}", expected.name);
            let actual = actual.iter().find(|actual| actual.name == expected.name);
            compare_column(column, expected, actual.copied(), &mut differences);
        }
        for extra in actual {
            if table.columns.iter().any(|known| known.name == extra.name) {
                continue;
            }
            let column = format!("{name}.{}", extra.name);
            if extra.nullable || extra.has_default {
                unknown.push(column);
            } else {
                differences.push(Difference::ColumnRequired { column });
            }
        }
    }
    if differences.is_empty() {
        Ok(unknown)
    } else {
        Err(differences)
    }
}

fn compare_column(
    column: String,
    expected: &Column,
    actual: Option<&CatalogColumn>,
    differences: &mut Vec<Difference>,
) {
    let Some(actual) = actual else {
        differences.push(Difference::ColumnMissing { column });
        return;
    };
    if actual.data_type != expected.data_type {
        differences.push(Difference::TypeChanged {
            column: column.clone(),
            expected: expected.data_type,
            actual: actual.data_type.clone(),
        });
    }
    if actual.nullable != expected.nullable {
        differences.push(Difference::NullabilityChanged {
            column,
            is_nullable: actual.nullable,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The catalog as this build's contracts have it.
    fn catalog() -> Vec<CatalogColumn> {
        let columns = |table: &Table| {
            let (schema, name) = (table.schema, table.name);
            table.columns.iter().map(move |column| CatalogColumn {
                schema: schema.to_owned(),
                table: name.to_owned(),
                name: column.name.to_owned(),
                data_type: column.data_type.to_owned(),
                nullable: column.nullable,
                has_default: false,
            })
        };
        TABLES.iter().flat_map(columns).collect()
    }

    fn column(name: &str, nullable: bool, has_default: bool) -> CatalogColumn {
        CatalogColumn {
            schema: "public".to_owned(),
            table: "users".to_owned(),
            name: name.to_owned(),
            data_type: "text".to_owned(),
            nullable,
            has_default,
        }
    }

    #[test]
    fn the_same_schema_serves() {
        let catalog = catalog();
        assert!(catalog.len() >= 15, "{} columns", catalog.len());
        assert_eq!(compare(TABLES, &catalog), Ok(Vec::new()));
    }

    #[test]
    fn a_column_that_an_insert_may_leave_out_serves() {
        for (nullable, has_default) in [(true, false), (false, true), (true, true)] {
            let mut catalog = catalog();
            catalog.push(column("nickname", nullable, has_default));
            assert_eq!(
                compare(TABLES, &catalog),
                Ok(vec!["public.users.nickname".to_owned()])
            );
        }
    }

    type Change = fn(&mut Vec<CatalogColumn>, usize);

    #[test]
    fn every_change_of_what_is_named_is_refused_by_name() {
        let all = catalog();
        for index in 0..all.len() {
            let name = format!(
                "{}.{}.{}",
                all[index].schema, all[index].table, all[index].name
            );
            let changes: [(Change, &str); 3] = [
                (|catalog, index| drop(catalog.remove(index)), "is missing"),
                (
                    |catalog, index| catalog[index].data_type = "numeric".to_owned(),
                    "is numeric instead of",
                ),
                (
                    |catalog, index| catalog[index].nullable = !catalog[index].nullable,
                    "NULL",
                ),
            ];
            for (change, what) in changes {
                let mut catalog = all.clone();
                change(&mut catalog, index);
                let differences = compare(TABLES, &catalog).expect_err(&name);
                let text = SchemaMismatch::Incompatible(differences).to_string();
                assert!(text.contains(&format!("column {name} ")), "{text}");
                assert!(text.contains(what), "{text}");
            }
        }
    }

    #[test]
    fn a_missing_table_and_a_required_column_are_refused() {
        let mut catalog = catalog();
        catalog.retain(|column| column.table != "posts");
        catalog.push(column("nickname", false, false));
        assert_eq!(
            compare(TABLES, &catalog),
            Err(vec![
                Difference::TableMissing {
                    table: "public.posts".to_owned()
                },
                Difference::ColumnRequired {
                    column: "public.users.nickname".to_owned()
                },
            ])
        );
    }
}
