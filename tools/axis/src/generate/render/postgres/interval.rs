/// `interval`: months, days and microseconds, which PostgreSQL keeps apart. On the wire it is written as ISO 8601 has it, as
/// PostgreSQL does where IntervalStyle is `iso_8601`: `P1Y2M3DT4H5M6.5S`.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    Hash,
    diesel::expression::AsExpression,
    diesel::deserialize::FromSqlRow,
)]
#[diesel(sql_type = diesel::sql_types::Interval)]
pub struct Interval {
    /// Months. Twelve are a year.
    pub months: i32,
    /// Days. Not each has 24 hours.
    pub days: i32,
    /// Microseconds.
    pub microseconds: i64,
}

impl diesel::serialize::ToSql<diesel::sql_types::Interval, diesel::pg::Pg> for Interval {
    fn to_sql<'b>(
        &'b self,
        out: &mut diesel::serialize::Output<'b, '_, diesel::pg::Pg>,
    ) -> diesel::serialize::Result {
        std::io::Write::write_all(out, &self.microseconds.to_be_bytes())?;
        std::io::Write::write_all(out, &self.days.to_be_bytes())?;
        std::io::Write::write_all(out, &self.months.to_be_bytes())?;
        Ok(diesel::serialize::IsNull::No)
    }
}

impl diesel::deserialize::FromSql<diesel::sql_types::Interval, diesel::pg::Pg> for Interval {
    fn from_sql(value: diesel::pg::PgValue<'_>) -> diesel::deserialize::Result<Self> {
        let found = diesel::pg::data_types::PgInterval::from_sql(value)?;
        Ok(Self {
            months: found.months,
            days: found.days,
            microseconds: found.microseconds,
        })
    }
}

impl std::fmt::Display for Interval {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (years, months, days) = (self.months / 12, self.months % 12, self.days);
        f.write_str("P")?;
        for (amount, unit) in [(years, 'Y'), (months, 'M'), (days, 'D')] {
            if amount != 0 {
                write!(f, "{amount}{unit}")?;
            }
        }
        if self.microseconds == 0 && (self.months, self.days) != (0, 0) {
            return Ok(());
        }
        f.write_str("T")?;
        let (minutes, rest) = (self.microseconds / 60_000_000, self.microseconds % 60_000_000);
        for (amount, unit) in [(minutes / 60, 'H'), (minutes % 60, 'M')] {
            if amount != 0 {
                write!(f, "{amount}{unit}")?;
            }
        }
        if rest == 0 && minutes != 0 {
            return Ok(());
        }
        let sign = if rest < 0 { "-" } else { "" };
        write!(f, "{sign}{}", (rest / 1_000_000).abs())?;
        match (rest % 1_000_000).abs() {
            0 => f.write_str("S"),
            fraction => write!(f, ".{}S", format!("{fraction:06}").trim_end_matches('0')),
        }
    }
}

impl std::str::FromStr for Interval {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const WRONG: &str = "an interval is written as ISO 8601 has it, for example P1Y2M3DT4H5M6.5S";
        let rest = text.strip_prefix('P').ok_or(WRONG)?;
        let (date, time) = match rest.split_once('T') {
            Some((date, time)) if !time.is_empty() => (date, time),
            None if !rest.is_empty() => (rest, ""),
            _ => return Err(WRONG),
        };
        // The last character, which may be any: the text is whatever somebody sent.
        fn split_unit(part: &str) -> Option<(&str, &str)> {
            part.split_at_checked(part.len().checked_sub(1)?)
        }
        let (mut months, mut days, mut microseconds) = (0_i128, 0_i128, 0_i128);
        for part in date.split_inclusive(|unit: char| unit.is_ascii_alphabetic()) {
            let (amount, unit) = split_unit(part).ok_or(WRONG)?;
            let amount = i128::from(amount.parse::<i64>().map_err(|_| WRONG)?);
            match unit {
                "Y" => months += 12 * amount,
                "M" => months += amount,
                "W" => days += 7 * amount,
                "D" => days += amount,
                _ => return Err(WRONG),
            }
        }
        for part in time.split_inclusive(|unit: char| unit.is_ascii_alphabetic()) {
            let (amount, unit) = split_unit(part).ok_or(WRONG)?;
            let (whole, fraction) = amount.split_once('.').unwrap_or((amount, ""));
            let is_fraction = fraction.bytes().all(|digit| digit.is_ascii_digit());
            if !is_fraction || fraction.len() > 6 || (unit != "S" && amount.contains('.')) {
                return Err(WRONG);
            }
            // The fraction has the sign of the whole, which may be `-0`.
            let digits = format!("{whole}{fraction:0<6}");
            let amount = digits.parse::<i128>().map_err(|_| WRONG)?;
            microseconds += match unit {
                "H" => amount.checked_mul(3_600),
                "M" => amount.checked_mul(60),
                "S" => Some(amount),
                _ => None,
            }
            .and_then(|amount| i64::try_from(amount).ok())
            .map(i128::from)
            .ok_or(WRONG)?;
        }
        let beyond = "the interval is beyond what PostgreSQL holds";
        Ok(Self {
            months: months.try_into().map_err(|_| beyond)?,
            days: days.try_into().map_err(|_| beyond)?,
            microseconds: microseconds.try_into().map_err(|_| beyond)?,
        })
    }
}

as_text!(Interval);
