//! What CHECKs ask of a row, each question with the answers that PostgreSQL gives for the values that are worth a try.

mod ask;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::super::draw::Draw;
use super::super::rows::{Good, Operation, Row};
use super::super::rules;
use super::super::subject::{Cell, Column, Subject};
use super::tree::{Costs, NEVER, TRUTHS, Tree, Truth};
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
    pub(super) name: String,
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

    /// Adds a value of a column, unless it is known. Gives its place.
    pub(super) fn add(&mut self, column: usize, cell: Cell) -> usize {
        let choice = &mut self.choices[column];
        if let Some(known) = choice.cells.iter().position(|found| *found == cell) {
            return known;
        }
        choice.cells.push(cell);
        choice.is_null.push(None);
        for question in &mut self.all {
            if let Known::Alone(found, answers) = &mut question.known
                && *found == column
            {
                answers.push(Truth::Unknown);
            }
        }
        self.choices[column].cells.len() - 1
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
    // What is suggested for a member stands in rows of the column.
    let is_of_members = suggested
        .keys()
        .any(|name| rules::is_member_of(name, &column.name));
    let of_members = match is_of_members {
        true => column.draws.get(column.of_rules.clone()),
        false => None,
    };
    let of_members = of_members.into_iter().flatten().filter(is_tried);
    let (suggested, others): (Vec<_>, Vec<_>) = column
        .draws
        .iter()
        .filter(is_tried)
        .partition(|draw| literals.contains(&&draw.literal));
    let all = suggested.into_iter().chain(of_members).take(SUGGESTED);
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
                    | Function::Member(_)
                    | Function::NullPosition
                    | Function::PositionOf
            );
            may_find_nothing || any(parts)
        }
    }
}
