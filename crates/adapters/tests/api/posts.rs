//! Posts: each row of the surface, its success and its errors.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{NOBODY, TestServer, new_post, new_user};

fn members(value: &Value) -> Vec<&str> {
    let members = value.as_object().expect("an object");
    members.keys().map(String::as_str).collect()
}

/// The members of a post, sorted.
const MEMBERS: [&str; 9] = [
    "content",
    "createdAt",
    "deletedAt",
    "id",
    "published",
    "slug",
    "title",
    "updatedAt",
    "userId",
];

#[tokio::test]
async fn a_post_is_created_as_a_draft_and_shown_with_its_author() {
    let server = TestServer::start().await;
    let ada = new_user(&server.client, "ada@example.org").await;
    let request = json!({
        "userId": ada,
        "title": "On engines",
        "content": "Line one.\nLine two \u{1f469}.",
        "slug": "on-engines",
    });
    let answer = server.client.post("/api/posts", request.clone()).await;
    let location = answer.header("location").to_owned();
    let post = answer.expect(201);
    assert_eq!(members(&post), MEMBERS);
    for (member, value) in request.as_object().expect("an object") {
        assert_eq!(&post[member], value);
    }
    assert_eq!(post["published"], Value::Null);
    assert_eq!(
        location,
        format!("/api/posts/{}", post["id"].as_str().expect("an id"))
    );
    let mut shown = server.client.get(&location).await.expect(200);
    let author = shown["author"].take();
    assert_eq!(
        author,
        json!({"id": ada, "name": "Ada", "email": "ada@example.org"})
    );
    shown.as_object_mut().expect("an object").remove("author");
    assert_eq!(shown, post);
}

#[tokio::test]
async fn a_post_that_is_not_valid_is_refused() {
    let server = TestServer::start().await;
    let ada = new_user(&server.client, "ada@example.org").await;
    let valid = json!({"userId": ada, "title": "T", "content": "Ten or more.", "slug": "s"});
    for (field, value) in [
        ("title", json!("")),
        ("title", json!("t".repeat(256))),
        ("content", json!("123456789")),
        ("content", json!("1234567890\0")),
        ("slug", json!("")),
        ("slug", json!("S")),
        ("slug", json!("s\n")),
        ("userId", json!("ada")),
        ("userId", json!(null)),
        ("published", json!("2026-01-01T00:00:00Z")),
        ("author", json!({})),
    ] {
        let mut request = valid.clone();
        request[field] = value;
        server
            .client
            .post("/api/posts", request)
            .await
            .expect_field(400, field);
    }
    for field in ["userId", "title", "content", "slug"] {
        let mut request = valid.clone();
        request.as_object_mut().expect("an object").remove(field);
        server
            .client
            .post("/api/posts", request)
            .await
            .expect_field(400, field);
    }
    server.client.post("/api/posts", valid).await.expect(201);
}

#[tokio::test]
async fn a_post_needs_a_live_author() {
    let server = TestServer::start().await;
    let ada = new_user(&server.client, "ada@example.org").await;
    server
        .client
        .delete(&format!("/api/users/{ada}"))
        .await
        .expect(200);
    for user_id in [ada.as_str(), NOBODY] {
        let request =
            json!({"userId": user_id, "title": "T", "content": "Ten or more.", "slug": "s"});
        server
            .client
            .post("/api/posts", request)
            .await
            .expect_field(404, "userId");
    }
}

#[tokio::test]
async fn a_slug_is_unique_among_live_posts() {
    let server = TestServer::start().await;
    let ada = new_user(&server.client, "ada@example.org").await;
    let first = new_post(&server.client, &ada, "on-engines").await;
    let second = new_post(&server.client, &ada, "on-looms").await;
    let taken =
        json!({"userId": ada, "title": "T", "content": "Ten or more.", "slug": "on-engines"});
    let problem = server.client.post("/api/posts", taken.clone()).await;
    let problem = problem.expect_field(409, "slug");
    assert_eq!(problem["errors"][0]["constraint"], "posts_slug_live_key");
    let second = format!("/api/posts/{second}");
    let problem = server
        .client
        .patch(&second, json!({"slug": "on-engines"}))
        .await;
    problem.expect_field(409, "slug");
    let first = format!("/api/posts/{first}");
    server
        .client
        .patch(&first, json!({"slug": "on-engines"}))
        .await
        .expect(200);
    server.client.delete(&first).await.expect(200);
    server.client.post("/api/posts", taken).await.expect(201);
}

