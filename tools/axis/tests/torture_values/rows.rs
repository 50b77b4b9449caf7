//! Rows that the strategies draw, against PostgreSQL: it accepts every valid one, and refuses each other one by the rule that it
//! was to break and no other.

use std::pin::Pin;

use axis_testkit::{Session, TestDatabase};
use diesel::QueryResult;
use diesel::result::Error;
use proptest::strategy::{Strategy, ValueTree as _};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use tokio_postgres::NoTls;

use super::generated::{ConstraintKind, TableConstraint};
use super::{further_schema, schema, strategies};

/// Valid rows of each table.
const VALID: usize = 3;
/// Rows that break each rule.
const BREAKING: usize = 1;

/// What was tried, and what went otherwise than the strategies say.
#[derive(Debug, Default)]
struct Tried {
    tables: usize,
    valid: usize,
    breaking: usize,
    raising: usize,
    undrawn: Vec<String>,
    wrong: Vec<String>,
}

/// Rows, or fewer where none is found in time.
fn drawn<S: Strategy>(strategy: S, count: usize) -> Vec<S::Value> {
    // What is not found by then is not, and proptest would go on for minutes.
    let config = Config {
        max_local_rejects: 8,
        failure_persistence: None,
        ..Config::default()
    };
    let seed = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(config, seed);
    let mut next = || strategy.new_tree(&mut runner).ok();
    let trees = (0..count).map_while(|_| next());
    trees.map(|tree| tree.current()).collect()
}

/// Who refused, as far as PostgreSQL says.
enum Refusal<'a> {
    /// The constraint of this name.
    By(&'a str),
    /// A type, or a rule that cannot be calculated: neither is named.
    Unnamed,
}

fn refusal(inserted: &QueryResult<usize>) -> Option<Refusal<'_>> {
    match inserted {
        Err(Error::DatabaseError(_, information)) => Some(
            information
                .constraint_name()
                .map_or(Refusal::Unnamed, Refusal::By),
        ),
        _ => None,
    }
}

/// That this rule refused. `raising` counts the CHECKs that could not be calculated.
fn is_refused_by<C: TableConstraint>(
    rule: C,
    inserted: &QueryResult<usize>,
    raising: &mut usize,
) -> bool {
    let rule = rule.metadata();
    match refusal(inserted) {
        Some(Refusal::By(name)) => name == rule.name,
        Some(Refusal::Unnamed) => {
            *raising += usize::from(rule.kind != ConstraintKind::Type);
            true
        }
        None => false,
    }
}

/// That a rule refused which the contract leaves to the database.
fn is_left<C: TableConstraint + PartialEq>(rules: &[C], inserted: &QueryResult<usize>) -> bool {
    let left = C::ALL.iter().filter(|rule| !rules.contains(rule));
    let mut left = left
        .map(|rule| rule.metadata())
        .filter(|rule| matches!(rule.kind, ConstraintKind::Check | ConstraintKind::Domain));
    match refusal(inserted) {
        Some(Refusal::By(name)) => left.any(|rule| rule.name == name),
        Some(Refusal::Unnamed) => left.next().is_some(),
        None => false,
    }
}

