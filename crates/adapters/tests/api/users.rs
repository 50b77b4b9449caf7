//! Users: each row of the surface, its success and its errors.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{NOBODY, TestServer, new_post, new_user};

/// The members of a user, in the order of the surface.
const MEMBERS: [&str; 6] = ["id", "email", "name", "createdAt", "updatedAt", "deletedAt"];

fn members(value: &Value) -> Vec<&str> {
    let members = value.as_object().expect("an object");
    members.keys().map(String::as_str).collect()
}

fn sorted<const N: usize>(mut names: [&str; N]) -> Vec<&str> {
    names.sort_unstable();
    names.to_vec()
}

#[tokio::test]
async fn a_user_is_created_and_shown() {
    let server = TestServer::start().await;
    let request = json!({"email": "Ada@example.org", "name": "Ada L\u{f6}velace \u{1f469}"});
    let answer = server.client.post("/api/users", request).await;
    let location = answer.header("location").to_owned();
    let user = answer.expect(201);
    assert_eq!(members(&user), sorted(MEMBERS));
    assert_eq!(user["email"], "Ada@example.org");
    assert_eq!(user["name"], "Ada L\u{f6}velace \u{1f469}");
    assert_eq!(user["deletedAt"], Value::Null);
    assert_eq!(user["createdAt"], user["updatedAt"]);
    let created_at = user["createdAt"].as_str().expect("a time");
    assert!(created_at.ends_with('Z'), "{created_at}");
    let id = user["id"].as_str().expect("an id");
    assert_eq!(location, format!("/api/users/{id}"));
    assert_eq!(server.client.get(&location).await.expect(200), user);
}

#[tokio::test]
async fn a_user_that_is_not_valid_is_refused() {
    let server = TestServer::start().await;
    for (request, field) in [
        (json!({"name": "Ada"}), "email"),
        (json!({"email": "ada@example.org"}), "name"),
        (json!({"email": "ada", "name": "Ada"}), "email"),
        (json!({"email": "ada@example.org", "name": ""}), "name"),
        (json!({"email": "ada@example.org", "name": "a\0b"}), "name"),
        (json!({"email": "ada@example.org", "name": null}), "name"),
        (json!({"email": 1, "name": "Ada"}), "email"),
        (
            json!({"email": "ada@example.org", "name": "Ada", "id": NOBODY}),
            "id",
        ),
    ] {
        let problem = server.client.post("/api/users", request.clone()).await;
        let problem = problem.expect_field(400, field);
        assert_eq!(problem["errors"][0]["field"], field, "{request}");
    }
    let request = json!({"email": "ada.example.org", "name": ""});
    let problem = server.client.post("/api/users", request).await.expect(400);
    assert_eq!(problem["errors"].as_array().map(Vec::len), Some(2));
    assert!(problem.get("field").is_none(), "two members are at fault");
    let users = server.client.get("/api/users").await.expect(200);
    assert_eq!(users["pagination"]["total"], 0);
}

#[tokio::test]
async fn an_email_is_unique_among_live_users_in_any_case() {
    let server = TestServer::start().await;
    let ada = new_user(&server.client, "ada@example.org").await;
    let grace = new_user(&server.client, "grace@example.org").await;
    let taken = json!({"email": "ADA@Example.org", "name": "Ada"});
    let problem = server.client.post("/api/users", taken.clone()).await;
    let problem = problem.expect_field(409, "email");
    assert_eq!(problem["errors"][0]["constraint"], "users_email_live_key");
    let grace = format!("/api/users/{grace}");
    let problem = server
        .client
        .patch(&grace, json!({"email": "aDa@example.org"}))
        .await;
    problem.expect_field(409, "email");
    // Its own address in another case is no other user's.
    let ada = format!("/api/users/{ada}");
    let own = json!({"email": "ADA@example.org"});
    server.client.patch(&ada, own).await.expect(200);
    // A deleted user's address is free again.
    server.client.delete(&ada).await.expect(200);
    server.client.post("/api/users", taken).await.expect(201);
}

#[tokio::test]
async fn a_user_is_updated_in_part() {
    let server = TestServer::start().await;
    let path = format!(
        "/api/users/{}",
        new_user(&server.client, "ada@example.org").await
    );
    let before = server.client.get(&path).await.expect(200);
    let after = server
        .client
        .patch(&path, json!({"name": "Countess"}))
        .await
        .expect(200);
    assert_eq!(after["name"], "Countess");
    assert_eq!(after["email"], before["email"]);
    assert_eq!(after["createdAt"], before["createdAt"]);
    assert!(after["updatedAt"].as_str() > before["updatedAt"].as_str());
    // Nothing, and nothing new, change nothing.
    for request in [json!({}), json!({"name": "Countess"})] {
        assert_eq!(server.client.patch(&path, request).await.expect(200), after);
    }
    for (request, field) in [
        (json!({"name": null}), "name"),
        (json!({"email": null}), "email"),
        (json!({"name": ""}), "name"),
        (json!({"email": "ada"}), "email"),
        (json!({"deletedAt": null}), "deletedAt"),
        (json!({"updatedAt": "2026-01-01T00:00:00Z"}), "updatedAt"),
    ] {
        server
            .client
            .patch(&path, request)
            .await
            .expect_field(400, field);
    }
    assert_eq!(server.client.get(&path).await.expect(200), after);
}

