//! schema.rs against the stock CLI's, on databases.

use std::path::{Path, PathBuf};
use std::process::Command;

use axis_testkit::TestDatabase;

use super::super::catalog::Catalog;
use super::super::{database, rustfmt};
use super::*;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

/// The version whose output axis prints.
const STOCK: &str = "Version: 2.3.";

/// Whether the stock CLI is there. CI installs it; elsewhere its absence is said aloud.
fn has_stock(test: &str) -> bool {
    let version = Command::new("diesel").arg("--version").output();
    let is_there =
        version.is_ok_and(|output| String::from_utf8_lossy(&output.stdout).contains(STOCK));
    if !is_there {
        assert!(
            std::env::var_os("CI").is_none(),
            "CI must install the diesel CLI"
        );
        eprintln!("SKIPPED {test}: there is no diesel CLI, {STOCK} (cargo install diesel_cli)");
    }
    is_there
}

/// A database with a file of SQL run in it.
async fn database_of(sql: &Path) -> TestDatabase {
    let database = TestDatabase::empty().await;
    let (client, connection) = tokio_postgres::connect(database.url(), tokio_postgres::NoTls)
        .await
        .unwrap();
    let driver = tokio::spawn(connection);
    let text = std::fs::read_to_string(sql).unwrap();
    client.batch_execute(&text).await.unwrap();
    drop(client);
    driver.await.unwrap().unwrap();
    database
}

/// What the stock CLI prints with these settings.
fn stock(url: &str, settings: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("diesel.toml");
    std::fs::write(&file, settings).unwrap();
    let output = Command::new("diesel")
        .args(["print-schema", "--database-url", url, "--config-file"])
        .arg(&file)
        .current_dir(ROOT)
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}\n{settings}");
    String::from_utf8(output.stdout).unwrap()
}

/// What axis prints with these settings, and the tables that it leaves out.
fn ours(catalog: &Catalog, settings: &str) -> (String, Vec<String>) {
    let settings = Settings::parse(settings, PathBuf::from("diesel.toml"), Path::new("")).unwrap();
    let schema = DieselSchema::new(catalog, &settings);
    let text = print(&schema, &settings);
    let omitted = schema.omitted.into_keys().map(|name| name.name).collect();
    (
        rustfmt::format_text(Path::new(ROOT), "schema.rs", &text).unwrap(),
        omitted,
    )
}

/// The settings, for both, less the tables that axis leaves out.
fn settings_for_both(catalog: &Catalog, settings: &str) -> String {
    let settings = format!("[print_schema]\nfile = \"schema.rs\"\n{settings}\n");
    let (_, omitted) = ours(catalog, &settings);
    if omitted.is_empty() {
        return settings;
    }
    let patterns: Vec<String> = omitted
        .iter()
        .map(|name| format!("'''^{}$'''", regex::escape(name)))
        .collect();
    format!(
        "{settings}filter = {{ except_tables = [{}] }}",
        patterns.join(", ")
    )
}

/// The differences between what both print.
fn compare(database: &TestDatabase, catalog: &Catalog, settings: &str) -> Option<String> {
    let settings = settings_for_both(catalog, settings);
    let (ours, _) = ours(catalog, &settings);
    let stock = stock(database.url(), &settings);
    assert!(
        stock.contains("diesel::table!"),
        "it looked at nothing: {settings}"
    );
    (ours != stock).then(|| {
        let diff = similar::TextDiff::from_lines(&stock, &ours);
        diff.unified_diff().header("stock", "axis").to_string()
    })
}

const EVERY_SETTING: [&str; 6] = [
    "",
    "with_docs = \"only-database-comments\"\n\
     allow_tables_to_appear_in_same_query_config = \"fk_related_tables\"\n\
     custom_type_derives = [\"diesel::query_builder::QueryId\"]",
    "with_docs = true\ncolumn_sorting = \"name\"",
    "allow_tables_to_appear_in_same_query_config = \"none\"\n\
     generate_missing_sql_type_definitions = false",
    "import_types = [\"diesel::sql_types::*\", \"crate::types::*\"]\n\
     except_custom_type_definitions = [\"^Mood$\", \"Tsvector\"]",
    "schema = \"elsewhere\"\nwith_docs = \"database-comments-fallback-to-auto-generated-doc-comment\"",
];

