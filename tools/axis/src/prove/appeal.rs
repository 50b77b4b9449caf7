//! A row of which contract and PostgreSQL differ is tried again where the difference may be owed to what coverage.md leaves to
//! the database alone: in the table without just those rules. Where the two agree then, the row is undecided; where they
//! do not, they differ.

use std::collections::BTreeMap;

use super::ProveError;
use super::judge::{Answer, Query, Violation};
use super::rows::{Operation, Row};
use super::server::{Attempt, Outcome, Refusal};
use super::subject::{Cell, Rule, Subject, quoted};
use super::trial::Trial;
use super::verdict::{self, Evidence, Verdict, reason, say};
use crate::generate::catalog::{DefaultValue, Name};

/// A row on appeal.
struct Appeal {
    /// Its place.
    index: usize,
    /// What was set aside for it, as SQL.
    without: Vec<String>,
    /// What is known of it without that.
    evidence: Evidence,
    /// Whether PostgreSQL said something else without that.
    is_other: bool,
}

impl Trial<'_> {
    /// Asks again for the rows that differ.
    pub(super) async fn appeal(
        &mut self,
        rows: &[Row],
        found: &mut [(Evidence, Verdict)],
    ) -> Result<(), ProveError> {
        let mut appeals = Vec::new();
        for (index, (evidence, verdict)) in found.iter_mut().enumerate() {
            let (Verdict::Differ { .. }, Some((query, refusal, _))) =
                (&verdict, question(evidence))
            else {
                continue;
            };
            if let Some(reason) = left_value(self.subject, &rows[index], query, refusal) {
                *verdict = Verdict::Undecided(reason);
                continue;
            }
            appeals.push(Appeal {
                index,
                without: set_aside(self.subject, &self.good.cells(&rows[index]), &rows[index]),
                evidence: evidence.clone(),
                is_other: false,
            });
        }
        self.ask_without(&mut appeals).await?;
        self.say_what_raised(rows, &mut appeals).await?;
        for appeal in appeals {
            let row = &rows[appeal.index];
            let again = verdict::of(self.subject, &self.refusals, row, &appeal.evidence);
            let (evidence, verdict) = &mut found[appeal.index];
            if matches!(again, Verdict::Differ { .. }) {
                continue;
            }
            *verdict = match appeal.is_other {
                true => Verdict::Undecided(owed(self.subject, evidence)),
                false => again,
            };
            *evidence = appeal.evidence;
        }
        Ok(())
    }

    /// Tries the rows without what is set aside for them.
    async fn ask_without(&mut self, appeals: &mut [Appeal]) -> Result<(), ProveError> {
        let asked: Vec<(String, Attempt)> = appeals
            .iter()
            .filter(|appeal| !appeal.without.is_empty())
            .filter_map(|appeal| Some((appeal.without.join("; "), attempt(&appeal.evidence)?)))
            .collect();
        let mut outcomes = self.outcomes(asked).await?.into_iter();
        for appeal in appeals
            .iter_mut()
            .filter(|appeal| !appeal.without.is_empty())
        {
            if let Some(Some(outcome)) = outcomes.next()
                && appeal.evidence.outcome.as_ref() != Some(&outcome)
            {
                appeal.is_other = outcome != Outcome::Cancelled;
                appeal.evidence = Evidence {
                    outcome: Some(outcome),
                    by_literals: None,
                    read: None,
                    other_values: Vec::new(),
                    ..appeal.evidence.clone()
                };
            }
        }
        Ok(())
    }

    /// An error within a CHECK names none. It is that of the CHECK which the contract names if the row shows it with the
    /// CHECKs up to that one, and does not with those before it.
    async fn say_what_raised(
        &mut self,
        rows: &[Row],
        appeals: &mut [Appeal],
    ) -> Result<(), ProveError> {
        let mut asked = Vec::new();
        let mut places = Vec::new();
        for (place, appeal) in appeals.iter().enumerate() {
            let row = &rows[appeal.index];
            let again = verdict::of(self.subject, &self.refusals, row, &appeal.evidence);
            let (Verdict::Differ { .. }, Some((_, refusal, Some(violation)))) =
                (again, question(&appeal.evidence))
            else {
                continue;
            };
            if let (true, Some(attempt), Some((from, after))) = (
                refusal.constraint.is_none() && refusal.code.starts_with("22"),
                attempt(&appeal.evidence),
                up_to(self.subject, violation),
            ) {
                let with = |more: Vec<String>| {
                    let all: Vec<String> = appeal.without.iter().cloned().chain(more).collect();
                    all.join("; ")
                };
                asked.push((with(from), attempt.clone()));
                asked.push((with(after), attempt));
                places.push(place);
            }
        }
        let outcomes = self.outcomes(asked).await?;
        for (place, outcomes) in places.into_iter().zip(outcomes.chunks(2)) {
            let evidence = &mut appeals[place].evidence;
            let [before, with] = outcomes else { continue };
            if outcomes.contains(&Some(Outcome::Cancelled)) {
                evidence.outcome = Some(Outcome::Cancelled);
                continue;
            }
            let is_its =
                before.is_some() && *before != evidence.outcome && *with == evidence.outcome;
            let name = match question(evidence) {
                Some((_, _, Some(violation))) if is_its => violation.name.clone(),
                _ => continue,
            };
            if let Some(Outcome::Refused(refusal)) = &mut evidence.outcome {
                refusal.constraint = Some(name);
            }
        }
        Ok(())
    }

    /// Tries each after its change, those of one change together. None where the change is refused.
    async fn outcomes(
        &mut self,
        asked: Vec<(String, Attempt)>,
    ) -> Result<Vec<Option<Outcome>>, ProveError> {
        let mut outcomes = vec![None; asked.len()];
        let mut by_change: BTreeMap<String, Vec<(usize, Attempt)>> = BTreeMap::new();
        for (place, (change, attempt)) in asked.into_iter().enumerate() {
            by_change.entry(change).or_default().push((place, attempt));
        }
        for (change, attempts) in by_change {
            let (places, attempts): (Vec<usize>, Vec<Attempt>) = attempts.into_iter().unzip();
            // A table without parents: what is theirs is its own then.
            let change = format!("{}{change}", without_parents(self.subject));
            let shares_domains = self.subject.shares_domains();
            let run = self.server.run_altered(&change, shares_domains, &attempts);
            let found = run.await?;
            if let Some(found) = self.or_noted(found, attempts.len()) {
                let mut found = found.into_iter();
                for place in places {
                    outcomes[place] = Some(found.next().unwrap_or(Outcome::Cancelled));
                }
            }
        }
        Ok(outcomes)
    }
}

