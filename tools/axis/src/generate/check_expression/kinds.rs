//! Kinds of constraints, and what axis.toml says of them, read from a database.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use axis_testkit::TestDatabase;

use super::super::contract::{Contract, Enforcement};
use super::super::database;
use super::super::diesel_schema::{DieselSchema, Settings};
use super::super::waivers::{self, Checks, WaiverError};

/// The contract of a schema.
async fn contract_of(sql: &str) -> Contract {
    contract_for(sql, "C.UTF-8").await
}

/// The contract of a schema, for a locale.
async fn contract_for(sql: &str, locale: &str) -> Contract {
    let database = TestDatabase::empty().await;
    let (client, connection) = tokio_postgres::connect(database.url(), tokio_postgres::NoTls)
        .await
        .unwrap();
    let driver = tokio::spawn(connection);
    client.batch_execute(sql).await.unwrap();
    drop(client);
    driver.await.unwrap().unwrap();
    let catalog = database::catalog_for(database.url(), locale).await;
    let settings = "[print_schema]\nfile = \"schema.rs\"\n";
    let settings = Settings::parse(settings, PathBuf::from("diesel.toml"), Path::new("")).unwrap();
    let diesel = DieselSchema::new(&catalog, &settings);
    let (none, no_types) = (BTreeMap::new(), BTreeMap::new());
    Contract::new(&catalog, &diesel, &none, &no_types, &[]).unwrap()
}

/// `table.constraint` and who enforces it, of all CHECKs.
fn checks(contract: &Contract) -> Vec<(String, bool)> {
    let tables = contract.tables.iter();
    tables
        .flat_map(|table| {
            let checks = table
                .constraints
                .iter()
                .filter(|found| found.check.is_some() || found.definition.starts_with("CHECK"));
            checks.map(|found| {
                let name = format!("{}.{}", table.name.name, found.name);
                (name, found.enforcement == Enforcement::Contract)
            })
        })
        .collect()
}

