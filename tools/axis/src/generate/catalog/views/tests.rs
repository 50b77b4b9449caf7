//! What views say of NULL, asked of a real PostgreSQL.

use axis_testkit::TestDatabase;

use super::super::super::database::catalog_of;
use super::super::{Catalog, Name};

const TABLES: &str = "
CREATE DOMAIN required AS int NOT NULL;
CREATE TABLE parent (id int PRIMARY KEY, name text NOT NULL, note text, at timestamptz NOT NULL, amount numeric NOT NULL,
    document jsonb NOT NULL, number required, tags text[] NOT NULL);
CREATE TABLE child (id int PRIMARY KEY, parent_id int NOT NULL REFERENCES parent, other_id int REFERENCES parent, label text NOT NULL);
CREATE TABLE ancestor (a int NOT NULL, b int NOT NULL);
CREATE TABLE descendant () INHERITS (ancestor);
ALTER TABLE descendant ALTER b DROP NOT NULL;
CREATE FUNCTION surprise(int) RETURNS int LANGUAGE sql STRICT AS 'SELECT NULL::int';
";

/// Rows with NULL wherever a table lets one be.
const ROWS: &str = "
INSERT INTO parent VALUES (1, 'a', NULL, now(), 1, '{}', 1, '{}'), (2, 'x', 'b', 'infinity', -2, 'null', 2, '{NULL}'),
    (3, 'b', NULL, '-infinity', 0, '[1]', 3, '{a,b}');
INSERT INTO child VALUES (1, 1, NULL, 'l'), (5, 1, 2, 'm'), (6, 2, NULL, '');
INSERT INTO ancestor VALUES (1, 2);
INSERT INTO descendant VALUES (3, NULL);
";

