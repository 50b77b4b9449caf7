//! A Diesel query, taken apart: SQL text, types and values.
//!
//! A query need not be `Send`, and the future that runs it must be. So everything is read from the
//! query before anything is awaited, and only what is read moves into the future.

use std::any::TypeId;
use std::error::Error;
use std::sync::Arc;

use bytes::BytesMut;
use diesel::pg::{Pg, PgQueryBuilder, PgTypeMetadata};
use diesel::query_builder::bind_collector::RawBytesBindCollector;
use diesel::query_builder::{QueryBuilder, QueryFragment};
use diesel::result::{Error as DieselError, QueryResult};
use tokio_postgres::Statement;
use tokio_postgres::types::{IsNull, Kind, ToSql, Type};

use super::custom_types::{CustomTypes, Lookup, UnknownTypes};
use super::statement_cache::{Entry, Key, StatementCache};

/// What goes to the server.
pub(super) struct Query {
    /// Set where the type of the Diesel query fixes the text.
    type_id: Option<TypeId>,
    pub(super) sql: Arc<str>,
    /// Whether it begins with SELECT, and Diesel built all of it.
    is_built_select: bool,
    /// Set where the statement was prepared before.
    pub(super) statement: Option<Statement>,
    pub(super) is_cached: bool,
    pub(super) oids: Vec<u32>,
    pub(super) values: Vec<Option<Vec<u8>>>,
    pub(super) unknown_types: UnknownTypes,
    /// Whether asking for them has failed.
    pub(super) is_without_types: bool,
    /// Whether the values have types that the database made for itself.
    pub(super) has_custom_types: bool,
}

/// Functions of PostgreSQL that change nothing, and `ANY(..)`, `ALL(..)`, `ARRAY(..)`. A schema could have
/// others of these names only in front of pg_catalog in its search_path.
const READING_FUNCTIONS: [&str; 13] = [
    "all", "any", "array", "avg", "coalesce", "count", "exists", "lower", "max", "min", "sum",
    "unnest", "upper",
];

impl Query {
    /// Reads `query`, whose type Diesel knows by `type_id`.
    pub(super) fn read(
        query: &dyn QueryFragment<Pg>,
        type_id: Option<TypeId>,
        types: &CustomTypes,
        cache: &mut StatementCache,
        room: &mut Room,
    ) -> QueryResult<Self> {
        let Collected {
            oids,
            values,
            unknown_types,
            has_custom_types,
        } = Collected::read(query, types, room)?;
        let are_types_known = unknown_types.is_empty();
        let found = match type_id {
            Some(id) if are_types_known => cache.get(Key::Type(id), &oids).map(Entry::share),
            _ => None,
        };
        // The condition under which Diesel itself finds a statement by the query's type alone. What
        // is kept under its type has met it, and by `QueryId` no value changes the text of a type.
        let type_id = match type_id {
            Some(id) if found.is_some() || query.is_safe_to_cache_prepared(&Pg)? => Some(id),
            _ => None,
        };
        let (sql, statement, is_cached) = match found {
            Some((sql, statement)) => {
                debug_assert_eq!(text(query).ok().as_deref(), Some(&*sql));
                (sql, statement, true)
            }
            None => {
                let sql = text(query)?;
                let found = match type_id {
                    None if are_types_known => cache.get(Key::Sql(&sql), &oids).map(Entry::share),
                    _ => None,
                };
                match found {
                    Some((sql, statement)) => (sql, statement, true),
                    None => (sql.into(), None, false),
                }
            }
        };
        // Of texts from `sql_query` and `sql`, Diesel says that they are not safe.
        let is_built_select = sql.starts_with("SELECT ")
            && (type_id.is_some() || query.is_safe_to_cache_prepared(&Pg)?);
        Ok(Self {
            type_id,
            sql,
            is_built_select,
            statement,
            is_cached,
            oids,
            values,
            unknown_types,
            is_without_types: false,
            has_custom_types,
        })
    }

