//! What the environment says about the database.

mod target;
mod variables;

use std::fmt;
use std::time::Duration;

use crate::connection::Pooler;
pub(crate) use target::Target;
use variables::{Problems, Reader};
pub use variables::{VARIABLES, Variable};

/// How many callers may wait for each connection, where `DATABASE_POOL_QUEUE_MAX` is not set.
const QUEUE_FOR_EACH: u32 = 10;

/// Where the database is and how it may be used.
///
/// Its `Debug` shows the limits and nothing of the URLs.
#[derive(Clone)]
pub struct DatabaseConfig {
    pooled: Target,
    direct: Option<Target>,
    pooler: Pooler,
    pool_max: u32,
    pool_min_idle: u32,
    pool_queue_max: u32,
    instances: u32,
    connect_timeout: Duration,
    acquire_timeout: Duration,
    idle_timeout: Duration,
    max_lifetime: Duration,
    statement_timeout: Duration,
}

impl DatabaseConfig {
    /// Reads the variables of the process's environment. [`VARIABLES`] lists them.
    ///
    /// # Errors
    /// One error that names everything that is wrong.
    pub fn from_env() -> Result<Self, ConfigError> {
        // What is not UTF-8 becomes U+FFFD, which the reader refuses.
        Self::from_variables(|name| {
            std::env::var_os(name).map(|value| value.to_string_lossy().into_owned())
        })
    }

    /// Reads the same variables from `get`. A variable that is empty counts as not set.
    ///
    /// The file that `DATABASE_TLS_ROOT_CERT` names is read here, so that a missing one is found at
    /// start.
    ///
    /// # Errors
    /// One error that names everything that is wrong.
    pub fn from_variables(get: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let mut reader = Reader::new(&get);
        let root_cert = reader.text("DATABASE_TLS_ROOT_CERT");
        let pooled = reader.target("DATABASE_URL", root_cert.as_deref());
        let direct = reader.target("DATABASE_URL_UNPOOLED", root_cert.as_deref());
        let pooler = reader.pooler("DATABASE_POOLER");
        let pool_max = reader.count("DATABASE_POOL_MAX", 1..=10_000);
        let pool_min_idle = reader.count("DATABASE_POOL_MIN_IDLE", 0..=10_000);
        let pool_queue_max = reader.count("DATABASE_POOL_QUEUE_MAX", 0..=1_000_000);
        let instances = reader.count("DATABASE_INSTANCES", 1..=10_000);
        let connect_timeout = reader.duration("DATABASE_CONNECT_TIMEOUT");
        let acquire_timeout = reader.duration("DATABASE_ACQUIRE_TIMEOUT");
        let idle_timeout = reader.duration("DATABASE_IDLE_TIMEOUT");
        let max_lifetime = reader.duration("DATABASE_MAX_LIFETIME");
        let statement_timeout = reader.duration("DATABASE_STATEMENT_TIMEOUT");

        if let (Some(max), Some(min)) = (pool_max, pool_min_idle)
            && min > max
        {
            reader.refuse(
                "DATABASE_POOL_MIN_IDLE",
                format!("is {min}, more than DATABASE_POOL_MAX, which is {max}"),
            );
        }
        let problems = reader.into_problems();
        match (
            pooled,
            pooler,
            pool_max,
            pool_min_idle,
            instances,
            connect_timeout,
            acquire_timeout,
            idle_timeout,
            max_lifetime,
            statement_timeout,
        ) {
            (
                Some(pooled),
                Some(pooler),
                Some(pool_max),
                Some(pool_min_idle),
                Some(instances),
                Some(connect_timeout),
                Some(acquire_timeout),
                Some(idle_timeout),
                Some(max_lifetime),
                Some(statement_timeout),
            ) if problems.is_empty() => Ok(Self {
                pooled,
                direct,
                pooler,
                pool_max,
                pool_min_idle,
                pool_queue_max: pool_queue_max.unwrap_or(pool_max * QUEUE_FOR_EACH),
                instances,
                connect_timeout,
                acquire_timeout,
                idle_timeout,
                max_lifetime,
                statement_timeout,
            }),
            _ => Err(ConfigError { problems }),
        }
    }

    /// Whether a pooler stands between the server and us.
    #[must_use]
    pub fn pooler(&self) -> Pooler {
        self.pooler
    }

    /// The most connections that the pool holds. At least 1.
    #[must_use]
    pub fn pool_max(&self) -> u32 {
        self.pool_max
    }

    /// How many idle connections the pool keeps open. 0 lets a compute that bills by use go to
    /// sleep.
    #[must_use]
    pub fn pool_min_idle(&self) -> u32 {
        self.pool_min_idle
    }

    /// How many callers may wait for a connection while all are in use; the next is turned away at
    /// once, and from half as many on a growing part, by chance. Where it is not set, ten for each
    /// connection: at statements of 10 ms the last of them waits for 100 ms, and at statements of a
    /// second for as long as `DATABASE_ACQUIRE_TIMEOUT` allows by default. More would only wait in
    /// vain.
    #[must_use]
    pub fn pool_queue_max(&self) -> u32 {
        self.pool_queue_max
    }

    /// How many processes like this one use the database.
    #[must_use]
    pub fn instances(&self) -> u32 {
        self.instances
    }

    /// How long connecting may take, attempts and pauses between them included.
    #[must_use]
    pub fn connect_timeout(&self) -> Duration {
        self.connect_timeout
    }

    /// How long a caller may wait for a connection, queueing and connecting included.
    #[must_use]
    pub fn acquire_timeout(&self) -> Duration {
        self.acquire_timeout
    }

    /// After how long without use a connection is closed.
    #[must_use]
    pub fn idle_timeout(&self) -> Duration {
        self.idle_timeout
    }

    /// At what age a connection is closed, once it is idle.
    #[must_use]
    pub fn max_lifetime(&self) -> Duration {
        self.max_lifetime
    }

    /// How long one statement may take.
    #[must_use]
    pub fn statement_timeout(&self) -> Duration {
        self.statement_timeout
    }

    /// Where queries go: `DATABASE_URL`.
    pub(crate) fn pooled(&self) -> &Target {
        &self.pooled
    }

    /// The database itself: `DATABASE_URL_UNPOOLED`, or `DATABASE_URL` where that names no pooler.
    pub(crate) fn direct(&self) -> Option<&Target> {
        match &self.direct {
            Some(target) => Some(target),
            None => Some(&self.pooled).filter(|target| !target.is_pooler()),
        }
    }
}

impl fmt::Debug for DatabaseConfig {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("DatabaseConfig")
            .field("pooled", &self.pooled)
            .field("direct", &self.direct)
            .field("pooler", &self.pooler)
            .field("pool_max", &self.pool_max)
            .field("pool_min_idle", &self.pool_min_idle)
            .field("pool_queue_max", &self.pool_queue_max)
            .field("instances", &self.instances)
            .field("connect_timeout", &self.connect_timeout)
            .field("acquire_timeout", &self.acquire_timeout)
            .field("idle_timeout", &self.idle_timeout)
            .field("max_lifetime", &self.max_lifetime)
            .field("statement_timeout", &self.statement_timeout)
            .finish()
    }
}

/// Everything that is wrong with the database's variables: one line for each, with an example. It
/// quotes no value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the database is not configured:{problems}")]
pub struct ConfigError {
    problems: Problems,
}

impl ConfigError {
    /// The names of the variables at fault, each once.
    pub fn variables(&self) -> impl Iterator<Item = &'static str> {
        self.problems.variables()
    }
}
