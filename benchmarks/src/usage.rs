//! What processes use, by what Linux tells of them. Elsewhere there is nothing to read, and the figures are left out.

use std::collections::HashMap;
use std::fs::{read_dir, read_to_string, write};
use std::time::Duration;

use tokio_postgres::Client;

use crate::peer::Failure;

/// CPU time that each of some processes has used until now, all its threads and the kernel's work for them.
pub struct CpuTimes(HashMap<u32, Duration>);

impl CpuTimes {
    /// Without those that have ended.
    pub fn of(processes: &[u32]) -> Self {
        let with_time = |id: &u32| Some((*id, of_process(*id)?));
        Self(processes.iter().filter_map(with_time).collect())
    }

    /// What they have used since `then`; none where nothing can be read.
    pub fn since(&self, then: &Self) -> Option<Duration> {
        let used = |(id, time): (&u32, &Duration)| {
            time.saturating_sub(then.0.get(id).copied().unwrap_or_default())
        };
        (!self.0.is_empty()).then(|| self.0.iter().map(used).sum())
    }
}

fn of_process(id: u32) -> Option<Duration> {
    let threads = read_dir(format!("/proc/{id}/task")).ok()?;
    let of_thread = |thread: std::io::Result<std::fs::DirEntry>| {
        let text = read_to_string(thread.ok()?.path().join("schedstat")).ok()?;
        let nanos = text.split_ascii_whitespace().next()?.parse().ok()?;
        Some(Duration::from_nanos(nanos))
    };
    // A thread may end meanwhile.
    Some(threads.filter_map(of_thread).sum())
}

/// Forgets the most memory that a process has used.
pub fn forget_peak(id: u32) {
    // Where it does not work, the peak is the process's.
    let _ = write(format!("/proc/{id}/clear_refs"), "5");
}

/// The most memory that a process has used since, in KiB.
pub fn peak_memory(id: u32) -> Option<u64> {
    let text = read_to_string(format!("/proc/{id}/status")).ok()?;
    let line = text.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_ascii_whitespace().nth(1)?.parse().ok()
}

/// Who works for the peers: backends of these databases but that of `client`, and what stands between.
///
/// Pools close connections and open others, so they are looked up for each measurement.
pub struct ServerProcesses<'a> {
    pub client: &'a Client,
    pub databases: &'a [&'a str],
    pub between: &'a [u32],
}

impl ServerProcesses<'_> {
    pub async fn cpu_times(&self) -> Result<CpuTimes, Failure> {
        let sql = "SELECT pid FROM pg_stat_activity \
             WHERE datname = ANY ($1) AND pid <> pg_backend_pid() AND backend_type = 'client backend'";
        let rows = self.client.query(sql, &[&self.databases]).await?;
        let mut processes = self.between.to_vec();
        for row in rows {
            processes.push(row.try_get::<_, i32>(0)?.try_into()?);
        }
        Ok(CpuTimes::of(&processes))
    }
}
