//! `--database-url`: a database of the user's, on this machine and nowhere else.
//!
//! `axis dev` migrates it and fills its empty tables, so a URL that leads to a server others use must not get through. What
//! a tunnel on this machine leads to cannot be seen from here.

use std::net::{IpAddr, SocketAddr, ToSocketAddrs};

use tokio_postgres::config::{Config, Host};

/// Why a URL is not taken. No message repeats the URL, which may hold a password.
#[derive(Debug, thiserror::Error)]
pub(crate) enum UrlError {
    /// Another form than a URL.
    #[error(
        "--database-url is no URL of PostgreSQL: write it like postgres://user:password@127.0.0.1:5432/database"
    )]
    NotPostgres,
    /// The driver refuses it: an unknown parameter (`service` and `passfile`, which lead to files, among them), or a mistake.
    #[error(
        "--database-url cannot be used: percent-encode special characters, and use no parameter that leads to a file, \
         such as service"
    )]
    Refused(#[source] tokio_postgres::Error),
    /// The host would come from elsewhere.
    #[error(
        "--database-url names no host: name 127.0.0.1, or the folder of the socket (postgres://%2Ftmp/database)"
    )]
    NoHost,
    /// The point of it all.
    #[error(
        "--database-url leads to {host}, which is not this machine: axis dev migrates and fills only a database here, \
         by 127.0.0.1, ::1, localhost or a socket"
    )]
    NotLoopback {
        /// The host that was refused.
        host: String,
    },
}

/// Whether every host that the URL names is this machine.
pub(super) fn check(url: &str) -> Result<(), UrlError> {
    if !["postgres://", "postgresql://"]
        .iter()
        .any(|scheme| url.starts_with(scheme))
    {
        return Err(UrlError::NotPostgres);
    }
    // The server's own parser is this one, so there is no second opinion on what the hosts are.
    let config: Config = url.parse().map_err(UrlError::Refused)?;
    if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
        return Err(UrlError::NoHost);
    }
    // Several hosts are tried one after another, and an address stands in for its host: each must be here.
    for host in config.get_hosts() {
        match host {
            Host::Unix(_) => {}
            Host::Tcp(name) if name.is_empty() => return Err(UrlError::NoHost),
            Host::Tcp(name) => {
                if !is_here(name, resolve) {
                    return Err(UrlError::NotLoopback { host: name.clone() });
                }
            }
        }
    }
    for address in config.get_hostaddrs() {
        if !is_loopback(*address) {
            return Err(UrlError::NotLoopback {
                host: address.to_string(),
            });
        }
    }
    Ok(())
}

/// Of names, only `localhost` is taken, and only if this machine has not given it to another.
fn is_here(host: &str, resolve: impl Fn(&str) -> Vec<IpAddr>) -> bool {
    if let Ok(address) = host.parse::<IpAddr>() {
        return is_loopback(address);
    }
    host.eq_ignore_ascii_case("localhost") && {
        let addresses = resolve(host);
        !addresses.is_empty() && addresses.into_iter().all(is_loopback)
    }
}

fn is_loopback(address: IpAddr) -> bool {
    address.to_canonical().is_loopback()
}

