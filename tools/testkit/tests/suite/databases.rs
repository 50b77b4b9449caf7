//! A database for each test, on the private cluster and on a given server.

use std::process::Command;

use axis_testkit::{PgBouncer, Route, TestDatabase, skip};
use tokio_postgres::{Client, NoTls};

async fn connect(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

async fn strings(client: &Client, query: &str) -> Vec<String> {
    client
        .query(query, &[])
        .await
        .unwrap()
        .iter()
        .map(|row| row.get(0))
        .collect()
}

const TABLES: &str = "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public' ORDER BY 1";

#[tokio::test]
async fn a_migrated_database_has_the_tables_and_an_empty_one_has_none() {
    let migrated = TestDatabase::migrated().await;
    let tables = strings(&connect(migrated.direct_url()).await, TABLES).await;
    assert!(
        tables.contains(&"__diesel_schema_migrations".to_owned()),
        "{tables:?}"
    );
    assert!(tables.len() >= 3, "{tables:?}");
    let empty = TestDatabase::empty().await;
    assert_eq!(
        strings(&connect(empty.direct_url()).await, TABLES).await,
        [""; 0]
    );
}

#[tokio::test]
async fn each_test_has_a_database_of_its_own_and_it_is_dropped() {
    let (one, two) = (
        TestDatabase::migrated().await,
        TestDatabase::migrated().await,
    );
    assert_ne!(one.url(), two.url());
    let in_one = connect(one.direct_url()).await;
    in_one.batch_execute("CREATE TABLE mine ()").await.unwrap();
    let in_two = connect(two.direct_url()).await;
    assert!(!strings(&in_two, TABLES).await.contains(&"mine".to_owned()));
    let name = strings(&in_one, "SELECT current_database()::text")
        .await
        .remove(0);
    drop(one);
    let left = strings(&in_two, "SELECT datname::text FROM pg_database").await;
    assert!(
        left.len() >= 4 && !left.contains(&name),
        "{name} is among {left:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn many_at_once() {
    let databases: Vec<_> = (0..16)
        .map(|_| tokio::spawn(TestDatabase::migrated()))
        .collect();
    let mut urls = Vec::new();
    for database in databases {
        let database = database.await.unwrap();
        assert!(
            strings(&connect(database.direct_url()).await, TABLES)
                .await
                .len()
                >= 3
        );
        urls.push(database.url().to_owned());
    }
    urls.sort();
    urls.dedup();
    assert_eq!(urls.len(), 16);
}

#[tokio::test]
async fn the_variables_are_those_of_the_route() {
    let database = TestDatabase::empty().await;
    let variables = database.variables();
    assert_eq!(variables("DATABASE_URL").as_deref(), Some(database.url()));
    assert_eq!(variables("DATABASE_POOL_MAX"), None);
    let names: Vec<_> = database.environment().map(|(name, _)| name).collect();
    match Route::of_this_run() {
        Route::Direct => {
            assert_eq!(names, ["DATABASE_URL"]);
            assert_eq!(database.url(), database.direct_url());
        }
        Route::PgBouncer => {
            let further = ["DATABASE_URL_UNPOOLED", "DATABASE_POOLER"];
            assert_eq!(names[1..], further);
            assert_eq!(
                variables(further[0]).as_deref(),
                Some(database.direct_url())
            );
            // Its sessions take turns on the server's.
            let session = connect(database.url()).await;
            let mut processes = std::collections::BTreeSet::new();
            for _ in 0..6 {
                let found = session.simple_query("SELECT pg_backend_pid()").await;
                processes.insert(format!("{:?}", found.unwrap()));
            }
            assert!(processes.len() > 1, "{processes:?}");
        }
        Route::Tls => {
            assert_eq!(names, ["DATABASE_URL"]);
            let (url, parameters) = database.url().split_once('?').unwrap();
            assert!(parameters.starts_with("sslmode=verify-full&sslrootcert="));
            // Nobody gets in there without TLS.
            let error = tokio_postgres::connect(url, NoTls).await.err().unwrap();
            assert_eq!(error.code().unwrap().code(), "28000");
        }
    }
}

/// Runs tests of this file again, in a process of its own for each route.
#[tokio::test]
async fn each_route_is_taken() {
    let run = |route: &str| {
        let mut run = Command::new(std::env::current_exe().unwrap());
        run.args(["the_variables", "a_migrated_database", "each_test_has"])
            .env("AXIS_TEST_DATABASE", route);
        tokio::task::spawn_blocking(move || run.output().unwrap())
    };
    let mut taken = 0;
    for route in Route::ALL {
        if route == Route::PgBouncer && PgBouncer::installed().is_none() {
            skip("the route by PgBouncer", "it is not installed");
            continue;
        }
        let output = run(route.name()).await.unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(
            output.status.success() && said.contains("3 passed"),
            "{route:?}: {said}"
        );
        taken += 1;
    }
    assert!(taken >= 2);
    let output = run("pooler").await.unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(!output.status.success());
    assert!(said.contains("none of direct, pgbouncer, tls"), "{said}");
}

/// Runs tests of this file again in a process of its own, on a server that is given to it.
#[tokio::test]
async fn a_given_server_is_used_and_left_as_it_was() {
    if std::env::var_os("AXIS_TEST_DATABASE_URL").is_some() {
        // The other tests are on a given server already; this one looks at a server where nobody
        // else is given.
        return;
    }
    let database = TestDatabase::empty().await;
    let client = connect(database.direct_url()).await;
    let names = "SELECT datname::text FROM pg_database WHERE datname ~ '^axis_'";
    assert_eq!(strings(&client, names).await, [""; 0]);
    let mut run = Command::new(std::env::current_exe().unwrap());
    run.args(["a_migrated_database", "each_test_has", "many_at_once"])
        .env("AXIS_TEST_DATABASE_URL", database.direct_url());
    let run = tokio::task::spawn_blocking(move || run.output().unwrap());
    // While it runs, its databases are on the given server.
    let mut seen = std::collections::BTreeSet::new();
    while !run.is_finished() {
        seen.extend(strings(&client, names).await);
    }
    let output = run.await.unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && said.contains("3 passed"),
        "{said}"
    );
    assert!(
        seen.iter().any(|name| name.starts_with("axis_template_")),
        "{seen:?}"
    );
    assert!(
        seen.iter()
            .filter(|name| name.starts_with("axis_test_"))
            .count()
            >= 3,
        "{seen:?}"
    );
    assert_eq!(strings(&client, names).await, [""; 0]);
}

/// A test cannot go on without a database, and its message says why.
#[tokio::test]
async fn a_given_server_that_does_not_answer_fails_the_test_with_a_reason() {
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let output = Command::new(std::env::current_exe().unwrap())
        .arg("the_variables")
        .env(
            "AXIS_TEST_DATABASE_URL",
            format!("postgres://u:secret@127.0.0.1:{port}/x"),
        )
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(!output.status.success());
    for expected in ["no test database: PostgreSQL cannot be reached", "refused"] {
        assert!(said.contains(expected), "{said}");
    }
    assert!(!said.contains("secret"), "{said}");
}
