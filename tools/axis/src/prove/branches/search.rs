//! Rows that show what a condition of a CHECK says while every other CHECK holds, found from the answers alone: nobody is
//! asked here. The number of rows that are looked at is bounded for each goal and for each table.

use std::collections::HashMap;

use fastrand::Rng;

use super::super::rules;
use super::super::subject::Cell;
use super::goals::{Goal, Reached, reached};
use super::questions::{Known, Places, Questions};
use super::tree::{Node, Truth};

/// Trees that are looked at for a goal, and for a table.
const FOR_A_GOAL: usize = 6_000;
const FOR_A_TABLE: usize = 400_000;

/// How often a search goes on from a row that is the best near it.
const RESTARTS: usize = 4;

/// Steps from a row to a better one.
const STEPS: usize = 24;

/// Cells that say the same to each question.
const ALIKE: usize = 2;

/// Cells of several columns that are tried together, and cells of a column that say the same as the one that was found.
const TUPLES: usize = 12;
const VARIANTS: usize = 8;

/// A search for the rows of a table.
pub(super) struct Search<'a> {
    questions: &'a Questions,
    /// The cells of each column that differ to a question.
    cells: Vec<Vec<usize>>,
    /// The CHECKs that read each column.
    readers: Vec<Vec<usize>>,
    /// What is reached, and by which row.
    pub(super) found: HashMap<Goal, (Reached, usize)>,
    /// The rows, the good one first.
    pub(super) rows: Vec<Places>,
    looked: usize,
    rng: Rng,
}

impl<'a> Search<'a> {
    pub(super) fn new(questions: &'a Questions, rng: Rng) -> Self {
        let mut readers = vec![Vec::new(); questions.choices.len()];
        for (index, check) in questions.checks.iter().enumerate() {
            for column in &check.columns {
                readers[*column].push(index);
            }
        }
        let mut search = Self {
            questions,
            cells: (0..questions.choices.len())
                .map(|column| representatives(questions, column))
                .collect(),
            readers,
            found: HashMap::new(),
            rows: Vec::new(),
            looked: 0,
            rng,
        };
        search.keep(vec![0; questions.choices.len()]);
        search
    }

    /// Searches for all goals, and adds rows that are beside those which were found.
    pub(super) fn run(&mut self, goals: &[Goal]) {
        for goal in goals {
            let is_done = |found: Option<&(Reached, usize)>| {
                found.is_some_and(|(how, _)| *how == Reached::Decides)
            };
            if !is_done(self.found.get(goal))
                && self.looked < FOR_A_TABLE
                && let Some(row) = self.find(*goal)
            {
                self.keep(row);
            }
        }
        for goal in goals {
            if let Some((how, row)) = self.found.get(goal).copied() {
                for row in self.variants(*goal, how, row) {
                    if !self.rows.contains(&row) {
                        self.rows.push(row);
                    }
                }
            }
        }
    }

    fn keep(&mut self, row: Places) {
        let place = self.rows.len();
        for (goal, how) in reached(self.questions, &row) {
            let known = self.found.entry(goal).or_insert((how, place));
            if how > known.0 {
                *known = (how, place);
            }
        }
        self.rows.push(row);
    }

    /// What it takes that the condition says it, that it decides, and that the other CHECKs hold.
    fn cost(&mut self, goal: Goal, row: &[usize]) -> (u32, u32, u32) {
        let answers = |question: usize| self.questions.cost(question, row);
        let tree = &self.questions.checks[goal.check].tree;
        let costs = tree.costs(&answers);
        self.looked += 1;
        let own = goal
            .truth
            .place()
            .map_or(0, |place| costs[goal.node][place]);
        let mut others = 0;
        for check in 0..self.questions.checks.len() {
            if check != goal.check {
                others += self.held(check, row);
            }
        }
        (own, tree.context(&costs, goal.node), others)
    }

