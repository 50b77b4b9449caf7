//! A connection whose state is unknown is never handed on.

use std::time::{Duration, Instant};

use axis_db::schema::users;
use axis_db::{DbError, ErrorClass};
use axis_testkit::TestDatabase;
use diesel::prelude::*;
use diesel_async::{AsyncConnection, RunQueryDsl};
use futures_util::StreamExt;
use tokio::time::timeout;

use crate::support::{
    Recorder, bystander, database, eventually, idle_in_transaction, observed, pg_backend_pid,
    pg_sleep, poll_at_most, running,
};

/// A pool of one, so that the next user gets the same connection, if it is handed on.
const ONE: (&str, &str) = ("DATABASE_POOL_MAX", "1");

/// How many connections the pool had opened when a next query had run: the same number as before
/// where it ran on the same connection. A process of the server is no mark of it: behind a pooler,
/// connections take turns on those.
async fn opened(database: &axis_db::Database, recorder: &Recorder) -> usize {
    let mut connection = database.primary().await.unwrap();
    let query = diesel::select(pg_backend_pid());
    query.execute(&mut connection).await.unwrap();
    recorder.connected().len()
}

#[tokio::test]
async fn a_query_that_ends_keeps_its_connection() {
    let test = TestDatabase::empty().await;
    let (database, recorder) = observed(&test, &[ONE]);
    let first = opened(&database, &recorder).await;
    for _ in 0..10 {
        assert_eq!(opened(&database, &recorder).await, first);
    }
}

#[tokio::test]
async fn a_failed_query_keeps_its_connection() {
    let test = TestDatabase::migrated().await;
    let (database, recorder) = observed(&test, &[ONE]);
    let first = opened(&database, &recorder).await;
    let mut connection = database.primary().await.unwrap();
    let refused = diesel::insert_into(users::table)
        .values((users::email.eq("x"), users::name.eq("x")))
        .execute(&mut connection)
        .await;
    assert!(refused.is_err());
    drop(connection);
    assert_eq!(opened(&database, &recorder).await, first);
}

#[tokio::test]
async fn a_dropped_query_is_cancelled_and_its_connection_closed() {
    let test = TestDatabase::empty().await;
    let (database, recorder) = observed(&test, &[ONE]);
    let bystander = bystander(&test).await;
    let first = opened(&database, &recorder).await;
    let queries_before = recorder.queries().len();

    let mut connection = database.primary().await.unwrap();
    let sleep = diesel::select(pg_sleep(60.0)).execute(&mut connection);
    let watcher = eventually("the query runs", async || {
        running(&bystander, "pg_sleep").await == 1
    });
    tokio::select! {
        _ = sleep => panic!("it slept through"),
        () = watcher => {}
    }
    drop(connection);

    let started = Instant::now();
    assert_ne!(
        opened(&database, &recorder).await,
        first,
        "handed on while it ran"
    );
    assert!(started.elapsed() < Duration::from_secs(5));
    eventually("the query is gone from the server", async || {
        running(&bystander, "pg_sleep").await == 0
    })
    .await;
    let (_, outcome) = &recorder.queries()[queries_before];
    assert_eq!(*outcome, Some(Err(ErrorClass::Cancelled)));
}

#[tokio::test]
async fn a_connection_with_a_dropped_query_takes_no_other() {
    let test = TestDatabase::empty().await;
    let database = database(&test, &[ONE]);
    let mut connection = database.primary().await.unwrap();
    let sleep = diesel::select(pg_sleep(60.0)).execute(&mut connection);
    assert!(timeout(Duration::from_millis(200), sleep).await.is_err());
    // The request to cancel may still be on its way; it must not meet this one.
    let after = diesel::select(pg_backend_pid())
        .get_result::<i32>(&mut connection)
        .await;
    let error = DbError::from(after.unwrap_err());
    assert!(matches!(error, DbError::ConnectionLost { .. }), "{error:?}");
}

#[tokio::test]
async fn a_future_that_was_never_polled_sends_nothing() {
    let test = TestDatabase::empty().await;
    let (database, recorder) = observed(&test, &[ONE]);
    let first = opened(&database, &recorder).await;
    let mut connection = database.primary().await.unwrap();
    drop(diesel::select(pg_sleep(60.0)).execute(&mut connection));
    drop(connection);
    assert_eq!(opened(&database, &recorder).await, first);
    assert_eq!(recorder.queries().len(), 2, "only the two of pid()");
}

#[tokio::test]
async fn rows_left_unread_do_not_spoil_the_connection() {
    let test = TestDatabase::migrated().await;
    let (database, recorder) = observed(&test, &[ONE]);
    let first = opened(&database, &recorder).await;
    let mut connection = database.primary().await.unwrap();
    let many: Vec<_> = (0..500)
        .map(|n| {
            let name = format!("{n} {}", "x".repeat(200));
            (
                users::email.eq(format!("{n}@example.com")),
                users::name.eq(name),
            )
        })
        .collect();
    diesel::insert_into(users::table)
        .values(many)
        .execute(&mut connection)
        .await
        .unwrap();
    // More than one buffer of the server, so that a driver which stops reading leaves some behind.
    let one: String = users::table
        .select(users::name)
        .get_result(&mut connection)
        .await
        .unwrap();
    assert!(one.len() > 200);
    let mut stream = users::table
        .select(users::name)
        .load_stream::<String>(&mut connection)
        .await
        .unwrap();
    assert!(stream.next().await.unwrap().is_ok());
    drop(stream);
    drop(connection);
    assert_eq!(opened(&database, &recorder).await, first);
}

