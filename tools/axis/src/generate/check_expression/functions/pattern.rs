//! Patterns that PostgreSQL rewrites before it uses them, and its newer names for matching.

use super::super::tree::{Expr, Literal, Type};

/// `similar_to_escape`: the regular expression that a constant pattern of SIMILAR TO stands for.
pub(super) fn similar(arguments: &[Expr]) -> Result<Expr, String> {
    let (pattern, escape) = match arguments {
        [pattern] => (constant(pattern)?, Some('\\')),
        [pattern, escape] => (constant(pattern)?, escape_of(&constant(escape)?)?),
        _ => return Err(NOT_CONSTANT.to_owned()),
    };
    let mut written = "^(?:".to_owned();
    let mut is_escaped = false;
    let mut is_class = false;
    let mut last = ' ';
    for character in pattern.chars() {
        if is_escaped {
            if character == '"' {
                return Err("its pattern of SIMILAR TO marks a part".to_owned());
            }
            written.extend(['\\', character]);
            is_escaped = false;
        } else if Some(character) == escape {
            is_escaped = true;
        } else if is_class {
            // Versions differ in where such a class ends.
            if character == '[' || (character == ']' && matches!(last, '[' | '^')) {
                return Err("its pattern of SIMILAR TO has a bracket within brackets".to_owned());
            }
            is_class = character != ']';
            written.extend((character == '\\').then_some('\\'));
            written.push(character);
        } else {
            match character {
                '%' => written += ".*",
                '_' => written.push('.'),
                '(' => written += "(?:",
                '\\' | '.' | '^' | '$' => written.extend(['\\', character]),
                other => written.push(other),
            }
            is_class = character == '[';
        }
        last = character;
    }
    match is_escaped {
        true => Err("its pattern ends with the character that escapes others".to_owned()),
        false => Ok(text(written + ")$")),
    }
}

/// `like_escape`: a constant pattern of LIKE whose escapes are backslashes.
pub(super) fn like_escaped(arguments: &[Expr]) -> Result<Expr, String> {
    let [pattern, escape] = arguments else {
        return Err(NOT_CONSTANT.to_owned());
    };
    let (pattern, escape) = (constant(pattern)?, escape_of(&constant(escape)?)?);
    if escape == Some('\\') {
        return Ok(text(pattern));
    }
    let mut written = String::new();
    let mut is_escaped = false;
    for character in pattern.chars() {
        if Some(character) == escape && !is_escaped {
            written.push('\\');
            is_escaped = true;
            continue;
        }
        if character == '\\' && !is_escaped {
            written.push('\\');
        }
        written.push(character);
        is_escaped = false;
    }
    Ok(text(written))
}

/// The operator that `regexp_like(text, pattern, flags)` stands for.
pub(super) fn regexp_operator(flags: Option<&Expr>) -> Result<&'static str, String> {
    let flags = match flags {
        None => String::new(),
        Some(flags) => constant(flags)?,
    };
    // The last one counts.
    let mut operator = "~";
    for flag in flags.chars() {
        operator = match flag {
            'i' => "~*",
            'c' => "~",
            _ => {
                return Err(format!(
                    "the flag `{flag}` of a pattern is not translated yet"
                ));
            }
        };
    }
    Ok(operator)
}

const NOT_CONSTANT: &str = "its pattern is not constant";

fn text(text: String) -> Expr {
    Expr::Literal(Literal::Text(text), Type::Text)
}

fn constant(expr: &Expr) -> Result<String, String> {
    match expr {
        Expr::Literal(Literal::Text(text), _) => Ok(text.clone()),
        _ => Err(NOT_CONSTANT.to_owned()),
    }
}

fn escape_of(escape: &str) -> Result<Option<char>, String> {
    let mut characters = escape.chars();
    match (characters.next(), characters.next()) {
        (escape, None) => Ok(escape),
        _ => Err("PostgreSQL refuses what escapes in its pattern".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(found: Result<Expr, String>) -> Option<String> {
        match found {
            Ok(Expr::Literal(Literal::Text(text), _)) => Some(text),
            _ => None,
        }
    }

    fn similar_to(pattern: &str) -> Option<String> {
        written(similar(&[text(pattern.to_owned())]))
    }

    /// As PostgreSQL 15 answers `similar_to_escape`.
    #[test]
    fn patterns_of_similar_to_become_regular_expressions() {
        for (pattern, expected) in [
            ("[A-Z]{2}[0-9]+", "^(?:[A-Z]{2}[0-9]+)$"),
            ("%(a|b)_", "^(?:.*(?:a|b).)$"),
            (r"a\%b.c^$", r"^(?:a\%b\.c\^\$)$"),
            (r"\d+", r"^(?:\d+)$"),
            ("[a_%(.]", "^(?:[a_%(.])$"),
        ] {
            assert_eq!(similar_to(pattern).as_deref(), Some(expected));
        }
        for refused in ["[[:alpha:]]", "[]a]", "[^]a]", r#"a\"b\"c"#, r"a\"] {
            assert_eq!(similar_to(refused), None, "{refused}");
        }
    }

    /// As PostgreSQL 15 answers `like_escape`.
    #[test]
    fn escapes_of_like_become_backslashes() {
        let escaped = |pattern: &str, escape: &str| {
            let arguments = [pattern, escape].map(|part| text(part.to_owned()));
            written(like_escaped(&arguments))
        };
        assert_eq!(escaped("a!_%", "!").as_deref(), Some(r"a\_%"));
        assert_eq!(escaped(r"a\b!!", "!").as_deref(), Some(r"a\\b\!"));
        assert_eq!(escaped(r"a\_", "").as_deref(), Some(r"a\\_"));
        assert_eq!(escaped(r"a\_", r"\").as_deref(), Some(r"a\_"));
        assert_eq!(escaped("a", "xy"), None);
    }
}
