//! A client of axis-db that writes, reads, and remembers what it was told.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use axis_db::{Connection, Database, DbError};
use diesel::prelude::*;
use diesel::sql_types::{Bool, Double, Integer, Text};
use diesel_async::RunQueryDsl;

use super::ledger::{Fate, Shape, Write, counters, entries, notes, postings};
use crate::support::{Random, chain};

diesel::define_sql_function! {
    fn set_config(name: Text, value: Text, is_local: Bool) -> Text;
}
diesel::define_sql_function! {
    fn current_setting(name: Text, missing_is_null: Bool) -> Nullable<Text>;
}
diesel::define_sql_function! {
    /// What it returns is void, so run it by `execute` only.
    fn pg_sleep(seconds: Double) -> Text;
}

/// A setting that every transaction sets for itself alone: whoever sees it set has been handed an open transaction.
const MARKER: &str = "axis.marker";

/// How a client treats what it is told. All but the first are wrong, and the check must notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Manners {
    /// Believes errors, and repeats nothing.
    Honest,
    /// Repeats a write whose outcome is unknown.
    RepeatsUnknown,
    /// Takes an error for a success.
    IgnoresErrors,
}

/// One request.
#[derive(Clone, Debug)]
pub(super) struct Request {
    pub(super) started: Instant,
    pub(super) ended: Instant,
    /// The class of the error, and what it and its sources say. None for a success.
    pub(super) error: Option<(&'static str, String)>,
}

/// What a client has to tell in the end.
#[derive(Debug, Default)]
pub(super) struct Account {
    pub(super) requests: Vec<Request>,
    pub(super) writes: Vec<Write>,
    /// Futures that were dropped before they ended.
    pub(super) abandoned: usize,
    /// Connections that were handed out with an open transaction, or that gave another's answer.
    pub(super) dirty: Vec<String>,
    /// Reads that did not show what had been acknowledged before.
    pub(super) stale: Vec<String>,
}

pub(super) struct Client {
    pub(super) database: Database,
    pub(super) number: i32,
    pub(super) manners: Manners,
    /// The most milliseconds between two requests.
    pub(super) pause: u64,
    pub(super) random: Random,
    /// Counts the successes of all clients.
    pub(super) successes: Arc<AtomicU64>,
}

impl Client {
    /// Makes requests until it is told to stop.
    pub(super) async fn run(mut self, stop: Arc<AtomicBool>) -> Account {
        let mut account = Account::default();
        let mut next = 0;
        let mut acknowledged = None;
        while !AtomicBool::load(&stop, Ordering::SeqCst) {
            let started = Instant::now();
            let outcome = match self.random.below(100) {
                0..35 => {
                    next += 1;
                    let outcome = self.transfer(next).await;
                    let fate = self.fate_of_transaction(&outcome);
                    if fate == Fate::Acknowledged {
                        acknowledged = Some(next);
                    }
                    account.note(Shape::Transaction, self.number, next, fate);
                    Some(outcome)
                }
                35..55 => {
                    next += 1;
                    let outcome = self.note(next).await;
                    account.note(
                        Shape::Statement,
                        self.number,
                        next,
                        fate_of_statement(&outcome),
                    );
                    Some(outcome)
                }
                55..60 => {
                    next += 1;
                    let patience = Duration::from_micros(self.random.below(6_000));
                    match tokio::time::timeout(patience, self.transfer_slowly(next)).await {
                        Ok(outcome) => {
                            let fate = self.fate_of_transaction(&outcome);
                            account.note(Shape::Transaction, self.number, next, fate);
                            Some(outcome)
                        }
                        Err(_) => {
                            account.abandoned += 1;
                            account.note(Shape::Transaction, self.number, next, Fate::Unknown);
                            None
                        }
                    }
                }
                60..70 => Some(self.balance(&mut account).await),
                _ => Some(self.read(acknowledged, &mut account).await),
            };
            if let Some(outcome) = outcome {
                let success = u64::from(outcome.is_ok());
                AtomicU64::fetch_add(&self.successes, success, Ordering::SeqCst);
                account.requests.push(Request {
                    started,
                    ended: Instant::now(),
                    error: outcome
                        .err()
                        .map(|error| (error.class().name(), chain(&error))),
                });
            }
            tokio::time::sleep(Duration::from_millis(self.random.below(self.pause))).await;
        }
        account
    }

    /// A transaction of four statements.
    async fn transfer(&self, number: i32) -> Result<(), DbError> {
        let client = self.number;
        let attempt = || {
            self.database.transaction().run(
                async |connection: &mut Connection| -> Result<(), DbError> {
                    transfer_in_transaction(connection, client, number).await
                },
            )
        };
        let mut outcome = attempt().await;
        let mut tries = 1;
        while self.manners == Manners::RepeatsUnknown && outcome.is_err() && tries < 20 {
            tries += 1;
            outcome = attempt().await;
        }
        outcome
    }

    /// The same with a pause in it, for a future that is to be dropped.
    async fn transfer_slowly(&self, number: i32) -> Result<(), DbError> {
        let client = self.number;
        self.database
            .transaction()
            .run(async |connection: &mut Connection| -> Result<(), DbError> {
                diesel::select(pg_sleep(0.002)).execute(connection).await?;
                transfer_in_transaction(connection, client, number).await
            })
            .await
    }

