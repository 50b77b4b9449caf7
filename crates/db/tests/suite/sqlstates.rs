//! Every error keeps its SQLSTATE, however it came about, and is classified by it alone.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use axis_db::{Connection, Database, DbError, ErrorClass, ErrorSeverity, PostgresError};
use axis_testkit::{Route, TestDatabase, leave_out_on};
use diesel::sql_types::Integer;
use diesel_async::{AsyncConnection, RunQueryDsl};
use tokio::sync::Barrier;

use crate::support::{bystander, database, eventually, modes, pg_backend_pid, raw, running};

pub(crate) const TABLES: &str = "
    CREATE EXTENSION IF NOT EXISTS btree_gist;
    CREATE TABLE parent (id int PRIMARY KEY);
    CREATE TABLE child (
        id int PRIMARY KEY,
        code varchar(2) CONSTRAINT child_code_check CHECK (code <> 'x'),
        parent int REFERENCES parent ON DELETE RESTRICT,
        name text NOT NULL,
        span int4range,
        EXCLUDE USING gist (span WITH &&)
    );
    INSERT INTO parent VALUES (1), (2);
    INSERT INTO child VALUES (1, 'a', 1, 'one', '[1,5)');
    CREATE FUNCTION refuse(text) RETURNS int LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = $1; END $$;
";

/// Statements that fail on their own.
const STATEMENTS: &[(&str, &str, ErrorClass)] = &[
    (
        "23505",
        "INSERT INTO child VALUES (1, 'a', 1, 'two', NULL)",
        ErrorClass::ConstraintViolation,
    ),
    (
        "23514",
        "INSERT INTO child VALUES (2, 'x', 1, 'two', NULL)",
        ErrorClass::ConstraintViolation,
    ),
    (
        "23503",
        "INSERT INTO child VALUES (2, 'a', 9, 'two', NULL)",
        ErrorClass::ConstraintViolation,
    ),
    (
        "23001",
        "SELECT refuse('23001')",
        ErrorClass::ConstraintViolation,
    ),
    (
        "23502",
        "INSERT INTO child VALUES (2, 'a', 1, NULL, NULL)",
        ErrorClass::ConstraintViolation,
    ),
    (
        "23P01",
        "INSERT INTO child VALUES (2, 'a', 1, 'two', '[2,3)')",
        ErrorClass::ConstraintViolation,
    ),
    (
        "22001",
        "INSERT INTO child VALUES (2, 'abc', 1, 'two', NULL)",
        ErrorClass::Query,
    ),
    ("22P02", "SELECT 'x'::int", ErrorClass::Query),
    // At the first row, and at a row after others.
    ("22012", "SELECT 1 / 0", ErrorClass::Query),
    (
        "22012",
        "SELECT 1 / (3000 - g) FROM generate_series(1, 5000) g",
        ErrorClass::Query,
    ),
    ("42601", "SELEC", ErrorClass::Query),
    (
        "42P01",
        "SELECT * FROM missing",
        ErrorClass::UndefinedObject,
    ),
    (
        "42703",
        "SELECT missing FROM child",
        ErrorClass::UndefinedObject,
    ),
    ("42704", "SELECT NULL::missing", ErrorClass::UndefinedObject),
    ("42883", "SELECT missing(1)", ErrorClass::UndefinedObject),
    (
        "3F000",
        "CREATE TABLE missing.t ()",
        ErrorClass::UndefinedObject,
    ),
    (
        "40001",
        "SELECT refuse('40001')",
        ErrorClass::SerializationFailure,
    ),
    ("40P01", "SELECT refuse('40P01')", ErrorClass::Deadlock),
    (
        "55P03",
        "SELECT refuse('55P03')",
        ErrorClass::LockNotAvailable,
    ),
    ("57014", "SELECT refuse('57014')", ErrorClass::Cancelled),
    (
        "25006",
        "SELECT refuse('25006')",
        ErrorClass::ReadOnlyTransaction,
    ),
    (
        "08006",
        "SELECT refuse('08006')",
        ErrorClass::ConnectionLost,
    ),
    ("08P01", "SELECT refuse('08P01')", ErrorClass::Protocol),
    (
        "P0001",
        "DO $$ BEGIN RAISE EXCEPTION 'x'; END $$",
        ErrorClass::Query,
    ),
];

#[derive(diesel::QueryableByName)]
struct Number {
    #[diesel(sql_type = Integer)]
    #[expect(dead_code, reason = "read from the row, never looked at")]
    number: i32,
}

fn assert_is(error: diesel::result::Error, sqlstate: &str, class: ErrorClass) -> DbError {
    let found = PostgresError::of(&error).unwrap_or_else(|| panic!("{sqlstate} lost: {error:?}"));
    assert_eq!(found.sqlstate.as_deref(), Some(sqlstate), "{found:?}");
    assert_eq!(found.severity, Some(ErrorSeverity::Error), "{found:?}");
    assert!(!found.is_connection_lost);
    let error = DbError::from(error);
    assert_eq!(error.class(), class, "{error:?}");
    // Also where it was converted, as `?` does it.
    let kept = error.postgres().is_some_and(|error| error.is(sqlstate));
    assert_eq!(kept, !matches!(error, DbError::TransactionAborted));
    error
}

