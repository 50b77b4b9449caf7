//! A server that recovers after a crash: it listens, and refuses everybody with SQLSTATE 57P03 until it is done.

use std::time::{Duration, Instant};

use axis_db::{Database, DbError, ErrorClass};
use axis_testkit::{MessageLocale, PrivateServer, ServerSettings, skip};
use diesel_async::RunQueryDsl;

use crate::support::{comes_true, database};

const CALLERS: usize = 8;

async fn query(database: &Database) -> Result<(), DbError> {
    let mut connection = database.primary().await?;
    diesel::select(diesel::dsl::now)
        .execute(&mut *connection)
        .await?;
    Ok(())
}

fn assert_is_starting(error: &DbError) {
    assert!(matches!(error, DbError::Unreachable { .. }), "{error:?}");
    assert_eq!(error.class(), ErrorClass::ServerUnavailable, "{error:?}");
    let said = error.postgres().expect("what the server said");
    assert!(said.is("57P03"), "{said:?}");
    assert!(error.is_retryable());
}

/// Crashes the server, and lets it recover for as long as the caller wants.
async fn crash(server: &PrivateServer) {
    server.kill().await;
    server.launch_recovering().await;
}

#[tokio::test]
async fn a_server_that_recovers_is_known_in_another_language() {
    let Some(locale) = MessageLocale::find() else {
        return skip(
            "57P03 in another language",
            "no locale is there or can be made",
        );
    };
    let server = PrivateServer::start(ServerSettings::new().messages(&locale)).await;
    crash(&server).await;
    let database = database(&server.url("postgres"), &[]);
    assert_is_starting(&database.direct().await.unwrap_err());
    server.finish_recovery().await;
    query(&database).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_recovers_is_an_outage_that_passes() {
    let server = PrivateServer::start(ServerSettings::new()).await;
    let variables = [("DATABASE_POOL_MAX", "4")];
    let database = database(&server.url("postgres"), &variables);
    query(&database).await.unwrap();

    // A short one: who calls meanwhile waits, and is served.
    crash(&server).await;
    assert_is_starting(&database.direct().await.unwrap_err());
    let callers: Vec<_> = (0..CALLERS)
        .map(|_| {
            let database = database.clone();
            tokio::spawn(async move { query(&database).await.map(|()| Instant::now()) })
        })
        .collect();
    // Long enough to have been refused several times.
    tokio::time::sleep(Duration::from_millis(600)).await;
    assert!(callers.iter().all(|caller| !caller.is_finished()));
    server.finish_recovery().await;
    let up = Instant::now();
    let mut served = Vec::new();
    for caller in callers {
        served.push(caller.await.unwrap().unwrap());
    }
    let first = served.iter().min().unwrap().saturating_duration_since(up);
    assert!(first <= Duration::from_secs(1), "{first:?}");

    // A long one: callers are told at once after a while, and by what.
    crash(&server).await;
    let is_told = comes_true(async || {
        let started = Instant::now();
        // The first ones wait for two seconds, or hear of an attempt from before the server listened again.
        let error = query(&database).await.unwrap_err();
        error.class() == ErrorClass::ServerUnavailable
            && started.elapsed() < Duration::from_millis(100)
    });
    assert!(is_told.await);
    assert_is_starting(&database.health().await.unwrap_err());
    assert_eq!(database.pool_status().in_use, 0);
    server.finish_recovery().await;
    let up = Instant::now();
    let is_served = comes_true(async || match query(&database).await {
        Ok(()) => true,
        Err(error) => {
            assert_is_starting(&error);
            false
        }
    });
    assert!(is_served.await);
    let first = up.elapsed();
    assert!(first <= Duration::from_secs(1), "{first:?}");
    for _ in 0..20 {
        query(&database).await.unwrap();
    }
}
