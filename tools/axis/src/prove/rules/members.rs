//! Members of composites: a rule that reads one suggests values for it, which make rows for the column.

use std::collections::BTreeMap;

use heck::ToLowerCamelCase as _;

use super::super::draw::{self, Draw};
use super::super::judge::Value;
use crate::generate::catalog::{Catalog, Member, Name, Relation, TypeKind};
use crate::generate::check_expression::{Expr, Function};

/// What stands between a column and its member in the name of both. No name of the database holds it.
const WITHIN: char = '\0';

/// The rule with each member of a column as a column of its own.
pub(super) fn as_columns(rule: &Expr) -> Expr {
    rule.clone().map(&mut |part| match part {
        Expr::Call(Function::Member(member), arguments, found) => match arguments.as_slice() {
            [Expr::Column(column, _)] => Expr::Column(format!("{column}{WITHIN}{member}"), found),
            _ => Expr::Call(Function::Member(member), arguments, found),
        },
        other => other,
    })
}

/// What is suggested for members becomes rows for their column: one of each value beside everyday ones, and one that has a
/// value of each member.
pub(super) fn into_composites(
    catalog: &Catalog,
    relation: &Relation,
    suggested: BTreeMap<String, Vec<Draw>>,
) -> BTreeMap<String, Vec<Draw>> {
    let (of_members, mut found): (BTreeMap<_, _>, BTreeMap<_, _>) = suggested
        .into_iter()
        .partition(|(name, _)| name.contains(WITHIN));
    let mut by_column: BTreeMap<String, Vec<(String, Vec<Draw>)>> = BTreeMap::new();
    for (name, draws) in of_members {
        if let Some((column, member)) = name.split_once(WITHIN) {
            let members = by_column.entry(column.to_owned()).or_default();
            members.push((member.to_owned(), draws));
        }
    }
    for (column, members) in by_column {
        let rows = rows(catalog, relation, &column, &members);
        found.entry(column).or_default().extend(rows);
    }
    found
}

fn rows(
    catalog: &Catalog,
    relation: &Relation,
    column: &str,
    suggested: &[(String, Vec<Draw>)],
) -> Vec<Draw> {
    let found = relation.columns.iter().find(|found| found.name == column);
    let members = found.and_then(|column| members(catalog, &column.type_name));
    let everyday: Option<Vec<(String, Vec<Draw>)>> = members.and_then(|members| {
        let draws = members.iter().map(|member| {
            let draws = everyday(catalog, member)?;
            Some((member.name.to_lower_camel_case(), draws))
        });
        draws.collect()
    });
    let (Some(members), Some(everyday)) = (members, everyday) else {
        return Vec::new();
    };
    let place = |name: &str| members.iter().position(|member| member.name == name);
    let turn = std::cell::Cell::new(0_usize);
    let with = |changed: &[(usize, Option<&Draw>)]| {
        let number = turn.replace(turn.get() + 1);
        let each = everyday.iter();
        let mut row: Vec<Option<&Draw>> = each
            .map(|(_, draws)| draws.get(number % draws.len().max(1)))
            .collect();
        for (place, draw) in changed {
            row[*place] = *draw;
        }
        draw::composite(&everyday, &row)
    };
    let suggested: Vec<(usize, Vec<&Draw>)> = suggested
        .iter()
        .filter_map(|(name, draws)| {
            // To serde the null of JSON is SQL's NULL there.
            let draws = draws.iter().filter(|draw| draw.value != Some(Value::Null));
            Some((place(name)?, draws.collect()))
        })
        .filter(|(_, draws): &(_, Vec<_>)| !draws.is_empty())
        .collect();
    let longest = suggested.iter().map(|(_, draws)| draws.len()).max();
    let alone = suggested.iter().flat_map(|(place, draws)| {
        let all = draws.iter().copied().map(Some).chain([None]);
        all.map(|draw| with(&[(*place, draw)]))
    });
    // Steps of another length for each member, so that values of two members meet in more than one way.
    let together = (0..longest.unwrap_or_default() * 3).map(|number| {
        let all = suggested.iter().enumerate().map(|(step, (place, draws))| {
            let chosen = (number * (step + 1) + number / draws.len()) % (draws.len() + 1);
            (*place, draws.get(chosen).copied())
        });
        with(&all.collect::<Vec<_>>())
    });
    alone.chain(together).collect()
}

/// What a member is while a rule asks for another: a value of its type; of a domain NULL, or one of those that its rules
/// suggest, in turn.
fn everyday(catalog: &Catalog, member: &Member) -> Option<Vec<Draw>> {
    let name = &member.type_name;
    match catalog.types.get(name).map(|found| &found.kind) {
        Some(TypeKind::Domain(_)) if catalog.forbids_null(name) => {
            Some(super::of_parts(catalog, name, member.type_modifier))
        }
        Some(TypeKind::Domain(_)) => Some(Vec::new()),
        _ => {
            let all = draw::draws(catalog, name, member.type_modifier)?;
            Some(vec![all.first()?.as_ref().clone()])
        }
    }
}

/// The members of a composite, or of one that a domain is over.
fn members<'a>(catalog: &'a Catalog, name: &Name) -> Option<&'a [Member]> {
    match &catalog.types.get(name)?.kind {
        TypeKind::Composite(members) => Some(members),
        TypeKind::Domain(domain) => members(catalog, &domain.base),
        _ => None,
    }
}
