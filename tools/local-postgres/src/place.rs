//! Where things lie: a folder on the invoker's side, and one on the server's.

use std::fs;
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::Command;

use nix::unistd::Uid;
use sha2::{Digest, Sha256};

use crate::error::{Error, file_error};
use crate::installation::named_folder;
use crate::server_user::{ServerUser, run};

/// A project whose clusters are meant: its root folder and the folder that Cargo builds into.
#[derive(Clone, Debug)]
pub struct Project {
    root: PathBuf,
    target: PathBuf,
}

impl Project {
    /// The project in a folder. Cargo's target folder is `CARGO_TARGET_DIR`, else `target` in it.
    ///
    /// # Errors
    /// [`Error::File`] where the folder does not exist.
    pub fn at(root: impl AsRef<Path>) -> Result<Self, Error> {
        let root = root.as_ref();
        let root = root
            .canonicalize()
            .map_err(file_error("find the project's folder", root))?;
        let target = match std::env::var_os("CARGO_TARGET_DIR") {
            Some(folder) if !folder.is_empty() => root.join(folder),
            _ => root.join("target"),
        };
        Ok(Self { root, target })
    }

    /// Uses another target folder than Cargo's usual one.
    #[must_use]
    pub fn with_target(mut self, target: impl Into<PathBuf>) -> Self {
        self.target = target.into();
        self
    }

    /// The root folder, absolute.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The folder of the ephemeral clusters' locks and records, and of their data where the
    /// server's user reaches it.
    /// Another PostgreSQL than the usual one has a folder of its own, so that both can run at the same time.
    pub(crate) fn ephemeral_folder(&self) -> PathBuf {
        match named_folder() {
            None => self.target.join("local-postgres"),
            Some(bin) => {
                let name = short_name(&bin);
                self.target.join(format!("local-postgres-{name}"))
            }
        }
    }

    /// The folder of the persistent cluster's lock and record, and of its data where the server's
    /// user reaches it.
    pub(crate) fn persistent_folder(&self) -> PathBuf {
        self.root.join(".axis")
    }

    /// A folder that the server's user owns and reaches: `near`, else the one in the state folder.
    ///
    /// `near` does not do where an ancestor is closed to that user (root's home), or where the file
    /// system knows neither owners nor FIFOs (a folder shared with a host of another kind).
    pub(crate) fn server_folder(&self, user: &ServerUser, near: &Path) -> Result<PathBuf, Error> {
        if make_server_folder(user, near).is_ok() {
            return Ok(near.to_owned());
        }
        // Not in use; a later start may try again.
        let _ = fs::remove_dir(near);
        let states = self.state_folder()?;
        let state = states.join(short_name(near));
        make_folder(&state)?;
        if user.owner().is_some() {
            // Whatever root's umask is: the server's user must pass.
            for folder in [&states, &state] {
                fs::set_permissions(folder, fs::Permissions::from_mode(0o755))
                    .map_err(file_error("change the mode of", folder))?;
            }
        }
        // For whoever wonders whose folder this is.
        let note = state.join("project");
        fs::write(&note, format!("{}\n", self.root.display()))
            .map_err(file_error("write", note))?;
        let folder = state.join("postgres");
        make_server_folder(user, &folder)?;
        Ok(folder)
    }

    /// The one of the folders that [`Self::server_folder`] chooses from which has something in it.
    pub(crate) fn folder_with(&self, near: &Path, name: &str) -> Option<PathBuf> {
        self.server_folders(near)
            .into_iter()
            .find(|folder| folder.join(name).exists())
    }

    /// Whether a folder lies in one of those that [`Self::server_folder`] chooses from.
    pub(crate) fn owns(&self, near: &Path, folder: &Path) -> bool {
        self.server_folders(near)
            .iter()
            .any(|own| folder.starts_with(own))
    }

    fn server_folders(&self, near: &Path) -> Vec<PathBuf> {
        let state = self
            .state_folder()
            .map(|states| states.join(short_name(near)).join("postgres"));
        [Ok(near.to_owned()), state].into_iter().flatten().collect()
    }

    /// AXIS's part of the system's state folder (for root) or of the user's.
    fn state_folder(&self) -> Result<PathBuf, Error> {
        let absolute = |name: &str| {
            std::env::var_os(name)
                .map(PathBuf::from)
                .filter(|path| path.is_absolute())
        };
        let base = if Uid::effective().is_root() {
            Some(PathBuf::from("/var/lib"))
        } else {
            absolute("XDG_STATE_HOME")
                .or_else(|| absolute("HOME").map(|home| home.join(".local/state")))
        };
        match base {
            Some(base) => Ok(base.join("axis")),
            None => Err(Error::NoStateFolder {
                project: self.root.clone(),
            }),
        }
    }
}

/// A short name that stands for a folder in places that all projects share.
pub(crate) fn short_name(folder: &Path) -> String {
    hex(&Sha256::digest(folder.as_os_str().as_encoded_bytes())[..8])
}

/// Makes a folder, gives it to the server's user, and lets that user prove that it can work there.
pub(crate) fn make_server_folder(user: &ServerUser, folder: &Path) -> Result<(), Error> {
    if let Some(parent) = folder.parent() {
        make_folder(parent)?;
    }
    if !folder.is_dir() {
        fs::DirBuilder::new()
            .mode(0o700)
            .create(folder)
            .map_err(file_error("make the folder", folder))?;
    }
    if let Some((uid, gid)) = user.owner()
        && belongs_to_others(folder, uid).map_err(file_error("read", folder))?
    {
        // A new folder, one that CI restored from a cache, or one of a server's user that was made
        // anew.
        let mut chown = Command::new("chown");
        chown
            .args(["-R", "-h", &format!("{uid}:{gid}")])
            .arg(folder);
        run(&mut chown, "", "")?;
    }
    user.shell(
        r#"cd "$1" && rm -rf probe && mkdir -m 700 probe && mkfifo probe/fifo && rm -r probe"#,
        &[folder],
    )?;
    Ok(())
}

/// Whether a folder, or something in it, belongs to another user.
fn belongs_to_others(folder: &Path, uid: u32) -> io::Result<bool> {
    if fs::metadata(folder)?.uid() != uid {
        return Ok(true);
    }
    for entry in fs::read_dir(folder)? {
        if entry?.metadata()?.uid() != uid {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Makes a folder and its parents that this process's user owns.
pub(crate) fn make_folder(folder: &Path) -> Result<(), Error> {
    fs::create_dir_all(folder).map_err(file_error("make the folder", folder))
}

/// Writes a file that only this process's user may read. Whoever reads it sees the old or the new
/// content, never a part.
pub(crate) fn write_private(path: &Path, content: &str) -> Result<(), Error> {
    let new = path.with_extension(format!("{}.new", std::process::id()));
    let write = || {
        fs::write(&new, "")?;
        fs::set_permissions(&new, fs::Permissions::from_mode(0o600))?;
        fs::write(&new, content)?;
        fs::rename(&new, path)
    };
    write().map_err(file_error("write", path))
}

/// Lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
