//! The least that each role needs: deploy/roles.sql. Every server of these tests runs with the application's.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use axis_db::{Database, DbError};
use axis_testkit::TestDatabase;
use diesel_async::SimpleAsyncConnection;
use serde_json::json;
use url::Url;

use crate::support::{TestServer, connect};

/// What operators run.
const ROLES: &str = include_str!("../../../../deploy/roles.sql");

/// Users who log in, one for each role. Their server lives as long as the tests do.
const USERS: &str = "
DO $$
BEGIN
    CREATE ROLE axis_test_migrator LOGIN PASSWORD 'for tests' IN ROLE axis_migrator;
    ALTER ROLE axis_test_migrator SET role TO axis_migrator;
    CREATE ROLE axis_test_app LOGIN PASSWORD 'for tests' IN ROLE axis_app;
    CREATE ROLE axis_test_reader LOGIN PASSWORD 'for tests' IN ROLE axis_reader;
EXCEPTION WHEN duplicate_object THEN NULL;
END
$$";

/// URL of a user with the application's role, after deploy/roles.sql. None on a server of somebody else's, where tests make
/// no roles, and past a pooler or TLS, which know the usual user only.
pub(crate) async fn app_url(database: &TestDatabase) -> Option<String> {
    let is_ours = std::env::var_os("AXIS_TEST_DATABASE_URL").is_none();
    if !is_ours || database.url() != database.direct_url() {
        return None;
    }
    let owner = connect(database, &[]).0;
    let mut connection = owner.primary().await.expect("a connection");
    // Roles belong to all databases of the server, and other tests make them at the same time.
    let deadline = Instant::now() + Duration::from_secs(20);
    for sql in [ROLES, USERS] {
        while let Err(error) = run(&mut connection, sql).await {
            assert!(Instant::now() < deadline, "{error}");
            tokio::task::yield_now().await;
        }
    }
    Some(url_of(database, "axis_test_app"))
}

fn url_of(database: &TestDatabase, user: &str) -> String {
    let mut url = Url::parse(database.direct_url()).expect("a URL");
    url.set_username(user).expect("a user");
    url.set_password(Some("for tests")).expect("a password");
    url.to_string()
}

#[expect(
    clippy::disallowed_methods,
    reason = "roles are no rows; the texts are constants"
)]
async fn run(connection: &mut axis_db::Connection, sql: &str) -> Result<(), DbError> {
    Ok(connection.batch_execute(sql).await?)
}

/// A database with the roles, and a way in for one of their users.
struct Roles {
    database: TestDatabase,
}

impl Roles {
    async fn new() -> Option<Self> {
        let database = TestDatabase::migrated().await;
        let Some(_) = app_url(&database).await else {
            axis_testkit::skip(
                "the roles",
                "this server is somebody else's, or behind a pooler",
            );
            return None;
        };
        let owner = connect(&database, &[]).0;
        let more = "CREATE TABLE payslips (id int PRIMARY KEY); CREATE SEQUENCE numbers";
        run(&mut owner.primary().await.expect("a connection"), more)
            .await
            .expect("a table");
        Some(Self { database })
    }

    fn of(&self, user: &str) -> Database {
        connect(
            &self.database,
            &[("DATABASE_URL", &url_of(&self.database, user))],
        )
        .0
    }

    /// Whether the user may. Anything but a refusal for want of a right is a surprise.
    async fn may(&self, user: &str, sql: &str) -> bool {
        let database = self.of(user);
        let mut connection = database.primary().await.expect("a connection");
        match run(&mut connection, sql).await {
            Ok(()) => true,
            Err(error) => {
                let code = error.postgres().and_then(|error| error.sqlstate.clone());
                assert_eq!(code.as_deref(), Some("42501"), "{user}: {sql}: {error}");
                false
            }
        }
    }
}

const USER: &str = "INSERT INTO users (email, name) VALUES ('ada@example.org', 'Ada')";

