//! The values that are tried: at, beside and beyond the limits of each type, as the catalog names it.
//!
//! A type is an arm of [`base`] and a list in one of the files here. The first value of a list is an everyday one. What
//! a contract makes of a column is not looked at.

mod collection;
mod json;
mod network;
mod number;
mod own;
mod random;
mod shape;
mod text;
mod time;

pub(crate) use collection::{composite, range, ranges};
use std::sync::Arc;

pub(crate) use number::precision_and_scale;
pub(crate) use random::Source;

use heck::ToLowerCamelCase;

use super::judge::Value;
use crate::generate::catalog::{Catalog, Name, TypeKind};

/// A value to try.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Draw {
    /// As serde reads it. None where there is no form that the Rust types are read from; then only PostgreSQL is asked,
    /// and what it stores is read back.
    pub(crate) value: Option<Value>,
    /// As PostgreSQL's input function reads it, meaning the same. None where it cannot mean the same: PostgreSQL rounds
    /// nanoseconds, which no driver sends.
    pub(crate) literal: Option<String>,
    /// Whether it is one of those that a Rust type may lack, if coverage.md says so: infinities, further dimensions.
    pub(crate) is_extreme: bool,
    /// Whether the server alone decides it, if coverage.md says so of its type: by its parser, its locale or its version.
    pub(crate) is_left: bool,
    /// Whether it stands in no row but its own, because it takes much time or memory: hundreds of texts of megabytes would not
    /// fit, and Diesel takes half a second for a number of 131,072 digits.
    pub(crate) is_costly: bool,
}

/// A literal of more bytes makes a value costly.
const COSTLY: usize = 100_000;

impl Draw {
    /// A value that both read, in two forms.
    pub(crate) fn new(value: Value, literal: impl Into<String>) -> Self {
        Self::of(Some(value), Some(literal.into()))
    }

    fn of(value: Option<Value>, literal: Option<String>) -> Self {
        Self {
            is_costly: literal
                .as_ref()
                .is_some_and(|literal| literal.len() > COSTLY),
            value,
            literal,
            is_extreme: false,
            is_left: false,
        }
    }

    /// A value that is made of others, and is what one of them is.
    fn made_of<'a>(
        parts: impl IntoIterator<Item = &'a Self>,
        value: Option<Value>,
        literal: Option<String>,
    ) -> Self {
        let mut made = Self::of(value, literal);
        for part in parts {
            made.is_extreme |= part.is_extreme;
            made.is_left |= part.is_left;
            made.is_costly |= part.is_costly;
        }
        made
    }

    /// A text that both read.
    pub(crate) fn text(text: impl Into<String>) -> Self {
        let text = text.into();
        Self::new(Value::Text(text.clone()), text)
    }

    /// A value that only the contract reads.
    pub(crate) fn unwritten(value: Value) -> Self {
        Self::of(Some(value), None)
    }

    /// How many bytes it takes in a question, roughly.
    pub(crate) fn size(&self) -> usize {
        self.literal.as_ref().map_or(0, String::len)
    }

    /// A literal that only PostgreSQL reads.
    fn literal(literal: impl Into<String>) -> Self {
        Self::of(None, Some(literal.into()))
    }

    /// A value that the server alone decides.
    fn left(self) -> Self {
        Self {
            is_left: true,
            ..self
        }
    }

    /// A value that takes much time or memory.
    fn costly(self) -> Self {
        Self {
            is_costly: true,
            ..self
        }
    }

    /// A value that a Rust type may lack.
    fn extreme(self) -> Self {
        Self {
            is_extreme: true,
            ..self
        }
    }
}

/// The values to try for a type, an everyday one first. None where nothing is known of the type.
pub(crate) fn draws(catalog: &Catalog, name: &Name, modifier: i32) -> Option<Vec<Arc<Draw>>> {
    Some(
        of(catalog, name, modifier)?
            .into_iter()
            .map(Arc::new)
            .collect(),
    )
}

fn of(catalog: &Catalog, name: &Name, modifier: i32) -> Option<Vec<Draw>> {
    match &catalog.types.get(name)?.kind {
        TypeKind::Base => base(name, modifier),
        TypeKind::Enum(labels) => Some(text::labels(labels)),
        TypeKind::Domain(domain) => of(catalog, &domain.base, domain.type_modifier),
        TypeKind::Array(element) => {
            let elements = of(catalog, element, modifier)?;
            let delimiter = catalog.types.get(element)?.delimiter;
            Some(collection::arrays(&elements, delimiter))
        }
        TypeKind::Range(subtype) => Some(collection::ranges(&of(catalog, subtype, -1)?)),
        TypeKind::Multirange(subtype) => {
            let ranges = collection::ranges(&of(catalog, subtype, -1)?);
            Some(collection::multiranges(&ranges))
        }
        TypeKind::Composite(members) => {
            let each = members.iter().map(|member| {
                let draws = of(catalog, &member.type_name, member.type_modifier)?;
                Some((member.name.to_lower_camel_case(), draws))
            });
            let are_ruled: Vec<bool> = members
                .iter()
                .map(|member| {
                    let name = &member.type_name;
                    let found = catalog.types.get(name).map(|found| &found.kind);
                    matches!(found, Some(TypeKind::Domain(_))) && !catalog.forbids_null(name)
                })
                .collect();
            let each = each.collect::<Option<Vec<_>>>()?;
            Some(collection::composites(&each, &are_ruled))
        }
    }
    .filter(|draws| !draws.is_empty())
}

