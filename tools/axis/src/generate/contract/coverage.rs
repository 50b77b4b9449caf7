//! What the contracts do not hold, by name and with the reason.

use super::super::catalog::{
    self, Catalog, Column, DefaultValue, Name, Relation, RelationKind, Trigger, TypeKind,
};
use super::super::diesel_schema::{DEFAULT_SCHEMA, DieselSchema, Key};
use super::needs::{DieselFeature, Recursion};
use super::{Constraint, Enforcement, Scalar, Table};

/// What the contracts do not hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Coverage {
    /// Relations that have no contract.
    pub(crate) without_contract: Vec<Entry>,
    /// Relations that have nothing but `Select`.
    pub(crate) read_only: Vec<Entry>,
    /// Tables of the schema of `schema.rs` that are in the file beside it, and why.
    pub(crate) further: Vec<Entry>,
    /// Relations without a primary key, and what Diesel takes for it.
    pub(crate) keys: Vec<Entry>,
    /// The feature that Diesel must be built with, where the smallest size does not do.
    pub(crate) diesel_feature: Option<DieselFeature>,
    /// What the crate of `schema.rs` must say of itself, where many tables may appear in one query.
    pub(crate) recursion: Option<Recursion>,
    /// What the contracts of the others leave out, by name.
    pub(crate) tables: Vec<TableCoverage>,
}

/// A relation's name, without the schema that needs none.
pub(crate) fn shown(name: &Name) -> String {
    match name.schema.as_str() {
        DEFAULT_SCHEMA => name.name.clone(),
        _ => name.to_string(),
    }
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
    /// Columns of a view that may be NULL for all that its query says.
    pub(crate) reads_null: Vec<String>,
    /// Rules that the database alone enforces.
    pub(crate) database_only: Vec<Entry>,
    /// Rules that the database alone decides where a row leaves out a column.
    pub(crate) unknown_defaults: Vec<Entry>,
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

    /// A relation that has no contract, or less than a table's.
    fn relation(relation: &Relation, reason: String) -> Self {
        let what = match relation.kind {
            RelationKind::Table if relation.partition_of.is_some() => "partition",
            RelationKind::Table => "table",
            RelationKind::PartitionedTable => "partitioned table",
            RelationKind::View => "view",
            RelationKind::MaterializedView => "materialized view",
            RelationKind::ForeignTable => "foreign table",
        };
        Self::new(relation.name.to_string(), what, reason)
    }
}

/// Why a relation has no contract, when Diesel has no table for it.
pub(super) fn without_contract(diesel: &DieselSchema, relation: &Relation) -> String {
    let reasons = [&diesel.further.omitted, &diesel.omitted];
    match reasons
        .iter()
        .find_map(|reasons| reasons.get(&relation.name))
    {
        Some(reason) => reason.clone(),
        None => "Diesel has no table for it".to_owned(),
    }
}

/// What the database alone enforces of a partition: the CHECKs that its table has not.
fn only_of_partition(relation: &Relation) -> Option<String> {
    let own = relation.constraints.iter().filter(|constraint| {
        constraint.kind == catalog::ConstraintKind::Check
            && constraint.enforced
            && !constraint.is_inherited
    });
    let own: Vec<String> = own
        .map(|constraint| format!("`{}`: `{}`", constraint.name, constraint.definition))
        .collect();
    let own = (!own.is_empty()).then(|| own.join("; "))?;
    Some(format!(
        "its rows are those of its table; the database alone enforces what only it has: {own}"
    ))
}

/// Why a relation has nothing but `Select`, where that is known without its columns.
pub(super) fn read_only(relation: &Relation) -> Option<&'static str> {
    match relation.kind {
        RelationKind::View => Some("a view is read"),
        RelationKind::MaterializedView => Some("a materialised view is read"),
        RelationKind::ForeignTable => Some("another server judges what is written to it"),
        RelationKind::Table | RelationKind::PartitionedTable => None,
    }
}

impl Coverage {
    /// Takes note of where a table is, of what it lacks, and of what Diesel takes for its key.
    pub(super) fn of(
        &mut self,
        diesel: &DieselSchema,
        relation: &Relation,
        read_only: Option<&str>,
    ) {
        if let Some(reason) = read_only {
            self.read_only
                .push(Entry::relation(relation, reason.to_owned()));
        }
        let further = &diesel.further;
        let reason = further.misread.get(&relation.name).map(|reason| {
            format!("schema.rs has it too, as the diesel CLI prints it, but {reason}")
        });
        let reason = reason.or_else(|| diesel.omitted.get(&relation.name).cloned());
        self.further
            .extend(reason.map(|reason| Entry::relation(relation, reason)));
        let key = match further.keys.get(&relation.name) {
            None | Some(Key::Primary(_)) => return,
            Some(Key::Unique(name, _)) => format!("the columns of `{name}`, which is unique"),
            Some(Key::All(_)) => "all columns: no fewer tell rows apart".to_owned(),
        };
        self.keys.push(Entry::relation(relation, key));
    }

