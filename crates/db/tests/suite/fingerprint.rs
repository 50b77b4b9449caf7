//! The fingerprint of a table: what moves it, and what must not.

mod changes;

use std::process::{Command, Stdio};

use axis_db::{
    CatalogObjectKind, CatalogTable, catalog_fingerprint, catalog_of_all_tables, catalog_tables,
};
use axis_local_postgres::Installation;
use axis_testkit::TestDatabase;

use self::changes::{CHANGES, KEPT, SCHEMA};
use crate::support::{bystander, database};

async fn run(test: &TestDatabase, sql: &str) {
    let result = bystander(test).await.batch_execute(sql).await;
    result.unwrap_or_else(|error| panic!("{sql}: {error}: {:?}", error.as_db_error()));
}

async fn all(test: &TestDatabase) -> Vec<CatalogTable> {
    let database = database(test, &[]);
    let mut connection = database.primary().await.unwrap();
    catalog_of_all_tables(&mut connection).await.unwrap()
}

const NAMES: [(&str, &str); 2] = [("shop", "orders"), ("shop", "dear")];

/// The fingerprints of both, in the order of their names.
async fn fingerprints(test: &TestDatabase) -> [String; 2] {
    let database = database(test, &[]);
    let mut connection = database.primary().await.unwrap();
    let tables = catalog_tables(&mut connection, &NAMES).await.unwrap();
    let found: Vec<_> = tables.iter().map(CatalogTable::fingerprint).collect();
    found.try_into().unwrap()
}

/// Puts the schema of one into the other, as operators do.
fn dump_and_restore(from: &TestDatabase, to: &TestDatabase) {
    let installation = Installation::find().unwrap();
    let program = |name: &str| {
        let program = installation.program(name);
        // A server's folder may lack the programs of clients.
        if program.is_file() {
            program
        } else {
            name.into()
        }
    };
    let mut dump = Command::new(program("pg_dump"))
        .args(["--schema-only", from.direct_url()])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let restored = Command::new(program("psql"))
        .args([
            "--quiet",
            "--no-psqlrc",
            "--set",
            "ON_ERROR_STOP=1",
            to.direct_url(),
        ])
        .stdin(dump.stdout.take().unwrap())
        .stdout(Stdio::null())
        .status()
        .unwrap();
    assert!(dump.wait().unwrap().success() && restored.success());
}

fn definition<'a>(tables: &'a [CatalogTable], name: &str) -> &'a str {
    let objects = tables.iter().flat_map(|table| &table.objects);
    let found = objects.into_iter().find(|object| object.name == name);
    &found
        .unwrap_or_else(|| panic!("there is no {name}"))
        .definition
}

#[tokio::test]
async fn a_dump_and_a_restore_keep_it() {
    let (before, after) = (TestDatabase::empty().await, TestDatabase::empty().await);
    run(&before, SCHEMA).await;
    // Other numbers than there.
    run(
        &after,
        "CREATE TYPE extra AS ENUM ('x'); CREATE TABLE extra_table (a extra, b int CHECK (b > 1))",
    )
    .await;
    dump_and_restore(&before, &after);
    let (old, mut new) = (all(&before).await, all(&after).await);
    new.retain(|table| table.schema == "shop");
    for (old, new) in old.iter().zip(&new) {
        for (old, new) in old.objects.iter().zip(&new.objects) {
            assert!(old.is_same(new), "{old:?}\n{new:?}");
        }
        assert_eq!(old.fingerprint(), new.fingerprint(), "{}", old.name);
    }
    assert_eq!(old.len(), 3);
    // The text is another, so that a fingerprint of the text would have moved.
    for name in ["status_known", "size_between"] {
        let (old, new) = (definition(&old, name), definition(&new, name));
        assert_ne!(old, new, "{name}");
    }
}

