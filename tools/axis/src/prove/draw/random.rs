//! Values drawn by type, beside the lists: they are what a limit that nobody thought of needs to be found.
//!
//! Types of numbers that name what the server holds have none.

mod moment;
mod words;

use fastrand::Rng;
use heck::ToLowerCamelCase;

use super::{Draw, Value, collection, json, network, number, own, shape, text, time};
use crate::generate::catalog::{Catalog, Name, TypeKind};
use moment::{clock, instant, interval, offset, year};
use words::{characters, document, query, vector, words};

/// What values of a type are drawn from.
#[derive(Clone, Debug)]
pub(crate) enum Source {
    /// A type of PostgreSQL's own, or of an extension that the contracts know, with its modifier.
    Base(String, i32),
    /// An enum: its labels.
    Enum(Vec<String>),
    /// An array of such, and what stands between two of them.
    Array(Box<Source>, char),
    /// A range between such.
    Range(Box<Source>),
    /// Ranges between such.
    Multirange(Box<Source>),
    /// A row: members by their wire names.
    Composite(Vec<(String, Source)>),
}

impl Source {
    /// Of a type as the catalog has it. None where there is nothing to draw.
    pub(crate) fn of(catalog: &Catalog, name: &Name, modifier: i32) -> Option<Self> {
        let boxed = |name: &Name, modifier| Self::of(catalog, name, modifier).map(Box::new);
        match &catalog.types.get(name)?.kind {
            TypeKind::Base => {
                let is_known = name.schema == "pg_catalog"
                    || matches!(name.name.as_str(), "citext" | "hstore" | "ltree");
                let source = Self::Base(name.name.clone(), modifier);
                // A type that is not known gives nothing, whatever is drawn.
                (is_known && source.draw(&mut Rng::with_seed(0)).is_some()).then_some(source)
            }
            TypeKind::Enum(labels) => (!labels.is_empty()).then(|| Self::Enum(labels.clone())),
            TypeKind::Domain(domain) => Self::of(catalog, &domain.base, domain.type_modifier),
            TypeKind::Array(element) => {
                let delimiter = catalog.types.get(element)?.delimiter;
                boxed(element, modifier).map(|element| Self::Array(element, delimiter))
            }
            TypeKind::Range(subtype) => boxed(subtype, -1).map(Self::Range),
            TypeKind::Multirange(subtype) => boxed(subtype, -1).map(Self::Multirange),
            TypeKind::Composite(members) => {
                let members = members.iter().map(|member| {
                    let source = Self::of(catalog, &member.type_name, member.type_modifier)?;
                    Some((member.name.to_lower_camel_case(), source))
                });
                members.collect::<Option<_>>().map(Self::Composite)
            }
        }
    }

    /// One value.
    pub(crate) fn draw(&self, rng: &mut Rng) -> Option<Draw> {
        Some(match self {
            Self::Base(name, modifier) => base(name, *modifier, rng)?,
            Self::Enum(labels) => Draw::text(rng.choice(labels)?.clone()),
            Self::Array(element, delimiter) => {
                let elements: Vec<Option<Draw>> = (0..rng.usize(..6))
                    .map(|_| match rng.usize(..9) {
                        0 => None,
                        _ => element.draw(rng),
                    })
                    .collect();
                let elements: Vec<Option<&Draw>> = elements.iter().map(Option::as_ref).collect();
                collection::array(&elements, *delimiter)
            }
            Self::Range(subtype) => range(subtype, rng),
            Self::Multirange(subtype) => {
                let ranges: Vec<Draw> = (0..rng.usize(..4)).map(|_| range(subtype, rng)).collect();
                collection::multirange(&ranges.iter().collect::<Vec<_>>())
            }
            Self::Composite(members) => {
                let row: Vec<Option<Draw>> = members
                    .iter()
                    .map(|(_, source)| match rng.usize(..9) {
                        0 => None,
                        _ => source.draw(rng),
                    })
                    .collect();
                let row: Vec<Option<&Draw>> = row.iter().map(Option::as_ref).collect();
                collection::composite(members, &row)
            }
        })
    }
}

fn range(subtype: &Source, rng: &mut Rng) -> Draw {
    let mut bound = || match rng.usize(..6) {
        0 => None,
        _ => subtype.draw(rng),
    };
    let (lower, upper) = (bound(), bound());
    let kind = ["[)", "(]", "[]", "()"][rng.usize(..4)];
    collection::range(lower.as_ref(), upper.as_ref(), kind)
}

