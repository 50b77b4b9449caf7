//! A refusal names one CHECK. The others are asked by themselves, in the table without its CHECKs, so that a rule behind
//! another is proved too: PostgreSQL evaluates the expression of each as it prints it.

use std::collections::BTreeMap;

use super::ProveError;
use super::appeal::{drop, without_parents};
use super::judge::Answer;
use super::rows::{Operation, Row};
use super::server::{Attempt, Outcome, Refusal};
use super::subject::Cell;
use super::trial::Trial;
use super::verdict::Evidence;

/// What is said of a row that was refused, where more could not be asked.
const TOO_LONG_FOR_EACH: &str = "a CHECK took too long to be asked by itself";

/// A row that is asked: its place, the CHECKs, and its statement.
struct Asked {
    place: usize,
    checks: Vec<usize>,
    attempt: Attempt,
}

impl Trial<'_> {
    /// Asks each CHECK of the table about the rows that one of them may have refused.
    pub(super) async fn ask_each_check(
        &mut self,
        rows: &[Row],
        evidence: &mut [Evidence],
    ) -> Result<(), ProveError> {
        let asked: Vec<Asked> = rows
            .iter()
            .zip(evidence.iter())
            .enumerate()
            .filter_map(|(place, (row, evidence))| self.asked(place, row, evidence))
            .collect();
        if asked.is_empty() {
            return Ok(());
        }
        let together = asked
            .iter()
            .map(|asked| self.returning(&asked.attempt, &asked.checks))
            .collect();
        let Some(outcomes) = self.without_checks(together).await? else {
            return Ok(());
        };
        let mut again = Vec::new();
        for (asked, outcome) in asked.iter().zip(outcomes) {
            match outcome {
                Outcome::Accepted(rows) => {
                    let fields = rows.into_iter().next().unwrap_or_default();
                    let said = asked.checks.iter().zip(fields);
                    evidence[asked.place].broken = said
                        .map(|(check, (_, value))| {
                            let is_broken = value.as_deref() == Some(&[0]);
                            (self.checks[*check].0.clone(), is_broken)
                        })
                        .collect();
                }
                // One of them raised, or the row is refused whatever they say.
                Outcome::Refused(_) => again.push(asked),
                Outcome::Cancelled => self.note(TOO_LONG_FOR_EACH, 1),
            }
        }
        let one_by_one = again
            .iter()
            .flat_map(|asked| {
                let each = asked.checks.iter().map(std::slice::from_ref);
                let each = each.map(|check| self.returning(&asked.attempt, check));
                std::iter::once(asked.attempt.clone()).chain(each)
            })
            .collect();
        let Some(outcomes) = self.without_checks(one_by_one).await? else {
            return Ok(());
        };
        let mut outcomes = outcomes.into_iter();
        for asked in again {
            let is_taken = outcomes.next().is_some_and(|found| found.is_accepted());
            let mut broken = BTreeMap::new();
            for (check, outcome) in asked.checks.iter().zip(&mut outcomes) {
                let is_broken = match &outcome {
                    Outcome::Accepted(_) => {
                        let value = outcome.row().and_then(|row| row.first());
                        value.is_some_and(|(_, value)| value.as_deref() == Some(&[0]))
                    }
                    Outcome::Refused(_) => true,
                    Outcome::Cancelled => {
                        self.note(TOO_LONG_FOR_EACH, 1);
                        continue;
                    }
                };
                broken.insert(self.checks[*check].0.clone(), is_broken);
            }
            if is_taken {
                evidence[asked.place].broken = broken;
            }
        }
        Ok(())
    }

    /// What is asked of a row that a CHECK of the table may have refused.
    fn asked(&self, place: usize, row: &Row, evidence: &Evidence) -> Option<Asked> {
        let (
            Some(Answer::Judged {
                violations,
                query: Ok(query),
                ..
            }),
            Some(Outcome::Refused(refusal)),
            true,
        ) = (&evidence.answer, &evidence.outcome, evidence.is_sent)
        else {
            return None;
        };
        let is_named = |name: &String| self.checks.iter().any(|(known, _)| known == name);
        let may_be_raised = |refusal: &Refusal| {
            refusal.constraint.is_none()
                && refusal.code.starts_with("22")
                && violations
                    .first()
                    .is_some_and(|first| first.kind == "Check")
        };
        if !refusal.constraint.as_ref().is_some_and(is_named) && !may_be_raised(refusal) {
            return None;
        }
        let cells = self.good.cells(row);
        let is_left_out = |index: &usize| match row.operation {
            Operation::Insert => matches!(cells[*index], Cell::Absent),
            // What is computed changes with what it is computed from.
            Operation::Update => self.subject.columns[*index].is_computed(),
        };
        let is_known = |name: &String| {
            let mut rules = self.subject.rules.iter();
            let of_table = rules.find(|rule| rule.domain.is_none() && rule.name == *name);
            of_table.is_some_and(|rule| !rule.unknown.iter().any(is_left_out))
        };
        let checks = self.checks.iter().enumerate();
        let checks = checks.filter(|(_, (name, _))| is_known(name));
        Some(Asked {
            place,
            checks: checks.map(|(place, _)| place).collect(),
            attempt: Attempt {
                sql: query.sql.clone(),
                parameters: query.parameters.clone(),
                is_text: false,
            },
        })
    }

    fn returning(&self, attempt: &Attempt, checks: &[usize]) -> Attempt {
        let checks = checks.iter().map(|check| self.checks[*check].1.as_str());
        let checks: Vec<&str> = checks.collect();
        Attempt {
            sql: format!("{} RETURNING {}", attempt.sql, checks.join(", ")),
            ..attempt.clone()
        }
    }

    /// Tries statements in the table without its own CHECKs. None where they cannot be dropped, which is noted.
    async fn without_checks(
        &mut self,
        attempts: Vec<Attempt>,
    ) -> Result<Option<Vec<Outcome>>, ProveError> {
        let subject = self.subject;
        let rules = subject.rules.iter().filter(|rule| rule.domain.is_none());
        let drops: Vec<String> = rules.map(|rule| drop(subject, rule)).collect();
        let change = format!("{}{}", without_parents(subject), drops.join("; "));
        // Only CHECKs of the table itself are dropped.
        let found = self.server.run_altered(&change, false, &attempts).await?;
        Ok(self.or_noted(found, attempts.len()))
    }

    /// What was found; where the change was refused, that is noted: it is reported as undecided.
    pub(super) fn or_noted(
        &mut self,
        found: Result<Vec<Outcome>, Refusal>,
        rows: usize,
    ) -> Option<Vec<Outcome>> {
        match found {
            Ok(found) => Some(found),
            Err(refusal) => {
                let what = super::verdict::say(&refusal);
                let reason = format!("the table could not be changed to ask again: {what}");
                self.note(&reason, rows);
                None
            }
        }
    }

    /// Notes that rows could not be asked about: they are reported as undecided.
    pub(super) fn note(&mut self, reason: &str, rows: usize) {
        *self.not_asked.entry(reason.to_owned()).or_default() += rows;
    }
}
