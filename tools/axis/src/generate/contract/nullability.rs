//! `[view_nullable]` of axis.toml: which columns of views may be NULL, where the view itself does not say it.

use std::collections::BTreeMap;

use super::super::catalog::Catalog;
use super::super::diesel_schema::DEFAULT_SCHEMA;
use super::ContractError;

/// The catalog with the columns of views as axis.toml says. Each line must name one, and say something new.
pub(crate) fn with_nullability(
    catalog: &Catalog,
    overrides: &BTreeMap<String, bool>,
) -> Result<Catalog, ContractError> {
    let mut catalog = catalog.clone();
    for (key, nullable) in overrides {
        let column = catalog
            .relations
            .iter_mut()
            .filter(|relation| relation.is_read_only())
            .find_map(|relation| {
                let name = &relation.name;
                let short = (name.schema == DEFAULT_SCHEMA).then_some(name.name.as_str());
                let is_meant = |column: &str| {
                    *key == format!("{name}.{column}")
                        || short.is_some_and(|short| *key == format!("{short}.{column}"))
                };
                let position = relation
                    .columns
                    .iter()
                    .position(|column| is_meant(&column.name))?;
                relation.columns.get_mut(position)
            })
            .ok_or_else(|| ContractError::UnknownViewColumn { key: key.clone() })?;
        if column.reads_null == *nullable {
            return Err(ContractError::NeedlessNullability { key: key.clone() });
        }
        column.reads_null = *nullable;
    }
    Ok(catalog)
}
