//! The constraints of a table, named and in order.

use super::super::catalog::{self, Catalog, Relation};
use super::check::{self, Check, Checks};
use super::{Column, names};

/// A rule that a row must keep.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Constraint {
    /// Its variant of the table's `Constraint`.
    pub(crate) variant: String,
    /// Its name in the database.
    pub(crate) name: String,
    /// What it is.
    pub(crate) kind: ConstraintKind,
    /// The columns that it reads.
    pub(crate) columns: Vec<String>,
    /// Its SQL.
    pub(crate) definition: String,
    /// Who enforces it.
    pub(crate) enforcement: Enforcement,
    /// A CHECK that the contract enforces.
    pub(crate) check: Option<Check>,
}

/// What a rule is, in the order in which PostgreSQL checks them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum ConstraintKind {
    /// The limits of a type.
    Type,
    /// CHECK of a domain
    Domain,
    /// NOT NULL
    NotNull,
    /// CHECK
    Check,
    /// PRIMARY KEY
    PrimaryKey,
    /// UNIQUE, or a unique index
    Unique,
    /// EXCLUDE
    Exclusion,
    /// FOREIGN KEY
    ForeignKey,
}

/// Who enforces a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Enforcement {
    /// The contract, before the database does.
    Contract,
    /// The database alone, and why.
    Database(String),
}

const OTHER_ROWS: &str = "it depends on other rows";
const OTHER_TABLE: &str = "it depends on another table";

/// The constraints of a table: types and NOT NULL by column, then the others by kind and name.
pub(super) fn constraints(
    catalog: &Catalog,
    relation: &Relation,
    columns: &[Column],
) -> Vec<Constraint> {
    let table = &relation.name.name;
    let generated = |column: &str, label: &str, kind, definition: String| Constraint {
        variant: String::new(),
        name: names::generated(table, column, label),
        kind,
        columns: vec![column.to_owned()],
        definition,
        enforcement: Enforcement::Contract,
        check: None,
    };
    let mut checks = Checks::new(catalog, relation, columns);
    let types = columns
        .iter()
        .filter(|column| column.is_written() && column.value.scalar.has_limits())
        .map(|column| {
            generated(
                &column.name,
                "type",
                ConstraintKind::Type,
                column.data_type.clone(),
            )
        })
        .collect::<Vec<_>>();
    let domains: Vec<Constraint> = columns
        .iter()
        .filter(|column| column.is_written())
        .flat_map(|column| {
            let checks = Checks::new(catalog, relation, columns);
            check::domains(catalog, relation, &column.name)
                .into_iter()
                .flat_map(move |(name, domain)| {
                    domain
                        .constraints
                        .iter()
                        .map(move |constraint| (name, constraint))
                })
                .filter(|(_, constraint)| constraint.enforced)
                .map(move |(name, constraint)| {
                    let check = checks.of_domain(column, name, &constraint.name);
                    derived(
                        constraint,
                        ConstraintKind::Domain,
                        std::slice::from_ref(&column.name),
                        check,
                    )
                })
                .chain(of_parts(catalog, relation, columns, column))
        })
        .collect();
    let not_null = relation
        .columns
        .iter()
        .filter(|column| !catalog.is_nullable(column))
        .map(|column| {
            // PostgreSQL 18 prints it so, without the table's words around it.
            let definition = format!("NOT NULL {}", quoted(&column.name));
            generated(
                &column.name,
                "not_null",
                ConstraintKind::NotNull,
                definition,
            )
        });
    let mut named: Vec<Constraint> = relation
        .constraints
        .iter()
        .filter(|constraint| constraint.enforced && !is_internal(relation, constraint))
        .map(|constraint| {
            let (kind, reason) = match constraint.kind {
                catalog::ConstraintKind::Check => {
                    let check = checks.of_table(&constraint.name);
                    return derived(
                        constraint,
                        ConstraintKind::Check,
                        &constraint.columns,
                        check,
                    );
                }
                catalog::ConstraintKind::PrimaryKey => (ConstraintKind::PrimaryKey, OTHER_ROWS),
                catalog::ConstraintKind::Unique => (ConstraintKind::Unique, OTHER_ROWS),
                catalog::ConstraintKind::Exclusion => (ConstraintKind::Exclusion, OTHER_ROWS),
                catalog::ConstraintKind::ForeignKey => (ConstraintKind::ForeignKey, OTHER_TABLE),
            };
            Constraint {
                variant: String::new(),
                name: constraint.name.clone(),
                kind,
                columns: constraint.columns.clone(),
                definition: constraint.definition.clone(),
                enforcement: Enforcement::Database(reason.to_owned()),
                check: None,
            }
        })
        .chain(relation.unique_indexes.iter().map(|index| Constraint {
            variant: String::new(),
            name: index.name.clone(),
            kind: ConstraintKind::Unique,
            columns: index.columns.clone(),
            definition: index.definition.clone(),
            enforcement: Enforcement::Database(OTHER_ROWS.to_owned()),
            check: None,
        }))
        .collect();
    named.sort_by(|a, b| (a.kind, &a.name).cmp(&(b.kind, &b.name)));
    let coerced = columns
        .iter()
        .flat_map(|column| of_column(&types, &domains, column));
    let mut all: Vec<Constraint> = coerced.chain(not_null).chain(named).collect();
    name_variants(table, &mut all);
    all
}

