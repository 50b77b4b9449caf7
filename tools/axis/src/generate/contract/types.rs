//! The types that the columns have beside Rust's own: what `types.rs` and `postgres.rs` must bring.

use std::collections::{BTreeMap, BTreeSet};

use super::super::catalog::{Catalog, Name, TypeKind};
use super::own::Own;
use super::value::{Composite, Domain, Range, Scalar, SqlPath};
use super::{Enum, Table};

/// The types that a contract brings, each once and in the order of its name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Types {
    /// The enums.
    pub(crate) enums: Vec<Enum>,
    /// The composite types.
    pub(crate) composites: Vec<Composite>,
    /// The domains that have a Rust type of their own.
    pub(crate) domains: Vec<Domain>,
    /// The range types.
    pub(crate) ranges: Vec<Range>,
    /// The multirange types.
    pub(crate) multiranges: Vec<Range>,
    /// The types of PostgreSQL's own and of extensions.
    pub(crate) own: Vec<(Own, SqlPath)>,
    /// What Diesel calls `bit` and `bit varying`, where there are columns of them.
    pub(crate) bits: BTreeSet<SqlPath>,
    /// What Diesel and schema.rs do not define: the name in Rust, and that in the database.
    pub(crate) sql_types: BTreeMap<String, Name>,
}

impl Types {
    /// The types of the tables' columns.
    pub(super) fn of(catalog: &Catalog, tables: &[Table]) -> Self {
        let mut found = Found::default();
        for column in tables.iter().flat_map(|table| &table.columns) {
            found.add(&column.value.scalar);
        }
        let enums = found.enums.into_iter();
        Self {
            enums: enums
                .filter_map(|(rust_name, (name, sql_type))| {
                    enumeration(catalog, rust_name, name, sql_type)
                })
                .collect(),
            composites: found.composites.into_values().cloned().collect(),
            domains: found.domains.into_values().cloned().collect(),
            ranges: found.ranges.into_values().cloned().collect(),
            multiranges: found.multiranges.into_values().cloned().collect(),
            own: found.own.into_iter().collect(),
            bits: found.bits,
            sql_types: found.sql_types,
        }
    }

    /// Whether `postgres.rs` has values of types.
    pub(crate) fn has_values(&self) -> bool {
        !(self.bits.is_empty()
            && self.own.is_empty()
            && self.ranges.is_empty()
            && self.multiranges.is_empty())
    }

    /// Whether there is anything to say in `types.rs`.
    pub(crate) fn has_module(&self) -> bool {
        let is_custom = |range: &Range| !matches!(range.sql_type, SqlPath::Diesel(_));
        !self.enums.is_empty()
            || !self.composites.is_empty()
            || !self.domains.is_empty()
            || !self.sql_types.is_empty()
            || self.ranges.iter().any(is_custom)
            || self.multiranges.iter().any(is_custom)
    }
}

/// What was found, each once.
#[derive(Default)]
struct Found<'a> {
    enums: BTreeMap<&'a str, (&'a Name, &'a SqlPath)>,
    composites: BTreeMap<&'a str, &'a Composite>,
    domains: BTreeMap<&'a str, &'a Domain>,
    ranges: BTreeMap<&'a Name, &'a Range>,
    multiranges: BTreeMap<&'a Name, &'a Range>,
    own: BTreeMap<Own, SqlPath>,
    bits: BTreeSet<SqlPath>,
    sql_types: BTreeMap<String, Name>,
}

impl<'a> Found<'a> {
    fn add(&mut self, scalar: &'a Scalar) {
        for part in scalar.parts() {
            self.add(part);
        }
        match scalar {
            Scalar::Enum {
                name,
                rust_name,
                sql_type,
            } => {
                self.enums.insert(rust_name, (name, sql_type));
                self.define(sql_type);
            }
            Scalar::Composite(composite) => {
                self.composites.insert(&composite.rust_name, composite);
                self.define(&composite.sql_type);
                for member in &composite.members {
                    self.define(&member.sql_type);
                }
            }
            Scalar::Domain(domain) => {
                self.domains.insert(&domain.rust_name, domain);
                self.define(&domain.sql_type);
                self.define(&domain.value_sql_type);
            }
            Scalar::Range(range) => {
                self.ranges.insert(&range.name, range);
                self.define(&range.sql_type);
                self.define(&range.subtype_sql_type);
            }
            Scalar::Multirange(range) => {
                self.multiranges.insert(&range.name, range);
                self.define(&range.sql_type);
                self.define(&range.subtype_sql_type);
            }
            Scalar::Own { own, sql_type, .. } => {
                self.own.insert(*own, sql_type.clone());
                self.define(sql_type);
            }
            Scalar::Bits { sql_type, .. } => {
                self.bits.insert(sql_type.clone());
                self.define(sql_type);
            }
            _ => {}
        }
    }

    fn define(&mut self, sql_type: &SqlPath) {
        if let SqlPath::Contract { rust_name, name } = sql_type {
            self.sql_types.insert(rust_name.clone(), name.clone());
        }
    }
}

fn enumeration(
    catalog: &Catalog,
    rust_name: &str,
    name: &Name,
    sql_type: &SqlPath,
) -> Option<Enum> {
    let found = catalog.types.get(name)?;
    let TypeKind::Enum(labels) = &found.kind else {
        return None;
    };
    Some(Enum {
        name: name.clone(),
        rust_name: rust_name.to_owned(),
        sql_type: sql_type.clone(),
        comment: found.comment.clone(),
        variants: super::enum_variants(labels),
    })
}
