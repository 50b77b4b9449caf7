//! What the database says of the rules of its tables, and their fingerprint.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use diesel::QueryableByName;
use diesel::sql_types::{Array, BigInt, Bool, Nullable, SmallInt, Text};
use diesel_async::RunQueryDsl;
use sha2::{Digest, Sha256};

use super::tree::{self, Columns, Names};
use crate::DbError;
use crate::connection::Connection;

/// The way in which fingerprints are made. Another one says nothing about those that were made before.
const FORM: &str = "1";

/// A table, and all that says what its rows may be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CatalogTable {
    /// Its schema.
    pub schema: String,
    /// Its name.
    pub name: String,
    /// It, its columns, constraints, and so on, by kind and name.
    pub objects: Vec<CatalogObject>,
}

impl CatalogTable {
    /// The table's fingerprint: equal for equal rules, wherever the table is. `1:` and 32 hexadecimal digits; the number
    /// before the colon says how it was made, and two of another number cannot be compared.
    ///
    /// It is that of the trees that PostgreSQL keeps of expressions, so a dump and a restore leave it as it is, and so do the
    /// major versions 15 to 18. The query of a view is no part of it: its form differs between versions; the view's columns
    /// are.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let objects = self
            .objects
            .iter()
            .filter(|object| object.kind != CatalogObjectKind::Query);
        let facts = objects.flat_map(|object| [object.kind.name(), &object.name, &object.facts]);
        digest(
            [self.schema.as_str(), self.name.as_str()]
                .into_iter()
                .chain(facts),
        )
    }
}

/// The fingerprint of several tables, of their own fingerprints in any order.
#[must_use]
pub fn catalog_fingerprint<'a>(tables: impl IntoIterator<Item = &'a str>) -> String {
    let mut tables: Vec<&str> = tables.into_iter().collect();
    tables.sort_unstable();
    digest(tables)
}

fn digest<'a>(parts: impl IntoIterator<Item = &'a str>) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        // The length keeps two parts from being read as others.
        hash.update(part.len().to_le_bytes());
        hash.update(part);
    }
    let hash = hash.finalize();
    let digits: String = hash
        .iter()
        .take(16)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("{FORM}:{digits}")
}

/// Something of a table that says what its rows may be.
#[derive(Clone, PartialEq, Eq)]
pub struct CatalogObject {
    /// What it is.
    pub kind: CatalogObjectKind,
    /// Its name. That of a type or a function is qualified; the table itself and the query of a view have none.
    pub name: String,
    /// Its SQL, as this server prints it, where it was asked for. It may differ between two that are the same.
    pub definition: String,
    /// What it is made of, in a form that is the same wherever the object is.
    facts: String,
}

impl CatalogObject {
    /// Whether the other one is the same rule, whatever their definitions look like.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        (self.kind, &self.name, &self.facts) == (other.kind, &other.name, &other.facts)
    }
}

impl fmt::Debug for CatalogObject {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}: {}", self.kind, self.name, self.facts)
    }
}

/// What an object of the catalog is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum CatalogObjectKind {
    /// The table itself: whether it is one or a view, and its row security.
    Table,
    /// A column: type, nullability, default, identity, generation, collation.
    Column,
    /// A type that is not PostgreSQL's own, of a column or within one.
    Type,
    /// A CHECK of such a domain.
    DomainConstraint,
    /// A constraint other than NOT NULL, which is the column's.
    Constraint,
    /// A unique index that no constraint stands for.
    UniqueIndex,
    /// A trigger.
    Trigger,
    /// A policy of row security. Its roles are not looked at: they differ from one installation to the next.
    Policy,
    /// A function, not PostgreSQL's own nor an extension's, that one of these calls.
    Function,
    /// The query of a view. Only servers of one major version can compare it.
    Query,
}

impl CatalogObjectKind {
    const ALL: [Self; 10] = [
        Self::Table,
        Self::Column,
        Self::Type,
        Self::DomainConstraint,
        Self::Constraint,
        Self::UniqueIndex,
        Self::Trigger,
        Self::Policy,
        Self::Function,
        Self::Query,
    ];

    /// Its name, as people call it: `unique index`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::Column => "column",
            Self::Type => "type",
            Self::DomainConstraint => "domain constraint",
            Self::Constraint => "constraint",
            Self::UniqueIndex => "unique index",
            Self::Trigger => "trigger",
            Self::Policy => "policy",
            Self::Function => "function",
            Self::Query => "query",
        }
    }
}

impl fmt::Display for CatalogObjectKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

#[derive(QueryableByName)]
struct Row {
    /// The number of the table or type that it is of; of a name, the number that it is the name of.
    #[diesel(sql_type = BigInt)]
    owner: i64,
    /// The table's schema. NULL for what is of a type.
    #[diesel(sql_type = Nullable<Text>)]
    schema: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    table: Option<String>,
    #[diesel(sql_type = Text)]
    kind: String,
    /// Of a column: its number.
    #[diesel(sql_type = Nullable<SmallInt>)]
    number: Option<i16>,
    #[diesel(sql_type = Nullable<Text>)]
    name: Option<String>,
    /// The types that it is made of, by number.
    #[diesel(sql_type = Nullable<Array<BigInt>>)]
    uses: Option<Vec<i64>>,
    #[diesel(sql_type = Nullable<Array<Nullable<Text>>>)]
    facts: Option<Vec<Option<String>>>,
    #[diesel(sql_type = Nullable<Array<Nullable<Text>>>)]
    trees: Option<Vec<Option<String>>>,
    #[diesel(sql_type = Nullable<Text>)]
    definition: Option<String>,
}

