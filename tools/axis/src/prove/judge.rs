//! The judge: a process that answers for the contracts. Its sources are in `judge/`.

#[allow(
    dead_code,
    unreachable_pub,
    reason = "the judge's crate is the other one that this file belongs to"
)]
#[path = "judge/value.rs"]
mod value;

use std::io::{self, BufReader, BufWriter, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

pub(crate) use value::Value;

/// A parameter as Diesel sends it: its type, and its bytes unless it is NULL.
pub(crate) type Parameter = (u32, Option<Vec<u8>>);

/// What is asked.
#[derive(Clone, Debug)]
pub(crate) enum Question {
    /// Whether a row may be inserted.
    Insert(Value),
    /// Whether columns may be set, in a row of PostgreSQL.
    Update(Value, Vec<Parameter>),
    /// What a row of PostgreSQL is.
    Select(Vec<Parameter>),
}

/// A violation that a contract found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Violation {
    /// The constraint's name.
    pub(crate) name: String,
    /// What it is: `Type`, `NotNull`, `Check`.
    pub(crate) kind: String,
    /// The columns at fault.
    pub(crate) columns: Vec<String>,
}

/// A query as Diesel sends it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Query {
    /// Its SQL.
    pub(crate) sql: String,
    /// Its parameters.
    pub(crate) parameters: Vec<Parameter>,
}

/// What the judge says.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Answer {
    /// The contract has no such form.
    Absent,
    /// serde refuses the row.
    Refused(String),
    /// The update sets nothing.
    Empty,
    /// The contract's rules were asked. The query is an error where Diesel cannot send it.
    Judged {
        /// What they found, in order.
        violations: Vec<Violation>,
        /// What an update breaks whatever row it changes. None where that was not asked.
        alone: Option<Vec<Violation>>,
        /// What would be sent.
        query: Result<Query, String>,
    },
    /// A row was read: what Diesel would send for each column.
    Columns(Vec<Parameter>),
    /// A row could not be read.
    Unreadable(String),
    /// Something panicked.
    Panic(String),
}

/// A row of which a mutant says something else.
#[derive(Clone, Debug)]
pub(crate) struct AnotherVerdict {
    /// Its place among the rows that were given.
    pub(crate) place: usize,
    /// What is found in it. None where the judge panics.
    pub(crate) violations: Option<Vec<Violation>>,
    /// What an update breaks whatever row it changes.
    pub(crate) alone: Option<Vec<Violation>>,
}

/// Rows of which a mutant says something else.
#[derive(Clone, Debug)]
pub(crate) struct Again {
    /// The rows.
    pub(crate) rows: Vec<AnotherVerdict>,
    /// Where to go on, where there are more.
    pub(crate) next: Option<usize>,
}

/// A running judge.
pub(crate) struct Judge {
    process: Child,
    questions: Option<BufWriter<ChildStdin>>,
    answers: BufReader<ChildStdout>,
}

impl Judge {
    /// Starts it. `types` are those of the database: `[schema, name, oid, oid of the array, whether it is visible]`.
    pub(crate) fn start(program: &Path, types: Value) -> io::Result<Self> {
        let mut process = Command::new(program)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let missing = || io::Error::other("the judge has no pipes");
        let questions = process.stdin.take().ok_or_else(missing)?;
        let answers = process.stdout.take().ok_or_else(missing)?;
        let mut judge = Self {
            process,
            questions: Some(BufWriter::new(questions)),
            answers: BufReader::new(answers),
        };
        let types = Value::Map(vec![("types".to_owned(), types)]);
        types.write(judge.questions.as_mut().ok_or_else(missing)?)?;
        Ok(judge)
    }

    /// Sends something that has no answer.
    pub(crate) fn tell(&mut self, name: &str, value: Value) -> io::Result<()> {
        match &mut self.questions {
            Some(questions) => Value::Map(vec![(name.to_owned(), value)]).write(questions),
            None => Err(io::Error::other("the judge has ended")),
        }
    }