#[tokio::test]
async fn a_statement_over_its_limit_ends_with_a_time_out() {
    let test = TestDatabase::empty().await;
    let (database, recorder) = observed(&test, &[ONE, ("DATABASE_STATEMENT_TIMEOUT", "300ms")]);
    let bystander = bystander(&test).await;
    let first = opened(&database, &recorder).await;
    let mut connection = database.primary().await.unwrap();
    let started = Instant::now();
    let error = diesel::select(pg_sleep(60.0))
        .execute(&mut connection)
        .await
        .unwrap_err();
    let took = started.elapsed();
    drop(connection);
    let error = DbError::from(error);
    assert!(
        matches!(error, DbError::StatementTimeout { limit } if limit == Duration::from_millis(300)),
        "{error:?}"
    );
    assert!(
        took >= Duration::from_millis(300) && took < Duration::from_secs(5),
        "{took:?}"
    );
    assert_ne!(opened(&database, &recorder).await, first);
    eventually("the query is gone from the server", async || {
        running(&bystander, "pg_sleep").await == 0
    })
    .await;
    let (_, outcome) = &recorder.queries()[1];
    assert_eq!(*outcome, Some(Err(ErrorClass::StatementTimeout)));
}

#[tokio::test]
async fn a_direct_connection_has_no_limit() {
    let test = TestDatabase::empty().await;
    let database = database(&test, &[("DATABASE_STATEMENT_TIMEOUT", "100ms")]);
    let mut connection = database.direct().await.unwrap();
    diesel::select(pg_sleep(0.5))
        .execute(&mut connection)
        .await
        .unwrap();
    assert_eq!(database.pool_status().connections, 0);
}

#[tokio::test]
async fn an_open_transaction_is_not_handed_on() {
    let test = TestDatabase::migrated().await;
    let (database, recorder) = observed(&test, &[ONE]);
    let bystander = bystander(&test).await;
    let first = opened(&database, &recorder).await;
    let mut connection = database.primary().await.unwrap();
    // Diesel's own check lets this one pass, for tests with a pool of one.
    connection.begin_test_transaction().await.unwrap();
    // BEGIN waits for the first statement.
    let _: i64 = users::table
        .count()
        .get_result(&mut connection)
        .await
        .unwrap();
    assert_eq!(idle_in_transaction(&bystander).await, 1);
    drop(connection);
    assert_ne!(opened(&database, &recorder).await, first);
    eventually("the transaction is over", async || {
        idle_in_transaction(&bystander).await == 0
    })
    .await;
}

#[tokio::test]
async fn a_transaction_dropped_at_any_await_leaves_nothing_behind() {
    let test = TestDatabase::migrated().await;
    let database = database(&test, &[ONE]);
    let bystander = bystander(&test).await;
    let mut dropped = 0;
    for polls in 0.. {
        let work = Box::pin(database.transaction().run(async |connection| {
            diesel::insert_into(users::table)
                .values((users::email.eq("a@example.com"), users::name.eq("A")))
                .execute(connection)
                .await?;
            let nested: Result<i64, DbError> = connection
                .transaction(async |connection| {
                    Ok(users::table.count().get_result(connection).await?)
                })
                .await;
            nested?;
            // Never committed, so that every round begins alike.
            Err::<(), _>(DbError::NotFound)
        }));
        let ended = poll_at_most(work, polls).await;
        // The next user: a fresh session with no row of the one before.
        let mut connection = timeout(Duration::from_secs(5), database.primary())
            .await
            .expect("a free connection within five seconds")
            .unwrap();
        let count: i64 = users::table
            .count()
            .get_result(&mut connection)
            .await
            .unwrap();
        assert_eq!(count, 0, "dropped after {polls} polls");
        drop(connection);
        eventually("the transaction is over", async || {
            idle_in_transaction(&bystander).await == 0
        })
        .await;
        match ended {
            Some(result) => {
                assert!(matches!(result, Err(DbError::NotFound)), "{result:?}");
                break;
            }
            None => dropped += 1,
        }
    }
    assert!(dropped >= 7, "only {dropped} awaits were tried");
}

#[tokio::test]
async fn a_connection_tells_the_servers_version() {
    let test = TestDatabase::empty().await;
    let database = database(&test, &[]);
    let connection = database.primary().await.unwrap();
    let major: u32 = connection
        .server_version()
        .split(|c: char| !c.is_ascii_digit())
        .next()
        .unwrap()
        .parse()
        .unwrap();
    assert!(major >= 14, "{}", connection.server_version());
}
