//! What things are called: modules, variants, constants, and columns on the wire. No two names of one place are equal.

use std::collections::{BTreeMap, BTreeSet};

use heck::{ToLowerCamelCase, ToShoutySnakeCase, ToSnakeCase, ToUpperCamelCase};

use super::super::catalog::Relation;
use super::super::diesel_schema::{DEFAULT_SCHEMA, rust_name};
use super::ContractError;

/// Gives each name once, whatever its case: file systems and readers take equal letters for equal names.
pub(super) struct Distinct {
    taken: BTreeSet<String>,
}

impl Distinct {
    /// Starts with the names that are never given.
    pub(super) fn new(reserved: &[&str]) -> Self {
        Self {
            taken: reserved.iter().map(|name| name.to_lowercase()).collect(),
        }
    }

    /// The name, with a number behind it where it is taken.
    pub(super) fn name(&mut self, name: &str) -> String {
        let mut given = name.to_owned();
        let mut number = 2;
        while !self.taken.insert(given.to_lowercase()) {
            given = format!("{name}{number}");
            number += 1;
        }
        given
    }
}

/// The modules of the tables: those of one schema stand beside what all share, those of each other in a folder of its own.
pub(super) struct Modules<'a> {
    schema: &'a str,
    reserved: &'a [&'a str],
    shared: Distinct,
    folders: BTreeMap<String, (Option<String>, Distinct)>,
}

