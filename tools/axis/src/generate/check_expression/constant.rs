//! Constants, from the bytes that the server holds them in.

use std::collections::HashMap;

use super::tree::{Literal, Type};

/// Reads a constant of a type. `by_value`: the bytes are a machine word. The throw-away server is this machine's.
pub(super) fn literal(
    bytes: &[u8],
    by_value: bool,
    data_type: &Type,
    labels: &HashMap<u32, String>,
) -> Result<Literal, String> {
    let reader = Reader { labels };
    let found = match data_type {
        Type::Array(element) => reader.array(bytes, element),
        Type::Range(bound) => reader.range(bytes, bound),
        Type::Jsonb => variable(bytes)
            .and_then(|(bytes, _)| super::jsonb::document(bytes))
            .map(|document| Literal::Json(document.to_string())),
        _ if by_value => {
            word(bytes).and_then(|value| reader.scalar(&value.to_le_bytes(), data_type))
        }
        _ if is_variable(data_type) => {
            variable(bytes).and_then(|(bytes, _)| reader.scalar(bytes, data_type))
        }
        _ => reader.scalar(bytes, data_type),
    };
    found.ok_or_else(|| format!("a constant of {} is not understood", described(data_type)))
}

/// How a reason names a type.
pub(super) fn described(data_type: &Type) -> String {
    match data_type {
        Type::Other(name) | Type::Enum(name) if name.schema == "pg_catalog" => {
            format!("the type `{}`", name.name)
        }
        Type::Other(name) | Type::Enum(name) => format!("the type `{name}`"),
        Type::Array(element) => format!("an array of {}", described(element)),
        Type::Range(bound) => {
            let name = match bound.as_ref() {
                Type::Int4 => "int4range",
                Type::Int8 => "int8range",
                Type::Numeric => "numrange",
                Type::Date => "daterange",
                Type::Timestamp => "tsrange",
                _ => "tstzrange",
            };
            format!("the type `{name}`")
        }
        other => format!("the type `{}`", format!("{other:?}").to_lowercase()),
    }
}

struct Reader<'a> {
    labels: &'a HashMap<u32, String>,
}

