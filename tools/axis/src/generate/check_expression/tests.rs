//! Rules of real databases.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use axis_testkit::TestDatabase;

use super::super::contract::{ConstraintKind, Contract, Enforcement};
use super::super::database;
use super::super::diesel_schema::{DieselSchema, Settings};

/// A database with a file of SQL run in it, or why it cannot be.
async fn database_of(sql: &Path) -> Result<TestDatabase, String> {
    let database = TestDatabase::empty().await;
    let (client, connection) = tokio_postgres::connect(database.url(), tokio_postgres::NoTls)
        .await
        .unwrap();
    let driver = tokio::spawn(connection);
    let text = std::fs::read_to_string(sql).unwrap();
    let run = client.batch_execute(&text).await;
    drop(client);
    driver.await.unwrap().unwrap();
    match run {
        Ok(()) => Ok(database),
        Err(error) => Err(error
            .as_db_error()
            .map_or(error.to_string(), ToString::to_string)),
    }
}

/// What the facts ask of all CHECKs of other projects together.
const LEAST: f64 = 0.97;

#[tokio::test(flavor = "multi_thread")]
async fn checks_of_other_projects_are_derived() {
    let folder = std::env::var_os("AXIS_SCHEMAS").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/schemas"),
        PathBuf::from,
    );
    let Ok(entries) = std::fs::read_dir(&folder) else {
        eprintln!(
            "SKIPPED checks of other projects: there is none in {} (set AXIS_SCHEMAS)",
            folder.display()
        );
        return;
    };
    let mut files: Vec<PathBuf> = entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "sql"))
        .collect();
    files.sort();
    let (mut all, mut derived) = (0, 0);
    eprintln!("{:24} CHECKs derived", "schema");
    for file in &files {
        let name = file.file_stem().unwrap().to_string_lossy().into_owned();
        let database = match database_of(file).await {
            Ok(database) => database,
            Err(reason) => {
                eprintln!("{name:24} SKIPPED: {reason}");
                continue;
            }
        };
        let catalog = database::catalog_of(database.url()).await;
        let settings = "[print_schema]\nfile = \"schema.rs\"\n";
        let settings =
            Settings::parse(settings, PathBuf::from("diesel.toml"), Path::new("")).unwrap();
        let diesel = DieselSchema::new(&catalog, &settings);
        let none = BTreeMap::new();
        let no_types = BTreeMap::new();
        let contract = Contract::new(&catalog, &diesel, &none, &no_types, &[]).unwrap();
        let constraints = contract.tables.iter().flat_map(|table| {
            let of_table = table.constraints.iter();
            of_table.map(move |constraint| (&table.name, constraint))
        });
        let (mut of_schema, mut of_those) = (0, 0);
        for (table, constraint) in constraints {
            if !matches!(
                constraint.kind,
                ConstraintKind::Check | ConstraintKind::Domain
            ) {
                continue;
            }
            of_schema += 1;
            match &constraint.enforcement {
                Enforcement::Contract => of_those += 1,
                Enforcement::Database(reason) => {
                    eprintln!("{table}.{}: {reason}", constraint.name);
                }
            }
        }
        eprintln!("{name:24} {of_schema:6} {of_those:7}");
        all += of_schema;
        derived += of_those;
    }
    eprintln!("{:24} {all:6} {derived:7}", "all");
    assert!(all >= 150, "only {all} CHECKs were found");
    assert!(
        f64::from(derived) >= LEAST * f64::from(all),
        "{derived} of {all}"
    );
}
