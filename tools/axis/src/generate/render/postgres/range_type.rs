/// A range of values. PostgreSQL keeps a range of integers or dates as `[lower, upper)`, and one that holds nothing as
/// `Empty`. On the wire it is `{"lower": 1, "upper": 5, "bounds": "[)"}`, where a bound that is left out or NULL is not there
/// and `bounds` may be left out, or `"empty"`.
#[derive(
    Clone, Debug, PartialEq, diesel::expression::AsExpression, diesel::deserialize::FromSqlRow,
)]
#[diesel(sql_type = RANGES)]
pub enum Range<T> {
    /// No value.
    Empty,
    /// The values between two bounds.
    Bounds(std::ops::Bound<T>, std::ops::Bound<T>),
}

impl<T> Range<T> {
    /// The bounds that there are.
    pub fn bounds(&self) -> impl Iterator<Item = &T> {
        let (lower, upper) = match self {
            Self::Empty => (std::ops::Bound::Unbounded, std::ops::Bound::Unbounded),
            Self::Bounds(lower, upper) => (lower.as_ref(), upper.as_ref()),
        };
        [lower, upper].into_iter().filter_map(|bound| match bound {
            std::ops::Bound::Included(value) | std::ops::Bound::Excluded(value) => Some(value),
            std::ops::Bound::Unbounded => None,
        })
    }
}

impl<T, ST> diesel::serialize::ToSql<diesel::sql_types::Range<ST>, diesel::pg::Pg> for Range<T>
where
    ST: 'static,
    T: diesel::serialize::ToSql<ST, diesel::pg::Pg>,
{
    fn to_sql<'b>(
        &'b self,
        out: &mut diesel::serialize::Output<'b, '_, diesel::pg::Pg>,
    ) -> diesel::serialize::Result {
        const EMPTY: u8 = 1;
        match self {
            Self::Empty => std::io::Write::write_all(out, &[EMPTY])?,
            Self::Bounds(lower, upper) => {
                let bounds = (lower.as_ref(), upper.as_ref());
                diesel::serialize::ToSql::<diesel::sql_types::Range<ST>, diesel::pg::Pg>::to_sql(
                    &bounds,
                    &mut out.reborrow(),
                )?;
            }
        }
        Ok(diesel::serialize::IsNull::No)
    }
}

impl<T, ST> diesel::deserialize::FromSql<diesel::sql_types::Range<ST>, diesel::pg::Pg> for Range<T>
where
    (std::ops::Bound<T>, std::ops::Bound<T>):
        diesel::deserialize::FromSql<diesel::sql_types::Range<ST>, diesel::pg::Pg>,
{
    fn from_sql(value: diesel::pg::PgValue<'_>) -> diesel::deserialize::Result<Self> {
        const EMPTY: u8 = 1;
        let is_empty = value.as_bytes().first() == Some(&EMPTY);
        // Diesel makes up bounds for a range that is empty.
        let (lower, upper) = diesel::deserialize::FromSql::from_sql(value)?;
        Ok(match is_empty {
            true => Self::Empty,
            false => Self::Bounds(lower, upper),
        })
    }
}

/// A range on the wire.
#[derive(serde::Deserialize, serde::Serialize)]
#[serde(deny_unknown_fields)]
struct RangeOnTheWire<T> {
    #[serde(default = "Option::default", skip_serializing_if = "Option::is_none")]
    lower: Option<T>,
    #[serde(default = "Option::default", skip_serializing_if = "Option::is_none")]
    upper: Option<T>,
    #[serde(default = "RangeKind::half_open")]
    bounds: RangeKind,
}

#[derive(Clone, Copy, serde::Deserialize, serde::Serialize)]
enum RangeKind {
    #[serde(rename = "empty")]
    Empty,
    #[serde(rename = "[]")]
    Closed,
    #[serde(rename = "[)")]
    HalfOpen,
    #[serde(rename = "(]")]
    HalfClosed,
    #[serde(rename = "()")]
    Open,
}

impl RangeKind {
    fn half_open() -> Self {
        Self::HalfOpen
    }
}

impl<T: serde::Serialize> serde::Serialize for Range<T> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use std::ops::Bound::{Excluded, Included, Unbounded};
        let (lower, upper, bounds) = match self {
            Self::Empty => (None, None, RangeKind::Empty),
            Self::Bounds(lower, upper) => {
                let (lower, is_closed) = match lower {
                    Included(value) => (Some(value), true),
                    Excluded(value) => (Some(value), false),
                    Unbounded => (None, true),
                };
                match (upper, is_closed) {
                    (Included(value), true) => (lower, Some(value), RangeKind::Closed),
                    (Included(value), false) => (lower, Some(value), RangeKind::HalfClosed),
                    (Excluded(value), true) => (lower, Some(value), RangeKind::HalfOpen),
                    (Excluded(value), false) => (lower, Some(value), RangeKind::Open),
                    (Unbounded, true) => (lower, None, RangeKind::HalfOpen),
                    (Unbounded, false) => (lower, None, RangeKind::Open),
                }
            }
        };
        RangeOnTheWire {
            lower,
            upper,
            bounds,
        }
        .serialize(serializer)
    }
}

impl<'de, T: serde::Deserialize<'de>> serde::Deserialize<'de> for Range<T> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use std::ops::Bound::{Excluded, Included, Unbounded};
        let wire = RangeOnTheWire::<T>::deserialize(deserializer)?;
        let (lower, upper) = (wire.lower, wire.upper);
        Ok(match wire.bounds {
            RangeKind::Empty if lower.is_none() && upper.is_none() => Self::Empty,
            RangeKind::Empty => {
                let message = "a range that is empty has no bounds";
                return Err(serde::de::Error::custom(message));
            }
            kind => Self::Bounds(
                lower.map_or(Unbounded, match kind {
                    RangeKind::Closed | RangeKind::HalfOpen => Included,
                    _ => Excluded,
                }),
                upper.map_or(Unbounded, match kind {
                    RangeKind::Closed | RangeKind::HalfClosed => Included,
                    _ => Excluded,
                }),
            ),
        })
    }
}
