//! The foreign keys that lead to or from a table of the file, and the tables that may appear in one query with one of it.

use std::collections::{BTreeMap, BTreeSet};

use super::super::super::catalog::{Catalog, Name};
use super::super::foreign_keys::is_comparable;
use super::super::{SameQuery, Settings, Table};
use super::Module;

/// What Diesel is told of relations between tables.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Related {
    /// Foreign keys that Diesel can join by: child, parent, and the child's column in Rust.
    pub(super) joinables: Vec<(Place, Place, String)>,
    /// Tables that may appear in one query, at least one of each group being of the file.
    pub(super) groups: Vec<Group>,
}

/// Where a table is: in a module of the file, or in `schema.rs`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    /// The module. None for `schema.rs`.
    pub(super) module: Option<String>,
    /// Its Rust name.
    pub(super) rust_name: String,
}

/// Tables that may appear in one query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Group {
    /// Those of the file.
    pub(super) further: Vec<Place>,
    /// Those of `schema.rs`, which says of these alone what may appear together.
    pub(super) printed: Vec<Place>,
}

/// The columns of all the foreign keys from one table to another.
#[derive(Default)]
struct Columns<'a> {
    child: Vec<&'a str>,
    parent: Vec<&'a str>,
}

impl Place {
    fn of(table: &Table) -> Self {
        Self {
            module: table.further_module.clone(),
            rust_name: table.rust_name.clone(),
        }
    }
}

impl Related {
    /// Finds them by the rules of the stock CLI: it joins by the only foreign key between two tables, of one column, to the
    /// whole primary key of another table.
    pub(super) fn new(
        catalog: &Catalog,
        settings: &Settings,
        printed: &[Table],
        modules: &[Module],
    ) -> Self {
        let further = modules.iter().flat_map(|module| &module.tables);
        let tables: BTreeMap<&Name, &Table> = printed
            .iter()
            .chain(further)
            .map(|table| (&table.name, table))
            .collect();
        let keys = joinable(catalog, &tables);
        let groups = match settings.same_query {
            SameQuery::FkRelatedTables => connected(&tables, &keys),
            SameQuery::AllTables => vec![tables.keys().copied().collect()],
            SameQuery::None => Vec::new(),
        };
        let is_further = |name: &Name| tables[name].further_module.is_some();
        Self {
            joinables: keys
                .iter()
                .filter(|(child, parent, _)| is_further(child) || is_further(parent))
                .map(|(child, parent, column)| {
                    let (child, parent) = (tables[child], tables[parent]);
                    let column = child.columns.iter().find(|found| found.name == *column);
                    let column = column.map(|column| column.rust_name.clone());
                    (
                        Place::of(child),
                        Place::of(parent),
                        column.unwrap_or_default(),
                    )
                })
                .collect(),
            groups: groups
                .into_iter()
                .map(|group| {
                    let (further, printed) = group
                        .into_iter()
                        .partition::<Vec<_>, _>(|name| is_further(name));
                    let places = |names: Vec<&Name>| {
                        let places = names.into_iter().map(|name| Place::of(tables[name]));
                        places.collect()
                    };
                    Group {
                        further: places(further),
                        printed: places(printed),
                    }
                })
                .filter(|group| {
                    !group.further.is_empty() && group.further.len() + group.printed.len() > 1
                })
                .collect(),
        }
    }
}

type JoinKey<'a> = (&'a Name, &'a Name, &'a str);

fn joinable<'a>(catalog: &'a Catalog, tables: &BTreeMap<&Name, &Table>) -> Vec<JoinKey<'a>> {
    let mut keys: BTreeMap<(&Name, &Name), Columns<'_>> = BTreeMap::new();
    for relation in &catalog.relations {
        for constraint in &relation.constraints {
            if let Some(references) = &constraint.references {
                let columns = keys.entry((&relation.name, &references.table)).or_default();
                columns
                    .child
                    .extend(constraint.columns.iter().map(String::as_str));
                columns
                    .parent
                    .extend(references.columns.iter().map(String::as_str));
            }
        }
    }
    keys.iter()
        .filter_map(|((child, parent), columns)| {
            let ([column], [referenced]) = (&*columns.child, &*columns.parent) else {
                return None;
            };
            let is_only = !keys.contains_key(&(*parent, *child));
            let is_primary_key = catalog.relations.iter().any(|relation| {
                relation.name == **parent
                    && matches!(relation.primary_key(), [only] if only == referenced)
            });
            let (from, to) = (tables.get(child)?, tables.get(parent)?);
            let is_comparable = is_comparable(from, column, to, referenced);
            (is_only && is_primary_key && is_comparable).then_some((*child, *parent, *column))
        })
        .collect()
}

/// The tables that foreign keys connect.
fn connected<'a>(tables: &BTreeMap<&'a Name, &Table>, keys: &[JoinKey<'a>]) -> Vec<Vec<&'a Name>> {
    let mut neighbours: BTreeMap<&Name, Vec<&'a Name>> = BTreeMap::new();
    for (child, parent, _) in keys {
        neighbours.entry(child).or_default().push(parent);
        neighbours.entry(parent).or_default().push(child);
    }
    let mut visited = BTreeSet::new();
    let mut groups = Vec::new();
    for name in tables.keys() {
        let mut group = BTreeSet::new();
        let mut pending = vec![*name];
        while let Some(name) = pending.pop() {
            if visited.insert(name) {
                group.insert(name);
                pending.extend(neighbours.get(name).into_iter().flatten());
            }
        }
        groups.push(group.into_iter().collect());
    }
    groups
}