    /// What it takes that a CHECK holds.
    fn held(&mut self, check: usize, row: &[usize]) -> u32 {
        if !self.questions.checks[check].is_told {
            return 0;
        }
        self.looked += 1;
        let answers = |question: usize| self.questions.cost(question, row);
        let costs = self.questions.checks[check].tree.costs(&answers);
        costs.last().map_or(0, |costs| costs[0].min(costs[2]))
    }

    fn find(&mut self, goal: Goal) -> Option<Places> {
        let sum = |(own, context, others): (u32, u32, u32)| own * 4 + context * 2 + others;
        let end = self.looked + FOR_A_GOAL;
        let mut starts: Vec<(u32, usize)> = Vec::new();
        for place in 0..self.rows.len().min(60) {
            let row = self.rows[place].clone();
            starts.push((sum(self.cost(goal, &row)), place));
        }
        starts.sort_unstable();
        let mut seen = None;
        for restart in 0..RESTARTS {
            let (_, place) = starts[restart % starts.len()];
            let mut row = self.rows[place].clone();
            let mut left: Vec<(usize, usize)> = Vec::new();
            let mut cost = self.cost(goal, &row);
            for _ in 0..STEPS {
                if cost.0 == 0 {
                    let how = reached(self.questions, &row).get(&goal).copied();
                    if how == Some(Reached::Decides) {
                        return Some(row);
                    }
                    if how == Some(Reached::Seen) && seen.is_none() {
                        seen = Some(row.clone());
                    }
                }
                if self.looked > end {
                    return seen;
                }
                let mut best: Option<(u32, Places)> = None;
                for changes in self.moves(goal, &row) {
                    if changes.iter().all(|change| left.contains(change)) {
                        continue;
                    }
                    let mut other = row.clone();
                    for (column, cell) in &changes {
                        other[*column] = *cell;
                    }
                    let found = sum(self.cost_after(goal, &row, cost.2, &changes, &other));
                    // Of equals one by chance: else it would go round.
                    let is_better = match &best {
                        None => true,
                        Some((known, _)) => {
                            found < *known || (found == *known && self.rng.usize(..3) == 0)
                        }
                    };
                    if is_better {
                        best = Some((found, other));
                    }
                }
                let Some((_, other)) = best else { break };
                // It does not come back.
                let changed = row.iter().zip(&other).enumerate();
                left.extend(
                    changed
                        .filter(|(_, (old, new))| old != new)
                        .map(|(column, (old, _))| (column, *old)),
                );
                row = other;
                cost = self.cost(goal, &row);
            }
        }
        seen
    }

    /// The cost after a change: only the CHECKs that read what changed are looked at.
    fn cost_after(
        &mut self,
        goal: Goal,
        before: &[usize],
        others: u32,
        changes: &[(usize, usize)],
        after: &[usize],
    ) -> (u32, u32, u32) {
        let mut touched: Vec<usize> = changes
            .iter()
            .flat_map(|(column, _)| self.readers[*column].clone())
            .filter(|check| *check != goal.check)
            .collect();
        touched.sort_unstable();
        touched.dedup();
        let mut sum = others;
        for check in touched {
            sum = sum + self.held(check, after) - self.held(check, before);
        }
        let answers = |question: usize| self.questions.cost(question, after);
        let tree = &self.questions.checks[goal.check].tree;
        let costs = tree.costs(&answers);
        self.looked += 1;
        let own = goal
            .truth
            .place()
            .map_or(0, |place| costs[goal.node][place]);
        (own, tree.context(&costs, goal.node), sum)
    }

