//! sqlx with its own pool and its defaults: statements cached for each connection, a ping before each use.

use sqlx::postgres::{PgPool, PgPoolOptions, PgRow};
use sqlx::{FromRow, PgConnection, Row};
use uuid::Uuid;

use super::sql;
use crate::peer::{Failure, Peer};
use crate::rows::{NewUser, Position, PostWithAuthor, User, Users, check_name};

const BULK: &str =
    "INSERT INTO users (email, name) SELECT * FROM unnest($1::varchar[], $2::varchar[])";

/// sqlx.
pub struct Sqlx {
    pool: PgPool,
}

impl Sqlx {
    pub fn new(url: &str, connections: u32) -> Result<Self, Failure> {
        let pool = PgPoolOptions::new()
            .max_connections(connections)
            .connect_lazy(url)?;
        Ok(Self { pool })
    }
}

async fn by_id(connection: &mut PgConnection, id: Uuid) -> Result<User, sqlx::Error> {
    sqlx::query_as(sql::BY_ID)
        .bind(id)
        .fetch_one(connection)
        .await
}

async fn update(connection: &mut PgConnection, id: Uuid, name: &str) -> Result<User, sqlx::Error> {
    let update = sqlx::query_as(sql::UPDATE).bind(name).bind(id);
    update.fetch_one(connection).await
}

impl Peer for Sqlx {
    type User = User;
    type Users = Users<User>;
    type Post = PostWithAuthor;

    async fn by_id(&self, id: Uuid) -> Result<User, Failure> {
        Ok(by_id(&mut *self.pool.acquire().await?, id).await?)
    }

    async fn by_email(&self, email: String) -> Result<User, Failure> {
        let query = sqlx::query_as(sql::BY_EMAIL).bind(email);
        Ok(query.fetch_one(&self.pool).await?)
    }

    async fn page(&self) -> Result<Users<User>, Failure> {
        let query = sqlx::query(sql::PAGE).bind(0_i64);
        let rows = query.fetch_all(&self.pool).await?;
        let total = rows.first().map(|row| row.try_get("total")).transpose()?;
        let users: Result<Vec<User>, _> = rows
            .iter()
            .map(<User as FromRow<PgRow>>::from_row)
            .collect();
        Ok(Users::of_users(users?, Some(total.unwrap_or(0))))
    }

    async fn after(&self, position: Option<Position>) -> Result<Users<User>, Failure> {
        let query = match position {
            None => sqlx::query_as(sql::FIRST),
            Some(Position { at, id }) => sqlx::query_as(sql::AFTER).bind(at).bind(id),
        };
        Ok(Users::of_users(query.fetch_all(&self.pool).await?, None))
    }

    async fn insert(&self, user: NewUser) -> Result<User, Failure> {
        user.check()?;
        let query = sqlx::query_as(sql::INSERT).bind(user.email).bind(user.name);
        Ok(query.fetch_one(&self.pool).await?)
    }

    async fn update(&self, id: Uuid, name: String) -> Result<User, Failure> {
        check_name(&name)?;
        Ok(update(&mut *self.pool.acquire().await?, id, &name).await?)
    }

    async fn delete(&self, id: Uuid) -> Result<User, Failure> {
        let query = sqlx::query_as(sql::DELETE).bind(id);
        Ok(query.fetch_one(&self.pool).await?)
    }

    async fn write_first(&self, id: Uuid, names: [String; 2]) -> Result<User, Failure> {
        for name in &names {
            check_name(name)?;
        }
        let [first, second] = names;
        let mut transaction = self.pool.begin().await?;
        update(&mut transaction, id, &first).await?;
        by_id(&mut transaction, id).await?;
        let user = update(&mut transaction, id, &second).await?;
        transaction.commit().await?;
        Ok(user)
    }

    async fn read_first(&self, id: Uuid, name: String) -> Result<User, Failure> {
        check_name(&name)?;
        let mut transaction = self.pool.begin().await?;
        by_id(&mut transaction, id).await?;
        update(&mut transaction, id, &name).await?;
        let user = by_id(&mut transaction, id).await?;
        transaction.commit().await?;
        Ok(user)
    }

    async fn bulk(&self, users: Vec<NewUser>) -> Result<(), Failure> {
        for user in &users {
            user.check()?;
        }
        let (emails, names): (Vec<_>, Vec<_>) = users
            .into_iter()
            .map(|user| (user.email, user.name))
            .unzip();
        let query = sqlx::query(BULK).bind(emails).bind(names);
        query.execute(&self.pool).await?;
        Ok(())
    }

    async fn post(&self, id: Uuid) -> Result<PostWithAuthor, Failure> {
        let query = sqlx::query_as(sql::POST).bind(id);
        Ok(query.fetch_one(&self.pool).await?)
    }
}
