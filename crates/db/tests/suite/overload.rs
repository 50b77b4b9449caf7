//! More callers than the pool can serve, a server that comes and goes, and the end.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use axis_db::{Database, DbError, ErrorClass};
use axis_testkit::{Route, TestDatabase, leave_out_on};
use diesel_async::RunQueryDsl;

use crate::support::{
    bystander, database, eventually, observed, observed_at, pg_backend_pid, pg_sleep, switch,
};

async fn query(database: &Database) -> Result<i32, DbError> {
    let mut connection = database.primary().await?;
    Ok(diesel::select(pg_backend_pid())
        .get_result(&mut connection)
        .await?)
}

#[tokio::test]
async fn who_finds_the_queue_full_is_turned_away_at_once() {
    let test = TestDatabase::empty().await;
    let limits = [("DATABASE_POOL_MAX", "1"), ("DATABASE_POOL_QUEUE_MAX", "2")];
    let (database, recorder) = observed(&test, &limits);
    let held = database.primary().await.unwrap();
    let waiters: Vec<_> = (0..2)
        .map(|_| {
            let database = database.clone();
            tokio::spawn(async move { query(&database).await })
        })
        .collect();
    eventually("they wait", async || database.pool_status().waiting == 2).await;
    let started = Instant::now();
    let error = database.primary().await.unwrap_err();
    assert!(
        matches!(error, DbError::PoolExhausted { waiting: 2, max: 1 }),
        "{error:?}"
    );
    assert!(error.is_retryable());
    assert!(started.elapsed() < Duration::from_millis(500));
    let shed = recorder.acquired().pop().unwrap().1;
    assert_eq!(shed, Err(ErrorClass::PoolExhausted));
    // Those who wait are served all the same, and so is who comes after them.
    drop(held);
    for waiter in waiters {
        waiter.await.unwrap().unwrap();
    }
    query(&database).await.unwrap();
}

#[tokio::test]
async fn a_queue_of_none_sheds_whoever_would_wait() {
    let test = TestDatabase::empty().await;
    let limits = [("DATABASE_POOL_MAX", "2"), ("DATABASE_POOL_QUEUE_MAX", "0")];
    let database = database(&test, &limits);
    let _one = database.primary().await.unwrap();
    let two = database.primary().await.unwrap();
    let error = database.primary().await.unwrap_err();
    assert!(matches!(error, DbError::PoolExhausted { .. }), "{error:?}");
    drop(two);
    database.primary().await.unwrap();
}

/// What each of `clients` got in `time`: how often it was served, and how often turned away.
async fn load(database: &Database, clients: usize, time: Duration) -> Vec<(u32, u32)> {
    let end = Instant::now() + time;
    let slowest_refusal = Arc::new(AtomicU32::new(0));
    let tasks: Vec<_> = (0..clients)
        .map(|_| {
            let database = database.clone();
            let slowest_refusal = Arc::clone(&slowest_refusal);
            tokio::spawn(async move {
                let (mut served, mut shed) = (0, 0);
                while Instant::now() < end {
                    let started = Instant::now();
                    let result = async {
                        let mut connection = database.primary().await?;
                        // As long as a small request takes, on a machine of any speed.
                        diesel::select(pg_sleep(0.004))
                            .execute(&mut connection)
                            .await?;
                        Ok::<_, DbError>(())
                    };
                    match result.await {
                        Ok(()) => served += 1,
                        Err(DbError::PoolExhausted { .. }) => {
                            shed += 1;
                            let took = started.elapsed().as_millis().try_into().unwrap();
                            slowest_refusal.fetch_max(took, Ordering::Relaxed);
                            // A client that reads Retry-After.
                            tokio::time::sleep(Duration::from_millis(100)).await;
                        }
                        Err(error) => panic!("{error:?}"),
                    }
                }
                (served, shed)
            })
        })
        .collect();
    let mut counts = Vec::new();
    for task in tasks {
        counts.push(task.await.unwrap());
    }
    // Not `load`, which Diesel has for everything.
    let slowest = slowest_refusal.fetch_max(0, Ordering::Relaxed);
    assert!(slowest < 1_000, "turned away after {slowest} ms only");
    counts
}

fn served(counts: &[(u32, u32)]) -> u32 {
    counts.iter().map(|count| count.0).sum()
}

