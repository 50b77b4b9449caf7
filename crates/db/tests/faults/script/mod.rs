//! Clients write and read while everything goes wrong. Then what they were told is compared with what is there.

mod client;
mod kinds;
mod ledger;
mod report;
mod twins;

use std::io::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use axis_db::Database;
use axis_testkit::{FaultProxy, PrivateServer, ServerSettings, SmallDisk, skip};
use tokio::task::JoinHandle;

use crate::support::{Random, comes_true, database};
use client::{Account, Client, Manners};
use kinds::{Arena, schedule};
use ledger::check;
use report::Report;

/// How long the script runs, in seconds.
const SECONDS: &str = "AXIS_FAULTS_SECONDS";
/// Repeats a run's order of faults and requests, as far as timing allows.
const SEED: &str = "AXIS_FAULTS_SEED";

/// 300 faults in three minutes.
const PAUSE: Duration = Duration::from_millis(600);

const CLIENTS: i32 = 32;
const POOL_MAX: u32 = 10;

/// How the database under test is set. What is not named here has its default.
const VARIABLES: &[(&str, &str)] = &[
    ("DATABASE_POOL_MAX", "10"),
    // So that a connection that fell silent is given up during a short run too.
    ("DATABASE_STATEMENT_TIMEOUT", "2s"),
];

/// How long anything may take that must happen. How fast it did is in the table: that is the machine's, too.
const PATIENCE: Duration = Duration::from_secs(60);
/// How many requests succeed after a fault before the next one comes, however long that takes: without them there would be
/// little to tell on a busy machine.
const BETWEEN: u64 = 150;
/// Which part of the requests outside of faults may fail.
const OUTSIDE_ERRORS: f64 = 0.01;

fn number(variable: &str, default: u64) -> u64 {
    match std::env::var(variable) {
        Ok(text) => text.parse().expect(variable),
        Err(_) => default,
    }
}

/// A server with the ledger's tables, and a proxy before it.
async fn arena(clients: i32, disk: Option<SmallDisk>) -> Arena {
    let settings = ServerSettings::new().set("max_connections", "40");
    let server = PrivateServer::start(settings).await;
    server.create_database("app").await;
    let control = server.control("app").await;
    let (role, _) = server.role();
    if let Some(disk) = &disk {
        let place = disk.tablespace().display().to_string();
        let create = format!("CREATE TABLESPACE small OWNER {role} LOCATION '{place}'");
        control.batch_execute(&create).await.unwrap();
    }
    let tablespace = disk.as_ref().map(|_| "small");
    ledger::create(&control, role, clients, tablespace).await;
    let proxy = FaultProxy::before(&server.url("app")).await;
    Arena {
        server,
        proxy,
        disk,
    }
}

/// Clients of one database.
struct Crowd {
    clients: Vec<JoinHandle<Account>>,
    stop: Arc<AtomicBool>,
    successes: Arc<AtomicU64>,
}

