//! Second step: what the contracts say. Everything is decided here; the last step only prints it.

mod base_type;
mod check;
mod column;
mod constraint;
mod coverage;
mod names;
mod needs;
mod nullability;
mod own;
mod resolve;
#[cfg(test)]
mod tests;
mod type_names;
mod types;
mod value;

use std::collections::BTreeMap;

use crate::configuration::TypeOverride;

use super::catalog::{Catalog, Name, Relation};
use super::check_expression::Exceptions;
use super::diesel_schema::{self, DieselSchema};
pub(crate) use check::{Argument, Check, Stored, part};
pub(crate) use column::{Column, InsertForm, UpdateForm};
pub(crate) use constraint::{Constraint, ConstraintKind, Enforcement};
pub(crate) use coverage::{Coverage, Entry, TableCoverage, shown};
pub(crate) use nullability::with_nullability;
use resolve::Resolver;
pub(crate) use types::Types;
pub(crate) use value::{Composite, Domain, Member, Range, Scalar, SqlPath, Value};

/// What the contracts of a database say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Contract {
    /// The tables, by folder and module.
    pub(crate) tables: Vec<Table>,
    /// The types that their columns have beside Rust's own.
    pub(crate) types: Types,
    /// What the contracts do not hold.
    pub(crate) coverage: Coverage,
    /// The fingerprint of all its tables.
    pub(crate) fingerprint: String,
    /// Where the locale's `lower`, and its `upper`, are not Rust's.
    pub(crate) cases: [Exceptions; 2],
}

/// The contract of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Table {
    /// Its name in the database.
    pub(crate) name: Name,
    /// The module, and folder, of its schema. None for the schema of `schema.rs`.
    pub(crate) folder: Option<String>,
    /// Its module, which is its file too.
    pub(crate) module: String,
    /// Where Diesel's table is.
    pub(crate) diesel: DieselTable,
    /// Whether there is nothing but `Select`.
    pub(crate) is_read_only: bool,
    /// Fields of the primary key. Empty where there is none.
    pub(crate) primary_key: Vec<String>,
    /// `COMMENT ON`.
    pub(crate) comment: Option<String>,
    /// The fingerprint of its rules.
    pub(crate) fingerprint: String,
    /// The columns that the contract holds, in the order of the table.
    pub(crate) columns: Vec<Column>,
    /// The constraints, in the order in which they are checked.
    pub(crate) constraints: Vec<Constraint>,
}

/// Where Diesel's table is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DieselTable {
    /// Its module in the file beside `schema.rs`. None in `schema.rs`.
    pub(crate) further_module: Option<String>,
    /// Its Rust name.
    pub(crate) name: String,
}

impl Table {
    /// Its path from the module of all contracts.
    pub(crate) fn path(&self) -> String {
        match &self.folder {
            Some(folder) => format!("{folder}::{}", self.module),
            None => self.module.clone(),
        }
    }
}

/// An enum of the database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Enum {
    /// Its name in the database.
    pub(crate) name: Name,
    /// Its name in Rust.
    pub(crate) rust_name: String,
    /// What Diesel calls it.
    pub(crate) sql_type: SqlPath,
    /// `COMMENT ON`.
    pub(crate) comment: Option<String>,
    /// Its labels in order, each with the Rust name of its variant.
    pub(crate) variants: Vec<(String, String)>,
}

/// Why there is no contract at all.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub(crate) enum ContractError {
    /// A name of `[wire_names]` is no column.
    #[error(
        "axis.toml: wire_names has {key:?}, and there is no such column: \
         write \"table.column\" (or \"schema.table.column\"), or remove the line"
    )]
    UnknownWireName {
        /// The key.
        key: String,
    },
    /// A name of `[view_nullable]` is no column of a view.
    #[error(
        "axis.toml: view_nullable has {key:?}, and no view has such a column: write \"view.column\" (or \"schema.view.column\"), \
         or remove the line"
    )]
    UnknownViewColumn {
        /// The key.
        key: String,
    },
    /// A line of `[view_nullable]` says nothing new.
    #[error("axis.toml: view_nullable says of {key:?} what its view says too: remove the line")]
    NeedlessNullability {
        /// The key.
        key: String,
    },
    /// A key of `[types]` is the type of no column.
    #[error(
        "axis.toml: types has {key:?}, and no column is of that type: write \"schema.type\", or remove it"
    )]
    UnknownType {
        /// The key.
        key: String,
    },
    /// A name of `[wire_names]` is another column's.
    #[error(
        "axis.toml: wire_names calls two columns of {table} {wire_name:?}: choose another name"
    )]
    EqualWireNames {
        /// The table.
        table: Name,
        /// The name.
        wire_name: String,
    },
}

