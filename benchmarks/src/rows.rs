//! What peers without types of their own read and write: the rows of the API, by hand.

use axis_db::schema::{posts, users};
use chrono::{DateTime, Utc};
use diesel::{Queryable, Selectable};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The rows of a page.
pub const PAGE: usize = 50;

/// A user to be added.
#[derive(Clone, Debug, Deserialize)]
pub struct NewUser {
    pub email: String,
    pub name: String,
}

impl NewUser {
    /// The check that a person would write: what the table asks for, without the form of an address.
    pub fn check(&self) -> Result<(), &'static str> {
        let is_address =
            self.email.contains('@') && (5..=255).contains(&self.email.chars().count());
        match is_address {
            true => check_name(&self.name),
            false => Err("an address has 5 to 255 characters"),
        }
    }
}

/// The same for a name alone.
pub fn check_name(name: &str) -> Result<(), &'static str> {
    match (1..=255).contains(&name.chars().count()) {
        true => Ok(()),
        false => Err("a name has 1 to 255 characters"),
    }
}

/// A user as read.
#[derive(Clone, Debug, Serialize, Queryable, Selectable)]
#[cfg_attr(feature = "sqlx", derive(sqlx::FromRow))]
#[diesel(table_name = users, check_for_backend(diesel::pg::Pg))]
#[serde(rename_all = "camelCase")]
pub struct User {
    pub id: Uuid,
    pub email: String,
    pub name: String,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub deleted_at: Option<DateTime<Utc>>,
}

/// A part of the list of users, newest first.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Users<U> {
    pub users: Vec<U>,
    /// How many there are in all, where the part was asked for by its number.
    pub total: Option<i64>,
    /// Behind which row the next part begins.
    pub next_cursor: Option<Position>,
}

/// A row's place in the list.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Position {
    pub at: DateTime<Utc>,
    pub id: Uuid,
}

impl<U> Users<U> {
    /// Of one row more than a page has, where there is one.
    pub fn of(mut users: Vec<U>, total: Option<i64>, position: impl Fn(&U) -> Position) -> Self {
        let is_last = users.len() <= PAGE;
        users.truncate(PAGE);
        let next_cursor = users.last().filter(|_| !is_last).map(position);
        Self {
            users,
            total,
            next_cursor,
        }
    }
}

impl Users<User> {
    pub fn of_users(users: Vec<User>, total: Option<i64>) -> Self {
        Self::of(users, total, |user| Position {
            at: user.created_at,
            id: user.id,
        })
    }
}

/// A post as read.
#[derive(Clone, Debug, Serialize, Queryable, Selectable)]
#[cfg_attr(feature = "sqlx", derive(sqlx::FromRow))]
#[diesel(table_name = posts, check_for_backend(diesel::pg::Pg))]
#[serde(rename_all = "camelCase")]
pub struct Post {
    pub id: Uuid,
    pub user_id: Uuid,
    pub title: String,
    pub content: String,
    pub slug: String,
    #[serde(rename = "published")]
    pub published_at: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub deleted_at: Option<DateTime<Utc>>,
}

/// What a post shows of its author.
#[derive(Clone, Debug, Serialize, Queryable, Selectable)]
#[cfg_attr(feature = "sqlx", derive(sqlx::FromRow))]
#[diesel(table_name = users, check_for_backend(diesel::pg::Pg))]
pub struct Author {
    #[cfg_attr(feature = "sqlx", sqlx(rename = "author_id"))]
    pub id: Uuid,
    #[cfg_attr(feature = "sqlx", sqlx(rename = "author_name"))]
    pub name: String,
    #[cfg_attr(feature = "sqlx", sqlx(rename = "author_email"))]
    pub email: String,
}

/// A post with its author.
#[derive(Clone, Debug, Serialize, Queryable)]
#[cfg_attr(feature = "sqlx", derive(sqlx::FromRow))]
pub struct PostWithAuthor {
    #[serde(flatten)]
    #[cfg_attr(feature = "sqlx", sqlx(flatten))]
    pub post: Post,
    #[cfg_attr(feature = "sqlx", sqlx(flatten))]
    pub author: Author,
}