fn base(name: &str, modifier: i32, rng: &mut Rng) -> Option<Draw> {
    Some(match name {
        "int2" => integer(15, rng),
        "int4" => integer(31, rng),
        "int8" => integer(63, rng),
        "oid" => number::integer(i128::from(rng.u64(..) >> rng.u32(31..64))),
        "float4" => {
            let value = finite(|| f32::from_bits(rng.u32(..)), f32::is_finite);
            Draw::new(Value::Float4(value), format!("{value:e}"))
        }
        "float8" => {
            let value = finite(|| f64::from_bits(rng.u64(..)), f64::is_finite);
            Draw::new(Value::Float8(value), format!("{value:e}"))
        }
        "numeric" => numeric(modifier, rng),
        "text" | "citext" => Draw::text(characters(rng.usize(..12), rng)),
        "varchar" | "bpchar" => match usize::try_from(modifier.saturating_sub(4)) {
            // Around the length, where it is not far away.
            Ok(length) if length <= 64 => {
                let mut text = characters(rng.usize(..=length + 2), rng);
                text.push_str(&" ".repeat(rng.usize(..4)));
                Draw::text(text)
            }
            _ => Draw::text(characters(rng.usize(..12), rng)),
        },
        "uuid" => {
            let bits = format!("{:032x}", rng.u128(..));
            let parts = [
                &bits[..8],
                &bits[8..12],
                &bits[12..16],
                &bits[16..20],
                &bits[20..],
            ];
            Draw::text(parts.join("-"))
        }
        "bytea" => {
            let length = rng.usize(..40);
            text::byte_string(&(0..length).map(|_| rng.u8(..)).collect::<Vec<_>>())
        }
        "json" | "jsonb" => json::document(document(3, rng)),
        "timestamptz" => instant(&offset(rng), rng),
        "timestamp" => instant("", rng),
        "date" => time::year(year(rng), |year| {
            format!("{year}-{:02}-{:02}", rng.u8(1..13), rng.u8(1..32))
        }),
        "time" => Draw::text(clock(rng)),
        "timetz" => Draw::text(format!("{}{}", clock(rng), offset(rng))),
        "interval" => Draw::text(interval(rng)),
        "inet" => Draw::text(network::random(rng, false)),
        "cidr" => Draw::text(network::random(rng, true)),
        "bit" | "varbit" => {
            let most = usize::try_from(modifier).unwrap_or(12).min(100);
            let length = match rng.bool() {
                true => most,
                false => rng.usize(..most + 2),
            };
            Draw::text(
                (0..length)
                    .map(|_| if rng.bool() { '1' } else { '0' })
                    .collect::<String>(),
            )
        }
        "money" => {
            let amount = rng.i64(..) >> rng.u32(8..64);
            let sign = if amount < 0 { "-" } else { "" };
            let parts = amount.unsigned_abs();
            Draw::new(
                Value::Int(amount),
                format!("{sign}{}.{:02}", parts / 100, parts % 100),
            )
        }
        "macaddr" => Draw::text(octets(6, rng)),
        "macaddr8" => Draw::text(octets(8, rng)),
        "pg_lsn" => Draw::text(format!("{:X}/{:X}", rng.u32(..), rng.u32(..))),
        "tid" => Draw::text(format!("({},{})", rng.u32(..), rng.u16(..))),
        "hstore" => {
            // Keys are told once: of two, PostgreSQL keeps either.
            let pairs: Vec<(String, Option<String>)> = (0..rng.usize(..4))
                .map(|place| {
                    let value = rng.bool().then(|| characters(rng.usize(..6), rng));
                    (format!("{place}{}", characters(rng.usize(..4), rng)), value)
                })
                .collect();
            let pairs = pairs
                .iter()
                .map(|(key, value)| (key.as_str(), value.as_deref()));
            own::pairs_of(&pairs.collect::<Vec<_>>())
        }
        "ltree" => Draw::text(
            (0..rng.usize(..5))
                .map(|_| words(rng))
                .collect::<Vec<_>>()
                .join("."),
        ),
        "bool" => {
            let value = rng.bool();
            Draw::new(Value::Bool(value), value.to_string())
        }
        "name" => Draw::text(words(rng)),
        "char" => Draw::text(rng.char('\u{1}'..='\u{7f}')),
        "point" | "line" | "lseg" | "box" | "path" | "polygon" | "circle" => {
            shape::random(name, rng)
        }
        "tsvector" => Draw::text(vector(rng)),
        "tsquery" => Draw::text(query(3, rng)),
        "xml" => {
            let name = format!("a{}", words(rng));
            Draw::text(format!("<{name}>{}</{name}>", words(rng)))
        }
        "jsonpath" => {
            let members = (0..rng.usize(..4)).map(|_| format!(".\"{}\"", words(rng)));
            Draw::text(format!("${}", members.collect::<String>()))
        }
        _ => return None,
    })
}

