//! What goes over the wire before any query, and what the system is told about the socket.

use std::collections::BTreeMap;
use std::time::Duration;

use axis_db::{CopyFormat, CopyIn, Database, DbError, ErrorClass};
use axis_testkit::TestDatabase;
use bytes::Bytes;
use futures_util::stream;
use rustls::server::Acceptor;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::support::{bystander, observed_at};

/// A server that only listens, and a URL that leads to it.
async fn listener(host: &str, parameters: &str) -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let url = format!("postgres://ada:secret@{host}:{port}/app?{parameters}");
    (listener, url)
}

/// Lets the code under test connect in the background, in vain.
fn connect(url: &str) -> tokio::task::JoinHandle<Result<(), DbError>> {
    let database: Database = observed_at(url, &[("DATABASE_CONNECT_TIMEOUT", "5s")]).0;
    tokio::spawn(async move { database.direct().await.map(drop) })
}

/// A message that begins with its length.
async fn message(client: &mut TcpStream) -> Vec<u8> {
    let length = usize::try_from(client.read_u32().await.unwrap()).unwrap();
    let mut message = vec![0; length - 4];
    client.read_exact(&mut message).await.unwrap();
    message
}

#[tokio::test]
async fn only_parameters_that_poolers_allow_are_sent_at_the_start() {
    for (parameters, further) in [
        ("", None),
        // Neon's, for clients without SNI.
        (
            "&options=endpoint%3Dep-cool-1",
            Some(("options", "endpoint=ep-cool-1")),
        ),
    ] {
        let parameters = format!("sslmode=disable{parameters}");
        let (listener, url) = listener("127.0.0.1", &parameters).await;
        let connecting = connect(&url);
        let (mut client, _) = listener.accept().await.unwrap();
        let message = message(&mut client).await;
        assert_eq!(message[..4], 196_608_u32.to_be_bytes(), "protocol 3.0");
        let mut texts = message[4..].split(|byte| *byte == 0);
        let mut sent = BTreeMap::new();
        while let Some(name) = texts.next().filter(|name| !name.is_empty()) {
            let text = |bytes| String::from_utf8(Vec::from(bytes)).unwrap();
            sent.insert(text(name), text(texts.next().unwrap()));
        }
        let mut expected = BTreeMap::from([
            ("application_name", "axis"),
            ("client_encoding", "UTF8"),
            ("database", "app"),
            ("user", "ada"),
        ]);
        expected.extend(further);
        let sent: BTreeMap<_, _> = sent.iter().map(|(k, v)| (&**k, &**v)).collect();
        assert_eq!(sent, expected);
        connecting.abort();
    }
}

#[tokio::test]
async fn the_host_is_named_in_the_handshake() {
    let mut named = 0;
    for mode in ["prefer", "require", "verify-ca", "verify-full"] {
        for (host, expected) in [("localhost", Some("localhost")), ("127.0.0.1", None)] {
            let (listener, url) = listener(host, &format!("sslmode={mode}")).await;
            let connecting = connect(&url);
            let (mut client, _) = listener.accept().await.unwrap();
            let request = message(&mut client).await;
            assert_eq!(request, 80_877_103_u32.to_be_bytes(), "a request for TLS");
            client.write_all(b"S").await.unwrap();
            let mut acceptor = Acceptor::default();
            let accepted = loop {
                let mut bytes = [0; 4096];
                let count = client.read(&mut bytes).await.unwrap();
                assert!(count > 0, "the client went away");
                acceptor.read_tls(&mut &bytes[..count]).unwrap();
                if let Some(accepted) = acceptor.accept().unwrap() {
                    break accepted;
                }
            };
            // An address is no name.
            assert_eq!(accepted.client_hello().server_name(), expected, "{mode}");
            named += usize::from(expected.is_some());
            connecting.abort();
        }
    }
    assert_eq!(named, 4);
}

