//! The reference: what an expert writes by hand on tokio-postgres and deadpool. Statements are prepared once for each
//! connection and found by their text.

use chrono::{DateTime, Utc};
use deadpool_postgres::{Manager, Pool};
use std::hint::black_box;
use tokio_postgres::{NoTls, Row};
use uuid::Uuid;

use crate::peer::{Failure, Peer};

const SELECT: &str =
    "SELECT id, email, name, created_at, updated_at, deleted_at FROM users WHERE id = $1";
const INSERT: &str = "INSERT INTO users (email, name) VALUES ($1, $2) \
     RETURNING id, email, name, created_at, updated_at, deleted_at";
const UPDATE: &str = "UPDATE users SET name = $1 WHERE id = $2";

/// A user as read.
#[expect(dead_code, reason = "decoding it is what is measured")]
struct User {
    id: Uuid,
    email: String,
    name: String,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    deleted_at: Option<DateTime<Utc>>,
}

impl User {
    fn read(row: &Row) -> Result<Self, tokio_postgres::Error> {
        Ok(Self {
            id: row.try_get(0)?,
            email: row.try_get(1)?,
            name: row.try_get(2)?,
            created_at: row.try_get(3)?,
            updated_at: row.try_get(4)?,
            deleted_at: row.try_get(5)?,
        })
    }
}

/// tokio-postgres with deadpool.
pub struct Reference {
    pool: Pool,
}

impl Reference {
    pub fn new(url: &str, connections: u32) -> Result<Self, Failure> {
        let manager = Manager::new(url.parse()?, NoTls);
        let pool = Pool::builder(manager)
            .max_size(usize::try_from(connections)?)
            .build()?;
        Ok(Self { pool })
    }
}

impl Peer for Reference {
    async fn point_select(&self, id: Uuid) -> Result<(), Failure> {
        let client = self.pool.get().await?;
        let select = client.prepare_cached(SELECT).await?;
        black_box(User::read(&client.query_one(&select, &[&id]).await?)?);
        Ok(())
    }

    async fn insert(&self, email: String, name: String) -> Result<(), Failure> {
        let client = self.pool.get().await?;
        let insert = client.prepare_cached(INSERT).await?;
        let row = client.query_one(&insert, &[&email, &name]).await?;
        black_box(User::read(&row)?);
        Ok(())
    }

    async fn update(&self, id: Uuid, name: String) -> Result<(), Failure> {
        let client = self.pool.get().await?;
        let update = client.prepare_cached(UPDATE).await?;
        client.execute(&update, &[&name, &id]).await?;
        Ok(())
    }

    async fn transaction_write_first(&self, id: Uuid, names: [String; 2]) -> Result<(), Failure> {
        let mut client = self.pool.get().await?;
        let transaction = client.transaction().await?;
        let update = transaction.prepare_cached(UPDATE).await?;
        let select = transaction.prepare_cached(SELECT).await?;
        let [first, second] = names;
        transaction.execute(&update, &[&first, &id]).await?;
        black_box(User::read(&transaction.query_one(&select, &[&id]).await?)?);
        transaction.execute(&update, &[&second, &id]).await?;
        transaction.commit().await?;
        Ok(())
    }

    async fn transaction_read_first(&self, id: Uuid, name: String) -> Result<(), Failure> {
        let mut client = self.pool.get().await?;
        let transaction = client.transaction().await?;
        let update = transaction.prepare_cached(UPDATE).await?;
        let select = transaction.prepare_cached(SELECT).await?;
        black_box(User::read(&transaction.query_one(&select, &[&id]).await?)?);
        transaction.execute(&update, &[&name, &id]).await?;
        black_box(User::read(&transaction.query_one(&select, &[&id]).await?)?);
        transaction.commit().await?;
        Ok(())
    }
}
