//! What CHECKs ask of a row, each question with the answers that PostgreSQL gives for the values that are worth a try.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use fastrand::Rng;

use super::super::ProveError;
use super::super::appeal::{drop, without_parents};
use super::super::draw::Draw;
use super::super::rows::{Good, Operation, Row};
use super::super::rules;
use super::super::server::{Attempt, Outcome};
use super::super::subject::{Cell, Column, Subject, quoted};
use super::super::trial::Trial;
use super::sql;
use super::tree::{Costs, NEVER, TRUTHS, Tree, Truth, accepted};
use crate::generate::catalog::{DefaultValue, Name};
use crate::generate::check_expression::{Comparison, Expr, Function, Literal};

/// Values of a column that the rules suggest, and others.
const SUGGESTED: usize = 120;
const OTHERS: usize = 40;

/// Rows that the questions of several columns are asked of.
const TOGETHER: usize = 6_000;

/// A row: for each column that a CHECK reads, the place of its cell. 0 is what the good row says.
pub(super) type Places = Vec<usize>;

/// A CHECK.
pub(super) struct Check {
    /// Its name.
    pub(super) name: String,
    /// Its domain, and the column of it.
    pub(super) domain: Option<(Name, String)>,
    /// Its conditions.
    pub(super) tree: Tree,
    /// Whether its conditions are told: then it holds of the good row.
    pub(super) is_told: bool,
    /// The columns that it reads, among those of the questions.
    pub(super) columns: Vec<usize>,
}

/// The values that a column may get.
pub(super) struct Choice {
    /// The column's place in the table.
    pub(super) index: usize,
    /// Its name.
    name: String,
    /// What may be said of it. The good row's comes first.
    pub(super) cells: Vec<Cell>,
    /// Whether each gives NULL. None where PostgreSQL takes it not at all.
    is_null: Vec<Option<bool>>,
}

/// A question and its answers.
pub(super) struct Question {
    /// The question.
    pub(super) expr: Expr,
    /// Whether the answer may be NULL.
    pub(super) can_be_null: bool,
    pub(super) known: Known,
}

/// What is known of the answers.
pub(super) enum Known {
    /// That of each cell of a column.
    Alone(usize, Vec<Truth>),
    /// How many of the columns are NULL, or are not, and with what that is compared.
    Count(Vec<usize>, bool, Comparison, usize),
    /// Those of some cells of several columns.
    Several(Vec<usize>, HashMap<Places, Truth>),
}

/// The CHECKs of a table, what they ask, and of what.
#[derive(Default)]
pub(super) struct Questions {
    pub(super) checks: Vec<Check>,
    pub(super) all: Vec<Question>,
    pub(super) choices: Vec<Choice>,
}

impl Question {
    /// Whether it asks nothing of the row.
    pub(super) fn is_constant(&self) -> bool {
        matches!(&self.known, Known::Several(columns, _) if columns.is_empty())
    }
}

impl Choice {
    /// Whether PostgreSQL takes a cell.
    pub(super) fn is_usable(&self, place: usize) -> bool {
        self.is_null.get(place).is_some_and(Option::is_some)
    }
}

impl Questions {
    /// Those of a table, without answers.
    pub(super) fn of(subject: &Subject, good: &Good) -> Self {
        let mut questions = Self::default();
        let mut suggested: BTreeMap<String, Vec<Draw>> = BTreeMap::new();
        for rule in &subject.trees {
            for (column, draws) in rules::suggestions(&rule.tree) {
                suggested.entry(column).or_default().extend(draws);
            }
        }
        for rule in &subject.trees {
            let mut read = Vec::new();
            let mut is_known = true;
            rule.tree.visit(&mut |part| {
                if let Expr::Column(name, _) = part {
                    let place = subject
                        .columns
                        .iter()
                        .position(|column| column.name == *name);
                    match place {
                        Some(place) => read.extend(sources(subject, place)),
                        None => is_known = false,
                    }
                }
            });
            if !is_known {
                continue;
            }
            read.sort_unstable();
            read.dedup();
            let columns = read
                .into_iter()
                .map(|index| questions.column(subject, good, index, &suggested))
                .collect();
            let tree = Tree::of(&rule.tree, &mut |expr| questions.number(subject, expr));
            questions.checks.push(Check {
                name: rule.name.clone(),
                domain: rule.domain.clone(),
                tree,
                is_told: false,
                columns,
            });
        }
        questions
    }

    fn column(
        &mut self,
        subject: &Subject,
        good: &Good,
        index: usize,
        suggested: &BTreeMap<String, Vec<Draw>>,
    ) -> usize {
        let known = self.choices.iter().position(|found| found.index == index);
        known.unwrap_or_else(|| {
            let cells = cells(&subject.columns[index], &good.0[index], suggested);
            self.choices.push(Choice {
                index,
                name: subject.columns[index].name.clone(),
                is_null: vec![None; cells.len()],
                cells,
            });
            self.choices.len() - 1
        })
    }