    /// Takes note of a relation that has no contract, and why.
    ///
    /// Partitions come and go, often by the day: they are told by the table that they are a part of, but for one with rules of
    /// its own.
    pub(super) fn without_contract(&mut self, relation: &Relation, reason: String) {
        let entry = match (&relation.partition_of, only_of_partition(relation)) {
            (None, _) => Entry::relation(relation, reason),
            (Some(_), Some(own)) => Entry::relation(relation, own),
            (Some(table), None) => {
                let reason = "the rows of its partitions are its own";
                Entry::new(table.to_string(), "partitions", reason)
            }
        };
        if !self.without_contract.contains(&entry) {
            self.without_contract.push(entry);
        }
    }

    /// What is known when all tables were looked at. Lists go by name, whatever that order was.
    pub(super) fn finish(&mut self, diesel: &DieselSchema) {
        self.diesel_feature = DieselFeature::of(diesel);
        self.recursion = Recursion::of(diesel.largest_group());
        for list in [
            &mut self.without_contract,
            &mut self.read_only,
            &mut self.further,
            &mut self.keys,
        ] {
            list.sort_by(|a, b| a.name.cmp(&b.name));
        }
        self.tables.sort_by(|a, b| a.name.cmp(&b.name));
    }
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
            let reasons = reasons.map(|reason| Entry::new(&column.name, &column.data_type, reason));
            let default = column.has_unreadable_default(catalog, relation).then(|| {
                Entry::new(
                    &column.name,
                    &column.data_type,
                    "its default is such a value: a row that takes it cannot be read",
                )
            });
            reasons.chain(default)
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
        let not_enforced = relation.constraints.iter().filter(|found| !found.enforced);
        let not_enforced = not_enforced.map(|found| {
            let reason = "it is NOT ENFORCED: neither the contract nor the database asks it";
            Entry::new(&found.name, &found.definition, reason)
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
            name: shown(&table.name),
            columns,
            narrower: narrower.collect(),
            reads_null: table
                .columns
                .iter()
                .filter(|column| relation.is_read_only() && column.reads_null)
                .map(|column| column.name.clone())
                .collect(),
            database_only: constraints
                .chain(table.columns.iter().flat_map(undecided))
                .chain(
                    table
                        .columns
                        .iter()
                        .flat_map(|column| rules_of_parts(catalog, column)),
                )
                .chain(not_enforced)
                .chain(relation.columns.iter().filter_map(computed))
                .chain(triggers)
                .chain(row_security)
                .chain(rules)
                .collect(),
            unknown_defaults: table
                .constraints
                .iter()
                .filter_map(|constraint| unknown_default(table, constraint))
                .collect(),
        }
    }
}

/// A CHECK that reads a column whose value the contract cannot know where a row leaves it out.
fn unknown_default(table: &Table, constraint: &Constraint) -> Option<Entry> {
    let check = constraint.check.as_ref()?;
    let reasons: Vec<String> = check
        .unknown_where_left_out()
        .filter_map(|field| table.columns.iter().find(|column| column.field == field))
        .map(|column| match &column.default {
            DefaultValue::Expression(default) => format!("`{}` is `{default}`", column.name),
            _ => format!("`{}` is the next number", column.name),
        })
        .collect();
    (!reasons.is_empty())
        .then(|| Entry::new(&constraint.name, &constraint.definition, reasons.join(", ")))
}

/// What the database alone knows of a column's type.
fn undecided(column: &super::Column) -> Vec<Entry> {
    let reasons = column.value.scalar.undecided().into_iter();
    let of_written = reasons.filter(|_| column.is_written());
    of_written
        .map(|reason| Entry::new(&column.name, &column.data_type, reason))
        .collect()
}

/// The CHECKs of the domains of a column's parts that the contract does not ask.
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
    match (&value.scalar, value.is_array) {
        // The rules of the column's own domains are constraints of the table.
        (Scalar::Domain(own), false) => {
            for own in super::part::chain(own) {
                if !matches!(own.value.scalar, Scalar::Domain(_)) || own.value.is_array {
                    domains(&own.value.scalar, &mut found);
                }
            }
        }
        (scalar, _) => domains(scalar, &mut found),
    }
    // So are those that are asked of each part.
    let asked: Vec<&super::Domain> = super::part::domains(value)
        .into_iter()
        .flat_map(super::part::chain)
        .collect();
    found.retain(|domain| !asked.contains(domain));
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
