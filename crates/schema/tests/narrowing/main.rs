//! Layer 3 only narrows: whatever a request accepts, the contract of layer 2 accepts. That a real PostgreSQL accepts
//! it too is tested with the repositories, on the same requests.

#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod requests;

use std::cell::Cell;
use std::fmt::Debug;

use axis_db_contract::{posts, users};
use garde::Validate;
use proptest::prelude::*;
use proptest::test_runner::{FileFailurePersistence, TestError, TestRunner};

const CASES: u32 = 2_000;

/// Runs `narrows` for requests of `strategy`: those that `accepts` takes must give rows without violation. Returns how
/// many it accepted and refused.
fn narrows<T: Clone + Debug>(
    strategy: impl Strategy<Value = T>,
    persistence: Option<Box<FileFailurePersistence>>,
    accepts: impl Fn(&T) -> bool,
    row_violations: impl Fn(T) -> Vec<String>,
) -> Result<(u32, u32), TestError<T>> {
    let config = ProptestConfig {
        cases: CASES,
        failure_persistence: persistence.map(|persistence| persistence as _),
        source_file: Some(file!()),
        ..ProptestConfig::default()
    };
    let (accepted, refused) = (Cell::new(0), Cell::new(0));
    TestRunner::new(config).run(&strategy, |request| {
        if accepts(&request) {
            accepted.set(accepted.get() + 1);
            let violations = row_violations(request);
            prop_assert!(violations.is_empty(), "{violations:?}");
        } else {
            refused.set(refused.get() + 1);
        }
        Ok(())
    })?;
    Ok((accepted.get(), refused.get()))
}

/// Asserts that the requests of `strategy` only narrow, and that enough of them were accepted, and refused, to tell.
fn assert_narrows<T: Clone + Debug + Validate<Context = ()>>(
    strategy: impl Strategy<Value = T>,
    row_violations: impl Fn(T) -> Vec<String>,
) {
    let persistence = Box::new(FileFailurePersistence::WithSource("regressions"));
    match narrows(
        strategy,
        Some(persistence),
        |request| request.validate().is_ok(),
        row_violations,
    ) {
        Ok((accepted, refused)) => {
            assert!(
                accepted > CASES / 5 && refused > CASES / 5,
                "{accepted} accepted, {refused} refused"
            );
        }
        Err(error) => panic!("{error}"),
    }
}

fn describe<V: Debug>(violations: Vec<V>) -> Vec<String> {
    violations
        .into_iter()
        .map(|violation| format!("{violation:?}"))
        .collect()
}

#[test]
fn create_user() {
    assert_narrows(requests::create_user(), |request| {
        describe(users::Insert::from(request).violations())
    });
}

#[test]
fn update_user() {
    assert_narrows(requests::update_user(), |request| {
        describe(users::Update::from(request).violations())
    });
}

#[test]
fn create_post() {
    assert_narrows(requests::create_post(), |request| {
        describe(posts::Insert::from(request).violations())
    });
}

#[test]
fn update_post() {
    assert_narrows(requests::update_post(), |request| {
        describe(posts::Update::from(request).violations())
    });
}

/// The twin: a rule that is widened by one character, or forgets NUL, is noticed.
#[test]
fn a_widened_rule_is_noticed() {
    let violations = |request| describe(posts::Insert::from(request).violations());
    let longer = narrows(
        requests::create_post(),
        None,
        |request| !request.title.contains('\0') && request.title.chars().count() <= 256,
        violations,
    );
    assert!(matches!(longer, Err(TestError::Fail(..))), "{longer:?}");
    let nul = narrows(
        requests::create_post(),
        None,
        |request| request.title.chars().count() <= 255 && request.slug.chars().count() <= 255,
        violations,
    );
    assert!(matches!(nul, Err(TestError::Fail(..))), "{nul:?}");
}