/// A view's query, and its columns that are never NULL.
const VIEWS: &[(&str, &str)] = &[
    ("SELECT id, name, note FROM parent", "id name"),
    (
        "SELECT p.id, c.id AS c, c.label FROM parent p LEFT JOIN child c ON c.parent_id = p.id",
        "id",
    ),
    (
        "SELECT p.id, c.id AS c FROM parent p RIGHT JOIN child c ON c.parent_id = p.id",
        "c",
    ),
    (
        "SELECT p.id, c.id AS c FROM parent p FULL JOIN child c ON c.parent_id = p.id",
        "",
    ),
    ("SELECT p.id, c.id AS c FROM parent p, child c", "id c"),
    (
        "SELECT id, c.label, p.name FROM parent p JOIN child c USING (id)",
        "id label name",
    ),
    (
        "SELECT id, c.label FROM parent p LEFT JOIN child c USING (id)",
        "id",
    ),
    ("SELECT id FROM parent p FULL JOIN child c USING (id)", ""),
    // The condition refuses the rows that the outer join made.
    (
        "SELECT p.id, c.label FROM parent p LEFT JOIN child c ON c.parent_id = p.id WHERE c.id > 0",
        "id label",
    ),
    (
        "SELECT p.id, c.label FROM parent p LEFT JOIN child c ON c.parent_id = p.id WHERE c.id > 0 OR p.id = 1",
        "id",
    ),
    (
        "SELECT p.id, c.label FROM parent p LEFT JOIN child c ON c.parent_id = p.id AND c.id > 0",
        "id",
    ),
    (
        "SELECT note FROM parent WHERE note IS NOT NULL AND id > 1",
        "note",
    ),
    ("SELECT note FROM parent WHERE note IN ('a', 'b')", "note"),
    (
        "SELECT note FROM parent WHERE note IS DISTINCT FROM 'a'",
        "",
    ),
    (
        "SELECT a.id AS a, b.id AS b, c.id AS c FROM parent a LEFT JOIN (child b JOIN child c ON b.id = c.id) ON a.id = b.id",
        "a",
    ),
    (
        "SELECT count(*) AS n, count(note) AS m, max(id) AS o, sum(id) AS p FROM parent",
        "n m",
    ),
    (
        "SELECT name, max(id) AS o, max(note) AS p, stddev(id) AS q FROM parent GROUP BY name",
        "name o",
    ),
    (
        "SELECT name, max(id) FILTER (WHERE id > 5) AS o FROM parent GROUP BY name",
        "name",
    ),
    (
        "SELECT name, id, count(*) AS n FROM parent GROUP BY ROLLUP (name, id)",
        "n",
    ),
    (
        "SELECT lower(name) AS l, count(*) AS n FROM parent GROUP BY lower(name)",
        "l n",
    ),
    (
        "SELECT array_agg(name) AS a, json_agg(note) AS b FROM parent GROUP BY at",
        "a",
    ),
    (
        "SELECT row_number() OVER (ORDER BY id) AS r, lag(id) OVER () AS l, count(*) OVER () AS c, rank() OVER () AS k FROM parent",
        "r c k",
    ),
    (
        "SELECT coalesce(note, '') AS a, coalesce(note, note) AS b, nullif(name, 'x') AS c, greatest(note, name) AS d FROM parent",
        "a d",
    ),
    (
        "SELECT CASE WHEN id > 1 THEN name ELSE 'a' END AS a, CASE WHEN id > 1 THEN name END AS b, CASE id WHEN 1 THEN note ELSE name END AS c FROM parent",
        "a",
    ),
    (
        "SELECT id + 1 AS a, id + 1.5 AS b, name || note AS c, name || 'x' AS d, -id AS e, id::text AS f, name::varchar(3) AS g, amount::int AS h FROM parent",
        "a b d e f g h",
    ),
    (
        "SELECT document -> 'a' AS a, document ->> 'b' AS b, document['c'] AS c, tags[1] AS d, document || '{}' AS e, array_length(tags, 1) AS f, cardinality(tags) AS g FROM parent",
        "g",
    ),
    (
        "SELECT at + interval '1 day' AS a, extract(hour FROM at) AS b, date_trunc('day', at) AS c, at::date AS d, to_char(at, '') AS e, at AT TIME ZONE 'UTC' AS f FROM parent",
        "a c d f",
    ),
    (
        "SELECT name ~ 'a' AS a, name LIKE 'b' AS b, note = 'c' AS c, id = 1 AND name = 'x' AS d, note IS NULL AS e, NOT id = 1 AS f, id IN (1, 2) AS g FROM parent",
        "a b d e f",
    ),
    (
        "SELECT surprise(id) AS a, now() AS b, CURRENT_TIMESTAMP AS c, CURRENT_DATE AS d, CURRENT_SCHEMA AS e, concat(note, 'x') AS f FROM parent",
        "b c d f",
    ),
    (
        "SELECT 1 AS a, 'x'::text AS b, NULL::int AS c, ARRAY[NULL::int] AS d, ROW(1, NULL) IS NULL AS e, true AS f",
        "a b d e f",
    ),
    (
        "SELECT (SELECT count(*) FROM child) AS a, (SELECT label FROM child LIMIT 1) AS b, EXISTS (SELECT FROM child) AS c, ARRAY(SELECT id FROM child) AS d, (SELECT max(id) FROM child) AS e, (SELECT count(*) FROM child GROUP BY label LIMIT 1) AS f, (SELECT count(*) FROM child c WHERE c.parent_id = parent.id) AS g, id IN (SELECT other_id FROM child) AS h FROM parent",
        "a c d g",
    ),
    (
        "SELECT id FROM parent UNION ALL SELECT other_id FROM child",
        "",
    ),
    (
        "SELECT id, name FROM parent UNION SELECT id, label FROM child",
        "id name",
    ),
    (
        "SELECT id FROM parent EXCEPT SELECT other_id FROM child",
        "id",
    ),
    (
        "SELECT other_id FROM child INTERSECT SELECT id FROM parent",
        "",
    ),
    (
        "SELECT id FROM parent UNION (SELECT id FROM child UNION SELECT other_id FROM child)",
        "",
    ),
    (
        "WITH a AS (SELECT id, note FROM parent), b AS (SELECT id FROM a) SELECT b.id, a.note FROM a JOIN b ON a.id = b.id",
        "id",
    ),
    (
        "WITH RECURSIVE a AS (SELECT id FROM parent UNION SELECT a.id FROM a) SELECT id FROM a",
        "",
    ),
    (
        "SELECT s.id, s.n, s.note FROM (SELECT id, note, count(*) AS n FROM parent GROUP BY id) s",
        "id n",
    ),
    (
        "SELECT s.n FROM parent p LEFT JOIN (SELECT count(*) AS n, id FROM child GROUP BY id) s ON s.id = p.id",
        "",
    ),
    (
        "SELECT s.n FROM parent p LEFT JOIN LATERAL (SELECT count(*) AS n FROM child c WHERE c.parent_id = p.id) s ON true",
        "",
    ),
    (
        "SELECT v.a, v.b FROM (VALUES (1, 'x'), (2, NULL)) AS v (a, b)",
        "a",
    ),
    ("SELECT number, number + 1 AS b FROM parent", "number b"),
    (
        "SELECT p.number FROM child c LEFT JOIN parent p ON p.id = c.other_id",
        "",
    ),
    ("SELECT a, b FROM ancestor", "a"),
    ("SELECT a, b FROM ONLY ancestor", "a"),
    (
        "SELECT generate_series(1, 2) AS a, unnest(tags) AS b, id FROM parent",
        "id",
    ),
    ("SELECT x FROM generate_series(1, 3) AS x", ""),
    (
        "SELECT DISTINCT ON (name) name, note FROM parent ORDER BY name, id",
        "name",
    ),
    (
        "SELECT string_agg(name, ',' ORDER BY id) AS a, string_agg(name, note) AS b FROM parent GROUP BY id",
        "a",
    ),
    ("SELECT p AS whole FROM parent p", ""),
    ("SELECT p.ctid AS c, p.tableoid AS t FROM parent p", ""),
];

