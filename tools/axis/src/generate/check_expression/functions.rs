//! PostgreSQL's operators and functions, by name and by the types of their arguments.

use super::constant::described;
use super::like;
use super::regex::{self, Characters};
use super::tree::{Arithmetic, Comparison, Expr, Function, Literal, Side, Type};

/// What a collation says of texts.
#[derive(Clone, Copy)]
pub(super) struct Text<'a> {
    /// Whether equal means equal bytes.
    pub(super) is_deterministic: bool,
    /// Whether order is that of bytes.
    pub(super) is_c: bool,
    /// Case and classes.
    pub(super) characters: Characters<'a>,
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
        comparable(comparison, left, right, text)?;
        return Ok(call(Function::Compare(comparison), arguments, Type::Bool));
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
        ("->" | "->>", [Type::Jsonb, Type::Text | Type::Int4]) => member(name, arguments),
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

fn comparable(
    comparison: Comparison,
    left: &Type,
    right: &Type,
    text: Text<'_>,
) -> Result<(), String> {
    let is_equality = matches!(comparison, Comparison::Equal | Comparison::NotEqual);
    let refused = || {
        Err(format!(
            "it compares {} with {}",
            described(left),
            described(right)
        ))
    };
    match (left, right) {
        (Type::Text | Type::Bpchar, Type::Text | Type::Bpchar) if left == right => {
            if !text.is_deterministic {
                return Err("its collation takes different texts for equal".to_owned());
            }
            // Blanks at the end count in the order of `character`.
            match is_equality || (text.is_c && *left == Type::Text) {
                true => Ok(()),
                false => Err("the order of texts depends on the collation".to_owned()),
            }
        }
        (Type::Citext, Type::Citext) => match is_equality {
            true => Err("citext's equality is compared by its lowered texts".to_owned()),
            false => Err("the order of texts depends on the collation".to_owned()),
        },
        (left, right) if is_number(left) && is_number(right) => Ok(()),
        (Type::Jsonb, Type::Jsonb) if is_equality => Ok(()),
        (Type::Array(element), Type::Array(other)) if element == other && is_equality => {
            comparable(comparison, element, other, text)
        }
        (Type::Date, Type::Timestamp) | (Type::Timestamp, Type::Date) => Ok(()),
        (
            Type::Bool
            | Type::Bytea
            | Type::Uuid
            | Type::Date
            | Type::Timestamp
            | Type::Timestamptz
            | Type::Time
            | Type::Enum(_),
            _,
        ) if left == right => Ok(()),
        (Type::Inet | Type::Cidr, Type::Inet | Type::Cidr) if is_equality => Ok(()),
        _ => refused(),
    }
}

/// `value op ANY (array)`, where the array is a column.
pub(super) fn elements(
    name: &str,
    is_any: bool,
    value: Expr,
    array: Expr,
    text: Text<'_>,
) -> Result<Expr, String> {
    let Type::Array(element) = array.data_type() else {
        return Err(unknown_operator_of(
            name,
            &[value.data_type(), array.data_type()],
        ));
    };
    let Some(comparison) = Comparison::from_sql(name) else {
        return Err(format!("it asks `{name}` of each element of an array"));
    };
    comparable(comparison, &value.data_type(), &element, text)?;
    Ok(Expr::Elements {
        comparison,
        all: !is_any,
        value: Box::new(value),
        array: Box::new(array),
    })
}

fn pattern_match(
    name: &str,
    arguments: Vec<Expr>,
    types: &[Type],
    text: Text<'_>,
    is_regex: bool,
) -> Result<Expr, String> {
    let (Some(subject), Some(found)) = (types.first(), arguments.get(1)) else {
        return Err(unknown_operator_of(name, types));
    };
    let pattern = match found {
        Expr::Literal(Literal::Text(pattern), _) => pattern.clone(),
        Expr::Null(_) => return Ok(Expr::Null(Type::Bool)),
        _ => return Err("its pattern is not constant".to_owned()),
    };
    let folds = match subject {
        Type::Text => name.ends_with('*'),
        Type::Citext => true,
        Type::Bpchar => {
            return Err("blanks at the end of `character` count in a pattern".to_owned());
        }
        _ => return Err(unknown_operator_of(name, types)),
    };
    if !text.is_deterministic {
        return Err("its collation takes different texts for equal".to_owned());
    }
    let function = match (is_regex, folds) {
        (true, _) => Function::Matches(regex::translate(&pattern, folds, text.characters)?),
        (false, false) => Function::Like(like::parse(&pattern)?),
        (false, true) => {
            // ILIKE lowers both sides.
            let lowered = lower(Expr::Literal(Literal::Text(pattern), Type::Text), text)?;
            let Expr::Literal(Literal::Text(pattern), _) = lowered else {
                return Err("ILIKE is derived for patterns of ASCII only".to_owned());
            };
            let subject = arguments
                .into_iter()
                .next()
                .ok_or_else(|| unknown_operator_of(name, types))?;
            let subject = lower(retyped(subject, Type::Text)?, text)?;
            return Ok(call(
                Function::Like(like::parse(&pattern)?),
                vec![subject],
                Type::Bool,
            ));
        }
    };
    let subject = arguments.into_iter().take(1).collect();
    Ok(call(function, subject, Type::Bool))
}

