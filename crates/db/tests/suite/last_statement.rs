//! What travels together: BEGIN with a first SELECT, COMMIT with a last statement that asks for it.
//! Never more.

use axis_db::{Connection, DbError, ErrorClass, PostgresError};
use axis_testkit::TestDatabase;
use diesel::prelude::*;
use diesel::result::Error as DieselError;
use diesel::sql_types::Integer;
use diesel_async::{AsyncConnection, RunQueryDsl};

use crate::support::{bystander, database, modes, observed, raw};

diesel::table! {
    accounts (id) {
        id -> Integer,
        amount -> Integer,
    }
}

const TABLE: &str = "
    CREATE TABLE accounts (id int PRIMARY KEY, amount int NOT NULL);
    ALTER TABLE accounts ADD UNIQUE (amount) DEFERRABLE INITIALLY DEFERRED;
    INSERT INTO accounts VALUES (1, 10), (2, 20);
";

async fn amounts(connection: &mut Connection) -> Vec<i32> {
    accounts::table
        .select(accounts::amount)
        .order(accounts::id)
        .load(connection)
        .await
        .unwrap()
}

fn set(
    id: i32,
    amount: i32,
) -> impl diesel_async::methods::ExecuteDsl<Connection>
+ diesel::query_builder::QueryFragment<diesel::pg::Pg>
+ diesel::query_builder::QueryId
+ Send {
    diesel::update(accounts::table.find(id)).set(accounts::amount.eq(amount))
}

#[tokio::test]
async fn the_last_statement_takes_commit_along() {
    for mode in modes() {
        let test = TestDatabase::empty().await;
        let bystander = bystander(&test).await;
        bystander.batch_execute(TABLE).await.unwrap();
        let (database, recorder) = observed(&test, &[mode]);
        let mut connection = database.primary().await.unwrap();
        // First it must be prepared, later it is known; once nothing comes before it.
        for round in 0..4 {
            let result: QueryResult<usize> = connection
                .transaction(async |connection| {
                    if round != 3 {
                        set(1, 100 + round).execute(connection).await?;
                    }
                    connection.execute_and_commit(set(2, 200 + round)).await
                })
                .await;
            assert_eq!(result.unwrap(), 1);
            let row = bystander
                .query_one("SELECT amount FROM accounts WHERE id = 2", &[])
                .await
                .unwrap();
            assert_eq!(
                row.get::<_, i32>(0),
                200 + round,
                "committed, as others see it"
            );
        }
        let commits = recorder
            .queries()
            .iter()
            .filter(|query| query.0 == "COMMIT")
            .count();
        assert_eq!(commits, 4);
        assert_eq!(amounts(&mut connection).await, [102, 203]);
    }
}

#[tokio::test]
async fn a_last_statement_that_fails_commits_nothing() {
    for mode in modes() {
        let test = TestDatabase::empty().await;
        bystander(&test).await.batch_execute(TABLE).await.unwrap();
        let database = database(&test, &[mode, ("DATABASE_POOL_MAX", "1")]);
        let mut connection = database.primary().await.unwrap();
        for _ in 0..3 {
            let result: Result<(), DieselError> = connection
                .transaction(async |connection| {
                    set(1, 11).execute(connection).await?;
                    let fail = raw("UPDATE accounts SET amount = 1 / (id - 2)");
                    connection.execute_and_commit(fail).await?;
                    Ok(())
                })
                .await;
            let error = PostgresError::of(&result.unwrap_err());
            assert!(error.is_some_and(|error| error.is("22012")));
            // It fails before it goes out: one value too few.
            let result: Result<(), DieselError> = connection
                .transaction(async |connection| {
                    set(1, 12).execute(connection).await?;
                    let fail = raw("UPDATE accounts SET amount = $1 WHERE id = $2");
                    connection
                        .execute_and_commit(fail.bind::<Integer, _>(13))
                        .await?;
                    Ok(())
                })
                .await;
            assert!(result.is_err());
            // The COMMIT itself is refused.
            let result: Result<(), DieselError> = connection
                .transaction(async |connection| {
                    connection.execute_and_commit(set(1, 20)).await?;
                    Ok(())
                })
                .await;
            let error = DbError::from(result.unwrap_err());
            assert_eq!(error.class(), ErrorClass::ConstraintViolation, "{error:?}");
            // Its error is swallowed.
            let result: Result<(), DieselError> = connection
                .transaction(async |connection| {
                    set(1, 14).execute(connection).await?;
                    let _ = raw("SELECT 1 / 0").execute(connection).await;
                    connection.execute_and_commit(set(2, 15)).await?;
                    Ok(())
                })
                .await;
            assert!(result.is_err());
            assert_eq!(amounts(&mut connection).await, [10, 20]);
        }
    }
}

#[tokio::test]
async fn nothing_follows_a_commit_in_its_transaction() {
    let test = TestDatabase::empty().await;
    bystander(&test).await.batch_execute(TABLE).await.unwrap();
    let database = database(&test, &[]);
    let mut connection = database.primary().await.unwrap();
    let outside = connection.execute_and_commit(set(1, 11)).await;
    assert!(
        matches!(outside, Err(DieselError::NotInTransaction)),
        "{outside:?}"
    );
    let result: Result<(), DieselError> = connection
        .transaction(async |connection| {
            let inner: Result<(), DieselError> = connection
                .transaction(async |connection| {
                    connection.execute_and_commit(set(1, 11)).await?;
                    Ok(())
                })
                .await;
            assert!(
                matches!(inner, Err(DieselError::NotInTransaction)),
                "{inner:?}"
            );
            connection.execute_and_commit(set(1, 12)).await?;
            let after = set(1, 13).execute(connection).await;
            assert!(
                matches!(after, Err(DieselError::NotInTransaction)),
                "{after:?}"
            );
            Err(DieselError::RollbackTransaction)
        })
        .await;
    assert!(matches!(result, Err(DieselError::RollbackTransaction)));
    assert_eq!(
        amounts(&mut connection).await,
        [12, 20],
        "committed, whatever came after"
    );
}

#[tokio::test]
async fn begin_goes_out_with_the_first_statement() {
    let test = TestDatabase::empty().await;
    bystander(&test).await.batch_execute(TABLE).await.unwrap();
    let (database, recorder) = observed(&test, &[]);
    let mut connection = database.primary().await.unwrap();
    let none: Result<(), DieselError> = connection.transaction(async |_| Ok(())).await;
    none.unwrap();
    let none: Result<(), DieselError> = connection
        .transaction(async |_| Err(DieselError::RollbackTransaction))
        .await;
    assert!(matches!(none, Err(DieselError::RollbackTransaction)));
    assert!(recorder.queries().is_empty(), "{:?}", recorder.queries());
    // A snapshot that is taken at the first statement, all in one transaction.
    let result: Result<Vec<i32>, DieselError> = connection
        .transaction(async |connection| {
            let before = amounts(connection).await;
            set(1, 12).execute(connection).await?;
            Ok(before)
        })
        .await;
    assert_eq!(result.unwrap(), [10, 20]);
    assert_eq!(amounts(&mut connection).await, [12, 20]);
}