impl<'a> Modules<'a> {
    /// `schema` is the one without a folder. `reserved` are names that no table's module may have.
    pub(super) fn new(schema: &'a str, reserved: &'a [&'a str]) -> Self {
        Self {
            schema,
            reserved,
            shared: Distinct::new(reserved),
            folders: BTreeMap::new(),
        }
    }

    /// The module of a table.
    pub(super) fn name(&mut self, schema: &str, diesel_name: &str) -> String {
        let name = module(diesel_name);
        if schema == self.schema {
            return self.shared.name(&name);
        }
        let reserved = self.reserved;
        let folder = self.folders.entry(schema.to_owned());
        let (_, distinct) = folder.or_insert_with(|| (None, Distinct::new(reserved)));
        distinct.name(&name)
    }

    /// The folder of a schema, once all tables have their modules.
    pub(super) fn folder(&mut self, schema: &str) -> Option<String> {
        let (folder, _) = self.folders.get_mut(schema)?;
        let shared = &mut self.shared;
        let name = folder.get_or_insert_with(|| shared.name(&module(&rust_name(schema))));
        Some(name.clone())
    }
}

/// The module of a table that Diesel calls so: the same name, in snake case.
pub(super) fn module(diesel_name: &str) -> String {
    if diesel_name.contains(|character: char| character.is_ascii_uppercase()) {
        identifier(diesel_name.to_snake_case())
    } else {
        diesel_name.to_owned()
    }
}

/// The field of a member of a composite type, from a Rust name.
pub(super) fn field(rust_name: &str) -> String {
    match module(rust_name) {
        // A keyword that `syn` does not know.
        name if name == "gen" => "gen_".to_owned(),
        name => name,
    }
}

/// The name of a type that Rust could take for its own.
pub(super) fn type_name(rust_name: String) -> String {
    const PRELUDE: [&str; 12] = [
        "Box", "Default", "Err", "From", "Into", "None", "Ok", "Option", "Result", "Some",
        "String", "Vec",
    ];
    match PRELUDE.contains(&rust_name.as_str()) {
        true => format!("{rust_name}Value"),
        false => rust_name,
    }
}

/// The variant of a label or constraint.
pub(super) fn variant(name: &str) -> String {
    let ascii: String = name
        .chars()
        .map(|character| {
            if character.is_ascii_alphanumeric() {
                character
            } else {
                ' '
            }
        })
        .collect();
    let variant = ascii.to_upper_camel_case();
    match variant.chars().next() {
        None => "Unnamed".to_owned(),
        Some(first) if first.is_ascii_digit() => format!("N{variant}"),
        Some(_) if variant == "Self" => "SelfValue".to_owned(),
        Some(_) => variant,
    }
}

/// The variant of a constraint: its name less the table's in front of it.
pub(super) fn constraint_variant(table: &str, constraint: &str) -> String {
    let rest = constraint
        .strip_prefix(table)
        .and_then(|rest| rest.strip_prefix('_'))
        .filter(|rest| rest.starts_with(|first: char| first.is_ascii_alphabetic()));
    match rest {
        Some(rest) if variant(rest) != "SelfValue" => variant(rest),
        _ => variant(constraint),
    }
}

/// The constant of a field.
pub(super) fn constant(field: &str, suffix: &str) -> String {
    let name = field.to_shouty_snake_case();
    match name.chars().next() {
        Some(first) if first.is_ascii_alphabetic() => format!("{name}_{suffix}"),
        _ => format!("COLUMN_{name}_{suffix}"),
    }
}

/// The function of a constraint, from its variant.
pub(super) fn function(variant: &str) -> String {
    identifier(variant.to_snake_case())
}

/// The parameter that stands for a field.
pub(super) fn parameter(field: &str) -> String {
    let name = field.trim_start_matches("r#").to_snake_case();
    match name.chars().next() {
        Some(first) if first.is_ascii_digit() => format!("_{name}"),
        Some(_) => identifier(name),
        None => "column".to_owned(),
    }
}

/// What PostgreSQL calls a constraint that its author did not name: the longer of table and column is cut until all fits
/// into 63 bytes.
pub(super) fn generated(table: &str, column: &str, label: &str) -> String {
    const MOST_BYTES: usize = 63;
    let room = MOST_BYTES - label.len() - 2;
    let (mut of_table, mut of_column) = (table.len(), column.len());
    while of_table + of_column > room {
        if of_table > of_column {
            of_table -= 1;
        } else {
            of_column -= 1;
        }
    }
    let (table, column) = (cut(table, of_table), cut(column, of_column));
    format!("{table}_{column}_{label}")
}

/// At most that many bytes, and no half character.
fn cut(name: &str, bytes: usize) -> &str {
    (0..=bytes)
        .rev()
        .find_map(|end| name.get(..end))
        .unwrap_or_default()
}

/// A Rust identifier stays; what became a keyword, begins with a digit, or has no letter gets `_`.
fn identifier(name: String) -> String {
    match name.chars().next() {
        Some(first) if first.is_ascii_digit() => format!("_{name}"),
        None => "__".to_owned(),
        Some(_) if syn::parse_str::<syn::Ident>(&name).is_ok() && name != "gen" => name,
        Some(_) => format!("{name}_"),
    }
}

/// The names of columns on the wire: camelCase, unless axis.toml says otherwise.
pub(super) struct WireNames<'a> {
    overrides: &'a BTreeMap<String, String>,
    unused: BTreeSet<&'a str>,
}

impl<'a> WireNames<'a> {
    /// Takes `[wire_names]`.
    pub(super) fn new(overrides: &'a BTreeMap<String, String>) -> Self {
        Self {
            overrides,
            unused: overrides.keys().map(String::as_str).collect(),
        }
    }

    /// The names of the columns of a relation, in their order.
    pub(super) fn of(&mut self, relation: &Relation) -> Result<Vec<String>, ContractError> {
        let overridden: Vec<Option<&str>> = relation
            .columns
            .iter()
            .map(|column| self.overridden(relation, &column.name))
            .collect();
        let camel_case: Vec<String> = relation
            .columns
            .iter()
            .map(|column| column.name.to_lower_camel_case())
            .collect();
        let names: Vec<String> = relation
            .columns
            .iter()
            .enumerate()
            .map(|(index, column)| match overridden[index] {
                Some(name) => name.to_owned(),
                // Two columns may differ in nothing but what camelCase drops. Then both keep their own names.
                None if camel_case[index].is_empty()
                    || camel_case
                        .iter()
                        .filter(|name| **name == camel_case[index])
                        .count()
                        > 1 =>
                {
                    column.name.clone()
                }
                None => camel_case[index].clone(),
            })
            .collect();
        let mut seen = BTreeSet::new();
        match names.iter().find(|name| !seen.insert(*name)) {
            Some(wire_name) => Err(ContractError::EqualWireNames {
                table: relation.name.clone(),
                wire_name: wire_name.clone(),
            }),
            None => Ok(names),
        }
    }

