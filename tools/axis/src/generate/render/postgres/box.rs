/// `box`: a rectangle, by two corners that face each other. PostgreSQL keeps the upper right and the lower left one.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    serde::Deserialize,
    serde::Serialize,
    diesel::expression::AsExpression,
    diesel::deserialize::FromSqlRow,
)]
#[serde(deny_unknown_fields)]
#[diesel(sql_type = sql_types::OWN)]
pub struct Rectangle {
    /// One corner; of what was read, the upper right one.
    pub upper_right: Point,
    /// The other; of what was read, the lower left one.
    pub lower_left: Point,
}

impl diesel::serialize::ToSql<sql_types::OWN, diesel::pg::Pg> for Rectangle {
    fn to_sql<'b>(
        &'b self,
        out: &mut diesel::serialize::Output<'b, '_, diesel::pg::Pg>,
    ) -> diesel::serialize::Result {
        write_points(out, &[self.upper_right, self.lower_left])?;
        Ok(diesel::serialize::IsNull::No)
    }
}

impl diesel::deserialize::FromSql<sql_types::OWN, diesel::pg::Pg> for Rectangle {
    fn from_sql(value: diesel::pg::PgValue<'_>) -> diesel::deserialize::Result<Self> {
        let mut rest = value.as_bytes();
        let [upper_right, lower_left] = read_points(&mut rest)?;
        Ok(Self {
            upper_right,
            lower_left,
        })
    }
}

