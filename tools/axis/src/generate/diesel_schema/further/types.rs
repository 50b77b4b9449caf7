//! The SQL types of the tables that `schema.rs` does not have: those that it defines, by the same name, and further ones.

use std::collections::{BTreeMap, BTreeSet};

use heck::ToUpperCamelCase as _;

use super::super::super::catalog::{Catalog, Column, Name, Relation, TypeKind};
use super::super::{PROVIDED_TYPES, SqlType, Table};
use super::{Module, names};

/// The types that columns have, before each has its Rust name.
pub(super) struct Types<'a> {
    catalog: &'a Catalog,
    /// Those that `schema.rs` defines, and their Rust names.
    defined: BTreeMap<Name, String>,
    noted: BTreeSet<Name>,
}

/// The types that columns have, each with its Rust name.
pub(super) struct Named<'a> {
    catalog: &'a Catalog,
    defined: BTreeMap<Name, String>,
    further: BTreeMap<Name, String>,
}

/// The type of a column's values, and whether it is an array of them. As the stock CLI does, it looks through one domain:
/// one below it, or of an array's elements, is a type of its own.
fn element<'a>(catalog: &'a Catalog, column: &'a Column) -> (&'a Name, bool) {
    let kind = |name| catalog.types.get(name).map(|found| &found.kind);
    let name = match kind(&column.type_name) {
        Some(TypeKind::Domain(domain)) => &domain.base,
        _ => &column.type_name,
    };
    match kind(name) {
        Some(TypeKind::Array(element)) => (element, true),
        _ => (name, false),
    }
}

/// The type that Diesel has for one of PostgreSQL's own, and for those of extensions that it knows by name. Its `Bit` is
/// `bytea`, which PostgreSQL takes for no bits.
fn provided(catalog: &Catalog, name: &Name) -> Option<String> {
    let is_own = name.schema == "pg_catalog" && name.name != "bit";
    let rust_name = name.name.to_upper_camel_case();
    let is_known = PROVIDED_TYPES.contains(&rust_name.as_str());
    let is_base = matches!(
        catalog.types.get(name).map(|found| &found.kind),
        Some(TypeKind::Base)
    );
    ((is_own || is_base && name.name == "citext") && is_known).then_some(rust_name)
}

impl<'a> Types<'a> {
    /// Starts with the types that `schema.rs` defines for its tables.
    pub(super) fn new(catalog: &'a Catalog, printed: &[Table]) -> Self {
        let mut by_rust_name: BTreeMap<&str, &SqlType> = BTreeMap::new();
        for column in printed.iter().flat_map(|table| &table.columns) {
            let sql_type = &column.sql_type;
            if sql_type.is_custom {
                by_rust_name.entry(&sql_type.rust_name).or_insert(sql_type);
            }
        }
        let exists = |name: &Name| catalog.types.contains_key(name);
        Self {
            catalog,
            defined: by_rust_name
                .into_iter()
                .filter(|(_, sql_type)| exists(&sql_type.name))
                .map(|(rust_name, sql_type)| (sql_type.name.clone(), rust_name.to_owned()))
                .collect(),
            noted: BTreeSet::new(),
        }
    }

    /// What `schema.rs` says of a table that it is not. The stock CLI takes types by their Rust names, and each type whose
    /// name begins with `_` for an array.
    pub(super) fn misread(&self, relation: &Relation, table: &Table) -> Option<String> {
        relation.columns.iter().find_map(|column| {
            let printed = table
                .columns
                .iter()
                .find(|found| found.name == column.name)?;
            let (name, is_array) = element(self.catalog, column);
            let sql_type = &printed.sql_type;
            let is_right = is_array == sql_type.is_array
                && match (provided(self.catalog, name), sql_type.is_custom) {
                    (Some(rust_name), false) => rust_name == sql_type.rust_name,
                    (None, true) => self.defined.get(name) == Some(&sql_type.rust_name),
                    // A type of the project's own, which diesel.toml says is elsewhere.
                    (None, false) => {
                        *name == sql_type.name
                            && !PROVIDED_TYPES.contains(&sql_type.rust_name.as_str())
                    }
                    (Some(_), true) => false,
                };
            if !is_right {
                return Some(format!(
                    "it takes the column `{}` of type `{}` for another type",
                    column.name, column.data_type
                ));
            }
            (column.reads_null != printed.nullable).then(|| match column.reads_null {
                true => format!("rows may hold NULL in the column `{}`", column.name),
                false => format!("no row holds NULL in the column `{}`", column.name),
            })
        })
    }

    /// Takes note of a column's type.
    pub(super) fn take_note(&mut self, column: &Column) {
        let (name, _) = element(self.catalog, column);
        if provided(self.catalog, name).is_none() && !self.defined.contains_key(name) {
            self.noted.insert(name.clone());
        }
    }

    /// Gives each further type a name that no other has.
    pub(super) fn named(self) -> Named<'a> {
        let reserved: Vec<&str> = self.defined.values().map(String::as_str).collect();
        let mut taken: BTreeSet<String> = reserved.iter().map(|name| (*name).to_owned()).collect();
        let mut further = BTreeMap::new();
        for name in self.noted {
            let short = names::sql_type(&name.name);
            let long = format!("{}{short}", names::sql_type(&name.schema));
            let numbered = (2..).map(|number| format!("{long}{number}"));
            let mut candidates = [short, long.clone()].into_iter().chain(numbered);
            if let Some(rust_name) = candidates.find(|candidate| !taken.contains(candidate)) {
                taken.insert(rust_name.clone());
                further.insert(name, rust_name);
            }
        }
        Named {
            catalog: self.catalog,
            defined: self.defined,
            further,
        }
    }
}

impl Named<'_> {
    /// The type of a column.
    pub(super) fn of(&self, column: &Column) -> SqlType {
        let (name, is_array) = element(self.catalog, column);
        if let Some(rust_name) = provided(self.catalog, name) {
            return SqlType {
                name: name.clone(),
                rust_name,
                is_array,
                is_custom: false,
                is_further: false,
            };
        }
        let is_further = !self.defined.contains_key(name);
        let rust_name = match self.defined.get(name).or_else(|| self.further.get(name)) {
            Some(rust_name) => rust_name.clone(),
            None => names::sql_type(&name.name),
        };
        SqlType {
            name: name.clone(),
            rust_name,
            is_array,
            is_custom: true,
            is_further,
        }
    }

    /// The types that tables have: those of `schema.rs`, and the further ones.
    pub(super) fn in_use(&self, modules: &[Module]) -> (Vec<String>, Vec<SqlType>) {
        let mut imported = BTreeSet::new();
        let mut further = BTreeMap::new();
        let tables = modules.iter().flat_map(|module| &module.tables);
        for sql_type in tables.flat_map(|table| table.columns.iter().map(|c| &c.sql_type)) {
            match (sql_type.is_custom, sql_type.is_further) {
                (true, false) => {
                    imported.insert(sql_type.rust_name.clone());
                }
                (true, true) => {
                    further.insert(sql_type.rust_name.clone(), sql_type.clone());
                }
                (false, _) => {}
            }
        }
        (
            imported.into_iter().collect(),
            further.into_values().collect(),
        )
    }
}
