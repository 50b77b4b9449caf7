//! What is done with values: comparisons, calculations, functions.

use super::tree::Literal;

/// How two values compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Comparison {
    /// `=`
    Equal,
    /// `<>`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

impl Comparison {
    /// The opposite: true where this is false.
    pub(crate) fn negated(self) -> Self {
        match self {
            Self::Equal => Self::NotEqual,
            Self::NotEqual => Self::Equal,
            Self::Less => Self::GreaterOrEqual,
            Self::LessOrEqual => Self::Greater,
            Self::Greater => Self::LessOrEqual,
            Self::GreaterOrEqual => Self::Less,
        }
    }

    /// The same with the sides exchanged.
    pub(crate) fn flipped(self) -> Self {
        match self {
            Self::Equal | Self::NotEqual => self,
            Self::Less => Self::Greater,
            Self::LessOrEqual => Self::GreaterOrEqual,
            Self::Greater => Self::Less,
            Self::GreaterOrEqual => Self::LessOrEqual,
        }
    }

    /// Of SQL.
    pub(crate) fn from_sql(operator: &str) -> Option<Self> {
        Some(match operator {
            "=" => Self::Equal,
            "<>" => Self::NotEqual,
            "<" => Self::Less,
            "<=" => Self::LessOrEqual,
            ">" => Self::Greater,
            ">=" => Self::GreaterOrEqual,
            _ => return None,
        })
    }

    /// As SQL writes it.
    pub(crate) fn sql(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::NotEqual => "<>",
            other => other.rust(),
        }
    }

    /// As Rust writes it.
    pub(crate) fn rust(self) -> &'static str {
        match self {
            Self::Equal => "==",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
        }
    }
}

/// Which end of a text is trimmed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Side {
    /// Both.
    Both,
    /// The start.
    Start,
    /// The end.
    End,
}

/// A calculation with whole numbers or fractions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Arithmetic {
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
    /// `%`
    Remainder,
}

/// A part of a date or of a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum DatePart {
    /// `year`, without a year 0
    Year,
    /// `quarter`
    Quarter,
    /// `month`
    Month,
    /// `week` of ISO 8601
    Week,
    /// `day`
    Day,
    /// `doy`
    DayOfYear,
    /// `dow`: Sunday is 0.
    DayOfWeek,
    /// `isodow`: Monday is 1, Sunday is 7.
    IsoDayOfWeek,
    /// `hour`
    Hour,
    /// `minute`
    Minute,
    /// `second`, with six digits after the point
    Second,
}

/// An end of a range.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum RangeSide {
    /// The lower.
    Lower,
    /// The upper.
    Upper,
}

/// How a fraction is rounded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Rounding {
    /// Half away from zero.
    Half,
    /// Towards zero.
    Truncated,
    /// Down.
    Floor,
    /// Up.
    Ceiling,
}

/// A calculation with the bits of whole numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Bitwise {
    /// `&`
    And,
    /// `|`
    Or,
    /// `#`
    Xor,
    /// `<<` by so many, fewer than there are.
    Left(u32),
    /// `>>` by so many, fewer than there are.
    Right(u32),
}

