//! What a row shows: agreement, or in what contract and PostgreSQL differ.

use std::collections::HashMap;

use super::judge::{Answer, Parameter, Violation};
use super::rows::{Operation, Row};
use super::server::{Outcome, Refusal};
use super::subject::{Cell, Subject};
use crate::generate::catalog::DefaultValue;

/// What is known of a row.
#[derive(Clone, Debug)]
pub(crate) struct Evidence {
    /// What the contract says. None where serde has no form of it.
    pub(crate) answer: Option<Answer>,
    /// Whether it went to PostgreSQL as Diesel sends it; else by literals.
    pub(crate) is_sent: bool,
    /// What PostgreSQL says. None where it could not be asked.
    pub(crate) outcome: Option<Outcome>,
    /// What PostgreSQL says to the literals of a row that Diesel sends.
    pub(crate) by_literals: Option<Outcome>,
    /// What `Select` makes of the stored row.
    pub(crate) read: Option<Answer>,
    /// Columns whose values turned into others, and where.
    pub(crate) other_values: Vec<(usize, Difference)>,
}

/// Where a value turned into another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Difference {
    /// On the way from PostgreSQL.
    Read,
    /// On the way to PostgreSQL.
    Sent,
}

/// In what contract and PostgreSQL differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Category {
    /// The contract accepts what PostgreSQL refuses.
    FalseAccept,
    /// The contract refuses what PostgreSQL accepts.
    FalseReject,
    /// Both refuse, and the contract names another reason first.
    Order,
    /// A stored row is not read as it is, or a value is sent as another.
    Misread,
}

/// What a row shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Both say the same.
    Agree,
    /// Nothing can be compared.
    Silent,
    /// A column's Rust type holds less, as coverage.md says.
    Narrower(usize),
    /// The database alone decides, as coverage.md says.
    Undecided(String),
    /// They differ.
    Differ {
        /// In what.
        category: Category,
        /// How.
        how: String,
        /// What stays the same while a row is made simpler.
        signature: String,
    },
}

fn differ(category: Category, signature: impl Into<String>, how: String) -> Verdict {
    Verdict::Differ {
        category,
        how,
        signature: signature.into(),
    }
}

impl Evidence {
    /// The values that may have turned into others: column, where, and both.
    pub(crate) fn differences(
        &self,
        subject: &Subject,
        row: &Row,
    ) -> Vec<(usize, Difference, Parameter, Parameter)> {
        let mut differences = Vec::new();
        let Some(stored) = self.outcome.as_ref().and_then(Outcome::row) else {
            return differences;
        };
        if let Some(Answer::Columns(read)) = &self.read {
            for ((index, stored), read) in subject.selected.iter().zip(stored).zip(read) {
                if stored.1 != read.1 {
                    differences.push((*index, Difference::Read, stored.clone(), read.clone()));
                }
            }
        }
        let literal = self.by_literals.as_ref().and_then(Outcome::row);
        for (changed, cell) in &row.changes {
            let place = subject.selected.iter().position(|index| index == changed);
            if let (Some(place), Some(literal), Cell::Value(_)) = (place, literal, cell)
                && literal.get(place) != stored.get(place)
                && let (Some(literal), Some(stored)) = (literal.get(place), stored.get(place))
            {
                differences.push((*changed, Difference::Sent, literal.clone(), stored.clone()));
            }
        }
        differences
    }
}

