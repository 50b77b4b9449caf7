//! What the tables refuse, and what they do by themselves.

use axis_testkit::TestDatabase;
use tokio_postgres::Client;

use crate::support::bystander;

const USER: &str = "INSERT INTO users (id, email, name) VALUES ('00000000-0000-0000-0000-000000000001', 'a@example.com', 'A')";
const POST: &str = "INSERT INTO posts (id, user_id, title, content, slug) VALUES \
                    ('00000000-0000-0000-0000-000000000002', '00000000-0000-0000-0000-000000000001', 'T', 'ten letters', 'a-post')";

/// Runs statements one by one. Gives the constraint that the last one violates; the others must
/// pass.
async fn violated(statements: &[&str]) -> Option<String> {
    let test = TestDatabase::migrated().await;
    let client = bystander(&test).await;
    let (last, before) = statements.split_last().unwrap();
    for statement in before {
        client.execute(*statement, &[]).await.unwrap();
    }
    let error = client.execute(*last, &[]).await.err()?;
    let error = error.as_db_error().unwrap();
    Some(error.constraint().unwrap_or(error.code().code()).to_owned())
}

#[tokio::test]
async fn each_rule_refuses_what_breaks_it_and_nothing_less() {
    let set = |table: &str, set: &str| format!("UPDATE {table} SET {set}");
    let cases = [
        ("users", "email = 'a@bc'", Some("users_email_length")),
        ("users", "email = 'a@b.c'", None),
        ("users", "email = repeat('x', 254) || '@b'", Some("22001")),
        ("users", "email = repeat('x', 250) || '@b.co'", None),
        ("users", "email = 'abcdef'", Some("users_email_address")),
        ("users", "email = '@abcdef'", Some("users_email_address")),
        ("users", "email = 'abcdef@'", Some("users_email_address")),
        ("users", "name = ''", Some("users_name_length")),
        ("users", "name = repeat('é', 255)", None),
        ("users", "name = NULL", Some("23502")),
        (
            "users",
            "deleted_at = created_at - interval '1 us'",
            Some("users_deleted_after_created"),
        ),
        ("users", "deleted_at = created_at", None),
        (
            "users",
            "created_at = now() + interval '1 h'",
            Some("users_updated_after_created"),
        ),
        ("posts", "title = ''", Some("posts_title_length")),
        (
            "posts",
            "content = 'ninechars'",
            Some("posts_content_length"),
        ),
        ("posts", "content = 'ten chars.'", None),
        ("posts", "slug = ''", Some("posts_slug_format")),
        ("posts", "slug = 'A'", Some("posts_slug_format")),
        ("posts", "slug = 'a b'", Some("posts_slug_format")),
        ("posts", "slug = E'a\\n'", Some("posts_slug_format")),
        ("posts", "slug = 'é'", Some("posts_slug_format")),
        ("posts", "slug = '-0z-'", None),
        (
            "posts",
            "published_at = created_at - interval '1 us'",
            Some("posts_published_after_created"),
        ),
        ("posts", "published_at = created_at", None),
        (
            "posts",
            "deleted_at = created_at - interval '1 us'",
            Some("posts_deleted_after_created"),
        ),
        (
            "posts",
            "created_at = now() + interval '1 h'",
            Some("posts_updated_after_created"),
        ),
        (
            "posts",
            "user_id = gen_random_uuid()",
            Some("posts_user_id_fkey"),
        ),
    ];
    for (table, change, expected) in cases {
        let found = violated(&[USER, POST, &set(table, change)]).await;
        assert_eq!(found.as_deref(), expected, "{table}: {change}");
    }
}