    fn number(&mut self, subject: &Subject, expr: &Expr) -> usize {
        if let Some(known) = self.all.iter().position(|found| found.expr == *expr) {
            return known;
        }
        let place = |index: usize| self.choices.iter().position(|found| found.index == index);
        let mut columns = Vec::new();
        expr.visit(&mut |part| {
            if let Expr::Column(name, _) = part {
                let index = subject.columns.iter().position(|found| found.name == *name);
                let read = index.into_iter().flat_map(|index| sources(subject, index));
                columns.extend(read.filter_map(place));
            }
        });
        columns.sort_unstable();
        columns.dedup();
        let known = match (count(expr), columns.as_slice()) {
            (_, [only]) => {
                Known::Alone(*only, vec![Truth::Unknown; self.choices[*only].cells.len()])
            }
            (Some((nulls, comparison, number)), _) => {
                Known::Count(columns, nulls, comparison, number)
            }
            (None, _) => Known::Several(columns, HashMap::new()),
        };
        self.all.push(Question {
            expr: expr.clone(),
            can_be_null: can_be_null(subject, expr),
            known,
        });
        self.all.len() - 1
    }

    /// What it takes to get each answer for a row: of one column one change.
    pub(super) fn cost(&self, question: usize, row: &[usize]) -> Costs {
        if let Known::Count(columns, nulls, comparison, number) = &self.all[question].known {
            let is_null = |column: &usize| self.choices[*column].is_null[row[*column]];
            let counted: Option<usize> = columns
                .iter()
                .map(|column| Some(usize::from(is_null(column)? == *nulls)))
                .sum();
            let Some(counted) = counted else {
                return [1; 3];
            };
            let changes = |wanted: bool| {
                let others = 0..=columns.len();
                let others = others.filter(|other| holds(*comparison, *other, *number) == wanted);
                let least = others.map(|other| other.abs_diff(counted)).min();
                least
                    .and_then(|least| u32::try_from(least).ok())
                    .unwrap_or(NEVER)
            };
            return [changes(true), changes(false), NEVER];
        }
        let now = self.answer(question, row);
        TRUTHS.map(|truth| u32::from(truth != now))
    }

    /// The answer for a row.
    pub(super) fn answer(&self, question: usize, row: &[usize]) -> Truth {
        let at =
            |columns: &[usize]| -> Places { columns.iter().map(|column| row[*column]).collect() };
        match &self.all[question].known {
            Known::Alone(column, answers) => answers[row[*column]],
            Known::Several(columns, answers) => {
                answers.get(&at(columns)).copied().unwrap_or(Truth::Unknown)
            }
            Known::Count(columns, nulls, comparison, number) => {
                let mut count = 0;
                for column in columns {
                    match self.choices[*column].is_null[row[*column]] {
                        Some(is_null) => count += usize::from(is_null == *nulls),
                        None => return Truth::Unknown,
                    }
                }
                match holds(*comparison, count, *number) {
                    true => Truth::True,
                    false => Truth::False,
                }
            }
        }
    }

    /// The row as one that is tried.
    pub(super) fn row(&self, operation: Operation, places: &[usize]) -> Row {
        let mut changes: Vec<(usize, Cell)> = self
            .choices
            .iter()
            .zip(places)
            .filter(|(_, place)| **place > 0)
            .map(|(choice, place)| (choice.index, choice.cells[*place].clone()))
            .collect();
        changes.sort_by_key(|(index, _)| *index);
        Row { operation, changes }
    }

