/// `tsquery`: a condition on a [text that is searched](https://www.postgresql.org/docs/current/datatype-textsearch.html), or
/// none. On the wire it is as PostgreSQL writes it: `'cat' & ( 'dog':*A | !'fish' ) <2> 'bird'`.
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
pub struct Tsquery(pub Option<Condition>);

/// A condition of a [`Tsquery`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// The text has a lexeme.
    Lexeme {
        /// The lexeme.
        text: String,
        /// The weights, from `A` to `D`, one of which it has. Empty for any.
        weights: std::collections::BTreeSet<char>,
        /// Whether one that only begins so will do.
        is_prefix: bool,
    },
    /// The condition does not hold.
    Not(Box<Condition>),
    /// Both hold.
    And(Box<Condition>, Box<Condition>),
    /// One of both holds.
    Or(Box<Condition>, Box<Condition>),
    /// Both hold, the second so many words after the first.
    Phrase(Box<Condition>, Box<Condition>, u16),
}

impl Condition {
    /// How many conditions may be within each other. A row of PostgreSQL, which keeps a `tsquery` in one page, holds fewer.
    pub const MAX_DEPTH: usize = 1_000;

    /// How tightly it binds, as PostgreSQL counts it.
    fn priority(&self) -> u8 {
        match self {
            Self::Or(..) => 1,
            Self::And(..) => 2,
            Self::Phrase(..) => 3,
            Self::Not(_) => 4,
            Self::Lexeme { .. } => 5,
        }
    }

    /// The conditions within it, the second first, as PostgreSQL writes them in its binary form.
    fn parts(&self) -> [Option<&Self>; 2] {
        match self {
            Self::Lexeme { .. } => [None, None],
            Self::Not(part) => [Some(part), None],
            Self::And(left, right) | Self::Or(left, right) | Self::Phrase(left, right, _) => {
                [Some(right), Some(left)]
            }
        }
    }

    /// Every condition, each before those within it. None where they are too deep.
    fn all(&self) -> Option<Vec<&Self>> {
        let (mut found, mut left) = (Vec::new(), vec![(self, 1)]);
        while let Some((condition, depth)) = left.pop() {
            if depth > Self::MAX_DEPTH {
                return None;
            }
            found.push(condition);
            // What is pushed last comes next.
            let parts = condition.parts().into_iter().flatten().rev();
            left.extend(parts.map(|part| (part, depth + 1)));
        }
        Some(found)
    }
}

const TSQUERY_WEIGHTS: [char; 4] = ['D', 'C', 'B', 'A'];
const TSQUERY_LEXEME: u8 = 1;
const TSQUERY_OPERATOR: u8 = 2;

impl diesel::serialize::ToSql<sql_types::OWN, diesel::pg::Pg> for Tsquery {
    fn to_sql<'b>(
        &'b self,
        out: &mut diesel::serialize::Output<'b, '_, diesel::pg::Pg>,
    ) -> diesel::serialize::Result {
        let all = self.0.as_ref().map(|root| root.all().ok_or("a tsquery that is too deep"));
        let all = all.transpose()?.unwrap_or_default();
        let mut bytes = u32::try_from(all.len())?.to_be_bytes().to_vec();
        for condition in all {
            match condition {
                Condition::Lexeme {
                    text,
                    weights,
                    is_prefix,
                } => {
                    let weights = TSQUERY_WEIGHTS.iter().map(|weight| weights.contains(weight));
                    let weights = weights.enumerate();
                    let weights = weights.fold(0, |all, (bit, is)| all | (u8::from(is) << bit));
                    bytes.extend([TSQUERY_LEXEME, weights, u8::from(*is_prefix)]);
                    bytes.extend(text.as_bytes());
                    bytes.push(0);
                }
                Condition::Not(_) => bytes.extend([TSQUERY_OPERATOR, 1]),
                Condition::And(..) => bytes.extend([TSQUERY_OPERATOR, 2]),
                Condition::Or(..) => bytes.extend([TSQUERY_OPERATOR, 3]),
                Condition::Phrase(_, _, distance) => {
                    bytes.extend([TSQUERY_OPERATOR, 4]);
                    bytes.extend(distance.to_be_bytes());
                }
            }
        }
        std::io::Write::write_all(out, &bytes)?;
        Ok(diesel::serialize::IsNull::No)
    }
}

