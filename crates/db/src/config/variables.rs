//! The variables, each stated once, and how their texts become values.

use std::fmt;
use std::ops::RangeInclusive;
use std::time::Duration;

use super::target::{Target, TargetProblem, root_cert_problems};
use crate::connection::Pooler;

/// One environment variable, for documentation and for errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Variable {
    /// Its name.
    pub name: &'static str,
    /// What holds where it is not set; none where that depends on another variable, or where it
    /// must be set.
    pub default: Option<&'static str>,
    /// What its text is.
    pub unit: &'static str,
    /// A text that is right.
    pub example: &'static str,
    /// What it does.
    pub description: &'static str,
    /// What to set on Neon; none where the default is right there too.
    pub neon: Option<&'static str>,
}

/// Every variable that [`DatabaseConfig`](crate::DatabaseConfig) reads.
pub const VARIABLES: &[Variable] = &[
    Variable {
        name: "DATABASE_URL",
        default: None,
        unit: "URL",
        example: "postgres://user:password@host:5432/database?sslmode=verify-full",
        description: "Where queries go. Must be set. A password's special characters are percent-encoded. sslmode is \
                      disable, prefer (the default), require, verify-ca or verify-full; sslrootcert, options, \
                      channel_binding and application_name work as in libpq.",
        neon: Some("the pooled address (`-pooler` in the host), with sslmode=verify-full"),
    },
    Variable {
        name: "DATABASE_URL_UNPOOLED",
        default: None,
        unit: "URL",
        example: "postgres://user:password@host:5432/database?sslmode=verify-full",
        description: "The database itself, for what a pooler cannot carry, such as migrations. Not needed where \
                      DATABASE_URL names no pooler.",
        neon: Some("the direct address, with sslmode=verify-full"),
    },
    Variable {
        name: "DATABASE_POOLER",
        default: Some("auto"),
        unit: "auto, none or transaction",
        example: "transaction",
        description: "Whether DATABASE_URL leads to a pooler in transaction mode, which keeps no prepared statements. auto \
                      knows Neon's host names (`-pooler`), and else asks the server, one round trip for each connection. \
                      none is right for PgBouncer from 1.21 with max_prepared_statements.",
        neon: None,
    },
    Variable {
        name: "DATABASE_POOL_MAX",
        default: Some("20"),
        unit: "connections, 1 to 10000",
        example: "20",
        description: "The most connections that one process opens. Processes times this must stay below the server's \
                      max_connections.",
        neon: Some("with DATABASE_INSTANCES, below 90 % of the compute's max_connections"),
    },
    Variable {
        name: "DATABASE_POOL_MIN_IDLE",
        default: Some("0"),
        unit: "connections, 0 to 10000",
        example: "2",
        description: "How many idle connections stay open. Above 0 it keeps a compute that bills by use awake.",
        neon: Some("0, or the compute never sleeps"),
    },
    Variable {
        name: "DATABASE_POOL_QUEUE_MAX",
        default: None,
        unit: "callers, 0 to 1000000",
        example: "200",
        description: "How many callers may wait while all connections are in use; those who wait together count as one. The next ones \
                      are turned away at once, and from half as many on some of them. Ten times DATABASE_POOL_MAX where it is not set.",
        neon: None,
    },
    Variable {
        name: "DATABASE_INSTANCES",
        default: Some("1"),
        unit: "processes, 1 to 10000",
        example: "4",
        description: "How many processes like this one use the database. A start warns where their pools together exceed \
                      the server's max_connections.",
        neon: None,
    },
    Variable {
        name: "DATABASE_CONNECT_TIMEOUT",
        default: Some("10s"),
        unit: "duration, 1ms to 1day",
        example: "10s",
        description: "How long connecting to the server may take, repeated attempts included.",
        neon: Some("10s to 15s: a sleeping compute wakes first"),
    },
    Variable {
        name: "DATABASE_ACQUIRE_TIMEOUT",
        default: Some("10s"),
        unit: "duration, 1ms to 1day",
        example: "5s",
        description: "How long a request waits for a connection, in the queue and while one is being opened.",
        neon: None,
    },
    Variable {
        name: "DATABASE_IDLE_TIMEOUT",
        default: Some("30s"),
        unit: "duration, 1ms to 1day",
        example: "30s",
        description: "After how long without use a connection is closed.",
        neon: Some("below 300s, after which the compute sleeps"),
    },
    Variable {
        name: "DATABASE_MAX_LIFETIME",
        default: Some("30m"),
        unit: "duration, 1ms to 1day",
        example: "30m",
        description: "At what age a connection is closed and replaced.",
        neon: None,
    },
    Variable {
        name: "DATABASE_STATEMENT_TIMEOUT",
        default: Some("30s"),
        unit: "duration, 1ms to 1day",
        example: "5s",
        description: "How long one statement may take before it is cancelled.",
        neon: None,
    },
    Variable {
        name: "DATABASE_TLS_ROOT_CERT",
        default: None,
        unit: "path of a PEM file",
        example: "/etc/ssl/certs/database-ca.pem",
        description: "The certificates that the server's must come from. Without it verify-ca and verify-full trust \
                      the system's. sslrootcert in a URL comes first.",
        neon: None,
    },
];

