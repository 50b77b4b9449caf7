//! Strategies of proptest for the contracts: rows that keep every rule, and rows that break exactly one.
//!
//! One file, beside the folder of the contracts, so that a reviewer of those meets none of it. What it draws from is what the
//! rules' trees suggest; what a row is to be is decided by the contract itself.

use std::collections::BTreeMap;

use super::super::contract::{
    Column, Constraint, ConstraintKind, Contract, Enforcement, InsertForm, Scalar, Table, Value,
};
use super::MARKER;
use super::text::{code, doc, literal};

/// What is suggested for the columns of a table, by their names.
#[derive(Debug, Default)]
pub(crate) struct Suggestions {
    /// By its rules: as Rust's `FromStr` reads it.
    pub(crate) texts: BTreeMap<String, Vec<String>>,
    /// By its rules and its type: as JSON.
    pub(crate) documents: BTreeMap<String, Vec<String>>,
}

/// Lists of more characters are long.
const LONG: usize = 100;

/// Literals of more characters are too wide for rustfmt.
const WIDE: usize = 60;

/// A list of values that is printed again, or is long, is a constant.
#[derive(Debug, Default)]
struct Lists {
    /// In the order of their first time.
    found: Vec<List>,
}

#[derive(Debug)]
struct List {
    /// String literals.
    values: Vec<String>,
    /// As they stand in the text of a table.
    text: String,
    /// How often.
    times: usize,
}

impl Lists {
    /// The list in the text of a table; [`Lists::named`] puts the constants in.
    fn print(&mut self, values: &[String]) -> String {
        let values: Vec<String> = values.iter().map(|value| readable(value)).collect();
        let text = format!("&[{}]", values.join(", "));
        match self.found.iter_mut().find(|list| list.text == text) {
            Some(list) => list.times += 1,
            None if values.len() > 2 || text.len() > LONG => self.found.push(List {
                values,
                text: text.clone(),
                times: 1,
            }),
            None => {}
        }
        text
    }

    /// The text with a constant for each list that stands in it more than once or is long, and the constants.
    fn named(&self, mut text: String) -> (String, String) {
        let mut constants = String::new();
        let named = self.found.iter();
        let named = named.filter(|list| list.times > 1 || list.text.len() > LONG);
        for (number, list) in named.enumerate() {
            let name = format!("VALUES_{}", number + 1);
            text = text.replace(&list.text, &name);
            constants += &match list.values.iter().any(|value| value.chars().count() > WIDE) {
                // rustfmt gives up where a literal is too wide, and not in each edition alike.
                true => format!(
                    "#[rustfmt::skip]\nconst {name}: &[&str] = &[\n    {},\n];\n",
                    list.values.join(",\n    ")
                ),
                false => format!("const {name}: &[&str] = {};\n", list.text),
            };
        }
        if !constants.is_empty() {
            constants = format!("\n// What columns are compared with.\n{constants}");
        }
        (text, constants)
    }
}

/// Prints the file. `module` is the module of the contracts' folder, which stands beside it.
pub(crate) fn file(
    contract: &Contract,
    module: &str,
    suggestions: &dyn Fn(&Table) -> Suggestions,
) -> String {
    let mut lists = Lists::default();
    let mut text = String::new();
    // A further schema has a module of its own, as its contracts have.
    let mut of_schemas: BTreeMap<&str, String> = BTreeMap::new();
    for table in contract.tables.iter().filter(|table| !table.is_read_only) {
        let printed = self::table(contract, module, table, &suggestions(table), &mut lists)
            .unwrap_or_else(|column| {
                format!(
                    "\n// {} has no strategy: every row needs a value for {}.\n",
                    code(&table.name.name),
                    code(&column)
                )
            });
        match &table.folder {
            None => text += &printed,
            Some(folder) => *of_schemas.entry(folder).or_default() += &printed,
        }
    }
    for (folder, modules) in of_schemas {
        text += &format!(
            "\n/// Rows of a further schema.\npub mod {folder} {{\nuse super::*;\n{modules}}}\n"
        );
    }
    for (call, function) in FUNCTIONS {
        if text.contains(call) {
            text += function;
        }
    }
    let (text, constants) = lists.named(text);
    format!(
        "{MARKER}
//! Rows for tests, by proptest: those that keep every rule of a table, and those that break exactly one.
//!
//! A row is put together from rows drawn at random and from what the rules name, and judged by the contract.

#![allow(unused_imports, dead_code, non_snake_case, reason = \"not every table needs each\")]

{}{constants}{text}",
        include_str!("strategies/engine.rs")
    )
}

