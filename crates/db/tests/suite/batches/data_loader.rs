//! Reads that go out together: each gets its own row, error and deadline, and none harms another.

use std::time::{Duration, Instant};

use axis_db::{Connection, DataLoader, DbError, ErrorClass, Loader};
use axis_testkit::TestDatabase;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use tokio::task::JoinHandle;

use super::{Bench, answers, items};
use crate::support::{eventually, poll_at_most};

struct Items;

impl Loader for Items {
    type Key = i32;
    type Row = String;

    async fn load_one(connection: &mut Connection, id: i32) -> Result<Option<String>, DbError> {
        let name = items::table.find(id).select(items::name);
        Ok(name.get_result(connection).await.optional()?)
    }

    async fn load_many(
        connection: &mut Connection,
        ids: Vec<i32>,
    ) -> Result<Vec<(i32, String)>, DbError> {
        let items = items::table.filter(items::id.eq_any(ids));
        Ok(items.load(connection).await?)
    }
}

/// Fails with whoever reads with others.
struct Panics;

impl Loader for Panics {
    type Key = i32;
    type Row = String;

    async fn load_one(connection: &mut Connection, id: i32) -> Result<Option<String>, DbError> {
        Items::load_one(connection, id).await
    }

    async fn load_many(_: &mut Connection, _: Vec<i32>) -> Result<Vec<(i32, String)>, DbError> {
        panic!("a loader that panics")
    }
}

/// Reads that have begun while the connection is in use, and wait.
async fn begin<L: Loader<Key = i32>>(
    bench: &Bench,
    loader: &DataLoader<L>,
    ids: impl IntoIterator<Item = i32>,
) -> Vec<JoinHandle<Result<Option<L::Row>, DbError>>> {
    let reads = ids.into_iter().map(|id| {
        let loader = loader.clone();
        async move { loader.load_row(id).await }
    });
    bench.begin(reads).await
}

fn name(id: i32) -> Option<String> {
    Some(format!("item {id}"))
}

async fn names(reads: Vec<JoinHandle<Result<Option<String>, DbError>>>) -> Vec<Option<String>> {
    let all = answers(reads).await;
    all.into_iter().map(Result::unwrap).collect()
}

#[tokio::test]
async fn a_read_that_finds_an_idle_connection_goes_by_itself() {
    let test = TestDatabase::empty().await;
    let bench = Bench::new(&test, &[]).await;
    let loader = DataLoader::<Items>::new(bench.database.clone());
    for id in [1, 2, 1000] {
        assert_eq!(
            loader.load_row(id).await.unwrap(),
            name(id).filter(|_| id < 1000)
        );
    }
    assert!(bench.recorder.batches().is_empty());
    let statements = bench.statements();
    assert_eq!(statements.len(), 3);
    for (statement, _) in statements {
        assert!(!statement.contains("ANY"), "{statement}");
    }
    // Whether it was got at once or waited for: each is counted.
    assert_eq!(bench.recorder.acquired().len(), 3);
}

#[tokio::test]
async fn reads_that_have_to_wait_go_out_as_one_statement_and_each_gets_its_row() {
    let test = TestDatabase::empty().await;
    let bench = Bench::new(&test, &[]).await;
    let loader = DataLoader::<Items>::new(bench.database.clone());
    let held = bench.database.primary().await.unwrap();
    // Out of order, twice and three times, and some that are not there.
    let ids = [7, 3, 1000, 7, 9, 3, 7, -1, 1000];
    let reads = begin(&bench, &loader, ids).await;
    assert_eq!(bench.database.pool_status().waiting, 1);
    drop(held);
    let expected = ids.map(|id| name(id).filter(|_| (1..=200).contains(&id)));
    assert_eq!(names(reads).await, expected);
    assert_eq!(bench.recorder.batches(), [ids.len()]);
    let statements = bench.statements();
    assert_eq!(statements.len(), 1, "{statements:?}");
    assert!(statements[0].0.contains("ANY"), "{statements:?}");
    // Each of them has waited for a connection, and the one before them.
    assert_eq!(bench.recorder.acquired().len(), 1 + ids.len());
    // And then the next one goes by itself again.
    assert_eq!(loader.load_row(5).await.unwrap(), name(5));
    assert_eq!(bench.recorder.batches().len(), 1);
}

