//! The server's own configuration, from the environment. The database's is `axis_db::DatabaseConfig`.

use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};

use axis_db::Variable;

/// Every variable that the server reads beside those of the database.
pub const SERVER_VARIABLES: &[Variable] = &[
    Variable {
        name: ADDRESS,
        default: Some("127.0.0.1:8080"),
        unit: "IP address and port",
        example: "0.0.0.0:8080",
        description: "Where to listen. Port 0 lets the system choose.",
        neon: None,
    },
    Variable {
        name: LOG_FORMAT,
        default: None,
        unit: "text or json",
        example: "json",
        description: "How the log is written. text on a terminal and json elsewhere, where it is not set.",
        neon: None,
    },
    Variable {
        name: "RUST_LOG",
        default: Some("info"),
        unit: "filter of tracing",
        example: "info,axis_adapters=debug",
        description: "What is logged.",
        neon: None,
    },
];

const ADDRESS: &str = "AXIS_HTTP_ADDR";
const LOG_FORMAT: &str = "AXIS_LOG_FORMAT";

/// Where an address is not set: this machine alone can connect.
const DEFAULT_ADDRESS: SocketAddr = SocketAddr::V4(SocketAddrV4::new(Ipv4Addr::LOCALHOST, 8080));

/// What the server reads from the environment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ServerConfig {
    /// `AXIS_HTTP_ADDR`: where to listen, 127.0.0.1:8080 by default. Port 0 lets the system choose.
    pub address: SocketAddr,
    /// `AXIS_LOG_FORMAT`: how to write the log, `text` or `json`. By default text to a terminal, JSON to anything else.
    pub log_format: Option<LogFormat>,
}

/// How the log is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// Lines for people.
    Text,
    /// A JSON object a line.
    Json,
}

/// What is wrong with the environment, one line for each variable, laid out as `axis_db::ConfigError` does.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the server is not configured:\n  {}", .0.join("\n  "))]
pub struct ServerConfigError(Vec<String>);

impl ServerConfig {
    /// Reads the environment of the process.
    ///
    /// # Errors
    /// All that is wrong, each with its variable and an example.
    pub fn from_env() -> Result<Self, ServerConfigError> {
        Self::from_variables(|name| std::env::var(name).ok())
    }

    /// Reads variables from `get`. One that is empty counts as not set.
    ///
    /// # Errors
    /// All that is wrong, each with its variable and an example.
    pub fn from_variables(get: impl Fn(&str) -> Option<String>) -> Result<Self, ServerConfigError> {
        let get = |name| get(name).filter(|text| !text.is_empty());
        let mut problems = Vec::new();
        let address = match get(ADDRESS).map(|text| (text.parse(), text)) {
            None => DEFAULT_ADDRESS,
            Some((Ok(address), _)) => address,
            Some((Err(_), text)) => {
                problems.push(format!(
                    "{ADDRESS} is not an IP address with a port, but {text:?}; for example {ADDRESS}={DEFAULT_ADDRESS}"
                ));
                DEFAULT_ADDRESS
            }
        };
        let log_format = match get(LOG_FORMAT).as_deref() {
            None => None,
            Some("text") => Some(LogFormat::Text),
            Some("json") => Some(LogFormat::Json),
            Some(text) => {
                problems.push(format!(
                    "{LOG_FORMAT} is neither text nor json, but {text:?}; for example {LOG_FORMAT}=json"
                ));
                None
            }
        };
        if problems.is_empty() {
            Ok(Self {
                address,
                log_format,
            })
        } else {
            Err(ServerConfigError(problems))
        }
    }
}
