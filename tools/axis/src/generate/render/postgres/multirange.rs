/// Several ranges. PostgreSQL keeps them in order, joins those that touch each other, and leaves out what is empty.
#[derive(
    Clone,
    Debug,
    PartialEq,
    serde::Deserialize,
    serde::Serialize,
    diesel::expression::AsExpression,
    diesel::deserialize::FromSqlRow,
)]
#[serde(transparent)]
#[diesel(sql_type = MULTIRANGES)]
pub struct Multirange<T>(pub Vec<Range<T>>);

impl<T, ST> diesel::serialize::ToSql<diesel::sql_types::Multirange<ST>, diesel::pg::Pg>
    for Multirange<T>
where
    ST: 'static,
    T: diesel::serialize::ToSql<ST, diesel::pg::Pg>,
{
    fn to_sql<'b>(
        &'b self,
        out: &mut diesel::serialize::Output<'b, '_, diesel::pg::Pg>,
    ) -> diesel::serialize::Result {
        let ranges = self.0.iter().filter_map(|range| match range {
            Range::Empty => None,
            Range::Bounds(lower, upper) => Some((lower.as_ref(), upper.as_ref())),
        });
        diesel::serialize::ToSql::<diesel::sql_types::Multirange<ST>, diesel::pg::Pg>::to_sql(
            ranges.collect::<Vec<_>>().as_slice(),
            &mut out.reborrow(),
        )
    }
}

impl<T, ST> diesel::deserialize::FromSql<diesel::sql_types::Multirange<ST>, diesel::pg::Pg>
    for Multirange<T>
where
    Vec<(std::ops::Bound<T>, std::ops::Bound<T>)>:
        diesel::deserialize::FromSql<diesel::sql_types::Multirange<ST>, diesel::pg::Pg>,
{
    fn from_sql(value: diesel::pg::PgValue<'_>) -> diesel::deserialize::Result<Self> {
        let ranges: Vec<_> = diesel::deserialize::FromSql::from_sql(value)?;
        let ranges = ranges.into_iter();
        Ok(Self(
            ranges
                .map(|(lower, upper)| Range::Bounds(lower, upper))
                .collect(),
        ))
    }
}