impl Reader<'_> {
    fn scalar(&self, bytes: &[u8], data_type: &Type) -> Option<Literal> {
        Some(match data_type {
            Type::Bool => Literal::Bool(*bytes.first()? != 0),
            Type::Int2 => Literal::Int(i16::from_le_bytes(fixed(bytes)?).into()),
            Type::Int4 => Literal::Int(i32::from_le_bytes(fixed(bytes)?).into()),
            Type::Int8 => Literal::Int(i64::from_le_bytes(fixed(bytes)?)),
            Type::Oid => Literal::Int(u32::from_le_bytes(fixed(bytes)?).into()),
            Type::Float4 => Literal::Float(f64::from(f32::from_le_bytes(fixed(bytes)?)).to_bits()),
            Type::Float8 => Literal::Float(u64::from_le_bytes(fixed(bytes)?)),
            Type::Numeric => numeric(bytes)?,
            Type::Text | Type::Citext => Literal::Text(std::str::from_utf8(bytes).ok()?.to_owned()),
            Type::Bpchar => Literal::Text(
                std::str::from_utf8(bytes)
                    .ok()?
                    .trim_end_matches(' ')
                    .to_owned(),
            ),
            Type::Bytea | Type::Uuid => Literal::Bytes(bytes.to_vec()),
            Type::Date => match i32::from_le_bytes(fixed(bytes)?) {
                i32::MAX => Literal::Infinity,
                i32::MIN => Literal::NegativeInfinity,
                days => Literal::Date(days),
            },
            Type::Timestamp | Type::Timestamptz => match i64::from_le_bytes(fixed(bytes)?) {
                i64::MAX => Literal::Infinity,
                i64::MIN => Literal::NegativeInfinity,
                microseconds => Literal::Microseconds(microseconds),
            },
            Type::Time => Literal::Microseconds(i64::from_le_bytes(fixed(bytes)?)),
            Type::Json => Literal::Json(std::str::from_utf8(bytes).ok()?.to_owned()),
            Type::Inet | Type::Cidr => {
                let address = match (bytes.first()?, bytes.len()) {
                    (2, 6) => std::net::IpAddr::from(fixed::<4>(bytes.get(2..)?)?),
                    (3, 18) => std::net::IpAddr::from(fixed::<16>(bytes.get(2..)?)?),
                    _ => return None,
                };
                Literal::Inet(address, *bytes.get(1)?)
            }
            Type::Interval => Literal::Interval(
                i32::from_le_bytes(fixed(bytes.get(12..)?)?),
                i32::from_le_bytes(fixed(bytes.get(8..)?)?),
                i64::from_le_bytes(fixed(bytes)?),
            ),
            Type::Enum(_) => {
                let number = u32::from_le_bytes(fixed(bytes)?);
                Literal::Text(self.labels.get(&number)?.clone())
            }
            _ => return None,
        })
    }

    /// Length, type, the bounds that there are, and flags that say which.
    fn range(&self, bytes: &[u8], bound: &Type) -> Option<Literal> {
        const EMPTY: u8 = 0x01;
        const LOWER_INCLUDED: u8 = 0x02;
        const UPPER_INCLUDED: u8 = 0x04;
        const LOWER_ENDLESS: u8 = 0x08;
        const UPPER_ENDLESS: u8 = 0x10;
        let (&flags, rest) = bytes.split_last()?;
        if flags & EMPTY != 0 {
            return Some(Literal::Range(None));
        }
        let mut at = 8;
        let mut end = |endless: u8, included: u8| -> Option<super::tree::RangeEnd> {
            if flags & endless != 0 {
                return Some(None);
            }
            let value = match is_variable(bound) {
                true => {
                    if rest.get(at)? & 1 == 0 {
                        at = at.next_multiple_of(4);
                    }
                    let (value, used) = variable(rest.get(at..)?)?;
                    at += used;
                    value
                }
                false => {
                    let (length, alignment) = size(bound)?;
                    at = at.next_multiple_of(alignment);
                    let value = rest.get(at..at + length)?;
                    at += length;
                    value
                }
            };
            Some(Some((self.scalar(value, bound)?, flags & included != 0)))
        };
        let lower = end(LOWER_ENDLESS, LOWER_INCLUDED)?;
        let upper = end(UPPER_ENDLESS, UPPER_INCLUDED)?;
        Some(Literal::Range(Some(Box::new((lower, upper)))))
    }

    /// Length, dimensions, offset of the data where there are NULLs, type, then lengths and lower bounds, and the data.
    fn array(&self, bytes: &[u8], element: &Type) -> Option<Literal> {
        let integer = |at: usize| Some(i32::from_le_bytes(fixed(bytes.get(at..)?)?));
        let (dimensions, offset) = (integer(4)?, usize::try_from(integer(8)?).ok()?);
        if dimensions == 0 {
            return Some(Literal::Array(Vec::new()));
        }
        if dimensions != 1 {
            return None;
        }
        // One that does not begin at 1 equals none of Rust's.
        (integer(20)? == 1).then_some(())?;
        let length = usize::try_from(integer(16)?).ok()?;
        let is_present = |index: usize| {
            Some(offset == 0 || bytes.get(24 + index / 8)? & (1 << (index % 8)) != 0)
        };
        let mut at = if offset == 0 { 24 } else { offset };
        let mut elements = Vec::new();
        for index in 0..length {
            if !is_present(index)? {
                elements.push(None);
                continue;
            }
            let rest = if is_variable(element) {
                // A short one is not aligned, and is told by its first bit.
                if bytes.get(at)? & 1 == 0 {
                    at = at.next_multiple_of(4);
                }
                let (value, used) = variable(bytes.get(at..)?)?;
                at += used;
                value
            } else {
                let (length, alignment) = size(element)?;
                at = at.next_multiple_of(alignment);
                let value = bytes.get(at..at + length)?;
                at += length;
                value
            };
            elements.push(Some(self.scalar(rest, element)?));
        }
        Some(Literal::Array(elements))
    }
}

/// The content of a value of variable length, and how many bytes it takes with its length.
pub(super) fn variable(bytes: &[u8]) -> Option<(&[u8], usize)> {
    let first = *bytes.first()?;
    if first & 1 == 1 {
        let length = usize::from(first >> 1);
        return Some((bytes.get(1..length)?, length));
    }
    let header = u32::from_le_bytes(fixed(bytes)?);
    let length = usize::try_from(header >> 2).ok()?;
    // Compressed ones have another second bit.
    (header & 2 == 0).then_some(())?;
    Some((bytes.get(4..length)?, length))
}

fn is_variable(data_type: &Type) -> bool {
    matches!(
        data_type,
        Type::Json
            | Type::Numeric
            | Type::Text
            | Type::Citext
            | Type::Bpchar
            | Type::Bytea
            | Type::Inet
            | Type::Cidr
    )
}

fn size(data_type: &Type) -> Option<(usize, usize)> {
    Some(match data_type {
        Type::Bool => (1, 1),
        Type::Int2 => (2, 2),
        Type::Int4 | Type::Float4 | Type::Date | Type::Oid | Type::Enum(_) => (4, 4),
        Type::Int8 | Type::Float8 | Type::Timestamp | Type::Timestamptz | Type::Time => (8, 8),
        Type::Uuid => (16, 1),
        _ => return None,
    })
}