/// The timer of a socket, by its ports, as Linux tells it: its kind, and when it is due in hundredths
/// of a second.
fn timer(local: u16, remote: u16) -> Option<(u8, u64)> {
    let table = std::fs::read_to_string("/proc/net/tcp").ok()?;
    table.lines().skip(1).find_map(|line| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let port = |field: &str| u16::from_str_radix(field.rsplit(':').next()?, 16).ok();
        if port(fields[1]) != Some(local) || port(fields[2]) != Some(remote) {
            return None;
        }
        let (kind, due) = fields[5].split_once(':')?;
        let number = |text| u64::from_str_radix(text, 16).ok();
        Some((u8::try_from(number(kind)?).ok()?, number(due)?))
    })
}

#[tokio::test]
async fn an_idle_connection_is_probed() {
    const KEEPALIVE: u8 = 2;
    if !std::path::Path::new("/proc/net/tcp").exists() {
        return axis_testkit::skip(
            "keepalive",
            "this system does not tell the timers of sockets",
        );
    }
    for (parameters, least, most) in [
        ("sslmode=disable", 1, 1_000),
        ("sslmode=disable&keepalives_idle=100", 9_000, 10_000),
    ] {
        let (listener, url) = listener("127.0.0.1", parameters).await;
        let connecting = connect(&url);
        let (mut client, address) = listener.accept().await.unwrap();
        let local = listener.local_addr().unwrap().port();
        let _ = message(&mut client).await;
        // Until what was sent is acknowledged, another timer runs.
        let found = async {
            loop {
                match timer(address.port(), local) {
                    Some((KEEPALIVE, due)) => break due,
                    _ => tokio::time::sleep(Duration::from_millis(10)).await,
                }
            }
        };
        let due = tokio::time::timeout(Duration::from_secs(5), found).await;
        let due = due.expect("a timer for keepalive");
        assert!((least..=most).contains(&due), "{parameters}: {due}");
        connecting.abort();
    }
}

/// Copies more than the buffers of the socket hold to a server that sleeps over the first row.
async fn copy_to_a_sleeper(parameters: &str) -> Result<u64, DbError> {
    const PIECES: u64 = 300;
    let test = TestDatabase::empty().await;
    let table = "CREATE TABLE copied (text text);
         CREATE FUNCTION slowly() RETURNS trigger LANGUAGE plpgsql AS
             $$ BEGIN PERFORM pg_sleep(4); RETURN NEW; END $$;
         CREATE TRIGGER slowly BEFORE INSERT ON copied
             FOR EACH ROW WHEN (NEW.text LIKE 'first%') EXECUTE FUNCTION slowly()";
    bystander(&test).await.batch_execute(table).await.unwrap();
    let url = format!("{}?{parameters}", test.direct_url());
    let (database, _) = observed_at(&url, &[]);
    let mut connection = database.primary().await.unwrap();
    let into = CopyIn {
        schema: None,
        table: "copied",
        columns: &["text"],
        format: CopyFormat::Text,
    };
    let piece = Bytes::from(format!("{}\n", "x".repeat(99_999)));
    let pieces = (0..PIECES).map(|number| match number {
        0 => Ok::<_, std::io::Error>(Bytes::from_static(b"first\n")),
        _ => Ok(piece.clone()),
    });
    let copied = connection.copy_in(into, stream::iter(pieces)).await?;
    assert_eq!(copied, PIECES);
    Ok(copied)
}

#[tokio::test]
async fn a_server_that_reads_nothing_for_a_while_is_waited_for() {
    copy_to_a_sleeper("sslmode=disable").await.unwrap();
}

#[tokio::test]
async fn a_time_limit_of_the_system_is_in_milliseconds() {
    if !cfg!(target_os = "linux") {
        return axis_testkit::skip("tcp_user_timeout", "only Linux has it");
    }
    let error = copy_to_a_sleeper("sslmode=disable&tcp_user_timeout=1000").await;
    let error = error.unwrap_err();
    assert_eq!(error.class(), ErrorClass::ConnectionLost, "{error:?}");
    // As seconds it would be more than the test takes.
    copy_to_a_sleeper("sslmode=disable&tcp_user_timeout=60000")
        .await
        .unwrap();
}
