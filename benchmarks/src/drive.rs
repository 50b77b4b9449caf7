//! One peer runs one workload for a while.

use std::sync::Arc;
use std::time::{Duration, Instant};

use fastrand::Rng;
use futures_util::future::{BoxFuture, try_join_all};
use tokio::time::{Instant as Moment, sleep_until};
use uuid::Uuid;

use crate::cpu::CpuTime;
use crate::peer::{Failure, Peer};
use crate::peers::PeerName;
use crate::workload::Workload;

/// How much work is given, and how long.
#[derive(Clone, Debug)]
pub struct Load {
    pub clients: u32,
    pub warm_up: Duration,
    pub measured: Duration,
    pub ids: Arc<[Uuid]>,
    /// The server's processes that work for the peers, once these are connected.
    pub server_processes: Arc<[i32]>,
}

/// What a peer did in a slot of time.
#[derive(Clone, Debug)]
pub struct Measured {
    /// Operations that ended within the slot.
    pub operations: u64,
    /// The slot's length.
    pub took: Duration,
    /// What was used of the CPU meanwhile.
    pub cpu: CpuTime,
    /// How long each operation took, in microseconds, shortest first.
    pub latencies: Vec<u32>,
}

/// A peer whose type is not known: the peers in one list.
pub trait Driven: Send + Sync {
    fn name(&self) -> PeerName;

    /// Runs `workload` by `load.clients` clients, each beginning an operation when its last has ended.
    fn drive(&self, workload: Workload, load: &Load) -> BoxFuture<'_, Result<Measured, Failure>>;
}

/// Shares a peer among the clients' tasks.
pub struct Driver<P> {
    name: PeerName,
    peer: Arc<P>,
}

impl<P: Peer> Driver<P> {
    pub fn boxed(name: PeerName, peer: P) -> Box<dyn Driven> {
        let peer = Arc::new(peer);
        Box::new(Self { name, peer })
    }
}

impl<P: Peer> Driven for Driver<P> {
    fn name(&self) -> PeerName {
        self.name
    }

    fn drive(&self, workload: Workload, load: &Load) -> BoxFuture<'_, Result<Measured, Failure>> {
        let load = load.clone();
        Box::pin(async move {
            let begin = Instant::now() + load.warm_up;
            let end = begin + load.measured;
            let clients: Vec<_> = (0..load.clients)
                .map(|_| {
                    let client = client(
                        Arc::clone(&self.peer),
                        workload,
                        load.ids.clone(),
                        begin,
                        end,
                    );
                    tokio::spawn(client)
                })
                .collect();
            sleep_until(Moment::from_std(begin)).await;
            let before = CpuTime::now(&load.server_processes)?;
            sleep_until(Moment::from_std(end)).await;
            let cpu = CpuTime::now(&load.server_processes)?.since(before);
            let mut latencies = Vec::new();
            for client in try_join_all(clients).await? {
                latencies.append(&mut client?);
            }
            latencies.sort_unstable();
            Ok(Measured {
                operations: u64::try_from(latencies.len())?,
                took: load.measured,
                cpu,
                latencies,
            })
        })
    }
}

/// Works until `end`. Gives how long each operation took that ended after `begin`.
async fn client<P: Peer>(
    peer: Arc<P>,
    workload: Workload,
    ids: Arc<[Uuid]>,
    begin: Instant,
    end: Instant,
) -> Result<Vec<u32>, Failure> {
    let mut latencies = Vec::with_capacity(4096);
    let mut rng = Rng::new();
    let mut started = Instant::now();
    while started < end {
        let id = ids[rng.usize(..ids.len())];
        operation(&*peer, workload, id, &mut rng).await?;
        let ended = Instant::now();
        if ended >= begin && ended < end {
            let micros = ended.duration_since(started).as_micros();
            latencies.push(u32::try_from(micros).unwrap_or(u32::MAX));
        }
        started = ended;
    }
    Ok(latencies)
}

async fn operation<P: Peer>(
    peer: &P,
    workload: Workload,
    id: Uuid,
    rng: &mut Rng,
) -> Result<(), Failure> {
    match workload {
        Workload::PointSelect => peer.point_select(id).await,
        Workload::Insert => {
            let email = format!("{:032x}@example.com", rng.u128(..));
            peer.insert(email, name(rng)).await
        }
        Workload::Update => peer.update(id, name(rng)).await,
        Workload::TransactionWriteFirst => {
            peer.transaction_write_first(id, [name(rng), name(rng)])
                .await
        }
        Workload::TransactionReadFirst => peer.transaction_read_first(id, name(rng)).await,
    }
}

/// A name that the row does not have yet: an UPDATE that changes nothing would be cheaper.
fn name(rng: &mut Rng) -> String {
    format!("User {:016x}", rng.u64(..))
}
