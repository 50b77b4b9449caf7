//! No code decides by a message of the server: they are in the server's language.
//!
//! clippy.toml bans the methods that give one; this looks for the field of `PostgresError`, and for
//! texts of errors that are searched.

use std::fs;
use std::path::{Path, PathBuf};

/// What a decision by a message looks like.
const DECISIONS: [&str; 8] = [
    "message.contains(",
    "message.starts_with(",
    "message.ends_with(",
    "message ==",
    "message().contains(",
    "message().starts_with(",
    "to_string().contains(",
    "to_string().starts_with(",
];

/// The lines of `text` that decide by a message; comments, and what a test asserts, count for
/// nothing.
fn decisions(text: &str) -> Vec<&str> {
    text.lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .filter(|line| !line.trim_start().starts_with("assert"))
        .filter(|line| DECISIONS.iter().any(|decision| line.contains(decision)))
        .collect()
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn no_code_decides_by_a_message() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut files = Vec::new();
    for layer in ["db", "db-contract", "schema", "adapters"] {
        let before = files.len();
        sources(&crates.join(layer).join("src"), &mut files);
        assert!(files.len() > before, "{layer} has no sources");
    }
    assert!(files.len() >= 60, "only {} files", files.len());
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        assert_eq!(decisions(&text), [""; 0], "{}", file.display());
    }
}

#[test]
fn a_decision_by_a_message_is_found() {
    let text = "
        // if error.message.contains(\"in a comment\")
        if error.message.contains(\"deadlock\") {
        if error.to_string().contains(\"deadlock\") {
        if error.is(\"40P01\") {";
    assert_eq!(decisions(text).len(), 2);
}

#[test]
fn clippy_bans_what_gives_a_message() {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let text = fs::read_to_string(workspace.join("clippy.toml")).unwrap();
    for path in [
        "diesel::result::DatabaseErrorInformation::message",
        "tokio_postgres::error::DbError::message",
        "diesel_async::AsyncConnection::transaction",
    ] {
        assert!(text.contains(&format!("path = \"{path}\"")), "{path}");
    }
}
