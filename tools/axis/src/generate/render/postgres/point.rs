impl diesel::serialize::ToSql<sql_types::OWN, diesel::pg::Pg> for Point {
    fn to_sql<'b>(
        &'b self,
        out: &mut diesel::serialize::Output<'b, '_, diesel::pg::Pg>,
    ) -> diesel::serialize::Result {
        write_numbers(out, &[self.x, self.y])?;
        Ok(diesel::serialize::IsNull::No)
    }
}

impl diesel::deserialize::FromSql<sql_types::OWN, diesel::pg::Pg> for Point {
    fn from_sql(value: diesel::pg::PgValue<'_>) -> diesel::deserialize::Result<Self> {
        let [x, y] = read_numbers(&mut value.as_bytes())?;
        Ok(Self { x, y })
    }
}
