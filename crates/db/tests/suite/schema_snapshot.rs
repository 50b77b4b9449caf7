//! Up, down, up: every migration's way down leads back to where it came from.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use axis_local_postgres::Migrations;
use axis_testkit::TestDatabase;

use crate::migrations::folder;
use crate::support::bystander;

/// One line for each object outside of the system's schemas, with all that defines it.
const OBJECTS: &str = r"
WITH relations AS (
    SELECT c.* FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
      AND c.relname <> '__diesel_schema_migrations' AND c.relname <> '__diesel_schema_migrations_pkey'
)
SELECT 'schema ' || nspname || coalesce(' -- ' || obj_description(oid, 'pg_namespace'), '')
FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'
UNION ALL
SELECT format('relation %s kind %s persistence %s rls %s/%s options %s partition %s/%s -- %s', c.oid::regclass,
              c.relkind, c.relpersistence, c.relrowsecurity, c.relforcerowsecurity, c.reloptions,
              pg_get_partkeydef(c.oid), pg_get_expr(c.relpartbound, c.oid), obj_description(c.oid, 'pg_class'))
       || coalesce(' as ' || CASE WHEN c.relkind IN ('v', 'm') THEN pg_get_viewdef(c.oid) END, '')
FROM relations c WHERE c.relkind NOT IN ('i', 'I')
UNION ALL
-- Columns by their order, not by their number: a column that came back has a new one.
SELECT format('column %s.%s at %s type %s collation %s not null %s default %s identity %s generated %s storage %s statistics %s -- %s',
              c.oid::regclass, a.attname, row_number() OVER (PARTITION BY c.oid ORDER BY a.attnum),
              format_type(a.atttypid, a.atttypmod), a.attcollation::regcollation, a.attnotnull,
              pg_get_expr(d.adbin, d.adrelid), a.attidentity, a.attgenerated, a.attstorage, a.attstattarget,
              col_description(c.oid, a.attnum))
FROM relations c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
WHERE c.relkind NOT IN ('i', 'I', 'S')
UNION ALL
SELECT format('constraint %s of %s %s valid %s -- %s', o.conname, o.conrelid::regclass, pg_get_constraintdef(o.oid),
              o.convalidated, obj_description(o.oid, 'pg_constraint'))
FROM pg_constraint o JOIN relations c ON c.oid = o.conrelid
UNION ALL
SELECT format('index %s valid %s clustered %s -- %s', pg_get_indexdef(i.indexrelid), i.indisvalid, i.indisclustered,
              obj_description(i.indexrelid, 'pg_class'))
FROM pg_index i JOIN relations c ON c.oid = i.indrelid
UNION ALL
SELECT format('trigger %s enabled %s -- %s', pg_get_triggerdef(t.oid), t.tgenabled, obj_description(t.oid, 'pg_trigger'))
FROM pg_trigger t JOIN relations c ON c.oid = t.tgrelid WHERE NOT t.tgisinternal
UNION ALL
SELECT format('policy %s on %s %s for %s using %s check %s', p.polname, c.oid::regclass, p.polpermissive, p.polcmd,
              pg_get_expr(p.polqual, c.oid), pg_get_expr(p.polwithcheck, c.oid))
