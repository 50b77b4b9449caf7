//! One `axis dev` for a project at a time.

use std::fs::{File, TryLockError};
use std::io::{Read, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// Below the project's folder.
const FILE: &str = ".axis/dev";

/// Why this one cannot run.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LockError {
    /// Another one does.
    #[error(
        "axis dev already runs for this project ({who}): use that one, or stop it with Ctrl-C there"
    )]
    Running {
        /// Its process and address.
        who: String,
    },
    /// The file cannot be had.
    #[error("cannot use {}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: std::io::Error,
    },
}

/// Held while `axis dev` runs. The system takes it back with the process, however that ends.
#[derive(Debug)]
pub(super) struct Lock {
    file: File,
    path: PathBuf,
}

impl Lock {
    /// Takes it, and leaves word of this process for others.
    pub(super) fn take(root: &Path) -> Result<Self, LockError> {
        let path = root.join(FILE);
        let failed = |source| LockError::File {
            path: path.clone(),
            source,
        };
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(failed)?;
        }
        let mut file = (File::options().create(true).append(true).read(true))
            .open(&path)
            .map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut who = String::new();
                file.read_to_string(&mut who).map_err(failed)?;
                return Err(LockError::Running {
                    who: who.trim().to_owned(),
                });
            }
            Err(TryLockError::Error(source)) => return Err(failed(source)),
        }
        file.set_len(0).map_err(failed)?;
        write!(file, "process {}", std::process::id()).map_err(failed)?;
        Ok(Self { file, path })
    }

    /// Adds where the server is going to listen.
    pub(super) fn announce(&self, address: SocketAddr) -> Result<(), LockError> {
        write!(&self.file, ", http://{address}").map_err(|source| LockError::File {
            path: self.path.clone(),
            source,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::thread;
    use std::time::{Duration, Instant};

    use super::*;

    #[test]
    fn the_second_hears_of_the_first() {
        let folder = tempfile::tempdir().unwrap();
        let address = "127.0.0.1:8080".parse().unwrap();
        let first = Lock::take(folder.path()).unwrap();
        first.announce(address).unwrap();
        let second = Lock::take(folder.path()).unwrap_err().to_string();
        let who = format!("process {}, http://127.0.0.1:8080", std::process::id());
        assert!(second.contains(&who), "{second}");
        drop(first);
        // A process that another test starts at this moment has the file open until it runs its program.
        let deadline = Instant::now() + Duration::from_secs(10);
        while let Err(error) = Lock::take(folder.path()) {
            assert!(Instant::now() < deadline, "{error}");
            thread::sleep(Duration::from_millis(10));
        }
    }
}
