//! Law 5: text becomes SQL only through doors that clippy.toml bans, and each exemption is counted with its reason.
#![expect(clippy::unwrap_used, reason = "a test stops at its first surprise")]

mod exemptions;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

use toml::{Table, Value};

/// A use of each door, and what is close to one. No part of this crate.
const DOORS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/raw_doors/doors.rs");

/// The list of clippy.toml whose entries are paths.
const LIST: &str = "disallowed-methods";

/// clippy with the crates that this test was built with.
struct Clippy {
    driver: PathBuf,
    crates: Vec<(&'static str, PathBuf)>,
    libraries: PathBuf,
}

impl Clippy {
    /// Finds, among what was compiled for this or an earlier build, crates that belong together: with wrong ones doors.rs does
    /// not compile.
    fn new(rules: &str) -> Self {
        let cargo = PathBuf::from(std::env::var_os("CARGO").unwrap());
        let test = std::env::current_exe().unwrap();
        let libraries = test.parent().unwrap().to_path_buf();
        let newest_first = |name: &str| {
            let mut found: Vec<PathBuf> = (std::fs::read_dir(&libraries).unwrap())
                .map(|entry| entry.unwrap().path())
                .filter(|path| {
                    let file = path.file_name().unwrap().to_string_lossy();
                    (file.strip_suffix(".rlib"))
                        .and_then(|file| file.strip_prefix("lib")?.strip_prefix(name))
                        .is_some_and(|rest| rest.starts_with('-'))
                })
                .collect();
            found.sort_by_key(|path| {
                std::cmp::Reverse(path.metadata().unwrap().modified().unwrap())
            });
            found
        };
        let mut told = String::new();
        for diesel_async in newest_first("diesel_async") {
            for diesel in newest_first("diesel") {
                let clippy = Self {
                    driver: cargo.with_file_name("clippy-driver"),
                    crates: vec![
                        ("diesel", diesel),
                        ("diesel_async", diesel_async.clone()),
                        ("tokio_postgres", newest_first("tokio_postgres").remove(0)),
                    ],
                    libraries: libraries.clone(),
                };
                match clippy.run(rules) {
                    Ok(_) => return clippy,
                    Err(text) => told = text,
                }
            }
        }
        assert!(told.is_empty(), "doors.rs does not compile:\n{told}");
        unreachable!("diesel is a dependency of this test")
    }

    /// What is refused under these rules: lines of doors.rs, each with the lint.
    fn run(&self, rules: &str) -> Result<BTreeSet<(usize, String)>, String> {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("clippy.toml"), rules).unwrap();
        let mut command = Command::new(&self.driver);
        command
            .args([
                "--edition",
                "2024",
                "--crate-type",
                "lib",
                "--test",
                "--emit",
                "metadata",
            ])
            .args(["--error-format", "short"])
            .args([
                "-W",
                "clippy::disallowed_methods",
                "-W",
                "clippy::expect_used",
                "-W",
                "clippy::panic",
            ])
            .args(["-W", "clippy::print_stdout", "-W", "clippy::unwrap_used"])
            .arg("--out-dir")
            .arg(folder.path())
            .arg("-L")
            .arg(format!("dependency={}", self.libraries.display()));
        for (name, path) in &self.crates {
            command
                .arg("--extern")
                .arg(format!("{name}={}", path.display()));
        }
        let output = command
            .arg(DOORS)
            .env("CLIPPY_CONF_DIR", folder.path())
            .output()
            .unwrap();
        let text = String::from_utf8(output.stderr).unwrap();
        if !output.status.success() {
            return Err(text);
        }
        // tests/raw_doors/doors.rs:18:5: warning: use of ..
        let line = |told: &str| {
            let (place, what) = told.split_once(": warning: ")?;
            let line = place
                .split(".rs:")
                .nth(1)?
                .split(':')
                .next()?
                .parse()
                .ok()?;
            Some((line, what.to_owned()))
        };
        Ok(text.lines().filter_map(line).collect())
    }
}

#[test]
fn every_rule_of_clippy_toml_is_missed_when_it_is_gone() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../clippy.toml");
    let rules: Table = std::fs::read_to_string(path).unwrap().parse().unwrap();
    let text = toml::to_string(&rules).unwrap();
    let clippy = Clippy::new(&text);
    let doors = std::fs::read_to_string(DOORS).unwrap();

    // Under all rules, what is refused are the doors, and the twins are not.
    let refused = clippy.run(&text).unwrap();
    let mut marked: Vec<(usize, &str)> = Vec::new();
    for (number, line) in doors.lines().enumerate() {
        if let Some(door) = line.trim().strip_prefix("// door: ") {
            marked.push((number + 1, door));
        }
    }
    for (after, door) in &marked {
        // The use is below its mark, before the next.
        let next = marked
            .iter()
            .map(|(line, _)| *line)
            .find(|line| line > after);
        let found = (refused.iter()).any(|(line, what)| {
            line > after
                && next.is_none_or(|next| *line < next)
                && what.ends_with(&format!("`{door}`"))
        });
        assert!(found, "{door}, line {after}, is not refused: {refused:#?}");
    }
    let twins = 1 + doors
        .lines()
        .position(|line| line.starts_with("// The twins"))
        .unwrap();
    let beyond: Vec<_> = refused.iter().filter(|(line, _)| *line > twins).collect();
    assert!(beyond.is_empty(), "refused, and need not be: {beyond:?}");

    // Each rule in turn.
    let mut removals: Vec<(String, String)> = Vec::new();
    for (key, value) in &rules {
        if key != LIST {
            let mut less = rules.clone();
            less.remove(key);
            removals.push((key.clone(), toml::to_string(&less).unwrap()));
            continue;
        }
        for place in 0..value.as_array().unwrap().len() {
            let mut less = rules.clone();
            let Some(Value::Array(list)) = less.get_mut(LIST) else {
                continue;
            };
            let gone = list.remove(place);
            removals.push((gone["path"].to_string(), toml::to_string(&less).unwrap()));
        }
    }
    assert!(
        removals.len() >= 25,
        "clippy.toml has lost its rules: {}",
        removals.len()
    );
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while let Some((rule, less)) = removals.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let now = clippy.run(less).unwrap();
                    assert_ne!(now, refused, "nothing misses {rule}");
                }
            });
        }
    });
}
