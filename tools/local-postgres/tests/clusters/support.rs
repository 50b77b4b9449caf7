//! What the tests of this crate share: projects of their own, processes that hold a cluster, and
//! looking for processes.

use std::fs;
use std::io::{BufRead, BufReader, Lines, Write};
use std::os::unix::fs::symlink;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use axis_local_postgres::{Cluster, GivenServer, Migrations, Project};
use nix::sys::signal::Signal;
use nix::unistd::Pid;
use tempfile::TempDir;

/// Nothing is left this long after the last user's end.
pub(crate) const GONE: Duration = Duration::from_secs(10);

/// A project in a folder of its own that every user may enter.
pub(crate) struct TestProject {
    folder: TempDir,
}

impl TestProject {
    /// With the cache of the workspace's ephemeral cluster, which spares an initdb for each test.
    pub(crate) fn new() -> Self {
        let project = Self::empty(0o755);
        let cluster = Cluster::ephemeral(&workspace()).unwrap();
        let cache = cluster.folder().ancestors().nth(2).unwrap().join("cache");
        let server = project.path().join("target/local-postgres/server");
        fs::create_dir_all(&server).unwrap();
        // Each start copies a thousand files out of it: one copy less.
        symlink(cache, server.join("cache")).unwrap();
        project
    }

    /// With nothing in it; `mode` says who may enter.
    pub(crate) fn empty(mode: u32) -> Self {
        let permissions = std::os::unix::fs::PermissionsExt::from_mode(mode);
        let folder = tempfile::Builder::new()
            .prefix("axis-")
            .permissions(permissions)
            .tempdir()
            .unwrap();
        Self { folder }
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().canonicalize().unwrap()
    }

    /// Not with CARGO_TARGET_DIR, which may be set for these tests.
    pub(crate) fn project(&self) -> Project {
        project_at(&self.path())
    }

    /// The folders of ephemeral clusters, next to which nothing but the cache may stay.
    pub(crate) fn clusters(&self) -> Vec<PathBuf> {
        let server = self.path().join("target/local-postgres/server");
        fs::read_dir(server.join("clusters"))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect()
    }

    pub(crate) fn cache_exists(&self) -> bool {
        let cache = self.path().join("target/local-postgres/server/cache");
        fs::read_dir(cache).unwrap().next().is_some()
    }
}

/// Removes the folder, in which a server that lingers may make a file while it is being removed.
impl Drop for TestProject {
    fn drop(&mut self) {
        // A test that fails has said why; a second panic would hide it.
        if thread::panicking() {
            return;
        }
        until("the project's folder is removed", GONE, || {
            fs::remove_dir_all(self.folder.path()).is_ok() || !self.folder.path().exists()
        });
    }
}

fn project_at(path: &Path) -> Project {
    Project::at(path).unwrap().with_target(path.join("target"))
}

/// The root of this workspace, whose ephemeral cluster serves tests that do not disturb it.
pub(crate) fn workspace() -> Project {
    Project::at(concat!(env!("CARGO_MANIFEST_DIR"), "/../..")).unwrap()
}

/// Another process that holds something until it is told to end. It is this test binary, which must
/// have a test `holder` that calls [`hold`].
pub(crate) struct Holder {
    pub(crate) child: Child,
    stdin: ChildStdin,
    /// Open, or libtest could not print its result.
    _stdout: Lines<BufReader<ChildStdout>>,
    /// The line it printed when it held what it should: a folder or a URL.
    pub(crate) holds: String,
}

const WHAT: &str = "AXIS_TEST_HOLDER";
const WHERE: &str = "AXIS_TEST_HOLDER_AT";
const MARK: &str = "holding: ";

impl Holder {
    /// `what`: `ephemeral`, `persistent`, or `given` (then `at` is a URL).
    pub(crate) fn start(what: &str, at: &str) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["holder", "--exact", "--nocapture", "--test-threads=1"])
            .env(WHAT, what)
            .env(WHERE, at)
            // As a test runner does, which later kills the group.
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let stdin = child.stdin.take().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let holds = lines
            .by_ref()
            .map(Result::unwrap)
            .find_map(|line| Some(line.split_once(MARK)?.1.to_owned()))
            .expect("the holder ended before it held anything");
        Self {
            child,
            stdin,
            _stdout: lines,
            holds,
        }
    }

    pub(crate) fn ephemeral(project: &TestProject) -> Self {
        Self::start("ephemeral", project.path().to_str().unwrap())
    }

    pub(crate) fn folder(&self) -> PathBuf {
        PathBuf::from(&self.holds)
    }

    /// Lets it panic, which fails its test.
    pub(crate) fn panic(mut self) {
        writeln!(self.stdin, "panic").unwrap();
        assert_eq!(
            self.child.wait().unwrap().code(),
            Some(101),
            "libtest's code for a failure"
        );
    }

    /// Lets it end as a test does that passes.
    pub(crate) fn end(mut self) {
        writeln!(self.stdin, "end").unwrap();
        assert!(self.child.wait().unwrap().success());
    }

    /// Kills its process group as a test runner does, with a signal that nobody can catch.
    pub(crate) fn kill(mut self) {
        signal(Signal::SIGKILL, -i32::try_from(self.child.id()).unwrap());
        assert!(!self.child.wait().unwrap().success());
    }
}

