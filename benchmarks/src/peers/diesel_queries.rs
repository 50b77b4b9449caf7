//! Diesel's queries, for both peers that send them as Diesel's guide shows it.

use axis_db::schema::{posts, users};
use diesel::prelude::*;
use diesel::sql_types::{Record, Text, Timestamptz, Uuid as UuidSql};
use uuid::Uuid;

use crate::rows::{NewUser, PAGE, Position};

diesel::alias!(users as counted: Counted);
diesel::define_sql_function! {
    fn lower(text: Text) -> Text;
}
diesel::define_sql_function! {
    fn greatest(left: Timestamptz, right: Timestamptz) -> Timestamptz;
}

/// The most rows of an INSERT: it binds two values for each, and a statement has 65,535 at most.
pub const BATCH: usize = 30_000;

/// One row more tells whether there are further ones.
const LIMIT: i64 = PAGE as i64 + 1;

#[diesel::dsl::auto_type]
pub fn by_id(id: Uuid) -> _ {
    users::table
        .filter(users::id.eq(id))
        .filter(users::deleted_at.is_null())
}

#[diesel::dsl::auto_type]
pub fn by_email(email: String) -> _ {
    users::table
        .filter(lower(users::email).eq(lower(email)))
        .filter(users::deleted_at.is_null())
}

#[diesel::dsl::auto_type]
pub fn newest() -> _ {
    let limit: i64 = LIMIT;
    users::table
        .filter(users::deleted_at.is_null())
        .order((users::created_at.desc(), users::id.desc()))
        .limit(limit)
}

#[diesel::dsl::auto_type]
pub fn total() -> _ {
    counted
        .filter(counted.field(users::deleted_at).is_null())
        .count()
        .single_value()
}

type Key = Record<(Timestamptz, UuidSql)>;

#[diesel::dsl::auto_type]
pub fn behind(position: Position) -> _ {
    let key: (chrono::DateTime<chrono::Utc>, Uuid) = (position.at, position.id);
    newest().filter((users::created_at, users::id).into_sql::<Key>().lt(key))
}

#[diesel::dsl::auto_type]
pub fn post(id: Uuid) -> _ {
    posts::table
        .inner_join(users::table)
        .filter(posts::id.eq(id))
        .filter(posts::deleted_at.is_null())
        .filter(users::deleted_at.is_null())
}

/// A row to be added.
#[derive(Insertable)]
#[diesel(table_name = users)]
pub struct Insert {
    email: String,
    name: String,
}

impl Insert {
    pub fn checked(user: NewUser) -> Result<Self, &'static str> {
        user.check()?;
        let NewUser { email, name } = user;
        Ok(Self { email, name })
    }
}
