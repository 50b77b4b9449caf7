//! The example for newcomers works.

#[path = "../../examples/create_user.rs"]
#[allow(dead_code, reason = "its `main` runs by itself only")]
mod create_user;

use axis_testkit::TestDatabase;

use crate::support::connect;

#[tokio::test]
async fn the_example_creates_a_user() {
    let test_database = TestDatabase::migrated().await;
    let database = connect(&test_database, &[]).0;
    let user = create_user::create_user(&database, "ada@example.org", "Ada").await;
    assert_eq!(user.expect("a user").email, "ada@example.org");
    let again = create_user::create_user(&database, "ADA@example.org", "Ada").await;
    assert!(
        again
            .expect_err("a conflict")
            .to_string()
            .contains("users_email_live_key")
    );
    let error = create_user::create_user(&database, "ada", "Ada").await;
    assert!(error.expect_err("no address").to_string().contains("email"));
}
