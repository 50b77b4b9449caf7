//! Rows that go out as one INSERT.

use std::time::{Duration, Instant};

use axis_db::{Connection, DbError, InsertBatcher, InsertMany};
use axis_testkit::{Route, TestDatabase, leave_out_on};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use tokio::task::JoinHandle;

use super::{Bench, answers, items};
use crate::support::{bystander, eventually, poll_at_most};

type Item = (i32, String);

struct Items;

impl InsertMany for Items {
    type New = Item;
    type Row = Item;

    async fn insert_one(connection: &mut Connection, (id, name): Item) -> Result<Item, DbError> {
        let insert = diesel::insert_into(items::table)
            .values((items::id.eq(id), items::name.eq(name)))
            .returning(items::all_columns);
        Ok(insert.get_result(connection).await?)
    }

    async fn insert_many(connection: &mut Connection, new: &[Item]) -> Result<Vec<Item>, DbError> {
        let rows: Vec<_> = new
            .iter()
            .map(|(id, name)| (items::id.eq(*id), items::name.eq(name)))
            .collect();
        let insert = diesel::insert_into(items::table)
            .values(rows)
            .returning(items::all_columns);
        Ok(insert.load(connection).await?)
    }
}

/// One row fewer comes back than went in.
struct Loses;

impl InsertMany for Loses {
    type New = Item;
    type Row = Item;

    async fn insert_one(connection: &mut Connection, item: Item) -> Result<Item, DbError> {
        Items::insert_one(connection, item).await
    }

    async fn insert_many(connection: &mut Connection, new: &[Item]) -> Result<Vec<Item>, DbError> {
        let mut rows = Items::insert_many(connection, new).await?;
        rows.pop();
        Ok(rows)
    }
}

/// Panics once the rows are written.
struct Panics;

impl InsertMany for Panics {
    type New = Item;
    type Row = Item;

    async fn insert_one(connection: &mut Connection, item: Item) -> Result<Item, DbError> {
        Items::insert_one(connection, item).await
    }

    async fn insert_many(connection: &mut Connection, new: &[Item]) -> Result<Vec<Item>, DbError> {
        Items::insert_many(connection, new).await?;
        panic!("an insert that panics")
    }
}

/// Above those that the table has already.
fn new(id: i32) -> Item {
    (1000 + id, format!("new {id}"))
}

async fn begin<I: InsertMany<New = Item, Row = Item>>(
    bench: &Bench,
    batcher: &InsertBatcher<I>,
    rows: impl IntoIterator<Item = Item>,
) -> Vec<JoinHandle<Result<Item, DbError>>> {
    let inserts = rows.into_iter().map(|row| {
        let batcher = batcher.clone();
        async move { batcher.insert(row).await }
    });
    bench.begin(inserts).await
}

/// The rows that are new.
async fn written(bench: &Bench) -> Vec<i32> {
    let sql = "SELECT id FROM items WHERE id > 1000 ORDER BY id";
    let rows = bench.bystander.query(sql, &[]).await.unwrap();
    rows.iter().map(|row| row.get::<_, i32>(0) - 1000).collect()
}

#[tokio::test]
async fn a_row_that_finds_an_idle_connection_goes_by_itself() {
    let test = TestDatabase::empty().await;
    let bench = Bench::new(&test, &[]).await;
    let batcher = InsertBatcher::<Items>::new(bench.database.clone());
    for id in [1, 2] {
        assert_eq!(batcher.insert(new(id)).await.unwrap(), new(id));
    }
    assert!(bench.recorder.batches().is_empty());
    assert_eq!(bench.statements().len(), 2);
    assert_eq!(written(&bench).await, [1, 2]);
}

