/// A table that a contract was generated from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Table {
    /// Schema that holds the table.
    pub schema: &'static str,
    /// Name of the table.
    pub name: &'static str,
    /// Fingerprint of its rules, as `axis_db` makes it of a database: equal for equal rules, whatever the server's version.
    pub fingerprint: &'static str,
    /// The columns of the contract, in the order of the table.
    pub columns: &'static [Column],
}

/// A column as the contract knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// Name of the column.
    pub name: &'static str,
    /// Type: `format_type` for PostgreSQL's own, the qualified name for others. It does not depend on the search path.
    pub data_type: &'static str,
    /// Whether the column can hold NULL.
    pub nullable: bool,
}

/// What sort of rule a constraint is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ConstraintKind {
    /// The value does not fit the column's type (SQLSTATE class 22).
    Type,
    /// CHECK of the domain of the column (SQLSTATE 23514).
    Domain,
    /// NOT NULL (SQLSTATE 23502).
    NotNull,
    /// CHECK (SQLSTATE 23514).
    Check,
    /// PRIMARY KEY (SQLSTATE 23505).
    PrimaryKey,
    /// UNIQUE constraint or unique index (SQLSTATE 23505).
    Unique,
    /// EXCLUDE (SQLSTATE 23P01).
    Exclusion,
    /// FOREIGN KEY (SQLSTATE 23503, 23001).
    ForeignKey,
}

/// Who enforces a constraint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Enforcement {
    /// The contract, and then the database. Where an INSERT leaves out a column whose default only the database knows, the
    /// database decides alone: `coverage.md` lists those.
    Contract,
    /// The database alone, and why.
    Database(&'static str),
}

/// A constraint as the catalog describes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConstraintMetadata {
    /// Name in the catalog. The kinds that have none there are `<table>_<column>_type` and, as PostgreSQL 18 names them,
    /// `<table>_<column>_not_null`.
    pub name: &'static str,
    /// What sort of rule it is.
    pub kind: ConstraintKind,
    /// The columns that it reads.
    pub columns: &'static [&'static str],
    /// Its SQL, as PostgreSQL prints it.
    pub definition: &'static str,
    /// Who enforces it.
    pub enforcement: Enforcement,
}

/// The constraints of one table.
pub trait TableConstraint: Copy + Sized + 'static {
    /// The table.
    const TABLE: Table;
    /// Every constraint: types and NOT NULL by column, then CHECKs, keys, exclusions and foreign keys by name. This is the
    /// order of the kinds in which PostgreSQL checks them.
    const ALL: &'static [Self];

    /// What the catalog says of the constraint.
    fn metadata(self) -> &'static ConstraintMetadata;

    /// Who enforces the constraint.
    fn enforcement(self) -> Enforcement {
        self.metadata().enforcement
    }

    /// The name of a column on the wire.
    fn wire_name(column: &str) -> &str;

    /// The constraint that PostgreSQL named in an error: by table and constraint name, and for NOT NULL, whose errors
    /// have no constraint's name, by table and column. The error of a domain names no table: the first column that has it is
    /// taken. The error of a type names nothing.
    fn from_error(
        table: Option<&str>,
        constraint: Option<&str>,
        column: Option<&str>,
    ) -> Option<Self> {
        if table.is_some_and(|table| table != Self::TABLE.name) {
            return None;
        }
        Self::ALL.iter().copied().find(|candidate| {
            let metadata = candidate.metadata();
            // The error of a domain names no table.
            if (metadata.kind == ConstraintKind::Domain) != table.is_none() {
                return false;
            }
            match (metadata.kind, constraint, column) {
                (ConstraintKind::NotNull, None, Some(column)) => metadata.columns == [column],
                (ConstraintKind::NotNull | ConstraintKind::Type, ..) => false,
                (_, name, _) => name == Some(metadata.name),
            }
        })
    }
}

/// A constraint that a value breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Violation<C> {
    /// The constraint.
    pub constraint: C,
    /// The columns at fault.
    pub columns: &'static [&'static str],
}

impl<C: TableConstraint> Violation<C> {
    /// The violation of a constraint, with all the columns that it reads.
    pub fn of(constraint: C) -> Self {
        Self {
            constraint,
            columns: constraint.metadata().columns,
        }
    }
}