#[tokio::test]
async fn a_batch_has_no_more_reads_than_it_may() {
    let test = TestDatabase::empty().await;
    let bench = Bench::new(&test, &[]).await;
    let loader = DataLoader::<Items>::new(bench.database.clone());
    let held = bench.database.primary().await.unwrap();
    let most = i32::try_from(DataLoader::<Items>::BATCH_MAX).unwrap();
    let ids = 1..=2 * most + 3;
    let reads = begin(&bench, &loader, ids.clone()).await;
    drop(held);
    assert_eq!(names(reads).await, ids.map(name).collect::<Vec<_>>());
    let mut batches = bench.recorder.batches();
    batches.sort_unstable();
    let most = DataLoader::<Items>::BATCH_MAX;
    assert_eq!(batches, [3, most, most]);
}

#[tokio::test]
async fn who_comes_after_a_batch_was_sent_is_not_in_it() {
    let test = TestDatabase::empty().await;
    let bench = Bench::new(&test, &[]).await;
    let loader = DataLoader::<Items>::new(bench.database.clone());
    let held = bench.database.primary().await.unwrap();
    let first = begin(&bench, &loader, [1, 2]).await;
    bench.lock().await;
    drop(held);
    bench.is_sent().await;
    let second = begin(&bench, &loader, [1, 2, 3]).await;
    let change = "UPDATE items SET name = 'changed'";
    bench.locker.batch_execute(change).await.unwrap();
    bench.unlock().await;
    // Those that began after the commit see it, whoever else is under way.
    assert_eq!(
        loader.load_row(1).await.unwrap(),
        Some("changed".to_owned())
    );
    answers(first).await;
    answers(second).await;
    // The third may have come in time for the batch of the second ones.
    assert_eq!(bench.recorder.batches()[0], 2);
}

#[tokio::test]
async fn a_dropped_read_harms_no_other_wherever_it_is() {
    let test = TestDatabase::empty().await;
    let bench = Bench::new(&test, &[]).await;
    let loader = DataLoader::<Items>::new(bench.database.clone());
    // While the batch waits, and while it is on its way; the one that began it among them.
    for is_sent in [false, true] {
        for dropped in [0, 1, 2] {
            let held = bench.database.primary().await.unwrap();
            let mut reads = begin(&bench, &loader, [1, 2, 2]).await;
            if is_sent {
                bench.lock().await;
                drop(held);
                bench.is_sent().await;
                reads[dropped].abort();
                bench.unlock().await;
            } else {
                reads[dropped].abort();
                drop(held);
            }
            assert!(reads.remove(dropped).await.unwrap_err().is_cancelled());
            let left = names(reads).await;
            assert_eq!(left.len(), 2);
            assert!(left.iter().all(Option::is_some), "{left:?}");
        }
    }
    // What nobody waits for any more is not asked for.
    assert_eq!(bench.recorder.batches(), [2, 2, 2, 3, 3, 3]);
    // No connection was lost to it.
    assert_eq!(bench.recorder.connected(), [Ok(())]);
}

#[tokio::test]
async fn a_batch_that_nobody_waits_for_is_not_sent() {
    let test = TestDatabase::empty().await;
    let bench = Bench::new(&test, &[]).await;
    let loader = DataLoader::<Items>::new(bench.database.clone());
    let held = bench.database.primary().await.unwrap();
    for read in begin(&bench, &loader, [1, 2]).await {
        read.abort();
        assert!(read.await.is_err());
    }
    // One that comes then is not lost with them.
    let late = begin(&bench, &loader, [3]).await;
    drop(held);
    assert_eq!(names(late).await, [name(3)]);
    let held = bench.database.primary().await.unwrap();
    for read in begin(&bench, &loader, [1, 2]).await {
        read.abort();
        assert!(read.await.is_err());
    }
    drop(held);
    eventually("the connection is back", async || {
        bench.database.pool_status().waiting == 0 && bench.database.pool_status().in_use == 0
    })
    .await;
    assert_eq!(bench.statements().len(), 1);
}

#[tokio::test]
async fn a_read_that_is_not_polled_does_not_hold_the_others_up() {
    let test = TestDatabase::empty().await;
    let bench = Bench::new(&test, &[]).await;
    let loader = DataLoader::<Items>::new(bench.database.clone());
    let held = bench.database.primary().await.unwrap();
    let mut still = Box::pin(loader.load_row(1));
    assert!(poll_at_most(still.as_mut(), 1).await.is_none());
    let reads = begin(&bench, &loader, [1, 2]).await;
    drop(held);
    assert_eq!(names(reads).await, [name(1), name(2)]);
    assert_eq!(still.await.unwrap(), name(1));
    assert_eq!(bench.recorder.batches(), [3]);
}

