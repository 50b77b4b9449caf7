//! Answers for contracts: whether they accept a row, what Diesel would send for it, and what it reads from a row that
//! PostgreSQL sent. `axis prove` asks, by standard input; the answers go to standard output.
//!
//! It is a crate of its own, so that it is compiled once and not for each schema.

mod again;
mod database;
pub mod mutant;
mod reading;
mod value;

use std::io::{self, BufReader, BufWriter, Write as _};
use std::panic::{AssertUnwindSafe, catch_unwind};

use diesel::pg::Pg;
use diesel::query_builder::QueryFragment;

pub use again::{Kept, Said, said};
pub use database::{Row, Types, decode, encode};
pub use diesel;
pub use value::Value;

/// What is asked of a table's contract.
pub struct Table {
    /// Judges a row to insert. None where nothing can be inserted.
    pub insert: Option<fn(Value, &Types) -> Value>,
    /// Judges an update of a row that PostgreSQL sent. None where nothing can be updated.
    pub update: Option<fn(Value, &Row, &Types) -> Value>,
    /// Reads a row to insert, to be judged again and again.
    pub keep_insert: Option<fn(Value) -> Option<Kept>>,
    /// Reads an update of a row that PostgreSQL sent, to be judged again and again.
    pub keep_update: Option<fn(Value, &Row) -> Option<Kept>>,
    /// Reads a row that PostgreSQL sent, and gives what Diesel would send for each of its columns.
    pub select: fn(&Row, &Types) -> Result<Vec<Value>, String>,
}

/// Answers until standard input ends.
///
/// # Errors
/// Where the pipes break.
pub fn serve(tables: &[Table]) -> io::Result<()> {
    // A panic is an answer here; its message goes there.
    std::panic::set_hook(Box::new(|_| {}));
    let mut questions = BufReader::new(io::stdin().lock());
    let mut answers = BufWriter::new(io::stdout().lock());
    let mut types = Types::default();
    let mut kept = again::Rows::new(tables.len());
    while let Some(mut question) = Value::read(&mut questions)? {
        if let Value::List(list) = question.take("types") {
            types = Types::new(Value::List(list));
            continue;
        }
        if let Value::Unsigned(number) = question.take("mutant") {
            mutant::choose(number as u32);
            continue;
        }
        if question.take("flush") == Value::Bool(true) {
            answers.flush()?;
            continue;
        }
        if question.take("keep") == Value::Bool(true) {
            kept.keep(tables, question);
            continue;
        }
        if let Value::Unsigned(table) = question.take("again") {
            let from = question.take("from").number() as usize;
            kept.again(table as usize, from).write(&mut answers)?;
            answers.flush()?;
            continue;
        }
        let answer = catch_unwind(AssertUnwindSafe(|| answer(tables, question, &types)));
        let answer = answer.unwrap_or_else(|panic| {
            let message = panic
                .downcast_ref::<String>()
                .cloned()
                .or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
            one("panic", Value::text(message.unwrap_or_default()))
        });
        answer.write(&mut answers)?;
    }
    answers.flush()
}

fn answer(tables: &[Table], mut question: Value, types: &Types) -> Value {
    let Some(table) = tables.get(question.take("table").number() as usize) else {
        return one("absent", Value::Null);
    };
    let (insert, update) = (question.take("insert"), question.take("update"));
    let before = question.take("before");
    let judge = match (insert, update) {
        (Value::Null, Value::Null) => {
            let row = Row::new(question.take("select"));
            return match (table.select)(&row, types) {
                Ok(columns) => one("columns", Value::List(columns)),
                Err(error) => one("unreadable", Value::text(error)),
            };
        }
        (Value::Null, row) => table
            .update
            .map(|judge| judge(row, &Row::new(before), types)),
        (row, _) => table.insert.map(|judge| judge(row, types)),
    };
    judge.unwrap_or_else(|| one("absent", Value::Null))
}

fn one(name: &str, value: Value) -> Value {
    Value::Map(vec![(name.to_owned(), value)])
}

/// Reads a row of a contract.
///
/// # Errors
/// The answer that serde refused it.
pub fn read<T: serde::de::DeserializeOwned>(row: Value) -> Result<T, Value> {
    reading::read(row).map_err(|error| one("refused", Value::text(error)))
}

