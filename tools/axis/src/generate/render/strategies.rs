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

/// Texts that the rules suggest for the columns of a table.
pub(crate) type Suggestions = BTreeMap<String, Vec<String>>;

/// The most suggestions that are printed for a column.
const MOST: usize = 24;

/// The columns of a row that are drawn together: a tuple of proptest has ten values at most.
const TUPLE: usize = 10;

/// Prints the file. `module` is the module of the contracts' folder, which stands beside it.
pub(crate) fn file(
    contract: &Contract,
    module: &str,
    suggestions: &dyn Fn(&Table) -> Suggestions,
) -> String {
    let mut text = format!(
        "{MARKER}
//! Rows for tests, by proptest: those that keep every rule of a table, and those that break exactly one.
//!
//! A row is put together from rows drawn at random and from what the rules name, and judged by the contract.

#![allow(unused_imports, dead_code, clippy::type_complexity, reason = \"not every table needs each\")]

{}",
        include_str!("strategies/engine.rs")
    );
    let tables = contract
        .tables
        .iter()
        .filter(|table| !table.is_read_only && table.folder.is_none());
    for table in tables {
        match self::table(contract, module, table, &suggestions(table)) {
            Ok(module) => text += &module,
            Err(column) => {
                text += &format!(
                    "\n// {} has no strategy: every row needs a value for {}.\n",
                    code(&table.name.name),
                    code(&column)
                );
            }
        }
    }
    if text.contains(CALL) {
        text += MOMENT;
    }
    text
}

