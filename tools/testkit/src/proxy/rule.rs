//! Damage that waits for its moment.

/// What a rule waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Passing {
    /// A statement whose SQL contains this text, in any case: on its way to the server, as a simple query or to be parsed.
    Statement(String),
    /// Whatever a client sends next, after it has logged in.
    Request,
    /// Whatever the server answers next, after the login.
    Answer,
}

/// What a rule does. Every one of them ends with a dead or a silent connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Damage {
    /// It never arrives: the connection is cut before it.
    CutBefore,
    /// Half of it arrives, then the connection is cut.
    Halve,
    /// It arrives and is done; the connection is cut when the server has answered, and nothing of the answer arrives.
    LoseAnswer,
    /// It never arrives, and the connection stays open in silence.
    Silence,
}

/// One piece of damage, done once.
#[derive(Clone, Debug)]
pub(super) struct Rule {
    pub(super) passing: Passing,
    pub(super) damage: Damage,
}

impl Passing {
    /// Whether a client's message is meant. `sql` is that of a statement.
    pub(super) fn fits_request(&self, sql: Option<&[u8]>) -> bool {
        match self {
            Self::Statement(text) => sql.is_some_and(|sql| contains(sql, text.as_bytes())),
            Self::Request => true,
            Self::Answer => false,
        }
    }
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len().max(1))
        .any(|window| window.eq_ignore_ascii_case(part))
}

#[cfg(test)]
mod tests {
    use super::Passing;

    #[test]
    fn statements_are_known_by_a_part_of_their_text() {
        let commit = Passing::Statement("commit".to_owned());
        assert!(commit.fits_request(Some(b"COMMIT")));
        assert!(commit.fits_request(Some(b"/* x */ Commit;")));
        assert!(!commit.fits_request(Some(b"COMMI")));
        assert!(!commit.fits_request(None));
        assert!(Passing::Request.fits_request(None));
        assert!(!Passing::Answer.fits_request(Some(b"COMMIT")));
    }
}
