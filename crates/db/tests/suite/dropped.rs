//! A future dropped at any await leaves nothing behind: no statement, no transaction, no connection
//! in an unknown state.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use axis_db::{Connection, Database, DbError};
use axis_testkit::TestDatabase;
use diesel::prelude::*;
use diesel_async::{AsyncConnection, RunQueryDsl};
use tokio::time::timeout;

use crate::support::{
    bystander, database, eventually, idle_in_transaction, modes, observed, poll_at_most, raw,
    running,
};

diesel::table! {
    kept (id) {
        id -> Integer,
    }
}

type Work = for<'a> fn(&'a mut Connection) -> futures_util::future::BoxFuture<'a, QueryResult<()>>;

/// Each ends without an effect on the table, if it ends.
const WORKS: [(&str, Work, usize); 4] = [
    ("a query", |connection| Box::pin(select(connection)), 1),
    (
        "a write",
        |connection| Box::pin(insert_nothing(connection)),
        1,
    ),
    (
        "a transaction",
        |connection| Box::pin(transaction(connection)),
        5,
    ),
    (
        "a statement with its COMMIT",
        |connection| Box::pin(commit_with(connection)),
        2,
    ),
];

async fn select(connection: &mut Connection) -> QueryResult<()> {
    let _: Vec<i32> = kept::table.select(kept::id).load(connection).await?;
    Ok(())
}

async fn insert_nothing(connection: &mut Connection) -> QueryResult<()> {
    raw("INSERT INTO kept SELECT 1 WHERE false")
        .execute(connection)
        .await?;
    Ok(())
}

async fn transaction(connection: &mut Connection) -> QueryResult<()> {
    let result = connection
        .transaction(async |connection| {
            diesel::insert_into(kept::table)
                .values(kept::id.eq(1))
                .execute(connection)
                .await?;
            connection
                .transaction(async |connection| select(connection).await)
                .await?;
            Err::<(), _>(diesel::result::Error::RollbackTransaction)
        })
        .await;
    match result {
        Err(diesel::result::Error::RollbackTransaction) => Ok(()),
        result => result,
    }
}

async fn commit_with(connection: &mut Connection) -> QueryResult<()> {
    let result: Result<(), DbError> = connection
        .transaction(async |connection| {
            select(connection).await?;
            let changed: Vec<i32> = connection
                .commit_with(async |connection| {
                    let update = diesel::update(kept::table).set(kept::id.eq(1));
                    let changed = update.returning(kept::id).load(connection);
                    Ok::<_, DbError>(changed.await?)
                })
                .await??;
            assert!(changed.is_empty());
            Ok(())
        })
        .await;
    result.map_err(|error| panic!("{error:?}"))
}

#[tokio::test]
async fn a_future_dropped_at_any_await_leaves_nothing_behind() {
    let test = TestDatabase::empty().await;
    let bystander = bystander(&test).await;
    bystander
        .batch_execute("CREATE TABLE kept (id int PRIMARY KEY)")
        .await
        .unwrap();
    for mode in modes() {
        let database = database(&test, &[mode, ("DATABASE_POOL_MAX", "1")]);
        // Twice: the first time statements are prepared, later they are known.
        for (name, work, at_least) in WORKS.into_iter().chain(WORKS) {
            let mut dropped = 0;
            loop {
                let ended = {
                    let mut connection = database.primary().await.unwrap();
                    let connection: &mut Connection = &mut connection;
                    poll_at_most(work(connection), dropped).await
                };
                next_user(&database).await;
                eventually("no transaction is open", async || {
                    idle_in_transaction(&bystander).await == 0
                })
                .await;
                match ended {
                    Some(result) => break result.unwrap(),
                    None => dropped += 1,
                }
            }
            assert!(dropped >= at_least, "{name}: only {dropped} awaits");
        }
    }
}

