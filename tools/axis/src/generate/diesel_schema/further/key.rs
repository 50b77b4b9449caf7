//! What Diesel is told to be the primary key of a relation that may have none.

use super::super::super::catalog::{ConstraintKind, Relation};

/// The primary key of a table in Diesel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Key {
    /// The database's own.
    Primary(Vec<String>),
    /// The columns of a unique constraint or index that holds for every row, by its name.
    Unique(String, Vec<String>),
    /// Every column: no fewer tell rows apart.
    All(Vec<String>),
}

impl Key {
    /// The primary key; else the unique key whose columns are never NULL, of those the shortest, then the first by name;
    /// else all columns.
    pub(super) fn of(relation: &Relation) -> Self {
        let primary_key = relation.primary_key();
        if !primary_key.is_empty() {
            return Self::Primary(primary_key.to_vec());
        }
        let constraints = relation
            .constraints
            .iter()
            .filter(|constraint| constraint.kind == ConstraintKind::Unique)
            .map(|constraint| (&constraint.name, &constraint.columns));
        let indexes = relation
            .unique_indexes
            .iter()
            .filter(|index| index.is_key)
            .map(|index| (&index.name, &index.columns));
        let never_null = |name: &String| {
            relation
                .columns
                .iter()
                .any(|column| column.name == *name && !column.reads_null)
        };
        let unique = constraints
            .chain(indexes)
            .filter(|(_, columns)| !columns.is_empty() && columns.iter().all(never_null))
            .min_by_key(|(name, columns)| (columns.len(), *name));
        match unique {
            Some((name, columns)) => Self::Unique(name.clone(), columns.clone()),
            None => {
                let columns = relation.columns.iter();
                Self::All(columns.map(|column| column.name.clone()).collect())
            }
        }
    }

    /// Its columns.
    pub(super) fn columns(&self) -> &[String] {
        match self {
            Self::Primary(columns) | Self::Unique(_, columns) | Self::All(columns) => columns,
        }
    }
}