/// Compares. `refusals` are those of values that are wrong alone.
pub(crate) fn of(
    subject: &Subject,
    refusals: &HashMap<(Operation, usize, String), Refusal>,
    row: &Row,
    evidence: &Evidence,
) -> Verdict {
    if let Some(Answer::Panic(message)) = evidence.answer.as_ref().or(evidence.read.as_ref()) {
        return differ(
            Category::FalseAccept,
            "panic",
            format!("it panics: {message}"),
        );
    }
    let Some(outcome) = &evidence.outcome else {
        return match &evidence.answer {
            Some(Answer::Judged {
                violations,
                query: Err(error),
            }) if violations.is_empty() => differ(
                Category::FalseAccept,
                "unsendable",
                format!("the contract accepts a row that Diesel cannot send: {error}"),
            ),
            _ => Verdict::Silent,
        };
    };
    match (&evidence.answer, outcome) {
        (Some(Answer::Empty), _) => Verdict::Silent,
        (None, Outcome::Refused(_)) => Verdict::Silent,
        (Some(Answer::Refused(_) | Answer::Absent), Outcome::Refused(_)) => Verdict::Agree,
        (Some(Answer::Refused(why)), Outcome::Accepted(_)) => narrower_or(
            subject,
            row,
            differ(
                Category::FalseReject,
                "refused",
                format!("serde refuses it: {why}"),
            ),
        ),
        (Some(Answer::Judged { violations, query }), Outcome::Accepted(_)) => {
            match violations.first() {
                // By literals only: PostgreSQL was not asked about what Diesel would send.
                _ if !evidence.is_sent => match (query, violations.is_empty()) {
                    (Err(error), true) => differ(
                        Category::FalseAccept,
                        "unsendable",
                        format!("the contract accepts a row that Diesel cannot send: {error}"),
                    ),
                    _ => narrower_or(
                        subject,
                        row,
                        differ(
                            Category::FalseReject,
                            "unsendable",
                            "the contract refuses it, and Diesel cannot send it".to_owned(),
                        ),
                    ),
                },
                Some(violation) => differ(
                    Category::FalseReject,
                    &violation.name,
                    format!("the contract names {} ({})", violation.name, violation.kind),
                ),
                None => values(subject, row, evidence),
            }
        }
        (Some(Answer::Judged { violations, query }), Outcome::Refused(refusal)) => {
            let sql = query.as_ref().ok().map(|query| query.sql.as_str());
            if let Some(column) = sql.and_then(|sql| computed(subject, row, refusal, sql)) {
                return Verdict::Undecided(format!("the default of {column}, which a CHECK reads"));
            }
            let verdict = match (violations.first(), query) {
                // It may come before a rule of the contract: PostgreSQL asks some as it reads a value.
                _ if is_undecided(subject, refusal) => undecided(refusal),
                (None, _) => accepted(subject, refusal),
                (Some(violation), Ok(query)) if evidence.is_sent => {
                    let column = parameter(refusal).and_then(|place| column_of(&query.sql, place));
                    same_reason(subject, refusals, row, violation, refusal, column)
                }
                _ => Verdict::Agree,
            };
            let left = undecided_type(subject, row, refusal);
            match (&verdict, left) {
                (Verdict::Differ { .. }, Some(left)) => left,
                _ => verdict,
            }
        }
        _ => values(subject, row, evidence),
    }
}

/// Whether the database alone decides a rule.
fn is_undecided(subject: &Subject, refusal: &Refusal) -> bool {
    let constraint = refusal.constraint.as_ref();
    refusal.code == "23514" && constraint.is_some_and(|name| !subject.held.contains(name))
}

fn undecided(refusal: &Refusal) -> Verdict {
    let constraint = refusal.constraint.as_deref().unwrap_or_default();
    Verdict::Undecided(format!("CHECK {constraint} is left to the database"))
}

/// The column that the refused CHECK reads, that the row says nothing of, and whose default only the database computes, such
/// as a clock's: the contract cannot know the value.
fn computed<'a>(subject: &'a Subject, row: &Row, refusal: &Refusal, sql: &str) -> Option<&'a str> {
    if row.operation != Operation::Insert || refusal.code != "23514" {
        return None;
    }
    let read = subject.read_by.get(refusal.constraint.as_ref()?)?;
    let mut columns = read.iter().map(|index| &subject.columns[*index]);
    let bound: Vec<String> = (1..=subject.columns.len())
        .map_while(|place| column_of(sql, place))
        .collect();
    let column = columns.find(|column| {
        matches!(&column.default, DefaultValue::Expression(expression) if is_computed(expression))
            && !bound.contains(&column.name)
    })?;
    Some(&column.name)
}

/// Whether a default calls a function, as `pg_get_expr` prints it, and is no constant.
fn is_computed(expression: &str) -> bool {
    let is_keyword = ["CURRENT_", "LOCALTIME", "SESSION_USER"]
        .iter()
        .any(|keyword| expression.contains(keyword));
    is_keyword || expression.contains('(')
}

