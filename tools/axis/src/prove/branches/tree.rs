//! A CHECK as a tree of truth values: what it asks of the row, and how the answers are joined.

mod costs;

pub(in crate::prove::branches) use costs::{Costs, NEVER};

use crate::generate::check_expression::{Comparison, Expr, Function, Literal, Type};

/// What a condition says. The order is that of [`Costs`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Truth {
    /// true
    True,
    /// false
    False,
    /// NULL
    Null,
    /// Nobody asked, or it raises.
    Unknown,
}

/// Those that SQL has.
pub(super) const TRUTHS: [Truth; 3] = [Truth::True, Truth::False, Truth::Null];

impl Truth {
    /// Its place in [`Costs`].
    pub(super) fn place(self) -> Option<usize> {
        TRUTHS.iter().position(|truth| *truth == self)
    }

    /// In SQL's words.
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::True => "true",
            Self::False => "false",
            Self::Null => "NULL",
            Self::Unknown => "unknown",
        }
    }

    fn of(value: bool) -> Self {
        match value {
            true => Self::True,
            false => Self::False,
        }
    }

    fn negated(self) -> Self {
        match self {
            Self::True => Self::False,
            Self::False => Self::True,
            other => other,
        }
    }
}

/// A condition. Its parts come before it in the list of its CHECK.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Node {
    /// What the row is asked, by its number.
    Atom(usize),
    /// A constant.
    Constant(Truth),
    /// `AND`
    And(Vec<usize>),
    /// `OR`
    Or(Vec<usize>),
    /// `NOT`
    Not(usize),
    /// `IS TRUE`, `IS FALSE`, `IS UNKNOWN`
    Is(usize, Truth),
    /// `=` of two conditions: NULL where one of them is. Or the opposite.
    Equal(usize, usize, bool),
    /// `IS NOT DISTINCT FROM` of two conditions.
    Same(usize, usize),
    /// `CASE`
    Case(Vec<(usize, usize)>, usize),
    /// `COALESCE`
    Coalesce(Vec<usize>),
}

/// The conditions of a CHECK, the whole one last.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Tree {
    /// The conditions.
    pub(super) nodes: Vec<Node>,
    /// What each stands for.
    pub(super) sources: Vec<Expr>,
    /// The condition that each is a part of.
    parents: Vec<Option<usize>>,
}

/// Longer lists stay one question.
const LONGEST_LIST: usize = 24;

impl Tree {
    /// That of a rule. `atom` gives a question its number.
    pub(super) fn of(rule: &Expr, atom: &mut dyn FnMut(&Expr) -> usize) -> Self {
        let mut tree = Self::default();
        tree.add(rule, atom);
        tree.parents = vec![None; tree.nodes.len()];
        for index in 0..tree.nodes.len() {
            for part in tree.parts(index) {
                tree.parents[part] = Some(index);
            }
        }
        tree
    }

    /// The place of the whole condition.
    pub(super) fn root(&self) -> usize {
        self.nodes.len().saturating_sub(1)
    }

