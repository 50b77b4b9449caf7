//! `/readyz` while the server runs: the schema, the rules of its tables, and a full pool.

use std::time::{Duration, Instant};

use axis_adapters::Limits;
use serde_json::{Value, json};

use crate::blocker::Blocker;
use crate::load::change;
use crate::support::{Client, TestServer, new_user, until};

/// Longer than a look at the database stays good, so that the next asker looks anew.
const LATER: Duration = Duration::from_millis(1100);
/// What probes commonly wait.
const PROBE: Duration = Duration::from_secs(1);

fn reading_rules_every(interval: Duration) -> Limits {
    let mut limits = Limits::default();
    limits.rules_interval = interval;
    limits
}

/// How many tables have other rules, as the metrics say after a look.
async fn of_other_rules(client: &Client) -> u64 {
    client.get("/readyz").await.expect(200);
    let metrics = client.get("/metrics").await.text;
    let mut lines = metrics.lines();
    let count = lines.find_map(|line| line.strip_prefix("axis_schema_tables_of_other_rules "));
    count
        .and_then(|count| count.parse().ok())
        .expect("the metric")
}

/// How long `/readyz` takes that looks anew: the shortest of several, since others use the machine, too.
async fn shortest_look(client: &Client) -> Duration {
    let mut shortest = Duration::MAX;
    for _ in 0..3 {
        tokio::time::sleep(LATER).await;
        let started = Instant::now();
        client.get("/readyz").await.expect(200);
        shortest = shortest.min(started.elapsed());
    }
    shortest
}

#[tokio::test]
async fn readiness_follows_the_schema_while_the_server_runs() {
    let server = TestServer::start().await;
    let ready = |answer: Value| answer["schemaAhead"] == json!(true);
    server.client.get("/readyz").await.expect(200);
    server
        .sql("ALTER TABLE users ADD COLUMN nickname text")
        .await;
    until("ahead is seen", async || {
        ready(server.client.get("/readyz").await.expect(200))
    })
    .await;
    server.sql("ALTER TABLE posts DROP COLUMN slug").await;
    until("what is missing is seen", async || {
        server.client.get("/readyz").await.status == 503
    })
    .await;
    let problem = server.client.get("/readyz").await.expect(503);
    let detail = problem["detail"].as_str().expect("a detail");
    assert!(detail.contains("public.posts.slug is missing"), "{detail}");
}

#[tokio::test]
async fn other_rules_are_noticed_while_the_server_runs() {
    let limits = reading_rules_every(Duration::from_millis(10));
    let server = TestServer::start_with(limits, &[]).await;
    assert_eq!(of_other_rules(&server.client).await, 0);
    for (change, count) in [
        (
            "ALTER TABLE users ADD CONSTRAINT by_hand CHECK (name <> 'x')",
            1,
        ),
        ("DROP INDEX posts_slug_live_key", 2),
        ("ALTER TABLE users DROP CONSTRAINT by_hand", 1),
    ] {
        server.sql(change).await;
        until(change, async || {
            of_other_rules(&server.client).await == count
        })
        .await;
    }
}

/// The twin: before the interval is over, a look that sees the new column still has the old rules.
#[tokio::test]
async fn rules_are_not_read_by_every_look() {
    let default = Limits::default().rules_interval;
    assert_eq!(
        default,
        Duration::from_secs(30),
        "as docs/operations.md says"
    );
    let server = TestServer::start_with(reading_rules_every(Duration::from_secs(3600)), &[]).await;
    server.sql("ALTER TABLE users ADD nickname text").await;
    until("the column is seen", async || {
        let ready = server.client.get("/readyz").await.expect(200);
        ready["schemaAhead"] == json!(true)
    })
    .await;
    assert_eq!(of_other_rules(&server.client).await, 0);
}

#[tokio::test]
async fn a_full_pool_does_not_make_a_probe_late() {
    let limits = reading_rules_every(Duration::ZERO);
    let server = TestServer::start_with(limits, &[("DATABASE_POOL_MAX", "1")]).await;
    let id = new_user(&server.client, "ada@example.org").await;
    let database = server.database();
    let mut blocker = Blocker::of_user(&database, &id).await;
    let changing = change(&server.client, &id, &mut blocker).await;
    server.sql("DROP INDEX posts_slug_live_key").await;
    let took = shortest_look(&server.client).await;
    assert!(took < PROBE, "{took:?}");
    assert_eq!(
        of_other_rules(&server.client).await,
        0,
        "the pool was not full"
    );
    // The twin: with the pool free again, the rules are read.
    blocker.end("ROLLBACK").await;
    changing.await.expect("an answer").expect(200);
    until("the rule is seen", async || {
        of_other_rules(&server.client).await == 1
    })
    .await;
}

#[tokio::test]
async fn slow_catalogs_do_not_make_a_probe_late() {
    let limits = reading_rules_every(Duration::ZERO);
    let server = TestServer::start_with(limits, &[]).await;
    server
        .sql("ALTER TABLE users ADD CONSTRAINT by_hand CHECK (name <> 'x')")
        .await;
    until("the rule is seen", async || {
        of_other_rules(&server.client).await == 1
    })
    .await;
    let database = server.database();
    // Policies are read with the rules, and by nothing else here.
    let mut blocker = Blocker::begin(&database, "LOCK TABLE pg_catalog.pg_policy").await;
    until("the rules are asked for", async || {
        server.client.get("/readyz").await.expect(200);
        blocker.is_waited_for().await
    })
    .await;
    let took = shortest_look(&server.client).await;
    assert!(took < PROBE, "{took:?}");
    assert_eq!(
        of_other_rules(&server.client).await,
        1,
        "what was known stays known"
    );
    server.sql("DROP INDEX posts_slug_live_key").await;
    blocker.end("ROLLBACK").await;
    until("the other rule is seen", async || {
        of_other_rules(&server.client).await == 2
    })
    .await;
}
