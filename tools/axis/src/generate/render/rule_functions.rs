//! The functions of `postgres.rs` that rules call. Each is a Rust file of its own, so that it is formatted.

use std::collections::BTreeSet;

use super::super::check_expression::Exceptions;
use super::super::contract::Contract;
use super::check;

/// A function, with the ones that it calls.
struct RuleFunction {
    name: &'static str,
    calls: &'static [&'static str],
    text: &'static str,
}

macro_rules! rule_functions {
    ($($name:literal calls [$($callee:literal),*];)*) => {
        [$(RuleFunction {
            name: $name,
            calls: &[$($callee),*],
            text: include_str!(concat!("postgres/rules/", $name, ".rs")),
        }),*]
    };
}

/// In the order in which they are printed.
const RULE_FUNCTIONS: [RuleFunction; 55] = rule_functions! {
    "cut" calls [];
    "rounded" calls [];
    "sent_timestamptz" calls ["sent_timestamp", "day"];
    "sent_timestamp" calls ["day"];
    "stored_timestamptz" calls ["stored_timestamp", "day"];
    "stored_timestamp" calls ["day"];
    "stored_time" calls ["time_length"];
    "day" calls [];
    "pattern" calls [];
    "fancy_pattern" calls [];
    "found_around" calls [];
    "like" calls [];
    "position" calls [];
    "json_type" calls [];
    "jsonb_has" calls [];
    "jsonb_element" calls ["json_element"];
    "json_element" calls [];
    "jsonb_path" calls [];
    "jsonb_contains" calls ["jsonb_equal"];
    "jsonb_equal" calls [];
    "jsonb_without" calls [];
    "json_text" calls [];
    "json_parsed" calls [];
    "jsonb_text" calls ["jsonb_written"];
    "jsonb_written" calls [];
    "skip" calls [];
    "last" calls [];
    "padded" calls [];
    "days_between" calls [];
    "year_of_rounded" calls ["year"];
    "year" calls [];
    "within_chrono" calls ["day"];
    "interval_length" calls [];
    "interval_epoch" calls [];
    "time_length" calls [];
    "moved" calls ["months_later", "day"];
    "months_later" calls ["day"];
    "since_2000" calls ["day"];
    "date_moved" calls [];
    "truncated" calls ["day"];
    "truncated_to" calls [];
    "range_kept" calls [];
    "range_steps" calls ["range_kept"];
    "range_lower" calls [];
    "range_upper" calls [];
    "range_contains" calls [];
    "ranges_overlap" calls [];
    "network_order" calls [];
    "numeric_held" calls [];
    "numeric_remainder" calls [];
    "numeric_as_float" calls [];
    "numeric_as_integer" calls [];
    "float_sum" calls [];
    "float_product" calls [];
    "float_quotient" calls [];
};

/// The functions that the rules of the contracts call, and those of domains.
pub(super) fn functions(contract: &Contract) -> Vec<String> {
    let mut used: BTreeSet<&str> = check::helpers(contract).into_iter().collect();
    for function in &RULE_FUNCTIONS {
        if used.contains(function.name) {
            used.extend(function.calls);
        }
    }
    RULE_FUNCTIONS
        .iter()
        .filter(|function| used.contains(function.name))
        .map(|function| function.text.to_owned())
        .chain(
            ["lower", "upper"]
                .into_iter()
                .zip(&contract.cases)
                .filter(|(name, _)| used.contains(name))
                .map(|(name, exceptions)| cased(name, exceptions)),
        )
        .chain(check::domain_functions(contract))
        .collect()
}

/// `lower` or `upper`. What Rust does otherwise than the locale is written out.
fn cased(name: &str, exceptions: &Exceptions) -> String {
    let mut arms = String::new();
    let mut same = Vec::new();
    for (from, to) in exceptions {
        match from == to {
            true => same.push(format!("'\\u{{{:x}}}'", u32::from(*from))),
            false => {
                arms += &format!(
                    "'\\u{{{:x}}}' => '\\u{{{:x}}}',\n",
                    u32::from(*from),
                    u32::from(*to)
                );
            }
        }
    }
    if !same.is_empty() {
        arms += &format!("{} => character,\n", same.join(" | "));
    }
    format!(
        "/// `{name}`, character by character as the target's locale has it.
pub(super) fn {name}(value: &str) -> std::borrow::Cow<'_, str> {{
    let changed = |character: char| match character {{
        {arms}_ => {{
            let mut other = character.to_{name}case();
            match (other.next(), other.next()) {{
                (Some(only), None) => only,
                _ => character,
            }}
        }}
    }};
    match value.chars().all(|character| changed(character) == character) {{
        true => std::borrow::Cow::Borrowed(value),
        false => std::borrow::Cow::Owned(value.chars().map(changed).collect()),
    }}
}}
"
    )
}
