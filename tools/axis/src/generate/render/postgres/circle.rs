/// `circle`: what is not farther than a radius from a point.
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
pub struct Circle {
    /// The point.
    pub center: Point,
    /// The radius.
    pub radius: f64,
}

impl diesel::serialize::ToSql<sql_types::OWN, diesel::pg::Pg> for Circle {
    fn to_sql<'b>(
        &'b self,
        out: &mut diesel::serialize::Output<'b, '_, diesel::pg::Pg>,
    ) -> diesel::serialize::Result {
        write_points(out, &[self.center])?;
        write_numbers(out, &[self.radius])?;
        Ok(diesel::serialize::IsNull::No)
    }
}

impl diesel::deserialize::FromSql<sql_types::OWN, diesel::pg::Pg> for Circle {
    fn from_sql(value: diesel::pg::PgValue<'_>) -> diesel::deserialize::Result<Self> {
        let mut rest = value.as_bytes();
        let [center] = read_points(&mut rest)?;
        let [radius] = read_numbers(&mut rest)?;
        Ok(Self { center, radius })
    }
}

/// `circle`: its radius is not negative (SQLSTATE 22P03).
pub(super) fn circle(value: &Circle) -> bool {
    // NaN is none.
    value.radius >= 0.0 || value.radius.is_nan()
}
