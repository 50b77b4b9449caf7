/// `tsvector`: lexemes and where they stand in a document. On the wire it is as PostgreSQL writes it: `'cat':2A,4 'fat':3`.
#[derive(
    Clone,
    Debug,
    Default,
    PartialEq,
    Eq,
    diesel::expression::AsExpression,
    diesel::deserialize::FromSqlRow,
)]
#[diesel(sql_type = sql_types::OWN)]
pub struct Tsvector(pub Vec<Lexeme>);

/// A lexeme of a [`Tsvector`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lexeme {
    /// Its text.
    pub text: String,
    /// Where it stands, in order.
    pub positions: Vec<LexemePosition>,
}

/// A place in a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LexemePosition {
    /// The number of the word. At most 16383.
    pub position: u16,
    /// What it weighs, from `A` to `D`, which is not written.
    pub weight: char,
}

impl diesel::serialize::ToSql<sql_types::OWN, diesel::pg::Pg> for Tsvector {
    fn to_sql<'b>(
        &'b self,
        out: &mut diesel::serialize::Output<'b, '_, diesel::pg::Pg>,
    ) -> diesel::serialize::Result {
        if !tsvector(self) {
            return Err("a tsvector beyond what PostgreSQL holds".into());
        }
        std::io::Write::write_all(out, &i32::try_from(self.0.len())?.to_be_bytes())?;
        for lexeme in &self.0 {
            std::io::Write::write_all(out, lexeme.text.as_bytes())?;
            std::io::Write::write_all(out, &[0])?;
            std::io::Write::write_all(out, &u16::try_from(lexeme.positions.len())?.to_be_bytes())?;
            for position in &lexeme.positions {
                let weight = match position.weight {
                    'A' => 3,
                    'B' => 2,
                    'C' => 1,
                    _ => 0,
                };
                let entry = position.position | (weight << 14);
                std::io::Write::write_all(out, &entry.to_be_bytes())?;
            }
        }
        Ok(diesel::serialize::IsNull::No)
    }
}

impl diesel::deserialize::FromSql<sql_types::OWN, diesel::pg::Pg> for Tsvector {
    fn from_sql(value: diesel::pg::PgValue<'_>) -> diesel::deserialize::Result<Self> {
        let mut rest = value.as_bytes();
        let _count = split_off(&mut rest, 4)?;
        let mut lexemes = Vec::new();
        while !rest.is_empty() {
            let length = rest.iter().position(|byte| *byte == 0);
            let text = split_off(&mut rest, length.ok_or("a lexeme without an end")?)?;
            let _end = split_off(&mut rest, 1)?;
            let count = u16::from_be_bytes(split_off(&mut rest, 2)?.try_into()?);
            let positions = split_off(&mut rest, usize::from(count) * 2)?.chunks_exact(2);
            lexemes.push(Lexeme {
                text: str::from_utf8(text)?.to_owned(),
                positions: positions
                    .map(|entry| {
                        let entry = u16::from_be_bytes(entry.try_into()?);
                        Ok(LexemePosition {
                            position: entry & 0x3fff,
                            weight: ['D', 'C', 'B', 'A'][usize::from(entry >> 14)],
                        })
                    })
                    .collect::<diesel::deserialize::Result<_>>()?,
            });
        }
        Ok(Self(lexemes))
    }
}

impl std::fmt::Display for Tsvector {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (index, lexeme) in self.0.iter().enumerate() {
            let space = if index == 0 { "" } else { " " };
            let text = lexeme.text.replace('\\', "\\\\").replace('\'', "''");
            write!(f, "{space}'{text}'")?;
            for (index, place) in lexeme.positions.iter().enumerate() {
                let separator = if index == 0 { ':' } else { ',' };
                write!(f, "{separator}{}", place.position)?;
                if place.weight != 'D' {
                    write!(f, "{}", place.weight)?;
                }
            }
        }
        Ok(())
    }
}

impl std::str::FromStr for Tsvector {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const WRONG: &str = "a tsvector is written as 'cat':2A,4 'fat':3";
        let mut lexemes = Vec::new();
        let mut characters = text.trim_start_matches(' ').chars().peekable();
        while characters.peek().is_some() {
            characters.next_if_eq(&'\'').ok_or(WRONG)?;
            let mut lexeme = Lexeme::default();
            loop {
                match characters.next().ok_or(WRONG)? {
                    '\\' => lexeme.text.push(characters.next().ok_or(WRONG)?),
                    '\'' if characters.next_if_eq(&'\'').is_some() => lexeme.text.push('\''),
                    '\'' => break,
                    character => lexeme.text.push(character),
                }
            }
            let mut separator = ':';
            while characters.next_if_eq(&separator).is_some() {
                let mut digits = String::new();
                while let Some(digit) = characters.next_if(char::is_ascii_digit) {
                    digits.push(digit);
                }
                let weight = characters.next_if(|weight| matches!(weight, 'A'..='D'));
                lexeme.positions.push(LexemePosition {
                    position: digits.parse().map_err(|_| WRONG)?,
                    weight: weight.unwrap_or('D'),
                });
                separator = ',';
            }
            lexemes.push(lexeme);
            let has_space = characters.next_if_eq(&' ').is_some();
            if !has_space && characters.peek().is_some() {
                return Err(WRONG);
            }
            while characters.next_if_eq(&' ').is_some() {}
        }
        Ok(Self(lexemes))
    }
}

as_text!(Tsvector);

/// `tsvector`: no lexeme beyond 2,046 bytes or with NUL, at most 1,048,575 bytes in all, and of each at most 256 positions,
/// in order (SQLSTATE XX000: PostgreSQL expects nobody to send others).
///
/// Minor releases differ in what they read, so neither's is taken: 15.20 refuses an empty lexeme, and counts the last one too; 15.18
/// did not.
pub(super) fn tsvector(value: &Tsvector) -> bool {
    let mut size = 0;
    value.0.iter().all(|lexeme| {
        size += lexeme.text.len();
        let fits = (1..=2_047).contains(&lexeme.text.len()) && text(&lexeme.text) && size <= 1_048_575;
        // Positions begin at an even place, after their number.
        if !lexeme.positions.is_empty() {
            size += size % 2 + 2 + 2 * lexeme.positions.len();
        }
        let positions = &lexeme.positions;
        fits && positions.len() <= 256
            && positions.is_sorted_by(|a, b| a.position < b.position)
            && positions
                .iter()
                .all(|place| place.position <= 16_383 && matches!(place.weight, 'A'..='D'))
    })
}
