//! Where the answer to a comparison changes: PostgreSQL is asked for values between two of which it says something else,
//! until the two are next to each other. So the bound of a calculation is found without its inverse, and where it overflows.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::super::ProveError;
use super::super::rows::{Operation, Row};
use super::super::rules::Line;
use super::super::server::{Attempt, Outcome};
use super::super::subject::Cell;
use super::super::trial::Trial;
use super::questions::{Known, Places, Questions};
use super::sql;
use crate::generate::check_expression::{Comparison, Expr, Function, Literal, Type};

/// Values between two that are asked for at once.
const BETWEEN: i128 = 7;

/// Rounds: 8 to their power is more than there are values.
const ROUNDS: usize = 36;

/// Values of a column from which the search begins.
const STARTS: usize = 28;

/// Changes of the answer that are followed for a column of a comparison, and comparisons of a table.
const CHANGES: usize = 6;
const COMPARISONS: usize = 400;

/// Values of another column of a comparison, beside which one varies.
const OTHERS: usize = 7;

/// A comparison, a column of it, and a row in which the column varies.
struct Probe {
    base: Places,
    column: usize,
    line: Line,
    texts: Vec<String>,
    known: BTreeMap<i128, Said>,
    gaps: Vec<(i128, i128)>,
}

/// What PostgreSQL says of a value to each text, or that it refuses it.
type Said = Option<Vec<Option<bool>>>;

/// A value at a bound: the row, the column, and what it holds there.
pub(super) struct AtBound {
    pub(super) base: Places,
    pub(super) column: usize,
    pub(super) cell: Cell,
}

/// Finds the values at the bounds. `bases` are rows, with the question that is asked of each.
pub(super) async fn find(
    questions: &Questions,
    bases: &[(usize, Places)],
    trial: &mut Trial<'_>,
) -> Result<Vec<AtBound>, ProveError> {
    let bases = with_others(questions, bases);
    let mut probes = probes(questions, &bases);
    let starts: Vec<Vec<i128>> = probes
        .iter()
        .map(|probe| starts(questions, probe))
        .collect();
    ask(questions, trial, &mut probes, starts).await?;
    for probe in &mut probes {
        let known: Vec<(&i128, &Said)> = probe.known.iter().collect();
        let pairs = known.windows(2).filter(|pair| pair[0].1 != pair[1].1);
        let gaps = pairs.map(|pair| (*pair[0].0, *pair[1].0));
        probe.gaps = gaps.take(CHANGES).collect();
    }
    for _ in 0..ROUNDS {
        let wanted: Vec<Vec<i128>> = probes
            .iter()
            .map(|probe| probe.gaps.iter().flat_map(|gap| between(*gap)).collect())
            .collect();
        if wanted.iter().all(Vec::is_empty) {
            break;
        }
        ask(questions, trial, &mut probes, wanted).await?;
        for probe in &mut probes {
            probe.narrow();
        }
    }
    let mut found = Vec::new();
    for probe in probes {
        for place in probe.gaps.iter().flat_map(|(low, high)| [*low, *high]) {
            if let Some(draw) = probe.line.draw(place) {
                found.push(AtBound {
                    base: probe.base.clone(),
                    column: probe.column,
                    cell: Cell::Value(Arc::new(draw)),
                });
            }
        }
    }
    Ok(found)
}

impl Probe {
    /// Follows the first change within each gap, and the last.
    fn narrow(&mut self) {
        let mut gaps = Vec::new();
        for (low, high) in &self.gaps {
            let within: Vec<(&i128, &Said)> = self.known.range(*low..=*high).collect();
            let mut changes = within
                .windows(2)
                .filter(|pair| pair[0].1 != pair[1].1)
                .map(|pair| (*pair[0].0, *pair[1].0));
            let first = changes.next();
            gaps.extend(first);
            gaps.extend(changes.next_back());
        }
        gaps.dedup();
        gaps.truncate(CHANGES * 2);
        self.gaps = gaps;
    }
}

/// Values within a gap, as far apart as can be.
fn between((low, high): (i128, i128)) -> Vec<i128> {
    let width = high - low;
    let mut found: Vec<i128> = (1..=BETWEEN)
        .map(|part| {
            low + width / (BETWEEN + 1) * part + width % (BETWEEN + 1) * part / (BETWEEN + 1)
        })
        .filter(|place| low < *place && *place < high)
        .collect();
    found.dedup();
    found
}

/// The rows, and for comparisons of several columns those in which one of the columns has another value, too: what overflows
/// beside one value does not beside another.
fn with_others(questions: &Questions, bases: &[(usize, Places)]) -> Vec<(usize, Places)> {
    let mut all = bases.to_vec();
    for (number, base) in bases {
        let Known::Several(columns, answers) = &questions.all[*number].known else {
            continue;
        };
        for (place, column) in columns.iter().enumerate() {
            let mut cells: Vec<usize> = answers.keys().map(|cells| cells[place]).collect();
            cells.sort_unstable();
            cells.dedup();
            cells.retain(|cell| matches!(questions.choices[*column].cells[*cell], Cell::Value(_)));
            let step = cells.len().div_ceil(OTHERS).max(1);
            for cell in cells.into_iter().step_by(step) {
                let mut other = base.clone();
                other[*column] = cell;
                let other = (*number, other);
                if !all.contains(&other) {
                    all.push(other);
                }
            }
        }
    }
    all
}