/// `lower`, of a constant at once where it is ASCII.
fn lower(argument: Expr, text: Text<'_>) -> Result<Expr, String> {
    if let Expr::Literal(Literal::Text(value), found) = &argument
        && value.is_ascii()
    {
        let value = Literal::Text(value.to_ascii_lowercase());
        return Ok(Expr::Literal(value, found.clone()));
    }
    cased(Function::Lower, argument, text)
}

fn cased(function: Function, argument: Expr, text: Text<'_>) -> Result<Expr, String> {
    let function = match text.characters {
        Characters::Unknown => return Err(regex::UNKNOWN_LOCALE.to_owned()),
        Characters::Ascii if function == Function::Lower => Function::LowerAscii,
        Characters::Ascii => Function::UpperAscii,
        Characters::Locale(locale) => {
            if locale.cases.is_none() {
                locale.missing.borrow_mut().insert(regex::CASES);
            } else if !locale.is_simple {
                return Err("ICU's case of a letter depends on its neighbours".to_owned());
            }
            function
        }
    };
    Ok(call(function, vec![argument], Type::Text))
}

fn member(name: &str, arguments: Vec<Expr>) -> Result<Expr, String> {
    let [value, key] =
        <[Expr; 2]>::try_from(arguments).map_err(|found| unknown_operator(name, &found))?;
    let function = match key {
        Expr::Literal(Literal::Text(key), _) => Function::JsonbGet(key),
        Expr::Literal(Literal::Int(index), _) => Function::JsonbGetIndex(index),
        _ => return Err(format!("it asks `{name}` for a key that is not constant")),
    };
    let found = call(function, vec![value], Type::Jsonb);
    Ok(match name {
        "->" => found,
        _ => call(Function::JsonbText, vec![found], Type::Text),
    })
}

