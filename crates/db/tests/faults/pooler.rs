//! Behind PgBouncer in transaction mode, where a statement prepared under a name is lost or another's.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use axis_db::{Connection, Database, DbError, ErrorClass};
use axis_testkit::{PgBouncer, PgBouncerSettings, PrivateServer, ServerSettings, skip};
use diesel::prelude::*;
use diesel::sql_types::Integer;
use diesel_async::RunQueryDsl;

use crate::support::{Random, comes_true, database};

diesel::define_sql_function! {
    /// Sleeps on the server. What it returns is void, so run it by `execute` only.
    fn pg_sleep(seconds: diesel::sql_types::Double) -> diesel::sql_types::Text;
}

const CLIENTS: u64 = 16;
const REQUESTS: u64 = 100;
/// Fewer than clients, so that they take turns on them.
const SERVER_CONNECTIONS: u32 = 4;

diesel::table! {
    items (id) {
        id -> Integer,
        name -> Text,
        amount -> Integer,
    }
}

/// A server with the table, and a pooler before it.
async fn setup(max_prepared_statements: u32) -> (PrivateServer, PgBouncer) {
    let server = PrivateServer::start(ServerSettings::new()).await;
    server.create_database("app").await;
    let control = server.control("app").await;
    let (role, _) = server.role();
    let tables = format!(
        "SET ROLE {role};
         CREATE TABLE items (id integer PRIMARY KEY, name text NOT NULL, amount integer NOT NULL);
         INSERT INTO items SELECT n, 'item ' || n, 0 FROM generate_series(1, 100) AS n"
    );
    control.batch_execute(&tables).await.unwrap();
    let settings = PgBouncerSettings {
        server_connections: SERVER_CONNECTIONS,
        max_prepared_statements,
    };
    let pooler = PgBouncer::before(&server.url("app"), settings).await;
    (server, pooler)
}

/// One request of some kind, which also checks its answer.
async fn request(database: &Database, kind: u64, id: i32) -> Result<(), DbError> {
    match kind {
        0 => {
            let mut connection = database.primary().await?;
            let query = items::table.find(id).select(items::name);
            let name: String = query.first(&mut *connection).await?;
            assert_eq!(name, format!("item {id}"));
        }
        1 => {
            let mut connection = database.primary().await?;
            let query = items::table.filter(items::id.le(id)).count();
            let count: i64 = query.get_result(&mut *connection).await?;
            assert_eq!(count, i64::from(id));
        }
        2 => {
            let mut connection = database.primary().await?;
            let sum = diesel::select(id.into_sql::<Integer>() + 1);
            let sum: i32 = sum.get_result(&mut *connection).await?;
            assert_eq!(sum, id + 1);
        }
        3 => {
            let mut connection = database.primary().await?;
            let rows = add_one(&mut connection, id).await?;
            assert_eq!(rows, 1);
        }
        _ => {
            database
                .transaction()
                .run(async |connection: &mut Connection| -> Result<(), DbError> {
                    let query = items::table.find(id).select(items::id);
                    let found: i32 = query.first(connection).await?;
                    assert_eq!(found, id);
                    add_one(connection, id).await?;
                    Ok(())
                })
                .await?;
        }
    }
    Ok(())
}

async fn add_one(connection: &mut Connection, id: i32) -> Result<usize, DbError> {
    let update = diesel::update(items::table.find(id)).set(items::amount.eq(items::amount + 1));
    Ok(update.execute(connection).await?)
}

