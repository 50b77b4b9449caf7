//! `axis dev`, from its start to the last process that it leaves.
#![expect(clippy::unwrap_used, reason = "a test stops at its first surprise")]

mod fixture;

use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;
use std::time::{Duration, Instant};

use fixture::{Project, free_address, get};
use nix::sys::signal::Signal;

#[test]
fn it_starts_keeps_its_data_and_leaves_nothing() {
    let project = Project::new();
    let dev = project.start();
    let answer = get(dev.address, "/");
    let url = project.read(".axis/database-url");
    assert!(
        answer.contains(url.trim()),
        "another database than ours:\n{answer}"
    );
    assert!(
        answer.ends_with("None\n"),
        "a variable of another database:\n{answer}"
    );
    let mode = std::fs::metadata(project.path().join(".axis/database-url")).unwrap();
    assert_eq!(
        mode.permissions().mode() & 0o777,
        0o600,
        "others read the password"
    );
    let said = project.said();
    assert!(
        said.contains(&format!("curl http://{}/anything", dev.address)),
        "{said}"
    );
    let password = url.split([':', '@']).nth(2).unwrap();
    assert!(password.len() >= 16 && !said.contains(password), "{said}");
    assert_eq!(project.query("SELECT count(*) FROM items"), 100);
    // PostgreSQL, its supervisor, the server.
    assert!(project.processes().len() >= 3, "{:?}", project.processes());

    let (status, text) = project.run(free_address(), &[]);
    assert_eq!(status.code(), Some(1), "{text}");
    assert!(
        text.contains("already runs for this project (process "),
        "{text}"
    );
    assert!(text.contains(&format!("http://{}", dev.address)), "{text}");

    assert_eq!(
        project.query(
            "WITH gone AS (DELETE FROM items WHERE id > 90 RETURNING 1) SELECT count(*) FROM gone"
        ),
        10
    );
    let since = dev.signal(Signal::SIGINT);
    let status = dev.ended(since);
    assert!(status.success(), "{status}:\n{}", project.said());
    project.wait_until_nothing_runs(since);

    let since = Instant::now();
    let dev = project.start();
    let took = since.elapsed();
    assert!(
        took < Duration::from_secs(10),
        "a second start took {took:?}:\n{}",
        project.said()
    );
    assert_eq!(project.query("SELECT count(*) FROM items"), 90);
    assert!(
        project.said().contains("no table is empty"),
        "{}",
        project.said()
    );

    // However it ends: then nobody can tell the server or PostgreSQL to stop.
    let since = dev.signal(Signal::SIGKILL);
    dev.ended(since);
    project.wait_until_nothing_runs(since);

    let dev = project.start();
    assert_eq!(project.query("SELECT count(*) FROM items"), 90);
    let since = dev.signal(Signal::SIGTERM);
    assert!(dev.ended(since).success());
    project.wait_until_nothing_runs(since);
}

#[test]
fn what_goes_wrong_is_said() {
    let project = Project::new();
    let free = free_address();
    let fails = |address, arguments: &[&str], words: &[&str]| {
        let (status, text) = project.run(address, arguments);
        assert_eq!(status.code(), Some(1), "{text}");
        assert!(!text.contains("tops3cret"), "{text}");
        for word in words {
            assert!(text.contains(word), "{word:?} is not in:\n{text}");
        }
        text
    };

    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = other.local_addr().unwrap();
    fails(
        taken,
        &[],
        &[
            &format!("{taken} is in use by another program"),
            "AXIS_HTTP_ADDR=",
        ],
    );

    fails(
        free,
        &[
            "--database-url",
            "postgres://me:tops3cret@db.example.com/shop",
        ],
        &["leads to db.example.com, which is not this machine"],
    );

    fails(
        free,
        &[
            "--database-url",
            &format!("postgres://me:tops3cret@{free}/shop"),
        ],
        &["cannot connect to the database of --database-url"],
    );

    let up = "migrations/2026-01-02-000000_broken/up.sql";
    project.write(up, "ALTER TABLE itmes ADD COLUMN price integer;");
    project.write("migrations/2026-01-02-000000_broken/down.sql", "");
    fails(
        free,
        &[],
        &["2026-01-02-000000_broken", "itmes", "mend the migration"],
    );
    project.write(up, "ALTER TABLE items ADD COLUMN price integer;");

    // Applied by this attempt, which fails after it; edited then.
    project.write("items.sql", "INSERT INTO items SELECT 1, NULL");
    fails(
        free,
        &[],
        &[
            "items.sql",
            "nothing was filled in",
            "violates not-null constraint",
        ],
    );
    project.write(up, "ALTER TABLE items ADD COLUMN price bigint;");
    fails(
        free,
        &[],
        &[
            "2026-01-02-000000_broken was edited after",
            ".axis/postgres",
        ],
    );
    project.write(up, "ALTER TABLE items ADD COLUMN price integer;");
    project.write("items.sql", "INSERT INTO items SELECT 1, 'one'");

    let main = project.read("src/main.rs");
    project.write("src/main.rs", "fn main() { let number: u8 = \"text\"; }");
    fails(
        free,
        &[],
        &[
            "mismatched types",
            "could not build shop (exit status: 101)",
        ],
    );

    project.write(
        "src/main.rs",
        "fn main() { eprintln!(\"shop refuses\"); std::process::exit(7) }",
    );
    fails(
        free,
        &[],
        &["shop refuses", "shop ended by itself (exit status: 7)"],
    );
    project.write("src/main.rs", &main);

    let since = Instant::now();
    project.wait_until_nothing_runs(since);
}

