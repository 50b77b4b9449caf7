//! What operators see: metrics, spans and logs, and that no value is in them.

use nix::sys::signal::Signal;
use reqwest::Method;
use serde_json::json;

use crate::process::Process;
use crate::recorder::Recorder;
use crate::support::{Client, NOBODY, TestServer, new_post, new_user, until};

#[tokio::test]
async fn a_query_is_a_span_below_its_requests() {
    let recorder = Recorder::start();
    let server = TestServer::start().await;
    let request = server.client.request(Method::GET, "/api/users?pageSize=3");
    let request = request.header("x-request-id", "id-of-this-request");
    server.client.answer(request).await.expect(200);
    let spans = recorder.spans();
    let (id, request) = spans
        .iter()
        .find(|(_, span)| {
            span.name == "request" && span.fields["request_id"] == "id-of-this-request"
        })
        .expect("the request's span");
    assert_eq!(request.fields["http.request.method"], "GET");
    assert_eq!(request.fields["http.route"], "/api/users");
    assert_eq!(request.fields["http.response.status_code"], "200");
    let queries: Vec<_> = spans
        .values()
        .filter(|span| span.parent == Some(*id))
        .collect();
    let [query] = queries.as_slice() else {
        panic!("one list is one query: {queries:?}");
    };
    assert_eq!(query.name, "query");
    assert_eq!(query.fields["db.operation.name"], "select");
    let statement = &query.fields["db.query.text"];
    assert!(
        statement.contains("LIMIT $"),
        "placeholders stand for values: {statement}"
    );
}

#[tokio::test]
async fn no_value_is_in_a_span_or_an_event() {
    let recorder = Recorder::start();
    let server = TestServer::start().await;
    let client = &server.client;
    let marker = "marker7f3a9";
    let user = new_user(client, &format!("{marker}@example.org")).await;
    let post = new_post(client, &user, marker).await;
    // Every operation, and every sort of refusal that has the marker in what it refuses.
    for body in [
        json!({"name": marker}),
        json!({ marker: marker }),
        json!({"name": 7, marker: 1}),
        json!({"email": marker}),
    ] {
        client
            .patch(&format!("/api/users/{user}"), body.clone())
            .await;
        client.post("/api/users", body).await;
    }
    let taken = json!({"email": format!("{marker}@example.org"), "name": marker});
    client.post("/api/users", taken).await.expect(409);
    let post_body = json!({"userId": user, "title": marker, "content": format!("{marker} and more"), "slug": marker});
    client.post("/api/posts", post_body).await.expect(409);
    client
        .patch(
            &format!("/api/posts/{post}"),
            json!({"content": format!("{marker} {marker}")}),
        )
        .await
        .expect(200);
    for path in [
        format!("/api/users/{marker}"),
        format!("/{marker}"),
        format!("/api/users?cursor={marker}&{marker}={marker}&page={marker}"),
        format!("/api/posts?cursor={marker}"),
    ] {
        client.get(&path).await;
    }
    let request = client
        .request(Method::POST, "/api/users")
        .header("content-type", marker);
    let request = request
        .header(marker, marker)
        .header("authorization", marker)
        .body(marker);
    client.answer(request).await.expect(415);
    let request = client
        .request(Method::POST, "/api/users")
        .header("content-type", "application/json");
    client
        .answer(request.body(format!("{{\"{marker}")))
        .await
        .expect(400);
    client
        .delete(&format!("/api/posts/{post}"))
        .await
        .expect(200);
    // The database's own words, too: a row that breaks a rule, and a statement that fails.
    server
        .sql("ALTER TABLE users ADD CONSTRAINT users_name_known CHECK (name = 'Ada') NOT VALID")
        .await;
    client
        .patch(
            &format!("/api/users/{user}"),
            json!({"name": format!("{marker}x")}),
        )
        .await
        .expect(400);
    server
        .sql(
            "ALTER TABLE users DROP CONSTRAINT users_name_known;
             CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql
             AS $$ BEGIN RAISE EXCEPTION 'not %', NEW.name USING DETAIL = NEW.email; END $$;
             CREATE TRIGGER refuse BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION refuse()",
        )
        .await;
    let answer = client
        .patch(
            &format!("/api/users/{user}"),
            json!({"name": format!("{marker}y")}),
        )
        .await;
    assert!(!answer.expect(500).to_string().contains(marker));
    server.sql("ALTER TABLE posts RENAME TO texts").await;
    client.get("/api/posts").await.expect(500);
    let text = recorder.text();
    for id in [marker, &user, &post] {
        assert!(!text.contains(id), "{id} in {text}");
    }
    // The twin: the recorder sees what is there to see. A request's id is the one word of a caller that is kept.
    let request = client
        .request(Method::GET, "/healthz")
        .header("x-request-id", marker);
    client.answer(request).await.expect(200);
    assert!(recorder.text().contains(marker));
    let spans = recorder.spans();
    let count = |name| spans.values().filter(|span| span.name == name).count();
    assert!(
        count("request") > 20 && count("query") > 10,
        "{} and {}",
        count("request"),
        count("query")
    );
    assert!(text.contains("the database failed a request"), "{text}");
}