diesel::define_sql_function! {
    /// Sets a parameter, until the end of the transaction where `is_local`.
    fn set_config(name: Text, value: Text, is_local: Bool) -> Text;
}

/// The tables, views and foreign tables that are given as schema and name, with all that says what their rows may be, by
/// schema and name. A table that is not there is left out. Definitions stay empty.
///
/// Best called in a transaction: there the server is told not to compile the query, which can take it seconds.
///
/// # Errors
/// What the query gave.
pub async fn catalog_tables(
    connection: &mut Connection,
    tables: &[(&str, &str)],
) -> Result<Vec<CatalogTable>, DbError> {
    let (schemas, names) = tables.iter().copied().unzip();
    read(connection, Some((schemas, names)), false).await
}

/// The same of all tables outside of PostgreSQL's own schemas, with the definitions and the queries of views.
///
/// Best called in a transaction: it sets `search_path` and `lock_timeout` until its end.
///
/// # Errors
/// What the query gave.
pub async fn catalog_of_all_tables(
    connection: &mut Connection,
) -> Result<Vec<CatalogTable>, DbError> {
    read(connection, None, true).await
}

async fn read(
    connection: &mut Connection,
    tables: Option<(Vec<&str>, Vec<&str>)>,
    with_definitions: bool,
) -> Result<Vec<CatalogTable>, DbError> {
    // Without effect outside of a transaction.
    diesel::select(set_config("jit", "off", true))
        .execute(connection)
        .await?;
    if with_definitions {
        // Definitions name what is of another schema with it, and the query of a view waits for whoever changes the view.
        for (name, value) in [("search_path", "pg_catalog"), ("lock_timeout", "2s")] {
            diesel::select(set_config(name, value, true))
                .execute(connection)
                .await?;
        }
    }
    let (schemas, names) = tables.unzip();
    #[expect(
        clippy::disallowed_methods,
        reason = "the catalogs' functions are not in Diesel's query builder; the text is constant and its values are bound"
    )]
    let query = diesel::sql_query(include_str!("objects.sql"));
    let rows: Vec<Row> = query
        .bind::<Nullable<Array<Text>>, _>(schemas)
        .bind::<Nullable<Array<Text>>, _>(names)
        .bind::<Bool, _>(with_definitions)
        .load(connection)
        .await?;
    Ok(assemble(rows))
}

/// How the kind of a row begins that gives a number's name.
const NAME: &str = "name of a ";

fn assemble(rows: Vec<Row>) -> Vec<CatalogTable> {
    let mut names = Names::default();
    let mut columns: BTreeMap<i64, Columns> = BTreeMap::new();
    let mut owned: BTreeMap<i64, Vec<(CatalogObjectKind, Row)>> = BTreeMap::new();
    for row in rows {
        if let Some(class) = row.kind.strip_prefix(NAME) {
            let number = u32::try_from(row.owner).unwrap_or_default();
            let kind = row.facts.into_iter().flatten().flatten().next();
            if class == "column" {
                let column = kind.and_then(|place| place.parse().ok());
                let of_table = names.columns.entry(number).or_default();
                of_table.extend(column.zip(row.name));
                continue;
            }
            if let Some(kind) = kind {
                names.enums.insert(number, kind);
            }
            let key = (class.to_owned(), number);
            names.by_number.insert(key, row.name.unwrap_or_default());
            continue;
        }
        if let Some((number, name)) = row.number.zip(row.name.clone()) {
            columns.entry(row.owner).or_default().insert(number, name);
        }
        let mut kinds = CatalogObjectKind::ALL.into_iter();
        if let Some(kind) = kinds.find(|kind| kind.name() == row.kind) {
            owned.entry(row.owner).or_default().push((kind, row));
        }
    }
    let none = Columns::new();
    let object = |kind: CatalogObjectKind, row: &Row| {
        // What is a type's, and the query of a view, names no column of the table.
        let columns = match kind {
            CatalogObjectKind::Query | CatalogObjectKind::Function => &none,
            _ => columns.get(&row.owner).unwrap_or(&none),
        };
        let trees = row.trees.iter().flatten();
        let tree = |tree: &Option<String>| Some(tree::text(tree.as_ref()?, &names, columns));
        CatalogObject {
            kind,
            name: row.name.clone().unwrap_or_default(),
            definition: row.definition.clone().unwrap_or_default(),
            facts: format!(
                "{:?} {:?}",
                row.facts.as_deref().unwrap_or_default(),
                trees.map(tree).collect::<Vec<_>>()
            ),
        }
    };
    let mut tables = Vec::new();
    for (number, of_table) in &owned {
        let Some((schema, name)) = of_table
            .iter()
            .find_map(|(_, row)| row.schema.clone().zip(row.table.clone()))
        else {
            continue;
        };
        let mut objects = Vec::new();
        // The table, then the types of its columns, then the types of those.
        let (mut seen, mut next) = (BTreeSet::new(), vec![*number]);
        while let Some(owner) = next.pop() {
            if !seen.insert(owner) {
                continue;
            }
            for (kind, row) in owned.get(&owner).into_iter().flatten() {
                objects.push(object(*kind, row));
                next.extend(row.uses.iter().flatten());
            }
        }
        objects.sort_by(|a, b| (a.kind, &a.name).cmp(&(b.kind, &b.name)));
        // A function may be called by the table and by a type.
        objects.dedup();
        tables.push(CatalogTable {
            schema,
            name,
            objects,
        });
    }
    tables.sort_by(|a, b| (&a.schema, &a.name).cmp(&(&b.schema, &b.name)));
    tables
}
