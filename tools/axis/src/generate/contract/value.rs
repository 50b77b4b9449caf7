//! The Rust type of a column, and what the type itself refuses.

use super::super::catalog::{Catalog, Column, Name, TypeKind};
use super::super::diesel_schema::{DieselSchema, SqlType, Table};

/// What a column holds where it is not NULL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Value {
    /// The value, or that of each element.
    pub(crate) scalar: Scalar,
    /// Whether it is an array.
    pub(crate) is_array: bool,
}

/// A type that has a Rust type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Scalar {
    /// `boolean`
    Bool,
    /// `smallint`
    Int2,
    /// `integer`
    Int4,
    /// `bigint`
    Int8,
    /// `real`
    Float4,
    /// `double precision`
    Float8,
    /// `text`, `citext`, and `character varying` or `character` without a length.
    Text,
    /// `character varying(n)` and `character(n)`: they refuse the same.
    Characters(u32),
    /// `uuid`
    Uuid,
    /// `timestamp with time zone`
    Timestamptz,
    /// `timestamp without time zone`
    Timestamp,
    /// `date`
    Date,
    /// `time without time zone`
    Time,
    /// `json`
    Json,
    /// `jsonb`
    Jsonb,
    /// `bytea`
    Bytea,
    /// `numeric`
    Numeric,
    /// `numeric(precision, scale)`
    NumericOf {
        /// Digits in all.
        precision: u32,
        /// Digits after the point; negative: zeros before it.
        scale: i32,
    },
    /// `inet`
    Inet,
    /// `cidr`
    Cidr,
    /// `oid`
    Oid,
    /// An enum.
    Enum {
        /// Its name in the database.
        name: Name,
        /// Its name in Rust.
        rust_name: String,
    },
}

impl Value {
    /// The Rust type, as a path that every module of a table can use.
    pub(crate) fn rust_type(&self) -> String {
        let scalar = self.scalar.rust_type();
        match self.is_array {
            // PostgreSQL lets each element of an array be NULL.
            true => format!("Vec<Option<{scalar}>>"),
            false => scalar,
        }
    }

    /// What the Rust type cannot hold although the column can.
    pub(crate) fn narrower(&self) -> Vec<&'static str> {
        let array = "`Vec` has one dimension, and its first index is 1";
        self.scalar
            .narrower()
            .into_iter()
            .chain(self.is_array.then_some(array))
            .collect()
    }
}

impl Scalar {
    pub(super) fn rust_type(&self) -> String {
        let path = match self {
            Self::Bool => "bool",
            Self::Int2 => "i16",
            Self::Int4 => "i32",
            Self::Int8 => "i64",
            Self::Float4 => "f32",
            Self::Float8 => "f64",
            Self::Text | Self::Characters(_) => "String",
            Self::Uuid => "uuid::Uuid",
            Self::Timestamptz => "chrono::DateTime<chrono::Utc>",
            Self::Timestamp => "chrono::NaiveDateTime",
            Self::Date => "chrono::NaiveDate",
            Self::Time => "chrono::NaiveTime",
            Self::Json | Self::Jsonb => "serde_json::Value",
            Self::Bytea => "Vec<u8>",
            Self::Numeric | Self::NumericOf { .. } => "bigdecimal::BigDecimal",
            Self::Inet | Self::Cidr => "ipnet::IpNet",
            Self::Oid => "u32",
            Self::Enum { rust_name, .. } => return format!("super::types::{rust_name}"),
        };
        path.to_owned()
    }

    fn narrower(&self) -> Option<&'static str> {
        match self {
            Self::Timestamptz | Self::Timestamp => Some(
                "chrono ends in the year 262142, PostgreSQL in 294276, and has neither `infinity` nor `-infinity`",
            ),
            Self::Date => Some(
                "chrono ends in the year 262142, PostgreSQL in 5874897, and has neither `infinity` nor `-infinity`",
            ),
            Self::Time => {
                Some("chrono writes 24:00:00 as the leap second 23:59:60, and reads it as 00:00:00")
            }
            Self::Numeric => Some(
                "`BigDecimal` has neither `NaN` nor `Infinity`, and Diesel sends at most 131,064 digits",
            ),
            Self::NumericOf { .. } => Some("`BigDecimal` has no `NaN`"),
            Self::Json => Some(
                "`serde_json` keeps the last of equal keys, and holds numbers as i64, u64 or f64",
            ),
            Self::Jsonb => Some("`serde_json` holds numbers as i64, u64 or f64"),
            Self::Cidr => {
                Some("Diesel clears the bits behind the prefix, which PostgreSQL would refuse")
            }
            _ => None,
        }
    }
}

