//! Databases, templates and migrations on a running server.

use std::fs;
use std::time::Duration;

use crate::support::{TestProject, migrations, workspace};
use axis_local_postgres::{Cluster, Error, Migrations, Project, Server, migrate};
use tokio_postgres::{Client, NoTls};

fn cluster() -> Cluster {
    Cluster::ephemeral(&workspace()).unwrap()
}

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

async fn databases(server: &Server) -> Vec<String> {
    let client = connect(&server.url("postgres")).await;
    strings(&client, "SELECT datname::text FROM pg_database").await
}

/// A folder of migrations: for each a name, what goes up and what goes down.
fn folder_of(files: &[(&str, &str, &str)]) -> (tempfile::TempDir, Migrations) {
    let folder = tempfile::tempdir().unwrap();
    for (name, up, down) in files {
        let migration = folder.path().join(name);
        fs::create_dir(&migration).unwrap();
        fs::write(migration.join("up.sql"), up).unwrap();
        fs::write(migration.join("down.sql"), down).unwrap();
    }
    let migrations = Migrations::in_folder(folder.path()).unwrap();
    (folder, migrations)
}

#[test]
fn two_migrations_of_one_version_are_refused() {
    let files = |second| {
        let folder = tempfile::tempdir().unwrap();
        for name in ["2026-01-01-000000_one", second] {
            fs::create_dir(folder.path().join(name)).unwrap();
            fs::write(folder.path().join(name).join("up.sql"), "SELECT 1;").unwrap();
        }
        Migrations::in_folder(folder.path()).map(|migrations| migrations.list().unwrap())
    };
    let Err(error @ Error::Migration { .. }) = files("2026-01-01-000000_two") else {
        panic!("one of them would be left out");
    };
    let why = std::error::Error::source(&error).unwrap().to_string();
    assert!(why.contains("2026-01-01-000000_one"), "{why}");
    assert!(why.contains("2026-01-01-000000_two"), "{why}");
    assert_eq!(files("2026-01-01-000001_two").unwrap().len(), 2);
}

#[tokio::test]
async fn the_server_is_utf_8_and_in_utc() {
    let cluster = cluster();
    let client = connect(&cluster.server().url("postgres")).await;
    let encodings = strings(
        &client,
        "SELECT pg_encoding_to_char(encoding)::text || ' ' || datcollate FROM pg_database",
    )
    .await;
    assert!(encodings.len() >= 3, "{encodings:?}");
    assert!(
        encodings
            .iter()
            .all(|e| e == "UTF8 C.UTF-8" || e == "UTF8 C"),
        "{encodings:?}"
    );
    assert_eq!(strings(&client, "SHOW timezone").await, ["UTC"]);
    let connections = strings(&client, "SHOW max_connections").await;
    assert!(connections[0].parse::<u32>().unwrap() >= 200);
}

#[tokio::test]
async fn a_temporary_database_is_dropped_although_it_is_in_use() {
    let cluster = cluster();
    let database = cluster.server().temporary_database().unwrap();
    let client = connect(&database.url()).await;
    assert_eq!(strings(&client, TABLES).await, [""; 0]);
    let name = database.name().to_owned();
    assert!(databases(cluster.server()).await.contains(&name));
    // In this current-thread runtime, which drives the client's connection.
    drop(database);
    assert!(!databases(cluster.server()).await.contains(&name));
    assert!(client.query("SELECT 1", &[]).await.is_err());
}

#[tokio::test]
async fn everything_works_in_any_runtime_and_in_none() {
    let work = || {
        let cluster = cluster();
        let template = cluster.server().template(&migrations()).unwrap();
        let database = cluster.server().temporary_database_from(&template).unwrap();
        assert_eq!(
            migrate(&database.url(), migrations().folder()).unwrap(),
            [""; 0],
            "all are"
        );
    };
    work();
    tokio::task::spawn_blocking(work).await.unwrap();
    std::thread::spawn(work).join().unwrap();
    std::thread::spawn(move || {
        tokio::runtime::Builder::new_multi_thread()
            .build()
            .unwrap()
            .block_on(async { work() });
    })
    .join()
    .unwrap();
}

