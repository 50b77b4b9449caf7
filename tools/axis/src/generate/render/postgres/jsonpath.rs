/// `jsonpath`: a path into a JSON document.
#[derive(
    Clone,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    serde::Deserialize,
    serde::Serialize,
    diesel::expression::AsExpression,
    diesel::deserialize::FromSqlRow,
)]
#[serde(transparent)]
#[diesel(sql_type = sql_types::OWN)]
pub struct Jsonpath(pub String);

impl diesel::serialize::ToSql<sql_types::OWN, diesel::pg::Pg> for Jsonpath {
    fn to_sql<'b>(
        &'b self,
        out: &mut diesel::serialize::Output<'b, '_, diesel::pg::Pg>,
    ) -> diesel::serialize::Result {
        const VERSION: u8 = 1;
        std::io::Write::write_all(out, &[VERSION])?;
        std::io::Write::write_all(out, self.0.as_bytes())?;
        Ok(diesel::serialize::IsNull::No)
    }
}

impl diesel::deserialize::FromSql<sql_types::OWN, diesel::pg::Pg> for Jsonpath {
    fn from_sql(value: diesel::pg::PgValue<'_>) -> diesel::deserialize::Result<Self> {
        let mut rest = value.as_bytes();
        let _version = split_off(&mut rest, 1)?;
        Ok(Self(str::from_utf8(rest)?.to_owned()))
    }
}

/// `jsonpath`: no NUL (SQLSTATE 22021).
pub(super) fn jsonpath(value: &Jsonpath) -> bool {
    text(&value.0)
}
