//! What a reviewer of one new CHECK has to read: the project's own contracts, before and after a migration.
#![expect(clippy::unwrap_used, reason = "a test stops at its first surprise")]

use std::path::Path;
use std::process::Command;

use similar::{ChangeTag, TextDiff};

const CONTRACTS: &str = "crates/db-contract/src/generated";
const FILES: [&str; 5] = [
    "coverage.md",
    "mod.rs",
    "postgres.rs",
    "posts.rs",
    "users.rs",
];

fn generate(folder: &Path) -> Vec<String> {
    // The private server of this workspace, which the other tests use too.
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_axis"))
        .arg("generate")
        .current_dir(folder)
        .env("CARGO_TARGET_DIR", target)
        .output()
        .unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{error}");
    let read = |file| std::fs::read_to_string(folder.join(CONTRACTS).join(file)).unwrap();
    FILES.into_iter().map(read).collect()
}

/// The lines that a migration changes in the contracts of this project, as `file: +line`, and in how many places.
fn changed_by(sql: &str) -> (Vec<String>, usize) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let folder = tempfile::tempdir().unwrap();
    for file in ["axis.toml", "diesel.toml"] {
        std::fs::copy(root.join(file), folder.path().join(file)).unwrap();
    }
    let add = |name: &str, up: &str| {
        let folder = folder.path().join("migrations").join(name);
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("up.sql"), up).unwrap();
        std::fs::write(folder.join("down.sql"), "").unwrap();
    };
    for entry in std::fs::read_dir(root.join("migrations")).unwrap() {
        let entry = entry.unwrap();
        let up = std::fs::read_to_string(entry.path().join("up.sql"));
        if let Ok(up) = up {
            add(entry.file_name().to_str().unwrap(), &up);
        }
    }
    let before = generate(folder.path());
    add("2999-01-01-000000_one_check", sql);
    let after = generate(folder.path());
    let (mut lines, mut places) = (Vec::new(), 0);
    for ((file, before), after) in FILES.into_iter().zip(&before).zip(&after) {
        let diff = TextDiff::from_lines(before.as_str(), after.as_str());
        places += diff.grouped_ops(0).len();
        for change in diff.iter_all_changes() {
            let sign = match change.tag() {
                ChangeTag::Equal => continue,
                ChangeTag::Delete => '-',
                ChangeTag::Insert => '+',
            };
            let line = change.value().trim();
            // A fingerprint stands for all of them.
            let line = match line.split_once("\"1:") {
                Some((before, _)) => format!("{before}.."),
                None => line.to_owned(),
            };
            if !line.is_empty() {
                lines.push(format!("{file}: {sign}{line}"));
            }
        }
    }
    (lines, places)
}

#[test]
fn one_check_is_one_function_one_call_one_variant_and_the_fingerprints() {
    let (lines, places) =
        changed_by("ALTER TABLE users ADD CONSTRAINT users_name_trimmed CHECK (name <> 'root');");
    let expected = [
        "mod.rs: -pub const FINGERPRINT: &str = ..",
        "mod.rs: +pub const FINGERPRINT: &str = ..",
        "users.rs: -fingerprint: ..",
        "users.rs: +fingerprint: ..",
        // The variant.
        "users.rs: +/// `CHECK (((name)::text <> 'root'::text))`",
        "users.rs: +NameTrimmed,",
        "users.rs: +Self::NameTrimmed,",
        // Its metadata.
        "users.rs: +Self::NameTrimmed => &ConstraintMetadata {",
        "users.rs: +name: \"users_name_trimmed\",",
        "users.rs: +kind: ConstraintKind::Check,",
        "users.rs: +columns: &[\"name\"],",
        "users.rs: +definition: \"CHECK (((name)::text <> 'root'::text))\",",
        "users.rs: +enforcement: Enforcement::Contract,",
        "users.rs: +},",
        // The call.
        "users.rs: +if matches!(self.name, Some(name) if !name_trimmed(name)) {",
        "users.rs: +violations.push(Violation::of(Constraint::NameTrimmed));",
        "users.rs: +}",
        // The function.
        "users.rs: +/// `CHECK (((name)::text <> 'root'::text))`",
        "users.rs: +fn name_trimmed(name: &str) -> bool {",
        "users.rs: +name != \"root\"",
        "users.rs: +}",
    ];
    let (mut found, mut wanted) = (lines.clone(), expected.map(str::to_owned).to_vec());
    found.sort();
    wanted.sort();
    assert_eq!(found, wanted, "{lines:#?}");
    assert_eq!(places, 7, "{lines:#?}");
}

/// The twins: what the reviewer is spared, and what a comment changes.
#[test]
fn what_is_no_rule_changes_no_line() {
    let (lines, _) = changed_by("CREATE INDEX ON users (name);");
    assert_eq!(lines, [""; 0]);
    let (lines, _) = changed_by("ALTER TABLE users ADD CONSTRAINT one UNIQUE (name);");
    let coverage = lines
        .iter()
        .filter(|line| line.starts_with("coverage.md: +"))
        .count();
    let functions = lines.iter().filter(|line| line.contains("+fn ")).count();
    assert_eq!((coverage, functions), (1, 0), "{lines:#?}");
}
