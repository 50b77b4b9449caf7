/// `tid`: where a row lies. On the wire it is written as `(0,1)`.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    diesel::expression::AsExpression,
    diesel::deserialize::FromSqlRow,
)]
#[diesel(sql_type = sql_types::OWN)]
pub struct Tid {
    /// The number of the page.
    pub page: u32,
    /// The number of the row in it.
    pub row: u16,
}

impl diesel::serialize::ToSql<sql_types::OWN, diesel::pg::Pg> for Tid {
    fn to_sql<'b>(
        &'b self,
        out: &mut diesel::serialize::Output<'b, '_, diesel::pg::Pg>,
    ) -> diesel::serialize::Result {
        std::io::Write::write_all(out, &self.page.to_be_bytes())?;
        std::io::Write::write_all(out, &self.row.to_be_bytes())?;
        Ok(diesel::serialize::IsNull::No)
    }
}

impl diesel::deserialize::FromSql<sql_types::OWN, diesel::pg::Pg> for Tid {
    fn from_sql(value: diesel::pg::PgValue<'_>) -> diesel::deserialize::Result<Self> {
        let mut rest = value.as_bytes();
        Ok(Self {
            page: u32::from_be_bytes(split_off(&mut rest, 4)?.try_into()?),
            row: u16::from_be_bytes(rest.try_into()?),
        })
    }
}

impl std::fmt::Display for Tid {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "({},{})", self.page, self.row)
    }
}

impl std::str::FromStr for Tid {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const WRONG: &str = "a tid is written as (0,1)";
        let inner = text.strip_prefix('(').and_then(|rest| rest.strip_suffix(')'));
        let (page, row) = inner.and_then(|inner| inner.split_once(',')).ok_or(WRONG)?;
        Ok(Self {
            page: page.parse().map_err(|_| WRONG)?,
            row: row.parse().map_err(|_| WRONG)?,
        })
    }
}

as_text!(Tid);