impl Contract {
    /// The contracts of the tables that Diesel has. `reserved_modules` are names that no table's module may have.
    pub(crate) fn new(
        catalog: &Catalog,
        diesel: &DieselSchema,
        wire_names: &BTreeMap<String, String>,
        types: &BTreeMap<String, TypeOverride>,
        reserved_modules: &[&str],
    ) -> Result<Self, ContractError> {
        let mut overrides = names::WireNames::new(wire_names);
        let mut coverage = Coverage::default();
        let mut drafts = Vec::new();
        let relations = catalog.relations.iter();
        let resolver = Resolver::new(catalog, diesel, types);
        for relation in relations.filter(|relation| !relation.is_bookkeeping()) {
            match Draft::new(catalog, diesel, &resolver, relation) {
                Ok(draft) => drafts.push(draft),
                Err(reason) => {
                    overrides.pass_over(relation);
                    coverage.without_contract(relation, reason);
                }
            }
        }
        // A table whose name is a module's as it is comes before one whose name must be changed for it.
        drafts.sort_by_key(|draft| {
            names::module(&draft.diesel.rust_name) != draft.relation.name.name
        });
        let mut modules = names::Modules::new(&diesel.schema, reserved_modules);
        let named: Vec<String> = drafts
            .iter()
            .map(|draft| modules.name(&draft.relation.name.schema, &draft.diesel.rust_name))
            .collect();
        let mut tables = Vec::new();
        for (draft, module) in drafts.into_iter().zip(named) {
            let folder = modules.folder(&draft.relation.name.schema);
            coverage.of(diesel, draft.relation, draft.read_only.as_deref());
            let (table, left) = draft.table(catalog, folder, module, &mut overrides)?;
            tables.push(table);
            coverage.tables.push(left);
        }
        overrides.finish()?;
        resolver.finish()?;
        tables.sort_by(|a, b| (&a.folder, &a.module).cmp(&(&b.folder, &b.module)));
        coverage.finish(diesel);
        let types = Types::of(catalog, &tables);
        let fingerprints = tables.iter().map(|table| table.fingerprint.as_str());
        let fingerprint = axis_db::catalog_fingerprint(fingerprints);
        Ok(Self {
            tables,
            types,
            coverage,
            fingerprint,
            cases: [catalog.rules.lower.clone(), catalog.rules.upper.clone()],
        })
    }
}

/// A table whose columns are known to have Rust types.
struct Draft<'a> {
    relation: &'a Relation,
    diesel: &'a diesel_schema::Table,
    /// The columns of the contract, with their types.
    columns: Vec<(&'a super::catalog::Column, Value)>,
    /// The others, and why.
    left_out: Vec<Entry>,
    /// Why it has no `Insert` and no `Update`.
    read_only: Option<String>,
}

impl<'a> Draft<'a> {
    /// Finds the Rust types. An error says why the table can have no contract.
    fn new(
        catalog: &'a Catalog,
        diesel: &'a DieselSchema,
        resolver: &Resolver<'_>,
        relation: &'a Relation,
    ) -> Result<Self, String> {
        let table = match diesel.table(&relation.name) {
            Some(table) if relation.partition_of.is_none() => table,
            _ => return Err(coverage::without_contract(diesel, relation)),
        };
        let mut columns = Vec::new();
        let mut left_out = Vec::new();
        let mut read_only = coverage::read_only(relation).map(str::to_owned);
        for column in &relation.columns {
            let of_diesel = table.columns.iter().find(|found| found.name == column.name);
            let of_diesel = of_diesel.ok_or("schema.rs lacks one of its columns")?;
            match resolver.column(column, &of_diesel.sql_type) {
                Ok(value) => columns.push((column, value)),
                Err(reason) => {
                    if column::is_required(catalog, column) {
                        read_only.get_or_insert_with(|| {
                            format!(
                                "every row must bring a value for the column `{}`: {reason}",
                                column.name
                            )
                        });
                    }
                    left_out.push(Entry::new(&column.name, &column.data_type, reason));
                }
            }
        }
        if columns.is_empty() {
            return Err("none of its columns has a Rust type".to_owned());
        }
        Ok(Self {
            relation,
            diesel: table,
            columns,
            left_out,
            read_only,
        })
    }

    fn table(
        self,
        catalog: &Catalog,
        folder: Option<String>,
        module: String,
        wire_names: &mut names::WireNames<'_>,
    ) -> Result<(Table, TableCoverage), ContractError> {
        let relation = self.relation;
        let is_read_only = self.read_only.is_some();
        let columns = column::columns(
            catalog,
            relation,
            self.diesel,
            self.columns,
            !is_read_only,
            wire_names,
        )?;
        let constraints = match is_read_only {
            true => Vec::new(),
            false => constraint::constraints(catalog, relation, &columns),
        };
        let primary_key = relation.primary_key().iter();
        let table = Table {
            name: relation.name.clone(),
            folder,
            module,
            diesel: DieselTable {
                further_module: self.diesel.further_module.clone(),
                name: self.diesel.rust_name.clone(),
            },
            is_read_only,
            primary_key: primary_key
                .map(|column| self.diesel.column_rust_name(column).to_owned())
                .collect(),
            comment: relation.comment.clone(),
            fingerprint: catalog
                .fingerprints
                .get(&relation.name)
                .cloned()
                .unwrap_or_default(),
            columns,
            constraints,
        };
        let coverage = TableCoverage::new(catalog, relation, &table, self.left_out);
        Ok((table, coverage))
    }
}

/// The labels of an enum, each with the Rust name of its variant.
fn enum_variants(labels: &[String]) -> Vec<(String, String)> {
    let mut distinct = names::Distinct::new(&[]);
    labels
        .iter()
        .map(|label| (label.clone(), distinct.name(&names::variant(label))))
        .collect()
}
