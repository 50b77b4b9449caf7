//! Behind PgBouncer in transaction mode, where it is installed.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::io::Write;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use axis_db::{Connection, CopyFormat, CopyIn, Database, DbError};
use axis_testkit::{Route, TestDatabase, leave_out_on};
use bytes::Bytes;
use diesel::prelude::*;
use diesel::sql_types::{Integer, Text};
use diesel_async::{AsyncConnection, RunQueryDsl};
use futures_util::stream;

use crate::support::{bystander, database, eventually, observed_at, raw, running};

const TABLES: &str = "
    CREATE TYPE mood AS ENUM ('happy', 'sad');
    CREATE TABLE pooled (id serial PRIMARY KEY, number int NOT NULL, mood mood, moods mood[]);
    INSERT INTO pooled (number, mood, moods) SELECT g, 'sad', '{happy,sad}' FROM generate_series(1, 50) g;
";

diesel::table! {
    pooled (id) {
        id -> Integer,
        number -> Integer,
    }
}

#[derive(QueryableByName)]
struct Mood {
    #[diesel(sql_type = Integer)]
    number: i32,
    // Its type is the database's own; Diesel reads an enum's binary form as a text.
    #[diesel(sql_type = Text)]
    mood: String,
}

/// A PgBouncer of this test's own. It ends with the test, however that ends.
struct PgBouncer {
    shell: Child,
    url: String,
    _folder: tempfile::TempDir,
}

