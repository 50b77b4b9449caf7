//! The table of variables in docs/operations.md is printed from the lists that the code reads by.

use std::collections::BTreeSet;
use std::path::Path;

use axis_adapters::{SERVER_VARIABLES, ServerConfig};
use axis_db::{DatabaseConfig, VARIABLES, Variable};

const BEGIN: &str = "<!-- variables: begin, printed by a test from the code that reads them -->\n";
const END: &str = "<!-- variables: end -->\n";
/// Set to 1, the table is written instead of compared.
const ACCEPT: &str = "AXIS_ACCEPT_VARIABLES";

fn table() -> String {
    let line = |variable: &Variable| {
        let default = variable
            .default
            .map_or_else(String::new, |text| format!("`{text}`"));
        let cell = |text: &str| text.replace('|', "\\|");
        format!(
            "| `{}` | {default} | {} | {} | {} |\n",
            variable.name,
            cell(variable.unit),
            cell(variable.neon.unwrap_or_default()),
            cell(variable.description)
        )
    };
    let lines: String = VARIABLES.iter().chain(SERVER_VARIABLES).map(line).collect();
    format!("| variable | default | unit | on Neon | |\n|---|---|---|---|---|\n{lines}")
}

#[test]
fn the_table_of_operations_md_is_that_of_the_code() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/operations.md");
    let text = std::fs::read_to_string(&path).expect("docs/operations.md");
    let (before, rest) = text.split_once(BEGIN).expect("where the table begins");
    let (committed, after) = rest.split_once(END).expect("where the table ends");
    let now = table();
    if std::env::var(ACCEPT).is_ok_and(|value| value == "1") {
        std::fs::write(&path, format!("{before}{BEGIN}{now}{END}{after}")).expect("a table");
        return;
    }
    assert!(
        committed == now,
        "the variables have changed; print the table anew:\n{ACCEPT}=1 cargo test -p axis-adapters --test api operations_md\n\
         it is then\n{now}"
    );
}

/// What the code asks the environment for is what the lists hold.
#[test]
fn every_variable_that_is_read_is_listed() {
    let asked = std::cell::RefCell::new(BTreeSet::new());
    let get = |name: &str| {
        asked.borrow_mut().insert(name.to_owned());
        None
    };
    let _ = (
        DatabaseConfig::from_variables(get),
        ServerConfig::from_variables(get),
    );
    let mut listed: BTreeSet<String> = (VARIABLES.iter().chain(SERVER_VARIABLES))
        .map(|variable| variable.name.to_owned())
        .collect();
    assert_eq!(
        listed.len(),
        VARIABLES.len() + SERVER_VARIABLES.len(),
        "one is listed twice"
    );
    // Read by the binary, before there is a log.
    assert!(listed.remove("RUST_LOG"));
    assert_eq!(asked.into_inner(), listed);
    assert!(listed.len() >= 15, "{listed:?}");
}