/// Runs each of [`STATEMENTS`] and looks at its error. Gives how many SQLSTATEs these were.
pub(crate) async fn each_statement_keeps_its_sqlstate(database: &Database) -> usize {
    let mut connection = database.primary().await.unwrap();
    for &(sqlstate, statement, class) in STATEMENTS {
        let executed = raw(statement).execute(&mut connection).await;
        assert_is(executed.unwrap_err(), sqlstate, class);
        let loaded = raw(statement).load::<Number>(&mut connection).await;
        assert_is(loaded.err().expect("no rows"), sqlstate, class);
        // And in a transaction, where it is what the transaction gives.
        let result: Result<(), diesel::result::Error> = connection
            .transaction(async |connection| {
                raw(statement).execute(connection).await?;
                Ok(())
            })
            .await;
        assert_is(result.unwrap_err(), sqlstate, class);
    }
    let codes: BTreeSet<_> = STATEMENTS.iter().map(|(sqlstate, ..)| sqlstate).collect();
    codes.len()
}

#[tokio::test]
async fn a_statement_that_fails_keeps_its_sqlstate() {
    let test = TestDatabase::empty().await;
    bystander(&test).await.batch_execute(TABLES).await.unwrap();
    for mode in modes() {
        let database = database(&test, &[mode]);
        let codes = each_statement_keeps_its_sqlstate(&database).await;
        assert!(codes >= 20, "only {codes} SQLSTATEs");
    }
}

#[tokio::test]
async fn a_violation_keeps_its_place() {
    let test = TestDatabase::empty().await;
    bystander(&test).await.batch_execute(TABLES).await.unwrap();
    let database = database(&test, &[]);
    let mut connection = database.primary().await.unwrap();
    let places = [
        ("23505", Some("child_pkey"), None),
        ("23514", Some("child_code_check"), None),
        ("23503", Some("child_parent_fkey"), None),
        ("23502", None, Some("name")),
        ("23P01", Some("child_span_excl"), None),
    ];
    for (sqlstate, constraint, column) in places {
        let statement = STATEMENTS
            .iter()
            .find(|found| found.0 == sqlstate)
            .unwrap()
            .1;
        let error = raw(statement).execute(&mut connection).await.unwrap_err();
        let error = PostgresError::of(&error).unwrap();
        assert_eq!(error.schema.as_deref(), Some("public"));
        assert_eq!(error.table.as_deref(), Some("child"));
        assert_eq!(error.constraint.as_deref(), constraint);
        assert_eq!(error.column.as_deref(), column);
    }
    let error = raw("SELECT * FROM missing")
        .execute(&mut connection)
        .await
        .unwrap_err();
    assert_eq!(PostgresError::of(&error).unwrap().position, Some(15));
}

#[tokio::test]
async fn locks_and_time_outs_of_the_server_are_told_apart() {
    let test = TestDatabase::empty().await;
    bystander(&test).await.batch_execute(TABLES).await.unwrap();
    for mode in modes() {
        let database = database(&test, &[mode]);
        let (mut first, mut second) = (
            database.direct().await.unwrap(),
            database.direct().await.unwrap(),
        );
        // Not free, and not waited for.
        let result: Result<(), diesel::result::Error> = first
            .transaction(async |first| {
                raw("SELECT id FROM parent FOR UPDATE")
                    .execute(first)
                    .await?;
                let nowait = raw("SELECT id FROM parent FOR UPDATE NOWAIT");
                let error = nowait.execute(&mut second).await.unwrap_err();
                assert!(assert_is(error, "55P03", ErrorClass::LockNotAvailable).is_retryable());
                Ok(())
            })
            .await;
        result.unwrap();
        // The server's own limit.
        let result: Result<(), diesel::result::Error> = first
            .transaction(async |first| {
                raw("SET LOCAL statement_timeout = 50")
                    .execute(first)
                    .await?;
                raw("SELECT pg_sleep(60)").execute(first).await?;
                Ok(())
            })
            .await;
        assert_is(result.unwrap_err(), "57014", ErrorClass::Cancelled);
        // A statement after one that failed.
        let result: Result<(), diesel::result::Error> = first
            .transaction(async |first| {
                let _ = raw("SELECT 1 / 0").execute(first).await;
                raw("SELECT 1").execute(first).await?;
                Ok(())
            })
            .await;
        assert_is(result.unwrap_err(), "25P02", ErrorClass::TransactionAborted);
        // Each waits for the other.
        let barrier = Barrier::new(2);
        let update = async |connection: &mut Connection, ids: [i32; 2]| {
            let result: Result<(), diesel::result::Error> = connection
                .transaction(async |connection| {
                    for id in ids {
                        let statement = format!("UPDATE parent SET id = id WHERE id = {id}");
                        raw(statement).execute(connection).await?;
                        if id == ids[0] {
                            barrier.wait().await;
                        }
                    }
                    Ok(())
                })
                .await;
            result
        };
        let (one, other) = tokio::join!(update(&mut first, [1, 2]), update(&mut second, [2, 1]));
        let mut failed = [one, other].into_iter().filter_map(Result::err);
        let error = assert_is(failed.next().unwrap(), "40P01", ErrorClass::Deadlock);
        assert!(error.is_retryable());
        assert!(failed.next().is_none(), "one of them gets through");
    }
}