/// A minute where AXIS_LONG_TESTS is set, else some seconds.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_times_more_clients_than_connections() {
    const CONNECTIONS: usize = 4;
    let is_long = std::env::var_os("AXIS_LONG_TESTS").is_some();
    let time = Duration::from_secs(if is_long { 60 } else { 6 });
    let test = TestDatabase::empty().await;
    let (database, recorder) = observed(&test, &[("DATABASE_POOL_MAX", "4")]);
    // The peak: as many clients as are served without a queue that is full.
    let peak = load(&database, CONNECTIONS * 4, time / 3).await;
    let peak = f64::from(served(&peak)) / (time / 3).as_secs_f64();
    let counts = load(&database, CONNECTIONS * 50, time).await;
    let throughput = f64::from(served(&counts)) / time.as_secs_f64();
    let shed: u32 = counts.iter().map(|count| count.1).sum();
    let least = counts.iter().map(|count| count.0).min().unwrap();
    let most = counts.iter().map(|count| count.0).max().unwrap();
    println!(
        "peak {peak:.0}/s, under load {throughput:.0}/s, {shed} turned away, served {least} to {most}"
    );
    // A moment of the machine's own counts for more in seconds than in a minute.
    let part = if is_long { 0.9 } else { 0.7 };
    assert!(
        throughput >= part * peak,
        "{throughput:.0}/s of {peak:.0}/s"
    );
    assert!(shed > 0, "nobody was turned away: the test proves nothing");
    // Over a minute; in seconds, chance has more to say.
    assert!(
        least > 0 && (!is_long || most < 2 * least),
        "{least} to {most}"
    );
    // And afterwards all is as before.
    let status = database.pool_status();
    assert_eq!((status.in_use, status.waiting), (0, 0));
    assert!(status.connections <= 4);
    assert!(recorder.connected().len() <= 4, "no connection was lost");
    query(&database).await.unwrap();
}

