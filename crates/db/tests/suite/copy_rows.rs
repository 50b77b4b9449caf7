//! Rows that are copied instead of inserted: typed, all or none, and errors that name the row.

use std::convert::Infallible;
use std::io::Write;

use axis_db::{Connection, CopyRowsError, DbError, ErrorClass};
use axis_testkit::TestDatabase;
use diesel::deserialize::FromSqlRow;
use diesel::expression::AsExpression;
use diesel::pg::{Pg, PgValue};
use diesel::prelude::*;
use diesel::serialize::{IsNull, Output, ToSql};
use diesel::sql_types::SqlType;
use diesel_async::{AsyncConnection, RunQueryDsl};
use futures_util::{Stream, StreamExt, stream};

use crate::support::{bystander, database, eventually, modes, observed, raw, running};

diesel::define_sql_function! {
    fn upper(text: diesel::sql_types::Text) -> diesel::sql_types::Text;
}

/// As `axis generate` prints an enum.
#[derive(diesel::query_builder::QueryId, SqlType)]
#[diesel(postgres_type(name = "mood"))]
pub struct MoodType;

diesel::table! {
    use diesel::sql_types::{Array, Int4, Nullable, Text};
    use super::MoodType;

    copied_rows (id) {
        id -> Int4,
        name -> Text,
        note -> Nullable<Text>,
        moods -> Nullable<Array<MoodType>>,
    }
}

const TABLE: &str = "CREATE TYPE mood AS ENUM ('good', 'bad'); \
     CREATE TABLE copied_rows (id int PRIMARY KEY DEFAULT 7, name text NOT NULL CHECK (name <> ''), \
         note text DEFAULT 'none', moods mood[])";
const ONE: (&str, &str) = ("DATABASE_POOL_MAX", "1");

#[derive(Clone, Copy, Debug, PartialEq, AsExpression, FromSqlRow)]
#[diesel(sql_type = MoodType)]
enum Mood {
    Good,
    Bad,
}

impl ToSql<MoodType, Pg> for Mood {
    fn to_sql(&self, out: &mut Output<'_, '_, Pg>) -> diesel::serialize::Result {
        let label: &[u8] = match self {
            Self::Good => b"good",
            Self::Bad => b"bad",
        };
        out.write_all(label)?;
        Ok(IsNull::No)
    }
}

impl diesel::deserialize::FromSql<MoodType, Pg> for Mood {
    fn from_sql(value: PgValue<'_>) -> diesel::deserialize::Result<Self> {
        match value.as_bytes() {
            b"good" => Ok(Self::Good),
            b"bad" => Ok(Self::Bad),
            other => Err(format!("no mood: {other:?}").into()),
        }
    }
}

/// A row; what is `None` is left out, and gets its default.
#[derive(Clone, Debug, Default, Insertable)]
#[diesel(table_name = copied_rows)]
struct NewRow {
    id: Option<i32>,
    name: String,
    note: Option<String>,
    moods: Option<Vec<Mood>>,
}

type Read = (i32, String, Option<String>, Option<Vec<Mood>>);

fn named(id: i32) -> NewRow {
    NewRow {
        id: Some(id),
        name: format!("name {id}"),
        ..NewRow::default()
    }
}

fn rows<R>(rows: impl IntoIterator<Item = R>) -> impl Stream<Item = Result<R, Infallible>> {
    stream::iter(rows.into_iter().map(Ok))
}

async fn read(connection: &mut Connection) -> Vec<Read> {
    copied_rows::table
        .order(copied_rows::id)
        .load(connection)
        .await
        .unwrap()
}

async fn count(connection: &mut Connection) -> i64 {
    copied_rows::table
        .count()
        .get_result(connection)
        .await
        .unwrap()
}

async fn table(test: &TestDatabase) {
    let bystander = bystander(test).await;
    bystander.batch_execute(TABLE).await.unwrap();
}

