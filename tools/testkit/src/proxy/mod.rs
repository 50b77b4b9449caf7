//! A proxy in front of a PostgreSQL that breaks connections in chosen ways.

mod link;
mod rule;
mod wire;

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use url::Url;

use crate::port::fixed_port;
use rule::Rule;
pub use rule::{Damage, Passing};

/// What the proxy does with all that passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    Forward,
    /// Each packet is held for as long.
    Delay(Duration),
    /// Nothing passes and nothing is closed; new connections are accepted and never answered.
    BlackHole,
    /// The door is closed. Who slipped in while it fell shut is put out again.
    Refuse,
}

/// How a connection is ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ending {
    /// By FIN, as a process that exits does.
    Cut,
    /// By RST, as a machine that knows nothing of the connection does.
    Reset,
}

/// A proxy on a port of 127.0.0.1 that forwards to a PostgreSQL until it is told to do harm. It stops when it is dropped.
///
/// It understands PostgreSQL's protocol as far as to know where a message ends and which SQL it carries; over TLS it
/// sees packets alone, and rules for statements never apply.
#[derive(Debug)]
pub struct FaultProxy {
    shared: Arc<Shared>,
    address: SocketAddr,
    door: Mutex<Door>,
}

#[derive(Debug)]
enum Door {
    /// The task that accepts.
    Open(JoinHandle<()>),
    /// A socket that does not listen and keeps the port meanwhile.
    Closed { _port: TcpSocket },
}

/// What the proxy has seen. Every number only grows, but `open`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ProxyCounts {
    /// Connections accepted.
    pub accepted: u64,
    /// Connections that are open now.
    pub open: u64,
    /// How often a client sent something and the server answered it. What a client sends at once counts once.
    pub round_trips: u64,
    /// Requests to cancel a query, which come on connections of their own.
    pub cancels: u64,
    /// Rules that have struck.
    pub struck: u64,
}

struct Shared {
    server: SocketAddr,
    mode: watch::Sender<Mode>,
    /// Raised to end every connection; those made later wait for the next.
    ending: watch::Sender<(u64, Ending)>,
    rules: Mutex<Vec<Rule>>,
    accepted: AtomicU64,
    open: AtomicU64,
    round_trips: AtomicU64,
    cancels: AtomicU64,
    struck: AtomicU64,
}

