//! Which columns of a view are never NULL, as far as its query says so.
//!
//! The query is read from `pg_rewrite`, where PostgreSQL keeps it parsed: names are resolved there, and a join is a join.
//! What is not recognised may be NULL.

mod query;
#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};

use tokio_postgres::{Client, Row};

use super::super::node_tree::{self, Node};
use super::{Catalog, Column};
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

/// How the queries of views name a relation.
#[derive(Debug)]
pub(super) struct Shape {
    /// Its oid.
    pub(super) oid: u32,
    /// The positions of its columns, in their order.
    pub(super) positions: Vec<i16>,
    /// Its own query, where it is a view.
    pub(super) query_tree: Option<String>,
}

impl Shape {
    /// Whether the relation is a view.
    pub(super) fn is_view(&self) -> bool {
        self.query_tree.is_some()
    }
}

/// What is known of a relation.
#[derive(Debug)]
struct Source {
    /// The positions of the columns in which no row holds NULL. Of a view none, until its query is read.
    never_null: HashSet<i16>,
    /// The query of a view.
    query_tree: Option<String>,
}

/// Says of each column whether a row that is read may hold NULL. `shapes` are in the order of the relations.
pub(super) fn infer(facts: &Facts, catalog: &mut Catalog, shapes: Vec<Shape>) {
    let of_table = |column: &Column| column.reads_null || catalog.is_nullable(column);
    let of_tables: Vec<Vec<bool>> = catalog
        .relations
        .iter()
        .map(|relation| relation.columns.iter().map(of_table).collect())
        .collect();
    let mut sources = HashMap::new();
    let mut places = Vec::new();
    for (shape, reads_null) in shapes.into_iter().zip(&of_tables) {
        let positions = shape.positions.iter().zip(reads_null);
        let never_null = positions.filter(|(_, reads_null)| !**reads_null);
        let source = Source {
            never_null: never_null.map(|(position, _)| *position).collect(),
            query_tree: shape.query_tree,
        };
        sources.insert(shape.oid, source);
        places.push((shape.oid, shape.positions));
    }
    let mut relations = Relations {
        facts,
        sources: &sources,
        known: HashMap::new(),
    };
    for (relation, (oid, positions)) in catalog.relations.iter_mut().zip(places) {
        let never_null = relations.never_null(oid);
        for (column, position) in relation.columns.iter_mut().zip(positions) {
            column.reads_null = !never_null.contains(&position);
        }
    }
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
            return source.never_null.clone();
        };
        // A view cannot read itself; should one seem to, nothing is known of it.
        self.known.insert(oid, HashSet::new());
        let found = match node_tree::parse(text) {
            Ok(Node::List(queries)) => match queries.as_slice() {
                [query] => Query::new(query, &[], self.facts).columns(self),
                _ => HashSet::new(),
            },
            _ => HashSet::new(),
        };
        self.known.insert(oid, found.clone());
        found
    }
}
