//! A database's URL, taken apart. Its errors quote nothing of it: any part of a malformed URL may
//! be a password.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

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

/// All that is wrong with one URL, in the order in which it was found.
#[derive(Default)]
struct Findings(Vec<TargetProblem>);

impl Findings {
    fn url(&mut self, text: impl Into<String>) {
        let problem = TargetProblem {
            text: text.into(),
            is_root_cert_variable: false,
        };
        self.0.push(problem);
    }

    /// The connector of these settings; none where they are wrong.
    fn connector(
        &mut self,
        ssl_mode: SslMode,
        in_url: Option<&str>,
        in_variable: Option<&str>,
    ) -> Option<Connector> {
        let problem = match tls::connector(ssl_mode, in_url.or(in_variable)) {
            Ok(connector) => return Some(connector),
            Err(problem) => problem,
        };
        self.0.push(TargetProblem {
            text: problem.text,
            is_root_cert_variable: problem.concerns_roots
                && in_url.is_none()
                && in_variable.is_some(),
        });
        None
    }
}

/// What is wrong with the file that `DATABASE_TLS_ROOT_CERT` names, where no URL says how it is
/// used.
pub(super) fn root_cert_problems(root_cert: Option<&str>) -> Vec<TargetProblem> {
    let mut findings = Findings::default();
    findings.connector(SslMode::Prefer, None, root_cert);
    findings.0
}

/// The parameters that tokio-postgres takes; `sslmode`, `sslrootcert` and `tcp_user_timeout` are read
/// here.
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
    "user",
];

/// Between the probes of an idle connection. The system's own default is two hours, in which a peer
/// that went away without a word looks alive.
const KEEPALIVE_PAUSE: Duration = Duration::from_secs(10);
/// How many probes in a row stay unanswered until a connection is given up.
const KEEPALIVES: u32 = 3;
/// A URL's parameters, read as far as they are right.
struct Parameters<'a> {
    ssl_mode: SslMode,
    ssl_root_cert: Option<String>,
    /// How long sent bytes may stay unacknowledged, or untaken: the system counts the time in which
    /// the server's process reads nothing as well. So none is set by default, which would end a COPY
    /// whose server is held up; statements have a limit of their own.
    tcp_user_timeout: Option<Duration>,
    /// Those for tokio-postgres, as they are written.
    kept: Vec<&'a str>,
}

impl<'a> Parameters<'a> {
    fn read(query: &'a str, findings: &mut Findings) -> Self {
        let mut read = Self {
            ssl_mode: SslMode::Prefer,
            ssl_root_cert: None,
            tcp_user_timeout: None,
            kept: Vec::new(),
        };
        let mut is_unknown = false;
        for parameter in query.trim_start_matches('?').split('&') {
            if parameter.is_empty() {
                continue;
            }
            let Some((key, value)) = parameter.split_once('=') else {
                findings.url("has a parameter without a value after its `?`");
                continue;
            };
            let Ok(decoded) = percent_decode_str(value).decode_utf8() else {
                findings.url("has a parameter whose value is not UTF-8");
                continue;
            };
            match key {
                "sslmode" => match SslMode::parse(&decoded) {
                    Ok(ssl_mode) => read.ssl_mode = ssl_mode,
                    Err(problem) => findings.url(problem),
                },
                "sslrootcert" => read.ssl_root_cert = Some(decoded.into_owned()),
                // In milliseconds, as libpq has it. The driver would take it for seconds.
                "tcp_user_timeout" => match decoded.parse() {
                    Ok(milliseconds) => {
                        read.tcp_user_timeout = Some(Duration::from_millis(milliseconds));
                    }
                    Err(_) => findings.url("has a tcp_user_timeout that is no number of ms"),
                },
                key if PARAMETERS.contains(&key) => read.kept.push(parameter),
                _ => is_unknown = true,
            }
        }
        if is_unknown {
            findings.url(format!(
                "has a parameter that is not known; known are sslmode, sslrootcert, \
                 tcp_user_timeout, {}",
                PARAMETERS.join(", ")
            ));
        }
        read
    }

    fn has(&self, name: &str) -> bool {
        self.kept
            .iter()
            .any(|parameter| parameter.starts_with(name))
    }
}

impl Target {
    /// Reads `url`. `root_cert` is the path that `DATABASE_TLS_ROOT_CERT` names. `is_direct` forbids
    /// a pooler.
    pub(super) fn parse(
        url: &str,
        root_cert: Option<&str>,
        is_direct: bool,
    ) -> Result<Self, Vec<TargetProblem>> {
        let mut findings = Findings::default();
        let read = Self::read(url, root_cert, is_direct, &mut findings);
        match read {
            Some(target) if findings.0.is_empty() => Ok(target),
            _ => Err(findings.0),
        }
    }

