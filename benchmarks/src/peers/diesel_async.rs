//! diesel-async as its guide shows it: bb8, the connection checked by a query before each use.
#![expect(
    clippy::disallowed_methods,
    reason = "this peer has Diesel's own transactions"
)]

use axis_db::schema::users;
use diesel::dsl::now;
use diesel::prelude::*;
use diesel_async::pooled_connection::AsyncDieselConnectionManager;
use diesel_async::pooled_connection::bb8::{Pool, PooledConnection};
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::diesel_queries::{
    BATCH, Insert, behind, by_email, by_id, greatest, newest, post, total,
};
use crate::peer::{Failure, Peer};
use crate::rows::{Author, NewUser, Position, Post, PostWithAuthor, User, Users, check_name};

/// diesel-async with bb8.
pub struct DieselAsync {
    pool: Pool<AsyncPgConnection>,
}

impl DieselAsync {
    pub fn new(url: &str, connections: u32) -> Result<Self, Failure> {
        let manager = AsyncDieselConnectionManager::new(url);
        let pool = Pool::builder()
            .max_size(connections)
            .build_unchecked(manager);
        Ok(Self { pool })
    }

    async fn connection(&self) -> Result<PooledConnection<'_, AsyncPgConnection>, Failure> {
        Ok(self.pool.get().await?)
    }
}

async fn select(connection: &mut AsyncPgConnection, id: Uuid) -> QueryResult<User> {
    by_id(id).select(User::as_select()).first(connection).await
}

async fn rename(connection: &mut AsyncPgConnection, id: Uuid, name: &str) -> QueryResult<User> {
    diesel::update(by_id(id))
        .set(users::name.eq(name))
        .returning(User::as_returning())
        .get_result(connection)
        .await
}

impl Peer for DieselAsync {
    type User = User;
    type Users = Users<User>;
    type Post = PostWithAuthor;

    async fn by_id(&self, id: Uuid) -> Result<User, Failure> {
        Ok(select(&mut *self.connection().await?, id).await?)
    }

    async fn by_email(&self, email: String) -> Result<User, Failure> {
        let mut connection = self.connection().await?;
        let query = by_email(email).select(User::as_select());
        Ok(query.first(&mut *connection).await?)
    }

    async fn page(&self) -> Result<Users<User>, Failure> {
        let mut connection = self.connection().await?;
        let query = newest().offset(0).select((User::as_select(), total()));
        let rows: Vec<(User, Option<i64>)> = query.load(&mut *connection).await?;
        let count = rows.iter().find_map(|(_, count)| *count);
        let users = rows.into_iter().map(|(user, _)| user).collect();
        Ok(Users::of_users(users, Some(count.unwrap_or(0))))
    }

    async fn after(&self, position: Option<Position>) -> Result<Users<User>, Failure> {
        let mut connection = self.connection().await?;
        let connection = &mut *connection;
        let users = match position {
            None => newest().select(User::as_select()).load(connection).await?,
            Some(position) => {
                behind(position)
                    .select(User::as_select())
                    .load(connection)
                    .await?
            }
        };
        Ok(Users::of_users(users, None))
    }

    async fn insert(&self, user: NewUser) -> Result<User, Failure> {
        let row = Insert::checked(user)?;
        let mut connection = self.connection().await?;
        let insert = diesel::insert_into(users::table)
            .values(row)
            .returning(User::as_returning());
        Ok(insert.get_result(&mut *connection).await?)
    }

    async fn update(&self, id: Uuid, name: String) -> Result<User, Failure> {
        check_name(&name)?;
        Ok(rename(&mut *self.connection().await?, id, &name).await?)
    }

    async fn delete(&self, id: Uuid) -> Result<User, Failure> {
        let mut connection = self.connection().await?;
        let delete = diesel::update(by_id(id))
            .set(users::deleted_at.eq(greatest(now, users::created_at).nullable()))
            .returning(User::as_returning());
        Ok(delete.get_result(&mut *connection).await?)
    }

    async fn write_first(&self, id: Uuid, names: [String; 2]) -> Result<User, Failure> {
        for name in &names {
            check_name(name)?;
        }
        let work = async |connection: &mut AsyncPgConnection| {
            rename(connection, id, &names[0]).await?;
            select(connection, id).await?;
            rename(connection, id, &names[1]).await
        };
        let mut connection = self.connection().await?;
        Ok(AsyncPgConnection::transaction(&mut connection, work).await?)
    }

    async fn read_first(&self, id: Uuid, name: String) -> Result<User, Failure> {
        check_name(&name)?;
        let work = async |connection: &mut AsyncPgConnection| {
            select(connection, id).await?;
            rename(connection, id, &name).await?;
            select(connection, id).await
        };
        let mut connection = self.connection().await?;
        Ok(AsyncPgConnection::transaction(&mut connection, work).await?)
    }

    async fn bulk(&self, users: Vec<NewUser>) -> Result<(), Failure> {
        let rows: Result<Vec<_>, _> = users.into_iter().map(Insert::checked).collect();
        let rows = rows?;
        let work = async |connection: &mut AsyncPgConnection| {
            for batch in rows.chunks(BATCH) {
                diesel::insert_into(users::table)
                    .values(batch)
                    .execute(connection)
                    .await?;
            }
            QueryResult::Ok(())
        };
        let mut connection = self.connection().await?;
        Ok(AsyncPgConnection::transaction(&mut connection, work).await?)
    }

    async fn post(&self, id: Uuid) -> Result<PostWithAuthor, Failure> {
        let mut connection = self.connection().await?;
        let query = post(id).select((Post::as_select(), Author::as_select()));
        let (post, author) = query.first(&mut *connection).await?;
        Ok(PostWithAuthor { post, author })
    }
}
