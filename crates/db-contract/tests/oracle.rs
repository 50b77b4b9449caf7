//! The contracts' judge: rows around the limits of their types, and the contract accepts one if and only if PostgreSQL does.
//! The rows keep every CHECK: `axis prove` tries the others.
#![expect(clippy::unwrap_used, reason = "a test stops at its first surprise")]

use axis_db_contract::{posts, users};
use axis_testkit::TestDatabase;
use chrono::{DateTime, Duration, Utc};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use uuid::Uuid;

const ROWS: usize = 150;

/// Characters of one to four bytes, a combining mark, blanks of two kinds, and sometimes NUL.
fn character() -> impl Strategy<Value = char> {
    prop_oneof![
        60 => Just('a'),
        10 => prop::sample::select(vec!['é', '\u{301}', '漢', '\u{1f600}', ' ', '\t', '\n', '%']),
    ]
}

/// Text of about `length` characters, most often fewer, with blanks behind it.
fn text(length: usize) -> impl Strategy<Value = String> {
    let letters = prop::collection::vec(character(), length.saturating_sub(9)..=length + 2);
    let nul = prop::bool::weighted(0.03);
    (letters, "( {0,6}| {0,6}| {0,6}|\t| {3}\n)", nul).prop_map(|(letters, blanks, nul)| {
        let nul = if nul { "\0" } else { "" };
        letters.into_iter().collect::<String>() + nul + &blanks
    })
}

/// Instants around the first that PostgreSQL knows, and ordinary ones.
fn instant() -> impl Strategy<Value = DateTime<Utc>> {
    let first = DateTime::from_timestamp(-210_866_803_200, 0).unwrap();
    prop_oneof![
        3 => (-3_000_i64..3_000).prop_map(move |nanoseconds| first + Duration::nanoseconds(nanoseconds)),
        1 => Just(DateTime::<Utc>::MIN_UTC),
        1 => Just(DateTime::<Utc>::MAX_UTC),
        40 => Just("2026-01-01T00:00:00Z".parse().unwrap()),
    ]
}

prop_compose! {
    fn user()(
        name in text(254),
        email in text(212),
        at in instant(),
        leave_out in any::<bool>(),
        deleted in any::<bool>(),
    ) -> users::Insert {
        let id = Uuid::new_v4();
        users::Insert {
            id: Some(id),
            // 43 characters, so that each row has an address of its own.
            email: format!("{id}@e.org {email}"),
            name: format!("n{name}"),
            created_at: (!leave_out).then_some(at),
            updated_at: (!leave_out).then_some(at),
            deleted_at: (!leave_out && deleted).then_some(at),
        }
    }
}

prop_compose! {
    fn post(user_id: Uuid)(
        title in text(254),
        content in text(20),
        slug in 218..222_usize,
        blanks in 0..3_usize,
        at in instant(),
        published in any::<bool>(),
    ) -> posts::Insert {
        let id = Uuid::new_v4();
        // Only blanks beyond the limit are cut; the others would break the slug's CHECK.
        let blanks = if slug >= 219 { blanks } else { 0 };
        posts::Insert {
            id: Some(id),
            user_id,
            title: format!("t{title}"),
            content: format!("0123456789{content}"),
            slug: format!("{id}{}{}", "s".repeat(slug), " ".repeat(blanks)),
            published_at: published.then_some(at),
            created_at: Some(at),
            updated_at: Some(at),
            deleted_at: None,
        }
    }
}

/// What came of the rows.
#[derive(Default)]
struct Tally {
    accepted: usize,
    refused: usize,
}

impl Tally {
    fn count(
        &mut self,
        row: &dyn std::fmt::Debug,
        is_valid: bool,
        inserted: diesel::QueryResult<usize>,
    ) {
        match inserted {
            Ok(_) => self.accepted += 1,
            Err(_) => self.refused += 1,
        }
        assert_eq!(
            is_valid,
            inserted.is_ok(),
            "PostgreSQL says {inserted:?} to {row:?}"
        );
    }

    fn finish(&self) {
        assert!(
            self.accepted >= ROWS / 5,
            "only {} rows were accepted",
            self.accepted
        );
        assert!(
            self.refused >= ROWS / 5,
            "only {} rows were refused",
            self.refused
        );
    }
}

fn rows<S: Strategy>(strategy: S) -> Vec<S::Value> {
    let mut runner = TestRunner::deterministic();
    (0..ROWS)
        .map(|_| strategy.new_tree(&mut runner).unwrap().current())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_is_accepted_if_and_only_if_postgresql_accepts_it() {
    let database = TestDatabase::migrated().await;
    let mut tally = Tally::default();
    for row in rows(user()) {
        let statement = diesel::insert_into(axis_db::schema::users::table).values(row.clone());
        let inserted = database.execute(statement).await;
        tally.count(&row, row.violations().is_empty(), inserted);
    }
    tally.finish();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_post_is_accepted_if_and_only_if_postgresql_accepts_it() {
    let database = TestDatabase::migrated().await;
    let author: users::Insert =
        serde_json::from_str(r#"{"email": "author@example.org", "name": "Author"}"#).unwrap();
    let user_id = Uuid::new_v4();
    let author = users::Insert {
        id: Some(user_id),
        ..author
    };
    let statement = diesel::insert_into(axis_db::schema::users::table).values(author);
    assert_eq!(database.execute(statement).await, Ok(1));
    let mut tally = Tally::default();
    for row in rows(post(user_id)) {
        let statement = diesel::insert_into(axis_db::schema::posts::table).values(row.clone());
        let inserted = database.execute(statement).await;
        tally.count(&row, row.violations().is_empty(), inserted);
    }
    tally.finish();
}

/// Twin of the tests above: the judge sees a contract that is wrong by one character.
#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_bound_is_noticed() {
    let database = TestDatabase::migrated().await;
    let mut noticed = 0;
    for row in rows(user()) {
        let wrong = row
            .email
            .chars()
            .skip(254)
            .all(|character| character == ' ');
        let is_valid = row.violations().is_empty() && wrong;
        let statement = diesel::insert_into(axis_db::schema::users::table).values(row);
        noticed += usize::from(is_valid != database.execute(statement).await.is_ok());
    }
    assert!(noticed > 0);
}