/// A refusal of a type, where coverage.md says of a column that differs from the good row that some of its rules are left.
fn undecided_type(subject: &Subject, row: &Row, refusal: &Refusal) -> Option<Verdict> {
    let mut changed = row
        .changes
        .iter()
        .map(|(index, _)| &subject.columns[*index]);
    let (column, why) = changed.find_map(|column| Some((column, column.undecided?)))?;
    is_of_a_type(&refusal.code).then(|| Verdict::Undecided(format!("{}: {why}", column.name)))
}

/// The contract accepts what PostgreSQL refuses, unless the database alone decides.
fn accepted(subject: &Subject, refusal: &Refusal) -> Verdict {
    match left_to_the_database(subject, refusal) {
        Some(reason) => Verdict::Undecided(reason),
        None => differ(
            Category::FalseAccept,
            format!("{}{:?}", refusal.code, refusal.constraint),
            format!("the contract accepts it; PostgreSQL: {}", say(refusal)),
        ),
    }
}

/// What refuses a row beside the values that it brings.
fn left_to_the_database(subject: &Subject, refusal: &Refusal) -> Option<String> {
    let has_default = |name: &String| {
        let mut columns = subject.columns.iter();
        columns.any(|column| {
            column.name == *name && matches!(column.default, DefaultValue::Expression(_))
        })
    };
    match refusal.code.as_str() {
        // serde refuses a NULL that the row brings.
        "23502" => {
            let column = refusal.column.as_ref().filter(|name| has_default(name))?;
            Some(format!("the default of {column}, which gives NULL here"))
        }
        // An error within a CHECK names none.
        code if code.starts_with("22") && refusal.constraint.is_none() && subject.leaves_checks => {
            Some(format!(
                "a CHECK that is left to the database: {}",
                say(refusal)
            ))
        }
        // Functions that raise an error, ask for a setting, or read other tables.
        "42704" | "42P01" | "55000" => Some(format!("a function: {}", say(refusal))),
        code if code.starts_with("P0") => Some(format!("a function: {}", say(refusal))),
        _ => None,
    }
}

/// A refusal, in a line.
pub(crate) fn say(refusal: &Refusal) -> String {
    format!("{} {}", refusal.code, refusal.message)
}

