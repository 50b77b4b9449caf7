//! The rule as a plain value: what each operation is and which type it is of. A condition is true, false or NULL.

use super::super::catalog::Name;
pub(crate) use super::operation::{
    Arithmetic, Bitwise, Comparison, DatePart, Function, RangeSide, Rounding, Side,
};

/// A type as far as the rules tell types apart. `varchar` and domains are what they are stored as.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Type {
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
    /// `numeric`
    Numeric,
    /// `text` and `character varying`
    Text,
    /// `character`: blanks at the end do not count.
    Bpchar,
    /// `citext`
    Citext,
    /// `bytea`
    Bytea,
    /// `uuid`
    Uuid,
    /// `date`
    Date,
    /// `timestamp without time zone`
    Timestamp,
    /// `timestamp with time zone`
    Timestamptz,
    /// `time without time zone`
    Time,
    /// `json`
    Json,
    /// `jsonb`
    Jsonb,
    /// `inet`
    Inet,
    /// `cidr`
    Cidr,
    /// `oid`
    Oid,
    /// `interval`
    Interval,
    /// An enum.
    Enum(Name),
    /// An array.
    Array(Box<Type>),
    /// A range of PostgreSQL's own, by the type of its bounds.
    Range(Box<Type>),
    /// Any other type, by name.
    Other(Name),
}

/// A constant.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Literal {
    /// `true`, `false`
    Bool(bool),
    /// An integer, of whatever width.
    Int(i64),
    /// The bits of a `double precision`. A `real` is widened, which changes no value.
    Float(u64),
    /// A finite `numeric`: digits, and how many of them are after the point.
    Numeric(i128, i64),
    /// Text of whatever kind. An enum's label too.
    Text(String),
    /// Bytes. A UUID's too.
    Bytes(Vec<u8>),
    /// Days since 2000-01-01.
    Date(i32),
    /// Microseconds: since 2000-01-01 00:00:00, in UTC where the type has a time zone, or since midnight.
    Microseconds(i64),
    /// A network: its address and the length of its mask.
    Inet(std::net::IpAddr, u8),
    /// An interval: months, days, microseconds.
    Interval(i32, i32, i64),
    /// After every finite date, time or number. A `numeric`'s NaN too, which no `BigDecimal` is.
    Infinity,
    /// Before every finite date or time.
    NegativeInfinity,
    /// A document, as JSON writes it.
    Json(String),
    /// An array of one dimension; `None` is NULL.
    Array(Vec<Option<Literal>>),
    /// A range; `None` is the empty one.
    Range(Option<Box<(RangeEnd, RangeEnd)>>),
}

/// An end of a range: none, or a value and whether it is included.
pub(crate) type RangeEnd = Option<(Literal, bool)>;

/// A rule, or a part of it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Expr {
    /// A column by name. In a domain's rule there is one, `VALUE`.
    Column(String, Type),
    /// A constant.
    Literal(Literal, Type),
    /// NULL
    Null(Type),
    /// `AND`
    And(Vec<Expr>),
    /// `OR`
    Or(Vec<Expr>),
    /// `NOT`
    Not(Box<Expr>),
    /// `IS NULL`
    IsNull(Box<Expr>),
    /// `IS TRUE`, `IS FALSE`
    Is(Box<Expr>, bool),
    /// `IS DISTINCT FROM`
    Distinct(Box<Expr>, Box<Expr>),
    /// A function of its arguments, NULL where one of them is.
    Call(Function, Vec<Expr>, Type),
    /// `value op ANY (array)`, or `ALL`
    Elements {
        /// How the value, on the left, compares with an element.
        comparison: Comparison,
        /// ALL, not ANY.
        all: bool,
        /// The value.
        value: Box<Expr>,
        /// The array.
        array: Box<Expr>,
    },
    /// `CASE WHEN condition THEN value .. ELSE value END`
    Case(Vec<(Expr, Expr)>, Box<Expr>, Type),
    /// `COALESCE`
    Coalesce(Vec<Expr>, Type),
    /// `GREATEST`, or `LEAST`
    Extreme(Vec<Expr>, bool, Type),
    /// How many are NULL, or are not.
    CountNulls {
        /// What is counted.
        of: Vec<Expr>,
        /// Whether NULLs are counted.
        nulls: bool,
    },
}

