//! Other versions of PostgreSQL than the newest that is installed as usual. AXIS_OTHER_POSTGRES names folders of their
//! programs, as PATH does; without it these tests say that they have seen nothing.
#![expect(clippy::unwrap_used, reason = "a test stops at its first surprise")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use axis_local_postgres::{BIN_VARIABLE, Installation};

/// The servers that are named, with their major versions.
#[expect(clippy::print_stderr, reason = "what is not tested is told")]
fn servers(test: &str) -> Vec<(PathBuf, String)> {
    let named = std::env::var_os("AXIS_OTHER_POSTGRES").unwrap_or_default();
    let folders = std::env::split_paths(&named).filter(|folder| !folder.as_os_str().is_empty());
    let found: Vec<_> = folders
        .map(|bin| {
            let version = Installation::in_folder(&bin).unwrap().version().to_string();
            (bin, version)
        })
        .collect();
    eprintln!("{test}: {} other version(s) of PostgreSQL", found.len());
    if found.is_empty() {
        eprintln!("SKIPPED {test}: AXIS_OTHER_POSTGRES names no folder of PostgreSQL's programs");
    }
    found
}

fn generate(folder: &Path, bin: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_axis"))
        .arg("generate")
        .args(arguments)
        .current_dir(folder)
        .env(BIN_VARIABLE, bin)
        .output()
        .unwrap()
}

/// What `generate` prints of a schema on the usual server, each other server prints too: schema.rs, contracts, fingerprints.
fn is_the_same_everywhere(test: &str, folder: &Path) {
    for (bin, version) in servers(test) {
        let output = generate(folder, &bin, &["--check"]);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "PostgreSQL {version}: {said}");
    }
}

/// The same of a schema that is not yet a project.
fn prints_the_same_everywhere(test: &str, schema: &str) {
    if servers(test).is_empty() {
        return;
    }
    let folder = project(15, schema);
    let output = Command::new(env!("CARGO_BIN_EXE_axis"))
        .arg("generate")
        .current_dir(folder.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    is_the_same_everywhere(test, folder.path());
}

#[test]
fn our_own_schema_is_the_same_on_every_version() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    is_the_same_everywhere("our own schema", &root);
}

#[test]
fn the_schema_of_every_shape_is_the_same_on_every_version() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/torture");
    is_the_same_everywhere("every shape", &folder);
}

#[test]
fn the_schema_of_odd_names_is_the_same_on_every_version() {
    // PostgreSQL 18 names NOT NULLs, and refuses to drop one that is inherited.
    let dropped = "ALTER TABLE grandchild ALTER name DROP NOT NULL;\n";
    let schema = include_str!("../nasty/schema.sql");
    assert!(schema.contains(dropped));
    prints_the_same_everywhere("odd names", &schema.replace(dropped, ""));
}

#[test]
fn every_form_of_an_expression_is_the_same_on_every_version() {
    prints_the_same_everywhere("every expression", include_str!("expressions.sql"));
}

const AXIS_TOML: &str = r#"
[migrations]
directory = "migrations"
[generate]
diesel = "diesel.toml"
schema_module = "crate::schema"
contracts = "src/generated"
"#;

const DIESEL_TOML: &str = r#"
[print_schema]
file = "src/schema.rs"
[migrations_directory]
dir = "migrations"
"#;

const EIGHTEEN: &str = "
CREATE EXTENSION btree_gist;
CREATE TABLE rooms (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    size int NOT NULL,
    doubled int GENERATED ALWAYS AS (size * 2) VIRTUAL,
    label text,
    CONSTRAINT has_label NOT NULL label,
    CONSTRAINT label_folded CHECK (label = casefold(label)),
    CONSTRAINT size_positive CHECK (size > 0) NOT ENFORCED,
    CONSTRAINT size_small CHECK (size < 100)
);
CREATE TABLE bookings (
    room uuid REFERENCES rooms (id) NOT ENFORCED,
    during tstzrange,
    CONSTRAINT bookings_key PRIMARY KEY (room, during WITHOUT OVERLAPS)
);
CREATE TABLE stays (
    id int PRIMARY KEY,
    room uuid,
    during tstzrange,
    CONSTRAINT stays_during FOREIGN KEY (room, PERIOD during) REFERENCES bookings (room, PERIOD during)
);
ALTER TABLE stays ADD note text;
ALTER TABLE stays ADD CONSTRAINT note_given NOT NULL note NOT VALID;
";

/// A project of one migration for a major version.
fn project(major: u32, schema: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    write(
        "axis.toml",
        &format!("[target]\npostgres = {major}{AXIS_TOML}"),
    );
    write("diesel.toml", DIESEL_TOML);
    write("migrations/2026-01-01-000000_a/up.sql", schema);
    write("migrations/2026-01-01-000000_a/down.sql", "SELECT 1");
    folder
}

#[test]
fn what_is_new_in_18_is_read_rightly() {
    let servers = servers("new in 18").into_iter();
    for (bin, version) in servers.filter(|(_, version)| version.starts_with("18")) {
        let folder = project(18, EIGHTEEN);
        let output = generate(folder.path(), &bin, &[]);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "PostgreSQL {version}: {said}");
        let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
        let form = |text: &str, form: &str| -> String {
            let (_, rest) = text.split_once(&format!("pub struct {form} {{")).unwrap();
            rest.split_once("\n}").unwrap().0.to_owned()
        };
        let rooms = read("src/generated/rooms.rs");
        let (select, insert) = (form(&rooms, "Select"), form(&rooms, "Insert"));
        // It is read, and never written.
        assert!(select.contains("pub doubled: Option<i32>"), "{select}");
        assert!(!insert.contains("doubled"), "{insert}");
        assert!(
            insert.contains("pub id: Option<uuid::Uuid>") && insert.contains("pub label: String"),
            "{insert}"
        );
        // No rule binds a row that is not enforced.
        assert!(
            rooms.contains("\"size_small\"") && !rooms.contains("size_positive"),
            "{rooms}"
        );
        let bookings = read("src/generated/bookings.rs");
        assert!(
            bookings.contains("WITHOUT OVERLAPS") && !bookings.contains("room_fkey"),
            "{bookings}"
        );
        let stays = read("src/generated/stays.rs");
        assert!(stays.contains("\"stays_during\""), "{stays}");
        // It binds new rows; older ones may hold NULL.
        assert!(
            form(&stays, "Select").contains("pub note: Option<String>"),
            "{stays}"
        );
        assert!(
            form(&stays, "Insert").contains("pub note: String"),
            "{stays}"
        );
        let coverage = read("src/generated/coverage.md");
        assert!(
            coverage.contains("label_folded") && coverage.contains("doubled"),
            "{coverage}"
        );
    }
}
