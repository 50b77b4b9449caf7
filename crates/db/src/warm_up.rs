//! What is done once, before the first request.

use diesel_async::RunQueryDsl;
use futures_util::future::try_join_all;

use crate::{Connection, ConnectionDemand, Database, DbError};

diesel::define_sql_function! {
    /// A setting of the server; NULL where it has none of this name and `missing_ok`.
    fn current_setting(name: diesel::sql_types::Text, missing_ok: diesel::sql_types::Bool) -> diesel::sql_types::Nullable<diesel::sql_types::Text>;
}

/// The connections that the server keeps for others. The second one exists from PostgreSQL 16 on.
const RESERVES: [&str; 2] = ["superuser_reserved_connections", "reserved_connections"];

/// Opens as many connections as are to be idle, at least one, and compares what all processes together may open with
/// what the server has.
pub(crate) async fn warm_up(database: &Database) -> Result<(), DbError> {
    let config = database.config();
    let count = config.pool_min_idle().clamp(1, config.pool_max());
    let mut connections = try_join_all((0..count).map(|_| database.primary())).await?;
    let Some(connection) = connections.first_mut() else {
        return Ok(());
    };
    // A pooler shares the server's connections out by itself.
    if connection.is_behind_pooler() {
        return Ok(());
    }
    let Some(available) = available(connection).await? else {
        return Ok(());
    };
    let demand = ConnectionDemand {
        instances: config.instances(),
        pool_max: config.pool_max(),
        available,
    };
    if demand.instances.saturating_mul(demand.pool_max) > available {
        database.observer().connections_short(&demand);
    }
    Ok(())
}

async fn available(connection: &mut Connection) -> Result<Option<u32>, DbError> {
    let Some(mut available) = number(connection, "max_connections").await? else {
        return Ok(None);
    };
    for reserve in RESERVES {
        let reserved = number(connection, reserve).await?.unwrap_or(0);
        available = available.saturating_sub(reserved);
    }
    Ok(Some(available))
}

async fn number(connection: &mut Connection, setting: &str) -> Result<Option<u32>, DbError> {
    let text: Option<String> = diesel::select(current_setting(setting, true))
        .get_result(connection)
        .await?;
    Ok(text.and_then(|text| text.parse().ok()))
}
