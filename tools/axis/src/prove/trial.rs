//! Rows on trial: contract and PostgreSQL are asked, and what they say is compared.

use std::collections::{BTreeMap, HashMap};

use fastrand::Rng;

use super::ProveError;
use super::judge::{Answer, Judge, Parameter, Question};
use super::rows::{Good, Operation, Row};
use super::server::{Attempt, NOT_ASKED, Outcome, Refusal, Server, TOO_LONG};
use super::subject::Subject;
use tokio_postgres::types::Type;

use super::verdict::{self, Evidence, Verdict};

/// How often a row that a CHECK refuses is drawn again.
const REDRAWN: usize = 60;

/// Rows that are judged in one go.
const CHUNK: usize = 500;

/// The bytes of values that are judged in one go: each is held some ten times at once, as questions, answers and parameters.
const CHUNK_BYTES: usize = 50_000_000;

/// A table on trial.
pub(crate) struct Trial<'a> {
    /// The table.
    pub(crate) subject: &'a Subject,
    /// A row that PostgreSQL accepts.
    pub(crate) good: Good,
    /// How PostgreSQL refuses a value that is the only one wrong.
    pub(crate) refusals: HashMap<(Operation, usize, String), Refusal>,
    /// What could not be asked, and of how many rows.
    pub(crate) not_asked: BTreeMap<String, usize>,
    /// The CHECKs of the table that the contract holds, and their expressions.
    pub(super) checks: Vec<(String, String)>,
    /// That row, as PostgreSQL gives it back.
    pub(crate) before: Vec<Parameter>,
    judge: &'a mut Judge,
    pub(super) server: &'a mut Server,
}

impl<'a> Trial<'a> {
    /// Finds a good row and leaves it in the table. Why there is none where none is found.
    pub(crate) async fn begin(
        subject: &'a Subject,
        candidates: Vec<Good>,
        judge: &'a mut Judge,
        server: &'a mut Server,
    ) -> Result<Result<Self, String>, ProveError> {
        server.begin(&subject.query()).await?;
        let mut checks = server.checks(&subject.sql_name()).await?;
        checks.retain(|(name, _)| {
            let mut rules = subject.rules.iter();
            rules.any(|rule| rule.is_held && rule.domain.is_none() && rule.name == *name)
        });
        let mut told = None;
        let mut rng = Rng::with_seed(11);
        for mut good in candidates {
            // A CHECK names itself: only the columns that it reads are drawn again, once more where they hold no such value.
            let mut refused: Option<(Good, Vec<usize>)> = None;
            for drawn in 0..REDRAWN {
                let row = Row {
                    operation: Operation::Insert,
                    changes: Vec::new(),
                };
                let Some(attempt) = good.literals(subject, &row) else {
                    break;
                };
                match server.keep(&attempt).await? {
                    Outcome::Accepted(rows) => {
                        return Ok(Ok(Self {
                            subject,
                            good,
                            refusals: HashMap::new(),
                            not_asked: BTreeMap::new(),
                            checks,
                            before: rows.into_iter().next().unwrap_or_default(),
                            judge,
                            server,
                        }));
                    }
                    Outcome::Refused(refusal) => {
                        let read = refusal.constraint.as_ref();
                        let read = read.and_then(|name| subject.read_by.get(name)).cloned();
                        told = told.or(Some(verdict::say(&refusal)));
                        refused = match read {
                            Some(read) => Some((good, read)),
                            None => refused,
                        };
                        // A CHECK that reads no column says the same however often one is drawn.
                        let drawable = refused.as_ref().filter(|(_, read)| !read.is_empty());
                        let Some((before, read)) = drawable else {
                            break;
                        };
                        good = before.redrawn(subject, read, drawn, &mut rng);
                    }
                    Outcome::Cancelled => {
                        told = told.or(Some(TOO_LONG.to_owned()));
                        break;
                    }
                }
            }
        }
        Ok(Err(told.unwrap_or_else(|| {
            "no value is known for a column that must have one".to_owned()
        })))
    }