/// Whether NULL, as serde reads it, is a value of the type: the null of JSON.
pub(crate) fn reads_null(catalog: &Catalog, name: &Name) -> bool {
    match catalog.types.get(name).map(|found| &found.kind) {
        Some(TypeKind::Domain(domain)) => reads_null(catalog, &domain.base),
        _ => name.schema == "pg_catalog" && matches!(name.name.as_str(), "json" | "jsonb"),
    }
}

fn base(name: &Name, modifier: i32) -> Option<Vec<Draw>> {
    if name.schema != "pg_catalog" {
        return match name.name.as_str() {
            "citext" => Some(text::texts(None)),
            "hstore" => Some(own::pairs()),
            "ltree" => Some(own::paths()),
            _ => None,
        };
    }
    Some(match name.name.as_str() {
        "bool" => [true, false]
            .map(|value| Draw::new(Value::Bool(value), value.to_string()))
            .to_vec(),
        "int2" => number::integers(i16::MIN.into(), i16::MAX.into()),
        "int4" => number::integers(i32::MIN.into(), i32::MAX.into()),
        "int8" => number::integers(i64::MIN, i64::MAX),
        "oid" => number::unsigned(),
        "float4" => number::single(),
        "float8" => number::double(),
        "numeric" => number::numeric(modifier),
        "text" => text::texts(None),
        // The modifier counts the length word too.
        "varchar" | "bpchar" => text::texts(usize::try_from(modifier.saturating_sub(4)).ok()),
        "uuid" => text::uuids(),
        "bytea" => text::bytes(),
        "json" | "jsonb" => json::documents(),
        "timestamptz" => time::instants("Z", "+00"),
        "timestamp" => time::instants("", ""),
        "date" => time::dates(),
        "time" => time::times(modifier),
        "inet" => network::addresses(),
        "cidr" => network::networks(),
        "interval" => own::intervals(modifier),
        "timetz" => own::times_with_zone(modifier),
        "bit" | "varbit" => own::bits(modifier),
        "money" => own::amounts(),
        "name" => own::names(),
        "char" => own::single_bytes(),
        "macaddr" => own::alike(&[
            "08:00:2b:01:02:03",
            "00:00:00:00:00:00",
            "ff:ff:ff:ff:ff:ff",
            "08:00:2b:01:02",
            "08:00:2b:01:02:0g",
        ]),
        "macaddr8" => own::alike(&[
            "08:00:2b:01:02:03:04:05",
            "00:00:00:00:00:00:00:00",
            "ff:ff:ff:ff:ff:ff:ff:ff",
            "08:00:2b:01:02:03:04",
        ]),
        "pg_lsn" => own::alike(&[
            "16/B374D848",
            "0/0",
            "FFFFFFFF/FFFFFFFF",
            "0",
            "100000000/0",
        ]),
        "tid" => own::alike(&[
            "(0,1)",
            "(0,0)",
            "(4294967295,65535)",
            "(4294967296,0)",
            "(0,65536)",
        ]),
        "xml" => own::parsed(&["<a/>", "a", "<a>é</a>", "\0"], &["<a", "<a></b>", "&"]),
        "jsonpath" => own::parsed(&["$.\"a\"", "$", "\0"], &["$[", "", "a b"]),
        "point" | "line" | "lseg" | "box" | "path" | "polygon" | "circle" => {
            shape::shapes(&name.name)
        }
        "regclass" | "regcollation" | "regconfig" | "regdictionary" | "regnamespace"
        | "regoper" | "regoperator" | "regproc" | "regprocedure" | "regrole" | "regtype" => {
            number::unsigned()
        }
        // A number beyond the last begins again.
        "xid" | "cid" => number::unsigned().into_iter().take(6).collect(),
        "int2vector" | "oidvector" => own::vectors(),
        "xid8" => number::unsigned().into_iter().take(5).collect(),
        "tsvector" => own::documents(),
        "tsquery" => own::conditions(),
        "pg_snapshot" | "txid_snapshot" => own::snapshots(),
        _ => return None,
    })
}
