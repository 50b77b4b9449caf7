//! What several tests need.

use std::time::{Duration, Instant};

use tokio_postgres::{Client, NoTls};

/// Longer than anything here takes, shorter than a test runner waits.
pub(crate) const LIMIT: Duration = Duration::from_secs(10);

/// A session with its driver running.
pub(crate) async fn connect(url: &str) -> Result<Client, tokio_postgres::Error> {
    let (client, driver) = tokio_postgres::connect(url, NoTls).await?;
    tokio::spawn(driver);
    Ok(client)
}

/// What a statement gives, within the limit.
pub(crate) async fn run(client: &Client, sql: &str) -> Result<(), tokio_postgres::Error> {
    tokio::time::timeout(LIMIT, client.batch_execute(sql))
        .await
        .expect("an answer or an error within the limit")
}

/// The first value of the first row, as text.
pub(crate) async fn value(client: &Client, sql: &str) -> String {
    let rows = client.simple_query(sql).await.unwrap();
    rows.iter()
        .find_map(|message| match message {
            tokio_postgres::SimpleQueryMessage::Row(row) => Some(row.get(0).unwrap().to_owned()),
            _ => None,
        })
        .unwrap()
}

/// Waits until `check` says yes.
pub(crate) async fn eventually(what: &str, mut check: impl AsyncFnMut() -> bool) {
    let deadline = Instant::now() + LIMIT;
    while !check().await {
        assert!(Instant::now() < deadline, "it never came to pass: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// What an error and its sources say.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text.push_str(": ");
        text.push_str(&error.to_string());
        source = error.source();
    }
    text
}
