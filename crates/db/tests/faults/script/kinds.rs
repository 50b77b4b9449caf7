//! The kinds of faults, and how each is done and undone.

use std::time::{Duration, Instant};

use axis_testkit::{Damage, FaultProxy, Passing, PrivateServer, ProxyCounts, SmallDisk};

use crate::support::{Random, comes_true};

/// Everything that can go wrong here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    Cut,
    Reset,
    Refuse,
    HoleThenOn,
    HoleThenReset,
    Delay,
    HalfAnswer,
    HalfRequest,
    CommitAnswerLost,
    CommitLost,
    Silence,
    TerminateOne,
    TerminateAll,
    Kill,
    Stop,
    MaxConnections,
    DiskFull,
}

impl Kind {
    /// Whether the database is away meanwhile: then a client may need a moment to find it again.
    pub(super) fn is_outage(self) -> bool {
        matches!(
            self,
            Self::Refuse
                | Self::HoleThenOn
                | Self::HoleThenReset
                | Self::Kill
                | Self::Stop
                | Self::MaxConnections
        )
    }
}

/// Each kind, what it is called, and how many of 300 it is.
pub(super) const KINDS: &[(Kind, &str, usize)] = &[
    (Kind::Cut, "all connections cut", 25),
    (Kind::Reset, "all connections reset", 25),
    (Kind::Refuse, "cut, and refused for a while", 25),
    (Kind::HoleThenOn, "black hole, then on as before", 15),
    (Kind::HoleThenReset, "black hole, then reset", 20),
    (Kind::Delay, "packets delayed", 20),
    (Kind::HalfAnswer, "half an answer, then cut", 20),
    (Kind::HalfRequest, "half a request, then cut", 20),
    (Kind::CommitAnswerLost, "COMMIT done, its answer lost", 25),
    (Kind::CommitLost, "cut before COMMIT", 20),
    (Kind::Silence, "one connection falls silent", 10),
    (Kind::TerminateOne, "pg_terminate_backend of one", 20),
    (Kind::TerminateAll, "pg_terminate_backend of all", 15),
    (Kind::Kill, "kill -9 of the server, restart", 10),
    (Kind::Stop, "fast stop of the server, restart", 10),
    (Kind::MaxConnections, "max_connections reached", 10),
    (Kind::DiskFull, "disk full", 10),
];

/// `count` faults in a random order: of each kind its share, and at least one.
pub(super) fn schedule(count: usize, has_disk: bool, random: &mut Random) -> Vec<Kind> {
    let mut kinds = Vec::new();
    for &(kind, _, of_300) in KINDS {
        if kind != Kind::DiskFull || has_disk {
            kinds.extend(std::iter::repeat_n(kind, (of_300 * count / 300).max(1)));
        }
    }
    // What rounding left out.
    kinds.extend(std::iter::repeat_n(
        Kind::Cut,
        count.saturating_sub(kinds.len()),
    ));
    for index in (1..kinds.len()).rev() {
        let other = usize::try_from(random.below(index as u64 + 1)).unwrap();
        kinds.swap(index, other);
    }
    kinds
}

/// The time in which a fault may fail requests.
#[derive(Clone, Copy, Debug)]
pub(super) struct Window {
    pub(super) kind: Kind,
    pub(super) started: Instant,
    /// The database's return, as a session past the proxy or the fault's own end shows it.
    pub(super) ended: Instant,
    /// Whether the fault met something: a connection to end, a message to strike.
    pub(super) has_struck: bool,
}

/// What the faults are done to.
pub(super) struct Arena {
    pub(super) server: PrivateServer,
    pub(super) proxy: FaultProxy,
    pub(super) disk: Option<SmallDisk>,
}

