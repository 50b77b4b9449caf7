//! The reference: what an expert writes by hand on tokio-postgres and deadpool. Statements are prepared once for each
//! connection and found by their text.

use std::pin::pin;

use deadpool_postgres::{ClientWrapper, Manager, Pool, Transaction};
use tokio_postgres::binary_copy::BinaryCopyInWriter;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{NoTls, Row};
use uuid::Uuid;

use super::sql;
use crate::peer::{Failure, Peer};
use crate::rows::{Author, NewUser, Position, Post, PostWithAuthor, User, Users, check_name};
use crate::transport::client_tls;

/// tokio-postgres with deadpool.
pub struct Reference {
    pool: Pool,
}

impl Reference {
    pub fn new(url: &str, connections: usize) -> Result<Self, Failure> {
        let manager = match client_tls(url)? {
            Some((url, tls)) => Manager::new(url.parse()?, tls),
            None => Manager::new(url.parse()?, NoTls),
        };
        let pool = Pool::builder(manager).max_size(connections).build()?;
        Ok(Self { pool })
    }

    async fn one(&self, sql: &str, values: &[&(dyn ToSql + Sync)]) -> Result<User, Failure> {
        let client = self.pool.get().await?;
        Ok(user(&query_one(&client, sql, values).await?)?)
    }
}

async fn query_one(
    client: &ClientWrapper,
    sql: &str,
    values: &[&(dyn ToSql + Sync)],
) -> Result<Row, tokio_postgres::Error> {
    let statement = client.prepare_cached(sql).await?;
    client.query_one(&statement, values).await
}

async fn in_transaction(
    transaction: &Transaction<'_>,
    sql: &str,
    values: &[&(dyn ToSql + Sync)],
) -> Result<User, tokio_postgres::Error> {
    let statement = transaction.prepare_cached(sql).await?;
    user(&transaction.query_one(&statement, values).await?)
}

fn user(row: &Row) -> Result<User, tokio_postgres::Error> {
    Ok(User {
        id: row.try_get(0)?,
        email: row.try_get(1)?,
        name: row.try_get(2)?,
        created_at: row.try_get(3)?,
        updated_at: row.try_get(4)?,
        deleted_at: row.try_get(5)?,
    })
}

fn post(row: &Row) -> Result<PostWithAuthor, tokio_postgres::Error> {
    let post = Post {
        id: row.try_get(0)?,
        user_id: row.try_get(1)?,
        title: row.try_get(2)?,
        content: row.try_get(3)?,
        slug: row.try_get(4)?,
        published_at: row.try_get(5)?,
        created_at: row.try_get(6)?,
        updated_at: row.try_get(7)?,
        deleted_at: row.try_get(8)?,
    };
    let author = Author {
        id: row.try_get(9)?,
        name: row.try_get(10)?,
        email: row.try_get(11)?,
    };
    Ok(PostWithAuthor { post, author })
}

fn users(rows: &[Row]) -> Result<Vec<User>, tokio_postgres::Error> {
    rows.iter().map(user).collect()
}

impl Peer for Reference {
    type User = User;
    type Users = Users<User>;
    type Post = PostWithAuthor;

    async fn by_id(&self, id: Uuid) -> Result<User, Failure> {
        self.one(sql::BY_ID, &[&id]).await
    }

    async fn by_email(&self, email: String) -> Result<User, Failure> {
        self.one(sql::BY_EMAIL, &[&email]).await
    }

    async fn page(&self) -> Result<Users<User>, Failure> {
        let client = self.pool.get().await?;
        let statement = client.prepare_cached(sql::PAGE).await?;
        let rows = client.query(&statement, &[&0_i64]).await?;
        let total = rows.first().map(|row| row.try_get(6)).transpose()?;
        Ok(Users::of_users(users(&rows)?, Some(total.unwrap_or(0))))
    }

    async fn after(&self, position: Option<Position>) -> Result<Users<User>, Failure> {
        let client = self.pool.get().await?;
        let rows = match position {
            None => {
                let statement = client.prepare_cached(sql::FIRST).await?;
                client.query(&statement, &[]).await?
            }
            Some(Position { at, id }) => {
                let statement = client.prepare_cached(sql::AFTER).await?;
                client.query(&statement, &[&at, &id]).await?
            }
        };
        Ok(Users::of_users(users(&rows)?, None))
    }

    async fn insert(&self, user: NewUser) -> Result<User, Failure> {
        user.check()?;
        self.one(sql::INSERT, &[&user.email, &user.name]).await
    }

    async fn update(&self, id: Uuid, name: String) -> Result<User, Failure> {
        check_name(&name)?;
        self.one(sql::UPDATE, &[&name, &id]).await
    }

    async fn delete(&self, id: Uuid) -> Result<User, Failure> {
        self.one(sql::DELETE, &[&id]).await
    }

    async fn write_first(&self, id: Uuid, names: [String; 2]) -> Result<User, Failure> {
        for name in &names {
            check_name(name)?;
        }
        let [first, second] = names;
        let mut client = self.pool.get().await?;
        let transaction = client.transaction().await?;
        in_transaction(&transaction, sql::UPDATE, &[&first, &id]).await?;
        in_transaction(&transaction, sql::BY_ID, &[&id]).await?;
        let user = in_transaction(&transaction, sql::UPDATE, &[&second, &id]).await?;
        transaction.commit().await?;
        Ok(user)
    }

    async fn read_first(&self, id: Uuid, name: String) -> Result<User, Failure> {
        check_name(&name)?;
        let mut client = self.pool.get().await?;
        let transaction = client.transaction().await?;
        in_transaction(&transaction, sql::BY_ID, &[&id]).await?;
        in_transaction(&transaction, sql::UPDATE, &[&name, &id]).await?;
        let user = in_transaction(&transaction, sql::BY_ID, &[&id]).await?;
        transaction.commit().await?;
        Ok(user)
    }

    async fn bulk(&self, users: Vec<NewUser>) -> Result<(), Failure> {
        let client = self.pool.get().await?;
        let sink = client
            .copy_in("COPY users (email, name) FROM STDIN (FORMAT binary)")
            .await?;
        let mut rows = pin!(BinaryCopyInWriter::new(
            sink,
            &[Type::VARCHAR, Type::VARCHAR]
        ));
        for user in &users {
            user.check()?;
            rows.as_mut().write(&[&user.email, &user.name]).await?;
        }
        rows.finish().await?;
        Ok(())
    }

    async fn post(&self, id: Uuid) -> Result<PostWithAuthor, Failure> {
        let client = self.pool.get().await?;
        Ok(post(&query_one(&client, sql::POST, &[&id]).await?)?)
    }
}
