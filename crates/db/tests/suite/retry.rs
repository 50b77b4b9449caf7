//! Transactions that are run again, and those that must not be.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use axis_db::{Connection, Database, DbError, ErrorClass, TransactionAttempt, TransactionOutcome};
use axis_testkit::{TestDatabase, repetitions};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use tokio::sync::Barrier;

use crate::support::{
    ATTEMPTS, Recorder, bystander, eventually, modes, observed, pg_backend_pid, pg_sleep, raw,
    running,
};

diesel::table! {
    accounts (id) {
        id -> Integer,
        balance -> Integer,
    }
}

/// An application's error that keeps nothing of the database's.
#[derive(Debug, PartialEq)]
struct Refused;

impl From<DbError> for Refused {
    fn from(_: DbError) -> Self {
        Self
    }
}

async fn accounts_with(variables: &[(&str, &str)]) -> (TestDatabase, Database, Arc<Recorder>) {
    let test = TestDatabase::empty().await;
    bystander(&test)
        .await
        .batch_execute(
            "CREATE TABLE accounts (id int PRIMARY KEY, balance int NOT NULL);
             INSERT INTO accounts VALUES (1, 0), (2, 0)",
        )
        .await
        .unwrap();
    let (database, recorder) = observed(&test, variables);
    (test, database, recorder)
}

async fn accounts() -> (TestDatabase, Database, Arc<Recorder>) {
    accounts_with(&[]).await
}

async fn add(connection: &mut Connection, id: i32) -> QueryResult<usize> {
    let account = accounts::table.find(id);
    diesel::update(account)
        .set(accounts::balance.eq(accounts::balance + 1))
        .execute(connection)
        .await
}

/// Reads, then writes what it has read and one more: a lost update at any level that allows one.
async fn increment(connection: &mut Connection) -> Result<(), DbError> {
    let account = accounts::table.find(1);
    let balance: i32 = account.select(accounts::balance).first(connection).await?;
    diesel::update(account)
        .set(accounts::balance.eq(balance + 1))
        .execute(connection)
        .await?;
    Ok(())
}

async fn balance(database: &Database, id: i32) -> i32 {
    let mut connection = database.primary().await.unwrap();
    accounts::table
        .find(id)
        .select(accounts::balance)
        .first(&mut connection)
        .await
        .unwrap()
}