fn resolve(name: &str) -> Vec<IpAddr> {
    (name, 0)
        .to_socket_addrs()
        .map(|addresses| addresses.map(|address: SocketAddr| address.ip()).collect())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn databases_on_this_machine_are_taken() {
        for url in [
            "postgres://127.0.0.1/app",
            "postgresql://me:secret@127.8.9.1:5433/app",
            "postgres://[::1]:5432/app",
            "postgres://localhost/app",
            "postgres://LOCALHOST/app",
            "postgres://%2Fvar%2Frun%2Fpostgresql/app",
            "postgres://me@/app?host=/tmp",
            "postgres://127.0.0.1:5432,[::1]:5433,localhost/app",
            "postgres://localhost/app?hostaddr=127.0.0.1",
            "postgres://127.0.0.1/app?host=%2Ftmp&application_name=x",
        ] {
            check(url).unwrap_or_else(|error| panic!("{url}: {error}"));
        }
    }

    #[test]
    fn databases_elsewhere_are_refused() {
        for (url, host) in [
            ("postgres://db.example.com/app", "db.example.com"),
            ("postgres://10.0.0.1/app", "10.0.0.1"),
            ("postgres://0.0.0.0/app", "0.0.0.0"),
            ("postgres://[::]/app", "::"),
            ("postgres://[2001:db8::1]/app", "2001:db8::1"),
            ("postgres://[::ffff:10.0.0.1]/app", "::ffff:10.0.0.1"),
            // Whoever is last is asked when the others do not answer.
            ("postgres://127.0.0.1,db.example.com/app", "db.example.com"),
            (
                "postgres://127.0.0.1:1,127.0.0.1:2,10.0.0.1:3/app",
                "10.0.0.1",
            ),
            (
                "postgres://127.0.0.1/app?host=db.example.com",
                "db.example.com",
            ),
            (
                "postgres://db.example.com/app?host=%2Ftmp",
                "db.example.com",
            ),
            // The address is what is connected to; the name is for those who do not know `hostaddr`.
            ("postgres://localhost/app?hostaddr=10.0.0.1", "10.0.0.1"),
            (
                "postgres://db.example.com/app?hostaddr=127.0.0.1",
                "db.example.com",
            ),
            // Other spellings of 127.0.0.1 are left to nobody's reading.
            ("postgres://2130706433/app", "2130706433"),
            ("postgres://127.1/app", "127.1"),
            (
                "postgres://localhost.example.com/app",
                "localhost.example.com",
            ),
            ("postgres://127.0.0.1@db.example.com/app", "db.example.com"),
            (
                "postgres://me:p%40127.0.0.1@db.example.com/app",
                "db.example.com",
            ),
        ] {
            match check(url) {
                Err(UrlError::NotLoopback { host: refused }) => assert_eq!(refused, host, "{url}"),
                other => panic!("{url}: {other:?}"),
            }
        }
    }

    #[test]
    fn hosts_that_would_come_from_elsewhere_are_refused() {
        assert!(matches!(check("postgres:///app"), Err(UrlError::NoHost)));
        assert!(matches!(
            check("postgres://,127.0.0.1/app"),
            Err(UrlError::NoHost | UrlError::Refused(_))
        ));
        for url in [
            "postgres://127.0.0.1/app?service=production",
            "postgres://127.0.0.1/app?servicefile=/etc/x",
            "postgres://127.0.0.1:port/app",
        ] {
            assert!(matches!(check(url), Err(UrlError::Refused(_))), "{url}");
        }
        for url in [
            "host=127.0.0.1 dbname=app",
            "mysql://127.0.0.1/app",
            "",
            "service=production",
        ] {
            assert!(matches!(check(url), Err(UrlError::NotPostgres)), "{url}");
        }
    }

    #[test]
    fn localhost_must_be_this_machine() {
        let there = |_: &str| vec![IpAddr::from([127, 0, 0, 1]), IpAddr::from([10, 0, 0, 1])];
        assert!(!is_here("localhost", there));
        assert!(!is_here("localhost", |_: &str| Vec::new()));
    }

    #[test]
    fn no_message_holds_the_password() {
        for url in [
            "postgres://me:tops3cret@db.example.com/app",
            "postgres://me:tops3cret@127.0.0.1/app?service=x",
            "postgres://me:tops3cret@127.0.0.1:port/app",
            "mysql://me:tops3cret@127.0.0.1/app",
            "postgres://me:tops3cret@/app",
            "postgres://me:tops3cret@[::1/app",
        ] {
            let error = check(url).unwrap_err();
            let mut text = format!("{error} {error:?}");
            if let Some(cause) = std::error::Error::source(&error) {
                text += &cause.to_string();
            }
            assert!(!text.contains("tops3cret"), "{text}");
        }
    }
}