/// The body of the test `holder`: nothing, unless this process was started as a holder.
pub(crate) fn hold() {
    let Ok(what) = std::env::var(WHAT) else {
        return;
    };
    let at = std::env::var(WHERE).unwrap();
    match what.as_str() {
        "ephemeral" => {
            let cluster = Cluster::ephemeral(&project_at(Path::new(&at))).unwrap();
            report_and_wait(cluster.folder().to_str().unwrap());
        }
        "persistent" => {
            let cluster = Cluster::persistent(&project_at(Path::new(&at))).unwrap();
            report_and_wait(cluster.folder().to_str().unwrap());
        }
        "given" => {
            let given = GivenServer::open("TEST", &at).unwrap();
            let template = given.template(&migrations()).unwrap();
            let _one = given.server().temporary_database().unwrap();
            let _two = given.server().temporary_database_from(&template).unwrap();
            report_and_wait(template.name());
        }
        _ => unreachable!(),
    }
}

fn report_and_wait(holds: &str) {
    println!("\n{MARK}{holds}");
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).unwrap();
    assert_ne!(line, "panic\n");
}

/// The migrations of this workspace.
pub(crate) fn migrations() -> Migrations {
    Migrations::in_folder(workspace().root().join("migrations")).unwrap()
}

/// Sends a signal to a process, or to a process group where the number is negative.
pub(crate) fn signal(signal: Signal, target: i32) {
    nix::sys::signal::kill(Pid::from_raw(target), signal).unwrap();
}

/// Polls until something is so, and fails when it does not become so in time. Gives how long it
/// took.
pub(crate) fn until(what: &str, deadline: Duration, mut is_so: impl FnMut() -> bool) -> Duration {
    let start = Instant::now();
    while !is_so() {
        assert!(
            start.elapsed() < deadline,
            "not within {deadline:?}: {what}"
        );
        thread::sleep(Duration::from_millis(50));
    }
    start.elapsed()
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Process {
    pub(crate) id: i32,
    parent: i32,
    pub(crate) command: String,
}

impl Process {
    /// Whether it still runs. Its number may by now be another process's.
    pub(crate) fn is_alive(&self) -> bool {
        let now = if has_proc() {
            read_process(&Path::new("/proc").join(self.id.to_string()))
        } else {
            processes().into_iter().find(|other| other.id == self.id)
        };
        now.is_some_and(|now| now.command == self.command)
    }
}

/// The processes whose command line names a folder, and their descendants.
pub(crate) fn processes_of(folder: &Path) -> Vec<Process> {
    let folder = folder.to_str().unwrap();
    let (mut found, mut others): (Vec<_>, Vec<_>) = processes()
        .into_iter()
        .partition(|process| process.command.contains(folder));
    loop {
        let (children, rest): (Vec<_>, Vec<_>) = others
            .into_iter()
            .partition(|p| found.iter().any(|parent| parent.id == p.parent));
        if children.is_empty() {
            return found;
        }
        found.extend(children);
        others = rest;
    }
}

/// The one process of a folder whose command line contains all of `words`.
pub(crate) fn process_with(folder: &Path, words: &[&str]) -> Process {
    let all = processes_of(folder);
    let mut matching: Vec<_> = all
        .iter()
        .filter(|p| words.iter().all(|word| p.command.contains(word)))
        .collect();
    // The shell that runs the server is a child of the supervisor and looks like it.
    matching.sort_by_key(|process| process.id);
    (*matching
        .first()
        .unwrap_or_else(|| panic!("none with {words:?} among {all:#?}")))
    .clone()
}

/// All live processes: from /proc where it is, as small Linux systems have no ps, else from ps.
fn processes() -> Vec<Process> {
    let found: Vec<Process> = if has_proc() {
        fs::read_dir("/proc")
            .unwrap()
            .filter_map(|entry| read_process(&entry.ok()?.path()))
            .collect()
    } else {
        let output = Command::new("ps")
            .args(["-A", "-ww", "-o", "pid=,ppid=,stat=,command="])
            .output();
        String::from_utf8_lossy(&output.unwrap().stdout)
            .lines()
            .filter_map(|line| {
                let (id, rest) = line.trim_start().split_once(' ')?;
                let (parent, rest) = rest.trim_start().split_once(' ')?;
                let (state, command) = rest.trim_start().split_once(' ')?;
                process(id, parent, state, command.trim().to_owned())
            })
            .collect()
    };
    assert!(
        found
            .iter()
            .any(|process| process.id == Pid::this().as_raw()),
        "not even this one"
    );
    found
}

fn has_proc() -> bool {
    Path::new("/proc/self/stat").exists()
}

fn read_process(folder: &Path) -> Option<Process> {
    let id = folder.file_name()?.to_str()?;
    id.parse::<i32>().ok()?;
    let stat = fs::read_to_string(folder.join("stat")).ok()?;
    // After the name, which stands in parentheses and may hold any character.
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace();
    let state = fields.next()?;
    let parent = fields.next()?;
    let command = fs::read(folder.join("cmdline")).ok()?;
    let command = String::from_utf8_lossy(&command).replace('\0', " ");
    process(id, parent, state, command)
}

fn process(id: &str, parent: &str, state: &str, command: String) -> Option<Process> {
    // A zombie has ended; that nobody asks for its status is its parent's matter.
    let is_zombie = state.starts_with('Z');
    let (id, parent) = (id.parse().ok()?, parent.parse().ok()?);
    (!is_zombie).then_some(Process {
        id,
        parent,
        command,
    })
}
