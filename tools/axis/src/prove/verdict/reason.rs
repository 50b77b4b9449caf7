//! Whether contract and PostgreSQL refuse a row for the same reason.

use std::collections::{BTreeMap, HashMap};

use super::super::judge::{Query, Violation};
use super::super::rows::{Operation, Row};
use super::super::server::Refusal;
use super::super::subject::Subject;
use super::{Category, Verdict, differ, parameter, say};

/// Compares the first violation of the contract with the refusal of the query that it would send.
pub(super) fn compare(
    subject: &Subject,
    refusals: &HashMap<(Operation, usize, String), Refusal>,
    row: &Row,
    violation: &Violation,
    refusal: &Refusal,
    query: &Query,
) -> Verdict {
    let is_same = match violation.kind.as_str() {
        "Type" => {
            is_of_a_type(refusal)
                && match column(query, refusal) {
                    Some(column) => violation.columns.contains(&column),
                    None => is_of_column(subject, refusals, row, violation, refusal),
                }
        }
        "NotNull" => {
            refusal.code == "23502"
                && (refusal.column.is_none()
                    || refusal.column.as_deref() == violation.columns.first().map(String::as_str))
        }
        _ => refusal.constraint.as_deref() == Some(&violation.name),
    };
    // What the database computes may be NULL, which it refuses before any CHECK.
    let computed = subject.columns.iter().find(|column| {
        refusal.code == "23502"
            && column.is_computed()
            && refusal.column.as_deref() == Some(&column.name)
    });
    match (is_same, computed) {
        (true, _) => Verdict::Agree,
        (false, Some(column)) => {
            Verdict::Undecided(format!("NOT NULL of {}, which is computed", column.name))
        }
        (false, None) => differ(
            Category::Order,
            format!("{}{}{:?}", violation.name, refusal.code, refusal.constraint),
            format!(
                "the contract names {} ({}) first; PostgreSQL: {}",
                violation.name,
                violation.kind,
                say(refusal)
            ),
        ),
    }
}

/// Compares each CHECK of the table by itself, also those behind the one for which PostgreSQL refuses the row.
pub(super) fn each_check(violations: &[Violation], broken: &BTreeMap<String, bool>) -> Verdict {
    for (name, is_broken) in broken {
        let is_named = violations
            .iter()
            .any(|violation| violation.kind == "Check" && violation.name == *name);
        let (category, how) = match (is_named, is_broken) {
            (true, false) => (
                Category::FalseReject,
                "the contract names it, and PostgreSQL says that it holds",
            ),
            (false, true) => (
                Category::FalseAccept,
                "the contract does not name it, and PostgreSQL says that it is broken",
            ),
            _ => continue,
        };
        return differ(
            category,
            format!("each {name}"),
            format!("CHECK {name}: {how}"),
        );
    }
    Verdict::Agree
}

/// The column whose parameter PostgreSQL could not read, where it says so.
pub(crate) fn column(query: &Query, refusal: &Refusal) -> Option<String> {
    parameter::column_of(&query.sql, parameter::refused(refusal)?)
}

/// Whether a type may have refused. Some input functions tell a syntax error, a name that is too long, or nothing.
pub(crate) fn is_of_a_type(refusal: &Refusal) -> bool {
    let code = refusal.code.as_str();
    refusal.constraint.is_none()
        && (code.starts_with("22")
            || code.starts_with("54")
            || ["42601", "42622", "XX000"].contains(&code))
}

/// The error of a type names no column: the message must be the one that the column's value gives alone.
fn is_of_column(
    subject: &Subject,
    refusals: &HashMap<(Operation, usize, String), Refusal>,
    row: &Row,
    violation: &Violation,
    refusal: &Refusal,
) -> bool {
    let at_fault = row
        .changes
        .iter()
        .find(|(index, _)| violation.columns.contains(&subject.columns[*index].name));
    let Some((index, cell)) = at_fault else {
        // The good row's own column: then the contract refuses a good value.
        return false;
    };
    match refusals.get(&(row.operation, *index, format!("{cell:?}"))) {
        Some(alone) => alone.code == refusal.code && alone.message == refusal.message,
        None => true,
    }
}
