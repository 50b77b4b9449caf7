/// `bit` and `bit varying`: bits, the first one first. On the wire they are written as `0110`.
#[derive(
    Clone,
    Debug,
    Default,
    PartialEq,
    Eq,
    Hash,
    diesel::expression::AsExpression,
    diesel::deserialize::FromSqlRow,
)]
#[diesel(sql_type = sql_types::OWN)]
pub struct Bits(pub Vec<bool>);

impl diesel::serialize::ToSql<sql_types::OWN, diesel::pg::Pg> for Bits {
    fn to_sql<'b>(
        &'b self,
        out: &mut diesel::serialize::Output<'b, '_, diesel::pg::Pg>,
    ) -> diesel::serialize::Result {
        std::io::Write::write_all(out, &i32::try_from(self.0.len())?.to_be_bytes())?;
        for eight in self.0.chunks(8) {
            let bits = eight.iter().enumerate();
            let byte = bits.fold(0, |byte, (index, bit)| byte | u8::from(*bit) << (7 - index));
            std::io::Write::write_all(out, &[byte])?;
        }
        Ok(diesel::serialize::IsNull::No)
    }
}

impl diesel::deserialize::FromSql<sql_types::OWN, diesel::pg::Pg> for Bits {
    fn from_sql(value: diesel::pg::PgValue<'_>) -> diesel::deserialize::Result<Self> {
        let mut rest = value.as_bytes();
        let length = i32::from_be_bytes(split_off(&mut rest, 4)?.try_into()?);
        let bits = rest
            .iter()
            .flat_map(|byte| (0..8).map(move |index| byte & (0x80 >> index) != 0));
        Ok(Self(bits.take(length.try_into()?).collect()))
    }
}

impl std::fmt::Display for Bits {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0
            .iter()
            .try_for_each(|bit| f.write_str(if *bit { "1" } else { "0" }))
    }
}

impl std::str::FromStr for Bits {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let bits = text.chars().map(|bit| match bit {
            '0' => Ok(false),
            '1' => Ok(true),
            _ => Err("bits are written as 0110"),
        });
        bits.collect::<Result<_, _>>().map(Self)
    }
}

as_text!(Bits);
