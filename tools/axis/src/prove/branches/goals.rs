//! What the conditions of CHECKs may say, and what a row makes them say.

use std::collections::{BTreeMap, HashMap};

use super::questions::{Places, Questions};
use super::tree::{Node, TRUTHS, Truth, accepted};
use crate::generate::check_expression::Expr;

/// That a condition of a CHECK says this.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Goal {
    /// The CHECK.
    pub(super) check: usize,
    /// The condition.
    pub(super) node: usize,
    /// What it says.
    pub(super) truth: Truth,
}

/// How well a goal is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Reached {
    /// The condition says it.
    Seen,
    /// It alone decides what the CHECK says, and every other CHECK holds.
    Decides,
}

/// The goals that are worth a search, in order.
pub(super) fn goals(questions: &Questions) -> Vec<Goal> {
    let mut goals = Vec::new();
    for (check, found) in questions.checks.iter().enumerate() {
        let possible = found
            .tree
            .possible(&|question| questions.all[question].can_be_null);
        for (node, possible) in possible.iter().enumerate().rev() {
            let is_constant = match found.tree.nodes[node] {
                Node::Constant(_) => true,
                Node::Atom(question) => questions.all[question].is_constant(),
                _ => false,
            };
            if is_constant {
                continue;
            }
            let can = TRUTHS.iter().zip(possible).filter(|(_, can)| **can);
            goals.extend(can.map(|(truth, _)| Goal {
                check,
                node,
                truth: *truth,
            }));
        }
    }
    goals
}

/// What a row reaches.
pub(super) fn reached(questions: &Questions, row: &[usize]) -> BTreeMap<Goal, Reached> {
    let answers = |question: usize| questions.answer(question, row);
    let all: Vec<Vec<Truth>> = questions
        .checks
        .iter()
        .map(|check| check.tree.values(&answers, None))
        .collect();
    let holds = |check: usize, values: &Vec<Truth>| {
        !questions.checks[check].is_told || values.last().copied().and_then(accepted) == Some(true)
    };
    let mut found = BTreeMap::new();
    for (check, values) in all.iter().enumerate() {
        let mut others = all.iter().enumerate().filter(|(other, _)| *other != check);
        let is_alone = others.all(|(other, values)| holds(other, values));
        for (node, truth) in values.iter().enumerate() {
            let goal = Goal {
                check,
                node,
                truth: *truth,
            };
            let decides = is_alone && questions.checks[check].tree.decides(&answers, node);
            let how = match decides {
                true => Reached::Decides,
                false => Reached::Seen,
            };
            found.insert(goal, how);
        }
    }
    found
}

/// The CHECKs that a row breaks. None where that is not known.
pub(super) fn broken(questions: &Questions, row: &[usize]) -> Option<Vec<usize>> {
    let answers = |question: usize| questions.answer(question, row);
    let mut broken = Vec::new();
    let told = questions.checks.iter().enumerate();
    for (index, check) in told.filter(|(_, check)| check.is_told) {
        let value = check.tree.values(&answers, None).last().copied()?;
        if !accepted(value)? {
            broken.push(index);
        }
    }
    Some(broken)
}

/// Rows in which a question of one CHECK is answered, each with the question: where it is true, and where it is false.
pub(super) fn bases(
    goals: &[Goal],
    found: &HashMap<Goal, (Reached, usize)>,
    rows: &[Places],
    questions: &Questions,
) -> Vec<(usize, Places)> {
    let mut bases: Vec<(usize, Places)> = Vec::new();
    for goal in goals {
        let Node::Atom(question) = questions.checks[goal.check].tree.nodes[goal.node] else {
            continue;
        };
        if goal.truth == Truth::Null {
            continue;
        }
        if let Some((_, row)) = found.get(goal) {
            let base = (question, rows[*row].clone());
            if !bases.contains(&base) {
                bases.push(base);
            }
        }
    }
    bases
}

/// What a condition is called.
pub(super) fn source(questions: &Questions, goal: Goal) -> Option<&Expr> {
    questions.checks[goal.check].tree.sources.get(goal.node)
}