    /// Asks PostgreSQL, in the table without its CHECKs: first what one column answers, then what several do together.
    pub(super) async fn ask(
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

    fn numbers(&self, is_asked: impl Fn(&Known) -> bool) -> Vec<Asked> {
        let all = self.all.iter().enumerate();
        let asked = all.filter(|(_, question)| is_asked(&question.known));
        asked.map(|(number, _)| Asked::Question(number)).collect()
    }

    /// What each question of one column says of a cell. None where PostgreSQL does not take it, or a question raises.
    pub(super) fn signature(&self, column: usize, cell: usize) -> Option<Vec<Truth>> {
        let choice = &self.choices[column];
        let mut said = vec![match &choice.cells[cell] {
            Cell::Null => Truth::Null,
            Cell::Absent => Truth::Unknown,
            Cell::Value(_) => Truth::True,
        }];
        for question in &self.all {
            match &question.known {
                Known::Alone(found, answers) if *found == column => match answers[cell] {
                    Truth::Unknown => return None,
                    answer => said.push(answer),
                },
                _ => {}
            }
        }
        choice.is_usable(cell).then_some(said)
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
        let mut drops: Vec<String> = subject
            .rules
            .iter()
            .map(|rule| drop(subject, rule))
            .collect();
        // Tables that are asked at the same time wait for each other in one order.
        drops.sort_unstable();
        let change = format!("{}{}", without_parents(subject), drops.join("; "));
        let outcomes = trial.server.run_altered(&change, &attempts).await?;
        Ok(places
            .into_iter()
            .map(|place| outcomes.as_ref()?.get(place?).cloned())
            .collect())
    }
}

fn holds(comparison: Comparison, left: usize, right: usize) -> bool {
    match comparison {
        Comparison::Equal => left == right,
        Comparison::NotEqual => left != right,
        Comparison::Less => left < right,
        Comparison::LessOrEqual => left <= right,
        Comparison::Greater => left > right,
        Comparison::GreaterOrEqual => left >= right,
    }
}

/// What is asked of a row.
#[derive(Clone, Debug)]
enum Asked {
    /// Whether a column is NULL.
    IsNull(usize),
    /// A question, by its number.
    Question(usize),
}

/// The columns whose values decide that of one: itself, or what it is computed from.
fn sources(subject: &Subject, index: usize) -> Vec<usize> {
    let DefaultValue::Generated(expression) = &subject.columns[index].default else {
        return vec![index];
    };
    let words: Vec<&str> = expression
        .split(|letter: char| !letter.is_alphanumeric() && letter != '_')
        .collect();
    let columns = subject.columns.iter().enumerate();
    columns
        .filter(|(_, column)| !column.is_computed() && words.contains(&column.name.as_str()))
        .map(|(index, _)| index)
        .collect()
}

/// What is tried for a column: what the good row says, what the rules suggest, everyday values, NULL and nothing.
fn cells(column: &Column, good: &Cell, suggested: &BTreeMap<String, Vec<Draw>>) -> Vec<Cell> {
    let mut cells = vec![good.clone()];
    if column.is_computed() || column.not_proved.is_some() {
        return cells;
    }
    let mut add = |cell: Cell| {
        if !cells.contains(&cell) {
            cells.push(cell);
        }
    };
    if column.nullable {
        add(Cell::Null);
    }
    if column.has_constant_default {
        add(Cell::Absent);
    }
    let of_rules = suggested.get(&column.name).into_iter().flatten();
    let literals: Vec<_> = of_rules.map(|draw| &draw.literal).collect();
    let is_tried = |draw: &&Arc<Draw>| {
        draw.value.is_some() && draw.literal.is_some() && !draw.is_extreme && !draw.is_left
    };
    let (suggested, others): (Vec<_>, Vec<_>) = column
        .draws
        .iter()
        .filter(is_tried)
        .partition(|draw| literals.contains(&&draw.literal));
    let all = suggested.into_iter().take(SUGGESTED);
    for draw in all.chain(others.into_iter().take(OTHERS)) {
        add(Cell::Value(draw.clone()));
    }
    cells
}

/// `num_nonnulls(..) = n` of columns.
fn count(expr: &Expr) -> Option<(bool, Comparison, usize)> {
    let Expr::Call(Function::Compare(comparison), sides, _) = expr else {
        return None;
    };
    let [
        Expr::CountNulls { of, nulls },
        Expr::Literal(Literal::Int(number), _),
    ] = sides.as_slice()
    else {
        return None;
    };
    let are_columns = of.iter().all(|part| matches!(part, Expr::Column(..)));
    let number = usize::try_from(*number).ok()?;
    are_columns.then_some((*nulls, *comparison, number))
}

/// Whether an expression may be NULL, as far as its parts say.
fn can_be_null(subject: &Subject, expr: &Expr) -> bool {
    let any = |parts: &[Expr]| parts.iter().any(|part| can_be_null(subject, part));
    match expr {
        Expr::Column(name, _) => {
            let mut columns = subject.columns.iter();
            columns
                .find(|column| column.name == *name)
                .is_none_or(|column| column.nullable)
        }
        Expr::Literal(..) | Expr::IsNull(_) | Expr::Is(..) | Expr::Distinct(..) => false,
        Expr::CountNulls { .. } => false,
        Expr::Null(_) | Expr::Elements { .. } => true,
        Expr::And(parts) | Expr::Or(parts) => any(parts),
        Expr::Not(part) => can_be_null(subject, part),
        Expr::Coalesce(parts, _) | Expr::Extreme(parts, ..) => {
            parts.iter().all(|part| can_be_null(subject, part))
        }
        Expr::Case(branches, otherwise, _) => {
            can_be_null(subject, otherwise)
                || branches
                    .iter()
                    .any(|(_, value)| can_be_null(subject, value))
        }
        Expr::Call(function, parts, _) => {
            let may_find_nothing = matches!(
                function,
                Function::JsonbGet(_)
                    | Function::JsonbGetIndex(_)
                    | Function::JsonbText
                    | Function::JsonbPath(_)
                    | Function::ArrayLength
                    | Function::ArrayNdims
                    | Function::ArrayLower
                    | Function::ArrayElement(_)
                    | Function::NullPosition
                    | Function::PositionOf
            );
            may_find_nothing || any(parts)
        }
    }
}
