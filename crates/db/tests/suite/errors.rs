//! Errors: what they keep, and that they quote no value.

use std::collections::HashSet;

use axis_db::schema::{posts, users};
use axis_db::{ConstraintKind, DbError, ErrorClass};
use axis_testkit::TestDatabase;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use crate::support::{chain, database};

#[test]
fn classes_have_the_names_that_dashboards_use() {
    let names: Vec<_> = ErrorClass::ALL.iter().map(|class| class.name()).collect();
    assert_eq!(
        names,
        [
            "constraint_violation",
            "not_found",
            "serialization_failure",
            "deadlock",
            "lock_not_available",
            "read_only_transaction",
            "statement_timeout",
            "pool_timeout",
            "unreachable",
            "too_many_connections",
            "connection_lost",
            "commit_unknown",
            "server_unavailable",
            "protocol",
            "undefined_object",
            "transaction_aborted",
            "no_direct_url",
            "cancelled",
            "query",
        ]
    );
    assert_eq!(names.iter().collect::<HashSet<_>>().len(), names.len());
}

#[tokio::test]
async fn a_violation_names_its_constraint() {
    let test = TestDatabase::migrated().await;
    let database = database(&test, &[]);
    let mut connection = database.primary().await.unwrap();
    let user = |email: &'static str, name: Option<&'static str>| {
        diesel::insert_into(users::table)
            .values((users::email.eq(email), users::name.eq(text_or_null(name))))
    };
    user("secret@example.com", Some("A"))
        .execute(&mut connection)
        .await
        .unwrap();
    let mut seen = Vec::new();
    let unique = user("SECRET@example.com", Some("A"))
        .execute(&mut connection)
        .await;
    let check = user("secret.example.com", Some("A"))
        .execute(&mut connection)
        .await;
    let not_null = user("secret2@example.com", None)
        .execute(&mut connection)
        .await;
    let foreign_key = diesel::insert_into(posts::table)
        .values((
            posts::user_id.eq(Uuid::from_u128(0x5EC_2E7)),
            posts::title.eq("secret"),
            posts::content.eq("secret secret"),
            posts::slug.eq("secret"),
        ))
        .execute(&mut connection)
        .await;
    for result in [unique, check, not_null, foreign_key] {
        let error = DbError::from(result.unwrap_err());
        assert_eq!(error.class(), ErrorClass::ConstraintViolation);
        assert!(!error.is_retryable());
        assert!(
            !error.to_string().to_lowercase().contains("secret"),
            "{error}"
        );
        assert!(
            chain(&error).len() > error.to_string().len(),
            "the source is lost: {error}"
        );
        let text = error.to_string();
        let DbError::ConstraintViolation {
            kind,
            table,
            constraint,
            column,
            ..
        } = error
        else {
            panic!("{error:?}");
        };
        seen.push((kind, table, constraint, column, text));
    }
    let owned = |text: &str| Some(text.to_owned());
    assert_eq!(
        seen,
        [
            (
                ConstraintKind::Unique,
                owned("users"),
                owned("users_email_live_key"),
                None,
                "unique constraint violated: users_email_live_key (table users)".to_owned(),
            ),
            (
                ConstraintKind::Check,
                owned("users"),
                owned("users_email_address"),
                None,
                "CHECK violated: users_email_address (table users)".to_owned(),
            ),
            (
                ConstraintKind::NotNull,
                owned("users"),
                None,
                owned("name"),
                "NOT NULL violated (column users.name)".to_owned(),
            ),
            (
                ConstraintKind::ForeignKey,
                owned("posts"),
                owned("posts_user_id_fkey"),
                None,
                "foreign key violated: posts_user_id_fkey (table posts)".to_owned(),
            ),
        ]
    );
}

diesel::define_sql_function! {
    /// Gives a text back, or NULL, under the type of a column that forbids it.
    #[sql_name = "lower"]
    fn text_or_null(text: diesel::sql_types::Nullable<diesel::sql_types::Text>) -> diesel::sql_types::Text;
}