fn probes(questions: &Questions, bases: &[(usize, Places)]) -> Vec<Probe> {
    let mut probes: Vec<Probe> = Vec::new();
    for (number, base) in bases {
        let question = &questions.all[*number];
        let columns = match &question.known {
            Known::Alone(column, _) => vec![*column],
            Known::Several(columns, _) => columns.clone(),
            Known::Count(..) => continue,
        };
        let Some(texts) = texts(&question.expr) else {
            continue;
        };
        let scale = scale(&question.expr);
        for column in columns {
            let mut data_type = None;
            question.expr.visit(&mut |part| {
                if let Expr::Column(name, found) = part
                    && *name == questions.choices[column].name
                {
                    data_type = Some(found.clone());
                }
            });
            let Some(line) = data_type.and_then(|found| Line::of(&found, scale)) else {
                continue;
            };
            if probes.len() < COMPARISONS {
                probes.push(Probe {
                    base: base.clone(),
                    column,
                    line,
                    texts: texts.clone(),
                    known: BTreeMap::new(),
                    gaps: Vec::new(),
                });
            }
        }
    }
    probes
}

/// What is asked: of two sides whether one is less, and whether it is no more; so that it is seen where they are equal.
fn texts(expr: &Expr) -> Option<Vec<String>> {
    let (left, right) = match expr {
        Expr::Call(Function::Compare(_), sides, _) => match sides.as_slice() {
            [left, right] => (left, right),
            _ => return None,
        },
        Expr::Distinct(left, right) => (left.as_ref(), right.as_ref()),
        _ => return Some(vec![sql::of(expr)?]),
    };
    if left.data_type() == Type::Bool {
        return Some(vec![sql::of(expr)?]);
    }
    [Comparison::Less, Comparison::LessOrEqual]
        .into_iter()
        .map(|comparison| {
            let sides = vec![left.clone(), right.clone()];
            sql::of(&Expr::Call(
                Function::Compare(comparison),
                sides,
                Type::Bool,
            ))
        })
        .collect()
}

/// Digits after the point that are told apart: one more than the constants have, and more than most columns keep.
fn scale(expr: &Expr) -> i64 {
    let mut scale = 6;
    expr.visit(&mut |part| match part {
        Expr::Literal(Literal::Numeric(_, found), _) => scale = scale.max(found + 1),
        Expr::Call(Function::Round(digits, _), ..) => scale = scale.max(digits + 1),
        _ => {}
    });
    scale.min(12)
}

/// Values that the column has already, some of them where they are many, and always the least and the greatest.
fn starts(questions: &Questions, probe: &Probe) -> Vec<i128> {
    let cells = questions.choices[probe.column].cells.iter();
    let mut places: Vec<i128> = cells
        .filter_map(|cell| match cell {
            Cell::Value(draw) => probe.line.place(draw.literal.as_deref()?),
            _ => None,
        })
        .collect();
    places.sort_unstable();
    places.dedup();
    let (all, last) = (places.len(), places.len().saturating_sub(1));
    if all > STARTS {
        let kept = (0..STARTS).map(|number| places[number * last / (STARTS - 1)]);
        places = kept.collect();
        places.dedup();
    }
    places
}

/// Asks PostgreSQL for values of each probe.
async fn ask(
    questions: &Questions,
    trial: &mut Trial<'_>,
    probes: &mut [Probe],
    wanted: Vec<Vec<i128>>,
) -> Result<(), ProveError> {
    let mut attempts = Vec::new();
    let mut places = Vec::new();
    for (number, (probe, wanted)) in probes.iter().zip(wanted).enumerate() {
        for place in wanted {
            let attempt = probe.line.draw(place).and_then(|draw| {
                let cell = Cell::Value(Arc::new(draw));
                let row = with(questions, &probe.base, probe.column, cell);
                let attempt = trial.good.literals(trial.subject, &row)?;
                let sql = attempt.sql.strip_suffix(&trial.subject.returning())?;
                Some(Attempt {
                    sql: format!("{sql} RETURNING {}", probe.texts.join(", ")),
                    ..attempt
                })
            });
            if let Some(attempt) = attempt {
                attempts.push(attempt);
                places.push((number, place));
            }
        }
    }
    let Some(outcomes) = questions.altered(trial, &attempts).await? else {
        return Ok(());
    };
    for ((number, place), outcome) in places.into_iter().zip(outcomes) {
        let said = match outcome {
            Outcome::Accepted(rows) => rows.into_iter().next().map(|fields| {
                let said = fields.into_iter();
                said.map(|(_, value)| value.map(|value| value == [1]))
                    .collect()
            }),
            Outcome::Refused(_) | Outcome::Cancelled => None,
        };
        probes[number].known.insert(place, said);
    }
    Ok(())
}

/// The row with another value in a column.
fn with(questions: &Questions, base: &[usize], column: usize, cell: Cell) -> Row {
    let mut row = questions.row(Operation::Insert, base);
    let index = questions.choices[column].index;
    row.changes.retain(|(found, _)| *found != index);
    row.changes.push((index, cell));
    row.changes.sort_by_key(|(index, _)| *index);
    row
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_between_closes_in_on_every_gap() {
        assert!(between((1, 2)).is_empty());
        assert_eq!(between((1, 3)), [2]);
        for gap in [(0, 100), (i128::from(i64::MIN), i128::from(i64::MAX))] {
            let (mut low, mut high) = gap;
            let wanted = high - 2;
            let mut rounds = 0;
            while high - low > 1 {
                let places = between((low, high));
                low = *places
                    .iter()
                    .rfind(|place| **place <= wanted)
                    .unwrap_or(&low);
                high = *places
                    .iter()
                    .find(|place| **place > wanted)
                    .unwrap_or(&high);
                rounds += 1;
            }
            assert_eq!((low, high), (wanted, wanted + 1));
            assert!(rounds < ROUNDS, "{rounds}");
        }
    }
}
