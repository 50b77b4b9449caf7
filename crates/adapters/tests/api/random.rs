//! Ten thousand random requests that are HTTP, and some that are not: no 5xx, no panic, and an answer to all of the
//! first kind.
//!
//! The generator is seeded: `AXIS_TEST_SEED` gives other requests, and a failure prints the seed.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axis_adapters::Limits;
use axis_testkit::repetitions;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use reqwest::Method;
use tokio::task::JoinSet;

use crate::raw::{Outcome, exchange};
use crate::support::{TestServer, new_post, new_user};

const REQUESTS: usize = 10_000;
const BROKEN: usize = 1_500;
const TASKS: usize = 16;

/// A request, and whether it is HTTP, which must be answered.
#[derive(Clone, Debug)]
struct Request {
    bytes: Vec<u8>,
    is_http: bool,
}

fn segment(ids: Arc<Vec<String>>) -> impl Strategy<Value = String> {
    prop_oneof![
        6 => select(ids.to_vec()),
        2 => Just("00000000-0000-4000-8000-000000000000".to_owned()),
        1 => any::<u128>().prop_map(|id| uuid::Uuid::from_u128(id).to_string()),
        2 => "[!-~&&[^ ?#]]{0,40}",
        1 => select(&["%00", "%ff", "%", "..", ".", "%2e%2e", "%2f", "{id}", "é", "'; DROP TABLE users;--"][..])
            .prop_map(|text| text.replace(' ', "%20")),
    ]
}

fn path(ids: Arc<Vec<String>>) -> impl Strategy<Value = String> {
    prop_oneof![
        4 => Just("/api/users".to_owned()),
        4 => Just("/api/posts".to_owned()),
        5 => segment(Arc::clone(&ids)).prop_map(|id| format!("/api/users/{id}")),
        5 => segment(Arc::clone(&ids)).prop_map(|id| format!("/api/posts/{id}")),
        3 => segment(Arc::clone(&ids)).prop_map(|id| format!("/api/users/{id}/posts")),
        3 => segment(ids).prop_map(|id| format!("/api/posts/{id}/publish")),
        2 => select(&["/", "/healthz", "/readyz", "/metrics", "/openapi.json", "*", "//", "/api"][..])
            .prop_map(str::to_owned),
        1 => "/[!-~&&[^ ?#]]{0,60}",
    ]
}

fn query() -> impl Strategy<Value = String> {
    let value = prop_oneof![
        3 => (0_u64..200).prop_map(|number| number.to_string()),
        1 => any::<i128>().prop_map(|number| number.to_string()),
        2 => "[A-Za-z0-9_-]{0,40}",
        2 => select(&["", "2147483647", "2147483648", "-1", "1e3", "%00", "%ff", "%", "+", "\"", "null", "NaN"][..])
            .prop_map(str::to_owned),
        1 => "[!-~&&[^ #]]{0,30}",
    ];
    let name = select(&["page", "pageSize", "cursor", "Page", "x", "", "%00"][..]);
    let pair = (name, value).prop_map(|(name, value)| format!("{name}={value}"));
    prop_oneof![
        4 => Just(String::new()),
        5 => prop::collection::vec(pair, 1..4).prop_map(|pairs| format!("?{}", pairs.join("&"))),
        1 => "\\?[!-~&&[^ #]]{0,60}",
    ]
}

/// JSON, mostly with members that exist.
fn json(ids: Arc<Vec<String>>) -> impl Strategy<Value = String> {
    let text = prop_oneof![
        2 => "[a-z0-9]{1,12}",
        2 => "[a-z]{1,8}@[a-z]{1,8}\\.org",
        2 => select(ids.to_vec()),
        2 => ".{0,300}",
        1 => "[a-z0-9-]{250,260}",
    ]
    .prop_map(|text| serde_json::Value::from(text).to_string());
    let value = prop_oneof![
        12 => text,
        1 => any::<f64>().prop_map(|number| format!("{number:e}")),
        2 => select(&[
            "null", "true", "0", "-0", "1e999", "[]", "{}", "\"\\u0000\"", "\"\\ud800\"", "\"\\x\"", "\"", "[[[[[[[[",
            "\"\u{0}\"", "123456789012345678901234567890", "NaN", "",
        ][..]).prop_map(str::to_owned),
    ];
    let name = select(
        &[
            "email",
            "name",
            "userId",
            "title",
            "content",
            "slug",
            "id",
            "published",
            "deletedAt",
            "x",
            "",
            "__proto__",
        ][..],
    );
    let member = (name, value).prop_map(|(name, value)| format!("\"{name}\":{value}"));
    let object = prop::collection::vec(member, 0..6)
        .prop_map(|members| format!("{{{}}}", members.join(",")));
    prop_oneof![8 => object.clone(), 1 => object.prop_map(|object| format!("[{object}]")), 1 => ".{0,80}"]
}

