//! A row as SQL that people run.

use super::judge::Value;
use super::rows::{Good, Operation, Row};
use super::subject::{Cell, Subject, quoted};

/// The statements that show what PostgreSQL says to a row.
pub(crate) fn of(subject: &Subject, good: &Good, row: &Row) -> String {
    let insert = |changes: &[(usize, Cell)]| {
        let cell = |index: usize| {
            let changed = changes.iter().find(|(changed, _)| *changed == index);
            changed.map_or(&good.0[index], |(_, cell)| cell)
        };
        let named: Vec<(usize, &Cell)> = (0..subject.columns.len())
            .map(|index| (index, cell(index)))
            .filter(|(_, cell)| **cell != Cell::Absent)
            .collect();
        let names: Vec<String> = named
            .iter()
            .map(|(index, _)| quoted(&subject.columns[*index].name))
            .collect();
        let values: Vec<String> = named.iter().map(|(_, cell)| literal(cell)).collect();
        match names.is_empty() {
            true => format!("INSERT INTO {} DEFAULT VALUES;", subject.sql_name()),
            false => format!(
                "INSERT INTO {} ({}) VALUES ({});",
                subject.sql_name(),
                names.join(", "),
                values.join(", ")
            ),
        }
    };
    match row.operation {
        Operation::Insert => insert(&row.changes),
        Operation::Update => {
            let sets: Vec<String> = row
                .changes
                .iter()
                .map(|(index, cell)| {
                    format!(
                        "{} = {}",
                        quoted(&subject.columns[*index].name),
                        literal(cell)
                    )
                })
                .collect();
            format!(
                "{}\nUPDATE {} SET {};",
                insert(&[]),
                subject.sql_name(),
                sets.join(", ")
            )
        }
    }
}

fn literal(cell: &Cell) -> String {
    match cell {
        Cell::Absent => "DEFAULT".to_owned(),
        Cell::Null => "NULL".to_owned(),
        Cell::Value(draw) => match (&draw.literal, &draw.value) {
            (Some(literal), _) => quoted_literal(literal),
            // No literal means the same, so this shows what the driver is given.
            (None, Some(Value::Text(text))) => {
                format!("{} /* as the driver sends it */", quoted_literal(text))
            }
            (None, value) => format!("NULL /* as the driver sends {value:?} */"),
        },
    }
}

fn quoted_literal(text: &str) -> String {
    let is_plain = !text.contains(|character: char| character == '\\' || character.is_control());
    match is_plain {
        true => format!("'{}'", text.replace('\'', "''")),
        false => {
            let mut escaped = String::from("E'");
            for character in text.chars() {
                match character {
                    '\'' => escaped.push_str("''"),
                    '\\' => escaped.push_str("\\\\"),
                    '\n' => escaped.push_str("\\n"),
                    '\t' => escaped.push_str("\\t"),
                    character if character.is_control() => {
                        escaped.push_str(&format!("\\x{:02x}", u32::from(character)));
                    }
                    character => escaped.push(character),
                }
            }
            escaped.push('\'');
            escaped
        }
    }
}

#[cfg(test)]
mod tests {
    use super::quoted_literal;

    #[test]
    fn literals_are_read_by_any_session() {
        assert_eq!(quoted_literal("it's"), "'it''s'");
        assert_eq!(quoted_literal("a\0b\\\n"), r"E'a\x00b\\\n'");
    }
}
