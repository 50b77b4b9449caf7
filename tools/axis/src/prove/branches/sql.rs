//! A tree, or a part of it, as SQL that PostgreSQL evaluates on a row of the table.

use crate::generate::catalog::Name;
use crate::generate::check_expression::{
    Arithmetic, Bitwise, DatePart, Expr, Function, Literal, Part, RangeSide, Rounding, Side, Type,
};

use super::super::subject::quoted;

/// The SQL of an expression. None where a constant of it has no literal here.
pub(super) fn of(expr: &Expr) -> Option<String> {
    let all = |parts: &[Expr]| -> Option<Vec<String>> { parts.iter().map(of).collect() };
    Some(match expr {
        // The column may be of a domain, whose operators are those of what it is over.
        Expr::Column(name, found @ (Type::Enum(_) | Type::Array(_))) => {
            format!("{}::{}", quoted(name), type_name(found))
        }
        Expr::Column(name, _) => quoted(name),
        Expr::Literal(literal, found) => constant(literal, found)?,
        Expr::Null(found) => format!("NULL::{}", type_name(found)),
        Expr::And(parts) => format!("({})", all(parts)?.join(" AND ")),
        Expr::Or(parts) => format!("({})", all(parts)?.join(" OR ")),
        Expr::Not(part) => match part.as_ref() {
            Expr::IsNull(part) => format!("({} IS NOT NULL)", of(part)?),
            part => format!("(NOT {})", of(part)?),
        },
        Expr::IsNull(part) => format!("({} IS NULL)", of(part)?),
        Expr::Is(part, true) => format!("({} IS TRUE)", of(part)?),
        Expr::Is(part, false) => format!("({} IS FALSE)", of(part)?),
        Expr::Distinct(left, right) => {
            format!("({} IS DISTINCT FROM {})", of(left)?, of(right)?)
        }
        Expr::Call(function, parts, found) => call(function, parts, found)?,
        Expr::Elements {
            comparison,
            all,
            value,
            array,
        } => {
            let word = if *all { "ALL" } else { "ANY" };
            let operator = comparison.sql();
            format!("({} {operator} {word} ({}))", of(value)?, of(array)?)
        }
        Expr::Case(branches, otherwise, _) => {
            let mut text = String::from("CASE");
            for (condition, value) in branches {
                text += &format!(" WHEN {} THEN {}", of(condition)?, of(value)?);
            }
            format!("({text} ELSE {} END)", of(otherwise)?)
        }
        Expr::Coalesce(parts, _) => format!("COALESCE({})", all(parts)?.join(", ")),
        Expr::Extreme(parts, is_greatest, _) => {
            let name = if *is_greatest { "GREATEST" } else { "LEAST" };
            format!("{name}({})", all(parts)?.join(", "))
        }
        Expr::CountNulls { of, nulls } => {
            let name = if *nulls { "num_nulls" } else { "num_nonnulls" };
            format!("{name}({})", all(of)?.join(", "))
        }
    })
}

