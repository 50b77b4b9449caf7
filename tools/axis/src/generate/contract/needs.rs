//! What the crate of `schema.rs` and of the contracts needs for wide tables, and for many.

use super::super::diesel_schema::DieselSchema;
use super::shown;

/// What Diesel must be built with for a table of many columns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DieselFeature {
    /// The feature.
    pub(crate) feature: &'static str,
    /// The widest table.
    pub(crate) table: String,
    /// How many columns it has.
    pub(crate) columns: usize,
}

/// The sizes that Diesel can be built for, above the one that it always has.
const DIESEL_SIZES: [(usize, &str); 3] = [
    (64, "128-column-tables"),
    (32, "64-column-tables"),
    (16, "32-column-tables"),
];

impl DieselFeature {
    /// What the widest of the tables needs.
    pub(super) fn of(diesel: &DieselSchema) -> Option<Self> {
        let further = diesel.further.tables();
        let tables = diesel.tables.iter().chain(further);
        // The first by name of the widest.
        let widest = tables.max_by(|a, b| {
            let by_width = a.columns.len().cmp(&b.columns.len());
            by_width.then_with(|| b.name.cmp(&a.name))
        })?;
        let columns = widest.columns.len();
        let size = DIESEL_SIZES.iter().find(|(size, _)| columns > *size)?;
        Some(Self {
            feature: size.1,
            table: shown(&widest.name),
            columns,
        })
    }
}

/// How deep the compiler must follow Diesel's macros.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Recursion {
    /// How many tables may appear in one query.
    pub(crate) tables: usize,
    /// The limit that is enough.
    pub(crate) limit: usize,
}

impl Recursion {
    /// How deep the compiler goes unless told otherwise.
    const DEFAULT: usize = 128;

    /// What so many tables in one query need. `allow_tables_to_appear_in_same_query!` nests once for each.
    pub(super) fn of(tables: usize) -> Option<Self> {
        let limit = tables.next_multiple_of(Self::DEFAULT);
        (limit > Self::DEFAULT).then_some(Self { tables, limit })
    }
}

impl std::fmt::Display for Recursion {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "the crate of schema.rs needs #![recursion_limit = \"{}\"], and much time and memory to compile: {} tables may appear in \
             one query, and Diesel takes ten traits for each two of them. In diesel.toml, \
             allow_tables_to_appear_in_same_query_config = \"none\" leaves that out, and the crate then names those that it joins",
            self.limit, self.tables
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_said_where_the_compilers_own_does_not_do() {
        assert_eq!(Recursion::of(0), None);
        assert_eq!(Recursion::of(128), None);
        let limit = |tables| Recursion::of(tables).map(|recursion| recursion.limit);
        assert_eq!(limit(129), Some(256));
        assert_eq!(limit(709), Some(768));
    }
}
