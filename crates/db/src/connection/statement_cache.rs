//! The statements that a connection has prepared, most recently used ones kept.
//!
//! Diesel knows a query by its type where the type fixes the SQL text; then a hit needs no text at
//! all. All others (UPDATE, INSERT with defaults, boxed queries, `sql_query`) are known by their
//! text. The types of the bound values belong to the key, since the same text means another
//! statement for other types.

use std::any::TypeId;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::Arc;

use rustc_hash::FxHashMap;
use tokio_postgres::Statement;

/// By what a statement is looked up.
#[derive(Clone, Copy, Debug)]
pub(super) enum Key<'a> {
    /// The query's type.
    Type(TypeId),
    /// The query's text.
    Sql(&'a str),
}

/// A statement that went out before.
pub(super) struct Entry {
    oids: Box<[u32]>,
    sql: Arc<str>,
    /// None in the unnamed mode, where only the text is worth keeping.
    statement: Option<Statement>,
    last_use: u64,
}

impl Entry {
    /// The text and the statement. Counts references, copies nothing.
    pub(super) fn share(&self) -> (Arc<str>, Option<Statement>) {
        (Arc::clone(&self.sql), self.statement.clone())
    }
}

/// A bounded map that forgets what was not used for longest. Forgetting a [`Statement`] closes it
/// on the server.
pub(super) struct StatementCache {
    capacity: usize,
    length: usize,
    clock: u64,
    // Nearly every list has one entry: one query is seldom bound to values of different types.
    by_type: HashMap<TypeId, Vec<Entry>, BuildHasherDefault<TypeIdHasher>>,
    // The texts are those of the code's own queries, and bounded: nobody can fill it with texts of one hash.
    by_sql: FxHashMap<Arc<str>, Vec<Entry>>,
}

impl StatementCache {
    /// Holds at most `capacity` statements, and at least one.
    pub(super) fn new(capacity: usize) -> Self {
        Self {
            capacity: capacity.max(1),
            length: 0,
            clock: 0,
            by_type: HashMap::default(),
            by_sql: HashMap::default(),
        }
    }

    /// How many statements are held.
    pub(super) fn len(&self) -> usize {
        self.length
    }

    /// The statement of `key` for values of the types `oids`. Allocates nothing.
    pub(super) fn get(&mut self, key: Key<'_>, oids: &[u32]) -> Option<&Entry> {
        self.clock += 1;
        let clock = self.clock;
        let entry = self
            .entries(key)?
            .iter_mut()
            .find(|entry| *entry.oids == *oids)?;
        entry.last_use = clock;
        Some(entry)
    }

    /// Keeps a statement, in place of an older one under the same key.
    pub(super) fn insert(
        &mut self,
        key: Key<'_>,
        oids: &[u32],
        sql: Arc<str>,
        statement: Option<Statement>,
    ) {
        self.remove(key, oids);
        if self.length >= self.capacity {
            self.evict();
        }
        self.clock += 1;
        let list = match key {
            Key::Type(id) => self.by_type.entry(id).or_default(),
            Key::Sql(_) => self.by_sql.entry(Arc::clone(&sql)).or_default(),
        };
        list.push(Entry {
            oids: oids.into(),
            sql,
            statement,
            last_use: self.clock,
        });
        self.length += 1;
    }

    /// Forgets one statement.
    pub(super) fn remove(&mut self, key: Key<'_>, oids: &[u32]) {
        let Some(list) = self.entries(key) else {
            return;
        };
        let before = list.len();
        list.retain(|entry| *entry.oids != *oids);
        let removed = before - list.len();
        let is_empty = list.is_empty();
        self.length -= removed;
        if is_empty {
            match key {
                Key::Type(id) => drop(self.by_type.remove(&id)),
                Key::Sql(sql) => drop(self.by_sql.remove(sql)),
            }
        }
    }

    /// Forgets all statements.
    pub(super) fn clear(&mut self) {
        self.by_type.clear();
        self.by_sql.clear();
        self.length = 0;
    }

    fn entries(&mut self, key: Key<'_>) -> Option<&mut Vec<Entry>> {
        match key {
            Key::Type(id) => self.by_type.get_mut(&id),
            Key::Sql(sql) => self.by_sql.get_mut(sql),
        }
    }

    /// Looks at every entry. It happens on a miss only, which costs a round trip to the server
    /// anyway.
    fn evict(&mut self) {
        let all = self.by_type.values().chain(self.by_sql.values()).flatten();
        let Some(oldest) = all.map(|entry| entry.last_use).min() else {
            return;
        };
        self.by_type.retain(|_, list| without(list, oldest));
        self.by_sql.retain(|_, list| without(list, oldest));
        self.length -= 1;
    }
}

/// A [`TypeId`] is a hash already.
#[derive(Default)]
struct TypeIdHasher(u64);

impl Hasher for TypeIdHasher {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, part: u64) {
        self.0 ^= part;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

fn without(list: &mut Vec<Entry>, last_use: u64) -> bool {
    list.retain(|entry| entry.last_use != last_use);
    !list.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(cache: &mut StatementCache, sql: &str, oids: &[u32]) {
        cache.insert(Key::Sql(sql), oids, sql.into(), None);
    }

    #[test]
    fn forgets_what_was_not_used_for_longest() {
        let mut cache = StatementCache::new(2);
        put(&mut cache, "a", &[]);
        put(&mut cache, "b", &[]);
        assert!(cache.get(Key::Sql("a"), &[]).is_some());
        put(&mut cache, "c", &[]);
        assert!(cache.get(Key::Sql("a"), &[]).is_some());
        assert!(cache.get(Key::Sql("b"), &[]).is_none());
        assert!(cache.get(Key::Sql("c"), &[]).is_some());
        assert_eq!(cache.len(), 2);
    }

    #[test]
    fn stays_bounded_over_many_statements() {
        let mut cache = StatementCache::new(8);
        for number in 0_u32..1000 {
            put(
                &mut cache,
                &format!("select {}", number % 100),
                &[number % 3],
            );
            cache.insert(
                Key::Type(TypeId::of::<u8>()),
                &[number],
                "typed".into(),
                None,
            );
            assert!(cache.len() <= 8);
        }
        assert_eq!(cache.len(), 8);
        let held = cache.by_sql.values().chain(cache.by_type.values());
        assert_eq!(held.map(Vec::len).sum::<usize>(), 8);
    }

    #[test]
    fn tells_types_of_values_apart() {
        let mut cache = StatementCache::new(8);
        put(&mut cache, "select $1", &[23]);
        assert!(cache.get(Key::Sql("select $1"), &[25]).is_none());
        put(&mut cache, "select $1", &[25]);
        assert!(cache.get(Key::Sql("select $1"), &[23]).is_some());
        assert_eq!(cache.len(), 2);
        cache.remove(Key::Sql("select $1"), &[23]);
        assert!(cache.get(Key::Sql("select $1"), &[25]).is_some());
        cache.clear();
        assert_eq!(cache.len(), 0);
    }

    #[test]
    fn replaces_under_the_same_key() {
        let mut cache = StatementCache::new(8);
        put(&mut cache, "select 1", &[]);
        put(&mut cache, "select 1", &[]);
        assert_eq!(cache.len(), 1);
    }
}
