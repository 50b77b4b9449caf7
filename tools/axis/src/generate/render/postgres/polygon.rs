/// `polygon`: what is within points that are joined in a circle.
#[derive(
    Clone,
    Debug,
    PartialEq,
    serde::Deserialize,
    serde::Serialize,
    diesel::expression::AsExpression,
    diesel::deserialize::FromSqlRow,
)]
#[serde(deny_unknown_fields)]
#[diesel(sql_type = sql_types::OWN)]
pub struct Polygon {
    /// The points.
    pub points: Vec<Point>,
}

impl diesel::serialize::ToSql<sql_types::OWN, diesel::pg::Pg> for Polygon {
    fn to_sql<'b>(
        &'b self,
        out: &mut diesel::serialize::Output<'b, '_, diesel::pg::Pg>,
    ) -> diesel::serialize::Result {
        std::io::Write::write_all(out, &i32::try_from(self.points.len())?.to_be_bytes())?;
        write_points(out, &self.points)?;
        Ok(diesel::serialize::IsNull::No)
    }
}

impl diesel::deserialize::FromSql<sql_types::OWN, diesel::pg::Pg> for Polygon {
    fn from_sql(value: diesel::pg::PgValue<'_>) -> diesel::deserialize::Result<Self> {
        let mut rest = value.as_bytes();
        let _count = split_off(&mut rest, 4)?;
        let mut points = Vec::new();
        while !rest.is_empty() {
            let [point] = read_points(&mut rest)?;
            points.push(point);
        }
        Ok(Self { points })
    }
}

/// `polygon`: it has a point (SQLSTATE 22P03).
pub(super) fn polygon(value: &Polygon) -> bool {
    !value.points.is_empty()
}