fn table(
    contract: &Contract,
    contracts: &str,
    table: &Table,
    suggestions: &Suggestions,
) -> Result<String, String> {
    let inserted: Vec<&Column> = table
        .columns
        .iter()
        .filter(|column| column.insert != InsertForm::Absent)
        .collect();
    if inserted.is_empty() {
        return Ok(String::new());
    }
    let mut strategies = Vec::new();
    for column in &inserted {
        let none = Vec::new();
        let suggested = suggestions.get(&column.name).unwrap_or(&none);
        strategies.push(
            match (value(contract, &column.value, suggested), column.insert) {
                (Some(value), InsertForm::Value) => value,
                // The row is judged before the database makes the default: what a rule reads is given.
                (Some(value), InsertForm::Defaulted) if is_read(table, column) => {
                    format!("{value}.prop_map(Some)")
                }
                (Some(value), InsertForm::DefaultedNullable) if is_read(table, column) => {
                    format!("::proptest::option::of({value}).prop_map(Some)")
                }
                (Some(value), InsertForm::Nullable | InsertForm::Defaulted) => {
                    format!("::proptest::option::of({value})")
                }
                (Some(value), _) => {
                    format!("::proptest::option::of(::proptest::option::of({value}))")
                }
                (None, InsertForm::Value) => return Err(column.name.clone()),
                (None, _) => "Just(None)".to_owned(),
            },
        );
    }
    let name = code(&table.name.name);
    let left: Vec<String> = table
        .constraints
        .iter()
        .filter(|rule| is_left(rule))
        .map(|rule| code(&rule.name))
        .collect();
    let left = match left.is_empty() {
        true => String::new(),
        false => format!(
            " The database alone decides {}: it may refuse such a row.",
            left.join(", ")
        ),
    };
    let rules: String = table
        .constraints
        .iter()
        .filter(|rule| is_breakable(table, rule))
        .map(|rule| format!("Constraint::{},\n", rule.variant))
        .collect();
    let fields = |column: &&Column| column.field.clone();
    let takes: String = inserted
        .iter()
        .map(|column| {
            format!(
                "{} => self.{1}.clone_from(&from.{1}),\n",
                literal(&column.name),
                column.field
            )
        })
        .collect();
    let tuples = |parts: &[String]| {
        let tuples: Vec<String> = parts
            .chunks(TUPLE)
            .map(|chunk| format!("({},)", chunk.join(",\n")))
            .collect();
        format!("({},)", tuples.join(",\n"))
    };
    let names: Vec<String> = inserted.iter().map(fields).collect();
    Ok(format!(
        "
{}pub mod {module} {{
    use super::super::{contracts}::{path}::{{Constraint, Insert}};
    use super::super::{contracts}::{{self as contracts, TableConstraint as _}};
    use super::*;

    /// The rules that a row can break by itself.
    pub const RULES: &[Constraint] = &[{rules}];

    {}    pub fn valid() -> impl Strategy<Value = Insert> {{
        rows(drawn(), None)
    }}

    /// Rows that break this rule and no other. None for a rule that is not one of [`RULES`]: it depends on other rows, or the
    /// database alone decides it.
    pub fn breaking(rule: Constraint) -> Option<impl Strategy<Value = Insert>> {{
        RULES.contains(&rule).then(|| rows(drawn(), Some(rule)))
    }}

    fn drawn() -> impl Strategy<Value = Insert> {{
        {}.prop_map(|{}| Insert {{ {} }})
    }}

    impl Row for Insert {{
        type Rule = Constraint;

        fn take(&mut self, column: &str, from: &Self) {{
            match column {{
                {takes}
                _ => {{}}
            }}
        }}

        fn broken(&self) -> Vec<(Constraint, &'static [&'static str])> {{
            let violations = self.violations().into_iter();
            violations.map(|violation| (violation.constraint, violation.columns)).collect()
        }}

        fn columns(rule: Constraint) -> &'static [&'static str] {{
            rule.metadata().columns
        }}
    }}
}}
",
        doc(&format!("Rows of {name}.")),
        doc(&format!("Rows that keep every rule.{left}")),
        tuples(&strategies),
        tuples(&names),
        names.join(", "),
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

/// The strategy of a value. None where the type has none.
fn value(contract: &Contract, value: &Value, suggested: &[String]) -> Option<String> {
    if value.is_array {
        let element = scalar(contract, &value.scalar, &[])?;
        return Some(match value.has_null_elements() {
            true => format!("vec({element}.prop_map(Some), 0..4)"),
            false => format!("vec({element}, 0..4)"),
        });
    }
    scalar(contract, &value.scalar, suggested)
}

fn scalar(contract: &Contract, scalar: &Scalar, suggested: &[String]) -> Option<String> {
    let rust_type = scalar.rust_type();
    let any = match scalar {
        Scalar::Bool => return Some("any::<bool>()".to_owned()),
        Scalar::Int2 | Scalar::Int4 | Scalar::Int8 | Scalar::Oid => {
            format!("prop_oneof![any::<{rust_type}>(), 0..100_{rust_type}]")
        }
        Scalar::Float4 | Scalar::Float8 => format!("any::<{rust_type}>()"),
        Scalar::Text => return Some(format!("text(&[{}], 40)", texts(suggested))),
        Scalar::Characters { length, .. } => {
            return Some(format!("text(&[{}], {length})", texts(suggested)));
        }
        Scalar::Uuid => "any::<u128>().prop_map(uuid::Uuid::from_u128)".to_owned(),
        Scalar::Timestamptz { .. } => CALL.to_owned(),
        Scalar::Timestamp { .. } => format!("{CALL}.prop_map(|time| time.naive_utc())"),
        Scalar::Date => format!("{CALL}.prop_map(|time| time.date_naive())"),
        Scalar::Time { .. } => format!("{CALL}.prop_map(|time| time.time())"),
        Scalar::Numeric | Scalar::NumericOf { .. } => {
            "prop_oneof![any::<i32>(), 0..100_i32].prop_map(bigdecimal::BigDecimal::from)"
                .to_owned()
        }
        Scalar::Json | Scalar::Jsonb => "Just(serde_json::json!({}))".to_owned(),
        Scalar::Bytea => return Some("vec(any::<u8>(), 0..40)".to_owned()),
        Scalar::Inet | Scalar::Cidr => {
            "any::<[u8; 4]>().prop_map(|bytes| ipnet::IpNet::from(std::net::IpAddr::from(bytes)))"
                .to_owned()
        }
        Scalar::Enum {
            name, rust_name, ..
        } => {
            let found = contract
                .types
                .enums
                .iter()
                .find(|found| found.name == *name)?;
            let variants = found.variants.iter();
            let variants: Vec<String> = variants
                .map(|(_, variant)| format!("contracts::types::{rust_name}::{variant}"))
                .collect();
            return Some(format!("select(vec![{}])", variants.join(", ")));
        }
        _ => return None,
    };
    Some(format!("of::<{rust_type}>(&[{}], {any})", texts(suggested)))
}

/// Suggestions as string literals, the shortest of them.
fn texts(suggested: &[String]) -> String {
    let mut texts: Vec<String> = Vec::new();
    for text in suggested {
        let text = literal(text);
        if texts.len() < MOST && text.len() < 200 && !texts.contains(&text) {
            texts.push(text);
        }
    }
    texts.join(", ")
}

/// A call of what [`MOMENT`] defines, where a table needs it.
const CALL: &str = "moment()";

const MOMENT: &str = "
/// A second from 1970 to the year 2096.
fn moment() -> impl Strategy<Value = chrono::DateTime<chrono::Utc>> {
    (0..4_000_000_000_i64).prop_map(|seconds| chrono::DateTime::from_timestamp(seconds, 0).unwrap_or_default())
}
";
