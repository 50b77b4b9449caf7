//! What was found: as JSON what stands here, for people what [`text`] makes of it.

mod text;

use std::collections::BTreeMap;

use serde::Serialize;

use super::branches::BranchReport;
use super::mutants::MutantReport;
use super::verdict::Category;
pub(crate) use text::table;

/// How far a column is proved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Proof {
    /// Contract and PostgreSQL agree on every value that was tried.
    Exact,
    /// They agree but for values that the Rust type lacks, as coverage.md says.
    Narrower,
    /// They differ.
    Differs,
    /// Nothing writes it, and no value of it was seen: it is a column of a view out of which no row came, or of a table that
    /// cannot be written.
    OnlyRead,
    /// Nothing was tried, and why.
    NotProved(String),
}

impl Proof {
    /// Takes what is worse.
    pub(crate) fn becomes(&mut self, other: Self) {
        let rank = |proof: &Self| match proof {
            Self::Exact => 0,
            Self::Narrower => 1,
            Self::Differs => 2,
            Self::OnlyRead => 3,
            Self::NotProved(_) => 4,
        };
        if rank(&other) > rank(self) {
            *self = other;
        }
    }
}

/// A column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct ColumnReport {
    /// Its name.
    pub(crate) name: String,
    /// Its SQL type.
    pub(crate) data_type: String,
    /// How far it is proved.
    pub(crate) proof: Proof,
    /// What coverage.md says that its Rust type lacks.
    pub(crate) narrower: Vec<String>,
}

/// A difference, shrunk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Found {
    /// In what the two differ.
    pub(crate) category: Category,
    /// The columns that it takes.
    pub(crate) columns: Vec<String>,
    /// How they differ.
    pub(crate) how: String,
    /// What PostgreSQL is asked.
    pub(crate) sql: String,
}

/// A table.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct TableReport {
    /// Its name.
    pub(crate) name: String,
    /// Its columns.
    pub(crate) columns: Vec<ColumnReport>,
    /// Rows inserted.
    pub(crate) inserts: usize,
    /// Rows updated.
    pub(crate) updates: usize,
    /// Those of both that PostgreSQL accepted.
    pub(crate) accepted: usize,
    /// Rows of a view that were read.
    pub(crate) read: usize,
    /// Rows that the contract accepts and PostgreSQL refuses.
    pub(crate) false_accepts: usize,
    /// Rows that the contract refuses and PostgreSQL accepts.
    pub(crate) false_rejects: usize,
    /// Rows that both refuse for different reasons first.
    pub(crate) wrong_order: usize,
    /// Rows whose values turned into others.
    pub(crate) misread: usize,
    /// Rows with values that a Rust type lacks.
    pub(crate) narrower: usize,
    /// Rows that the database alone decides, by reason.
    pub(crate) undecided: BTreeMap<String, usize>,
    /// Why nothing is known of the table.
    pub(crate) undecided_table: Option<String>,
    /// The differences, shrunk.
    pub(crate) found: Vec<Found>,
    /// What the rows reached of its CHECKs.
    pub(crate) branches: BranchReport,
}

impl TableReport {
    /// The number of a category.
    pub(crate) fn count(&mut self, category: Category) -> &mut usize {
        match category {
            Category::FalseAccept => &mut self.false_accepts,
            Category::FalseReject => &mut self.false_rejects,
            Category::Order => &mut self.wrong_order,
            Category::Misread => &mut self.misread,
        }
    }
}

/// All of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(crate) struct Report {
    /// What was proved.
    pub(crate) schema: String,
    /// The server's major version.
    pub(crate) postgres: u32,
    /// What the values were drawn with.
    pub(crate) seed: u64,
    /// CHECKs of its tables, and of the domains of their columns.
    pub(crate) checks: usize,
    /// Those of them that the contracts hold.
    pub(crate) derived: usize,
    /// Relations without a contract, and why.
    pub(crate) without_contract: Vec<(String, String)>,
    /// What the compiler warned of.
    pub(crate) warnings: Vec<String>,
    /// Why nothing is known of it.
    pub(crate) broken: Option<String>,
    /// The tables.
    pub(crate) tables: Vec<TableReport>,
    /// What was found of the mutants.
    pub(crate) mutants: Option<MutantReport>,
    /// Wall-clock time by step.
    pub(crate) seconds: BTreeMap<&'static str, f64>,
}