/// Clients with mixed requests. Gives how many were answered, and the first error; writes are counted by the server too.
async fn load(url: &str, server: &PrivateServer, pooler_mode: &str) -> (u64, Option<String>) {
    let variables = [
        ("DATABASE_POOLER", pooler_mode),
        ("DATABASE_POOL_MAX", "16"),
    ];
    let database = database(url, &variables);
    let clients: Vec<_> = (0..CLIENTS)
        .map(|client| {
            let database = database.clone();
            tokio::spawn(async move {
                let mut random = Random::new(client);
                let (mut answered, mut written, mut error) = (0, 0, None);
                for number in 0..REQUESTS {
                    let id = i32::try_from(random.below(100)).unwrap() + 1;
                    let kind = number % 5;
                    match request(&database, kind, id).await {
                        Ok(()) => {
                            answered += 1;
                            written += i64::from(kind >= 3);
                        }
                        Err(why) => error = error.or(Some(format!("{why:?}"))),
                    }
                }
                (answered, written, error)
            })
        })
        .collect();
    let (mut answered, mut written, mut first) = (0, 0, None);
    for client in clients {
        // A wrong answer panics in its client: then the rest of its requests count as not answered.
        match client.await {
            Ok((ok, wrote, error)) => {
                answered += ok;
                written += wrote;
                first = first.or(error);
            }
            Err(panic) => first = first.or(Some(panic.to_string())),
        }
    }
    let control = server.control("app").await;
    let sql = "SELECT count(*) FROM pg_stat_activity WHERE usename = $1";
    let sessions = control.query_one(sql, &[&server.role().0]).await.unwrap();
    // Else nobody had to share.
    assert!(
        sessions.get::<_, i64>(0) > 1,
        "the pooler used one connection only"
    );
    if first.is_none() {
        let sum = control
            .query_one("SELECT sum(amount) FROM items", &[])
            .await
            .unwrap();
        assert_eq!(sum.get::<_, i64>(0), written);
    }
    (answered, first)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_request_is_answered_in_the_mode_for_poolers() {
    if PgBouncer::installed().is_none() {
        return skip("1,600 requests through PgBouncer", "it is not installed");
    }
    for mode in ["transaction", "auto"] {
        let (server, pooler) = setup(0).await;
        let (answered, error) = load(pooler.url(), &server, mode).await;
        assert_eq!(
            (answered, error),
            (CLIENTS * REQUESTS, None),
            "DATABASE_POOLER={mode}"
        );
    }
}

/// The twin: the same requests with named statements, which nothing here keeps.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn named_statements_fail_behind_a_pooler_that_keeps_none() {
    if PgBouncer::installed().is_none() {
        return skip("named statements through PgBouncer", "it is not installed");
    }
    let (server, pooler) = setup(0).await;
    let (answered, error) = load(pooler.url(), &server, "none").await;
    assert!(
        answered < CLIENTS * REQUESTS,
        "PgBouncer kept named statements"
    );
    let error = error.expect("an error");
    assert!(error.contains("prepared statement"), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn named_statements_work_behind_a_pooler_that_keeps_them() {
    if !PgBouncer::keeps_prepared_statements() {
        let why = format!("the PgBouncer here is {:?}", PgBouncer::installed());
        return skip(
            "named statements through PgBouncer's max_prepared_statements",
            &why,
        );
    }
    let (server, pooler) = setup(200).await;
    let (answered, error) = load(pooler.url(), &server, "none").await;
    assert_eq!((answered, error), (CLIENTS * REQUESTS, None));
}

/// Crashes the server while a session of the tests' role sleeps in it.
async fn kill_a_sleeper(server: &PrivateServer) {
    let control = server.control("app").await;
    let sleeps = comes_true(async || {
        let sleepers = "SELECT FROM pg_stat_activity WHERE wait_event = 'PgSleep'";
        !control.query(sleepers, &[]).await.unwrap().is_empty()
    });
    assert!(sleeps.await, "nobody sleeps");
    server.kill().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crash_behind_the_pooler_is_told_as_one() {
    if PgBouncer::installed().is_none() {
        return skip("PgBouncer", "it is not installed");
    }
    let (server, pooler) = setup(0).await;
    let control = server.control("app").await;
    // The check runs at COMMIT, and takes its time.
    let slowly = "CREATE FUNCTION slowly() RETURNS trigger LANGUAGE plpgsql AS
             $$ BEGIN PERFORM pg_sleep(60); RETURN NULL; END $$;
         CREATE CONSTRAINT TRIGGER slowly AFTER INSERT ON items
             DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION slowly()";
    control.batch_execute(slowly).await.unwrap();
    drop(control);
    let variables = [
        ("DATABASE_POOL_MAX", "4"),
        ("DATABASE_ACQUIRE_TIMEOUT", "4s"),
    ];
    let database = &database(pooler.url(), &variables);

    // A statement: the pooler's own words for a server that is gone say the same as the loss of a connection.
    let statement = async {
        let mut connection = database.primary().await?;
        let sleep = diesel::select(pg_sleep(60.0));
        sleep.execute(&mut *connection).await?;
        Ok::<_, DbError>(())
    };
    let (result, ()) = tokio::join!(statement, kill_a_sleeper(&server));
    let error = result.unwrap_err();
    assert_eq!(error.class(), ErrorClass::ConnectionLost, "{error:?}");
    assert!(error.postgres().is_some_and(|said| said.is_connection_lost));
    // Whoever comes now waits for the pooler, which waits for the server.
    let error = request(database, 0, 1).await.unwrap_err();
    assert_eq!(error.class(), ErrorClass::Unreachable, "{error:?}");
    server.restart().await;
    let up = Instant::now();
    assert!(comes_true(async || request(database, 0, 1).await.is_ok()).await);
    // The pooler tries the server once in a second.
    assert!(
        up.elapsed() < Duration::from_millis(2500),
        "{:?}",
        up.elapsed()
    );

    // A transaction before its COMMIT is run again.
    let attempts = AtomicU32::new(0);
    let transaction =
        database
            .transaction()
            .run(async |connection: &mut Connection| -> Result<(), DbError> {
                add_one(connection, 1).await?;
                if attempts.fetch_add(1, Ordering::Relaxed) == 0 {
                    let sleep = diesel::select(pg_sleep(60.0));
                    sleep.execute(connection).await?;
                }
                Ok(())
            });
    let crash = async {
        kill_a_sleeper(&server).await;
        server.restart().await;
    };
    let (result, ()) = tokio::join!(transaction, crash);
    result.unwrap();
    assert_eq!(attempts.into_inner(), 2);
    let mut connection = database.primary().await.unwrap();
    let amount = items::table.find(1).select(items::amount);
    let amount: i32 = amount.first(&mut *connection).await.unwrap();
    assert_eq!(amount, 1);
    drop(connection);

    // A COMMIT whose answer does not come may have taken effect.
    let transaction =
        database
            .transaction()
            .run(async |connection: &mut Connection| -> Result<(), DbError> {
                let row = (items::id.eq(1000), items::name.eq(""), items::amount.eq(0));
                let insert = diesel::insert_into(items::table).values(row);
                insert.execute(connection).await?;
                Ok(())
            });
    let (result, ()) = tokio::join!(transaction, kill_a_sleeper(&server));
    let error = result.unwrap_err();
    assert!(matches!(error, DbError::CommitUnknown { .. }), "{error:?}");
}
