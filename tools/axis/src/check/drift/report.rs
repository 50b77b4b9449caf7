//! Two catalogs side by side.

use std::collections::BTreeSet;
use std::fmt;

use axis_db::{CatalogObject, CatalogObjectKind, CatalogTable};
use serde::Serialize;

use crate::generate::MIGRATIONS_TABLE;
use crate::rules::Rules;

/// What differs, and what is worth a word.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct Report {
    pub(super) differences: Vec<Difference>,
    pub(super) notes: Vec<String>,
    /// How many tables of the migrations were compared.
    pub(super) tables: usize,
    /// How many of their objects were.
    pub(super) objects: usize,
}

/// An object that is not as the migrations make it.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct Difference {
    /// `schema.table`; of a type or a function, one that uses it.
    table: String,
    /// What it is: `constraint`.
    kind: &'static str,
    /// Its name. Empty for the table itself.
    name: String,
    /// What the migrations say. None: they have no such object.
    expected: Option<String>,
    /// What the database has. None: it is missing.
    found: Option<String>,
}

impl Report {
    pub(super) fn new(expected: &Rules, found: &Rules) -> Self {
        let mut report = Self {
            differences: Vec::new(),
            notes: Vec::new(),
            tables: 0,
            objects: 0,
        };
        let compares_queries = expected.major_version() == found.major_version();
        if !compares_queries {
            report.notes.push(format!(
                "the queries of views are not compared: the database is on PostgreSQL {}, the migrations were applied on {}",
                found.major_version(),
                expected.major_version()
            ));
        }
        let tables = expected
            .tables
            .iter()
            .filter(|table| table.name != MIGRATIONS_TABLE);
        // A type or a function that several tables use is told once.
        let mut shared = BTreeSet::new();
        let (mut missing_partitions, mut new_partitions) = (Vec::new(), Vec::new());
        for table in tables {
            let mut others = found.tables.iter();
            match others.find(|other| is_same_name(table, other)) {
                Some(other) => report.compare(table, other, compares_queries, &mut shared),
                None if is_partition(table) => missing_partitions.push(name(table)),
                None => report.missing(table),
            }
        }
        for table in &found.tables {
            let is_known = table.name == MIGRATIONS_TABLE
                || expected
                    .tables
                    .iter()
                    .any(|known| is_same_name(known, table));
            if is_known {
                continue;
            }
            if is_partition(table) {
                new_partitions.push(name(table));
                continue;
            }
            report.notes.push(format!(
                "{} {} is in no migration",
                what(table),
                name(table)
            ));
        }
        report.note_partitions("missing", &missing_partitions);
        report.note_partitions("in no migration", &new_partitions);
        report
    }

    /// Partitions come and go, often many of them: one line.
    fn note_partitions(&mut self, what: &str, partitions: &[String]) {
        match partitions {
            [] => (),
            [only] => self.notes.push(format!("partition {only} is {what}")),
            [first, ..] => self.notes.push(format!(
                "{} partitions are {what}, {first} among them",
                partitions.len()
            )),
        }
    }

    /// A table that is not there.
    fn missing(&mut self, table: &CatalogTable) {
        self.tables += 1;
        self.differences.push(Difference {
            table: name(table),
            kind: CatalogObjectKind::Table.name(),
            name: String::new(),
            expected: Some(what(table).to_owned()),
            found: None,
        });
    }

    fn compare(
        &mut self,
        expected: &CatalogTable,
        found: &CatalogTable,
        compares_queries: bool,
        shared: &mut BTreeSet<(CatalogObjectKind, String)>,
    ) {
        self.tables += 1;
        let of = |table: &CatalogTable, like: &CatalogObject| {
            let mut objects = table.objects.iter();
            let object =
                objects.find(|object| (object.kind, &object.name) == (like.kind, &like.name));
            object.cloned()
        };
        let added = found
            .objects
            .iter()
            .filter(|object| of(expected, object).is_none());
        for object in expected.objects.iter().chain(added) {
            if object.kind == CatalogObjectKind::Query && !compares_queries {
                continue;
            }
            self.objects += 1;
            let (old, new) = (of(expected, object), of(found, object));
            let is_same = old
                .as_ref()
                .zip(new.as_ref())
                .is_some_and(|(old, new)| old.is_same(new));
            let is_shared = matches!(
                object.kind,
                CatalogObjectKind::Type
                    | CatalogObjectKind::DomainConstraint
                    | CatalogObjectKind::Function
            );
            if is_same || is_shared && !shared.insert((object.kind, object.name.clone())) {
                continue;
            }
            self.differences.push(Difference {
                table: name(expected),
                kind: object.kind.name(),
                name: object.name.clone(),
                expected: old.map(|object| object.definition),
                found: new.map(|object| object.definition),
            });
        }
    }
}

fn is_same_name(one: &CatalogTable, other: &CatalogTable) -> bool {
    (&one.schema, &one.name) == (&other.schema, &other.name)
}

fn name(table: &CatalogTable) -> String {
    format!("{}.{}", table.schema, table.name)
}

/// What the table is: `table`, `view`, `table, partition`.
fn what(table: &CatalogTable) -> &str {
    let mut objects = table.objects.iter();
    let of_table = objects.find(|object| object.kind == CatalogObjectKind::Table);
    of_table.map_or("table", |object| &object.definition)
}

fn is_partition(table: &CatalogTable) -> bool {
    what(table).ends_with("partition")
}

impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for difference in &self.differences {
            writeln!(formatter, "{difference}")?;
        }
        for note in &self.notes {
            writeln!(formatter, "note: {note}")?;
        }
        let (tables, objects, differences) = (self.tables, self.objects, self.differences.len());
        writeln!(
            formatter,
            "compared {objects} objects of {tables} tables: {differences} difference(s)"
        )
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            table,
            kind,
            name,
            expected,
            found,
        } = self;
        write!(
            formatter,
            "{table}: {kind}{}{name} ",
            if name.is_empty() { "" } else { " " }
        )?;
        match (expected, found) {
            (Some(expected), None) => write!(formatter, "is missing: {expected}"),
            (None, Some(found)) => write!(formatter, "is in no migration: {found}"),
            (Some(expected), Some(found)) if expected != found => {
                write!(
                    formatter,
                    "differs\n  expected: {expected}\n  found:    {found}"
                )
            }
            (_, found) => {
                let found = found.as_deref().unwrap_or_default();
                write!(
                    formatter,
                    "differs, in what its text does not show: {found}"
                )
            }
        }
    }
}