#[tokio::test]
async fn a_deleted_user_is_seen_once_more_and_never_again() {
    let server = TestServer::start().await;
    let id = new_user(&server.client, "ada@example.org").await;
    let post = new_post(&server.client, &id, "on-engines").await;
    let publish = format!("/api/posts/{post}/publish");
    server
        .client
        .send(Method::POST, &publish, None)
        .await
        .expect(200);
    let (user, post) = (format!("/api/users/{id}"), format!("/api/posts/{post}"));
    let deleted = server.client.delete(&user).await.expect(200);
    assert_eq!(members(&deleted), sorted(MEMBERS));
    assert_eq!(deleted["id"], json!(id));
    assert!(deleted["deletedAt"].as_str() >= deleted["createdAt"].as_str());
    server.client.get(&user).await.expect(404);
    server
        .client
        .patch(&user, json!({"name": "Ada"}))
        .await
        .expect(404);
    server.client.patch(&user, json!({})).await.expect(404);
    server.client.delete(&user).await.expect(404);
    server
        .client
        .get(&format!("{user}/posts"))
        .await
        .expect(404);
    server
        .client
        .get(&format!("{user}/posts?cursor="))
        .await
        .expect(404);
    // Nor are the user's posts.
    server.client.get(&post).await.expect(404);
    server
        .client
        .patch(&post, json!({"title": "On"}))
        .await
        .expect(404);
    server.client.patch(&post, json!({})).await.expect(404);
    server
        .client
        .send(Method::POST, &publish, None)
        .await
        .expect(404);
    server.client.delete(&post).await.expect(404);
    for list in ["/api/users", "/api/posts"] {
        for query in ["", "?cursor="] {
            let list = server
                .client
                .get(&format!("{list}{query}"))
                .await
                .expect(200);
            assert!(!list.to_string().contains(&id), "{list}");
        }
    }
    let posts = server.client.get("/api/posts").await.expect(200);
    assert_eq!(posts["pagination"]["total"], 0);
}

#[tokio::test]
async fn a_user_who_is_not_there_is_a_404() {
    let server = TestServer::start().await;
    for path in [
        format!("/api/users/{NOBODY}"),
        "/api/users/ada".to_owned(),
        "/api/users/%00".to_owned(),
        "/api/users/%FF".to_owned(),
        "/api/users/1".to_owned(),
        format!("/api/users/{{{NOBODY}}}"),
        format!("/api/users/{}", NOBODY.replace('-', "")),
    ] {
        server.client.get(&path).await.expect(404);
        server.client.patch(&path, json!({})).await.expect(404);
        server.client.delete(&path).await.expect(404);
        server
            .client
            .get(&format!("{path}/posts"))
            .await
            .expect(404);
    }
}

#[tokio::test]
async fn a_clock_that_went_back_does_not_break_the_order_of_times() {
    let server = TestServer::start().await;
    let id = "018f6e6e-0000-7000-8000-000000000001";
    let (post, other) = (id.replace('1', "2"), id.replace('1', "3"));
    let times = "now() + interval '1 day', now() + interval '1 day'";
    server
        .sql(&format!(
            "INSERT INTO users (id, email, name, created_at, updated_at)
             VALUES ('{id}', 'ada@example.org', 'Ada', {times});
             INSERT INTO posts (id, user_id, title, content, slug, created_at, updated_at)
             VALUES ('{post}', '{id}', 'On engines', 'Ten or more.', 'on-engines', {times}),
                    ('{other}', '{id}', 'On looms', 'Ten or more.', 'on-looms', {times})"
        ))
        .await;
    let publish = format!("/api/posts/{post}/publish");
    let published = server
        .client
        .send(Method::POST, &publish, None)
        .await
        .expect(200);
    assert_eq!(published["published"], published["createdAt"]);
    let patch = server
        .client
        .patch(&format!("/api/posts/{post}"), json!({"title": "On"}))
        .await;
    let patched = patch.expect(200);
    assert!(patched["updatedAt"].as_str() >= patched["createdAt"].as_str());
    for path in [format!("/api/posts/{other}"), format!("/api/users/{id}")] {
        let deleted = server.client.delete(&path).await.expect(200);
        assert_eq!(deleted["deletedAt"], deleted["createdAt"], "{path}");
    }
}
