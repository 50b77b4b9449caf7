//! Patterns of LIKE.

/// A part of a pattern.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Part {
    /// These characters.
    Text(String),
    /// `_`: one character.
    One,
    /// `%`: any number of characters.
    Many,
}

/// Reads a pattern whose escape is the backslash. An error where PostgreSQL refuses it.
pub(super) fn parse(pattern: &str) -> Result<Vec<Part>, String> {
    let mut parts: Vec<Part> = Vec::new();
    let mut characters = pattern.chars();
    while let Some(character) = characters.next() {
        let character = match character {
            '%' => {
                if parts.last() != Some(&Part::Many) {
                    parts.push(Part::Many);
                }
                continue;
            }
            '_' => {
                parts.push(Part::One);
                continue;
            }
            '\\' => characters
                .next()
                .ok_or("its pattern ends with a backslash, which PostgreSQL refuses")?,
            other => other,
        };
        match parts.last_mut() {
            Some(Part::Text(text)) => text.push(character),
            _ => parts.push(Part::Text(character.to_string())),
        }
    }
    Ok(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_parts() {
        let text = |text: &str| Part::Text(text.to_owned());
        assert_eq!(parse(""), Ok(vec![]));
        assert_eq!(parse("https://%"), Ok(vec![text("https://"), Part::Many]));
        assert_eq!(
            parse(r"_%@\%\_\a%%"),
            Ok(vec![Part::One, Part::Many, text("@%_a"), Part::Many])
        );
        assert!(parse(r"a\").is_err());
    }
}
