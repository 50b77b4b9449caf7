//! A folder for a server of a test's own, and a process that outlives the test to clear it up.

use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use axis_local_postgres::ServerUser;

/// A folder that belongs to the server's user. When this value goes, or the process ends, whatever runs in it is ended and
/// it is removed.
#[derive(Debug)]
pub(crate) struct Keeper {
    folder: PathBuf,
    /// Its standard input is open for as long as this process lives.
    process: Child,
}

impl Keeper {
    /// Makes the folder. Short, so that a socket fits in it, and outside of root's home, so that the server's user reaches it.
    pub(crate) fn new(user: &ServerUser) -> std::io::Result<Self> {
        let id = uuid::Uuid::new_v4().simple().to_string();
        let folder = PathBuf::from(format!("/tmp/axis-fault-{}", &id[..12]));
        std::fs::create_dir(&folder)?;
        std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o700))?;
        if let Some((owner, group)) = user.owner() {
            std::os::unix::fs::chown(&folder, Some(owner), Some(group))?;
        }
        let process = Command::new("/bin/sh")
            .args(["-c", include_str!("keeper.sh"), "keeper.sh"])
            .arg(&folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // A signal from the terminal (Ctrl-C) is not meant for it.
            .process_group(0)
            .spawn()?;
        Ok(Self { folder, process })
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        // Not a second for a server that was stopped before, else at most four.
        let _ = self.process.wait();
    }
}
