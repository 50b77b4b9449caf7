//! That this run's tests reach their databases as `AXIS_TEST_DATABASE` says.

use axis_testkit::{Route, TestDatabase};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use crate::support::{database, observed_at, pg_backend_pid};

diesel::table! {
    pg_stat_ssl (pid) {
        pid -> Integer,
        ssl -> Bool,
    }
}

#[tokio::test]
async fn the_route_is_the_one_that_was_asked_for() {
    let test = TestDatabase::empty().await;
    let route = Route::of_this_run();
    // As an operator would set it, and by the URL alone.
    for database in [database(&test, &[]), observed_at(test.url(), &[]).0] {
        let mut connection = database.primary().await.unwrap();
        assert_eq!(connection.is_behind_pooler(), route == Route::PgBouncer);
        let query = pg_stat_ssl::table
            .filter(pg_stat_ssl::pid.eq(pg_backend_pid()))
            .select(pg_stat_ssl::ssl);
        let is_encrypted: bool = query.first(&mut connection).await.unwrap();
        assert_eq!(is_encrypted, route == Route::Tls);
    }
}