fn call(function: &Function, parts: &[Expr], found: &Type) -> Option<String> {
    let all: Vec<String> = parts.iter().map(of).collect::<Option<_>>()?;
    let first = all.first().cloned().unwrap_or_default();
    let named = |name: &str| Some(format!("{name}({})", all.join(", ")));
    let infix = |operator: &str| Some(format!("({})", all.join(&format!(" {operator} "))));
    let with = |name: &str, more: &str| Some(format!("{name}({first}, {more})"));
    let element = || match parts.first().map(Expr::data_type) {
        Some(Type::Array(element)) => type_name(&element),
        _ => "text".to_owned(),
    };
    let constants = |constants: &[Literal]| -> Option<String> {
        let Some(Type::Array(found)) = parts.first().map(Expr::data_type) else {
            return None;
        };
        let elements = constants.iter().map(|literal| constant(literal, &found));
        let elements: Vec<String> = elements.collect::<Option<_>>()?;
        Some(format!("ARRAY[{}]::{}[]", elements.join(", "), element()))
    };
    match function {
        Function::Compare(comparison) => {
            // The order of texts is derived in the collation C alone.
            let is_order = !matches!(comparison.sql(), "=" | "<>");
            let is_text = parts.iter().all(|part| part.data_type() == Type::Text);
            match is_order && is_text {
                true => infix(&format!("COLLATE \"C\" {}", comparison.sql())),
                false => infix(comparison.sql()),
            }
        }
        Function::Between => match all.as_slice() {
            [value, low, high] => Some(format!("({value} BETWEEN {low} AND {high})")),
            _ => None,
        },
        Function::In => {
            let (value, constants) = all.split_first()?;
            Some(format!("({value} IN ({}))", constants.join(", ")))
        }
        Function::Length => named("length"),
        Function::OctetLength => named("octet_length"),
        Function::Lower => named("lower"),
        Function::Upper => named("upper"),
        Function::LowerAscii => Some(format!("lower({first} COLLATE \"C\")")),
        Function::UpperAscii => Some(format!("upper({first} COLLATE \"C\")")),
        Function::Trim(side, characters) => {
            let name = match side {
                Side::Both => "btrim",
                Side::Start => "ltrim",
                Side::End => "rtrim",
            };
            with(name, &text(characters))
        }
        Function::Concat => infix("||"),
        Function::Replace(from, to) => with("replace", &format!("{}, {}", text(from), text(to))),
        Function::Left(count) => with("left", &count.min(&LARGEST).to_string()),
        Function::Right(count) => with("right", &count.min(&LARGEST).to_string()),
        Function::Position(part) => with("strpos", &text(part)),
        Function::StartsWith(start) => with("starts_with", &text(start)),
        Function::Matches(pattern) => {
            let operator = if pattern.folds { "~*" } else { "~" };
            Some(format!("({first} {operator} {})", text(&pattern.source)))
        }
        Function::Like(parts) => {
            let pattern: String = parts.iter().map(part).collect();
            Some(format!("({first} LIKE {})", text(&pattern)))
        }
        Function::JsonbTypeof => match parts.first().map(Expr::data_type) {
            Some(Type::Json) => named("json_typeof"),
            _ => named("jsonb_typeof"),
        },
        // The member may be of a domain, whose operators are those of what it is over.
        Function::Member(name) => match found {
            Type::Enum(_) | Type::Array(_) => {
                Some(format!("({first}).{}::{}", quoted(name), type_name(found)))
            }
            _ => Some(format!("({first}).{}", quoted(name))),
        },
        Function::JsonbGet(key) => Some(format!("({first} -> {})", text(key))),
        Function::JsonbGetIndex(index) => Some(format!("({first} -> {index})")),
        Function::JsonbText => Some(format!("({first} #>> '{{}}'::text[])")),
        Function::JsonbHasKeys(keys, all) => {
            let operator = if *all { "?&" } else { "?|" };
            Some(format!("({first} {operator} {})", texts(keys)))
        }
        Function::JsonbArrayLength => match parts.first().map(Expr::data_type) {
            Some(Type::Json) => named("json_array_length"),
            _ => named("jsonb_array_length"),
        },
        Function::ArrayLength => with("array_length", "1"),
        Function::ArrayNdims => named("array_ndims"),
        Function::ArrayLower => with("array_lower", "1"),
        Function::Cardinality => named("cardinality"),
        Function::NullPosition => with("array_position", &format!("NULL::{}", element())),
        Function::PositionOf => named("array_position"),
        Function::ContainedBy(known) => Some(format!("({first} <@ {})", constants(known)?)),
        Function::Contains(known) => Some(format!("({first} @> {})", constants(known)?)),
        Function::Overlaps(known) => Some(format!("({first} && {})", constants(known)?)),
        Function::Family => named("family"),
        Function::Masklen => named("masklen"),
        Function::Arithmetic(arithmetic) => infix(match arithmetic {
            Arithmetic::Add => "+",
            Arithmetic::Subtract => "-",
            Arithmetic::Multiply => "*",
            Arithmetic::Divide => "/",
            Arithmetic::Remainder => "%",
        }),
        Function::Negate => Some(format!("(- {first})")),
        Function::Absolute => named("abs"),
        Function::Widen => Some(format!("({first})::{}", type_name(found))),
        Function::Midnight => Some(format!("({first})::timestamp")),
        Function::Day => Some(format!("({first})::date")),
        Function::DatePart(part) => {
            let part = match part {
                DatePart::Year => "year",
                DatePart::Quarter => "quarter",
                DatePart::Month => "month",
                DatePart::Week => "week",
                DatePart::Day => "day",
                DatePart::DayOfYear => "doy",
                DatePart::DayOfWeek => "dow",
                DatePart::IsoDayOfWeek => "isodow",
                DatePart::Hour => "hour",
                DatePart::Minute => "minute",
                DatePart::Second => "second",
            };
            Some(format!(
                "extract({part} FROM {first})::{}",
                type_name(found)
            ))
        }
        Function::DaysBetween | Function::Elapsed => infix("-"),
        Function::Later(by) => {
            let of = match by {
                Literal::Int(_) => Type::Int4,
                _ => Type::Interval,
            };
            Some(format!("({first} + {})", constant(by, &of)?))
        }
        Function::Host => named("host"),
        Function::IsHost(address) => {
            Some(format!("(host({first}) = {})", text(&address.to_string())))
        }
        Function::Round(digits, how) => match how {
            Rounding::Half if *found == Type::Float8 => named("round"),
            Rounding::Truncated if *found == Type::Float8 => named("trunc"),
            Rounding::Half => with("round", &digits.to_string()),
            Rounding::Truncated => with("trunc", &digits.to_string()),
            Rounding::Floor => named("floor"),
            Rounding::Ceiling => named("ceil"),
        },
        Function::Reverse => named("reverse"),
        Function::Substring(skipped, taken) => {
            let from = skipped + 1;
            match taken {
                Some(taken) => with("substr", &format!("{from}, {taken}")),
                None => with("substr", &from.to_string()),
            }
        }
        Function::SplitPart(separator, index) => {
            let index = index.min(&LARGEST);
            with("split_part", &format!("{}, {index}", text(separator)))
        }
        Function::Padded(length) => Some(format!("rpad(({first})::text, {length})")),
        Function::Digits | Function::JsonbWritten => Some(format!("({first})::text")),
        Function::JsonbPath(keys) => Some(format!("({first} #> {})", texts(keys))),
        Function::JsonbContains(document) => {
            Some(format!("({first} @> {}::jsonb)", text(document)))
        }
        Function::ArrayElement(index) => Some(format!("({first})[{index}]")),
        Function::StartsWithText => named("starts_with"),
        Function::TextPosition => named("strpos"),
        Function::Bits(operation) => match operation {
            Bitwise::And => infix("&"),
            Bitwise::Or => infix("|"),
            Bitwise::Xor => infix("#"),
            Bitwise::Left(places) => Some(format!("({first} << {places})")),
            Bitwise::Right(places) => Some(format!("({first} >> {places})")),
        },
        Function::Complement => Some(format!("(~ {first})")),
        Function::Narrow => Some(format!("({first})::{}", type_name(found))),
        Function::Moved { back } | Function::DateMoved { back } => {
            infix(if *back { "-" } else { "+" })
        }
        Function::Epoch => Some(format!("extract(epoch FROM {first})")),
        Function::TimesBetween => infix("-"),
        Function::InUtc | Function::FromUtc => Some(format!("({first} AT TIME ZONE 'UTC')")),
        Function::Truncated(unit) => Some(format!("date_trunc({}, {first})", text(unit))),
        Function::TimeOfDay => Some(format!("({first})::time")),
        Function::JsonbWithout(keys) => Some(format!("({first} - {})", texts(keys))),
        Function::JsonParsed => Some(first),
        Function::JsonText => Some(format!("({first} #>> '{{}}'::text[])")),
        Function::RangeBound(RangeSide::Lower) => named("lower"),
        Function::RangeBound(RangeSide::Upper) => named("upper"),
        Function::RangeIncludes(RangeSide::Lower) => named("lower_inc"),
        Function::RangeIncludes(RangeSide::Upper) => named("upper_inc"),
        Function::RangeIsEndless(RangeSide::Lower) => named("lower_inf"),
        Function::RangeIsEndless(RangeSide::Upper) => named("upper_inf"),
        Function::RangeIsEmpty => named("isempty"),
        Function::RangeHolds | Function::RangeContains => infix("@>"),
        Function::RangesOverlap => infix("&&"),
        Function::Within { strictly: true } => infix("<<"),
        Function::Within { strictly: false } => infix("<<="),
    }
}

