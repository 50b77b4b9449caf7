//! HTTP itself: bodies, content types, methods, headers, and what is no request at all.

use reqwest::Method;
use serde_json::{Value, json};

use crate::raw;
use crate::support::{Answer, NOBODY, TestServer, new_user};

async fn post(server: &TestServer, body: impl Into<reqwest::Body>) -> Answer {
    let request = server.client.request(Method::POST, "/api/users");
    let request = request
        .header("content-type", "application/json")
        .body(body);
    server.client.answer(request).await
}

#[tokio::test]
async fn a_body_that_is_not_one_json_object_is_a_400() {
    let server = TestServer::start().await;
    let deep = "[".repeat(100_000);
    let deep_object = r#"{"name":"#.repeat(100_000);
    let deep_value = format!(r#"{{"email":"a@b.cd","name":{}}}"#, "[".repeat(500_000));
    let long_name = format!(r#"{{"{}":1}}"#, "x".repeat(500_000));
    let bodies: &[&[u8]] = &[
        b"",
        b" ",
        b"null",
        b"true",
        b"1",
        b"\"text\"",
        b"[]",
        br#"["ada@example.org","Ada"]"#,
        br#"[{"email":"ada@example.org","name":"Ada"}]"#,
        b"{",
        b"{]",
        b"{}}",
        b"{'email':'a@b.cd'}",
        br#"{"email":"ada@example.org","name":"Ada",}"#,
        br#"{"email":"ada@example.org","name":"Ada"} {}"#,
        br#"{"email":"ada@example.org","name":"Ada"}x"#,
        br#"{"email":"ada@example.org","name":"Ada"}/* */"#,
        b"\xef\xbb\xbf{\"email\":\"ada@example.org\",\"name\":\"Ada\"}",
        br#"{"email":"ada@example.org","name":"\ud800"}"#,
        br#"{"email":"ada@example.org","name":"\udc00\ud800"}"#,
        br#"{"email":"ada@example.org","name":"\u0000"}"#,
        br#"{"email":"ada@example.org","name":"\x"}"#,
        b"{\"email\":\"ada@example.org\",\"name\":\"\xff\"}",
        b"{\"email\":\"ada@example.org\",\"name\":\"\xed\xa0\x80\"}",
        b"{\"email\":\"ada@example.org\",\"name\":\"\0\"}",
        b"{\"\xff\":1}",
        br#"{"email":"ada@example.org","name":1e999999}"#,
        br#"{"email":"ada@example.org","name":-0}"#,
        br#"{"email":"ada@example.org","name":NaN}"#,
        br#"{"email":"ada@example.org","name":{"$ne":null}}"#,
        deep.as_bytes(),
        deep_object.as_bytes(),
        deep_value.as_bytes(),
        long_name.as_bytes(),
        b"email=ada%40example.org&name=Ada",
    ];
    for body in bodies {
        let answer = post(&server, body.to_vec()).await;
        assert!(
            answer.text.len() < 2_000,
            "{} bytes repeat the body",
            answer.text.len()
        );
        answer.expect(400);
    }
    let twice = br#"{"email":"ada@example.org","name":"Ada","email":"eve@example.org"}"#;
    post(&server, twice.to_vec())
        .await
        .expect_field(400, "email");
    // The twin: JSON's own freedoms are accepted.
    let spaced = b" \t\r\n{ \"name\" : \"\\u0041d\\ud83d\\udc69\" , \"em\\u0061il\" : \"ada@example.org\" } \n";
    let user = post(&server, spaced.to_vec()).await.expect(201);
    assert_eq!(user["name"], "Ad\u{1f469}");
}

#[tokio::test]
async fn a_body_must_be_declared_as_json() {
    let server = TestServer::start().await;
    let user = format!(
        "/api/users/{}",
        new_user(&server.client, "ada@example.org").await
    );
    for (method, path) in [
        (Method::POST, "/api/users"),
        (Method::POST, "/api/posts"),
        (Method::PATCH, &user),
        (Method::PATCH, &format!("/api/posts/{NOBODY}")),
    ] {
        for content_type in [
            None,
            Some(""),
            Some("json"),
            Some("text/plain"),
            Some("text/json"),
            Some("application/xml"),
            Some("application/jsonp"),
            Some("application/x-www-form-urlencoded"),
            Some("application/json; charset=utf-16"),
            Some("application/json, text/plain"),
            Some("multipart/form-data; boundary=x"),
        ] {
            let mut request = server.client.request(method.clone(), path).body("{}");
            if let Some(content_type) = content_type {
                request = request.header("content-type", content_type);
            }
            server.client.answer(request).await.expect(415);
        }
        for content_type in ["application/json", "Application/JSON; Charset=\"UTF-8\""] {
            let request = server
                .client
                .request(method.clone(), path)
                .body("{\"x\":1}");
            let request = request.header("content-type", content_type);
            server.client.answer(request).await.expect_field(400, "x");
        }
    }
}

#[tokio::test]
async fn a_body_of_more_than_a_mebibyte_is_a_413() {
    let server = TestServer::start().await;
    let padded = |size: usize| {
        let body = r#"{"email":"ada@example.org","name":"Ada"}"#;
        format!("{}{body}", " ".repeat(size - body.len()))
    };
    post(&server, padded(1024 * 1024 + 1)).await.expect(413);
    post(&server, padded(5 * 1024 * 1024)).await.expect(413);
    // In chunks, without a length to judge by.
    let body = padded(1024 * 1024 + 1);
    let chunks = format!("{:x}\r\n{body}\r\n0\r\n\r\n", body.len());
    let request = format!(
        "POST /api/users HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n{chunks}"
    );
    assert_eq!(
        raw::exchange(server.address, request.as_bytes()).await,
        raw::Outcome::Status(413)
    );
    post(&server, padded(1024 * 1024)).await.expect(201);
}

#[tokio::test]
async fn a_path_or_method_that_is_not_served_is_told_so() {
    let server = TestServer::start().await;
    let methods = [
        "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW",
    ];
    let mut refused = 0;
    for (path, allowed) in [
        ("/api/users", "GET,HEAD,POST"),
        (&format!("/api/users/{NOBODY}"), "GET,HEAD,PATCH,DELETE"),
        (&format!("/api/users/{NOBODY}/posts"), "GET,HEAD"),
        ("/api/posts", "GET,HEAD,POST"),
        (&format!("/api/posts/{NOBODY}"), "GET,HEAD,PATCH,DELETE"),
        (&format!("/api/posts/{NOBODY}/publish"), "POST"),
        ("/healthz", "GET,HEAD"),
        ("/readyz", "GET,HEAD"),
        ("/metrics", "GET,HEAD"),
        ("/openapi.json", "GET,HEAD"),
    ] {
        let mut allowed: Vec<_> = allowed.split(',').collect();
        allowed.sort_unstable();
        for method in methods {
            let method: Method = method.parse().expect("a method");
            let answer = server.client.send(method.clone(), path, None).await;
            if allowed.contains(&method.as_str()) {
                assert_ne!(answer.status, 405, "{method} {path}");
                continue;
            }
            let mut allow: Vec<_> = answer.header("allow").split(',').map(str::trim).collect();
            allow.sort_unstable();
            assert_eq!(allow, allowed, "{method} {path}");
            answer.expect(405);
            refused += 1;
        }
    }
    assert!(refused > 50, "looked at {refused}");
    for path in [
        "/",
        "/api",
        "/api/",
        "/api/users/",
        "/api/user",
        "/API/users",
        "/api//users",
        "/api/users/x/y",
        "/api/posts/x/publish/",
        "/..%2f..%2fetc/passwd",
        "/%00",
        "/%FF",
        "/favicon.ico",
    ] {
        server.client.get(path).await.expect(404);
    }
}

#[tokio::test]
async fn head_answers_as_get_without_the_body() {
    let server = TestServer::start().await;
    let user = format!(
        "/api/users/{}",
        new_user(&server.client, "ada@example.org").await
    );
    for path in [
        "/api/users",
        &user,
        "/healthz",
        "/readyz",
        "/openapi.json",
        "/api/users/x",
    ] {
        let get = server.client.get(path).await;
        let head = server.client.send(Method::HEAD, path, None).await;
        assert_eq!(
            (head.status, head.text.as_str()),
            (get.status, ""),
            "{path}"
        );
        for name in ["content-type", "content-length"] {
            assert_eq!(head.header(name), get.header(name), "{name} of {path}");
        }
    }
}

#[tokio::test]
async fn a_request_id_is_given_back_or_made() {
    let server = TestServer::start().await;
    for (id, kept) in [
        ("018f6e6e-0000-7000-8000-000000000001", true),
        ("a.B_c:9", true),
        (&"x".repeat(128), true),
        (&"x".repeat(129), false),
        ("", false),
        ("two words", false),
        ("a\tb", false),
        ("<script>", false),
        ("\u{e9}", false),
    ] {
        for path in ["/api/users", "/nothing"] {
            let request = server
                .client
                .request(Method::GET, path)
                .header("x-request-id", id);
            let answer = server.client.answer(request).await;
            let given = answer.header("x-request-id");
            assert_eq!(given == id, kept, "{id:?} became {given:?}");
            assert!((1..=128).contains(&given.len()), "{given:?}");
        }
    }
    let (first, second) = (
        server.client.get("/healthz").await,
        server.client.get("/healthz").await,
    );
    assert_ne!(first.header("x-request-id"), second.header("x-request-id"));
}

#[tokio::test]
async fn what_is_beside_the_api_answers() {
    let server = TestServer::start().await;
    let health = server.client.get("/healthz").await.expect(200);
    assert_eq!(health, json!({"status": "ok"}));
    let ready = server.client.get("/readyz").await.expect(200);
    assert_eq!(ready, json!({"status": "ready", "schemaAhead": false}));
    let metrics = server.client.get("/metrics").await;
    assert!(
        metrics
            .header("content-type")
            .starts_with("application/openmetrics-text")
    );
    assert!(metrics.text.ends_with("# EOF\n"));
    let document = server.client.get("/openapi.json").await;
    assert_eq!(document.header("content-type"), "application/json");
    assert_eq!(document.expect(200)["openapi"], "3.1.0");
}

#[tokio::test]
async fn http_that_is_malformed_is_refused_or_cut_off() {
    let server = TestServer::start().await;
    for (request, status) in [
        ("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n", 200),
        ("GET /healthz HTTP/1.0\r\n\r\n", 200),
        // One Host is what HTTP/1.1 asks for.
        ("GET /healthz HTTP/1.1\r\n\r\n", 400),
        ("GET /healthz HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", 400),
        ("GET http://x/healthz HTTP/1.1\r\nHost: x\r\n\r\n", 200),
        ("GET /healthz HTTP/9.9\r\nHost: x\r\n\r\n", 400),
        ("nonsense\r\n\r\n", 400),
        ("GET  /healthz HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        ("GET /healthz HTTP/1.1\r\nHost : x\r\n\r\n", 400),
        ("GET /healthz HTTP/1.1\r\nHost: x\r\nx: a\0b\r\n\r\n", 400),
        (
            "POST /api/users HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: -1\r\n\r\n{}",
            400,
        ),
        (
            "POST /api/users HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
            400,
        ),
        (
            "POST /api/users HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
            400,
        ),
        (
            "POST /api/users HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}",
            415,
        ),
    ] {
        let outcome = raw::exchange(server.address, request.as_bytes()).await;
        assert_eq!(outcome, raw::Outcome::Status(status), "{request:?}");
    }
    let headers: String = (0..1_000).map(|i| format!("x-{i}: y\r\n")).collect();
    let many = format!("GET /healthz HTTP/1.1\r\nHost: x\r\n{headers}\r\n");
    assert_eq!(
        raw::exchange(server.address, many.as_bytes()).await,
        raw::Outcome::Status(431)
    );
    let long = format!("GET /{} HTTP/1.1\r\nHost: x\r\n\r\n", "x".repeat(70_000));
    assert_eq!(
        raw::exchange(server.address, long.as_bytes()).await,
        raw::Outcome::Status(414)
    );
    assert_eq!(
        server.client.get("/healthz").await.expect(200)["status"],
        Value::from("ok")
    );
}
