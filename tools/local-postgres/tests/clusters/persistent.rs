//! The persistent cluster: its data and its password stay, its processes do not.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use crate::support::{
    GONE, Holder, Process, TestProject, process_with, processes_of, signal, until,
};
use axis_local_postgres::{Cluster, Error};
use nix::sys::signal::Signal;
use tokio_postgres::{Client, NoTls};

async fn connect(url: &str) -> Result<Client, tokio_postgres::Error> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    tokio::spawn(connection);
    Ok(client)
}

fn value(record: &str, key: &str) -> String {
    record
        .lines()
        .find_map(|line| line.strip_prefix(key)?.strip_prefix(" = "))
        .unwrap_or_else(|| panic!("no {key} in the record"))
        .to_owned()
}

fn wait_until_stopped(processes: &[Process]) {
    assert!(
        processes.len() >= 6,
        "a running cluster has more processes than {processes:#?}"
    );
    until("its processes are gone", GONE, || {
        !processes.iter().any(Process::is_alive)
    });
}

#[tokio::test]
async fn data_password_and_port_stay_and_nobody_gets_in_without_the_password() {
    let project = TestProject::empty(0o755);
    let cluster = Cluster::persistent(&project.project()).unwrap();
    assert!(cluster.server().ensure_database("app").unwrap(), "made");
    assert!(
        !cluster.server().ensure_database("app").unwrap(),
        "is there"
    );
    let url = cluster.server().url("app");
    let client = connect(&url).await.unwrap();
    client
        .batch_execute("CREATE TABLE kept AS SELECT 42 AS answer")
        .await
        .unwrap();
    let fsync: String = client.query_one("SHOW fsync", &[]).await.unwrap().get(0);
    assert_eq!(fsync, "on");

    let path = project.path().join(".axis/cluster");
    assert_eq!(
        fs::metadata(&path).unwrap().permissions().mode() & 0o777,
        0o600
    );
    let record = fs::read_to_string(&path).unwrap();
    let (password, port) = (value(&record, "password"), value(&record, "port"));
    assert_eq!(PathBuf::from(value(&record, "folder")), cluster.folder());
    assert!(password.len() >= 32 && url.contains(&password));

    let socket = value(&record, "socket").replace('/', "%2F");
    for host in ["127.0.0.1", socket.as_str()] {
        let at = |password: &str| format!("postgres://postgres:{password}@{host}:{port}/app");
        connect(&at(&password)).await.unwrap();
        let refused = connect(&at("wrong")).await.unwrap_err();
        assert_eq!(refused.code().unwrap().code(), "28P01", "by {host}");
    }

    let processes = processes_of(cluster.folder());
    drop(client);
    drop(cluster);
    wait_until_stopped(&processes);

    let again = Cluster::persistent(&project.project()).unwrap();
    assert_eq!(again.server().url("app"), url, "password and port");
    let client = connect(&url).await.unwrap();
    let kept: i32 = client
        .query_one("SELECT answer FROM kept", &[])
        .await
        .unwrap()
        .get(0);
    assert_eq!(kept, 42);
    let processes = processes_of(again.folder());
    drop(again);
    wait_until_stopped(&processes);

    // Where another program has taken the port meanwhile, another one does.
    let taken = std::net::TcpListener::bind(format!("127.0.0.1:{port}")).unwrap();
    let elsewhere = Cluster::persistent(&project.project()).unwrap();
    let moved = elsewhere.server().url("app");
    assert!(
        moved.contains(&password) && !moved.contains(&format!(":{port}/")),
        "{port}"
    );
    let kept = connect(&moved)
        .await
        .unwrap()
        .query_one("SELECT answer FROM kept", &[])
        .await;
    assert_eq!(kept.unwrap().get::<_, i32>(0), 42);
    drop(taken);
    let processes = processes_of(elsewhere.folder());
    drop(elsewhere);
    wait_until_stopped(&processes);
}