    fn add(&mut self, expr: &Expr, atom: &mut dyn FnMut(&Expr) -> usize) -> usize {
        let is_condition = |found: &Expr| found.data_type() == Type::Bool;
        let node = match expr {
            Expr::And(parts) => Node::And(self.all(parts, atom)),
            Expr::Or(parts) => Node::Or(self.all(parts, atom)),
            Expr::Not(part) => Node::Not(self.add(part, atom)),
            Expr::Is(part, value) => Node::Is(self.add(part, atom), Truth::of(*value)),
            Expr::IsNull(part) if is_condition(part) && !matches!(**part, Expr::Column(..)) => {
                Node::Is(self.add(part, atom), Truth::Null)
            }
            Expr::Literal(Literal::Bool(value), _) => Node::Constant(Truth::of(*value)),
            Expr::Null(_) => Node::Constant(Truth::Null),
            Expr::Call(Function::Compare(comparison), sides, _) => match sides.as_slice() {
                [left, right]
                    if is_condition(left)
                        && is_condition(right)
                        && matches!(comparison, Comparison::Equal | Comparison::NotEqual) =>
                {
                    let (left, right) = (self.add(left, atom), self.add(right, atom));
                    Node::Equal(left, right, *comparison == Comparison::Equal)
                }
                [
                    Expr::Case(branches, otherwise, _),
                    constant @ Expr::Literal(..),
                ] => {
                    let with = |value: &Expr| compared(*comparison, value, constant);
                    let branches = branches
                        .iter()
                        .map(|(condition, value)| {
                            (self.add(condition, atom), self.add(&with(value), atom))
                        })
                        .collect();
                    Node::Case(branches, self.add(&with(otherwise), atom))
                }
                _ => Node::Atom(atom(expr)),
            },
            Expr::Call(Function::Between, parts, _) => match parts.as_slice() {
                [value, low, high] => {
                    let bounds = [
                        compared(Comparison::GreaterOrEqual, value, low),
                        compared(Comparison::LessOrEqual, value, high),
                    ];
                    Node::And(self.all(&bounds, atom))
                }
                _ => Node::Atom(atom(expr)),
            },
            Expr::Call(Function::In, parts, _) if parts.len() <= LONGEST_LIST => {
                let (value, constants) = match parts.split_first() {
                    Some((value, constants)) => (value, constants),
                    None => return self.push(Node::Constant(Truth::False), expr),
                };
                let equal = |constant| compared(Comparison::Equal, value, constant);
                let each: Vec<Expr> = constants.iter().map(equal).collect();
                Node::Or(self.all(&each, atom))
            }
            Expr::Distinct(left, right) if is_condition(left) && is_condition(right) => {
                let same = Node::Same(self.add(left, atom), self.add(right, atom));
                Node::Not(self.push(same, expr))
            }
            Expr::Case(branches, otherwise, Type::Bool) => {
                let branches = branches
                    .iter()
                    .map(|(condition, value)| (self.add(condition, atom), self.add(value, atom)))
                    .collect();
                Node::Case(branches, self.add(otherwise, atom))
            }
            Expr::Coalesce(parts, Type::Bool) => Node::Coalesce(self.all(parts, atom)),
            _ => Node::Atom(atom(expr)),
        };
        self.push(node, expr)
    }

    fn all(&mut self, parts: &[Expr], atom: &mut dyn FnMut(&Expr) -> usize) -> Vec<usize> {
        parts.iter().map(|part| self.add(part, atom)).collect()
    }

    fn push(&mut self, node: Node, source: &Expr) -> usize {
        self.nodes.push(node);
        self.sources.push(source.clone());
        self.root()
    }

    /// The conditions that one is made of.
    fn parts(&self, index: usize) -> Vec<usize> {
        match &self.nodes[index] {
            Node::Atom(_) | Node::Constant(_) => Vec::new(),
            Node::And(parts) | Node::Or(parts) | Node::Coalesce(parts) => parts.clone(),
            Node::Not(part) | Node::Is(part, _) => vec![*part],
            Node::Equal(left, right, _) | Node::Same(left, right) => vec![*left, *right],
            Node::Case(branches, otherwise) => {
                let branches = branches.iter();
                let each = branches.flat_map(|(condition, value)| [*condition, *value]);
                each.chain([*otherwise]).collect()
            }
        }
    }

    /// What each condition says of a row. One may be said to be something else than it is.
    pub(super) fn values(
        &self,
        answers: &dyn Fn(usize) -> Truth,
        instead: Option<(usize, Truth)>,
    ) -> Vec<Truth> {
        let mut values: Vec<Truth> = Vec::with_capacity(self.nodes.len());
        for (index, node) in self.nodes.iter().enumerate() {
            let value = match instead {
                Some((place, value)) if place == index => value,
                _ => value(node, &values, answers),
            };
            values.push(value);
        }
        values
    }

    /// Whether what a condition says decides what the CHECK says of a row, so that another word of it would change that.
    pub(super) fn decides(&self, answers: &dyn Fn(usize) -> Truth, index: usize) -> bool {
        let accepts = |instead| {
            let values = self.values(answers, instead);
            accepted(values.last().copied().unwrap_or(Truth::Unknown))
        };
        let Some(now) = accepts(None) else {
            return false;
        };
        TRUTHS
            .iter()
            .any(|other| accepts(Some((index, *other))) == Some(!now))
    }
}

/// Whether a CHECK of this value accepts.
pub(super) fn accepted(value: Truth) -> Option<bool> {
    match value {
        Truth::True | Truth::Null => Some(true),
        Truth::False => Some(false),
        Truth::Unknown => None,
    }
}

fn compared(comparison: Comparison, left: &Expr, right: &Expr) -> Expr {
    let sides = vec![left.clone(), right.clone()];
    match left {
        Expr::Null(_) => Expr::Null(Type::Bool),
        _ => Expr::Call(Function::Compare(comparison), sides, Type::Bool),
    }
}

