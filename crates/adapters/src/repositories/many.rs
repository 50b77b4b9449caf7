//! Many rows at once, by COPY.

use axis_db::{Connection, CopyRowsError};
use axis_db_contract::{TableConstraint, Violation};
use diesel::pg::Pg;
use diesel::query_builder::{InsertStatement, QueryFragment};
use diesel::{Insertable, Table};
use futures_util::stream;

use super::RepositoryError;
use super::error::{accepted, refused};

/// Rows that were not written: none of them, whichever it was that failed.
#[derive(Debug, thiserror::Error)]
#[error("{}", Place(*.row))]
pub struct ManyError {
    /// Which row, counted from 0; none where it is not known, as for a foreign key, which the database looks at after all
    /// rows.
    pub row: Option<u64>,
    /// What is wrong with it.
    #[source]
    pub error: RepositoryError,
}

struct Place(Option<u64>);

impl std::fmt::Display for Place {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            Some(row) => write!(formatter, "row {row} cannot be written, so none is"),
            None => formatter.write_str("the rows cannot be written"),
        }
    }
}

/// Copies rows into a table, each of which `violations` accepts, and gives their number.
pub(super) async fn copy<T, R, C>(
    connection: &mut Connection,
    table: T,
    rows: impl Iterator<Item = R> + Send,
    violations: fn(&R) -> Vec<Violation<C>>,
) -> Result<u64, ManyError>
where
    T: Table + Copy + Send,
    R: Insertable<T> + Send,
    InsertStatement<T, R::Values>: QueryFragment<Pg>,
    C: TableConstraint,
{
    let rows = rows.map(|row| accepted(violations(&row)).map(|()| row));
    let copied = connection.copy_rows(table, stream::iter(rows)).await;
    copied.map_err(|error| match error {
        CopyRowsError::Row { row, source } => ManyError {
            row: Some(row),
            error: source,
        },
        CopyRowsError::Database { row, source } => ManyError {
            row,
            error: refused::<C>(source),
        },
    })
}
