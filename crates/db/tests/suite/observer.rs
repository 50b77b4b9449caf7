//! What an observer is told: statements without values, and how each ended.

use std::time::Duration;

use axis_db::schema::users;
use axis_db::{DbError, ErrorClass};
use axis_testkit::TestDatabase;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use crate::support::{modes, observed, raw};

/// A value that looks like the place where Diesel's debug text ends the statement.
const VALUE: &str = r#"SECRET -- binds: [] " ' $1 SECRET"#;

#[tokio::test]
async fn a_statement_is_told_without_its_values() {
    let test = TestDatabase::migrated().await;
    let (database, recorder) = observed(&test, &[]);
    let mut connection = database.primary().await.unwrap();
    let email = format!("{VALUE}@example.com");
    let insert =
        diesel::insert_into(users::table).values((users::email.eq(&email), users::name.eq(VALUE)));
    // The twin: what the check must notice.
    assert!(
        diesel::debug_query::<diesel::pg::Pg, _>(&insert)
            .to_string()
            .contains("SECRET")
    );
    insert.execute(&mut connection).await.unwrap();
    let update = diesel::update(users::table.filter(users::email.eq(&email)));
    update
        .set(users::name.eq(VALUE))
        .execute(&mut connection)
        .await
        .unwrap();
    let found: Vec<String> = users::table
        .filter(users::name.eq_any([VALUE, "SECRET"]))
        .filter(users::email.like(format!("{VALUE}%")))
        .select(users::name)
        .limit(12_345)
        .load(&mut connection)
        .await
        .unwrap();
    assert_eq!(found, [VALUE]);
    // A failure too, whose detail quotes the value.
    let again =
        diesel::insert_into(users::table).values((users::email.eq(&email), users::name.eq(VALUE)));
    let error = DbError::from(again.execute(&mut connection).await.unwrap_err());
    assert!(!error.to_string().contains("SECRET"), "{error}");

    let queries = recorder.queries();
    assert_eq!(queries.len(), 4);
    for (statement, _) in &queries {
        assert!(statement.contains("\"users\""), "{statement}");
        assert!(statement.contains("$1"), "{statement}");
        assert!(!statement.contains("SECRET"), "{statement}");
        assert!(!statement.contains("12345"), "{statement}");
    }
    let outcomes: Vec<_> = queries.into_iter().map(|query| query.1.unwrap()).collect();
    assert_eq!(
        outcomes,
        [Ok(()), Ok(()), Ok(()), Err(ErrorClass::ConstraintViolation)]
    );
}

#[tokio::test]
async fn a_failure_among_the_rows_is_told() {
    let test = TestDatabase::migrated().await;
    let (database, recorder) = observed(&test, &[]);
    let mut connection = database.primary().await.unwrap();
    let names: Vec<_> = (0..200)
        .map(|n| {
            (
                users::email.eq(format!("{n}@example.com")),
                users::name.eq("A"),
            )
        })
        .collect();
    diesel::insert_into(users::table)
        .values(names)
        .execute(&mut connection)
        .await
        .unwrap();
    // Divides by zero at some row, when others may be on their way already.
    let result = users::table
        .order(users::created_at)
        .select(quotient(1000, character_length(users::email) - 15))
        .load::<i32>(&mut connection)
        .await;
    assert!(result.is_err());
    let last = recorder.queries().pop().unwrap();
    assert_eq!(last.1, Some(Err(ErrorClass::Query)));
    // And the connection is as good as before.
    let count: i64 = users::table
        .count()
        .get_result(&mut connection)
        .await
        .unwrap();
    assert_eq!(count, 200);
}

diesel::define_sql_function! {
    fn character_length(text: diesel::sql_types::Text) -> diesel::sql_types::Integer;
}

diesel::infix_operator!(Divided, " / ", diesel::sql_types::Integer);

fn quotient<E>(
    dividend: i32,
    divisor: E,
) -> Divided<diesel::dsl::AsExprOf<i32, diesel::sql_types::Integer>, E>
where
    E: diesel::Expression<SqlType = diesel::sql_types::Integer>,
{
    use diesel::IntoSql;
    Divided::new(dividend.into_sql::<diesel::sql_types::Integer>(), divisor)
}

#[tokio::test]
async fn no_row_is_no_failure_of_the_query() {
    let test = TestDatabase::migrated().await;
    let (database, recorder) = observed(&test, &[]);
    let mut connection = database.primary().await.unwrap();
    let found = users::table
        .select(users::name)
        .first::<String>(&mut connection)
        .await;
    let error = DbError::from(found.unwrap_err());
    assert!(matches!(error, DbError::NotFound), "{error:?}");
    assert_eq!(recorder.queries().pop().unwrap().1, Some(Ok(())));
}

#[tokio::test]
async fn each_statement_is_told_with_its_duration() {
    let test = TestDatabase::empty().await;
    let limit = ("DATABASE_STATEMENT_TIMEOUT", "600ms");
    for mode in modes() {
        let (database, recorder) = observed(&test, &[mode, limit]);
        let mut connection = database.primary().await.unwrap();
        // One that ends, one that fails, and one that is given up.
        raw("SELECT pg_sleep(0.3)")
            .execute(&mut connection)
            .await
            .unwrap();
        let failing = "DO $$ BEGIN PERFORM pg_sleep(0.3); RAISE 'no'; END $$";
        raw(failing).execute(&mut connection).await.unwrap_err();
        raw("SELECT pg_sleep(60)")
            .execute(&mut connection)
            .await
            .unwrap_err();
        for (index, least) in [(0, 300), (1, 300), (2, 600)] {
            let took = recorder.took(index).unwrap();
            let least = Duration::from_millis(least);
            assert!(took >= least && took < least * 10, "{index}: {took:?}");
        }
        let outcomes: Vec<_> = recorder.queries().iter().map(|query| query.1).collect();
        assert_eq!(
            outcomes,
            [
                Some(Ok(())),
                Some(Err(ErrorClass::Query)),
                Some(Err(ErrorClass::StatementTimeout))
            ]
        );
        // The same to who hears of the ends alone, each once.
        let told = recorder.queries().into_iter();
        let told: Vec<_> = told
            .map(|(text, outcome)| (text, outcome.unwrap()))
            .collect();
        assert_eq!(recorder.finished(), told);
    }
}

#[tokio::test]
async fn a_statement_that_nobody_waits_for_ends_once() {
    let test = TestDatabase::empty().await;
    let (database, recorder) = observed(&test, &[]);
    let mut connection = database.primary().await.unwrap();
    let sleep = raw("SELECT pg_sleep(60)").execute(&mut connection);
    let limit = Duration::from_millis(100);
    tokio::time::timeout(limit, sleep).await.unwrap_err();
    let text = "SELECT pg_sleep(60)".to_owned();
    let cancelled = Err(ErrorClass::Cancelled);
    assert_eq!(recorder.finished(), [(text.clone(), cancelled)]);
    assert_eq!(recorder.queries(), [(text, Some(cancelled))]);
}
