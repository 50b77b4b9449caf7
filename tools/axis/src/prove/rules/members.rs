//! Members of composites: a rule that reads one suggests values for it, which make rows for the column.

use std::collections::{BTreeMap, BTreeSet};

use heck::ToLowerCamelCase as _;

use super::super::draw::{self, Draw};
use super::super::judge::Value;
use super::values;
use crate::generate::catalog::{Catalog, Member, Name, Relation, TypeKind};
use crate::generate::check_expression::{Expr, Function};

/// What stands between a column and its member in the name of both. No name of the database holds it.
const WITHIN: char = '\0';

/// Values of a member's domain that are tried where a rule asks for the member.
const TRIED: usize = 12;

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

/// Whether a name is that of a member of a column.
pub(crate) fn is_of(name: &str, column: &str) -> bool {
    let rest = name.strip_prefix(column);
    rest.is_some_and(|rest| rest.starts_with(WITHIN))
}

/// The columns whose members a rule asks for NULL.
pub(super) fn asked_for_null(rule: &Expr) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    as_columns(rule).visit(&mut |part| {
        if let Expr::IsNull(part) = part
            && let Expr::Column(name, _) = part.as_ref()
            && let Some((column, _)) = name.split_once(WITHIN)
        {
            found.insert(column.to_owned());
        }
    });
    found
}

/// What is suggested for members becomes rows for their column: one of each value beside everyday ones and one beside
/// NULLs, and one that has a value of each member.
pub(super) fn into_composites(
    catalog: &Catalog,
    relation: &Relation,
    suggested: BTreeMap<String, Vec<Draw>>,
) -> BTreeMap<String, Vec<Draw>> {
    let (mut found, by_column) = by_first(suggested);
    for (column, suggested) in by_column {
        let known = relation.columns.iter().find(|known| known.name == column);
        let rows = known.and_then(|known| Composite::of(catalog, &known.type_name));
        let rows = rows.map(|composite| composite.rows(catalog, suggested));
        found
            .entry(column)
            .or_default()
            .extend(rows.unwrap_or_default());
    }
    found
}

/// Draws by name, and of the names that hold several those behind the first.
type ByFirst = (
    BTreeMap<String, Vec<Draw>>,
    BTreeMap<String, BTreeMap<String, Vec<Draw>>>,
);

fn by_first(suggested: BTreeMap<String, Vec<Draw>>) -> ByFirst {
    let mut found = ByFirst::default();
    for (name, draws) in suggested {
        match name.split_once(WITHIN) {
            Some((first, rest)) => {
                let within = found.1.entry(first.to_owned()).or_default();
                within.insert(rest.to_owned(), draws);
            }
            None => {
                found.0.insert(name, draws);
            }
        }
    }
    found
}

/// A composite whose members can be drawn.
pub(super) struct Composite<'a> {
    members: &'a [Member],
    /// What a member is while a rule asks for another, by its name on the wire.
    everyday: Vec<(String, Vec<Draw>)>,
}

impl<'a> Composite<'a> {
    /// That of a type, where it is one.
    pub(super) fn of(catalog: &'a Catalog, name: &Name) -> Option<Self> {
        let members = members(catalog, name)?;
        let draws = members.iter().map(|member| {
            let draws = everyday(catalog, member)?;
            Some((member.name.to_lower_camel_case(), draws))
        });
        let everyday = draws.collect::<Option<_>>()?;
        Some(Self { members, everyday })
    }

    /// A row of the everyday values, with others at some places.
    fn with(&self, number: usize, changed: &[(usize, Option<&Draw>)]) -> Draw {
        let each = self.everyday.iter();
        let mut row: Vec<Option<&Draw>> = each
            .map(|(_, draws)| draws.get(number % draws.len().max(1)))
            .collect();
        for (place, draw) in changed {
            row[*place] = *draw;
        }
        draw::composite(&self.everyday, &row)
    }

    /// A row of NULLs, but for one place.
    fn alone(&self, place: usize, draw: &Draw) -> Draw {
        let mut row = vec![None; self.members.len()];
        row[place] = Some(draw);
        draw::composite(&self.everyday, &row)
    }

    fn rows(&self, catalog: &Catalog, suggested: BTreeMap<String, Vec<Draw>>) -> Vec<Draw> {
        let (mut suggested, within) = by_first(suggested);
        for (name, of_member) in within {
            let member = self.members.iter().find(|member| member.name == name);
            let composite = member.and_then(|member| Composite::of(catalog, &member.type_name));
            let rows = composite.map(|composite| composite.rows(catalog, of_member));
            suggested
                .entry(name)
                .or_default()
                .extend(rows.unwrap_or_default());
        }
        let place = |name: &str| self.members.iter().position(|member| member.name == name);
        let suggested: Vec<(usize, Vec<Draw>)> = suggested
            .into_iter()
            .filter_map(|(name, mut draws)| {
                let place = place(&name)?;
                let member = &self.members[place];
                let scale = super::scale(catalog, &member.type_name, member.type_modifier);
                if let Some(scale) = scale {
                    let rounded = draws.iter().flat_map(|draw| values::beside(draw, scale));
                    draws.extend(rounded.collect::<Vec<_>>());
                }
                let of_domain = super::of_parts(catalog, &member.type_name, member.type_modifier);
                draws.extend(of_domain.into_iter().take(TRIED));
                // To serde the null of JSON is SQL's NULL there.
                draws.retain(|draw| draw.value != Some(Value::Null));
                Some((place, draws))
            })
            .filter(|(_, draws)| !draws.is_empty())
            .collect();
        let longest = suggested.iter().map(|(_, draws)| draws.len()).max();
        let mut rows = Vec::new();
        for (place, draws) in &suggested {
            for draw in draws {
                rows.push(self.with(rows.len(), &[(*place, Some(draw))]));
            }
            rows.push(self.with(rows.len(), &[(*place, None)]));
            rows.extend(draws.iter().map(|draw| self.alone(*place, draw)));
        }
        // Steps of another length for each member, so that values of two members meet in more than one way.
        for number in 0..longest.unwrap_or_default() * 3 {
            let all = suggested.iter().enumerate().map(|(step, (place, draws))| {
                let chosen = (number * (step + 1) + number / draws.len()) % (draws.len() + 1);
                (*place, draws.get(chosen))
            });
            rows.push(self.with(rows.len(), &all.collect::<Vec<_>>()));
        }
        rows
    }

    /// Rows in which one member alone is not NULL, or alone is.
    pub(super) fn one_alone(&self, catalog: &Catalog) -> Vec<Draw> {
        let mut rows = Vec::new();
        for (place, member) in self.members.iter().enumerate() {
            let all = draw::draws(catalog, &member.type_name, member.type_modifier);
            let first = all.unwrap_or_default().into_iter().take(1);
            let first = first.map(|draw| draw.as_ref().clone());
            // A domain may refuse the first ones.
            let of_parts = super::of_parts(catalog, &member.type_name, member.type_modifier);
            let tried = first.chain(of_parts.into_iter().take(TRIED));
            rows.extend(tried.map(|draw| self.alone(place, &draw)));
            rows.push(self.with(place, &[(place, None)]));
        }
        rows
    }
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
