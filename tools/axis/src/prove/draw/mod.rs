//! The values that are tried: at, beside and beyond the limits of each type, as the catalog names it.
//!
//! A type is an arm of [`base`] and a list in one of the files here. The first value of a list is an everyday one. What
//! a contract makes of a column is not looked at.

mod collection;
mod json;
mod network;
mod number;
mod text;
mod time;

use std::sync::Arc;

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
}

impl Draw {
    /// A value that both read, in two forms.
    fn new(value: Value, literal: impl Into<String>) -> Self {
        Self {
            value: Some(value),
            literal: Some(literal.into()),
            is_extreme: false,
        }
    }

    /// A text that both read.
    fn text(text: impl Into<String>) -> Self {
        let text = text.into();
        Self::new(Value::Text(text.clone()), text)
    }

    /// A value that only the contract reads.
    fn unwritten(value: Value) -> Self {
        Self {
            value: Some(value),
            literal: None,
            is_extreme: false,
        }
    }

    /// A literal that only PostgreSQL reads.
    fn literal(literal: impl Into<String>) -> Self {
        Self {
            value: None,
            literal: Some(literal.into()),
            is_extreme: false,
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
        TypeKind::Array(element) => Some(collection::arrays(&of(catalog, element, modifier)?)),
        _ => None,
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
        "time" => time::times(),
        "inet" => network::addresses(),
        "cidr" => network::networks(),
        _ => return None,
    })
}
