//! PostgreSQL's verdicts: each statement is tried by itself and undone, many in one round trip.

mod raw;

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::future::join;
use futures_util::stream::{FuturesOrdered, StreamExt as _, TryStreamExt as _};
use tokio_postgres::error::{DbError, SqlState};
use tokio_postgres::types::Type;
use tokio_postgres::{Client, Statement};

use super::judge::{Parameter, Value};
use raw::{Raw, fields, type_of};

/// How many statements are prepared and tried at a time.
const TOGETHER: usize = 250;

/// How many statements are on their way at once.
const ON_THEIR_WAY: usize = 16;

/// How many statements of a table are cancelled before no more of them are tried: each takes as long as is allowed.
const CANCELLED: usize = 5;

/// How often a change is tried again that met another table's.
const DEADLOCKS: usize = 5;

/// How many prepared statements are kept.
const PREPARED: usize = 300;

/// A statement to try.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Attempt {
    /// Its SQL.
    pub(crate) sql: String,
    /// Its parameters. A type of 0 is what PostgreSQL makes of it.
    pub(crate) parameters: Vec<Parameter>,
    /// Whether they are texts, for the input functions, and not binary.
    pub(crate) is_text: bool,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Outcome {
    /// The rows that it returned.
    Accepted(Vec<Vec<Parameter>>),
    /// Why it was refused.
    Refused(Refusal),
    /// It took longer than a statement may, and PostgreSQL cancelled it. That is no verdict.
    Cancelled,
}

/// What is said of a row whose statement was cancelled.
pub(crate) const TOO_LONG: &str = "PostgreSQL cancelled the statement, which took too long";

/// What is said of a row that comes after too many of those.
pub(crate) const NOT_ASKED: &str = "not asked after several statements that took too long";

/// A refusal, as PostgreSQL says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// SQLSTATE.
    pub(crate) code: String,
    /// The message.
    pub(crate) message: String,
    /// The column, where PostgreSQL names it.
    pub(crate) column: Option<String>,
    /// The constraint, where PostgreSQL names it.
    pub(crate) constraint: Option<String>,
    /// The domain, where PostgreSQL names it.
    pub(crate) data_type: Option<String>,
    /// Where it arose.
    pub(crate) context: Option<String>,
}

impl Refusal {
    #[expect(
        clippy::disallowed_methods,
        reason = "lc_messages is C here, and the message tells two errors of one SQLSTATE apart"
    )]
    fn of(error: &DbError) -> Self {
        Self {
            code: error.code().code().to_owned(),
            message: error.message().to_owned(),
            column: error.column().map(str::to_owned),
            constraint: error.constraint().map(str::to_owned),
            data_type: error.datatype().map(str::to_owned),
            context: error.where_().map(str::to_owned),
        }
    }
}

impl Outcome {
    /// Whether the statement was accepted.
    pub(crate) fn is_accepted(&self) -> bool {
        matches!(self, Self::Accepted(_))
    }

    /// The first row that it returned.
    pub(crate) fn row(&self) -> Option<&Vec<Parameter>> {
        match self {
            Self::Accepted(rows) => rows.first(),
            Self::Refused(_) | Self::Cancelled => None,
        }
    }
}

/// Statements that are prepared, by their SQL and the types of their parameters.
type Prepared = HashMap<(String, Vec<u32>), Statement>;

/// A connection to the throw-away database, in a transaction that is never committed.
pub(crate) struct Server {
    client: Client,
    prepared: Prepared,
    /// How long a statement may take.
    limit: Duration,
    /// How many statements of the table were cancelled.
    cancelled: AtomicUsize,
}

impl Server {
    /// Takes a connection. Each statement is planned for its values, as one that is sent once is: a plan for any values
    /// evaluates domains and lengths column by column, and refuses a row of two faults for the other one. One that takes
    /// longer than `limit` is cancelled.
    pub(crate) async fn new(
        client: Client,
        limit: Duration,
    ) -> Result<Self, tokio_postgres::Error> {
        client
            .batch_execute(
                "SET session_replication_role = replica; SET TimeZone = 'UTC'; \
                 SET DateStyle = 'ISO, YMD'; SET IntervalStyle = 'postgres'; SET lc_messages = 'C'; SET row_security = off; \
                 SET plan_cache_mode = force_custom_plan;",
            )
            .await?;
        Ok(Self {
            client,
            prepared: HashMap::new(),
            limit,
            cancelled: AtomicUsize::new(0),
        })
    }

