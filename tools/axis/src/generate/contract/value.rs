//! The Rust type of a column, and what it cannot hold.

use super::super::catalog::Name;
use super::own::Own;

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
    Characters {
        /// The most characters.
        length: u32,
        /// Whether it is `character`, which fills up with spaces.
        is_padded: bool,
    },
    /// `"char"`: one byte.
    CChar,
    /// `uuid`
    Uuid,
    /// `timestamp with time zone`
    Timestamptz {
        /// Digits of the seconds that are kept: what is beyond is rounded, half away from 2000-01-01.
        precision: u8,
    },
    /// `timestamp without time zone`
    Timestamp {
        /// Digits of the seconds that are kept: what is beyond is rounded, half away from 2000-01-01.
        precision: u8,
    },
    /// `date`
    Date,
    /// `time without time zone`
    Time {
        /// Digits of the seconds that are kept: what is beyond is rounded, half up.
        precision: u8,
    },
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
    /// A type whose Rust type the contracts bring.
    Own {
        /// The type.
        own: Own,
        /// Its modifier, or -1.
        modifier: i32,
        /// What Diesel calls it.
        sql_type: SqlPath,
    },
    /// `bit(length)` and `bit varying(length)`.
    Bits {
        /// The most bits, or the number of them.
        length: Option<u32>,
        /// Whether it is `bit`, which takes no fewer.
        is_exact: bool,
        /// What Diesel calls it.
        sql_type: SqlPath,
    },
    /// A type for which axis.toml names a Rust type.
    Given {
        /// Path of the Rust type.
        rust: String,
    },
    /// An enum.
    Enum {
        /// Its name in the database.
        name: Name,
        /// Its name in Rust.
        rust_name: String,
        /// What Diesel calls it.
        sql_type: SqlPath,
    },
    /// A range.
    Range(Box<Range>),
    /// Several ranges that do not touch each other.
    Multirange(Box<Range>),
    /// A row.
    Composite(Box<Composite>),
    /// A domain where schema.rs has a type of its own for it: below another domain, or within another type.
    Domain(Box<Domain>),
}

/// How Diesel's type of a type is named.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum SqlPath {
    /// Diesel has it: its name in `diesel::sql_types`.
    Diesel(String),
    /// schema.rs defines it: its name there.
    Schema(String),
    /// The file beside schema.rs defines it: its name there.
    Further(String),
    /// axis.toml names it.
    Given(String),
    /// The contracts define it for themselves.
    Contract {
        /// Its name there.
        rust_name: String,
        /// Its name in the database.
        name: Name,
    },
}

/// A range type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Range {
    /// Its name in the database.
    pub(crate) name: Name,
    /// What Diesel calls it.
    pub(crate) sql_type: SqlPath,
    /// What it is a range of.
    pub(crate) subtype: Scalar,
    /// What Diesel calls that.
    pub(crate) subtype_sql_type: SqlPath,
}

/// A composite type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Composite {
    /// Its name in the database.
    pub(crate) name: Name,
    /// Its name in Rust.
    pub(crate) rust_name: String,
    /// What Diesel calls it.
    pub(crate) sql_type: SqlPath,
    /// `COMMENT ON`.
    pub(crate) comment: Option<String>,
    /// Its members, in order.
    pub(crate) members: Vec<Member>,
}

/// A member of a composite type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Member {
    /// Its name in the database.
    pub(crate) name: String,
    /// Its field.
    pub(crate) field: String,
    /// Its name on the wire.
    pub(crate) wire_name: String,
    /// Its type in the database.
    pub(crate) type_name: Name,
    /// Its SQL type.
    pub(crate) data_type: String,
    /// `COMMENT ON`.
    pub(crate) comment: Option<String>,
    /// Whether it can be NULL.
    pub(crate) nullable: bool,
    /// What it holds otherwise.
    pub(crate) value: Value,
    /// What Diesel calls its type, or that of its elements.
    pub(crate) sql_type: SqlPath,
}

