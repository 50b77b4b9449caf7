//! A statement that takes too long decides nothing, and ends nothing.

use std::time::Duration;

use super::*;
use crate::prove::server::{NOT_ASKED, TOO_LONG};

const SLOW: &str = "
CREATE TABLE quick (id int PRIMARY KEY, n int NOT NULL CHECK (n < 1000));
CREATE TABLE once (id int PRIMARY KEY, n int NOT NULL, CHECK (n < 2147483647 OR pg_sleep(60) IS NULL));
CREATE TABLE often (id int PRIMARY KEY, n int NOT NULL, CHECK (n > 0 OR pg_sleep(60) IS NULL));
CREATE TABLE always (id int PRIMARY KEY, n int NOT NULL, CHECK (pg_sleep(60) IS NULL));
CREATE VIEW quick_view AS SELECT id, n FROM quick;
CREATE VIEW once_view AS SELECT id, CASE n WHEN 1001 THEN 1 / length(pg_sleep(60)::text) ELSE n END AS n FROM once;
CREATE VIEW always_view AS SELECT id, pg_sleep(60)::text AS slept, n FROM quick UNION ALL SELECT 1, pg_sleep(60)::text, 2;
CREATE MATERIALIZED VIEW stored AS SELECT id, CASE n WHEN 0 THEN 1 / length(pg_sleep(60)::text) ELSE n END AS n FROM quick;
";

#[tokio::test(flavor = "multi_thread")]
async fn what_takes_too_long_is_not_decided_and_the_proof_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("slow.sql");
    std::fs::write(&file, SLOW).unwrap();
    let arguments = Arguments {
        schema_file: vec![file],
        without_checks: false,
        ..arguments(100, 1)
    };
    let mut plan = plan(&workspace(), &arguments, None);
    plan.limit = Duration::from_secs(2);
    let report = prove(&arguments, plan).await.unwrap();
    assert_eq!(report.disagreements(), 0, "{}", report.text());
    let table = |name: &str| -> &TableReport {
        let name = format!("public.{name}");
        let mut tables = report.tables.iter();
        tables.find(|table| table.name == name).unwrap()
    };
    let not_decided = |name: &str, reason: &str| table(name).undecided.get(reason).copied();
    for name in ["quick", "quick_view"] {
        assert_eq!(table(name).undecided.len(), 0, "{}", report.text());
        assert_eq!(table(name).undecided_table, None);
    }
    assert!(
        matches!(not_decided("once", TOO_LONG), Some(1..5)),
        "{}",
        report.text()
    );
    assert_eq!(not_decided("once", NOT_ASKED), None, "{}", report.text());
    let once = table("once");
    assert!(once.inserts >= 20 && once.updates >= 20, "{once:#?}");
    assert!(
        not_decided("often", TOO_LONG) >= Some(2),
        "{}",
        report.text()
    );
    assert!(
        not_decided("often", NOT_ASKED) >= Some(2),
        "{}",
        report.text()
    );
    let reason = table("always").undecided_table.as_ref().unwrap();
    assert!(reason.ends_with(TOO_LONG), "{reason}");
    let reason = table("always_view").undecided_table.as_deref();
    assert_eq!(reason, Some(TOO_LONG), "{}", report.text());
    for name in ["once_view", "stored"] {
        assert!(table(name).read > 2, "{}", report.text());
    }
}
