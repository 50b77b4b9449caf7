//! Values that are bytes already, on their way to PostgreSQL and back.

use std::error::Error;
use std::sync::Arc;

use bytes::BytesMut;
use tokio_postgres::types::{Format, FromSql, IsNull, Kind, ToSql, Type};

use super::super::judge::Parameter;

/// The values of a row.
pub(super) fn fields(row: &tokio_postgres::Row) -> Vec<Parameter> {
    let columns = row.columns().iter().enumerate();
    columns
        .map(|(index, column)| {
            let bytes: Option<Bytes> = row.try_get(index).ok().flatten();
            (column.type_().oid(), bytes.map(|bytes| bytes.0))
        })
        .collect()
}

/// For a type that the driver does not know, the OID is all it will use.
pub(super) fn type_of(oid: u32) -> Type {
    Type::from_oid(oid)
        .unwrap_or_else(|| Type::new(String::new(), oid, Kind::Simple, String::new()))
}

/// A value that is bytes already.
#[derive(Debug)]
pub(super) struct Raw {
    pub(super) bytes: Option<Arc<[u8]>>,
    pub(super) is_text: bool,
}

impl ToSql for Raw {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        Ok(match &self.bytes {
            Some(bytes) => {
                out.extend_from_slice(bytes);
                IsNull::No
            }
            None => IsNull::Yes,
        })
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    fn encode_format(&self, _: &Type) -> Format {
        match self.is_text {
            true => Format::Text,
            false => Format::Binary,
        }
    }

    fn to_sql_checked(
        &self,
        ty: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        self.to_sql(ty, out)
    }
}

struct Bytes(Vec<u8>);

impl<'a> FromSql<'a> for Bytes {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(Self(raw.to_vec()))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}
