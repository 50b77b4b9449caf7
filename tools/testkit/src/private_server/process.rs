//! The server's process and its folder. All of it blocks the thread.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use axis_local_postgres::{Installation, ServerUser};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::settings::ServerSettings;
use crate::keeper::Keeper;
use crate::port::fixed_port;

/// The role of initdb.
pub(super) const SUPERUSER: &str = "postgres";
/// The tests' role.
pub(super) const ROLE: &str = "tester";

/// While this file is there, a recovery waits.
const HELD: &str = "held";

/// How long a server may take to stop.
const STOP: Duration = Duration::from_secs(60);

/// A postmaster, running or not.
#[derive(Debug)]
pub(super) struct Process {
    // In this order: its drop ends what runs before the keeper looks.
    running: Mutex<Option<Child>>,
    settings: Mutex<ServerSettings>,
    installation: Installation,
    user: ServerUser,
    port: u16,
    keeper: Keeper,
}

/// The data folder that initdb made for this process, with its password.
struct Origin {
    keeper: Keeper,
    password: String,
}

impl Process {
    pub(super) fn new(settings: ServerSettings) -> Result<Self, String> {
        let installation = Installation::find().map_err(|error| error.to_string())?;
        let user = ServerUser::choose().map_err(|error| error.to_string())?;
        let origin = origin(&installation, &user)?;
        let keeper = Keeper::new(&user).map_err(|error| error.to_string())?;
        user.shell(
            r#"cp -RPp "$1" "$2/data""#,
            &[&origin.keeper.folder().join("data"), keeper.folder()],
        )
        .map_err(|error| error.to_string())?;
        let process = Self {
            running: Mutex::default(),
            settings: Mutex::default(),
            installation,
            user,
            port: fixed_port(),
            keeper,
        };
        process.configure(settings)?;
        Ok(process)
    }

    pub(super) fn port(&self) -> u16 {
        self.port
    }

    pub(super) fn password(&self) -> &str {
        // Set before the first process was made.
        origin_cell().get().map_or("", |origin| &*origin.password)
    }

    pub(super) fn url(&self, role: &str, database: &str) -> String {
        let (password, port) = (self.password(), self.port);
        format!("postgres://{role}:{password}@127.0.0.1:{port}/{database}")
    }

    /// Writes what the next start reads.
    pub(super) fn configure(&self, settings: ServerSettings) -> Result<(), String> {
        let method = if settings.scram {
            "scram-sha-256"
        } else {
            "password"
        };
        let access = if settings.tls_only {
            format!(
                "hostssl all all 127.0.0.1/32 {method}\n\
                 hostnossl all {SUPERUSER} 127.0.0.1/32 {method}\n"
            )
        } else {
            format!("host all all 127.0.0.1/32 {method}\n")
        };
        self.write("data/pg_hba.conf", &access)?;
        if let Some(certificate) = &settings.certificate {
            self.write("server.crt", certificate.chain())?;
            self.write("server.key", certificate.key())?;
        }
        *lock(&self.settings) = settings;
        Ok(())
    }

    pub(super) fn write(&self, name: &str, text: &str) -> Result<PathBuf, String> {
        let path = self.keeper.folder().join(name);
        self.user
            .shell_with_input(r#"umask 077 && cat >"$1""#, &[&path], text)
            .map_err(|error| error.to_string())?;
        Ok(path)
    }

    pub(super) fn spawn(&self) -> Result<(), String> {
        self.spawn_with(&[])
    }

    /// Starts an archive recovery whose archive keeps it waiting for as long as a file is there. The first thing asked of
    /// the archive is whether there is a newer timeline.
    pub(super) fn spawn_recovering(&self) -> Result<(), String> {
        let held = self.write(HELD, "")?;
        self.write("data/recovery.signal", "")?;
        self.spawn_with(&[
            format!(
                "restore_command=while [ -e {} ]; do sleep 0.02; done; exit 1",
                held.display()
            ),
            "hot_standby=off".to_owned(),
        ])
    }

    pub(super) fn finish_recovery(&self) -> Result<(), String> {
        let held = self.keeper.folder().join(HELD);
        self.user
            .shell(r#"rm -f "$1""#, &[&held])
            .map(drop)
            .map_err(|error| error.to_string())
    }

    fn spawn_with(&self, further: &[String]) -> Result<(), String> {
        let settings = lock(&self.settings).clone();
        let folder = self.keeper.folder();
        let log = File::options()
            .create(true)
            .append(true)
            .open(folder.join("server.log"))
            .map_err(|error| format!("no log: {error}"))?;
        let mut command = self.user.command(self.installation.program("postgres"));
        command
            .arg("-D")
            .arg(folder.join("data"))
            .args(["-p", &self.port.to_string()]);
        let mut parameters: Vec<String> = [
            "listen_addresses=127.0.0.1",
            "unix_socket_directories=",
            "shared_buffers=16MB",
            // A kill of processes loses nothing that was written to a file, flushed or not.
            "fsync=off",
            "synchronous_commit=on",
            "timezone=UTC",
            "log_timezone=UTC",
            "autovacuum=off",
        ]
        .map(str::to_owned)
        .to_vec();
        if settings.certificate.is_some() {
            let at = |name: &str| folder.join(name).display().to_string();
            parameters.push("ssl=on".to_owned());
            parameters.push(format!("ssl_cert_file={}", at("server.crt")));
            parameters.push(format!("ssl_key_file={}", at("server.key")));
        }
        if let Some(locale) = &settings.locale {
            parameters.push(format!("lc_messages={}", locale.name()));
            if let Some(folder) = locale.folder() {
                command.env("LOCPATH", folder);
            }
        }
        parameters.extend(settings.parameters);
        parameters.extend_from_slice(further);
        command
            .args(parameters.iter().flat_map(|setting| ["-c", setting]))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log);
        // A signal from the terminal (Ctrl-C) is not meant for it; the keeper ends it.
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let mut running = lock(&self.running);
        if running.as_mut().is_some_and(is_alive) {
            return Err("the server runs already".to_owned());
        }
        *running = Some(command.spawn().map_err(|error| error.to_string())?);
        Ok(())
    }

    pub(super) fn has_ended(&self) -> bool {
        !lock(&self.running).as_mut().is_some_and(is_alive)
    }

    /// The last lines of the log.
    pub(super) fn end_of_log(&self) -> String {
        let log = std::fs::read_to_string(self.keeper.folder().join("server.log"));
        let log = log.unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(20)..].join("\n")
    }