/// What was asked and refused as Diesel sends it, and the first violation that the contract names.
fn question(evidence: &Evidence) -> Option<(&Query, &Refusal, Option<&Violation>)> {
    match (&evidence.answer, &evidence.outcome) {
        (
            Some(Answer::Judged {
                violations,
                query: Ok(query),
                ..
            }),
            Some(Outcome::Refused(refusal)),
        ) if evidence.is_sent => Some((query, refusal, violations.first())),
        _ => None,
    }
}

fn attempt(evidence: &Evidence) -> Option<Attempt> {
    let (query, ..) = question(evidence)?;
    Some(Attempt {
        sql: query.sql.clone(),
        parameters: query.parameters.clone(),
        is_text: false,
    })
}

/// A value of which the server's own parser or locale decides, as coverage.md says of its column's type.
fn left_value(subject: &Subject, row: &Row, query: &Query, refusal: &Refusal) -> Option<String> {
    if !reason::is_of_a_type(refusal) {
        return None;
    }
    let refused = reason::column(query, refusal);
    row.changes.iter().find_map(|(index, cell)| {
        let column = &subject.columns[*index];
        let is_left = matches!(cell, Cell::Value(draw) if draw.is_left)
            && refused.as_ref().is_none_or(|name| *name == column.name);
        let why = column.undecided.filter(|_| is_left)?;
        Some(format!("{}: {why}", column.name))
    })
}

