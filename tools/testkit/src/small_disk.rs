//! A disk that is soon full.

use std::fs::File;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use axis_local_postgres::ServerUser;
use nix::unistd::Uid;

use crate::keeper::Keeper;

/// A file system of its own, in memory, for a tablespace: when it is full, statements that need room fail with
/// SQLSTATE 53100, and the server lives. (A full disk under the write-ahead log ends the server instead.)
///
/// It is unmounted when this value goes, or the process ends. End the server before, or drop the tablespace.
#[derive(Debug)]
pub struct SmallDisk {
    keeper: Keeper,
}

impl SmallDisk {
    /// Mounts one of so many mebibytes.
    ///
    /// # Errors
    /// Why this machine cannot: only root may mount, and not in every container. A test says so by [`skip`](crate::skip).
    pub fn mount(mebibytes: u32) -> Result<Self, String> {
        if !Uid::effective().is_root() {
            return Err("only root may mount a tmpfs".to_owned());
        }
        let user = ServerUser::choose().map_err(|error| error.to_string())?;
        let keeper = Keeper::new(&user).map_err(|error| error.to_string())?;
        let disk = keeper.folder().join("disk");
        std::fs::create_dir(&disk).map_err(|error| error.to_string())?;
        let mut options = format!("size={mebibytes}m,mode=700");
        if let Some((owner, group)) = user.owner() {
            options.push_str(&format!(",uid={owner},gid={group}"));
        }
        let output = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &options, "tmpfs"])
            .arg(&disk)
            .stdin(Stdio::null())
            .output()
            .map_err(|error| format!("mount: {error}"))?;
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).trim().to_owned());
        }
        // A tablespace wants an empty folder of the server's user, and the ballast lies beside it.
        let this = Self { keeper };
        user.shell(r#"mkdir -m 700 "$1""#, &[&this.tablespace()])
            .map_err(|error| error.to_string())?;
        Ok(this)
    }

    /// The folder for `CREATE TABLESPACE .. LOCATION`.
    #[must_use]
    pub fn tablespace(&self) -> PathBuf {
        self.disk().join("tablespace")
    }

    /// Takes all the room that is left, and gives how many bytes that was.
    ///
    /// # Errors
    /// What writing gave, other than a full disk.
    pub fn fill(&self) -> std::io::Result<u64> {
        let mut ballast = File::options()
            .create(true)
            .append(true)
            .open(self.ballast())?;
        let mut written = 0;
        let mut piece: &[u8] = &[0; 64 * 1024];
        loop {
            match ballast.write(piece) {
                Ok(0) => return Ok(written),
                Ok(count) => written += count as u64,
                Err(error) if error.kind() == ErrorKind::StorageFull => {
                    // A smaller piece may still fit.
                    if piece.len() <= 1 {
                        return Ok(written);
                    }
                    piece = &piece[..piece.len() / 2];
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Gives that room back.
    ///
    /// # Errors
    /// What removing the ballast gave.
    pub fn empty(&self) -> std::io::Result<()> {
        match std::fs::remove_file(self.ballast()) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    fn disk(&self) -> PathBuf {
        self.keeper.folder().join("disk")
    }

    fn ballast(&self) -> PathBuf {
        self.disk().join("ballast")
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // The keeper unmounts by force what cannot be unmounted yet.
        let _ = unmount(&self.disk());
    }
}

fn unmount(folder: &Path) -> std::io::Result<()> {
    Command::new("umount")
        .arg(folder)
        .stderr(Stdio::null())
        .status()
        .map(drop)
}
