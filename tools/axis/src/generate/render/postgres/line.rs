/// `line`: the points where `a * x + b * y + c` is 0.
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
pub struct Line {
    /// Of `x`.
    pub a: f64,
    /// Of `y`.
    pub b: f64,
    /// The rest.
    pub c: f64,
}

impl diesel::serialize::ToSql<sql_types::OWN, diesel::pg::Pg> for Line {
    fn to_sql<'b>(
        &'b self,
        out: &mut diesel::serialize::Output<'b, '_, diesel::pg::Pg>,
    ) -> diesel::serialize::Result {
        write_numbers(out, &[self.a, self.b, self.c])?;
        Ok(diesel::serialize::IsNull::No)
    }
}

impl diesel::deserialize::FromSql<sql_types::OWN, diesel::pg::Pg> for Line {
    fn from_sql(value: diesel::pg::PgValue<'_>) -> diesel::deserialize::Result<Self> {
        let mut rest = value.as_bytes();
        let [a, b, c] = read_numbers(&mut rest)?;
        Ok(Self { a, b, c })
    }
}

/// `line`: `a` and `b` are not both 0, or as good as 0 to PostgreSQL (SQLSTATE 22P03).
pub(super) fn line(value: &Line) -> bool {
    let is_zero = |number: f64| number.abs() <= 1.0e-6;
    !(is_zero(value.a) && is_zero(value.b))
}