impl FaultProxy {
    /// Starts one in front of the server that `url` leads to, by host and port.
    ///
    /// # Panics
    /// Where the URL names no host, or no port is free.
    #[expect(clippy::expect_used, reason = "tests only")]
    pub async fn before(url: &str) -> Self {
        let url = Url::parse(url).expect("a URL");
        let host = url.host_str().expect("a host");
        let port = url.port().unwrap_or(5432);
        let server = tokio::net::lookup_host((host, port))
            .await
            .expect("the server's host has an address")
            .next()
            .expect("the server's host has an address");
        let shared = Arc::new(Shared {
            server,
            mode: watch::Sender::new(Mode::Forward),
            ending: watch::Sender::new((0, Ending::Cut)),
            rules: Mutex::default(),
            accepted: AtomicU64::new(0),
            open: AtomicU64::new(0),
            round_trips: AtomicU64::new(0),
            cancels: AtomicU64::new(0),
            struck: AtomicU64::new(0),
        });
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, fixed_port()));
        let listener = bound(address)
            .and_then(|socket| socket.listen(1024))
            .expect("the proxy listens");
        let task = tokio::spawn(accept(listener, Arc::clone(&shared)));
        Self {
            shared,
            address,
            door: Mutex::new(Door::Open(task)),
        }
    }

    /// The same URL by way of this proxy.
    ///
    /// # Panics
    /// Where it is no URL with a host.
    #[must_use]
    #[expect(clippy::expect_used, reason = "tests only")]
    pub fn url(&self, url: &str) -> String {
        let mut url = Url::parse(url).expect("a URL");
        url.set_host(Some("127.0.0.1")).expect("a URL with a host");
        url.set_port(Some(self.address.port()))
            .expect("a URL with a host");
        url.into()
    }

    /// Ends every connection, on both sides, by FIN. Gives how many there were. New ones are served. Each ends a moment
    /// later.
    pub fn cut(&self) -> u64 {
        self.end(Ending::Cut)
    }

    /// Ends every connection, on both sides, by RST. Gives how many there were. New ones are served.
    pub fn reset(&self) -> u64 {
        self.end(Ending::Reset)
    }

    /// Ends every connection and refuses new ones until [`FaultProxy::restore`]. Gives how many there were.
    ///
    /// # Panics
    /// Where the port, left for a moment, is lost to another process.
    #[expect(clippy::expect_used, reason = "tests only")]
    pub fn refuse(&self) -> u64 {
        self.shared.mode.send_replace(Mode::Refuse);
        let mut door = self.door();
        if let Door::Open(task) = &*door {
            // The listener closes when the task is dropped, which is soon.
            task.abort();
            *door = Door::Closed {
                _port: bound(self.address).expect("the proxy keeps its port"),
            };
        }
        drop(door);
        self.cut()
    }

    /// From now on nothing passes and nothing is closed: open connections fall silent, new ones are accepted and never
    /// answered. What is sent meanwhile passes after [`FaultProxy::restore`].
    pub fn black_hole(&self) {
        self.shared.mode.send_replace(Mode::BlackHole);
    }

    /// From now on each packet is held for as long, in both directions.
    pub fn delay(&self, pause: Duration) {
        self.shared.mode.send_replace(Mode::Delay(pause));
    }

    /// Does this to the next that passes, once, on whichever connection it does. Several may be set; the first that fits
    /// strikes.
    pub fn strike(&self, passing: Passing, damage: Damage) {
        self.shared.rules().push(Rule { passing, damage });
    }

    /// How many rules have not struck yet.
    #[must_use]
    pub fn pending(&self) -> usize {
        self.shared.rules().len()
    }

    /// Forwards again, listens again, and drops the rules that have not struck. Connections that a rule has silenced stay
    /// so.
    ///
    /// # Panics
    /// Where the port cannot be listened on any more.
    #[expect(clippy::expect_used, reason = "tests only")]
    pub fn restore(&self) {
        self.shared.rules().clear();
        self.shared.mode.send_replace(Mode::Forward);
        let mut door = self.door();
        if let Door::Closed { .. } = &*door {
            let listener = bound(self.address)
                .and_then(|socket| socket.listen(1024))
                .expect("the proxy listens again");
            *door = Door::Open(tokio::spawn(accept(listener, Arc::clone(&self.shared))));
        }
    }

    /// What has been seen so far.
    #[must_use]
    pub fn counts(&self) -> ProxyCounts {
        let read = |count: &AtomicU64| count.load(Ordering::SeqCst);
        ProxyCounts {
            accepted: read(&self.shared.accepted),
            open: read(&self.shared.open),
            round_trips: read(&self.shared.round_trips),
            cancels: read(&self.shared.cancels),
            struck: read(&self.shared.struck),
        }
    }

    fn end(&self, ending: Ending) -> u64 {
        let open = self.shared.open.load(Ordering::SeqCst);
        self.shared
            .ending
            .send_modify(|(round, how)| (*round, *how) = (*round + 1, ending));
        open
    }

    fn door(&self) -> MutexGuard<'_, Door> {
        self.door.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for FaultProxy {
    fn drop(&mut self) {
        if let Door::Open(task) = &*self.door() {
            task.abort();
        }
        self.cut();
    }
}

impl Shared {
    fn rules(&self) -> MutexGuard<'_, Vec<Rule>> {
        self.rules.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared")
            .field("server", &self.server)
            .finish_non_exhaustive()
    }
}

fn bound(address: SocketAddr) -> std::io::Result<TcpSocket> {
    let socket = TcpSocket::new_v4()?;
    // Connections of before may linger in TIME_WAIT, and a listener that is being replaced may live for a moment.
    socket.set_reuseaddr(true)?;
    #[cfg(unix)]
    socket.set_reuseport(true)?;
    socket.bind(address)?;
    Ok(socket)
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    loop {
        // Out of descriptors, for one: the next may succeed.
        let Ok((client, _)) = listener.accept().await else {
            tokio::time::sleep(Duration::from_millis(10)).await;
            continue;
        };
        shared.accepted.fetch_add(1, Ordering::SeqCst);
        let open = Open::new(Arc::clone(&shared));
        tokio::spawn(async move { link::serve(client, &open.0).await });
    }
}

/// Counts a connection as open for as long as it lives.
struct Open(Arc<Shared>);

impl Open {
    fn new(shared: Arc<Shared>) -> Self {
        shared.open.fetch_add(1, Ordering::SeqCst);
        Self(shared)
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.open.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Ends a connection as told.
fn close(stream: &TcpStream, ending: Ending) {
    if ending == Ending::Reset {
        // With nothing to linger for, closing sends RST. It fails only on a connection that is gone.
        let _ = stream.set_zero_linger();
    }
}
