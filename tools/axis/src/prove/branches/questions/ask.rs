//! What PostgreSQL answers: first to questions of one column, then to those of several together.

use std::collections::BTreeMap;

use fastrand::Rng;

use super::super::sql;
use super::super::tree::{Truth, accepted};
use super::{Known, Places, Questions, TOGETHER};
use crate::prove::ProveError;
use crate::prove::appeal::{drop, without_parents};
use crate::prove::draw::Draw;
use crate::prove::rows::Operation;
use crate::prove::rules;
use crate::prove::server::{Attempt, Outcome};
use crate::prove::subject::{Cell, quoted};
use crate::prove::trial::Trial;

/// What is asked of a row.
#[derive(Clone, Debug)]
enum Asked {
    /// Whether a column is NULL.
    IsNull(usize),
    /// A question, by its number.
    Question(usize),
}

impl Questions {
    /// Asks PostgreSQL, in the table without its CHECKs: first what one column answers, then what several do together.
    pub(in crate::prove::branches) async fn ask(
        &mut self,
        trial: &mut Trial<'_>,
        rng: &mut Rng,
    ) -> Result<(), ProveError> {
        let good: Places = vec![0; self.choices.len()];
        let mut asked: Vec<(Places, Vec<Asked>)> = Vec::new();
        for (column, choice) in self.choices.iter().enumerate() {
            let mut about = vec![Asked::IsNull(column)];
            about.extend(
                self.numbers(|known| matches!(known, Known::Alone(found, _) if *found == column)),
            );
            for place in 0..choice.cells.len() {
                let mut row = good.clone();
                row[column] = place;
                asked.push((row, about.clone()));
            }
        }
        self.answers(trial, asked).await?;
        let asked = self.together(rng);
        self.answers(trial, asked).await?;
        let told: Vec<bool> = self
            .checks
            .iter()
            .map(|check| {
                let answers = |question: usize| self.answer(question, &good);
                let value = check.tree.values(&answers, None).last().copied();
                value.and_then(accepted) == Some(true)
            })
            .collect();
        for (check, is_told) in self.checks.iter_mut().zip(told) {
            check.is_told = is_told;
        }
        Ok(())
    }

    /// Asks about rows with new values: what each column answers, and what several do together.
    pub(in crate::prove::branches) async fn ask_again(
        &mut self,
        trial: &mut Trial<'_>,
        rows: &[(Places, usize)],
    ) -> Result<(), ProveError> {
        let mut asked = Vec::new();
        for (row, column) in rows {
            let mut alone = vec![0; self.choices.len()];
            alone[*column] = row[*column];
            let mut about = vec![Asked::IsNull(*column)];
            about.extend(
                self.numbers(|known| matches!(known, Known::Alone(found, _) if found == column)),
            );
            asked.push((alone, about));
            let together = self.numbers(
                |known| matches!(known, Known::Several(columns, _) if columns.contains(column)),
            );
            if !together.is_empty() {
                asked.push((row.clone(), together));
            }
        }
        self.answers(trial, asked).await
    }

    fn numbers(&self, is_asked: impl Fn(&Known) -> bool) -> Vec<Asked> {
        let all = self.all.iter().enumerate();
        let asked = all.filter(|(_, question)| is_asked(&question.known));
        asked.map(|(number, _)| Asked::Question(number)).collect()
    }

    /// The cells of a column that questions of several columns are asked of, the most telling first: what the good row
    /// says, one for each combination of answers, what such questions suggest, and others.
    fn telling(&self, column: usize, suggested: &[Draw]) -> Vec<usize> {
        let mut known: Vec<Vec<Truth>> = Vec::new();
        let mut cells: Vec<(usize, usize)> = Vec::new();
        for cell in 0..self.choices[column].cells.len() {
            let Some(signature) = self.signature(column, cell) else {
                continue;
            };
            let is_new = !known.contains(&signature);
            let is_suggested = || match &self.choices[column].cells[cell] {
                Cell::Value(draw) => suggested.iter().any(|found| found.literal == draw.literal),
                _ => false,
            };
            let rank = match is_new {
                true => 0,
                false if is_suggested() => 1,
                false => 2,
            };
            if is_new {
                known.push(signature);
            }
            cells.push((rank, cell));
        }
        cells.sort_unstable();
        cells.into_iter().map(|(_, cell)| cell).collect()
    }

