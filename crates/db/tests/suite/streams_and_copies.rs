//! Large answers as they come, and many rows at once.

use std::convert::Infallible;
use std::time::Duration;

use axis_db::{CopyFormat, CopyIn, DbError, ErrorClass, PostgresError};
use axis_testkit::TestDatabase;
use bytes::Bytes;
use diesel::prelude::*;
use diesel::sql_types::{Integer, Text};
use diesel_async::{AsyncConnection, RunQueryDsl};
use futures_util::{StreamExt, TryStreamExt, stream};

use crate::support::{bystander, database, eventually, modes, observed, raw, running};

diesel::table! {
    copied (id) {
        id -> Integer,
        text -> Nullable<Text>,
    }
}

const TABLE: &str = "CREATE TABLE copied (id int PRIMARY KEY, text text)";
const ONE: (&str, &str) = ("DATABASE_POOL_MAX", "1");
const INTO: CopyIn<'static> = CopyIn {
    schema: Some("public"),
    table: "copied",
    columns: &["id", "text"],
    format: CopyFormat::Text,
};

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = Integer)]
    number: i32,
    #[diesel(sql_type = Text)]
    #[expect(dead_code, reason = "there to be large")]
    padding: String,
}

/// Twenty megabytes, more than any buffer between.
const LARGE: &str =
    "SELECT g AS number, repeat('x', 200) AS padding FROM generate_series(1, 100000) g";

#[tokio::test]
async fn a_stream_gives_every_row_once() {
    let test = TestDatabase::empty().await;
    for mode in modes() {
        let (database, recorder) = observed(&test, &[mode, ONE]);
        let mut connection = database.primary().await.unwrap();
        let rows = raw(LARGE)
            .load_stream::<Number>(&mut connection)
            .await
            .unwrap();
        let sum = rows
            .try_fold(0_i64, async |sum, row| Ok(sum + i64::from(row.number)))
            .await;
        assert_eq!(sum.unwrap(), 5_000_050_000);
        // To its end, so the connection goes on, also for what collects all of it.
        let all: Vec<Number> = raw(LARGE).load(&mut connection).await.unwrap();
        assert_eq!(all.len(), 100_000);
        let outcomes: Vec<_> = recorder
            .queries()
            .into_iter()
            .map(|query| query.1)
            .collect();
        assert_eq!(outcomes, [Some(Ok(())), Some(Ok(()))]);
    }
}

#[tokio::test]
async fn a_stream_begins_before_its_end() {
    let test = TestDatabase::empty().await;
    let bystander = bystander(&test).await;
    let (database, recorder) = observed(&test, &[ONE]);
    let mut connection = database.primary().await.unwrap();
    let mut rows = raw(LARGE)
        .load_stream::<Number>(&mut connection)
        .await
        .unwrap();
    assert_eq!(rows.next().await.unwrap().unwrap().number, 1);
    assert_eq!(recorder.queries()[0].1, None, "it runs");
    // Dropped, it is cancelled, and its connection goes nowhere any more.
    drop(rows);
    assert_eq!(recorder.queries()[0].1, Some(Err(ErrorClass::Cancelled)));
    let error = raw("SELECT 1").execute(&mut connection).await.unwrap_err();
    assert!(matches!(
        DbError::from(error),
        DbError::ConnectionLost { .. }
    ));
    drop(connection);
    let mut connection = database.primary().await.unwrap();
    raw("SELECT 1").execute(&mut connection).await.unwrap();
    eventually("the statement is gone", async || {
        running(&bystander, "generate_series").await == 0
    })
    .await;
}

#[tokio::test]
async fn an_error_amid_a_stream_is_its_last_item() {
    let test = TestDatabase::empty().await;
    let database = database(&test, &[ONE]);
    let mut connection = database.primary().await.unwrap();
    let failing = "SELECT 1 / (50000 - g) AS number, repeat('x', 200) AS padding FROM generate_series(1, 100000) g";
    let result: Result<(), diesel::result::Error> = connection
        .transaction(async |connection| {
            let mut rows = raw(failing).load_stream::<Number>(connection).await?;
            let mut count = 0;
            let error = loop {
                match rows.next().await.expect("an error before the end") {
                    Ok(_) => count += 1,
                    Err(error) => break error,
                }
            };
            assert_eq!(count, 49_999);
            assert!(PostgresError::of(&error).is_some_and(|error| error.is("22012")));
            assert!(rows.next().await.is_none());
            // Swallowed.
            Ok(())
        })
        .await;
    let error = DbError::from(result.unwrap_err());
    assert!(matches!(error, DbError::TransactionAborted), "{error:?}");
    raw("SELECT 1").execute(&mut connection).await.unwrap();
}

#[tokio::test]
async fn a_stream_that_stops_coming_is_given_up() {
    let test = TestDatabase::empty().await;
    // Few enough rows that even a slow machine has read them before the server's own limit.
    let stuck = "SELECT g AS number, repeat('x', 200) || CASE g WHEN 8000 THEN pg_sleep(60)::text ELSE '' END \
                 AS padding FROM generate_series(1, 100000) g";
    // Where the machine is too busy for the first row to come in time, there is no stream yet, and the next limit is tried.
    for milliseconds in [500, 4_000, 30_000] {
        let timeout = format!("{milliseconds}ms");
        let database = database(&test, &[ONE, ("DATABASE_STATEMENT_TIMEOUT", &timeout)]);
        let mut connection = database.primary().await.unwrap();
        let Ok(rows) = raw(stuck).load_stream::<Number>(&mut connection).await else {
            continue;
        };
        let error = rows.try_for_each(async |_| Ok(())).await.unwrap_err();
        let error = DbError::from(error);
        let limit = Duration::from_millis(milliseconds);
        assert!(
            matches!(error, DbError::StatementTimeout { limit: l } if l == limit),
            "{error:?}"
        );
        return;
    }
    panic!("not one stream began");
}