    /// A write by itself.
    async fn note(&self, number: i32) -> Result<(), DbError> {
        let mut connection = self.database.primary().await?;
        diesel::insert_into(notes::table)
            .values((
                notes::client.eq(self.number),
                notes::number.eq(number),
                notes::padding.eq("x".repeat(500)),
            ))
            .execute(&mut *connection)
            .await?;
        Ok(())
    }

    /// A read-only transaction whose two reads must agree.
    async fn balance(&self, account: &mut Account) -> Result<(), DbError> {
        let client = self.number;
        let (counted, rows) = self
            .database
            .transaction()
            .repeatable_read()
            .read_only()
            .run(
                async |connection: &mut Connection| -> Result<(i32, i64), DbError> {
                    let counted = counters::table
                        .find(client)
                        .select(counters::n)
                        .first(connection)
                        .await?;
                    let rows = entries::table
                        .filter(entries::client.eq(client))
                        .count()
                        .get_result(connection)
                        .await?;
                    Ok((counted, rows))
                },
            )
            .await?;
        if i64::from(counted) != rows {
            let what = format!("client {client} counted {counted} and sees {rows} entries");
            account.stale.push(what);
        }
        Ok(())
    }

    /// Reads what was acknowledged last, and looks what the connection is like.
    async fn read(
        &mut self,
        acknowledged: Option<i32>,
        account: &mut Account,
    ) -> Result<(), DbError> {
        let nonce = i32::try_from(self.random.below(1 << 30)).unwrap();
        let mut connection = self.database.primary().await?;
        if let Some(dirt) = dirt(&mut connection, nonce).await? {
            account.dirty.push(dirt);
        }
        let Some(number) = acknowledged else {
            return Ok(());
        };
        let rows: i64 = entries::table
            .filter(entries::client.eq(self.number))
            .filter(entries::number.eq(number))
            .count()
            .get_result(&mut *connection)
            .await?;
        if rows == 0 {
            account
                .stale
                .push(format!("client {} does not see {number}", self.number));
        }
        Ok(())
    }

    fn fate_of_transaction(&self, outcome: &Result<(), DbError>) -> Fate {
        match outcome {
            Ok(()) => Fate::Acknowledged,
            Err(_) if self.manners == Manners::IgnoresErrors => Fate::Acknowledged,
            Err(DbError::CommitUnknown { .. }) => Fate::Unknown,
            // Whatever else went wrong, it was before COMMIT.
            Err(_) => Fate::Refused,
        }
    }
}

/// A statement by itself commits by itself: where its answer is lost, nobody knows.
fn fate_of_statement(outcome: &Result<(), DbError>) -> Fate {
    match outcome {
        Ok(()) => Fate::Acknowledged,
        // The server said why it did not.
        Err(DbError::Query { .. } | DbError::ConstraintViolation { .. }) => Fate::Refused,
        // By the promise of `is_retryable`.
        Err(error) if error.is_retryable() => Fate::Refused,
        Err(_) => Fate::Unknown,
    }
}

async fn transfer_in_transaction(
    connection: &mut Connection,
    client: i32,
    number: i32,
) -> Result<(), DbError> {
    mark(connection).await?;
    diesel::insert_into(entries::table)
        .values((entries::client.eq(client), entries::number.eq(number)))
        .execute(connection)
        .await?;
    diesel::insert_into(postings::table)
        .values((postings::client.eq(client), postings::number.eq(number)))
        .execute(connection)
        .await?;
    match number % 2 {
        0 => count(connection, client).await,
        _ => {
            let counted =
                connection.commit_with(async |connection| count(connection, client).await);
            counted.await?
        }
    }
}

/// The last statement of a transfer, which half of them commit with.
async fn count(connection: &mut Connection, client: i32) -> Result<(), DbError> {
    let n: i32 = diesel::update(counters::table.find(client))
        .set(counters::n.eq(counters::n + 1))
        .returning(counters::n)
        .get_result(connection)
        .await?;
    assert!(n > 0);
    Ok(())
}

/// Marks the transaction that this is run in.
pub(super) async fn mark(connection: &mut Connection) -> Result<(), DbError> {
    diesel::select(set_config(MARKER, "open", true))
        .execute(connection)
        .await?;
    Ok(())
}

/// What is wrong with a connection that was just handed out: an open transaction, or answers that are another's.
pub(super) async fn dirt(
    connection: &mut Connection,
    nonce: i32,
) -> Result<Option<String>, diesel::result::Error> {
    let query = diesel::select((current_setting(MARKER, true), nonce.into_sql::<Integer>()));
    let (marker, echo): (Option<String>, i32) = query.get_result(connection).await?;
    let is_open = marker.is_some_and(|marker| !marker.is_empty());
    Ok(match (is_open, echo == nonce) {
        (true, _) => Some("a transaction is open".to_owned()),
        (_, false) => Some(format!("asked for {nonce}, answered {echo}")),
        _ => None,
    })
}

impl Account {
    fn note(&mut self, shape: Shape, client: i32, number: i32, fate: Fate) {
        self.writes.push(Write {
            shape,
            client,
            number,
            fate,
        });
    }
}