impl Crowd {
    /// Starts so many.
    fn start(database: &Database, count: i32, manners: Manners, pause: u64, seed: u64) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let successes = Arc::new(AtomicU64::new(0));
        let clients = (0..count)
            .map(|number| {
                let client = Client {
                    database: database.clone(),
                    number,
                    manners,
                    pause,
                    random: Random::new(seed ^ (u64::try_from(number).unwrap() << 32)),
                    successes: Arc::clone(&successes),
                };
                tokio::spawn(client.run(Arc::clone(&stop)))
            })
            .collect();
        Self {
            clients,
            stop,
            successes,
        }
    }

    /// Waits until so many requests have succeeded. Says whether they did.
    async fn succeeds(&self, count: u64) -> bool {
        let enough = self.successes.load(Ordering::SeqCst) + count;
        let deadline = Instant::now() + PATIENCE;
        while self.successes.load(Ordering::SeqCst) < enough {
            if Instant::now() >= deadline {
                return false;
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        true
    }

    /// Stops them and adds their accounts up.
    async fn stopped(self) -> Account {
        self.stop.store(true, Ordering::SeqCst);
        let mut sum = Account::default();
        for client in self.clients {
            let ended = tokio::time::timeout(PATIENCE, client).await;
            let account = ended.expect("a client hangs").unwrap();
            sum.requests.extend(account.requests);
            sum.writes.extend(account.writes);
            sum.abandoned += account.abandoned;
            sum.dirty.extend(account.dirty);
            sum.stale.extend(account.stale);
        }
        sum
    }
}

/// What is still held when nobody does anything any more; nothing where nothing is.
async fn leaks(arena: &Arena, database: &Database) -> Vec<String> {
    let control = arena.server.control("app").await;
    let mut leaks = Vec::new();
    comes_true(async || {
        leaks = held(arena, database, &control).await;
        leaks.is_empty()
    })
    .await;
    leaks
}

/// What is held at this moment.
async fn held(arena: &Arena, database: &Database, control: &tokio_postgres::Client) -> Vec<String> {
    let sessions = "SELECT count(*), count(*) FILTER (WHERE state <> 'idle') FROM pg_stat_activity \
                    WHERE application_name = 'axis'";
    let status = database.pool_status();
    let row = control.query_one(sessions, &[]).await.unwrap();
    let (open, busy): (i64, i64) = (row.get(0), row.get(1));
    let through = arena.proxy.counts().open;
    let all = [
        (
            status.in_use > 0,
            format!("{} connections in use", status.in_use),
        ),
        (
            status.waiting > 0,
            format!("{} callers wait", status.waiting),
        ),
        (busy > 0, format!("{busy} sessions of the server are busy")),
        (
            open != i64::from(status.connections) || through != u64::from(status.connections),
            format!(
                "the pool has {} connections, the proxy {through}, the server {open}",
                status.connections
            ),
        ),
        (
            status.connections > POOL_MAX,
            "the pool is too large".to_owned(),
        ),
    ];
    let held = all.into_iter().filter(|(is_held, _)| *is_held);
    held.map(|(_, what)| what).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_and_nothing_is_done_twice() {
    let seconds = number(SECONDS, 15);
    let seed = number(SEED, u64::from(std::process::id()));
    let mut random = Random::new(seed);
    let count =
        usize::try_from(Duration::from_secs(seconds).as_millis() / PAUSE.as_millis()).unwrap();
    let disk = match SmallDisk::mount(64) {
        Ok(disk) => Some(disk),
        Err(why) => {
            skip("a full disk among the faults", &why);
            None
        }
    };
    let kinds = schedule(count, disk.is_some(), &mut random);
    let arena = arena(CLIENTS, disk).await;
    let database = database(&arena.proxy.url(&arena.server.url("app")), VARIABLES);
    let crowd = Crowd::start(&database, CLIENTS, Manners::Honest, 30, seed);
    assert!(crowd.succeeds(BETWEEN).await, "nobody ever succeeded");

    let began = Instant::now();
    let mut windows = Vec::new();
    for (number, kind) in kinds.iter().enumerate() {
        let next = PAUSE * u32::try_from(number + 1).unwrap();
        tokio::time::sleep(next.saturating_sub(began.elapsed())).await;
        windows.push(arena.inject(*kind, &mut random).await);
        // The next fault does not count against the recovery from this one.
        assert!(
            crowd.succeeds(BETWEEN).await,
            "few or none succeeded after {kind:?} (seed {seed})"
        );
    }
    tokio::time::sleep(PAUSE).await;
    let took = began.elapsed();
    let account = crowd.stopped().await;

    let report = Report::new(&account.requests, &windows);
    let leaks = leaks(&arena, &database).await;
    let findings = check(&arena.server.control("app").await, &account.writes).await;
    let text = format!(
        "{} faults in {:.0} s under {CLIENTS} clients (seed {seed})\n{}\
         slowest return {:?}; writes: {} acknowledged, {} refused, {} unknown, of which {} are there; \
         {} futures dropped\n\
         lost {}, twice {}, there although refused {}, torn {}, strays {}, dirty {}, stale {}, leaks {}\n",
        report.faults(),
        took.as_secs_f64(),
        report.table(),
        report.slowest_return(),
        findings.acknowledged,
        findings.refused,
        findings.unknown,
        findings.unknown_and_there,
        account.abandoned,
        findings.lost.len(),
        findings.twice.len(),
        findings.ghosts.len(),
        findings.torn.len(),
        findings.strays,
        account.dirty.len(),
        account.stale.len(),
        leaks.len(),
    );
    // Past the capture of the test's output: the table is what the script is run for.
    let _ = std::io::stderr().write_all(text.as_bytes());

    let mut wrong = findings.faults();
    wrong.extend(
        account
            .dirty
            .iter()
            .take(3)
            .map(|what| format!("dirty: {what}")),
    );
    wrong.extend(
        account
            .stale
            .iter()
            .take(3)
            .map(|what| format!("stale: {what}")),
    );
    wrong.extend(leaks.iter().map(|what| format!("leak: {what}")));
    if report.outside_share() >= OUTSIDE_ERRORS {
        let share = report.outside_share() * 100.0;
        wrong.push(format!(
            "{share:.2} % of the requests outside of faults failed"
        ));
    }
    if report.never > 0 {
        let never = report.never;
        wrong.push(format!("after {never} faults nobody succeeded again"));
    }
    assert!(wrong.is_empty(), "{}\n{text}", wrong.join("\n"));

    // How much was looked at.
    assert!(report.faults() >= count);
    assert!(
        report.struck() * 100 >= report.faults() * 95,
        "too few faults met something\n{text}"
    );
    for row in &report.rows {
        let is_expected = row.kind != kinds::Kind::DiskFull || arena.disk.is_some();
        assert!(
            !is_expected || row.struck > 0,
            "{:?} never struck\n{text}",
            row.kind
        );
    }
    let expected = count * usize::try_from(BETWEEN).unwrap();
    assert!(
        findings.acknowledged * 4 >= expected,
        "too few writes\n{text}"
    );
    assert!(
        report.outside * 2 >= expected,
        "too few requests outside of faults\n{text}"
    );
    assert!(
        report.inside_errors > 0 && findings.unknown > 0 && account.abandoned > 0,
        "{text}"
    );
}
