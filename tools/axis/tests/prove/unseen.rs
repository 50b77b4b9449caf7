//! What the proofs of schemas of others showed to be wrong stays mended.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

#[test]
fn what_schemas_of_others_showed_stays_mended() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/prove");
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_axis"))
        .args(["prove", "--rows", "60", "--json"])
        .arg("--schema-file")
        .arg(folder.join("unseen.sql"))
        .current_dir(&folder)
        .env("CARGO_TARGET_DIR", target)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    let report: Value = serde_json::from_slice(&output.stdout).expect(&said);
    assert!(output.status.success(), "{said}\n{report:#}");
    assert_eq!(report["warnings"], Value::Array(Vec::new()));
    let tables = report["tables"].as_array().unwrap();
    assert!(tables.len() >= 16, "only {} tables", tables.len());
    // Each but one CHECK of a domain and one that needs `age` is derived.
    let number = |name: &str| report[name].as_u64().unwrap();
    assert_eq!(number("checks") - number("derived"), 2, "{report:#}");
    assert!(number("checks") >= 40, "{report:#}");
    let not_proved: Vec<&str> = tables
        .iter()
        .flat_map(|table| table["columns"].as_array().unwrap())
        .filter(|column| !column["proof"]["not_proved"].is_null())
        .map(|column| column["name"].as_str().unwrap())
        .collect();
    assert_eq!(not_proved, ["flagged"], "{report:#}");
}
