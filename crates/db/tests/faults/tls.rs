//! Every `sslmode` against servers with every kind of certificate, by `DatabaseConfig` and a real handshake.

use axis_db::{Database, DbError};
use axis_testkit::{Authority, PrivateServer, ServerSettings};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use tokio::task::JoinSet;

use crate::support::{chain, database};

diesel::table! {
    pg_stat_ssl (pid) {
        pid -> Integer,
        ssl -> Bool,
    }
}

diesel::define_sql_function! {
    fn pg_backend_pid() -> Integer;
}

/// What comes of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Plain,
    Encrypted,
    Refused,
}

use Outcome::{Encrypted, Plain, Refused};

const MODES: [&str; 5] = ["disable", "prefer", "require", "verify-ca", "verify-full"];

/// The outcome with the error's text.
async fn outcome(database: &Database) -> (Outcome, String) {
    let answer = async {
        let mut connection = database.primary().await?;
        let query = pg_stat_ssl::table
            .filter(pg_stat_ssl::pid.eq(pg_backend_pid()))
            .select(pg_stat_ssl::ssl);
        let is_encrypted: bool = query.first(&mut *connection).await?;
        Ok::<_, DbError>(is_encrypted)
    };
    match answer.await {
        Ok(true) => (Encrypted, String::new()),
        Ok(false) => (Plain, String::new()),
        Err(error @ DbError::Unreachable { .. }) => (Refused, chain(&error)),
        Err(error) => panic!("not told as unreachable: {error:?}"),
    }
}

#[tokio::test]
async fn each_mode_trusts_whom_it_should() {
    let trusted = Authority::new();
    let unknown = Authority::new();
    let here = &["localhost", "127.0.0.1"];
    let plain = ServerSettings::new;
    // `prefer` and `require` look at the certificate where roots are named, as libpq does: not at the host.
    let matrix = [
        (
            "right",
            plain().tls(&trusted.certificate(here)),
            [Plain, Encrypted, Encrypted, Encrypted, Encrypted],
            "",
        ),
        (
            "wrong host",
            plain().tls(&trusted.certificate(&["elsewhere.example"])),
            [Plain, Encrypted, Encrypted, Encrypted, Refused],
            "not valid for name",
        ),
        (
            "unknown CA",
            plain().tls(&unknown.certificate(here)),
            [Plain, Refused, Refused, Refused, Refused],
            "UnknownIssuer",
        ),
        (
            "expired",
            plain().tls(&trusted.expired_certificate(here)),
            [Plain, Refused, Refused, Refused, Refused],
            "expired",
        ),
        (
            "no TLS",
            plain(),
            [Plain, Plain, Refused, Refused, Refused],
            "server does not support TLS",
        ),
    ];
    let roots = trusted.root_file().to_str().unwrap();
    let mut tried = 0;
    let mut wrong = Vec::new();
    for (server_name, settings, expected, cause) in matrix {
        let server = PrivateServer::start(settings).await;
        // Together, because who is refused tries until its time is over.
        let mut trials = JoinSet::new();
        for (mode, expected) in MODES.into_iter().zip(expected) {
            for host in ["127.0.0.1", "localhost"] {
                let url = server.url("postgres").replace("127.0.0.1", host);
                let variables = [
                    ("DATABASE_TLS_ROOT_CERT", roots),
                    ("DATABASE_CONNECT_TIMEOUT", "1s"),
                ];
                let database = database(&format!("{url}?sslmode={mode}"), &variables);
                trials.spawn(async move { (mode, host, expected, outcome(&database).await) });
            }
        }
        for (mode, host, expected, (outcome, text)) in trials.join_all().await {
            if outcome != expected || (outcome == Refused && !text.contains(cause)) {
                wrong.push(format!("{server_name}, {mode}, {host}: {outcome:?} {text}"));
            }
            tried += 1;
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(tried, 5 * 5 * 2);
}

#[tokio::test]
async fn roots_in_the_url_and_scram_with_channel_binding() {
    let authority = Authority::new();
    let certificate = authority.certificate(&["127.0.0.1"]);
    let server = PrivateServer::start(ServerSettings::new().tls(&certificate).scram()).await;
    let roots = authority.root_file().to_str().unwrap();
    let url = server.url("postgres");
    let bound = format!("{url}?sslmode=verify-full&sslrootcert={roots}&channel_binding=require");
    assert_eq!(
        outcome(&database(&bound, &[])).await,
        (Encrypted, String::new())
    );
    // Without TLS there is nothing to bind to.
    let variables = [("DATABASE_CONNECT_TIMEOUT", "300ms")];
    let unbound = format!("{url}?sslmode=disable&channel_binding=require");
    assert_eq!(outcome(&database(&unbound, &variables)).await.0, Refused);
}