/// What takes from the table what coverage.md leaves to the database: CHECKs that are not derived, or that read a default
/// which the row takes and the contract cannot know; such defaults; and expressions of generated columns.
fn set_aside(subject: &Subject, cells: &[&Cell], row: &Row) -> Vec<String> {
    let mut changes = Vec::new();
    let is_left_out =
        |index: &usize| row.operation == Operation::Insert && matches!(cells[*index], Cell::Absent);
    let is_changed = |index: &usize| !matches!(cells[*index], Cell::Absent);
    for rule in &subject.rules {
        let is_unknown = rule.unknown.iter().any(is_left_out);
        let is_left = match rule.domain {
            // An INSERT puts the NULL or the default of a column that it leaves out to the domain.
            Some(_) => {
                let mut left = rule.left.iter();
                left.any(|index| row.operation == Operation::Insert || is_changed(index))
            }
            None => !rule.is_held,
        };
        if is_unknown || is_left {
            changes.push(drop(subject, rule));
        }
    }
    // The contract evaluates what computes a column that its rules read.
    let is_evaluated = |index: &usize| {
        let mut held = subject.rules.iter().filter(|rule| rule.is_held);
        held.any(|rule| rule.reads.contains(index))
    };
    for (index, column) in subject.columns.iter().enumerate() {
        let what = match &column.default {
            DefaultValue::Generated(_) if is_evaluated(&index) => continue,
            DefaultValue::Generated(_) => "DROP EXPRESSION",
            // A domain that refuses NULL would refuse the row without its default.
            DefaultValue::Expression(_)
                if !column.has_constant_default
                    && !column.type_forbids_null
                    && is_left_out(&index) =>
            {
                "DROP DEFAULT"
            }
            _ => continue,
        };
        for what in [what, "DROP NOT NULL"] {
            let (table, name) = (subject.sql_name(), quoted(&column.name));
            let change = format!("ALTER TABLE {table} ALTER COLUMN {name} {what}");
            // Of a column that is computed as it is read (PostgreSQL 18) the expression stays: no INSERT evaluates it. It is
            // asked for, and not tried: after a change of a domain PostgreSQL refuses to begin what it could undo.
            changes.push(format!(
                "DO $axis_prove$ BEGIN IF NOT EXISTS (SELECT FROM pg_attribute WHERE attrelid = {}::regclass \
                 AND attname = {} AND attgenerated = 'v') THEN {change}; END IF; END $axis_prove$",
                literal(&table),
                literal(&column.name)
            ));
        }
    }
    changes
}

/// What takes a CHECK from its table or domain.
pub(super) fn drop(subject: &Subject, rule: &Rule) -> String {
    let name = quoted(&rule.name);
    match &rule.domain {
        Some(Name {
            schema,
            name: domain,
        }) => format!(
            "ALTER DOMAIN {}.{} DROP CONSTRAINT IF EXISTS {name}",
            quoted(schema),
            quoted(domain)
        ),
        None => format!(
            "ALTER TABLE {} DROP CONSTRAINT IF EXISTS {name}",
            subject.sql_name()
        ),
    }
}

/// What drops the CHECK of a violation and those that PostgreSQL asks after it, and what drops only the latter.
fn up_to(subject: &Subject, violation: &Violation) -> Option<(Vec<String>, Vec<String>)> {
    let is_of_table = violation.kind == "Check";
    if !is_of_table && violation.kind != "Domain" {
        return None;
    }
    let rules = || {
        let rules = subject.rules.iter();
        rules.filter(|rule| rule.domain.is_none() == is_of_table)
    };
    let own = rules().filter(|rule| rule.name == violation.name);
    let own: Vec<String> = own.map(|rule| drop(subject, rule)).collect();
    let after: Vec<String> = rules()
        // Those of a domain name it.
        .filter(|rule| is_of_table && rule.name > violation.name)
        .map(|rule| drop(subject, rule))
        .collect();
    let from = own.into_iter().chain(after.iter().cloned()).collect();
    Some((from, after))
}

fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// A constraint that is inherited is not dropped.
pub(super) fn without_parents(subject: &Subject) -> String {
    let table = subject.sql_name();
    format!(
        "DO $axis_prove$ DECLARE parent text; BEGIN \
         FOR parent IN SELECT inhparent::regclass::text FROM pg_inherits WHERE inhrelid = {}::regclass LOOP \
         EXECUTE {} || parent; END LOOP; END $axis_prove$; ",
        literal(&table),
        literal(&format!("ALTER TABLE {table} NO INHERIT ")),
    )
}

/// To what a row owes that it is not decided.
fn owed(subject: &Subject, evidence: &Evidence) -> String {
    let Some((_, refusal, _)) = question(evidence) else {
        return "a rule that is left to the database".to_owned();
    };
    let of_constraint = |name: &String| {
        let rule = subject.rules.iter().find(|rule| rule.name == *name);
        let unknown = rule.and_then(|rule| rule.unknown.first());
        match (rule, unknown) {
            (Some(rule), Some(index)) if rule.is_held => {
                let column = &subject.columns[*index].name;
                format!(
                    "CHECK {name} reads the default of {column}, which the contract cannot know"
                )
            }
            _ => format!("CHECK {name} is left to the database"),
        }
    };
    match (&refusal.constraint, &refusal.column) {
        (Some(name), _) => of_constraint(name),
        (None, Some(column)) if refusal.code == "23502" => {
            format!("the default of {column}, which gives NULL here")
        }
        _ => format!("a rule that is left to the database: {}", say(refusal)),
    }
}
