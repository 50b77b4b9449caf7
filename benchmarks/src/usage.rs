//! What processes use, by what Linux tells of them. Elsewhere there is nothing to read, and the figures are left out.

use std::fs::{read_dir, read_to_string, write};
use std::time::Duration;

use tokio_postgres::Client;

use crate::peer::Failure;

/// CPU time that processes have used until now, all their threads and the kernel's work for them.
pub fn cpu_time(processes: &[u32]) -> Option<Duration> {
    processes.iter().copied().map(of_process).sum()
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

/// The server's processes that serve anyone but `client` in these databases.
pub async fn server_processes(client: &Client, databases: &[&str]) -> Result<Vec<u32>, Failure> {
    let sql = "SELECT pid FROM pg_stat_activity \
         WHERE datname = ANY ($1) AND pid <> pg_backend_pid() AND backend_type = 'client backend'";
    let rows = client.query(sql, &[&databases]).await?;
    let id = |row: &tokio_postgres::Row| Ok(row.try_get::<_, i32>(0)?.try_into()?);
    rows.iter().map(id).collect()
}