/// A domain that has a Rust type of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Domain {
    /// Its name in the database.
    pub(crate) name: Name,
    /// Its name in Rust.
    pub(crate) rust_name: String,
    /// What Diesel calls it.
    pub(crate) sql_type: SqlPath,
    /// `COMMENT ON`.
    pub(crate) comment: Option<String>,
    /// The type below, as SQL writes it.
    pub(crate) data_type: String,
    /// Whether it refuses NULL, by itself or by a domain below.
    pub(crate) not_null: bool,
    /// What it holds.
    pub(crate) value: Value,
    /// What Diesel calls the type below, or that of its elements.
    pub(crate) value_sql_type: SqlPath,
}

impl Value {
    /// The Rust type, as a path that every module of a table can use.
    pub(crate) fn rust_type(&self) -> String {
        let scalar = self.scalar.rust_type();
        match (self.is_array, self.has_null_elements()) {
            (false, _) => scalar,
            (true, false) => format!("Vec<{scalar}>"),
            (true, true) => format!("Vec<Option<{scalar}>>"),
        }
    }

    /// Whether it is an array whose elements may be NULL: PostgreSQL lets them, unless they are of a domain that does not.
    pub(crate) fn has_null_elements(&self) -> bool {
        let refused = matches!(&self.scalar, Scalar::Domain(domain) if domain.not_null);
        self.is_array && !refused
    }

    /// What the Rust type cannot hold although the column can.
    pub(crate) fn narrower(&self) -> Vec<&'static str> {
        let array = "`Vec` has one dimension, and its first index is 1";
        let mut reasons = self.scalar.narrower();
        reasons.extend(self.is_array.then_some(array));
        let mut known = Vec::new();
        for reason in reasons {
            if !known.contains(&reason) {
                known.push(reason);
            }
        }
        known
    }
}

impl Scalar {
    /// The Rust type, as a path that every module of a table can use.
    pub(crate) fn rust_type(&self) -> String {
        let path = match self {
            Self::Bool => "bool",
            Self::Int2 => "i16",
            Self::Int4 => "i32",
            Self::Int8 => "i64",
            Self::Float4 => "f32",
            Self::Float8 => "f64",
            Self::Text | Self::Characters { .. } | Self::CChar => "String",
            Self::Uuid => "uuid::Uuid",
            Self::Timestamptz { .. } => "chrono::DateTime<chrono::Utc>",
            Self::Timestamp { .. } => "chrono::NaiveDateTime",
            Self::Date => "chrono::NaiveDate",
            Self::Time { .. } => "chrono::NaiveTime",
            Self::Json | Self::Jsonb => "serde_json::Value",
            Self::Bytea => "Vec<u8>",
            Self::Numeric | Self::NumericOf { .. } => "bigdecimal::BigDecimal",
            Self::Inet | Self::Cidr => "ipnet::IpNet",
            Self::Oid => "u32",
            Self::Bits { .. } => "super::postgres::Bits",
            Self::Given { rust } => return rust.clone(),
            Self::Own { own, .. } => return format!("super::postgres::{}", own.rust_name),
            Self::Enum { rust_name, .. } => return format!("super::types::{rust_name}"),
            Self::Composite(composite) => return format!("super::types::{}", composite.rust_name),
            Self::Domain(domain) => return format!("super::types::{}", domain.rust_name),
            Self::Range(range) => {
                return format!("super::postgres::Range<{}>", range.subtype.rust_type());
            }
            Self::Multirange(range) => {
                return format!("super::postgres::Multirange<{}>", range.subtype.rust_type());
            }
        };
        path.to_owned()
    }

