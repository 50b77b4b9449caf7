//! How a column's value becomes the argument of a rule's function.

use std::collections::BTreeSet;

use super::super::super::catalog::{Name, TypeKind};
use super::super::super::check_expression::{self, Expr, Literal, Type};
use super::super::{Column, Scalar, Value};
use super::{Checks, Default, Stored};

impl Checks<'_> {
    /// The type of a parameter, how a value becomes an argument, and where in the field the value is.
    pub(super) fn passed(
        &self,
        column: &Column,
        is_padded: bool,
        read_as: &Type,
    ) -> Result<(String, Stored, String), String> {
        let mut value = &column.value;
        let mut path = String::new();
        // A domain that has a Rust type of its own holds its value.
        while let (Scalar::Domain(domain), false) = (&value.scalar, value.is_array) {
            value = &domain.value;
            path += ".0";
        }
        if !fits(read_as, value) {
            let found = column.value.rust_type();
            return Err(format!(
                "the column `{}` is a `{found}` in Rust",
                column.name
            ));
        }
        if value.is_array {
            let elements = value.rust_type();
            let elements = elements
                .strip_prefix("Vec<")
                .and_then(|rest| rest.strip_suffix('>'));
            let elements = elements.ok_or("its array is none in Rust")?;
            return Ok((format!("&[{elements}]"), Stored::Dereferenced, path));
        }
        let (rust_type, stored) = match &value.scalar {
            Scalar::Text | Scalar::Characters { .. } if is_padded => ("&str", Stored::Trimmed),
            Scalar::Characters { length, .. } => {
                let constant = column
                    .max_length
                    .as_ref()
                    .map(|(constant, _)| constant.clone());
                (
                    "&str",
                    Stored::Cut(constant.unwrap_or_else(|| length.to_string())),
                )
            }
            Scalar::Text => ("&str", Stored::Dereferenced),
            Scalar::Bytea => ("&[u8]", Stored::Dereferenced),
            Scalar::NumericOf { scale, .. } => ("&bigdecimal::BigDecimal", Stored::Rounded(*scale)),
            Scalar::Numeric => ("&bigdecimal::BigDecimal", Stored::Borrowed),
            Scalar::Json | Scalar::Jsonb => ("&serde_json::Value", Stored::Borrowed),
            Scalar::Timestamptz { precision } => (
                "chrono::DateTime<chrono::Utc>",
                moment("sent_timestamptz", "stored_timestamptz", *precision),
            ),
            Scalar::Timestamp { precision } => (
                "chrono::NaiveDateTime",
                moment("sent_timestamp", "stored_timestamp", *precision),
            ),
            Scalar::Time { precision } => (
                "chrono::NaiveTime",
                Stored::Moment("stored_time", Some((*precision).min(6))),
            ),
            Scalar::Bool
            | Scalar::Int2
            | Scalar::Int4
            | Scalar::Int8
            | Scalar::Float4
            | Scalar::Float8
            | Scalar::Uuid
            | Scalar::Date
            | Scalar::Inet
            | Scalar::Cidr
            | Scalar::Oid
            | Scalar::Enum { .. } => return Ok((value.scalar.rust_type(), Stored::Copied, path)),
            // Whether it is NULL can be asked of each.
            other => return Ok((format!("&{}", other.rust_type()), Stored::Borrowed, path)),
        };
        Ok((rust_type.to_owned(), stored, path))
    }

    /// Whether the parameter is of the domain, or of one that is above it.
    pub(super) fn is_read(&self, column: &Column, domain: &Name) -> bool {
        let Scalar::Domain(parameter) = &column.value.scalar else {
            return false;
        };
        let mut name = &parameter.name;
        while name != domain {
            match self.catalog.types.get(name).map(|found| &found.kind) {
                Some(TypeKind::Domain(found)) => name = &found.base,
                _ => return false,
            }
        }
        true
    }

    /// Whether the column is `character`, whose blanks at the end do not count.
    pub(super) fn is_padded(&self, column: &Column) -> bool {
        // A part of a column is of another type than the column.
        if let Scalar::Domain(domain) = &column.value.scalar
            && !column.value.is_array
        {
            return self.is_padded_type(&domain.name);
        }
        let found = self
            .relation
            .columns
            .iter()
            .find(|found| found.name == column.name);
        found.is_some_and(|found| self.is_padded_type(&found.type_name))
    }

    pub(super) fn is_padded_type(&self, name: &Name) -> bool {
        let mut name = Some(name);
        while let Some(TypeKind::Domain(domain)) = name
            .and_then(|name| self.catalog.types.get(name))
            .map(|found| &found.kind)
        {
            name = Some(&domain.base);
        }
        name.is_some_and(|name| name.schema == "pg_catalog" && name.name == "bpchar")
    }

    /// A constant default as an argument.
    pub(super) fn constant(&self, default: &Expr, stored: &Stored) -> Option<Default> {
        let data_type = default.data_type();
        let plain = |argument| Default {
            argument,
            helpers: BTreeSet::new(),
        };
        if matches!(default, Expr::Null(_)) {
            return Some(plain("None".to_owned()));
        }
        // A constant is as long as it is compared, and has no months.
        if data_type == Type::Interval {
            return None;
        }
        match default {
            Expr::Literal(Literal::Numeric(digits, scale), _) => {
                let owner = check_expression::decimal(*digits, *scale);
                return Some(plain(match stored {
                    Stored::Rounded(_) => format!("std::borrow::Cow::Owned({owner})"),
                    _ => format!("&{owner}"),
                }));
            }
            Expr::Literal(Literal::Array(elements), _) => {
                return elements.is_empty().then(|| plain("&[]".to_owned()));
            }
            _ if matches!(data_type, Type::Jsonb | Type::Json) => {
                let (document, _) = check_expression::constant(default, self).ok()?;
                return Some(plain(format!("&{document}")));
            }
            _ => {}
        }
        let (argument, helpers) = check_expression::constant(default, self).ok()?;
        Some(Default { argument, helpers })
    }
}