/// What the attempts were told to be: number, outcome, whether another follows.
fn told(recorder: &Recorder) -> Vec<(u32, TransactionOutcome, bool)> {
    recorder
        .transactions()
        .iter()
        .map(|attempt| (attempt.number, attempt.outcome, attempt.will_retry))
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn serializable_increments_add_up() {
    const TASKS: i32 = 8;
    let full = match std::env::var_os("AXIS_LONG_TESTS") {
        Some(_) => 1_000,
        None => 250,
    };
    let each = i32::try_from(repetitions(full)).unwrap();
    let (_test, database, recorder) = accounts().await;
    let tasks: Vec<_> = (0..TASKS)
        .map(|_| {
            let database = database.clone();
            tokio::spawn(async move {
                for _ in 0..each {
                    let transaction = database.transaction().named("increment").serializable();
                    transaction.run(increment).await.unwrap();
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(balance(&database, 1).await, TASKS * each);
    let attempts = recorder.transactions();
    let committed = attempts
        .iter()
        .filter(|attempt| attempt.outcome == TransactionOutcome::Committed)
        .count();
    let retried = attempts.iter().filter(|attempt| attempt.will_retry).count();
    assert_eq!(i32::try_from(committed).unwrap(), TASKS * each);
    assert_eq!(committed + retried, attempts.len());
    assert!(retried > 0, "nothing clashed: the test proves nothing");
    assert!(attempts.iter().all(|attempt| attempt.name == "increment"));
    let mut needed: Vec<_> = attempts
        .iter()
        .filter(|attempt| !attempt.will_retry)
        .map(|attempt| attempt.number)
        .collect();
    needed.sort_unstable();
    println!(
        "{committed} commits, {retried} retries; attempts: median {}, 99 % {}, most {}",
        needed[needed.len() / 2],
        needed[needed.len() * 99 / 100],
        needed[needed.len() - 1]
    );
}

#[tokio::test]
async fn a_deadlock_is_run_again() {
    let (_test, database, recorder) = accounts().await;
    let both_hold_one = Barrier::new(2);
    let transfer = async |from: i32, to: i32| {
        let attempts = AtomicU32::new(0);
        let (attempts, both_hold_one) = (&attempts, &both_hold_one);
        database
            .transaction()
            .run(async |connection| {
                add(connection, from).await.map_err(|_| Refused)?;
                if attempts.fetch_add(1, Ordering::Relaxed) == 0 {
                    both_hold_one.wait().await;
                }
                // The application's error says nothing of a deadlock. It is run again all the same.
                add(connection, to).await.map_err(|_| Refused)?;
                Ok::<(), Refused>(())
            })
            .await
    };
    let (one, two) = tokio::join!(transfer(1, 2), transfer(2, 1));
    assert_eq!((one, two), (Ok(()), Ok(())));
    assert_eq!(balance(&database, 1).await, 2);
    assert_eq!(balance(&database, 2).await, 2);
    let deadlocks = told(&recorder)
        .iter()
        .filter(|attempt| attempt.1 == TransactionOutcome::Failed(ErrorClass::Deadlock))
        .count();
    // Under load the one that was run again can meet the other once more.
    assert!(deadlocks >= 1, "{deadlocks}");
}

#[tokio::test]
async fn a_clash_within_a_savepoint_is_run_again() {
    let (_test, database, recorder) = accounts().await;
    let attempts = AtomicU32::new(0);
    let (attempts, other) = (&attempts, &database);
    let result: Result<(), Refused> = database
        .transaction()
        .repeatable_read()
        .run(async |connection| {
            let _: i64 = accounts::table
                .count()
                .get_result(connection)
                .await
                .map_err(|_| Refused)?;
            if attempts.fetch_add(1, Ordering::Relaxed) == 0 {
                let mut connection = other.primary().await?;
                add(&mut connection, 1).await.map_err(|_| Refused)?;
            }
            connection
                .savepoint(async |connection| {
                    add(connection, 1).await.map_err(|_| Refused)?;
                    Ok(())
                })
                .await
        })
        .await;
    assert_eq!(result, Ok(()));
    assert_eq!(balance(&database, 1).await, 2);
    let clash = TransactionOutcome::Failed(ErrorClass::SerializationFailure);
    assert_eq!(
        told(&recorder),
        [(1, clash, true), (2, TransactionOutcome::Committed, false)]
    );
}

#[tokio::test]
async fn attempts_have_an_end() {
    let (_test, database, recorder) = accounts().await;
    let result: Result<(), DbError> = database
        .transaction()
        .run(async |connection| {
            raw("DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '40001'; END $$")
                .execute(connection)
                .await?;
            Ok(())
        })
        .await;
    assert!(
        matches!(result, Err(DbError::SerializationFailure { .. })),
        "{result:?}"
    );
    let told = told(&recorder);
    assert_eq!(told.len(), ATTEMPTS);
    let (last, before) = told.split_last().unwrap();
    assert!(before.iter().all(|attempt| attempt.2));
    assert!(!last.2);
}

#[tokio::test]
async fn other_errors_are_not_run_again() {
    let (_test, database, recorder) = accounts().await;
    let result: Result<(), Refused> = database.transaction().run(async |_| Err(Refused)).await;
    assert_eq!(result, Err(Refused));
    let result: Result<(), DbError> = database
        .transaction()
        .named("duplicate")
        .run(async |connection| {
            diesel::insert_into(accounts::table)
                .values((accounts::id.eq(1), accounts::balance.eq(0)))
                .execute(connection)
                .await?;
            Ok(())
        })
        .await;
    assert!(
        matches!(result, Err(DbError::ConstraintViolation { .. })),
        "{result:?}"
    );
    let violation = TransactionOutcome::Failed(ErrorClass::ConstraintViolation);
    assert_eq!(
        told(&recorder),
        [
            (1, TransactionOutcome::RolledBack, false),
            (1, violation, false)
        ]
    );
    let names: Vec<_> = recorder.transactions().iter().map(|a| a.name).collect();
    assert_eq!(names, ["unnamed", "duplicate"]);
}

#[tokio::test]
async fn what_may_not_be_repeated_is_not() {
    let (_test, database, recorder) = accounts().await;
    let consumed = String::from("moved into the closure, and out of it");
    let result: Result<(), DbError> = database
        .transaction()
        .run_without_retry(async move |connection| {
            drop(consumed);
            raw("DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '40P01'; END $$")
                .execute(connection)
                .await?;
            Ok(())
        })
        .await;
    assert!(
        matches!(result, Err(DbError::Deadlock { .. })),
        "{result:?}"
    );
    assert_eq!(told(&recorder).len(), 1);
}

#[tokio::test]
async fn a_connection_lost_before_commit_is_replaced() {
    for mode in modes() {
        let text = mode.1;
        let (test, database, recorder) = accounts_with(&[mode]).await;
        let bystander = bystander(&test).await;
        let attempts = AtomicU32::new(0);
        let (attempts, killer) = (&attempts, &bystander);
        let result: Result<(), Refused> = database
            .transaction()
            .run(async |connection| {
                add(connection, 1).await.map_err(|_| Refused)?;
                let pid: i32 = diesel::select(pg_backend_pid())
                    .get_result(connection)
                    .await
                    .map_err(|_| Refused)?;
                if attempts.fetch_add(1, Ordering::Relaxed) == 0 {
                    killer
                        .query_one("SELECT pg_terminate_backend($1)", &[&pid])
                        .await
                        .map_err(|_| Refused)?;
                }
                add(connection, 2).await.map_err(|_| Refused)?;
                Ok(())
            })
            .await;
        assert_eq!(result, Ok(()), "{text}");
        assert_eq!(balance(&database, 1).await, 1, "{text}");
        assert_eq!(balance(&database, 2).await, 1, "{text}");
        let told = told(&recorder);
        assert_eq!(told.len(), 2, "{told:?}");
        assert!(matches!(told[0].1, TransactionOutcome::Failed(_)) && told[0].2);
    }
}

#[tokio::test]
async fn a_commit_without_an_answer_is_unknown_and_not_run_again() {
    let (test, database, recorder) = accounts().await;
    let bystander = bystander(&test).await;
    // The check runs at COMMIT, and takes its time.
    bystander
        .batch_execute(
            "CREATE FUNCTION slowly() RETURNS trigger LANGUAGE plpgsql AS
                 $$ BEGIN PERFORM pg_sleep(60); RETURN NULL; END $$;
             CREATE CONSTRAINT TRIGGER slowly AFTER UPDATE ON accounts
                 DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION slowly()",
        )
        .await
        .unwrap();
    let transaction = {
        let database = database.clone();
        tokio::spawn(async move {
            let transaction = database.transaction().named("commit");
            let result: Result<(), DbError> = transaction
                .run(async |connection| {
                    add(connection, 1).await?;
                    Ok(())
                })
                .await;
            result
        })
    };
    eventually("COMMIT runs", async || {
        running(&bystander, "COMMIT").await == 1
    })
    .await;
    bystander
        .batch_execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
             WHERE query = 'COMMIT' AND datname = current_database()",
        )
        .await
        .unwrap();
    let result = transaction.await.unwrap();
    assert!(
        matches!(result, Err(DbError::CommitUnknown { .. })),
        "{result:?}"
    );
    assert!(!result.unwrap_err().is_retryable());
    let unknown = TransactionOutcome::Failed(ErrorClass::CommitUnknown);
    assert_eq!(told(&recorder), [(1, unknown, false)]);
}

#[tokio::test]
async fn what_is_committed_with_a_statement_is_not_run_again() {
    let (_test, database, recorder) = accounts().await;
    let result: Result<(), Refused> = database
        .transaction()
        .run(async |connection| {
            let account = accounts::table.find(1);
            let change = diesel::update(account).set(accounts::balance.eq(accounts::balance + 1));
            let committed = connection
                .commit_with(async |c| change.execute(c).await.map_err(|_| Refused))
                .await?;
            committed?;
            // What follows a COMMIT may fail as it likes: the transaction has taken place.
            Err(Refused)
        })
        .await;
    assert_eq!(result, Err(Refused));
    assert_eq!(balance(&database, 1).await, 1);
    assert_eq!(told(&recorder).len(), 1);
}

#[tokio::test]
async fn a_slow_or_abandoned_transaction_is_told() {
    let (_test, database, recorder) = accounts().await;
    let result: Result<(), DbError> = database
        .transaction()
        .named("slow")
        .run(async |connection| {
            diesel::select(pg_sleep(1.0)).execute(connection).await?;
            Ok(())
        })
        .await;
    result.unwrap();
    let abandoned = database
        .transaction()
        .named("abandoned")
        .run(async |connection| {
            diesel::select(pg_sleep(60.0)).execute(connection).await?;
            Ok::<(), DbError>(())
        });
    tokio::time::timeout(Duration::from_millis(100), abandoned)
        .await
        .unwrap_err();
    let attempts = recorder.transactions();
    let [slow, abandoned] = attempts.as_slice() else {
        panic!("{attempts:?}");
    };
    assert!(slow.is_slow() && slow.took < TransactionAttempt::SLOW * 5);
    assert_eq!(slow.outcome, TransactionOutcome::Committed);
    assert!(!abandoned.is_slow());
    let cancelled = TransactionOutcome::Failed(ErrorClass::Cancelled);
    assert_eq!(
        (abandoned.name, abandoned.outcome),
        ("abandoned", cancelled)
    );
}
