//! Boot and readiness: what the server does with a database that is behind, ahead, or away.

use std::net::SocketAddr;

use axis_testkit::{Route, TestDatabase, leave_out_on};
use nix::sys::signal::Signal;
use serde_json::json;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use url::Url;

use crate::process::Process;
use crate::support::{Client, connect, execute, new_user, until};

/// A migrated database, changed by SQL.
async fn changed(sql: &str) -> TestDatabase {
    let database = TestDatabase::migrated().await;
    let connected = connect(&database, &[]).0;
    let mut connection = connected.primary().await.expect("a connection");
    execute(&mut connection, sql).await;
    database
}

const NEWER: &str = "INSERT INTO __diesel_schema_migrations (version) VALUES ('99991231000000')";

/// Starts a server that must refuse, and gives what it says.
async fn refusal(database: &TestDatabase) -> String {
    let (status, error) = Process::start_on(database.url()).ends().await;
    assert_eq!(status.code(), Some(1), "{error}");
    assert!(error.starts_with("axis-server: "), "{error}");
    error
}

#[tokio::test]
async fn a_database_that_is_behind_is_refused() {
    let behind = changed(
        "DROP TABLE posts; DELETE FROM __diesel_schema_migrations WHERE version = '20261122090100'",
    )
    .await;
    let error = refusal(&behind).await;
    assert!(error.contains("2026-11-22-090100_create_posts"), "{error}");
    assert!(!error.contains("create_users"), "{error}");
    assert!(error.contains("diesel migration run"), "{error}");
    let error = refusal(&TestDatabase::empty().await).await;
    assert!(
        error.contains("create_users") && error.contains("create_posts"),
        "{error}"
    );
}

#[tokio::test]
async fn a_database_that_is_ahead_by_what_may_be_left_out_is_served() {
    let ahead = changed(&format!(
        "ALTER TABLE users ADD COLUMN nickname text;
         ALTER TABLE posts ADD COLUMN reads bigint NOT NULL DEFAULT 0;
         CREATE TABLE badges (id uuid PRIMARY KEY); {NEWER}"
    ))
    .await;
    let mut server = Process::start_on(ahead.url());
    let warning = server.logs("ahead").await;
    assert_eq!(warning["level"], "WARN");
    assert_eq!(warning["migrations"], "99991231000000");
    let columns = warning["columns"].as_str().expect("columns");
    assert!(columns.contains("public.users.nickname"), "{columns}");
    assert!(columns.contains("public.posts.reads"), "{columns}");
    let client = Client::new(server.listens().await);
    new_user(&client, "ada@example.org").await;
    let ready = client.get("/readyz").await.expect(200);
    assert_eq!(ready, json!({"status": "ready", "schemaAhead": true}));
    let metrics = client.get("/metrics").await.text;
    assert!(metrics.contains("\naxis_schema_ahead 1\n"), "{metrics}");
    assert!(metrics.contains("\naxis_ready 1\n"), "{metrics}");
    server.signal(Signal::SIGTERM);
    assert_eq!(server.ends().await.0.code(), Some(0));
}

#[tokio::test]
async fn a_database_that_is_ahead_by_too_much_is_refused_by_name() {
    for (change, object) in [
        (
            "ALTER TABLE users DROP COLUMN name",
            "public.users.name is missing",
        ),
        (
            "ALTER TABLE users RENAME TO people",
            "public.users is missing",
        ),
        (
            "ALTER TABLE posts ALTER COLUMN title TYPE text",
            "public.posts.title is text",
        ),
        (
            "ALTER TABLE posts ALTER COLUMN content DROP NOT NULL",
            "public.posts.content can be NULL",
        ),
        (
            "ALTER TABLE users ADD COLUMN phone text NOT NULL",
            "public.users.phone is unknown to this build, NOT NULL and without a default",
        ),
    ] {
        for migration in [NEWER, ""] {
            let database = changed(&format!("{change}; {migration}")).await;
            let error = refusal(&database).await;
            assert!(error.contains(object), "{error}");
        }
    }
}