fn same_reason(
    subject: &Subject,
    refusals: &HashMap<(Operation, usize, String), Refusal>,
    row: &Row,
    violation: &Violation,
    refusal: &Refusal,
    column: Option<String>,
) -> Verdict {
    let is_same = match violation.kind.as_str() {
        "Type" => {
            is_of_a_type(&refusal.code)
                && match column {
                    Some(column) => violation.columns.contains(&column),
                    None => is_of_column(subject, refusals, row, violation, refusal),
                }
        }
        "NotNull" => {
            refusal.code == "23502"
                && (refusal.column.is_none()
                    || refusal.column.as_deref() == violation.columns.first().map(String::as_str))
        }
        // What is left to the database may come first.
        "Check" | "Domain"
            if refusal.code == "23514"
                && refusal
                    .constraint
                    .as_ref()
                    .is_some_and(|found| !subject.held.contains(found)) =>
        {
            return Verdict::Undecided(
                "a CHECK that is left to the database comes first".to_owned(),
            );
        }
        // An error within a CHECK names none.
        "Check" if refusal.constraint.is_none() && refusal.code.starts_with("22") => true,
        _ => refusal.constraint.as_deref() == Some(&violation.name),
    };
    if !is_same
        && violation.kind != "Type"
        && let Some(reason) = left_to_the_database(subject, refusal)
    {
        return Verdict::Undecided(reason);
    }
    match is_same {
        true => Verdict::Agree,
        false => differ(
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

/// Whether a type refuses with this code. Some input functions tell a syntax error, a name that is too long, or nothing.
fn is_of_a_type(code: &str) -> bool {
    code.starts_with("22") || code.starts_with("54") || ["42601", "42622", "XX000"].contains(&code)
}

/// The parameter that PostgreSQL could not read, counted from 1.
fn parameter(refusal: &Refusal) -> Option<usize> {
    let (_, rest) = refusal
        .context
        .as_deref()?
        .split_once("portal parameter $")?;
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

/// The column that a parameter is for, in an INSERT or UPDATE as Diesel writes them.
fn column_of(sql: &str, place: usize) -> Option<String> {
    let place = format!("${place}");
    match sql.split_once(") VALUES (") {
        Some((before, values)) => {
            let index = values
                .split([',', ')'])
                .position(|value| value.trim() == place)?;
            let (_, mut names) = before.split_once(" (")?;
            let mut found = None;
            for _ in 0..=index {
                let (name, rest) = identifier(names)?;
                found = Some(name);
                names = rest;
            }
            found
        }
        None => {
            let (_, mut sets) = sql.split_once(" SET ")?;
            loop {
                let (name, rest) = identifier(sets)?;
                let value = rest.strip_prefix(" = ")?;
                if value.split([',', ' ']).next() == Some(place.as_str()) {
                    return Some(name);
                }
                sets = value;
            }
        }
    }
}

/// The first name in double quotes, and what follows it.
fn identifier(text: &str) -> Option<(String, &str)> {
    let (_, mut rest) = text.split_once('"')?;
    let mut name = String::new();
    loop {
        let (part, after) = rest.split_once('"')?;
        name += part;
        match after.strip_prefix('"') {
            Some(after) => {
                name.push('"');
                rest = after;
            }
            None => return Some((name, after)),
        }
    }
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

/// Both accept: whether the values stayed what they are.
fn values(subject: &Subject, row: &Row, evidence: &Evidence) -> Verdict {
    if let Some(Answer::Unreadable(error)) = &evidence.read {
        return narrower_or(
            subject,
            row,
            differ(
                Category::Misread,
                "unreadable",
                format!("the stored row cannot be read: {error}"),
            ),
        );
    }
    if let (true, Some(Outcome::Refused(refusal))) = (evidence.is_sent, &evidence.by_literals) {
        let said = say(refusal);
        return narrower_or(
            subject,
            row,
            differ(
                Category::Misread,
                "sent",
                format!("it is sent as another value; PostgreSQL to this one: {said}"),
            ),
        );
    }
    let is_listed = |index: &usize| {
        let cell = row.changes.iter().find(|(changed, _)| changed == index);
        cell.is_some_and(|(_, cell)| is_extreme(cell))
            && !subject.columns[*index].narrower.is_empty()
    };
    let not_listed = evidence
        .other_values
        .iter()
        .find(|(index, _)| !is_listed(index));
    match (not_listed, evidence.other_values.first()) {
        (Some((index, kind)), _) => {
            let name = &subject.columns[*index].name;
            let how = match kind {
                Difference::Read => format!("`{name}` is read as another value"),
                Difference::Sent => format!("`{name}` is sent as another value"),
            };
            differ(Category::Misread, format!("{name}{kind:?}"), how)
        }
        (None, Some((index, _))) => Verdict::Narrower(*index),
        (None, None) => Verdict::Agree,
    }
}

/// A difference, unless coverage.md says of a column that differs from the good row that its Rust type holds less.
fn narrower_or(subject: &Subject, row: &Row, difference: Verdict) -> Verdict {
    let listed = row
        .changes
        .iter()
        .find(|(index, cell)| is_extreme(cell) && !subject.columns[*index].narrower.is_empty());
    match listed {
        Some((index, _)) => Verdict::Narrower(*index),
        None => difference,
    }
}

fn is_extreme(cell: &Cell) -> bool {
    matches!(cell, Cell::Value(draw) if draw.is_extreme)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_is_of_a_column() {
        let insert =
            r#"INSERT INTO "s"."t" ("a", "b, ""c""", "d") VALUES ($1, DEFAULT, $2) RETURNING "a""#;
        assert_eq!(column_of(insert, 1).as_deref(), Some("a"));
        assert_eq!(column_of(insert, 2).as_deref(), Some("d"));
        let update = r#"UPDATE "t" SET "a" = $1, "b ""c""" = $2 RETURNING "a""#;
        assert_eq!(column_of(update, 1).as_deref(), Some("a"));
        assert_eq!(column_of(update, 2).as_deref(), Some("b \"c\""));
        assert_eq!(column_of(update, 3), None);
    }

    #[test]
    fn a_default_is_computed_or_a_constant() {
        for computed in [
            "now()",
            "(now() + '00:03:00'::interval)",
            "CURRENT_TIMESTAMP",
        ] {
            assert!(is_computed(computed), "{computed}");
        }
        for constant in ["0", "'a'::text", "true", "'{}'::jsonb"] {
            assert!(!is_computed(constant), "{constant}");
        }
    }
}