#[tokio::test]
async fn a_killed_backend_is_seen_by_no_reader() {
    let test = TestDatabase::empty().await;
    let bench = Bench::new(&test, &[]).await;
    let loader = DataLoader::<Items>::new(bench.database.clone());
    let held = bench.database.primary().await.unwrap();
    let reads = begin(&bench, &loader, [1, 2, 1000]).await;
    bench.lock().await;
    drop(held);
    bench.is_sent().await;
    let kill = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
         WHERE datname = current_database() AND pid <> pg_backend_pid() AND query LIKE '%\"items\"%'";
    bench.bystander.batch_execute(kill).await.unwrap();
    eventually("it is told", async || !bench.statements().is_empty()).await;
    bench.unlock().await;
    assert_eq!(names(reads).await, [name(1), name(2), None]);
    let statements = bench.statements();
    assert!(statements[0].1.is_err(), "{statements:?}");
    // As the first statement of its connection's loan it is repeated as a whole, or each asks by itself.
    assert!([2, 4].contains(&statements.len()), "{statements:?}");
    assert_eq!(bench.recorder.batches(), [3]);
}

#[tokio::test]
async fn each_gets_an_error_of_its_own_with_its_source() {
    let test = TestDatabase::empty().await;
    let bench = Bench::new(&test, &[]).await;
    let loader = DataLoader::<Items>::new(bench.database.clone());
    let held = bench.database.primary().await.unwrap();
    let reads = begin(&bench, &loader, [1, 2, 3]).await;
    let drop_it = "DROP TABLE items";
    bench.bystander.batch_execute(drop_it).await.unwrap();
    drop(held);
    for answer in answers(reads).await {
        let error = answer.unwrap_err();
        assert!(
            matches!(error, DbError::UndefinedObject { .. }),
            "{error:?}"
        );
        assert!(error.postgres().unwrap().is("42P01"));
    }
    // Once together, and once each.
    assert_eq!(bench.statements().len(), 4);
}

#[tokio::test]
async fn a_statement_that_takes_too_long_is_over_for_all() {
    let test = TestDatabase::empty().await;
    let limit = Duration::from_millis(300);
    let bench = Bench::new(&test, &[("DATABASE_STATEMENT_TIMEOUT", "300ms")]).await;
    let loader = DataLoader::<Items>::new(bench.database.clone());
    let held = bench.database.primary().await.unwrap();
    let reads = begin(&bench, &loader, [1, 2, 1]).await;
    bench.lock().await;
    drop(held);
    for answer in answers(reads).await {
        let error = answer.unwrap_err();
        assert!(
            matches!(error, DbError::StatementTimeout { limit: told } if told == limit),
            "{error:?}"
        );
    }
    // Nobody asks again who has waited that long.
    assert_eq!(bench.statements().len(), 1);
    bench.unlock().await;
    assert_eq!(loader.load_row(1).await.unwrap(), name(1));
}

#[tokio::test]
async fn each_waits_for_a_connection_for_its_own_time() {
    let test = TestDatabase::empty().await;
    let bench = Bench::new(&test, &[("DATABASE_ACQUIRE_TIMEOUT", "1s")]).await;
    let loader = DataLoader::<Items>::new(bench.database.clone());
    let held = bench.database.primary().await.unwrap();
    let started = Instant::now();
    let mut early = begin(&bench, &loader, [1, 2]).await;
    tokio::time::sleep(Duration::from_millis(600)).await;
    let late = begin(&bench, &loader, [3]).await;
    let error = early.remove(0).await.unwrap().unwrap_err();
    assert!(
        matches!(error, DbError::PoolTimeout { waited, max: 1 } if waited >= Duration::from_secs(1)),
        "{error:?}"
    );
    assert!(started.elapsed() >= Duration::from_secs(1));
    drop(held);
    assert_eq!(names(late).await, [name(3)]);
    // The second came a moment after the first: its time was over, or it was served.
    let second = early.remove(0).await.unwrap();
    assert!(
        matches!(second, Ok(_) | Err(DbError::PoolTimeout { .. })),
        "{second:?}"
    );
}

