//! COPY .. FROM STDIN: many rows at once.

use std::error::Error;
use std::fmt::Write;
use std::pin::pin;
use std::sync::Arc;

use bytes::Bytes;
use diesel::result::{Error as DieselError, QueryResult};
use diesel_async::TransactionManager;
use futures_util::{SinkExt, Stream, StreamExt};

use super::Connection;
use super::running::Running;
use super::transactions::Transactions;

pub(super) const WITHOUT_LIMIT: &str = "BEGIN; SET LOCAL statement_timeout = 0";

/// Where the rows go and how they are written. Names are those of the database; they are quoted
/// here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CopyIn<'a> {
    /// The table's schema; where it is none, the search path decides.
    pub schema: Option<&'a str>,
    /// The table.
    pub table: &'a str,
    /// The columns, in the order of the data. The others get their defaults.
    pub columns: &'a [&'a str],
    /// How the data is written.
    pub format: CopyFormat,
}

/// The formats of COPY, as <https://www.postgresql.org/docs/current/sql-copy.html> describes them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CopyFormat {
    /// Tab-separated lines, `\N` for NULL.
    #[default]
    Text,
    /// Comma-separated lines, nothing for NULL.
    Csv,
    /// PostgreSQL's binary format, with its header and trailer.
    Binary,
}

impl CopyIn<'_> {
    fn sql(&self) -> String {
        let mut sql = "COPY ".to_owned();
        if let Some(schema) = self.schema {
            push_name(&mut sql, schema);
            sql.push('.');
        }
        push_name(&mut sql, self.table);
        for (index, column) in self.columns.iter().enumerate() {
            sql.push_str(match index {
                0 => " (",
                _ => ", ",
            });
            push_name(&mut sql, column);
        }
        if !self.columns.is_empty() {
            sql.push(')');
        }
        let format = match self.format {
            CopyFormat::Text => "text",
            CopyFormat::Csv => "csv",
            CopyFormat::Binary => "binary",
        };
        // Writing to a String cannot fail.
        let _ = write!(sql, " FROM STDIN (FORMAT {format})");
        sql
    }
}

fn push_name(sql: &mut String, name: &str) {
    sql.push('"');
    sql.push_str(&name.replace('"', "\"\""));
    sql.push('"');
}

impl Connection {
    /// Copies `data` into a table and gives the number of rows. All rows or none; within an open
    /// transaction, its part.
    ///
    /// The pieces of `data` may be cut anywhere. There is no limit of time, since it depends on the
    /// size.
    ///
    /// # Errors
    /// What the server says to the first row that it refuses. An error of `data` ends the COPY and
    /// comes back as [`DieselError::SerializationError`].
    pub async fn copy_in<E>(
        &mut self,
        into: CopyIn<'_>,
        data: impl Stream<Item = Result<Bytes, E>> + Send,
    ) -> QueryResult<u64>
    where
        E: Into<Box<dyn Error + Send + Sync>>,
    {
        self.check_usable()?;
        // The driver prepares a COPY under a name, which holds behind a pooler within one
        // transaction. Elsewhere the session may have a limit.
        let needs_transaction =
            self.transaction.is_idle() && (self.is_behind_pooler() || self.server_limit.is_some());
        if needs_transaction {
            Transactions::begin(self, WITHOUT_LIMIT)?;
        }
        let copied = self.copy_written(into.sql(), data).await;
        if needs_transaction {
            self.end_of_copy(copied.is_ok()).await?;
        }
        copied
    }

    /// Ends the transaction that was begun for a COPY. Where the COPY failed, its own error is the
    /// one to hear of.
    pub(super) async fn end_of_copy(&mut self, is_copied: bool) -> QueryResult<()> {
        match is_copied {
            true => Transactions::commit_transaction(self).await,
            false => {
                let _ = Transactions::rollback_transaction(self).await;
                Ok(())
            }
        }
    }

    /// Runs a COPY whose text was made here, in the open transaction if there is one.
    pub(super) async fn copy_written<E>(
        &mut self,
        sql: String,
        data: impl Stream<Item = Result<Bytes, E>> + Send,
    ) -> QueryResult<u64>
    where
        E: Into<Box<dyn Error + Send + Sync>>,
    {
        self.send_waiting_begin().await?;
        let sql: Arc<str> = sql.into();
        let running = Running::start(&self.session, &sql);
        let result = {
            let copied = pin!(self.copy(&sql, data));
            self.session.socket.drive_among_others(copied).await
        };
        running.finish(result.as_ref().err());
        match &result {
            // The COPY was ended by us, and the server says that it failed: an open transaction is
            // lost with it.
            Err(DieselError::SerializationError(_)) => self.transaction.note_failure(),
            Err(error) => self.transaction.note(error),
            Ok(_) => {}
        }
        result
    }

    async fn copy<E>(
        &self,
        sql: &str,
        data: impl Stream<Item = Result<Bytes, E>> + Send,
    ) -> QueryResult<u64>
    where
        E: Into<Box<dyn Error + Send + Sync>>,
    {
        let mut sink = pin!(self.ok(self.client.copy_in::<_, Bytes>(sql).await)?);
        let mut data = pin!(data);
        while let Some(piece) = data.next().await {
            let piece = piece.map_err(|error| DieselError::SerializationError(error.into()))?;
            self.ok(sink.feed(piece).await)?;
            // Now, so that the server works on this piece while the next one is made.
            self.session.socket.write().await;
        }
        self.ok(sink.finish().await)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_names() {
        let mut into = CopyIn {
            schema: Some("shop"),
            table: "odd \"name",
            columns: &["a", "b\"c"],
            format: CopyFormat::Csv,
        };
        assert_eq!(
            into.sql(),
            r#"COPY "shop"."odd ""name" ("a", "b""c") FROM STDIN (FORMAT csv)"#
        );
        into.schema = None;
        into.columns = &[];
        into.format = CopyFormat::Binary;
        assert_eq!(
            into.sql(),
            r#"COPY "odd ""name" FROM STDIN (FORMAT binary)"#
        );
    }
}
