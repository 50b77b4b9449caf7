//! The INSERT that Diesel makes of a row: which columns it gives, and which it leaves to their
//! defaults.

/// An INSERT of one row, by the columns that it gives.
pub(super) struct Inserted {
    sql: String,
    /// The table's name and the columns', quoted as Diesel wrote them.
    copy: String,
}

impl Inserted {
    /// Reads `INSERT INTO "s"."t" ("a", "b", "c") VALUES ($1, DEFAULT, $2)`. None for any other
    /// text, and where no column has a value.
    pub(super) fn parse(sql: &str) -> Option<Self> {
        let rest = sql.strip_prefix("INSERT INTO ")?;
        let (table, rest) = names(rest, ".")?;
        let rest = rest.strip_prefix(" (")?;
        let (columns, rest) = names(rest, ", ")?;
        let values = rest
            .strip_prefix(") VALUES (")?
            .trim_end()
            .strip_suffix(')')?;
        let values: Vec<&str> = values.split(", ").collect();
        if values.len() != columns.len() {
            return None;
        }
        let mut given = Vec::new();
        for (column, value) in columns.iter().zip(values) {
            if value == "DEFAULT" {
                continue;
            }
            given.push(*column);
            // The values are sent in this order.
            if value.strip_prefix('$')?.parse() != Ok(given.len()) {
                return None;
            }
        }
        if given.is_empty() {
            return None;
        }
        Some(Self {
            sql: sql.to_owned(),
            copy: format!("{} ({})", table.join("."), given.join(", ")),
        })
    }

    /// Whether a row's INSERT gives the same columns.
    pub(super) fn is_of(&self, sql: &str) -> bool {
        self.sql == sql
    }

    /// The COPY for such rows.
    pub(super) fn copy(&self) -> String {
        format!("COPY {} FROM STDIN (FORMAT binary)", self.copy)
    }
}

/// Quoted names at the start of `text`, and what comes after them.
fn names<'a>(text: &'a str, separator: &str) -> Option<(Vec<&'a str>, &'a str)> {
    let mut names = Vec::new();
    let mut rest = text;
    loop {
        let (name, after) = name(rest)?;
        names.push(name);
        match after.strip_prefix(separator) {
            Some(more) => rest = more,
            None => return Some((names, after)),
        }
    }
}

/// A quoted name, in which a quote stands twice.
fn name(text: &str) -> Option<(&str, &str)> {
    let inner = text.strip_prefix('"')?;
    let mut at = 0;
    loop {
        at += inner.get(at..)?.find('"')? + 1;
        match inner.get(at..)?.starts_with('"') {
            true => at += 1,
            false => return text.split_at_checked(at + 1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn copy(sql: &str) -> Option<String> {
        Inserted::parse(sql).map(|inserted| inserted.copy())
    }

    #[test]
    fn columns_that_are_given_are_copied() {
        for (sql, expected) in [
            (
                r#"INSERT INTO "users" ("id", "email", "name") VALUES (DEFAULT, $1, $2)"#,
                r#"COPY "users" ("email", "name") FROM STDIN (FORMAT binary)"#,
            ),
            (
                r#"INSERT INTO "audit"."odd "" name" ("a, b", "c"")") VALUES ($1, $2)"#,
                r#"COPY "audit"."odd "" name" ("a, b", "c"")") FROM STDIN (FORMAT binary)"#,
            ),
        ] {
            assert_eq!(copy(sql).as_deref(), Some(expected), "{sql}");
        }
    }

    #[test]
    fn what_is_no_row_of_values_is_refused() {
        for sql in [
            r#"INSERT INTO "users" DEFAULT VALUES"#,
            r#"INSERT INTO "users" ("id") VALUES (DEFAULT)"#,
            r#"INSERT INTO "users" ("id") VALUES (lower($1))"#,
            r#"INSERT INTO "users" ("id") VALUES ($2)"#,
            r#"INSERT INTO "users" ("id", "name") VALUES ($1)"#,
            r#"INSERT INTO "users" ("id") VALUES ($1), ($2)"#,
            r#"INSERT INTO "users" ("id") VALUES ($1) RETURNING "id""#,
            r#"INSERT INTO "users" ("id") SELECT $1"#,
            r#"INSERT INTO "users" ("id" VALUES ($1)"#,
            r#"INSERT INTO "users"#,
            "",
        ] {
            assert_eq!(copy(sql), None, "{sql}");
        }
    }
}