/// Of any size up to a bit beyond what is held.
fn integer(bits: u32, rng: &mut Rng) -> Draw {
    let size = i128::from(rng.u64(..) >> rng.u32(63 - bits..64));
    number::integer(if rng.bool() { size } else { -size })
}

fn finite<T: Copy>(mut draw: impl FnMut() -> T, is_finite: fn(T) -> bool) -> T {
    loop {
        let value = draw();
        if is_finite(value) {
            return value;
        }
    }
}

/// Digits before and after the point, up to two beyond what the modifier leaves.
fn numeric(modifier: i32, rng: &mut Rng) -> Draw {
    let (before, after) = match number::precision_and_scale(modifier) {
        Some((precision, scale)) => (precision - scale, scale),
        None => (30, 30),
    };
    let mut digits = |most: i32| {
        let count = rng.i32(..=most.max(0) + 2);
        (0..count).map(|_| rng.digit(10)).collect::<String>()
    };
    let (whole, fraction) = (digits(before), digits(after));
    // A zero has digits after the point, which Diesel does not send.
    let sign = if rng.bool() { "" } else { "-" };
    let first = rng.u8(1..10);
    Draw::text(match fraction.is_empty() {
        true => format!("{sign}{first}{whole}"),
        false => format!(
            "{sign}{}.{fraction}{first}",
            if whole.is_empty() { "0" } else { &whole }
        ),
    })
}

fn octets(count: usize, rng: &mut Rng) -> String {
    let octets: Vec<String> = (0..count).map(|_| format!("{:02x}", rng.u8(..))).collect();
    octets.join(":")
}

#[cfg(test)]
mod tests {
    use super::*;

    const TYPES: [(&str, i32); 45] = [
        ("int2", -1),
        ("int4", -1),
        ("int8", -1),
        ("oid", -1),
        ("float4", -1),
        ("float8", -1),
        ("numeric", -1),
        // (5, 2)
        ("numeric", 327_686),
        ("text", -1),
        ("citext", -1),
        ("varchar", 9),
        ("bpchar", 7),
        ("uuid", -1),
        ("bytea", -1),
        ("json", -1),
        ("jsonb", -1),
        ("timestamptz", -1),
        ("timestamp", 0),
        ("date", -1),
        ("time", -1),
        ("timetz", -1),
        ("interval", -1),
        ("inet", -1),
        ("cidr", -1),
        ("bit", 7),
        ("money", -1),
        ("macaddr", -1),
        ("macaddr8", -1),
        ("pg_lsn", -1),
        ("tid", -1),
        ("hstore", -1),
        ("ltree", -1),
        ("bool", -1),
        ("name", -1),
        ("char", -1),
        ("point", -1),
        ("line", -1),
        ("lseg", -1),
        ("box", -1),
        ("path", -1),
        ("polygon", -1),
        ("circle", -1),
        ("tsvector", -1),
        ("tsquery", -1),
        ("xml", -1),
    ];

    fn drawn(source: &Source, seed: u64) -> Vec<Draw> {
        let mut rng = Rng::with_seed(seed);
        (0..50).filter_map(|_| source.draw(&mut rng)).collect()
    }

    #[test]
    fn a_seed_says_what_is_drawn() {
        for (name, modifier) in TYPES {
            let base = Source::Base(name.to_owned(), modifier);
            for source in [
                base.clone(),
                Source::Array(Box::new(base.clone()), ','),
                Source::Range(Box::new(base.clone())),
                Source::Multirange(Box::new(base.clone())),
                Source::Composite(vec![("member".to_owned(), base)]),
            ] {
                let first = drawn(&source, 1);
                assert_eq!(first.len(), 50, "{source:?}");
                assert_eq!(first, drawn(&source, 1), "{source:?}");
                assert_ne!(first, drawn(&source, 2), "{source:?}");
                // serde reads each of them, but integers beyond 64 bits.
                let read = first.iter().filter(|draw| draw.value.is_some()).count();
                assert!(read > 15, "{source:?}: {read}");
            }
        }
    }

    #[test]
    fn what_is_not_known_gives_nothing() {
        for name in ["no_such_type", "regclass"] {
            assert!(
                drawn(&Source::Base(name.to_owned(), -1), 1).is_empty(),
                "{name}"
            );
        }
    }
}
