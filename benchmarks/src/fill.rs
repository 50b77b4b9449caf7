//! The rows that are there before anything is measured.

use std::path::Path;

use tokio_postgres::Client;
use uuid::Uuid;

use crate::peer::Failure;
use crate::protocol::Sample;
use crate::rows::{PAGE, Position};

/// Users and posts that operations work on: enough that no cache of a few pages serves them.
const USERS: usize = 40_000;
const POSTS: usize = 20_000;
/// How far the far part of the list is at most.
const FAR: i64 = 1_000_000;
/// A post for so many users.
const USERS_OF_A_POST: i64 = 10;

/// Adds users and posts up to `rows` users, a second of creation between two.
pub async fn fill(client: &Client, rows: i64) -> Result<(), Failure> {
    let before: i64 = client
        .query_one("SELECT count(*) FROM users", &[])
        .await?
        .try_get(0)?;
    if before >= rows {
        return Ok(());
    }
    // Rows of our own making: their references hold, and need not be looked up one by one.
    client
        .batch_execute("SET session_replication_role = replica")
        .await?;
    let users = "WITH added AS ( \
             INSERT INTO users (email, name, created_at, updated_at) \
             SELECT 'user' || n || '@example.com', 'User ' || n, at, at FROM generate_series($1::bigint + 1, $2) AS n, \
             LATERAL (SELECT timestamptz '2020-01-01' + n * interval '1 second') AS t (at) \
             RETURNING id, created_at \
         ), numbered AS (SELECT *, row_number() OVER () AS n FROM added) \
         INSERT INTO posts (user_id, title, content, slug, published_at, created_at, updated_at) \
         SELECT id, 'Post ' || n, repeat('A text of some length. ', 20), 'post-' || $1 || '-' || n, created_at, \
         created_at, created_at FROM numbered WHERE n % $3::bigint = 0";
    client
        .execute(users, &[&before, &rows, &USERS_OF_A_POST])
        .await?;
    // One by one: together they would be a transaction.
    for statement in [
        "RESET session_replication_role",
        "VACUUM ANALYZE",
        "CHECKPOINT",
    ] {
        client.batch_execute(statement).await?;
    }
    Ok(())
}

/// Draws some of the rows by chance and writes them into a file.
pub async fn sample(client: &Client, rows: i64, file: &Path) -> Result<Sample, Failure> {
    let users = "SELECT id, email FROM users TABLESAMPLE BERNOULLI ($1) \
         WHERE deleted_at IS NULL AND created_at < '2026-01-01' ORDER BY random()";
    let posts = "SELECT id FROM posts TABLESAMPLE BERNOULLI ($1) ORDER BY random()";
    let percent =
        |wanted: usize, rows: i64| (100.0 * wanted as f64 / rows as f64).min(100.0) as f32;
    let users = client.query(users, &[&percent(USERS, rows)]).await?;
    let posts = client
        .query(posts, &[&percent(POSTS, rows / USERS_OF_A_POST)])
        .await?;
    let far = "SELECT created_at, id FROM users WHERE deleted_at IS NULL \
         ORDER BY created_at DESC, id DESC OFFSET $1 LIMIT 1";
    let behind = FAR.min(rows - 2 * i64::try_from(PAGE)?);
    let far = client.query_one(far, &[&behind]).await?;
    let sample = Sample {
        users: users
            .iter()
            .map(|row| Ok((row.try_get(0)?, row.try_get(1)?)))
            .collect::<Result<_, Failure>>()?,
        posts: posts
            .iter()
            .map(|row| Ok(row.try_get(0)?))
            .collect::<Result<_, Failure>>()?,
        far: Position {
            at: far.try_get(0)?,
            id: far.try_get(1)?,
        },
    };
    if sample.users.is_empty() || sample.posts.is_empty() {
        return Err("the sample is empty: more rows are needed".into());
    }
    std::fs::write(file, serde_json::to_vec(&sample)?)?;
    Ok(sample)
}

/// Adds users who will be deleted, and writes their ids into a file.
pub async fn add_victims(client: &Client, count: i64, file: &Path) -> Result<Vec<Uuid>, Failure> {
    let insert = "INSERT INTO users (email, name) \
         SELECT gen_random_uuid() || '@example.com', 'Victim' FROM generate_series(1, $1::bigint) RETURNING id";
    let rows = client.query(insert, &[&count]).await?;
    let ids: Result<Vec<Uuid>, Failure> = rows.iter().map(|row| Ok(row.try_get(0)?)).collect();
    let ids = ids?;
    std::fs::write(file, serde_json::to_vec(&ids)?)?;
    Ok(ids)
}

/// Takes them away again, so that the table stays as large as it was.
pub async fn remove_victims(client: &Client, ids: &[Uuid]) -> Result<(), Failure> {
    client
        .execute("DELETE FROM users WHERE id = ANY ($1)", &[&ids])
        .await?;
    Ok(())
}
