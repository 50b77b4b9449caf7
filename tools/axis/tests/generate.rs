//! `axis generate` from end to end, in projects that are made for it.
#![expect(clippy::unwrap_used, reason = "a test stops at its first surprise")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

const AXIS_TOML: &str = r#"
[target]
postgres = 14

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
with_docs = "only-database-comments"
allow_tables_to_appear_in_same_query_config = "fk_related_tables"

[migrations_directory]
dir = "migrations"
"#;

const UP: &str = "
CREATE TABLE authors (
    id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name varchar(40) NOT NULL
);
CREATE TABLE books (
    id int PRIMARY KEY,
    author_id int NOT NULL REFERENCES authors (id),
    title text NOT NULL CHECK (title <> '')
);
CREATE VIEW titles AS SELECT title FROM books;
";

/// A project in a folder of its own.
struct Project {
    folder: TempDir,
}

/// How the command ended, and what it said.
struct Outcome {
    succeeded: bool,
    stdout: String,
    stderr: String,
}

impl Project {
    fn new() -> Self {
        let project = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        project.write("axis.toml", AXIS_TOML);
        project.write("diesel.toml", DIESEL_TOML);
        project.write("migrations/2026-01-01-000000_books/up.sql", UP);
        project.write("migrations/2026-01-01-000000_books/down.sql", "SELECT 1");
        project
    }

    /// One that was generated.
    fn generated() -> Self {
        let project = Self::new();
        let outcome = project.generate(&[]);
        assert!(outcome.succeeded, "{}", outcome.stderr);
        project
    }

    fn path(&self, file: &str) -> PathBuf {
        self.folder.path().join(file)
    }