#[tokio::test]
async fn a_template_is_made_once_and_lets_nobody_in() {
    let cluster = cluster();
    // A sequence, so that a second run of the migration would show.
    let (_folder, migrations) = folder_of(&[(
        "2026-01-01-000000_one",
        "CREATE TABLE one AS SELECT 1 AS id; SELECT pg_sleep(0.3);",
        "DROP TABLE one",
    )]);
    let names: Vec<String> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4)
            .map(|_| scope.spawn(|| cluster.server().template(&migrations).unwrap()))
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap().name().to_owned())
            .collect()
    });
    assert_eq!(names.len(), 4);
    assert!(names.iter().all(|name| *name == names[0]));
    let refused = tokio_postgres::connect(&cluster.server().url(&names[0]), NoTls).await;
    assert_eq!(refused.err().unwrap().code().unwrap().code(), "55000");

    let template = cluster.server().template(&migrations).unwrap();
    let copies: Vec<_> = (0..3)
        .map(|_| cluster.server().temporary_database_from(&template).unwrap())
        .collect();
    for copy in &copies {
        let client = connect(&copy.url()).await;
        assert_eq!(
            strings(&client, TABLES).await,
            ["__diesel_schema_migrations", "one"]
        );
        assert_eq!(
            strings(&client, "SELECT count(*)::text FROM one").await,
            ["1"]
        );
    }
}

#[test]
fn other_contents_or_names_are_another_template_and_equal_ones_are_not() {
    let one = (
        "2026-01-01-000000_one",
        "CREATE TABLE one ()",
        "DROP TABLE one",
    );
    let two = (
        "2026-01-02-000000_two",
        "CREATE TABLE two ()",
        "DROP TABLE two",
    );
    let digest = |files: &[_]| {
        let (_folder, migrations) = folder_of(files);
        migrations.digest().unwrap()
    };
    let mut digests = vec![
        digest(&[one]),
        digest(&[(one.0, "CREATE TABLE one () ", one.2)]),
        digest(&[(one.0, one.1, "DROP TABLE one ")]),
        digest(&[("2026-01-01-000001_one", one.1, one.2)]),
        digest(&[one, two]),
    ];
    assert_eq!(digest(&[one]), digests[0]);
    digests.sort();
    digests.dedup();
    assert_eq!(digests.len(), 5, "{digests:#?}");
}

#[tokio::test]
async fn a_failing_migration_is_named_and_leaves_no_template() {
    let cluster = cluster();
    let (_folder, migrations) = folder_of(&[
        (
            "2026-01-01-000000_good",
            "CREATE TABLE good ()",
            "DROP TABLE good",
        ),
        ("2026-01-02-000000_bad", "CREATE TABLE bad (x nonsense)", ""),
    ]);
    let error = cluster.server().template(&migrations).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("applying the migration 2026-01-02-000000_bad"),
        "{error}"
    );
    let source = std::error::Error::source(&error).unwrap().to_string();
    assert!(
        source.contains(r#"type "nonsense" does not exist"#),
        "{source}"
    );
    let digest = migrations.digest().unwrap();
    let left = databases(cluster.server()).await;
    assert!(left.len() >= 3);
    assert!(
        !left.iter().any(|name| name.contains(&digest[..32])),
        "{left:?}"
    );
}

