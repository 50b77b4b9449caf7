//! Equal reads that go out once.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axis_db::{Connection, DbError, SharedRead, SingleFlight};
use axis_testkit::TestDatabase;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use tokio::task::JoinHandle;

use super::{Bench, answers, items};
use crate::support::eventually;

/// Names of the first items, as many as the key says.
struct First;

impl SharedRead for First {
    type Key = i64;
    type Answer = Vec<String>;

    async fn read(connection: &mut Connection, limit: i64) -> Result<Vec<String>, DbError> {
        let names = items::table.order(items::id).limit(limit);
        Ok(names.select(items::name).load(connection).await?)
    }
}

/// Panics the first time.
struct Panics;

static HAS_PANICKED: AtomicBool = AtomicBool::new(false);

impl SharedRead for Panics {
    type Key = i64;
    type Answer = Vec<String>;

    async fn read(connection: &mut Connection, limit: i64) -> Result<Vec<String>, DbError> {
        let names = First::read(connection, limit).await?;
        let is_first = !HAS_PANICKED.swap(true, Ordering::Relaxed);
        assert!(!is_first, "a read that panics");
        Ok(names)
    }
}

fn names(limit: i64) -> Vec<String> {
    (1..=limit).map(|id| format!("item {id}")).collect()
}

async fn begin<R: SharedRead<Key = i64>>(
    bench: &Bench,
    reads: &SingleFlight<R>,
    limits: impl IntoIterator<Item = i64>,
) -> Vec<JoinHandle<Result<R::Answer, DbError>>> {
    let reads = limits.into_iter().map(|limit| {
        let reads = reads.clone();
        async move { reads.read(limit).await }
    });
    bench.begin(reads).await
}

#[tokio::test]
async fn a_read_that_finds_an_idle_connection_goes_by_itself() {
    let test = TestDatabase::empty().await;
    let bench = Bench::new(&test, &[]).await;
    let reads = SingleFlight::<First>::new(bench.database.clone());
    for limit in [1, 1, 2] {
        assert_eq!(reads.read(limit).await.unwrap(), names(limit));
    }
    assert!(bench.recorder.batches().is_empty());
    assert_eq!(bench.statements().len(), 3);
}

#[tokio::test]
async fn equal_reads_that_have_to_wait_go_out_once_and_others_by_themselves() {
    let test = TestDatabase::empty().await;
    let bench = Bench::new(&test, &[]).await;
    let reads = SingleFlight::<First>::new(bench.database.clone());
    let held = bench.database.primary().await.unwrap();
    let limits = [3, 5, 3, 3, 5, 8];
    let waiting = begin(&bench, &reads, limits).await;
    eventually("each group waits", async || {
        bench.database.pool_status().waiting == 3
    })
    .await;
    drop(held);
    for (answer, limit) in answers(waiting).await.into_iter().zip(limits) {
        assert_eq!(answer.unwrap(), names(limit));
    }
    let mut batches = bench.recorder.batches();
    batches.sort_unstable();
    assert_eq!(batches, [1, 2, 3]);
    assert_eq!(bench.statements().len(), 3);
    // And then the next one goes by itself again.
    assert_eq!(reads.read(3).await.unwrap(), names(3));
    assert_eq!(bench.recorder.batches().len(), 3);
}

#[tokio::test]
async fn no_more_readers_than_may_share_one_read() {
    let test = TestDatabase::empty().await;
    let bench = Bench::new(&test, &[]).await;
    let reads = SingleFlight::<First>::new(bench.database.clone());
    let most = SingleFlight::<First>::BATCH_MAX;
    let held = bench.database.primary().await.unwrap();
    let waiting = begin(&bench, &reads, (0..most + 2).map(|_| 2)).await;
    drop(held);
    for answer in answers(waiting).await {
        assert_eq!(answer.unwrap(), names(2));
    }
    let mut batches = bench.recorder.batches();
    batches.sort_unstable();
    assert_eq!(batches, [2, most]);
}

#[tokio::test]
async fn who_comes_after_a_read_was_sent_does_not_share_it() {
    let test = TestDatabase::empty().await;
    let bench = Bench::new(&test, &[]).await;
    let reads = SingleFlight::<First>::new(bench.database.clone());
    let held = bench.database.primary().await.unwrap();
    let first = begin(&bench, &reads, [1, 1]).await;
    bench.lock().await;
    drop(held);
    bench.is_sent().await;
    let second = begin(&bench, &reads, [1]).await;
    let change = "UPDATE items SET name = 'changed'";
    bench.locker.batch_execute(change).await.unwrap();
    bench.unlock().await;
    // Which began after the commit.
    assert_eq!(reads.read(1).await.unwrap(), ["changed"]);
    answers(first).await;
    answers(second).await;
    assert_eq!(bench.recorder.batches()[0], 2);
}

#[tokio::test]
async fn a_dropped_read_harms_no_other() {
    let test = TestDatabase::empty().await;
    let bench = Bench::new(&test, &[]).await;
    let reads = SingleFlight::<First>::new(bench.database.clone());
    for dropped in [0, 1, 2] {
        let held = bench.database.primary().await.unwrap();
        let mut waiting = begin(&bench, &reads, [4, 4, 4]).await;
        waiting[dropped].abort();
        assert!(waiting.remove(dropped).await.unwrap_err().is_cancelled());
        drop(held);
        for answer in answers(waiting).await {
            assert_eq!(answer.unwrap(), names(4));
        }
    }
    assert_eq!(bench.recorder.batches(), [2, 2, 2]);
}

#[tokio::test]
async fn after_an_error_each_asks_by_itself_and_after_a_time_out_none() {
    let test = TestDatabase::empty().await;
    let limit = Duration::from_millis(300);
    let bench = Bench::new(&test, &[("DATABASE_STATEMENT_TIMEOUT", "300ms")]).await;
    let reads = SingleFlight::<First>::new(bench.database.clone());
    let held = bench.database.primary().await.unwrap();
    let waiting = begin(&bench, &reads, [1, 1]).await;
    bench.lock().await;
    drop(held);
    for answer in answers(waiting).await {
        let error = answer.unwrap_err();
        assert!(
            matches!(error, DbError::StatementTimeout { limit: told } if told == limit),
            "{error:?}"
        );
    }
    assert_eq!(bench.statements().len(), 1);
    bench.unlock().await;
    let held = bench.database.primary().await.unwrap();
    let waiting = begin(&bench, &reads, [1, 1]).await;
    let drop_it = "DROP TABLE items";
    bench.bystander.batch_execute(drop_it).await.unwrap();
    drop(held);
    for answer in answers(waiting).await {
        let error = answer.unwrap_err();
        assert!(error.postgres().unwrap().is("42P01"), "{error:?}");
    }
    // Once together, and once each.
    assert_eq!(bench.statements().len(), 1 + 3);
}

#[tokio::test]
async fn a_read_that_panics_lets_each_ask_by_itself() {
    let test = TestDatabase::empty().await;
    let bench = Bench::new(&test, &[]).await;
    let reads = SingleFlight::<Panics>::new(bench.database.clone());
    let held = bench.database.primary().await.unwrap();
    let waiting = begin(&bench, &reads, [2, 2]).await;
    drop(held);
    for answer in answers(waiting).await {
        assert_eq!(answer.unwrap(), names(2));
    }
}