#[tokio::test]
async fn other_rules_are_told_and_served() {
    for (change, tables) in [
        (
            "ALTER TABLE users ADD CONSTRAINT by_hand CHECK (length(name) < 200)",
            "public.users",
        ),
        ("DROP INDEX posts_slug_live_key", "public.posts"),
        (
            "ALTER TABLE posts DISABLE TRIGGER posts_set_updated_at",
            "public.posts",
        ),
        (
            "ALTER TABLE users ALTER created_at DROP DEFAULT",
            "public.users",
        ),
    ] {
        let database = changed(change).await;
        let mut server = Process::start_on(database.url());
        let warning = server.logs("the rules of these tables").await;
        assert_eq!(
            (&warning["level"], &warning["tables"]),
            (&json!("WARN"), &json!(tables)),
            "{change}"
        );
        let client = Client::new(server.listens().await);
        let ready = client.get("/readyz").await.expect(200);
        assert_eq!(ready, json!({"status": "ready", "schemaAhead": false}));
        let metrics = client.get("/metrics").await.text;
        assert!(
            metrics.contains("\naxis_schema_tables_of_other_rules 1\n"),
            "{metrics}"
        );
    }
}

/// The twin: what is no rule is no news.
#[tokio::test]
async fn what_is_no_rule_is_not_told() {
    let database = changed(
        "COMMENT ON TABLE users IS 'x'; CREATE INDEX by_hand ON users (name);
         ALTER TABLE users ADD passing int; ALTER TABLE users DROP passing; CREATE TABLE badges (id uuid PRIMARY KEY)",
    )
    .await;
    let mut server = Process::start_on(database.url());
    let ready = server.logs("ready").await;
    assert_eq!(ready["level"], "INFO", "{ready}");
    let client = Client::new(server.listens().await);
    let metrics = client.get("/metrics").await.text;
    assert!(
        metrics.contains("\naxis_schema_tables_of_other_rules 0\n"),
        "{metrics}"
    );
}

/// Stands between a server and its database, so that the database can be away.
struct Door {
    address: SocketAddr,
    database: String,
    open: Option<JoinHandle<()>>,
}

impl Door {
    /// A door that is closed: connections are refused.
    async fn closed(database: &TestDatabase) -> Self {
        let address = TcpListener::bind("127.0.0.1:0").await.expect("an address");
        let url = Url::parse(database.url()).expect("a URL");
        Self {
            address: address.local_addr().expect("an address"),
            database: format!(
                "{}:{}",
                url.host_str().expect("a host"),
                url.port().unwrap_or(5432)
            ),
            open: None,
        }
    }

    async fn open(&mut self) {
        let listener = TcpListener::bind(self.address)
            .await
            .expect("the address is free");
        let database = self.database.clone();
        self.open = Some(tokio::spawn(async move {
            let mut connections = tokio::task::JoinSet::new();
            while let Ok((mut client, _)) = listener.accept().await {
                let mut server = TcpStream::connect(&database).await.expect("the database");
                connections
                    .spawn(async move { copy_bidirectional(&mut client, &mut server).await });
            }
        }));
    }

    /// Closes the door: connections break.
    async fn close(&mut self) {
        if let Some(open) = self.open.take() {
            open.abort();
            let _ = open.await;
        }
    }

    fn url(&self, database: &TestDatabase) -> String {
        let mut url = Url::parse(database.url()).expect("a URL");
        url.set_port(Some(self.address.port())).expect("a port");
        url.into()
    }
}

async fn readiness(client: &Client) -> u16 {
    client.get("/readyz").await.status
}

#[tokio::test]
async fn a_database_that_is_away_is_waited_for() {
    let database = TestDatabase::migrated().await;
    let mut door = Door::closed(&database).await;
    let mut server = Process::start_on(&door.url(&database));
    let warning = server.logs("does not answer").await;
    assert_eq!(warning["level"], "WARN");
    let client = Client::new(server.listens().await);
    client.get("/healthz").await.expect(200);
    let problem = client.get("/readyz").await.expect(503);
    assert_eq!(
        problem["detail"],
        "Not ready: the database does not answer."
    );
    client.get("/api/users").await.expect(503);
    let metrics = client.get("/metrics").await.text;
    assert!(metrics.contains("\naxis_ready 0\n"), "{metrics}");
    door.open().await;
    // By itself: nobody asks while it waits.
    server.logs("ready").await;
    assert_eq!(readiness(&client).await, 200);
    new_user(&client, "ada@example.org").await;
    // And once more while it runs.
    door.close().await;
    until("it is unready", async || readiness(&client).await == 503).await;
    client.get("/api/users").await.expect(503);
    door.open().await;
    until("it is ready again", async || {
        readiness(&client).await == 200
    })
    .await;
    client.get("/api/users").await.expect(200);
}

