//! First step: what the migrated database is, as its catalogs tell it. Plain values, in a stable order.

mod read;
#[cfg(test)]
mod tests;
mod views;

use std::collections::BTreeMap;

pub(crate) use read::{ReadError, read};

/// Diesel's list of the migrations that ran, which no service reads.
pub(crate) const MIGRATIONS_TABLE: &str = "__diesel_schema_migrations";

/// A database's relations and types.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Catalog {
    /// Tables, views and foreign tables, by name.
    pub(crate) relations: Vec<Relation>,
    /// Every type that a column can have.
    pub(crate) types: BTreeMap<Name, Type>,
    /// What the CHECKs say, as trees.
    pub(crate) rules: super::check_expression::Rules,
    /// The fingerprints of the relations' rules.
    pub(crate) fingerprints: BTreeMap<Name, String>,
}

/// The name of a relation or type.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Name {
    /// Schema that holds it.
    pub(crate) schema: String,
    /// Its name in the schema.
    pub(crate) name: String,
}

impl Name {
    /// The name of something in a schema.
    pub(crate) fn new(schema: impl Into<String>, name: impl Into<String>) -> Self {
        Self {
            schema: schema.into(),
            name: name.into(),
        }
    }
}

impl std::fmt::Display for Name {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.schema, self.name)
    }
}

/// What holds columns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Relation {
    /// Its name.
    pub(crate) name: Name,
    /// What it is.
    pub(crate) kind: RelationKind,
    /// The partitioned table that it is a part of, at any depth.
    pub(crate) partition_of: Option<Name>,
    /// Whether row security is on.
    pub(crate) row_security: bool,
    /// Whether a rule rewrites what is written to it.
    pub(crate) has_rules: bool,
    /// The extension that it belongs to.
    pub(crate) extension: Option<String>,
    /// `COMMENT ON`.
    pub(crate) comment: Option<String>,
    /// Its columns, in order.
    pub(crate) columns: Vec<Column>,
    /// Its constraints, by name. NOT NULL is part of the column.
    pub(crate) constraints: Vec<Constraint>,
    /// Its unique indexes that no constraint stands for, by name.
    pub(crate) unique_indexes: Vec<UniqueIndex>,
    /// Its triggers, by name.
    pub(crate) triggers: Vec<Trigger>,
}

impl Relation {
    /// Whether its rows are read only, here or at all: a view, or a table of another server, which has rules of its own.
    pub(crate) fn is_read_only(&self) -> bool {
        matches!(
            self.kind,
            RelationKind::View | RelationKind::MaterializedView | RelationKind::ForeignTable
        )
    }

    /// Whether it is no part of the data.
    pub(crate) fn is_bookkeeping(&self) -> bool {
        self.name.name == MIGRATIONS_TABLE
    }

    /// The columns of the primary key, in its order. Empty where there is none.
    pub(crate) fn primary_key(&self) -> &[String] {
        self.constraints
            .iter()
            .find(|constraint| constraint.kind == ConstraintKind::PrimaryKey)
            .map_or(&[], |constraint| &constraint.columns)
    }
}

/// What a relation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RelationKind {
    /// A table.
    Table,
    /// The parent of partitions.
    PartitionedTable,
    /// A view.
    View,
    /// A materialised view.
    MaterializedView,
    /// A table of another server.
    ForeignTable,
}

/// A column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Column {
    /// Its name.
    pub(crate) name: String,
    /// Its type.
    pub(crate) type_name: Name,
    /// The type's modifier, or -1.
    pub(crate) type_modifier: i32,
    /// The type as SQL writes it, the same whatever the search path.
    pub(crate) data_type: String,
    /// Whether the column itself refuses NULL. Its domain may do so too.
    pub(crate) not_null: bool,
    /// Whether a row that is read may hold NULL. Of a table it follows from the rules for its rows; of a view, from its
    /// query, or from axis.toml.
    pub(crate) reads_null: bool,
    /// What the database puts in where a row says nothing.
    pub(crate) default: DefaultValue,
    /// `COMMENT ON`.
    pub(crate) comment: Option<String>,
}

