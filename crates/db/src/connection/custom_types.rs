//! The OIDs of types that a database has made for itself: enums, composites, domains, those of
//! extensions.
//!
//! Diesel asks for them by name while it serialises values, at a moment when nothing can be
//! awaited. What the pool has learned answers at once. For the rest the values are serialised with
//! placeholders, twice and with different ones: where the results differ, an OID stands (inside of
//! arrays and composites, too). Those places are filled in when the server has told the OIDs.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use diesel::pg::{PgMetadataLookup, PgTypeMetadata};
use tokio_postgres::Client;
use tokio_postgres::types::Type;

/// Placeholders of the first and of the second pass. No database has so many types that these OIDs
/// are taken, and no placeholder of one pass can be read as one of the other.
const FIRST: u32 = 0xFFA0_0000;
const SECOND: u32 = 0xFFB5_5A00;

const BY_SCHEMA: &str = "SELECT t.oid, t.typarray FROM pg_catalog.pg_type t \
     JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace WHERE t.typname = $1 AND n.nspname = $2";
const BY_SEARCH_PATH: &str = "SELECT t.oid, t.typarray FROM pg_catalog.pg_type t \
     WHERE t.oid = pg_catalog.to_regtype(pg_catalog.quote_ident($1))";

/// The OIDs of a type and of its array type.
#[derive(Clone, Copy)]
struct Oids {
    oid: u32,
    array: u32,
}

/// What is known of a database's own types. A clone is the same knowledge: all connections of a
/// pool share it.
#[derive(Clone, Default)]
pub(crate) struct CustomTypes(Arc<RwLock<Known>>);

#[derive(Default)]
struct Known {
    by_search_path: HashMap<String, Oids>,
    by_schema: HashMap<String, HashMap<String, Oids>>,
}

impl CustomTypes {
    fn find(&self, schema: Option<&str>, name: &str) -> Option<Oids> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        match schema {
            None => known.by_search_path.get(name).copied(),
            Some(schema) => known.by_schema.get(schema)?.get(name).copied(),
        }
    }

    fn learn(&self, name: TypeName, oids: Oids) {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        match name.schema {
            None => known.by_search_path.insert(name.name, oids),
            Some(schema) => known
                .by_schema
                .entry(schema)
                .or_default()
                .insert(name.name, oids),
        };
    }

    /// Forgets everything: a type was dropped, and perhaps made anew under another OID.
    pub(super) fn forget(&self) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Known::default();
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct TypeName {
    schema: Option<String>,
    name: String,
}

/// Answers Diesel's questions during one pass over the values.
pub(super) struct Lookup {
    types: CustomTypes,
    placeholders: u32,
    unknown: Vec<TypeName>,
    was_asked: bool,
}

impl Lookup {
    pub(super) fn first_pass(types: &CustomTypes) -> Self {
        Self::new(types, FIRST)
    }

    pub(super) fn second_pass(types: &CustomTypes) -> Self {
        Self::new(types, SECOND)
    }

    fn new(types: &CustomTypes, placeholders: u32) -> Self {
        Self {
            types: types.clone(),
            placeholders,
            unknown: Vec::new(),
            was_asked: false,
        }
    }

    /// Whether there was a type that only the server knows.
    pub(super) fn has_unknown(&self) -> bool {
        !self.unknown.is_empty()
    }

    /// Whether the values have any type of the database's own.
    pub(super) fn was_asked(&self) -> bool {
        self.was_asked
    }
}

impl PgMetadataLookup for Lookup {
    fn lookup_type(&mut self, name: &str, schema: Option<&str>) -> PgTypeMetadata {
        self.was_asked = true;
        if let Some(oids) = self.types.find(schema, name) {
            return PgTypeMetadata::new(oids.oid, oids.array);
        }
        let wanted = TypeName {
            schema: schema.map(ToOwned::to_owned),
            name: name.to_owned(),
        };
        let seen = self.unknown.iter().position(|unknown| *unknown == wanted);
        let index = seen.unwrap_or_else(|| {
            self.unknown.push(wanted);
            self.unknown.len() - 1
        });
        // Beyond some 700,000 unknown types in one statement the placeholders of both passes would
        // meet.
        let placeholder = self.placeholders + 2 * u32::try_from(index).unwrap_or_default();
        PgTypeMetadata::new(placeholder, placeholder + 1)
    }
}

/// Types that a statement needs and the server has not been asked for yet.
#[derive(Default)]
pub(super) struct UnknownTypes {
    names: Vec<TypeName>,
    places: Vec<Place>,
}

/// Four bytes of a value that hold a placeholder.
struct Place {
    value: usize,
    offset: usize,
    placeholder: u32,
}