fn expected(names: &[(&str, bool)]) -> Vec<(String, bool)> {
    let names = names.iter();
    names
        .map(|(name, is_derived)| ((*name).to_owned(), *is_derived))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn kinds_of_checks_are_honoured() {
    let contract = contract_of(
        "CREATE TABLE parent (id int PRIMARY KEY, a int CONSTRAINT inherited CHECK (a > 0), b int);
         ALTER TABLE parent ADD CONSTRAINT only_parent CHECK (b > 0) NO INHERIT;
         CREATE TABLE child (PRIMARY KEY (id)) INHERITS (parent);
         ALTER TABLE child ADD CONSTRAINT late CHECK (b < 9) NOT VALID;
         CREATE TABLE parted (id int PRIMARY KEY, a int CONSTRAINT same CHECK (a > 1)) PARTITION BY LIST (id);
         CREATE TABLE part PARTITION OF parted (CONSTRAINT only_part CHECK (a < 5)) FOR VALUES IN (1);
         CREATE TABLE twin (id int PRIMARY KEY, a int CONSTRAINT same CHECK (a < 1), gone int);
         ALTER TABLE twin ADD CONSTRAINT of_gone CHECK (gone > a);
         ALTER TABLE twin DROP COLUMN gone;
         ALTER TABLE twin ADD COLUMN added int CONSTRAINT of_added CHECK (added <> 4);
         ALTER TABLE twin ADD CONSTRAINT raising CHECK (10 / a > 1);
         ALTER TABLE twin ADD CONSTRAINT casting CHECK (a::text::int > 1);",
    )
    .await;
    assert_eq!(
        checks(&contract),
        expected(&[
            // A constraint that is not valid yet holds for each row that is written.
            ("child.inherited", true),
            ("child.late", true),
            ("parent.inherited", true),
            ("parent.only_parent", true),
            ("parted.same", true),
            ("twin.casting", false),
            ("twin.of_added", true),
            ("twin.raising", true),
            ("twin.same", true),
        ])
    );
    let left = &contract.coverage.without_contract;
    let part = left.iter().find(|entry| entry.name.ends_with("part"));
    assert!(
        part.is_some_and(|entry| entry.reason.contains("`only_part`")),
        "{left:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn domains_of_parts_are_rules_of_the_column() {
    let contract = contract_of(
        "CREATE DOMAIN low AS int CONSTRAINT low_positive CHECK (VALUE > 0);
         CREATE DOMAIN lower_still AS low CONSTRAINT still_small CHECK (VALUE < 10);
         CREATE DOMAIN odd AS text CONSTRAINT odd_cast CHECK (VALUE::int > 0);
         CREATE TYPE pair AS (a lower_still, b odd);
         CREATE TABLE t (id int PRIMARY KEY, lows lower_still[], pairs pair[] NOT NULL, plain int[]);",
    )
    .await;
    assert_eq!(
        checks(&contract),
        expected(&[
            ("t.low_positive", true),
            ("t.still_small", true),
            ("t.low_positive", true),
            ("t.still_small", true),
            ("t.odd_cast", false),
        ])
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_left_to_the_database_is_waived_by_name() {
    let contract = contract_of(
        "CREATE DOMAIN odd AS text CONSTRAINT odd_cast CHECK (VALUE::int > 0);
         CREATE TABLE t (id int PRIMARY KEY, a timestamptz CONSTRAINT past CHECK (a < now()), b odd,
             c int CONSTRAINT derived CHECK (c > 0));",
    )
    .await;
    let waived = |names: &[&str]| {
        let lines = names
            .iter()
            .map(|name| ((*name).to_owned(), "because".to_owned()));
        let checks = Checks {
            database_only: lines.collect(),
        };
        waivers::compare(&contract, &checks)
    };
    assert_eq!(waived(&["t.past", "t.odd_cast"]), Ok(()));
    assert_eq!(waived(&["public.t.past", "t.odd_cast"]), Ok(()));
    let unwaived = |found: Result<(), WaiverError>| match found {
        Err(WaiverError::Unwaived { name, .. }) => Some(name),
        _ => None,
    };
    let stale = |found: Result<(), WaiverError>| match found {
        Err(WaiverError::Stale { name }) => Some(name),
        _ => None,
    };
    assert_eq!(unwaived(waived(&[])).as_deref(), Some("t.odd_cast"));
    assert_eq!(unwaived(waived(&["t.odd_cast"])).as_deref(), Some("t.past"));
    assert_eq!(
        unwaived(waived(&["past", "odd_cast"])).as_deref(),
        Some("t.odd_cast")
    );
    for name in ["t.derived", "t.gone", "other.past", "past", "t.Past"] {
        let found = waived(&["t.past", "t.odd_cast", name]);
        assert_eq!(stale(found).as_deref(), Some(name));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_locale_that_is_not_there_leaves_what_depends_on_it() {
    let sql = "CREATE TABLE t (id int PRIMARY KEY,
             a text CONSTRAINT of_class CHECK (a ~ '^\\w+$'), b text CONSTRAINT of_case CHECK (b = lower(b)),
             c text CONSTRAINT plain CHECK (c ~ '^[a-z]+$' AND length(c) < 5),
             d text CONSTRAINT in_c CHECK (lower(d COLLATE \"C\") = d));";
    let there = contract_for(sql, "C.UTF-8").await;
    let derived = |names: [bool; 4]| {
        let all = ["t.in_c", "t.of_case", "t.of_class", "t.plain"];
        expected(&all.into_iter().zip(names).collect::<Vec<_>>())
    };
    assert_eq!(checks(&there), derived([true; 4]));
    let not_there = contract_for(sql, "xx_XX.UTF-8").await;
    assert_eq!(checks(&not_there), derived([true, false, false, true]));
    let reasons = not_there
        .coverage
        .tables
        .iter()
        .flat_map(|table| &table.database_only);
    let lacking = reasons.filter(|entry| entry.reason.contains("lacks the locale `xx_XX.UTF-8`"));
    assert_eq!(lacking.count(), 2);
}