    /// Rows in which questions of several columns are asked, all within bounds.
    fn together(&self, rng: &mut Rng) -> Vec<(Places, Vec<Asked>)> {
        let several: Vec<(usize, &Vec<usize>)> = self
            .all
            .iter()
            .enumerate()
            .filter_map(|(number, question)| match &question.known {
                Known::Several(columns, _) => Some((number, columns)),
                _ => None,
            })
            .collect();
        let most = (TOGETHER / several.len().max(1)).clamp(64, 900);
        let mut suggested: BTreeMap<String, Vec<Draw>> = BTreeMap::new();
        for (number, _) in &several {
            for (column, draws) in rules::suggestions(&self.all[*number].expr) {
                suggested.entry(column).or_default().extend(draws);
            }
        }
        let mut telling: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for column in several.iter().flat_map(|(_, columns)| columns.iter()) {
            telling.entry(*column).or_insert_with(|| {
                let of_rules = suggested.get(&self.choices[*column].name);
                self.telling(*column, of_rules.map_or(&[], Vec::as_slice))
            });
        }
        let mut asked = Vec::new();
        for (number, columns) in several {
            // So many of each that all of them together are no more than may be.
            let is_within = |each: &usize| {
                let power = u32::try_from(columns.len()).unwrap_or(u32::MAX);
                each.checked_pow(power).is_some_and(|all| all <= most)
            };
            let each = (2..=most).take_while(is_within).last().unwrap_or(2);
            let cells: Vec<&[usize]> = columns
                .iter()
                .map(|column| {
                    let cells = telling[column].as_slice();
                    cells.get(..each).unwrap_or(cells)
                })
                .collect();
            let all = cells
                .iter()
                .fold(1_usize, |all, cells| all.saturating_mul(cells.len()));
            for place in 0..all.min(most) {
                let mut row = vec![0; self.choices.len()];
                let mut rest = place;
                for (column, cells) in columns.iter().zip(&cells) {
                    row[*column] = match all <= most {
                        true => cells[rest % cells.len()],
                        false => cells[rng.usize(..cells.len())],
                    };
                    rest /= cells.len();
                }
                asked.push((row, vec![Asked::Question(number)]));
            }
        }
        asked
    }

    async fn answers(
        &mut self,
        trial: &mut Trial<'_>,
        asked: Vec<(Places, Vec<Asked>)>,
    ) -> Result<(), ProveError> {
        let mut again = Vec::new();
        let outcomes = self.outcomes(trial, &asked).await?;
        for ((row, about), outcome) in asked.into_iter().zip(outcomes) {
            match outcome {
                Some(Outcome::Accepted(rows)) => {
                    let fields = rows.into_iter().next().unwrap_or_default();
                    for (about, (_, bytes)) in about.into_iter().zip(fields) {
                        let answer = match bytes.as_deref() {
                            Some([1]) => Truth::True,
                            Some(_) => Truth::False,
                            None => Truth::Null,
                        };
                        self.learn(&row, &about, answer);
                    }
                }
                // One of the questions may have raised.
                Some(Outcome::Refused(_)) if about.len() > 1 => {
                    again.extend(about.into_iter().map(|about| (row.clone(), vec![about])));
                }
                _ => {}
            }
        }
        if again.is_empty() {
            return Ok(());
        }
        Box::pin(self.answers(trial, again)).await
    }

    fn learn(&mut self, row: &[usize], about: &Asked, answer: Truth) {
        match about {
            Asked::IsNull(column) => {
                self.choices[*column].is_null[row[*column]] = Some(answer == Truth::True);
            }
            Asked::Question(number) => match &mut self.all[*number].known {
                Known::Alone(column, answers) => answers[row[*column]] = answer,
                Known::Several(columns, answers) => {
                    let places = columns.iter().map(|column| row[*column]).collect();
                    answers.insert(places, answer);
                }
                Known::Count(..) => {}
            },
        }
    }

    /// What PostgreSQL says to the rows, with an answer to each question. None where a row cannot be asked.
    async fn outcomes(
        &self,
        trial: &mut Trial<'_>,
        asked: &[(Places, Vec<Asked>)],
    ) -> Result<Vec<Option<Outcome>>, ProveError> {
        let subject = trial.subject;
        let mut texts: BTreeMap<usize, Option<String>> = BTreeMap::new();
        let mut attempts = Vec::new();
        let mut places = Vec::with_capacity(asked.len());
        for (row, about) in asked {
            let questions: Option<Vec<String>> = about
                .iter()
                .map(|about| match about {
                    Asked::IsNull(column) => {
                        let column = &subject.columns[self.choices[*column].index];
                        Some(format!("{} IS NULL", quoted(&column.name)))
                    }
                    Asked::Question(number) => texts
                        .entry(*number)
                        .or_insert_with(|| sql::of(&self.all[*number].expr))
                        .clone(),
                })
                .collect();
            let row = self.row(Operation::Insert, row);
            let attempt = questions.and_then(|questions| {
                let attempt = trial.good.literals(subject, &row)?;
                let sql = attempt.sql.strip_suffix(&subject.returning())?;
                Some(Attempt {
                    sql: format!("{sql} RETURNING {}", questions.join(", ")),
                    ..attempt
                })
            });
            places.push(attempt.map(|attempt| {
                attempts.push(attempt);
                attempts.len() - 1
            }));
        }
        let outcomes = self.altered(trial, &attempts).await?;
        Ok(places
            .into_iter()
            .map(|place| outcomes.as_ref()?.get(place?).cloned())
            .collect())
    }

    /// Tries statements in the table without any CHECK.
    pub(in crate::prove::branches) async fn altered(
        &self,
        trial: &mut Trial<'_>,
        attempts: &[Attempt],
    ) -> Result<Option<Vec<Outcome>>, ProveError> {
        let subject = trial.subject;
        let mut drops: Vec<String> = subject
            .rules
            .iter()
            .map(|rule| drop(subject, rule))
            .collect();
        // Tables that are asked at the same time wait for each other in one order.
        drops.sort_unstable();
        let change = format!("{}{}", without_parents(subject), drops.join("; "));
        let found = trial.server.run_altered(&change, attempts).await?;
        Ok(trial.or_noted(found, attempts.len()))
    }
}
