//! A server that is there: what is made on it is dropped, leftovers of killed runs are swept, all
//! else is left alone.

use std::time::{Duration, Instant};

use crate::support::{GONE, Holder, TestProject, migrations};
use axis_local_postgres::{Cluster, Error, GivenServer};
use tokio_postgres::{Client, NoTls};

/// A server with a role that may make databases and nothing else, and with databases of others.
struct Server {
    _cluster: Cluster,
    _project: TestProject,
    /// How the role reaches the server.
    url: String,
    superuser: Client,
}

/// Names that resemble ours but are not, with their owners.
const OTHERS: &[(&str, &str)] = &[
    ("app", "tester"),
    ("axis_test_notes", "tester"),
    ("axis_test_1700000000_0123abcd_0123456789abc", "tester"),
    ("xaxis_test_1700000000_0123abcd_0123456789ab", "tester"),
    ("axis_template_mine", "tester"),
    // Of another role, whose leftovers are that role's.
    ("axis_test_1700000000_0123abcd_0123456789ab", "postgres"),
    ("axis_template_0123456789abcdef0123456789abcdef", "postgres"),
];

impl Server {
    async fn new() -> Self {
        let project = TestProject::new();
        let cluster = Cluster::ephemeral(&project.project()).unwrap();
        let superuser = connect(&cluster.server().url("postgres")).await;
        superuser
            .batch_execute("CREATE ROLE tester LOGIN CREATEDB PASSWORD 'x'")
            .await
            .unwrap();
        for (name, owner) in OTHERS {
            let create = format!("CREATE DATABASE \"{name}\" OWNER {owner} TEMPLATE template0");
            superuser.batch_execute(&create).await.unwrap();
        }
        let mut url = url::Url::parse(&cluster.server().url("postgres")).unwrap();
        url.set_username("tester").unwrap();
        url.set_password(Some("x")).unwrap();
        Self {
            url: url.into(),
            superuser,
            _cluster: cluster,
            _project: project,
        }
    }

    /// All databases but those that were there before.
    async fn ours(&self) -> Vec<String> {
        let rows = self
            .superuser
            .query("SELECT datname::text FROM pg_database", &[])
            .await;
        let all: Vec<String> = rows.unwrap().iter().map(|row| row.get(0)).collect();
        for (other, _) in OTHERS {
            assert!(all.iter().any(|name| name == other), "{other} was touched");
        }
        let before = ["postgres", "template0", "template1"];
        all.into_iter()
            .filter(|name| !before.contains(&&**name))
            .filter(|name| !OTHERS.iter().any(|(other, _)| other == name))
            .collect()
    }
}

async fn connect(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

#[tokio::test]
async fn what_is_made_is_dropped_and_a_template_only_by_its_last_user() {
    let server = Server::new().await;
    let one = GivenServer::open("TEST", &server.url).unwrap();
    let two = GivenServer::open("TEST", &server.url).unwrap();
    let template = one.template(&migrations()).unwrap();
    assert_eq!(two.template(&migrations()).unwrap().name(), template.name());
    let database = one.server().temporary_database_from(&template).unwrap();
    let other = two.server().temporary_database().unwrap();
    assert_eq!(server.ours().await.len(), 3);
    assert!(database.url().starts_with("postgres://tester:x@127.0.0.1:"));

    drop(database);
    drop(one);
    let mut left = server.ours().await;
    left.sort();
    assert_eq!(left, [template.name(), other.name()]);
    let third = two.server().temporary_database_from(&template).unwrap();
    drop(third);
    drop(other);
    drop(two);
    assert_eq!(server.ours().await, [""; 0]);
}

#[tokio::test]
async fn what_a_killed_run_left_is_swept_and_what_a_living_run_has_is_not() {
    let server = Server::new().await;
    let living = GivenServer::open("TEST", &server.url).unwrap();
    let database = living.server().temporary_database().unwrap();
    let holder = Holder::start("given", &server.url);
    let template = holder.holds.clone();
    assert_eq!(
        server.ours().await.len(),
        4,
        "one, and the holder's two and its template"
    );
    holder.kill();
    let left = server.ours().await;
    assert_eq!(left.len(), 4, "{left:?}");
    assert!(left.contains(&template));
    // The server notices that the killed process's sessions are gone: only the living run's lock is
    // left.
    let locks = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'";
    let start = Instant::now();
    while server
        .superuser
        .query_one(locks, &[])
        .await
        .unwrap()
        .get::<_, i64>(0)
        != 1
    {
        assert!(
            start.elapsed() < GONE,
            "the killed run still holds its locks"
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let next = GivenServer::open("TEST", &server.url).unwrap();
    assert_eq!(server.ours().await, [database.name()]);
    drop(next);
    drop(database);
    drop(living);
    assert_eq!(server.ours().await, [""; 0]);
}

#[tokio::test]
async fn a_server_that_cannot_be_used_is_named_without_its_password() {
    let free = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let url = format!("postgres://u:secret@127.0.0.1:{free}/db");
    let error = GivenServer::open("AXIS_TEST_DATABASE_URL", &url).unwrap_err();
    assert!(matches!(error, Error::Server { .. }));
    let text = format!("{error:?} {error}");
    assert!(!text.contains("secret"), "{text}");
}
