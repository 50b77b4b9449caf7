//! What all lists share: their sort key, and one item more than asked for, which tells whether there are further ones.

use axis_schema::lists::{Cursor, InvalidCursor, List, ListQuery, Pagination, Position, Start};
use diesel::QueryResult;
use diesel::pg::Pg;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::{BigInt, Record, Timestamptz};

/// What every list sorts by, descending. Compared as one value, which is how an index of both columns is searched.
pub(super) type SortKey = Record<(Timestamptz, diesel::sql_types::Uuid)>;

/// Which part of a list is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Part {
    pub(super) start: Start,
    pub(super) limit: u32,
}

impl Part {
    /// The part of `list` that `query` asks for.
    pub(super) fn of(query: &ListQuery, list: List) -> Result<Self, InvalidCursor> {
        Ok(Self {
            start: query.start(list)?,
            limit: query.limit(),
        })
    }
}

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

/// The LIMITs of pages of the usual sizes, each with the item that tells whether there are further ones.
const USUAL: [(i64, &str); 5] = [
    (11, " LIMIT 11"),
    (21, " LIMIT 21"),
    (26, " LIMIT 26"),
    (51, " LIMIT 51"),
    (101, " LIMIT 101"),
];

/// A SELECT of as many rows as a page needs.
///
/// PostgreSQL plans a prepared statement with a bound LIMIT anew each time: the plan that fits any number is one for a tenth
/// of the table. So the usual numbers stand in the text. All others are bound, or a connection could be made to
/// prepare a statement for each number that there is.
#[derive(Clone, Debug)]
pub(super) struct Limited<Q> {
    query: Q,
    rows: i64,
}

/// `query` with the LIMIT for a page of `limit` items.
pub(super) fn limited<Q: Query>(query: Q, limit: u32) -> Limited<Q> {
    Limited {
        query,
        rows: i64::from(limit) + 1,
    }
}

impl<Q: Query> Query for Limited<Q> {
    type SqlType = Q::SqlType;
}

/// The text is another one for each LIMIT.
impl<Q> QueryId for Limited<Q> {
    type QueryId = ();

    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<Q: QueryFragment<Pg>> QueryFragment<Pg> for Limited<Q> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        self.query.walk_ast(out.reborrow())?;
        match USUAL.iter().find(|(rows, _)| *rows == self.rows) {
            Some((_, text)) => out.push_sql(text),
            None => {
                out.push_sql(" LIMIT ");
                out.push_bind_param::<BigInt, _>(&self.rows)?;
            }
        }
        Ok(())
    }
}

/// How many items stand before page `page`.
pub(super) fn offset(page: u32, limit: u32) -> i64 {
    i64::from(page.saturating_sub(1)) * i64::from(limit)
}

/// Where a page stands in a list of `total` items.
pub(super) fn pagination(page: u32, limit: u32, total: i64) -> Pagination {
    Pagination::new(page, limit, total.unsigned_abs())
}

/// Rows, and the count of their list, which each carries. No rows, no count.
pub(super) fn without_count<T>(rows: Vec<(T, Option<i64>)>) -> (Vec<T>, Option<i64>) {
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

#[cfg(test)]
mod tests {
    use axis_db::schema::users;
    use diesel::prelude::*;

    use super::*;

    #[test]
    fn only_usual_limits_stand_in_the_text() {
        for limit in 1..=100 {
            let query = limited(users::table.select(users::id).offset(3), limit);
            let text = diesel::debug_query::<Pg, _>(&query).to_string();
            let (text, binds) = text.split_once(" -- ").unwrap();
            let rows = limit + 1;
            if [10, 20, 25, 50, 100].contains(&limit) {
                assert!(
                    text.ends_with(&format!(" OFFSET $1 LIMIT {rows}")),
                    "{text}"
                );
                assert_eq!(binds, "binds: [3]");
            } else {
                assert!(text.ends_with(" OFFSET $1 LIMIT $2"), "{text}");
                assert_eq!(binds, format!("binds: [3, {rows}]"));
            }
        }
    }
}