    /// The types of the database, for the judge.
    pub(crate) async fn types(&self) -> Result<Value, tokio_postgres::Error> {
        let query = "SELECT n.nspname::text, t.typname::text, t.oid, t.typarray, pg_type_is_visible(t.oid) \
            FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace";
        let mut types = Vec::new();
        for row in self.client.query(query, &[]).await? {
            let oid: u32 = row.try_get(2)?;
            let array: u32 = row.try_get(3)?;
            types.push(Value::List(vec![
                Value::Text(row.try_get(0)?),
                Value::Text(row.try_get(1)?),
                Value::Unsigned(oid.into()),
                Value::Unsigned(array.into()),
                Value::Bool(row.try_get(4)?),
            ]));
        }
        Ok(Value::List(types))
    }

    /// Begins with a table: what was done for the one before is undone. `query` reads the table: the driver learns its
    /// types by that, which it could not do beside statements that fail.
    pub(crate) async fn begin(&mut self, query: &str) -> Result<(), tokio_postgres::Error> {
        self.prepared.clear();
        self.cancelled = AtomicUsize::new(0);
        // A table beside it that is altered for many rows is waited for, however long that takes.
        self.client
            .batch_execute("ROLLBACK; SET statement_timeout = 0")
            .await?;
        self.client.prepare(query).await?;
        let limit = self.limit.as_millis();
        self.client
            .batch_execute(&format!(
                "SET statement_timeout = {limit}; BEGIN; SAVEPOINT before_row"
            ))
            .await
    }

