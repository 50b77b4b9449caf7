//! Types of PostgreSQL and of its extensions for which neither Rust nor Diesel has one: the contracts bring a small one,
//! printed into `postgres.rs`.

use super::super::catalog::Name;

/// A type whose Rust type is printed with the contracts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Own {
    /// Its name in the database.
    pub(crate) type_name: &'static str,
    /// Its name in Rust.
    pub(crate) rust_name: &'static str,
    /// Its part of `postgres.rs`.
    pub(crate) part: &'static str,
    /// Whether PostgreSQL refuses some of its values.
    pub(crate) has_limits: bool,
    /// What PostgreSQL refuses beyond that, and why Rust does not know.
    pub(crate) undecided: Option<&'static str>,
}

const fn own(type_name: &'static str, rust_name: &'static str, part: &'static str) -> Own {
    Own {
        type_name,
        rust_name,
        part,
        has_limits: false,
        undecided: None,
    }
}

/// One whose values PostgreSQL checks: `postgres.rs` has a function of the part's name.
const fn limited(type_name: &'static str, rust_name: &'static str, part: &'static str) -> Own {
    Own {
        has_limits: true,
        ..own(type_name, rust_name, part)
    }
}

/// The types of `pg_catalog`.
const BUILT_IN: &[Own] = &[
    own("interval", "Interval", "interval"),
    limited("tsvector", "Tsvector", "tsvector"),
];

/// The types of extensions, which may be in any schema.
const OF_EXTENSIONS: &[Own] = &[
    limited("hstore", "Hstore", "hstore"),
    Own {
        undecided: Some(
            "whether a letter beyond ASCII, `-`, or a label beyond 255 characters is allowed depends on the server",
        ),
        ..limited("ltree", "Ltree", "ltree")
    },
];

/// The type of this name.
pub(super) fn own_type(name: &Name) -> Option<Own> {
    let types = match name.schema.as_str() {
        "pg_catalog" => BUILT_IN,
        _ => OF_EXTENSIONS,
    };
    types
        .iter()
        .copied()
        .find(|found| found.type_name == name.name)
}
