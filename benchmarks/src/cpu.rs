//! What operations cost the two sides in CPU time. It says more than throughput where both share the same cores, and is less
//! disturbed by what else the machine does.

use std::fs::read_to_string;
use std::time::Duration;

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;
use tokio_postgres::Client;

use crate::peer::Failure;

/// CPU time used until a moment, all cores together.
#[derive(Clone, Copy, Debug)]
pub struct CpuTime {
    /// By this process, its own and the kernel's for it.
    pub client: Duration,
    /// By the server's processes that serve the peers. None where the system does not tell.
    pub server: Option<Duration>,
}

impl CpuTime {
    /// Used until now, on the server by `processes`.
    pub fn now(processes: &[i32]) -> Result<Self, Failure> {
        let usage = getrusage(UsageWho::RUSAGE_SELF)?;
        let micros = (usage.user_time() + usage.system_time()).num_microseconds();
        Ok(Self {
            client: Duration::from_micros(u64::try_from(micros)?),
            server: processes.iter().copied().map(of_process).sum(),
        })
    }

    /// Used since then.
    pub fn since(self, earlier: Self) -> Self {
        let server = |now: Duration| Some(now.saturating_sub(earlier.server?));
        Self {
            client: self.client.saturating_sub(earlier.client),
            server: self.server.and_then(server),
        }
    }
}

/// Linux's count, in nanoseconds: the first field.
fn of_process(id: i32) -> Option<Duration> {
    let text = read_to_string(format!("/proc/{id}/schedstat")).ok()?;
    let nanos = text.split_ascii_whitespace().next()?.parse().ok()?;
    Some(Duration::from_nanos(nanos))
}

/// The server's processes that serve anyone but `client` in its database.
pub async fn server_processes(client: &Client) -> Result<Vec<i32>, Failure> {
    let sql = "SELECT pid FROM pg_stat_activity \
         WHERE datname = current_database() AND pid <> pg_backend_pid()";
    let rows = client.query(sql, &[]).await?;
    rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
}