/// Refuses to compare an interval of a given precision, for it is rounded as it is stored.
pub(super) fn compared_as_sent(rule: &Expr, column: &Column) -> Result<(), String> {
    let is_rounded = matches!(&column.value.scalar, Scalar::Own { own, modifier, .. }
        if own.type_name == "interval" && *modifier >= 0);
    let (mut read, mut asked_for_null) = (0, 0);
    rule.visit(&mut |part| match part {
        Expr::Column(_, Type::Interval) => read += 1,
        Expr::IsNull(inner) if matches!(**inner, Expr::Column(_, Type::Interval)) => {
            asked_for_null += 1;
        }
        _ => {}
    });
    match is_rounded && read > asked_for_null {
        true => Err(format!(
            "the column `{}` is rounded to its precision",
            column.name
        )),
        false => Ok(()),
    }
}

/// A moment as it is stored: beyond six digits, only what the driver sends counts.
fn moment(sent: &'static str, rounded: &'static str, precision: u8) -> Stored {
    match precision {
        6.. => Stored::Moment(sent, None),
        precision => Stored::Moment(rounded, Some(precision)),
    }
}

/// Whether values of a type are, in Rust, what the rules take them for. Of other types only NULL is asked.
fn fits(read_as: &Type, value: &Value) -> bool {
    if let Type::Array(element) = read_as {
        let element_value = Value {
            scalar: value.scalar.clone(),
            is_array: false,
        };
        return value.is_array && value.has_null_elements() && fits(element, &element_value);
    }
    if value.is_array {
        return matches!(read_as, Type::Other(_) | Type::Interval);
    }
    match (read_as, &value.scalar) {
        (Type::Range(bound), Scalar::Range(range)) => {
            let bound_value = Value {
                scalar: range.subtype.clone(),
                is_array: false,
            };
            range.name.schema == "pg_catalog" && fits(bound, &bound_value)
        }
        (Type::Enum(name), Scalar::Enum { name: found, .. }) => name == found,
        (Type::Other(_) | Type::Interval, _)
        | (Type::Bool, Scalar::Bool)
        | (Type::Int2, Scalar::Int2)
        | (Type::Int4, Scalar::Int4)
        | (Type::Int8, Scalar::Int8)
        | (Type::Float4, Scalar::Float4)
        | (Type::Float8, Scalar::Float8)
        | (Type::Numeric, Scalar::Numeric | Scalar::NumericOf { .. })
        | (Type::Text | Type::Bpchar | Type::Citext, Scalar::Text | Scalar::Characters { .. })
        | (Type::Bytea, Scalar::Bytea)
        | (Type::Uuid, Scalar::Uuid)
        | (Type::Date, Scalar::Date)
        | (Type::Timestamp, Scalar::Timestamp { .. })
        | (Type::Timestamptz, Scalar::Timestamptz { .. })
        | (Type::Time, Scalar::Time { .. })
        | (Type::Json, Scalar::Json)
        | (Type::Jsonb, Scalar::Jsonb)
        | (Type::Inet, Scalar::Inet)
        | (Type::Cidr, Scalar::Cidr)
        | (Type::Oid, Scalar::Oid) => true,
        _ => false,
    }
}
