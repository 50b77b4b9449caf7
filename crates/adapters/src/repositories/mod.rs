//! Queries, one module for each domain, and nothing but queries.
//!
//! Functions are named noun first (`user_create`), so that a search finds all that can happen to a user. They run on a
//! connection that the caller brings, so they can be combined in one transaction; [`Batches`] has those that may go without
//! one. Only this folder names layer 2 and `axis_db::schema`.

mod batches;
mod compatibility;
mod error;
mod many;
mod page;
mod posts;
mod users;

pub use batches::Batches;
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

use diesel::sql_types::{Array, Text, Timestamptz, Uuid};

diesel::define_sql_function! {
    /// The later of two times. A time that must not be before another one is set by it: the clock of the server may
    /// have gone back since the row was created, or the row may come from a server whose clock is ahead.
    #[sql_name = "greatest"]
    fn later(left: Timestamptz, right: Timestamptz) -> Timestamptz;
}

diesel::define_sql_function! {
    /// The members of an array, each as a row.
    ///
    /// `key = ANY(ARRAY(SELECT unnest($1)))` is `key = ANY($1)` for any number of keys by one plan. With a bare `$1`
    /// PostgreSQL takes an unknown array for one of ten members, finds that the plan for those that it is given would be
    /// cheaper where they are fewer, and so plans the statement anew each time, which costs more than all else of it.
    fn unnest(members: Array<Uuid>) -> Uuid;
}

diesel::define_sql_function! {
    /// The same of texts.
    #[sql_name = "unnest"]
    fn unnest_text(members: Array<Text>) -> Text;
}