fn lines(count: usize) -> impl futures_util::Stream<Item = Result<Bytes, Infallible>> + Send {
    let lines = (0..count).map(|n| Ok(Bytes::from(format!("{n}\tline {n}\n"))));
    stream::iter(lines)
}

#[tokio::test]
async fn rows_are_copied_in() {
    for mode in modes() {
        let test = TestDatabase::empty().await;
        bystander(&test).await.batch_execute(TABLE).await.unwrap();
        let (database, recorder) = observed(&test, &[mode, ONE]);
        let mut connection = database.primary().await.unwrap();
        assert_eq!(
            connection.copy_in(INTO, lines(10_000)).await.unwrap(),
            10_000
        );
        let csv = CopyIn {
            schema: None,
            columns: &["text", "id"],
            format: CopyFormat::Csv,
            ..INTO
        };
        // Cut anywhere.
        let pieces = ["\"a, b\",2000", "0\n,20", "001\n"]
            .map(|piece| Ok::<_, Infallible>(Bytes::from(piece)));
        assert_eq!(
            connection.copy_in(csv, stream::iter(pieces)).await.unwrap(),
            2
        );
        let two = copied::table
            .filter(copied::id.ge(20_000))
            .select(copied::text)
            .order(copied::id);
        let two: Vec<Option<String>> = two.load(&mut connection).await.unwrap();
        assert_eq!(two, [Some("a, b".to_owned()), None]);
        // Rolled back with its transaction.
        let result: Result<(), DbError> = connection
            .transaction(async |connection| {
                let more = stream::iter([Ok::<_, Infallible>(Bytes::from_static(b"30000\tx\n"))]);
                connection.copy_in(INTO, more).await?;
                Err(DbError::NotFound)
            })
            .await;
        assert!(matches!(result, Err(DbError::NotFound)), "{result:?}");
        let count: i64 = copied::table
            .count()
            .get_result(&mut connection)
            .await
            .unwrap();
        assert_eq!(count, 10_002);
        assert!(
            recorder
                .queries()
                .iter()
                .any(|query| query.0.starts_with("COPY \"public\".\"copied\""))
        );
    }
}

#[tokio::test]
async fn a_copy_that_fails_copies_nothing_and_says_why() {
    for mode in modes() {
        let test = TestDatabase::empty().await;
        bystander(&test).await.batch_execute(TABLE).await.unwrap();
        let database = database(&test, &[mode, ONE]);
        let mut connection = database.primary().await.unwrap();
        // At the first row, with much behind it.
        let bad = stream::iter([Ok::<_, Infallible>(Bytes::from_static(b"x\ty\n"))]);
        let error = connection
            .copy_in(INTO, bad.chain(lines(200_000)))
            .await
            .unwrap_err();
        assert!(
            PostgresError::of(&error).is_some_and(|error| error.is("22P02")),
            "{error:?}"
        );
        // At the last.
        let twice = stream::iter([Ok::<_, Infallible>(Bytes::from_static(b"0\tagain\n"))]);
        let error = connection
            .copy_in(INTO, lines(1_000).chain(twice))
            .await
            .unwrap_err();
        let error = DbError::from(error);
        let is_primary_key = matches!(
            &error,
            DbError::ConstraintViolation { constraint: Some(name), .. } if name == "copied_pkey"
        );
        assert!(is_primary_key, "{error:?}");
        // By its own data, also within a transaction where it is swallowed.
        let broken = || {
            lines(1_000)
                .map_err(|_| "no")
                .chain(stream::iter([Err("the file ends here")]))
        };
        let error = connection.copy_in(INTO, broken()).await.unwrap_err();
        assert_eq!(error.to_string(), "the file ends here");
        let result: Result<(), DbError> = connection
            .transaction(async |connection| {
                connection
                    .copy_in(INTO, broken())
                    .await
                    .expect_err("broken");
                Ok(())
            })
            .await;
        assert!(
            matches!(result, Err(DbError::TransactionAborted)),
            "{result:?}"
        );
        let count: i64 = copied::table
            .count()
            .get_result(&mut connection)
            .await
            .unwrap();
        assert_eq!(count, 0);
    }
}

#[tokio::test]
async fn a_copy_that_is_dropped_copies_nothing() {
    let test = TestDatabase::empty().await;
    let bystander = bystander(&test).await;
    bystander.batch_execute(TABLE).await.unwrap();
    let (database, recorder) = observed(&test, &[ONE]);
    let mut connection = database.primary().await.unwrap();
    let endless = lines(1_000).chain(stream::pending());
    let copy = connection.copy_in(INTO, endless);
    assert!(
        tokio::time::timeout(Duration::from_millis(300), copy)
            .await
            .is_err()
    );
    drop(connection);
    let mut connection = database.primary().await.unwrap();
    assert_eq!(recorder.connected().len(), 2, "handed on");
    eventually("the copy is gone", async || {
        running(&bystander, "COPY").await == 0
    })
    .await;
    let count: i64 = copied::table
        .count()
        .get_result(&mut connection)
        .await
        .unwrap();
    assert_eq!(count, 0);
}