/// The bounds of every duration.
const DURATIONS: RangeInclusive<Duration> =
    Duration::from_millis(1)..=Duration::from_secs(24 * 60 * 60);

/// Reads variables one by one and collects what is wrong with them.
pub(super) struct Reader<'a> {
    get: &'a dyn Fn(&str) -> Option<String>,
    problems: Problems,
}

impl<'a> Reader<'a> {
    pub(super) fn new(get: &'a dyn Fn(&str) -> Option<String>) -> Self {
        Self {
            get,
            problems: Problems::default(),
        }
    }

    /// The variable's text, or its default.
    pub(super) fn text(&mut self, name: &'static str) -> Option<String> {
        let text = (self.get)(name).filter(|text| !text.trim().is_empty());
        match text {
            Some(text) if text.contains('\u{FFFD}') => {
                self.refuse(name, "is not valid UTF-8");
                None
            }
            Some(text) => Some(text.trim().to_owned()),
            None => variable(name)
                .and_then(|v| v.default)
                .map(ToOwned::to_owned),
        }
    }

    pub(super) fn target(&mut self, name: &'static str, root_cert: Option<&str>) -> Option<Target> {
        let is_direct = name == "DATABASE_URL_UNPOOLED";
        let Some(text) = self.text(name) else {
            if !is_direct {
                if !self.problems.name(name) {
                    self.refuse(name, "is not set");
                }
                self.blame(name, root_cert_problems(root_cert));
            }
            return None;
        };
        Target::parse(&text, root_cert, is_direct)
            .map_err(|problems| self.blame(name, problems))
            .ok()
    }

    /// A root certificate that cannot be read is the fault of the variable that named it; all else
    /// is that of the URL in `name`.
    fn blame(&mut self, name: &'static str, problems: Vec<TargetProblem>) {
        for problem in problems {
            let at = match problem.is_root_cert_variable {
                true => "DATABASE_TLS_ROOT_CERT",
                false => name,
            };
            self.refuse(at, problem.text);
        }
    }

    pub(super) fn count(&mut self, name: &'static str, bounds: RangeInclusive<u32>) -> Option<u32> {
        let text = self.text(name)?;
        match text.parse::<u32>() {
            Ok(count) if bounds.contains(&count) => Some(count),
            _ => {
                self.refuse(
                    name,
                    format!(
                        "must be a whole number from {} to {}",
                        bounds.start(),
                        bounds.end()
                    ),
                );
                None
            }
        }
    }

    pub(super) fn pooler(&mut self, name: &'static str) -> Option<Pooler> {
        match &*self.text(name)? {
            "auto" => Some(Pooler::Auto),
            "none" => Some(Pooler::None),
            "transaction" => Some(Pooler::Transaction),
            _ => {
                self.refuse(name, "must be one of auto, none, transaction");
                None
            }
        }
    }

    pub(super) fn duration(&mut self, name: &'static str) -> Option<Duration> {
        let text = self.text(name)?;
        let problem = match humantime::parse_duration(&text) {
            Ok(duration) if DURATIONS.contains(&duration) => return Some(duration),
            Ok(_) => "must be from 1ms to 1day",
            Err(_) if text.bytes().all(|byte| byte.is_ascii_digit()) => {
                "has no unit: add one (ms, s, m, h)"
            }
            Err(_) => "must be a duration: a number with its unit (ms, s, m, h)",
        };
        self.refuse(name, problem);
        None
    }

    pub(super) fn refuse(&mut self, name: &'static str, problem: impl Into<String>) {
        let problem = Problem {
            variable: name,
            text: problem.into(),
        };
        // Two URLs may blame the same root certificate.
        if !self.problems.0.contains(&problem) {
            self.problems.0.push(problem);
        }
    }

    pub(super) fn into_problems(self) -> Problems {
        self.problems
    }
}

fn variable(name: &str) -> Option<&'static Variable> {
    VARIABLES.iter().find(|variable| variable.name == name)
}

/// What is wrong, in the order in which it was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Problems(Vec<Problem>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Problem {
    variable: &'static str,
    text: String,
}

impl Problems {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn variables(&self) -> impl Iterator<Item = &'static str> {
        VARIABLES
            .iter()
            .map(|variable| variable.name)
            .filter(|name| self.name(name))
    }

    fn name(&self, name: &str) -> bool {
        self.0.iter().any(|problem| problem.variable == name)
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Problem {
            variable: name,
            text,
        } in &self.0
        {
            write!(formatter, "\n  {name} {text}")?;
            if let Some(variable) = variable(name) {
                write!(formatter, "; for example {name}={}", variable.example)?;
            }
        }
        Ok(())
    }
}
