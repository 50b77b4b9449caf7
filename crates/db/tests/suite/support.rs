//! What several tests need.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axis_db::{
    ConnectionDemand, Database, DatabaseConfig, ErrorClass, Observer, QueryObservation,
    TransactionAttempt, TransactionBuilder,
};
use axis_testkit::{Route, TestDatabase};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};

diesel::define_sql_function! {
    /// Sleeps on the server. What it returns is void, so run it by `execute` only.
    fn pg_sleep(seconds: diesel::sql_types::Double) -> diesel::sql_types::Text;
}

diesel::define_sql_function! {
    /// The process of the server that serves this connection.
    fn pg_backend_pid() -> diesel::sql_types::Integer;
}

/// A configuration for `url` with some variables set.
pub(crate) fn config(url: &str, variables: &[(&str, &str)]) -> DatabaseConfig {
    DatabaseConfig::from_variables(|name| {
        if name == "DATABASE_URL" {
            return Some(url.to_owned());
        }
        let found = variables.iter().find(|(variable, _)| *variable == name)?;
        Some(found.1.to_owned())
    })
    .unwrap()
}

/// A configuration for a test database by this run's route, with some variables set otherwise.
fn config_of(test: &TestDatabase, variables: &[(&str, &str)]) -> DatabaseConfig {
    let route = test.variables();
    DatabaseConfig::from_variables(|name| {
        let found = variables.iter().find(|(variable, _)| *variable == name);
        found.map_or_else(|| route(name), |(_, value)| Some((*value).to_owned()))
    })
    .unwrap()
}

fn observe(config: DatabaseConfig) -> (Database, Arc<Recorder>) {
    let recorder = Arc::new(Recorder::default());
    let observer: Arc<dyn Observer> = recorder.clone();
    (Database::new(config, observer).unwrap(), recorder)
}

/// A database at `url`, with some variables set, and what its observer sees.
pub(crate) fn observed_at(url: &str, variables: &[(&str, &str)]) -> (Database, Arc<Recorder>) {
    observe(config(url, variables))
}

/// The database under test, with some variables set, and what its observer sees.
pub(crate) fn observed(
    test: &TestDatabase,
    variables: &[(&str, &str)],
) -> (Database, Arc<Recorder>) {
    observe(config_of(test, variables))
}

/// The database under test.
pub(crate) fn database(test: &TestDatabase, variables: &[(&str, &str)]) -> Database {
    observed(test, variables).0
}

/// A connection that has nothing to do with the code under test.
pub(crate) async fn bystander(test: &TestDatabase) -> tokio_postgres::Client {
    let (client, driver) = tokio_postgres::connect(test.direct_url(), tokio_postgres::NoTls)
        .await
        .unwrap();
    tokio::spawn(driver);
    client
}

/// Waits until `check` says yes, for ten seconds at most.
pub(crate) async fn eventually(what: &str, mut check: impl AsyncFnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(10);
    while !check().await {
        assert!(Instant::now() < deadline, "it never came to pass: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// How many other sessions of this database run a statement that contains `text`.
pub(crate) async fn running(client: &tokio_postgres::Client, text: &str) -> i64 {
    let row = client
        .query_one(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() \
             AND pid <> pg_backend_pid() AND state = 'active' AND query LIKE '%' || $1 || '%'",
            &[&text],
        )
        .await
        .unwrap();
    row.get(0)
}

/// How many other sessions of this database have a transaction open and do nothing.
pub(crate) async fn idle_in_transaction(client: &tokio_postgres::Client) -> i64 {
    let row = client
        .query_one(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() \
             AND pid <> pg_backend_pid() AND state LIKE 'idle in transaction%'",
            &[],
        )
        .await
        .unwrap();
    row.get(0)
}

/// How often a transaction is tried, as the length of a list.
pub(crate) const ATTEMPTS: usize = TransactionBuilder::ATTEMPTS as usize;

/// Statements are prepared under a name, where no pooler stands between.
pub(crate) const NAMED: (&str, &str) = ("DATABASE_POOLER", "none");
/// Statements have no name, as behind a pooler.
pub(crate) const UNNAMED: (&str, &str) = ("DATABASE_POOLER", "transaction");

/// The ways in which statements can go out on this run's route: both, but behind a pooler without a
/// name, whether one said so or it was found out.
pub(crate) fn modes() -> [(&'static str, &'static str); 2] {
    match Route::of_this_run() {
        Route::Direct | Route::Tls => [NAMED, UNNAMED],
        Route::PgBouncer => [UNNAMED, ("DATABASE_POOLER", "auto")],
    }
}

/// A statement that the query builder cannot say.
#[expect(
    clippy::disallowed_methods,
    reason = "tests provoke what the query builder prevents; the texts are constants"
)]
pub(crate) fn raw(text: impl Into<String>) -> diesel::query_builder::SqlQuery {
    diesel::sql_query(text)
}

/// Polls a future as often as it is woken, and drops it when that was `polls` times.
pub(crate) async fn poll_at_most<F: Future + Unpin>(
    mut future: F,
    polls: usize,
) -> Option<F::Output> {
    let mut left = polls;
    std::future::poll_fn(|context| {
        if left == 0 {
            return std::task::Poll::Ready(None);
        }
        left -= 1;
        match std::pin::Pin::new(&mut future).poll(context) {
            std::task::Poll::Ready(output) => std::task::Poll::Ready(Some(output)),
            // Nothing wakes this task any more: end it now.
            std::task::Poll::Pending if left == 0 => std::task::Poll::Ready(None),
            std::task::Poll::Pending => std::task::Poll::Pending,
        }
    })
    .await
}

/// What an error and its sources say.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text.push_str(": ");
        text.push_str(&error.to_string());
        source = error.source();
    }
    text
}

