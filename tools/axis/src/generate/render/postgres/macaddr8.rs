/// `macaddr8`. On the wire it is written as `08:00:2b:01:02:03:04:05`.
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
pub struct MacAddr8(pub [u8; 8]);

impl diesel::serialize::ToSql<sql_types::OWN, diesel::pg::Pg> for MacAddr8 {
    fn to_sql<'b>(
        &'b self,
        out: &mut diesel::serialize::Output<'b, '_, diesel::pg::Pg>,
    ) -> diesel::serialize::Result {
        std::io::Write::write_all(out, &self.0)?;
        Ok(diesel::serialize::IsNull::No)
    }
}

impl diesel::deserialize::FromSql<sql_types::OWN, diesel::pg::Pg> for MacAddr8 {
    fn from_sql(value: diesel::pg::PgValue<'_>) -> diesel::deserialize::Result<Self> {
        Ok(Self(value.as_bytes().try_into()?))
    }
}

impl std::fmt::Display for MacAddr8 {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (index, byte) in self.0.iter().enumerate() {
            let colon = if index == 0 { "" } else { ":" };
            write!(f, "{colon}{byte:02x}")?;
        }
        Ok(())
    }
}

impl std::str::FromStr for MacAddr8 {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const WRONG: &str = "such an address is written as 08:00:2b:01:02:03:04:05";
        let mut bytes = [0; 8];
        let mut parts = text.split(':');
        for byte in &mut bytes {
            let is_byte = |part: &&str| {
                part.len() == 2 && part.bytes().all(|digit| digit.is_ascii_hexdigit())
            };
            let part = parts.next().filter(is_byte).ok_or(WRONG)?;
            *byte = u8::from_str_radix(part, 16).map_err(|_| WRONG)?;
        }
        match parts.next() {
            None => Ok(Self(bytes)),
            Some(_) => Err(WRONG),
        }
    }
}

as_text!(MacAddr8);