    /// Gives it rows of a table to judge again and again.
    pub(crate) fn keep<'a>(
        &mut self,
        table: usize,
        rows: impl Iterator<Item = &'a Question>,
    ) -> io::Result<()> {
        let Some(questions) = &mut self.questions else {
            return Err(io::Error::other("the judge has ended"));
        };
        for row in rows {
            let mut question = row.value(table);
            if let Value::Map(members) = &mut question {
                members.push(("keep".to_owned(), Value::Bool(true)));
            }
            question.write(questions)?;
        }
        questions.flush()
    }

    /// Judges the rows that it was given again, from a place on: those whose verdict is another now, and the place to go
    /// on from, where there are more.
    pub(crate) fn again(&mut self, table: usize, from: usize) -> io::Result<Again> {
        let ended = || io::Error::other("the judge has ended");
        let questions = self.questions.as_mut().ok_or_else(ended)?;
        let question = vec![
            ("again".to_owned(), Value::Unsigned(table as u64)),
            ("from".to_owned(), Value::Unsigned(from as u64)),
        ];
        Value::Map(question).write(questions)?;
        questions.flush()?;
        let mut answer = Value::read(&mut self.answers)?.ok_or_else(ended)?;
        let rows = answer.take("rows").into_list().into_iter().map(|row| {
            let mut fields = row.into_list().into_iter();
            let mut next = || fields.next().unwrap_or(Value::Null);
            let place = next().number();
            let violations = match next() {
                list @ Value::List(_) => Some(Violation::list(list)),
                _ => None,
            };
            let alone = match next() {
                Value::Null => None,
                alone => Some(Violation::list(alone)),
            };
            AnotherVerdict {
                place: usize::try_from(place).unwrap_or_default(),
                violations,
                alone,
            }
        });
        let rows = rows.collect();
        let next = match answer.take("next") {
            Value::Unsigned(next) => usize::try_from(next).ok(),
            _ => None,
        };
        Ok(Again { rows, next })
    }

    /// Its process.
    pub(crate) fn process_id(&self) -> i32 {
        i32::try_from(self.process.id()).unwrap_or_default()
    }

    /// Asks about rows of a table; the answers are in the same order.
    pub(crate) fn ask(&mut self, table: usize, questions: &[Question]) -> io::Result<Vec<Answer>> {
        let Self {
            questions: pipe,
            answers,
            ..
        } = self;
        let Some(pipe) = pipe else {
            return Err(io::Error::other("the judge has ended"));
        };
        // Both pipes hold little: who only writes would wait for who only writes.
        std::thread::scope(|scope| {
            let writing = scope.spawn(move || {
                for question in questions {
                    question.value(table).write(pipe)?;
                }
                Value::Map(vec![("flush".to_owned(), Value::Bool(true))]).write(pipe)?;
                pipe.flush()
            });
            let mut found = Vec::with_capacity(questions.len());
            for _ in questions {
                let answer = Value::read(answers)?
                    .ok_or_else(|| io::Error::other("the judge ended before it answered"))?;
                found.push(Answer::new(answer));
            }
            match writing.join() {
                Ok(written) => written.map(|()| found),
                Err(_) => Err(io::Error::other("asking the judge failed")),
            }
        })
    }
}

impl Drop for Judge {
    fn drop(&mut self) {
        // It ends with its standard input.
        self.questions = None;
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Question {
    fn value(&self, table: usize) -> Value {
        let row = |fields: &[Parameter]| {
            let fields = fields.iter().map(|(oid, bytes)| {
                let bytes = bytes.clone().map_or(Value::Null, Value::Bytes);
                Value::List(vec![Value::Unsigned((*oid).into()), bytes])
            });
            Value::List(fields.collect())
        };
        let mut members = vec![("table".to_owned(), Value::Unsigned(table as u64))];
        match self {
            Self::Insert(values) => members.push(("insert".to_owned(), values.clone())),
            Self::Update(values, before) => {
                members.push(("update".to_owned(), values.clone()));
                members.push(("before".to_owned(), row(before)));
            }
            Self::Select(fields) => members.push(("select".to_owned(), row(fields))),
        }
        Value::Map(members)
    }
}

impl Answer {
    fn new(answer: Value) -> Self {
        let Value::Map(members) = answer else {
            return Self::Panic("the judge answered nothing".to_owned());
        };
        let mut violations = Vec::new();
        let mut alone = None;
        let mut sql = None;
        let mut parameters = Vec::new();
        for (name, value) in members {
            match name.as_str() {
                "absent" => return Self::Absent,
                "empty" => return Self::Empty,
                "refused" => return Self::Refused(value.into_text().unwrap_or_default()),
                "unreadable" => return Self::Unreadable(value.into_text().unwrap_or_default()),
                "panic" => return Self::Panic(value.into_text().unwrap_or_default()),
                "columns" => {
                    let columns = value.into_list().into_iter();
                    return Self::Columns(columns.map(parameter).collect());
                }
                "violations" => violations = Violation::list(value),
                "alone" => alone = Some(Violation::list(value)),
                "sql" => sql = Some(Ok(value.into_text().unwrap_or_default())),
                "unsendable" => sql = Some(Err(value.into_text().unwrap_or_default())),
                "parameters" => parameters = value.into_list(),
                _ => {}
            }
        }
        let parameters = parameters.into_iter().map(parameter).collect();
        let query = sql.unwrap_or_else(|| Err("the judge gave no SQL".to_owned()));
        Self::Judged {
            violations,
            alone,
            query: query.map(|sql| Query { sql, parameters }),
        }
    }
}

/// Reads `[oid, bytes]`.
fn parameter(value: Value) -> Parameter {
    let mut fields = value.into_list().into_iter();
    let oid = fields.next().map_or(0, |oid| oid.number());
    let bytes = fields.next().and_then(Value::into_bytes);
    (u32::try_from(oid).unwrap_or_default(), bytes)
}

impl Violation {
    fn list(value: Value) -> Vec<Self> {
        value.into_list().into_iter().map(Self::new).collect()
    }

    fn new(value: Value) -> Self {
        let mut fields = value.into_list().into_iter();
        let mut next = || fields.next().unwrap_or(Value::Null);
        Self {
            name: next().into_text().unwrap_or_default(),
            kind: next().into_text().unwrap_or_default(),
            columns: next()
                .into_list()
                .into_iter()
                .filter_map(Value::into_text)
                .collect(),
        }
    }
}
