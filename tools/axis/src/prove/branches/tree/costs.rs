//! What it takes to make a condition say something else.

use super::{Node, TRUTHS, Tree};

/// What it takes at least to make a condition true, false and NULL: the number of answers that must be others.
pub(in crate::prove::branches) type Costs = [u32; 3];

/// What cannot be.
pub(in crate::prove::branches) const NEVER: u32 = 10_000;

impl Tree {
    /// What it takes to make each condition true, false and NULL, where that is known of the questions.
    pub(in crate::prove::branches) fn costs(&self, answers: &dyn Fn(usize) -> Costs) -> Vec<Costs> {
        let mut costs: Vec<Costs> = Vec::with_capacity(self.nodes.len());
        for node in &self.nodes {
            costs.push(cost(node, &costs, answers));
        }
        costs
    }

    /// What it takes that the conditions around one let it decide.
    pub(in crate::prove::branches) fn context(&self, costs: &[Costs], index: usize) -> u32 {
        let mut sum: u32 = 0;
        let mut inner = index;
        while let Some(outer) = self.parents[inner] {
            let others = |parts: &[usize], place: usize| -> u32 {
                let others = parts.iter().filter(|part| **part != inner);
                others.map(|part| costs[*part][place]).sum()
            };
            sum += match &self.nodes[outer] {
                Node::And(parts) => others(parts, 0),
                Node::Or(parts) => others(parts, 1),
                Node::Coalesce(parts) => {
                    let before = parts.iter().take_while(|part| **part != inner);
                    before.map(|part| costs[*part][2]).sum()
                }
                Node::Equal(left, right, _) => {
                    let other = if *left == inner { *right } else { *left };
                    costs[other][0].min(costs[other][1])
                }
                Node::Case(branches, otherwise) => {
                    let mut passed = 0;
                    let mut own = None;
                    for (condition, value) in branches {
                        if *condition == inner {
                            own = Some(0);
                        } else if *value == inner {
                            own = Some(costs[*condition][0]);
                        }
                        if own.is_some() {
                            break;
                        }
                        passed += costs[*condition][1].min(costs[*condition][2]);
                    }
                    debug_assert!(own.is_some() || *otherwise == inner);
                    passed + own.unwrap_or(0)
                }
                Node::Not(_) | Node::Is(..) | Node::Same(..) => 0,
                Node::Atom(_) | Node::Constant(_) => 0,
            };
            inner = outer;
        }
        sum
    }

    /// What each condition can be, as far as its parts alone say. `can_be_null` says it of the questions.
    pub(in crate::prove::branches) fn possible(
        &self,
        can_be_null: &dyn Fn(usize) -> bool,
    ) -> Vec<[bool; 3]> {
        let mut possible: Vec<[bool; 3]> = Vec::with_capacity(self.nodes.len());
        for node in &self.nodes {
            // A question may be whatever it can be; the other words would never come.
            let known: Vec<Costs> = possible
                .iter()
                .map(|found| found.map(|can| if can { 0 } else { NEVER }))
                .collect();
            let found = match node {
                Node::Atom(atom) => [true, true, can_be_null(*atom)],
                _ => cost(node, &known, &|_| [NEVER; 3]).map(|cost| cost < NEVER),
            };
            possible.push(found);
        }
        possible
    }
}

fn cost(node: &Node, costs: &[Costs], answers: &dyn Fn(usize) -> Costs) -> Costs {
    let of = |part: usize| costs[part];
    let cut = |costs: Costs| costs.map(|cost| cost.min(NEVER));
    let least = |found: &mut dyn Iterator<Item = u32>| found.min().unwrap_or(NEVER);
    // AND; OR is the same with true and false exchanged.
    let joined = |parts: &[usize], all: usize, one: usize| {
        let mut found = [NEVER; 3];
        found[all] = parts.iter().map(|part| of(*part)[all]).sum();
        found[one] = least(&mut parts.iter().map(|part| of(*part)[one]));
        let others: u32 = parts
            .iter()
            .map(|part| of(*part)[all].min(of(*part)[2]))
            .sum();
        found[2] = least(&mut parts.iter().map(|part| {
            let part = of(*part);
            others - part[all].min(part[2]) + part[2]
        }));
        cut(found)
    };
    match node {
        Node::Atom(atom) => answers(*atom),
        Node::Constant(value) => TRUTHS.map(|truth| if truth == *value { 0 } else { NEVER }),
        Node::And(parts) => joined(parts, 0, 1),
        Node::Or(parts) => joined(parts, 1, 0),
        Node::Not(part) => {
            let [yes, no, null] = of(*part);
            [no, yes, null]
        }
        Node::Is(part, value) => {
            let wanted = value.place().unwrap_or(2);
            let others = (0..3).filter(|place| *place != wanted);
            let other = least(&mut others.map(|place| of(*part)[place]));
            [of(*part)[wanted], other, NEVER]
        }
        Node::Equal(left, right, is_equal) => {
            let (left, right) = (of(*left), of(*right));
            let equal = (left[0] + right[0]).min(left[1] + right[1]);
            let other = (left[0] + right[1]).min(left[1] + right[0]);
            let null = left[2].min(right[2]);
            cut(match is_equal {
                true => [equal, other, null],
                false => [other, equal, null],
            })
        }
        Node::Same(left, right) => {
            let (left, right) = (of(*left), of(*right));
            let same = least(&mut (0..3).map(|place| left[place] + right[place]));
            let pairs = (0..3).flat_map(|one| (0..3).map(move |other| (one, other)));
            let others = pairs.filter(|(one, other)| one != other);
            let other = least(&mut others.map(|(one, other)| left[one] + right[other]));
            cut([same, other, NEVER])
        }
        Node::Case(branches, otherwise) => {
            let mut found = [NEVER; 3];
            let mut passed: u32 = 0;
            for (condition, value) in branches {
                for (found, value) in found.iter_mut().zip(of(*value)) {
                    *found = (passed + of(*condition)[0] + value).min(*found);
                }
                passed += of(*condition)[1].min(of(*condition)[2]);
            }
            for (found, value) in found.iter_mut().zip(of(*otherwise)) {
                *found = (passed + value).min(*found);
            }
            cut(found)
        }
        Node::Coalesce(parts) => {
            let mut found = [NEVER; 3];
            let mut passed: u32 = 0;
            for part in parts {
                for place in [0, 1] {
                    found[place] = (passed + of(*part)[place]).min(found[place]);
                }
                passed += of(*part)[2];
            }
            found[2] = passed;
            cut(found)
        }
    }
}
