//! Configuration from variables.

use std::collections::HashSet;
use std::time::Duration;

use axis_db::{ConfigError, Database, DatabaseConfig, DbError, VARIABLES};
use std::sync::Arc;

fn read(variables: &[(&str, &str)]) -> Result<DatabaseConfig, ConfigError> {
    DatabaseConfig::from_variables(|name| {
        let found = variables.iter().find(|(variable, _)| *variable == name)?;
        Some(found.1.to_owned())
    })
}

const URL: (&str, &str) = ("DATABASE_URL", "postgres://user@localhost/app");

#[test]
fn the_defaults_are_those_of_the_table() {
    let config = read(&[URL]).unwrap();
    assert_eq!(config.pool_max(), 20);
    assert_eq!(config.pool_min_idle(), 0);
    assert_eq!(config.connect_timeout(), Duration::from_secs(10));
    assert_eq!(config.acquire_timeout(), Duration::from_secs(10));
    assert_eq!(config.idle_timeout(), Duration::from_secs(30));
    assert_eq!(config.max_lifetime(), Duration::from_secs(30 * 60));
    assert_eq!(config.statement_timeout(), Duration::from_secs(30));
}

#[test]
fn every_variable_is_read() {
    // What a variable holds must be able to break the configuration, or it is in the table in vain.
    let mut checked = 0;
    for variable in VARIABLES {
        let mut variables = vec![(
            "DATABASE_URL",
            "postgres://user@host/app?sslmode=verify-full",
        )];
        variables.retain(|(name, _)| *name != variable.name);
        variables.push((variable.name, "/no such value"));
        let error = read(&variables).expect_err(variable.name);
        assert_eq!(error.variables().collect::<Vec<_>>(), [variable.name]);
        checked += 1;
    }
    assert!(checked >= 10, "only {checked} variables");
    let names: HashSet<_> = VARIABLES.iter().map(|variable| variable.name).collect();
    assert_eq!(names.len(), VARIABLES.len());
}

#[test]
fn every_example_and_default_is_right() {
    let mut checked = 0;
    for variable in VARIABLES {
        // The one example that names a file of the machine.
        if variable.name == "DATABASE_TLS_ROOT_CERT" {
            continue;
        }
        for text in [Some(variable.example), variable.default]
            .into_iter()
            .flatten()
        {
            // Its sslmode wants the system's roots, which need not be there.
            let text = text.replace("?sslmode=verify-full", "");
            let mut variables = vec![URL];
            variables.retain(|(name, _)| *name != variable.name);
            variables.push((variable.name, &text));
            read(&variables).unwrap();
            checked += 1;
        }
    }
    assert!(checked >= 16, "only {checked} texts");
}

#[test]
fn one_error_lists_all_that_is_wrong() {
    let error = read(&[
        ("DATABASE_POOL_MAX", "0"),
        ("DATABASE_POOL_MIN_IDLE", "-1"),
        ("DATABASE_CONNECT_TIMEOUT", "10"),
        ("DATABASE_IDLE_TIMEOUT", "soon"),
        ("DATABASE_STATEMENT_TIMEOUT", "2 days"),
        (
            "DATABASE_URL_UNPOOLED",
            "postgres://user@ep-1-pooler.eu.neon.tech/app",
        ),
    ])
    .unwrap_err();
    let text = error.to_string();
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(
        lines,
        [
            "the database is not configured:",
            "  DATABASE_URL is not set; for example DATABASE_URL=postgres://user:password@host:5432/database?sslmode=verify-full",
            "  DATABASE_URL_UNPOOLED names a pooler (its host ends in `-pooler`), not the database itself; for example DATABASE_URL_UNPOOLED=postgres://user:password@host:5432/database?sslmode=verify-full",
            "  DATABASE_POOL_MAX must be a whole number from 1 to 10000; for example DATABASE_POOL_MAX=20",
            "  DATABASE_POOL_MIN_IDLE must be a whole number from 0 to 10000; for example DATABASE_POOL_MIN_IDLE=2",
            "  DATABASE_CONNECT_TIMEOUT has no unit: add one (ms, s, m, h); for example DATABASE_CONNECT_TIMEOUT=10s",
            "  DATABASE_IDLE_TIMEOUT must be a duration: a number with its unit (ms, s, m, h); for example DATABASE_IDLE_TIMEOUT=30s",
            "  DATABASE_STATEMENT_TIMEOUT must be from 1ms to 1day; for example DATABASE_STATEMENT_TIMEOUT=5s",
        ]
    );
    assert_eq!(error.variables().count(), 7);
}