    /// Tries rows. `alone` says that each has one change only: then PostgreSQL is asked by literals, too.
    pub(crate) async fn run(
        &mut self,
        rows: &[Row],
        alone: bool,
    ) -> Result<Vec<(Evidence, Verdict)>, ProveError> {
        let mut found = Vec::with_capacity(rows.len());
        for rows in chunks(rows) {
            let mut evidence = self.evidence(rows, alone).await?;
            self.ask_each_check(rows, &mut evidence).await?;
            for (row, evidence) in rows.iter().zip(evidence) {
                if let (true, [(index, cell)]) = (alone, row.changes.as_slice())
                    && let Some(Outcome::Refused(refusal)) = &evidence.outcome
                {
                    let key = (row.operation, *index, format!("{cell:?}"));
                    self.refusals.insert(key, refusal.clone());
                }
                let verdict = verdict::of(self.subject, &self.refusals, row, &evidence);
                found.push((evidence, verdict));
            }
        }
        self.appeal(rows, &mut found).await?;
        Ok(found)
    }

    async fn evidence(&mut self, rows: &[Row], alone: bool) -> Result<Vec<Evidence>, ProveError> {
        let subject = self.subject;
        let answers = self.answers(rows)?;
        // Each row is tried as Diesel sends it; by literals where it does not, and to compare.
        let mut attempts = Vec::new();
        let mut places = Vec::with_capacity(rows.len());
        for (row, answer) in rows.iter().zip(&answers) {
            let sent = match answer {
                Some(Answer::Judged {
                    query: Ok(query), ..
                }) => Some(Attempt {
                    sql: format!("{}{}", query.sql, subject.returning()),
                    parameters: query.parameters.clone(),
                    is_text: false,
                }),
                _ => None,
            };
            let is_sent = sent.is_some();
            let literals = match is_sent && !alone {
                true => None,
                false => self.good.literals(subject, row),
            };
            let mut place = |attempt: Option<Attempt>| {
                attempt.map(|attempt| {
                    attempts.push(attempt);
                    attempts.len() - 1
                })
            };
            places.push((place(sent), place(literals)));
        }
        let outcomes = self.server.run(&attempts).await?;
        let not_asked = attempts.len() - outcomes.len();
        if not_asked > 0 {
            self.note(NOT_ASKED, not_asked);
        }
        let taken = |place: Option<usize>| outcomes.get(place?).cloned();
        let mut evidence: Vec<Evidence> = answers
            .into_iter()
            .zip(places)
            .map(|(answer, (sent, literals))| {
                let sent = taken(sent);
                let literals = taken(literals);
                Evidence {
                    is_sent: sent.is_some(),
                    by_literals: sent.as_ref().and(literals.clone()),
                    outcome: sent.or(literals),
                    answer,
                    read: None,
                    broken: BTreeMap::new(),
                    other_values: Vec::new(),
                }
            })
            .collect();
        self.read_back(&mut evidence)?;
        self.compare_values(rows, &mut evidence).await?;
        Ok(evidence)
    }

    fn answers(&mut self, rows: &[Row]) -> Result<Vec<Option<Answer>>, ProveError> {
        let documents: Vec<Option<Question>> = rows
            .iter()
            .map(|row| {
                let document = self.good.document(self.subject, row)?;
                Some(match row.operation {
                    Operation::Insert => Question::Insert(document),
                    Operation::Update => Question::Update(document, self.before.clone()),
                })
            })
            .collect();
        let questions: Vec<Question> = documents.iter().flatten().cloned().collect();
        let mut answers = self.ask(&questions)?.into_iter();
        Ok(documents
            .into_iter()
            .map(|document| document.and_then(|_| answers.next()))
            .collect())
    }

    fn ask(&mut self, questions: &[Question]) -> Result<Vec<Answer>, ProveError> {
        tokio::task::block_in_place(|| self.judge.ask(self.subject.index, questions))
            .map_err(ProveError::Judge)
    }

    /// What `Select` makes of the rows that PostgreSQL stored.
    fn read_back(&mut self, evidence: &mut [Evidence]) -> Result<(), ProveError> {
        let questions: Vec<Question> = evidence
            .iter()
            .filter_map(|evidence| evidence.outcome.as_ref()?.row().cloned())
            .map(Question::Select)
            .collect();
        let mut answers = self.ask(&questions)?.into_iter();
        for evidence in evidence {
            if evidence
                .outcome
                .as_ref()
                .is_some_and(|outcome| outcome.row().is_some())
            {
                evidence.read = answers.next();
            }
        }
        Ok(())
    }