#[tokio::test]
async fn a_post_is_updated_in_part() {
    let server = TestServer::start().await;
    let ada = new_user(&server.client, "ada@example.org").await;
    let path = format!(
        "/api/posts/{}",
        new_post(&server.client, &ada, "on-engines").await
    );
    let request = json!({"title": "On looms", "content": "Eleven or more."});
    let after = server.client.patch(&path, request).await.expect(200);
    assert_eq!(members(&after), MEMBERS);
    assert_eq!(
        (&after["title"], &after["slug"]),
        (&json!("On looms"), &json!("on-engines"))
    );
    assert!(after["updatedAt"].as_str() > after["createdAt"].as_str());
    assert_eq!(
        server.client.patch(&path, json!({})).await.expect(200),
        after
    );
    for (field, value) in [
        ("title", json!(null)),
        ("content", json!(null)),
        ("slug", json!(null)),
        ("title", json!("")),
        ("content", json!("123456789")),
        ("slug", json!("On")),
        ("userId", json!(ada)),
        ("published", json!(null)),
    ] {
        server
            .client
            .patch(&path, json!({ field: value }))
            .await
            .expect_field(400, field);
    }
}

#[tokio::test]
async fn publishing_twice_is_publishing_once() {
    let server = TestServer::start().await;
    let ada = new_user(&server.client, "ada@example.org").await;
    let post = new_post(&server.client, &ada, "on-engines").await;
    let publish = format!("/api/posts/{post}/publish");
    let first = server
        .client
        .send(Method::POST, &publish, None)
        .await
        .expect(200);
    assert_eq!(members(&first), MEMBERS);
    assert!(first["published"].as_str() >= first["createdAt"].as_str());
    let second = server
        .client
        .send(Method::POST, &publish, None)
        .await
        .expect(200);
    assert_eq!(second, first);
    // A body is not asked for, and not read.
    assert_eq!(
        server.client.post(&publish, json!([1])).await.expect(200),
        first
    );
}

#[tokio::test]
async fn a_deleted_post_is_seen_once_more_and_never_again() {
    let server = TestServer::start().await;
    let ada = new_user(&server.client, "ada@example.org").await;
    let id = new_post(&server.client, &ada, "on-engines").await;
    let (path, publish) = (
        format!("/api/posts/{id}"),
        format!("/api/posts/{id}/publish"),
    );
    server
        .client
        .send(Method::POST, &publish, None)
        .await
        .expect(200);
    let deleted = server.client.delete(&path).await.expect(200);
    assert_eq!(members(&deleted), MEMBERS);
    assert!(deleted["deletedAt"].as_str() >= deleted["published"].as_str());
    server.client.get(&path).await.expect(404);
    server
        .client
        .patch(&path, json!({"title": "On"}))
        .await
        .expect(404);
    server.client.patch(&path, json!({})).await.expect(404);
    server
        .client
        .send(Method::POST, &publish, None)
        .await
        .expect(404);
    server.client.delete(&path).await.expect(404);
    for list in ["/api/posts".to_owned(), format!("/api/users/{ada}/posts")] {
        let list = server.client.get(&list).await.expect(200);
        assert_eq!(list["pagination"]["total"], 0);
        assert_eq!(list["posts"], json!([]));
    }
}

#[tokio::test]
async fn a_post_that_is_not_there_is_a_404() {
    let server = TestServer::start().await;
    for id in [NOBODY, "1", "%00", "publish"] {
        let path = format!("/api/posts/{id}");
        server.client.get(&path).await.expect(404);
        server
            .client
            .patch(&path, json!({"title": "T"}))
            .await
            .expect(404);
        server.client.patch(&path, json!({})).await.expect(404);
        server.client.delete(&path).await.expect(404);
        server
            .client
            .send(Method::POST, &format!("{path}/publish"), None)
            .await
            .expect(404);
    }
}