async fn database(kind: &str) -> TestDatabase {
    let database = TestDatabase::empty().await;
    let (client, connection) = tokio_postgres::connect(database.url(), tokio_postgres::NoTls)
        .await
        .unwrap();
    tokio::spawn(connection);
    client.batch_execute(TABLES).await.unwrap();
    client.batch_execute(ROWS).await.unwrap();
    for (number, (query, _)) in VIEWS.iter().enumerate() {
        let sql = format!("CREATE {kind} view_{number} AS {query}");
        client.batch_execute(&sql).await.expect(&sql);
    }
    client
        .batch_execute(
            "CREATE VIEW of_views AS SELECT a.id, b.c, a.name, a.note FROM view_0 a LEFT JOIN view_1 b USING (id)",
        )
        .await
        .unwrap();
    database
}

#[tokio::test(flavor = "multi_thread")]
async fn nullability_is_what_the_query_says() {
    for kind in ["VIEW", "MATERIALIZED VIEW"] {
        let database = database(kind).await;
        let catalog = catalog_of(database.url()).await;
        let mut differences = Vec::new();
        let never_null = |view: &str| {
            let name = Name::new("public", view);
            let relation = catalog.relations.iter().find(|found| found.name == name);
            let columns = relation.unwrap().columns.iter();
            let columns = columns.filter(|column| !column.reads_null);
            let names: Vec<&str> = columns.map(|column| column.name.as_str()).collect();
            names.join(" ")
        };
        for (number, (query, expected)) in VIEWS.iter().enumerate() {
            let found = never_null(&format!("view_{number}"));
            if found != *expected {
                differences.push(format!("{query}\n  expected {expected:?}, found {found:?}"));
            }
        }
        assert!(differences.is_empty(), "{}", differences.join("\n"));
        assert!(nulls(&catalog, database.url()).await > 40);
        assert_eq!(never_null("of_views"), "id name");
        assert_eq!(never_null("ancestor"), "a");
    }
}

/// How many columns that are said to be never NULL were read. None of them is.
async fn nulls(catalog: &Catalog, url: &str) -> usize {
    let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls)
        .await
        .unwrap();
    tokio::spawn(connection);
    let mut read = 0;
    for relation in &catalog.relations {
        for column in relation.columns.iter().filter(|column| !column.reads_null) {
            let (table, column) = (&relation.name, &column.name);
            let query = format!("SELECT count(*) FROM {table} WHERE {column} IS NULL");
            let count: i64 = client.query_one(&query, &[]).await.unwrap().get(0);
            assert_eq!(count, 0, "{table}.{column}");
            read += 1;
        }
    }
    read
}
