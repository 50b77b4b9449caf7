//! Two at once.

use reqwest::Method;
use serde_json::json;

use crate::blocker::Blocker;
use crate::support::{Answer, TestServer, new_post, new_user};

const ROUNDS: usize = 20;

/// Runs a request twice at once, and gives both statuses, the lower first.
async fn both(
    first: impl Future<Output = Answer>,
    second: impl Future<Output = Answer>,
) -> [u16; 2] {
    let (first, second) = tokio::join!(first, second);
    let mut statuses = [first.status, second.status];
    statuses.sort_unstable();
    statuses
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_deletions_the_second_finds_nothing() {
    let server = TestServer::start().await;
    let client = &server.client;
    let author = new_user(client, "author@example.org").await;
    for round in 0..ROUNDS {
        let user = format!(
            "/api/users/{}",
            new_user(client, &format!("user{round}@example.org")).await
        );
        assert_eq!(
            both(client.delete(&user), client.delete(&user)).await,
            [200, 404]
        );
        let post = format!(
            "/api/posts/{}",
            new_post(client, &author, &format!("post-{round}")).await
        );
        assert_eq!(
            both(client.delete(&post), client.delete(&post)).await,
            [200, 404]
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_users_with_one_address_one_is_created() {
    let server = TestServer::start().await;
    let client = &server.client;
    for round in 0..ROUNDS {
        let create =
            |email: String| client.post("/api/users", json!({"email": email, "name": "Ada"}));
        let first = create(format!("ada{round}@example.org"));
        let second = create(format!("ADA{round}@Example.ORG"));
        assert_eq!(both(first, second).await, [201, 409]);
    }
    let users = client.get("/api/users").await.expect(200);
    assert_eq!(users["pagination"]["total"], ROUNDS);
}

#[tokio::test(flavor = "multi_thread")]
async fn publishing_at_once_gives_one_time() {
    let server = TestServer::start().await;
    let client = &server.client;
    let author = new_user(client, "author@example.org").await;
    for round in 0..ROUNDS {
        let post = new_post(client, &author, &format!("post-{round}")).await;
        let path = format!("/api/posts/{post}/publish");
        let (first, second) = tokio::join!(
            client.send(Method::POST, &path, None),
            client.send(Method::POST, &path, None)
        );
        assert_eq!(first.expect(200), second.expect(200));
    }
}

/// A post whose author is being deleted waits for the end of that: a post of a deleted author would be one that nobody
/// can see or delete.
#[tokio::test(flavor = "multi_thread")]
async fn a_post_waits_for_its_authors_deletion() {
    let server = TestServer::start().await;
    let database = server.database();
    let author = new_user(&server.client, "ada@example.org").await;
    let deletion = format!("UPDATE users SET deleted_at = now() WHERE id = '{author}'");
    for (end, status) in [("ROLLBACK", 201), ("COMMIT", 404)] {
        let mut blocker = Blocker::begin(&database, &deletion).await;
        let post = json!({"userId": author, "title": "T", "content": "Ten or more.", "slug": end.to_lowercase()});
        let client = server.client.clone();
        let posting = tokio::spawn(async move { client.post("/api/posts", post).await });
        blocker.blocks().await;
        blocker.end(end).await;
        posting.await.expect("an answer").expect(status);
    }
}

/// And the deletion waits for a post that is being created.
#[tokio::test(flavor = "multi_thread")]
async fn posts_and_their_authors_deletion_at_once_leave_no_post_behind() {
    let server = TestServer::start().await;
    let client = &server.client;
    for round in 0..ROUNDS {
        let author = new_user(client, &format!("user{round}@example.org")).await;
        let path = format!("/api/users/{author}");
        let post = json!({"userId": author, "title": "T", "content": "Ten or more.", "slug": format!("p{round}")});
        let (deleted, posted) = tokio::join!(client.delete(&path), client.post("/api/posts", post));
        deleted.expect(200);
        assert!([201, 404].contains(&posted.status), "{}", posted.text);
        if let Some(id) = posted.body["id"].as_str() {
            client.get(&format!("/api/posts/{id}")).await.expect(404);
        }
    }
}
