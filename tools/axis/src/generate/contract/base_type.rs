//! The types that need nothing but their modifier to be known.

use super::super::catalog::Name;
use super::value::Scalar;

/// Whether Rust compares two values as PostgreSQL's B-tree does.
pub(super) fn has_known_order(scalar: &Scalar) -> bool {
    matches!(
        scalar,
        Scalar::Int2
            | Scalar::Int4
            | Scalar::Int8
            | Scalar::Float4
            | Scalar::Float8
            | Scalar::Numeric
            | Scalar::Uuid
            | Scalar::Timestamptz { .. }
            | Scalar::Timestamp { .. }
            | Scalar::Date
            | Scalar::Time { .. }
            | Scalar::Oid
    )
}

/// A type that Rust, a crate of values or the contracts have a type for, from its modifier.
pub(super) fn base(name: &Name, modifier: i32) -> Option<Scalar> {
    if name.schema != "pg_catalog" {
        return (name.name == "citext").then_some(Scalar::Text);
    }
    // Without a modifier, microseconds.
    let precision = u8::try_from(modifier).unwrap_or(6);
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
            Ok(length) => Scalar::Characters {
                length,
                is_padded: name.name == "bpchar",
            },
            Err(_) => Scalar::Text,
        },
        "char" => Scalar::CChar,
        "uuid" => Scalar::Uuid,
        "timestamptz" => Scalar::Timestamptz { precision },
        "timestamp" => Scalar::Timestamp { precision },
        "date" => Scalar::Date,
        "time" => Scalar::Time { precision },
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
        let characters = |length, is_padded| Some(Scalar::Characters { length, is_padded });
        assert_eq!(of("varchar", 259), characters(255, false));
        assert_eq!(of("varchar", -1), Some(Scalar::Text));
        assert_eq!(of("bpchar", 5), characters(1, true));
        assert_eq!(of("timestamp", 0), Some(Scalar::Timestamp { precision: 0 }));
        assert_eq!(of("time", -1), Some(Scalar::Time { precision: 6 }));
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
        assert_eq!(of("aclitem", -1), None);
        assert_eq!(base(&Name::new("public", "text"), -1), None);
    }
}
