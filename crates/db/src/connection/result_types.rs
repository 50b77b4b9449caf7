//! The types of columns that the driver does not know, learned before they come.
//!
//! tokio-postgres looks up each unknown type of a column, and it does so by named statements of its
//! own, at the moment when the column comes. Behind a pooler these break as all named statements
//! do. So a connection that must do without names lets the driver learn every type at the start,
//! within one transaction and therefore on one server connection, and leaves none of those
//! statements behind there.
//!
//! A type that is made later is not known to connections that are open by then: a statement with
//! such a column fails with SQLSTATE 26000, and its connection is replaced.

use futures_util::future::try_join_all;
use tokio_postgres::Client;

use super::query::{Value, type_of};

/// The types that may stand in an answer. A domain never does: the server announces what it is
/// over. Nor do the types of tables' whole rows, which Diesel does not select, and those without a
/// binary format, which it could not read.
const TYPES: &str = "SELECT t.oid FROM pg_catalog.pg_type t \
     LEFT JOIN pg_catalog.pg_class c ON c.oid = t.typrelid \
     LEFT JOIN pg_catalog.pg_type element ON element.oid = t.typelem \
     LEFT JOIN pg_catalog.pg_class of_element ON of_element.oid = element.typrelid \
     WHERE t.oid >= 16384 AND t.typisdefined AND t.typsend <> 0 AND t.typreceive <> 0 AND t.typtype IN ('b', 'e', 'r', 'm', 'c') \
     AND coalesce(c.relkind, 'c') = 'c' AND coalesce(of_element.relkind, 'c') = 'c' \
     AND pg_catalog.has_type_privilege(t.oid, 'USAGE')";

/// What the driver has prepared on this server connection, by its names (s0, s1, ..) and texts. A
/// pooler that keeps named statements gives them names of its own, and takes care of them.
const LEFT_BEHIND: &str = "SELECT name FROM pg_catalog.pg_prepared_statements \
     WHERE name ~ '^s[0-9]+$' AND statement ~ '^SELECT (t.typname|enumlabel|attname)'";

/// A name that another client of the pooler has left on the server connection.
const DUPLICATE_NAME: &str = "42P05";
/// The driver counts its names up, so that another attempt uses other ones.
const ATTEMPTS: usize = 10;

/// Lets the driver learn every type of the database that a column can have.
pub(super) async fn learn(client: &Client) -> Result<(), tokio_postgres::Error> {
    let rows = client.query_typed(TYPES, &[]).await?;
    let oids = rows
        .iter()
        .map(|row| row.try_get(0))
        .collect::<Result<Vec<u32>, _>>()?;
    match learn_together(client, &oids).await {
        // One of them cannot be asked for. It must not keep the others from being known.
        Err(error) if error.as_db_error().is_some() => learn_one_by_one(client, &oids).await,
        result => result,
    }
}

async fn learn_one_by_one(client: &Client, oids: &[u32]) -> Result<(), tokio_postgres::Error> {
    for oid in oids {
        match learn_together(client, &[*oid]).await {
            Err(error) if error.as_db_error().is_none() => return Err(error),
            Ok(()) | Err(_) => {}
        }
    }
    Ok(())
}

async fn learn_together(client: &Client, oids: &[u32]) -> Result<(), tokio_postgres::Error> {
    if oids.is_empty() {
        return Ok(());
    }
    let mut attempt = 1;
    loop {
        client.batch_execute("BEGIN READ ONLY").await?;
        let learned = learn_in_transaction(client, oids).await;
        let end = match learned {
            Ok(()) => "COMMIT",
            Err(_) => "ROLLBACK",
        };
        let ended = client.batch_execute(end).await;
        match learned {
            Err(error) if is_duplicate(&error) && attempt < ATTEMPTS => attempt += 1,
            learned => return learned.and(ended),
        }
    }
}

async fn learn_in_transaction(client: &Client, oids: &[u32]) -> Result<(), tokio_postgres::Error> {
    // All at once: the time is that of a few round trips, however many types there are.
    try_join_all(oids.iter().map(|oid| ask_for(client, *oid))).await?;
    let rows = client.query_typed(LEFT_BEHIND, &[]).await?;
    for row in rows {
        let name: &str = row.try_get(0)?;
        // One of the driver's names, as the query has checked.
        client.batch_execute(&format!("DEALLOCATE {name}")).await?;
    }
    Ok(())
}

/// An answer with one column of that type.
async fn ask_for(client: &Client, oid: u32) -> Result<(), tokio_postgres::Error> {
    let value = [(Value::NULL, type_of(oid))];
    client.query_typed_raw("SELECT $1", value).await.map(drop)
}

fn is_duplicate(error: &tokio_postgres::Error) -> bool {
    error
        .code()
        .is_some_and(|code| code.code() == DUPLICATE_NAME)
}
