//! The CHECKs of a table: those that a row may break, their trees, and what they read.

use std::collections::BTreeMap;

use super::{Column, Rule, RuleTree, Subject};
use crate::generate::catalog::{Catalog, Name, Relation, TypeKind};
use crate::generate::check_expression::Expr;
use crate::generate::contract::{Check, ConstraintKind, Enforcement, Table};

/// The columns that each constraint reads. A domain's is that of every column of the domain.
pub(super) fn read_by(
    relation: &Relation,
    table: &Table,
    columns: &[Column],
) -> BTreeMap<String, Vec<usize>> {
    let of_table = relation.constraints.iter();
    let of_table = of_table.map(|constraint| (&constraint.name, &constraint.columns));
    let of_domains = table.constraints.iter();
    let of_domains = of_domains
        .filter(|constraint| constraint.kind == ConstraintKind::Domain)
        .map(|constraint| (&constraint.name, &constraint.columns));
    let mut read_by: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (name, read) in of_table.chain(of_domains) {
        let places = read
            .iter()
            .filter_map(|name| columns.iter().position(|found| found.name == *name));
        read_by.entry(name.clone()).or_default().extend(places);
    }
    read_by
}

/// The CHECKs that a row may break, as the contract knows them.
pub(super) fn of_table(
    catalog: &Catalog,
    relation: &Relation,
    table: &Table,
    columns: &[Column],
) -> Vec<Rule> {
    let mut rules: Vec<Rule> = Vec::new();
    let place = |name: &str| columns.iter().position(|found| found.name == name);
    for constraint in &table.constraints {
        if constraint.kind == ConstraintKind::Check {
            let unknown = constraint
                .check
                .iter()
                .flat_map(Check::unknown_where_left_out);
            rules.push(Rule {
                name: constraint.name.clone(),
                domain: None,
                is_held: constraint.enforcement == Enforcement::Contract,
                reads: (constraint.columns.iter())
                    .filter_map(|name| place(name))
                    .collect(),
                left: Vec::new(),
                unknown: unknown
                    .filter_map(|field| {
                        let column = table.columns.iter().find(|found| found.field == field)?;
                        place(&column.name)
                    })
                    .collect(),
            });
        }
    }
    // PostgreSQL asks them by name.
    rules.sort_by(|left, right| left.name.cmp(&right.name));
    for column in &relation.columns {
        for (domain, constraint) in domains(catalog, &column.type_name) {
            let mut of_column = table.constraints.iter().filter(|found| {
                found.kind == ConstraintKind::Domain
                    && found.name == constraint
                    && found.columns == [column.name.clone()]
            });
            let is_held = of_column
                .clone()
                .any(|found| found.enforcement == Enforcement::Contract);
            let is_unknown = of_column.any(|found| {
                let check = found.check.iter();
                check.flat_map(Check::unknown_where_left_out).count() > 0
            });
            let known = rules
                .iter()
                .position(|rule| rule.name == constraint && rule.domain.as_ref() == Some(&domain));
            let known = known.unwrap_or_else(|| {
                rules.push(Rule {
                    name: constraint,
                    domain: Some(domain),
                    is_held: false,
                    reads: Vec::new(),
                    left: Vec::new(),
                    unknown: Vec::new(),
                });
                rules.len() - 1
            });
            match is_held {
                true => rules[known].is_held = true,
                false => rules[known].left.extend(place(&column.name)),
            }
            if is_unknown {
                rules[known].unknown.extend(place(&column.name));
            }
        }
    }
    rules
}

/// The trees of the CHECKs that are derived.
pub(super) fn trees(catalog: &Catalog, relation: &Relation) -> Vec<RuleTree> {
    let mut trees = Vec::new();
    for constraint in relation.constraints.iter().filter(|found| found.enforced) {
        let key = (relation.name.clone(), constraint.name.clone());
        if let Some(Ok(tree)) = catalog.rules.tables.get(&key) {
            trees.push(RuleTree {
                name: constraint.name.clone(),
                domain: None,
                tree: tree.clone(),
            });
        }
    }
    for column in &relation.columns {
        let mut name = &column.type_name;
        while let Some(TypeKind::Domain(domain)) = catalog.types.get(name).map(|found| &found.kind)
        {
            for constraint in &domain.constraints {
                let key = (name.clone(), constraint.name.clone());
                let Some(Ok(tree)) = catalog.rules.domains.get(&key) else {
                    continue;
                };
                let of_column = tree.clone().map(&mut |part| match part {
                    Expr::Column(_, found) => Expr::Column(column.name.clone(), found),
                    other => other,
                });
                trees.push(RuleTree {
                    name: constraint.name.clone(),
                    domain: Some((name.clone(), column.name.clone())),
                    tree: of_column,
                });
            }
            name = &domain.base;
        }
    }
    trees
}

/// How many CHECKs there are, those of a domain once, and how many of them the contracts hold.
pub(crate) fn checks(subjects: &[Subject]) -> (usize, usize) {
    let mut checks = BTreeMap::new();
    for subject in subjects.iter().filter(|subject| !subject.is_read_only) {
        for rule in &subject.rules {
            let owner = match &rule.domain {
                Some(domain) => format!("domain {domain}"),
                None => subject.name.to_string(),
            };
            *checks.entry((owner, &rule.name)).or_default() |= rule.is_held;
        }
    }
    (checks.len(), checks.values().filter(|held| **held).count())
}

/// The domains of a type and of its parts, with their CHECKs.
fn domains(catalog: &Catalog, name: &Name) -> Vec<(Name, String)> {
    match catalog.types.get(name).map(|found| &found.kind) {
        Some(TypeKind::Domain(domain)) => {
            let own = domain
                .constraints
                .iter()
                .map(|found| (name.clone(), found.name.clone()));
            own.chain(domains(catalog, &domain.base)).collect()
        }
        Some(TypeKind::Array(part) | TypeKind::Range(part) | TypeKind::Multirange(part)) => {
            domains(catalog, part)
        }
        Some(TypeKind::Composite(members)) => members
            .iter()
            .flat_map(|member| domains(catalog, &member.type_name))
            .collect(),
        _ => Vec::new(),
    }
}
