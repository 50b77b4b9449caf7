//! Queries, one module for each domain, and nothing but queries.
//!
//! Functions are named noun first (`user_create`), so that a search finds all that can happen to a user. They run on a
//! connection that the caller brings, so they can be combined in one transaction. Only this folder names layer 2 and
//! `axis_db::schema`.

mod compatibility;
mod error;
mod many;
mod page;
mod posts;
mod users;

pub use compatibility::{
    Ahead, Difference, SchemaError, SchemaMismatch, schema_compatibility, tables_of_other_rules,
};
pub use error::{Entity, RepositoryError, RuleViolation};
pub use many::ManyError;
pub use posts::{
    post_by_id, post_create, post_delete, post_publish, post_update, posts_list_of_user,
    posts_list_published,
};
pub use users::{user_by_id, user_create, user_delete, user_update, users_create, users_list};

use diesel::sql_types::Timestamptz;

diesel::define_sql_function! {
    /// The later of two times. A time that must not be before another one is set by it: the clock of the server may
    /// have gone back since the row was created, or the row may come from a server whose clock is ahead.
    #[sql_name = "greatest"]
    fn later(left: Timestamptz, right: Timestamptz) -> Timestamptz;
}