impl diesel::deserialize::FromSql<sql_types::OWN, diesel::pg::Pg> for Tsquery {
    fn from_sql(value: diesel::pg::PgValue<'_>) -> diesel::deserialize::Result<Self> {
        let mut rest = value.as_bytes();
        let _count = split_off(&mut rest, 4)?;
        let mut items = Vec::new();
        while !rest.is_empty() {
            items.push(read_tsquery_item(&mut rest)?);
        }
        // From the last to the first, each comes after what is within it.
        let mut done: Vec<(Condition, usize)> = Vec::new();
        for item in items.into_iter().rev() {
            let mut next = || done.pop().ok_or("a tsquery without an operand");
            let (condition, depth) = match item {
                TsqueryItem::Lexeme(lexeme) => (lexeme, 1),
                TsqueryItem::Operator(operator, distance) => {
                    let (right, depth) = next()?;
                    let right = Box::new(right);
                    if operator == 1 {
                        (Condition::Not(right), depth + 1)
                    } else {
                        let (left, other) = next()?;
                        let left = Box::new(left);
                        let condition = match operator {
                            2 => Condition::And(left, right),
                            3 => Condition::Or(left, right),
                            _ => Condition::Phrase(left, right, distance),
                        };
                        (condition, depth.max(other) + 1)
                    }
                }
            };
            if depth > Condition::MAX_DEPTH {
                return Err("a tsquery that is too deep".into());
            }
            done.push((condition, depth));
        }
        Ok(Self(done.pop().map(|(condition, _)| condition)))
    }
}

/// A part of a `tsquery` in PostgreSQL's binary form.
enum TsqueryItem {
    Lexeme(Condition),
    Operator(u8, u16),
}

fn read_tsquery_item(rest: &mut &[u8]) -> diesel::deserialize::Result<TsqueryItem> {
    let [kind] = split_off(rest, 1)?.try_into()?;
    if kind == TSQUERY_LEXEME {
        let [weights, is_prefix] = split_off(rest, 2)?.try_into()?;
        let length = rest.iter().position(|byte| *byte == 0);
        let text = split_off(rest, length.ok_or("a lexeme without an end")?)?;
        let _end = split_off(rest, 1)?;
        let weights = TSQUERY_WEIGHTS.into_iter().enumerate().filter(|(bit, _)| weights >> bit & 1 == 1);
        return Ok(TsqueryItem::Lexeme(Condition::Lexeme {
            text: str::from_utf8(text)?.to_owned(),
            weights: weights.map(|(_, weight)| weight).collect(),
            is_prefix: is_prefix != 0,
        }));
    }
    let [operator] = split_off(rest, 1)?.try_into()?;
    let distance = match operator {
        4 => u16::from_be_bytes(split_off(rest, 2)?.try_into()?),
        _ => 0,
    };
    Ok(TsqueryItem::Operator(operator, distance))
}

impl std::fmt::Display for Tsquery {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|condition| condition.fmt(f))
    }
}

impl std::fmt::Display for Condition {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let part = |f: &mut std::fmt::Formatter<'_>, part: &Self, least: u8| {
            match part.priority() < least {
                true => write!(f, "( {part} )"),
                false => part.fmt(f),
            }
        };
        let priority = self.priority();
        let (left, right, operator) = match self {
            Self::Lexeme {
                text,
                weights,
                is_prefix,
            } => {
                let text = text.replace('\\', "\\\\").replace('\'', "''");
                write!(f, "'{text}'")?;
                if *is_prefix || !weights.is_empty() {
                    f.write_str(if *is_prefix { ":*" } else { ":" })?;
                }
                return weights.iter().try_for_each(|weight| write!(f, "{weight}"));
            }
            Self::Not(condition) => {
                f.write_str("!")?;
                return part(f, condition, priority);
            }
            Self::And(left, right) => (left, right, "&".to_owned()),
            Self::Or(left, right) => (left, right, "|".to_owned()),
            Self::Phrase(left, right, 1) => (left, right, "<->".to_owned()),
            Self::Phrase(left, right, distance) => (left, right, format!("<{distance}>")),
        };
        part(f, left, priority)?;
        write!(f, " {operator} ")?;
        // What is not in parentheses is read from left to right.
        part(f, right, priority + 1)
    }
}

impl std::str::FromStr for Tsquery {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut reader = TsqueryReader { rest: text.trim_start_matches(' ') };
        if reader.rest.is_empty() {
            return Ok(Self(None));
        }
        let (condition, _) = reader.condition(1, 0)?;
        match reader.rest {
            "" => Ok(Self(Some(condition))),
            _ => Err(TsqueryReader::WRONG),
        }
    }
}

/// Reads a `tsquery` as PostgreSQL writes it.
struct TsqueryReader<'a> {
    rest: &'a str,
}