    /// Where bytes differ, PostgreSQL says whether the values do: those that were read and are sent again, and those that
    /// came by the driver and by literals.
    async fn compare_values(
        &mut self,
        rows: &[Row],
        evidence: &mut [Evidence],
    ) -> Result<(), ProveError> {
        let mut attempts: Vec<Attempt> = Vec::new();
        let mut places: HashMap<String, usize> = HashMap::new();
        let mut asked = Vec::new();
        for (number, (row, evidence)) in rows.iter().zip(evidence.iter()).enumerate() {
            for (column, kind, left, right) in evidence.differences(self.subject, row) {
                let key = format!("{left:?}{right:?}");
                let place = *places.entry(key).or_insert_with(|| {
                    attempts.push(Attempt {
                        sql: comparison(left.0),
                        parameters: vec![left, right],
                        is_text: false,
                    });
                    attempts.len() - 1
                });
                asked.push((number, column, kind, place));
            }
        }
        let outcomes = self.server.run(&attempts).await?;
        for (number, column, kind, place) in asked {
            let equal = match outcomes.get(place) {
                Some(Outcome::Accepted(rows)) => rows
                    .first()
                    .and_then(|row| row.first())
                    .is_some_and(|(_, bytes)| bytes.as_deref() == Some(&[1])),
                Some(Outcome::Cancelled) | None => {
                    evidence[number].outcome = Some(Outcome::Cancelled);
                    continue;
                }
                Some(Outcome::Refused(_)) => match attempts[place].parameters.as_slice() {
                    [left, right] => is_same_document(left, right),
                    _ => false,
                },
            };
            if !equal {
                evidence[number].other_values.push((column, kind));
            }
        }
        Ok(())
    }
}

/// Rows in parts of at most [`CHUNK`] rows and, but for a single row, [`CHUNK_BYTES`].
fn chunks(rows: &[Row]) -> impl Iterator<Item = &[Row]> {
    let mut bytes = 0;
    let mut count = 0;
    rows.chunk_by(move |row, next| {
        (bytes, count) = (bytes + row.size(), count + 1);
        let is_full = count == CHUNK || bytes + next.size() > CHUNK_BYTES;
        if is_full {
            (bytes, count) = (0, 0);
        }
        !is_full
    })
}

/// Whether two values of a type are the same to PostgreSQL. `json` keeps blanks, which mean nothing, and `numeric` the
/// digits after the point that are zero. The others are compared as they are printed: `=` takes -0 for 0.
pub(super) fn comparison(oid: u32) -> String {
    let cast = match Type::from_oid(oid) {
        Some(Type::JSON | Type::JSONB) => "::jsonb",
        Some(Type::JSON_ARRAY | Type::JSONB_ARRAY) => "::jsonb[]",
        Some(Type::NUMERIC | Type::NUMERIC_ARRAY) => "",
        Some(_) => "::text",
        // A row may have documents as members.
        None => {
            return "SELECT $1::text IS NOT DISTINCT FROM $2::text OR to_jsonb($1) IS NOT DISTINCT FROM to_jsonb($2)"
                .to_owned();
        }
    };
    format!("SELECT $1{cast} IS NOT DISTINCT FROM $2{cast}")
}

/// Whether two documents that PostgreSQL cannot compare, for it reads no `\u0000`, are the same; or two arrays of them.
pub(super) fn is_same_document((oid, left): &Parameter, (_, right): &Parameter) -> bool {
    let (Some(left), Some(right)) = (left.as_deref(), right.as_deref()) else {
        return false;
    };
    let read =
        |document: &[u8]| -> Option<serde_json::Value> { serde_json::from_slice(document).ok() };
    let is_same = |left, right| read(left).is_some_and(|left| read(right) == Some(left));
    match Type::from_oid(*oid) {
        Some(Type::JSON_ARRAY) => match (elements(left), elements(right)) {
            (Some((shape, left)), Some((other, right))) => {
                shape == other
                    && left.len() == right.len()
                    && left.iter().zip(right).all(|pair| match pair {
                        (Some(left), Some(right)) => is_same(left, right),
                        (left, right) => *left == right,
                    })
            }
            _ => false,
        },
        _ => is_same(left, right),
    }
}

