/// `OWN_TYPE`: numbers, of which the first has the index 0.
#[derive(
    Clone,
    Debug,
    Default,
    PartialEq,
    Eq,
    Hash,
    serde::Deserialize,
    serde::Serialize,
    diesel::expression::AsExpression,
    diesel::deserialize::FromSqlRow,
)]
#[serde(transparent)]
#[diesel(sql_type = sql_types::OWN)]
pub struct OwnName(pub Vec<OwnElement>);

impl diesel::serialize::ToSql<sql_types::OWN, diesel::pg::Pg> for OwnName {
    fn to_sql<'b>(
        &'b self,
        out: &mut diesel::serialize::Output<'b, '_, diesel::pg::Pg>,
    ) -> diesel::serialize::Result {
        let length = i32::try_from(self.0.len())?;
        // One dimension, no NULL, the type of the elements, their number, the first index.
        for number in [1, 0, OWN_ELEMENT_OID, length, 0] {
            std::io::Write::write_all(out, &i32::to_be_bytes(number))?;
        }
        for element in &self.0 {
            write_length_prefixed(out, &element.to_be_bytes())?;
        }
        Ok(diesel::serialize::IsNull::No)
    }
}

impl diesel::deserialize::FromSql<sql_types::OWN, diesel::pg::Pg> for OwnName {
    fn from_sql(value: diesel::pg::PgValue<'_>) -> diesel::deserialize::Result<Self> {
        let mut rest = value.as_bytes();
        let _head = split_off(&mut rest, 20.min(value.as_bytes().len()))?;
        let mut elements = Vec::new();
        while !rest.is_empty() {
            let element = length_prefixed(&mut rest)?;
            elements.push(OwnElement::from_be_bytes(element.try_into()?));
        }
        Ok(Self(elements))
    }
}

/// `OWN_TYPE`: it is not empty (SQLSTATE 22P03).
pub(super) fn OWN_TYPE(value: &OwnName) -> bool {
    !value.0.is_empty()
}
