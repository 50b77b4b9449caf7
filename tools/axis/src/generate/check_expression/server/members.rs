//! The members of composite types.

use tokio_postgres::Client;

use super::super::super::catalog::Name;
use super::super::tree::Type;
use super::Names;

/// A member of a composite type.
#[derive(Clone, Debug)]
pub(in super::super) struct Member {
    /// Its name.
    pub(in super::super) name: String,
    /// Its type.
    pub(in super::super) data_type: Type,
}

/// Reads the members of composite types. A table's rows are none: they are no column's value in Rust.
pub(super) async fn read(client: &Client, names: &mut Names) -> Result<(), tokio_postgres::Error> {
    let query = "SELECT n.nspname::text, c.relname::text, a.attnum, a.attname::text, a.atttypid
           FROM pg_class c
           JOIN pg_namespace n ON n.oid = c.relnamespace
           JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
          WHERE c.relkind = 'c'";
    let rows = client.query(query, &[]).await?;
    let mut numbers = Vec::new();
    for row in &rows {
        numbers.push(row.try_get(4)?);
    }
    super::read_types(client, numbers, names).await?;
    for row in &rows {
        let Some(data_type) = names.types.get(&row.try_get(4)?).cloned() else {
            continue;
        };
        let composite = Name::new(row.try_get::<_, String>(0)?, row.try_get::<_, String>(1)?);
        let name = row.try_get(3)?;
        let members = names.members.entry(composite).or_default();
        members.insert(row.try_get(2)?, Member { name, data_type });
    }
    Ok(())
}