fn table(
    contract: &Contract,
    contracts: &str,
    table: &Table,
    suggestions: &Suggestions,
    lists: &mut Lists,
) -> Result<String, String> {
    let inserted = table.columns.iter();
    let inserted = inserted.filter(|column| column.insert != InsertForm::Absent);
    let mut columns = String::new();
    for column in inserted {
        let values = match (drawn(contract, column, suggestions, lists), column.insert) {
            (Some(values), InsertForm::Value) => values,
            // The row is judged before the database makes the default: what a rule reads is given.
            (Some(values), InsertForm::Defaulted) if is_read(table, column) => {
                format!("given({values})")
            }
            (Some(values), InsertForm::DefaultedNullable) if is_read(table, column) => {
                format!("given(optional({values}))")
            }
            (Some(values), InsertForm::Nullable | InsertForm::Defaulted) => {
                format!("optional({values})")
            }
            (Some(values), _) => format!("optional(optional({values}))"),
            (None, InsertForm::Value) => return Err(column.name.clone()),
            (None, _) => "Just(None)".to_owned(),
        };
        let name = match column.field == column.name {
            true => String::new(),
            false => format!(" {}", literal(&column.name)),
        };
        columns += &format!("        {}{name}: {values},\n", column.field);
    }
    if columns.is_empty() {
        return Ok(String::new());
    }
    let left: Vec<String> = table
        .constraints
        .iter()
        .filter(|rule| is_left(rule))
        .map(|rule| code(&rule.name))
        .collect();
    let left = match left.is_empty() {
        true => String::new(),
        false => format!(
            " The database alone decides {}: it may refuse a valid row.",
            left.join(", ")
        ),
    };
    let rules: String = table
        .constraints
        .iter()
        .filter(|rule| is_breakable(table, rule))
        .map(|rule| format!("Constraint::{},\n", rule.variant))
        .collect();
    let root = match table.folder {
        None => "super",
        Some(_) => "super::super",
    };
    Ok(format!(
        "
{}pub mod {module} {{
    use {root}::super::{contracts}::{path}::{{Constraint, Insert}};
    use {root}::super::{contracts}::{{self as contracts, TableConstraint as _}};
    use super::*;

    /// The rules that a row can break by itself.
    pub const RULES: &[Constraint] = &[{rules}];

    columns! {{
{columns}    }}
}}
",
        doc(&format!("Rows of {}.{left}", code(&table.name.name))),
        module = table.module,
        path = table.path(),
    ))
}

/// Whether a rule reads the column, and the contract does not know what the database puts in where the row says nothing.
fn is_read(table: &Table, column: &Column) -> bool {
    let checks = table
        .constraints
        .iter()
        .filter_map(|rule| rule.check.as_ref());
    let mut arguments = checks.flat_map(|check| &check.arguments);
    arguments.any(|argument| argument.field == column.field && argument.default.is_none())
}

/// A rule of the row itself that the contract does not decide.
fn is_left(rule: &Constraint) -> bool {
    matches!(rule.kind, ConstraintKind::Check | ConstraintKind::Domain)
        && matches!(rule.enforcement, Enforcement::Database(_))
}

/// A CHECK that the contract decides, or the length of a text.
fn is_breakable(table: &Table, rule: &Constraint) -> bool {
    match rule.kind {
        ConstraintKind::Check | ConstraintKind::Domain => {
            rule.enforcement == Enforcement::Contract
                && rule
                    .check
                    .as_ref()
                    .is_some_and(|check| check.printed.body != "true")
        }
        ConstraintKind::Type => table.columns.iter().any(|column| {
            rule.columns == [column.name.clone()]
                && !column.value.is_array
                && matches!(column.value.scalar, Scalar::Characters { .. })
        }),
        _ => false,
    }
}

/// The strategy of a column's values. None where the type has none.
fn drawn(
    contract: &Contract,
    column: &Column,
    suggestions: &Suggestions,
    lists: &mut Lists,
) -> Option<String> {
    let none = Vec::new();
    let texts = suggestions.texts.get(&column.name).unwrap_or(&none);
    let documents = suggestions.documents.get(&column.name).unwrap_or(&none);
    let value = &column.value;
    let native = match value.is_array {
        // What a rule says of an array is in the documents.
        true if !texts.is_empty() => None,
        true => array(contract, value),
        false => {
            let texts = match value.scalar {
                Scalar::Json | Scalar::Jsonb => documents,
                _ => texts,
            };
            scalar(contract, &value.scalar, texts, lists)
        }
    };
    native.or_else(|| (!documents.is_empty()).then(|| format!("{READ}{})", lists.print(documents))))
}