/// The elements of an array. None is NULL.
type Elements<'a> = Vec<Option<&'a [u8]>>;

/// The shape of an array that PostgreSQL sent, and its elements.
fn elements(array: &[u8]) -> Option<(&[u8], Elements<'_>)> {
    // Dimensions, whether one is NULL, the type; then two numbers for each dimension.
    let dimensions = usize::try_from(i32::from_be_bytes(*array.first_chunk()?)).ok()?;
    let (shape, mut rest) = array.split_at_checked(12 + 8 * dimensions)?;
    let mut elements = Vec::new();
    while let Some((length, after)) = rest.split_first_chunk() {
        let (element, after) = match usize::try_from(i32::from_be_bytes(*length)) {
            Ok(length) => {
                let (element, after) = after.split_at_checked(length)?;
                (Some(element), after)
            }
            Err(_) => (None, after),
        };
        elements.push(element);
        rest = after;
    }
    // Whether one is NULL is told by the elements.
    Some((shape.get(8..)?, elements))
}

/// The cells of a row that are worth mixing with others.
pub(crate) fn is_mixable(evidence: &Evidence) -> bool {
    evidence.is_sent
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::prove::draw::Draw;
    use crate::prove::subject::Cell;

    fn array(elements: &[Option<&str>]) -> Parameter {
        let mut bytes = Vec::new();
        let length = i32::try_from(elements.len()).unwrap();
        for number in [1, 0, 114, length, 1] {
            bytes.extend(i32::to_be_bytes(number));
        }
        for element in elements {
            let length = element.map_or(-1, |text| i32::try_from(text.len()).unwrap());
            bytes.extend(length.to_be_bytes());
            bytes.extend(element.unwrap_or_default().bytes());
        }
        (Type::JSON_ARRAY.oid(), Some(bytes))
    }

    #[test]
    fn long_values_are_judged_few_at_a_time() {
        let row = |length: usize| Row {
            operation: Operation::Insert,
            changes: vec![(0, Cell::Value(Arc::new(Draw::text("a".repeat(length)))))],
        };
        let parts = |rows: &[Row]| chunks(rows).map(<[Row]>::len).collect::<Vec<_>>();
        assert_eq!(parts(&[]), [0; 0]);
        assert_eq!(parts(&vec![row(1); 2 * CHUNK + 1]), [CHUNK, CHUNK, 1]);
        let mut rows = vec![row(1); 4];
        rows.extend(vec![row(CHUNK_BYTES / 2); 3]);
        rows.extend([row(CHUNK_BYTES + 1), row(1)]);
        assert_eq!(parts(&rows), [5, 2, 1, 1]);
    }

    #[test]
    fn documents_are_the_same_whatever_their_blanks() {
        let document = |text: &str| (Type::JSON.oid(), Some(text.as_bytes().to_vec()));
        let same = is_same_document;
        assert!(same(
            &document(r#"{"a\u0000": 1}"#),
            &document(r#"{"a\u0000":1}"#)
        ));
        assert!(!same(
            &document(r#"{"a\u0000": 1}"#),
            &document(r#"{"a\u0000":2}"#)
        ));
        let left = array(&[Some(r#"{"a\u0000": 1}"#), None]);
        assert!(same(&left, &array(&[Some(r#"{"a\u0000":1}"#), None])));
        for other in [
            array(&[Some(r#"{"a\u0000":2}"#), None]),
            array(&[Some(r#"{"a\u0000":1}"#), Some("null")]),
            array(&[Some(r#"{"a\u0000":1}"#)]),
            (Type::JSON_ARRAY.oid(), Some(vec![0, 0])),
            (Type::JSON_ARRAY.oid(), None),
        ] {
            assert!(!same(&left, &other), "{other:?}");
        }
    }
}
