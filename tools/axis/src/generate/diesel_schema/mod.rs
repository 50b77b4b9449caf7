//! Beside the contracts: `schema.rs`, as the stock `diesel print-schema` prints it from the same database, and a file of
//! ours for what that leaves out.
//!
//! [`DieselSchema`] is what the files say, as values; [`print()`] and [`print_further()`] make it text.

mod diesel_toml;
mod foreign_keys;
mod further;
mod names;
mod omitted;
mod print;
mod settings;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use heck::ToUpperCamelCase;

use super::catalog::{Catalog, Column, Name, Relation, RelationKind, TypeKind};
pub(crate) use further::{Further, Key};
use names::column_rust_name;
pub(crate) use names::rust_name;
pub(crate) use print::print;
pub(crate) use settings::{ColumnSorting, Docs, SameQuery, Settings, SettingsError};

/// The schema that names without one mean.
pub(crate) const DEFAULT_SCHEMA: &str = "public";

/// The most columns that Diesel can be built for.
const MAX_COLUMNS: usize = 128;

/// What `schema.rs` says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DieselSchema {
    /// The tables, by name.
    pub(crate) tables: Vec<Table>,
    /// The foreign keys that Diesel can join by.
    pub(crate) joinables: Vec<Joinable>,
    /// The tables that may appear in one query.
    pub(crate) same_query: Vec<Vec<String>>,
    /// The schema whose tables are in `schema.rs`.
    pub(crate) schema: String,
    /// The tables of the schema that are not in `schema.rs`, and why.
    pub(crate) omitted: BTreeMap<Name, String>,
    /// What goes into a file of ours beside it.
    pub(crate) further: Further,
}

/// A table as Diesel knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Table {
    /// Its name in the database.
    pub(crate) name: Name,
    /// Its name in Rust.
    pub(crate) rust_name: String,
    /// Its module in the file beside `schema.rs`. None for a table of `schema.rs`.
    pub(crate) further_module: Option<String>,
    /// The Rust names of the columns of its primary key, or of what stands for one.
    pub(crate) primary_key: Vec<String>,
    /// Its columns.
    pub(crate) columns: Vec<TableColumn>,
    /// `COMMENT ON`.
    pub(crate) comment: Option<String>,
}

impl Table {
    /// The column of that name.
    fn column(&self, name: &str) -> Option<&TableColumn> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// The Rust name of a column.
    pub(crate) fn column_rust_name<'a>(&'a self, name: &'a str) -> &'a str {
        self.column(name).map_or(name, |column| &column.rust_name)
    }
}

/// A column as Diesel knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TableColumn {
    /// Its name in the database.
    pub(crate) name: String,
    /// Its name in Rust.
    pub(crate) rust_name: String,
    /// Its SQL type.
    pub(crate) sql_type: SqlType,
    /// Whether it can hold NULL.
    pub(crate) nullable: bool,
    /// The length of a character or bit type.
    pub(crate) max_length: Option<i32>,
    /// `COMMENT ON`.
    pub(crate) comment: Option<String>,
}

/// An SQL type as Diesel knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SqlType {
    /// Its name in the database, or that of its element.
    pub(crate) name: Name,
    /// Its name in Rust.
    pub(crate) rust_name: String,
    /// Whether it is an array.
    pub(crate) is_array: bool,
    /// Whether schema.rs defines it, or the file beside it.
    pub(crate) is_custom: bool,
    /// Whether it is the file beside schema.rs that defines it.
    pub(crate) is_further: bool,
}

impl SqlType {
    /// Whether both are one type in Diesel, which has several names for text.
    fn is_comparable(&self, other: &Self) -> bool {
        const TEXT: [&str; 3] = ["Text", "Varchar", "Bpchar"];
        let is_text =
            |sql_type: &Self| !sql_type.is_custom && TEXT.contains(&sql_type.rust_name.as_str());
        self.is_array == other.is_array
            && (self.name == other.name || is_text(self) && is_text(other))
    }
}

