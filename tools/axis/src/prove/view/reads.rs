//! What views read.

use std::collections::{BTreeMap, BTreeSet};

use tokio_postgres::Client;

use super::super::subject::{Subject, quoted};
use crate::generate::catalog::Name;

/// What a view reads, through whatever views are between.
#[derive(Clone, Debug, Default)]
pub(super) struct Reads {
    /// The columns of tables. None where it reads no column of the table, but counts its rows.
    columns: BTreeMap<Name, BTreeSet<String>>,
    /// Materialised views, in the order in which they were made, and itself if it is one.
    pub(super) refreshed: Vec<String>,
    /// Constants of the queries.
    pub(super) constants: BTreeSet<String>,
}

impl Reads {
    /// Asks the database. By the view's name.
    pub(super) async fn of_all(
        client: &Client,
    ) -> Result<BTreeMap<Name, Self>, tokio_postgres::Error> {
        let mut found: BTreeMap<Name, Self> = BTreeMap::new();
        for row in client.query(include_str!("../sql/views.sql"), &[]).await? {
            let text = |column: &str| row.try_get::<_, String>(column);
            let view = Name::new(&text("view_schema")?, &text("view")?);
            let relation = Name::new(&text("schema")?, &text("name")?);
            let column: Option<String> = row.try_get("column_name")?;
            let definition: Option<String> = row.try_get("definition")?;
            let reads = found.entry(view).or_default();
            if let Some(definition) = definition {
                reads.constants.extend(constants(&definition));
                let sql_name = format!("{}.{}", quoted(&relation.schema), quoted(&relation.name));
                if row.try_get("is_kept")? && !reads.refreshed.contains(&sql_name) {
                    reads.refreshed.push(sql_name);
                }
            } else {
                reads.columns.entry(relation).or_default().extend(column);
            }
        }
        Ok(found)
    }

    /// The tables that it reads, and the columns of each.
    pub(super) fn tables<'a>(&self, subjects: &'a [Subject]) -> Vec<(&'a Subject, Vec<usize>)> {
        let subjects = subjects.iter().filter(|subject| !subject.is_read_only);
        subjects
            .filter_map(|subject| {
                let read = self.columns.get(&subject.name)?;
                let columns = subject.columns.iter().enumerate();
                let columns = columns.filter(|(_, column)| read.contains(&column.name));
                Some((subject, columns.map(|(index, _)| index).collect()))
            })
            .collect()
    }
}

/// The texts in quotes and the numbers of a query.
fn constants(definition: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (index, part) in definition.split('\'').enumerate() {
        match index % 2 {
            1 => drop(found.insert(part.to_owned())),
            _ => found.extend(
                part.split(|character: char| {
                    !character.is_ascii_alphanumeric() && character != '_'
                })
                .filter(|word| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit()))
                .map(str::to_owned),
            ),
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constants_are_found() {
        let found = constants(" SELECT a1 FROM t WHERE b = 'open'::text AND c > 12 OR d = ''");
        let expected = ["", "12", "open"].map(str::to_owned);
        assert_eq!(found, BTreeSet::from(expected));
    }
}
