//! What the contracts do not hold, by name and with the reason.

use super::super::catalog::{
    Catalog, Column, DefaultValue, Relation, RelationKind, Trigger, TypeKind,
};
use super::super::diesel_schema::DieselSchema;
use super::{Enforcement, Scalar, Table};

/// Diesel's list of the migrations that ran, which no service reads.
const MIGRATIONS_TABLE: &str = "__diesel_schema_migrations";

/// What the contracts do not hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Coverage {
    /// Relations that have no contract.
    pub(crate) without_contract: Vec<Entry>,
    /// What the contracts of the others leave out, by name.
    pub(crate) tables: Vec<TableCoverage>,
}

/// What the contract of a table leaves out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TableCoverage {
    /// The table's name.
    pub(crate) name: String,
    /// Columns that are not part of it.
    pub(crate) columns: Vec<Entry>,
    /// Columns whose Rust type holds less than they do.
    pub(crate) narrower: Vec<Entry>,
    /// Rules that the database alone enforces.
    pub(crate) database_only: Vec<Entry>,
}

/// Something that is left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    /// Its name.
    pub(crate) name: String,
    /// What it is: its SQL, where it has any.
    pub(crate) what: String,
    /// Why it is left out.
    pub(crate) reason: String,
}

impl Entry {
    /// An entry.
    pub(super) fn new(
        name: impl Into<String>,
        what: impl Into<String>,
        reason: impl Into<String>,
    ) -> Self {
        Self {
            name: name.into(),
            what: what.into(),
            reason: reason.into(),
        }
    }

    /// A relation without a contract.
    pub(super) fn relation(relation: &Relation, reason: String) -> Self {
        let what = match relation.kind {
            RelationKind::Table if relation.is_partition => "partition",
            RelationKind::Table => "table",
            RelationKind::PartitionedTable => "partitioned table",
            RelationKind::View => "view",
            RelationKind::MaterializedView => "materialized view",
            RelationKind::ForeignTable => "foreign table",
        };
        Self::new(relation.name.to_string(), what, reason)
    }
}

/// Whether the relation is no part of the data.
pub(super) fn is_bookkeeping(relation: &Relation) -> bool {
    relation.name.name == MIGRATIONS_TABLE
}

/// Why a relation has no contract, where that is known without its columns.
pub(super) fn without_contract(diesel: &DieselSchema, relation: &Relation) -> Option<String> {
    let reason = match relation.kind {
        RelationKind::View | RelationKind::MaterializedView => {
            "views have no contracts yet".to_owned()
        }
        RelationKind::ForeignTable => "foreign tables have no contracts".to_owned(),
        _ if relation.is_partition => "its rows are those of its parent".to_owned(),
        _ => match (
            diesel.omitted.get(&relation.name),
            diesel.table(&relation.name),
        ) {
            (Some(reason), _) => reason.clone(),
            (None, None) => format!(
                "the schema `{}` is not the one that diesel.toml names",
                relation.name.schema
            ),
            (None, Some(_)) => return None,
        },
    };
    Some(reason)
}

impl TableCoverage {
    /// What the contract of a table leaves out. `columns` are those that are not part of it.
    pub(super) fn new(
        catalog: &Catalog,
        relation: &Relation,
        table: &Table,
        columns: Vec<Entry>,
    ) -> Self {
        let narrower = table.columns.iter().flat_map(|column| {
            let reasons = column.value.narrower().into_iter();
            reasons.map(|reason| Entry::new(&column.name, &column.data_type, reason))
        });
        let constraints =
            table
                .constraints
                .iter()
                .filter_map(|constraint| match &constraint.enforcement {
                    Enforcement::Contract => None,
                    Enforcement::Database(reason) => {
                        Some(Entry::new(&constraint.name, &constraint.definition, reason))
                    }
                });
        let triggers = relation
            .triggers
            .iter()
            .map(|trigger| Entry::new(&trigger.name, describe(trigger), trigger_reason(trigger)));
        let row_security = relation.row_security.then(|| {
            let reason = "it depends on who asks: its policies hide and refuse rows";
            Entry::new(&relation.name.name, "ROW LEVEL SECURITY", reason)
        });
        let rules = relation.has_rules.then(|| {
            Entry::new(
                &relation.name.name,
                "CREATE RULE",
                "it rewrites the statement",
            )
        });
        Self {
            name: table.name.name.clone(),
            columns,
            narrower: narrower.collect(),
            database_only: constraints
                .chain(table.columns.iter().flat_map(undecided))
                .chain(
                    table
                        .columns
                        .iter()
                        .flat_map(|column| rules_of_parts(catalog, column)),
                )
                .chain(relation.columns.iter().filter_map(computed))
                .chain(triggers)
                .chain(row_security)
                .chain(rules)
                .collect(),
        }
    }
}

/// What the database alone knows of a column's type.
fn undecided(column: &super::Column) -> Vec<Entry> {
    let reasons = column.value.scalar.undecided().into_iter();
    let of_written = reasons.filter(|_| column.is_written());
    of_written
        .map(|reason| Entry::new(&column.name, &column.data_type, reason))
        .collect()
}

/// The CHECKs of the domains of a column's elements and members.
fn rules_of_parts(catalog: &Catalog, column: &super::Column) -> Vec<Entry> {
    fn domains<'a>(scalar: &'a Scalar, found: &mut Vec<&'a super::Domain>) {
        if let Scalar::Domain(domain) = scalar
            && !found.contains(&domain.as_ref())
        {
            found.push(domain);
        }
        for part in scalar.parts() {
            domains(part, found);
        }
    }
    let value = &column.value;
    let mut found = Vec::new();
    match value.is_array {
        true => domains(&value.scalar, &mut found),
        // The rules of the column's own domains are constraints of the table.
        false if matches!(value.scalar, Scalar::Domain(_)) => {}
        false => domains(&value.scalar, &mut found),
    }
    found
        .into_iter()
        .filter_map(|domain| match &catalog.types.get(&domain.name)?.kind {
            TypeKind::Domain(found) => Some(found),
            _ => None,
        })
        .flat_map(|domain| &domain.constraints)
        .map(|constraint| {
            let reason = format!("it is asked of each part of `{}`", column.name);
            Entry::new(&constraint.name, &constraint.definition, reason)
        })
        .collect()
}

/// A column that the database computes.
fn computed(column: &Column) -> Option<Entry> {
    let DefaultValue::Generated(expression) = &column.default else {
        return None;
    };
    let what = format!("GENERATED ALWAYS AS ({expression})");
    let reason = "its expression, or the type of its value, may refuse the row";
    Some(Entry::new(&column.name, what, reason))
}

fn describe(trigger: &Trigger) -> String {
    format!(
        "TRIGGER {} {} FOR EACH {} EXECUTE FUNCTION {}()",
        if trigger.before { "BEFORE" } else { "AFTER" },
        trigger.events.join(" OR "),
        if trigger.for_each_row {
            "ROW"
        } else {
            "STATEMENT"
        },
        trigger.function,
    )
}

fn trigger_reason(trigger: &Trigger) -> &'static str {
    match trigger.before && trigger.for_each_row {
        true => "its function may change the row, skip it or refuse it",
        false => "its function may refuse the statement",
    }
}
