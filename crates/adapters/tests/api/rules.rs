//! Rules that only the database holds come back as what they are, and never in its words.

use serde_json::json;

use crate::support::{TestServer, new_user};

/// A server whose database holds a stricter rule than this build knows.
async fn with_rule(rule: &str) -> (TestServer, String) {
    let server = TestServer::start().await;
    let user = new_user(&server.client, "ada@example.org").await;
    server.sql(rule).await;
    (server, format!("/api/users/{user}"))
}

#[tokio::test]
async fn a_check_names_its_member_and_itself() {
    let (server, user) = with_rule(
        "ALTER TABLE users DROP CONSTRAINT users_name_length;
         ALTER TABLE users ADD CONSTRAINT users_name_length CHECK (char_length(name) >= 3)",
    )
    .await;
    for answer in [
        server
            .client
            .post(
                "/api/users",
                json!({"email": "eve@example.org", "name": "Ev"}),
            )
            .await,
        server.client.patch(&user, json!({"name": "Ad"})).await,
    ] {
        let problem = answer.expect_field(400, "name");
        assert_eq!(problem["errors"][0]["field"], "name");
        assert_eq!(problem["errors"][0]["constraint"], "users_name_length");
    }
    server
        .client
        .patch(&user, json!({"name": "Ada"}))
        .await
        .expect(200);
}

#[tokio::test]
async fn a_rule_that_this_build_does_not_know_is_still_a_refusal() {
    let (server, user) = with_rule(
        "ALTER TABLE users ADD CONSTRAINT users_name_upper CHECK (name = upper(name)) NOT VALID;
         CREATE UNIQUE INDEX users_name_live_key ON users (name) WHERE deleted_at IS NULL",
    )
    .await;
    let problem = server
        .client
        .patch(&user, json!({"name": "ada"}))
        .await
        .expect(400);
    assert!(problem.get("field").is_none(), "{problem}");
    assert_eq!(problem["errors"][0]["constraint"], "users_name_upper");
    server
        .client
        .patch(&user, json!({"name": "ADA"}))
        .await
        .expect(200);
    let problem = server
        .client
        .post(
            "/api/users",
            json!({"email": "eve@example.org", "name": "ADA"}),
        )
        .await;
    let problem = problem.expect(409);
    assert!(problem.get("field").is_none(), "{problem}");
    assert_eq!(problem["errors"][0]["constraint"], "users_name_live_key");
}

#[tokio::test]
async fn what_the_database_cannot_do_is_a_500_without_its_words() {
    let (server, user) = with_rule("ALTER TABLE users RENAME COLUMN name TO label").await;
    let problem = server.client.get(&user).await.expect(500);
    assert!(!problem.to_string().contains("name"), "{problem}");
}

#[tokio::test]
async fn a_column_that_became_narrower_refuses_what_does_not_fit() {
    let (server, user) = with_rule("ALTER TABLE users ALTER COLUMN name TYPE varchar(3)").await;
    let problem = server
        .client
        .patch(&user, json!({"name": "Countess"}))
        .await
        .expect(400);
    assert_eq!(
        problem["errors"].as_array().map(Vec::len),
        Some(1),
        "{problem}"
    );
    let deleted = server.client.delete(&user).await;
    deleted.expect(200);
}
