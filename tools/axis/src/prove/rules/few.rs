//! A few of the values that rules suggest, for a file that people read: the strategies.

use std::collections::BTreeMap;

use serde_json::{Number, Value as Json};

use super::super::draw::{self, Draw};
use super::super::judge::Value;
use super::{of_parts, rules_of, values};
use crate::generate::Suggestions;
use crate::generate::catalog::{Catalog, Relation};

/// The values of each rule for each column: at a bound, on either side of it, and a few others.
const OF_A_RULE: usize = 8;

/// The values that a rule suggests first are its own; those behind them are mixed from these.
const FIRST: usize = 24;

/// The values of a type that has no strategy of its own.
const OF_A_TYPE: usize = 6;

/// Longer ones are not for reading.
const LONGEST: usize = 200;

/// What the rules of a table and of its domains suggest for its columns.
pub(crate) fn suggestions(catalog: &Catalog, relation: &Relation) -> Suggestions {
    let mut suggested: BTreeMap<String, Vec<Draw>> = BTreeMap::new();
    for rule in rules_of(catalog, relation) {
        let mut of_rule = BTreeMap::new();
        values::of_rule(rule, &mut of_rule);
        for (column, draws) in of_rule {
            suggested
                .entry(column)
                .or_default()
                .extend(few(draws, OF_A_RULE));
        }
    }
    let mut found = Suggestions::default();
    for column in &relation.columns {
        let (data_type, modifier) = (&column.type_name, column.type_modifier);
        let mut by_rules = suggested.remove(&column.name).unwrap_or_default();
        by_rules.extend(few(of_parts(catalog, data_type, modifier), OF_A_RULE));
        let by_type = draw::draws(catalog, data_type, modifier).unwrap_or_default();
        let by_type: Vec<Draw> = by_type.iter().map(|draw| draw.as_ref().clone()).collect();
        let all = by_rules.iter().cloned().chain(few(by_type, OF_A_TYPE));
        let documents =
            distinct(all.filter_map(|draw| Some(json(draw.value.as_ref()?)?.to_string())));
        let texts = distinct(by_rules.iter().filter_map(text));
        found.documents.insert(column.name.clone(), documents);
        found.texts.insert(column.name.clone(), texts);
    }
    found
}

/// So many of the first ones, from all over them.
fn few(draws: Vec<Draw>, count: usize) -> Vec<Draw> {
    let is_short = |draw: &Draw| {
        draw.literal
            .as_ref()
            .is_some_and(|text| text.chars().count() <= LONGEST)
    };
    let draws = draws
        .into_iter()
        .filter(|draw| !draw.is_extreme && !draw.is_left && is_short(draw));
    let first: Vec<Draw> = draws.take(FIRST).collect();
    let all = first.len();
    let up_to = |place: usize| (place * count).div_ceil(all.max(1));
    let is_taken = |place: usize| all <= count || up_to(place) != up_to(place + 1);
    let places = first.into_iter().enumerate();
    places
        .filter(|(place, _)| is_taken(*place))
        .map(|(_, draw)| draw)
        .collect()
}

fn distinct(texts: impl Iterator<Item = String>) -> Vec<String> {
    let mut found = Vec::new();
    for text in texts {
        if !found.contains(&text) {
            found.push(text);
        }
    }
    found
}

/// As Rust's `FromStr` reads it.
fn text(draw: &Draw) -> Option<String> {
    match draw.value.as_ref()? {
        Value::Text(text) => Some(text.clone()),
        Value::Bool(value) => Some(value.to_string()),
        Value::Int(value) => Some(value.to_string()),
        Value::Unsigned(value) => Some(value.to_string()),
        Value::Float4(value) => Some(shorter(value.to_string(), format!("{value:e}"))),
        Value::Float8(value) => Some(shorter(value.to_string(), format!("{value:e}"))),
        Value::List(_) | Value::Map(_) => draw.literal.clone(),
        Value::Null | Value::Bytes(_) => None,
    }
}

fn shorter(plain: String, exponent: String) -> String {
    match exponent.len() < plain.len() {
        true => exponent,
        false => plain,
    }
}

/// As JSON. None where JSON has no such thing.
fn json(value: &Value) -> Option<Json> {
    Some(match value {
        Value::Null => Json::Null,
        Value::Bool(value) => (*value).into(),
        Value::Int(value) => (*value).into(),
        Value::Unsigned(value) => (*value).into(),
        Value::Float4(value) => Number::from_f64((*value).into())?.into(),
        Value::Float8(value) => Number::from_f64(*value)?.into(),
        Value::Text(text) => text.as_str().into(),
        Value::Bytes(_) => return None,
        Value::List(values) => values.iter().map(json).collect::<Option<_>>()?,
        Value::Map(members) => {
            let members = members.iter();
            let members = members.map(|(name, value)| Some((name.clone(), json(value)?)));
            Json::Object(members.collect::<Option<_>>()?)
        }
    })
}
