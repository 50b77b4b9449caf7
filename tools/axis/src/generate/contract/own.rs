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

/// One whose values PostgreSQL checks: its part has a function of the type's name.
const fn limited(type_name: &'static str, rust_name: &'static str, part: &'static str) -> Own {
    Own {
        has_limits: true,
        ..own(type_name, rust_name, part)
    }
}

/// One of whose rules Rust knows only a part: the rest is left to the database.
const fn partly(own: Own, undecided: &'static str) -> Own {
    Own {
        has_limits: true,
        undecided: Some(undecided),
        ..own
    }
}

/// The types of `pg_catalog`.
const BUILT_IN: &[Own] = &[
    own("interval", "Interval", "interval"),
    limited("timetz", "Timetz", "timetz"),
    own("money", "Money", "money"),
    own("macaddr", "MacAddr", "macaddr"),
    own("macaddr8", "MacAddr8", "macaddr8"),
    own("pg_lsn", "PgLsn", "pg_lsn"),
    limited("name", "Name", "name"),
    limited("tsvector", "Tsvector", "tsvector"),
    limited("tsquery", "Tsquery", "tsquery"),
    limited("pg_snapshot", "Snapshot", "snapshot"),
    limited("txid_snapshot", "TxidSnapshot", "snapshot"),
    partly(
        own("xml", "Xml", "xml"),
        "whether it is well-formed XML is left to the server's parser",
    ),
    partly(
        own("jsonpath", "Jsonpath", "jsonpath"),
        "whether it is a path is left to the server's parser",
    ),
    own("point", "Point", "point"),
    limited("line", "Line", "line"),
    own("lseg", "LineSegment", "lseg"),
    own("box", "Rectangle", "box"),
    limited("path", "Path", "path"),
    limited("polygon", "Polygon", "polygon"),
    limited("circle", "Circle", "circle"),
    own("tid", "Tid", "tid"),
    own("xid8", "Xid8", "xid8"),
    own("xid", "Xid", "transaction_id"),
    own("cid", "Cid", "transaction_id"),
    own("regclass", "Regclass", "oid_alias"),
    own("regcollation", "Regcollation", "oid_alias"),
    own("regconfig", "Regconfig", "oid_alias"),
    own("regdictionary", "Regdictionary", "oid_alias"),
    own("regnamespace", "Regnamespace", "oid_alias"),
    own("regoper", "Regoper", "oid_alias"),
    own("regoperator", "Regoperator", "oid_alias"),
    own("regproc", "Regproc", "oid_alias"),
    own("regprocedure", "Regprocedure", "oid_alias"),
    own("regrole", "Regrole", "oid_alias"),
    own("regtype", "Regtype", "oid_alias"),
    limited("int2vector", "Int2vector", "int_vector"),
    limited("oidvector", "Oidvector", "int_vector"),
];

/// The types of extensions, which may be in any schema.
const OF_EXTENSIONS: &[Own] = &[
    limited("hstore", "Hstore", "hstore"),
    partly(
        own("ltree", "Ltree", "ltree"),
        "whether a letter beyond ASCII, `-`, or a label beyond 255 characters is allowed depends on the server",
    ),
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
