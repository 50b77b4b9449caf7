//! Work that goes out together: each caller gets its own answer, error and deadline, and none harms another.

mod data_loader;
mod insert_batcher;
mod single_flight;

use std::future::Future;
use std::sync::Arc;

use axis_db::{Database, ErrorClass};
use axis_testkit::TestDatabase;
use futures_util::future::join_all;
use tokio::task::JoinHandle;

use crate::support::{Recorder, bystander, eventually, observed, poll_at_most, running};

diesel::table! {
    items (id) {
        id -> Integer,
        name -> Text,
    }
}

const TABLE: &str = "CREATE TABLE items (id int PRIMARY KEY, name text NOT NULL);
    INSERT INTO items SELECT n, 'item ' || n FROM generate_series(1, 200) AS n";

struct Bench {
    database: Database,
    recorder: Arc<Recorder>,
    bystander: tokio_postgres::Client,
    /// Another one, since who is in a transaction sees no change of `pg_stat_activity`.
    locker: tokio_postgres::Client,
}

impl Bench {
    /// A pool of one connection, and some variables.
    async fn new(test: &TestDatabase, variables: &[(&str, &str)]) -> Self {
        let bystander = bystander(test).await;
        bystander.batch_execute(TABLE).await.unwrap();
        let variables = [&[("DATABASE_POOL_MAX", "1")], variables].concat();
        let (database, recorder) = observed(test, &variables);
        Self {
            database,
            recorder,
            bystander,
            locker: self::bystander(test).await,
        }
    }

    /// Work that has begun while the connection is in use, and waits.
    async fn begin<F: Future<Output: Send> + Send + 'static>(
        &self,
        all: impl IntoIterator<Item = F>,
    ) -> Vec<JoinHandle<F::Output>> {
        let mut begun = Vec::new();
        for work in all {
            let mut work = Box::pin(work);
            // Once polled, it waits with the others.
            assert!(poll_at_most(work.as_mut(), 1).await.is_none());
            begun.push(tokio::spawn(work));
        }
        eventually("their batch waits for a connection", async || {
            self.database.pool_status().waiting > 0
        })
        .await;
        begun
    }

    /// The statements on the table, with their outcome.
    fn statements(&self) -> Vec<(String, Result<(), ErrorClass>)> {
        let all = self.recorder.finished().into_iter();
        all.filter(|(statement, _)| statement.contains("items"))
            .collect()
    }

    /// Lets those who want the table wait on the server.
    async fn lock(&self) {
        let lock = "BEGIN; LOCK TABLE items IN ACCESS EXCLUSIVE MODE";
        self.locker.batch_execute(lock).await.unwrap();
    }

    async fn unlock(&self) {
        self.locker.batch_execute("COMMIT").await.unwrap();
    }

    async fn is_sent(&self) {
        eventually("the statement is on the server", async || {
            running(&self.bystander, "\"items\"").await == 1
        })
        .await;
    }
}

async fn answers<R>(reads: Vec<JoinHandle<R>>) -> Vec<R> {
    let all = join_all(reads).await;
    all.into_iter().map(Result::unwrap).collect()
}