/// The rules of the domains of a column's elements and members.
fn of_parts(
    catalog: &Catalog,
    relation: &Relation,
    columns: &[Column],
    column: &Column,
) -> Vec<Constraint> {
    let checks = Checks::new(catalog, relation, columns);
    let rules = check::part::rules(catalog, &column.value).into_iter();
    rules
        .map(|(part, domain, constraint)| {
            let check = checks.of_part(column, part, domain, &constraint.name);
            let columns = std::slice::from_ref(&column.name);
            derived(constraint, ConstraintKind::Domain, columns, check)
        })
        .collect()
}

/// A CHECK, derived or left to the database.
fn derived(
    constraint: &catalog::Constraint,
    kind: ConstraintKind,
    columns: &[String],
    check: Result<Check, String>,
) -> Constraint {
    let (enforcement, check) = match check {
        Ok(check) => (Enforcement::Contract, Some(check)),
        Err(reason) => (Enforcement::Database(reason), None),
    };
    Constraint {
        variant: String::new(),
        name: constraint.name.clone(),
        kind,
        columns: columns.to_vec(),
        definition: constraint.definition.clone(),
        enforcement,
        check,
    }
}

/// What a column's value meets on its way into the row: its type, then its domains.
fn of_column(types: &[Constraint], domains: &[Constraint], column: &Column) -> Vec<Constraint> {
    types
        .iter()
        .chain(domains)
        .filter(|constraint| constraint.columns == [column.name.clone()])
        .cloned()
        .collect()
}

/// Gives each constraint its variant. Those that have a name in the catalog choose first.
fn name_variants(table: &str, constraints: &mut [Constraint]) {
    let mut distinct = names::Distinct::new(&[]);
    let is_named = |constraint: &Constraint| constraint.kind > ConstraintKind::NotNull;
    for named in [true, false] {
        for constraint in constraints
            .iter_mut()
            .filter(|found| is_named(found) == named)
        {
            let variant = match (constraint.kind, constraint.columns.as_slice()) {
                (ConstraintKind::Type, [column]) => names::variant(&format!("{column}_type")),
                (ConstraintKind::Domain, [column]) => {
                    names::variant(&format!("{column}_{}", constraint.name))
                }
                (ConstraintKind::NotNull, [column]) => {
                    names::variant(&format!("{column}_not_null"))
                }
                _ => names::constraint_variant(table, &constraint.name),
            };
            constraint.variant = distinct.name(&variant);
        }
    }
}

/// A foreign key to a partitioned table has a twin for each partition, under a name of PostgreSQL's own.
fn is_internal(relation: &Relation, constraint: &catalog::Constraint) -> bool {
    constraint.is_derived && relation.partition_of.is_none()
}

/// The name as SQL writes it.
fn quoted(name: &str) -> String {
    let is_plain = name.starts_with(|first: char| first.is_ascii_lowercase() || first == '_')
        && name.chars().all(|character| {
            character.is_ascii_lowercase() || character.is_ascii_digit() || character == '_'
        });
    match is_plain {
        true => name.to_owned(),
        false => format!("\"{}\"", name.replace('"', "\"\"")),
    }
}