impl PgBouncer {
    /// None where PgBouncer is not installed, which is said aloud.
    async fn start(test: &TestDatabase, tls: Tls) -> Option<Self> {
        if !is_installed() {
            // Not by `eprintln!`, whose text is shown for failed tests only.
            let skipped = b"SKIPPED: pgbouncer is not installed (apt-get install pgbouncer)\n";
            std::io::stderr().write_all(skipped).unwrap();
            return None;
        }
        let server = url::Url::parse(test.direct_url()).unwrap();
        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let folder = tempfile::tempdir().unwrap();
        let all = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(folder.path(), all).unwrap();
        let path = folder.path().join("pgbouncer.ini");
        let settings = format!(
            "[databases]\n* = host={} port={} user={} password={}\n\
             [pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\n\
             auth_type = any\npool_mode = transaction\ndefault_pool_size = 8\nmax_client_conn = 200\n",
            server.host_str().unwrap(),
            server.port().unwrap(),
            server.username(),
            server.password().unwrap_or_default(),
        );
        std::fs::File::create(&path)
            .unwrap()
            .write_all(settings.as_bytes())
            .unwrap();
        if tls == Tls::Required {
            require_tls(&path);
        }
        // The shell's standard input ends when this process does.
        let script = "pgbouncer --quiet \"$0\" & read -r _; kill $!; wait";
        let mut command = Command::new("sh");
        command.args(["-c", script]).arg(&path);
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        if is_root() {
            // PgBouncer refuses to run as root. This is `nobody` on Linux.
            command.uid(65_534);
        }
        let shell = command.spawn().unwrap();
        let mut url = server;
        url.set_port(Some(port)).unwrap();
        url.set_query((tls == Tls::Required).then_some("sslmode=require"));
        let bouncer = Self {
            shell,
            url: url.into(),
            _folder: folder,
        };
        eventually("pgbouncer answers", async || {
            tokio::net::TcpStream::connect(("127.0.0.1", port))
                .await
                .is_ok()
        })
        .await;
        Some(bouncer)
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Tls {
    None,
    Required,
}

/// Adds a certificate of its own to PgBouncer's settings. Its key is open to all, since PgBouncer
/// runs as someone else; it protects nothing.
fn require_tls(settings: &Path) {
    let pair = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let (certificate, key) = (
        settings.with_extension("crt"),
        settings.with_extension("key"),
    );
    std::fs::write(&certificate, pair.cert.pem()).unwrap();
    std::fs::write(&key, pair.signing_key.serialize_pem()).unwrap();
    let lines = format!(
        "client_tls_sslmode = require\nclient_tls_cert_file = {}\nclient_tls_key_file = {}\n",
        certificate.display(),
        key.display()
    );
    let mut file = std::fs::OpenOptions::new()
        .append(true)
        .open(settings)
        .unwrap();
    file.write_all(lines.as_bytes()).unwrap();
}

impl Drop for PgBouncer {
    fn drop(&mut self) {
        drop(self.shell.stdin.take());
        let _ = self.shell.wait();
    }
}

fn is_installed() -> bool {
    let version = Command::new("pgbouncer").arg("--version").output();
    version.is_ok_and(|output| output.status.success())
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output().unwrap();
    id.stdout == b"0\n"
}

async fn request(database: &Database, kind: usize) -> Result<(), DbError> {
    let mut connection = database.primary().await?;
    let connection: &mut Connection = &mut connection;
    match kind % 5 {
        0 => {
            let rows: Vec<(i32, i32)> = pooled::table
                .filter(pooled::id.le(50))
                .order(pooled::id)
                .load(connection)
                .await?;
            assert_eq!(rows.len(), 50);
        }
        1 => {
            let row = raw("SELECT number, mood, moods FROM pooled WHERE id = $1");
            let row: Mood = row.bind::<Integer, _>(7).get_result(connection).await?;
            assert_eq!((row.number, &*row.mood), (7, "sad"));
        }
        2 => {
            let update = diesel::update(pooled::table.find(1)).set(pooled::number.eq(1));
            assert_eq!(update.execute(connection).await?, 1);
        }
        3 => {
            let insert = diesel::insert_into(pooled::table).values(pooled::number.eq(-1));
            let id: i32 = insert.returning(pooled::id).get_result(connection).await?;
            assert!(id > 50);
        }
        _ => {
            connection
                .transaction(async |connection| {
                    let count: i64 = pooled::table
                        .filter(pooled::id.le(50))
                        .count()
                        .get_result(connection)
                        .await?;
                    assert_eq!(count, 50);
                    let update = diesel::update(pooled::table.find(2)).set(pooled::number.eq(2));
                    update.execute(connection).await?;
                    Ok::<_, DbError>(())
                })
                .await?;
        }
    }
    Ok(())
}

/// 16 clients, 100 requests each. What failed, by its text.
async fn load(database: &Database) -> BTreeMap<String, usize> {
    let clients: Vec<_> = (0..16)
        .map(|client| {
            let database = database.clone();
            tokio::spawn(async move {
                let mut failures = Vec::new();
                for round in 0..100 {
                    if let Err(error) = request(&database, client + round).await {
                        failures.push(error.to_string());
                    }
                }
                failures
            })
        })
        .collect();
    let mut failures = BTreeMap::new();
    for client in clients {
        match client.await {
            Ok(failed) => failed
                .into_iter()
                .for_each(|text| *failures.entry(text).or_default() += 1),
            Err(panic) => *failures.entry(panic.to_string()).or_default() += 100,
        }
    }
    failures
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_request_gets_through_a_pooler() {
    let test = TestDatabase::empty().await;
    bystander(&test).await.batch_execute(TABLES).await.unwrap();
    let Some(bouncer) = PgBouncer::start(&test, Tls::None).await else {
        return;
    };
    let pool = ("DATABASE_POOL_MAX", "16");
    let (database, _) = observed_at(&bouncer.url, &[pool]);
    assert!(
        database.primary().await.unwrap().is_behind_pooler(),
        "found out by itself"
    );
    for _ in 0..2 {
        let failures = load(&database).await;
        assert!(failures.is_empty(), "{failures:?}");
    }
    // The twin: with names it does not work, so the trial does try something. PgBouncer from 1.21
    // can keep them.
    let (named, _) = observed_at(&bouncer.url, &[pool, ("DATABASE_POOLER", "none")]);
    if is_without_prepared_statements() {
        let failures = load(&named).await;
        assert!(failures.values().sum::<usize>() > 100, "{failures:?}");
    }
}

fn is_without_prepared_statements() -> bool {
    let output = Command::new("pgbouncer").arg("--version").output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let version = text.split_whitespace().nth(1).unwrap();
    let mut numbers = version
        .split('.')
        .map(|number| number.parse::<u32>().unwrap());
    (numbers.next().unwrap(), numbers.next().unwrap()) < (1, 21)
}

#[tokio::test]
async fn copies_cancels_and_commits_go_through_a_pooler() {
    let test = TestDatabase::empty().await;
    let bystander = bystander(&test).await;
    bystander.batch_execute(TABLES).await.unwrap();
    for tls in [Tls::None, Tls::Required] {
        let Some(bouncer) = PgBouncer::start(&test, tls).await else {
            return;
        };
        let (database, _) = observed_at(&bouncer.url, &[]);
        copy_and_commit(&database).await;
        // Where its user keeps the connection, and where the connection goes at once.
        for kept in [true, false] {
            let mut connection = database.primary().await.unwrap();
            let sleep = raw("SELECT pg_sleep(60)").execute(&mut connection);
            let runs = eventually("it runs", async || {
                running(&bystander, "pg_sleep").await == 1
            });
            tokio::select! {
                _ = sleep => panic!("it slept through"),
                () = runs => {}
            }
            if !kept {
                drop(connection);
            }
            eventually("it is cancelled", async || {
                running(&bystander, "pg_sleep").await == 0
            })
            .await;
        }
    }
}

async fn copy_and_commit(database: &Database) {
    let mut connection = database.primary().await.unwrap();
    let into = CopyIn {
        schema: None,
        table: "pooled",
        columns: &["number"],
        format: CopyFormat::Text,
    };
    for _ in 0..3 {
        let data = stream::iter([Ok::<_, Infallible>(Bytes::from_static(b"1\n2\n3\n"))]);
        assert_eq!(connection.copy_in(into, data).await.unwrap(), 3);
        let bad = stream::iter([Ok::<_, Infallible>(Bytes::from_static(b"x\n"))]);
        connection.copy_in(into, bad).await.expect_err("no number");
        let result: Result<usize, DbError> = connection
            .transaction(async |connection| {
                let update = diesel::update(pooled::table.find(3)).set(pooled::number.eq(3));
                connection
                    .commit_with(async |connection| Ok(update.execute(connection).await?))
                    .await?
            })
            .await;
        assert_eq!(result.unwrap(), 1);
    }
}

#[tokio::test]
async fn without_a_pooler_statements_have_names() {
    if leave_out_on(
        &[Route::PgBouncer],
        "it is about statements with names, which a pooler in transaction mode loses",
    ) {
        return;
    }
    let test = TestDatabase::empty().await;
    let auto = database(&test, &[]);
    assert!(!auto.primary().await.unwrap().is_behind_pooler());
    assert!(!auto.direct().await.unwrap().is_behind_pooler());
    if Route::of_this_run() == Route::Direct {
        // The driver then asks for no TLS before a request to cancel, by which this is found out.
        let separator = if test.url().contains('?') { '&' } else { '?' };
        let url = format!("{}{separator}sslmode=disable", test.url());
        let plain = database(&test, &[("DATABASE_URL", &url)]);
        assert!(!plain.primary().await.unwrap().is_behind_pooler());
    }
    let told = database(&test, &[("DATABASE_POOLER", "transaction")]);
    assert!(told.primary().await.unwrap().is_behind_pooler());
}
