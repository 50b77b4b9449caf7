//! What clients were told of their writes, against what the database holds.

use std::collections::{HashMap, HashSet};

use tokio_postgres::Client;

/// The tables. None has a key that would refuse a second copy of a write: it must be seen, not prevented.
const TABLES: &str = "
    CREATE TABLE entries (id bigserial PRIMARY KEY, client integer NOT NULL, number integer NOT NULL);
    CREATE TABLE postings (id bigserial PRIMARY KEY, client integer NOT NULL, number integer NOT NULL);
    CREATE TABLE counters (client integer PRIMARY KEY, n integer NOT NULL);
    CREATE INDEX ON entries (client, number);";

diesel::table! {
    entries (id) {
        id -> BigInt,
        client -> Integer,
        number -> Integer,
    }
}

diesel::table! {
    postings (id) {
        id -> BigInt,
        client -> Integer,
        number -> Integer,
    }
}

diesel::table! {
    counters (client) {
        client -> Integer,
        n -> Integer,
    }
}

diesel::table! {
    notes (id) {
        id -> BigInt,
        client -> Integer,
        number -> Integer,
        padding -> Text,
    }
}

/// Makes the tables. That of single statements lies in `tablespace`, where there is one.
pub(super) async fn create(control: &Client, owner: &str, clients: i32, tablespace: Option<&str>) {
    control
        .batch_execute(&format!("SET ROLE {owner}"))
        .await
        .unwrap();
    control.batch_execute(TABLES).await.unwrap();
    let place = tablespace.map_or_else(String::new, |name| format!(" TABLESPACE {name}"));
    let notes = format!(
        "CREATE TABLE notes (id bigserial, client integer NOT NULL, number integer NOT NULL, \
         padding text NOT NULL){place}"
    );
    control.batch_execute(&notes).await.unwrap();
    let counters =
        "INSERT INTO counters SELECT client, 0 FROM generate_series(0, $1 - 1) AS client";
    control.execute(counters, &[&clients]).await.unwrap();
}

/// How a write was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Shape {
    /// A transaction that writes to `entries`, `postings` and `counters`.
    Transaction,
    /// A statement by itself, which writes to `notes`.
    Statement,
}

/// What the client was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// It is done.
    Acknowledged,
    /// Nobody knows, or the client did not wait.
    Unknown,
    /// It was not done.
    Refused,
}

/// One write. `number` is its client's own.
#[derive(Clone, Copy, Debug)]
pub(super) struct Write {
    pub(super) shape: Shape,
    pub(super) client: i32,
    pub(super) number: i32,
    pub(super) fate: Fate,
}

/// What the comparison shows. Everything below the counts must be empty.
#[derive(Debug, Default)]
pub(super) struct Findings {
    /// How many writes were looked at, by what their client was told.
    pub(super) acknowledged: usize,
    pub(super) unknown: usize,
    pub(super) refused: usize,
    /// How many of the unknown ones are there.
    pub(super) unknown_and_there: usize,
    /// Acknowledged, and not there.
    pub(super) lost: Vec<Write>,
    /// There more than once.
    pub(super) twice: Vec<Write>,
    /// There although the client was told that it was not done.
    pub(super) ghosts: Vec<Write>,
    /// Transactions of which a part is there.
    pub(super) torn: Vec<String>,
    /// Rows that nobody wrote.
    pub(super) strays: usize,
}

impl Findings {
    /// What is wrong, in a line for each kind; empty where nothing is.
    pub(super) fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        for (what, writes) in [
            ("acknowledged and lost", &self.lost),
            ("there more than once", &self.twice),
            ("there although refused", &self.ghosts),
        ] {
            if let Some(first) = writes.first() {
                faults.push(format!("{} writes {what}, such as {first:?}", writes.len()));
            }
        }
        if let Some(first) = self.torn.first() {
            faults.push(format!(
                "{} torn transactions, such as {first}",
                self.torn.len()
            ));
        }
        if self.strays > 0 {
            faults.push(format!("{} rows that nobody wrote", self.strays));
        }
        faults
    }
}

type Counts = HashMap<(i32, i32), i64>;

/// Compares.
pub(super) async fn check(control: &Client, writes: &[Write]) -> Findings {
    let entries = counts(control, "entries").await;
    let postings = counts(control, "postings").await;
    let notes = counts(control, "notes").await;
    let mut findings = Findings::default();
    let mut known = HashSet::new();
    for write in writes {
        let key = (write.client, write.number);
        known.insert((write.shape, key));
        let there = match write.shape {
            Shape::Transaction => entries.get(&key),
            Shape::Statement => notes.get(&key),
        };
        let there = there.copied().unwrap_or(0);
        if there > 1 {
            findings.twice.push(*write);
        }
        match write.fate {
            Fate::Acknowledged => {
                findings.acknowledged += 1;
                if there == 0 {
                    findings.lost.push(*write);
                }
            }
            Fate::Unknown => {
                findings.unknown += 1;
                findings.unknown_and_there += usize::from(there > 0);
            }
            Fate::Refused => {
                findings.refused += 1;
                if there > 0 {
                    findings.ghosts.push(*write);
                }
            }
        }
    }
    for (shape, rows) in [(Shape::Transaction, &entries), (Shape::Statement, &notes)] {
        let strays = rows.keys().filter(|key| !known.contains(&(shape, **key)));
        findings.strays += strays.count();
    }
    let mut by_client: HashMap<i32, i64> = HashMap::new();
    for (key, count) in &entries {
        *by_client.entry(key.0).or_default() += count;
        if postings.get(key) != Some(count) {
            findings
                .torn
                .push(format!("entry {key:?} without its posting"));
        }
    }
    let without_entry = postings.keys().filter(|key| !entries.contains_key(*key));
    findings
        .torn
        .extend(without_entry.map(|key| format!("posting {key:?} without its entry")));
    for row in control
        .query("SELECT client, n::bigint FROM counters", &[])
        .await
        .unwrap()
    {
        let (client, n): (i32, i64) = (row.get(0), row.get(1));
        let entries = by_client.get(&client).copied().unwrap_or(0);
        if n != entries {
            findings.torn.push(format!(
                "client {client} counted {n} and has {entries} entries"
            ));
        }
    }
    findings
}

async fn counts(control: &Client, table: &str) -> Counts {
    let sql = format!("SELECT client, number, count(*) FROM {table} GROUP BY 1, 2");
    let rows = control.query(&sql, &[]).await.unwrap();
    rows.iter()
        .map(|row| ((row.get(0), row.get(1)), row.get(2)))
        .collect()
}
