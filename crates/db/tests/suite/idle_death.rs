//! Idle connections that die: the next request does not see it, and nothing is done twice.

use std::sync::Arc;
use std::time::Duration;

use axis_db::{Connection, Database, DbError, ErrorClass};
use axis_testkit::{Route, TestDatabase, leave_out_on};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use futures_util::future::BoxFuture;

use crate::support::{Recorder, bystander, modes, observed_at, switch};

diesel::table! {
    notes (id) {
        id -> Integer,
        text -> Text,
    }
}

diesel::define_sql_function! {
    /// Writes a row and gives its number.
    fn write_note(text: diesel::sql_types::Text) -> diesel::sql_types::Integer;
}

const TABLE: &str = "
    CREATE TABLE notes (id serial PRIMARY KEY, text text NOT NULL);
    CREATE FUNCTION write_note(text) RETURNS int LANGUAGE sql AS
        'INSERT INTO notes (text) VALUES ($1) RETURNING id'";

type Work = for<'a> fn(&'a Database) -> BoxFuture<'a, Result<(), DbError>>;

/// Each way in which a loan can begin, and how many rows it writes.
const WORKS: [(&str, Work, i64); 5] = [
    ("reads", |database| Box::pin(read(database)), 0),
    ("writes", |database| Box::pin(write(database)), 1),
    (
        "writes and returns",
        |database| Box::pin(write_returning(database)),
        1,
    ),
    (
        "writes by a function",
        |database| Box::pin(call(database)),
        1,
    ),
    ("transaction", |database| Box::pin(transaction(database)), 2),
];

async fn read(database: &Database) -> Result<(), DbError> {
    let mut connection = database.primary().await?;
    let _: i64 = notes::table.count().get_result(&mut connection).await?;
    Ok(())
}

async fn insert(connection: &mut Connection) -> Result<(), DbError> {
    diesel::insert_into(notes::table)
        .values(notes::text.eq("a"))
        .execute(connection)
        .await?;
    Ok(())
}

async fn write(database: &Database) -> Result<(), DbError> {
    insert(&mut *database.primary().await?).await
}

async fn write_returning(database: &Database) -> Result<(), DbError> {
    let mut connection = database.primary().await?;
    let _: i32 = diesel::insert_into(notes::table)
        .values(notes::text.eq("b"))
        .returning(notes::id)
        .get_result(&mut connection)
        .await?;
    Ok(())
}

async fn call(database: &Database) -> Result<(), DbError> {
    let mut connection = database.primary().await?;
    let _: i32 = diesel::select(write_note("c"))
        .get_result(&mut connection)
        .await?;
    Ok(())
}

async fn transaction(database: &Database) -> Result<(), DbError> {
    database
        .transaction()
        .run_without_retry(async |connection| {
            insert(connection).await?;
            insert(connection).await
        })
        .await
}

async fn database(url: &str, mode: (&str, &str)) -> (Database, Arc<Recorder>) {
    observed_at(url, &[mode, ("DATABASE_POOL_MAX", "1")])
}

/// Ends all other sessions of the database, while this runtime stands still: the pool's connection
/// looks alive after it.
fn terminate_others(url: &str) {
    let url = url.to_owned();
    let terminate = move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let (client, driver) = tokio_postgres::connect(&url, tokio_postgres::NoTls)
                .await
                .unwrap();
            tokio::spawn(driver);
            client
                .batch_execute(
                    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE \
                     datname = current_database() AND pid <> pg_backend_pid()",
                )
                .await
                .unwrap();
        });
    };
    std::thread::spawn(terminate).join().unwrap();
}

async fn rows(test: &TestDatabase) -> i64 {
    let row = bystander(test)
        .await
        .query_one("SELECT count(*) FROM notes", &[])
        .await
        .unwrap();
    row.get(0)
}

