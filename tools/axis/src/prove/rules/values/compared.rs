//! What a column must hold that something of it is beside a constant.

use std::collections::BTreeMap;

use super::super::super::draw::Draw;
use super::array::array;
use super::document::{document, wrapped};
use super::scalar::{bytes, everyday, scalars};
use super::{add, column, columns, is_text_below, network};
use crate::generate::check_expression::{Expr, Function, Literal, Type};

/// Values beside a constant that something is compared with.
pub(super) fn compared(
    subject: &Expr,
    literal: &Literal,
    data_type: &Type,
    found: &mut BTreeMap<String, Vec<Draw>>,
) {
    let Some(name) = column(subject) else {
        return;
    };
    match (subject, literal) {
        (Expr::Column(..), _) => add(found, name, scalars(literal, data_type)),
        (Expr::Call(function, arguments, _), Literal::Int(length)) => {
            let lengths: Vec<usize> = [length - 1, *length, length + 1]
                .into_iter()
                .filter_map(|length| usize::try_from(length).ok())
                .collect();
            match function {
                Function::Length => {
                    let all = lengths.iter().flat_map(|length| {
                        [
                            "a".repeat(*length),
                            "é".repeat(*length),
                            " ".repeat(*length),
                        ]
                    });
                    if is_text_below(subject) {
                        add(found, name, all.map(Draw::text));
                    }
                }
                Function::OctetLength => {
                    let is_text = is_text_below(subject);
                    for length in lengths {
                        let draw = match is_text {
                            true => Draw::text("a".repeat(length)),
                            false => bytes(&vec![b'a'; length]),
                        };
                        add(found, name, [draw]);
                    }
                }
                Function::Masklen => add(found, name, network::of_lengths(&lengths)),
                Function::Cardinality | Function::ArrayLength => {
                    if let Some(Type::Array(element)) = arguments.first().map(Expr::data_type) {
                        let one = everyday(&element).into_iter().next();
                        let all = one.into_iter().flat_map(|one| {
                            lengths
                                .iter()
                                .map(move |length| array(&vec![one.clone(); *length]))
                                .collect::<Vec<_>>()
                        });
                        add(found, name, all);
                    }
                }
                Function::JsonbArrayLength => {
                    for (name, data_type) in columns(subject) {
                        if data_type == Type::Jsonb {
                            let all = lengths.iter().map(|length| {
                                let elements = vec![serde_json::Value::from(1); *length];
                                document(wrapped(subject, function, elements.into()))
                            });
                            add(found, &name, all);
                        }
                    }
                }
                _ => add(
                    found,
                    name,
                    scalars(
                        literal,
                        &columns(subject)
                            .first()
                            .map_or(Type::Int4, |(_, found)| found.clone()),
                    ),
                ),
            }
        }
        (
            Expr::Call(
                Function::JsonbText | Function::JsonText | Function::JsonbTypeof | Function::Length,
                ..,
            ),
            Literal::Text(text),
        ) => {
            for (name, data_type) in columns(subject) {
                if matches!(data_type, Type::Json | Type::Jsonb) {
                    let value = serde_json::Value::from(text.as_str());
                    add(
                        found,
                        &name,
                        [document(wrapped(subject, &Function::JsonbText, value))],
                    );
                }
            }
        }
        (_, Literal::Text(_)) if is_text_below(subject) => {
            add(found, name, scalars(literal, &Type::Text))
        }
        _ => {
            let below = columns(subject);
            if let [(name, data_type)] = below.as_slice() {
                add(found, name, scalars(literal, data_type));
            }
        }
    }
}
