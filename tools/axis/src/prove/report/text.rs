//! The report for people.

use std::fmt::Write as _;

use super::super::branches::Count;
use super::super::verdict::Category;
use super::{Proof, Report};

/// A line for each schema.
pub(crate) fn table(reports: &[Report]) -> String {
    let mut lines = vec![
        [
            "schema",
            "tables",
            "columns",
            "CHECKs",
            "derived",
            "branch values",
            "decided",
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
                let branches = report.branches();
                let numbers = [
                    sums.tables,
                    sums.columns,
                    report.checks,
                    report.derived,
                    branches.possible(),
                    branches.decided(),
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
        for table in &self.tables {
            for missing in table
                .branches
                .not_reached
                .iter()
                .filter(|found| !found.seen)
            {
                let _ = writeln!(
                    text,
                    "not reached: {}: CHECK {}: no row made {} {}",
                    table.name, missing.check, missing.branch, missing.value
                );
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
        let branches = self.branches();
        if branches.checks > 0 {
            let word = |word: &str, count: Count| {
                format!("{} of {} seen {word}", count.seen, count.possible)
            };
            let _ = writeln!(
                text,
                "{} branches of {} CHECKs: {}, {}, {}; {} of these {} decided alone what the CHECK says while all others held; {} CHECKs were broken alone",
                branches.branches,
                branches.checks,
                word("true", branches.is_true),
                word("false", branches.is_false),
                word("NULL", branches.is_null),
                branches.decided(),
                branches.possible(),
                branches.broken_alone
            );
        }
        if let Some(mutants) = &self.mutants {
            for survivor in &mutants.survivors {
                let _ = writeln!(text, "{}{survivor}", super::super::mutants::NOT_NOTICED);
            }
            for equivalent in &mutants.equivalent {
                let _ = writeln!(text, "no other rule: {equivalent}");
            }
            let _ = writeln!(
                text,
                "{} mutants{}: {} noticed, {} not noticed, {} no other rule ({:.1} % of the others noticed); {} more do not compile",
                mutants.tried,
                match mutants.only_earlier {
                    true => " of those that an earlier run did not notice, and no others",
                    false => "",
                },
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
