//! Removing what a killed supervisor left.

use std::fs::{self, File, TryLockError};
use std::io::ErrorKind;
use std::path::Path;
use std::process::Command;

use crate::error::{Error, file_error};
use crate::installation::Installation;
use crate::server_user::ServerUser;
use crate::start::socket_prefix;

/// Whether a supervisor watches a cluster's folder; it may be stopping. Told by the lock on the file
/// that is its standard input.
pub(crate) fn is_supervised(folder: &Path) -> Result<bool, Error> {
    let path = folder.join("supervisor.lock");
    let file = match File::open(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(file_error("open", path)(error)),
    };
    match file.try_lock() {
        Ok(()) => Ok(false),
        Err(TryLockError::WouldBlock) => Ok(true),
        Err(TryLockError::Error(error)) => Err(file_error("lock", path)(error)),
    }
}

/// Stops the servers and removes the folders of ephemeral clusters that nobody supervises.
///
/// The caller holds the start-up lock, so no folder is just being made.
pub(crate) fn sweep(
    installation: &Installation,
    user: &ServerUser,
    clusters: &Path,
) -> Result<(), Error> {
    let entries = match fs::read_dir(clusters) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(file_error("list", clusters)(error)),
    };
    for entry in entries {
        let folder = entry.map_err(file_error("list", clusters))?.path();
        if is_supervised(&folder)? {
            continue;
        }
        clear(installation, user, &folder)?;
        // The shell that ran the server writes a last file when the server ends, maybe while its
        // folder is being removed.
        let script = r#"rm -rf "$1" 2>/dev/null || { sleep 1; rm -rf "$1"; }"#;
        user.shell(script, &[&folder])?;
    }
    Ok(())
}

/// Stops the server of a folder that nobody supervises, where it still runs, and removes what is
/// left of its socket and its PID file.
pub(crate) fn clear(
    installation: &Installation,
    user: &ServerUser,
    folder: &Path,
) -> Result<(), Error> {
    let data = folder.join("data");
    if let Some(pid) = postmaster_pid(&data) {
        // The number may be another process's: after a restart of the machine, or where the folder
        // was copied while its server ran.
        let argument = format!("-D {} ", data.display());
        if command_line(pid).is_some_and(|line| line.contains(&argument)) {
            stop_server(installation, user, &data, pid)?;
        }
    }
    // A PID file that names a running process would keep the next server from starting. The socket's
    // folder may be another's too, in a copy.
    let script = r#"
        rm -f "$1/data/postmaster.pid"
        [ -f "$1/socket-folder" ] || exit 0
        socket=$(cat "$1/socket-folder")
        case $socket in "$2"-*) rm -rf "$socket" ;; esac
        rm -f "$1/socket-folder""#;
    user.shell(script, &[folder, Path::new(&socket_prefix(folder))])
}

fn stop_server(
    installation: &Installation,
    user: &ServerUser,
    data: &Path,
    pid: u32,
) -> Result<(), Error> {
    let mut stop = user.command(installation.program("pg_ctl"));
    stop.args(["stop", "-m", "immediate", "-t", "5", "-D"])
        .arg(data);
    if user.run(&mut stop).is_err() && postmaster_pid(data).is_some() {
        let mut kill = user.command("/bin/sh");
        kill.args(["-c", r#"kill -KILL "$1""#, "sh"])
            .arg(pid.to_string());
        user.run(&mut kill)?;
    }
    Ok(())
}

/// The process id that a running server keeps in its data folder.
fn postmaster_pid(data: &Path) -> Option<u32> {
    let text = fs::read_to_string(data.join("postmaster.pid")).ok()?;
    text.lines().next()?.trim().parse().ok()
}

/// The command line of a process, its arguments separated by spaces.
fn command_line(pid: u32) -> Option<String> {
    if Path::new("/proc/self/cmdline").exists() {
        let bytes = fs::read(format!("/proc/{pid}/cmdline")).ok()?;
        return Some(String::from_utf8_lossy(&bytes).replace('\0', " "));
    }
    // macOS has no /proc, and always has ps; small Linux systems have /proc and no ps.
    let output = Command::new("ps")
        .args(["-o", "command=", "-p", &pid.to_string()])
        .output()
        .ok()?;
    output
        .status
        .success()
        .then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}