#[tokio::test]
async fn pools_that_cannot_fit_are_told_at_boot_or_when_the_database_is_there() {
    if leave_out_on(
        &[Route::PgBouncer],
        "max_connections is the pooler's to share out here",
    ) {
        return;
    }
    let database = TestDatabase::migrated().await;
    let mut door = Door::closed(&database).await;
    for is_away in [false, true] {
        let url = match is_away {
            false => database.url().to_owned(),
            true => door.url(&database),
        };
        let mut server = Process::start(&[
            ("DATABASE_URL", &url),
            ("DATABASE_INSTANCES", "1000"),
            ("AXIS_HTTP_ADDR", "127.0.0.1:0"),
        ]);
        if is_away {
            server.logs("does not answer").await;
            door.open().await;
        }
        let warning = server.logs("exceed what the server has").await;
        assert_eq!(warning["level"], "WARN");
        assert_eq!(
            (&warning["instances"], &warning["pool_max"]),
            (&json!(1000), &json!(20))
        );
    }
}

#[tokio::test]
async fn a_database_that_stays_away_warns_once() {
    let database = TestDatabase::migrated().await;
    let mut door = Door::closed(&database).await;
    let mut server = Process::start(&[
        ("DATABASE_URL", &door.url(&database)),
        ("AXIS_HTTP_ADDR", "127.0.0.1:0"),
        ("DATABASE_CONNECT_TIMEOUT", "1s"),
        ("RUST_LOG", "info,axis_adapters=debug"),
    ]);
    let failure = "could not connect";
    assert_eq!(server.logs(failure).await["level"], "WARN");
    let client = Client::new(server.listens().await);
    for _ in 0..5 {
        assert_eq!(server.logs(failure).await["level"], "DEBUG");
    }
    door.open().await;
    server.logs("connected").await;
    // It was there in between, so this is news.
    until("it is ready", async || readiness(&client).await == 200).await;
    door.close().await;
    until("it is unready", async || readiness(&client).await == 503).await;
    assert_eq!(server.logs(failure).await["level"], "WARN");
    assert_eq!(server.logs(failure).await["level"], "DEBUG");
}

#[tokio::test]
async fn a_database_that_comes_back_behind_is_not_served_until_it_is_migrated() {
    let database =
        changed("DELETE FROM __diesel_schema_migrations WHERE version = '20261122090100'").await;
    let mut door = Door::closed(&database).await;
    let mut server = Process::start_on(&door.url(&database));
    let client = Client::new(server.listens().await);
    door.open().await;
    let error = server.logs("behind this build").await;
    assert_eq!(error["level"], "ERROR");
    let problem = client.get("/readyz").await.expect(503);
    let detail = problem["detail"].as_str().expect("a detail");
    assert!(
        detail.contains("2026-11-22-090100_create_posts"),
        "{detail}"
    );
    let connected = connect(&database, &[]).0;
    let mut connection = connected.primary().await.expect("a connection");
    let sql = "INSERT INTO __diesel_schema_migrations (version) VALUES ('20261122090100')";
    execute(&mut connection, sql).await;
    server.logs("ready").await;
    until("it is ready", async || readiness(&client).await == 200).await;
}

#[tokio::test]
async fn a_role_that_may_not_read_the_migrations_is_told_apart() {
    if leave_out_on(
        &[Route::PgBouncer],
        "it logs in as another role, and the pooler knows one",
    ) {
        return;
    }
    let database = TestDatabase::migrated().await;
    let connected = connect(&database, &[]).0;
    let mut connection = connected.primary().await.expect("a connection");
    let role = format!("reader_{}", uuid::Uuid::new_v4().simple());
    execute(
        &mut connection,
        &format!("CREATE ROLE {role} LOGIN PASSWORD 'secret'"),
    )
    .await;
    let mut url = Url::parse(database.url()).expect("a URL");
    url.set_username(&role).expect("a user");
    url.set_password(Some("secret")).expect("a password");
    let mut server = Process::start_on(url.as_str());
    let warning = server.logs("cannot be read").await;
    assert!(
        warning["error"]
            .as_str()
            .is_some_and(|error| error.contains("42501")),
        "{warning}"
    );
    let client = Client::new(server.listens().await);
    let problem = client.get("/readyz").await.expect(503);
    assert_eq!(
        problem["detail"],
        "Not ready: the schema of the database cannot be read."
    );
    execute(
        &mut connection,
        &format!("GRANT SELECT ON __diesel_schema_migrations TO {role}"),
    )
    .await;
    until("it is ready", async || readiness(&client).await == 200).await;
    drop(server);
    execute(
        &mut connection,
        &format!("DROP OWNED BY {role}; DROP ROLE {role}"),
    )
    .await;
}