/// The answer for a row that serde read. `alone` is what an update breaks, whatever row it changes.
pub fn judged(
    violations: Vec<Said>,
    alone: Option<Vec<Said>>,
    query: &dyn QueryFragment<Pg>,
    types: &Types,
) -> Value {
    let mut members = vec![("violations".to_owned(), again::values(&violations))];
    if let Some(alone) = alone {
        members.push(("alone".to_owned(), again::values(&alone)));
    }
    // Diesel may panic where a value is beyond what it sends; the violations are an answer all the same.
    let query = catch_unwind(AssertUnwindSafe(|| database::query(query, types)));
    match query.unwrap_or_else(|_| Err("Diesel panics".to_owned())) {
        Ok((sql, parameters)) => {
            members.push(("sql".to_owned(), Value::Text(sql)));
            members.push(("parameters".to_owned(), Value::List(parameters)));
        }
        Err(error) => members.push(("unsendable".to_owned(), Value::Text(error))),
    }
    Value::Map(members)
}

/// The answer for an update that sets nothing.
pub fn empty() -> Value {
    one("empty", Value::Null)
}

/// A module of that name with `TABLE`, for a contract and a table of schema.rs.
#[macro_export]
macro_rules! table {
    ($name:ident [$($contract:tt)*] [$($table:tt)*] $insert:ident $update:ident [$($field:ident)*]) => {
        mod $name {
            #[allow(unused_imports)]
            use super::TableConstraint as _;
            #[allow(unused_imports)]
            use $crate::diesel::prelude::*;
            use $($table)*::columns as columns_of_the_table;

            pub(super) const TABLE: $crate::Table = $crate::Table {
                insert: $crate::form!(@insert $insert [$($contract)*] [$($table)*]),
                update: $crate::form!(@update $update [$($contract)*] [$($table)*]),
                keep_insert: $crate::form!(@keep_insert $insert [$($contract)*] [$($table)*]),
                keep_update: $crate::form!(@keep_update $update [$($contract)*] [$($table)*]),
                select,
            };

            $crate::form!(@said $insert [$($contract)*]);

            fn select(
                row: &$crate::Row,
                types: &$crate::Types,
            ) -> Result<Vec<$crate::Value>, String> {
                let row: $($contract)*::Select = $crate::decode(row)?;
                Ok(vec![$(
                    $crate::encode::<$crate::diesel::dsl::SqlTypeOf<columns_of_the_table::$field>, _>(
                        &row.$field,
                        types,
                    )?
                ),*])
            }
        }
    };
}

/// The function that judges for one of a table's forms.
#[macro_export]
#[doc(hidden)]
macro_rules! form {
    (@$kind:ident no [$($contract:tt)*] [$($table:tt)*]) => {
        None
    };
    // Nothing is said of a table to which nothing is written.
    (@said no [$($contract:tt)*]) => {};
    // One function for each table, and no iterators in it: hundreds of tables would have hundreds of copies.
    (@said yes [$($contract:tt)*]) => {
        fn said(violations: &[super::Violation<$($contract)*::Constraint>]) -> Vec<$crate::Said> {
            let mut list = Vec::new();
            for violation in violations {
                let metadata = violation.constraint.metadata();
                list.push($crate::said(metadata.name, &metadata.kind, violation.columns));
            }
            list
        }
    };
    (@insert yes [$($contract:tt)*] [$($table:tt)*]) => {
        Some(|row, types| {
            let row: $($contract)*::Insert = match $crate::read(row) {
                Ok(row) => row,
                Err(answer) => return answer,
            };
            let violations = said(&row.violations());
            let query = $crate::diesel::insert_into($($table)*::table).values(row);
            $crate::judged(violations, None, &query, types)
        })
    };
    (@keep_insert yes [$($contract:tt)*] [$($table:tt)*]) => {
        Some(|row| {
            let row: $($contract)*::Insert = $crate::read(row).ok()?;
            Some(Box::new(move || (said(&row.violations()), None)))
        })
    };
    (@update yes [$($contract:tt)*] [$($table:tt)*]) => {
        Some(|row, before, types| {
            let row: $($contract)*::Update = match $crate::read(row) {
                Ok(row) => row,
                Err(answer) => return answer,
            };
            if row.is_empty() {
                return $crate::empty();
            }
            // The rules hold for the row that the update makes of another.
            let alone = said(&row.violations());
            let (violations, alone) = match $crate::decode::<$($contract)*::Select>(before) {
                Ok(before) => (said(&row.violations_against(&before)), Some(alone)),
                Err(_) => (alone, None),
            };
            let query = $crate::diesel::update($($table)*::table).set(row);
            $crate::judged(violations, alone, &query, types)
        })
    };
    (@keep_update yes [$($contract:tt)*] [$($table:tt)*]) => {
        Some(|row, before| {
            let row: $($contract)*::Update = $crate::read(row).ok()?;
            let before: $($contract)*::Select = $crate::decode(before).ok()?;
            Some(Box::new(move || {
                let alone = said(&row.violations());
                (said(&row.violations_against(&before)), Some(alone))
            }))
        })
    };
}
