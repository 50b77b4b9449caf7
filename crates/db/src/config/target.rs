//! A database's URL, taken apart. Its errors quote nothing of it: any part of a malformed URL may
//! be a password.

use std::fmt;
use std::str::FromStr;

use percent_encoding::percent_decode_str;
use tokio_postgres::config::Host;

use crate::tls::{self, Connector, SslMode};

/// One database: how to reach it, who to be there, and how far to trust what answers.
#[derive(Clone)]
pub(crate) struct Target {
    settings: tokio_postgres::Config,
    connector: Connector,
}

/// Why a URL is refused.
pub(super) struct TargetProblem {
    pub(super) text: String,
    /// The fault is that of `DATABASE_TLS_ROOT_CERT`, not of the URL.
    pub(super) is_root_cert_variable: bool,
}

impl From<&str> for TargetProblem {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

impl From<String> for TargetProblem {
    fn from(text: String) -> Self {
        Self {
            text,
            is_root_cert_variable: false,
        }
    }
}

/// The parameters that tokio-postgres takes; `sslmode` and `sslrootcert` are read here.
const PARAMETERS: &[&str] = &[
    "application_name",
    "channel_binding",
    "connect_timeout",
    "dbname",
    "host",
    "hostaddr",
    "keepalives",
    "keepalives_idle",
    "keepalives_interval",
    "keepalives_retries",
    "load_balance_hosts",
    "options",
    "password",
    "port",
    "sslnegotiation",
    "target_session_attrs",
    "tcp_user_timeout",
    "user",
];

impl Target {
    /// Reads `url`. `root_cert` is the path that `DATABASE_TLS_ROOT_CERT` names.
    pub(super) fn parse(url: &str, root_cert: Option<&str>) -> Result<Self, TargetProblem> {
        let rest = url
            .strip_prefix("postgres://")
            .or_else(|| url.strip_prefix("postgresql://"))
            .ok_or("must begin with postgres:// or postgresql://")?;
        // As tokio-postgres does: everything before the first `@` is user and password.
        let authority_end = rest.find('@').map_or(0, |at| at + 1);
        let query_start = rest[authority_end..]
            .find('?')
            .map_or(rest.len(), |mark| authority_end + mark);
        let (base, query) = rest.split_at(query_start);
        if base[authority_end..].contains('@') {
            return Err(
                "has a second `@`: write one in a user, password or database name as %40".into(),
            );
        }

        let mut kept = Vec::new();
        let mut ssl_mode = SslMode::Prefer;
        let mut ssl_root_cert = None;
        for parameter in query.trim_start_matches('?').split('&') {
            if parameter.is_empty() {
                continue;
            }
            let (key, value) = parameter
                .split_once('=')
                .ok_or("has a parameter without a value after its `?`")?;
            let decoded = percent_decode_str(value)
                .decode_utf8()
                .map_err(|_| "has a parameter whose value is not UTF-8")?;
            match key {
                "sslmode" => ssl_mode = SslMode::parse(&decoded)?,
                "sslrootcert" => ssl_root_cert = Some(decoded.into_owned()),
                key if PARAMETERS.contains(&key) => kept.push(parameter),
                _ => {
                    return Err(format!(
                        "has a parameter that is not known; known are sslmode, sslrootcert, {}",
                        PARAMETERS.join(", ")
                    )
                    .into());
                }
            }
        }

        let mut settings =
            tokio_postgres::Config::from_str(&format!("postgres://{base}?{}", kept.join("&")))
                .map_err(|_| {
                    "is not a URL of PostgreSQL: percent-encode special characters in user and \
                     password, and check port and parameters"
                })?;
        check_hosts(&settings, ssl_mode)?;
        settings.ssl_mode(ssl_mode.for_driver());
        if settings.get_application_name().is_none() {
            settings.application_name("axis");
        }

        let from_url = ssl_root_cert.is_some();
        let roots = ssl_root_cert.or_else(|| root_cert.map(ToOwned::to_owned));
        let connector =
            tls::connector(ssl_mode, roots.as_deref()).map_err(|problem| TargetProblem {
                is_root_cert_variable: problem.concerns_roots && roots.is_some() && !from_url,
                text: problem.text,
            })?;
        Ok(Self {
            settings,
            connector,
        })
    }

    /// Whether the host is a pooler by Neon's naming: its first label ends in `-pooler`.
    pub(crate) fn is_pooler(&self) -> bool {
        self.settings.get_hosts().iter().any(|host| match host {
            Host::Tcp(name) => name
                .split('.')
                .next()
                .is_some_and(|label| label.ends_with("-pooler")),
            #[cfg(unix)]
            Host::Unix(_) => false,
        })
    }

    pub(crate) fn settings(&self) -> &tokio_postgres::Config {
        &self.settings
    }

    pub(crate) fn connector(&self) -> &Connector {
        &self.connector
    }
}

/// Refuses hosts that no resolver knows, and TLS where there is none.
fn check_hosts(settings: &tokio_postgres::Config, ssl_mode: SslMode) -> Result<(), TargetProblem> {
    let hosts = settings.get_hosts();
    if hosts.is_empty() && settings.get_hostaddrs().is_empty() {
        return Err("names no host".into());
    }
    for host in hosts {
        match host {
            Host::Tcp(name) => {
                let is_name = !name.is_empty()
                    && name
                        .chars()
                        .all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ':'));
                if !is_name {
                    return Err(
                        "has no valid host name: percent-encode special characters in user and password"
                            .into(),
                    );
                }
            }
            #[cfg(unix)]
            Host::Unix(_) => {
                if ssl_mode.demands_tls() {
                    return Err(
                        "asks for TLS over a Unix socket, which has none: use sslmode=disable"
                            .into(),
                    );
                }
            }
        }
    }
    Ok(())
}

impl fmt::Debug for Target {
    /// Nothing of the URL, not even its host: that is a part of the password where someone forgot
    /// to write a host, as in `postgres://user:pass@word`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Target")
            .field("ssl_mode", &self.connector.ssl_mode())
            .finish_non_exhaustive()
    }
}