/// A foreign key that Diesel can join by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Joinable {
    /// Rust name of the table that refers.
    pub(crate) child: String,
    /// Rust name of the table that is referred to.
    pub(crate) parent: String,
    /// Rust name of the column that refers.
    pub(crate) column: String,
}

impl DieselSchema {
    /// What the stock CLI would print, less what it could not and what would not compile.
    pub(crate) fn new(catalog: &Catalog, settings: &Settings) -> Self {
        let schema = settings.schema.as_deref().unwrap_or(DEFAULT_SCHEMA);
        let mut omitted = BTreeMap::new();
        let mut tables = Vec::new();
        for relation in &catalog.relations {
            let is_table = matches!(
                relation.kind,
                RelationKind::Table | RelationKind::PartitionedTable
            );
            if !is_table || relation.name.schema != schema {
                continue;
            }
            let table = table(catalog, settings, relation);
            match omitted::reason_to_omit(settings, relation, &table) {
                Some(reason) => {
                    omitted.insert(relation.name.clone(), reason);
                }
                None => tables.push(table),
            }
        }
        omitted::omit_equal_names(&mut tables, &mut omitted);
        omitted::omit_hidden_types(&mut tables, &mut omitted);
        let keys = foreign_keys::joinable(catalog, schema, &tables);
        omitted::omit_unlike(&keys, &mut tables, &mut omitted);
        let keys = foreign_keys::joinable(catalog, schema, &tables);
        let same_query = match settings.same_query {
            SameQuery::FkRelatedTables => foreign_keys::connected(&tables, &keys),
            SameQuery::AllTables => vec![tables.iter().map(|t| t.rust_name.clone()).collect()],
            SameQuery::None => Vec::new(),
        };
        let further = Further::new(catalog, settings, &tables);
        Self {
            schema: schema.to_owned(),
            further,
            joinables: keys.into_iter().map(|key| key.joinable).collect(),
            same_query: same_query
                .into_iter()
                .filter(|group| group.len() > 1)
                .collect(),
            tables,
            omitted,
        }
    }

    /// How many tables the largest declaration lets appear in one query. Diesel's macro nests as deep, and implements ten
    /// traits for each pair.
    pub(crate) fn largest_group(&self) -> usize {
        let printed = self.same_query.iter().map(Vec::len);
        printed.chain(self.further.groups()).max().unwrap_or(0)
    }

    /// The types that `schema.rs` and the file beside it define, and whether the latter does. `schema.rs` has the first of
    /// two types that are called the same in Rust.
    pub(crate) fn defined_types(&self) -> impl Iterator<Item = (&SqlType, bool)> {
        let mut defined: BTreeMap<&str, &SqlType> = BTreeMap::new();
        for column in self.tables.iter().flat_map(|table| &table.columns) {
            let sql_type = &column.sql_type;
            if sql_type.is_custom {
                defined.entry(&sql_type.rust_name).or_insert(sql_type);
            }
        }
        let further = self.further.types().map(|sql_type| (sql_type, true));
        let defined = defined.into_values().map(|sql_type| (sql_type, false));
        defined.chain(further)
    }

    /// The table of that name: of the file beside `schema.rs` where that has it, for it has it right.
    pub(crate) fn table(&self, name: &Name) -> Option<&Table> {
        let mut tables = self.further.tables().chain(&self.tables);
        tables.find(|table| table.name == *name)
    }
}

/// Prints the file beside `schema.rs`, whose module is called `schema_module`. None where there is nothing for it.
pub(crate) fn print_further(
    schema: &DieselSchema,
    settings: &Settings,
    schema_module: &str,
) -> Option<String> {
    let further = &schema.further;
    (!further.is_empty()).then(|| further::print(further, settings, schema_module))
}

