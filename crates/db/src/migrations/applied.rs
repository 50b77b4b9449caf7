//! The migrations that a database has.

use diesel::prelude::*;
use diesel::sql_types::Text;
use diesel_async::RunQueryDsl;

use crate::DbError;
use crate::connection::Connection;

diesel::table! {
    // The table in which Diesel notes what was applied.
    __diesel_schema_migrations (version) {
        version -> Varchar,
        run_on -> Timestamp,
    }
}

diesel::define_sql_function! {
    /// The table's OID, or NULL where the search path has no such table.
    fn to_regclass(name: Text) -> Nullable<Oid>;
}

/// The versions of the migrations that were applied to the database, oldest first. None where the table in which Diesel notes
/// them is not there, or is in a schema that the role may not use.
///
/// # Errors
/// What the query gave: reading that table takes the right to.
pub async fn applied_migrations(
    connection: &mut Connection,
) -> Result<Option<Vec<String>>, DbError> {
    let is_there: bool = diesel::select(to_regclass("__diesel_schema_migrations").is_not_null())
        .get_result(connection)
        .await?;
    if !is_there {
        return Ok(None);
    }
    let versions = __diesel_schema_migrations::table
        .select(__diesel_schema_migrations::version)
        .order(__diesel_schema_migrations::version)
        .load(connection)
        .await?;
    Ok(Some(versions))
}