async fn metric(client: &Client, line: &str) -> Option<f64> {
    let text = client.get("/metrics").await.text;
    let found = text
        .lines()
        .find_map(|candidate| candidate.strip_prefix(line)?.strip_prefix(' '));
    found.and_then(|value| value.parse().ok())
}

#[tokio::test]
async fn what_happens_is_counted() {
    let server = TestServer::start().await;
    let client = &server.client;
    let user = new_user(client, "ada@example.org").await;
    client
        .post(
            "/api/users",
            json!({"email": "ada@example.org", "name": "Ada"}),
        )
        .await
        .expect(409);
    client.get(&format!("/api/users/{user}")).await.expect(200);
    client
        .get(&format!("/api/users/{NOBODY}"))
        .await
        .expect(404);
    client.get("/nothing/here").await.expect(404);
    let brew: Method = "BREW".parse().expect("a method");
    client.send(brew, "/api/users", None).await.expect(405);
    // The rules of the tables are read beside the answers.
    until("no connection is in use", async || {
        metric(client, r#"db_pool_connections{state="in_use"}"#).await == Some(0.0)
    })
    .await;
    for (line, value) in [
        (
            r#"http_requests_total{method="POST",route="/api/users",status="201"}"#,
            1.0,
        ),
        (
            r#"http_requests_total{method="POST",route="/api/users",status="409"}"#,
            1.0,
        ),
        (
            r#"http_requests_total{method="GET",route="/api/users/{id}",status="200"}"#,
            1.0,
        ),
        (
            r#"http_requests_total{method="GET",route="/api/users/{id}",status="404"}"#,
            1.0,
        ),
        (
            r#"http_requests_total{method="GET",route="unmatched",status="404"}"#,
            1.0,
        ),
        (
            r#"http_requests_total{method="OTHER",route="/api/users",status="405"}"#,
            1.0,
        ),
        (
            r#"http_request_duration_seconds_count{method="POST",route="/api/users"}"#,
            2.0,
        ),
        (r#"db_queries_total{statement="insert"}"#, 2.0),
        (
            r#"db_query_duration_seconds_count{statement="insert"}"#,
            2.0,
        ),
        (r#"db_errors_total{class="constraint_violation"}"#, 1.0),
        (r#"db_errors_total{class="query"}"#, 0.0),
        ("db_pool_waiting", 0.0),
        ("db_pool_max_connections", 20.0),
        ("http_panics_total", 0.0),
        // The one that asks.
        ("http_requests_in_flight", 1.0),
        ("axis_ready", 1.0),
        ("axis_schema_ahead", 0.0),
    ] {
        assert_eq!(metric(client, line).await, Some(value), "{line}");
    }
    for line in [
        "db_pool_acquire_duration_seconds_count",
        r#"db_connection_attempts_total{outcome="ok"}"#,
        r#"db_pool_connections{state="idle"}"#,
        r#"db_queries_total{statement="select"}"#,
    ] {
        assert!(metric(client, line).await >= Some(1.0), "{line}");
    }
    let text = client.get("/metrics").await.text;
    assert!(
        !text.contains(&user) && !text.contains("nothing/here") && !text.contains("BREW"),
        "{text}"
    );
    for name in [
        "http_requests",
        "http_request_duration_seconds",
        "db_queries",
        "db_pool_connections",
    ] {
        assert!(
            text.contains(&format!("# HELP {name} ")) && text.contains(&format!("# TYPE {name} ")),
            "{name}"
        );
    }
}

#[tokio::test]
async fn two_servers_count_apart() {
    let (first, second) = (TestServer::start().await, TestServer::start().await);
    first.client.get("/api/users").await.expect(200);
    let line = r#"http_requests_total{method="GET",route="/api/users",status="200"}"#;
    assert_eq!(metric(&first.client, line).await, Some(1.0));
    assert_eq!(metric(&second.client, line).await, None);
}

#[tokio::test]
async fn the_log_of_the_process_is_json_and_holds_no_value() {
    let database = axis_testkit::TestDatabase::migrated().await;
    let mut server = Process::start(&[
        ("DATABASE_URL", database.url()),
        ("AXIS_HTTP_ADDR", "127.0.0.1:0"),
        ("RUST_LOG", "trace"),
    ]);
    let client = Client::new(server.listens().await);
    let marker = "marker7f3a9";
    let user = new_user(&client, &format!("{marker}@example.org")).await;
    client
        .get(&format!("/api/users/{user}?{marker}"))
        .await
        .expect(200);
    client.get(&format!("/{marker}")).await.expect(404);
    server.signal(Signal::SIGTERM);
    let log = server.log_to_end().await;
    assert!(
        log.iter()
            .all(|line| serde_json::from_str::<serde_json::Value>(line).is_ok())
    );
    let log = log.join("\n");
    assert!(
        log.contains("request finished") && log.contains("query finished"),
        "{log}"
    );
    let password = url::Url::parse(database.url())
        .ok()
        .and_then(|url| url.password().map(str::to_owned));
    for secret in [Some(marker.to_owned()), Some(user), password]
        .into_iter()
        .flatten()
    {
        assert!(!log.contains(&secret), "{secret} in {log}");
    }
}
