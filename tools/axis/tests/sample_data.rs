//! The sample data of this repository: every CHECK holds, the lists look alive, and everyone gets the same rows.
#![expect(clippy::unwrap_used, reason = "a test stops at its first surprise")]

use std::path::Path;

use axis_local_postgres::{Cluster, Migrations, Project};
use tokio_postgres::{Client, NoTls};

/// What must be so: a query that gives one number, and the least and the most that it may give.
const EXPECTED: &[(&str, i64, i64)] = &[
    ("SELECT count(*) FROM users", 1_000, 1_000),
    ("SELECT count(DISTINCT name) FROM users", 1_000, 1_000),
    (
        "SELECT count(*) FROM users WHERE email !~ '^[a-z0-9._]+@([a-z]+[.])*example[.](com|net|org)$'",
        0,
        0,
    ),
    (
        "SELECT count(*) FROM users WHERE deleted_at IS NOT NULL",
        5,
        50,
    ),
    (
        "SELECT count(*) FROM users WHERE updated_at > created_at",
        200,
        600,
    ),
    ("SELECT count(*) FROM posts", 10_000, 10_000),
    ("SELECT count(DISTINCT title) FROM posts", 5_000, 10_000),
    ("SELECT count(DISTINCT content) FROM posts", 9_500, 10_000),
    (
        "SELECT count(*) FROM posts WHERE content !~ '[.!?]$' OR title ~ '%' OR content ~ '%'",
        0,
        0,
    ),
    (
        "SELECT count(*) FROM posts WHERE published_at IS NULL",
        500,
        2_000,
    ),
    (
        "SELECT count(*) FROM posts WHERE deleted_at IS NOT NULL",
        50,
        300,
    ),
    ("SELECT count(DISTINCT user_id) FROM posts", 800, 1_000),
    // A post is younger than its author's account, and nothing lies in the future.
    (
        "SELECT count(*) FROM posts JOIN users ON users.id = user_id WHERE posts.created_at < users.created_at",
        0,
        0,
    ),
    (
        "SELECT count(*) FROM users WHERE greatest(created_at, updated_at, deleted_at) > now()",
        0,
        0,
    ),
    (
        "SELECT count(*) FROM posts WHERE greatest(created_at, updated_at, published_at, deleted_at) > now()",
        0,
        0,
    ),
    // Over two years, and up to today.
    (
        "SELECT count(DISTINCT date_trunc('month', created_at)) FROM users",
        23,
        26,
    ),
    (
        "SELECT count(DISTINCT date_trunc('month', published_at)) FROM posts",
        23,
        26,
    ),
    (
        "SELECT count(*) FROM posts WHERE published_at > now() - interval '1 day'",
        5,
        500,
    ),
    (
        "SELECT count(*) FROM users WHERE created_at > now() - interval '7 days'",
        2,
        100,
    ),
];

#[tokio::test(flavor = "multi_thread")]
async fn it_keeps_every_rule_and_is_the_same_each_time() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let cluster = Cluster::ephemeral(&Project::at(&root).unwrap()).unwrap();
    let mut digests = Vec::new();
    for _ in 0..2 {
        let database = cluster.server().temporary_database().unwrap();
        let migrations = Migrations::in_folder(root.join("migrations")).unwrap();
        migrations.apply_all(&database.url()).unwrap();
        let (client, connection) = tokio_postgres::connect(&database.url(), NoTls)
            .await
            .unwrap();
        let connection = tokio::spawn(connection);
        for table in ["users", "posts"] {
            let file = root.join(format!("fixtures/sample_data/{table}.sql"));
            let sql = std::fs::read_to_string(file).unwrap();
            client.execute(&sql, &[]).await.unwrap();
        }
        for (query, least, most) in EXPECTED {
            let number: i64 = client.query_one(*query, &[]).await.unwrap().get(0);
            assert!((least..=most).contains(&&number), "{number}: {query}");
        }
        digests.push(digest(&client).await);
        drop(client);
        connection.await.unwrap().unwrap();
    }
    assert_eq!(
        digests[0], digests[1],
        "the rows differ from one time to the next"
    );
}

/// Of all but the dates, which count back from now.
async fn digest(client: &Client) -> String {
    let query = "SELECT md5(string_agg(concat_ws('|', posts.id, user_id, title, content, slug, users.email, users.name), \
                 '' ORDER BY posts.id)) FROM posts JOIN users ON users.id = user_id";
    client.query_one(query, &[]).await.unwrap().get(0)
}
