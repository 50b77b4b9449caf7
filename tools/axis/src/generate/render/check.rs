//! The functions of rules, and where a row is put to them.

use super::super::contract::{
    Argument, Check, Constraint, Contract, InsertForm, Stored, Table, UpdateForm,
};
use super::text::{code, doc};

/// The rules of a table that the contract enforces, in order.
pub(super) fn checks(table: &Table) -> impl Iterator<Item = (&Constraint, &Check)> {
    table.constraints.iter().filter_map(|constraint| {
        let check = constraint.check.as_ref()?;
        // A rule that accepts every row needs no question.
        (check.printed.body != "true").then_some((constraint, check))
    })
}

/// The rules of a table that are its own.
fn own(table: &Table) -> impl Iterator<Item = (&Constraint, &Check)> {
    checks(table).filter(|(_, check)| !check.of_domain)
}

/// The columns that a table's own rules read, in the order of the table.
fn columns(table: &Table) -> Vec<&Argument> {
    let read: Vec<&Argument> = own(table).flat_map(|(_, check)| &check.arguments).collect();
    let of_field = |field: &str| {
        read.iter()
            .copied()
            .find(|argument| argument.field == field)
    };
    table
        .columns
        .iter()
        .filter_map(|column| of_field(&column.field))
        .collect()
}

/// The functions of a table's own rules, and what puts a row to them.
pub(super) fn functions(table: &Table) -> String {
    if own(table).next().is_none() {
        return String::new();
    }
    let (fields, lifetime) = fields(&columns(table));
    let mut questions = String::new();
    let mut functions = String::new();
    for (constraint, check) in own(table) {
        questions += &question(constraint, check);
        functions += &format!("\n{}", doc(&code(&constraint.definition)));
        functions += &function("fn", check);
    }
    let (of, any) = match lifetime {
        true => ("<'a>", "<'_>"),
        false => ("", ""),
    };
    format!(
        "
/// The columns that the CHECKs read, as the database will hold them. `None`: not known here.
struct Checked{of} {{
{fields}}}

impl Checked{any} {{
    /// Appends the CHECKs that are broken, of those whose columns are all known.
    fn violations(&self, violations: &mut Vec<Violation<Constraint>>) {{
{questions}    }}
}}
{functions}"
    )
}

/// The fields, and whether one of them is a reference.
fn fields(columns: &[&Argument]) -> (String, bool) {
    let mut text = String::new();
    let mut lifetime = false;
    for argument in columns {
        let value = match &argument.stored {
            Stored::Rounded(_) => "std::borrow::Cow<'a, bigdecimal::BigDecimal>".to_owned(),
            _ => argument.rust_type.replacen('&', "&'a ", 1),
        };
        lifetime |= value.contains("'a");
        let value = match argument.nullable {
            true => format!("Option<{value}>"),
            false => value,
        };
        text += &format!("{}: Option<{value}>,\n", argument.field);
    }
    (text, lifetime)
}

/// Asks one rule, where all its columns are known.
fn question(constraint: &Constraint, check: &Check) -> String {
    let mut places = Vec::new();
    let mut patterns = Vec::new();
    let mut arguments = Vec::new();
    for argument in &check.arguments {
        let is_rounded = matches!(argument.stored, Stored::Rounded(_));
        places.push(format!(
            "{}self.{}",
            if is_rounded { "&" } else { "" },
            argument.field
        ));
        patterns.push(format!("Some({})", argument.parameter));
        arguments.push(match is_rounded && argument.nullable {
            true => format!("{}.as_deref()", argument.parameter),
            false => argument.parameter.clone(),
        });
    }
    let call = format!("!{}({})", check.function, arguments.join(", "));
    let condition = match places.len() {
        0 => call,
        1 => format!(
            "matches!({}, {} if {call})",
            places.concat(),
            patterns.concat()
        ),
        _ => format!(
            "matches!(({}), ({}) if {call})",
            places.join(", "),
            patterns.join(", ")
        ),
    };
    push(constraint, &condition)
}

/// What a row of an INSERT says of the columns.
pub(super) fn inserted(table: &Table) -> Option<String> {
    asked(table, |argument| {
        let field = format!("self.{}", argument.field);
        match (argument.insert, &argument.default) {
            (InsertForm::Absent, _) => "None".to_owned(),
            (InsertForm::Value, _) => format!("Some({})", argument.plain_of(&field, false)),
            (InsertForm::Nullable, _) => format!("Some({})", argument.optional_of(&field, false)),
            (InsertForm::Defaulted, None) => argument.optional_of(&field, false),
            (InsertForm::DefaultedNullable, None) => twice_optional(argument, &field),
            (InsertForm::Defaulted, Some(default)) => {
                format!(
                    "Some({}.unwrap_or({}))",
                    argument.optional_of(&field, false),
                    default.argument
                )
            }
            (InsertForm::DefaultedNullable, Some(default)) => {
                let default = match default.argument.as_str() {
                    "None" => "None".to_owned(),
                    default => format!("Some({default})"),
                };
                format!(
                    "Some({}.unwrap_or({default}))",
                    twice_optional(argument, &field)
                )
            }
        }
    })
}

/// What the new values of an UPDATE say of the columns.
pub(super) fn updated(table: &Table) -> Option<String> {
    asked(table, |argument| {
        let field = format!("self.{}", argument.field);
        match argument.update {
            UpdateForm::Absent => "None".to_owned(),
            UpdateForm::Value => argument.optional_of(&field, false),
            UpdateForm::Nullable => twice_optional(argument, &field),
        }
    })
}