    /// By what the statement is kept.
    pub(super) fn key(&self) -> Key<'_> {
        match self.type_id {
            Some(id) => Key::Type(id),
            None => Key::Sql(&self.sql),
        }
    }

    /// Whether the text can be found by the query's type, without building it.
    pub(super) fn is_known_by_type(&self) -> bool {
        self.type_id.is_some()
    }

    /// Whether this only reads a table, as far as that can be told: a SELECT that Diesel built,
    /// with a FROM.
    ///
    /// Texts from `sql_query` are never taken for one, since they may begin with SELECT and end
    /// with INTO; nor is a SELECT without FROM, which is how functions are called for what they do.
    pub(super) fn is_plain_select(&self) -> bool {
        self.is_built_select && self.sql.contains(" FROM ")
    }

    /// Whether running it twice does what running it once does: a SELECT that calls no function but
    /// these.
    pub(super) fn only_reads(&self) -> bool {
        self.is_plain_select() && calls_only(&self.sql, &READING_FUNCTIONS)
    }

    /// Whatever was prepared for it is gone with its connection.
    pub(super) fn forget_statement(&mut self) {
        self.statement = None;
        self.is_cached = false;
    }

    /// The types of the values, for a Parse.
    pub(super) fn types(&self) -> Vec<Type> {
        self.oids.iter().copied().map(type_of).collect()
    }

    /// The values, for a Bind.
    pub(super) fn values(&self) -> impl ExactSizeIterator<Item = Value<'_>> + Send {
        self.values.iter().map(|value| Value(value.as_deref()))
    }

    /// The values with their types, for Parse and Bind in one.
    pub(super) fn typed_values(&self) -> impl Iterator<Item = (Value<'_>, Type)> + Send {
        self.values().zip(self.oids.iter().copied().map(type_of))
    }
}

/// The values of a query, with their types.
pub(super) struct Collected {
    pub(super) oids: Vec<u32>,
    pub(super) values: Vec<Option<Vec<u8>>>,
    pub(super) unknown_types: UnknownTypes,
    has_custom_types: bool,
}

impl Collected {
    pub(super) fn read(
        query: &dyn QueryFragment<Pg>,
        types: &CustomTypes,
        room: &mut Room,
    ) -> QueryResult<Self> {
        let mut lookup = Lookup::first_pass(types);
        let mut collected = collect(query, &mut lookup, room.collector())?;
        let has_custom_types = lookup.was_asked();
        let unknown_types = match lookup.has_unknown() {
            false => UnknownTypes::default(),
            true => {
                let mut second = Lookup::second_pass(types);
                let again = collect(query, &mut second, RawBytesBindCollector::new())?;
                UnknownTypes::between(lookup, &collected.binds, &again.binds)
            }
        };
        Ok(Self {
            oids: room.oids(&mut collected.metadata)?,
            values: collected.binds,
            unknown_types,
            has_custom_types,
        })
    }
}

/// The lists that a query needs, kept from one to the next.
#[derive(Default)]
pub(super) struct Room {
    metadata: Vec<PgTypeMetadata>,
    oids: Vec<u32>,
    values: Vec<Option<Vec<u8>>>,
}

impl Room {
    /// Longer lists are not kept.
    const LENGTH: usize = 64;

    /// Takes the lists of a query back that has ended.
    pub(super) fn take_back(&mut self, query: &mut Query) {
        self.take_back_lists(&mut query.oids, &mut query.values);
    }

    pub(super) fn take_back_lists(
        &mut self,
        oids: &mut Vec<u32>,
        values: &mut Vec<Option<Vec<u8>>>,
    ) {
        self.oids = emptied(oids);
        self.values = emptied(values);
    }

    fn collector(&mut self) -> RawBytesBindCollector<Pg> {
        let mut collector = RawBytesBindCollector::new();
        collector.metadata = std::mem::take(&mut self.metadata);
        collector.binds = std::mem::take(&mut self.values);
        collector
    }

