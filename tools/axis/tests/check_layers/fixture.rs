//! A small workspace that keeps the laws, and single edits that break one.

use std::path::Path;
use std::process::Command;

/// Files, by path. Everything is a path dependency, so Cargo asks no registry.
const BASE: &[(&str, &str)] = &[
    (
        "Cargo.toml",
        r#"
[workspace]
resolver = "2"
members = ["one", "two", "three", "four", "tool", "kit"]
exclude = ["others"]
"#,
    ),
    ("axis.toml", include_str!("axis.toml")),
    ("deny.toml", include_str!("deny.toml")),
    (
        "one/Cargo.toml",
        r#"
[package]
name = "one"
edition = "2021"
[features]
default = ["schema"]
schema = []
[dependencies]
query = { path = "../others/query" }
[dev-dependencies]
kit = { path = "../kit" }
"#,
    ),
    (
        "one/src/lib.rs",
        "mod pool;\npub mod schema;\npub use pool::Pool;\n",
    ),
    ("one/src/pool.rs", "pub struct Pool;\n"),
    ("one/src/schema.rs", "pub mod users {}\n"),
    (
        "two/Cargo.toml",
        r#"
[package]
name = "two"
edition = "2021"
[dependencies]
one = { path = "../one" }
garde = { path = "../others/garde" }
query = { path = "../others/query" }
serde = { path = "../others/serde" }
"#,
    ),
    (
        "two/src/lib.rs",
        "mod rows;\npub use rows::{Insert, Select};\n",
    ),
    (
        "two/src/rows.rs",
        "pub(crate) use one::schema::users;\n#[derive(Clone)]\npub struct Select;\n#[derive(Clone, serde::Deserialize)]\npub struct Insert;\n",
    ),
    (
        "three/Cargo.toml",
        r#"
[package]
name = "three"
edition = "2021"
[dependencies]
two = { path = "../two" }
garde = { path = "../others/garde" }
"#,
    ),
    (
        "three/src/lib.rs",
        "/// More than `two::Insert`.\npub struct Create;\nimpl From<Create> for two::Insert {\n    fn from(_: Create) -> Self {\n        two::Insert\n    }\n}\n",
    ),
    (
        "four/Cargo.toml",
        r#"
[package]
name = "four"
edition = "2021"
[dependencies]
one = { path = "../one" }
two = { path = "../two" }
three = { path = "../three" }
axum = { path = "../others/axum", optional = true }
garde = { path = "../others/garde" }
query = { path = "../others/query" }
[dev-dependencies]
kit = { path = "../kit" }
"#,
    ),
    (
        "four/src/lib.rs",
        "mod http;\nmod repositories;\npub use http::router;\n",
    ),
    (
        "four/src/http/mod.rs",
        "//! Nothing of `one::schema` here.\nmod users;\npub use users::router;\n",
    ),
    (
        "four/src/http/users.rs",
        "use three::Create;\nuse crate::repositories::user_create;\npub fn router() { println!(\"one::schema is but a string\"); user_create(Create) }\n",
    ),
    (
        "four/src/repositories.rs",
        "use one::{schema::users, Pool};\nuse two::Insert;\npub(crate) fn user_create(create: three::Create) { let _: (Insert, Pool) = (create.into(), Pool); }\n",
    ),
    (
        "four/src/bin/server.rs",
        "fn main() { let _ = one::Pool; four::router() }\n",
    ),
    (
        "tool/Cargo.toml",
        r#"
[package]
name = "tool"
edition = "2021"
[dependencies]
one = { path = "../one", default-features = false }
"#,
    ),
    ("tool/src/main.rs", "fn main() {}\n"),
    (
        "kit/Cargo.toml",
        "[package]\nname = \"kit\"\nedition = \"2021\"\n",
    ),
    ("kit/src/lib.rs", ""),
    ("others/axum/Cargo.toml", "[package]\nname = \"axum\"\n"),
    ("others/axum/src/lib.rs", ""),
    ("others/garde/Cargo.toml", "[package]\nname = \"garde\"\n"),
    ("others/garde/src/lib.rs", ""),
    ("others/query/Cargo.toml", "[package]\nname = \"query\"\n"),
    ("others/query/src/lib.rs", ""),
    ("others/serde/Cargo.toml", "[package]\nname = \"serde\"\n"),
    ("others/serde/src/lib.rs", ""),
];

/// A target folder for all of these workspaces. Nothing is built; Cargo keeps there what rustc says of itself, and asks once
/// instead of each time.
pub(crate) const TARGET: &str = env!("CARGO_TARGET_TMPDIR");

/// One edit of one file.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Edit {
    /// Text at the end, in a new file if there is none.
    Append(&'static str, &'static str),
    /// One text, which must be there, for another.
    Replace(&'static str, &'static str, &'static str),
}

/// What a tool said.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) passed: bool,
    pub(crate) text: String,
}

impl Answer {
    /// Runs it.
    pub(crate) fn of(command: &mut Command) -> Self {
        let output = command.output().unwrap();
        Self {
            passed: output.status.success(),
            text: String::from_utf8_lossy(&output.stdout).into_owned()
                + &String::from_utf8_lossy(&output.stderr),
        }
    }
}

/// Lays the workspace out, edits it, and checks it.
pub(crate) fn check(edits: &[Edit]) -> Answer {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in BASE {
        write(folder.path(), path, text);
    }
    for edit in edits {
        let (path, text) = match *edit {
            Edit::Append(path, text) => (path, existing(folder.path(), path) + text),
            Edit::Replace(path, from, to) => {
                let before = existing(folder.path(), path);
                assert_eq!(
                    before.matches(from).count(),
                    1,
                    "{path} must hold {from:?} once"
                );
                (path, before.replace(from, to))
            }
        };
        write(folder.path(), path, &text);
    }
    Answer::of(
        Command::new(env!("CARGO_BIN_EXE_axis"))
            .args(["check", "layers"])
            .current_dir(folder.path())
            .env("CARGO_NET_OFFLINE", "true")
            .env("CARGO_TARGET_DIR", TARGET),
    )
}

fn existing(folder: &Path, path: &str) -> String {
    std::fs::read_to_string(folder.join(path)).unwrap_or_default()
}

pub(crate) fn write(folder: &Path, path: &str, text: &str) {
    let path = folder.join(path);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}
