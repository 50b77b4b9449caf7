//! Rules that the whole migrated schema must keep.

use axis_testkit::TestDatabase;

use crate::support::bystander;

/// Each rule lists what it looked at, and what is wrong with it, if anything.
const COMMENTS: &str = r"
SELECT c.oid::regclass || coalesce('.' || quote_ident(a.attname), '') AS object,
       CASE WHEN coalesce(col_description(c.oid, a.attnum), '') = '' AND a.attnum IS NOT NULL
              OR coalesce(obj_description(c.oid, 'pg_class'), '') = '' AND a.attnum IS NULL
            THEN 'has no comment' END AS problem
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
LEFT JOIN LATERAL (
    SELECT attname, attnum FROM pg_attribute WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped
    UNION ALL SELECT NULL, NULL
) a ON true
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND c.relname <> '__diesel_schema_migrations'";

/// Usable for the foreign key's own lookups: valid, over all rows, and beginning with its columns
/// in whatever order.
const FOREIGN_KEYS: &str = r"
SELECT f.conrelid::regclass || '.' || f.conname AS object,
       CASE WHEN NOT EXISTS (
           SELECT FROM pg_index i
           WHERE i.indrelid = f.conrelid AND i.indisvalid AND i.indisready AND i.indislive
             AND i.indpred IS NULL
             AND i.indnkeyatts >= cardinality(f.conkey)
             AND (SELECT array_agg(key ORDER BY key)
                  FROM unnest((i.indkey::int2[])[0:cardinality(f.conkey) - 1]) AS key)
                 = (SELECT array_agg(key ORDER BY key) FROM unnest(f.conkey) AS key)
       ) THEN 'has no usable index' END AS problem
FROM pg_constraint f
WHERE f.contype = 'f' AND f.conparentid = 0";

/// Looks at the migrated schema after `change`. Gives how many objects were looked at, and the
/// complaints.
async fn look(rule: &str, change: &str) -> (usize, Vec<String>) {
    let test = TestDatabase::migrated().await;
    let client = bystander(&test).await;
    client.batch_execute(change).await.unwrap();
    let rows = client.query(rule, &[]).await.unwrap();
    let complaints = rows
        .iter()
        .filter_map(|row| {
            let problem: Option<String> = row.get(1);
            Some(format!("{} {}", row.get::<_, String>(0), problem?))
        })
        .collect();
    (rows.len(), complaints)
}

#[tokio::test]
async fn every_table_and_column_has_a_comment() {
    let (looked_at, complaints) = look(COMMENTS, "").await;
    assert_eq!(complaints, [""; 0]);
    assert!(looked_at >= 17, "only {looked_at} objects");
}

#[tokio::test]
async fn a_missing_comment_is_noticed() {
    let cases = [
        (
            "CREATE TABLE bare (); COMMENT ON TABLE bare IS ''",
            "bare has no comment",
        ),
        (
            "COMMENT ON COLUMN users.name IS NULL",
            "users.name has no comment",
        ),
        (
            "CREATE VIEW live AS SELECT id FROM users; COMMENT ON VIEW live IS 'x'",
            "live.id has no comment",
        ),
    ];
    for (change, complaint) in cases {
        assert_eq!(look(COMMENTS, change).await.1, [complaint]);
    }
}

#[tokio::test]
async fn every_foreign_key_has_a_usable_index() {
    let (looked_at, complaints) = look(FOREIGN_KEYS, "").await;
    assert_eq!(complaints, [""; 0]);
    assert!(looked_at >= 1, "only {looked_at} foreign keys");
}

#[tokio::test]
async fn a_foreign_key_without_a_usable_index_is_noticed() {
    let without = "DROP INDEX posts_user_id_idx";
    // posts_live_of_user_newest_idx is still there, and is partial.
    assert_eq!(
        look(FOREIGN_KEYS, without).await.1,
        ["posts.posts_user_id_fkey has no usable index"]
    );
    let second = format!("{without}; CREATE INDEX ON posts (title, user_id)");
    assert_eq!(look(FOREIGN_KEYS, &second).await.1.len(), 1);
    let included = format!("{without}; CREATE INDEX ON posts (title) INCLUDE (user_id)");
    assert_eq!(look(FOREIGN_KEYS, &included).await.1.len(), 1);
    let first = format!("{without}; CREATE INDEX ON posts (user_id, title)");
    assert_eq!(look(FOREIGN_KEYS, &first).await.1, [""; 0]);
    // Two columns, in an index of the other order.
    let two = "CREATE TABLE a (x int, y int, PRIMARY KEY (x, y)); \
               CREATE TABLE b (x int, y int, FOREIGN KEY (x, y) REFERENCES a)";
    assert_eq!(look(FOREIGN_KEYS, two).await.1.len(), 1);
    let indexed = format!("{two}; CREATE INDEX ON b (y, x)");
    assert_eq!(look(FOREIGN_KEYS, &indexed).await.1, [""; 0]);
}