fn table(catalog: &Catalog, settings: &Settings, relation: &Relation) -> Table {
    let rust_name = rust_name(&relation.name.name);
    let mut columns: Vec<_> = relation
        .columns
        .iter()
        .map(|column| TableColumn {
            name: column.name.clone(),
            rust_name: column_rust_name(&column.name, &rust_name),
            sql_type: sql_type(catalog, settings, column),
            nullable: is_nullable(catalog, column),
            max_length: max_length(catalog, column),
            comment: column.comment.clone(),
        })
        .collect();
    if settings.column_sorting == ColumnSorting::Name {
        columns.sort_by(|a, b| a.name.cmp(&b.name));
    }
    Table {
        name: relation.name.clone(),
        primary_key: relation
            .primary_key()
            .iter()
            .map(|column| column_rust_name(column, &rust_name))
            .collect(),
        rust_name,
        further_module: None,
        columns,
        comment: relation.comment.clone(),
    }
}

/// Diesel reads `information_schema.columns`, which looks through one domain and no more.
fn below_domain<'a>(catalog: &'a Catalog, column: &'a Column) -> (&'a Name, i32) {
    match catalog
        .types
        .get(&column.type_name)
        .map(|found| &found.kind)
    {
        Some(TypeKind::Domain(domain)) => (&domain.base, domain.type_modifier),
        _ => (&column.type_name, column.type_modifier),
    }
}

fn is_nullable(catalog: &Catalog, column: &Column) -> bool {
    let domain_refuses = match catalog
        .types
        .get(&column.type_name)
        .map(|found| &found.kind)
    {
        Some(TypeKind::Domain(domain)) => domain.not_null,
        _ => false,
    };
    !column.not_null && !domain_refuses
}

fn sql_type(catalog: &Catalog, settings: &Settings, column: &Column) -> SqlType {
    let (name, _) = below_domain(catalog, column);
    // Diesel takes each type whose name begins with `_` for an array.
    let (element, is_array) = match name.name.strip_prefix('_') {
        Some(element) => (element, true),
        None => (name.name.as_str(), false),
    };
    let rust_name = element.to_upper_camel_case();
    let is_custom = settings.define_custom_types
        && !PROVIDED_TYPES.contains(&rust_name.as_str())
        && !settings
            .except_custom_types
            .iter()
            .any(|pattern| pattern.is_match(&rust_name));
    SqlType {
        name: Name::new(&name.schema, element),
        rust_name,
        is_array,
        is_custom,
        is_further: false,
    }
}

fn max_length(catalog: &Catalog, column: &Column) -> Option<i32> {
    let (name, modifier) = below_domain(catalog, column);
    match name.name.as_str() {
        _ if name.schema != "pg_catalog" || modifier == -1 => None,
        // The modifier of a character type counts the length word too.
        "varchar" | "bpchar" => Some(modifier - 4),
        "bit" | "varbit" => Some(modifier),
        _ => None,
    }
}

/// The types that `diesel::sql_types` has for PostgreSQL, by the names that the CLI makes of PostgreSQL's.
#[rustfmt::skip]
pub(crate) const PROVIDED_TYPES: [&str; 66] = [
    "BigInt", "BigSerial", "Bigint", "Binary", "Bit", "Blob", "Bool", "Bpchar", "Bytea", "Char", "Cidr", "Citext",
    "Date", "Datemultirange", "Daterange", "Decimal", "Double", "Float", "Float4", "Float8", "Inet", "Int2", "Int4",
    "Int4multirange", "Int4range", "Int8", "Int8multirange", "Int8range", "Integer", "Interval", "Json", "Jsonb",
    "Longblob", "Longtext", "MacAddr", "MacAddr8", "Macaddr", "Macaddr8", "Mediumblob", "Mediumtext", "Money",
    "Numeric", "Nummultirange", "Numrange", "Oid", "PgLsn", "Range", "Record", "Serial", "SmallInt", "SmallSerial",
    "Smallint", "Text", "Time", "Timestamp", "Timestamptz", "Tinyblob", "Tinytext", "Tsmultirange", "Tsrange",
    "Tstzmultirange", "Tstzrange", "Uuid", "VarChar", "Varbinary", "Varchar",
];
