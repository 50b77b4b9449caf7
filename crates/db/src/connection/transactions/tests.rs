//! A BEGIN that fails. From outside of this crate none can be made to.

use std::sync::Arc;
use std::time::Duration;

use axis_testkit::TestDatabase;
use diesel::prelude::*;
use diesel::result::Error as DieselError;
use diesel_async::{RunQueryDsl, TransactionManager};

use super::Transactions;
use crate::connection::{Connection, CustomTypes, Options, Pooler};
use crate::{DatabaseConfig, PostgresError};

diesel::table! {
    written (id) {
        id -> Integer,
    }
}

const BAD_BEGIN: &str = "BEGIN ISOLATION LEVEL NONSENSE";

async fn connect(config: &DatabaseConfig, pooler: Pooler) -> Connection {
    let options = Options {
        pooler,
        statement_timeout: Some(Duration::from_secs(10)),
        custom_types: CustomTypes::default(),
        observer: Arc::new(()),
    };
    Connection::open(config.pooled(), options).await.unwrap()
}

async fn insert(connection: &mut Connection, id: i32) -> QueryResult<usize> {
    diesel::insert_into(written::table)
        .values(written::id.eq(id))
        .execute(connection)
        .await
}

async fn count(connection: &mut Connection) -> QueryResult<i64> {
    written::table.count().get_result(connection).await
}

fn assert_begin_failed<T: std::fmt::Debug>(result: QueryResult<T>) {
    let error = result.unwrap_err();
    let found = PostgresError::of(&error).unwrap_or_else(|| panic!("{error:?}"));
    assert!(found.is("42601"), "{found:?}");
}

#[tokio::test]
async fn nothing_runs_where_begin_failed() {
    let test = TestDatabase::empty().await;
    let config = DatabaseConfig::from_variables(test.variables()).unwrap();
    let (bystander, driver) = tokio_postgres::connect(test.direct_url(), tokio_postgres::NoTls)
        .await
        .unwrap();
    tokio::spawn(driver);
    bystander
        .batch_execute("CREATE TABLE written (id int PRIMARY KEY)")
        .await
        .unwrap();
    for pooler in [Pooler::None, Pooler::Transaction] {
        // Twice, so that the statement is known the second time; each after a good use of it.
        for _ in 0..2 {
            for first_reads in [false, true] {
                let mut connection = connect(&config, pooler).await;
                assert_eq!(insert(&mut connection, 1).await, Ok(1));
                diesel::delete(written::table)
                    .execute(&mut connection)
                    .await
                    .unwrap();
                assert_eq!(count(&mut connection).await, Ok(0));

                Transactions::begin(&mut connection, BAD_BEGIN).unwrap();
                match first_reads {
                    false => assert_begin_failed(insert(&mut connection, 2).await),
                    true => assert_begin_failed(count(&mut connection).await),
                }
                // Where the error is swallowed, what follows would commit by itself.
                let after = insert(&mut connection, 3).await;
                assert!(
                    matches!(after, Err(DieselError::BrokenTransactionManager)),
                    "{after:?}"
                );
                let end = Transactions::commit_transaction(&mut connection).await;
                assert!(
                    matches!(end, Err(DieselError::BrokenTransactionManager)),
                    "{end:?}"
                );
                assert!(connection.is_broken());
                let rows = bystander
                    .query("SELECT id FROM written", &[])
                    .await
                    .unwrap();
                assert!(rows.is_empty(), "written outside of a transaction");
            }
        }
    }
}

#[tokio::test]
async fn a_savepoint_does_not_begin_where_begin_failed() {
    let test = TestDatabase::empty().await;
    let config = DatabaseConfig::from_variables(test.variables()).unwrap();
    let mut connection = connect(&config, Pooler::None).await;
    Transactions::begin(&mut connection, BAD_BEGIN).unwrap();
    assert_begin_failed(Transactions::begin_transaction(&mut connection).await);
    assert!(connection.is_broken());
}
