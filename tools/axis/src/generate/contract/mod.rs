//! Second step: what the contracts say. Everything is decided here; the last step only prints it.

mod column;
mod constraint;
mod coverage;
mod names;
mod own;
mod resolve;
#[cfg(test)]
mod tests;
mod types;
mod value;

use std::collections::BTreeMap;

use super::catalog::{Catalog, Name, Relation};
use super::diesel_schema::{self, DieselSchema};
pub(crate) use column::{Column, InsertForm, UpdateForm};
pub(crate) use constraint::{Constraint, ConstraintKind, Enforcement};
pub(crate) use coverage::{Coverage, Entry, TableCoverage};
use resolve::Resolver;
pub(crate) use types::Types;
pub(crate) use value::{Composite, Domain, Member, Range, Scalar, SqlPath, Value};

/// What the contracts of a database say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Contract {
    /// The tables, by module.
    pub(crate) tables: Vec<Table>,
    /// The types that their columns have beside Rust's own.
    pub(crate) types: Types,
    /// What the contracts do not hold.
    pub(crate) coverage: Coverage,
}

/// The contract of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Table {
    /// Its name in the database.
    pub(crate) name: Name,
    /// Its module, which is its file too.
    pub(crate) module: String,
    /// Its name in `schema.rs`.
    pub(crate) diesel_name: String,
    /// Fields of the primary key.
    pub(crate) primary_key: Vec<String>,
    /// `COMMENT ON`.
    pub(crate) comment: Option<String>,
    /// The columns that the contract holds, in the order of the table.
    pub(crate) columns: Vec<Column>,
    /// The constraints, in the order in which they are checked.
    pub(crate) constraints: Vec<Constraint>,
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
    /// The contracts of the tables that `schema.rs` has. `reserved_modules` are names that no table's module may have.
    pub(crate) fn new(
        catalog: &Catalog,
        diesel: &DieselSchema,
        wire_names: &BTreeMap<String, String>,
        reserved_modules: &[&str],
    ) -> Result<Self, ContractError> {
        let mut overrides = names::WireNames::new(wire_names);
        let mut coverage = Coverage::default();
        let mut drafts = Vec::new();
        let resolver = Resolver::new(catalog, diesel);
        for relation in &catalog.relations {
            if coverage::is_bookkeeping(relation) {
                continue;
            }
            let drafted = match coverage::without_contract(diesel, relation) {
                None => Draft::new(catalog, diesel, &resolver, relation),
                Some(reason) => Err(reason),
            };
            match drafted {
                Ok(draft) => drafts.push(draft),
                Err(reason) => {
                    overrides.pass_over(relation);
                    let entry = Entry::relation(relation, reason);
                    coverage.without_contract.push(entry);
                }
            }
        }
        // A table whose name is a module's as it is comes before one whose name must be changed for it.
        drafts.sort_by_key(|draft| {
            names::module(&draft.diesel.rust_name) != draft.relation.name.name
        });
        let mut modules = names::Distinct::new(reserved_modules);
        let mut tables = Vec::new();
        for draft in drafts {
            let module = modules.name(&names::module(&draft.diesel.rust_name));
            let (table, left) = draft.table(catalog, module, &mut overrides)?;
            tables.push(table);
            coverage.tables.push(left);
        }
        overrides.finish()?;
        tables.sort_by(|a, b| a.module.cmp(&b.module));
        coverage.tables.sort_by(|a, b| a.name.cmp(&b.name));
        let types = Types::of(catalog, &tables);
        Ok(Self {
            tables,
            types,
            coverage,
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
}

impl<'a> Draft<'a> {
    /// Finds the Rust types. An error says why the table can have no contract.
    fn new(
        catalog: &'a Catalog,
        diesel: &'a DieselSchema,
        resolver: &Resolver<'_>,
        relation: &'a Relation,
    ) -> Result<Self, String> {
        let table = diesel
            .table(&relation.name)
            .ok_or("schema.rs does not have it")?;
        let mut columns = Vec::new();
        let mut left_out = Vec::new();
        for column in &relation.columns {
            let of_diesel = table.columns.iter().find(|found| found.name == column.name);
            let of_diesel = of_diesel.ok_or("schema.rs lacks one of its columns")?;
            match resolver.column(column, &of_diesel.sql_type) {
                Ok(value) => columns.push((column, value)),
                Err(reason) if relation.primary_key().contains(&column.name) => {
                    return Err(format!(
                        "its key has the column `{}`: {reason}",
                        column.name
                    ));
                }
                Err(reason) if column::is_required(catalog, column) => {
                    return Err(format!(
                        "every row must bring a value for the column `{}`: {reason}",
                        column.name
                    ));
                }
                Err(reason) => left_out.push(Entry::new(&column.name, &column.data_type, reason)),
            }
        }
        Ok(Self {
            relation,
            diesel: table,
            columns,
            left_out,
        })
    }

    fn table(
        self,
        catalog: &Catalog,
        module: String,
        wire_names: &mut names::WireNames<'_>,
    ) -> Result<(Table, TableCoverage), ContractError> {
        let relation = self.relation;
        let columns = column::columns(catalog, relation, self.diesel, self.columns, wire_names)?;
        let constraints = constraint::constraints(catalog, relation, &columns);
        let table = Table {
            name: relation.name.clone(),
            module,
            diesel_name: self.diesel.rust_name.clone(),
            primary_key: self.diesel.primary_key.clone(),
            comment: relation.comment.clone(),
            columns,
            constraints,
        };
        let coverage = TableCoverage::new(catalog, relation, &table, self.left_out);
        Ok((table, coverage))
    }
}