#[tokio::test]
async fn an_outage_is_told_at_once_and_its_end_is_found_soon() {
    let test = TestDatabase::empty().await;
    let (url, mut switch) = switch(&test).await;
    let (database, recorder) = observed_at(&url, &[("DATABASE_POOL_MAX", "2")]);
    query(&database).await.unwrap();
    switch.off().await;
    // Those who come first wait for a while: it may be a restart.
    let started = Instant::now();
    let mut first = 0;
    let error = loop {
        match query(&database).await {
            Err(error @ DbError::Unreachable { .. }) => break error,
            // The connection that was cut may have been lent before that was known.
            Err(error) => assert!(matches!(error, DbError::ConnectionLost { .. }), "{error:?}"),
            Ok(_) => panic!("served through a proxy that is off"),
        }
        first += 1;
        assert!(first <= 1);
    };
    assert!(error.is_retryable());
    let waited = started.elapsed();
    assert!(waited > Duration::from_millis(1_500), "{waited:?}");
    assert!(waited < Duration::from_secs(5), "{waited:?}");
    // Those who come later hear of it at once, more of them than may wait.
    let started = Instant::now();
    for _ in 0..20 {
        let error = database.primary().await.unwrap_err();
        assert!(matches!(error, DbError::Unreachable { .. }), "{error:?}");
    }
    let waited = started.elapsed();
    assert!(waited < Duration::from_secs(1), "{waited:?}");
    // Attempts go on, one at a time.
    let before = recorder.connected().len();
    let started = Instant::now();
    while started.elapsed() < Duration::from_secs(2) {
        assert!(database.primary().await.is_err());
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let attempts = recorder.connected().len() - before;
    assert!((3..=12).contains(&attempts), "{attempts} attempts in 2 s");
    switch.on().await;
    let back = Instant::now();
    while query(&database).await.is_err() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let recovery = back.elapsed();
    println!("found again after {recovery:?}, {attempts} attempts in 2 s of outage");
    assert!(recovery < Duration::from_secs(1), "{recovery:?}");
}

#[tokio::test]
async fn a_cold_start_is_one_slow_request() {
    let test = TestDatabase::empty().await;
    let (url, mut switch) = switch(&test).await;
    switch.off().await;
    let (database, _) = observed_at(&url, &[]);
    let started = Instant::now();
    let request = {
        let database = database.clone();
        tokio::spawn(async move { query(&database).await })
    };
    tokio::time::sleep(Duration::from_millis(1_000)).await;
    switch.on().await;
    request.await.unwrap().unwrap();
    assert!(started.elapsed() < Duration::from_secs(2));
}

#[tokio::test]
async fn an_outage_of_long_ago_says_nothing_about_now() {
    let test = TestDatabase::empty().await;
    let (url, mut switch) = switch(&test).await;
    switch.off().await;
    let (database, _) = observed_at(&url, &[("DATABASE_CONNECT_TIMEOUT", "2500ms")]);
    for _ in 0..2 {
        let error = database.primary().await.unwrap_err();
        assert!(matches!(error, DbError::Unreachable { .. }), "{error:?}");
    }
    // Nobody asks for a while, and so nobody tries.
    tokio::time::sleep(Duration::from_millis(4_500)).await;
    let request = {
        let database = database.clone();
        tokio::spawn(async move { query(&database).await })
    };
    tokio::time::sleep(Duration::from_millis(500)).await;
    switch.on().await;
    request.await.unwrap().unwrap();
}

#[tokio::test]
async fn warming_up_opens_what_is_to_be_idle() {
    let test = TestDatabase::empty().await;
    for (min_idle, opened) in [("0", 1), ("3", 3)] {
        let (database, recorder) = observed(
            &test,
            &[
                ("DATABASE_POOL_MAX", "5"),
                ("DATABASE_POOL_MIN_IDLE", min_idle),
            ],
        );
        database.warm_up().await.unwrap();
        assert!(database.pool_status().idle >= opened);
        assert_eq!(recorder.demands(), []);
    }
}

#[tokio::test]
async fn pools_that_cannot_fit_are_told() {
    if leave_out_on(
        &[Route::PgBouncer],
        "max_connections is the pooler's to share out here",
    ) {
        return;
    }
    let test = TestDatabase::empty().await;
    let row = bystander(&test)
        .await
        .query_one(
            "SELECT current_setting('max_connections')::int \
             - current_setting('superuser_reserved_connections')::int \
             - coalesce(current_setting('reserved_connections', true)::int, 0)",
            &[],
        )
        .await
        .unwrap();
    let available = u32::try_from(row.get::<_, i32>(0)).unwrap();
    let mut told = 0;
    for (instances, is_short) in [(1, false), (available, false), (available + 1, true)] {
        let instances_text = instances.to_string();
        let (database, recorder) = observed(
            &test,
            &[
                ("DATABASE_POOL_MAX", "1"),
                ("DATABASE_INSTANCES", &instances_text),
            ],
        );
        database.warm_up().await.unwrap();
        let demands = recorder.demands();
        assert_eq!(demands.len(), usize::from(is_short), "{instances}");
        for demand in demands {
            assert_eq!((demand.instances, demand.pool_max), (instances, 1));
            assert_eq!(demand.available, available);
            told += 1;
        }
    }
    assert_eq!(told, 1);
}

#[tokio::test]
async fn closing_waits_for_those_in_use() {
    if leave_out_on(
        &[Route::PgBouncer],
        "it is about the server's own sessions, which are the pooler's here",
    ) {
        return;
    }
    let test = TestDatabase::empty().await;
    let bystander = bystander(&test).await;
    let database = database(&test, &[("DATABASE_POOL_MAX", "2")]);
    let _idle = (query(&database).await, query(&database).await);
    let held = database.primary().await.unwrap();
    let held_too = database.primary().await.unwrap();
    let waiter = {
        let database = database.clone();
        tokio::spawn(async move { query(&database).await })
    };
    eventually("it waits", async || database.pool_status().waiting == 1).await;
    drop(held_too);
    waiter.await.unwrap().unwrap();
    // Not back in time.
    let started = Instant::now();
    assert_eq!(database.close(Duration::from_millis(100)).await, 1);
    assert!(started.elapsed() >= Duration::from_millis(100));
    for _ in 0..2 {
        let error = database.primary().await.unwrap_err();
        assert!(matches!(error, DbError::PoolClosed), "{error:?}");
        assert!(!error.is_retryable());
    }
    let closing = {
        let database = database.clone();
        tokio::spawn(async move { database.close(Duration::from_secs(30)).await })
    };
    tokio::task::yield_now().await;
    drop(held);
    assert_eq!(closing.await.unwrap(), 0);
    assert_eq!(database.pool_status().connections, 0);
    eventually("the server has no session of it", async || {
        let row = bystander
            .query_one(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() \
                 AND pid <> pg_backend_pid() AND backend_type = 'client backend'",
                &[],
            )
            .await
            .unwrap();
        row.get::<_, i64>(0) == 0
    })
    .await;
}
