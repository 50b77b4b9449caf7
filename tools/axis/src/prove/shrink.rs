//! A row that shows a difference, made as simple as it can be while it shows the same.

use super::ProveError;
use super::rows::Row;
use super::subject::Cell;
use super::trial::Trial;
use super::verdict::Verdict;

/// A difference, as it is reported.
#[derive(Clone, Debug)]
pub(crate) struct Shrunk {
    /// The row.
    pub(crate) row: Row,
    /// How the two differ.
    pub(crate) how: String,
}

impl Trial<'_> {
    /// Goes back to the good row column by column, then to simpler values, as long as the verdict is of the same sort.
    pub(crate) async fn shrink(
        &mut self,
        row: &Row,
        verdict: &Verdict,
    ) -> Result<Shrunk, ProveError> {
        let mut best = row.clone();
        let mut how = match verdict {
            Verdict::Differ { how, .. } => how.clone(),
            _ => String::new(),
        };
        let mut at = 0;
        while at < best.changes.len() && best.changes.len() > 1 {
            let mut fewer = best.clone();
            fewer.changes.remove(at);
            match self.still(vec![fewer], verdict).await? {
                Some((row, found)) => (best, how) = (row, found),
                None => at += 1,
            }
        }
        for at in 0..best.changes.len() {
            let (index, cell) = &best.changes[at];
            let now = size(cell);
            let mut simpler: Vec<Cell> = self.subject.columns[*index]
                .draws
                .iter()
                .cloned()
                .map(Cell::Value)
                .filter(|cell| size(cell) < now)
                .collect();
            simpler.sort_by_key(size);
            let rows = simpler
                .into_iter()
                .map(|cell| {
                    let mut row = best.clone();
                    row.changes[at].1 = cell;
                    row
                })
                .collect();
            if let Some(found) = self.still(rows, verdict).await? {
                (best, how) = found;
            }
        }
        Ok(Shrunk { row: best, how })
    }

    /// The first of the rows that shows the same.
    async fn still(
        &mut self,
        rows: Vec<Row>,
        verdict: &Verdict,
    ) -> Result<Option<(Row, String)>, ProveError> {
        let Verdict::Differ {
            category,
            signature,
            ..
        } = verdict
        else {
            return Ok(None);
        };
        let alone = rows.iter().all(|row| row.changes.len() == 1);
        let found = self.run(&rows, alone).await?;
        Ok(rows
            .into_iter()
            .zip(found)
            .find_map(|(row, (_, found))| match found {
                Verdict::Differ {
                    category: other,
                    how,
                    signature: same,
                } if other == *category && same == *signature => Some((row, how)),
                _ => None,
            }))
    }
}

/// How much there is to read.
fn size(cell: &Cell) -> usize {
    match cell {
        Cell::Absent | Cell::Null => 0,
        Cell::Value(draw) => {
            let literal = draw.literal.as_ref().map(String::len);
            1 + literal.unwrap_or_else(|| format!("{:?}", draw.value).len() + 8)
        }
    }
}
