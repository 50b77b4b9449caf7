//! What views give back.

use super::*;

const VIEWS: &str = "
CREATE TABLE teams (id int PRIMARY KEY, name varchar(10) NOT NULL, closed_at timestamptz);
CREATE TABLE players (id int PRIMARY KEY, team_id int NOT NULL REFERENCES teams (id), score numeric(5, 2),
    status text NOT NULL CHECK (status IN ('in', 'out')));
CREATE VIEW right_one AS SELECT p.id, t.name AS team, p.score FROM players p LEFT JOIN teams t ON t.id = p.team_id;
CREATE VIEW nulls AS SELECT * FROM right_one;
CREATE VIEW others AS SELECT id, status FROM players WHERE status = 'out';
CREATE VIEW none AS SELECT id FROM players WHERE false;
-- It depends on a primary key.
CREATE VIEW per_team AS SELECT t.*, sum(p.score) AS total FROM teams t LEFT JOIN players p ON p.team_id = t.id GROUP BY t.id;
CREATE MATERIALIZED VIEW totals AS SELECT sum(score) AS total FROM players;
CREATE VIEW of_totals AS SELECT * FROM totals;
CREATE VIEW divided AS SELECT id, 1 / score AS share FROM players;
CREATE TABLE numbers (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY);
";

/// What is read of two views is wrong.
fn wrong_views(generated: &mut Generated, _: &mut [Subject]) {
    let mut replace = |file: &str, from: &str, to: &str| {
        let mut files = generated.contracts.iter_mut();
        let file = files.find(|found| found.name == file).unwrap();
        assert!(file.text.contains(from), "{from} is not in {}", file.text);
        file.text = file.text.replace(from, to);
    };
    replace("nulls.rs", "pub team: Option<String>", "pub team: String");
    // A status is read as it is not.
    replace(
        "others.rs",
        "pub status: String,",
        "#[diesel(deserialize_as = Lower)]\n    pub status: String,",
    );
    let others = generated.contracts.iter_mut();
    let others = others
        .into_iter()
        .find(|file| file.name == "others.rs")
        .unwrap();
    // The table says so too: the compiler would notice.
    let further = generated.further.1.as_mut().unwrap();
    let (before, nulls) = further.split_once(" nulls (").unwrap();
    *further = format!(
        "{before} nulls ({}",
        nulls.replacen("team -> Nullable<Varchar>", "team -> Varchar", 1)
    );
    assert!(further.contains("team -> Varchar"), "{further}");
    others.text += "
/// Reads a text as another.
#[derive(Debug, diesel::deserialize::FromSqlRow)]
pub struct Lower(String);

impl diesel::deserialize::FromSql<diesel::sql_types::Text, diesel::pg::Pg> for Lower {
    fn from_sql(value: diesel::pg::PgValue<'_>) -> diesel::deserialize::Result<Self> {
        Ok(Self(str::from_utf8(value.as_bytes())?.to_uppercase()))
    }
}

impl From<Lower> for String {
    fn from(text: Lower) -> Self {
        text.0
    }
}
";
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_out_of_views_is_read_and_compared() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("views.sql");
    std::fs::write(&file, VIEWS).unwrap();
    let arguments = |seed| Arguments {
        schema_file: vec![file.clone()],
        without_checks: false,
        ..arguments(100, seed)
    };
    let right = report(&workspace(), arguments(1), None).await;
    assert_eq!(right.disagreements(), 0, "{}", right.text());
    let proofs = |report: &Report, name: &str| -> Vec<Proof> {
        let name = format!("public.{name}");
        let table = report.tables.iter().find(|table| table.name == name);
        let columns = table.unwrap().columns.iter();
        columns.map(|column| column.proof.clone()).collect()
    };
    for view in [
        "right_one",
        "nulls",
        "others",
        "per_team",
        "totals",
        "of_totals",
        "divided",
    ] {
        let proofs = proofs(&right, view);
        let is_read = |proof: &Proof| matches!(proof, Proof::Exact | Proof::Narrower);
        assert!(proofs.iter().all(is_read), "{view}: {proofs:?}");
    }
    // No row was seen of either.
    for name in ["none", "numbers"] {
        assert_eq!(proofs(&right, name), [Proof::OnlyRead], "{name}");
    }
    assert!(right.sums().read > 100, "{:?}", right.sums());
    let wrong = report(&workspace(), arguments(1), Some(wrong_views)).await;
    assert_eq!(
        proofs(&wrong, "nulls")[1],
        Proof::Differs,
        "{}",
        wrong.text()
    );
    assert_eq!(
        proofs(&wrong, "others")[1],
        Proof::Differs,
        "{}",
        wrong.text()
    );
    assert_eq!(proofs(&wrong, "right_one"), proofs(&right, "right_one"));
    let nulls = wrong
        .tables
        .iter()
        .find(|table| table.name == "public.nulls");
    let sql = &nulls.unwrap().found[0].sql;
    assert!(sql.contains("INSERT INTO \"public\".\"players\""), "{sql}");
    assert!(sql.ends_with("FROM \"public\".\"nulls\";"), "{sql}");
}
