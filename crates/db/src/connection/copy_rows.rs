//! COPY of rows as Diesel inserts them: typed, in PostgreSQL's binary format, piece by piece.
//!
//! Diesel's own INSERT of a row says which columns it gives and which it leaves to their defaults.
//! A COPY names its columns once, so rows that follow each other and give the same columns go out
//! together.

use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::{BufMut, Bytes, BytesMut};
use diesel::pg::Pg;
use diesel::query_builder::{InsertStatement, QueryFragment};
use diesel::result::{Error as DieselError, QueryResult};
use diesel::{Insertable, Table};
use futures_util::{Stream, StreamExt};

use super::Connection;
use super::copy::WITHOUT_LIMIT;
use super::custom_types::CustomTypes;
use super::insert_text::Inserted;
use super::query::{Collected, Room, text};
use super::transactions::Transactions;
use crate::PostgresError;

/// What COPY BINARY begins with: signature, flags, no extension.
const HEADER: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";
/// What it ends with, in place of a number of columns.
const TRAILER: i16 = -1;
/// Pieces of about this size go out,
const PIECE: usize = 64 * 1024;
/// the first ones smaller, each twice the one before: the server has nothing to do until the first one comes.
const FIRST_PIECE: usize = 8 * 1024;

/// Rows that were not copied: none of them, whichever it was that failed.
#[derive(Debug, thiserror::Error)]
pub enum CopyRowsError<E> {
    /// The source of the rows failed, or refused one.
    #[error("row {row} was not given to the database")]
    Row {
        /// Which one, counted from 0.
        row: u64,
        /// What the source says.
        source: E,
    },
    /// The database refused a row, or failed.
    #[error("the rows were not copied{}", Place(*.row))]
    Database {
        /// Which one, counted from 0; none where the server does not tell, as for a foreign key,
        /// which it looks at after all rows.
        row: Option<u64>,
        /// What the server said.
        source: DieselError,
    },
}

struct Place(Option<u64>);

impl std::fmt::Display for Place {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            Some(row) => write!(formatter, ": row {row} was refused"),
            None => Ok(()),
        }
    }
}

impl Connection {
    /// Copies rows into their table by COPY BINARY, and gives their number. All rows or none;
    /// within an open transaction, its part.
    ///
    /// A row is what `insert_into(table).values(row)` takes: its values become bytes as they do
    /// there, and a column that it leaves out gets its default. Rows are read as they are sent, so
    /// that no more than a piece of them is in memory. An `Err` of the source ends the COPY. As for
    /// [`copy_in`](Self::copy_in), there is no limit of time.
    ///
    /// Rows that give other columns than the one before begin a COPY of their own: let them come in
    /// order where that varies. Values must be of their column's own type, since COPY casts
    /// nothing: an array of `text` does not go into one of `varchar`.
    ///
    /// # Errors
    /// [`CopyRowsError::Row`] with the source's own error, and [`CopyRowsError::Database`] with what
    /// the server says to the first row that it refuses, or where a row has an SQL expression in
    /// place of a value, or gives no column at all.
    pub async fn copy_rows<T, R, E>(
        &mut self,
        table: T,
        rows: impl Stream<Item = Result<R, E>> + Send,
    ) -> Result<u64, CopyRowsError<E>>
    where
        T: Table + Copy + Send,
        R: Insertable<T> + Send,
        InsertStatement<T, R::Values>: QueryFragment<Pg>,
        E: Send,
    {
        let refused = |source| CopyRowsError::Database { row: None, source };
        let needs_transaction = self.transaction.is_idle();
        if needs_transaction {
            Transactions::begin(self, WITHOUT_LIMIT).map_err(refused)?;
        }
        let read = move |row: R, types: &CustomTypes, room: &mut Room| {
            let insert = diesel::insert_into(table).values(row);
            let values = Collected::read(&insert, types, room)?;
            Ok(Row {
                sql: text(&insert)?,
                values,
            })
        };
        let rows = pin!(rows);
        let mut encoder = Encoder {
            rows,
            read,
            types: self.custom_types.clone(),
            room: Room::default(),
            inserted: None,
            next: None,
            piece: BytesMut::new(),
            size: FIRST_PIECE,
            has_ended: false,
            taken: 0,
            failure: None,
        };
        let copied = self.copy_runs(&mut encoder).await;
        if needs_transaction {
            self.end_of_copy(copied.is_ok()).await.map_err(refused)?;
        }
        copied
    }

