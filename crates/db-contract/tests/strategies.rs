//! The strategies against PostgreSQL: it accepts every valid row, and refuses each other one with the rule that it was to
//! break and no other.
#![expect(clippy::unwrap_used, reason = "a test stops at its first surprise")]

use axis_db::schema;
use axis_db_contract::{ConstraintKind, TableConstraint, strategies};
use axis_testkit::TestDatabase;
use diesel::result::Error;
use proptest::strategy::{Strategy, ValueTree as _};
use proptest::test_runner::TestRunner;

const ROWS: usize = 30;

fn drawn<S: Strategy>(strategy: S) -> Vec<S::Value> {
    let mut runner = TestRunner::deterministic();
    (0..ROWS)
        .map(|_| strategy.new_tree(&mut runner).unwrap().current())
        .collect()
}

/// That this rule refused, as far as PostgreSQL says: the error of a type names nothing.
fn is_refused_by<C: TableConstraint>(rule: C, inserted: &diesel::QueryResult<usize>) -> bool {
    let Err(Error::DatabaseError(_, information)) = inserted else {
        return false;
    };
    match rule.metadata().kind {
        ConstraintKind::Type => information.constraint_name().is_none(),
        _ => information.constraint_name() == Some(rule.metadata().name),
    }
}

macro_rules! table_is_as_its_strategies_say {
    ($test:ident, $table:ident, $rules:literal, $prepare:expr) => {
        #[tokio::test(flavor = "multi_thread")]
        async fn $test() {
            let database = TestDatabase::migrated().await;
            let prepare = $prepare;
            let prepare = prepare(&database).await;
            let mut lengths = std::collections::BTreeSet::new();
            for row in drawn(strategies::$table::valid()) {
                let row = prepare(row);
                let statement = diesel::insert_into(schema::$table::table).values(row.clone());
                let inserted = database.execute(statement).await;
                assert_eq!(inserted, Ok(1), "{row:?}");
                lengths.insert(format!("{row:?}").len());
                // Another row may have the same key.
                let all = diesel::delete(schema::$table::table);
                assert_eq!(database.execute(all).await, Ok(1));
            }
            assert!(lengths.len() >= 10, "the rows are much alike: {lengths:?}");
            let rules = strategies::$table::RULES;
            assert_eq!(rules.len(), $rules);
            for rule in rules {
                for row in drawn(strategies::$table::breaking(*rule).unwrap()) {
                    let row = prepare(row);
                    let broken: Vec<_> = row.violations();
                    assert!(
                        broken.iter().all(|found| found.constraint == *rule) && !broken.is_empty()
                    );
                    let statement = diesel::insert_into(schema::$table::table).values(row.clone());
                    let inserted = database.execute(statement).await;
                    assert!(
                        is_refused_by(*rule, &inserted),
                        "{rule:?}: {inserted:?}: {row:?}"
                    );
                }
            }
            // What another row decides is no rule of a row.
            let others = axis_db_contract::$table::Constraint::ALL.iter();
            let others = others.filter(|rule| rule.metadata().kind == ConstraintKind::PrimaryKey);
            for other in others {
                assert!(strategies::$table::breaking(*other).is_none());
            }
        }
    };
}

table_is_as_its_strategies_say!(
    users_are_as_their_strategies_say,
    users,
    7,
    async |_: &TestDatabase| { |row: axis_db_contract::users::Insert| row }
);

table_is_as_its_strategies_say!(
    posts_are_as_their_strategies_say,
    posts,
    8,
    async |database: &TestDatabase| {
        let author: axis_db_contract::users::Insert =
            serde_json::from_str(r#"{"email": "author@example.org", "name": "Author"}"#).unwrap();
        let user_id = uuid::Uuid::new_v4();
        let author = axis_db_contract::users::Insert {
            id: Some(user_id),
            ..author
        };
        let statement = diesel::insert_into(schema::users::table).values(author);
        assert_eq!(database.execute(statement).await, Ok(1));
        move |row: axis_db_contract::posts::Insert| axis_db_contract::posts::Insert {
            user_id,
            ..row
        }
    }
);

/// The twin: rows that were not put together by the rules are no valid ones.
#[test]
fn any_rows_are_not_valid() {
    let rule = axis_db_contract::users::Constraint::EmailLength;
    let rows = drawn(strategies::users::breaking(rule).unwrap());
    assert!(rows.iter().all(|row| !row.violations().is_empty()));
    let rows = drawn(strategies::users::valid());
    assert!(rows.iter().all(|row| row.violations().is_empty()));
}
