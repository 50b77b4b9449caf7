//! Values and rows that the CHECKs themselves suggest: at and beside each constant, texts that a pattern matches and others,
//! documents with and without a key. Luck would not find them.

mod edges;
pub(crate) mod few;
mod members;
mod pattern;
mod values;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use members::Composite;
pub(crate) use members::is_of as is_member_of;
pub(crate) use values::Line;

use fastrand::Rng;
use heck::ToLowerCamelCase as _;

use super::draw::Draw;
use super::judge::Value;
use super::subject::{Cell, Column};
use crate::generate::catalog::{Catalog, Name, Relation, TypeKind};
use crate::generate::check_expression::Expr;

/// Rows for each rule.
const ROWS: usize = 240;

/// Texts of a column that are made as long as it is.
const FILLED: usize = 12;

/// Longer columns are not filled.
const LONGEST: usize = 2_000;

/// Rows worth trying: by column name.
pub(crate) type Rows = Vec<Vec<(String, Cell)>>;

/// The rules of a table that have a tree.
fn rules_of<'a>(catalog: &'a Catalog, relation: &'a Relation) -> Vec<&'a Expr> {
    let constraints = relation.constraints.iter();
    let rules = constraints.filter_map(|constraint| {
        let key = (relation.name.clone(), constraint.name.clone());
        catalog.rules.tables.get(&key)?.as_ref().ok()
    });
    rules.collect()
}

/// The values that a rule suggests, by column.
pub(crate) fn suggestions(rule: &Expr) -> BTreeMap<String, Vec<Draw>> {
    let mut found = BTreeMap::new();
    values::of_rule(&members::as_columns(rule), &mut found);
    found
}

/// Adds the values that the rules of a table suggest to its columns, and gives rows that mix them.
pub(crate) fn draw(catalog: &Catalog, relation: &Relation, columns: &mut [Column]) -> Rows {
    let rules = rules_of(catalog, relation);
    let mut suggested = suggested(catalog, relation, &rules);
    let asked = rules.iter().flat_map(|rule| members::asked_for_null(rule));
    for name in asked.collect::<BTreeSet<_>>() {
        let column = relation.columns.iter().find(|column| column.name == name);
        let composite = column.and_then(|column| Composite::of(catalog, &column.type_name));
        let rows = composite.map(|composite| composite.one_alone(catalog));
        (suggested.entry(name).or_default()).extend(rows.unwrap_or_default());
    }
    for column in columns.iter_mut() {
        // What cannot be tried of the type cannot be tried of the rule.
        if column.draws.is_empty() {
            continue;
        }
        let mut draws = suggested.remove(&column.name).unwrap_or_default();
        // To serde the null of JSON is SQL's NULL where a column may be NULL, and no document.
        draws.retain(|draw| !(column.nullable && draw.value == Some(Value::Null)));
        let before = column.draws.len();
        for draw in draws {
            if !column
                .draws
                .iter()
                .any(|known| known.literal == draw.literal && known.value == draw.value)
            {
                column.draws.push(Arc::new(draw));
            }
        }
        column.of_rules = before..column.draws.len();
    }
    let mut rng = Rng::with_seed(7);
    rules
        .iter()
        .flat_map(|rule| {
            let mut rows = rows(catalog, relation, rule, columns, &mut rng);
            rows.extend(edges::rows(&members::as_columns(rule), columns));
            rows
        })
        .collect()
}

/// The values that rules suggest, by column.
fn suggested(
    catalog: &Catalog,
    relation: &Relation,
    rules: &[&Expr],
) -> BTreeMap<String, Vec<Draw>> {
    let mut suggested: BTreeMap<String, Vec<Draw>> = BTreeMap::new();
    for rule in rules {
        values::of_rule(&members::as_columns(rule), &mut suggested);
    }
    let mut suggested = members::into_composites(catalog, relation, suggested);
    for column in &relation.columns {
        let found = suggested.entry(column.name.clone()).or_default();
        found.extend(of_parts(catalog, &column.type_name, column.type_modifier));
        if let Some(length) = length(catalog, &column.type_name, column.type_modifier) {
            let at_length = filled(found, length);
            found.extend(at_length);
        }
    }
    suggested
}

