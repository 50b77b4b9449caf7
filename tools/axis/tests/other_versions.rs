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

#[test]
fn the_schema_of_every_shape_is_the_same_on_every_version() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/torture");
    for (bin, version) in servers("every shape") {
        let output = generate(&folder, &bin, &["--check"]);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "PostgreSQL {version}: {said}");
    }
}

const AXIS_TOML: &str = r#"
[target]
postgres = 18
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

#[test]
fn what_is_new_in_18_is_read_rightly() {
    let servers = servers("new in 18").into_iter();
    for (bin, version) in servers.filter(|(_, version)| version.starts_with("18")) {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        write("axis.toml", AXIS_TOML);
        write("diesel.toml", DIESEL_TOML);
        write("migrations/2026-01-01-000000_a/up.sql", EIGHTEEN);
        write("migrations/2026-01-01-000000_a/down.sql", "SELECT 1");
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