#[tokio::test]
async fn an_address_is_unique_among_live_users_whatever_its_case() {
    let again = "INSERT INTO users (email, name) VALUES ('A@Example.com', 'B')";
    assert_eq!(
        violated(&[USER, again]).await.as_deref(),
        Some("users_email_live_key")
    );
    let delete = "UPDATE users SET deleted_at = now()";
    assert_eq!(violated(&[USER, delete, again]).await, None);
    // A deleted one does not come back beside a live one.
    let restore = "UPDATE users SET deleted_at = NULL";
    assert_eq!(
        violated(&[USER, delete, again, restore]).await.as_deref(),
        Some("users_email_live_key")
    );
}

#[tokio::test]
async fn a_slug_is_unique_among_live_posts() {
    let again = POST.replace("0002'", "0003'");
    assert_eq!(
        violated(&[USER, POST, &again]).await.as_deref(),
        Some("posts_slug_live_key")
    );
    let delete = "UPDATE posts SET deleted_at = now()";
    assert_eq!(violated(&[USER, POST, delete, &again]).await, None);
}

#[tokio::test]
async fn a_users_row_takes_its_posts_with_it() {
    let test = TestDatabase::migrated().await;
    let client = bystander(&test).await;
    for statement in [
        USER,
        POST,
        "UPDATE posts SET deleted_at = now()",
        "DELETE FROM users",
    ] {
        assert_eq!(client.execute(statement, &[]).await.unwrap(), 1);
    }
    let left: i64 = client
        .query_one("SELECT count(*) FROM posts", &[])
        .await
        .unwrap()
        .get(0);
    assert_eq!(left, 0);
}

async fn microseconds(client: &Client, expression: &str) -> i64 {
    let statement = format!("SELECT (extract(epoch FROM {expression}) * 1000000)::int8 FROM users");
    client.query_one(&statement, &[]).await.unwrap().get(0)
}

#[tokio::test]
async fn updated_at_is_kept_by_the_database() {
    let test = TestDatabase::migrated().await;
    let client = bystander(&test).await;
    client.execute(USER, &[]).await.unwrap();
    let created = microseconds(&client, "updated_at").await;
    // Nothing changes: neither does the time.
    client
        .execute("UPDATE users SET name = name", &[])
        .await
        .unwrap();
    assert_eq!(microseconds(&client, "updated_at").await, created);
    client
        .execute("UPDATE users SET name = 'B'", &[])
        .await
        .unwrap();
    let updated = microseconds(&client, "updated_at").await;
    assert!(updated > created);
    // Whoever writes it himself is overruled.
    let statement = "UPDATE users SET updated_at = 'infinity'";
    client.execute(statement, &[]).await.unwrap();
    let now = microseconds(&client, "now()").await;
    let overruled = microseconds(&client, "updated_at").await;
    assert!(overruled > updated && overruled <= now);
}

/// now() is the time at which a transaction began: one that began earlier may well be the later one
/// to write.
#[tokio::test]
async fn time_does_not_go_back_for_a_transaction_that_began_earlier() {
    let test = TestDatabase::migrated().await;
    let (early, late) = (bystander(&test).await, bystander(&test).await);
    early.batch_execute("BEGIN; SELECT now()").await.unwrap();
    late.execute(USER, &[]).await.unwrap();
    late.execute(POST, &[]).await.unwrap();
    let created = microseconds(&late, "updated_at").await;
    early
        .execute("UPDATE users SET name = 'early'", &[])
        .await
        .unwrap();
    assert_eq!(microseconds(&early, "updated_at").await, created);
    // So a writer of the other times must not take now() as it is. GREATEST does what the trigger
    // does.
    let publish = "UPDATE posts SET published_at = greatest(now(), created_at)";
    early.execute(publish, &[]).await.unwrap();
    let delete = "UPDATE users SET deleted_at = greatest(now(), created_at)";
    early.execute(delete, &[]).await.unwrap();
    let error = early
        .execute("UPDATE posts SET published_at = now()", &[])
        .await
        .unwrap_err();
    assert_eq!(
        error.as_db_error().unwrap().constraint(),
        Some("posts_published_after_created")
    );
}
