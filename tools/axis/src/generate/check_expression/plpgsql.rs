//! Functions in PL/pgSQL.

/// The expression of a function in plpgsql that does nothing but return it.
pub(super) fn returned(source: &str) -> Option<&str> {
    let word = |text: &'_ str, word: &str| -> Option<usize> {
        let start = text.get(..word.len())?;
        let follows = text[word.len()..].chars().next();
        (start.eq_ignore_ascii_case(word)
            && follows.is_none_or(|next| !next.is_alphanumeric() && next != '_'))
        .then_some(word.len())
    };
    let text = source.trim();
    let text = text[word(text, "begin")?..].trim_start();
    let text = text[word(text, "return")?..].trim();
    let text = text.strip_suffix(';').unwrap_or(text).trim_end();
    let end = text.len().checked_sub(3)?;
    let (text, last) = text.split_at_checked(end)?;
    let text = text
        .trim_end()
        .strip_suffix(';')
        .filter(|_| last.eq_ignore_ascii_case("end"))?;
    (!text.contains(';') && !text.trim().is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::returned;

    #[test]
    fn a_single_return_is_an_expression() {
        assert_eq!(
            returned("\nBEGIN\n  RETURN t ~ 'a';\nEND;\n"),
            Some("t ~ 'a'")
        );
        assert_eq!(returned("begin return(x); end"), Some("(x)"));
        for text in [
            "",
            "BEGIN RETURN; END",
            "BEGIN RETURN a; RETURN b; END",
            "BEGIN IF a THEN RETURN b; END IF; END",
            "DECLARE a int; BEGIN RETURN a; END",
            "BEGIN RETURN a; EXCEPTION WHEN OTHERS THEN RETURN b; END",
            "BEGIN RETURNED a; END",
            "RETURN a",
        ] {
            assert_eq!(returned(text), None, "{text}");
        }
    }
}