    /// What may be changed: cells of the columns that the goal's CHECK reads, and those of CHECKs that are broken.
    fn moves(&mut self, goal: Goal, row: &[usize]) -> Vec<Vec<(usize, usize)>> {
        let questions = self.questions;
        let mut columns = questions.checks[goal.check].columns.clone();
        for check in 0..questions.checks.len() {
            if check != goal.check && self.held(check, row) > 0 {
                columns.extend(&questions.checks[check].columns);
            }
        }
        columns.sort_unstable();
        columns.dedup();
        let mut moves: Vec<Vec<(usize, usize)>> = Vec::new();
        for column in &columns {
            let cells = self.cells[*column].iter();
            let others = cells.filter(|cell| **cell != row[*column]);
            moves.extend(others.map(|cell| vec![(*column, *cell)]));
        }
        for question in &questions.all {
            match &question.known {
                Known::Several(read, answers)
                    if !answers.is_empty()
                        && read.iter().any(|column| columns.contains(column)) =>
                {
                    let all: Vec<&Places> = answers.keys().collect();
                    // The order of a map is none.
                    let mut all = all;
                    all.sort_unstable();
                    for _ in 0..TUPLES {
                        let Some(cells) = self.rng.choice(&all) else {
                            continue;
                        };
                        let cells = cells.iter().copied();
                        moves.push(read.iter().copied().zip(cells).collect());
                    }
                }
                _ => {}
            }
        }
        moves
    }

    /// Rows beside one that was found: other cells that the question itself suggests, of which it says the same.
    fn variants(&mut self, goal: Goal, how: Reached, row: usize) -> Vec<Places> {
        let questions = self.questions;
        let Node::Atom(question) = questions.checks[goal.check].tree.nodes[goal.node] else {
            return Vec::new();
        };
        let question = &questions.all[question];
        let row = self.rows[row].clone();
        let mut others: Vec<Places> = Vec::new();
        let suggested = rules::suggestions(&question.expr);
        let suggested: Vec<_> = suggested
            .values()
            .flatten()
            .map(|draw| &draw.literal)
            .collect();
        match &question.known {
            Known::Alone(column, answers) => {
                let choice = &questions.choices[*column];
                for (cell, answer) in answers.iter().enumerate() {
                    let is_suggested = matches!(&choice.cells[cell], Cell::Value(draw) if suggested.contains(&&draw.literal));
                    if *answer == goal.truth && is_suggested && cell != row[*column] {
                        let mut other = row.clone();
                        other[*column] = cell;
                        others.push(other);
                    }
                }
            }
            Known::Several(columns, answers) => {
                let mut same: Vec<&Places> = answers
                    .iter()
                    .filter(|(_, answer)| **answer == goal.truth)
                    .map(|(cells, _)| cells)
                    .collect();
                same.sort_unstable();
                self.rng.shuffle(&mut same);
                for cells in same.into_iter().take(VARIANTS * 4) {
                    let mut other = row.clone();
                    for (column, cell) in columns.iter().zip(cells) {
                        other[*column] = *cell;
                    }
                    others.push(other);
                }
            }
            Known::Count(..) => {}
        }
        others.retain(|other| {
            reached(questions, other)
                .get(&goal)
                .is_some_and(|found| *found >= how)
        });
        others.truncate(VARIANTS);
        others
    }
}

/// One or two of the cells that say the same to each question, and each that questions of several columns know.
fn representatives(questions: &Questions, column: usize) -> Vec<usize> {
    let choice = &questions.choices[column];
    let mut kept: Vec<usize> = Vec::new();
    let mut known: HashMap<Vec<Truth>, usize> = HashMap::new();
    for cell in 0..choice.cells.len() {
        let Some(said) = questions.signature(column, cell) else {
            continue;
        };
        let count = known.entry(said).or_default();
        *count += 1;
        let is_of_several = || {
            questions.all.iter().any(|question| match &question.known {
                Known::Several(columns, answers) => columns
                    .iter()
                    .position(|found| *found == column)
                    .is_some_and(|place| answers.keys().any(|cells| cells[place] == cell)),
                _ => false,
            })
        };
        if *count <= ALIKE || is_of_several() {
            kept.push(cell);
        }
    }
    kept
}
