//! `axis check drift` from end to end: exit codes, what is printed, and what the role must be allowed.
#![expect(clippy::unwrap_used, reason = "a test stops at its first surprise")]

use std::path::Path;
use std::process::Command;

use axis_testkit::TestDatabase;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio_postgres::{Client, NoTls};
use url::Url;

const AXIS_TOML: &str = r#"
[target]
postgres = 14

[migrations]
directory = "migrations"

[generate]
diesel = "diesel.toml"
schema_module = "crate::schema"
contracts = "src/generated"
"#;

const MIGRATIONS: [(&str, &str); 2] = [
    (
        "2026-01-01-000000_teams",
        "CREATE DOMAIN label AS varchar(9) CONSTRAINT label_given CHECK (VALUE <> '');
         CREATE TABLE teams (id int PRIMARY KEY, label label NOT NULL,
             size int CONSTRAINT size_some CHECK (size > 0));",
    ),
    (
        "2026-01-02-000000_members",
        "CREATE TABLE members (id int PRIMARY KEY, team int NOT NULL REFERENCES teams);
         ALTER TABLE teams ADD motto text;",
    ),
];

/// A project, and a database with its first migrations.
struct Fixture {
    folder: TempDir,
    database: TestDatabase,
    client: Client,
}

struct Outcome {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

impl Fixture {
    async fn migrated() -> Self {
        Self::with_migrations(MIGRATIONS.len()).await
    }

    async fn with_migrations(count: usize) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("axis.toml"), AXIS_TOML).unwrap();
        let migrations = folder.path().join("migrations");
        let add = |(name, up): &(&str, &str)| {
            std::fs::create_dir_all(migrations.join(name)).unwrap();
            std::fs::write(migrations.join(name).join("up.sql"), up).unwrap();
            std::fs::write(migrations.join(name).join("down.sql"), "").unwrap();
        };
        MIGRATIONS[..count].iter().for_each(add);
        let database = TestDatabase::empty().await;
        let url = database.direct_url().to_owned();
        tokio::task::block_in_place(|| axis_local_postgres::migrate(&url, &migrations)).unwrap();
        MIGRATIONS.iter().for_each(add);
        let (client, connection) = tokio_postgres::connect(&url, NoTls).await.unwrap();
        tokio::spawn(connection);
        Self {
            folder,
            database,
            client,
        }
    }

    async fn sql(&self, sql: &str) {
        self.client.batch_execute(sql).await.unwrap();
    }

    fn check(&self, arguments: &[&str]) -> Outcome {
        self.check_url(self.database.direct_url(), arguments)
    }

    fn check_url(&self, url: &str, arguments: &[&str]) -> Outcome {
        check(
            self.folder.path(),
            &[&["--database-url", url], arguments].concat(),
        )
    }

    /// The URL with another user, password or database.
    fn url(&self, user: &str, password: &str, database: Option<&str>) -> String {
        let mut url = Url::parse(self.database.direct_url()).unwrap();
        url.set_username(user).unwrap();
        url.set_password(Some(password)).unwrap();
        if let Some(database) = database {
            url.set_path(database);
        }
        url.into()
    }
}

fn check(folder: &Path, arguments: &[&str]) -> Outcome {
    // The private server of this workspace, which the other tests use too.
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    let command = || {
        Command::new(env!("CARGO_BIN_EXE_axis"))
            .args(["check", "drift"])
            .args(arguments)
            .current_dir(folder)
            .env("CARGO_TARGET_DIR", target)
            .env_remove("DATABASE_URL")
            .output()
            .unwrap()
    };
    let output = tokio::task::block_in_place(command);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Outcome {
        code: output.status.code(),
        stdout: text(&output.stdout),
        stderr: text(&output.stderr),
    }
}

