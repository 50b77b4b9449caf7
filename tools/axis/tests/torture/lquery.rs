//! A type of an extension that the user of the contracts brings: axis.toml names it.

use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::pg::{Pg, PgValue};
use diesel::serialize::{self, IsNull, Output, ToSql};

use crate::schema::sql_types;

/// `lquery`: a pattern for `ltree`.
#[derive(Clone, Debug, PartialEq, serde::Deserialize, AsExpression, FromSqlRow)]
#[serde(transparent)]
#[diesel(sql_type = sql_types::Lquery)]
pub struct Lquery(pub String);

const VERSION: u8 = 1;

impl ToSql<sql_types::Lquery, Pg> for Lquery {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        std::io::Write::write_all(out, &[VERSION])?;
        std::io::Write::write_all(out, self.0.as_bytes())?;
        Ok(IsNull::No)
    }
}

impl FromSql<sql_types::Lquery, Pg> for Lquery {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        let text = value.as_bytes().strip_prefix(&[VERSION]);
        let text = text.ok_or("an lquery of another version")?;
        Ok(Self(str::from_utf8(text)?.to_owned()))
    }
}
