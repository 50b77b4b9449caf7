//! A Diesel query, taken apart: SQL text, types and values.
//!
//! A query need not be `Send`, and the future that runs it must be. So everything is read from the
//! query before anything is awaited, and only what is read moves into the future.

use std::any::TypeId;
use std::error::Error;
use std::sync::Arc;

use bytes::BytesMut;
use diesel::pg::{Pg, PgQueryBuilder};
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
    /// Set where the statement was prepared before.
    pub(super) statement: Option<Statement>,
    pub(super) is_cached: bool,
    pub(super) oids: Vec<u32>,
    pub(super) values: Vec<Option<Vec<u8>>>,
    pub(super) unknown_types: UnknownTypes,
    /// Whether the values have types that the database made for itself.
    pub(super) has_custom_types: bool,
}

impl Query {
    /// Reads `query`, whose type Diesel knows by `type_id`.
    pub(super) fn read(
        query: &dyn QueryFragment<Pg>,
        type_id: Option<TypeId>,
        types: &CustomTypes,
        cache: &mut StatementCache,
    ) -> QueryResult<Self> {
        let mut lookup = Lookup::first_pass(types);
        let collected = collect(query, &mut lookup)?;
        let has_custom_types = lookup.was_asked();
        let unknown_types = match lookup.has_unknown() {
            false => UnknownTypes::default(),
            true => {
                let again = collect(query, &mut Lookup::second_pass(types))?;
                UnknownTypes::between(lookup, &collected.binds, &again.binds)
            }
        };
        let oids = collected
            .metadata
            .iter()
            .map(|metadata| metadata.oid())
            .collect::<Result<Vec<u32>, _>>()
            .map_err(|error| DieselError::SerializationError(Box::new(error)))?;
        // The condition under which Diesel itself finds a statement by the query's type alone.
        let type_id = match type_id {
            Some(id) if query.is_safe_to_cache_prepared(&Pg)? => Some(id),
            _ => None,
        };

        let are_types_known = unknown_types.is_empty();
        let found = match type_id {
            Some(id) if are_types_known => cache.get(Key::Type(id), &oids).map(Entry::share),
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
        Ok(Self {
            type_id,
            sql,
            statement,
            is_cached,
            oids,
            values: collected.binds,
            unknown_types,
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
        self.type_id.is_some() && self.sql.starts_with("SELECT ") && self.sql.contains(" FROM ")
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

fn collect(
    query: &dyn QueryFragment<Pg>,
    lookup: &mut Lookup,
) -> QueryResult<RawBytesBindCollector<Pg>> {
    let mut collector = RawBytesBindCollector::<Pg>::new();
    query.collect_binds(&mut collector, lookup, &Pg)?;
    Ok(collector)
}

fn text(query: &dyn QueryFragment<Pg>) -> QueryResult<String> {
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