#[tokio::test]
async fn rows_that_have_to_wait_go_out_as_one_statement_and_each_comes_back_to_its_caller() {
    let test = TestDatabase::empty().await;
    let bench = Bench::new(&test, &[]).await;
    let batcher = InsertBatcher::<Items>::new(bench.database.clone());
    let most = i32::try_from(InsertBatcher::<Items>::BATCH_MAX).unwrap();
    let held = bench.database.primary().await.unwrap();
    // Out of order, and more than go together.
    let ids: Vec<_> = (1..=most + 3).rev().collect();
    let inserts = begin(&bench, &batcher, ids.iter().map(|id| new(*id))).await;
    drop(held);
    for (answer, id) in answers(inserts).await.into_iter().zip(ids) {
        assert_eq!(answer.unwrap(), new(id));
    }
    let mut batches = bench.recorder.batches();
    batches.sort_unstable();
    assert_eq!(batches, [3, InsertBatcher::<Items>::BATCH_MAX]);
    assert_eq!(bench.statements().len(), 2);
    assert_eq!(written(&bench).await, (1..=most + 3).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_row_that_is_refused_takes_no_other_with_it() {
    let test = TestDatabase::empty().await;
    let bench = Bench::new(&test, &[]).await;
    let batcher = InsertBatcher::<Items>::new(bench.database.clone());
    let held = bench.database.primary().await.unwrap();
    // One that the table has, and one twice.
    let rows = [new(1), (7, String::new()), new(2), new(2), new(3)];
    let inserts = begin(&bench, &batcher, rows).await;
    drop(held);
    let answers = answers(inserts).await;
    let refused: Vec<_> = answers.iter().map(Result::is_err).collect();
    assert_eq!(refused[0..2], [false, true]);
    assert!(refused[2] != refused[3], "{answers:?}");
    assert!(!refused[4]);
    for answer in answers.into_iter().filter_map(Result::err) {
        assert!(
            matches!(&answer, DbError::ConstraintViolation { constraint: Some(name), .. } if name == "items_pkey"),
            "{answer:?}"
        );
        assert!(answer.postgres().unwrap().is("23505"));
    }
    // Once together, and once each.
    assert_eq!(bench.recorder.batches(), [5]);
    assert_eq!(bench.statements().len(), 6);
    assert_eq!(written(&bench).await, [1, 2, 3]);
}

#[tokio::test]
async fn rows_of_a_refused_statement_need_no_further_place() {
    let test = TestDatabase::empty().await;
    let variables = [
        ("DATABASE_POOL_QUEUE_MAX", "1"),
        ("DATABASE_ACQUIRE_TIMEOUT", "1s"),
    ];
    let bench = Bench::new(&test, &variables).await;
    let batcher = InsertBatcher::<Items>::new(bench.database.clone());
    // Another one's row, which is committed once their own time is over.
    let row = "BEGIN; INSERT INTO items VALUES (1003, 'not committed')";
    bench.locker.batch_execute(row).await.unwrap();
    let held = bench.database.primary().await.unwrap();
    let started = Instant::now();
    let mut inserts = begin(&bench, &batcher, (1..=6).map(new)).await;
    drop(held);
    bench.is_sent().await;
    // One of those behind the refused row goes away meanwhile.
    inserts[4].abort();
    assert!(inserts.remove(4).await.unwrap_err().is_cancelled());
    let mut rival = Box::pin(bench.database.primary());
    assert!(poll_at_most(rival.as_mut(), 1).await.is_none());
    tokio::time::sleep(Duration::from_millis(1_100).saturating_sub(started.elapsed())).await;
    bench.unlock().await;
    let answers = answers(inserts).await;
    let refused: Vec<_> = answers.iter().map(Result::is_err).collect();
    assert_eq!(refused, [false, false, true, false, false], "{answers:?}");
    // Once together, and once each who was still there.
    assert_eq!(bench.statements().len(), 6);
    assert_eq!(written(&bench).await, [1, 2, 3, 4, 6]);
}

/// With a column whose type the connection does not know.
struct Kinds;

diesel::table! {
    #[sql_name = "items"]
    kinds (id) {
        id -> Integer,
        name -> Text,
        kind -> Text,
    }
}

impl InsertMany for Kinds {
    type New = Item;
    type Row = String;

    async fn insert_one(connection: &mut Connection, (id, name): Item) -> Result<String, DbError> {
        let insert = diesel::insert_into(kinds::table)
            .values((kinds::id.eq(id), kinds::name.eq(name)))
            .returning(kinds::kind);
        Ok(insert.get_result(connection).await?)
    }

    async fn insert_many(
        connection: &mut Connection,
        new: &[Item],
    ) -> Result<Vec<String>, DbError> {
        let rows: Vec<_> = new
            .iter()
            .map(|(id, name)| (kinds::id.eq(*id), kinds::name.eq(name)))
            .collect();
        let insert = diesel::insert_into(kinds::table)
            .values(rows)
            .returning(kinds::kind);
        Ok(insert.load(connection).await?)
    }
}

/// Without names, the driver asks for the type of a column when the answer comes, and fails.
#[tokio::test]
async fn rows_whose_answer_cannot_be_read_are_not_written_again() {
    if leave_out_on(
        &[Route::PgBouncer],
        "it is about statements with names, which a pooler in transaction mode loses",
    ) {
        return;
    }
    let test = TestDatabase::empty().await;
    let earlier = "CREATE TYPE earlier AS ENUM ('x')";
    let bystander = bystander(&test).await;
    bystander.batch_execute(earlier).await.unwrap();
    let bench = Bench::new(&test, &[("DATABASE_POOLER", "transaction")]).await;
    let batcher = InsertBatcher::<Kinds>::new(bench.database.clone());
    let held = bench.database.primary().await.unwrap();
    let add = "CREATE TYPE kind AS ENUM ('odd'); ALTER TABLE items ADD kind kind NOT NULL DEFAULT 'odd', DROP CONSTRAINT items_pkey";
    bystander.batch_execute(add).await.unwrap();
    let inserts = [new(1), new(2)].map(|row| {
        let batcher = batcher.clone();
        async move { batcher.insert(row).await }
    });
    let inserts = bench.begin(inserts).await;
    drop(held);
    for answer in answers(inserts).await {
        let error = answer.unwrap_err();
        assert!(error.postgres().unwrap().is("26000"), "{error:?}");
    }
    assert_eq!(bench.statements().len(), 1);
    assert_eq!(written(&bench).await, [1, 2]);
    assert_eq!(batcher.insert(new(3)).await.unwrap(), "odd");
}

#[tokio::test]
async fn a_row_that_is_dropped_before_it_is_sent_is_not_written() {
    let test = TestDatabase::empty().await;
    let bench = Bench::new(&test, &[]).await;
    let batcher = InsertBatcher::<Items>::new(bench.database.clone());
    let held = bench.database.primary().await.unwrap();
    let mut inserts = begin(&bench, &batcher, [new(1), new(2), new(3)]).await;
    // The one that began the batch.
    inserts[0].abort();
    assert!(inserts.remove(0).await.unwrap_err().is_cancelled());
    drop(held);
    for (answer, id) in answers(inserts).await.into_iter().zip([2, 3]) {
        assert_eq!(answer.unwrap(), new(id));
    }
    assert_eq!(written(&bench).await, [2, 3]);
}

#[tokio::test]
async fn a_caller_who_goes_away_later_harms_no_other() {
    let test = TestDatabase::empty().await;
    let bench = Bench::new(&test, &[]).await;
    let batcher = InsertBatcher::<Items>::new(bench.database.clone());
    let held = bench.database.primary().await.unwrap();
    let mut inserts = begin(&bench, &batcher, [new(1), new(2), new(3)]).await;
    bench.lock().await;
    drop(held);
    bench.is_sent().await;
    inserts[0].abort();
    assert!(inserts.remove(0).await.unwrap_err().is_cancelled());
    bench.unlock().await;
    for answer in answers(inserts).await {
        answer.unwrap();
    }
    assert_eq!(written(&bench).await, [1, 2, 3]);
    // No connection was lost to it.
    assert_eq!(bench.recorder.connected(), [Ok(())]);
}

#[tokio::test]
async fn after_a_lost_connection_nobody_goes_again() {
    let test = TestDatabase::empty().await;
    let bench = Bench::new(&test, &[]).await;
    let batcher = InsertBatcher::<Items>::new(bench.database.clone());
    // They wait for a row of another transaction: before a statement begins, nothing of it can have happened.
    let row = "BEGIN; INSERT INTO items VALUES (1002, 'not committed')";
    bench.locker.batch_execute(row).await.unwrap();
    let held = bench.database.primary().await.unwrap();
    let inserts = begin(&bench, &batcher, [new(1), new(2)]).await;
    drop(held);
    bench.is_sent().await;
    let kill = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
         WHERE datname = current_database() AND pid <> pg_backend_pid() AND query LIKE '%\"items\"%'";
    bench.bystander.batch_execute(kill).await.unwrap();
    for answer in answers(inserts).await {
        let error = answer.unwrap_err();
        assert!(
            matches!(
                error,
                DbError::ServerUnavailable { .. } | DbError::ConnectionLost { .. }
            ),
            "{error:?}"
        );
        // Each hears what the server said.
        assert!(error.postgres().unwrap().is("57P01"));
    }
    bench.locker.batch_execute("ROLLBACK").await.unwrap();
    assert_eq!(bench.statements().len(), 1);
    assert!(written(&bench).await.is_empty());
    assert_eq!(batcher.insert(new(3)).await.unwrap(), new(3));
}

#[tokio::test]
async fn a_statement_that_takes_too_long_is_over_for_all() {
    let test = TestDatabase::empty().await;
    let bench = Bench::new(&test, &[("DATABASE_STATEMENT_TIMEOUT", "300ms")]).await;
    let batcher = InsertBatcher::<Items>::new(bench.database.clone());
    let held = bench.database.primary().await.unwrap();
    let inserts = begin(&bench, &batcher, [new(1), new(2)]).await;
    bench.lock().await;
    drop(held);
    for answer in answers(inserts).await {
        let error = answer.unwrap_err();
        assert!(
            matches!(error, DbError::StatementTimeout { limit } if limit == Duration::from_millis(300)),
            "{error:?}"
        );
    }
    assert_eq!(bench.statements().len(), 1);
    eventually("it has ended on the server", async || {
        crate::support::running(&bench.bystander, "\"items\"").await == 0
    })
    .await;
    bench.unlock().await;
    assert!(written(&bench).await.is_empty());
}

#[tokio::test]
async fn a_row_that_does_not_come_back_is_of_unknown_outcome_for_all() {
    let test = TestDatabase::empty().await;
    let bench = Bench::new(&test, &[]).await;
    let loses = InsertBatcher::<Loses>::new(bench.database.clone());
    let panics = InsertBatcher::<Panics>::new(bench.database.clone());
    let held = bench.database.primary().await.unwrap();
    let inserts = begin(&bench, &loses, [new(1), new(2)]).await;
    drop(held);
    let mut all = answers(inserts).await;
    let held = bench.database.primary().await.unwrap();
    let inserts = begin(&bench, &panics, [new(3), new(4)]).await;
    drop(held);
    all.extend(answers(inserts).await);
    assert_eq!(all.len(), 4);
    for answer in all {
        let error = answer.unwrap_err();
        assert!(matches!(error, DbError::ConnectionLost { .. }), "{error:?}");
    }
    // None twice.
    assert_eq!(written(&bench).await, [1, 2, 3, 4]);
    assert_eq!(bench.statements().len(), 2);
}

#[tokio::test]
async fn a_runtime_that_ends_takes_no_row_of_another_with_it() {
    let test = TestDatabase::empty().await;
    let bench = Bench::new(&test, &[]).await;
    let batcher = InsertBatcher::<Items>::new(bench.database.clone());
    let held = bench.database.primary().await.unwrap();
    let (begun, has_begun) = tokio::sync::oneshot::channel();
    let (end, ends) = std::sync::mpsc::channel::<()>();
    let other = batcher.clone();
    let thread = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let mut insert = Box::pin(other.insert(new(1)));
            assert!(poll_at_most(insert.as_mut(), 1).await.is_none());
            // The batch's task is polled here for the first time.
            tokio::task::yield_now().await;
            begun.send(()).unwrap();
            ends.recv().unwrap();
        });
    });
    has_begun.await.unwrap();
    let inserts = begin(&bench, &batcher, [new(2), new(3)]).await;
    end.send(()).unwrap();
    thread.join().unwrap();
    drop(held);
    for (answer, id) in answers(inserts).await.into_iter().zip([2, 3]) {
        assert_eq!(answer.unwrap(), new(id));
    }
    assert_eq!(written(&bench).await, [2, 3]);
}

#[tokio::test]
async fn a_closed_pool_writes_nothing_of_those_who_wait() {
    let test = TestDatabase::empty().await;
    let bench = Bench::new(&test, &[]).await;
    let batcher = InsertBatcher::<Items>::new(bench.database.clone());
    let held = bench.database.primary().await.unwrap();
    let inserts = begin(&bench, &batcher, [new(1), new(2)]).await;
    assert_eq!(bench.database.close(Duration::ZERO).await, 1);
    for answer in answers(inserts).await {
        let error = answer.unwrap_err();
        assert!(matches!(error, DbError::PoolClosed), "{error:?}");
    }
    drop(held);
    assert!(written(&bench).await.is_empty());
}