#[tokio::test]
async fn a_connection_that_is_ended_says_why() {
    if leave_out_on(
        &[Route::PgBouncer],
        "it is about the server's own sessions, which are the pooler's here",
    ) {
        return;
    }
    let test = TestDatabase::empty().await;
    let bystander = bystander(&test).await;
    for mode in modes() {
        let database = database(&test, &[mode, ("DATABASE_POOL_MAX", "1")]);
        // While idle in the hand of its user.
        let mut connection = database.primary().await.unwrap();
        let pid: i32 = diesel::select(pg_backend_pid())
            .get_result(&mut connection)
            .await
            .unwrap();
        let terminate = "SELECT pg_terminate_backend($1)";
        bystander.query_one(terminate, &[&pid]).await.unwrap();
        let error = eventually_fails(&mut connection).await;
        let found = PostgresError::of(&error).unwrap();
        assert!(found.is("57P01") && found.is_connection_lost, "{found:?}");
        assert_eq!(found.severity, Some(ErrorSeverity::Fatal));
        let error = DbError::from(error);
        assert!(
            matches!(error, DbError::ServerUnavailable { .. }),
            "{error:?}"
        );
        assert!(!error.is_retryable());
        drop(connection);
        // While a statement runs.
        let mut connection = database.primary().await.unwrap();
        let pid: i32 = diesel::select(pg_backend_pid())
            .get_result(&mut connection)
            .await
            .unwrap();
        let sleep = raw("SELECT pg_sleep(60)").execute(&mut connection);
        let kill = async {
            eventually("it runs", async || {
                running(&bystander, "pg_sleep").await == 1
            })
            .await;
            bystander.query_one(terminate, &[&pid]).await.unwrap();
        };
        let (slept, ()) = tokio::join!(sleep, kill);
        let error = slept.unwrap_err();
        assert!(
            PostgresError::of(&error).is_some_and(|error| error.is("57P01")),
            "{error:?}"
        );
        drop(connection);
        // Within a transaction, where nobody passes the error on: no commit.
        let mut connection = database.primary().await.unwrap();
        let result: Result<(), DbError> = connection
            .transaction(async |connection| {
                raw("SELECT pg_terminate_backend(pg_backend_pid())")
                    .execute(connection)
                    .await
                    .expect_err("it ends itself");
                Ok(())
            })
            .await;
        drop(connection);
        let class = result.unwrap_err().class();
        assert_eq!(class, ErrorClass::ConnectionLost);
        // The pool hands out another.
        let mut connection = database.primary().await.unwrap();
        raw("SELECT 1").execute(&mut connection).await.unwrap();
    }
}

async fn eventually_fails(connection: &mut Connection) -> diesel::result::Error {
    let deadline = Instant::now() + Duration::from_secs(10);
    while Instant::now() < deadline {
        if let Err(error) = raw("SELECT 1").execute(connection).await {
            return error;
        }
    }
    panic!("the connection is not ended");
}

#[tokio::test]
async fn a_server_without_a_free_place_is_told_apart() {
    if leave_out_on(
        &[Route::PgBouncer],
        "it logs in as another role, and the pooler knows one",
    ) {
        return;
    }
    let test = TestDatabase::empty().await;
    let bystander = bystander(&test).await;
    let role = format!("crowded_{}", uuid::Uuid::new_v4().simple());
    bystander
        .batch_execute(&format!(
            "CREATE ROLE {role} LOGIN PASSWORD 'x' CONNECTION LIMIT 0"
        ))
        .await
        .unwrap();
    let mut url = test.url().to_owned();
    let user = url.find("://").unwrap() + 3..url.find('@').unwrap();
    url.replace_range(user, &format!("{role}:x"));
    let database = crate::support::observed_at(&url, &[("DATABASE_CONNECT_TIMEOUT", "1s")]).0;
    let error = database.primary().await.expect_err("no place");
    bystander
        .batch_execute(&format!("DROP ROLE {role}"))
        .await
        .unwrap();
    assert_eq!(error.class(), ErrorClass::TooManyConnections, "{error:?}");
    assert!(error.is_retryable());
    assert!(error.postgres().is_some_and(|error| error.is("53300")));
}

#[tokio::test]
async fn a_wrong_number_of_values_is_no_lost_connection() {
    let test = TestDatabase::empty().await;
    for mode in modes() {
        let database = database(&test, &[mode]);
        let mut connection = database.primary().await.unwrap();
        let error = raw("SELECT $1 + $2")
            .bind::<Integer, _>(1)
            .execute(&mut connection)
            .await;
        let error = DbError::from(error.unwrap_err());
        let expected = [ErrorClass::Query, ErrorClass::Protocol];
        assert!(expected.contains(&error.class()), "{error:?}");
        raw("SELECT 1").execute(&mut connection).await.unwrap();
    }
}
