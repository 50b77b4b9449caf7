//! Values that take long to try, and which columns try them.

use std::collections::BTreeMap;

use super::Subject;
use crate::generate::check_expression::Expr;

/// Leaves costly values to one column of each type, to one that no CHECK reads where there is such a column: all columns of a
/// type share its rule. A length is the column's own.
pub(super) fn spare(subjects: &mut [Subject]) {
    let mut chosen: BTreeMap<String, (bool, usize, usize)> = BTreeMap::new();
    for (table, subject) in subjects.iter().enumerate() {
        for (place, column) in subject.proved().filter(|(_, column)| !column.has_limit) {
            let is_costly = column.draws.iter().any(|draw| draw.is_costly);
            if is_costly && !subject.is_read_only && !column.is_computed() {
                let found = (subject.is_read(&column.name), table, place);
                let best = chosen.entry(column.data_type.clone()).or_insert(found);
                *best = found.min(*best);
            }
        }
    }
    for (table, subject) in subjects.iter_mut().enumerate() {
        for (place, column) in subject.columns.iter_mut().enumerate() {
            let best = chosen.get(&column.data_type);
            let is_chosen = best.is_some_and(|(_, of, at)| (*of, *at) == (table, place));
            if !column.has_limit && !is_chosen {
                column.draws.retain(|draw| !draw.is_costly);
            }
        }
    }
}

impl Subject {
    /// Whether a CHECK of the table reads a column.
    fn is_read(&self, name: &str) -> bool {
        let mut is_read = false;
        for rule in &self.trees {
            rule.tree.visit(&mut |part| {
                is_read |= matches!(part, Expr::Column(found, _) if found == name);
            });
        }
        is_read
    }
}

#[cfg(test)]
mod tests {
    use axis_testkit::TestDatabase;

    use super::super::*;
    use crate::generate::database::catalog_of;
    use crate::generate::diesel_schema::{DieselSchema, Settings};
    use crate::prove::rows::{Operation, cells};

    const TABLES: &str = "CREATE TABLE first (id int PRIMARY KEY, read numeric CHECK (read > 0), a numeric, b numeric);
    CREATE TABLE second (id int PRIMARY KEY, c numeric, whole varchar(200000), half varchar(200000), places box[]);
    CREATE VIEW third AS SELECT a FROM first;";

    /// The subjects of some tables.
    async fn subjects_of(tables: &str) -> Vec<Subject> {
        let database = TestDatabase::empty().await;
        let (client, connection) = tokio_postgres::connect(database.url(), tokio_postgres::NoTls)
            .await
            .unwrap();
        let driver = tokio::spawn(connection);
        client.batch_execute(tables).await.unwrap();
        drop(client);
        driver.await.unwrap().unwrap();
        let catalog = catalog_of(database.url()).await;
        let settings = Settings::plain();
        let diesel = DieselSchema::new(&catalog, &settings);
        let contract = Contract::new(&catalog, &diesel, &BTreeMap::new(), &BTreeMap::new(), &[]);
        subjects(&catalog, &contract.unwrap(), &BTreeMap::new())
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn one_column_of_a_type_has_costly_values_and_each_length_its_own() {
        let subjects = subjects_of(TABLES).await;
        let columns = subjects.iter().flat_map(|subject| {
            let costly = |column: &&Column| column.draws.iter().any(|draw| draw.is_costly);
            let columns = subject.columns.iter().filter(costly);
            columns.map(|column| column.name.as_str())
        });
        assert_eq!(columns.collect::<Vec<_>>(), ["a", "whole", "half"]);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn an_update_has_the_costly_values_of_a_length_and_not_of_a_type() {
        let subjects = subjects_of(TABLES).await;
        let columns = subjects.iter().flat_map(|subject| &subject.columns);
        let is_costly = |cell: &Cell| cell.draw().is_some_and(|draw| draw.is_costly);
        let counts = columns.filter_map(|column| {
            let [insert, update] = [Operation::Insert, Operation::Update].map(|operation| {
                let cells = cells(column, operation);
                cells.iter().filter(|cell| is_costly(cell)).count()
            });
            (insert > 0).then_some((column.name.as_str(), insert == update, update > 0))
        });
        let expected = [
            ("a", false, false),
            ("whole", true, true),
            ("half", true, true),
        ];
        assert_eq!(counts.collect::<Vec<_>>(), expected);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn the_catalog_says_what_stands_between_elements() {
        let subjects = subjects_of(TABLES).await;
        let mut columns = subjects.iter().flat_map(|subject| &subject.columns);
        let places = columns.find(|column| column.name == "places").unwrap();
        let random = places.random.as_ref().unwrap();
        let mut rng = Rng::with_seed(3);
        let drawn = (0..20).filter_map(|_| random.draw(&mut rng)?.literal);
        let literals: Vec<String> = places
            .draws
            .iter()
            .filter_map(|draw| draw.literal.clone())
            .chain(drawn)
            .filter(|literal| literal.contains(';') || literal.contains("\",\""))
            .collect();
        assert!(literals.len() > 5, "{literals:?}");
        assert!(
            literals.iter().all(|literal| !literal.contains("\",\"")),
            "{literals:?}"
        );
    }
}