/// Finds the Rust type of a column. An error says why there is none.
pub(super) fn of(
    catalog: &Catalog,
    diesel: &DieselSchema,
    table: &Table,
    column: &Column,
) -> Result<Value, String> {
    let unknown = || format!("there is no Rust type for `{}` yet", column.data_type);
    let sql_type = table
        .columns
        .iter()
        .find(|found| found.name == column.name)
        .map(|found| &found.sql_type)
        .ok_or_else(unknown)?;
    let kind = |name| catalog.types.get(name).map(|found| &found.kind);
    let (mut name, mut modifier) = (&column.type_name, column.type_modifier);
    if let Some(TypeKind::Domain(domain)) = kind(name) {
        (name, modifier) = (&domain.base, domain.type_modifier);
    }
    let is_array = match kind(name) {
        Some(TypeKind::Array(element)) => {
            name = element;
            true
        }
        _ => false,
    };
    let scalar = match kind(name) {
        Some(TypeKind::Enum(labels)) => enum_of(diesel, sql_type, name, labels, is_array)?,
        Some(TypeKind::Domain(_)) => {
            return Err(format!(
                "`{}` is a domain within another type, which the diesel CLI takes for a type of its own",
                column.data_type
            ));
        }
        Some(TypeKind::Base) => base(name, modifier).ok_or_else(unknown)?,
        _ => return Err(unknown()),
    };
    Ok(Value { scalar, is_array })
}

fn enum_of(
    diesel: &DieselSchema,
    sql_type: &SqlType,
    name: &Name,
    labels: &[String],
    is_array: bool,
) -> Result<Scalar, String> {
    if labels.is_empty() {
        return Err(format!("the enum `{name}` has no label"));
    }
    if sql_type.name != *name || sql_type.is_array != is_array {
        return Err(format!(
            "the diesel CLI takes the enum `{name}` for an array of another type"
        ));
    }
    if !sql_type.is_custom {
        return Err(format!(
            "schema.rs does not define the enum `{name}`: Diesel has a type of that name, or diesel.toml says so"
        ));
    }
    let other = diesel
        .tables
        .iter()
        .flat_map(|table| &table.columns)
        .map(|column| &column.sql_type)
        .find(|other| other.rust_name == sql_type.rust_name && other.name != sql_type.name);
    match other {
        Some(other) => Err(format!(
            "the types `{name}` and `{}` are both `{}` in Rust",
            other.name, sql_type.rust_name
        )),
        None => Ok(Scalar::Enum {
            name: name.clone(),
            rust_name: sql_type.rust_name.clone(),
        }),
    }
}

fn base(name: &Name, modifier: i32) -> Option<Scalar> {
    if name.schema != "pg_catalog" {
        return (name.name == "citext").then_some(Scalar::Text);
    }
    Some(match name.name.as_str() {
        "bool" => Scalar::Bool,
        "int2" => Scalar::Int2,
        "int4" => Scalar::Int4,
        "int8" => Scalar::Int8,
        "float4" => Scalar::Float4,
        "float8" => Scalar::Float8,
        "text" => Scalar::Text,
        // The modifier counts the length word too.
        "varchar" | "bpchar" => match u32::try_from(modifier.saturating_sub(4)) {
            Ok(length) => Scalar::Characters(length),
            Err(_) => Scalar::Text,
        },
        "uuid" => Scalar::Uuid,
        "timestamptz" => Scalar::Timestamptz,
        "timestamp" => Scalar::Timestamp,
        "date" => Scalar::Date,
        "time" => Scalar::Time,
        "json" => Scalar::Json,
        "jsonb" => Scalar::Jsonb,
        "bytea" => Scalar::Bytea,
        "numeric" => numeric(modifier),
        "inet" => Scalar::Inet,
        "cidr" => Scalar::Cidr,
        "oid" => Scalar::Oid,
        _ => return None,
    })
}

/// The modifier of `numeric(p, s)` is 4 more than p in the upper half and s, of eleven bits with a sign, in the lower.
fn numeric(modifier: i32) -> Scalar {
    if modifier < 4 {
        return Scalar::Numeric;
    }
    let modifier = modifier - 4;
    let scale = modifier & 0x7ff;
    Scalar::NumericOf {
        precision: (modifier >> 16).unsigned_abs(),
        scale: (scale ^ 1024) - 1024,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modifiers_are_read_as_postgresql_writes_them() {
        let of = |name: &str, modifier| base(&Name::new("pg_catalog", name), modifier);
        assert_eq!(of("varchar", 259), Some(Scalar::Characters(255)));
        assert_eq!(of("varchar", -1), Some(Scalar::Text));
        assert_eq!(of("bpchar", 5), Some(Scalar::Characters(1)));
        assert_eq!(of("numeric", -1), Some(Scalar::Numeric));
        // SELECT atttypmod of numeric(10,2), numeric(5), numeric(3,-2) and numeric(2,4).
        for (modifier, precision, scale) in [
            (655_366, 10, 2),
            (327_684, 5, 0),
            (198_658, 3, -2),
            (131_080, 2, 4),
        ] {
            assert_eq!(
                of("numeric", modifier),
                Some(Scalar::NumericOf { precision, scale })
            );
        }
        assert_eq!(of("tsvector", -1), None);
        assert_eq!(base(&Name::new("public", "text"), -1), None);
    }
}
