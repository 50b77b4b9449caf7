//! Lists: by page, which counts, or by cursor, which stays fast however far the walk has come.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};
use uuid::Uuid;

/// The page that is answered when none is asked for.
pub const DEFAULT_PAGE: u32 = 1;
/// The most pages that can be asked for: 2^31-1.
pub const MAX_PAGE: u32 = i32::MAX.unsigned_abs();
/// The items that are answered when no number is asked for.
pub const DEFAULT_PAGE_SIZE: u32 = 10;
/// The most items that can be asked for at once.
pub const MAX_PAGE_SIZE: u32 = 100;

/// Which part of a list a caller asks for: the query of every `GET` that lists.
///
/// `page` and `cursor` exclude each other. Members that it does not know are ignored, as is usual for a query.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Validate, JsonSchema)]
#[serde(default, rename_all = "camelCase")]
pub struct ListQuery {
    /// Number of the page. 1 to 2147483647, 1 when left out. Not together with `cursor`.
    #[garde(range(min = 1, max = MAX_PAGE), custom(without_cursor(&self.cursor)))]
    #[serde(
        deserialize_with = "whole_number",
        skip_serializing_if = "Option::is_none"
    )]
    #[schemars(with = "u32", extend("default" = DEFAULT_PAGE))]
    pub page: Option<u32>,
    /// Items in an answer. 1 to 100, 10 when left out.
    #[garde(range(min = 1, max = MAX_PAGE_SIZE))]
    #[serde(
        deserialize_with = "whole_number",
        skip_serializing_if = "Option::is_none"
    )]
    #[schemars(with = "u32", extend("default" = DEFAULT_PAGE_SIZE))]
    pub page_size: Option<u32>,
    /// `nextCursor` of the answer before; empty to start a walk.
    #[garde(skip)]
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Cursor")]
    pub cursor: Option<Cursor>,
}

impl ListQuery {
    /// The most items to answer.
    pub fn limit(&self) -> u32 {
        self.page_size.unwrap_or(DEFAULT_PAGE_SIZE)
    }

    /// Where the answer starts in `list`.
    ///
    /// # Errors
    /// When the cursor was made for another list.
    pub fn start(&self, list: List) -> Result<Start, InvalidCursor> {
        match self.cursor {
            None => Ok(Start::Page(self.page.unwrap_or(DEFAULT_PAGE))),
            Some(Cursor::Start) => Ok(Start::After(None)),
            Some(Cursor::After(position)) if position.list == list => {
                Ok(Start::After(Some(position)))
            }
            Some(Cursor::After(_)) => Err(InvalidCursor),
        }
    }
}

fn without_cursor<'a>(
    cursor: &'a Option<Cursor>,
) -> impl FnOnce(&Option<u32>, &()) -> garde::Result + 'a {
    move |page, _context| {
        if page.is_some() && cursor.is_some() {
            return Err(garde::Error::new("cannot be combined with `cursor`"));
        }
        Ok(())
    }
}

/// Reads digits and nothing else: `str::parse` would take a sign, too.
fn whole_number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u32>, D::Error> {
    let text = String::deserialize(deserializer)?;
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(serde::de::Error::custom(
            "is not a whole number, written in digits alone",
        ));
    }
    let number = text
        .parse()
        .map_err(|_| serde::de::Error::custom("is too large"))?;
    Ok(Some(number))
}

/// Where an answer starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Start {
    /// At a page, counted from 1.
    Page(u32),
    /// Behind an item, or at the first one.
    After(Option<Position>),
}

/// The lists that a cursor can walk. Each sorts by a time and then by id, both descending.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum List {
    /// Users, by time of creation.
    Users,
    /// A user's posts, by time of creation.
    PostsOfUser,
    /// Published posts, by time of publication.
    PublishedPosts,
}

impl List {
    const ALL: [Self; 3] = [Self::Users, Self::PostsOfUser, Self::PublishedPosts];

    fn tag(self) -> u8 {
        match self {
            Self::Users => b'u',
            Self::PostsOfUser => b'o',
            Self::PublishedPosts => b'p',
        }
    }
}

/// An item's place in a list: its sort key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The list.
    pub list: List,
    /// The time that the list sorts by, to the microsecond, as PostgreSQL keeps it.
    pub at: DateTime<Utc>,
    /// The item's id, which decides between items of the same time.
    pub id: Uuid,
}

/// A place to continue from, opaque to callers.
///
/// On the wire: base64url without padding of a byte for the list, the microseconds since 1970 in big endian, and the
/// id; or nothing, for the start of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Cursor {
    /// The start of any list.
    Start,
    /// Behind an item.
    After(Position),
}

/// Text that is no cursor, or not one of the list that it was used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidCursor;

impl fmt::Display for InvalidCursor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(
            "is not a cursor of this list; pass on `nextCursor` as it is, or leave it empty to start",
        )
    }
}

impl std::error::Error for InvalidCursor {}

/// Bytes of a position: tag, microseconds, id.
const POSITION_BYTES: usize = 1 + 8 + 16;
/// Characters of a position: base64 without padding.
const POSITION_CHARACTERS: usize = (POSITION_BYTES * 8).div_ceil(6);
/// 4714-11-24 BC, the first moment that PostgreSQL's timestamptz holds, in microseconds since 1970. The last one,
/// in the year 294276, is beyond what chrono holds.
const FIRST_TIMESTAMPTZ: i64 = -210_866_803_200_000_000;

impl From<Cursor> for String {
    fn from(cursor: Cursor) -> Self {
        let Cursor::After(position) = cursor else {
            return Self::new();
        };
        let mut bytes = [0; POSITION_BYTES];
        bytes[0] = position.list.tag();
        bytes[1..9].copy_from_slice(&position.at.timestamp_micros().to_be_bytes());
        bytes[9..].copy_from_slice(position.id.as_bytes());
        URL_SAFE_NO_PAD.encode(bytes)
    }
}

impl TryFrom<String> for Cursor {
    type Error = InvalidCursor;

    fn try_from(text: String) -> Result<Self, InvalidCursor> {
        if text.is_empty() {
            return Ok(Self::Start);
        }
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| InvalidCursor)?;
        position(&bytes).map(Self::After).ok_or(InvalidCursor)
    }
}

fn position(bytes: &[u8]) -> Option<Position> {
    let (tag, bytes) = bytes.split_first()?;
    let (micros, id) = bytes.split_first_chunk()?;
    let micros = i64::from_be_bytes(*micros);
    Some(Position {
        list: List::ALL.into_iter().find(|list| list.tag() == *tag)?,
        at: DateTime::from_timestamp_micros(micros).filter(|_| micros >= FIRST_TIMESTAMPTZ)?,
        id: Uuid::from_slice(id).ok()?,
    })
}

impl JsonSchema for Cursor {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Cursor".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "maxLength": POSITION_CHARACTERS,
            "pattern": "^[A-Za-z0-9_-]*$",
        })
    }
}

/// Where a page stands in its list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Pagination {
    /// Number of the page, from 1.
    pub page: u32,
    /// The most items on a page.
    pub page_size: u32,
    /// Items in the whole list.
    pub total: u64,
    /// Pages in the whole list; 0 when it is empty.
    pub total_pages: u64,
}

impl Pagination {
    /// The pagination of `page` in a list of `total` items.
    pub fn new(page: u32, page_size: u32, total: u64) -> Self {
        Self {
            page,
            page_size,
            total,
            total_pages: total.div_ceil(u64::from(page_size.max(1))),
        }
    }
}