impl Expr {
    /// Its type.
    pub(crate) fn data_type(&self) -> Type {
        match self {
            Self::Column(_, found)
            | Self::Literal(_, found)
            | Self::Null(found)
            | Self::Call(_, _, found)
            | Self::Case(_, _, found)
            | Self::Coalesce(_, found)
            | Self::Extreme(_, _, found) => found.clone(),
            Self::CountNulls { .. } => Type::Int4,
            _ => Type::Bool,
        }
    }

    /// Calls the visitor for this and every part of it.
    pub(crate) fn visit(&self, visitor: &mut dyn FnMut(&Self)) {
        visitor(self);
        for part in self.parts() {
            part.visit(visitor);
        }
    }

    /// What it is made of, one level down.
    pub(crate) fn parts(&self) -> Vec<&Self> {
        match self {
            Self::Column(..) | Self::Literal(..) | Self::Null(_) => Vec::new(),
            Self::And(parts)
            | Self::Or(parts)
            | Self::Call(_, parts, _)
            | Self::Coalesce(parts, _)
            | Self::Extreme(parts, _, _)
            | Self::CountNulls { of: parts, .. } => parts.iter().collect(),
            Self::Not(part) | Self::IsNull(part) | Self::Is(part, _) => vec![part],
            Self::Distinct(left, right)
            | Self::Elements {
                value: left,
                array: right,
                ..
            } => vec![left, right],
            Self::Case(branches, otherwise, _) => branches
                .iter()
                .flat_map(|(condition, value)| [condition, value])
                .chain([otherwise.as_ref()])
                .collect(),
        }
    }

    /// The same with each part replaced, from the leaves up.
    pub(crate) fn map(self, change: &mut dyn FnMut(Self) -> Self) -> Self {
        fn all(parts: Vec<Expr>, change: &mut dyn FnMut(Expr) -> Expr) -> Vec<Expr> {
            parts.into_iter().map(|part| part.map(change)).collect()
        }
        fn boxed(part: Expr, change: &mut dyn FnMut(Expr) -> Expr) -> Box<Expr> {
            Box::new(part.map(change))
        }
        let mapped = match self {
            Self::Column(..) | Self::Literal(..) | Self::Null(_) => self,
            Self::And(parts) => Self::And(all(parts, change)),
            Self::Or(parts) => Self::Or(all(parts, change)),
            Self::Call(function, parts, found) => Self::Call(function, all(parts, change), found),
            Self::Coalesce(parts, found) => Self::Coalesce(all(parts, change), found),
            Self::Extreme(parts, is_greatest, found) => {
                Self::Extreme(all(parts, change), is_greatest, found)
            }
            Self::CountNulls { of, nulls } => Self::CountNulls {
                of: all(of, change),
                nulls,
            },
            Self::Not(part) => Self::Not(boxed(*part, change)),
            Self::IsNull(part) => Self::IsNull(boxed(*part, change)),
            Self::Is(part, what) => Self::Is(boxed(*part, change), what),
            Self::Distinct(left, right) => {
                Self::Distinct(boxed(*left, change), boxed(*right, change))
            }
            Self::Elements {
                comparison,
                all,
                value,
                array,
            } => Self::Elements {
                comparison,
                all,
                value: boxed(*value, change),
                array: boxed(*array, change),
            },
            Self::Case(branches, otherwise, found) => Self::Case(
                branches
                    .into_iter()
                    .map(|(condition, value)| (condition.map(change), value.map(change)))
                    .collect(),
                boxed(*otherwise, change),
                found,
            ),
        };
        change(mapped)
    }
}