macro_rules! try_rows {
    ($session:ident, $tried:ident, $($($table:ident)::+ into $($schema:ident)::+;)+) => {
        $({
            use strategies::$($table)::+ as strategy;

            // A future of each table: one of them all takes more stack than a test has.
            fn of_table<'a>(session: &'a mut Session, tried: &'a mut Tried) -> Pin<Box<dyn Future<Output = ()> + 'a>> {
            Box::pin(async move {
            let table = $($schema)::+::table;
            let name = stringify!($($table)::+);
            tried.tables += 1;
            let rows = drawn(strategy::valid(), VALID);
            if rows.is_empty() {
                tried.undrawn.push(name.to_owned());
            }
            for row in rows {
                tried.valid += 1;
                let inserted = session.run(diesel::insert_into(table).values(row.clone())).await;
                if inserted != Ok(1) && !is_left(strategy::RULES, &inserted) {
                    tried.wrong.push(format!("{name}: {inserted:?}: {row:?}"));
                }
                // Another row may have the same key.
                session.run(diesel::delete(table)).await.unwrap();
            }
            for rule in strategy::RULES {
                let name = format!("{name}.{}", rule.metadata().name);
                let rows = drawn(strategy::breaking(*rule).unwrap(), BREAKING);
                if rows.is_empty() {
                    tried.undrawn.push(name.clone());
                }
                for row in rows {
                    tried.breaking += 1;
                    let inserted = session.run(diesel::insert_into(table).values(row.clone())).await;
                    let is_refused = is_refused_by(*rule, &inserted, &mut tried.raising);
                    if !is_refused && !is_left(strategy::RULES, &inserted) {
                        tried.wrong.push(format!("{name}: {inserted:?}: {row:?}"));
                        session.run(diesel::delete(table)).await.unwrap();
                    }
                }
            }
            })
            }
            of_table(&mut $session, &mut $tried).await;
        })+
    };
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_are_as_their_strategies_say() {
    let database = TestDatabase::empty().await;
    let url = database.direct_url();
    let migrations = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/torture/migrations");
    tokio::task::block_in_place(|| axis_local_postgres::migrate(url, migrations)).unwrap();
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    // Foreign keys and triggers are no rules of a row.
    let name = url.rsplit_once('/').unwrap().1;
    let set_aside = format!("ALTER DATABASE \"{name}\" SET session_replication_role = replica");
    client.batch_execute(&set_aside).await.unwrap();
    // Nor is it that there is no partition for it.
    for parent in ["check_parted", "events"] {
        let partition = format!("CREATE TABLE {parent}_others PARTITION OF {parent} DEFAULT");
        client.batch_execute(&partition).await.unwrap();
    }

    let mut session: Session = database.session().await;
    let mut tried = Tried::default();
    try_rows!(
        session, tried,
        backslash into further_schema::public::backslash;
        check_addresses into schema::check_addresses;
        check_bits into schema::check_bits;
        check_calculations into schema::check_calculations;
        check_child into schema::check_child;
        check_collections into schema::check_collections;
        check_computed into schema::check_computed;
        check_members into schema::check_members;
        check_documents into schema::check_documents;
        check_edges into schema::check_edges;
        check_floats into schema::check_floats;
        check_further_left into schema::check_further_left;
        check_json_texts into schema::check_json_texts;
        check_left into schema::check_left;
        check_logic into schema::check_logic;
        check_more_documents into schema::check_more_documents;
        check_more_texts into schema::check_more_texts;
        check_more_times into schema::check_more_times;
        check_networks into schema::check_networks;
        check_numbers into schema::check_numbers;
        check_parent into schema::check_parent;
        check_parted into further_schema::public::check_parted;
        check_parts into schema::check_parts;
        check_patterns into schema::check_patterns;
        check_ranges into schema::check_ranges;
        check_rewritten into schema::check_rewritten;
        check_spans into schema::check_spans;
        check_steps into schema::check_steps;
        check_texts into schema::check_texts;
        check_times into schema::check_times;
        check_traps into schema::check_traps;
        clash into further_schema::public::clash;
        equal_columns into further_schema::public::equal_columns;
        events into schema::events;
        every_array into schema::every_array;
        every_bit into further_schema::public::every_bit;
        every_constraint into schema::every_constraint;
        every_default into schema::every_default;
        every_domain into further_schema::public::every_domain;
        every_nullable into schema::every_nullable;
        every_number into schema::every_number;
        every_own into schema::every_own;
        every_own_array into schema::every_own_array;
        every_precision into schema::every_precision;
        every_range into schema::every_range;
        every_row into schema::every_row;
        every_search into schema::every_search;
        every_shape into schema::every_shape;
        every_type into schema::every_type;
        everyday into schema::everyday;
        everyday2 into schema::Everyday;
        generated2 into schema::generated;
        internal_ into further_schema::public::internal_;
        key_of_range into schema::key_of_range;
        keyless into further_schema::public::keyless;
        keyword into further_schema::public::keyword;
        left_out into schema::left_out;
        needs_interval into schema::needs_interval;
        notes into schema::notes;
        odd_names into schema::odd_names;
        only_keys into schema::only_keys;
        partly into further_schema::public::partly;
        players into schema::players;
        postgres2 into schema::postgres;
        serde into schema::serde;
        teams into schema::teams;
        two_names into further_schema::public::two_names;
        two_names_2 into further_schema::public::two_names_2;
        type_ into schema::Type;
        types2 into schema::types;
        wide into schema::wide;
        elsewhere::places into further_schema::elsewhere::places;
    );
    let text = include_str!("../torture/strategies.rs");
    let modules = text.lines().filter(|line| line.trim() == "columns! {");
    assert_eq!(tried.tables, modules.count(), "a table is not tried");
    assert!(tried.wrong.is_empty(), "{:#?}", tried.wrong);
    // A valid row is found for each table. What breaks a rule alone is not always found from few values.
    assert_eq!(tried.valid, tried.tables * VALID, "{tried:#?}");
    assert!(tried.tables >= 70, "{tried:#?}");
    assert!(tried.breaking >= 260 * BREAKING, "{tried:#?}");
    assert!(tried.undrawn.len() * 3 <= tried.breaking, "{tried:#?}");
    assert!(tried.raising * 20 <= tried.breaking, "{tried:?}");
}