/// What the database puts into a column where a row says nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum DefaultValue {
    /// NULL.
    None,
    /// An expression: its SQL.
    Expression(String),
    /// The next number, unless a row brings its own.
    IdentityByDefault,
    /// The next number; a row may not bring one.
    IdentityAlways,
    /// An expression of the row; a row may not bring a value.
    Generated(String),
}

/// A constraint of a table or a domain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Constraint {
    /// Its name.
    pub(crate) name: String,
    /// What it is.
    pub(crate) kind: ConstraintKind,
    /// Its columns: of a key in its order, of a CHECK in the order of the table.
    pub(crate) columns: Vec<String>,
    /// Where a foreign key points to.
    pub(crate) references: Option<References>,
    /// Whether it stands for one of a partitioned table, on a partition or towards one.
    pub(crate) is_derived: bool,
    /// Whether a parent has it too.
    pub(crate) is_inherited: bool,
    /// Whether the database enforces it.
    pub(crate) enforced: bool,
    /// Its SQL.
    pub(crate) definition: String,
}

/// What a foreign key points to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct References {
    /// The table.
    pub(crate) table: Name,
    /// Its columns, in the order of the key.
    pub(crate) columns: Vec<String>,
}

/// What a constraint is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ConstraintKind {
    /// CHECK
    Check,
    /// PRIMARY KEY
    PrimaryKey,
    /// UNIQUE
    Unique,
    /// FOREIGN KEY
    ForeignKey,
    /// EXCLUDE
    Exclusion,
}

/// A unique index that is no constraint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct UniqueIndex {
    /// Its name.
    pub(crate) name: String,
    /// The columns that its key reads.
    pub(crate) columns: Vec<String>,
    /// Whether it makes every row one of its kind by these columns alone: no expression, no predicate.
    pub(crate) is_key: bool,
    /// Its SQL.
    pub(crate) definition: String,
}

/// A trigger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Trigger {
    /// Its name.
    pub(crate) name: String,
    /// Whether it runs once for each row.
    pub(crate) for_each_row: bool,
    /// Whether it runs before the row is written.
    pub(crate) before: bool,
    /// What it runs on, of INSERT, UPDATE and DELETE.
    pub(crate) events: Vec<&'static str>,
    /// The function that it runs.
    pub(crate) function: String,
}

/// A type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Type {
    /// What it is.
    pub(crate) kind: TypeKind,
    /// What stands between two of its values in the literal of an array.
    pub(crate) delimiter: char,
    /// `COMMENT ON`.
    pub(crate) comment: Option<String>,
}

/// What a type is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum TypeKind {
    /// A type of PostgreSQL's own or of an extension.
    Base,
    /// An enum: its labels, in order.
    Enum(Vec<String>),
    /// An array of a type.
    Array(Name),
    /// Another type with rules of its own.
    Domain(Domain),
    /// A row: its members, in order.
    Composite(Vec<Member>),
    /// A range of a type.
    Range(Name),
    /// Ranges of a type.
    Multirange(Name),
}

/// A member of a composite type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Member {
    /// Its name.
    pub(crate) name: String,
    /// Its type.
    pub(crate) type_name: Name,
    /// The type's modifier, or -1.
    pub(crate) type_modifier: i32,
    /// The type as SQL writes it, the same whatever the search path.
    pub(crate) data_type: String,
    /// `COMMENT ON`.
    pub(crate) comment: Option<String>,
}

/// A domain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Domain {
    /// The type below.
    pub(crate) base: Name,
    /// The modifier of the type below, or -1.
    pub(crate) type_modifier: i32,
    /// Whether it refuses NULL.
    pub(crate) not_null: bool,
    /// Its CHECKs, by name.
    pub(crate) constraints: Vec<Constraint>,
}

impl Catalog {
    /// Whether the column can hold NULL: neither itself nor its domain, at any depth, refuses it.
    pub(crate) fn is_nullable(&self, column: &Column) -> bool {
        !column.not_null && !self.forbids_null(&column.type_name)
    }

    /// Whether the type is a domain that refuses NULL, itself or one below it.
    pub(crate) fn forbids_null(&self, name: &Name) -> bool {
        match self.types.get(name).map(|found| &found.kind) {
            Some(TypeKind::Domain(domain)) => domain.not_null || self.forbids_null(&domain.base),
            _ => false,
        }
    }
}
