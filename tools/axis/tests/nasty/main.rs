//! A schema of names, comments and shapes that generators break on: generated, compiled without a warning, and each table
//! that is written tried on a PostgreSQL, by `axis prove`.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// What Diesel can have no table for, and nothing else.
const WITHOUT_CONTRACT: [&str; 12] = [
    "2nd.t",
    "my-schema.t",
    "public.all_dropped",
    "public.empty_table",
    "public.inherits_nothing",
    "public.keyless_parent",
    "public.measured",
    "public.wide_129",
    "public.wide_1600",
    "public.wide_view",
    "public.without_columns",
    "type.t",
];

#[test]
fn whatever_a_schema_holds_compiles_without_a_warning_and_reaches_its_table() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/nasty");
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_axis"))
        .args(["prove", "--without-checks", "--rows", "1", "--json"])
        .arg("--schema-file")
        .arg(folder.join("schema.sql"))
        .current_dir(folder)
        .env("CARGO_TARGET_DIR", target)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    let report: Value = serde_json::from_slice(&output.stdout).expect(&said);
    assert_eq!(report["warnings"], Value::Array(Vec::new()));
    let tables = report["tables"].as_array().unwrap();
    assert!(tables.len() >= 200, "only {} tables", tables.len());
    let without = report["without_contract"].as_array().unwrap();
    let without: Vec<&str> = without
        .iter()
        .map(|entry| entry[0].as_str().unwrap())
        .collect();
    assert_eq!(without, WITHOUT_CONTRACT);
    assert!(output.status.success(), "{said}\n{report:#}");
}