/// A body that has every member of a user or of a post, well most of the time. Few words, so that some are taken.
fn likely(ids: Arc<Vec<String>>, path: &str) -> BoxedStrategy<String> {
    let (is_post, is_patch) = (path.starts_with("/api/posts"), path.split('/').count() == 4);
    let word = select(&["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"][..]);
    let body = (select(ids.to_vec()), word, "[^\\x00]{1,20}");
    body.prop_map(move |(id, word, text)| {
        let text = serde_json::Value::from(text);
        if is_post && is_patch {
            format!(r#"{{"title":{text},"slug":"{word}"}}"#)
        } else if is_post {
            format!(r#"{{"userId":"{id}","title":{text},"content":"{word} and ten more","slug":"{word}"}}"#)
        } else {
            format!(r#"{{"email":"{word}@example.org","name":{text}}}"#)
        }
    })
    .boxed()
}

fn body(ids: Arc<Vec<String>>, path: &str) -> BoxedStrategy<Vec<u8>> {
    prop_oneof![
        4 => likely(Arc::clone(&ids), path).prop_map(String::into_bytes),
        4 => json(ids).prop_map(String::into_bytes),
        1 => prop::collection::vec(any::<u8>(), 0..200),
        1 => Just(Vec::new()),
    ]
    .boxed()
}

/// Methods that a path serves, most of the time.
fn method(path: &str) -> BoxedStrategy<&'static str> {
    let served: &[_] = match path.split('/').count() {
        3 if path.starts_with("/api/") => &["GET", "POST", "POST"],
        // Few deletions, or soon nothing would be left.
        4 => &[
            "GET", "GET", "PATCH", "PATCH", "PATCH", "PATCH", "PATCH", "PATCH", "HEAD", "DELETE",
        ],
        5 if path.ends_with("publish") => &["POST"],
        _ => &["GET"],
    };
    let any = select(
        &[
            "GET", "POST", "PATCH", "DELETE", "PUT", "HEAD", "OPTIONS", "TRACE", "X",
        ][..],
    );
    prop_oneof![9 => select(served), 1 => any].boxed()
}

fn header() -> impl Strategy<Value = String> {
    let name = select(
        &[
            "accept",
            "x-request-id",
            "authorization",
            "content-encoding",
            "if-match",
            "range",
            "expect",
            "upgrade",
            "origin",
            "cookie",
            "x-forwarded-for",
            "te",
            "accept-encoding",
        ][..],
    );
    (name, "[ -~]{0,60}").prop_map(|(name, value)| format!("{name}: {value}\r\n"))
}

/// Well-formed HTTP of whatever content.
fn http(ids: Arc<Vec<String>>) -> impl Strategy<Value = Request> {
    let content_type = prop_oneof![
        8 => Just("content-type: application/json\r\n".to_owned()),
        1 => Just(String::new()),
        1 => "[ -~]{0,30}".prop_map(|value| format!("content-type: {value}\r\n")),
    ];
    let headers = prop::collection::vec(header(), 0..4).prop_map(|headers| headers.concat());
    let target = path(Arc::clone(&ids))
        .prop_flat_map(move |path| (method(&path), body(Arc::clone(&ids), &path), Just(path)));
    (target, query(), content_type, headers)
        .prop_map(
        |((method, body, path), query, content_type, headers)| {
            // Only ASCII stands in a request's first line.
            let target: String = format!("{path}{query}").chars().filter(char::is_ascii_graphic).collect();
            let mut bytes = format!(
                "{method} {target} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{content_type}{headers}content-length: {}\r\n\r\n",
                body.len()
            )
            .into_bytes();
            bytes.extend(body);
            Request { bytes, is_http: true }
        },
    )
}

/// HTTP with something broken in it: a byte changed, a part cut off, or no HTTP at all.
fn broken(ids: Arc<Vec<String>>) -> impl Strategy<Value = Request> {
    let index = || any::<prop::sample::Index>();
    let bytes = prop_oneof![
        4 => (http(Arc::clone(&ids)), index(), any::<u8>()).prop_map(|(request, at, byte)| {
            let mut bytes = request.bytes;
            let at = at.index(bytes.len());
            bytes[at] = byte;
            bytes
        }),
        3 => (http(Arc::clone(&ids)), index()).prop_map(|(request, at)| {
            let mut bytes = request.bytes;
            bytes.truncate(at.index(bytes.len()));
            bytes
        }),
        2 => (http(ids), index(), prop::collection::vec(any::<u8>(), 0..20)).prop_map(|(request, at, noise)| {
            let mut bytes = request.bytes;
            let at = at.index(bytes.len());
            bytes.splice(at..at, noise);
            bytes
        }),
        1 => prop::collection::vec(any::<u8>(), 0..300),
    ];
    bytes.prop_map(|bytes| Request {
        bytes,
        is_http: false,
    })
}

fn seed() -> u64 {
    std::env::var("AXIS_TEST_SEED")
        .ok()
        .and_then(|seed| seed.parse().ok())
        .unwrap_or(1)
}

/// The requests that the seed gives.
fn generate(strategy: impl Strategy<Value = Request>, count: usize) -> Vec<Request> {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed().to_le_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    (0..count)
        .map(|_| strategy.new_tree(&mut runner).expect("a request").current())
        .collect()
}

/// Sends all requests. Gives those that were answered with a 5xx, or not answered although they were HTTP, and how
/// many had each status.
async fn send(address: SocketAddr, requests: Vec<Request>) -> (Vec<String>, BTreeMap<u16, usize>) {
    let mut tasks = JoinSet::new();
    let size = requests.len().div_ceil(TASKS);
    for part in requests.chunks(size) {
        let part = part.to_vec();
        tasks.spawn(async move {
            let mut outcomes = Vec::new();
            for request in part {
                outcomes.push((exchange(address, &request.bytes).await, request));
            }
            outcomes
        });
    }
    let (mut failures, mut statuses) = (Vec::new(), BTreeMap::new());
    for (outcome, request) in tasks.join_all().await.into_iter().flatten() {
        let is_failure = match outcome {
            Outcome::Status(status) => {
                *statuses.entry(status).or_default() += 1;
                status >= 500
            }
            Outcome::Closed => request.is_http,
        };
        if is_failure {
            failures.push(format!(
                "{outcome:?} for {:?}",
                String::from_utf8_lossy(&request.bytes)
            ));
        }
    }
    (failures, statuses)
}

/// A server of these limits, and users and posts. Another one with the usual limits made them: what is to be answered is not
/// to be given up on a busy machine.
async fn server(limits: Limits) -> (TestServer, Vec<String>) {
    let mut server = TestServer::start().await;
    let mut ids = Vec::new();
    for i in 0..40 {
        let user = new_user(&server.client, &format!("user{i}@example.org")).await;
        ids.push(new_post(&server.client, &user, &format!("post-{i}")).await);
        ids.push(user);
    }
    server.stop();
    let (_, database) = server.ended().await;
    (TestServer::start_on(database, limits, &[]).await, ids)
}

/// The status and the text of a path, asked again for as long as the server gives the connection up before it is asked.
async fn answered(server: &TestServer, path: &str) -> (u16, String) {
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        let request = server.client.request(Method::GET, path);
        let answer = async {
            let response = request.send().await?;
            let status = response.status().as_u16();
            Ok::<_, reqwest::Error>((status, response.text().await?))
        };
        match answer.await {
            Ok(answer) => return answer,
            Err(error) => assert!(Instant::now() < deadline, "{path}: {error}"),
        }
    }
}

/// Asserts that a server met no 5xx and no panic, and still works.
async fn assert_unharmed(server: &TestServer, failures: &[String]) {
    let count = failures.len();
    assert!(
        count == 0,
        "seed {}: {count} failures, such as {}",
        seed(),
        failures[0]
    );
    let (_, metrics) = answered(server, "/metrics").await;
    assert!(metrics.contains("\nhttp_panics_total 0\n"), "{metrics}");
    assert!(!metrics.contains("status=\"5"), "{metrics}");
    let (status, readiness) = answered(server, "/readyz").await;
    assert_eq!(status, 200, "{readiness}");
}

#[tokio::test(flavor = "multi_thread")]
async fn random_requests_meet_no_5xx() {
    let (server, ids) = server(Limits::default()).await;
    let count = repetitions(REQUESTS);
    let requests = generate(http(Arc::new(ids)), count);
    let (failures, statuses) = send(server.address, requests).await;
    assert_unharmed(&server, &failures).await;
    // They got further than the front door: every status that a request can earn was earned.
    for status in [200, 201, 400, 404, 405, 409, 415] {
        let earned = statuses.get(&status).copied().unwrap_or_default();
        assert!(
            earned * 1000 >= count,
            "{earned} answers of {status}: {statuses:?}"
        );
    }
    assert_eq!(statuses.values().sum::<usize>(), count);
}

#[tokio::test(flavor = "multi_thread")]
async fn random_bytes_meet_no_5xx() {
    let mut limits = Limits::default();
    // What is cut off in its middle is given up soon.
    limits.header_time = Duration::from_millis(50);
    limits.body_time = Duration::from_millis(50);
    let (server, ids) = server(limits).await;
    let requests = generate(broken(Arc::new(ids)), repetitions(BROKEN));
    let (failures, statuses) = send(server.address, requests).await;
    assert_unharmed(&server, &failures).await;
    for status in [200, 400, 404, 408] {
        assert!(statuses.contains_key(&status), "no {status}: {statuses:?}");
    }
}

/// The twin: a server whose table is gone fails, and is seen to.
#[tokio::test(flavor = "multi_thread")]
async fn a_5xx_among_random_requests_is_noticed() {
    let (server, ids) = server(Limits::default()).await;
    server.sql("ALTER TABLE users RENAME TO people").await;
    let requests = generate(http(Arc::new(ids)), 200);
    let (failures, statuses) = send(server.address, requests).await;
    assert!(
        !failures.is_empty() && statuses.contains_key(&500),
        "{statuses:?}"
    );
}
