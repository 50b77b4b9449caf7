//! A password shows nowhere: in no text and no `Debug`, right or wrong.

use std::fmt::Debug;
use std::sync::Arc;

use axis_db::{Database, DatabaseConfig};
use axis_testkit::TestDatabase;

use crate::support::chain;

const PASSWORD: &str = "hunter2SECRET";
/// Parts of it: a malformed URL may be torn anywhere.
const PARTS: [&str; 2] = ["hunter2", "SECRET"];

fn shows_password(text: &str) -> bool {
    PARTS.iter().any(|part| text.contains(part))
}

/// Everything that a value can say about itself.
fn sayings(value: &(impl Debug + ?Sized)) -> String {
    format!("{value:?} {value:#?}")
}

fn sayings_of_error(error: &impl std::error::Error) -> String {
    format!("{} {}", sayings(error), chain(error))
}

#[test]
fn the_check_notices_a_password() {
    assert!(shows_password(&format!(
        "postgres://user:{PASSWORD}@host/app"
    )));
    assert!(shows_password("invalid port: SECRET"));
    assert!(!shows_password("postgres://user@host/app"));
}

#[test]
fn not_in_a_configuration() {
    let url = format!("postgres://user:{PASSWORD}@host/app?password={PASSWORD}");
    let variable = |name: &str| name.starts_with("DATABASE_URL").then(|| url.clone());
    let config = DatabaseConfig::from_variables(variable).unwrap();
    let text = sayings(&config);
    assert!(text.contains("pool_max"), "it says nothing at all: {text}");
    assert!(!shows_password(&text), "{text}");
    let database = Database::new(config, Arc::new(())).unwrap();
    assert!(!shows_password(&sayings(&database)));
}

#[test]
fn not_for_a_malformed_url() {
    let torn = [
        "hunter2@SECRET",
        "hunter2/SECRET",
        "hunter2?SECRET",
        "hunter2#SECRET",
        "hunter2:SECRET",
    ];
    let around = [
        ("postgres://user:", "@host/app"),
        ("postgres://user:", "@host:5432x/app"),
        ("postgres://user:", "@host/app?sslmode=no"),
        (
            "postgres://user:",
            "@host/app?sslmode=verify-ca&sslrootcert=/none",
        ),
        ("postgres://user:", "@ho st/app"),
        ("postgres://user:", "@"),
        ("postgres://user:", ""),
        ("postgres://", "@host/app"),
        ("postgres:/user:", "@host/app"),
        ("user:", "@host/app"),
        ("host=host password=", ""),
        ("postgres://user@host/app?password=x&", "=x"),
        ("postgres://user@host/app?", ""),
        ("postgres://user@host/app?port=", ""),
        ("postgres://user@host/app?sslmode=", ""),
        (
            "postgres://user@host/app?sslmode=verify-ca&sslrootcert=",
            "",
        ),
        ("postgres://user@host:", "/app"),
    ];
    let mut refused = 0;
    for (before, after) in around {
        for password in torn.into_iter().chain([PASSWORD]) {
            let url = format!("{before}{password}{after}");
            let text = match DatabaseConfig::from_variables(|name| {
                (name == "DATABASE_URL").then(|| url.clone())
            }) {
                Err(error) => {
                    refused += 1;
                    sayings_of_error(&error)
                }
                // Some are right, if strange; then the password is where one belongs.
                Ok(config) => sayings(&config),
            };
            assert!(!shows_password(&text), "{url} gives {text}");
        }
    }
    assert!(refused >= 70, "only {refused} URLs were refused");
}

#[tokio::test]
async fn not_when_the_server_refuses_it() {
    let test = TestDatabase::empty().await;
    let (scheme, rest) = test.url().split_once("://").unwrap();
    let (_, place) = rest.rsplit_once('@').unwrap();
    let url = format!("{scheme}://postgres:{PASSWORD}@{place}");
    let variables = |name: &str| (name == "DATABASE_URL").then(|| url.clone());
    let config = DatabaseConfig::from_variables(variables).unwrap();
    let database = Database::new(config, Arc::new(())).unwrap();
    for error in [
        database.primary().await.unwrap_err(),
        database.direct().await.unwrap_err(),
        database.health().await.unwrap_err(),
    ] {
        let text = sayings_of_error(&error);
        assert!(text.contains("authentication failed"), "{text}");
        assert!(!shows_password(&text), "{text}");
    }
}