impl UnknownTypes {
    /// Compares the values of both passes.
    pub(super) fn between(
        first_pass: Lookup,
        first: &[Option<Vec<u8>>],
        second: &[Option<Vec<u8>>],
    ) -> Self {
        let names = first_pass.unknown;
        let count = 2 * u32::try_from(names.len()).unwrap_or_default();
        let mut places = Vec::new();
        for (value, (first, second)) in first.iter().zip(second).enumerate() {
            let (Some(first), Some(second)) = (first, second) else {
                continue;
            };
            let pairs = words(first).zip(words(second)).enumerate();
            places.extend(pairs.filter_map(|(offset, (first, second))| {
                let placeholder = first.wrapping_sub(FIRST);
                let is_oid = placeholder < count && second.wrapping_sub(SECOND) == placeholder;
                is_oid.then_some(Place {
                    value,
                    offset,
                    placeholder,
                })
            }));
        }
        Self { names, places }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// Asks the server, one round trip for each type, and fills in what it says.
    ///
    /// By unnamed statements, which every pooler lets through.
    pub(super) async fn resolve(
        self,
        client: &Client,
        types: &CustomTypes,
        oids: &mut [u32],
        values: &mut [Option<Vec<u8>>],
    ) -> Result<(), LookupFailure> {
        let mut found = Vec::with_capacity(2 * self.names.len());
        for name in self.names {
            let of_type = ask(client, &name).await?;
            let Some(of_type) = of_type else {
                return Err(LookupFailure::NoSuchType(name.into()));
            };
            found.extend([of_type.oid, of_type.array]);
            types.learn(name, of_type);
        }
        let real = |placeholder: u32| found.get(usize::try_from(placeholder).ok()?).copied();
        for oid in oids {
            if let Some(real) = real(oid.wrapping_sub(FIRST)) {
                *oid = real;
            }
        }
        for place in self.places {
            let bytes = values
                .get_mut(place.value)
                .and_then(Option::as_mut)
                .and_then(|value| value.get_mut(place.offset..place.offset + 4));
            if let (Some(bytes), Some(real)) = (bytes, real(place.placeholder)) {
                bytes.copy_from_slice(&real.to_be_bytes());
            }
        }
        Ok(())
    }
}

async fn ask(client: &Client, name: &TypeName) -> Result<Option<Oids>, tokio_postgres::Error> {
    let rows = match &name.schema {
        Some(schema) => {
            let values = [(&name.name as _, Type::TEXT), (schema as _, Type::TEXT)];
            client.query_typed(BY_SCHEMA, &values).await?
        }
        None => {
            let values = [(&name.name as _, Type::TEXT)];
            client.query_typed(BY_SEARCH_PATH, &values).await?
        }
    };
    rows.first()
        .map(|row| {
            Ok(Oids {
                oid: row.try_get(0)?,
                array: row.try_get(1)?,
            })
        })
        .transpose()
}

/// Why the OID of a type could not be had.
pub(super) enum LookupFailure {
    Driver(tokio_postgres::Error),
    NoSuchType(UnknownType),
}

impl From<tokio_postgres::Error> for LookupFailure {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Driver(error)
    }
}

/// The code names a type that the database does not have.
#[derive(Debug, thiserror::Error)]
#[error(
    "the database has no type {name}: is a migration missing, or its schema not on the search path?"
)]
pub(super) struct UnknownType {
    name: String,
}

impl From<TypeName> for UnknownType {
    fn from(name: TypeName) -> Self {
        Self {
            name: match name.schema {
                Some(schema) => format!("\"{schema}\".\"{}\"", name.name),
                None => format!("\"{}\"", name.name),
            },
        }
    }
}

/// The big-endian numbers that begin at each byte.
fn words(bytes: &[u8]) -> impl Iterator<Item = u32> {
    bytes.windows(4).map(|word| {
        word.iter()
            .fold(0, |number, byte| number << 8 | u32::from(*byte))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lookup(types: &CustomTypes, second: bool, names: &[&str]) -> (Lookup, Vec<u8>) {
        let mut lookup = match second {
            false => Lookup::first_pass(types),
            true => Lookup::second_pass(types),
        };
        let mut bytes = vec![0xFF, 0xA0];
        for name in names {
            let metadata = lookup.lookup_type(name, None);
            bytes.extend(metadata.oid().expect("an OID").to_be_bytes());
            bytes.push(0xFF);
        }
        (lookup, bytes)
    }

    #[test]
    fn finds_every_placeholder_and_nothing_else() {
        let types = CustomTypes::default();
        let names = ["mood", "colour", "mood"];
        let (first, first_bytes) = lookup(&types, false, &names);
        let (_, second_bytes) = lookup(&types, true, &names);
        let unknown = UnknownTypes::between(
            first,
            &[None, Some(first_bytes)],
            &[None, Some(second_bytes)],
        );
        assert_eq!(unknown.names.len(), 2);
        let places: Vec<_> = unknown
            .places
            .iter()
            .map(|place| (place.value, place.offset, place.placeholder))
            .collect();
        assert_eq!(places, [(1, 2, 0), (1, 7, 2), (1, 12, 0)]);
    }

    #[test]
    fn does_not_ask_for_what_is_known() {
        let types = CustomTypes::default();
        let name = TypeName {
            schema: None,
            name: "mood".to_owned(),
        };
        types.learn(name, Oids { oid: 7, array: 8 });
        let (known, _) = lookup(&types, false, &["mood"]);
        assert!(!known.has_unknown() && known.was_asked());
        types.forget();
        let (unknown, _) = lookup(&types, false, &["mood"]);
        assert!(unknown.has_unknown());
    }
}
