//! A server lives exactly as long as somebody uses it, whatever ends its users or its supervisor.

use std::path::Path;
use std::time::{Duration, Instant};

use crate::support::{
    GONE, Holder, Process, TestProject, process_with, processes_of, signal, until,
};
use axis_local_postgres::Cluster;
use nix::sys::signal::Signal;

/// What runs while a cluster is held: at least the supervisor, the shell around the server, the
/// server, and its checkpointer, background writer, WAL writer and logical replication launcher.
fn running(folder: &Path) -> Vec<Process> {
    let found = processes_of(folder);
    assert!(
        found.len() >= 6,
        "a running cluster has more processes than {found:#?}"
    );
    for part in ["supervisor.sh", "postgres -D", "checkpointer"] {
        assert!(
            found.iter().any(|p| p.command.contains(part)),
            "no {part} in {found:#?}"
        );
    }
    found
}

/// Waits until neither the processes nor the folder are there any more, but the cache is.
fn assert_gone(project: &TestProject, processes: &[Process]) -> Duration {
    let took = until("no process and no folder", GONE, || {
        !processes.iter().any(Process::is_alive) && project.clusters().is_empty()
    });
    assert!(project.cache_exists());
    took
}

fn answers(cluster: &Cluster) -> bool {
    cluster
        .server()
        .ensure_database("postgres")
        .is_ok_and(|made| !made)
}

#[test]
fn nothing_is_left_after_a_panic() {
    let project = TestProject::new();
    let holder = Holder::ephemeral(&project);
    let processes = running(&holder.folder());
    holder.panic();
    assert_gone(&project, &processes);
}

#[test]
fn nothing_is_left_after_kill_9_of_the_test_and_its_process_group() {
    let project = TestProject::new();
    let holder = Holder::ephemeral(&project);
    let processes = running(&holder.folder());
    holder.kill();
    assert_gone(&project, &processes);
}

#[test]
fn nothing_is_left_when_the_starting_process_is_killed_before_it_has_a_lease() {
    let project = TestProject::new();
    // Makes the cache, so that the next start is quick.
    Holder::ephemeral(&project).end();
    until("the first cluster is gone", GONE, || {
        project.clusters().is_empty()
    });
    let mut starting = std::process::Command::new(std::env::current_exe().unwrap());
    starting
        .args(["holder", "--exact"])
        .env("AXIS_TEST_HOLDER", "ephemeral")
        .env("AXIS_TEST_HOLDER_AT", project.path())
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::null());
    let mut starting = starting.spawn().unwrap();
    let mut folder = None;
    until("a supervisor is there", GONE, || {
        folder = project
            .clusters()
            .pop()
            .filter(|folder| folder.join("lease.fifo").exists());
        folder.is_some()
    });
    let folder = folder.unwrap();
    let processes = processes_of(&folder);
    starting.kill().unwrap();
    starting.wait().unwrap();
    assert!(!processes.is_empty());
    assert_gone(&project, &processes);
    assert!(processes_of(&folder).is_empty());
}

#[test]
fn processes_that_begin_at_once_share_one_cluster_until_the_last_has_ended() {
    let project = TestProject::new();
    let holders: Vec<Holder> = std::thread::scope(|scope| {
        let starting: Vec<_> = (0..3)
            .map(|_| scope.spawn(|| Holder::ephemeral(&project)))
            .collect();
        starting
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect()
    });
    let folder = holders[0].folder();
    assert_eq!(holders.len(), 3);
    assert!(holders.iter().all(|holder| holder.folder() == folder));
    assert_eq!(project.clusters(), std::slice::from_ref(&folder));
    let processes = running(&folder);

    let cluster = Cluster::ephemeral(&project.project()).unwrap();
    assert_eq!(cluster.folder(), folder);
    for holder in holders {
        holder.kill();
    }
    // Longer than the cluster lingers without a user: the lease of this process keeps it.
    let (start, mut looked) = (Instant::now(), 0);
    while start.elapsed() < Duration::from_secs(4) {
        assert!(answers(&cluster), "stopped although it is in use");
        looked += 1;
    }
    assert!(looked >= 10, "looked only {looked} times");
    drop(cluster);
    let took = assert_gone(&project, &processes);
    assert!(
        took > Duration::from_secs(1),
        "it should linger for the next user, not {took:?}"
    );
}

