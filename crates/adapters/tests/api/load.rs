//! More than the server can do: a full pool, too many requests, requests that take too long, and the end of the server.

use std::time::Duration;

use axis_adapters::Limits;
use nix::sys::signal::Signal;
use reqwest::Method;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;

use crate::blocker::Blocker;
use crate::process::Process;
use crate::support::{Answer, Client, TestServer, connect, new_user, until};

/// Begins to change a user whom somebody holds, and returns when that waits.
pub(crate) async fn change(
    client: &Client,
    id: &str,
    blocker: &mut Blocker<'_>,
) -> JoinHandle<Answer> {
    let (client, path) = (client.clone(), format!("/api/users/{id}"));
    let request = json!({"name": "Countess"});
    let changing = tokio::spawn(async move { client.patch(&path, request).await });
    blocker.blocks().await;
    changing
}

#[tokio::test]
async fn a_full_pool_is_a_503_and_not_unreadiness() {
    let variables = [
        ("DATABASE_POOL_MAX", "1"),
        ("DATABASE_ACQUIRE_TIMEOUT", "200ms"),
    ];
    let server = TestServer::start_with(Limits::default(), &variables).await;
    let id = new_user(&server.client, "ada@example.org").await;
    let database = server.database();
    let mut blocker = Blocker::of_user(&database, &id).await;
    let changing = change(&server.client, &id, &mut blocker).await;
    let refused = server.client.get("/api/users").await;
    assert_eq!(refused.header("retry-after"), "1");
    refused.expect(503);
    // For longer than a look at the database stays fresh.
    for _ in 0..15 {
        server.client.get("/readyz").await.expect(200);
        server.client.get("/healthz").await.expect(200);
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let metrics = server.client.get("/metrics").await.text;
    for line in [
        "db_pool_connections{state=\"in_use\"} 1",
        "db_pool_connections{state=\"idle\"} 0",
        "db_pool_max_connections 1",
        "axis_ready 1",
    ] {
        assert!(
            metrics.contains(&format!("\n{line}\n")),
            "{line} in {metrics}"
        );
    }
    blocker.end("ROLLBACK").await;
    changing.await.expect("an answer").expect(200);
    server.client.get("/api/users").await.expect(200);
}

#[tokio::test]
async fn too_many_requests_are_shed() {
    let mut limits = Limits::default();
    limits.concurrency = 1;
    let server = TestServer::start_with(limits, &[]).await;
    let id = new_user(&server.client, "ada@example.org").await;
    let database = server.database();
    let mut blocker = Blocker::of_user(&database, &id).await;
    let changing = change(&server.client, &id, &mut blocker).await;
    for path in ["/api/users", "/api/posts"] {
        let shed = server.client.get(path).await;
        assert_eq!(shed.header("retry-after"), "1");
        shed.expect(503);
    }
    for path in ["/healthz", "/readyz", "/metrics", "/openapi.json"] {
        server.client.get(path).await.expect(200);
    }
    blocker.end("ROLLBACK").await;
    changing.await.expect("an answer").expect(200);
    server.client.get("/api/users").await.expect(200);
}

#[tokio::test]
async fn a_request_that_takes_too_long_is_given_up() {
    let mut limits = Limits::default();
    limits.request_time = Duration::from_millis(300);
    let server = TestServer::start_with(limits, &[("DATABASE_POOL_MAX", "1")]).await;
    let id = new_user(&server.client, "ada@example.org").await;
    let database = server.database();
    let mut blocker = Blocker::of_user(&database, &id).await;
    let changing = change(&server.client, &id, &mut blocker).await;
    changing.await.expect("an answer").expect(503);
    // The statement was given up, too: the only connection of the pool is free again, and nobody waits for the row.
    until("the statement is gone", async || {
        !blocker.is_waited_for().await
    })
    .await;
    server.client.get("/api/users").await.expect(200);
    blocker.end("ROLLBACK").await;
    let user = server
        .client
        .get(&format!("/api/users/{id}"))
        .await
        .expect(200);
    assert_eq!(user["name"], "Ada");
}

#[tokio::test]
async fn a_body_that_never_ends_is_a_408() {
    let mut limits = Limits::default();
    limits.body_time = Duration::from_millis(200);
    let server = TestServer::start_with(limits, &[]).await;
    let request = "POST /api/users HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{";
    let outcome = crate::raw::exchange(server.address, request.as_bytes()).await;
    assert_eq!(outcome, crate::raw::Outcome::Status(408));
}

/// One that never says anything, one that stops in the middle of its headers, and one that has had its answer.
#[tokio::test]
async fn a_silent_connection_is_closed() {
    let mut limits = Limits::default();
    limits.header_time = Duration::from_millis(200);
    let server = TestServer::start_with(limits, &[]).await;
    let whole = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n";
    for (said, answered) in [("", false), (&whole[..20], false), (whole, true)] {
        let mut stream = TcpStream::connect(server.address)
            .await
            .expect("a connection");
        stream.write_all(said.as_bytes()).await.expect("it is sent");
        let mut answer = String::new();
        let closed = stream.read_to_string(&mut answer);
        let closed = tokio::time::timeout(Duration::from_secs(20), closed).await;
        closed.expect("it is closed").expect("text");
        assert_eq!(
            answer.starts_with("HTTP/1.1 200"),
            answered,
            "{said:?}: {answer:?}"
        );
    }
}

#[tokio::test]
async fn a_signal_lets_requests_under_way_finish() {
    for signal in [Signal::SIGTERM, Signal::SIGINT] {
        let test_database = axis_testkit::TestDatabase::migrated().await;
        let mut server = Process::start_on(test_database.url());
        let address = server.listens().await;
        let client = Client::new(address);
        let id = new_user(&client, "ada@example.org").await;
        let database = connect(&test_database, &[]).0;
        let mut blocker = Blocker::of_user(&database, &id).await;
        let changing = change(&client, &id, &mut blocker).await;
        // One that never says anything, as browsers open them in advance.
        let silent = TcpStream::connect(address).await.expect("a connection");
        server.signal(signal);
        server.logs("finishing").await;
        until("it takes no more", async || {
            TcpStream::connect(address).await.is_err()
        })
        .await;
        assert!(!changing.is_finished());
        blocker.end("ROLLBACK").await;
        let answer = changing.await.expect("an answer");
        assert_eq!(answer.expect(200)["name"], "Countess");
        server.logs("stopped").await;
        let (status, error) = server.ends().await;
        assert_eq!((status.code(), error.as_str()), (Some(0), ""));
        drop(silent);
    }
}

#[tokio::test]
async fn a_request_that_does_not_finish_is_cut_off_in_the_end() {
    let mut limits = Limits::default();
    limits.shutdown_time = Duration::from_millis(200);
    let mut server = TestServer::start_with(limits, &[]).await;
    let id = new_user(&server.client, "ada@example.org").await;
    let database = server.database();
    let mut blocker = Blocker::of_user(&database, &id).await;
    let path = format!("/api/users/{id}");
    let request = server
        .client
        .request(Method::PATCH, &path)
        .json(&json!({"name": "Countess"}));
    let changing = tokio::spawn(request.send());
    blocker.blocks().await;
    server.stop();
    let (cut_off, _test_database) = server.ended().await;
    assert_eq!(cut_off, 1);
    assert!(changing.await.expect("an end").is_err());
    blocker.end("ROLLBACK").await;
}