fn array(contract: &Contract, value: &Value) -> Option<String> {
    let element = scalar(contract, &value.scalar, &[], &mut Lists::default())?;
    Some(match value.has_null_elements() {
        true => format!("vec(optional({element}), 0..4)"),
        false => format!("vec({element}, 0..4)"),
    })
}

fn scalar(
    contract: &Contract,
    scalar: &Scalar,
    named: &[String],
    lists: &mut Lists,
) -> Option<String> {
    let any = match scalar {
        Scalar::Bool => return Some("any::<bool>()".to_owned()),
        Scalar::Int2 => integer("i16"),
        Scalar::Int4 => integer("i32"),
        Scalar::Int8 => integer("i64"),
        Scalar::Oid => integer("u32"),
        Scalar::Float4 => "any::<f32>()".to_owned(),
        Scalar::Float8 => "any::<f64>()".to_owned(),
        Scalar::Text => return Some(format!("text({}, 40)", lists.print(named))),
        Scalar::Characters { length, .. } => {
            return Some(format!("text({}, {length})", lists.print(named)));
        }
        Scalar::Uuid => UUID.to_owned(),
        Scalar::Timestamptz { .. } => MOMENT.to_owned(),
        Scalar::Timestamp { .. } => format!("{MOMENT}.prop_map(|moment| moment.naive_utc())"),
        Scalar::Date => format!("{MOMENT}.prop_map(|moment| moment.date_naive())"),
        Scalar::Time { .. } => format!("{MOMENT}.prop_map(|moment| moment.time())"),
        Scalar::Numeric | Scalar::NumericOf { .. } => {
            format!("{}.prop_map(::bigdecimal::BigDecimal::from)", integer("i32"))
        }
        Scalar::Json | Scalar::Jsonb => "Just(::serde_json::json!({}))".to_owned(),
        Scalar::Bytea => return Some("vec(any::<u8>(), 0..40)".to_owned()),
        Scalar::Inet | Scalar::Cidr => {
            "any::<[u8; 4]>().prop_map(|bytes| ::ipnet::IpNet::from(::std::net::IpAddr::from(bytes)))"
                .to_owned()
        }
        Scalar::Enum {
            name, rust_name, ..
        } => {
            let mut enums = contract.types.enums.iter();
            enums.find(|found| found.name == *name)?;
            return Some(format!("select(contracts::types::{rust_name}::ALL)"));
        }
        _ => return None,
    };
    Some(match named.is_empty() {
        true => any,
        false => format!("near({}, {any})", lists.print(named)),
    })
}

fn integer(rust_type: &str) -> String {
    format!("number::<{rust_type}>()")
}

/// A string literal: raw, where it holds quotes and nothing else to be escaped.
fn readable(text: &str) -> String {
    let escaped = literal(text);
    let quotes = text.matches('"').count();
    match quotes > 0 && escaped.len() == text.len() + 2 + quotes && !text.contains("\"#") {
        true => format!("r#\"{text}\"#"),
        false => escaped,
    }
}

/// Calls of functions that are printed where they are called, since they need crates that not every project has.
const READ: &str = "read(";
const UUID: &str = "uuid()";
const MOMENT: &str = "moment()";

const FUNCTIONS: [(&str, &str); 3] = [
    (
        READ,
        "
/// Values as JSON has them.
fn read<T: ::serde::de::DeserializeOwned + Clone + ::std::fmt::Debug + 'static>(
    documents: &[&str],
) -> impl Strategy<Value = T> {
    let values = documents.iter().filter_map(|document| ::serde_json::from_str(document).ok());
    select(values.collect::<Vec<T>>())
}
",
    ),
    (
        UUID,
        "
/// Any UUID.
fn uuid() -> impl Strategy<Value = ::uuid::Uuid> {
    any::<u128>().prop_map(::uuid::Uuid::from_u128)
}
",
    ),
    (
        MOMENT,
        "
/// A second from 1970 to the year 2096.
fn moment() -> impl Strategy<Value = ::chrono::DateTime<::chrono::Utc>> {
    (0..4_000_000_000_i64)
        .prop_map(|seconds| ::chrono::DateTime::from_timestamp(seconds, 0).unwrap_or_default())
}
",
    ),
];