#[tokio::test]
async fn every_change_of_a_rule_moves_it_and_is_named() {
    let kept = TestDatabase::empty().await;
    run(&kept, SCHEMA).await;
    let before = all(&kept).await;
    let orders = |tables: &[CatalogTable]| {
        let found = tables.iter().find(|table| table.name == "orders");
        found.cloned().unwrap()
    };
    let old = orders(&before);
    assert_eq!(old.fingerprint(), fingerprints(&kept).await[1]);
    let mut kinds = std::collections::BTreeSet::new();
    for (kind, name, sql) in CHANGES {
        let changed = TestDatabase::empty().await;
        run(&changed, SCHEMA).await;
        run(&changed, sql).await;
        let new = orders(&all(&changed).await);
        assert_ne!(old.fingerprint(), new.fingerprint(), "{sql}");
        let differs = |a: &CatalogTable, b: &CatalogTable| {
            let of = |table: &CatalogTable| {
                let mut objects = table.objects.iter();
                objects
                    .find(|object| object.kind == *kind && object.name == *name)
                    .cloned()
            };
            match (of(a), of(b)) {
                (Some(a), Some(b)) => !a.is_same(&b),
                (None, None) => false,
                _ => true,
            }
        };
        assert!(differs(&old, &new), "{kind} {name}: {sql}");
        kinds.insert(*kind);
    }
    // All but the query of a view, which is looked at below.
    assert_eq!(kinds.len(), 9, "{kinds:?}");
}

#[tokio::test]
async fn what_is_no_rule_keeps_it() {
    let test = TestDatabase::empty().await;
    run(&test, SCHEMA).await;
    let old = fingerprints(&test).await;
    for sql in KEPT {
        run(&test, sql).await;
        assert_eq!(old, fingerprints(&test).await, "{sql}");
    }
}

/// Of a view, the columns count. Its query is told apart where people compare, on one major version.
#[tokio::test]
async fn a_view_is_its_columns() {
    let test = TestDatabase::empty().await;
    run(&test, SCHEMA).await;
    let (old, [dear, _]) = (all(&test).await, fingerprints(&test).await);
    let query = |tables: &[CatalogTable]| {
        let objects = tables.iter().flat_map(|table| &table.objects);
        let found = objects
            .into_iter()
            .find(|object| object.kind == CatalogObjectKind::Query);
        found.cloned().unwrap()
    };
    run(
        &test,
        "CREATE OR REPLACE VIEW shop.dear AS SELECT id, price FROM shop.orders WHERE price > 1",
    )
    .await;
    assert_eq!(dear, fingerprints(&test).await[0]);
    assert!(!query(&old).is_same(&query(&all(&test).await)));
    run(
        &test,
        "CREATE OR REPLACE VIEW shop.dear AS SELECT id, price FROM shop.orders WHERE price > 2",
    )
    .await;
    assert!(query(&old).is_same(&query(&all(&test).await)));
    run(&test, "CREATE OR REPLACE VIEW shop.dear AS SELECT id, price, size FROM shop.orders WHERE price > 2").await;
    assert_ne!(dear, fingerprints(&test).await[0]);
}

/// Whatever the server: `AXIS_POSTGRES_BIN` leads to another one.
#[tokio::test]
async fn it_is_the_same_on_every_version() {
    let test = TestDatabase::empty().await;
    run(&test, SCHEMA).await;
    assert_eq!(
        fingerprints(&test).await,
        [
            "1:5fdaae5f1bbec46d35bf86f966754f21",
            "1:e64bb984d500b8c91ca06237e67707c9"
        ]
    );
}

#[tokio::test]
async fn the_whole_is_of_all_in_any_order() {
    let whole = catalog_fingerprint(["1:a", "1:b"]);
    assert_eq!(whole, catalog_fingerprint(["1:b", "1:a"]));
    assert_ne!(whole, catalog_fingerprint(["1:a"]));
    assert_ne!(whole, catalog_fingerprint(["1:a1:b"]));
    assert!(whole.starts_with("1:") && whole.len() == 34, "{whole}");
}
