//! What all lists share: their sort key, and one item more than asked for, which tells whether there are further ones.

use axis_db::Connection;
use axis_schema::lists::{Cursor, InvalidCursor, List, ListQuery, Pagination, Position, Start};
use diesel::QueryResult;
use diesel::deserialize::FromSqlRow;
use diesel::expression::QueryMetadata;
use diesel::pg::Pg;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::query_dsl::CompatibleType;
use diesel::sql_types::{BigInt, Record, Timestamptz};
use diesel_async::methods::LoadQuery;

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

impl<'query, Q, U, ST> LoadQuery<'query, Connection, U> for Limited<Q>
where
    Q: Query + QueryFragment<Pg> + QueryId + Send + 'query,
    Q::SqlType: CompatibleType<U, Pg, SqlType = ST>,
    U: FromSqlRow<ST, Pg> + Send + 'static,
    Pg: QueryMetadata<Q::SqlType>,
    ST: 'static,
{
    type LoadFuture<'conn> = <Bound<Q> as LoadQuery<'query, Connection, U>>::LoadFuture<'conn>;
    type Stream<'conn> = <Bound<Q> as LoadQuery<'query, Connection, U>>::Stream<'conn>;

    /// By the type of a usual size Diesel finds the statement, without writing its text each time.
    fn internal_load(self, connection: &mut Connection) -> Self::LoadFuture<'_> {
        let Self { query, rows } = self;
        match rows {
            11 => Usual::<Q, 0>(query).internal_load(connection),
            21 => Usual::<Q, 1>(query).internal_load(connection),
            26 => Usual::<Q, 2>(query).internal_load(connection),
            51 => Usual::<Q, 3>(query).internal_load(connection),
            101 => Usual::<Q, 4>(query).internal_load(connection),
            _ => Bound { query, rows }.internal_load(connection),
        }
    }
}

/// The LIMITs of pages of the usual sizes, each with the item that tells whether there are further ones.
const USUAL: [&str; 5] = [
    " LIMIT 11",
    " LIMIT 21",
    " LIMIT 26",
    " LIMIT 51",
    " LIMIT 101",
];

/// A SELECT with a LIMIT of [`USUAL`].
#[derive(Clone, Debug, QueryId)]
pub(super) struct Usual<Q, const INDEX: usize>(Q);

impl<Q: Query, const INDEX: usize> Query for Usual<Q, INDEX> {
    type SqlType = Q::SqlType;
}

impl<Q: QueryFragment<Pg>, const INDEX: usize> QueryFragment<Pg> for Usual<Q, INDEX> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        self.0.walk_ast(out.reborrow())?;
        out.push_sql(USUAL[INDEX]);
        Ok(())
    }
}

/// A SELECT with a LIMIT that is bound.
#[derive(Clone, Debug, QueryId)]
pub(super) struct Bound<Q> {
    query: Q,
    rows: i64,
}

impl<Q: Query> Query for Bound<Q> {
    type SqlType = Q::SqlType;
}

impl<Q: QueryFragment<Pg>> QueryFragment<Pg> for Bound<Q> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        self.query.walk_ast(out.reborrow())?;
        out.push_sql(" LIMIT ");
        out.push_bind_param::<BigInt, _>(&self.rows)
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
