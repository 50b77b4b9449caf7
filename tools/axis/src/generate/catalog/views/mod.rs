//! Which columns of a view are never NULL, as far as its query says so.
//!
//! The query is read from `pg_rewrite`, where PostgreSQL keeps it parsed: names are resolved there, and a join is a join.
//! What is not recognised may be NULL.

mod node;
mod query;
#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};

use tokio_postgres::{Client, Row};

use node::Node;
use query::Query;

/// What is known of PostgreSQL's functions and operators, by their oid.
#[derive(Debug, Default)]
pub(super) struct Facts {
    functions: HashMap<u32, Fact>,
    total_operators: HashSet<u32>,
    strict_operators: HashSet<u32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fact {
    /// It gives a value whatever it is given.
    Always,
    /// It gives a value unless an argument is NULL.
    Total,
    /// It gives a value for a group that has a row, unless an argument is NULL.
    Aggregate,
}

impl Facts {
    /// Asks the database.
    pub(super) async fn read(client: &Client) -> Result<Self, tokio_postgres::Error> {
        let mut facts = Self::default();
        for row in client.query(include_str!("facts.sql"), &[]).await? {
            facts.add(&row)?;
        }
        Ok(facts)
    }

    fn add(&mut self, row: &Row) -> Result<(), tokio_postgres::Error> {
        let oid: u32 = row.try_get("oid")?;
        match (row.try_get("what")?, row.try_get("fact")?) {
            ("operator", "strict") => {
                self.strict_operators.insert(oid);
            }
            ("operator", _) => {
                self.total_operators.insert(oid);
            }
            (_, "always") => {
                self.functions.insert(oid, Fact::Always);
            }
            (_, "aggregate") => {
                self.functions.insert(oid, Fact::Aggregate);
            }
            _ => {
                self.functions.insert(oid, Fact::Total);
            }
        }
        Ok(())
    }
}

/// What is known of a relation.
#[derive(Debug)]
pub(super) struct Source {
    /// The positions and whether what is read there is never NULL. Of a view all say no, until its query is read.
    pub(super) columns: Vec<(i16, bool)>,
    /// The query of a view.
    pub(super) query_tree: Option<String>,
}

/// For each view its columns that are never NULL, by position. `sources` are all relations, by oid.
pub(super) fn never_null(
    facts: &Facts,
    sources: &HashMap<u32, Source>,
) -> HashMap<u32, HashSet<i16>> {
    let mut relations = Relations {
        facts,
        sources,
        known: HashMap::new(),
    };
    let views = sources
        .iter()
        .filter(|(_, source)| source.query_tree.is_some());
    views
        .map(|(oid, _)| (*oid, relations.never_null(*oid)))
        .collect()
}

/// The relations, with what was found out so far.
struct Relations<'a> {
    facts: &'a Facts,
    sources: &'a HashMap<u32, Source>,
    known: HashMap<u32, HashSet<i16>>,
}

impl Relations<'_> {
    /// The columns of a relation that are never NULL. A view may read another.
    fn never_null(&mut self, oid: u32) -> HashSet<i16> {
        if let Some(known) = self.known.get(&oid) {
            return known.clone();
        }
        let Some(source) = self.sources.get(&oid) else {
            return HashSet::new();
        };
        let Some(text) = &source.query_tree else {
            let never_null = source.columns.iter().filter(|(_, never_null)| *never_null);
            return never_null.map(|(position, _)| *position).collect();
        };
        // A view cannot read itself; should one seem to, nothing is known of it.
        self.known.insert(oid, HashSet::new());
        let found = match Node::parse(text) {
            Some(Node::List(queries)) => match queries.as_slice() {
                [query] => Query::new(query, &[], self.facts).columns(self),
                _ => HashSet::new(),
            },
            _ => HashSet::new(),
        };
        self.known.insert(oid, found.clone());
        found
    }
}
