//! Each kind of damage, as a client sees it, and what the server has done meanwhile.

use std::io::ErrorKind;
use std::time::{Duration, Instant};

use axis_testkit::{Damage, FaultProxy, Passing, TestDatabase};
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use tokio_postgres::{Client, NoTls};

use crate::support::{chain, connect, eventually, run, value};

/// A database with a table, a proxy before it, and a session past the proxy.
async fn setup() -> (TestDatabase, FaultProxy, Client) {
    let database = TestDatabase::empty().await;
    let direct = connect(database.url()).await.unwrap();
    run(&direct, "CREATE TABLE t (n integer)").await.unwrap();
    let proxy = FaultProxy::before(database.url()).await;
    (database, proxy, direct)
}

async fn rows(direct: &Client) -> String {
    value(direct, "SELECT count(*) FROM t").await
}

fn statement(text: &str) -> Passing {
    Passing::Statement(text.to_owned())
}

#[tokio::test]
async fn an_idle_proxy_changes_nothing_and_counts() {
    let (database, proxy, direct) = setup().await;
    let url = proxy.url(database.url());
    let client = connect(&url).await.unwrap();
    let before = proxy.counts();
    assert_eq!((before.accepted, before.open), (1, 1));
    for n in 0..20 {
        run(&client, &format!("INSERT INTO t VALUES ({n})"))
            .await
            .unwrap();
    }
    assert_eq!(rows(&direct).await, "20");
    assert_eq!(proxy.counts().round_trips - before.round_trips, 20);
    // Sent at once, answered at once: fewer round trips than statements.
    let before = proxy.counts().round_trips;
    let (one, two) = tokio::join!(
        client.batch_execute("INSERT INTO t VALUES (1)"),
        client.batch_execute("INSERT INTO t VALUES (2)")
    );
    one.and(two).unwrap();
    assert!((1..=2).contains(&(proxy.counts().round_trips - before)));
    let long = "x".repeat(3_000_000);
    let echo: String = client
        .query_one("SELECT $1::text", &[&long])
        .await
        .unwrap()
        .get(0);
    assert!(echo == long, "a large message came back changed");
    drop(client);
    eventually("the connection is gone", async || proxy.counts().open == 0).await;
}

