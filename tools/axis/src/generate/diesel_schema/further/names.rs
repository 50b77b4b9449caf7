//! Rust names that compile, whatever the database calls its tables, columns and types. They are the stock CLI's where
//! those compile.

use std::collections::BTreeSet;

use heck::ToUpperCamelCase as _;

use super::super::names::{CLASHING, is_clashing_type};
use super::super::{PROVIDED_TYPES, column_rust_name, rust_name};

/// The file's own modules.
pub(super) const ROOT_MODULES: [&str; 2] = ["sql_types", "same_query"];

/// Gives each its name once: first those whose name is the database's own, then the others, with a number where it is
/// taken. `names` are pairs of the database's name and what it would be in Rust.
pub(super) fn distinct(names: &[(&str, String)], reserved: &[&str]) -> Vec<String> {
    let mut taken: BTreeSet<String> = reserved.iter().map(|name| (*name).to_owned()).collect();
    let mut given = vec![String::new(); names.len()];
    for own in [true, false] {
        for (index, (name, rust_name)) in names.iter().enumerate() {
            if (name == rust_name) != own {
                continue;
            }
            let numbered =
                (2..).map(|number| format!("{}_{number}", rust_name.trim_end_matches('_')));
            let mut candidates = std::iter::once(rust_name.clone()).chain(numbered);
            if let Some(found) = candidates.find(|candidate| !taken.contains(candidate)) {
                taken.insert(found.clone());
                given[index] = found;
            }
        }
    }
    given
}

/// The module of a table or of a schema.
pub(super) fn table(name: &str) -> String {
    allowed(rust_name(name), |name| name == "diesel")
}

/// A column of a table, which imports the types `imported`.
pub(super) fn column(name: &str, table: &str, imported: &BTreeSet<&str>) -> String {
    allowed(column_rust_name(name, table), |name| {
        PROVIDED_TYPES.contains(&name) || CLASHING.contains(&name) || imported.contains(name)
    })
}

/// An SQL type that Diesel does not know.
pub(super) fn sql_type(name: &str) -> String {
    let ascii: String = name
        .chars()
        .map(|character| match character.is_ascii_alphanumeric() {
            true => character,
            false => ' ',
        })
        .collect();
    let name = ascii.to_upper_camel_case();
    let name = match name.chars().next() {
        None => "Unnamed".to_owned(),
        Some(first) if first.is_ascii_digit() => format!("N{name}"),
        Some(_) => name,
    };
    let is_taken =
        name == "Self" || PROVIDED_TYPES.contains(&name.as_str()) || is_clashing_type(&name);
    match is_taken {
        true => format!("{name}Type"),
        false => name,
    }
}

/// Whether `table!` can name the schema: it takes an identifier that stands for itself.
pub(super) fn is_schema(name: &str) -> bool {
    is_keyword_free(name) && syn::parse_str::<syn::Ident>(name).is_ok()
}

fn is_keyword_free(name: &str) -> bool {
    name != "gen" && !name.starts_with("r#")
}

fn allowed(name: String, is_refused: impl Fn(&str) -> bool) -> String {
    // A keyword that the CLI does not know, and names that `table!` makes for itself.
    match name.trim_start_matches('_') {
        visible if name.starts_with("__") && visible.starts_with(|c: char| c.is_ascii_digit()) => {
            format!("_{visible}")
        }
        visible if !visible.is_empty() && name.starts_with("__") => visible.to_owned(),
        _ if name == "gen" || is_refused(&name) => format!("{name}_"),
        _ => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_compile() {
        let none = BTreeSet::new();
        for (name, expected) in [
            ("id", "id"),
            ("gen", "gen_"),
            ("From", "From_"),
            ("Date", "Date_"),
            ("star", "star_"),
            ("type", "type_"),
            ("a b", "a_b"),
        ] {
            assert_eq!(column(name, "t", &none), expected);
        }
        assert_eq!(column("Mood", "t", &BTreeSet::from(["Mood"])), "Mood_");
        assert_eq!(table("diesel"), "diesel_");
        assert_eq!(sql_type("very odd"), "VeryOdd");
        assert_eq!(sql_type("interval"), "IntervalType");
        assert_eq!(sql_type("2nd"), "N2nd");
        assert_eq!(sql_type("日本"), "Unnamed");
        assert_eq!(sql_type("self"), "SelfType");
        assert_eq!(sql_type("some"), "SomeType");
        assert_eq!(sql_type("None"), "NoneType");
        assert_eq!(table("__hidden"), "hidden_");
        assert_eq!(table("__2"), "_2_");
        let names = ["a b", "a_b", "__", "sql_types"].map(|name| (name, table(name)));
        assert_eq!(
            distinct(&names, &["sql_types"]),
            ["a_b_2", "a_b", "__", "sql_types_2"]
        );
    }

    #[test]
    fn schemas_are_identifiers() {
        assert!(is_schema("audit") && is_schema("App") && is_schema("größe"));
        for name in ["my-schema", "type", "gen", "2nd", "r#type", ""] {
            assert!(!is_schema(name), "{name}");
        }
    }
}
