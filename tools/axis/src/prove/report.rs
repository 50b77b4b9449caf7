//! What was found, for people and for programs.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Serialize;

use super::mutants::MutantReport;
use super::verdict::Category;

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
            Ok(document)
        })
        .collect::<Result<Vec<_>, serde_json::Error>>()?;
    match documents.len() {
        1 => Ok(documents.remove(0)),
        _ => Ok(serde_json::json!({ "schemas": documents })),
    }
}

/// A line for each schema.
pub(crate) fn table(reports: &[Report]) -> String {
    let mut lines = vec![
        [
            "schema",
            "tables",
            "columns",
            "CHECKs",
            "derived",
            "exact",
            "narrower",
            "only read",
            "not proved",
            "rows",
            "false accepts",
            "false rejects",
            "order",
            "misread",
            "undecided",
            "warnings",
            "seconds",
        ]
        .map(str::to_owned)
        .to_vec(),
    ];
    for report in reports {
        let stem = std::path::Path::new(&report.schema)
            .file_stem()
            .unwrap_or_default();
        let mut line = vec![stem.to_string_lossy().into_owned()];
        match &report.broken {
            Some(_) => line.push("FAILED".to_owned()),
            None => {
                let sums = report.sums();
                let numbers = [
                    sums.tables,
                    sums.columns,
                    report.checks,
                    report.derived,
                    sums.exact,
                    sums.narrower,
                    sums.only_read,
                    sums.not_proved,
                    sums.rows,
                    sums.false_accepts,
                    sums.false_rejects,
                    sums.wrong_order,
                    sums.misread,
                    sums.undecided,
                    report.warnings.len(),
                ];
                line.extend(numbers.map(|number| number.to_string()));
                line.push(format!("{:.1}", report.seconds.values().sum::<f64>()));
            }
        }
        lines.push(line);
    }
    lines.push(sum(&lines));
    let mut widths = vec![0; lines.first().map_or(0, Vec::len)];
    for line in &lines {
        for (width, cell) in widths.iter_mut().zip(line) {
            *width = cell.len().max(*width);
        }
    }
    let mut text = String::new();
    for line in &lines {
        let cells =
            line.iter()
                .zip(&widths)
                .enumerate()
                .map(|(index, (cell, width))| match index {
                    0 => format!("{cell:<width$}"),
                    _ => format!("{cell:>width$}"),
                });
        let _ = writeln!(text, "{}", cells.collect::<Vec<_>>().join("  "));
    }
    text
}

/// The last line: what all schemas have together.
fn sum(lines: &[Vec<String>]) -> Vec<String> {
    let width = lines.first().map_or(0, Vec::len);
    let of_column = |place: usize| {
        let cells = lines.iter().skip(1).filter_map(|line| line.get(place));
        let sum: f64 = cells.filter_map(|cell| cell.parse::<f64>().ok()).sum();
        match place + 1 == width {
            true => format!("{sum:.1}"),
            false => format!("{sum}"),
        }
    };
    std::iter::once("all".to_owned())
        .chain((1..width).map(of_column))
        .collect()
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

    /// How many rows show a difference.
    pub(crate) fn disagreements(&self) -> usize {
        let sums = self.sums();
        sums.false_accepts + sums.false_rejects + sums.wrong_order + sums.misread
    }

    /// The report for people.
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        let sums = self.sums();
        // Writing to a String cannot fail.
        for table in &self.tables {
            for found in &table.found {
                let _ = writeln!(
                    text,
                    "{}: {} ({})\n  {}\n{}\n",
                    found.category.words(),
                    table.name,
                    found.columns.join(", "),
                    found.how,
                    indented(&found.sql)
                );
            }
        }
        for warning in &self.warnings {
            let _ = writeln!(
                text,
                "the generated code does not compile without a warning:\n{warning}"
            );
        }
        for table in &self.tables {
            if let Some(reason) = &table.undecided_table {
                let _ = writeln!(
                    text,
                    "NOT DECIDED: nothing is known of {}: {reason}",
                    table.name
                );
            }
            for (reason, rows) in &table.undecided {
                let _ = writeln!(text, "not decided: {}: {reason} ({rows} rows)", table.name);
            }
            for column in &table.columns {
                if let (Proof::NotProved(reason), None) = (&column.proof, &table.undecided_table) {
                    let _ = writeln!(
                        text,
                        "not proved: {}.{} ({}): {reason}",
                        table.name, column.name, column.data_type
                    );
                }
            }
        }
        for (name, reason) in &self.without_contract {
            let _ = writeln!(text, "without a contract: {name}: {reason}");
        }
        for (column, reason) in self.unshown() {
            let _ = writeln!(
                text,
                "coverage.md says that {column} holds less ({reason}), and no value showed it"
            );
        }
        let _ = writeln!(
            text,
            "\n{} on PostgreSQL {}, seed {}: {} tables, {} columns: {} exact, {} narrower, {} differ, {} only read, {} not proved",
            self.schema,
            self.postgres,
            self.seed,
            sums.tables,
            sums.columns,
            sums.exact,
            sums.narrower,
            sums.differ,
            sums.only_read,
            sums.not_proved
        );
        let _ = writeln!(
            text,
            "{} rows tried, {} of them accepted by PostgreSQL, {} read of views: {} false accepts, {} false rejects, {} in wrong order, {} misread, {} left to the database",
            sums.rows,
            sums.accepted,
            sums.read,
            sums.false_accepts,
            sums.false_rejects,
            sums.wrong_order,
            sums.misread,
            sums.undecided
        );
        if let Some(mutants) = &self.mutants {
            for survivor in &mutants.survivors {
                let _ = writeln!(text, "not noticed: {survivor}");
            }
            for equivalent in &mutants.equivalent {
                let _ = writeln!(text, "no other rule: {equivalent}");
            }
            let _ = writeln!(
                text,
                "{} mutants: {} noticed, {} not noticed, {} no other rule ({:.1} % of the others noticed); {} more do not compile",
                mutants.tried,
                mutants.noticed,
                mutants.survivors.len(),
                mutants.equivalent.len(),
                mutants.share(),
                mutants.not_compiled
            );
        }
        let seconds: Vec<String> = self
            .seconds
            .iter()
            .map(|(step, seconds)| format!("{step} {seconds:.1}"))
            .collect();
        let _ = writeln!(text, "seconds: {}", seconds.join(", "));
        text
    }

    /// Columns that coverage.md lists as narrower, and of which no value that was tried showed it.
    fn unshown(&self) -> Vec<(String, String)> {
        let columns = self
            .tables
            .iter()
            .flat_map(|table| table.columns.iter().map(|column| (&table.name, column)));
        columns
            .filter(|(_, column)| column.proof == Proof::Exact && !column.narrower.is_empty())
            .map(|(table, column)| {
                (
                    format!("{table}.{}", column.name),
                    column.narrower.join("; "),
                )
            })
            .collect()
    }
}

impl Category {
    fn words(self) -> &'static str {
        match self {
            Self::FalseAccept => "FALSE ACCEPT",
            Self::FalseReject => "FALSE REJECT",
            Self::Order => "WRONG ORDER",
            Self::Misread => "MISREAD",
        }
    }
}

fn indented(sql: &str) -> String {
    let lines: Vec<String> = sql.lines().map(|line| format!("  {line}")).collect();
    lines.join("\n")
}
