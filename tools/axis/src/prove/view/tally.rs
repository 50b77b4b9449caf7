//! What was found of a view, column by column.

use std::collections::HashSet;

use super::super::report::{ColumnReport, Found, Proof, TableReport};
use super::super::subject::Subject;
use super::super::verdict::Category;

/// What was found of a view.
pub(super) struct Tally<'a> {
    subject: &'a Subject,
    pub(super) table: TableReport,
    /// By place in `Select`: whether a value came out, what the proof is if one did.
    pub(super) seen: Vec<bool>,
    proofs: Vec<Proof>,
    told: HashSet<(usize, String)>,
}

impl<'a> Tally<'a> {
    pub(super) fn new(subject: &'a Subject) -> Self {
        Self {
            subject,
            table: TableReport {
                name: subject.name.to_string(),
                ..TableReport::default()
            },
            seen: vec![false; subject.selected.len()],
            proofs: vec![Proof::Exact; subject.selected.len()],
            told: HashSet::new(),
        }
    }

    /// Whether coverage.md says that the column's Rust type lacks some values.
    pub(super) fn is_narrower(&self, place: usize) -> bool {
        let column = self.subject.selected.get(place);
        column.is_some_and(|index| !self.subject.columns[*index].narrower.is_empty())
    }

    pub(super) fn narrower(&mut self, place: usize) {
        self.table.narrower += 1;
        self.proofs[place].becomes(Proof::Narrower);
    }

    /// A row of the view, or what the view is in one state of its tables, that could not be asked for.
    pub(super) fn not_decided(&mut self, reason: &str) {
        let rows = self.table.undecided.entry(reason.to_owned());
        *rows.or_default() += 1;
    }

    pub(super) fn differs(&mut self, place: usize, how: String, sql: String) {
        *self.table.count(Category::Misread) += 1;
        self.proofs[place].becomes(Proof::Differs);
        if !self.told.insert((place, how.clone())) {
            return;
        }
        let column = self.subject.selected.get(place);
        self.table.found.push(Found {
            category: Category::Misread,
            columns: column
                .map(|index| self.subject.columns[*index].name.clone())
                .into_iter()
                .collect(),
            how,
            sql,
        });
    }

    pub(super) fn report(self) -> TableReport {
        let columns = self
            .subject
            .columns
            .iter()
            .enumerate()
            .map(|(index, column)| {
                let place = self
                    .subject
                    .selected
                    .iter()
                    .position(|found| *found == index);
                let proof = match (&column.not_proved, place) {
                    (Some(reason), None) => Proof::NotProved(reason.clone()),
                    (_, Some(place))
                        if self.seen[place] || self.proofs[place] == Proof::Differs =>
                    {
                        self.proofs[place].clone()
                    }
                    _ => Proof::OnlyRead,
                };
                ColumnReport {
                    name: column.name.clone(),
                    data_type: column.data_type.clone(),
                    proof,
                    narrower: column.narrower.clone(),
                }
            });
        let told = self.table.undecided.keys().next();
        let undecided_table = told.filter(|_| self.table.read == 0).cloned();
        TableReport {
            columns: columns.collect(),
            undecided_table,
            ..self.table
        }
    }
}
