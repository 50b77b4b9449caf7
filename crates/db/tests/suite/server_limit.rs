//! The server's own limit for statements: the session's where nobody shares it, and each
//! transaction's elsewhere.

use std::convert::Infallible;
use std::time::Duration;

use axis_db::{Connection, CopyFormat, CopyIn, Database, DbError};
use axis_testkit::{Route, TestDatabase, leave_out_on};
use bytes::Bytes;
use diesel_async::RunQueryDsl;
use futures_util::stream;

use crate::support::{NAMED, UNNAMED, bystander, observed};

diesel::define_sql_function! {
    fn current_setting(name: diesel::sql_types::Text) -> diesel::sql_types::Text;
}

const LIMIT: (&str, &str) = ("DATABASE_STATEMENT_TIMEOUT", "7s");

async fn limit(connection: &mut Connection) -> Result<String, DbError> {
    Ok(diesel::select(current_setting("statement_timeout"))
        .get_result(connection)
        .await?)
}

/// Outside of a transaction, in a usual one, and in one that asks for another.
async fn limits(database: &Database) -> [String; 3] {
    let asks = || database.transaction();
    let usual = asks().run(limit).await.unwrap();
    let other = asks().statement_timeout(Duration::from_millis(1500));
    let other = other.run(limit).await.unwrap();
    let outside = limit(&mut database.primary().await.unwrap()).await;
    [outside.unwrap(), usual, other]
}

#[tokio::test]
async fn a_session_of_its_own_has_the_limit_from_the_start() {
    // `behind_a_pooler_..` is about that.
    if leave_out_on(
        &[Route::PgBouncer],
        "a pooler shares the server's sessions, and a setting would be another client's",
    ) {
        return;
    }
    let test = TestDatabase::empty().await;
    for mode in [("DATABASE_POOLER", "auto"), NAMED] {
        let (database, recorder) = observed(&test, &[mode, LIMIT]);
        assert_eq!(limits(&database).await, ["8s", "8s", "2500ms"], "{mode:?}");
        let queries = recorder.queries();
        let begins: Vec<_> = queries.iter().map(|(text, _)| text.as_str()).collect();
        let begins: Vec<_> = begins
            .into_iter()
            .filter(|text| text.starts_with("BEGIN"))
            .collect();
        assert_eq!(
            begins,
            ["BEGIN", "BEGIN; SET LOCAL statement_timeout = 2500"]
        );
        // Nor is it imposed on who asked for none.
        let mut direct = database.direct().await.unwrap();
        assert_eq!(limit(&mut direct).await.unwrap(), "0");
    }
}

#[tokio::test]
async fn behind_a_pooler_each_transaction_sets_the_limit() {
    let test = TestDatabase::empty().await;
    let (database, _) = observed(&test, &[UNNAMED, LIMIT]);
    assert_eq!(limits(&database).await, ["0", "8s", "2500ms"]);
}

#[tokio::test]
async fn a_copy_may_take_longer() {
    let test = TestDatabase::empty().await;
    let table = "CREATE TABLE copied (id integer)";
    bystander(&test).await.batch_execute(table).await.unwrap();
    let short = ("DATABASE_STATEMENT_TIMEOUT", "100ms");
    let (database, _) = observed(&test, &[short]);
    let mut connection = database.primary().await.unwrap();
    let into = CopyIn {
        schema: None,
        table: "copied",
        columns: &[],
        format: CopyFormat::Text,
    };
    // Longer than the server's second beside the limit, too.
    let data = stream::unfold(0, |number| async move {
        tokio::time::sleep(Duration::from_millis(700)).await;
        let line = Bytes::from(format!("{number}\n"));
        (number < 2).then_some((Ok::<_, Infallible>(line), number + 1))
    });
    let copied = connection.copy_in(into, Box::pin(data)).await;
    assert_eq!(copied.unwrap(), 2);
}
