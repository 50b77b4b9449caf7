//! Transactions: what they keep, and what they undo.

use std::time::Duration;

use axis_db::schema::users;
use axis_db::{Connection, Database, DbError, ErrorClass};
use axis_testkit::{Route, TestDatabase};
use diesel::prelude::*;
use diesel_async::{AsyncConnection, RunQueryDsl};

use crate::support::{database, observed, pg_backend_pid, pg_sleep};

diesel::define_sql_function! {
    fn current_setting(name: diesel::sql_types::Text) -> diesel::sql_types::Text;
}

diesel::define_sql_function! {
    fn pg_terminate_backend(pid: diesel::sql_types::Integer) -> diesel::sql_types::Bool;
}

async fn insert(connection: &mut Connection, email: &str) -> Result<(), DbError> {
    diesel::insert_into(users::table)
        .values((users::email.eq(email), users::name.eq("A")))
        .execute(connection)
        .await?;
    Ok(())
}

async fn emails(database: &Database) -> Vec<String> {
    let mut connection = database.primary().await.unwrap();
    users::table
        .select(users::email)
        .order(users::email)
        .load(&mut connection)
        .await
        .unwrap()
}

async fn setting(connection: &mut Connection, name: &str) -> Result<String, DbError> {
    Ok(diesel::select(current_setting(name))
        .get_result(connection)
        .await?)
}

#[tokio::test]
async fn ok_commits_and_err_rolls_back() {
    let test = TestDatabase::migrated().await;
    let database = database(&test, &[]);
    // Borrows what is around it.
    let kept = String::from("kept@example.com");
    let result: Result<usize, DbError> = database
        .transaction()
        .run(async |connection| {
            insert(connection, &kept).await?;
            Ok(kept.len())
        })
        .await;
    assert_eq!(result.unwrap(), kept.len());
    let result: Result<(), DbError> = database
        .transaction()
        .run(async |connection| {
            insert(connection, "undone@example.com").await?;
            Err(DbError::NotFound)
        })
        .await;
    assert!(matches!(result, Err(DbError::NotFound)), "{result:?}");
    assert_eq!(emails(&database).await, [kept]);
}

#[tokio::test]
async fn a_transaction_can_be_spawned_and_has_its_callers_error() {
    #[derive(Debug, PartialEq)]
    enum Refusal {
        Full,
        Database(ErrorClass),
    }
    impl From<DbError> for Refusal {
        fn from(error: DbError) -> Self {
            Self::Database(error.class())
        }
    }
    let test = TestDatabase::migrated().await;
    let database = database(&test, &[]);
    let task = tokio::spawn(async move {
        let full: Result<(), Refusal> = database
            .transaction()
            .run(async |_| Err(Refusal::Full))
            .await;
        let duplicate: Result<(), Refusal> = database
            .transaction()
            .run(async |connection| {
                insert(connection, "a@example.com").await?;
                insert(connection, "A@example.com").await?;
                Ok(())
            })
            .await;
        (full, duplicate)
    });
    let (full, duplicate) = task.await.unwrap();
    assert_eq!(full, Err(Refusal::Full));
    assert_eq!(
        duplicate,
        Err(Refusal::Database(ErrorClass::ConstraintViolation))
    );
}

#[tokio::test]
async fn its_properties_are_what_was_asked_for() {
    let test = TestDatabase::migrated().await;
    let database = database(&test, &[("DATABASE_STATEMENT_TIMEOUT", "7s")]);
    async fn properties(connection: &mut Connection) -> Result<Vec<String>, DbError> {
        let mut found = Vec::new();
        for name in [
            "transaction_isolation",
            "transaction_read_only",
            "transaction_deferrable",
            "statement_timeout",
        ] {
            found.push(setting(connection, name).await?);
        }
        Ok(found)
    }
    let transaction = || database.transaction();
    let plain = transaction().run(properties).await.unwrap();
    assert_eq!(plain, ["read committed", "off", "off", "8s"]);
    let all = transaction()
        .serializable()
        .read_only()
        .deferrable()
        .statement_timeout(Duration::from_millis(1500))
        .run(properties)
        .await
        .unwrap();
    assert_eq!(all, ["serializable", "on", "on", "2500ms"]);
    let snapshot = transaction()
        .repeatable_read()
        .run(properties)
        .await
        .unwrap();
    assert_eq!(snapshot[0], "repeatable read");
    // And nothing of it outlives the transaction.
    let mut connection = database.primary().await.unwrap();
    let after = properties(&mut connection).await.unwrap();
    let limit = match Route::of_this_run() {
        Route::PgBouncer => "0",
        _ => "8s",
    };
    assert_eq!(after, ["read committed", "off", "off", limit]);
}