pub(crate) type Outcome = Result<(), ErrorClass>;

/// A statement with its outcome; none while it runs.
pub(crate) type Query = (String, Option<Outcome>);

/// Keeps what an observer is told.
#[derive(Default)]
pub(crate) struct Recorder {
    queries: Arc<Mutex<Vec<Query>>>,
    took: Arc<Mutex<Vec<(usize, Duration)>>>,
    finished: Mutex<Vec<(String, Outcome)>>,
    acquired: Mutex<Vec<(Duration, Outcome)>>,
    connected: Mutex<Vec<Outcome>>,
    transactions: Mutex<Vec<TransactionAttempt>>,
    demands: Mutex<Vec<ConnectionDemand>>,
    batches: Mutex<Vec<usize>>,
}

impl Recorder {
    pub(crate) fn queries(&self) -> Vec<Query> {
        self.queries.lock().unwrap().clone()
    }

    /// How long the query of this number took, where it has ended.
    pub(crate) fn took(&self, index: usize) -> Option<Duration> {
        let took = self.took.lock().unwrap();
        took.iter()
            .find(|(of, _)| *of == index)
            .map(|(_, took)| *took)
    }

    /// What ended, without its beginning.
    pub(crate) fn finished(&self) -> Vec<(String, Outcome)> {
        self.finished.lock().unwrap().clone()
    }

    pub(crate) fn acquired(&self) -> Vec<(Duration, Outcome)> {
        self.acquired.lock().unwrap().clone()
    }

    pub(crate) fn transactions(&self) -> Vec<TransactionAttempt> {
        self.transactions.lock().unwrap().clone()
    }

    pub(crate) fn demands(&self) -> Vec<ConnectionDemand> {
        self.demands.lock().unwrap().clone()
    }

    /// How many reads went out together, each time.
    pub(crate) fn batches(&self) -> Vec<usize> {
        self.batches.lock().unwrap().clone()
    }

    pub(crate) fn connected(&self) -> Vec<Outcome> {
        self.connected.lock().unwrap().clone()
    }
}

struct Recording {
    queries: Arc<Mutex<Vec<Query>>>,
    took: Arc<Mutex<Vec<(usize, Duration)>>>,
    index: usize,
}

impl Observer for Recorder {
    fn query(&self, statement: &str) -> Option<Box<dyn QueryObservation>> {
        let mut queries = self.queries.lock().unwrap();
        queries.push((statement.to_owned(), None));
        Some(Box::new(Recording {
            queries: Arc::clone(&self.queries),
            took: Arc::clone(&self.took),
            index: queries.len() - 1,
        }))
    }

    fn query_finished(&self, statement: &str, _took: Duration, outcome: Outcome) {
        let mut finished = self.finished.lock().unwrap();
        finished.push((statement.to_owned(), outcome));
    }

    fn batch_sent(&self, reads: usize) {
        self.batches.lock().unwrap().push(reads);
    }

    fn acquired(&self, waited: Duration, outcome: Outcome) {
        self.acquired.lock().unwrap().push((waited, outcome));
    }

    fn transaction(&self, attempt: &TransactionAttempt) {
        self.transactions.lock().unwrap().push(*attempt);
    }

    fn connections_short(&self, demand: &ConnectionDemand) {
        self.demands.lock().unwrap().push(*demand);
    }

    fn connected(&self, _took: Duration, outcome: Outcome) {
        self.connected.lock().unwrap().push(outcome);
    }
}

impl QueryObservation for Recording {
    fn finished(self: Box<Self>, took: Duration, outcome: Outcome) {
        self.took.lock().unwrap().push((self.index, took));
        let before = self.queries.lock().unwrap()[self.index].1.replace(outcome);
        assert_eq!(before, None, "told twice how a statement ended");
    }
}

/// A way to the database under test that can be closed: then connections are cut, and new ones are
/// refused.
pub(crate) struct Switch {
    port: u16,
    to: String,
    forwarding: tokio::task::JoinHandle<()>,
}

/// The URL of the database under test by way of a [`Switch`], which is on.
pub(crate) async fn switch(test: &TestDatabase) -> (String, Switch) {
    let (_, place) = test.url().rsplit_once('@').unwrap();
    let to = place.split(['/', '?']).next().unwrap().to_owned();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let url = test.url().replace(&to, &format!("127.0.0.1:{port}"));
    let forwarding = tokio::spawn(forward(listener, to.clone()));
    let switch = Switch {
        port,
        to,
        forwarding,
    };
    (url, switch)
}

impl Switch {
    pub(crate) async fn off(&mut self) {
        self.forwarding.abort();
        let _ = (&mut self.forwarding).await;
    }

    pub(crate) async fn on(&mut self) {
        let listener = TcpListener::bind(("127.0.0.1", self.port)).await.unwrap();
        self.forwarding = tokio::spawn(forward(listener, self.to.clone()));
    }
}

/// Passes connections on. They end with this future.
async fn forward(listener: TcpListener, to: String) {
    let mut connections = tokio::task::JoinSet::new();
    loop {
        let (mut client, _) = listener.accept().await.unwrap();
        let to = to.clone();
        connections.spawn(async move {
            let mut server = TcpStream::connect(to).await.unwrap();
            let _ = copy_bidirectional(&mut client, &mut server).await;
        });
    }
}
