//! Who is woken for an answer: whoever waits for it, and nobody else.

use std::future::{Future, poll_fn};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axis_db::Database;
use axis_testkit::TestDatabase;
use diesel_async::RunQueryDsl;
use tokio::sync::oneshot;

use crate::support::{database, raw};

const STATEMENTS: usize = 100;

/// `future`, and how often it has been polled.
fn counted<F: Future>(future: F) -> (impl Future<Output = F::Output>, Arc<AtomicUsize>) {
    let polls = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&polls);
    let mut future = Box::pin(future);
    let counting = poll_fn(move |context| {
        count.fetch_add(1, Ordering::Relaxed);
        future.as_mut().poll(context)
    });
    (counting, polls)
}

/// `load` is Diesel's here, too.
fn number(polls: &AtomicUsize) -> usize {
    AtomicUsize::load(polls, Ordering::Relaxed)
}

async fn run(database: &Database, statements: usize) {
    let mut connection = database.primary().await.unwrap();
    for _ in 0..statements {
        let query = raw("SELECT 1");
        query.execute(&mut connection).await.unwrap();
    }
}

#[tokio::test]
async fn a_statement_wakes_nobody_who_used_the_connection_before() {
    let test = TestDatabase::empty().await;
    let database = database(&test, &[("DATABASE_POOL_MAX", "1")]);
    let (used, is_used) = oneshot::channel();
    let (release, released) = oneshot::channel::<()>();
    let (former, polls) = counted({
        let database = database.clone();
        async move {
            run(&database, 1).await;
            used.send(()).unwrap();
            released.await.unwrap();
        }
    });
    let former = tokio::spawn(former);
    is_used.await.unwrap();
    let before = number(&polls);
    run(&database, STATEMENTS).await;
    assert_eq!(number(&polls), before);
    release.send(()).unwrap();
    former.await.unwrap();
}