fn contains(name: &str, arguments: Vec<Expr>, element: &Type) -> Result<Expr, String> {
    let types: Vec<Type> = arguments.iter().map(Expr::data_type).collect();
    let refused = || unknown_operator_of(name, &types);
    let [left, right] = <[Expr; 2]>::try_from(arguments).map_err(|_| refused())?;
    let (array, constants, is_flipped) = match (left, right) {
        (array, Expr::Literal(Literal::Array(constants), _)) => (array, constants, false),
        (Expr::Literal(Literal::Array(constants), _), array) => (array, constants, true),
        _ => return Err("it compares arrays that are not constant".to_owned()),
    };
    if matches!(
        element,
        Type::Citext | Type::Float4 | Type::Float8 | Type::Jsonb
    ) {
        return Err(refused());
    }
    let has_null = constants.iter().any(Option::is_none);
    let known: Vec<Literal> = constants.into_iter().flatten().collect();
    let function = match (name, is_flipped) {
        ("<@", false) | ("@>", true) => Function::ContainedBy(known),
        ("@>", false) | ("<@", true) if has_null => {
            // No element equals NULL, so it is false unless the array itself is NULL.
            return Err("it asks for NULL within an array".to_owned());
        }
        ("@>", false) | ("<@", true) => Function::Contains(known),
        _ => Function::Overlaps(known),
    };
    Ok(call(function, vec![array], Type::Bool))
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
    let simple = match (name, types.as_slice()) {
        (
            "length" | "char_length" | "character_length",
            [Type::Text | Type::Bpchar | Type::Citext],
        ) => Function::Length,
        ("octet_length" | "length", [Type::Bytea]) | ("octet_length", [Type::Text]) => {
            Function::OctetLength
        }
        ("lower", [Type::Text]) => return lower(only(arguments)?, text),
        ("upper", [Type::Text]) => return cased(Function::Upper, only(arguments)?, text),
        ("jsonb_typeof", [Type::Jsonb]) | ("json_typeof", [Type::Json]) => Function::JsonbTypeof,
        ("jsonb_array_length", [Type::Jsonb]) => Function::JsonbArrayLength,
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
            _ => return refused(),
        },
        ("strpos" | "position", [Type::Text, Type::Text]) => match constant(1) {
            Some(Literal::Text(part)) => Function::Position(part),
            _ => return refused(),
        },
        ("left", [Type::Text, Type::Int4]) => match constant(1) {
            Some(Literal::Int(count)) if count >= 0 => {
                Function::Left(usize::try_from(count).unwrap_or(usize::MAX))
            }
            _ => return refused(),
        },
        ("replace", [Type::Text, Type::Text, Type::Text]) => match (constant(1), constant(2)) {
            (Some(Literal::Text(from)), Some(Literal::Text(to))) if !from.is_empty() => {
                Function::Replace(from, to)
            }
            _ => return refused(),
        },
        ("family", [Type::Inet]) => Function::Family,
        ("masklen", [Type::Inet]) => Function::Masklen,
        ("abs", [only]) if is_integer(only) => Function::Absolute,
        ("int2" | "int4" | "int8" | "numeric" | "float8" | "float4", [from])
            if widens(from, &result) =>
        {
            return retyped(only(arguments)?, result);
        }
        ("float8" | "float4", [Type::Numeric]) => {
            // PostgreSQL reads the digits as a text, too.
            let Some(Literal::Numeric(digits, scale)) = constant(0) else {
                return refused();
            };
            let text = format!("{digits}e{}", -scale);
            let value = match name {
                "float4" => text.parse::<f32>().map(f64::from),
                _ => text.parse::<f64>(),
            };
            let value = value.map_err(|_| unknown_function(name, &types))?;
            return Ok(Expr::Literal(Literal::Float(value.to_bits()), result));
        }
        ("text", [Type::Bpchar]) => Function::Widen,
        ("timestamp", [Type::Date]) => Function::Midnight,
        (
            "now"
            | "clock_timestamp"
            | "statement_timestamp"
            | "transaction_timestamp"
            | "timeofday",
            _,
        ) => {
            return Err("it depends on the clock".to_owned());
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

/// `x::text` and other casts that go through a value's text.
pub(super) fn cast_by_text(argument: Expr, to: Type) -> Result<Expr, String> {
    match (&argument, argument.data_type(), &to) {
        (Expr::Literal(found @ Literal::Text(_), _), Type::Enum(_), Type::Text) => {
            Ok(Expr::Literal(found.clone(), Type::Text))
        }
        (_, Type::Enum(_), Type::Text) => Ok(call(Function::Widen, vec![argument], Type::Text)),
        (_, from, to) => Err(format!(
            "it casts {} to {}",
            described(&from),
            described(to)
        )),
    }
}

/// The same value as one of another type that holds it.
pub(super) fn retyped(argument: Expr, to: Type) -> Result<Expr, String> {
    if argument.data_type() == to {
        return Ok(argument);
    }
    Ok(match argument {
        Expr::Null(_) => Expr::Null(to),
        Expr::Literal(Literal::Int(value), _) if to == Type::Numeric => {
            Expr::Literal(Literal::Numeric(value.into(), 0), to)
        }
        Expr::Literal(Literal::Int(value), _) if matches!(to, Type::Float8 | Type::Float4) => {
            let exact =
                i32::try_from(value).map_err(|_| "a constant is beyond a float".to_owned())?;
            Expr::Literal(Literal::Float(f64::from(exact).to_bits()), to)
        }
        Expr::Literal(found, _) => Expr::Literal(found, to),
        other => call(Function::Widen, vec![other], to),
    })
}

fn widens(from: &Type, to: &Type) -> bool {
    matches!(
        (from, to),
        (Type::Int2, Type::Int4 | Type::Int8)
            | (Type::Int4, Type::Int8)
            | (Type::Int2 | Type::Int4 | Type::Int8, Type::Numeric)
            | (Type::Int2 | Type::Int4, Type::Float8)
            | (Type::Float4, Type::Float8)
    )
}

fn call(function: Function, arguments: Vec<Expr>, result: Type) -> Expr {
    Expr::Call(function, arguments, result)
}

/// Whether it is a whole number.
pub(super) fn is_integer(found: &Type) -> bool {
    matches!(found, Type::Int2 | Type::Int4 | Type::Int8)
}

fn is_number(found: &Type) -> bool {
    is_integer(found)
        || matches!(
            found,
            Type::Float4 | Type::Float8 | Type::Numeric | Type::Oid
        )
}

fn unknown_operator(name: &str, arguments: &[Expr]) -> String {
    let types: Vec<Type> = arguments.iter().map(Expr::data_type).collect();
    unknown_operator_of(name, &types)
}

fn unknown_operator_of(name: &str, types: &[Type]) -> String {
    format!(
        "the operator `{name}` of {} is not translated yet",
        list(types)
    )
}

fn unknown_function(name: &str, types: &[Type]) -> String {
    match types.is_empty() {
        true => format!("the function `{name}` is not translated yet"),
        false => format!(
            "the function `{name}` of {} is not translated yet",
            list(types)
        ),
    }
}

fn list(types: &[Type]) -> String {
    types
        .iter()
        .map(described)
        .collect::<Vec<_>>()
        .join(" and ")
}