    fn narrower(&self) -> Vec<&'static str> {
        let reason = match self {
            Self::Timestamptz { .. } | Self::Timestamp { .. } => {
                "chrono ends in the year 262142, PostgreSQL in 294276, and has neither `infinity` nor `-infinity`"
            }
            Self::Date => {
                "chrono ends in the year 262142, PostgreSQL in 5874897, and has neither `infinity` nor `-infinity`"
            }
            Self::Time { .. } => {
                "chrono writes 24:00:00 as the leap second 23:59:60, and reads it as 00:00:00"
            }
            Self::CChar => {
                "PostgreSQL keeps the first byte; one beyond ASCII is no `String`, and none is read as NUL"
            }
            Self::Own { own, .. } if own.part == "timetz" => {
                "chrono writes 24:00:00 as the leap second 23:59:60, and reads it as 00:00:00"
            }
            Self::Numeric => {
                "`BigDecimal` has neither `NaN` nor `Infinity`; Diesel sends at most 131,064 digits, and of zero none after the point"
            }
            Self::NumericOf { .. } => "`BigDecimal` has no `NaN`",
            Self::Json => {
                "`serde_json` keeps the last of equal keys, and holds numbers as i64, u64 or f64"
            }
            Self::Jsonb => "`serde_json` holds numbers as i64, u64 or f64",
            Self::Cidr => "Diesel clears the bits behind the prefix, which PostgreSQL would refuse",
            Self::Range(range) | Self::Multirange(range) => return range.subtype.narrower(),
            Self::Composite(composite) => {
                let members = composite.members.iter();
                return members.flat_map(|member| member.value.narrower()).collect();
            }
            Self::Domain(domain) => return domain.value.narrower(),
            _ => return Vec::new(),
        };
        vec![reason]
    }

    /// What of the type's rules is left to the database.
    pub(crate) fn undecided(&self) -> Vec<&'static str> {
        // The lower half of the modifier: digits of the seconds, or all bits.
        let is_rounded = |modifier: i32| modifier >= 0 && modifier & 0xffff < 6;
        match self {
            Self::Own { own, modifier, .. } if own.type_name == "interval" => {
                let reason = "rounded beyond the most microseconds, PostgreSQL 18 refuses it, and 15 wraps around";
                is_rounded(*modifier)
                    .then_some(reason)
                    .into_iter()
                    .collect()
            }
            Self::Own { own, .. } => own.undecided.into_iter().collect(),
            Self::Range(range) | Self::Multirange(range) if range.subtype == Self::Text => {
                vec![
                    "which of two texts comes first, and so whether a range ends before it begins, depends on the collation",
                ]
            }
            Self::Given { .. } => vec![
                "axis.toml names its Rust type: what that holds and what PostgreSQL refuses of it is not proved",
            ],
            _ => self
                .parts()
                .into_iter()
                .flat_map(Scalar::undecided)
                .collect(),
        }
    }

    /// Whether PostgreSQL refuses some values of the Rust type.
    pub(crate) fn has_limits(&self) -> bool {
        match self {
            Self::Text
            | Self::Characters { .. }
            | Self::CChar
            | Self::Timestamptz { .. }
            | Self::Timestamp { .. }
            | Self::Date
            | Self::Time { .. }
            | Self::Jsonb
            | Self::Numeric
            | Self::NumericOf { .. }
            | Self::Range(_)
            | Self::Multirange(_) => true,
            Self::Bool
            | Self::Int2
            | Self::Int4
            | Self::Int8
            | Self::Float4
            | Self::Float8
            | Self::Uuid
            | Self::Json
            | Self::Bytea
            | Self::Inet
            | Self::Cidr
            | Self::Oid
            | Self::Given { .. }
            | Self::Enum { .. } => false,
            Self::Bits { length, .. } => length.is_some(),
            Self::Own { own, .. } => own.has_limits,
            Self::Composite(composite) => composite
                .members
                .iter()
                .any(|member| member.value.scalar.has_limits()),
            Self::Domain(domain) => domain.value.scalar.has_limits(),
        }
    }

    /// What is below, one level down: of a range its bounds, of a row its members, of a domain its value.
    pub(crate) fn parts(&self) -> Vec<&Scalar> {
        match self {
            Self::Range(range) | Self::Multirange(range) => vec![&range.subtype],
            Self::Composite(composite) => composite
                .members
                .iter()
                .map(|member| &member.value.scalar)
                .collect(),
            Self::Domain(domain) => vec![&domain.value.scalar],
            _ => Vec::new(),
        }
    }
}