fn word(bytes: &[u8]) -> Option<u64> {
    Some(u64::from_le_bytes(fixed(bytes)?))
}

fn fixed<const N: usize>(bytes: &[u8]) -> Option<[u8; N]> {
    bytes.get(..N)?.try_into().ok()
}

/// Sign, weight of the first digit and digits of base 10,000.
pub(super) fn numeric(bytes: &[u8]) -> Option<Literal> {
    let unit = |index: usize| Some(u16::from_le_bytes(fixed(bytes.get(index * 2..)?)?));
    let header = unit(0)?;
    let (is_negative, weight, first) = match header & 0xC000 {
        // NaN is greater than every number.
        0xC000 if header == 0xF000 => return Some(Literal::NegativeInfinity),
        0xC000 => return Some(Literal::Infinity),
        0x8000 => {
            let weight = i64::from(header & 0x3F) - if header & 0x40 != 0 { 64 } else { 0 };
            (header & 0x2000 != 0, weight, 1)
        }
        sign => (
            sign == 0x4000,
            i64::from(i16::from_le_bytes(unit(1)?.to_le_bytes())),
            2,
        ),
    };
    let mut digits: i128 = 0;
    let count = bytes.len() / 2 - first;
    for index in 0..count {
        digits = digits
            .checked_mul(10_000)?
            .checked_add(unit(first + index)?.into())?;
    }
    if digits == 0 {
        return Some(Literal::Numeric(0, 0));
    }
    let mut scale = 4 * (i64::try_from(count).ok()? - 1 - weight);
    while scale > 0 && digits % 10 == 0 {
        digits /= 10;
        scale -= 1;
    }
    while scale < 0 {
        digits = digits.checked_mul(10)?;
        scale += 1;
    }
    Some(Literal::Numeric(
        if is_negative { -digits } else { digits },
        scale,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8], by_value: bool, data_type: &Type) -> Option<Literal> {
        let labels = HashMap::from([(16_400, "a b".to_owned())]);
        literal(bytes, by_value, data_type, &labels).ok()
    }

    /// The bytes are those that PostgreSQL 15 prints in `pg_node_tree`.
    #[test]
    fn constants_are_read() {
        let word = |value: i64| value.to_le_bytes();
        assert_eq!(read(&word(1), true, &Type::Bool), Some(Literal::Bool(true)));
        assert_eq!(
            read(&word(1901), true, &Type::Int4),
            Some(Literal::Int(1901))
        );
        assert_eq!(read(&word(-7), true, &Type::Int2), Some(Literal::Int(-7)));
        let label = read(
            &word(16_400),
            true,
            &Type::Enum(super::super::super::catalog::Name::new("a", "b")),
        );
        assert_eq!(label, Some(Literal::Text("a b".to_owned())));
        assert_eq!(
            read(&word(i64::MAX), true, &Type::Timestamptz),
            Some(Literal::Infinity)
        );
        let text = [20, 0, 0, 0, b'x'];
        assert_eq!(
            read(&text, false, &Type::Text),
            Some(Literal::Text("x".to_owned()))
        );
        // -12.5
        let numeric = [40, 0, 0, 0, 0x80, 0xA0, 12, 0, 0x88, 0x13];
        assert_eq!(
            read(&numeric, false, &Type::Numeric),
            Some(Literal::Numeric(-125, 1))
        );
        // '{1,2}' of integers and of numerics.
        let integers = [
            128, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 23, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0,
            2, 0, 0, 0,
        ];
        let found = read(&integers, false, &Type::Array(Box::new(Type::Int4)));
        assert_eq!(
            found,
            Some(Literal::Array(vec![
                Some(Literal::Int(1)),
                Some(Literal::Int(2))
            ]))
        );
        let numerics = [
            160, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 164, 6, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 32, 0, 0,
            0, 0, 0x80, 1, 0, 32, 0, 0, 0, 0, 0x80, 2, 0,
        ];
        let found = read(&numerics, false, &Type::Array(Box::new(Type::Numeric)));
        let expected = [1, 2].map(|value| Some(Literal::Numeric(value, 0)));
        assert_eq!(found, Some(Literal::Array(expected.to_vec())));
    }

    #[test]
    fn what_is_cut_short_is_refused() {
        assert_eq!(read(&[1], true, &Type::Int4), None);
        assert_eq!(read(&[40, 0, 0, 0, 0x80], false, &Type::Numeric), None);
        assert_eq!(
            read(
                &[128, 0, 0, 0, 1, 0],
                false,
                &Type::Array(Box::new(Type::Int4))
            ),
            None
        );
    }
}
