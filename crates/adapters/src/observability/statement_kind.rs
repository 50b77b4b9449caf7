//! What a statement does, as far as its first word tells.

/// One of a closed set, for a metric's label.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum StatementKind {
    Select,
    Insert,
    Update,
    Delete,
    Begin,
    Commit,
    Rollback,
    Savepoint,
    Release,
    Other,
}

impl StatementKind {
    /// All of them, each at its own index.
    pub(super) const ALL: [Self; 10] = [
        Self::Select,
        Self::Insert,
        Self::Update,
        Self::Delete,
        Self::Begin,
        Self::Commit,
        Self::Rollback,
        Self::Savepoint,
        Self::Release,
        Self::Other,
    ];

    /// Reads the first word.
    pub(super) fn of(statement: &str) -> Self {
        let text = statement.trim_ascii_start().as_bytes();
        Self::ALL
            .into_iter()
            .find(|kind| kind.begins(text))
            .unwrap_or(Self::Other)
    }

    /// Whether its word, and no longer one, is the first of `text`.
    fn begins(self, text: &[u8]) -> bool {
        let name = self.name().as_bytes();
        // Nearly all of the others end here.
        if text.first().map(u8::to_ascii_lowercase) != name.first().copied() {
            return false;
        }
        let Some((word, rest)) = text.split_at_checked(name.len()) else {
            return false;
        };
        word.eq_ignore_ascii_case(name) && !rest.first().is_some_and(u8::is_ascii_alphabetic)
    }

    /// The word, in lower case.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Select => "select",
            Self::Insert => "insert",
            Self::Update => "update",
            Self::Delete => "delete",
            Self::Begin => "begin",
            Self::Commit => "commit",
            Self::Rollback => "rollback",
            Self::Savepoint => "savepoint",
            Self::Release => "release",
            Self::Other => "other",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::StatementKind;

    #[test]
    fn a_statement_is_of_a_known_kind_or_other() {
        for (statement, kind) in [
            ("SELECT 1", "select"),
            ("\n  insert INTO users VALUES ($1)", "insert"),
            ("COMMIT", "commit"),
            ("SAVEPOINT diesel_savepoint_1", "savepoint"),
            ("WITH x AS (SELECT 1) SELECT 1", "other"),
            ("SELECTED", "other"),
            ("", "other"),
        ] {
            assert_eq!(StatementKind::of(statement).name(), kind, "{statement:?}");
        }
    }

    #[test]
    fn each_kind_is_at_its_index() {
        for (index, kind) in StatementKind::ALL.into_iter().enumerate() {
            assert_eq!(kind as usize, index);
        }
    }
}