#[tokio::test]
async fn a_read_only_transaction_writes_nothing() {
    let test = TestDatabase::migrated().await;
    let database = database(&test, &[]);
    let result: Result<(), DbError> = database
        .transaction()
        .read_only()
        .run(async |connection| insert(connection, "a@example.com").await)
        .await;
    assert!(
        matches!(result, Err(DbError::ReadOnlyTransaction { .. })),
        "{result:?}"
    );
}

#[tokio::test]
async fn a_savepoint_undoes_its_own_part_only() {
    let test = TestDatabase::migrated().await;
    let database = database(&test, &[]);
    let result: Result<(), DbError> = database
        .transaction()
        .run(async |connection| {
            insert(connection, "1@example.com").await?;
            let inner: Result<(), DbError> = connection
                .savepoint(async |connection| {
                    insert(connection, "2@example.com").await?;
                    insert(connection, "1@example.com").await
                })
                .await;
            assert!(
                matches!(inner, Err(DbError::ConstraintViolation { .. })),
                "{inner:?}"
            );
            insert(connection, "3@example.com").await
        })
        .await;
    result.unwrap();
    assert_eq!(emails(&database).await, ["1@example.com", "3@example.com"]);
}

#[tokio::test]
#[expect(
    clippy::disallowed_methods,
    reason = "tries diesel-async's own transactions"
)]
async fn an_error_that_was_swallowed_is_no_commit() {
    let test = TestDatabase::migrated().await;
    let database = database(&test, &[("DATABASE_POOL_MAX", "1")]);
    let swallow = async |connection: &mut Connection| {
        insert(connection, "a@example.com").await?;
        let _ = insert(connection, "a@example.com").await;
        Ok::<(), DbError>(())
    };
    // PostgreSQL answers the COMMIT of such a transaction with ROLLBACK, and with no error.
    let result = database.transaction().run(swallow).await;
    assert!(
        matches!(result, Err(DbError::TransactionAborted)),
        "{result:?}"
    );
    // The same by diesel-async's own method.
    let mut connection = database.primary().await.unwrap();
    let result: Result<(), DbError> = (*connection).transaction(swallow).await;
    assert!(
        matches!(result, Err(DbError::TransactionAborted)),
        "{result:?}"
    );
    drop(connection);
    // The same in a savepoint; the transaction around it goes on.
    let result: Result<(), DbError> = database
        .transaction()
        .run(async |connection| {
            insert(connection, "b@example.com").await?;
            let inner: Result<(), DbError> = connection.savepoint(swallow).await;
            assert!(
                matches!(inner, Err(DbError::TransactionAborted)),
                "{inner:?}"
            );
            Ok(())
        })
        .await;
    result.unwrap();
    assert_eq!(emails(&database).await, ["b@example.com"]);
}

#[tokio::test]
async fn a_time_out_inside_ends_the_transaction_with_its_own_error() {
    let test = TestDatabase::migrated().await;
    let (database, recorder) = observed(&test, &[("DATABASE_POOL_MAX", "1")]);
    let result: Result<(), DbError> = database
        .transaction()
        .statement_timeout(Duration::from_millis(200))
        .run(async |connection| {
            insert(connection, "a@example.com").await?;
            diesel::select(pg_sleep(60.0)).execute(connection).await?;
            Ok(())
        })
        .await;
    assert!(
        matches!(result, Err(DbError::StatementTimeout { .. })),
        "{result:?}"
    );
    // Also where it is swallowed, and in a savepoint.
    let result: Result<(), DbError> = database
        .transaction()
        .statement_timeout(Duration::from_millis(200))
        .run(async |connection| {
            insert(connection, "a@example.com").await?;
            let inner: Result<(), DbError> = connection
                .savepoint(async |connection| {
                    diesel::select(pg_sleep(60.0)).execute(connection).await?;
                    Ok(())
                })
                .await;
            assert!(
                matches!(inner, Err(DbError::StatementTimeout { .. })),
                "{inner:?}"
            );
            Ok(())
        })
        .await;
    assert!(result.is_err(), "{result:?}");
    assert_eq!(emails(&database).await, [""; 0]);
    let statements: Vec<_> = recorder
        .queries()
        .into_iter()
        .map(|query| query.0)
        .collect();
    assert!(
        !statements.iter().any(|text| text == "COMMIT"),
        "{statements:?}"
    );
}

