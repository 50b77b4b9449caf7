//! A small project with a server of its own, and `axis dev` run on it.

use std::fs::{self, File, Permissions};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tempfile::TempDir;

/// How long a first start may take: Cargo builds a server, and initdb runs twice.
const START: Duration = Duration::from_secs(600);

/// After how long nothing may be left.
const GONE: Duration = Duration::from_secs(10);

const FILES: &[(&str, &str)] = &[
    (
        "Cargo.toml",
        "[package]\nname = \"shop\"\nedition = \"2024\"\n[workspace]\n",
    ),
    ("src/main.rs", include_str!("stand_in_server.rs")),
    (
        "axis.toml",
        r#"
[target]
postgres = 15
[migrations]
directory = "migrations"
[generate]
diesel = "diesel.toml"
schema_module = "shop::schema"
contracts = "generated"
[dev]
server = { package = "shop", bin = "shop" }
requests = ["curl {url}/anything"]
[[dev.sample_data]]
table = "items"
file = "items.sql"
"#,
    ),
    (
        "diesel.toml",
        "[print_schema]\nfile = \"schema.rs\"\n[migrations_directory]\ndir = \"migrations\"\n",
    ),
    (
        "migrations/2026-01-01-000000_items/up.sql",
        "CREATE TABLE items (id integer PRIMARY KEY, name text NOT NULL);\n",
    ),
    (
        "migrations/2026-01-01-000000_items/down.sql",
        "DROP TABLE items;\n",
    ),
    (
        "items.sql",
        "INSERT INTO items SELECT n, 'item ' || n FROM generate_series(1, 100) AS n\n",
    ),
];

/// What `axis dev` needs of this repository.
const OF_THE_REPOSITORY: &[&str] = &[
    "Cargo.lock",
    "Cargo.toml",
    "axis.toml",
    "crates",
    "deploy",
    "diesel.toml",
    "fixtures",
    "migrations",
    "rust-toolchain.toml",
    "tools",
];

/// The project's folder. It is removed in the end.
pub(crate) struct Project {
    folder: TempDir,
    /// Cargo's target folder, where it is not the project's own.
    target: Option<PathBuf>,
}

/// A running `axis dev`.
pub(crate) struct Dev {
    child: Child,
    pub(crate) address: SocketAddr,
}

impl Project {
    /// The small one.
    pub(crate) fn new() -> Self {
        let project = Self::empty(None);
        for (path, text) in FILES {
            project.write(path, text);
        }
        project
    }

    /// This repository, in another place: a developer's own data stay out of it. What is built is shared.
    pub(crate) fn of_this_repository() -> Self {
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
        let project = Self::empty(Some(target.to_owned()));
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        for name in OF_THE_REPOSITORY {
            let status = Command::new("cp")
                .arg("-R")
                .arg(root.join(name))
                .arg(project.path())
                .status()
                .unwrap();
            assert!(status.success(), "cannot copy {name}");
        }
        project
    }

    fn empty(target: Option<PathBuf>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        // PostgreSQL runs as another user where the test runs as root.
        fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
        Self { folder, target }
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub(crate) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path().join(path)).unwrap_or_default()
    }

    fn command(&self, address: SocketAddr) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_axis"));
        command
            .arg("dev")
            .current_dir(self.path())
            .stdin(Stdio::null())
            .env("AXIS_HTTP_ADDR", address.to_string())
            .env("CARGO_NET_OFFLINE", "true")
            // Must not reach the server: they lead elsewhere.
            .env("DATABASE_URL", "postgres://db.example.com/production")
            .env(
                "DATABASE_URL_UNPOOLED",
                "postgres://db.example.com/production",
            );
        match &self.target {
            Some(target) => command.env("CARGO_TARGET_DIR", target),
            None => command.env_remove("CARGO_TARGET_DIR"),
        };
        command
    }

    /// Starts it and waits until the server answers.
    pub(crate) fn start(&self) -> Dev {
        self.start_with(&[])
    }

    /// The same, with arguments.
    pub(crate) fn start_with(&self, arguments: &[&str]) -> Dev {
        self.start_until(|| self.said().contains("Ctrl-C stops"), arguments)
    }

    /// The same, until something else is the case.
    pub(crate) fn start_until(&self, reached: impl Fn() -> bool, arguments: &[&str]) -> Dev {
        let address = free_address();
        let said = File::create(self.path().join("said")).unwrap();
        let child = self
            .command(address)
            .args(arguments)
            .stdout(said.try_clone().unwrap())
            .stderr(said)
            // As a terminal does it; and a signal that is meant for it does not reach this test.
            .process_group(0)
            .spawn()
            .unwrap();
        let mut dev = Dev { child, address };
        let deadline = Instant::now() + START;
        while !reached() {
            let ended = dev.child.try_wait().unwrap();
            assert!(ended.is_none(), "ended ({ended:?}):\n{}", self.said());
            assert!(Instant::now() < deadline, "no answer:\n{}", self.said());
            std::thread::sleep(Duration::from_millis(20));
        }
        dev
    }

    /// Runs it to its end, with further arguments.
    pub(crate) fn run(&self, address: SocketAddr, arguments: &[&str]) -> (ExitStatus, String) {
        let Output {
            status,
            stdout,
            stderr,
        } = self.command(address).args(arguments).output().unwrap();
        let said = [stdout, stderr].concat();
        (status, String::from_utf8_lossy(&said).into_owned())
    }

    /// All that the last one said.
    pub(crate) fn said(&self) -> String {
        self.read("said")
    }

    /// Command lines of processes that have to do with the project: PostgreSQL, its supervisor, the server, Cargo.
    pub(crate) fn processes(&self) -> Vec<String> {
        let output = Command::new("ps")
            .args(["-eo", "pid=,args="])
            .output()
            .unwrap();
        assert!(output.status.success(), "ps is needed");
        let folder = self.path().to_str().unwrap();
        let lines = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(lines.lines().count() > 2, "ps saw nothing:\n{lines}");
        (lines.lines().filter(|line| line.contains(folder)))
            .map(str::to_owned)
            .collect()
    }

    /// Waits until none is left.
    pub(crate) fn wait_until_nothing_runs(&self, since: Instant) {
        loop {
            let left = self.processes();
            if left.is_empty() {
                return;
            }
            assert!(
                since.elapsed() < GONE,
                "after {GONE:?} these are left:\n{}",
                left.join("\n")
            );
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// One number, from the database that the server has.
    pub(crate) fn query(&self, sql: &str) -> i64 {
        let url = self.read(".axis/database-url");
        tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap()
            .block_on(async {
                let (client, connection) =
                    tokio_postgres::connect(url.trim(), tokio_postgres::NoTls)
                        .await
                        .unwrap();
                let driver = tokio::spawn(connection);
                let number = client.query_one(sql, &[]).await.unwrap().get(0);
                drop(client);
                driver.await.unwrap().unwrap();
                number
            })
    }
}

impl Dev {
    pub(crate) fn signal(&self, signal: Signal) -> Instant {
        kill(Pid::from_raw(self.child.id().cast_signed()), signal).unwrap();
        Instant::now()
    }

    /// Waits for its end, which is near.
    pub(crate) fn ended(mut self, since: Instant) -> ExitStatus {
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(since.elapsed() < GONE, "it does not end");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

/// An address that nobody listens on at this moment.
pub(crate) fn free_address() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
}

/// The whole answer to a GET.
pub(crate) fn get(address: SocketAddr, path: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}
