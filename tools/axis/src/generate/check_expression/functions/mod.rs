//! PostgreSQL's operators and functions, by name and by the types of their arguments.

mod cast;
mod compare;
mod container;
mod number;
mod pattern;
mod range;
mod reason;
mod text;
mod time;

use super::regex::Characters;
pub(super) use cast::{cast_by_text, retyped};
use compare::{comparable, hosted, later};
pub(super) use compare::{elements, is_integer, ordered};
use container::{contains, document_contains, member, path};
use reason::{unknown_function, unknown_operator, unknown_operator_of};
use text::{lower, pattern_match, upper};

use super::tree::{Arithmetic, Comparison, Expr, Function, Literal, Rounding, Side, Type};

/// What a collation says of texts.
#[derive(Clone, Copy)]
pub(super) struct Text<'a> {
    /// Whether equal means equal bytes.
    pub(super) is_deterministic: bool,
    /// Whether order is that of bytes.
    pub(super) is_c: bool,
    /// Case and classes.
    pub(super) characters: Characters<'a>,
    /// The length of a `character(n)` that comes first.
    pub(super) padded: Option<usize>,
}

/// An operator of PostgreSQL's own.
pub(super) fn operator(
    name: &str,
    arguments: Vec<Expr>,
    result: Type,
    text: Text<'_>,
) -> Result<Expr, String> {
    let types: Vec<Type> = arguments.iter().map(Expr::data_type).collect();
    if let (Some(comparison), [Type::Citext, Type::Citext]) =
        (Comparison::from_sql(name), types.as_slice())
    {
        if !matches!(comparison, Comparison::Equal | Comparison::NotEqual) {
            return Err("the order of texts depends on the collation".to_owned());
        }
        // citext lowers both sides by the database's own locale.
        let lowered = arguments
            .into_iter()
            .map(|argument| lower(retyped(argument, Type::Text)?, text))
            .collect::<Result<_, _>>()?;
        return Ok(call(Function::Compare(comparison), lowered, Type::Bool));
    }
    if let (Some(comparison), [left, right]) = (Comparison::from_sql(name), types.as_slice()) {
        if let Some(found) = later(comparison, &arguments)
            .or_else(|| hosted(comparison, &arguments))
            .or_else(|| range::bounds_in_order(comparison, &arguments))
        {
            return Ok(found);
        }
        comparable(comparison, left, right, text)?;
        return Ok(call(Function::Compare(comparison), arguments, Type::Bool));
    }
    let found = number::operator(name, &arguments, &result)
        .or_else(|| time::operator(name, &arguments))
        .or_else(|| range::operator(name, &arguments, &types));
    if let Some(found) = found {
        return found;
    }
    let arithmetic = match name {
        "+" => Some(Arithmetic::Add),
        "-" => Some(Arithmetic::Subtract),
        "*" => Some(Arithmetic::Multiply),
        "/" => Some(Arithmetic::Divide),
        "%" => Some(Arithmetic::Remainder),
        _ => None,
    };
    match (arithmetic, types.as_slice()) {
        (Some(arithmetic), [left, right]) if is_integer(left) && is_integer(right) => {
            return Ok(call(Function::Arithmetic(arithmetic), arguments, result));
        }
        (Some(Arithmetic::Divide), [Type::Numeric, Type::Numeric]) => {
            return Err(
                "how many digits a `numeric` quotient has is not translated yet".to_owned(),
            );
        }
        (Some(arithmetic), [Type::Numeric, Type::Numeric]) => {
            return Ok(call(Function::Arithmetic(arithmetic), arguments, result));
        }
        (Some(Arithmetic::Subtract), [Type::Numeric]) => {
            return Ok(match only(arguments)? {
                Expr::Literal(Literal::Numeric(digits, scale), found) => {
                    Expr::Literal(Literal::Numeric(-digits, scale), found)
                }
                argument => call(Function::Negate, vec![argument], result),
            });
        }
        (Some(Arithmetic::Subtract), [only]) if is_integer(only) => {
            return match <[Expr; 1]>::try_from(arguments) {
                Ok([Expr::Literal(Literal::Int(value), found)]) => {
                    Ok(Expr::Literal(Literal::Int(-value), found))
                }
                Ok([argument]) => Ok(call(Function::Negate, vec![argument], result)),
                Err(arguments) => Err(unknown_operator(name, &arguments)),
            };
        }
        _ => {}
    }
    let is_like = matches!(name, "~~" | "!~~");
    let is_match = matches!(name, "~" | "!~" | "~*" | "!~*");
    if is_like || is_match || matches!(name, "~~*" | "!~~*") {
        let matched = pattern_match(name, arguments, &types, text, is_match)?;
        return Ok(match name.starts_with('!') {
            true => Expr::Not(Box::new(matched)),
            false => matched,
        });
    }
    match (name, types.as_slice()) {
        ("||", [Type::Text, Type::Text]) => Ok(call(Function::Concat, arguments, Type::Text)),
        ("#>" | "#>>", [Type::Jsonb, Type::Array(_)]) => path(name, arguments),
        ("-", [Type::Jsonb, Type::Text | Type::Array(_)]) => container::without(arguments),
        ("@>" | "<@", [Type::Jsonb, Type::Jsonb]) => document_contains(name, arguments),
        ("<<" | "<<=" | ">>" | ">>=", [Type::Inet, Type::Inet]) => {
            let mut arguments = arguments;
            if name.starts_with('>') {
                arguments.reverse();
            }
            let strictly = !name.ends_with('=');
            Ok(call(Function::Within { strictly }, arguments, Type::Bool))
        }
        // Each contains the other, or neither.
        ("&&", [Type::Inet, Type::Inet]) => {
            let within =
                |arguments| call(Function::Within { strictly: false }, arguments, Type::Bool);
            let reversed = arguments.iter().rev().cloned().collect();
            Ok(Expr::Or(vec![within(arguments), within(reversed)]))
        }
        ("^@", [Type::Text, Type::Text]) => function("starts_with", arguments, result, text),
        ("->" | "->>", [Type::Jsonb | Type::Json, Type::Text | Type::Int4]) => {
            member(name, arguments)
        }
        ("?", [Type::Jsonb, Type::Text]) => match <[Expr; 2]>::try_from(arguments) {
            Ok([value, Expr::Literal(Literal::Text(key), _)]) => Ok(call(
                Function::JsonbHasKeys(vec![key], true),
                vec![value],
                Type::Bool,
            )),
            _ => Err(unknown_operator_of(name, &types)),
        },
        ("?|" | "?&", [Type::Jsonb, Type::Array(_)]) => match <[Expr; 2]>::try_from(arguments) {
            Ok([value, Expr::Literal(Literal::Array(keys), _)]) => {
                let keys = keys.into_iter().flatten().filter_map(|key| match key {
                    Literal::Text(key) => Some(key),
                    _ => None,
                });
                let function = Function::JsonbHasKeys(keys.collect(), name == "?&");
                Ok(call(function, vec![value], Type::Bool))
            }
            _ => Err(unknown_operator_of(name, &types)),
        },
        ("<@" | "@>" | "&&", [Type::Array(left), Type::Array(right)]) if left == right => {
            contains(name, arguments, left)
        }
        _ => Err(unknown_operator_of(name, &types)),
    }
}