/// A dump as a migration fails for what PostgreSQL does not explain; with the line that the error asks for, it does not.
#[tokio::test]
async fn what_a_dump_needs_to_be_a_migration_is_said() {
    let cluster = cluster();
    let dump = "SELECT pg_catalog.set_config('search_path', '', false);\nCREATE TABLE public.dumped (id int);";
    let apply = |up: &str| {
        let (_folder, migrations) = folder_of(&[("2026-01-01-000000_dump", up, "")]);
        let database = cluster.server().temporary_database().unwrap();
        migrations.apply_all(&database.url())
    };
    let said = |up: &str| {
        let error = apply(up).unwrap_err();
        std::error::Error::source(&error).unwrap().to_string()
    };
    let search_path = said(dump);
    assert!(
        search_path.contains("Add `RESET search_path;`"),
        "{search_path}"
    );
    assert_eq!(
        apply(&format!("{dump}\nRESET search_path;")).unwrap(),
        ["2026-01-01-000000_dump"]
    );
    let psql = said("\\restrict abc\nCREATE TABLE dumped (id int);");
    assert!(psql.contains("a command of psql"), "{psql}");
    let other = said("CREATE TABLE bad (x nonsense)");
    assert!(
        !other.contains("psql") && !other.contains("RESET"),
        "{other}"
    );
}

#[tokio::test]
async fn migrations_go_up_and_down_one_by_one() {
    let cluster = cluster();
    let database = cluster.server().temporary_database().unwrap();
    let url = database.url();
    let client = connect(&url).await;
    let all = migrations();
    let names = all.list().unwrap();
    assert!(names.len() >= 2, "{names:?}");
    assert!(names.is_sorted());
    let mut applied = Vec::new();
    while let Some(name) = all.apply_next(&url).unwrap() {
        applied.push(name);
    }
    assert_eq!(applied, names);
    assert_eq!(all.revert_last(&url).unwrap().as_ref(), names.last());
    assert_eq!(all.apply_all(&url).unwrap(), names[names.len() - 1..]);
    assert!(strings(&client, TABLES).await.len() >= 3);
    let reverted: Vec<String> = names.iter().rev().cloned().collect();
    assert_eq!(all.revert_all(&url).unwrap(), reverted);
    assert_eq!(
        strings(&client, TABLES).await,
        ["__diesel_schema_migrations"]
    );
    assert_eq!(all.revert_last(&url).unwrap(), None);
    assert_eq!(all.apply_all(&url).unwrap(), names);
    // Another folder does not know what is applied.
    let (_folder, other) = folder_of(&[]);
    let error = other.revert_last(&url).unwrap_err();
    assert!(error.to_string().contains("2026"), "{error}");
}

#[test]
fn a_folder_that_holds_no_migrations_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("notes")).unwrap();
    for wrong in [folder.path().to_owned(), folder.path().join("missing")] {
        let error = Migrations::in_folder(&wrong).unwrap_err();
        assert!(matches!(error, Error::Migration { .. }), "{error}");
        assert!(
            error.to_string().contains(wrong.to_str().unwrap()),
            "{error}"
        );
    }
}

/// PostgreSQL waits 5 s for the sessions of a database that is to be copied, and then refuses with
/// 55006.
#[tokio::test(flavor = "multi_thread")]
async fn copying_waits_for_the_last_session_in_the_template() {
    let project = TestProject::new();
    let project = Project::at(project.path())
        .unwrap()
        .with_target(project.path().join("target"));
    let cluster = Cluster::ephemeral(&project).unwrap();
    let server = cluster.server();
    let (_folder, migrations) = folder_of(&[(
        "2026-01-01-000000_one",
        "CREATE TABLE one ()",
        "DROP TABLE one",
    )]);
    let template = server.template(&migrations).unwrap();
    let admin = connect(&server.url("postgres")).await;
    let open = format!(
        "ALTER DATABASE \"{}\" WITH ALLOW_CONNECTIONS true",
        template.name()
    );
    admin.batch_execute(&open).await.unwrap();
    let session = connect(&server.url(template.name())).await;
    let closing = tokio::spawn(async move {
        tokio::time::sleep(Duration::from_millis(5_500)).await;
        drop(session);
    });
    let copying = std::time::Instant::now();
    let copy = server.temporary_database_from(&template).unwrap();
    assert!(
        copying.elapsed() > Duration::from_secs(5),
        "nobody was waited for"
    );
    closing.await.unwrap();
    assert_eq!(strings(&connect(&copy.url()).await, TABLES).await.len(), 2);
}
