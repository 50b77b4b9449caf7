/// `OWN_TYPE`: which transactions had ended at a moment. On the wire it is as PostgreSQL writes it: `10:20:10,14,15`.
#[derive(
    Clone,
    Debug,
    PartialEq,
    Eq,
    Hash,
    diesel::expression::AsExpression,
    diesel::deserialize::FromSqlRow,
)]
#[diesel(sql_type = sql_types::OWN)]
pub struct OwnName {
    /// The first transaction that had not ended.
    pub xmin: u64,
    /// The first that had not begun.
    pub xmax: u64,
    /// Those between that had not ended, in order: PostgreSQL keeps each once.
    pub in_progress: Vec<u64>,
}

impl diesel::serialize::ToSql<sql_types::OWN, diesel::pg::Pg> for OwnName {
    fn to_sql<'b>(
        &'b self,
        out: &mut diesel::serialize::Output<'b, '_, diesel::pg::Pg>,
    ) -> diesel::serialize::Result {
        let count = i32::try_from(self.in_progress.len())?;
        std::io::Write::write_all(out, &count.to_be_bytes())?;
        for id in [self.xmin, self.xmax].iter().chain(&self.in_progress) {
            std::io::Write::write_all(out, &id.to_be_bytes())?;
        }
        Ok(diesel::serialize::IsNull::No)
    }
}

impl diesel::deserialize::FromSql<sql_types::OWN, diesel::pg::Pg> for OwnName {
    fn from_sql(value: diesel::pg::PgValue<'_>) -> diesel::deserialize::Result<Self> {
        let mut rest = value.as_bytes();
        let _count = split_off(&mut rest, 4)?;
        let mut next = || -> diesel::deserialize::Result<u64> {
            Ok(u64::from_be_bytes(split_off(&mut rest, 8)?.try_into()?))
        };
        let (xmin, xmax) = (next()?, next()?);
        let in_progress = rest.chunks_exact(8).map(|id| Ok(u64::from_be_bytes(id.try_into()?)));
        Ok(Self {
            xmin,
            xmax,
            in_progress: in_progress.collect::<diesel::deserialize::Result<_>>()?,
        })
    }
}

impl std::fmt::Display for OwnName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}:", self.xmin, self.xmax)?;
        for (index, id) in self.in_progress.iter().enumerate() {
            let separator = if index == 0 { "" } else { "," };
            write!(f, "{separator}{id}")?;
        }
        Ok(())
    }
}

impl std::str::FromStr for OwnName {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const WRONG: &str = "a snapshot is written as 10:20:10,14,15";
        let number = |text: &str| match text.starts_with('+') {
            true => Err(WRONG),
            false => text.parse::<u64>().map_err(|_| WRONG),
        };
        let (xmin, rest) = text.split_once(':').ok_or(WRONG)?;
        let (xmax, rest) = rest.split_once(':').ok_or(WRONG)?;
        let in_progress = rest.split(',').filter(|_| !rest.is_empty()).map(number);
        Ok(Self {
            xmin: number(xmin)?,
            xmax: number(xmax)?,
            in_progress: in_progress.collect::<Result<_, _>>()?,
        })
    }
}

as_text!(OwnName);

/// `OWN_TYPE`: from 1 to 2^63 - 1, in order (SQLSTATE 22P03).
pub(super) fn OWN_TYPE(value: &OwnName) -> bool {
    let OwnName { xmin, xmax, in_progress } = value;
    *xmin > 0
        && xmin <= xmax
        && i64::try_from(*xmax).is_ok()
        && in_progress.is_sorted()
        && in_progress.iter().all(|id| xmin <= id && id <= xmax)
}
