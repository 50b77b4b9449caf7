//! Sample data: SQL files that fill tables while these are empty.

use std::path::{Path, PathBuf};

use tokio_postgres::{Client, NoTls};

use crate::configuration::SampleData;

/// Why the tables were not filled.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SampleDataError {
    /// The database does not answer.
    #[error("cannot connect to the database to fill it")]
    Connect(#[source] tokio_postgres::Error),
    /// A file of axis.toml is not there.
    #[error("cannot read {}, which [[dev.sample_data]] in axis.toml names", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: std::io::Error,
    },
    /// A statement failed.
    #[error("cannot {action}; nothing was filled in")]
    Statement {
        /// What was tried.
        action: String,
        /// What the database says.
        #[source]
        source: tokio_postgres::Error,
    },
}

/// Runs the file of each table that is empty, all in one transaction. Gives the tables with the number of rows they got.
pub(super) async fn fill(
    samples: &[SampleData],
    root: &Path,
    url: &str,
) -> Result<Vec<(String, u64)>, SampleDataError> {
    let (mut client, connection) = tokio_postgres::connect(url, NoTls)
        .await
        .map_err(SampleDataError::Connect)?;
    let driver = tokio::spawn(connection);
    let filled = in_transaction(&mut client, samples, root).await;
    drop(client);
    // What went wrong with the connection, the statement has said.
    let _ = driver.await;
    filled
}

async fn in_transaction(
    client: &mut Client,
    samples: &[SampleData],
    root: &Path,
) -> Result<Vec<(String, u64)>, SampleDataError> {
    let failed = |action: &str, table: &str| {
        let action = format!("{action} {table}");
        move |source| SampleDataError::Statement { action, source }
    };
    let transaction = (client.transaction().await).map_err(failed("begin a", "transaction"))?;
    let mut filled = Vec::new();
    for sample in samples {
        let table = quoted(&sample.table);
        let look = format!("SELECT NOT EXISTS (SELECT FROM {table})");
        let empty: bool = (transaction.query_one(&look, &[]).await)
            .and_then(|row| row.try_get(0))
            .map_err(failed("look into", &sample.table))?;
        if !empty {
            continue;
        }
        let path = root.join(&sample.file);
        let sql = std::fs::read_to_string(&path).map_err(|source| SampleDataError::Unreadable {
            path: path.clone(),
            source,
        })?;
        let rows = (transaction.execute(&sql, &[]).await).map_err(failed(
            &format!("run {} for", path.display()),
            &sample.table,
        ))?;
        // So that plans fit from the first query on.
        (transaction.batch_execute(&format!("ANALYZE {table}")).await)
            .map_err(failed("analyze", &sample.table))?;
        filled.push((sample.table.clone(), rows));
    }
    (transaction.commit().await).map_err(failed("commit", "them"))?;
    Ok(filled)
}

/// `table` or `schema.table`, quoted.
fn quoted(name: &str) -> String {
    let quote = |part: &str| format!("\"{}\"", part.replace('"', "\"\""));
    match name.split_once('.') {
        Some((schema, table)) => format!("{}.{}", quote(schema), quote(table)),
        None => quote(name),
    }
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn names_are_quoted_part_by_part() {
        assert_eq!(quoted("users"), r#""users""#);
        assert_eq!(quoted("app.User"), r#""app"."User""#);
        assert_eq!(quoted(r#"a"b"#), r#""a""b""#);
    }
}