/// Cargo and what it runs are children, too.
#[test]
fn a_build_can_be_interrupted() {
    let project = Project::new();
    project.write(
        "build.rs",
        "fn main() { std::thread::sleep(std::time::Duration::from_secs(300)) }",
    );
    let builds = || {
        project
            .processes()
            .iter()
            .any(|line| line.ends_with("build-script-build"))
    };
    let dev = project.start_until(builds, &[]);
    let since = dev.signal(Signal::SIGTERM);
    let status = dev.ended(since);
    assert!(status.success(), "{status}:\n{}", project.said());
    project.wait_until_nothing_runs(since);
}

/// A database of the user's: migrated, filled, and nothing of it dropped.
#[test]
fn a_given_database_is_used_as_it_is() {
    let project = Project::new();
    let place = axis_local_postgres::Project::at(project.path()).unwrap();
    let cluster = axis_local_postgres::Cluster::ephemeral(&place).unwrap();
    let database = cluster.server().temporary_database().unwrap();
    let url = database.url();
    project.write(".axis/database-url", &url);
    project.query("WITH one AS (SELECT 1) SELECT count(*) FROM one");

    let dev = project.start_with(&["--database-url", &url]);
    assert!(get(dev.address, "/").contains(&url), "another database");
    assert!(
        !project.path().join(".axis/cluster").exists(),
        "a private cluster beside it"
    );
    assert_eq!(project.query("SELECT count(*) FROM items"), 100);
    let since = dev.signal(Signal::SIGINT);
    assert!(dev.ended(since).success());
    assert_eq!(project.query("SELECT count(*) FROM items"), 100);
}

/// The requests that it prints are pasted into a shell, and its sample data are those that the lists show.
#[test]
#[ignore = "builds axis-server with other features than the tests do; .ci/run runs it"]
fn this_repository_serves_what_it_prints() {
    let project = Project::of_this_repository();
    let dev = project.start();
    let said = project.said();
    let requests: Vec<_> = said
        .lines()
        .map(str::trim)
        .filter(|line| line.starts_with("curl "))
        .collect();
    let expected = ["{\"posts\":[{", "{\"id\":", "{\"users\":[{"];
    assert_eq!(requests.len(), expected.len(), "{said}");
    for (request, expected) in requests.iter().zip(expected) {
        let output = Command::new("sh").args(["-c", request]).output().unwrap();
        let answer = String::from_utf8_lossy(&output.stdout);
        assert!(answer.starts_with(expected), "{request}: {answer}");
    }
    for path in ["/openapi.json", "/metrics", "/readyz"] {
        assert!(said.contains(path), "{said}");
        let answer = get(dev.address, path);
        assert!(answer.starts_with("HTTP/1.1 200"), "{path}: {answer}");
    }
    // The lines from the server's own to the last one fit on a screen.
    let after_build = said
        .lines()
        .skip_while(|line| !line.contains("Finished"))
        .count();
    assert!(
        (10..=24).contains(&after_build),
        "{after_build} lines:\n{said}"
    );
    assert_eq!(project.query("SELECT count(*) FROM users"), 1001);
    assert_eq!(project.query("SELECT count(*) FROM posts"), 10_000);
    let since = dev.signal(Signal::SIGINT);
    assert!(dev.ended(since).success(), "{}", project.said());
    project.wait_until_nothing_runs(since);

    let since = Instant::now();
    let dev = project.start();
    let took = since.elapsed();
    assert!(
        took < Duration::from_secs(10),
        "a second start took {took:?}"
    );
    assert_eq!(project.query("SELECT count(*) FROM users"), 1001);
    let since = dev.signal(Signal::SIGINT);
    assert!(dev.ended(since).success(), "{}", project.said());
    project.wait_until_nothing_runs(since);
}
