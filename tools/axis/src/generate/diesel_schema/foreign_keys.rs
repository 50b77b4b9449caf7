//! Which tables Diesel can join, as the stock CLI finds out.

use std::collections::{BTreeMap, BTreeSet};

use super::super::catalog::Catalog;
use super::{Joinable, Table, column_rust_name};

/// A foreign key that Diesel can join by, with the names of its tables in the database.
pub(super) struct Key {
    pub(super) child: String,
    pub(super) parent: String,
    pub(super) joinable: Joinable,
    /// Whether both columns have one type in Diesel, which cannot compare two.
    pub(super) is_comparable: bool,
}

/// The columns of all the foreign keys from one table to another.
#[derive(Default)]
struct Columns {
    child: Vec<String>,
    parent: Vec<String>,
}

/// The foreign keys that Diesel can join by: the only one between its two tables, of one column, to the whole primary key
/// of another table.
pub(super) fn joinable(catalog: &Catalog, schema: &str, tables: &[Table]) -> Vec<Key> {
    let mut keys: BTreeMap<(&str, &str), Columns> = BTreeMap::new();
    for relation in &catalog.relations {
        for constraint in &relation.constraints {
            let Some(references) = &constraint.references else {
                continue;
            };
            if relation.name.schema == schema && references.table.schema == schema {
                let columns = keys
                    .entry((&relation.name.name, &references.table.name))
                    .or_default();
                columns.child.extend_from_slice(&constraint.columns);
                columns.parent.extend_from_slice(&references.columns);
            }
        }
    }
    let printed: BTreeMap<&str, &Table> = tables
        .iter()
        .map(|table| (table.name.name.as_str(), table))
        .collect();
    keys.iter()
        .filter_map(|((child, parent), columns)| {
            let (child, parent) = (*printed.get(child)?, *printed.get(parent)?);
            let ([column], [referenced]) = (&*columns.child, &*columns.parent) else {
                return None;
            };
            let is_only = !keys.contains_key(&(&parent.name.name, &child.name.name));
            let is_primary_key = catalog.relations.iter().any(|relation| {
                relation.name == parent.name
                    && matches!(relation.primary_key(), [only] if only == referenced)
            });
            (is_only && is_primary_key).then(|| Key {
                is_comparable: is_comparable(child, column, parent, referenced),
                child: child.name.name.clone(),
                parent: parent.name.name.clone(),
                joinable: Joinable {
                    child: child.rust_name.clone(),
                    parent: parent.rust_name.clone(),
                    column: column_rust_name(column, &child.rust_name),
                },
            })
        })
        .collect()
}

/// Whether Diesel has one type for two columns.
pub(super) fn is_comparable(child: &Table, column: &str, parent: &Table, referenced: &str) -> bool {
    match (child.column(column), parent.column(referenced)) {
        (Some(column), Some(referenced)) => column.sql_type.is_comparable(&referenced.sql_type),
        _ => false,
    }
}

/// The tables that foreign keys connect, as groups of Rust names.
pub(super) fn connected(tables: &[Table], keys: &[Key]) -> Vec<Vec<String>> {
    let mut neighbours: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for key in keys {
        neighbours.entry(&key.child).or_default().push(&key.parent);
        neighbours.entry(&key.parent).or_default().push(&key.child);
    }
    let rust_names: BTreeMap<&str, &str> = tables
        .iter()
        .map(|table| (table.name.name.as_str(), table.rust_name.as_str()))
        .collect();
    let mut visited = BTreeSet::new();
    let mut groups = Vec::new();
    for table in tables {
        let mut group = BTreeSet::new();
        let mut pending = vec![table.name.name.as_str()];
        while let Some(name) = pending.pop() {
            if visited.insert(name) {
                group.insert(name);
                pending.extend(neighbours.get(name).into_iter().flatten());
            }
        }
        groups.push(
            group
                .iter()
                .map(|name| rust_names[name].to_owned())
                .collect(),
        );
    }
    groups
}
