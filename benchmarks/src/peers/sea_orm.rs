//! SeaORM with its defaults, on sqlx's pool.

mod post;
mod user;

use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Expr, ExprTrait, Func};
use sea_orm::{
    ActiveValue, ConnectOptions, Database, DatabaseConnection, QueryOrder, QuerySelect,
    TransactionTrait,
};
use serde::Serialize;

use crate::peer::{Failure, Peer};
use crate::rows::{NewUser, PAGE, Position, Users, check_name};

/// The most rows of an INSERT: it binds two values for each, and a statement has 65,535 at most.
const BATCH: usize = 30_000;

/// SeaORM.
pub struct SeaOrm {
    database: DatabaseConnection,
}

impl SeaOrm {
    pub async fn new(url: &str, connections: u32) -> Result<Self, Failure> {
        let mut options = ConnectOptions::new(url);
        options.max_connections(connections).sqlx_logging(false);
        let database = Database::connect(options).await?;
        Ok(Self { database })
    }
}

/// A post with its author, whose row comes whole.
#[derive(Serialize)]
pub struct PostWithAuthor {
    #[serde(flatten)]
    post: post::Model,
    author: Author,
}

#[derive(Serialize)]
struct Author {
    id: Uuid,
    name: String,
    email: String,
}

fn live(id: Uuid) -> Select<user::Entity> {
    user::Entity::find_by_id(id).filter(user::Column::DeletedAt.is_null())
}

async fn select(connection: &impl ConnectionTrait, id: Uuid) -> Result<user::Model, Failure> {
    Ok(live(id).one(connection).await?.ok_or("no such user")?)
}

/// UPDATE .. RETURNING of a live user.
async fn update(
    connection: &impl ConnectionTrait,
    id: Uuid,
    column: user::Column,
    value: Expr,
) -> Result<user::Model, Failure> {
    let users = user::Entity::update_many()
        .col_expr(column, value)
        .filter(user::Column::Id.eq(id))
        .filter(user::Column::DeletedAt.is_null())
        .exec_with_returning(connection)
        .await?;
    Ok(users.into_iter().next().ok_or("no such user")?)
}

async fn rename(
    connection: &impl ConnectionTrait,
    id: Uuid,
    name: String,
) -> Result<user::Model, Failure> {
    update(connection, id, user::Column::Name, Expr::value(name)).await
}

fn newest() -> Select<user::Entity> {
    user::Entity::find()
        .filter(user::Column::DeletedAt.is_null())
        .order_by_desc(user::Column::CreatedAt)
        .order_by_desc(user::Column::Id)
        .limit(PAGE as u64 + 1)
}

fn row(user: NewUser) -> Result<user::ActiveModel, &'static str> {
    user.check()?;
    Ok(user::ActiveModel {
        email: ActiveValue::Set(user.email),
        name: ActiveValue::Set(user.name),
        ..Default::default()
    })
}

fn part(users: Vec<user::Model>, total: Option<i64>) -> Users<user::Model> {
    Users::of(users, total, |user| Position {
        at: user.created_at,
        id: user.id,
    })
}

impl Peer for SeaOrm {
    type User = user::Model;
    type Users = Users<user::Model>;
    type Post = PostWithAuthor;

    async fn by_id(&self, id: Uuid) -> Result<user::Model, Failure> {
        select(&self.database, id).await
    }

    async fn by_email(&self, email: String) -> Result<user::Model, Failure> {
        let lower = Func::lower(Expr::col(user::Column::Email));
        let user = user::Entity::find()
            .filter(Expr::expr(lower).eq(Func::lower(Expr::value(email))))
            .filter(user::Column::DeletedAt.is_null())
            .one(&self.database)
            .await?;
        Ok(user.ok_or("no such user")?)
    }

    async fn page(&self) -> Result<Users<user::Model>, Failure> {
        let live = user::Entity::find().filter(user::Column::DeletedAt.is_null());
        let total = live.count(&self.database).await?;
        let users = newest().offset(0).all(&self.database).await?;
        Ok(part(users, Some(i64::try_from(total)?)))
    }

    async fn after(&self, position: Option<Position>) -> Result<Users<user::Model>, Failure> {
        let mut query = newest();
        if let Some(Position { at, id }) = position {
            let key = Expr::tuple([
                Expr::col(user::Column::CreatedAt),
                Expr::col(user::Column::Id),
            ]);
            query = query.filter(key.lt(Expr::tuple([Expr::value(at), Expr::value(id)])));
        }
        Ok(part(query.all(&self.database).await?, None))
    }

    async fn insert(&self, user: NewUser) -> Result<user::Model, Failure> {
        Ok(row(user)?.insert(&self.database).await?)
    }

    async fn update(&self, id: Uuid, name: String) -> Result<user::Model, Failure> {
        check_name(&name)?;
        rename(&self.database, id, name).await
    }

    async fn delete(&self, id: Uuid) -> Result<user::Model, Failure> {
        let created = Expr::col(user::Column::CreatedAt);
        let deleted = Func::greatest([Expr::current_timestamp(), created]).into();
        update(&self.database, id, user::Column::DeletedAt, deleted).await
    }

    async fn write_first(&self, id: Uuid, names: [String; 2]) -> Result<user::Model, Failure> {
        for name in &names {
            check_name(name)?;
        }
        let [first, second] = names;
        let transaction = self.database.begin().await?;
        rename(&transaction, id, first).await?;
        select(&transaction, id).await?;
        let user = rename(&transaction, id, second).await?;
        transaction.commit().await?;
        Ok(user)
    }

    async fn read_first(&self, id: Uuid, name: String) -> Result<user::Model, Failure> {
        check_name(&name)?;
        let transaction = self.database.begin().await?;
        select(&transaction, id).await?;
        rename(&transaction, id, name).await?;
        let user = select(&transaction, id).await?;
        transaction.commit().await?;
        Ok(user)
    }

    async fn bulk(&self, users: Vec<NewUser>) -> Result<(), Failure> {
        let transaction = self.database.begin().await?;
        let mut users = users.into_iter().peekable();
        while users.peek().is_some() {
            let rows: Result<Vec<_>, _> = users.by_ref().take(BATCH).map(row).collect();
            let insert = user::Entity::insert_many(rows?);
            insert.exec_without_returning(&transaction).await?;
        }
        Ok(transaction.commit().await?)
    }

    async fn post(&self, id: Uuid) -> Result<PostWithAuthor, Failure> {
        let found = post::Entity::find_by_id(id)
            .filter(post::Column::DeletedAt.is_null())
            .filter(user::Column::DeletedAt.is_null())
            .find_also_related(user::Entity)
            .one(&self.database)
            .await?;
        let (post, user) = found.ok_or("no such post")?;
        let user::Model {
            id, name, email, ..
        } = user.ok_or("no author")?;
        let author = Author { id, name, email };
        Ok(PostWithAuthor { post, author })
    }
}
