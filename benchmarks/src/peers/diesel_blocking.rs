//! Diesel as its guide shows it: libpq, r2d2, and each operation on a thread that may block.
#![expect(
    clippy::disallowed_methods,
    reason = "this peer has Diesel's own transactions"
)]

use axis_db::schema::users;
use diesel::dsl::now;
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::r2d2::{ConnectionManager, Pool};
use uuid::Uuid;

use super::diesel_queries::{
    BATCH, Insert, behind, by_email, by_id, greatest, newest, post, total,
};
use crate::peer::{Failure, Peer};
use crate::rows::{Author, NewUser, Position, Post, PostWithAuthor, User, Users, check_name};

/// Diesel with r2d2.
pub struct DieselBlocking {
    pool: Pool<ConnectionManager<PgConnection>>,
}

impl DieselBlocking {
    pub fn new(url: &str, connections: u32) -> Result<Self, Failure> {
        let manager = ConnectionManager::new(url);
        let pool = Pool::builder()
            .max_size(connections)
            .build_unchecked(manager);
        Ok(Self { pool })
    }

    async fn run<R: Send + 'static>(
        &self,
        work: impl FnOnce(&mut PgConnection) -> QueryResult<R> + Send + 'static,
    ) -> Result<R, Failure> {
        let pool = self.pool.clone();
        tokio::task::spawn_blocking(move || Ok(work(&mut *pool.get()?)?)).await?
    }
}

fn select(connection: &mut PgConnection, id: Uuid) -> QueryResult<User> {
    by_id(id).select(User::as_select()).first(connection)
}

fn rename(connection: &mut PgConnection, id: Uuid, name: &str) -> QueryResult<User> {
    diesel::update(by_id(id))
        .set(users::name.eq(name))
        .returning(User::as_returning())
        .get_result(connection)
}

impl Peer for DieselBlocking {
    type User = User;
    type Users = Users<User>;
    type Post = PostWithAuthor;

    async fn by_id(&self, id: Uuid) -> Result<User, Failure> {
        self.run(move |connection| select(connection, id)).await
    }

    async fn by_email(&self, email: String) -> Result<User, Failure> {
        self.run(|connection| by_email(email).select(User::as_select()).first(connection))
            .await
    }

    async fn page(&self) -> Result<Users<User>, Failure> {
        let query = newest().offset(0).select((User::as_select(), total()));
        let rows = self
            .run(move |connection| query.load::<(User, Option<i64>)>(connection))
            .await?;
        let count = rows.iter().find_map(|(_, count)| *count);
        let users = rows.into_iter().map(|(user, _)| user).collect();
        Ok(Users::of_users(users, Some(count.unwrap_or(0))))
    }

    async fn after(&self, position: Option<Position>) -> Result<Users<User>, Failure> {
        let load = move |connection: &mut PgConnection| match position {
            None => newest().select(User::as_select()).load(connection),
            Some(position) => behind(position).select(User::as_select()).load(connection),
        };
        Ok(Users::of_users(self.run(load).await?, None))
    }

    async fn insert(&self, user: NewUser) -> Result<User, Failure> {
        let row = Insert::checked(user)?;
        let insert = diesel::insert_into(users::table)
            .values(row)
            .returning(User::as_returning());
        self.run(|connection| insert.get_result(connection)).await
    }

    async fn update(&self, id: Uuid, name: String) -> Result<User, Failure> {
        check_name(&name)?;
        self.run(move |connection| rename(connection, id, &name))
            .await
    }

    async fn delete(&self, id: Uuid) -> Result<User, Failure> {
        let delete = diesel::update(by_id(id))
            .set(users::deleted_at.eq(greatest(now, users::created_at).nullable()))
            .returning(User::as_returning());
        self.run(|connection| delete.get_result(connection)).await
    }

    async fn write_first(&self, id: Uuid, names: [String; 2]) -> Result<User, Failure> {
        for name in &names {
            check_name(name)?;
        }
        let work = move |connection: &mut PgConnection| {
            rename(connection, id, &names[0])?;
            select(connection, id)?;
            rename(connection, id, &names[1])
        };
        self.run(|connection| connection.transaction(work)).await
    }

    async fn read_first(&self, id: Uuid, name: String) -> Result<User, Failure> {
        check_name(&name)?;
        let work = move |connection: &mut PgConnection| {
            select(connection, id)?;
            rename(connection, id, &name)?;
            select(connection, id)
        };
        self.run(|connection| connection.transaction(work)).await
    }

    async fn bulk(&self, users: Vec<NewUser>) -> Result<(), Failure> {
        let rows: Result<Vec<_>, _> = users.into_iter().map(Insert::checked).collect();
        let rows = rows?;
        let work = move |connection: &mut PgConnection| {
            for batch in rows.chunks(BATCH) {
                diesel::insert_into(users::table)
                    .values(batch)
                    .execute(connection)?;
            }
            QueryResult::Ok(())
        };
        self.run(|connection| connection.transaction(work)).await
    }

    async fn post(&self, id: Uuid) -> Result<PostWithAuthor, Failure> {
        let query = post(id).select((Post::as_select(), Author::as_select()));
        let (post, author) = self.run(move |connection| query.first(connection)).await?;
        Ok(PostWithAuthor { post, author })
    }
}
