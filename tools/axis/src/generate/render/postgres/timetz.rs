/// `time with time zone`: a time of day, and how far it is from UTC. On the wire it is written as `12:34:56.5+02:00`.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    diesel::expression::AsExpression,
    diesel::deserialize::FromSqlRow,
)]
#[diesel(sql_type = sql_types::OWN)]
pub struct Timetz {
    /// The time of day.
    pub time: chrono::NaiveTime,
    /// How far it is ahead of UTC.
    pub offset: chrono::FixedOffset,
}

impl diesel::serialize::ToSql<sql_types::OWN, diesel::pg::Pg> for Timetz {
    fn to_sql<'b>(
        &'b self,
        out: &mut diesel::serialize::Output<'b, '_, diesel::pg::Pg>,
    ) -> diesel::serialize::Result {
        diesel::serialize::ToSql::<diesel::sql_types::Time, diesel::pg::Pg>::to_sql(
            &self.time, out,
        )?;
        let west = self.offset.utc_minus_local();
        std::io::Write::write_all(out, &west.to_be_bytes())?;
        Ok(diesel::serialize::IsNull::No)
    }
}

impl diesel::deserialize::FromSql<sql_types::OWN, diesel::pg::Pg> for Timetz {
    fn from_sql(value: diesel::pg::PgValue<'_>) -> diesel::deserialize::Result<Self> {
        let mut rest = value.as_bytes();
        let microseconds = i64::from_be_bytes(split_off(&mut rest, 8)?.try_into()?);
        let west = i32::from_be_bytes(rest.try_into()?);
        Ok(Self {
            time: chrono::NaiveTime::MIN + chrono::TimeDelta::microseconds(microseconds),
            offset: chrono::FixedOffset::west_opt(west).ok_or("a time zone beyond a day")?,
        })
    }
}

impl std::fmt::Display for Timetz {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}{}", self.time, self.offset)
    }
}

impl std::str::FromStr for Timetz {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const WRONG: &str = "a time with time zone is written as 12:34:56.5+02:00";
        let at = text.find(['+', '-', 'Z']).ok_or(WRONG)?;
        let (time, zone) = text.split_at(at);
        let mut seconds = 0;
        if zone != "Z" {
            let mut unit = 3_600;
            for part in zone[1..].split(':') {
                let is_number = part.len() == 2 && part.bytes().all(|digit| digit.is_ascii_digit());
                if !is_number || unit == 0 {
                    return Err(WRONG);
                }
                seconds += unit * part.parse::<i32>().map_err(|_| WRONG)?;
                unit /= 60;
            }
        }
        let offset = match zone.starts_with('-') {
            true => chrono::FixedOffset::west_opt(seconds),
            false => chrono::FixedOffset::east_opt(seconds),
        };
        Ok(Self {
            time: time.parse().map_err(|_| WRONG)?,
            offset: offset.ok_or(WRONG)?,
        })
    }
}

as_text!(Timetz);

/// `time with time zone`: not after 24:00:00 (SQLSTATE 22008), less than 16 hours from UTC (22009).
pub(super) fn timetz(value: &Timetz) -> bool {
    time(&value.time) && value.offset.local_minus_utc().abs() < 16 * 3_600
}