/// What the rules of the domains of a type and of its parts suggest: a part of it in an array alone and beside another, or
/// in a row whose other members are everyday ones.
fn of_parts(catalog: &Catalog, name: &Name, modifier: i32) -> Vec<Draw> {
    match catalog.types.get(name).map(|found| &found.kind) {
        Some(TypeKind::Domain(domain)) => {
            let mut of_domain = BTreeMap::new();
            for rule in domain_rules(catalog, name) {
                values::of_rule(&members::as_columns(rule), &mut of_domain);
            }
            let mut found: Vec<Draw> = of_domain.into_values().flatten().collect();
            if let Some(length) = length(catalog, name, modifier) {
                found.extend(filled(&found, length));
            }
            if let Some(scale) = scale(catalog, name, modifier) {
                found.extend(
                    found
                        .iter()
                        .flat_map(|draw| values::beside(draw, scale))
                        .collect::<Vec<_>>(),
                );
            }
            // The rules of the domains below are among them.
            match catalog.types.get(&domain.base).map(|found| &found.kind) {
                Some(TypeKind::Domain(_)) => {}
                _ => found.extend(of_parts(catalog, &domain.base, domain.type_modifier)),
            }
            found
        }
        Some(TypeKind::Array(element)) => {
            let elements = of_parts(catalog, element, modifier);
            let alone = elements.iter().map(std::slice::from_ref);
            let pairs = elements.windows(2);
            alone.chain(pairs).map(values::array).collect()
        }
        Some(TypeKind::Composite(members)) => {
            let draws = members.iter().map(|member| {
                let all = super::draw::draws(catalog, &member.type_name, member.type_modifier)?;
                Some((member.name.to_lower_camel_case(), all.first()?.clone()))
            });
            let Some(everyday) = draws.collect::<Option<Vec<_>>>() else {
                return Vec::new();
            };
            let of_member = members.iter().enumerate().flat_map(|(place, member)| {
                let draws = of_parts(catalog, &member.type_name, member.type_modifier);
                draws.into_iter().map(move |draw| (place, draw))
            });
            let of_member: &Vec<(usize, Draw)> = &of_member.collect();
            let with = |changed: &[&(usize, Draw)]| {
                let everyday_row = everyday.iter().map(|(_, draw)| Some(draw.as_ref()));
                let mut row: Vec<Option<&Draw>> = everyday_row.collect();
                for (place, draw) in changed {
                    row[*place] = Some(draw);
                }
                super::draw::composite(&everyday, &row)
            };
            // Alone, and beside one of each other member: the first that is refused decides.
            let alone = of_member.iter().map(|one| with(&[one]));
            let pairs = of_member.iter().enumerate().flat_map(|(number, one)| {
                let others = (0..members.len()).filter(|place| *place > one.0);
                others.filter_map(move |place| {
                    let of_other = of_member.iter().filter(|(found, _)| *found == place);
                    let of_other: Vec<&(usize, Draw)> = of_other.collect();
                    let other = of_other.get(number % of_other.len().max(1))?;
                    Some(with(&[one, other]))
                })
            });
            alone.chain(pairs).collect()
        }
        _ => Vec::new(),
    }
}

/// Some of the texts, made as long as their column is.
fn filled(draws: &[Draw], length: usize) -> Vec<Draw> {
    let texts = draws.iter().filter_map(|draw| match &draw.value {
        Some(Value::Text(text)) => Some(at_length(text, length)),
        _ => None,
    });
    texts.take(FILLED).flatten().collect()
}

/// The digits after the point that a `numeric` of a domain keeps.
fn scale(catalog: &Catalog, name: &Name, modifier: i32) -> Option<i64> {
    match &catalog.types.get(name)?.kind {
        TypeKind::Domain(domain) => scale(catalog, &domain.base, domain.type_modifier),
        TypeKind::Base if name.name == "numeric" => {
            let (_, scale) = super::draw::precision_and_scale(modifier)?;
            Some(scale.into())
        }
        _ => None,
    }
}