FROM pg_policy p JOIN relations c ON c.oid = p.polrelid
UNION ALL
SELECT format('function %s -- %s', pg_get_functiondef(p.oid), obj_description(p.oid, 'pg_proc'))
FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND p.prokind IN ('f', 'p')
UNION ALL
SELECT format('type %s kind %s labels %s base %s not null %s default %s checks %s -- %s', t.oid::regtype, t.typtype,
              (SELECT array_agg(e.enumlabel ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid = t.oid),
              format_type(t.typbasetype, t.typtypmod), t.typnotnull, t.typdefault,
              (SELECT array_agg(o.conname || ' ' || pg_get_constraintdef(o.oid) ORDER BY o.conname)
               FROM pg_constraint o WHERE o.contypid = t.oid), obj_description(t.oid, 'pg_type'))
FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND t.typtype IN ('e', 'd', 'r', 'm')
UNION ALL
SELECT format('extension %s', extname) FROM pg_extension";

type Objects = BTreeSet<String>;

async fn objects(client: &tokio_postgres::Client) -> Objects {
    let rows = client.query(OBJECTS, &[]).await.unwrap();
    let objects: Objects = rows.iter().map(|row| row.get(0)).collect();
    assert_eq!(objects.len(), rows.len(), "two objects look the same");
    objects
}

/// What `down` changed beyond `before`, or failed to undo.
fn difference(what: &str, before: &Objects, after: &Objects) -> Vec<String> {
    let left_behind = after
        .difference(before)
        .map(|object| format!("{what} leaves: {object}"));
    let lost = before
        .difference(after)
        .map(|object| format!("{what} loses: {object}"));
    left_behind.chain(lost).collect()
}

/// Goes up, down and up again by each migration in turn. Gives the complaints, how many migrations
/// were tried, and how many objects were compared in all.
async fn up_down_up(migrations: &Migrations) -> (Vec<String>, usize, usize) {
    let test = TestDatabase::empty().await;
    let client = bystander(&test).await;
    let mut complaints = Vec::new();
    let (mut tried, mut compared) = (0, 0);
    let mut before = objects(&client).await;
    while let Some(name) = migrations.apply_next(test.direct_url()).unwrap() {
        let up = objects(&client).await;
        assert_eq!(
            migrations.revert_last(test.direct_url()).unwrap().as_ref(),
            Some(&name)
        );
        let down = objects(&client).await;
        complaints.extend(difference(&format!("{name}/down.sql"), &before, &down));
        if let Err(error) = migrations.apply_next(test.direct_url()) {
            // What is left in the way of the second up has been reported above.
            assert!(!complaints.is_empty(), "{error}");
            return (complaints, tried + 1, compared + down.len());
        }
        let again = objects(&client).await;
        complaints.extend(difference(
            &format!("the second {name}/up.sql"),
            &up,
            &again,
        ));
        compared += down.len() + again.len();
        tried += 1;
        before = again;
    }
    (complaints, tried, compared)
}

#[tokio::test]
async fn every_migration_goes_up_down_and_up() {
    let (complaints, tried, compared) = up_down_up(&folder()).await;
    assert_eq!(complaints, [""; 0]);
    assert!(tried >= 2, "only {tried} migrations");
    assert!(compared >= 80, "only {compared} objects");
}

/// The project's migrations and one more.
fn with_another(into: &Path, up: &str, down: &str) -> Migrations {
    let project = folder();
    for name in project.list().unwrap() {
        let to = into.join(&name);
        fs::create_dir(&to).unwrap();
        for file in fs::read_dir(project.folder().join(&name)).unwrap() {
            let file = file.unwrap();
            fs::copy(file.path(), to.join(file.file_name())).unwrap();
        }
    }
    let to = into.join("9999-01-01-000000_another");
    fs::create_dir(&to).unwrap();
    fs::write(to.join("up.sql"), up).unwrap();
    fs::write(to.join("down.sql"), down).unwrap();
    fs::write(to.join("metadata.toml"), "run_in_transaction = true\n").unwrap();
    Migrations::in_folder(into).unwrap()
}

#[tokio::test]
async fn a_way_down_that_forgets_something_is_noticed() {
    let cases = [
        (
            "ALTER TABLE users ADD COLUMN nickname text; ALTER TABLE users ADD COLUMN age int",
            "ALTER TABLE users DROP COLUMN nickname",
            "column users.age",
        ),
        (
            "ALTER TABLE users ALTER COLUMN name TYPE text",
            "SELECT 1",
            "column users.name",
        ),
        (
            "DROP INDEX posts_user_id_idx",
            "CREATE INDEX posts_user_id_idx ON posts (user_id)",
            "index CREATE INDEX posts_user_id_idx",
        ),
        (
            "COMMENT ON COLUMN users.name IS 'Other.'",
            "SELECT 1",
            "column users.name",
        ),
        (
            "ALTER TABLE posts DROP CONSTRAINT posts_slug_format",
            "ALTER TABLE posts ADD CONSTRAINT posts_slug_format CHECK (slug ~ '^[a-z]+$')",
            "constraint posts_slug_format",
        ),
        (
            "CREATE TYPE status AS ENUM ('on')",
            "SELECT 1",
            "type status",
        ),
        (
            "ALTER TABLE users DISABLE TRIGGER users_set_updated_at",
            "SELECT 1",
            "trigger CREATE TRIGGER users_set_updated_at",
        ),
    ];
    for (up, down, object) in cases {
        let folder = tempfile::tempdir().unwrap();
        let (complaints, tried, _) = up_down_up(&with_another(folder.path(), up, down)).await;
        assert!(tried >= 3);
        let at_fault = format!("9999-01-01-000000_another/down.sql leaves: {object}");
        assert!(
            complaints
                .iter()
                .any(|complaint| complaint.starts_with(&at_fault)),
            "{at_fault} is not among {complaints:#?}"
        );
    }
}