#[test]
fn a_wrong_url_hides_nothing_else() {
    let cases: [(&str, &[&str]); 6] = [
        ("", &["DATABASE_URL is not set"]),
        (
            "mysql://x:hunter2@h/y",
            &["DATABASE_URL must begin with postgres://"],
        ),
        (
            "postgres://x:hunter2@h@h/y",
            &["DATABASE_URL has a second `@`"],
        ),
        (
            "postgres://x:hunter2@h:port/y?foo=hunter2",
            &[
                "DATABASE_URL has a parameter that is not known",
                "DATABASE_URL is not a URL of PostgreSQL",
            ],
        ),
        (
            "postgres://x:hunter2@h/y?sslmode=hunter2&foo=1&bar=2&user",
            &[
                "DATABASE_URL has an sslmode that is not one of",
                "DATABASE_URL has a parameter without a value",
                "DATABASE_URL has a parameter that is not known",
            ],
        ),
        (
            "postgres://x:hunter2@h!,%2Ftmp/y?sslmode=require",
            &[
                "DATABASE_URL has no valid host name",
                "DATABASE_URL asks for TLS over a Unix socket",
            ],
        ),
    ];
    for (url, expected) in cases {
        let error = read(&[
            ("DATABASE_URL", url),
            (
                "DATABASE_URL_UNPOOLED",
                "postgres://x:hunter2@ep-1-pooler.eu.neon.tech/y",
            ),
            ("DATABASE_POOL_MAX", "0"),
            ("DATABASE_TLS_ROOT_CERT", "/nope/hunter2"),
        ])
        .expect_err(url);
        let text = error.to_string();
        let mut expected = expected.to_vec();
        expected.extend([
            "DATABASE_TLS_ROOT_CERT names a root certificate file that cannot be read",
            "DATABASE_URL_UNPOOLED names a pooler",
            "DATABASE_POOL_MAX must be",
        ]);
        for problem in &expected {
            let found = text
                .lines()
                .filter(|line| line.trim().starts_with(problem))
                .count();
            assert_eq!(found, 1, "{problem:?} in {text}");
        }
        assert_eq!(text.lines().count(), 1 + expected.len(), "{text}");
        for shown in [text, format!("{error:?}")] {
            assert!(!shown.contains("hunter2"), "{shown}");
        }
    }
}

#[test]
fn a_root_certificate_that_no_url_uses_is_not_read() {
    for url in [
        "postgres://user@host/app?sslmode=disable",
        "postgres://user@host/app?sslmode=disable&foo=1",
    ] {
        let read = read(&[("DATABASE_URL", url), ("DATABASE_TLS_ROOT_CERT", "/nope")]);
        let variables: Vec<_> = read
            .err()
            .into_iter()
            .flat_map(|error| error.variables().collect::<Vec<_>>())
            .collect();
        assert!(!variables.contains(&"DATABASE_TLS_ROOT_CERT"), "{url}");
        assert_eq!(variables.is_empty(), !url.contains("foo"), "{url}");
    }
}

#[test]
fn an_empty_variable_is_not_set() {
    let config = read(&[
        URL,
        ("DATABASE_POOL_MAX", ""),
        ("DATABASE_URL_UNPOOLED", " "),
    ])
    .unwrap();
    assert_eq!(config.pool_max(), 20);
    let error = read(&[("DATABASE_URL", "")]).unwrap_err();
    assert!(error.to_string().contains("DATABASE_URL is not set"));
}

#[test]
fn the_least_idle_cannot_be_more_than_the_most() {
    let error = read(&[
        URL,
        ("DATABASE_POOL_MAX", "2"),
        ("DATABASE_POOL_MIN_IDLE", "3"),
    ])
    .unwrap_err();
    assert_eq!(
        error.variables().collect::<Vec<_>>(),
        ["DATABASE_POOL_MIN_IDLE"]
    );
}