#[test]
fn who_comes_while_it_lingers_joins_and_who_comes_while_it_stops_gets_a_fresh_one() {
    let project = TestProject::new();
    let first = Holder::ephemeral(&project);
    let folder = first.folder();
    let processes = running(&folder);
    first.end();
    let second = Holder::ephemeral(&project);
    assert_eq!(second.folder(), folder, "lingers");
    second.end();
    // The moment from which on it takes no leases; the server still runs.
    until("it begins to stop", GONE, || {
        !folder.join("lease.fifo").exists()
    });
    let third = Cluster::ephemeral(&project.project()).unwrap();
    assert_ne!(third.folder(), folder, "a fresh one");
    assert!(answers(&third));
    let fresh = running(third.folder());
    until("the first is gone", GONE, || {
        !processes.iter().any(Process::is_alive) && !folder.exists()
    });
    assert!(
        answers(&third),
        "the first one's end is not the third one's"
    );
    drop(third);
    assert_gone(&project, &fresh);
}

#[test]
fn what_a_killed_supervisor_left_is_swept_by_the_next_start() {
    let project = TestProject::new();
    let holder = Holder::ephemeral(&project);
    let folder = holder.folder();
    let processes = running(&folder);
    signal(
        Signal::SIGKILL,
        process_with(&folder, &["supervisor.sh"]).id,
    );
    holder.kill();
    let server = process_with(&folder, &["postgres -D"]);
    assert!(server.is_alive(), "without its supervisor, nobody stops it");

    let next = Cluster::ephemeral(&project.project()).unwrap();
    assert_ne!(next.folder(), folder);
    assert!(answers(&next));
    assert!(!folder.exists());
    until("the orphans are gone", GONE, || {
        !processes.iter().any(Process::is_alive)
    });
    let fresh = running(next.folder());
    drop(next);
    assert_gone(&project, &fresh);
}

#[test]
fn a_server_that_crashed_is_replaced_by_the_next_start() {
    let project = TestProject::new();
    let holder = Holder::ephemeral(&project);
    let folder = holder.folder();
    let processes = running(&folder);
    signal(Signal::SIGKILL, process_with(&folder, &["postgres -D"]).id);
    // The supervisor notices; whoever holds a lease can still read the log.
    until("no more leases", GONE, || {
        !folder.join("lease.fifo").exists()
    });
    assert!(folder.join("server.log").exists());
    let next = Cluster::ephemeral(&project.project()).unwrap();
    assert_ne!(next.folder(), folder);
    assert!(answers(&next));
    holder.end();
    until("the first is gone", GONE, || {
        !processes.iter().any(Process::is_alive) && !folder.exists()
    });
    let fresh = running(next.folder());
    drop(next);
    assert_gone(&project, &fresh);
}

#[test]
fn a_supervisor_that_is_told_to_end_stops_its_server() {
    let project = TestProject::new();
    let holder = Holder::ephemeral(&project);
    let processes = running(&holder.folder());
    signal(
        Signal::SIGTERM,
        process_with(&holder.folder(), &["supervisor.sh"]).id,
    );
    assert_gone(&project, &processes);
    holder.end();
}

/// `cargo clean` while tests run, or in the seconds after them.
#[test]
fn a_server_whose_folder_was_removed_ends_with_its_last_user() {
    let project = TestProject::new();
    let holder = Holder::ephemeral(&project);
    let processes = running(&holder.folder());
    let target = project.path().join("target");
    // The server may make a file while its folder is being removed.
    until("the folder is removed", GONE, || {
        std::fs::remove_dir_all(&target).is_ok()
    });
    holder.end();
    until("no process", GONE, || {
        !processes.iter().any(Process::is_alive)
    });
}