    fn oids(&mut self, metadata: &mut Vec<PgTypeMetadata>) -> QueryResult<Vec<u32>> {
        let mut oids = std::mem::take(&mut self.oids);
        for metadata in metadata.iter() {
            let oid = metadata.oid();
            oids.push(oid.map_err(|error| DieselError::SerializationError(Box::new(error)))?);
        }
        self.metadata = emptied(metadata);
        Ok(oids)
    }
}

fn emptied<T>(list: &mut Vec<T>) -> Vec<T> {
    let mut list = std::mem::take(list);
    list.clear();
    list.shrink_to(Room::LENGTH);
    list
}

fn collect(
    query: &dyn QueryFragment<Pg>,
    lookup: &mut Lookup,
    mut collector: RawBytesBindCollector<Pg>,
) -> QueryResult<RawBytesBindCollector<Pg>> {
    query.collect_binds(&mut collector, lookup, &Pg)?;
    Ok(collector)
}

/// Whether each function that `sql` calls is one of `names`. Diesel writes no space before a
/// function's parenthesis, and one before any other.
fn calls_only(sql: &str, names: &[&str]) -> bool {
    sql.match_indices('(').all(|(at, _)| {
        let before = sql.get(..at).unwrap_or_default();
        let is_name = |character: char| character.is_alphanumeric() || "_\".".contains(character);
        let name = before
            .rsplit(|character| !is_name(character))
            .next()
            .unwrap_or_default();
        name.is_empty() || names.iter().any(|known| known.eq_ignore_ascii_case(name))
    })
}

pub(super) fn text(query: &dyn QueryFragment<Pg>) -> QueryResult<String> {
    let mut builder = PgQueryBuilder::default();
    query.to_sql(&mut builder, &Pg)?;
    Ok(builder.finish())
}

/// The driver wants a type where the protocol wants an OID. For a type it does not know, the OID is
/// all it will use.
pub(super) fn type_of(oid: u32) -> Type {
    Type::from_oid(oid)
        .unwrap_or_else(|| Type::new(String::new(), oid, Kind::Simple, String::new()))
}

/// A value that Diesel has serialised already.
pub(super) struct Value<'a>(Option<&'a [u8]>);

impl Value<'_> {
    pub(super) const NULL: Self = Self(None);
}

impl std::fmt::Debug for Value<'_> {
    // The driver prints values into its debug log.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            Some(bytes) => write!(formatter, "<{} bytes>", bytes.len()),
            None => formatter.write_str("NULL"),
        }
    }
}

impl ToSql for Value<'_> {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        Ok(match self.0 {
            Some(bytes) => {
                out.extend_from_slice(bytes);
                IsNull::No
            }
            None => IsNull::Yes,
        })
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    fn to_sql_checked(
        &self,
        ty: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        self.to_sql(ty, out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_that_may_write_is_found() {
        for sql in [
            "SELECT COUNT(*) FROM \"users\"",
            "SELECT \"a\" FROM \"users\" WHERE ((\"id\" = $1) AND (\"b\" = ANY($2)))",
            "SELECT \"a\" FROM \"users\" WHERE EXISTS (SELECT 1 FROM \"b\")",
            "SELECT lower(\"a\") FROM \"users\" WHERE (\"id\" IN ($1, $2))",
            "SELECT \"a\" FROM \"users\" WHERE (\"id\" = ANY(ARRAY(SELECT unnest($1))))",
        ] {
            assert!(calls_only(sql, &READING_FUNCTIONS), "{sql}");
        }
        for sql in [
            "SELECT nextval($1) FROM \"users\"",
            "SELECT \"a\" FROM \"users\" WHERE (audit.note(\"a\") = $1)",
            "SELECT \"Note\"(\"a\") FROM \"users\"",
            "SELECT count(note(\"a\")) FROM \"users\"",
            "SELECT audit.count(\"a\") FROM \"users\"",
        ] {
            assert!(!calls_only(sql, &READING_FUNCTIONS), "{sql}");
        }
    }
}
