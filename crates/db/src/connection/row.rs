//! A row as Diesel reads it: fields by position or name, values as PostgreSQL's binary format has
//! them.

use std::error::Error;
use std::num::NonZeroU32;
use std::ops::Range;
use std::sync::Arc;

use diesel::pg::{Pg, PgValue, TypeOidLookup};
use diesel::row::{Field, PartialRow, Row as DieselRow, RowIndex, RowSealed};
use tokio_postgres::types::{FromSql, Type};

/// One row of an answer.
#[derive(Debug)]
pub struct Row(Held);

#[derive(Debug)]
enum Held {
    Alone(tokio_postgres::Row),
    /// All rows of an answer are freed at once: the allocator is slow where values are taken out of
    /// one row and the row is given back, in turn.
    Among(Arc<Vec<tokio_postgres::Row>>, usize),
}

impl Row {
    pub(super) fn alone(row: tokio_postgres::Row) -> Self {
        Self(Held::Alone(row))
    }

    /// The one at `index`, which must be there.
    pub(super) fn among(rows: &Arc<Vec<tokio_postgres::Row>>, index: usize) -> Self {
        Self(Held::Among(Arc::clone(rows), index))
    }

    fn row(&self) -> &tokio_postgres::Row {
        match &self.0 {
            Held::Alone(row) => row,
            Held::Among(rows, index) => &rows[*index],
        }
    }
}

impl RowSealed for Row {}

impl RowIndex<usize> for Row {
    fn idx(&self, index: usize) -> Option<usize> {
        (index < self.row().len()).then_some(index)
    }
}

impl<'a> RowIndex<&'a str> for Row {
    fn idx(&self, name: &'a str) -> Option<usize> {
        self.row()
            .columns()
            .iter()
            .position(|column| column.name() == name)
    }
}

impl<'a> DieselRow<'a, Pg> for Row {
    type Field<'field>
        = RowField<'field>
    where
        'a: 'field,
        Self: 'field;
    type InnerPartialRow = Self;

    fn field_count(&self) -> usize {
        self.row().len()
    }

    fn get<'field, I>(&'field self, index: I) -> Option<Self::Field<'field>>
    where
        'a: 'field,
        Self: RowIndex<I>,
    {
        let index = self.idx(index)?;
        let row = self.row();
        Some(RowField { row, index })
    }

    fn partial_row(&self, range: Range<usize>) -> PartialRow<'_, Self> {
        PartialRow::new(self, range)
    }
}

/// One field of a [`Row`].
#[derive(Debug)]
pub struct RowField<'a> {
    row: &'a tokio_postgres::Row,
    index: usize,
}

impl<'a> Field<'a, Pg> for RowField<'a> {
    fn field_name(&self) -> Option<&str> {
        Some(self.row.columns().get(self.index)?.name())
    }

    fn value(&self) -> Option<PgValue<'_>> {
        // Fails for a column that is not there or a type that is not accepted. Neither can be.
        let bytes: Option<Bytes<'_>> = self.row.try_get(self.index).ok()?;
        Some(PgValue::new(bytes?.0, self))
    }
}

/// Few types ask for it.
impl TypeOidLookup for RowField<'_> {
    fn lookup(&self) -> NonZeroU32 {
        let column = self.row.columns().get(self.index);
        // No type has the OID 0.
        column
            .and_then(|column| NonZeroU32::new(column.type_().oid()))
            .unwrap_or(NonZeroU32::MIN)
    }
}

/// A value as it came: Diesel decodes it.
struct Bytes<'a>(&'a [u8]);

impl<'a> FromSql<'a> for Bytes<'a> {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(Self(raw))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}