#[tokio::test]
async fn no_request_fails_because_an_idle_connection_was_terminated() {
    let test = TestDatabase::empty().await;
    bystander(&test).await.batch_execute(TABLE).await.unwrap();
    let mut expected = 0;
    for mode in modes() {
        let (database, recorder) = database(test.url(), mode).await;
        // Twice each: statements that are prepared, and such that are not.
        for (name, work, writes) in WORKS.into_iter().chain(WORKS) {
            read(&database).await.unwrap();
            terminate_others(test.direct_url());
            work(&database)
                .await
                .unwrap_or_else(|error| panic!("{name}: {error:?}"));
            expected += writes;
            assert_eq!(rows(&test).await, expected, "{name}");
        }
        // Some were found dead by the pool, the others by their first statement.
        let connected = recorder.connected().len();
        if Route::of_this_run() == Route::PgBouncer {
            // It is the pooler who has lost connections. Ours live on.
            assert_eq!(connected, 1);
            continue;
        }
        assert!(connected > WORKS.len(), "{connected}");
        let met = recorder
            .queries()
            .iter()
            .filter(|(_, outcome)| matches!(outcome, Some(Err(_))))
            .count();
        println!("{mode:?}: {connected} connections, {met} first statements met a dead one");
        assert!(met > 0, "no statement met a dead connection");
    }
}

/// Nothing looks at it when it comes back.
#[tokio::test]
async fn a_connection_lost_after_its_last_statement_is_not_lent_again() {
    let test = TestDatabase::empty().await;
    bystander(&test).await.batch_execute(TABLE).await.unwrap();
    for mode in modes() {
        let (database, recorder) = database(test.url(), mode).await;
        for expected in 1..4 {
            let mut connection = database.primary().await.unwrap();
            insert(&mut connection).await.unwrap();
            terminate_others(test.direct_url());
            // The runtime hears of it meanwhile.
            let before = rows(&test).await;
            drop(connection);
            write(&database).await.unwrap();
            assert_eq!(rows(&test).await, before + 1);
            if Route::of_this_run() != Route::PgBouncer {
                assert_eq!(recorder.connected().len(), expected + 1);
            }
        }
        let failed = recorder
            .finished()
            .into_iter()
            .filter(|(_, outcome)| outcome.is_err());
        assert_eq!(failed.count(), 0, "no statement met a dead connection");
    }
}

#[tokio::test]
async fn a_cut_connection_repeats_what_only_reads_or_is_not_committed() {
    let test = TestDatabase::empty().await;
    bystander(&test).await.batch_execute(TABLE).await.unwrap();
    let (url, mut switch) = switch(&test).await;
    let (mut acknowledged, mut lost) = (0, 0);
    for mode in modes() {
        let (database, _) = database(&url, mode).await;
        for (name, work, writes) in WORKS.into_iter().chain(WORKS) {
            read(&database).await.unwrap();
            switch.off().await;
            switch.on().await;
            match work(&database).await {
                Ok(()) => acknowledged += writes,
                // Whether the server has executed a single write cannot be known here.
                Err(error) => {
                    assert_eq!(
                        error.class(),
                        ErrorClass::ConnectionLost,
                        "{name}: {error:?}"
                    );
                    assert_eq!(writes, 1, "{name}");
                    lost += 1;
                }
            }
        }
    }
    let rows = rows(&test).await;
    assert!((acknowledged..=acknowledged + lost).contains(&rows));
    assert!(acknowledged >= 8, "{acknowledged}");
}

#[tokio::test]
async fn a_later_statement_of_a_loan_is_not_repeated() {
    if leave_out_on(
        &[Route::PgBouncer],
        "it is about the server's own sessions, which are the pooler's here",
    ) {
        return;
    }
    let test = TestDatabase::empty().await;
    bystander(&test).await.batch_execute(TABLE).await.unwrap();
    for mode in modes() {
        let (database, _) = database(test.url(), mode).await;
        let mut connection = database.primary().await.unwrap();
        insert(&mut connection).await.unwrap();
        terminate_others(test.direct_url());
        // What came before it may have left something in the session, such as a lock.
        let result: QueryResult<i64> = notes::table.count().get_result(&mut connection).await;
        let class = DbError::from(result.unwrap_err()).class();
        assert!(
            matches!(
                class,
                ErrorClass::ConnectionLost | ErrorClass::ServerUnavailable
            ),
            "{class}"
        );
        drop(connection);
        tokio::time::timeout(Duration::from_secs(5), read(&database))
            .await
            .unwrap()
            .unwrap();
    }
}
