//! A row as Diesel reads it: fields by position or name, values as PostgreSQL's binary format has
//! them.

use std::error::Error;
use std::num::NonZeroU32;
use std::ops::Range;

use diesel::pg::{Pg, PgValue};
use diesel::row::{Field, PartialRow, Row as DieselRow, RowIndex, RowSealed};
use tokio_postgres::types::{FromSql, Type};

/// One row of an answer.
#[derive(Debug)]
pub struct Row(tokio_postgres::Row);

impl Row {
    pub(super) fn new(row: tokio_postgres::Row) -> Self {
        Self(row)
    }
}

impl RowSealed for Row {}

impl RowIndex<usize> for Row {
    fn idx(&self, index: usize) -> Option<usize> {
        (index < self.0.len()).then_some(index)
    }
}

impl<'a> RowIndex<&'a str> for Row {
    fn idx(&self, name: &'a str) -> Option<usize> {
        self.0
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
        self.0.len()
    }

    fn get<'field, I>(&'field self, index: I) -> Option<Self::Field<'field>>
    where
        'a: 'field,
        Self: RowIndex<I>,
    {
        let index = self.idx(index)?;
        let oid = NonZeroU32::new(self.0.columns().get(index)?.type_().oid())?;
        Some(RowField {
            row: &self.0,
            index,
            oid,
        })
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
    // Diesel's values borrow the type's OID, so it must live somewhere.
    oid: NonZeroU32,
}

impl<'a> Field<'a, Pg> for RowField<'a> {
    fn field_name(&self) -> Option<&str> {
        Some(self.row.columns().get(self.index)?.name())
    }

    fn value(&self) -> Option<PgValue<'_>> {
        // Fails for a column that is not there or a type that is not accepted. Neither can be.
        let bytes: Option<Bytes<'_>> = self.row.try_get(self.index).ok()?;
        Some(PgValue::new(bytes?.0, &self.oid))
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