impl Arena {
    /// Does one fault and undoes it.
    pub(super) async fn inject(&self, kind: Kind, random: &mut Random) -> Window {
        let hold = Duration::from_millis(150 + random.below(250));
        let proxy = &self.proxy;
        let started = Instant::now();
        let has_struck = match kind {
            Kind::Cut => self.ended(FaultProxy::cut).await,
            Kind::Reset => self.ended(FaultProxy::reset).await,
            Kind::Refuse => {
                let cut = proxy.refuse();
                tokio::time::sleep(hold).await;
                proxy.restore();
                cut > 0
            }
            Kind::HoleThenOn | Kind::HoleThenReset => {
                let open = proxy.counts().open;
                proxy.black_hole();
                tokio::time::sleep(hold).await;
                if kind == Kind::HoleThenReset {
                    proxy.reset();
                }
                proxy.restore();
                open > 0
            }
            Kind::Delay => {
                let before = proxy.counts().round_trips;
                proxy.delay(Duration::from_millis(5 + random.below(15)));
                tokio::time::sleep(hold).await;
                let is_delayed = comes_true(async || proxy.counts().round_trips > before).await;
                proxy.restore();
                is_delayed
            }
            Kind::HalfAnswer => self.strike(Passing::Answer, Damage::Halve).await,
            Kind::HalfRequest => self.strike(Passing::Request, Damage::Halve).await,
            Kind::CommitAnswerLost => self.strike_commit(Damage::LoseAnswer).await,
            Kind::CommitLost => self.strike_commit(Damage::CutBefore).await,
            Kind::Silence => self.strike(Passing::Request, Damage::Silence).await,
            Kind::TerminateOne => self.terminated(Some(1)).await,
            Kind::TerminateAll => self.terminated(None).await,
            Kind::Kill => {
                self.server.kill().await;
                self.server.restart().await;
                true
            }
            Kind::Stop => {
                self.server.stop().await;
                self.server.restart().await;
                true
            }
            Kind::MaxConnections => self.exhaust_connections(hold).await,
            Kind::DiskFull => {
                let disk = self
                    .disk
                    .as_ref()
                    .expect("scheduled only where there is one");
                let filled = disk.fill().unwrap();
                tokio::time::sleep(hold).await;
                disk.empty().unwrap();
                filled > 0
            }
        };
        Window {
            kind,
            started,
            ended: Instant::now(),
            has_struck,
        }
    }

    /// Ends all connections and waits until they have ended.
    async fn ended(&self, end: fn(&FaultProxy) -> u64) -> bool {
        let accepted = self.proxy.counts().accepted;
        let count = end(&self.proxy);
        self.are_gone(accepted).await;
        count > 0
    }

    /// Ends sessions of the server, and waits until the clients' connections have ended, too: until then a client may be handed
    /// one of them, which is the fault's doing.
    async fn terminated(&self, most: Option<i64>) -> bool {
        let gone = gone(self.proxy.counts());
        let count = self.server.terminate_backends(most).await;
        self.are_gone(gone + count).await;
        count > 0
    }

    /// Waits until so many connections are gone.
    async fn are_gone(&self, count: u64) {
        let are_gone = comes_true(async || gone(self.proxy.counts()) >= count).await;
        assert!(are_gone, "connections that were ended are still there");
    }

    pub(super) async fn strike_commit(&self, damage: Damage) -> bool {
        self.strike(Passing::Statement("COMMIT".to_owned()), damage)
            .await
    }

    async fn strike(&self, passing: Passing, damage: Damage) -> bool {
        let before = self.proxy.counts().struck;
        self.proxy.strike(passing, damage);
        comes_true(async || self.proxy.counts().struck > before).await;
        // Nothing waits any longer where nothing passed.
        self.proxy.restore();
        self.proxy.counts().struck > before
    }

    /// Takes every connection that the server has, ends those of the clients, and takes what becomes free.
    async fn exhaust_connections(&self, hold: Duration) -> bool {
        let url = self
            .server
            .url("app")
            .replace("/app", "/app?application_name=hog");
        let mut hogs = Vec::new();
        let mut has_refused = false;
        let mut ended_clients = false;
        let end = Instant::now() + hold;
        while !ended_clients || Instant::now() < end {
            match tokio_postgres::connect(&url, tokio_postgres::NoTls).await {
                Ok((client, driver)) => hogs.push((client, tokio::spawn(driver))),
                Err(_) if !ended_clients => {
                    has_refused = true;
                    ended_clients = true;
                    self.proxy.cut();
                }
                Err(_) => tokio::time::sleep(Duration::from_millis(5)).await,
            }
        }
        for (_, driver) in hogs {
            driver.abort();
        }
        // The sessions end when the server notices.
        let url = self.server.url("app");
        let is_back =
            comes_true(
                async || match tokio_postgres::connect(&url, tokio_postgres::NoTls).await {
                    Ok((_client, driver)) => {
                        drop(driver);
                        true
                    }
                    Err(_) => false,
                },
            );
        assert!(
            is_back.await,
            "the server's connections were never free again"
        );
        has_refused
    }
}

/// How many connections have come and gone.
fn gone(counts: ProxyCounts) -> u64 {
    counts.accepted.saturating_sub(counts.open)
}
