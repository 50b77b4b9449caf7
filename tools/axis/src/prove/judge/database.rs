//! What Diesel makes of values, and of what PostgreSQL sent.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::ops::Range;
use std::sync::Arc;

use diesel::deserialize::FromSqlRow;
use diesel::dsl::SqlTypeOf;
use diesel::expression::{Expression, Selectable};
use diesel::pg::{Pg, PgMetadataLookup, PgQueryBuilder, PgTypeMetadata, PgValue};
use diesel::query_builder::bind_collector::RawBytesBindCollector;
use diesel::query_builder::{QueryBuilder, QueryFragment};
use diesel::row::{Field, PartialRow, Row as DieselRow, RowIndex, RowSealed};
use diesel::serialize::ToSql;
use diesel::sql_types::HasSqlType;

use crate::Value;

/// The OIDs of a type and of its array type.
type Oids = (u32, u32);

/// The types of the database that values are sent to. A clone is the same knowledge.
#[derive(Clone, Default)]
pub struct Types(Arc<Known>);

#[derive(Default)]
struct Known {
    by_search_path: HashMap<String, Oids>,
    by_schema: HashMap<(String, String), Oids>,
}

impl Types {
    /// Reads a list of `[schema, name, oid, oid of the array, whether the search path leads to it]`.
    pub(crate) fn new(list: Value) -> Self {
        let mut types = Known::default();
        for entry in list.into_list() {
            let [schema, name, oid, array, is_visible] =
                match <[Value; 5]>::try_from(entry.into_list()) {
                    Ok(fields) => fields,
                    Err(_) => continue,
                };
            let (Some(schema), Some(name)) = (schema.into_text(), name.into_text()) else {
                continue;
            };
            let oids = (oid.number() as u32, array.number() as u32);
            if is_visible == Value::Bool(true) {
                types.by_search_path.insert(name.clone(), oids);
            }
            types.by_schema.insert((schema, name), oids);
        }
        Self(Arc::new(types))
    }
}

/// Answers Diesel's questions for the types that the database has made for itself.
struct Lookup {
    types: Types,
    unknown: Option<String>,
}

impl PgMetadataLookup for Lookup {
    fn lookup_type(&mut self, name: &str, schema: Option<&str>) -> PgTypeMetadata {
        let found = match schema {
            None => self.types.0.by_search_path.get(name),
            Some(schema) => {
                let key = (schema.to_owned(), name.to_owned());
                self.types.0.by_schema.get(&key)
            }
        };
        if found.is_none() {
            self.unknown = Some(name.to_owned());
        }
        let (oid, array) = found.copied().unwrap_or_default();
        PgTypeMetadata::new(oid, array)
    }
}

/// The SQL of a query and its parameters, `[oid, bytes]` each.
pub(crate) fn query(
    query: &dyn QueryFragment<Pg>,
    types: &Types,
) -> Result<(String, Vec<Value>), String> {
    let mut builder = PgQueryBuilder::default();
    query
        .to_sql(&mut builder, &Pg)
        .map_err(|error| error.to_string())?;
    let mut lookup = Lookup {
        types: types.clone(),
        unknown: None,
    };
    let mut collector = RawBytesBindCollector::<Pg>::new();
    query
        .collect_binds(&mut collector, &mut lookup, &Pg)
        .map_err(|error| error.to_string())?;
    if let Some(name) = lookup.unknown {
        return Err(format!(
            "the database has no type {name:?} in its search path"
        ));
    }
    let parameters = collector
        .metadata
        .into_iter()
        .zip(collector.binds)
        .map(|(metadata, bytes)| {
            let oid = metadata.oid().map_err(|error| error.to_string())?;
            Ok(Value::List(vec![Value::Unsigned(oid.into()), bind(bytes)]))
        })
        .collect::<Result<_, String>>()?;
    Ok((builder.finish(), parameters))
}

fn bind(bytes: Option<Vec<u8>>) -> Value {
    bytes.map_or(Value::Null, Value::Bytes)
}

/// A value as Diesel would send it to a column: `[oid, bytes]`.
///
/// # Errors
/// What Diesel says.
pub fn encode<ST, T>(value: &T, types: &Types) -> Result<Value, String>
where
    T: ToSql<ST, Pg> + ?Sized,
    Pg: HasSqlType<ST>,
{
    let mut lookup = Lookup {
        types: types.clone(),
        unknown: None,
    };
    let mut collector = RawBytesBindCollector::<Pg>::new();
    diesel::query_builder::bind_collector::BindCollector::push_bound_value::<ST, T>(
        &mut collector,
        value,
        &mut lookup,
    )
    .map_err(|error| error.to_string())?;
    let metadata = collector.metadata.pop().ok_or("Diesel sends nothing")?;
    let oid = metadata.oid().map_err(|error| error.to_string())?;
    let bytes = bind(collector.binds.pop().flatten());
    Ok(Value::List(vec![Value::Unsigned(oid.into()), bytes]))
}

/// A row of a contract, from what PostgreSQL sent. Its SQL type is no parameter: what a wide row reads is looked for among
/// all tuples while it is not known, which takes the compiler seconds for each table.
///
/// # Errors
/// What Diesel says.
pub fn decode<T>(row: &Row) -> Result<T, String>
where
    T: Selectable<Pg> + FromSqlRow<SqlTypeOf<T::SelectExpression>, Pg>,
    T::SelectExpression: Expression,
{
    T::build_from_row(row).map_err(|error| error.to_string())
}

/// A row as PostgreSQL sent it.
pub struct Row(Vec<(NonZeroU32, Option<Vec<u8>>)>);

impl Row {
    /// Reads a list of `[oid, bytes]`.
    pub(crate) fn new(list: Value) -> Self {
        let fields = list.into_list().into_iter().filter_map(|field| {
            let [oid, bytes] = <[Value; 2]>::try_from(field.into_list()).ok()?;
            let oid = NonZeroU32::new(oid.number() as u32)?;
            Some((oid, bytes.into_bytes()))
        });
        Self(fields.collect())
    }
}

impl RowSealed for Row {}

impl RowIndex<usize> for Row {
    fn idx(&self, index: usize) -> Option<usize> {
        (index < self.0.len()).then_some(index)
    }
}

impl<'a> RowIndex<&'a str> for Row {
    fn idx(&self, _: &'a str) -> Option<usize> {
        None
    }
}

impl<'a> DieselRow<'a, Pg> for Row {
    type Field<'field>
        = RowField<'field>
    where
        'a: 'field,
        Self: 'field;
    type InnerPartialRow = Self;

    fn field_count(&self) -> usize {
        self.0.len()
    }

    fn get<'field, I>(&'field self, index: I) -> Option<Self::Field<'field>>
    where
        'a: 'field,
        Self: RowIndex<I>,
    {
        self.0.get(self.idx(index)?).map(RowField)
    }

    fn partial_row(&self, range: Range<usize>) -> PartialRow<'_, Self> {
        PartialRow::new(self, range)
    }
}

/// A field of a [`Row`].
pub struct RowField<'a>(&'a (NonZeroU32, Option<Vec<u8>>));

impl<'a> Field<'a, Pg> for RowField<'a> {
    fn field_name(&self) -> Option<&str> {
        None
    }

    fn value(&self) -> Option<PgValue<'_>> {
        let (oid, bytes) = self.0;
        Some(PgValue::new(bytes.as_deref()?, oid))
    }
}