/// The most characters of a column of characters.
fn length(catalog: &Catalog, name: &Name, modifier: i32) -> Option<usize> {
    match &catalog.types.get(name)?.kind {
        TypeKind::Domain(domain) => length(catalog, &domain.base, domain.type_modifier),
        TypeKind::Base if matches!(name.name.as_str(), "varchar" | "bpchar") => {
            // The modifier counts the length word too.
            let length = usize::try_from(modifier.checked_sub(4)?).ok()?;
            (length <= LONGEST).then_some(length)
        }
        _ => None,
    }
}

/// Texts that end as this one does and fill a column: rules see what is left when spaces beyond are cut.
fn at_length(text: &str, length: usize) -> Vec<Draw> {
    let filled = |text: &str| {
        let first = text.chars().next().unwrap_or('a');
        let missing = length.saturating_sub(text.chars().count());
        let mut filled: String = std::iter::repeat_n(first, missing).collect();
        filled.push_str(text);
        filled
    };
    let mut shorter = text.chars();
    shorter.next_back();
    let shorter = filled(shorter.as_str());
    let texts = [
        filled(text),
        format!("{} ", filled(text)),
        format!("{shorter} "),
        filled(&format!("{text}!")),
    ];
    texts.map(Draw::text).to_vec()
}

fn domain_rules<'a>(catalog: &'a Catalog, name: &Name) -> Vec<&'a Expr> {
    let mut found = Vec::new();
    let mut name = name;
    while let Some(TypeKind::Domain(domain)) = catalog.types.get(name).map(|found| &found.kind) {
        found.extend(domain.constraints.iter().filter_map(|constraint| {
            let key = (name.clone(), constraint.name.clone());
            catalog.rules.domains.get(&key)?.as_ref().ok()
        }));
        name = &domain.base;
    }
    found
}

/// Rows that mix the values of the columns that a rule reads.
fn rows(
    catalog: &Catalog,
    relation: &Relation,
    rule: &Expr,
    columns: &[Column],
    rng: &mut Rng,
) -> Rows {
    let mut names: Vec<String> = Vec::new();
    rule.visit(&mut |part| {
        if let Expr::Column(name, _) = part
            && !names.contains(name)
        {
            names.push(name.clone());
        }
    });
    let mut suggested = BTreeMap::new();
    values::of_rule(&members::as_columns(rule), &mut suggested);
    let mut suggested = members::into_composites(catalog, relation, suggested);
    let choices: Vec<(String, Vec<Cell>)> = names
        .into_iter()
        .filter_map(|name| {
            let column = columns.iter().find(|column| column.name == name)?;
            if column.is_computed() || column.not_proved.is_some() || column.draws.is_empty() {
                return None;
            }
            let mut cells: Vec<Cell> = Vec::new();
            let own = suggested.remove(&name).unwrap_or_default();
            let everyday = column.draws.iter().take(if own.is_empty() { 6 } else { 1 });
            cells.extend(own.into_iter().map(Arc::new).map(Cell::Value));
            cells.extend(everyday.cloned().map(Cell::Value));
            if column.nullable {
                cells.push(Cell::Null);
            }
            Some((name, cells))
        })
        .collect();
    let all: usize = choices
        .iter()
        .fold(1, |all, (_, cells)| all.saturating_mul(cells.len()));
    if choices.len() < 2 {
        return Rows::new();
    }
    if all <= ROWS {
        return (0..all)
            .map(|mut number| {
                let pick = |(name, cells): &(String, Vec<Cell>)| {
                    let cell = cells[number % cells.len()].clone();
                    number /= cells.len();
                    (name.clone(), cell)
                };
                choices.iter().map(pick).collect()
            })
            .collect();
    }
    (0..ROWS)
        .map(|number| {
            let pick = |(name, cells): &(String, Vec<Cell>)| {
                // Rows that are NULL but for a few tell which of them a rule asks for.
                let is_sparse = number % 3 == 0 && rng.usize(..3) > 0;
                let cell = match (is_sparse, cells.last()) {
                    (true, Some(last)) => last.clone(),
                    _ => cells[rng.usize(..cells.len())].clone(),
                };
                (name.clone(), cell)
            };
            choices.iter().map(pick).collect()
        })
        .collect()
}
