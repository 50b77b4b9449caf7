//! Arrays of what a rule suggests for their elements.

use super::super::super::draw::Draw;
use super::super::super::judge::Value;

pub(in super::super) fn array(elements: &[Draw]) -> Draw {
    let quoted =
        |literal: &String| format!("\"{}\"", literal.replace('\\', "\\\\").replace('"', "\\\""));
    let literals: Vec<String> = elements
        .iter()
        .filter_map(|element| element.literal.as_ref().map(quoted))
        .collect();
    let values = elements
        .iter()
        .filter_map(|element| element.value.clone())
        .collect();
    Draw::new(Value::List(values), format!("{{{}}}", literals.join(",")))
}

pub(super) fn arrays(elements: &[Draw]) -> Vec<Draw> {
    let twice: Vec<Draw> = elements.iter().chain(elements).cloned().collect();
    vec![array(&[]), array(elements), array(&twice)]
}