/// Sums over the tables.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Sums {
    /// Tables that have contracts.
    pub(crate) tables: usize,
    /// Their columns.
    pub(crate) columns: usize,
    /// Columns that are exact.
    pub(crate) exact: usize,
    /// Columns that are narrower.
    pub(crate) narrower: usize,
    /// Columns that differ.
    pub(crate) differ: usize,
    /// Columns that nothing writes, and of which no value was seen.
    pub(crate) only_read: usize,
    /// Columns that are not proved.
    pub(crate) not_proved: usize,
    /// Rows tried.
    pub(crate) rows: usize,
    /// Those that PostgreSQL accepted.
    pub(crate) accepted: usize,
    /// Rows of views that were read.
    pub(crate) read: usize,
    /// Rows that the contracts accept and PostgreSQL refuses.
    pub(crate) false_accepts: usize,
    /// Rows that the contracts refuse and PostgreSQL accepts.
    pub(crate) false_rejects: usize,
    /// Rows that both refuse for different reasons first.
    pub(crate) wrong_order: usize,
    /// Rows whose values turned into others.
    pub(crate) misread: usize,
    /// Rows that the database alone decides.
    pub(crate) undecided: usize,
    /// Tables of which nothing is known.
    pub(crate) undecided_tables: usize,
}

/// The reports as one document: one report, or a list of them.
pub(crate) fn document(reports: &[Report]) -> Result<serde_json::Value, serde_json::Error> {
    let mut documents = reports
        .iter()
        .map(|report| {
            let mut document = serde_json::to_value(report)?;
            document["sums"] = serde_json::to_value(report.sums())?;
            document["branches"] = serde_json::to_value(report.branches())?;
            Ok(document)
        })
        .collect::<Result<Vec<_>, serde_json::Error>>()?;
    match documents.len() {
        1 => Ok(documents.remove(0)),
        _ => Ok(serde_json::json!({ "schemas": documents })),
    }
}

impl Report {
    /// That of a schema that could not be proved.
    pub(crate) fn broken(schema: String, error: &dyn std::error::Error) -> Self {
        Self {
            schema,
            broken: Some(error.to_string()),
            ..Self::default()
        }
    }

    /// The sums.
    pub(crate) fn sums(&self) -> Sums {
        let mut sums = Sums {
            tables: self.tables.len(),
            ..Sums::default()
        };
        for table in &self.tables {
            for column in &table.columns {
                sums.columns += 1;
                match column.proof {
                    Proof::Exact => sums.exact += 1,
                    Proof::Narrower => sums.narrower += 1,
                    Proof::Differs => sums.differ += 1,
                    Proof::OnlyRead => sums.only_read += 1,
                    Proof::NotProved(_) => sums.not_proved += 1,
                }
            }
            sums.rows += table.inserts + table.updates;
            sums.accepted += table.accepted;
            sums.read += table.read;
            sums.false_accepts += table.false_accepts;
            sums.false_rejects += table.false_rejects;
            sums.wrong_order += table.wrong_order;
            sums.misread += table.misread;
            sums.undecided += table.undecided.values().sum::<usize>();
            sums.undecided_tables += usize::from(table.undecided_table.is_some());
        }
        sums
    }

    /// What the rows reached of the CHECKs of all tables.
    pub(crate) fn branches(&self) -> BranchReport {
        let mut sum = BranchReport::default();
        for table in &self.tables {
            sum.add(&table.branches);
        }
        sum
    }

    /// How many rows show a difference.
    pub(crate) fn disagreements(&self) -> usize {
        let sums = self.sums();
        sums.false_accepts + sums.false_rejects + sums.wrong_order + sums.misread
    }
}
