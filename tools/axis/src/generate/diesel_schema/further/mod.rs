//! What the stock CLI does not print: views, tables of other servers, tables without a primary key, further schemas, and
//! tables whose names or types come out of it as what does not compile or as another type. It goes into a file of ours
//! beside `schema.rs`, with one module for each schema of the database.

mod key;
mod names;
mod print;
mod related;
mod types;

use std::collections::{BTreeMap, BTreeSet};

use super::super::catalog::{Catalog, Name, Relation};
use super::{MAX_COLUMNS, Settings, SqlType, Table, TableColumn, max_length};
pub(crate) use key::Key;
pub(super) use print::print;
use related::Related;
use types::Types;

/// What the file beside `schema.rs` says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Further {
    /// One module for each schema of the database, by name.
    pub(crate) modules: Vec<Module>,
    /// The types that `schema.rs` defines and a table here has, by Rust name.
    imported: Vec<String>,
    /// The types that it does not define, by Rust name.
    types: Vec<SqlType>,
    related: Related,
    /// The relations that are printed nowhere, and why.
    pub(crate) omitted: BTreeMap<Name, String>,
    /// The tables that `schema.rs` has too, and why what it says of them does not serve a contract.
    pub(crate) misread: BTreeMap<Name, String>,
    /// What Diesel is told to be their primary key.
    pub(crate) keys: BTreeMap<Name, Key>,
}

/// The module of a schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Module {
    /// The schema's name.
    pub(crate) schema: String,
    /// The module's.
    pub(crate) rust_name: String,
    /// The tables, by name.
    pub(crate) tables: Vec<Table>,
}

impl Further {
    /// What is left, when these tables are in `schema.rs`.
    pub(super) fn new(catalog: &Catalog, settings: &Settings, printed: &[Table]) -> Self {
        let mut omitted = BTreeMap::new();
        let mut misread = BTreeMap::new();
        let mut left: BTreeMap<&str, Vec<&Relation>> = BTreeMap::new();
        let mut types = Types::new(catalog, printed);
        let by_name: BTreeMap<&Name, &Table> =
            printed.iter().map(|table| (&table.name, table)).collect();
        let relations = catalog.relations.iter();
        for relation in relations.filter(|relation| !relation.is_bookkeeping()) {
            let reason = match by_name.get(&relation.name) {
                Some(table) => match types.misread(relation, table) {
                    None => continue,
                    Some(reason) => Some(reason),
                },
                None => None,
            };
            match (reason_to_omit(settings, relation), reason) {
                (Some(_), Some(_)) => {}
                (Some(reason), None) => {
                    omitted.insert(relation.name.clone(), reason);
                }
                (None, reason) => {
                    misread.extend(reason.map(|reason| (relation.name.clone(), reason)));
                    let of_schema = left.entry(&relation.name.schema).or_default();
                    of_schema.push(relation);
                }
            }
        }
        for relation in left.values().flatten() {
            for column in &relation.columns {
                types.take_note(column);
            }
        }
        let types = types.named();
        let schemas: Vec<_> = left
            .keys()
            .map(|name| (*name, names::table(name)))
            .collect();
        let module_names = names::distinct(&schemas, &names::ROOT_MODULES);
        let mut modules = Vec::new();
        let mut keys = BTreeMap::new();
        for ((schema, relations), module) in left.into_iter().zip(module_names) {
            let own: Vec<_> = relations
                .iter()
                .map(|relation| relation.name.name.as_str())
                .map(|name| (name, names::table(name)))
                .collect();
            let mut tables = Vec::new();
            for (relation, rust_name) in relations.into_iter().zip(names::distinct(&own, &[])) {
                let key = Key::of(relation);
                let table = table(catalog, settings, &types, relation, &rust_name, &key);
                tables.push(Table {
                    further_module: Some(module.clone()),
                    ..table
                });
                keys.insert(relation.name.clone(), key);
            }
            modules.push(Module {
                schema: schema.to_owned(),
                rust_name: module,
                tables,
            });
        }
        let related = Related::new(catalog, settings, printed, &modules);
        let (imported, types) = types.in_use(&modules);
        Self {
            modules,
            imported,
            types,
            related,
            omitted,
            misread,
            keys,
        }
    }

    /// Whether there is anything to print.
    pub(crate) fn is_empty(&self) -> bool {
        self.modules.is_empty()
    }

    /// The types that the file defines.
    pub(crate) fn types(&self) -> impl Iterator<Item = &SqlType> {
        self.types.iter()
    }

    /// How many tables of the file each declaration lets appear in one query.
    pub(super) fn groups(&self) -> impl Iterator<Item = usize> {
        let groups = self.related.groups.iter();
        groups.map(|group| group.further.len())
    }

    /// The tables of all modules.
    pub(crate) fn tables(&self) -> impl Iterator<Item = &Table> {
        self.modules.iter().flat_map(|module| &module.tables)
    }
}

/// Why Diesel can have no table for the relation, or is to have none.
fn reason_to_omit(settings: &Settings, relation: &Relation) -> Option<String> {
    if relation.partition_of.is_some() {
        return Some("its rows are those of the table that it is a part of".to_owned());
    }
    if !settings.filter.lets(&relation.name.name) {
        return Some("the filter of diesel.toml leaves it out".to_owned());
    }
    if let Some(extension) = &relation.extension {
        return Some(format!("it belongs to the extension `{extension}`"));
    }
    if relation.columns.is_empty() {
        return Some("it has no columns, and Diesel has no table without one".to_owned());
    }
    if relation.columns.len() > MAX_COLUMNS {
        return Some(format!(
            "it has {} columns; Diesel can be built for {MAX_COLUMNS} at most. A view of some of them can have a contract",
            relation.columns.len()
        ));
    }
    if !names::is_schema(&relation.name.schema) {
        return Some(format!(
            "Diesel writes the name of a schema as a Rust identifier, which `{}` is not",
            relation.name.schema
        ));
    }
    None
}

fn table(
    catalog: &Catalog,
    settings: &Settings,
    types: &types::Named<'_>,
    relation: &Relation,
    rust_name: &str,
    key: &Key,
) -> Table {
    let sql_types: Vec<SqlType> = relation
        .columns
        .iter()
        .map(|column| types.of(column))
        .collect();
    let imported: BTreeSet<&str> = sql_types
        .iter()
        .filter(|sql_type| sql_type.is_custom)
        .map(|sql_type| sql_type.rust_name.as_str())
        .collect();
    let names: Vec<_> = relation
        .columns
        .iter()
        .map(|column| column.name.as_str())
        .map(|name| (name, names::column(name, rust_name, &imported)))
        .collect();
    let mut columns: Vec<TableColumn> = relation
        .columns
        .iter()
        .zip(names::distinct(&names, &[rust_name]))
        .zip(&sql_types)
        .map(|((column, rust_name), sql_type)| TableColumn {
            name: column.name.clone(),
            rust_name,
            sql_type: sql_type.clone(),
            nullable: column.reads_null,
            max_length: max_length(catalog, column),
            comment: column.comment.clone(),
        })
        .collect();
    let primary_key = key
        .columns()
        .iter()
        .filter_map(|name| columns.iter().find(|column| column.name == **name))
        .map(|column| column.rust_name.clone())
        .collect();
    if settings.column_sorting == super::ColumnSorting::Name {
        columns.sort_by(|a, b| a.name.cmp(&b.name));
    }
    Table {
        name: relation.name.clone(),
        rust_name: rust_name.to_owned(),
        further_module: None,
        primary_key,
        columns,
        comment: relation.comment.clone(),
    }
}