#[tokio::test]
async fn each_statement_of_a_transaction_is_observed() {
    let test = TestDatabase::migrated().await;
    let (database, recorder) = observed(&test, &[]);
    let result: Result<(), DbError> = database
        .transaction()
        .serializable()
        .run(async |connection| {
            let _: Result<i64, DbError> = connection
                .savepoint(async |connection| {
                    Ok(users::table.count().get_result(connection).await?)
                })
                .await;
            let _: Result<(), DbError> =
                connection.savepoint(async |_| Err(DbError::NotFound)).await;
            Ok(())
        })
        .await;
    result.unwrap();
    let queries = recorder.queries();
    let statements: Vec<_> = queries.iter().map(|(text, _)| text.as_str()).collect();
    let begin = match Route::of_this_run() {
        Route::PgBouncer => {
            "BEGIN ISOLATION LEVEL SERIALIZABLE; SET LOCAL statement_timeout = 31000"
        }
        _ => "BEGIN ISOLATION LEVEL SERIALIZABLE",
    };
    assert_eq!(
        statements,
        [
            begin,
            "SAVEPOINT",
            "SELECT COUNT(*) FROM \"users\"",
            "RELEASE SAVEPOINT",
            "SAVEPOINT",
            "ROLLBACK TO SAVEPOINT",
            "COMMIT",
        ]
    );
    assert!(queries.iter().all(|(_, outcome)| *outcome == Some(Ok(()))));
}

#[tokio::test]
async fn a_clash_is_a_serialization_failure() {
    let test = TestDatabase::migrated().await;
    let database = database(&test, &[]);
    let clash = async |connection: &mut Connection, email: &str| -> Result<(), DbError> {
        let _: i64 = users::table.count().get_result(connection).await?;
        insert(connection, email).await
    };
    let result: Result<(), DbError> = database
        .transaction()
        .serializable()
        .run_without_retry(async |first| {
            clash(first, "1@example.com").await?;
            let second: Result<(), DbError> = database
                .transaction()
                .serializable()
                .run(async |second| clash(second, "2@example.com").await)
                .await;
            second.expect("the first to commit wins");
            Ok(())
        })
        .await;
    let error = result.unwrap_err();
    assert!(
        matches!(error, DbError::SerializationFailure { .. }),
        "{error:?}"
    );
    assert!(error.is_retryable());
}

#[tokio::test]
async fn its_limit_ends_with_it() {
    let test = TestDatabase::migrated().await;
    let database = database(&test, &[("DATABASE_POOL_MAX", "1")]);
    let transaction = database
        .transaction()
        .statement_timeout(Duration::from_millis(100));
    let result: Result<(), DbError> = transaction.run(async |_| Ok(())).await;
    result.unwrap();
    let mut connection = database.primary().await.unwrap();
    diesel::select(pg_sleep(0.3))
        .execute(&mut connection)
        .await
        .unwrap();
}

#[tokio::test]
async fn a_rollback_that_fails_does_not_hide_what_led_to_it() {
    let test = TestDatabase::migrated().await;
    let database = database(&test, &[]);
    // Ends its own session: the statement fails with what the server says, the rollback with a
    // closed connection.
    let end = async |connection: &mut Connection| -> Result<(), DbError> {
        diesel::select(pg_terminate_backend(pg_backend_pid()))
            .execute(connection)
            .await?;
        Ok(())
    };
    let result = database.transaction().run_without_retry(end).await;
    assert!(
        matches!(result, Err(DbError::ServerUnavailable { .. })),
        "{result:?}"
    );
    let result: Result<(), DbError> = database
        .transaction()
        .run_without_retry(async |connection| connection.savepoint(end).await)
        .await;
    assert!(
        matches!(result, Err(DbError::ServerUnavailable { .. })),
        "{result:?}"
    );
}

#[tokio::test]
async fn a_savepoint_needs_a_transaction() {
    let test = TestDatabase::migrated().await;
    let database = database(&test, &[]);
    let mut connection = database.primary().await.unwrap();
    let result: Result<(), DbError> = connection
        .savepoint(async |connection| insert(connection, "a@example.com").await)
        .await;
    assert!(matches!(result, Err(DbError::Query { .. })), "{result:?}");
    drop(connection);
    assert_eq!(emails(&database).await, [""; 0]);
}
