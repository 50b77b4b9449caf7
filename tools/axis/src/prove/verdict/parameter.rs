//! Which column a parameter is for, in an INSERT or UPDATE as Diesel writes them.

use super::super::server::Refusal;

/// The parameter that PostgreSQL could not read, counted from 1.
pub(super) fn refused(refusal: &Refusal) -> Option<usize> {
    let (_, rest) = refusal
        .context
        .as_deref()?
        .split_once("portal parameter $")?;
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

/// The column that a parameter is for, in an INSERT or UPDATE as Diesel writes them.
pub(crate) fn column_of(sql: &str, place: usize) -> Option<String> {
    let place = format!("${place}");
    match sql.split_once(") VALUES (") {
        Some((before, values)) => {
            let index = values
                .split([',', ')'])
                .position(|value| value.trim() == place)?;
            let (_, mut names) = before.split_once(" (")?;
            let mut found = None;
            for _ in 0..=index {
                let (name, rest) = identifier(names)?;
                found = Some(name);
                names = rest;
            }
            found
        }
        None => {
            let (_, mut sets) = sql.split_once(" SET ")?;
            loop {
                let (name, rest) = identifier(sets)?;
                let value = rest.strip_prefix(" = ")?;
                if value.split([',', ' ']).next() == Some(place.as_str()) {
                    return Some(name);
                }
                sets = value;
            }
        }
    }
}

/// The first name in double quotes, and what follows it.
fn identifier(text: &str) -> Option<(String, &str)> {
    let (_, mut rest) = text.split_once('"')?;
    let mut name = String::new();
    loop {
        let (part, after) = rest.split_once('"')?;
        name += part;
        match after.strip_prefix('"') {
            Some(after) => {
                name.push('"');
                rest = after;
            }
            None => return Some((name, after)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_is_of_a_column() {
        let insert =
            r#"INSERT INTO "s"."t" ("a", "b, ""c""", "d") VALUES ($1, DEFAULT, $2) RETURNING "a""#;
        assert_eq!(column_of(insert, 1).as_deref(), Some("a"));
        assert_eq!(column_of(insert, 2).as_deref(), Some("d"));
        let update = r#"UPDATE "t" SET "a" = $1, "b ""c""" = $2 RETURNING "a""#;
        assert_eq!(column_of(update, 1).as_deref(), Some("a"));
        assert_eq!(column_of(update, 2).as_deref(), Some("b \"c\""));
        assert_eq!(column_of(update, 3), None);
    }
}