fn value(node: &Node, values: &[Truth], answers: &dyn Fn(usize) -> Truth) -> Truth {
    // The first word that decides; else the strongest of the others.
    let joined = |parts: &[usize], strong: Truth| {
        let mut all = strong.negated();
        for part in parts {
            match values[*part] {
                found if found == strong => return strong,
                Truth::Unknown => all = Truth::Unknown,
                Truth::Null if all != Truth::Unknown => all = Truth::Null,
                _ => {}
            }
        }
        all
    };
    match node {
        Node::Atom(atom) => answers(*atom),
        Node::Constant(value) => *value,
        Node::And(parts) => joined(parts, Truth::False),
        Node::Or(parts) => joined(parts, Truth::True),
        Node::Not(part) => values[*part].negated(),
        Node::Is(part, value) => match values[*part] {
            Truth::Unknown => Truth::Unknown,
            found => Truth::of(found == *value),
        },
        Node::Equal(left, right, is_equal) => match (values[*left], values[*right]) {
            (Truth::Unknown, _) | (_, Truth::Unknown) => Truth::Unknown,
            (Truth::Null, _) | (_, Truth::Null) => Truth::Null,
            (left, right) => Truth::of((left == right) == *is_equal),
        },
        Node::Same(left, right) => match (values[*left], values[*right]) {
            (Truth::Unknown, _) | (_, Truth::Unknown) => Truth::Unknown,
            (left, right) => Truth::of(left == right),
        },
        Node::Case(branches, otherwise) => {
            for (condition, value) in branches {
                match values[*condition] {
                    Truth::True => return values[*value],
                    Truth::Unknown => return Truth::Unknown,
                    Truth::False | Truth::Null => {}
                }
            }
            values[*otherwise]
        }
        Node::Coalesce(parts) => {
            let mut found = parts.iter().map(|part| values[*part]);
            found
                .find(|value| *value != Truth::Null)
                .unwrap_or(Truth::Null)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(name: &str) -> Expr {
        Expr::Column(name.to_owned(), Type::Bool)
    }

    /// `(a AND NOT b) OR CASE WHEN c THEN a END`, and the numbers of its questions.
    fn tree() -> Tree {
        let names = ["a", "b", "c"];
        let rule = Expr::Or(vec![
            Expr::And(vec![column("a"), Expr::Not(Box::new(column("b")))]),
            Expr::Case(
                vec![(column("c"), column("a"))],
                Box::new(Expr::Null(Type::Bool)),
                Type::Bool,
            ),
        ]);
        Tree::of(&rule, &mut |expr| {
            names.iter().position(|name| column(name) == *expr).unwrap()
        })
    }

    #[test]
    fn costs_are_what_must_change_and_values_are_sqls() {
        let tree = tree();
        let (mut looked, mut free) = (0, 0);
        for row in 0..27 {
            let said = |atom: usize| TRUTHS[row / 3_usize.pow(atom as u32) % 3];
            let values = tree.values(&said, None);
            let costs = tree.costs(&|atom| TRUTHS.map(|truth| u32::from(truth != said(atom))));
            for (value, costs) in values.iter().zip(&costs) {
                // What is costs nothing, and nothing else does.
                for (truth, cost) in TRUTHS.iter().zip(costs) {
                    assert_eq!(*cost == 0, truth == value, "{values:?} {costs:?}");
                    looked += 1;
                    free += usize::from(*cost == 0);
                }
            }
            let (a, b, c) = (said(0), said(1), said(2));
            let expected = match (a, b, c) {
                (Truth::True, Truth::False, _) | (Truth::True, _, Truth::True) => Truth::True,
                (Truth::False, _, Truth::True) => Truth::False,
                _ => Truth::Null,
            };
            assert_eq!(values[tree.root()], expected, "{a:?} {b:?} {c:?}");
        }
        assert_eq!((looked, free), (27 * 9 * 3, 27 * 9));
    }

    #[test]
    fn a_condition_decides_where_another_word_of_it_would_change_the_verdict() {
        let tree = tree();
        let with = |said: [Truth; 3]| move |atom: usize| said[atom];
        // `c` is asked first: only where it is true and `a` false is the row refused.
        let refused = with([Truth::False, Truth::Null, Truth::True]);
        let accepted = with([Truth::True, Truth::Null, Truth::Null]);
        let deciding = |said: &dyn Fn(usize) -> Truth| -> Vec<usize> {
            (0..tree.nodes.len())
                .filter(|node| tree.decides(said, *node))
                .collect()
        };
        let refusing = deciding(&refused);
        assert!(
            refusing.contains(&tree.root()) && refusing.contains(&4),
            "{refusing:?}"
        );
        assert!(!refusing.contains(&1), "{refusing:?}");
        assert!(!deciding(&accepted).contains(&1));
    }
}
