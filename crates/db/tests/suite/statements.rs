//! Statements are prepared once, kept up to a bound, and made anew where the server gives them up.

use std::sync::{Arc, Mutex};

use axis_db::{Connection, ErrorClass, PostgresError};
use axis_testkit::{Route, TestDatabase, leave_out_on};
use diesel::connection::InstrumentationEvent;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Integer, Text};
use diesel_async::{AsyncConnection, RunQueryDsl};

use crate::support::{NAMED, UNNAMED, bystander, database, modes, observed, raw};

diesel::table! {
    things (id) {
        id -> Integer,
        number -> Integer,
    }
}

const TABLE: &str = "CREATE TABLE things (id int PRIMARY KEY, number int NOT NULL); INSERT INTO things VALUES (1, 1)";

#[derive(QueryableByName)]
struct Prepared {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// How many statements the server keeps for this connection whose text has `part` in it.
async fn prepared(connection: &mut Connection, part: &str) -> i64 {
    let query = raw("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE $1");
    let prepared: Prepared = query
        .bind::<Text, _>(format!("%{part}%"))
        .get_result(connection)
        .await
        .unwrap();
    prepared.count
}

#[tokio::test]
async fn insert_and_update_are_prepared_once() {
    if leave_out_on(
        &[Route::PgBouncer],
        "it is about statements with names, which a pooler in transaction mode loses",
    ) {
        return;
    }
    let test = TestDatabase::empty().await;
    bystander(&test).await.batch_execute(TABLE).await.unwrap();
    let database = database(&test, &[NAMED]);
    let mut connection = database.primary().await.unwrap();
    for round in 2..6 {
        diesel::insert_into(things::table)
            .values((things::id.eq(round), things::number.eq(round)))
            .execute(&mut connection)
            .await
            .unwrap();
        diesel::update(things::table.find(round))
            .set(things::number.eq(0))
            .execute(&mut connection)
            .await
            .unwrap();
        let _: Vec<(i32, i32)> = things::table.load(&mut connection).await.unwrap();
        raw("SELECT 'kept'").execute(&mut connection).await.unwrap();
    }
    for part in ["INSERT INTO", "UPDATE", "SELECT \"things\"", "'kept'"] {
        assert_eq!(prepared(&mut connection, part).await, 1, "{part}");
    }
    assert_eq!(connection.prepared_statements(), 5);
}

#[tokio::test]
async fn without_names_the_server_keeps_nothing() {
    let test = TestDatabase::empty().await;
    bystander(&test).await.batch_execute(TABLE).await.unwrap();
    let database = database(&test, &[UNNAMED]);
    let mut connection = database.primary().await.unwrap();
    assert!(connection.is_behind_pooler());
    for _ in 0..3 {
        let _: Vec<(i32, i32)> = things::table.load(&mut connection).await.unwrap();
        diesel::update(things::table)
            .set(things::number.eq(0))
            .execute(&mut connection)
            .await
            .unwrap();
    }
    assert_eq!(prepared(&mut connection, "").await, 0);
    assert_eq!(connection.prepared_statements(), 0);
}

#[tokio::test]
async fn the_number_of_kept_statements_is_bounded() {
    if leave_out_on(
        &[Route::PgBouncer],
        "it is about statements with names, which a pooler in transaction mode loses",
    ) {
        return;
    }
    let test = TestDatabase::empty().await;
    let database = database(&test, &[NAMED]);
    let mut connection = database.primary().await.unwrap();
    for number in 0..600 {
        raw(format!("SELECT {number}"))
            .execute(&mut connection)
            .await
            .unwrap();
    }
    assert_eq!(connection.prepared_statements(), 256);
    // The server was told to forget the others. One is forgotten once its successor is there: this
    // count, at first.
    assert_eq!(prepared(&mut connection, "").await, 257);
    assert_eq!(prepared(&mut connection, "").await, 256);
}

#[tokio::test]
async fn one_text_with_other_types_is_another_statement() {
    let test = TestDatabase::empty().await;
    for mode in modes() {
        let database = database(&test, &[mode]);
        let mut connection = database.primary().await.unwrap();
        let text = "SELECT pg_typeof($1)::text = $2 AS same";
        #[derive(QueryableByName)]
        struct Same {
            #[diesel(sql_type = diesel::sql_types::Bool)]
            same: bool,
        }
        for _ in 0..2 {
            let integer = raw(text).bind::<Integer, _>(1).bind::<Text, _>("integer");
            assert!(
                integer
                    .get_result::<Same>(&mut connection)
                    .await
                    .unwrap()
                    .same
            );
            let bigint = raw(text).bind::<BigInt, _>(1).bind::<Text, _>("bigint");
            assert!(
                bigint
                    .get_result::<Same>(&mut connection)
                    .await
                    .unwrap()
                    .same
            );
        }
    }
}

#[tokio::test]
async fn a_statement_whose_answer_changes_its_type_is_made_anew() {
    if leave_out_on(
        &[Route::PgBouncer],
        "it is about statements with names, which a pooler in transaction mode loses",
    ) {
        return;
    }
    let test = TestDatabase::empty().await;
    let bystander = bystander(&test).await;
    bystander.batch_execute(TABLE).await.unwrap();
    let database = database(&test, &[NAMED]);
    let mut connection = database.primary().await.unwrap();
    let number = || raw("SELECT number FROM things");
    number().execute(&mut connection).await.unwrap();
    // The twin: this is what a connection that does not look meets for ever.
    let statement = bystander
        .prepare("SELECT number FROM things")
        .await
        .unwrap();
    bystander.query(&statement, &[]).await.unwrap();

    let to = async |kind: &str| {
        let text = format!("ALTER TABLE things ALTER number TYPE {kind} USING number::{kind}");
        bystander.batch_execute(&text).await.unwrap();
    };
    to("bigint").await;
    let stale = bystander.query(&statement, &[]).await.unwrap_err();
    assert_eq!(stale.code().unwrap().code(), "0A000");
    // Outside of a transaction nobody notices.
    number().execute(&mut connection).await.unwrap();
    // Within one it fails, and the next attempt does not.
    to("int").await;
    let mut attempts = Vec::new();
    for _ in 0..2 {
        let result: Result<usize, diesel::result::Error> = connection
            .transaction(async |connection| number().execute(connection).await)
            .await;
        attempts.push(result);
    }
    let error = attempts[0].as_ref().unwrap_err();
    assert!(
        PostgresError::of(error).is_some_and(|error| error.is("0A000")),
        "{error:?}"
    );
    assert_eq!(attempts[1].as_ref().ok(), Some(&1));
    // A type's query as well, whose statement is found without its text.
    let _: Vec<i32> = things::table
        .select(things::number)
        .load(&mut connection)
        .await
        .unwrap();
    to("varchar").await;
    let text = things::table
        .select(things::number)
        .load::<i32>(&mut connection)
        .await;
    assert!(
        matches!(text, Err(diesel::result::Error::DeserializationError(_))),
        "{text:?}"
    );
}

#[tokio::test]
async fn a_statement_that_someone_deallocated_is_made_anew() {
    if leave_out_on(
        &[Route::PgBouncer],
        "it is about statements with names, which a pooler in transaction mode loses",
    ) {
        return;
    }
    let test = TestDatabase::empty().await;
    bystander(&test).await.batch_execute(TABLE).await.unwrap();
    let database = database(&test, &[NAMED]);
    let mut connection = database.primary().await.unwrap();
    for _ in 0..3 {
        let _: Vec<(i32, i32)> = things::table.load(&mut connection).await.unwrap();
        raw("DEALLOCATE ALL")
            .execute(&mut connection)
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn instrumentation_and_observer_see_every_query() {
    let test = TestDatabase::empty().await;
    bystander(&test).await.batch_execute(TABLE).await.unwrap();
    for mode in modes() {
        let (database, recorder) = observed(&test, &[mode]);
        let mut connection = database.primary().await.unwrap();
        let events = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&events);
        connection.set_instrumentation(move |event: InstrumentationEvent<'_>| {
            let name = match event {
                InstrumentationEvent::StartQuery { .. } => "start",
                InstrumentationEvent::CacheQuery { .. } => "cache",
                InstrumentationEvent::FinishQuery { error: None, .. } => "finish",
                InstrumentationEvent::FinishQuery { error: Some(_), .. } => "fail",
                InstrumentationEvent::BeginTransaction { .. } => "begin",
                InstrumentationEvent::CommitTransaction { .. } => "commit",
                InstrumentationEvent::RollbackTransaction { .. } => "rollback",
                _ => "other",
            };
            seen.lock().unwrap().push(name);
        });
        for _ in 0..2 {
            let _: (i32, i32) = things::table.find(1).first(&mut connection).await.unwrap();
        }
        let failed: Result<(), diesel::result::Error> = connection
            .transaction(async |connection| {
                raw("SELECT 1 / 0").execute(connection).await?;
                Ok(())
            })
            .await;
        assert!(failed.is_err());
        let committed: Result<i64, diesel::result::Error> = connection
            .transaction(async |connection| things::table.count().get_result(connection).await)
            .await;
        assert_eq!(committed.unwrap(), 1);
        let expected = "start cache finish start finish begin start CACHE fail rollback \
             begin start cache finish commit";
        // A text that is not known by its query's type is kept where it is prepared.
        let expected = match mode {
            NAMED => expected.replace("CACHE", "cache"),
            _ => expected.replace("CACHE ", ""),
        };
        let seen = events.lock().unwrap().join(" ");
        // 1 / 0 fails when it is prepared, or when it runs; nobody promises which.
        assert_eq!(
            seen.replace("start cache fail", "start fail"),
            expected.replace("start cache fail", "start fail")
        );
        let observed: Vec<_> = recorder
            .queries()
            .into_iter()
            .map(|query| query.0)
            .collect();
        assert_eq!(
            observed,
            [
                "SELECT \"things\".\"id\", \"things\".\"number\" FROM \"things\" WHERE (\"things\".\"id\" = $1) LIMIT $2",
                "SELECT \"things\".\"id\", \"things\".\"number\" FROM \"things\" WHERE (\"things\".\"id\" = $1) LIMIT $2",
                "SELECT 1 / 0",
                "BEGIN",
                "ROLLBACK",
                "SELECT COUNT(*) FROM \"things\"",
                "BEGIN",
                "COMMIT",
            ]
        );
        let outcomes: Vec<_> = recorder
            .queries()
            .into_iter()
            .filter_map(|query| query.1)
            .collect();
        assert_eq!(
            outcomes
                .iter()
                .filter(|outcome| **outcome == Err(ErrorClass::Query))
                .count(),
            1
        );
        assert_eq!(outcomes.len(), 8);
    }
}