/// Fails unless it ended with this code and said each of these.
#[track_caller]
fn assert_said(outcome: &Outcome, code: i32, stdout: &[&str], stderr: &[&str]) {
    let whole = format!("{}{}", outcome.stdout, outcome.stderr);
    assert_eq!(outcome.code, Some(code), "{whole}");
    for (said, parts) in [(&outcome.stdout, stdout), (&outcome.stderr, stderr)] {
        assert_eq!(said.is_empty(), parts.is_empty(), "{whole}");
        for part in parts {
            assert!(said.contains(part), "{part:?} is not in {whole}");
        }
    }
}

/// All of 2 tables: themselves, their 6 columns, 2 keys, a foreign key, a CHECK, a domain and its CHECK.
const COMPARED: &str = "compared 14 objects of 2 tables: ";

#[tokio::test(flavor = "multi_thread")]
async fn an_equal_database_says_how_much_was_compared() {
    let fixture = Fixture::migrated().await;
    let equal = fixture.check(&[]);
    assert_said(&equal, 0, &[COMPARED, ": 0 difference(s)"], &[]);
    assert_eq!(equal.stdout.lines().count(), 1, "{}", equal.stdout);
    let json: Value = serde_json::from_str(&fixture.check(&["--json"]).stdout).unwrap();
    assert_eq!(
        json,
        json!({"differences": [], "notes": [], "tables": 2, "objects": 14})
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_changed_by_hand_is_named_as_text_and_as_json() {
    for (change, line, kind, name, expected, found) in [
        (
            "ALTER TABLE teams ADD CONSTRAINT by_hand CHECK (size < 99)",
            "public.teams: constraint by_hand is in no migration: CHECK ((size < 99))",
            "constraint",
            "by_hand",
            json!(null),
            json!("CHECK ((size < 99))"),
        ),
        (
            "ALTER TABLE teams DROP CONSTRAINT size_some",
            "public.teams: constraint size_some is missing: CHECK ((size > 0))",
            "constraint",
            "size_some",
            json!("CHECK ((size > 0))"),
            json!(null),
        ),
        (
            "ALTER DOMAIN label DROP CONSTRAINT label_given; \
             ALTER DOMAIN label ADD CONSTRAINT label_given CHECK (length(VALUE) > 1)",
            "public.teams: domain constraint public.label.label_given differs",
            "domain constraint",
            "public.label.label_given",
            json!("CHECK (((VALUE)::text <> ''::text))"),
            json!("CHECK ((length((VALUE)::text) > 1))"),
        ),
    ] {
        let fixture = Fixture::migrated().await;
        fixture.sql(change).await;
        let advice = [
            "error: 1 difference(s)",
            "write a migration that says what shall be",
        ];
        let text = fixture.check(&[]);
        assert_said(&text, 1, &[line, ": 1 difference(s)"], &advice);
        let outcome = fixture.check(&["--json"]);
        assert_said(&outcome, 1, &["differences"], &advice);
        let json: Value = serde_json::from_str(&outcome.stdout).unwrap();
        let difference = json!({
            "table": "public.teams", "kind": kind, "name": name, "expected": expected, "found": found
        });
        assert_eq!(json["differences"], json!([difference]), "{change}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_of_other_migrations_says_where_to_check() {
    let behind = Fixture::with_migrations(1).await;
    let note = "note: the database lacks the migrations 20260102000000\n";
    let missing = "public.members: table is missing";
    let advice = ["the database is behind", "`diesel migration run`"];
    assert_said(&behind.check(&[]), 1, &[missing, note], &advice);

    let ahead = Fixture::migrated().await;
    ahead
        .sql(
            "ALTER TABLE teams ADD colour text; \
             INSERT INTO __diesel_schema_migrations (version) VALUES ('20270101000000')",
        )
        .await;
    let note = "note: the database has the unknown migrations 20270101000000\n";
    let advice = ["the database is ahead", "sources that hold its migrations"];
    assert_said(&ahead.check(&[]), 1, &["column colour", note], &advice);

    ahead
        .sql("DELETE FROM __diesel_schema_migrations WHERE version = '20260102000000'")
        .await;
    let note =
        "note: the database lacks the migrations 20260102000000 and has the unknown migrations";
    assert_said(&ahead.check(&[]), 1, &[note], &["from other sources"]);
    ahead.sql("DROP TABLE __diesel_schema_migrations").await;
    let note = "note: it cannot be read which migrations were applied";
    let advice = [
        "apply the migrations where that was not done",
        "`diesel migration run`",
    ];
    assert_said(&ahead.check(&[]), 1, &[note], &advice);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_that_may_read_no_table_is_enough() {
    let fixture = Fixture::migrated().await;
    let role = format!("axis_drift_reader_{}", std::process::id());
    fixture
        .sql(&format!(
            "CREATE ROLE {role} LOGIN PASSWORD 'secret'; ALTER ROLE {role} SET default_transaction_read_only = on; \
             REVOKE ALL ON SCHEMA public FROM PUBLIC"
        ))
        .await;
    let url = fixture.url(&role, "secret", None);
    let refused = tokio_postgres::connect(&url, NoTls).await.unwrap();
    tokio::spawn(refused.1);
    let rows = refused.0.query("SELECT * FROM public.teams", &[]).await;
    assert!(rows.is_err(), "the role can read a table");

    let note = "note: it cannot be read which migrations were applied";
    let equal = fixture.check_url(&url, &[]);
    assert_said(&equal, 0, &[note, COMPARED, ": 0 difference(s)"], &[]);
    fixture
        .sql("ALTER TABLE teams ADD CONSTRAINT by_hand CHECK (size < 99)")
        .await;
    let found = fixture.check_url(&url, &[]);
    let line = "public.teams: constraint by_hand is in no migration: CHECK ((size < 99))";
    assert_said(&found, 1, &[line, note], &["1 difference(s)"]);

    // One that may not even connect is told so, and its password is told to nobody.
    let database = fixture.database.direct_url().rsplit_once('/').unwrap().1;
    fixture
        .sql(&format!(
            "REVOKE CONNECT ON DATABASE \"{database}\" FROM PUBLIC"
        ))
        .await;
    let refused = fixture.check_url(&url, &[]);
    let advice = [
        "cannot tell whether the database differs",
        "GRANT CONNECT",
        "permission denied for database",
    ];
    assert_said(&refused, 2, &[], &advice);
    assert!(!refused.stderr.contains("secret"), "{}", refused.stderr);
    fixture.sql(&format!("DROP ROLE {role}")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_asked_is_neither_equal_nor_different() {
    let fixture = Fixture::migrated().await;
    let nowhere = "postgres://somebody:secret@127.0.0.1:1/nowhere";
    let user = Url::parse(fixture.database.direct_url()).unwrap();
    let wrong_password = fixture.url(user.username(), "secret", None);
    let wrong_database = fixture.url(
        user.username(),
        user.password().unwrap_or_default(),
        Some("no_such_database"),
    );
    for (url, parts) in [
        (nowhere, &["cannot be reached", "refused"][..]),
        (&wrong_password, &["password authentication failed"]),
        (&wrong_database, &["\"no_such_database\" does not exist"]),
        ("mysql://127.0.0.1/a", &["DATABASE_URL", "postgres://"]),
        ("", &["DATABASE_URL", "postgres://"]),
    ] {
        let outcome = fixture.check_url(url, &[]);
        let parts = [&["cannot tell whether the database differs"], parts].concat();
        assert_said(&outcome, 2, &[], &parts);
        assert!(!outcome.stderr.contains("secret"), "{}", outcome.stderr);
    }
    let none = check(fixture.folder.path(), &[]);
    assert_said(&none, 2, &[], &["--database-url"]);
    let elsewhere = tempfile::tempdir().unwrap();
    let outside = check(elsewhere.path(), &["--database-url", nowhere]);
    assert_said(&outside, 2, &[], &["axis.toml"]);
}