#[tokio::test]
async fn the_server_runs_with_the_applications_role() {
    let server = TestServer::start().await;
    if app_url(&server.database).await.is_none() {
        return;
    }
    let request = json!({"email": "ada@example.org", "name": "Ada"});
    let created = server.client.post("/api/users", request).await;
    assert_eq!(created.status, 201);
    let database = server.database();
    let mut owner = database.primary().await.expect("a connection");
    let asked = "DO $$ BEGIN ASSERT (SELECT count(*) FROM pg_stat_activity \
                 WHERE usename = 'axis_test_app' AND datname = current_database()) > 0; END $$";
    run(&mut owner, asked)
        .await
        .expect("the server's connections are the application's");
}

#[tokio::test]
async fn the_application_reads_and_writes_its_rows_and_nothing_else() {
    let Some(roles) = Roles::new().await else {
        return;
    };
    let user = "axis_test_app";
    for allowed in [
        USER,
        "SELECT id FROM users",
        "UPDATE users SET name = 'Ada Lovelace'",
        "SELECT id FROM posts FOR UPDATE",
        "SELECT version FROM __diesel_schema_migrations",
    ] {
        assert!(roles.may(user, allowed).await, "{allowed}");
    }
    for refused in [
        "ALTER TABLE users ADD COLUMN hidden text",
        "DROP TABLE posts",
        "CREATE TABLE mine (id int)",
        "CREATE INDEX ON users (name)",
        "CREATE TEMPORARY TABLE mine (id int)",
        "CREATE SCHEMA mine",
        "ALTER TABLE users DISABLE TRIGGER ALL",
        "TRUNCATE users CASCADE",
        "DELETE FROM users",
        "SELECT id FROM payslips",
        "INSERT INTO payslips VALUES (1)",
        "SELECT nextval('numbers')",
        "DELETE FROM __diesel_schema_migrations",
        "UPDATE __diesel_schema_migrations SET version = '1'",
        "SET ROLE axis_migrator",
        "SELECT rolpassword FROM pg_authid",
        "COPY users TO PROGRAM 'cat'",
    ] {
        assert!(!roles.may(user, refused).await, "{refused}");
    }
}

#[tokio::test]
async fn the_reader_reads_and_the_migrator_changes() {
    let Some(roles) = Roles::new().await else {
        return;
    };
    assert!(roles.may("axis_test_reader", "SELECT id FROM posts").await);
    for refused in [
        USER,
        "UPDATE users SET name = 'x'",
        "SELECT id FROM payslips",
        "CREATE TABLE mine (id int)",
    ] {
        assert!(!roles.may("axis_test_reader", refused).await, "{refused}");
    }
    for allowed in [
        "ALTER TABLE users ADD COLUMN biography text; ALTER TABLE users DROP COLUMN biography",
        "CREATE TABLE tags (id int PRIMARY KEY)",
        "INSERT INTO __diesel_schema_migrations (version) VALUES ('20990101000000')",
    ] {
        assert!(roles.may("axis_test_migrator", allowed).await, "{allowed}");
    }
    // What the migrator makes is its role's, so that the next of its users can change it, and nobody else's.
    assert!(!roles.may("axis_test_app", "SELECT id FROM tags").await);
    assert!(!roles.may("axis_test_migrator", "CREATE ROLE other").await);
}

/// Both ways: a table that the roles do not know, and one that is known and not there.
#[test]
fn the_roles_know_every_table() {
    let granted: BTreeSet<&str> = (ROLES.lines())
        .filter(|line| line.starts_with("GRANT ") && line.ends_with(" TO axis_app;"))
        .filter_map(|line| line.split(" ON TABLE ").nth(1)?.split(' ').next())
        .collect();
    let mut tables: BTreeSet<&str> = (axis_db_contract::TABLES.iter())
        .map(|table| table.name)
        .collect();
    assert!(tables.len() >= 2, "{tables:?}");
    tables.insert("__diesel_schema_migrations");
    assert_eq!(
        granted, tables,
        "deploy/roles.sql grants to axis_app on the left, the tables are on the right"
    );
}
