//! What the contracts of this project's tables promise to those who use them.
#![expect(clippy::unwrap_used, reason = "a test stops at its first surprise")]

use std::collections::BTreeSet;

use axis_db::DbError;
use axis_db::schema;
use axis_db_contract::{ConstraintKind, Enforcement, TABLES, TableConstraint, posts, users};
use axis_testkit::TestDatabase;
use garde::Validate as _;
use serde_json::json;

fn user(value: serde_json::Value) -> Result<users::Insert, serde_json::Error> {
    serde_json::from_value(value)
}

fn ada() -> users::Insert {
    user(json!({"email": "ada@example.org", "name": "Ada"})).unwrap()
}

#[test]
fn an_insert_reads_what_insert_accepts() {
    let ada = ada();
    assert_eq!((ada.id, ada.created_at, ada.deleted_at), (None, None, None));
    let given = json!({
        "id": uuid::Uuid::nil(), "email": "ada@example.org", "name": "Ada", "createdAt": "2026-01-01T00:00:00Z",
        "deletedAt": null,
    });
    assert_eq!(user(given).unwrap().id, Some(uuid::Uuid::nil()));
    let refused = [
        json!({"email": "ada@example.org"}),
        json!({"email": null, "name": "Ada"}),
        json!({"email": "ada@example.org", "name": "Ada", "id": null}),
        json!({"email": "ada@example.org", "name": "Ada", "createdAt": null}),
        json!({"email": "ada@example.org", "name": "Ada", "created_at": "2026-01-01T00:00:00Z"}),
        json!({"email": "ada@example.org", "name": "Ada", "role": "admin"}),
    ];
    for value in refused {
        assert!(user(value.clone()).is_err(), "{value} was accepted");
    }
}

#[test]
fn an_update_has_three_states() {
    let update = |value| serde_json::from_value::<posts::Update>(value);
    let nothing = update(json!({})).unwrap();
    assert!(nothing.is_empty());
    assert_eq!(nothing, posts::Update::default());
    let null = update(json!({"published": null})).unwrap();
    assert_eq!(null.published_at, Some(None));
    assert!(!null.is_empty());
    let value = update(json!({"published": "2026-01-01T00:00:00Z", "title": "A"})).unwrap();
    assert!(matches!(value.published_at, Some(Some(_))));
    assert_eq!(value.title.as_deref(), Some("A"));
    for refused in [
        json!({"title": null}),
        json!({"publishedAt": null}),
        json!({"id": uuid::Uuid::nil()}),
        json!({"unknown": 1}),
    ] {
        assert!(update(refused.clone()).is_err(), "{refused} was accepted");
    }
}

#[test]
fn violations_are_typed_and_reach_garde() {
    assert!(ada().violations().is_empty());
    assert!(ada().validate().is_ok());
    let broken = users::Insert {
        email: "a\0".to_owned(),
        name: "n".repeat(256),
        ..ada()
    };
    let constraints: Vec<_> = broken
        .violations()
        .iter()
        .map(|found| found.constraint)
        .collect();
    assert_eq!(
        constraints,
        [
            users::Constraint::EmailType,
            users::Constraint::NameType,
            users::Constraint::EmailAddress,
            users::Constraint::EmailLength,
        ]
    );
    let report = broken.validate().unwrap_err().to_string();
    assert!(
        report.contains("email: ") && report.contains("name: "),
        "{report}"
    );
    let update = users::Update {
        deleted_at: Some(Some(chrono::DateTime::<chrono::Utc>::MIN_UTC)),
        ..users::Update::default()
    };
    let violations = update.violations();
    assert_eq!(violations.len(), 1);
    assert_eq!(violations[0].columns, ["deleted_at"]);
    assert_eq!(users::NAME_MAX_LENGTH, 255);
}

/// A rule across columns is asked where all of them are known: of an update, against the row that it changes.
#[test]
fn an_update_is_judged_with_the_row_that_it_changes() {
    let at = |second: i64| chrono::DateTime::from_timestamp(1_767_225_600 + second, 0).unwrap();
    let row = users::Select {
        id: uuid::Uuid::nil(),
        email: "ada@example.org".to_owned(),
        name: "Ada".to_owned(),
        created_at: at(10),
        updated_at: at(20),
        deleted_at: None,
    };
    let deleted = |second| users::Update {
        deleted_at: Some(Some(at(second))),
        ..users::Update::default()
    };
    assert!(deleted(10).violations_against(&row).is_empty());
    assert!(deleted(9).violations().is_empty());
    let violations = deleted(9).violations_against(&row);
    assert_eq!(violations.len(), 1);
    assert_eq!(
        violations[0].constraint,
        users::Constraint::DeletedAfterCreated
    );
    assert_eq!(violations[0].columns, ["created_at", "deleted_at"]);
    // The database keeps microseconds, and so do its rules.
    let finer = users::Select {
        created_at: at(10) + chrono::TimeDelta::nanoseconds(900),
        ..row.clone()
    };
    assert!(deleted(10).violations_against(&finer).is_empty());
    // An old row may break a rule that came later: an update of it is refused all the same.
    let old = users::Select {
        name: String::new(),
        ..row
    };
    let violations = deleted(10).violations_against(&old);
    assert_eq!(violations[0].constraint, users::Constraint::NameLength);
}

