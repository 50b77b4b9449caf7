/// `hstore`: keys, each with a text or NULL.
#[derive(
    Clone,
    Debug,
    Default,
    PartialEq,
    Eq,
    serde::Deserialize,
    serde::Serialize,
    diesel::expression::AsExpression,
    diesel::deserialize::FromSqlRow,
)]
#[serde(transparent)]
#[diesel(sql_type = sql_types::OWN)]
pub struct Hstore(pub std::collections::BTreeMap<String, Option<String>>);

impl diesel::serialize::ToSql<sql_types::OWN, diesel::pg::Pg> for Hstore {
    fn to_sql<'b>(
        &'b self,
        out: &mut diesel::serialize::Output<'b, '_, diesel::pg::Pg>,
    ) -> diesel::serialize::Result {
        const NULL: i32 = -1;
        std::io::Write::write_all(out, &i32::try_from(self.0.len())?.to_be_bytes())?;
        for (key, value) in &self.0 {
            write_length_prefixed(out, key.as_bytes())?;
            match value {
                Some(value) => write_length_prefixed(out, value.as_bytes())?,
                None => std::io::Write::write_all(out, &NULL.to_be_bytes())?,
            }
        }
        Ok(diesel::serialize::IsNull::No)
    }
}

impl diesel::deserialize::FromSql<sql_types::OWN, diesel::pg::Pg> for Hstore {
    fn from_sql(value: diesel::pg::PgValue<'_>) -> diesel::deserialize::Result<Self> {
        let mut rest = value.as_bytes();
        let _count = split_off(&mut rest, 4)?;
        let mut pairs = std::collections::BTreeMap::new();
        while !rest.is_empty() {
            let key = str::from_utf8(length_prefixed(&mut rest)?)?.to_owned();
            let value = match rest.strip_prefix(&[0xff; 4]) {
                Some(behind_null) => {
                    rest = behind_null;
                    None
                }
                None => Some(str::from_utf8(length_prefixed(&mut rest)?)?.to_owned()),
            };
            pairs.insert(key, value);
        }
        Ok(Self(pairs))
    }
}

/// `hstore`: no key and no value holds NUL (SQLSTATE 22021).
pub(super) fn hstore(value: &Hstore) -> bool {
    value
        .0
        .iter()
        .all(|(key, value)| text(key) && value.as_deref().is_none_or(text))
}
