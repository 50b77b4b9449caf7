//! One use of everything that clippy.toml bans. Not part of any crate: tests/raw_doors compiles it, under clippy.toml as it
//! is and with each rule taken away. What `// door:` stands above is refused by the rule of that name.

use diesel::prelude::*;
use diesel::sql_types::Integer;

diesel::table! {
    people (id) {
        id -> Integer,
        name -> Text,
    }
}

// Input in SQL text.

// door: diesel::sql_query
pub fn a_query(input: &str) -> impl diesel::query_builder::QueryFragment<diesel::pg::Pg> {
    diesel::sql_query(format!("SELECT * FROM people WHERE name = '{input}'"))
}

// door: diesel::query_builder::SqlQuery::sql
pub fn more_of_a_query(
    query: diesel::query_builder::SqlQuery,
    input: &str,
) -> diesel::query_builder::SqlQuery {
    query.sql(input)
}

// door: diesel::dsl::sql
pub fn a_part_of_a_query(input: &str) -> diesel::expression::SqlLiteral<Integer> {
    diesel::dsl::sql(input)
}

// door: diesel::expression::SqlLiteral::sql
pub fn more_of_a_part(
    part: diesel::expression::SqlLiteral<Integer>,
    input: &str,
) -> impl diesel::Expression {
    part.sql(input)
}

// door: diesel::expression::UncheckedBind::sql
pub fn more_after_a_value(
    part: diesel::expression::UncheckedBind<diesel::expression::SqlLiteral<Integer>, i32>,
    input: &str,
) -> impl diesel::Expression {
    part.sql(input)
}

// door: diesel::connection::SimpleConnection::batch_execute
pub fn statements(connection: &mut impl diesel::connection::SimpleConnection, input: &str) {
    let _ = connection.batch_execute(input);
}

// door: diesel_async::SimpleAsyncConnection::batch_execute
pub async fn statements_async(
    connection: &mut impl diesel_async::SimpleAsyncConnection,
    input: &str,
) {
    let _ = connection.batch_execute(input).await;
}

// door: diesel::query_builder::CollectedQuery::new
pub fn a_collected_query(input: String) -> diesel::query_builder::CollectedQuery<()> {
    diesel::query_builder::CollectedQuery::new(input, false, ())
}

// Ways around `Database::transaction`.

// door: diesel_async::AsyncConnection::transaction
pub async fn a_transaction(connection: &mut diesel_async::AsyncPgConnection) -> QueryResult<()> {
    use diesel_async::AsyncConnection;
    connection.transaction(async |_| QueryResult::Ok(())).await
}

// door: diesel_async::AsyncConnection::begin_test_transaction
pub async fn begin_test_transaction(connection: &mut diesel_async::AsyncPgConnection) {
    use diesel_async::AsyncConnection;
    let _ = connection.begin_test_transaction().await;
}

// door: diesel_async::AsyncConnection::test_transaction
pub async fn test_transaction(connection: &mut diesel_async::AsyncPgConnection) {
    use diesel_async::AsyncConnection;
    connection
        .test_transaction(async |_| QueryResult::Ok(()))
        .await
}

type Manager = <diesel_async::AsyncPgConnection as diesel_async::AsyncConnection>::TransactionManager;

// door: diesel_async::TransactionManager::begin_transaction
pub async fn begin(connection: &mut diesel_async::AsyncPgConnection) {
    let _ = <Manager as diesel_async::TransactionManager<_>>::begin_transaction(connection).await;
}

// door: diesel_async::TransactionManager::commit_transaction
pub async fn commit(connection: &mut diesel_async::AsyncPgConnection) {
    let _ = <Manager as diesel_async::TransactionManager<_>>::commit_transaction(connection).await;
}

// door: diesel_async::TransactionManager::rollback_transaction
pub async fn roll_back(connection: &mut diesel_async::AsyncPgConnection) {
    let _ = <Manager as diesel_async::TransactionManager<_>>::rollback_transaction(connection).await;
}

// door: diesel_async::AsyncPgConnection::build_transaction
pub fn build_transaction(connection: &mut diesel_async::AsyncPgConnection) {
    let _ = connection.build_transaction();
}

// door: diesel::Connection::transaction
pub fn a_blocking_transaction(connection: &mut impl diesel::Connection) -> QueryResult<()> {
    connection.transaction(|_| Ok(()))
}

// Messages, which are in the server's language.

// door: diesel::result::DatabaseErrorInformation::message
pub fn message(error: &dyn diesel::result::DatabaseErrorInformation) -> &str {
    error.message()
}

// door: diesel::result::DatabaseErrorInformation::details
pub fn details(error: &dyn diesel::result::DatabaseErrorInformation) -> Option<&str> {
    error.details()
}

// door: diesel::result::DatabaseErrorInformation::hint
pub fn hint(error: &dyn diesel::result::DatabaseErrorInformation) -> Option<&str> {
    error.hint()
}

// door: tokio_postgres::error::DbError::message
pub fn server_message(error: &tokio_postgres::error::DbError) -> &str {
    error.message()
}

// door: tokio_postgres::error::DbError::detail
pub fn server_detail(error: &tokio_postgres::error::DbError) -> Option<&str> {
    error.detail()
}

// door: tokio_postgres::error::DbError::hint
pub fn server_hint(error: &tokio_postgres::error::DbError) -> Option<&str> {
    error.hint()
}

// The twins: what is close to a door and is none.

pub fn a_bound_value(input: &str) -> impl diesel::query_builder::QueryFragment<diesel::pg::Pg> {
    people::table
        .filter(people::name.eq(input.to_owned()))
        .select((people::id, people::name))
}

pub fn a_count() -> impl diesel::query_builder::QueryFragment<diesel::pg::Pg> {
    people::table.count()
}

// What only tests may do; without the setting it is refused there too.
#[cfg(test)]
mod tests {
    #[test]
    fn surprises() {
        // setting: allow-unwrap-in-tests
        let number: u8 = "1".parse().unwrap();
        // setting: allow-expect-in-tests
        let other: u8 = "1".parse().expect("a number");
        if number != other {
            // setting: allow-panic-in-tests
            panic!("{number}");
        }
        // setting: allow-print-in-tests
        println!("{number}");
    }
}