    pub(super) fn kill(&self) -> Result<(), String> {
        let mut running = lock(&self.running);
        let Some(mut child) = running.take() else {
            return Err("no server to kill".to_owned());
        };
        let pid = pid_of(&child)?;
        // First it is kept from starting and from cleaning up. Its sessions are in groups of their own.
        signal(pid, Signal::SIGSTOP)?;
        let children = children_of(pid)?;
        if children.is_empty() {
            return Err("the server to kill has no processes".to_owned());
        }
        for child in &children {
            // It may have ended by itself.
            let _ = signal(*child, Signal::SIGKILL);
        }
        signal(pid, Signal::SIGKILL)?;
        child.wait().map_err(|error| error.to_string())?;
        let deadline = Instant::now() + STOP;
        // Until the kernel has taken them apart, they hold the shared memory, and a new server does not start.
        while children.iter().any(|child| kill(*child, None).is_ok()) {
            if Instant::now() >= deadline {
                return Err("killed processes do not end".to_owned());
            }
            thread::sleep(Duration::from_millis(1));
        }
        Ok(())
    }

    pub(super) fn stop(&self) -> Result<(), String> {
        let mut running = lock(&self.running);
        let Some(mut child) = running.take() else {
            return Err("no server to stop".to_owned());
        };
        // SIGINT is a fast shutdown.
        signal(pid_of(&child)?, Signal::SIGINT)?;
        let deadline = Instant::now() + STOP;
        while is_alive(&mut child) {
            if Instant::now() >= deadline {
                *running = Some(child);
                return Err(format!("the server does not stop\n{}", self.end_of_log()));
            }
            thread::sleep(Duration::from_millis(2));
        }
        Ok(())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if let Some(child) = lock(&self.running).as_mut()
            && let Ok(pid) = pid_of(child)
            && is_alive(child)
        {
            // An immediate shutdown, which takes its sessions with it. What resists is the keeper's.
            let _ = signal(pid, Signal::SIGQUIT);
            let _ = child.wait();
        }
    }
}

fn origin_cell() -> &'static OnceLock<Origin> {
    // Never dropped: its keeper removes the folder when the process ends.
    static ORIGIN: OnceLock<Origin> = OnceLock::new();
    &ORIGIN
}

/// Runs initdb, once in a process.
fn origin(installation: &Installation, user: &ServerUser) -> Result<&'static Origin, String> {
    static MAKING: Mutex<()> = Mutex::new(());
    let _making = lock(&MAKING);
    if let Some(origin) = origin_cell().get() {
        return Ok(origin);
    }
    let keeper = Keeper::new(user).map_err(|error| error.to_string())?;
    let password = uuid::Uuid::new_v4().simple().to_string();
    let password_file = keeper.folder().join("password");
    let text = |error: axis_local_postgres::Error| error.to_string();
    user.shell_with_input(r#"umask 077 && cat >"$1""#, &[&password_file], &password)
        .map_err(text)?;
    let mut command = user.command(installation.program("initdb"));
    command
        .args(["--username", SUPERUSER, "--encoding=UTF8", "--locale=C"])
        .args(["--no-sync", "--no-instructions", "--wal-segsize=1"])
        .args(["--auth=scram-sha-256", "--pwfile"])
        .arg(&password_file)
        .arg("--pgdata")
        .arg(keeper.folder().join("data"));
    user.run(&mut command).map_err(text)?;
    Ok(origin_cell().get_or_init(|| Origin { keeper, password }))
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn is_alive(child: &mut Child) -> bool {
    matches!(child.try_wait(), Ok(None))
}

fn pid_of(child: &Child) -> Result<Pid, String> {
    i32::try_from(child.id())
        .map(Pid::from_raw)
        .map_err(|error| error.to_string())
}

fn signal(pid: Pid, signal: Signal) -> Result<(), String> {
    kill(pid, signal).map_err(|error| format!("{signal} to {pid}: {error}"))
}

/// The processes that a process has started, alive or dying.
fn children_of(pid: Pid) -> Result<Vec<Pid>, String> {
    let tasks = format!("/proc/{pid}/task/{pid}/children");
    let text = if Path::new(&tasks).exists() {
        std::fs::read_to_string(&tasks).map_err(|error| error.to_string())?
    } else {
        let output = Command::new("pgrep")
            .args(["-P", &pid.to_string()])
            .output()
            .map_err(|error| format!("pgrep: {error}"))?;
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    Ok(text
        .split_whitespace()
        .filter_map(|pid| pid.parse().ok().map(Pid::from_raw))
        .collect())
}
