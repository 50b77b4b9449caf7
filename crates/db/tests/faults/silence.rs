//! A peer that fell silent: what was given up is closed, and does not wait for ever for its answer.

use std::time::Duration;

use axis_db::DbError;
use axis_testkit::{Damage, FaultProxy, Passing, TestDatabase};
use diesel_async::RunQueryDsl;

use crate::support::{comes_true, database};

#[tokio::test]
async fn a_connection_given_up_in_silence_is_closed() {
    let test = TestDatabase::empty().await;
    let proxy = FaultProxy::before(test.direct_url()).await;
    let variables = [
        ("DATABASE_POOL_MAX", "1"),
        ("DATABASE_STATEMENT_TIMEOUT", "300ms"),
    ];
    let database = database(&proxy.url(test.direct_url()), &variables);
    let query = async || {
        let mut connection = database.primary().await?;
        diesel::select(diesel::dsl::now)
            .execute(&mut *connection)
            .await?;
        Ok::<_, DbError>(())
    };
    query().await.unwrap();
    for passing in [Passing::Request, Passing::Answer] {
        // Given up by its time-out.
        proxy.strike(passing.clone(), Damage::Silence);
        let error = query().await.unwrap_err();
        assert!(
            matches!(error, DbError::StatementTimeout { .. }),
            "{error:?}"
        );
        query().await.unwrap();
        // Given up by its caller.
        proxy.strike(passing, Damage::Silence);
        let limit = Duration::from_millis(100);
        assert!(tokio::time::timeout(limit, query()).await.is_err());
        query().await.unwrap();
    }
    assert_eq!(proxy.counts().struck, 4);
    let is_closed = comes_true(async || proxy.counts().open == 1).await;
    assert!(
        is_closed,
        "{} connections are open, of a pool of one",
        proxy.counts().open
    );
}