/// What the row says of the columns that an UPDATE makes of another.
pub(super) fn merged(table: &Table) -> Option<String> {
    asked(table, |argument| {
        format!("Some({})", merged_argument(argument))
    })
}

fn asked(table: &Table, value: impl Fn(&Argument) -> String) -> Option<String> {
    let columns = columns(table);
    own(table).next()?;
    let fields: String = columns
        .into_iter()
        .map(|argument| format!("{}: {},\n", argument.field, value(argument)))
        .collect();
    Some(format!(
        "Checked {{\n{fields}}}.violations(&mut violations);\n"
    ))
}

/// The functions of the rules of domains, each once.
pub(super) fn domain_functions(contract: &Contract) -> Vec<String> {
    let mut functions = std::collections::BTreeMap::new();
    for table in &contract.tables {
        for (constraint, check) in checks(table).filter(|(_, check)| check.of_domain) {
            let text = format!(
                "{}{}",
                doc(&code(&constraint.definition)),
                function("pub(super) fn", check)
            );
            functions.insert(
                check.function.clone(),
                text.replace("super::postgres::", "")
                    .replace("postgres::", ""),
            );
        }
    }
    functions.into_values().collect()
}

fn function(kind: &str, check: &Check) -> String {
    let parameters: Vec<String> = check
        .arguments
        .iter()
        .map(|argument| match argument.optional {
            true => format!("{}: Option<{}>", argument.parameter, argument.rust_type),
            false => format!("{}: {}", argument.parameter, argument.rust_type),
        })
        .collect();
    format!(
        "{kind} {}({}) -> bool {{\n{}\n}}\n",
        check.function,
        parameters.join(", "),
        check.printed.body
    )
}

/// The functions of `postgres.rs` that the rules of the contracts call.
pub(super) fn helpers(contract: &Contract) -> Vec<&'static str> {
    let all = contract.tables.iter().flat_map(checks);
    all.flat_map(|(_, check)| {
        let stored = check
            .arguments
            .iter()
            .filter_map(|argument| argument.stored.helper());
        let defaults = check
            .arguments
            .iter()
            .filter_map(|argument| argument.default.as_ref());
        let defaults = defaults.flat_map(|default| default.helpers.iter().copied());
        check
            .printed
            .helpers
            .iter()
            .copied()
            .chain(stored)
            .chain(defaults)
    })
    .collect()
}

/// The questions of the domains of a column: those that PostgreSQL asks as it reads the parameter, or the others. `depth` is how many `Option`s its value is in.
pub(super) fn domains(table: &Table, column: &str, is_read: bool, depth: usize) -> Vec<String> {
    checks(table)
        .filter(|(constraint, check)| {
            let is_asked = check.of_domain && check.part.is_none() && check.is_read == is_read;
            is_asked && constraint.columns == [column.to_owned()]
        })
        .filter_map(|(constraint, check)| {
            let argument = check.arguments.first()?;
            let field = format!("self.{}", argument.field);
            let reference = if matches!(argument.stored, Stored::Rounded(_)) {
                "&"
            } else {
                ""
            };
            let of_value = |value: String| match argument.optional {
                true => format!("!postgres::{}(Some({reference}{value}))", check.function),
                false => format!("!postgres::{}({reference}{value})", check.function),
            };
            let dereferenced = if reference.is_empty() {
                ""
            } else {
                ".as_deref()"
            };
            let condition = match (depth, argument.optional && argument.nullable) {
                (0, _) => of_value(argument.plain_of(&field, false)),
                (1, true) => {
                    format!(
                        "!postgres::{}({})",
                        check.function,
                        argument.optional_of(&field, false) + dereferenced
                    )
                }
                (1, false) => format!(
                    "{field}.as_ref().is_some_and(|value| {})",
                    of_value(argument.plain_of("value", true))
                ),
                (_, true) => format!(
                    "matches!(&{field}, Some(value) if !postgres::{}({}))",
                    check.function,
                    argument.optional_of("value", true) + dereferenced
                ),
                (_, false) => format!(
                    "{field}.iter().flatten().any(|value| {})",
                    of_value(argument.plain_of("value", true))
                ),
            };
            Some(push(constraint, &condition))
        })
        .collect()
}

fn push(constraint: &Constraint, condition: &str) -> String {
    format!(
        "if {condition} {{ violations.push(Violation::of(Constraint::{})); }}\n",
        constraint.variant
    )
}

fn is_copied(argument: &Argument) -> bool {
    argument.path.is_empty() && matches!(argument.stored, Stored::Copied | Stored::Moment(..))
}

fn merged_argument(argument: &Argument) -> String {
    let field = &argument.field;
    let row = format!("row.{field}");
    let (merged, is_reference) = match (argument.update, is_copied(argument)) {
        (UpdateForm::Absent, _) => (row, false),
        (_, true) => (format!("self.{field}.unwrap_or({row})"), false),
        (_, false) => (format!("self.{field}.as_ref().unwrap_or(&{row})"), true),
    };
    match argument.nullable {
        true => argument.optional_of(&merged, is_reference),
        false => argument.plain_of(&merged, is_reference),
    }
}

/// An `Option` within an `Option`, the inner as an argument.
fn twice_optional(argument: &Argument, place: &str) -> String {
    match &argument.stored {
        Stored::Copied if argument.path.is_empty() => place.to_owned(),
        _ => format!(
            "{place}.as_ref().map(|value| {})",
            argument.optional_of("value", true)
        ),
    }
}
