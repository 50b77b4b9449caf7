//! A server that cannot be reached: told apart from a full pool, with its cause, and found again.

use std::time::{Duration, Instant};

use axis_db::{Database, DbError, ErrorClass};
use axis_testkit::{Route, TestDatabase, leave_out_on};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};

use crate::support::{chain, database, eventually, observed_at};

/// A port on which nobody listens.
async fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    listener.local_addr().unwrap().port()
}

fn at_port(port: u16) -> String {
    format!("postgres://postgres@127.0.0.1:{port}/postgres?sslmode=disable")
}

fn assert_unreachable(error: &DbError, cause: &str) {
    assert!(matches!(error, DbError::Unreachable { .. }), "{error:?}");
    assert!(error.is_retryable());
    let text = chain(error);
    assert!(text.contains(cause), "{text}");
}

#[tokio::test]
async fn a_refused_connection_is_told_with_its_cause() {
    let url = at_port(free_port().await);
    let (database, recorder) = observed_at(
        &url,
        &[
            ("DATABASE_ACQUIRE_TIMEOUT", "400ms"),
            ("DATABASE_POOL_MAX", "1"),
        ],
    );
    let started = Instant::now();
    // All at once on a pool of one: those who queue must not take it for a full pool.
    let callers: Vec<_> = (0..5)
        .map(|_| {
            let database = database.clone();
            tokio::spawn(async move { database.primary().await.map(drop) })
        })
        .collect();
    for caller in callers {
        let error = caller.await.unwrap().unwrap_err();
        assert_unreachable(&error, "refused");
    }
    assert!(
        started.elapsed() < Duration::from_secs(5),
        "{:?}",
        started.elapsed()
    );
    assert_unreachable(&database.direct().await.unwrap_err(), "refused");
    let connected = recorder.connected();
    assert!(connected.len() >= 3, "only {} attempts", connected.len());
    assert!(
        connected
            .iter()
            .all(|outcome| *outcome == Err(ErrorClass::Unreachable))
    );
    let acquired = recorder.acquired();
    assert_eq!(acquired.len(), 5);
    assert!(
        acquired
            .iter()
            .all(|(_, outcome)| *outcome == Err(ErrorClass::Unreachable))
    );
}

#[tokio::test]
async fn health_tells_the_cause_soon() {
    let (database, _) = observed_at(&at_port(free_port().await), &[]);
    let started = Instant::now();
    assert_unreachable(&database.health().await.unwrap_err(), "refused");
    assert!(started.elapsed() < Duration::from_secs(4));
}

#[tokio::test]
async fn a_silent_server_is_unreachable_too() {
    // Accepts by the kernel's backlog, and never says a word.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = at_port(listener.local_addr().unwrap().port());
    for (acquire, connect) in [("300ms", "10s"), ("10s", "300ms")] {
        let (database, _) = observed_at(
            &url,
            &[
                ("DATABASE_ACQUIRE_TIMEOUT", acquire),
                ("DATABASE_CONNECT_TIMEOUT", connect),
                ("DATABASE_POOL_MAX", "1"),
            ],
        );
        let started = Instant::now();
        let (one, two) = tokio::join!(database.primary(), database.primary());
        assert_unreachable(&one.unwrap_err(), "no answer within");
        assert_unreachable(&two.unwrap_err(), "no answer within");
        assert!(
            started.elapsed() < Duration::from_secs(4),
            "{acquire} {connect}"
        );
    }
}

#[tokio::test]
async fn a_wrong_password_is_not_tried_again() {
    if leave_out_on(
        &[Route::PgBouncer],
        "this pooler answers 08P01 to all that it refuses, a wrong password as well as an outage",
    ) {
        return;
    }
    let test = TestDatabase::empty().await;
    let (_, place) = test.url().rsplit_once('@').unwrap();
    let (database, recorder) = observed_at(&format!("postgres://nobody:wrong@{place}"), &[]);
    let started = Instant::now();
    let error = database.primary().await.unwrap_err();
    assert_unreachable(&error, "authentication failed");
    assert!(started.elapsed() < Duration::from_secs(5));
    assert_eq!(recorder.connected().len(), 1);
}

#[tokio::test]
async fn a_database_that_comes_back_is_found_within_the_callers_time() {
    let test = TestDatabase::empty().await;
    let port = free_port().await;
    let url = through(&test, port);
    let (database, recorder) = observed_at(&url, &[]);
    let caller = {
        let database: Database = database.clone();
        tokio::spawn(async move { database.primary().await.map(drop) })
    };
    eventually("it was refused", async || !recorder.connected().is_empty()).await;
    let back = Instant::now();
    tokio::spawn(forward(port, address(&test)));
    caller.await.unwrap().unwrap();
    assert!(
        back.elapsed() < Duration::from_secs(2),
        "{:?}",
        back.elapsed()
    );
    database.health().await.unwrap();
}

#[tokio::test]
async fn a_server_without_tls_serves_only_those_who_do_not_insist() {
    if leave_out_on(&[Route::Tls], "it is about a server without TLS") {
        return;
    }
    let test = TestDatabase::empty().await;
    let folder = tempfile::tempdir().unwrap();
    let roots = folder.path().join("root.pem");
    let key = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    std::fs::write(&roots, key.cert.pem()).unwrap();
    let mut insisted = 0;
    for mode in ["disable", "prefer", "require", "verify-ca", "verify-full"] {
        let separator = if test.url().contains('?') { '&' } else { '?' };
        let url = format!("{}{separator}sslmode={mode}", test.url());
        let roots = roots.to_str().unwrap();
        let (database, _) = observed_at(
            &url,
            &[
                ("DATABASE_TLS_ROOT_CERT", roots),
                ("DATABASE_CONNECT_TIMEOUT", "300ms"),
            ],
        );
        match (mode, database.primary().await) {
            ("disable" | "prefer", result) => drop(result.unwrap()),
            (_, Err(error)) => {
                assert_unreachable(&error, "server does not support TLS");
                insisted += 1;
            }
            (mode, Ok(_)) => panic!("{mode} was served without TLS"),
        }
    }
    assert_eq!(insisted, 3);
}

#[tokio::test]
async fn a_healthy_database_is_healthy() {
    let test = TestDatabase::empty().await;
    let database = database(&test, &[]);
    for _ in 0..3 {
        database.health().await.unwrap();
    }
    assert_eq!(database.pool_status().connections, 1);
}

/// The test database's host and port.
fn address(test: &TestDatabase) -> String {
    let (_, place) = test.url().rsplit_once('@').unwrap();
    place.split(['/', '?']).next().unwrap().to_owned()
}

/// The test database's URL by way of `port`.
fn through(test: &TestDatabase, port: u16) -> String {
    test.url()
        .replace(&address(test), &format!("127.0.0.1:{port}"))
}

/// Passes connections on.
async fn forward(port: u16, to: String) {
    let listener = TcpListener::bind(("127.0.0.1", port)).await.unwrap();
    loop {
        let (mut client, _) = listener.accept().await.unwrap();
        let mut server = TcpStream::connect(&to).await.unwrap();
        tokio::spawn(async move { copy_bidirectional(&mut client, &mut server).await });
    }
}
