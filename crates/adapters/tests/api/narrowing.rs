//! Layer 3 only narrows: whatever a request accepts, a real PostgreSQL accepts, and gives back as it was.

#[path = "../../../schema/tests/narrowing/requests.rs"]
mod requests;

use std::cell::Cell;
use std::fmt::Debug;

use axis_adapters::RepositoryError;
use axis_adapters::{post_create, post_update, user_create, user_update};
use axis_db::Connection;
use axis_schema::posts::CreatePost;
use axis_testkit::TestDatabase;
use garde::{Unvalidated, Valid, Validate};
use proptest::prelude::*;
use proptest::test_runner::{FileFailurePersistence, TestCaseError, TestError, TestRunner};
use tokio::runtime::Runtime;
use uuid::Uuid;

use crate::support::{connect, execute};

const CASES: u32 = 500;

const USER: Uuid = Uuid::from_u128(0x018f_6e6e_0000_7000_8000_0000_0000_0001);
const POST: Uuid = Uuid::from_u128(0x018f_6e6e_0000_7000_8000_0000_0000_0002);

const ROWS: &str = "
INSERT INTO users (id, email, name) VALUES ('018f6e6e-0000-7000-8000-000000000001', 'author@example.org', 'Author');
INSERT INTO posts (id, user_id, title, content, slug)
VALUES ('018f6e6e-0000-7000-8000-000000000002', '018f6e6e-0000-7000-8000-000000000001', 'Title', 'Ten or more.', 'the-post-that-is-there-before')";

/// Writes each valid request of `strategy` in a transaction and takes it back. Gives how many were accepted and
/// refused, or the first that was accepted and could not be written, or came back changed.
fn narrows<T: Clone + Debug + Validate<Context = ()>>(
    strategy: impl Strategy<Value = T>,
    stricter: &str,
    persistence: Option<FileFailurePersistence>,
    write: impl AsyncFn(&mut Connection, Valid<T>) -> Result<bool, RepositoryError>,
) -> Result<(u32, u32), TestError<T>> {
    let runtime = Runtime::new().expect("a runtime");
    let test_database = runtime.block_on(TestDatabase::migrated());
    let database = connect(&test_database, &[]).0;
    let mut connection = runtime.block_on(database.primary()).expect("a connection");
    runtime.block_on(execute(&mut connection, &format!("{ROWS}; {stricter}")));
    let connection = std::cell::RefCell::new(connection);
    let (accepted, refused) = (Cell::new(0), Cell::new(0));
    let config = ProptestConfig {
        cases: CASES,
        failure_persistence: persistence.map(|persistence| Box::new(persistence) as _),
        source_file: Some(file!()),
        ..ProptestConfig::default()
    };
    TestRunner::new(config).run(&strategy, |request| {
        let Ok(request) = Unvalidated::new(request).validate() else {
            refused.set(refused.get() + 1);
            return Ok(());
        };
        accepted.set(accepted.get() + 1);
        let mut connection = connection.borrow_mut();
        runtime.block_on(async {
            execute(&mut connection, "BEGIN").await;
            let written = write(&mut connection, request).await;
            execute(&mut connection, "ROLLBACK").await;
            match written {
                Ok(true) => Ok(()),
                Ok(false) => Err(TestCaseError::fail("it came back changed")),
                Err(error) => Err(TestCaseError::fail(error.to_string())),
            }
        })
    })?;
    Ok((accepted.get(), refused.get()))
}

/// Asserts that requests only narrow, and that enough of them were accepted, and refused, to tell.
fn assert_narrows<T: Clone + Debug + Validate<Context = ()>>(
    strategy: impl Strategy<Value = T>,
    write: impl AsyncFn(&mut Connection, Valid<T>) -> Result<bool, RepositoryError>,
) {
    let persistence = FileFailurePersistence::WithSource("regressions");
    match narrows(strategy, "", Some(persistence), write) {
        Ok((accepted, refused)) => assert!(
            accepted > CASES / 5 && refused > CASES / 5,
            "{accepted} accepted, {refused} refused"
        ),
        Err(error) => panic!("{error}"),
    }
}

/// Posts to create, by a user who is there.
fn posts() -> impl Strategy<Value = CreatePost> {
    requests::create_post().prop_map(|post| CreatePost {
        user_id: USER,
        ..post
    })
}

async fn write_post(
    connection: &mut Connection,
    request: Valid<CreatePost>,
) -> Result<bool, RepositoryError> {
    let asked = (*request).clone();
    let post = post_create(connection, request).await?;
    let given = (post.user_id, post.title, post.content, post.slug);
    Ok(given == (asked.user_id, asked.title, asked.content, asked.slug))
}

#[test]
fn create_user() {
    assert_narrows(requests::create_user(), async |connection, request| {
        let asked = (*request).clone();
        let user = user_create(connection, request).await?;
        Ok((user.email, user.name) == (asked.email, asked.name))
    });
}

#[test]
fn update_user() {
    assert_narrows(requests::update_user(), async |connection, request| {
        let asked = (*request).clone();
        let user = user_update(connection, USER, request).await?;
        Ok(asked.email.is_none_or(|email| email == user.email)
            && asked.name.is_none_or(|name| name == user.name))
    });
}

#[test]
fn create_post() {
    assert_narrows(posts(), write_post);
}

#[test]
fn update_post() {
    assert_narrows(requests::update_post(), async |connection, request| {
        let asked = (*request).clone();
        let post = post_update(connection, POST, request).await?;
        Ok(asked.title.is_none_or(|title| title == post.title)
            && asked.content.is_none_or(|content| content == post.content)
            && asked.slug.is_none_or(|slug| slug == post.slug))
    });
}

/// The twin: a database that is one step stricter than the requests is noticed, for each of its rules.
#[test]
fn a_database_one_step_stricter_is_noticed() {
    for stricter in [
        "ALTER TABLE posts ADD CHECK (char_length(title) < 255) NOT VALID",
        "ALTER TABLE posts ADD CHECK (char_length(title) > 1) NOT VALID",
        "ALTER TABLE posts ADD CHECK (char_length(content) > 10) NOT VALID",
        "ALTER TABLE posts ADD CHECK (slug ~ '^[a-z0-9]+$') NOT VALID",
        "ALTER TABLE posts ADD CHECK (octet_length(title) <= 255) NOT VALID",
    ] {
        let result = narrows(posts(), stricter, None, write_post);
        assert!(
            matches!(result, Err(TestError::Fail(..))),
            "{stricter}: {result:?}"
        );
    }
}