/// What is NULL where an argument is NULL.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Function {
    /// A comparison of two values of one kind.
    Compare(Comparison),
    /// `BETWEEN` two constants: the value, then both.
    Between,
    /// `IN` constants: the value comes first.
    In,
    /// Characters of a text.
    Length,
    /// Bytes of a text or a `bytea`.
    OctetLength,
    /// `lower`
    Lower,
    /// `upper`
    Upper,
    /// `lower` in the collation C.
    LowerAscii,
    /// `upper` in the collation C.
    UpperAscii,
    /// `btrim`, `ltrim`, `rtrim` of a set of characters.
    Trim(Side, String),
    /// `text || text`
    Concat,
    /// `replace` of one constant by another.
    Replace(String, String),
    /// `left(text, n)` for n >= 0
    Left(usize),
    /// `position`, `strpos` of a constant: characters, from 1, or 0.
    Position(String),
    /// Whether the text starts with a constant.
    StartsWith(String),
    /// `starts_with` of two texts.
    StartsWithText,
    /// `strpos` of two texts.
    TextPosition,
    /// `~`: the pattern, in Rust's syntax.
    Matches(super::regex::Pattern),
    /// `LIKE`: the pattern in parts.
    Like(Vec<super::like::Part>),
    /// `jsonb_typeof`
    JsonbTypeof,
    /// `->` by key. NULL where it is not there.
    JsonbGet(String),
    /// `->` by index. To `jsonb`, not to `json`, what is neither an object nor an array is an array of itself.
    JsonbGetIndex(i64),
    /// `->>`: the text of a member's value; NULL also for JSON's null.
    JsonbText,
    /// `?`, `?|` (any), `?&` (all)
    JsonbHasKeys(Vec<String>, bool),
    /// `jsonb_array_length`, which refuses what is no array.
    JsonbArrayLength,
    /// `array_length(array, 1)`, `array_ndims`, `array_upper(array, 1)`: NULL where the array is empty.
    ArrayLength,
    /// `array_ndims`
    ArrayNdims,
    /// `array_lower(array, 1)`
    ArrayLower,
    /// `cardinality`
    Cardinality,
    /// `array_position(array, NULL)`: where the first NULL is.
    NullPosition,
    /// `array_position(array, constant)`
    PositionOf,
    /// `<@` a constant: each element is one of these.
    ContainedBy(Vec<Literal>),
    /// `@>` a constant: each of these is an element.
    Contains(Vec<Literal>),
    /// `&&` a constant: one of these is an element.
    Overlaps(Vec<Literal>),
    /// `family(inet)`
    Family,
    /// `masklen(inet)`
    Masklen,
    /// `+`, `-`, ..: refuses what the result's type does not hold.
    Arithmetic(Arithmetic),
    /// `&`, `|`, `#`, `<<`, `>>` of whole numbers.
    Bits(Bitwise),
    /// `~x`
    Complement,
    /// A cast to a number that may not hold the value, which PostgreSQL refuses then.
    Narrow,
    /// `-x`
    Negate,
    /// `abs`
    Absolute,
    /// A cast between numbers that holds every value.
    Widen,
    /// `date::timestamp`
    Midnight,
    /// `timestamp::date`
    Day,
    /// `extract(part FROM ..)` of a date or a timestamp without time zone, where it is a whole number.
    DatePart(DatePart),
    /// `date - date`
    DaysBetween,
    /// `timestamp - timestamp`, of which only the length counts.
    Elapsed,
    /// `date + days`, `timestamp + interval`: only what is compared with it is known to be within PostgreSQL's range.
    Later(Literal),
    /// `timestamp + interval`, or `-`
    Moved {
        /// `-`
        back: bool,
    },
    /// `date + days`, or `-`
    DateMoved {
        /// `-`
        back: bool,
    },
    /// `extract(epoch FROM ..)` of an interval or a timestamp.
    Epoch,
    /// `time - time`, of which only the length counts.
    TimesBetween,
    /// `timestamptz AT TIME ZONE 'UTC'`
    InUtc,
    /// `timestamp AT TIME ZONE 'UTC'`
    FromUtc,
    /// `date_trunc(unit, timestamp)`
    Truncated(&'static str),
    /// `timestamp::time`
    TimeOfDay,
    /// `host(inet)`
    Host,
    /// `round`, `trunc`, `floor`, `ceil` of a `numeric` or of a `double precision`: digits after the point, and how.
    Round(i64, Rounding),
    /// `reverse`
    Reverse,
    /// `right(text, n)` for n >= 0
    Right(usize),
    /// `substring(text, from, for)`: how many characters are skipped, and how many are taken.
    Substring(usize, Option<usize>),
    /// `split_part(text, separator, n)` for n > 0
    SplitPart(String, usize),
    /// `character(n)` with the blanks that fill it up.
    Padded(usize),
    /// `x::text` of a whole number.
    Digits,
    /// `jsonb::text`
    JsonbWritten,
    /// `#>`: NULL where it is not there.
    JsonbPath(Vec<String>),
    /// `@>` a constant.
    JsonbContains(String),
    /// `jsonb - keys`: refuses what is neither an object nor an array.
    JsonbWithout(Vec<String>),
    /// `json ->>`: as it is written; NULL also for JSON's null.
    JsonText,
    /// `json` as its members are asked for: refuses `\u0000` anywhere within it.
    JsonParsed,
    /// `lower(range)`, `upper(range)`: NULL where there is no such bound.
    RangeBound(RangeSide),
    /// `lower_inc`, `upper_inc`
    RangeIncludes(RangeSide),
    /// `lower_inf`, `upper_inf`
    RangeIsEndless(RangeSide),
    /// `isempty`
    RangeIsEmpty,
    /// `range @> value`
    RangeHolds,
    /// `range @> range`
    RangeContains,
    /// `range && range`
    RangesOverlap,
    /// `array[n]` for n > 0: NULL where it is not there.
    ArrayElement(usize),
    /// `<<`, `<<=`: whether the first network is within the second. Strictly: and smaller.
    Within {
        /// `<<`
        strictly: bool,
    },
    /// `(composite).member`: NULL where either is NULL.
    Member(String),
    /// `host(inet) = address`, an address as Rust reads it.
    IsHost(std::net::IpAddr),
}