    /// One COPY after the other, for as long as there are rows.
    async fn copy_runs<S, R, E, F>(
        &mut self,
        encoder: &mut Encoder<'_, S, F, E>,
    ) -> Result<u64, CopyRowsError<E>>
    where
        S: Stream<Item = Result<R, E>> + Send,
        F: FnMut(R, &CustomTypes, &mut Room) -> QueryResult<Row> + Send,
        E: Send,
    {
        let refused = |source| CopyRowsError::Database { row: None, source };
        let mut copied = 0;
        while let Some((inserted, mut first)) = encoder.begin().await? {
            // Not what was copied: a trigger may have left rows out.
            let start = encoder.taken - 1;
            if !first.values.unknown_types.is_empty() {
                let Collected {
                    unknown_types,
                    oids,
                    values,
                    ..
                } = &mut first.values;
                let unknown = std::mem::take(unknown_types);
                let session = Arc::clone(&self.session);
                let asked = pin!(self.resolve_types(unknown, oids, values));
                session.socket.drive(asked).await.map_err(refused)?;
            }
            encoder.put(&first);
            let sql = inserted.copy();
            encoder.inserted = Some(inserted);
            match self.copy_written(sql, &mut *encoder).await {
                Ok(rows) => copied += rows,
                Err(source) => {
                    return Err(match encoder.failure.take() {
                        Some(error) => error,
                        None => {
                            let row = line(&source).map(|line| start + line - 1);
                            CopyRowsError::Database { row, source }
                        }
                    });
                }
            }
        }
        Ok(copied)
    }
}

/// The line of the COPY that an error is about, from 1.
///
/// The words around the number are in the server's language: it is the first number behind the
/// table's name. It decides nothing; a caller is told which row it may have been.
fn line(error: &DieselError) -> Option<u64> {
    let error = PostgresError::of(error)?;
    let context = error.context.as_deref()?;
    let (_, behind) = context.lines().last()?.split_once("COPY ")?;
    let (_, behind) = behind.split_once(", ")?;
    let digits = behind.trim_start_matches(|character: char| !character.is_ascii_digit());
    let end = digits.find(|character: char| !character.is_ascii_digit());
    digits
        .get(..end.unwrap_or(digits.len()))?
        .parse()
        .ok()
        .filter(|line| *line > 0)
}

/// A row, as Diesel would insert it.
struct Row {
    sql: String,
    values: Collected,
}

/// Rows that become the bytes of COPY BINARY.
struct Encoder<'a, S, F, E> {
    rows: Pin<&'a mut S>,
    /// What Diesel makes of a row.
    read: F,
    types: CustomTypes,
    room: Room,
    /// The columns of the COPY under way, as Diesel's INSERT has them.
    inserted: Option<Inserted>,
    /// The first row of the next one.
    next: Option<Row>,
    piece: BytesMut,
    /// Of the next piece.
    size: usize,
    has_ended: bool,
    /// How many rows the source has given.
    taken: u64,
    failure: Option<CopyRowsError<E>>,
}

/// Why the data end before their end: [`Encoder::failure`] has the error.
#[derive(Debug, thiserror::Error)]
#[error("the rows ended with an error")]
struct Ended;