    /// Whether so many statements of the table were cancelled that no more are tried.
    pub(crate) fn has_given_up(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed) >= CANCELLED
    }

    /// Does something that stays until the next table.
    pub(crate) async fn keep(&self, attempt: &Attempt) -> Result<Outcome, tokio_postgres::Error> {
        if self.has_given_up() {
            return Ok(Outcome::Cancelled);
        }
        let outcome = self.try_one(attempt, None).await?;
        let next = match &outcome {
            Outcome::Accepted(_) => "RELEASE before_row; SAVEPOINT before_row",
            Outcome::Refused(_) | Outcome::Cancelled => "ROLLBACK TO before_row",
        };
        self.client.batch_execute(next).await?;
        Ok(outcome)
    }

    /// Tries statements, each for itself. Those behind too many that were cancelled have no outcome.
    pub(crate) async fn run(
        &mut self,
        attempts: &[Attempt],
    ) -> Result<Vec<Outcome>, tokio_postgres::Error> {
        let mut outcomes = Vec::with_capacity(attempts.len());
        for together in attempts.chunks(TOGETHER) {
            self.prepare(together).await?;
            let undo = "ROLLBACK TO before_row";
            outcomes.extend(self.answers(together, &self.prepared, undo).await?);
        }
        Ok(outcomes)
    }

    /// What comes of statements, some of which are on their way at once. Each is undone.
    async fn answers(
        &self,
        attempts: &[Attempt],
        prepared: &Prepared,
        undo: &str,
    ) -> Result<Vec<Outcome>, tokio_postgres::Error> {
        let mut outcomes = Vec::with_capacity(attempts.len());
        let mut attempts = attempts.iter();
        // Polled in this order, so sent in this order, before any is answered.
        let mut on_their_way = FuturesOrdered::new();
        loop {
            while on_their_way.len() < ON_THEIR_WAY
                && !self.has_given_up()
                && let Some(attempt) = attempts.next()
            {
                let statement = prepared.get(&key(attempt));
                on_their_way.push_back(join(
                    self.try_one(attempt, statement),
                    self.client.batch_execute(undo),
                ));
            }
            let Some((outcome, undone)) = on_their_way.next().await else {
                return Ok(outcomes);
            };
            undone?;
            outcomes.push(outcome?);
        }
    }

    /// Tries statements, each for itself, after a change of the table that is undone in the end; or the refusal of the
    /// change. `shares_domains` says whether the change may be of a domain, too.
    pub(crate) async fn run_altered(
        &mut self,
        change: &str,
        shares_domains: bool,
        attempts: &[Attempt],
    ) -> Result<Result<Vec<Outcome>, Refusal>, tokio_postgres::Error> {
        // Tables that share a domain wait for each other here, and not one for the other's lock.
        let lock = match shares_domains {
            true => "SELECT pg_advisory_xact_lock(70615); ",
            false => "",
        };
        let change = format!("{lock}{change}; SAVEPOINT altered");
        let mut begun = self.client.batch_execute(&change).await;
        for _ in 0..DEADLOCKS {
            let is_deadlock = matches!(&begun, Err(error)
                if error.code() == Some(&SqlState::T_R_DEADLOCK_DETECTED));
            if !is_deadlock {
                break;
            }
            self.client.batch_execute("ROLLBACK TO before_row").await?;
            begun = self.client.batch_execute(&change).await;
        }
        let outcomes = match begun {
            Ok(()) => Ok(self
                .answers(attempts, &Prepared::new(), "ROLLBACK TO altered")
                .await?),
            Err(error) => match error.as_db_error() {
                Some(refused) => Err(Refusal::of(refused)),
                None => return Err(error),
            },
        };
        self.client.batch_execute("ROLLBACK TO before_row").await?;
        Ok(outcomes)
    }

    /// The names and expressions of a table's CHECKs, as PostgreSQL prints them.
    pub(crate) async fn checks(
        &self,
        table: &str,
    ) -> Result<Vec<(String, String)>, tokio_postgres::Error> {
        let query = "SELECT conname::text, pg_get_expr(conbin, conrelid) FROM pg_constraint \
            WHERE conrelid = $1::text::regclass AND contype = 'c' ORDER BY conname";
        let rows = self
            .client
            .query_typed(query, &[(&table, Type::TEXT)])
            .await?;
        rows.iter()
            .map(|row| Ok((row.try_get(0)?, row.try_get(1)?)))
            .collect()
    }

    /// What a query gives after changes, all of which are undone in the end; or the refusal of a change.
    pub(crate) async fn read_after(
        &self,
        changes: &[Attempt],
        query: &Attempt,
    ) -> Result<Outcome, tokio_postgres::Error> {
        if self.has_given_up() {
            return Ok(Outcome::Cancelled);
        }
        let mut refused = None;
        for change in changes {
            let outcome = self.try_one(change, None).await?;
            if !outcome.is_accepted() {
                refused = Some(outcome);
                break;
            }
        }
        let outcome = match refused {
            Some(outcome) => outcome,
            None => self.try_one(query, None).await?,
        };
        self.client.batch_execute("ROLLBACK TO before_row").await?;
        Ok(outcome)
    }

    /// Prepares what is sent more than once.
    async fn prepare(&mut self, attempts: &[Attempt]) -> Result<(), tokio_postgres::Error> {
        let mut count: HashMap<_, usize> = HashMap::new();
        for attempt in attempts {
            *count.entry(key(attempt)).or_default() += 1;
        }
        count.retain(|key, count| *count > 2 && !self.prepared.contains_key(key));
        if self.prepared.len() + count.len() > PREPARED {
            self.prepared.clear();
        }
        let preparing = count.into_keys().map(|key| async {
            let types: Vec<Type> = key.1.iter().copied().map(type_of).collect();
            let (prepared, undone) = join(
                self.client.prepare_typed(&key.0, &types),
                self.client.batch_execute("ROLLBACK TO before_row"),
            )
            .await;
            (key, prepared, undone)
        });
        let mut found = Vec::new();
        for preparation in preparing.collect::<Vec<_>>() {
            found.push(preparation.await);
        }
        for (key, prepared, undone) in found {
            undone?;
            // What cannot be prepared is refused again, and reported, where it is tried.
            if let Ok(statement) = prepared {
                self.prepared.insert(key, statement);
            }
        }
        Ok(())
    }

    async fn try_one(
        &self,
        attempt: &Attempt,
        statement: Option<&Statement>,
    ) -> Result<Outcome, tokio_postgres::Error> {
        let value = |bytes: &Option<Vec<u8>>| Raw {
            bytes: bytes.clone().map(Arc::from),
            is_text: attempt.is_text,
        };
        let rows = match statement {
            Some(statement) => {
                let values: Vec<Raw> = attempt
                    .parameters
                    .iter()
                    .map(|(_, bytes)| value(bytes))
                    .collect();
                self.client.query_raw(statement, values).await
            }
            None => {
                let values: Vec<(Raw, Type)> = attempt
                    .parameters
                    .iter()
                    .map(|(oid, bytes)| (value(bytes), type_of(*oid)))
                    .collect();
                self.client.query_typed_raw(&attempt.sql, values).await
            }
        };
        let rows = match rows {
            Ok(rows) => rows.try_collect::<Vec<_>>().await,
            Err(error) => Err(error),
        };
        match rows {
            Ok(rows) => Ok(Outcome::Accepted(rows.iter().map(fields).collect())),
            Err(error) => match error.as_db_error() {
                Some(refusal) if *refusal.code() == SqlState::QUERY_CANCELED => {
                    self.cancelled.fetch_add(1, Ordering::Relaxed);
                    Ok(Outcome::Cancelled)
                }
                // The server's own trouble is no verdict: class 53, 57, 58, and a lost connection.
                Some(refusal) if !["53", "57", "58"].contains(&&refusal.code().code()[..2]) => {
                    Ok(Outcome::Refused(Refusal::of(refusal)))
                }
                _ => Err(error),
            },
        }
    }
}

fn key(attempt: &Attempt) -> (String, Vec<u32>) {
    let oids = attempt.parameters.iter().map(|(oid, _)| *oid).collect();
    (attempt.sql.clone(), oids)
}
