//! Text of the database within Rust and Markdown.

use std::fmt::Write as _;

/// Rustdoc, one `///` for each line. Nothing in it ends the comment, changes the order of reading, or becomes a test.
pub(crate) fn doc(text: &str) -> String {
    doc_lines("///", text)
}

/// Rustdoc of a module.
pub(crate) fn module_doc(text: &str) -> String {
    doc_lines("//!", text)
}

fn doc_lines(prefix: &str, text: &str) -> String {
    let mut lines = String::new();
    for line in text.trim().lines() {
        let line = visible(line);
        // Four spaces, three backquotes or tildes would begin a code block, which rustdoc runs.
        let line = line.trim().replace("```", "'''").replace("~~~", "'''");
        // Writing to a String cannot fail.
        let _ = match line.is_empty() {
            true => writeln!(lines, "{prefix}"),
            false => writeln!(lines, "{prefix} {line}"),
        };
    }
    lines
}

/// SQL as code within Markdown, on one line.
pub(crate) fn code(sql: &str) -> String {
    let sql = visible(&sql.split_whitespace().collect::<Vec<_>>().join(" "));
    match sql.contains('`') {
        true => format!("`` {sql} ``"),
        false => format!("`{sql}`"),
    }
}

/// A Rust string literal.
pub(crate) fn literal(text: &str) -> String {
    let mut literal = String::with_capacity(text.len() + 2);
    literal.push('"');
    for character in text.chars() {
        match character {
            '"' => literal.push_str("\\\""),
            '\\' => literal.push_str("\\\\"),
            '\n' => literal.push_str("\\n"),
            '\t' => literal.push_str("\\t"),
            _ => push_visible(&mut literal, character),
        }
    }
    literal.push('"');
    literal
}

/// A sentence and what is to be said after it.
pub(crate) fn sentences(first: &str, rest: &str) -> String {
    let first = first.trim_end();
    match first.chars().last() {
        None => rest.to_owned(),
        Some('.' | '!' | '?' | ':' | ';') => format!("{first} {rest}"),
        Some(_) => format!("{first}. {rest}"),
    }
}

fn visible(text: &str) -> String {
    let mut visible = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\t' => visible.push(' '),
            _ => push_visible(&mut visible, character),
        }
    }
    visible
}

/// Writes characters that cannot be seen, or that turn the direction of the text around, by their number: rustc refuses
/// some of them, and a reader would miss all.
fn push_visible(text: &mut String, character: char) {
    let is_hidden = character.is_control()
        || matches!(character,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}');
    match is_hidden {
        true => text.extend(character.escape_unicode()),
        false => text.push(character),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_stay_comments() {
        assert_eq!(
            doc("One.\n\n    two\r\nthree  "),
            "/// One.\n///\n/// two\n/// three\n"
        );
        assert_eq!(
            doc("```\nfn main() {}\n```"),
            "/// '''\n/// fn main() {}\n/// '''\n"
        );
        assert_eq!(doc("a\rb\u{202e}c"), "/// a\\u{d}b\\u{202e}c\n");
        assert_eq!(doc(""), "");
    }

    #[test]
    fn literals_hold_any_text() {
        assert_eq!(literal("a\"b\\c\n'd'"), r#""a\"b\\c\n'd'""#);
        assert_eq!(literal("\u{200b}\u{1}é"), "\"\\u{200b}\\u{1}é\"");
    }

    #[test]
    fn code_is_one_line() {
        assert_eq!(code("CHECK ((a\n  > 0))"), "`CHECK ((a > 0))`");
        assert_eq!(code("a = '`'"), "`` a = '`' ``");
    }
}