/// Each constraint of a table, once, under the name that finds it.
fn all_are_found<C: TableConstraint + std::fmt::Debug + PartialEq>() -> usize {
    let mut names = BTreeSet::new();
    for constraint in C::ALL {
        let metadata = constraint.metadata();
        assert!(names.insert(metadata.name), "{} comes twice", metadata.name);
        let table = Some(C::TABLE.name);
        let found = match metadata.kind {
            ConstraintKind::Type => continue,
            ConstraintKind::NotNull => C::from_error(table, None, Some(metadata.columns[0])),
            _ => C::from_error(table, Some(metadata.name), None),
        };
        assert_eq!(found, Some(*constraint));
        assert_eq!(
            C::from_error(Some("other"), Some(metadata.name), None),
            None
        );
    }
    assert_eq!(
        C::from_error(Some(C::TABLE.name), Some("unknown"), None),
        None
    );
    assert_eq!(C::from_error(Some(C::TABLE.name), None, None), None);
    names.len()
}

#[test]
fn each_constraint_is_found_by_its_error() {
    assert!(all_are_found::<users::Constraint>() >= 15);
    assert!(all_are_found::<posts::Constraint>() >= 20);
    assert_eq!(TABLES, [posts::TABLE, users::TABLE]);
}

/// The constraint that a statement broke.
fn violated<C: TableConstraint>(result: diesel::QueryResult<usize>) -> Option<C> {
    match DbError::from(result.unwrap_err()) {
        DbError::ConstraintViolation {
            table,
            constraint,
            column,
            ..
        } => C::from_error(table.as_deref(), constraint.as_deref(), column.as_deref()),
        _ => None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn errors_of_postgresql_become_constraints() {
    use users::Constraint::{EmailAddress, EmailLiveKey, EmailNotNull, NameLength};
    let database = TestDatabase::migrated().await;
    let insert = |row: users::Insert| {
        database.execute(diesel::insert_into(schema::users::table).values(row))
    };
    assert_eq!(insert(ada()).await, Ok(1));
    let shouting = users::Insert {
        email: "ADA@EXAMPLE.ORG".to_owned(),
        ..ada()
    };
    assert_eq!(violated(insert(shouting).await), Some(EmailLiveKey));
    assert_eq!(EmailLiveKey.metadata().columns, ["email"]);
    let nameless = users::Insert {
        email: "new@example.org".to_owned(),
        name: String::new(),
        ..ada()
    };
    assert_eq!(violated(insert(nameless).await), Some(NameLength));
    let no_address = users::Insert {
        email: "nobody".to_owned(),
        ..ada()
    };
    assert_eq!(violated(insert(no_address).await), Some(EmailAddress));
    // No Insert can say NULL here; another writer can.
    use diesel::ExpressionMethods as _;
    let null = diesel::insert_into(schema::users::table).values(schema::users::name.eq("Ada"));
    assert_eq!(violated(database.execute(null).await), Some(EmailNotNull));

    let orphan: posts::Insert = serde_json::from_value(json!({
        "userId": uuid::Uuid::nil(), "title": "A", "content": "0123456789", "slug": "a",
    }))
    .unwrap();
    let orphan = diesel::insert_into(schema::posts::table).values(orphan);
    let found = violated(database.execute(orphan).await);
    assert_eq!(found, Some(posts::Constraint::UserIdFkey));
}

/// Both columns of the wire are named by one function, and serde's names agree with it.
#[test]
fn wire_names_are_those_that_serde_reads() {
    let columns = posts::TABLE.columns.iter().map(|column| column.name);
    let names: Vec<_> = columns.map(posts::Constraint::wire_name).collect();
    assert_eq!(names.len(), 9);
    let unknown = serde_json::from_value::<posts::Insert>(json!({"?": 1})).unwrap_err();
    let expected = unknown.to_string();
    for name in names {
        assert!(
            expected.contains(&format!("`{name}`")),
            "{name} is not in: {expected}"
        );
    }
}

/// The names and reasons under "Rules that the database alone enforces" of a table, without its triggers.
fn listed(coverage: &str, table: &str) -> BTreeSet<(String, String)> {
    let (_, from) = coverage.split_once(&format!("## `{table}`")).unwrap();
    let (_, from) = from
        .split_once("Rules that the database alone enforces")
        .unwrap();
    let rows = from.lines().skip_while(|line| !line.starts_with("| `"));
    rows.take_while(|line| line.starts_with('|'))
        .filter(|line| !line.contains("`TRIGGER "))
        .map(|line| {
            let cells: Vec<&str> = line.trim_matches('|').split(" | ").collect();
            let name = cells[0].trim().trim_matches('`').to_owned();
            (name, cells[2].trim().to_owned())
        })
        .collect()
}

fn left_to_the_database<C: TableConstraint>() -> BTreeSet<(String, String)> {
    let all = C::ALL.iter();
    all.filter_map(|constraint| match constraint.enforcement() {
        Enforcement::Contract => None,
        Enforcement::Database(reason) => {
            Some((constraint.metadata().name.to_owned(), reason.to_owned()))
        }
    })
    .collect()
}

#[test]
fn each_constraint_says_who_enforces_it() {
    let coverage = include_str!("../src/generated/coverage.md");
    let found = [
        left_to_the_database::<posts::Constraint>(),
        left_to_the_database::<users::Constraint>(),
    ];
    assert_eq!(
        found,
        [listed(coverage, "posts"), listed(coverage, "users")]
    );
    assert_eq!(found.map(|each| each.len()), [3, 2]);
    assert_eq!(
        posts::Constraint::SlugFormat.enforcement(),
        Enforcement::Contract
    );
    // The twin: a table's name that has no such list.
    assert!(std::panic::catch_unwind(|| listed(coverage, "comments")).is_err());
}