/// Which row the database refused, and why.
fn refused<E: std::fmt::Debug>(
    result: Result<u64, CopyRowsError<E>>,
) -> (Option<u64>, ErrorClass, Option<String>) {
    match result.unwrap_err() {
        CopyRowsError::Database { row, source } => {
            let error = DbError::from(source);
            let constraint = error.postgres().and_then(|error| error.constraint.clone());
            (row, error.class(), constraint)
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn rows_arrive_as_they_were_given() {
    for mode in modes() {
        let test = TestDatabase::empty().await;
        table(&test).await;
        let database = database(&test, &[mode, ONE]);
        let mut connection = database.primary().await.unwrap();
        // What is given varies from row to row, and an array of the database's own type comes late.
        let mut given: Vec<NewRow> = (10..20).map(named).collect();
        given[3].note = Some("a\tnote\\".to_owned());
        given[4].note = Some(String::new());
        given[6].moods = Some(vec![Mood::Good, Mood::Bad]);
        given[7].moods = Some(vec![]);
        given[9].id = None;
        let copied = connection
            .copy_rows(copied_rows::table, rows(given.clone()))
            .await;
        assert_eq!(copied.unwrap(), 10);
        given[9].id = Some(7);
        given.rotate_right(1);
        let expected: Vec<Read> = given
            .into_iter()
            .map(|row| {
                let note = row.note.or(Some("none".to_owned()));
                (row.id.unwrap(), row.name, note, row.moods)
            })
            .collect();
        assert_eq!(read(&mut connection).await, expected);
        let none = connection.copy_rows(copied_rows::table, rows::<NewRow>([]));
        assert_eq!(none.await.unwrap(), 0);
    }
}

#[tokio::test]
async fn many_rows_are_few_statements() {
    let test = TestDatabase::empty().await;
    table(&test).await;
    let (database, recorder) = observed(&test, &[ONE]);
    let mut connection = database.primary().await.unwrap();
    let many = rows((0..100_000).map(named));
    let copied = connection.copy_rows(copied_rows::table, many).await;
    assert_eq!(copied.unwrap(), 100_000);
    let statements: Vec<String> = recorder
        .queries()
        .into_iter()
        .map(|query| query.0)
        .collect();
    assert_eq!(statements.len(), 3, "{statements:?}");
    assert_eq!(
        statements[1],
        r#"COPY "copied_rows" ("id", "name") FROM STDIN (FORMAT binary)"#
    );
    assert_eq!(count(&mut connection).await, 100_000);
}

#[tokio::test]
async fn the_row_that_the_database_refuses_is_named() {
    for mode in modes() {
        let test = TestDatabase::empty().await;
        table(&test).await;
        let database = database(&test, &[mode, ONE]);
        let mut connection = database.primary().await.unwrap();
        for bad in [0, 1, 4_999, 29_999] {
            let mut given: Vec<NewRow> = (0..30_000).map(named).collect();
            given[bad].name = String::new();
            let result = connection
                .copy_rows(copied_rows::table, rows(given.clone()))
                .await;
            let bad = u64::try_from(bad).unwrap();
            let check = Some("copied_rows_name_check".to_owned());
            let expected = (Some(bad), ErrorClass::ConstraintViolation, check);
            assert_eq!(refused(result), expected);
        }
        // Seen only when the index is written, together for many rows; and in the second COPY of two.
        let mut given: Vec<NewRow> = (0..3_000).map(named).collect();
        given[1_000..]
            .iter_mut()
            .for_each(|row| row.note = Some("a note".to_owned()));
        given[2_345].id = Some(17);
        let result = connection.copy_rows(copied_rows::table, rows(given)).await;
        let key = Some("copied_rows_pkey".to_owned());
        let expected = (Some(2_345), ErrorClass::ConstraintViolation, key);
        assert_eq!(refused(result), expected);
        // Nothing of all this has stayed, and the connection goes on.
        assert_eq!(count(&mut connection).await, 0);
    }
}

#[tokio::test]
async fn a_row_that_its_source_refuses_ends_the_copy() {
    let test = TestDatabase::empty().await;
    table(&test).await;
    let database = database(&test, &[ONE]);
    let mut connection = database.primary().await.unwrap();
    for bad in [0, 2, 20_000] {
        let given = stream::iter((0..30_000).map(|id| match id == bad {
            true => Err(std::io::Error::other("no more")),
            false => Ok(named(id)),
        }));
        match connection.copy_rows(copied_rows::table, given).await {
            Err(CopyRowsError::Row { row, source }) => {
                assert_eq!(row, u64::try_from(bad).unwrap());
                assert_eq!(source.to_string(), "no more");
            }
            other => panic!("{other:?}"),
        }
        assert_eq!(count(&mut connection).await, 0);
    }
}

#[tokio::test]
async fn within_a_transaction_it_is_a_part_of_it() {
    let test = TestDatabase::empty().await;
    table(&test).await;
    let database = database(&test, &[ONE]);
    let mut connection = database.primary().await.unwrap();
    let result: Result<u64, diesel::result::Error> = connection
        .transaction(async |connection| {
            let copied = connection
                .copy_rows(copied_rows::table, rows((0..10).map(named)))
                .await;
            assert_eq!(count(connection).await, 10);
            Ok(copied.unwrap())
        })
        .await;
    assert_eq!(result.unwrap(), 10);
    let result: Result<(), diesel::result::Error> = connection
        .transaction(async |connection| {
            let twice = connection
                .copy_rows(copied_rows::table, rows((5..20).map(named)))
                .await;
            assert_eq!(refused(twice).0, Some(0));
            // Swallowed.
            Ok(())
        })
        .await;
    let error = DbError::from(result.unwrap_err());
    assert!(matches!(error, DbError::TransactionAborted), "{error:?}");
    assert_eq!(count(&mut connection).await, 10);
}

#[tokio::test]
async fn dropped_it_copies_nothing() {
    let test = TestDatabase::empty().await;
    table(&test).await;
    let onlooker = bystander(&test).await;
    let database = database(&test, &[ONE]);
    let mut connection = database.primary().await.unwrap();
    {
        let endless = rows((0..100_000).map(named)).chain(stream::pending());
        let copying = connection.copy_rows(copied_rows::table, endless);
        tokio::select! {
            _ = copying => unreachable!("its rows have no end"),
            () = eventually("it runs", async || running(&onlooker, "COPY \"copied_rows\"").await == 1) => {}
        }
    }
    let error = raw("SELECT 1").execute(&mut connection).await.unwrap_err();
    let error = DbError::from(error);
    assert!(matches!(error, DbError::ConnectionLost { .. }), "{error:?}");
    drop(connection);
    let mut connection = database.primary().await.unwrap();
    assert_eq!(count(&mut connection).await, 0);
}

#[tokio::test]
async fn what_copy_cannot_say_is_refused() {
    let test = TestDatabase::empty().await;
    table(&test).await;
    let database = database(&test, &[ONE]);
    let mut connection = database.primary().await.unwrap();
    let shouted = (copied_rows::id.eq(1), copied_rows::name.eq(upper("a")));
    let result = connection.copy_rows(copied_rows::table, rows([shouted]));
    assert_eq!(refused(result.await).0, Some(0));
    #[derive(Insertable)]
    #[diesel(table_name = copied_rows)]
    struct Nothing {
        id: Option<i32>,
    }
    let result = connection.copy_rows(copied_rows::table, rows([Nothing { id: None }]));
    assert_eq!(refused(result.await).0, Some(0));
    assert_eq!(count(&mut connection).await, 0);
}