#[tokio::test]
async fn all_connections_are_cut_or_reset_and_new_ones_are_served() {
    let (database, proxy, direct) = setup().await;
    let url = proxy.url(database.url());
    for reset in [false, true] {
        let client = connect(&url).await.unwrap();
        // The server notices nothing of a lost client while it sleeps, so each sleep has its own text.
        let sleep = format!("SELECT pg_sleep(60), {reset}");
        let running = format!("SELECT count(*) FROM pg_stat_activity WHERE query = '{sleep}'");
        let sleeping = client.batch_execute(&sleep);
        let fault = async {
            eventually("it runs", async || value(&direct, &running).await == "1").await;
            assert_eq!(if reset { proxy.reset() } else { proxy.cut() }, 1);
        };
        let (result, ()) = tokio::join!(sleeping, fault);
        assert!(chain(&result.unwrap_err()).contains("closed"));
        eventually("the client knows", async || client.is_closed()).await;
        run(&connect(&url).await.unwrap(), "SELECT 1")
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn a_cut_is_an_end_and_a_reset_an_error() {
    let (database, proxy, _direct) = setup().await;
    let url = proxy.url(database.url());
    let (_, place) = url.rsplit_once('@').unwrap();
    let (address, _) = place.split_once('/').unwrap();
    for (reset, expected) in [(false, Ok(0)), (true, Err(ErrorKind::ConnectionReset))] {
        let mut socket = TcpStream::connect(address).await.unwrap();
        eventually("it is accepted", async || proxy.counts().open == 1).await;
        let cut = if reset { proxy.reset() } else { proxy.cut() };
        assert_eq!(cut, 1);
        let read = socket
            .read(&mut [0; 10])
            .await
            .map_err(|error| error.kind());
        assert_eq!(read, expected);
        eventually("none is left", async || proxy.counts().open == 0).await;
    }
}

#[tokio::test]
async fn refused_until_restored() {
    let (database, proxy, _direct) = setup().await;
    let url = proxy.url(database.url());
    for _ in 0..20 {
        let client = connect(&url).await.unwrap();
        assert_eq!(proxy.refuse(), 1);
        eventually("the client knows", async || client.is_closed()).await;
        eventually("the door is closed", async || {
            connect(&url)
                .await
                .is_err_and(|error| chain(&error).contains("refused"))
        })
        .await;
        for _ in 0..3 {
            let error = connect(&url).await.unwrap_err();
            assert!(chain(&error).contains("refused"), "{error:?}");
        }
        eventually("none is left", async || proxy.counts().open == 0).await;
        proxy.restore();
        run(&connect(&url).await.unwrap(), "SELECT 1")
            .await
            .unwrap();
        eventually("none is left", async || proxy.counts().open == 0).await;
    }
}

#[tokio::test]
async fn a_black_hole_answers_nobody_and_closes_nothing() {
    let (database, proxy, direct) = setup().await;
    let url = proxy.url(database.url());
    let client = connect(&url).await.unwrap();
    proxy.black_hole();
    let mut insert = std::pin::pin!(client.batch_execute("INSERT INTO t VALUES (1)"));
    let silence = Duration::from_millis(300);
    assert!(tokio::time::timeout(silence, &mut insert).await.is_err());
    assert!(tokio::time::timeout(silence, connect(&url)).await.is_err());
    assert!(!client.is_closed());
    assert_eq!(rows(&direct).await, "0");
    proxy.restore();
    // What was sent meanwhile arrives.
    insert.await.unwrap();
    assert_eq!(rows(&direct).await, "1");
}

#[tokio::test]
async fn delayed_both_ways() {
    let (database, proxy, _direct) = setup().await;
    let client = connect(&proxy.url(database.url())).await.unwrap();
    proxy.delay(Duration::from_millis(60));
    let started = Instant::now();
    run(&client, "SELECT 1").await.unwrap();
    assert!(started.elapsed() >= Duration::from_millis(120));
    proxy.restore();
    let started = Instant::now();
    run(&client, "SELECT 1").await.unwrap();
    assert!(started.elapsed() < Duration::from_millis(120));
}

/// Runs a transaction through the proxy with damage set, and gives what its COMMIT gave and how many rows are there.
async fn commit_with(damage: Damage) -> (Result<(), String>, String) {
    let (database, proxy, direct) = setup().await;
    let client = connect(&proxy.url(database.url())).await.unwrap();
    proxy.strike(statement("commit"), damage);
    run(&client, "BEGIN").await.unwrap();
    run(&client, "INSERT INTO t VALUES (1)").await.unwrap();
    assert_eq!(proxy.pending(), 1);
    let patience = Duration::from_secs(1);
    let outcome = match tokio::time::timeout(patience, client.batch_execute("COMMIT")).await {
        Ok(result) => result.map_err(|error| chain(&error)),
        Err(_) => Err("silence".to_owned()),
    };
    assert_eq!((proxy.pending(), proxy.counts().struck), (0, 1));
    // Once only.
    let client = connect(&proxy.url(database.url())).await.unwrap();
    run(&client, "BEGIN; COMMIT").await.unwrap();
    (outcome, rows(&direct).await)
}

#[tokio::test]
async fn a_commit_whose_answer_is_lost_has_taken_place() {
    let (outcome, rows) = commit_with(Damage::LoseAnswer).await;
    assert!(outcome.unwrap_err().contains("closed"));
    assert_eq!(rows, "1");
}

#[tokio::test]
async fn a_commit_that_never_arrives_has_not() {
    for damage in [Damage::CutBefore, Damage::Halve] {
        let (outcome, rows) = commit_with(damage).await;
        assert!(outcome.unwrap_err().contains("closed"), "{damage:?}");
        assert_eq!(rows, "0", "{damage:?}");
    }
    let (outcome, rows) = commit_with(Damage::Silence).await;
    assert_eq!((outcome, &*rows), (Err("silence".to_owned()), "0"));
}

#[tokio::test]
async fn a_lost_answer_is_that_of_the_statement_meant_among_pipelined_ones() {
    let (database, proxy, direct) = setup().await;
    let client = connect(&proxy.url(database.url())).await.unwrap();
    proxy.strike(statement("VALUES (7)"), Damage::LoseAnswer);
    let (first, second) = tokio::join!(
        client.batch_execute("INSERT INTO t SELECT 1 FROM pg_sleep(0.2)"),
        client.batch_execute("INSERT INTO t VALUES (7)"),
    );
    assert!(first.is_err() && second.is_err());
    assert_eq!(rows(&direct).await, "2");
}

#[tokio::test]
async fn answers_and_requests_are_halved() {
    let (database, proxy, direct) = setup().await;
    let url = proxy.url(database.url());
    for (passing, inserted) in [(Passing::Answer, "1"), (Passing::Request, "0")] {
        let client = connect(&url).await.unwrap();
        run(&direct, "TRUNCATE t").await.unwrap();
        proxy.strike(passing.clone(), Damage::Halve);
        // Logging in is neither.
        let other = connect(&url).await.unwrap();
        assert_eq!(proxy.pending(), 1, "{passing:?}");
        run(&client, "INSERT INTO t VALUES (1)").await.unwrap_err();
        assert_eq!(proxy.pending(), 0, "{passing:?}");
        assert_eq!(rows(&direct).await, inserted, "{passing:?}");
        run(&other, "SELECT 1").await.unwrap();
    }
}

#[tokio::test]
async fn a_silenced_connection_ends_with_its_client() {
    let (database, proxy, direct) = setup().await;
    let url = proxy.url(database.url());
    for passing in [Passing::Request, Passing::Answer] {
        let (client, driver) = tokio_postgres::connect(&url, NoTls).await.unwrap();
        let driver = tokio::spawn(driver);
        proxy.strike(passing, Damage::Silence);
        let patience = Duration::from_millis(300);
        let query = client.batch_execute("SELECT 1");
        assert!(tokio::time::timeout(patience, query).await.is_err());
        // Dropping the client alone would leave the driver waiting for the answer for ever.
        driver.abort();
        eventually("the connection is gone", async || proxy.counts().open == 0).await;
    }
    eventually("the server's sessions are too", async || {
        let sql = "SELECT count(*) FROM pg_stat_activity \
                   WHERE datname = current_database() AND pid <> pg_backend_pid()";
        value(&direct, sql).await == "0"
    })
    .await;
}

#[tokio::test]
async fn a_request_to_cancel_passes() {
    let (database, proxy, _direct) = setup().await;
    let client = connect(&proxy.url(database.url())).await.unwrap();
    let token = client.cancel_token();
    let before = proxy.counts().round_trips;
    let cancel = async {
        // The server needs to have begun, else there is nothing to cancel: again until it is heard.
        loop {
            token.cancel_query(NoTls).await.unwrap();
            if proxy.counts().round_trips > before {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let (result, ()) = tokio::join!(run(&client, "SELECT pg_sleep(30)"), cancel);
    assert_eq!(result.unwrap_err().code().unwrap().code(), "57014");
    assert!(proxy.counts().cancels >= 1);
}