/// Gets a fresh session within its time, with nothing of the one before in it.
async fn next_user(database: &Database) {
    let check = async {
        let mut connection = database.primary().await.unwrap();
        let count: i64 = kept::table
            .count()
            .get_result(&mut connection)
            .await
            .unwrap();
        assert_eq!(count, 0);
        // Outside of any transaction: it commits by itself.
        let alone: QueryResult<()> = connection.transaction(async |_| Ok(())).await;
        alone.unwrap();
    };
    timeout(Duration::from_secs(5), check)
        .await
        .expect("a connection within five seconds");
}

#[tokio::test]
async fn a_transaction_dropped_before_its_first_statement_sends_nothing() {
    let test = TestDatabase::empty().await;
    let database = database(&test, &[("DATABASE_POOL_MAX", "1")]);
    let mut connection = database.primary().await.unwrap();
    let stuck = connection.transaction(async |_| {
        std::future::pending::<()>().await;
        Ok::<_, diesel::result::Error>(())
    });
    assert!(timeout(Duration::from_millis(50), stuck).await.is_err());
    assert_eq!(idle_in_transaction(&bystander(&test).await).await, 0);
}

#[tokio::test]
async fn many_dropped_queries_are_all_cancelled() {
    let test = TestDatabase::empty().await;
    let bystander = bystander(&test).await;
    for mode in modes() {
        let (database, recorder) = observed(&test, &[mode, ("DATABASE_POOL_MAX", "4")]);
        for number in 1..=12 {
            let mut connection = database.primary().await.unwrap();
            let query = raw("SELECT 1").execute(&mut connection);
            query.await.unwrap();
            assert_eq!(recorder.connected().len(), number, "handed on");
            let sleep = raw("SELECT pg_sleep(60)").execute(&mut connection);
            assert!(timeout(Duration::from_millis(50), sleep).await.is_err());
        }
        eventually("all are gone", async || {
            running(&bystander, "pg_sleep").await == 0
        })
        .await;
        assert_eq!(database.pool_status().in_use, 0);
    }
}

/// Writes, undoes a part, meets a clash once, writes again, and commits: with no row in the end.
async fn facade(database: &Database) -> Result<(), DbError> {
    let attempts = AtomicU32::new(0);
    let attempts = &attempts;
    database
        .transaction()
        .serializable()
        .run(async |connection| {
            let one = diesel::insert_into(kept::table).values(kept::id.eq(1));
            one.execute(connection).await?;
            let undone: Result<(), DbError> = connection
                .savepoint(async |connection| {
                    select(connection).await?;
                    Err(DbError::NotFound)
                })
                .await;
            undone.unwrap_err();
            if attempts.fetch_add(1, Ordering::Relaxed) == 0 {
                raw("DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '40001'; END $$")
                    .execute(connection)
                    .await?;
            }
            diesel::delete(kept::table).execute(connection).await?;
            Ok(())
        })
        .await
}

#[tokio::test]
async fn a_transaction_of_the_facade_dropped_at_any_await_leaves_nothing_behind() {
    let test = TestDatabase::empty().await;
    let bystander = bystander(&test).await;
    bystander
        .batch_execute("CREATE TABLE kept (id int PRIMARY KEY)")
        .await
        .unwrap();
    for mode in modes() {
        let database = database(&test, &[mode, ("DATABASE_POOL_MAX", "1")]);
        // Twice: the first time statements are prepared, later they are known.
        for _ in 0..2 {
            let mut dropped = 0;
            while poll_at_most(Box::pin(facade(&database)), dropped)
                .await
                .is_none()
            {
                next_user(&database).await;
                eventually("no transaction is open", async || {
                    idle_in_transaction(&bystander).await == 0
                })
                .await;
                dropped += 1;
            }
            next_user(&database).await;
            assert!(dropped >= 10, "only {dropped} awaits");
            assert_eq!(database.pool_status().in_use, 0);
        }
    }
}
