//! A database of somebody else's: only its catalogs are read.

use axis_testkit::TestDatabase;
use tokio_postgres::{Client, NoTls};
use url::Url;

use super::command::{assert_refused, prove};

const SCHEMA: &str = "
CREATE TYPE mood AS ENUM ('good', 'bad');
CREATE TABLE people (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name varchar(5) NOT NULL, mood mood);
CREATE VIEW glad AS SELECT id, name FROM people WHERE mood = 'good';
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'written'; END $$;
INSERT INTO people (name, mood) SELECT 'a' || g, 'good' FROM generate_series(1, 10) g;
CREATE TRIGGER refuse BEFORE INSERT OR UPDATE OR DELETE ON people FOR EACH ROW EXECUTE FUNCTION refuse();
";

/// Everything that a run could leave behind: the catalogs with the transactions that wrote them, and the rows that were read
/// and written.
const STATE: &str = "
SELECT md5(string_agg(line, E'\\n' ORDER BY line)), count(*) FROM (
    SELECT format('%s %s %s %s', 'class', oid, xmin, relname) AS line FROM pg_class
    UNION ALL SELECT format('%s %s %s %s', 'attribute', attrelid, xmin, attname) FROM pg_attribute
    UNION ALL SELECT format('%s %s %s', 'type', oid, xmin) FROM pg_type
    UNION ALL SELECT format('%s %s %s', 'function', oid, xmin) FROM pg_proc
    UNION ALL SELECT format('%s %s %s', 'constraint', oid, xmin) FROM pg_constraint
    UNION ALL SELECT format('%s %s %s %s', 'setting', setdatabase, setrole, setconfig) FROM pg_db_role_setting
) catalogs";

const READ: &str = "
SELECT coalesce(seq_scan, 0) + coalesce(idx_scan, 0) + n_tup_ins + n_tup_upd + n_tup_del
  FROM pg_stat_user_tables WHERE relname = 'people'";

async fn client(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

async fn state(client: &Client) -> (String, i64) {
    let row = client.query_one(STATE, &[]).await.unwrap();
    (row.get(0), row.get(1))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_given_database_is_only_read() {
    let database = TestDatabase::empty().await;
    let admin = client(database.url()).await;
    admin.batch_execute(SCHEMA).await.unwrap();
    // Statistics of this session are told before they are read.
    admin
        .batch_execute("SELECT pg_stat_force_next_flush()")
        .await
        .unwrap();
    let role = format!("axis_prove_reader_{}", std::process::id());
    admin
        .batch_execute(&format!(
            "CREATE ROLE {role} LOGIN PASSWORD 'p+a%s' IN ROLE pg_read_all_data; \
             ALTER ROLE {role} SET default_transaction_read_only = on"
        ))
        .await
        .unwrap();
    let (before, count) = state(&admin).await;
    assert!(count > 1_000, "{count}");
    let read_before: i64 = admin.query_one(READ, &[]).await.unwrap().get(0);

    let mut url = Url::parse(database.url()).unwrap();
    url.set_username(&role).unwrap();
    url.set_password(Some("p%2Ba%25s")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["--database-url", url.as_str(), "--rows", "50"];
    let outcome = tokio::task::block_in_place(|| prove(folder.path(), &arguments));
    assert_eq!(
        outcome.code,
        Some(0),
        "{}{}",
        outcome.stdout,
        outcome.stderr
    );
    assert!(
        outcome.stdout.contains("the given database"),
        "{}",
        outcome.stdout
    );
    assert!(
        outcome.stdout.contains("2 tables, 5 columns: 5 exact"),
        "{}",
        outcome.stdout
    );
    for said in [&outcome.stdout, &outcome.stderr] {
        assert!(
            !said.contains("p+a%s") && !said.contains("p%2Ba%25s"),
            "{said}"
        );
    }

    assert_eq!(state(&admin).await.0, before);
    let read_after: i64 = admin.query_one(READ, &[]).await.unwrap().get(0);
    assert_eq!(read_after, read_before, "rows were read or written");
    // The twin: what would be seen of a change.
    admin
        .batch_execute(
            "COMMENT ON TABLE people IS 'Changed.'; ALTER TABLE people ADD COLUMN more int",
        )
        .await
        .unwrap();
    assert_ne!(state(&admin).await.0, before);

    // Who may not read it is told what is needed.
    admin
        .batch_execute(&format!("REVOKE pg_read_all_data FROM {role}"))
        .await
        .unwrap();
    let outcome = tokio::task::block_in_place(|| prove(folder.path(), &arguments));
    assert_refused(&outcome, 2, &["permission denied", "pg_read_all_data"]);
    admin
        .batch_execute(&format!("DROP ROLE {role}"))
        .await
        .unwrap();
}

#[test]
fn a_database_that_cannot_be_reached_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let unreachable = "postgres://somebody:secret@127.0.0.1:1/nowhere";
    let outcome = prove(folder.path(), &["--database-url", unreachable]);
    assert_refused(
        &outcome,
        2,
        &["cannot be read by pg_dump", "127.0.0.1", "refused"],
    );
    assert!(!outcome.stderr.contains("secret"), "{}", outcome.stderr);
    for wrong in ["nowhere", "mysql://127.0.0.1/a", ""] {
        let outcome = prove(folder.path(), &["--database-url", wrong]);
        assert_refused(
            &outcome,
            2,
            &["is no URL of a PostgreSQL database", "postgres://"],
        );
    }
}

#[test]
fn what_never_answers_is_given_up() {
    let folder = tempfile::tempdir().unwrap();
    // Accepts by the kernel's backlog, and never says a word.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let url = format!("postgres://somebody@127.0.0.1:{port}/nowhere");
    let began = std::time::Instant::now();
    let outcome = prove(folder.path(), &["--database-url", &url]);
    assert_refused(&outcome, 2, &["cannot be read by pg_dump", "timeout"]);
    assert!(
        began.elapsed().as_secs() < 60,
        "only after {:?}",
        began.elapsed()
    );
}
