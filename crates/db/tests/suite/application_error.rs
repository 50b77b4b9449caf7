//! An application's error that knows nothing of databases, beside the database's.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use axis_db::{Connection, Database, DbError, ErrorClass, TransactionError, TransactionOutcome};
use axis_testkit::TestDatabase;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use crate::support::{Recorder, bystander, observed, raw};

diesel::table! {
    accounts (id) {
        id -> Integer,
        balance -> Integer,
    }
}

/// There is no way from a database's error to this.
#[derive(Debug, PartialEq, thiserror::Error)]
#[error("the account has only {0}")]
struct NotEnough(i32);

async fn setup() -> (TestDatabase, Database, Arc<Recorder>) {
    let test = TestDatabase::empty().await;
    let table =
        "CREATE TABLE accounts (id int PRIMARY KEY, balance int NOT NULL CHECK (balance < 100));
                 INSERT INTO accounts VALUES (1, 5)";
    bystander(&test).await.batch_execute(table).await.unwrap();
    let (database, recorder) = observed(&test, &[]);
    (test, database, recorder)
}

async fn add(connection: &mut Connection, amount: i32) -> Result<i32, TransactionError<NotEnough>> {
    let account = diesel::update(accounts::table.find(1))
        .set(accounts::balance.eq(accounts::balance + amount));
    let balance = account.returning(accounts::balance);
    let balance: i32 = balance.get_result(connection).await?;
    if balance < 0 {
        return Err(TransactionError::Application(NotEnough(balance - amount)));
    }
    Ok(balance)
}

#[tokio::test]
async fn both_come_back_as_what_they_are() {
    let (_test, database, recorder) = setup().await;
    let run = async |amount| {
        let transaction = database.transaction();
        transaction
            .run(async |connection: &mut Connection| add(connection, amount).await)
            .await
    };
    let error = run(-6).await.unwrap_err();
    assert_eq!(error.application(), Some(&NotEnough(5)));
    assert!(error.database().is_none());
    assert_eq!(error.to_string(), "the account has only 5");
    // Rolled back, so this is enough.
    assert_eq!(run(-1).await.unwrap(), 4);
    let error = run(100).await.unwrap_err();
    let class = error.database().map(DbError::class);
    assert_eq!(class, Some(ErrorClass::ConstraintViolation));
    assert!(error.application().is_none());
    let outcomes: Vec<_> = recorder
        .transactions()
        .iter()
        .map(|attempt| attempt.outcome)
        .collect();
    assert_eq!(
        outcomes,
        [
            TransactionOutcome::RolledBack,
            TransactionOutcome::Committed,
            TransactionOutcome::Failed(ErrorClass::ConstraintViolation)
        ]
    );
    // No connection, no COMMIT: the database's.
    database.close(Duration::ZERO).await;
    let error = run(1).await.unwrap_err();
    assert!(matches!(error.database(), Some(DbError::PoolClosed)));
}

#[tokio::test]
async fn a_clash_that_was_turned_into_the_applications_error_is_run_again() {
    let (_test, database, recorder) = setup().await;
    let attempts = AtomicU32::new(0);
    let attempts = &attempts;
    let result = database
        .transaction()
        .run(async |connection: &mut Connection| {
            if attempts.fetch_add(1, Ordering::Relaxed) < 2 {
                let clash = "DO $$ BEGIN RAISE 'x' USING ERRCODE = '40001'; END $$";
                let clash = raw(clash).execute(connection).await;
                clash.map_err(|_| TransactionError::Application(NotEnough(0)))?;
            }
            add(connection, 1).await
        })
        .await;
    assert_eq!(result.unwrap(), 6);
    let told = recorder.transactions();
    assert_eq!(told.len(), 3);
    let clash = TransactionOutcome::Failed(ErrorClass::SerializationFailure);
    assert!(told[..2].iter().all(|attempt| attempt.outcome == clash));
}