    /// Takes note of the columns of a relation that has no contract.
    pub(super) fn pass_over(&mut self, relation: &Relation) {
        for column in &relation.columns {
            self.overridden(relation, &column.name);
        }
    }

    /// Fails where a key was no column.
    pub(super) fn finish(self) -> Result<(), ContractError> {
        match self.unused.first() {
            Some(key) => Err(ContractError::UnknownWireName {
                key: (*key).to_owned(),
            }),
            None => Ok(()),
        }
    }

    fn overridden(&mut self, relation: &Relation, column: &str) -> Option<&'a str> {
        let table = &relation.name;
        let short = (table.schema == DEFAULT_SCHEMA).then(|| format!("{}.{column}", table.name));
        let keys = short.into_iter().chain([format!("{table}.{column}")]);
        let mut found = None;
        for key in keys {
            if let Some((key, name)) = self.overrides.get_key_value(&key) {
                self.unused.remove(key.as_str());
                found = Some(name.as_str());
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variants_are_identifiers_less_the_table() {
        for (constraint, expected) in [
            ("users_email_length", "EmailLength"),
            ("users_pkey", "Pkey"),
            ("users_2fa", "Users2fa"),
            ("users_self", "UsersSelf"),
            ("self", "SelfValue"),
            ("users_", "Users"),
            ("usersname", "Usersname"),
            ("e-mail is lower", "EMailIsLower"),
            ("2 small", "N2Small"),
            ("größe", "GrE"),
            ("日本", "Unnamed"),
        ] {
            assert_eq!(constraint_variant("users", constraint), expected);
        }
    }

    #[test]
    fn names_are_given_once_whatever_their_case() {
        let mut names = Distinct::new(&["postgres"]);
        assert_eq!(names.name("users"), "users");
        assert_eq!(names.name("Users"), "Users2");
        assert_eq!(names.name("users"), "users3");
        assert_eq!(names.name("postgres"), "postgres2");
    }

    #[test]
    fn generated_names_are_cut_as_postgresql_cuts_them() {
        assert_eq!(
            generated("users", "email", "not_null"),
            "users_email_not_null"
        );
        let long = "a".repeat(63);
        let name = generated(&long, "id", "not_null");
        assert_eq!(name, format!("{}_id_not_null", "a".repeat(51)));
        let name = generated(&long, &"b".repeat(63), "not_null");
        assert_eq!(name.len(), 63);
        let name = generated(&"é".repeat(31), "b", "not_null");
        assert_eq!(name, format!("{}_b_not_null", "é".repeat(26)));
    }

    #[test]
    fn modules_and_constants_are_identifiers() {
        assert_eq!(module("users"), "users");
        assert_eq!(module("TenantMember"), "tenant_member");
        assert_eq!(module("Type"), "type_");
        assert_eq!(module("_2fa"), "_2fa");
        assert_eq!(module("_2FA"), "_2fa");
        assert_eq!(module("Gen"), "gen_");
        assert_eq!(constant("email", "MAX_LENGTH"), "EMAIL_MAX_LENGTH");
        assert_eq!(constant("_2fa", "MAX_LENGTH"), "COLUMN_2FA_MAX_LENGTH");
        assert_eq!(constant("__", "MAX_LENGTH"), "COLUMN__MAX_LENGTH");
    }
}
