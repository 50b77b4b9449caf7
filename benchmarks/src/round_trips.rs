//! How often a peer waits for the server in an operation: counted on the wire, by what stands between.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use url::Url;

use crate::database::{Databases, MAIN};
use crate::fill::{add_victims, remove_victims};
use crate::operation::Draw;
use crate::peer::Failure;
use crate::peers::PeerName;
use crate::process::PeerProcess;
use crate::protocol::{Answer, Sample, Task};
use crate::rounds::sampled;
use crate::slot::{Journal, Line, RoundTrips};
use crate::transport::Transport;
use crate::workload::{Kind, Workload};

/// How often an operation is done before it is counted: statements are prepared meanwhile.
const UNCOUNTED: usize = 2;

/// Counts where the journal does not say.
pub async fn count(
    peers: &[PeerName],
    workloads: &[Workload],
    rows: i64,
    databases: &mut Databases,
    journal: &mut Journal,
) -> Result<(), Failure> {
    let folder = TempDir::new()?;
    let sample = sampled(databases, rows, folder.path()).await?;
    let read: Sample = serde_json::from_slice(&std::fs::read(&sample)?)?;
    let mut draw = Draw::new(Arc::new(read), [].into());
    for name in peers.iter().copied() {
        let counted = |workload: &Workload| {
            workload.kind() == Kind::Queries && journal.trips(*workload, name).is_none()
        };
        let workloads: Vec<_> = workloads.iter().copied().filter(counted).collect();
        let url = match name {
            PeerName::AxisPgbouncer => databases.pooled_url(MAIN, 1).await?.0,
            _ => databases.url(MAIN, Transport::Tcp)?,
        };
        let (url, trips) = between(&url).await?;
        let mut peer = PeerProcess::start(name, &url, 1, &sample)?;
        for workload in workloads {
            let mut round_trips = 0;
            for _ in 0..=UNCOUNTED {
                let mut added = Vec::new();
                let mut given = draw.given(match workload {
                    Workload::Delete => Workload::ById,
                    other => other,
                })?;
                if workload == Workload::Delete {
                    let file = folder.path().join("victims.json");
                    added = add_victims(&databases.main, 1, &file).await?;
                    given.id = added[0];
                }
                let before = trips.load(Ordering::SeqCst);
                match peer.ask(&Task::Show(workload, given)).await? {
                    Answer::Shown(_) => {}
                    other => return Err(format!("{other:?}").into()),
                }
                round_trips = trips.load(Ordering::SeqCst) - before;
                remove_victims(&databases.main, &added).await?;
            }
            journal.add(Line::RoundTrips(RoundTrips {
                workload,
                peer: name,
                round_trips,
            }))?;
        }
    }
    Ok(())
}

/// A place that leads to the server of `url`, and how often it has answered all that was asked there.
async fn between(url: &str) -> Result<(String, Arc<AtomicUsize>), Failure> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let mut url = Url::parse(url)?;
    let host = url.host_str().ok_or("a URL without a host")?;
    let server = format!("{host}:{}", url.port().unwrap_or(5432));
    if url.set_port(Some(listener.local_addr()?.port())).is_err() {
        return Err("a URL without a port".into());
    }
    let trips = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&trips);
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let Ok(server) = TcpStream::connect(&server).await else {
                return;
            };
            tokio::spawn(forward(client, server, Arc::clone(&counted)));
        }
    });
    Ok((url.into(), trips))
}

/// Passes on what both say. A trip begins where the client says something after the server has: what it sends without
/// waiting for an answer belongs to the same.
async fn forward(client: TcpStream, server: TcpStream, trips: Arc<AtomicUsize>) -> io::Result<()> {
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    let answered = Arc::new(AtomicBool::new(true));
    let has_answered = Arc::clone(&answered);
    tokio::spawn(pass(from_server, to_client, move || {
        has_answered.store(true, Ordering::SeqCst)
    }));
    let count = move || {
        if answered.swap(false, Ordering::SeqCst) {
            trips.fetch_add(1, Ordering::SeqCst);
        }
    };
    pass(from_client, to_server, count).await
}

/// Ends where one of them goes away.
async fn pass(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    each: impl Fn() + Send,
) -> io::Result<()> {
    let mut data = vec![0; 64 * 1024];
    loop {
        let length = from.read(&mut data).await?;
        if length == 0 {
            return to.shutdown().await;
        }
        each();
        to.write_all(&data[..length]).await?;
    }
}