impl TsqueryReader<'_> {
    const WRONG: &'static str = "a tsquery is written as 'cat' & ( 'dog':*A | !'fish' ) <2> 'bird'";
    /// How many parentheses may be open at once: each takes room on the stack. A page holds fewer.
    const MAX_OPEN: usize = 340;

    fn take(&mut self, start: &str) -> bool {
        match self.rest.strip_prefix(start) {
            Some(rest) => {
                self.rest = rest.trim_start_matches(' ');
                true
            }
            None => false,
        }
    }

    /// A condition that binds as tightly or more, and its depth.
    fn condition(&mut self, priority: u8, open: usize) -> Result<(Condition, usize), &'static str> {
        if priority == 4 {
            return self.operand(open);
        }
        let (mut left, mut depth) = self.condition(priority + 1, open)?;
        loop {
            let distance = match priority {
                1 if self.take("|") => 0,
                2 if self.take("&") => 0,
                3 if self.take("<->") => 1,
                3 if self.take("<") => self.distance()?,
                _ => return Ok((left, depth)),
            };
            let (right, other) = self.condition(priority + 1, open)?;
            let (parts, deeper) = ((Box::new(left), Box::new(right)), depth.max(other) + 1);
            if deeper > Condition::MAX_DEPTH {
                return Err("a tsquery that is too deep");
            }
            depth = deeper;
            left = match priority {
                1 => Condition::Or(parts.0, parts.1),
                2 => Condition::And(parts.0, parts.1),
                _ => Condition::Phrase(parts.0, parts.1, distance),
            };
        }
    }

    fn distance(&mut self) -> Result<u16, &'static str> {
        let (digits, rest) = self.rest.split_once('>').ok_or(Self::WRONG)?;
        let is_number = digits.bytes().all(|digit| digit.is_ascii_digit());
        self.rest = rest.trim_start_matches(' ');
        digits.parse().ok().filter(|_| is_number).ok_or(Self::WRONG)
    }

    fn operand(&mut self, open: usize) -> Result<(Condition, usize), &'static str> {
        const TOO_DEEP: &str = "a tsquery that is too deep";
        let mut negations = 0;
        while self.take("!") {
            negations += 1;
        }
        let (condition, depth) = if self.take("(") {
            if open == Self::MAX_OPEN {
                return Err(TOO_DEEP);
            }
            let condition = self.condition(1, open + 1)?;
            if !self.take(")") {
                return Err(Self::WRONG);
            }
            condition
        } else {
            (self.lexeme()?, 1)
        };
        let depth = depth + negations;
        if depth > Condition::MAX_DEPTH {
            return Err(TOO_DEEP);
        }
        let negated = (0..negations).fold(condition, |inner, _| Condition::Not(Box::new(inner)));
        Ok((negated, depth))
    }

    fn next_if(&mut self, is_wanted: impl Fn(char) -> bool) -> Option<char> {
        let mut characters = self.rest.chars();
        let found = characters.next().filter(|found| is_wanted(*found))?;
        self.rest = characters.as_str();
        Some(found)
    }

    fn lexeme(&mut self) -> Result<Condition, &'static str> {
        let is_quote = |character| character == '\'';
        self.next_if(is_quote).ok_or(Self::WRONG)?;
        let mut text = String::new();
        loop {
            match self.next_if(|_| true).ok_or(Self::WRONG)? {
                '\\' => text.push(self.next_if(|_| true).ok_or(Self::WRONG)?),
                '\'' if self.next_if(is_quote).is_some() => text.push('\''),
                '\'' => break,
                character => text.push(character),
            }
        }
        let (mut is_prefix, mut weights) = (false, std::collections::BTreeSet::new());
        if self.next_if(|character| character == ':').is_some() {
            is_prefix = self.next_if(|character| character == '*').is_some();
            while let Some(weight) = self.next_if(|weight| matches!(weight, 'A'..='D')) {
                weights.insert(weight);
            }
            if !is_prefix && weights.is_empty() {
                return Err(Self::WRONG);
            }
        }
        self.rest = self.rest.trim_start_matches(' ');
        Ok(Condition::Lexeme {
            text,
            weights,
            is_prefix,
        })
    }
}

as_text!(Tsquery);

/// `tsquery`: no lexeme beyond 2,047 bytes or with NUL, at most 1,048,575 bytes in all (SQLSTATE XX000: PostgreSQL expects nobody to
/// send others), and no deeper than [`Condition::MAX_DEPTH`].
///
/// Minor releases differ in what they read, so neither's is taken: 15.20 refuses an empty lexeme and a distance beyond 16,384, as
/// the input function does, and 15.18 an empty `tsquery`.
pub(super) fn tsquery(value: &Tsquery) -> bool {
    let Some(root) = &value.0 else {
        return false;
    };
    let mut size = 0;
    root.all().is_some_and(|all| {
        all.into_iter().all(|condition| match condition {
            Condition::Lexeme {
                text: lexeme,
                weights,
                ..
            } => {
                let is_accepted = (1..=2_047).contains(&lexeme.len())
                    && text(lexeme)
                    && size <= 1_048_575
                    && weights.iter().all(|weight| matches!(weight, 'A'..='D'));
                // Each ends with a NUL.
                size += lexeme.len() + 1;
                is_accepted
            }
            Condition::Phrase(_, _, distance) => *distance <= 16_384,
            _ => true,
        })
    })
}
