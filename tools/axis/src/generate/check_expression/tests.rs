//! Rules of real databases.

use std::path::{Path, PathBuf};

use axis_testkit::TestDatabase;

use super::super::database;

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

#[tokio::test(flavor = "multi_thread")]
async fn rules_of_other_projects_are_bound() {
    let folder = std::env::var_os("AXIS_SCHEMAS").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/schemas"),
        PathBuf::from,
    );
    let Ok(entries) = std::fs::read_dir(&folder) else {
        eprintln!(
            "SKIPPED rules of other projects: there is none in {} (set AXIS_SCHEMAS)",
            folder.display()
        );
        return;
    };
    let mut files: Vec<PathBuf> = entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "sql"))
        .collect();
    files.sort();
    let (mut all, mut bound) = (0, 0);
    for file in &files {
        let database = database_of(file).await;
        let catalog = database::catalog_of(database.url()).await;
        let rules = catalog.rules.tables.iter().chain(&catalog.rules.domains);
        for ((owner, name), rule) in rules {
            all += 1;
            match rule {
                Ok(_) => bound += 1,
                Err(reason) => eprintln!("{} {owner} {name}: {reason}", file.display()),
            }
        }
    }
    eprintln!(
        "{bound} of {all} rules of {} schemas have a tree",
        files.len()
    );
}
