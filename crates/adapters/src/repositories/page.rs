//! What all lists share: their sort key, and one item more than asked for, which tells whether there are further ones.

use axis_schema::lists::{Cursor, Pagination, Position};
use chrono::{DateTime, Utc};
use diesel::sql_types::{Record, Timestamptz};
use uuid::Uuid;

/// What every list sorts by, descending. Compared as one value, which is how an index of both columns is searched.
pub(super) type SortKey = Record<(Timestamptz, diesel::sql_types::Uuid)>;

/// A part of a list.
pub(super) struct Page<T> {
    pub(super) items: Vec<T>,
    pub(super) next_cursor: Option<Cursor>,
}

impl<T> Page<T> {
    /// Cuts what was fetched to `limit`.
    pub(super) fn new(mut items: Vec<T>, limit: u32, position: impl Fn(&T) -> Position) -> Self {
        let limit = limit as usize;
        let is_last = items.len() <= limit;
        items.truncate(limit);
        let next_cursor = match items.last() {
            Some(item) if !is_last => Some(Cursor::After(position(item))),
            _ => None,
        };
        Self { items, next_cursor }
    }
}

/// How many items a query fetches to answer `limit` of them.
pub(super) fn fetch(limit: u32) -> i64 {
    i64::from(limit) + 1
}

/// How many items stand before page `page`.
pub(super) fn offset(page: u32, limit: u32) -> i64 {
    i64::from(page.saturating_sub(1)) * i64::from(limit)
}

/// The sort key that the items asked for are below of. A walk starts below the last moment that there is.
pub(super) fn key(position: Option<Position>) -> (DateTime<Utc>, Uuid) {
    position.map_or((DateTime::<Utc>::MAX_UTC, Uuid::max()), |position| {
        (position.at, position.id)
    })
}

/// Where a page stands in a list of `total` items.
pub(super) fn pagination(page: u32, limit: u32, total: i64) -> Pagination {
    Pagination::new(page, limit, total.unsigned_abs())
}

/// Parts rows from the count of their list, which each carries. No rows, no count.
pub(super) fn part<T>(rows: Vec<(T, Option<i64>)>) -> (Vec<T>, Option<i64>) {
    let mut total = None;
    let rows = rows
        .into_iter()
        .map(|(row, count)| {
            total = count;
            row
        })
        .collect();
    (rows, total)
}
