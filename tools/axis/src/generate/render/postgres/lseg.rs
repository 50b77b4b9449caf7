/// `lseg`: what is between two points.
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
pub struct LineSegment {
    /// One end.
    pub start: Point,
    /// The other end.
    pub end: Point,
}

impl diesel::serialize::ToSql<sql_types::OWN, diesel::pg::Pg> for LineSegment {
    fn to_sql<'b>(
        &'b self,
        out: &mut diesel::serialize::Output<'b, '_, diesel::pg::Pg>,
    ) -> diesel::serialize::Result {
        write_points(out, &[self.start, self.end])?;
        Ok(diesel::serialize::IsNull::No)
    }
}

impl diesel::deserialize::FromSql<sql_types::OWN, diesel::pg::Pg> for LineSegment {
    fn from_sql(value: diesel::pg::PgValue<'_>) -> diesel::deserialize::Result<Self> {
        let mut rest = value.as_bytes();
        let [start, end] = read_points(&mut rest)?;
        Ok(Self { start, end })
    }
}