    fn read(
        url: &str,
        root_cert: Option<&str>,
        is_direct: bool,
        findings: &mut Findings,
    ) -> Option<Self> {
        let (base, query) = match split(url) {
            Ok(parts) => parts,
            // Where the parts cannot be told apart, no more is known of the URL.
            Err(problem) => {
                findings.url(problem);
                findings.connector(SslMode::Prefer, None, root_cert);
                return None;
            }
        };
        let parameters = Parameters::read(query, findings);
        let ssl_mode = parameters.ssl_mode;
        let settings = tokio_postgres::Config::from_str(&format!(
            "postgres://{base}?{}",
            parameters.kept.join("&")
        ));
        match &settings {
            Ok(settings) => check_hosts(settings, ssl_mode, is_direct, findings),
            Err(_) => findings.url(
                "is not a URL of PostgreSQL: percent-encode special characters in user and \
                 password, and check port and parameters",
            ),
        }
        let connector =
            findings.connector(ssl_mode, parameters.ssl_root_cert.as_deref(), root_cert)?;

        let mut settings = settings.ok()?;
        settings.ssl_mode(ssl_mode.for_driver());
        if settings.get_application_name().is_none() {
            settings.application_name("axis");
        }
        if !parameters.has("keepalives") {
            settings.keepalives_idle(KEEPALIVE_PAUSE);
            settings.keepalives_interval(KEEPALIVE_PAUSE);
            settings.keepalives_retries(KEEPALIVES);
        }
        if let Some(limit) = parameters.tcp_user_timeout.filter(|limit| !limit.is_zero()) {
            settings.tcp_user_timeout(limit);
        }
        Some(Self {
            settings,
            connector,
        })
    }

    /// Whether the host is a pooler.
    pub(crate) fn is_pooler(&self) -> bool {
        is_pooler(&self.settings)
    }

    pub(crate) fn settings(&self) -> &tokio_postgres::Config {
        &self.settings
    }

    pub(crate) fn connector(&self) -> &Connector {
        &self.connector
    }
}

/// What is before the parameters, and the parameters.
fn split(url: &str) -> Result<(&str, &str), &'static str> {
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
        return Err("has a second `@`: write one in a user, password or database name as %40");
    }
    Ok((base, query))
}

/// Whether a host is a pooler by Neon's naming: its first label ends in `-pooler`.
fn is_pooler(settings: &tokio_postgres::Config) -> bool {
    settings.get_hosts().iter().any(|host| match host {
        Host::Tcp(name) => name
            .split('.')
            .next()
            .is_some_and(|label| label.ends_with("-pooler")),
        #[cfg(unix)]
        Host::Unix(_) => false,
    })
}

/// Refuses hosts that no resolver knows, TLS where there is none, and a pooler where none may be.
fn check_hosts(
    settings: &tokio_postgres::Config,
    ssl_mode: SslMode,
    is_direct: bool,
    findings: &mut Findings,
) {
    let hosts = settings.get_hosts();
    if hosts.is_empty() && settings.get_hostaddrs().is_empty() {
        findings.url("names no host");
    }
    let is_name = |name: &str| {
        !name.is_empty()
            && name
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ':'))
    };
    if hosts
        .iter()
        .any(|host| matches!(host, Host::Tcp(name) if !is_name(name)))
    {
        findings
            .url("has no valid host name: percent-encode special characters in user and password");
    }
    #[cfg(unix)]
    if ssl_mode.demands_tls() && hosts.iter().any(|host| matches!(host, Host::Unix(_))) {
        findings.url("asks for TLS over a Unix socket, which has none: use sslmode=disable");
    }
    if is_direct && is_pooler(settings) {
        findings.url("names a pooler (its host ends in `-pooler`), not the database itself");
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sent_bytes_may_wait_unless_a_url_says_for_how_long() {
        for (parameters, expected) in [
            ("", None),
            ("&tcp_user_timeout=0", None),
            ("&tcp_user_timeout=1500", Some(Duration::from_millis(1500))),
        ] {
            let url = format!("postgres://host/app?sslmode=disable{parameters}");
            let target = Target::parse(&url, None, false).ok().unwrap();
            let found = target.settings().get_tcp_user_timeout().copied();
            assert_eq!(found, expected, "{parameters}");
        }
        let wrong = "postgres://host/app?sslmode=disable&tcp_user_timeout=10s";
        let problems = Target::parse(wrong, None, false).err().unwrap();
        assert_eq!(problems.len(), 1);
    }
}