#[tokio::test]
async fn a_batch_keeps_its_place_when_the_time_of_its_first_read_is_over() {
    let test = TestDatabase::empty().await;
    let bench = Bench::new(&test, &[("DATABASE_ACQUIRE_TIMEOUT", "1s")]).await;
    let loader = DataLoader::<Items>::new(bench.database.clone());
    let held = bench.database.primary().await.unwrap();
    let first = begin(&bench, &loader, [1]).await;
    tokio::time::sleep(Duration::from_millis(700)).await;
    let second = begin(&bench, &loader, [2]).await;
    // Comes after both, and keeps the connection for good.
    let mut rival = Box::pin(bench.database.primary());
    assert!(poll_at_most(rival.as_mut(), 1).await.is_none());
    for answer in answers(first).await {
        let error = answer.unwrap_err();
        assert!(matches!(error, DbError::PoolTimeout { .. }), "{error:?}");
    }
    assert_eq!(bench.database.pool_status().waiting, 2);
    drop(held);
    let kept = rival.await.unwrap();
    assert_eq!(names(second).await, [name(2)]);
    drop(kept);
    let got: Vec<_> = bench
        .recorder
        .acquired()
        .into_iter()
        .map(|(_, got)| got)
        .collect();
    assert_eq!(got, [Ok(()), Err(ErrorClass::PoolTimeout), Ok(()), Ok(())]);
}

#[tokio::test]
async fn a_batch_takes_one_place_of_the_queue() {
    let test = TestDatabase::empty().await;
    let bench = Bench::new(&test, &[("DATABASE_POOL_QUEUE_MAX", "1")]).await;
    let loader = DataLoader::<Items>::new(bench.database.clone());
    let held = bench.database.primary().await.unwrap();
    let reads = begin(&bench, &loader, 1..=10).await;
    // Another loader finds no place, and hears so at once.
    let other = DataLoader::<Items>::new(bench.database.clone());
    let error = other.load_row(1).await.unwrap_err();
    assert!(matches!(error, DbError::PoolExhausted { .. }), "{error:?}");
    drop(held);
    assert_eq!(names(reads).await, (1..=10).map(name).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_closed_pool_sends_those_away_who_wait_and_ends_what_is_under_way() {
    let test = TestDatabase::empty().await;
    let bench = Bench::new(&test, &[]).await;
    let loader = DataLoader::<Items>::new(bench.database.clone());
    let held = bench.database.primary().await.unwrap();
    let sent = begin(&bench, &loader, [1, 2]).await;
    bench.lock().await;
    drop(held);
    bench.is_sent().await;
    let waiting = begin(&bench, &loader, [3, 4]).await;
    let closing = {
        let database = bench.database.clone();
        tokio::spawn(async move { database.close(Duration::from_secs(10)).await })
    };
    for answer in answers(waiting).await {
        let error = answer.unwrap_err();
        assert!(matches!(error, DbError::PoolClosed), "{error:?}");
    }
    bench.unlock().await;
    assert_eq!(names(sent).await, [name(1), name(2)]);
    assert_eq!(closing.await.unwrap(), 0);
    let error = loader.load_row(1).await.unwrap_err();
    assert!(matches!(error, DbError::PoolClosed), "{error:?}");
}

#[tokio::test]
async fn a_loader_that_panics_lets_each_ask_by_itself() {
    let test = TestDatabase::empty().await;
    let bench = Bench::new(&test, &[]).await;
    let loader = DataLoader::<Panics>::new(bench.database.clone());
    let held = bench.database.primary().await.unwrap();
    let reads = begin(&bench, &loader, [1, 2]).await;
    drop(held);
    assert_eq!(names(reads).await, [name(1), name(2)]);
}

#[tokio::test]
async fn a_runtime_that_ends_takes_no_read_of_another_with_it() {
    let test = TestDatabase::empty().await;
    let bench = Bench::new(&test, &[]).await;
    let loader = DataLoader::<Items>::new(bench.database.clone());
    let held = bench.database.primary().await.unwrap();
    let (begun, has_begun) = tokio::sync::oneshot::channel();
    let (end, ends) = std::sync::mpsc::channel::<()>();
    let other = loader.clone();
    let thread = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let mut read = Box::pin(other.load_row(1));
            assert!(poll_at_most(read.as_mut(), 1).await.is_none());
            // The batch's task is polled here for the first time.
            tokio::task::yield_now().await;
            begun.send(()).unwrap();
            ends.recv().unwrap();
        });
    });
    has_begun.await.unwrap();
    let reads = begin(&bench, &loader, [2, 3]).await;
    end.send(()).unwrap();
    thread.join().unwrap();
    drop(held);
    assert_eq!(names(reads).await, [name(2), name(3)]);
}