    fn write(&self, file: &str, text: &str) {
        let path = self.path(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    fn replace(&self, file: &str, from: &str, to: &str) {
        let text = std::fs::read_to_string(self.path(file)).unwrap();
        assert!(text.contains(from), "{from} is not in {file}");
        self.write(file, &text.replace(from, to));
    }

    fn generate(&self, arguments: &[&str]) -> Outcome {
        generate(self.folder.path(), arguments)
    }

    /// Every file below src, with its text.
    fn sources(&self) -> BTreeMap<String, String> {
        let mut files = BTreeMap::new();
        for folder in ["src", "src/generated"] {
            let Ok(entries) = std::fs::read_dir(self.path(folder)) else {
                continue;
            };
            for entry in entries {
                let entry = entry.unwrap();
                if entry.file_type().unwrap().is_file() {
                    let name = entry.file_name().into_string().unwrap();
                    let text = std::fs::read_to_string(entry.path()).unwrap();
                    files.insert(format!("{folder}/{name}"), text);
                }
            }
        }
        files
    }
}

fn generate(folder: &Path, arguments: &[&str]) -> Outcome {
    // The private server of this workspace, which the other tests use too.
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_axis"))
        .arg("generate")
        .args(arguments)
        .current_dir(folder)
        .env("CARGO_TARGET_DIR", target)
        .output()
        .unwrap();
    Outcome {
        succeeded: output.status.success(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

const FILES: [&str; 8] = [
    "src/further_schema.rs",
    "src/generated/authors.rs",
    "src/generated/books.rs",
    "src/generated/coverage.md",
    "src/generated/mod.rs",
    "src/generated/postgres.rs",
    "src/generated/titles.rs",
    "src/schema.rs",
];

/// The generated files that an outcome names, each on a line of its own.
fn named(outcome: &Outcome) -> Vec<&str> {
    FILES
        .into_iter()
        .filter(|file| outcome.stderr.lines().any(|line| line == *file))
        .collect()
}

#[test]
fn a_project_is_generated_and_then_fresh() {
    let project = Project::new();
    let outcome = project.generate(&["--check"]);
    assert!(!outcome.succeeded);
    assert_eq!(named(&outcome), FILES);
    assert!(project.sources().is_empty(), "--check writes nothing");

    let outcome = project.generate(&[]);
    assert!(outcome.succeeded, "{}", outcome.stderr);
    let view = "declare the module of src/further_schema.rs beside that of schema.rs";
    assert!(outcome.stdout.contains(view), "{}", outcome.stdout);
    let sources = project.sources();
    assert_eq!(sources.keys().collect::<Vec<_>>(), FILES);
    let books = &sources["src/generated/books.rs"];
    assert!(books.contains("table_name = crate::schema::books"));
    assert!(sources["src/schema.rs"].contains("diesel::joinable!(books -> authors (author_id));"));
    assert!(sources["src/generated/coverage.md"].contains("| `public.titles` | view |"));
    let titles = &sources["src/generated/titles.rs"];
    assert!(titles.contains("table_name = crate::further_schema::public::titles"));
    assert!(
        titles.contains("pub title: String"),
        "its column is NOT NULL"
    );
    assert!(!titles.contains("struct Insert"));

    assert!(project.generate(&["--check"]).succeeded);
    let outcome = project.generate(&[]);
    assert!(
        outcome.stdout.contains("8 file(s) were as generated"),
        "{}",
        outcome.stdout
    );
    assert_eq!(project.sources(), sources);
}

#[test]
fn an_edited_migration_is_drift() {
    let project = Project::generated();
    let before = project.sources();
    let up = "migrations/2026-01-01-000000_books/up.sql";
    project.replace(up, "title text", "title varchar(80)");
    let outcome = project.generate(&["--check"]);
    assert!(!outcome.succeeded);
    assert_eq!(
        named(&outcome),
        [
            "src/further_schema.rs",
            "src/generated/books.rs",
            "src/generated/mod.rs",
            "src/generated/postgres.rs",
            "src/generated/titles.rs",
            "src/schema.rs"
        ]
    );
    assert!(outcome.stderr.contains("run this without --check"));
    assert!(
        outcome
            .stderr
            .contains("+pub const TITLE_MAX_LENGTH: usize = 80;")
    );
    assert_eq!(project.sources(), before);
    assert!(project.generate(&[]).succeeded);
    assert!(project.generate(&["--check"]).succeeded);
}

#[test]
fn an_edited_file_is_drift() {
    let project = Project::generated();
    let before = project.sources();
    for file in FILES {
        let text = before[file].clone();
        project.write(file, &format!("{text}// By hand.\n"));
        let outcome = project.generate(&["--check"]);
        assert!(!outcome.succeeded);
        assert_eq!(named(&outcome), [file]);
        assert!(
            outcome.stderr.contains("-// By hand."),
            "{}",
            outcome.stderr
        );
        assert!(project.generate(&[]).succeeded);
        assert_eq!(project.sources(), before);
    }
}

#[test]
fn a_renamed_column_is_repaired() {
    let project = Project::generated();
    project.write(
        "migrations/2026-01-02-000000_rename/up.sql",
        "ALTER TABLE books RENAME title TO headline",
    );
    project.write("migrations/2026-01-02-000000_rename/down.sql", "SELECT 1");
    assert!(!project.generate(&["--check"]).succeeded);
    assert!(project.generate(&[]).succeeded);
    assert!(project.generate(&["--check"]).succeeded);
    let sources = project.sources();
    assert!(sources["src/generated/books.rs"].contains("pub headline: String"));
    assert!(!sources["src/schema.rs"].contains("title"));
}

#[test]
fn merge_markers_are_repaired() {
    let project = Project::generated();
    let before = project.sources();
    for file in FILES {
        let text = &before[file];
        let conflict = format!("<<<<<<< ours\n{text}=======\n{text}>>>>>>> theirs\n");
        project.write(file, &conflict);
    }
    let outcome = project.generate(&["--check"]);
    assert_eq!(named(&outcome), FILES);
    assert!(project.generate(&[]).succeeded);
    assert_eq!(project.sources(), before);
}

#[test]
fn what_a_dropped_table_leaves_is_removed() {
    let project = Project::generated();
    project.write("src/generated/notes.rs", "//! By hand.\n");
    project.write(
        "migrations/2026-01-02-000000_drop/up.sql",
        "DROP TABLE books CASCADE",
    );
    project.write("migrations/2026-01-02-000000_drop/down.sql", "SELECT 1");
    let outcome = project.generate(&["--check"]);
    assert!(named(&outcome).contains(&"src/generated/books.rs"));
    assert!(project.path("src/generated/books.rs").exists());
    let outcome = project.generate(&[]);
    assert!(outcome.stdout.contains("removed src/generated/books.rs"));
    let sources = project.sources();
    assert!(!sources.contains_key("src/generated/books.rs"));
    // The view went with it, and nothing else was in the file beside schema.rs.
    assert!(!sources.contains_key("src/generated/titles.rs"));
    assert!(!sources.contains_key("src/further_schema.rs"));
    assert_eq!(sources["src/generated/notes.rs"], "//! By hand.\n");
    assert!(project.generate(&["--check"]).succeeded);
}

/// A view in another place, under another name, and a column that its author knows better.
#[test]
fn the_file_beside_schema_rs_is_where_axis_toml_says() {
    let project = Project::new();
    let overridden = "[view_nullable]\n\"public.titles.title\" = true\n[target]";
    project.replace("axis.toml", "[target]", overridden);
    let place = "further_schema = \"src/more.rs\"\ndiesel =";
    project.replace("axis.toml", "diesel =", place);
    let outcome = project.generate(&[]);
    assert!(outcome.succeeded, "{}", outcome.stderr);
    let sources = project.sources();
    assert!(sources["src/more.rs"].contains("title -> Nullable<Text>"));
    let titles = &sources["src/generated/titles.rs"];
    assert!(titles.contains("table_name = crate::more::public::titles"));
    assert!(titles.contains("pub title: Option<String>"));
    assert!(project.generate(&["--check"]).succeeded);
}

#[test]
fn what_is_wrong_is_said_with_its_place() {
    let cases = [
        (
            "migrations/2026-01-01-000000_books/up.sql",
            "varchar(40) NOT NULL",
            "varchar(40) NOT NUL",
            "line 4 of ",
        ),
        ("axis.toml", "diesel =", "diesl =", "diesl"),
        (
            "axis.toml",
            "\"migrations\"",
            "\"nowhere\"",
            "no migration in",
        ),
        (
            "axis.toml",
            "postgres = 14",
            "postgres = 99",
            "lower the target",
        ),
        ("diesel.toml", "with_docs", "with_dogs", "with_dogs"),
        (
            "diesel.toml",
            "dir = \"migrations\"",
            "dir = \"other\"",
            "make them agree",
        ),
        (
            "axis.toml",
            "[target]",
            "[wire_names]\n\"books.titel\" = \"t\"\n[target]",
            "\"books.titel\"",
        ),
        (
            "axis.toml",
            "[target]",
            "[view_nullable]\n\"books.title\" = true\n[target]",
            "no view has such a column",
        ),
        (
            "axis.toml",
            "[target]",
            "[view_nullable]\n\"titles.title\" = false\n[target]",
            "remove the line",
        ),
        (
            "axis.toml",
            "diesel =",
            "further_schema = \"src/2.rs\"\ndiesel =",
            "whose name is a module's",
        ),
    ];
    for (file, from, to, expected) in cases {
        let project = Project::generated();
        let before = project.sources();
        project.replace(file, from, to);
        if to == "\"nowhere\"" {
            project.replace("diesel.toml", "dir = \"migrations\"", "dir = \"nowhere\"");
        }
        let outcome = project.generate(&[]);
        assert!(!outcome.succeeded, "{to} was accepted");
        assert!(
            outcome.stderr.contains(expected),
            "{expected} is not in: {}",
            outcome.stderr
        );
        assert_eq!(project.sources(), before);
    }
}

#[test]
fn a_hand_written_file_in_the_way_is_kept() {
    let project = Project::new();
    project.write("src/generated/books.rs", "//! By hand.\n");
    let outcome = project.generate(&[]);
    assert!(!outcome.succeeded, "{}", outcome.stdout);
    assert!(
        outcome
            .stderr
            .contains("books.rs is not marked as generated"),
        "{}",
        outcome.stderr
    );
    assert_eq!(project.sources().len(), 1, "all or nothing");
}

/// The example `torture` compiles these files.
#[test]
fn the_schema_of_every_shape_is_generated_as_committed() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/torture");
    let outcome = generate(&folder, &["--check"]);
    assert!(outcome.succeeded, "{}", outcome.stderr);
    let files = std::fs::read_dir(folder.join("generated")).unwrap().count();
    assert!(files >= 25, "only {files} files");
}

/// Said once, in either file; with axis.toml alone the stock CLI has nothing to write to.
#[test]
fn the_place_of_schema_rs_is_said_once() {
    let project = Project::new();
    let with_schema = AXIS_TOML.replace("[generate]", "[generate]\nschema = \"src/schema.rs\"");
    let without_file = DIESEL_TOML.replace("file = \"src/schema.rs\"", "");

    project.write("axis.toml", &with_schema);
    let twice = project.generate(&[]);
    assert!(
        !twice.succeeded && twice.stderr.contains("remove print_schema.file"),
        "{}",
        twice.stderr
    );

    project.write("diesel.toml", &without_file);
    let once = project.generate(&[]);
    assert!(
        once.succeeded && once.stdout.contains("wrote src/schema.rs"),
        "{}",
        once.stderr
    );

    project.write("axis.toml", AXIS_TOML);
    let nowhere = project.generate(&[]);
    assert!(
        !nowhere.succeeded && nowhere.stderr.contains("nothing says where schema.rs goes"),
        "{}",
        nowhere.stderr
    );
}

/// A module of the strategies has the name of its table: the file itself names nothing that a table may be called.
#[test]
fn strategies_leave_a_table_its_name() {
    let project = Project::new();
    let contracts = "contracts = \"src/generated\"";
    let strategies = "strategies = \"src/strategies.rs\"";
    project.replace(
        "axis.toml",
        contracts,
        &format!("{contracts}\n{strategies}"),
    );
    project.write(
        "migrations/2026-01-02-000000_contracts/up.sql",
        "CREATE TABLE contracts (id int PRIMARY KEY, name text NOT NULL CHECK (name <> ''))",
    );
    project.write(
        "migrations/2026-01-02-000000_contracts/down.sql",
        "DROP TABLE contracts",
    );
    let outcome = project.generate(&[]);
    assert!(outcome.succeeded, "{}", outcome.stderr);
    let sources = project.sources();
    let text = &sources["src/strategies.rs"];
    assert!(text.contains("\npub mod contracts {"), "{text}");
    let outside: Vec<&str> = text
        .lines()
        .filter(|line| line.starts_with("use ") && line.contains("contracts"))
        .collect();
    assert_eq!(outside, [""; 0]);
}