#[test]
fn kill_9_of_its_user_stops_it_and_kill_9_of_its_supervisor_is_repaired() {
    let project = TestProject::empty(0o755);
    let path = project.path();
    let holder = Holder::start("persistent", path.to_str().unwrap());
    let folder = holder.folder();
    let processes = processes_of(&folder);
    holder.kill();
    wait_until_stopped(&processes);
    assert!(folder.join("data/PG_VERSION").exists(), "the data stay");

    let holder = Holder::start("persistent", path.to_str().unwrap());
    assert_eq!(holder.folder(), folder);
    let processes = processes_of(&folder);
    signal(
        Signal::SIGKILL,
        process_with(&folder, &["supervisor.sh"]).id,
    );
    holder.kill();
    assert!(process_with(&folder, &["postgres -D"]).is_alive());

    let cluster = Cluster::persistent(&project.project()).unwrap();
    assert_eq!(cluster.folder(), folder);
    assert!(!cluster.server().ensure_database("postgres").unwrap());
    wait_until_stopped(&processes);
    let processes = processes_of(&folder);
    drop(cluster);
    wait_until_stopped(&processes);
}

#[tokio::test]
async fn a_copied_project_has_data_of_its_own_and_a_lost_record_is_replaced() {
    let project = TestProject::empty(0o755);
    let cluster = Cluster::persistent(&project.project()).unwrap();
    assert!(cluster.server().ensure_database("kept").unwrap());
    let url = cluster.server().url("kept");
    let processes = processes_of(cluster.folder());

    // While it runs, with the PID file of a living server.
    let copy = TestProject::empty(0o755);
    let checkpoint = connect(&url).await.unwrap();
    checkpoint.batch_execute("CHECKPOINT").await.unwrap();
    let copied = std::process::Command::new("cp")
        .arg("-RPp")
        .args([project.path().join(".axis"), copy.path()])
        .status();
    assert!(copied.unwrap().success());
    assert!(
        copy.path()
            .join(".axis/postgres/data/postmaster.pid")
            .exists()
    );
    drop(cluster);
    wait_until_stopped(&processes);
    let first = Cluster::persistent(&project.project()).unwrap();
    let second = Cluster::persistent(&copy.project()).unwrap();
    assert_eq!(first.server().url("kept"), url);
    assert!(
        second.folder().starts_with(copy.path()),
        "{}",
        second.folder().display()
    );
    assert!(!second.server().ensure_database("kept").unwrap());
    connect(&url)
        .await
        .unwrap()
        .batch_execute("CREATE TABLE first ()")
        .await
        .unwrap();
    let in_second = connect(&second.server().url("kept")).await.unwrap();
    assert!(in_second.batch_execute("SELECT FROM first").await.is_err());

    let mut processes = processes_of(first.folder());
    processes.extend(processes_of(second.folder()));
    drop((first, second));
    wait_until_stopped(&processes);

    fs::remove_file(project.path().join(".axis/cluster")).unwrap();
    let again = Cluster::persistent(&project.project()).unwrap();
    let client = connect(&again.server().url("kept")).await.unwrap();
    client.batch_execute("SELECT FROM first").await.unwrap();
    assert_ne!(again.server().url("kept"), url, "another password");
    let processes = processes_of(again.folder());
    drop(again);
    wait_until_stopped(&processes);
}

/// A second start while the first still stops waits for it, as there is only one folder of data.
#[test]
fn a_start_while_it_stops_waits_for_the_end() {
    let project = TestProject::empty(0o755);
    let holder = Holder::start("persistent", project.path().to_str().unwrap());
    let folder = holder.folder();
    let processes = processes_of(&folder);
    holder.end();
    // The moment from which on it takes no leases; the server still runs.
    until("it begins to stop", GONE, || {
        !folder.join("lease.fifo").exists()
    });
    let cluster = Cluster::persistent(&project.project()).unwrap();
    assert!(!cluster.server().ensure_database("postgres").unwrap());
    let left: Vec<_> = processes
        .iter()
        .filter(|process| process.is_alive())
        .collect();
    assert!(left.is_empty(), "of the first one's processes: {left:#?}");
    let processes = processes_of(&folder);
    drop(cluster);
    wait_until_stopped(&processes);
}

#[test]
fn data_of_a_version_that_is_not_installed_are_refused_and_left_alone() {
    let project = TestProject::empty(0o755);
    let data = project.path().join(".axis/postgres/data");
    fs::create_dir_all(&data).unwrap();
    fs::write(data.join("PG_VERSION"), "9.6\n").unwrap();
    let error = Cluster::persistent(&project.project()).unwrap_err();
    assert!(
        matches!(&error, Error::DataVersion { needed, .. } if needed == "9.6"),
        "{error}"
    );
    assert!(data.join("PG_VERSION").exists());
}
