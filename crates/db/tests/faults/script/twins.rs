//! The checks of the script notice what they are for: clients that do it wrong are found out.

use axis_db::{Connection, DbError};
use axis_testkit::Damage;

use super::client::{Manners, Request, dirt, mark};
use super::kinds::{Kind, Window};
use super::ledger::{Findings, check};
use super::report::Report;
use super::{Crowd, VARIABLES, arena, held, leaks};
use crate::support::{comes_true, database};

const CLIENTS: i32 = 8;
const FAULTS: usize = 20;

/// Clients of these manners while the answers of COMMITs are lost, or the COMMITs.
async fn findings(manners: Manners, damage: Damage) -> Findings {
    let arena = arena(CLIENTS, None).await;
    let database = database(&arena.proxy.url(&arena.server.url("app")), VARIABLES);
    let crowd = Crowd::start(&database, CLIENTS, manners, 10, 1);
    let mut struck = 0;
    for _ in 0..FAULTS {
        struck += usize::from(arena.strike_commit(damage).await);
    }
    assert!(struck >= FAULTS / 2, "only {struck} faults");
    let account = crowd.stopped().await;
    let control = arena.server.control("app").await;
    let findings = check(&control, &account.writes).await;
    assert!(
        findings.acknowledged + findings.unknown >= FAULTS / 2,
        "{findings:?}"
    );
    findings
}

#[tokio::test]
async fn an_honest_client_is_blameless() {
    for damage in [Damage::LoseAnswer, Damage::CutBefore] {
        let findings = findings(Manners::Honest, damage).await;
        assert_eq!(findings.faults(), [] as [&str; 0]);
        assert!(findings.unknown > 0);
    }
}

#[tokio::test]
async fn a_client_that_repeats_what_is_unknown_writes_twice() {
    let findings = findings(Manners::RepeatsUnknown, Damage::LoseAnswer).await;
    assert!(findings.twice.len() >= FAULTS / 4, "{findings:?}");
}

#[tokio::test]
async fn a_client_that_ignores_errors_loses_writes() {
    let findings = findings(Manners::IgnoresErrors, Damage::CutBefore).await;
    assert!(findings.lost.len() >= FAULTS / 4, "{findings:?}");
}

#[tokio::test]
async fn a_connection_that_is_kept_is_a_leak() {
    let arena = arena(1, None).await;
    let database = database(&arena.proxy.url(&arena.server.url("app")), VARIABLES);
    let mut connection = database.primary().await.unwrap();
    let found = dirt(&mut connection, 7).await.unwrap();
    assert_eq!(found, None);
    let control = arena.server.control("app").await;
    let is_found =
        comes_true(async || held(&arena, &database, &control).await == ["1 connections in use"]);
    assert!(is_found.await);
    drop(connection);
    assert_eq!(leaks(&arena, &database).await, [] as [&str; 0]);
}

#[tokio::test]
async fn an_open_transaction_is_dirt() {
    let arena = arena(1, None).await;
    let database = database(&arena.proxy.url(&arena.server.url("app")), VARIABLES);
    let found = database
        .transaction()
        .run(async |connection: &mut Connection| -> Result<_, DbError> {
            mark(connection).await?;
            Ok(dirt(connection, 7).await?)
        })
        .await
        .unwrap();
    assert_eq!(found.as_deref(), Some("a transaction is open"));
    let mut connection = database.primary().await.unwrap();
    assert_eq!(dirt(&mut connection, 7).await.unwrap(), None);
}

#[test]
fn errors_are_told_by_when_they_happen() {
    use std::time::{Duration, Instant};
    let zero = Instant::now();
    let at = |milliseconds| zero + Duration::from_millis(milliseconds);
    let window = |started, ended| Window {
        kind: Kind::Cut,
        started: at(started),
        ended: at(ended),
        has_struck: true,
    };
    let request = |started, ended, error: Option<&'static str>| Request {
        started: at(started),
        ended: at(ended),
        error: error.map(|class| (class, String::new())),
    };
    let away = Window {
        kind: Kind::Kill,
        ..window(10_000, 10_100)
    };
    let windows = [window(100, 200), window(1000, 1000), away];
    let requests = [
        request(0, 99, Some("query")),
        request(50, 150, Some("query")),
        request(150, 160, None),
        request(250, 700, None),
        request(900, 1100, Some("query")),
        request(1001, 3000, None),
        // Until the first success after the database's return, and no longer.
        request(10_101, 10_102, Some("unreachable")),
        request(10_102, 10_300, None),
        request(10_301, 10_302, Some("unreachable")),
    ];
    let report = Report::new(&requests, &windows);
    assert_eq!((report.inside, report.inside_errors), (3, 2));
    assert_eq!((report.recovering, report.recovering_errors), (2, 1));
    assert_eq!((report.outside, report.outside_errors), (4, 2));
    assert_eq!(report.slowest_return(), Duration::from_secs(2));
    assert_eq!((report.faults(), report.never), (3, 0));
    let report = Report::new(&requests[..3], &windows);
    assert_eq!(report.never, 3);
}
