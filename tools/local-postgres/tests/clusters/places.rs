//! Where a cluster lies when the project's folder does not do, and socket paths that are too long.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::{GONE, TestProject, processes_of, until};
use axis_local_postgres::{Cluster, Error, Project};

/// Runs one of the tests below again, in a process of its own with other variables and another
/// working directory.
fn again(name: &str, project: &Path, state: &Path) {
    let output = Command::new(std::env::current_exe().unwrap())
        .args([name, "--exact", "--nocapture"])
        .env("AXIS_TEST_PLACE", project)
        .env("XDG_STATE_HOME", state)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let why = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}\n{why}");
    assert!(said.contains("1 passed"), "{said}");
}

fn this_process_is_root() -> bool {
    fs::metadata("/proc/self")
        .map(|own| own.uid() == 0)
        .unwrap_or_else(|_| {
            let id = Command::new("id").arg("-u").output().unwrap();
            id.stdout == b"0\n"
        })
}

/// The state folder of root is fixed, others' follows XDG_STATE_HOME.
fn state_folder(state: &Path) -> PathBuf {
    if this_process_is_root() {
        PathBuf::from("/var/lib/axis")
    } else {
        state.join("axis")
    }
}

/// The part of the state folder that belongs to a project.
fn state_of(project: &Path, state: &Path) -> Vec<PathBuf> {
    let note = format!("{}\n", project.display());
    fs::read_dir(state_folder(state))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|folder| fs::read_to_string(folder.join("project")).is_ok_and(|text| text == note))
        .collect()
}

#[test]
fn in_the_state_folder() {
    let Some(project) = std::env::var_os("AXIS_TEST_PLACE") else {
        return;
    };
    let project = PathBuf::from(project);
    let project = Project::at(&project)
        .unwrap()
        .with_target(project.join("target"));
    let mut processes = Vec::new();
    for cluster in [
        Cluster::ephemeral(&project).unwrap(),
        Cluster::persistent(&project).unwrap(),
    ] {
        assert!(!cluster.server().ensure_database("postgres").unwrap());
        assert!(
            !cluster.folder().starts_with(project.root()),
            "{}",
            cluster.folder().display()
        );
        processes.extend(processes_of(cluster.folder()));
    }
    assert!(processes.len() >= 12, "{processes:#?}");
    let record = fs::read_to_string(project.root().join(".axis/cluster")).unwrap();
    assert!(record.contains("axis/"), "the project says where");
}

fn assert_in_the_state_folder(project: &TestProject) {
    let state = TestProject::new();
    let path = project.path();
    again("places::in_the_state_folder", &path, &state.path());
    let folders = state_of(&path, &state.path());
    assert_eq!(
        folders.len(),
        2,
        "one for the ephemeral and one for the persistent cluster"
    );
    for folder in &folders {
        until("its processes are gone", GONE, || {
            processes_of(folder).is_empty()
        });
        let left = fs::read_dir(folder.join("postgres/clusters"));
        let ephemeral = left.map(|entries| assert_eq!(entries.count(), 0)).is_ok();
        let persistent = folder.join("postgres/data/PG_VERSION").exists();
        assert!(ephemeral != persistent);
    }
    for folder in &folders {
        fs::remove_dir_all(folder).unwrap();
    }
    // Unless other projects have their data there.
    let _ = fs::remove_dir(state_folder(&state.path()));
}

/// Root's home is closed to the user that the server runs as.
#[test]
fn a_project_that_the_servers_user_cannot_reach_has_its_data_in_the_state_folder() {
    if !this_process_is_root() {
        // An ordinary user's server runs as that user, who reaches the project.
        return;
    }
    let project = TestProject::empty(0o700);
    assert_in_the_state_folder(&project);
    assert!(!project.path().join("target/local-postgres/server").exists());
}

#[test]
fn a_project_in_which_no_data_can_be_kept_has_them_in_the_state_folder() {
    let project = TestProject::empty(0o755);
    // Stands for a file system without owners or FIFOs: what should be a folder cannot be one.
    for taken in ["target/local-postgres/server", ".axis/postgres"] {
        let taken = project.path().join(taken);
        fs::create_dir_all(taken.parent().unwrap()).unwrap();
        fs::write(taken, "").unwrap();
    }
    assert_in_the_state_folder(&project);
}

#[test]
fn a_long_or_unusual_path_has_its_socket_elsewhere_and_leaves_nothing_there() {
    let project = TestProject::empty(0o755);
    type Start = fn(&Project) -> Result<Cluster, Error>;
    let long = "long".repeat(30);
    let cases: [(&str, Start); 2] = [
        ("it's 50% \"odd\", is it not", Cluster::ephemeral),
        (&long, Cluster::persistent),
    ];
    for (name, start) in cases {
        let path = project.path().join(name);
        fs::create_dir(&path).unwrap();
        let project = Project::at(&path).unwrap().with_target(path.join("target"));
        let cluster = start(&project).unwrap();
        assert!(!cluster.server().ensure_database("postgres").unwrap());
        let note = fs::read_to_string(cluster.folder().join("socket-folder")).unwrap();
        let socket = PathBuf::from(note);
        assert!(
            socket.starts_with("/tmp") && socket.is_dir(),
            "{}",
            socket.display()
        );
        let processes = processes_of(&path);
        assert!(processes.len() >= 6, "{processes:#?}");
        drop(cluster);
        until(
            "neither its processes nor the socket's folder are left",
            GONE,
            || processes_of(&path).is_empty() && !socket.exists(),
        );
    }
}

/// A folder that CI restored from a cache belongs to root; a server's user that was made anew has
/// another number.
#[test]
fn data_that_belong_to_another_user_are_given_to_the_servers_user() {
    if !this_process_is_root() {
        // An ordinary user cannot give files away.
        return;
    }
    let project = TestProject::new();
    let target = project.path().join("target/local-postgres/server");
    let kept = project.path().join(".axis/postgres");
    for round in 0..2 {
        let ephemeral = Cluster::ephemeral(&project.project()).unwrap();
        let persistent = Cluster::persistent(&project.project()).unwrap();
        assert_eq!(
            persistent.server().ensure_database("kept").unwrap(),
            round == 0
        );
        assert!(ephemeral.folder().starts_with(&target) && persistent.folder() == kept);
        let processes = processes_of(&project.path());
        assert!(processes.len() >= 12, "{processes:#?}");
        drop((ephemeral, persistent));
        until("its processes are gone", GONE, || {
            processes_of(&project.path()).is_empty()
        });
        let chown = Command::new("chown")
            .args(["-R", "0:0"])
            .args([&target, &kept])
            .status();
        assert!(chown.unwrap().success());
    }
}
