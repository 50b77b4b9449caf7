//! Leases: how a server lives exactly as long as somebody uses it.
//!
//! A supervisor (`supervisor.sh`, a shell in a process group of its own, the same user as the
//! server) runs the server and reads a FIFO. Each user process opens the FIFO for writing, writes
//! one line with the id of its lease, and waits until the supervisor has made a file of that name
//! in `leases/`. It keeps the FIFO open until it ends, however it ends: the kernel closes it. When
//! no process has the FIFO open any more, reading it ends, and the supervisor stops the server.
//!
//! A user that gets no acknowledgement came while the supervisor was stopping, and starts a cluster
//! of its own. The standard input of the supervisor is an open file with a lock: who can take the
//! lock knows that the supervisor is dead (killed), and sweeps what it left.

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use nix::libc;

use crate::error::{Error, file_error};

/// The supervisor's script.
pub(crate) const SUPERVISOR: &str = include_str!("supervisor.sh");

/// How long an acknowledgement may take. The supervisor answers within milliseconds unless the
/// machine is overloaded.
const ACKNOWLEDGEMENT: Duration = Duration::from_secs(10);

/// A share in a running server. Ends when it is dropped or its process ends.
#[derive(Debug)]
pub(crate) struct Lease {
    /// Opened with O_CLOEXEC, as std opens every file: a program that this process starts does not
    /// prolong the lease.
    _fifo: File,
}

impl Lease {
    /// Asks the supervisor of a cluster's folder for a lease. None where there is no supervisor, or
    /// it is stopping.
    pub(crate) fn take(folder: &Path) -> Result<Option<Self>, Error> {
        let path = folder.join("lease.fifo");
        // Without O_NONBLOCK, opening would wait for a supervisor.
        let opened = OpenOptions::new()
            .write(true)
            .custom_flags(libc::O_NONBLOCK)
            .open(&path);
        let mut fifo = match opened {
            Ok(fifo) => fifo,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) if error.raw_os_error() == Some(libc::ENXIO) => return Ok(None),
            Err(error) => return Err(file_error("open", path)(error)),
        };
        let id = uuid::Uuid::new_v4().simple().to_string();
        match fifo.write_all(format!("{id}\n").as_bytes()) {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::BrokenPipe => return Ok(None),
            Err(error) => return Err(file_error("write to", path)(error)),
        }
        let acknowledgement = folder.join("leases").join(id);
        let deadline = Instant::now() + ACKNOWLEDGEMENT;
        let mut pause = Duration::from_micros(200);
        loop {
            // In this order: a supervisor that stops removes the FIFO after its last
            // acknowledgement.
            let stopping = !path.exists();
            if acknowledgement.exists() {
                // Best effort: it goes with the cluster's folder otherwise.
                let _ = fs::remove_file(&acknowledgement);
                return Ok(Some(Self { _fifo: fifo }));
            }
            if stopping || Instant::now() >= deadline {
                return Ok(None);
            }
            thread::sleep(pause);
            pause = (pause * 2).min(Duration::from_millis(10));
        }
    }
}