#[test]
fn urls_that_are_right() {
    let urls = [
        "postgres://localhost",
        "postgresql://user:pass%40word@db.example.com:6543/app",
        "postgres://user@%2Fvar%2Frun%2Fpostgresql/app",
        "postgres:///app?host=/var/run/postgresql",
        "postgres://user@127.0.0.1,127.0.0.2:5433/app?target_session_attrs=read-write",
        "postgres://user@[::1]:5432/app",
        "postgres://user@db/app?sslmode=disable",
        "postgres://user@db/app?sslmode=prefer",
        "postgres://user:p@ep-1.eu.neon.tech/app?sslmode=require&channel_binding=require",
        "postgres://user:p@ep-1-pooler.eu.neon.tech/app?sslmode=require&options=endpoint%3Dep-1",
        "postgres://user@db/app?application_name=a%20b&connect_timeout=5&keepalives_idle=30",
    ];
    for url in urls {
        if let Err(error) = read(&[("DATABASE_URL", url)]) {
            panic!("{url}: {error}");
        }
    }
}

#[test]
fn urls_that_are_wrong() {
    let cases = [
        ("mysql://user@host/app", "must begin with postgres://"),
        ("host=localhost dbname=app", "must begin with postgres://"),
        ("postgres://", "names no host"),
        ("postgres:///app", "names no host"),
        (
            "postgres://user@host:port/app",
            "is not a URL of PostgreSQL",
        ),
        ("postgres://user@ho st/app", "has no valid host name"),
        ("postgres://user:p@ss@host/app", "has a second `@`"),
        ("postgres://user:p@ss/w@host/app", "has a second `@`"),
        (
            "postgres://user@host/app?sslmode=allow",
            "has an sslmode that is not one of",
        ),
        (
            "postgres://user@host/app?sslmode=Require",
            "has an sslmode that is not one of",
        ),
        (
            "postgres://user@host/app?sslmode",
            "has a parameter without a value",
        ),
        (
            "postgres://user@host/app?sslcert=a.pem",
            "has a parameter that is not known",
        ),
        (
            "postgres://user@host/app?ssl%6Dode=disable",
            "has a parameter that is not known",
        ),
        (
            "postgres://user@host/app?channel_binding=maybe",
            "is not a URL of PostgreSQL",
        ),
        (
            "postgres://user@%2Ftmp/app?sslmode=require",
            "asks for TLS over a Unix socket",
        ),
        (
            "postgres://user@host/app?sslrootcert=/none.pem&sslmode=verify-ca",
            "cannot be read",
        ),
    ];
    for (url, problem) in cases {
        let error = read(&[("DATABASE_URL", url)]).expect_err(url);
        assert!(error.to_string().contains(problem), "{url}: {error}");
    }
}

#[test]
fn a_root_certificate_is_read_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("root.pem");
    let variables = [
        (
            "DATABASE_URL",
            "postgres://user@host/app?sslmode=verify-full",
        ),
        (
            "DATABASE_URL_UNPOOLED",
            "postgres://user@direct/app?sslmode=verify-full",
        ),
        ("DATABASE_TLS_ROOT_CERT", path.to_str().unwrap()),
    ];
    let error = read(&variables).unwrap_err();
    assert_eq!(
        error.variables().collect::<Vec<_>>(),
        ["DATABASE_TLS_ROOT_CERT"]
    );
    assert!(error.to_string().contains("cannot be read"), "{error}");
    assert_eq!(
        error.to_string().lines().count(),
        2,
        "once for both URLs: {error}"
    );

    std::fs::write(&path, "not a certificate").unwrap();
    let error = read(&variables).unwrap_err();
    assert!(
        error.to_string().contains("without a certificate"),
        "{error}"
    );
}

#[tokio::test]
async fn a_pooler_is_no_direct_connection() {
    let pooler = (
        "DATABASE_URL",
        "postgres://user@ep-1-pooler.eu.neon.tech/app",
    );
    let database = Database::new(read(&[pooler]).unwrap(), Arc::new(())).unwrap();
    let error = database.direct().await.unwrap_err();
    assert!(matches!(error, DbError::NoDirectUrl), "{error:?}");
}
