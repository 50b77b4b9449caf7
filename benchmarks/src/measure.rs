//! One peer at one workload for a while, seen from outside.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use futures_util::future::try_join_all;
use tokio::time::sleep;
use tokio_postgres::Client;

use crate::drive::drive;
use crate::http_client::HttpClient;
use crate::operation::Draw;
use crate::peer::Failure;
use crate::process::PeerProcess;
use crate::protocol::{Answer, Load, Ran, Task};
use crate::slot::{Cell, Slot};
use crate::usage::{CpuTimes, ServerProcesses, forget_peak, peak_memory};
use crate::workload::Kind;

/// How often a bulk of few rows is repeated for one figure.
const SMALL_BULK: usize = 20_000;

/// CPU time of both sides meanwhile.
struct Window {
    client: Option<Duration>,
    server: Option<Duration>,
}

/// What both sides have used until now.
struct Look {
    client: CpuTimes,
    server: CpuTimes,
}

impl Look {
    async fn at(peer: u32, server: &ServerProcesses<'_>) -> Result<Self, Failure> {
        let server = server.cpu_times().await?;
        let client = CpuTimes::of(&[peer]);
        Ok(Self { client, server })
    }

    fn since(&self, then: &Self) -> Window {
        Window {
            client: self.client.since(&then.client),
            server: self.server.since(&then.server),
        }
    }
}

/// Has a peer do what `load` says. `server` works for it.
pub async fn measure(
    peer: &mut PeerProcess,
    cell: Cell,
    load: Load,
    draw: &Draw,
    server: &ServerProcesses<'_>,
) -> Result<Slot, Failure> {
    let (id, seconds) = (peer.id, load.milliseconds as f64 / 1000.0);
    let over_http = load.workload.kind() == Kind::Http;
    let address = match over_http {
        true => peer.address().await?,
        false => String::new(),
    };
    forget_peak(id);
    let (before, counted) = (load.warm_up_milliseconds, load.milliseconds);
    let looking_on = async {
        sleep(Duration::from_millis(before)).await;
        let then = Look::at(id, server).await?;
        sleep(Duration::from_millis(counted)).await;
        Ok::<_, Failure>(Look::at(id, server).await?.since(&then))
    };
    let asked_per_second = load.per_second;
    let work = async {
        if over_http {
            let clients = (0..load.clients)
                .map(|_| HttpClient::connect(&address, load.workload, draw.another()));
            return drive(try_join_all(clients).await?, &load).await;
        }
        match peer.ask(&Task::Run(load)).await? {
            Answer::Ran(ran) => Ok(ran),
            other => Err(format!("{other:?}").into()),
        }
    };
    let (window, ran) = tokio::join!(looking_on, work);
    let (window, ran) = (window?, ran?);
    let operations = ran.operations as f64;
    Ok(slot(
        cell,
        asked_per_second,
        ran,
        operations,
        operations / seconds,
        window,
        id,
    ))
}

/// Has a peer add many rows, into an empty table.
pub async fn measure_bulk(
    peer: &mut PeerProcess,
    cell: Cell,
    rows: usize,
    client: &Client,
    server: &ServerProcesses<'_>,
) -> Result<Slot, Failure> {
    let id = peer.id;
    let mut took = Duration::ZERO;
    let repeats = (SMALL_BULK / rows).max(1);
    let mut used: Option<Window> = None;
    forget_peak(id);
    for _ in 0..repeats {
        client.batch_execute("TRUNCATE users CASCADE").await?;
        client.batch_execute("CHECKPOINT").await?;
        let prefix = "user".to_owned();
        peer.ask(&Task::Prepare { rows, prefix }).await?;
        let then = Look::at(id, server).await?;
        let started = Instant::now();
        peer.ask(&Task::Bulk).await?;
        took += started.elapsed();
        let window = Look::at(id, server).await?.since(&then);
        used = Some(match used {
            None => window,
            Some(before) => Window {
                client: before.client.zip(window.client).map(|(a, b)| a + b),
                server: before.server.zip(window.server).map(|(a, b)| a + b),
            },
        });
        let count = client.query_one("SELECT count(*) FROM users", &[]).await?;
        let count: i64 = count.try_get(0)?;
        if count != i64::try_from(rows)? {
            return Err(format!("{} added {count} rows", peer.name.title()).into());
        }
    }
    let operations = (rows * repeats) as f64;
    let per_second = operations / took.as_secs_f64();
    let each = u64::try_from(took.as_micros())? / u64::try_from(repeats)?;
    let ran = Ran {
        p50: each,
        p95: each,
        p99: each,
        max: each,
        ..Ran::default()
    };
    let window = used.ok_or("no bulk")?;
    Ok(slot(cell, None, ran, operations, per_second, window, id))
}

fn slot(
    cell: Cell,
    asked_per_second: Option<f64>,
    ran: Ran,
    operations: f64,
    per_second: f64,
    window: Window,
    id: u32,
) -> Slot {
    let each = |cpu: Duration| cpu.as_secs_f64() * 1e6 / operations.max(1.0);
    Slot {
        cell,
        asked_per_second,
        per_second,
        failures: ran.failures,
        p50: ran.p50,
        p95: ran.p95,
        p99: ran.p99,
        max: ran.max,
        client_cpu: window.client.map(each),
        server_cpu: window.server.map(each),
        peak_memory: peak_memory(id),
    }
}

/// Where the ids of rows to be deleted stand.
pub fn victims_file(folder: &std::path::Path) -> PathBuf {
    folder.join("victims.json")
}