#[tokio::test(flavor = "multi_thread")]
async fn the_torture_schema_is_printed_as_the_stock_cli_prints_it() {
    if !has_stock("the torture schema") {
        return;
    }
    let migrations = "tools/axis/tests/torture/migrations";
    for (name, settings) in [
        ("2026-01-01-000000_everything", &EVERY_SETTING[..]),
        // All of it is in one schema.
        (
            "2026-01-02-000000_types",
            &EVERY_SETTING[..EVERY_SETTING.len() - 1],
        ),
    ] {
        let sql = Path::new(ROOT).join(migrations).join(name).join("up.sql");
        let database = database_of(&sql).await;
        let catalog = database::catalog_of(database.url()).await;
        for settings in settings {
            if let Some(difference) = compare(&database, &catalog, settings) {
                panic!("{name} with\n{settings}\n{difference}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_projects_schema_is_printed_as_the_stock_cli_prints_it() {
    if !has_stock("the project's schema") {
        return;
    }
    let database = TestDatabase::migrated().await;
    let settings = std::fs::read_to_string(Path::new(ROOT).join("diesel.toml")).unwrap();
    let catalog = database::catalog_of(database.url()).await;
    let stock = stock(database.url(), &settings);
    let file = std::fs::read_to_string(Path::new(ROOT).join("crates/db/src/schema.rs")).unwrap();
    assert_eq!(stock, file);
    let migrations = settings.split("[migrations_directory]").next().unwrap();
    assert_eq!(ours(&catalog, migrations).0, stock);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_largest_declaration_of_related_tables_is_counted() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("related.sql");
    std::fs::write(
        &file,
        "CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (id int PRIMARY KEY REFERENCES a);
         CREATE TABLE c (id int PRIMARY KEY REFERENCES b); CREATE TABLE alone (id int PRIMARY KEY);
         CREATE SCHEMA other;
         CREATE TABLE other.a (id int PRIMARY KEY); CREATE TABLE other.b (id int PRIMARY KEY REFERENCES other.a);
         CREATE TABLE other.c (id int PRIMARY KEY REFERENCES other.b);
         CREATE TABLE other.d (id int PRIMARY KEY REFERENCES other.b);",
    )
    .unwrap();
    let database = database_of(&file).await;
    let catalog = database::catalog_of(database.url()).await;
    let largest = |same_query: &str| {
        let settings = format!(
            "[print_schema]\nallow_tables_to_appear_in_same_query_config = \"{same_query}\""
        );
        let settings = Settings::parse(&settings, "diesel.toml".into(), Path::new("")).unwrap();
        DieselSchema::new(&catalog, &settings).largest_group()
    };
    assert_eq!(largest("fk_related_tables"), 4);
    assert_eq!(largest("all_tables"), 4);
    assert_eq!(largest("none"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_foreign_key_between_two_types_is_not_declared() {
    if !has_stock("foreign keys between two types") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("unlike.sql");
    std::fs::write(
        &file,
        "CREATE TABLE numbers (id int PRIMARY KEY); CREATE TABLE texts (id text PRIMARY KEY);
         CREATE TABLE short (id int PRIMARY KEY, number smallint REFERENCES numbers);
         CREATE TABLE alike (id int PRIMARY KEY, number int REFERENCES numbers, text varchar(3) REFERENCES texts);",
    )
    .unwrap();
    let database = database_of(&file).await;
    let catalog = database::catalog_of(database.url()).await;
    let difference = compare(&database, &catalog, "");
    assert_eq!(difference, None);
    let (text, omitted) = ours(&catalog, "[print_schema]");
    assert_eq!(omitted, ["short"]);
    assert_eq!(text.matches("joinable!").count(), 2, "{text}");
}

/// Twin of the tests above: a difference is seen.
#[tokio::test(flavor = "multi_thread")]
async fn a_difference_from_the_stock_cli_is_seen() {
    if !has_stock("a difference") {
        return;
    }
    let database = TestDatabase::migrated().await;
    let mut catalog = database::catalog_of(database.url()).await;
    let settings = "[print_schema]\nfile = \"schema.rs\"";
    let stock = stock(database.url(), settings);
    assert_eq!(ours(&catalog, settings).0, stock);
    let column = &mut catalog.relations.last_mut().unwrap().columns[0];
    column.not_null = !column.not_null;
    assert_ne!(ours(&catalog, settings).0, stock);
}

/// Schemas of other projects, where they are.
#[tokio::test(flavor = "multi_thread")]
async fn schemas_of_other_projects_are_printed_as_the_stock_cli_prints_them() {
    let folder = std::env::var_os("AXIS_SCHEMAS")
        .map_or_else(|| Path::new(ROOT).join("../shared/schemas"), PathBuf::from);
    let mut files: Vec<PathBuf> = std::fs::read_dir(&folder)
        .map(|entries| entries.map(|entry| entry.unwrap().path()).collect())
        .unwrap_or_default();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "sql"));
    files.sort();
    if files.is_empty() {
        eprintln!(
            "SKIPPED schemas of other projects: there is none in {} (set AXIS_SCHEMAS)",
            folder.display()
        );
        return;
    }
    if !has_stock("schemas of other projects") {
        return;
    }
    let mut equal = 0;
    let mut differences = String::new();
    for file in &files {
        eprintln!("{}", file.display());
        let database = database_of(file).await;
        let catalog = database::catalog_of(database.url()).await;
        let mut schemas: Vec<&str> = catalog
            .relations
            .iter()
            .filter(|relation| !relation.primary_key().is_empty())
            .map(|relation| relation.name.schema.as_str())
            .collect();
        schemas.dedup();
        assert!(!schemas.is_empty(), "{} has no table", file.display());
        let mut is_equal = true;
        for schema in schemas {
            let settings = match schema {
                DEFAULT_SCHEMA => "with_docs = true".to_owned(),
                // As TOML writes a text: some names hold quotes.
                schema => format!("with_docs = true\nschema = {schema:?}"),
            };
            // Diesel has no module of such a name.
            let written = format!("[print_schema]\nfile = \"schema.rs\"\n{settings}\n");
            if !ours(&catalog, &written).0.contains("diesel::table!") {
                continue;
            }
            if let Some(difference) = compare(&database, &catalog, &settings) {
                is_equal = false;
                differences += &format!("{} {schema}\n{difference}\n", file.display());
            }
        }
        equal += usize::from(is_equal);
    }
    eprintln!(
        "{equal} of {} schemas are byte-equal to the stock CLI's",
        files.len()
    );
    assert!(differences.is_empty(), "{differences}");
}