impl<S, R, F, E> Encoder<'_, S, F, E>
where
    S: Stream<Item = Result<R, E>>,
    F: FnMut(R, &CustomTypes, &mut Room) -> QueryResult<Row>,
{
    /// The first row of a COPY; none where no row is left.
    async fn begin(&mut self) -> Result<Option<(Inserted, Row)>, CopyRowsError<E>> {
        let row = match self.next.take() {
            Some(row) => row,
            None => match self.rows.next().await {
                None => return Ok(None),
                Some(row) => self.collect(row)?,
            },
        };
        let inserted = Inserted::parse(&row.sql).ok_or_else(|| CopyRowsError::Database {
            row: Some(self.taken - 1),
            source: DieselError::QueryBuilderError(
                "COPY takes rows that give values for one column at least, and no SQL expressions"
                    .into(),
            ),
        })?;
        self.has_ended = false;
        self.piece.put_slice(HEADER);
        Ok(Some((inserted, row)))
    }

    fn collect(&mut self, row: Result<R, E>) -> Result<Row, CopyRowsError<E>> {
        let number = self.taken;
        self.taken += 1;
        let row = row.map_err(|source| CopyRowsError::Row {
            row: number,
            source,
        })?;
        (self.read)(row, &self.types, &mut self.room).map_err(|source| CopyRowsError::Database {
            row: Some(number),
            source,
        })
    }

    fn put(&mut self, row: &Row) {
        // More columns than PostgreSQL has, or a longer value than it takes, end the COPY with its
        // error.
        self.piece
            .put_i16(i16::try_from(row.values.values.len()).unwrap_or(i16::MAX));
        for value in &row.values.values {
            match value {
                Some(bytes) => {
                    self.piece
                        .put_i32(i32::try_from(bytes.len()).unwrap_or(i32::MAX));
                    self.piece.put_slice(bytes);
                }
                None => self.piece.put_i32(-1),
            }
        }
    }

    /// The next piece; none at the end.
    fn poll_piece(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, CopyRowsError<E>>>> {
        if self.has_ended {
            return Poll::Ready(None);
        }
        while self.piece.len() < self.size {
            let mut row = match ready!(self.rows.as_mut().poll_next(context)) {
                Some(row) => match self.collect(row) {
                    Ok(row) => row,
                    Err(error) => return Poll::Ready(Some(Err(error))),
                },
                None => {
                    self.end();
                    break;
                }
            };
            let is_of_run = self
                .inserted
                .as_ref()
                .is_some_and(|inserted| inserted.is_of(&row.sql));
            if !is_of_run || !row.values.unknown_types.is_empty() {
                self.next = Some(row);
                self.end();
                break;
            }
            self.put(&row);
            let Collected { oids, values, .. } = &mut row.values;
            self.room.take_back_lists(oids, values);
        }
        self.size = PIECE.min(2 * self.size);
        Poll::Ready(Some(Ok(self.piece.split().freeze())))
    }

    fn end(&mut self) {
        self.has_ended = true;
        self.piece.put_i16(TRAILER);
    }
}

// Only the source is ever pinned, and elsewhere.
impl<S, F, E> Unpin for Encoder<'_, S, F, E> {}

impl<S, R, F, E> Stream for Encoder<'_, S, F, E>
where
    S: Stream<Item = Result<R, E>>,
    F: FnMut(R, &CustomTypes, &mut Room) -> QueryResult<Row>,
{
    type Item = Result<Bytes, Ended>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let polled = ready!(self.poll_piece(context));
        Poll::Ready(polled.map(|piece| {
            piece.map_err(|error| {
                self.failure = Some(error);
                Ended
            })
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(context: &str) -> Option<u64> {
        line(
            &PostgresError {
                context: Some(context.to_owned()),
                ..PostgresError::default()
            }
            .into_diesel(),
        )
    }

    #[test]
    fn the_number_of_the_line_is_the_same_in_every_language() {
        for (context, expected) in [
            ("COPY users2, line 3", Some(3)),
            ("COPY users, line 17, column email", Some(17)),
            ("COPY users, Zeile 4, Spalte id: »7«", Some(4)),
            ("COPY users, строка 12", Some(12)),
            (
                "PL/pgSQL function f() line 3 at RAISE\nCOPY users, line 9",
                Some(9),
            ),
            ("SQL statement \"SELECT 1 FROM x, y2\"", None),
            ("COPY users", None),
            ("COPY users, line 0", None),
            ("", None),
        ] {
            assert_eq!(of(context), expected, "{context}");
        }
    }
}