/// The largest number of characters that a function takes.
const LARGEST: usize = 2_147_483_647;

fn part(part: &Part) -> String {
    match part {
        Part::Text(text) => text
            .chars()
            .flat_map(|letter| {
                let escapes = matches!(letter, '%' | '_' | '\\');
                escapes.then_some('\\').into_iter().chain([letter])
            })
            .collect(),
        Part::One => "_".to_owned(),
        Part::Many => "%".to_owned(),
    }
}

fn text(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

fn texts(texts: &[String]) -> String {
    let all: Vec<String> = texts.iter().map(|found| text(found)).collect();
    format!("ARRAY[{}]::text[]", all.join(", "))
}

fn constant(literal: &Literal, found: &Type) -> Option<String> {
    let name = type_name(found);
    let typed = |value: &str| format!("{}::{name}", text(value));
    Some(match literal {
        Literal::Bool(value) => value.to_string(),
        Literal::Int(value) if matches!(found, Type::Int4) => match value {
            0.. => value.to_string(),
            _ => format!("({value})"),
        },
        Literal::Int(value) => typed(&value.to_string()),
        Literal::Float(bits) => typed(&match f64::from_bits(*bits) {
            value if value.is_nan() => "NaN".to_owned(),
            value if value.is_infinite() && value > 0.0 => "Infinity".to_owned(),
            value if value.is_infinite() => "-Infinity".to_owned(),
            value => format!("{value:e}"),
        }),
        Literal::Numeric(digits, scale) => typed(&format!("{digits}e{}", -scale)),
        Literal::Text(value) if *found == Type::Text => text(value),
        Literal::Text(value) | Literal::Json(value) => typed(value),
        Literal::Bytes(bytes) => {
            let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            match found {
                Type::Uuid => typed(&digits),
                _ => typed(&format!("\\x{digits}")),
            }
        }
        Literal::Date(days) => format!("('2000-01-01'::date + ({days}))"),
        Literal::Microseconds(count) => {
            let start = match found {
                Type::Time => "00:00:00",
                Type::Timestamptz => "2000-01-01 00:00:00+00",
                _ => "2000-01-01 00:00:00",
            };
            format!("({} + '{count} microseconds'::interval)", typed(start))
        }
        Literal::Inet(address, length) => typed(&format!("{address}/{length}")),
        Literal::Interval(months, days, rest) => {
            typed(&format!("{months} months {days} days {rest} microseconds"))
        }
        Literal::Infinity if *found == Type::Numeric => typed("NaN"),
        Literal::Infinity => typed("infinity"),
        Literal::NegativeInfinity => typed("-infinity"),
        Literal::Range(ends) => {
            let Type::Range(bound) = found else {
                return None;
            };
            let Some(ends) = ends else {
                return Some(typed("empty"));
            };
            let value = |end: &Option<(Literal, bool)>| match end {
                Some((value, _)) => constant(value, bound),
                None => Some("NULL".to_owned()),
            };
            let is_included = |end: &Option<(Literal, bool)>| end.as_ref().is_some_and(|end| end.1);
            let kind = match (is_included(&ends.0), is_included(&ends.1)) {
                (true, true) => "[]",
                (true, false) => "[)",
                (false, true) => "(]",
                (false, false) => "()",
            };
            format!("{name}({}, {}, '{kind}')", value(&ends.0)?, value(&ends.1)?)
        }
        Literal::Array(elements) => {
            let Type::Array(element) = found else {
                return None;
            };
            let elements = elements.iter().map(|found| match found {
                Some(found) => constant(found, element),
                None => Some("NULL".to_owned()),
            });
            let elements: Vec<String> = elements.collect::<Option<_>>()?;
            format!("ARRAY[{}]::{name}", elements.join(", "))
        }
    })
}

fn type_name(found: &Type) -> String {
    match found {
        Type::Bool => "bool".to_owned(),
        Type::Int2 => "int2".to_owned(),
        Type::Int4 => "int4".to_owned(),
        Type::Int8 => "int8".to_owned(),
        Type::Float4 => "float4".to_owned(),
        Type::Float8 => "float8".to_owned(),
        Type::Numeric => "numeric".to_owned(),
        Type::Text => "text".to_owned(),
        Type::Bpchar => "bpchar".to_owned(),
        Type::Citext => "citext".to_owned(),
        Type::Bytea => "bytea".to_owned(),
        Type::Uuid => "uuid".to_owned(),
        Type::Date => "date".to_owned(),
        Type::Timestamp => "timestamp".to_owned(),
        Type::Timestamptz => "timestamptz".to_owned(),
        Type::Time => "time".to_owned(),
        Type::Json => "json".to_owned(),
        Type::Jsonb => "jsonb".to_owned(),
        Type::Inet => "inet".to_owned(),
        Type::Cidr => "cidr".to_owned(),
        Type::Oid => "oid".to_owned(),
        Type::Interval => "interval".to_owned(),
        Type::Enum(Name { schema, name }) | Type::Other(Name { schema, name }) => {
            format!("{}.{}", quoted(schema), quoted(name))
        }
        Type::Array(element) => format!("{}[]", type_name(element)),
        Type::Range(bound) => match bound.as_ref() {
            Type::Int4 => "int4range",
            Type::Int8 => "int8range",
            Type::Numeric => "numrange",
            Type::Date => "daterange",
            Type::Timestamp => "tsrange",
            _ => "tstzrange",
        }
        .to_owned(),
    }
}