/// A function of PostgreSQL's own.
pub(super) fn function(
    name: &str,
    arguments: Vec<Expr>,
    result: Type,
    text: Text<'_>,
) -> Result<Expr, String> {
    let types: Vec<Type> = arguments.iter().map(Expr::data_type).collect();
    let refused = || Err(unknown_function(name, &types));
    let constant = |index: usize| match arguments.get(index) {
        Some(Expr::Literal(found, _)) => Some(found.clone()),
        _ => None,
    };
    let found = number::function(name, &arguments, &result)
        .or_else(|| time::function(name, &arguments, &result))
        .or_else(|| range::function(name, &arguments, &result));
    if let Some(found) = found {
        return found;
    }
    match (name, types.as_slice()) {
        ("similar_to_escape", [Type::Text] | [Type::Text, Type::Text]) => {
            return pattern::similar(&arguments);
        }
        ("like_escape", [Type::Text, Type::Text]) => return pattern::like_escaped(&arguments),
        ("regexp_like", [Type::Text, Type::Text] | [Type::Text, Type::Text, Type::Text]) => {
            let operator = pattern::regexp_operator(arguments.get(2))?;
            return pattern_match(operator, arguments, &types, text, true);
        }
        _ => {}
    }
    let simple = match (name, types.as_slice()) {
        (
            "length" | "char_length" | "character_length",
            [Type::Text | Type::Bpchar | Type::Citext],
        ) => Function::Length,
        ("octet_length" | "length", [Type::Bytea]) | ("octet_length", [Type::Text]) => {
            Function::OctetLength
        }
        ("lower", [Type::Text]) => return lower(only(arguments)?, text),
        ("upper", [Type::Text]) => return upper(only(arguments)?, text),
        ("jsonb_typeof", [Type::Jsonb]) | ("json_typeof", [Type::Json]) => Function::JsonbTypeof,
        ("jsonb_array_length", [Type::Jsonb]) | ("json_array_length", [Type::Json]) => {
            Function::JsonbArrayLength
        }
        ("cardinality", [Type::Array(_)]) => Function::Cardinality,
        ("array_ndims", [Type::Array(_)]) => Function::ArrayNdims,
        ("array_length" | "array_upper" | "array_lower", [Type::Array(_), Type::Int4]) => {
            match (constant(1), name) {
                (Some(Literal::Int(1)), "array_lower") => Function::ArrayLower,
                (Some(Literal::Int(1)), _) => Function::ArrayLength,
                (Some(_), _) => return Ok(Expr::Null(Type::Int4)),
                _ => return refused(),
            }
        }
        ("array_position", [Type::Array(_), _]) => {
            return match arguments.get(1) {
                Some(Expr::Null(_)) => {
                    Ok(call(Function::NullPosition, first(arguments)?, Type::Int4))
                }
                Some(Expr::Literal(..)) => Ok(call(Function::PositionOf, arguments, Type::Int4)),
                _ => refused(),
            };
        }
        ("num_nulls" | "num_nonnulls", _) => {
            return Ok(Expr::CountNulls {
                of: arguments,
                nulls: name == "num_nulls",
            });
        }
        ("btrim" | "ltrim" | "rtrim", [Type::Text, ..]) => {
            let side = match name {
                "btrim" => Side::Both,
                "ltrim" => Side::Start,
                _ => Side::End,
            };
            match (types.len(), constant(1)) {
                (1, _) => Function::Trim(side, " ".to_owned()),
                (2, Some(Literal::Text(characters))) => Function::Trim(side, characters),
                _ => return refused(),
            }
        }
        ("starts_with", [Type::Text, Type::Text]) => match constant(1) {
            Some(Literal::Text(start)) => Function::StartsWith(start),
            _ => return Ok(call(Function::StartsWithText, arguments, result)),
        },
        ("strpos" | "position", [Type::Text, Type::Text]) => match constant(1) {
            Some(Literal::Text(part)) => Function::Position(part),
            _ if text.is_deterministic => {
                return Ok(call(Function::TextPosition, arguments, result));
            }
            _ => return refused(),
        },
        ("left", [Type::Text, Type::Int4]) => match constant(1) {
            Some(Literal::Int(count)) if count >= 0 => {
                Function::Left(usize::try_from(count).unwrap_or(usize::MAX))
            }
            _ => return refused(),
        },
        ("right", [Type::Text, Type::Int4]) => match constant(1) {
            Some(Literal::Int(count)) if count >= 0 => {
                Function::Right(usize::try_from(count).unwrap_or(usize::MAX))
            }
            _ => return refused(),
        },
        // NULL is nothing here.
        ("concat", [_, ..]) if types.iter().all(|found| *found == Type::Text) => {
            let nothing = Expr::Literal(Literal::Text(String::new()), Type::Text);
            let parts = arguments.into_iter().map(|part| match part {
                constant @ Expr::Literal(..) => constant,
                part => Expr::Coalesce(vec![part, nothing.clone()], Type::Text),
            });
            let whole =
                parts.reduce(|text, part| call(Function::Concat, vec![text, part], Type::Text));
            return whole.ok_or_else(|| unknown_function(name, &types));
        }
        ("reverse", [Type::Text]) => Function::Reverse,
        (
            "substring" | "substr",
            [Type::Text, Type::Int4] | [Type::Text, Type::Int4, Type::Int4],
        ) => {
            let (from, count) = match (constant(1), constant(2), types.len()) {
                (Some(Literal::Int(from)), Some(Literal::Int(count)), 3) if count >= 0 => {
                    (from, Some(count))
                }
                (Some(Literal::Int(from)), None, 2) => (from, None),
                _ => return refused(),
            };
            let skipped = (from - 1).max(0);
            let size = |count: i64| usize::try_from(count).unwrap_or(0);
            let taken = count.map(|count| size(from - 1 + count - skipped));
            Function::Substring(size(skipped), taken)
        }
        ("split_part", [Type::Text, Type::Text, Type::Int4]) => match (constant(1), constant(2)) {
            (Some(Literal::Text(separator)), Some(Literal::Int(index)))
                if index > 0 && !separator.is_empty() =>
            {
                Function::SplitPart(separator, usize::try_from(index).unwrap_or(usize::MAX))
            }
            _ => return refused(),
        },
        ("host", [Type::Inet]) => Function::Host,
        ("round" | "trunc", [Type::Numeric] | [Type::Numeric, Type::Int4]) => {
            let digits = match (types.len(), constant(1)) {
                (1, _) => 0,
                (_, Some(Literal::Int(digits))) if digits.abs() < 1_000 => digits,
                _ => return refused(),
            };
            Function::Round(
                digits,
                match name {
                    "round" => Rounding::Half,
                    _ => Rounding::Truncated,
                },
            )
        }
        ("floor", [Type::Numeric]) => Function::Round(0, Rounding::Floor),
        ("ceil" | "ceiling", [Type::Numeric]) => Function::Round(0, Rounding::Ceiling),
        ("replace", [Type::Text, Type::Text, Type::Text]) => match (constant(1), constant(2)) {
            (Some(Literal::Text(from)), Some(Literal::Text(to))) if !from.is_empty() => {
                Function::Replace(from, to)
            }
            _ => return refused(),
        },
        ("family", [Type::Inet]) => Function::Family,
        ("masklen", [Type::Inet]) => Function::Masklen,
        ("numeric", [Type::Numeric, Type::Int4]) => {
            return match (constant(0), constant(1)) {
                (Some(Literal::Numeric(digits, scale)), Some(Literal::Int(modifier))) => {
                    cast::held(digits, scale, modifier)
                }
                _ => refused(),
            };
        }
        // The length of a column, to which a default is fitted.
        ("varchar" | "bpchar", [_, Type::Int4, Type::Bool]) => {
            return cast::fitted(only(arguments.clone())?, constant(1), result)
                .ok_or_else(|| unknown_function(name, &types));
        }
        ("text", [Type::Bpchar]) => Function::Widen,
        ("random" | "random_normal" | "gen_random_uuid" | "nextval", _) => {
            return Err(format!("`{name}` gives another value at each call"));
        }
        _ => return refused(),
    };
    Ok(call(simple, first(arguments)?, result))
}

fn only(arguments: Vec<Expr>) -> Result<Expr, String> {
    arguments
        .into_iter()
        .next()
        .ok_or_else(|| "a function has no argument".to_owned())
}

fn first(arguments: Vec<Expr>) -> Result<Vec<Expr>, String> {
    Ok(vec![only(arguments)?])
}

fn call(function: Function, arguments: Vec<Expr>, result: Type) -> Expr {
    Expr::Call(function, arguments, result)
}
