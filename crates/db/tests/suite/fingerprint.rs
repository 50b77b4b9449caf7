//! The fingerprint of a table: what moves it, and what must not.

use std::process::{Command, Stdio};

use axis_db::{
    CatalogObjectKind, CatalogTable, catalog_fingerprint, catalog_of_all_tables, catalog_tables,
};
use axis_local_postgres::Installation;
use axis_testkit::TestDatabase;

use crate::support::{bystander, database};

/// A table with a rule of every kind, in the forms that a dump writes otherwise than they were written.
const SCHEMA: &str = r#"
CREATE SCHEMA shop;
CREATE TYPE shop.mood AS ENUM ('sad', 'ok');
CREATE TYPE shop.place AS (street varchar(20), zip int);
CREATE DOMAIN shop.short AS varchar(9) CONSTRAINT short_check CHECK (VALUE <> '');
CREATE FUNCTION shop.is_fine(value text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$ SELECT btrim(value) <> '' $$;
CREATE FUNCTION shop.is_odd(value int) RETURNS boolean LANGUAGE sql IMMUTABLE BEGIN ATOMIC SELECT value % 2 = 1; END;
CREATE FUNCTION shop.touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE TABLE shop.owners (gone int, id int PRIMARY KEY, name text NOT NULL);
ALTER TABLE shop.owners DROP COLUMN gone;
CREATE SEQUENCE shop.numbers;
CREATE TABLE shop.orders (
    gone int,
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    status varchar(9) NOT NULL DEFAULT 'new' CONSTRAINT status_known CHECK (status IN ('new', 'paid', 'sent')),
    size smallint NOT NULL CONSTRAINT size_between CHECK (size BETWEEN 1 AND 9 AND size <> 5 AND size IS NOT NULL),
    price numeric(9, 2) CONSTRAINT price_in CHECK (price IN (1, 2, 3)),
    mood shop.mood DEFAULT 'ok' CONSTRAINT mood_known CHECK (mood = 'ok' OR mood = ANY ('{sad,ok}'::shop.mood[])),
    number bigint DEFAULT nextval('shop.numbers'::regclass),
    label shop.short CONSTRAINT label_fine CHECK (shop.is_fine(label)),
    places shop.place[],
    note text COLLATE "C",
    lower_note text GENERATED ALWAYS AS (lower(note)) STORED,
    owner int,
    seats int4range,
    day date CONSTRAINT day_late CHECK (day > '2020-01-01' AND day < 'infinity'),
    odd int CONSTRAINT odd_odd CHECK (shop.is_odd(odd)),
    wide bigint CONSTRAINT wide_wide CHECK (wide > -5 AND wide < 9999999999),
    CONSTRAINT row_small CHECK ((size, wide) <= (odd, 7)),
    CONSTRAINT orders_owner FOREIGN KEY (owner) REFERENCES shop.owners (id),
    CONSTRAINT orders_label UNIQUE (label),
    CONSTRAINT orders_seats EXCLUDE USING gist (seats WITH &&)
);
ALTER TABLE shop.orders DROP COLUMN gone;
ALTER TABLE shop.orders ADD CONSTRAINT note_short CHECK (length(note) < 99) NOT VALID;
CREATE UNIQUE INDEX orders_note ON shop.orders (lower(note)) WHERE mood = 'ok';
CREATE INDEX orders_price ON shop.orders (price);
CREATE TRIGGER orders_touch BEFORE UPDATE ON shop.orders FOR EACH ROW WHEN (NEW.size > 1) EXECUTE FUNCTION shop.touch();
CREATE POLICY orders_all ON shop.orders USING (size > 0);
CREATE POLICY orders_grouped ON shop.orders FOR SELECT USING (EXISTS (
    SELECT count(*) FROM shop.owners AS o WHERE o.id = orders.id GROUP BY o.id % 2 HAVING o.id % 2 > 0));
CREATE VIEW shop.dear AS SELECT id, price FROM shop.orders WHERE price > 2;
"#;

async fn run(test: &TestDatabase, sql: &str) {
    let result = bystander(test).await.batch_execute(sql).await;
    result.unwrap_or_else(|error| panic!("{sql}: {error}: {:?}", error.as_db_error()));
}

async fn all(test: &TestDatabase) -> Vec<CatalogTable> {
    let database = database(test, &[]);
    let mut connection = database.primary().await.unwrap();
    catalog_of_all_tables(&mut connection).await.unwrap()
}

const NAMES: [(&str, &str); 2] = [("shop", "orders"), ("shop", "dear")];

/// The fingerprints of both, in the order of their names.
async fn fingerprints(test: &TestDatabase) -> [String; 2] {
    let database = database(test, &[]);
    let mut connection = database.primary().await.unwrap();
    let tables = catalog_tables(&mut connection, &NAMES).await.unwrap();
    let found: Vec<_> = tables.iter().map(CatalogTable::fingerprint).collect();
    found.try_into().unwrap()
}

/// Puts the schema of one into the other, as operators do.
fn dump_and_restore(from: &TestDatabase, to: &TestDatabase) {
    let installation = Installation::find().unwrap();
    let program = |name: &str| {
        let program = installation.program(name);
        // A server's folder may lack the programs of clients.
        if program.is_file() {
            program
        } else {
            name.into()
        }
    };
    let mut dump = Command::new(program("pg_dump"))
        .args(["--schema-only", from.direct_url()])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let restored = Command::new(program("psql"))
        .args([
            "--quiet",
            "--no-psqlrc",
            "--set",
            "ON_ERROR_STOP=1",
            to.direct_url(),
        ])
        .stdin(dump.stdout.take().unwrap())
        .stdout(Stdio::null())
        .status()
        .unwrap();
    assert!(dump.wait().unwrap().success() && restored.success());
}

fn definition<'a>(tables: &'a [CatalogTable], name: &str) -> &'a str {
    let objects = tables.iter().flat_map(|table| &table.objects);
    let found = objects.into_iter().find(|object| object.name == name);
    &found
        .unwrap_or_else(|| panic!("there is no {name}"))
        .definition
}

#[tokio::test]
async fn a_dump_and_a_restore_keep_it() {
    let (before, after) = (TestDatabase::empty().await, TestDatabase::empty().await);
    run(&before, SCHEMA).await;
    // Other numbers than there.
    run(
        &after,
        "CREATE TYPE extra AS ENUM ('x'); CREATE TABLE extra_table (a extra, b int CHECK (b > 1))",
    )
    .await;
    dump_and_restore(&before, &after);
    let (old, mut new) = (all(&before).await, all(&after).await);
    new.retain(|table| table.schema == "shop");
    for (old, new) in old.iter().zip(&new) {
        for (old, new) in old.objects.iter().zip(&new.objects) {
            assert!(old.is_same(new), "{old:?}\n{new:?}");
        }
        assert_eq!(old.fingerprint(), new.fingerprint(), "{}", old.name);
    }
    assert_eq!(old.len(), 3);
    // The text is another, so that a fingerprint of the text would have moved.
    for name in ["status_known", "size_between"] {
        let (old, new) = (definition(&old, name), definition(&new, name));
        assert_ne!(old, new, "{name}");
    }
}

/// What a change is of, its SQL, and how the object is called that it moves.
const CHANGES: &[(CatalogObjectKind, &str, &str)] = {
    use CatalogObjectKind::*;
    &[
        (Column, "added", "ALTER TABLE shop.orders ADD added int"),
        (
            Column,
            "remark",
            "ALTER TABLE shop.orders RENAME note TO remark",
        ),
        (
            Column,
            "owner",
            "ALTER TABLE shop.orders ALTER owner TYPE bigint",
        ),
        (
            Column,
            "status",
            "ALTER TABLE shop.orders ALTER status TYPE varchar(10)",
        ),
        (
            Column,
            "price",
            "DROP VIEW shop.dear; ALTER TABLE shop.orders ALTER price TYPE numeric(9, 3)",
        ),
        (
            Column,
            "size",
            "ALTER TABLE shop.orders ALTER size DROP NOT NULL",
        ),
        (
            Column,
            "odd",
            "ALTER TABLE shop.orders ALTER odd SET NOT NULL",
        ),
        (
            Column,
            "status",
            "ALTER TABLE shop.orders ALTER status SET DEFAULT 'paid'",
        ),
        (
            Column,
            "status",
            "ALTER TABLE shop.orders ALTER status DROP DEFAULT",
        ),
        (
            Column,
            "mood",
            "ALTER TABLE shop.orders ALTER mood SET DEFAULT 'sad'",
        ),
        (
            Column,
            "number",
            "CREATE SEQUENCE shop.other; ALTER TABLE shop.orders ALTER number SET DEFAULT nextval('shop.other')",
        ),
        (
            Column,
            "id",
            "ALTER TABLE shop.orders ALTER id SET GENERATED BY DEFAULT",
        ),
        (
            Column,
            "id",
            "ALTER TABLE shop.orders ALTER id DROP IDENTITY",
        ),
        (
            Column,
            "lower_note",
            "ALTER TABLE shop.orders ALTER lower_note DROP EXPRESSION",
        ),
        (
            Constraint,
            "added",
            "ALTER TABLE shop.orders ADD CONSTRAINT added CHECK (size < 8)",
        ),
        (
            Constraint,
            "wide_wide",
            "ALTER TABLE shop.orders DROP CONSTRAINT wide_wide",
        ),
        (
            Constraint,
            "wide_wide",
            "ALTER TABLE shop.orders DROP CONSTRAINT wide_wide, ADD CONSTRAINT wide_wide CHECK (wide > -5 AND wide < 9999999998)",
        ),
        (
            Constraint,
            "wide_wide",
            "ALTER TABLE shop.orders DROP CONSTRAINT wide_wide, ADD CONSTRAINT wide_wide CHECK (wide >= -5 AND wide < 9999999999)",
        ),
        (
            Constraint,
            "wide_wide",
            "ALTER TABLE shop.orders DROP CONSTRAINT wide_wide, ADD CONSTRAINT wide_wide CHECK (wide > -5 OR wide < 9999999999)",
        ),
        (
            Constraint,
            "wide_wide",
            "ALTER TABLE shop.orders DROP CONSTRAINT wide_wide, ADD CONSTRAINT wide_wide CHECK (odd > -5::bigint AND odd < 9999999999)",
        ),
        (
            Constraint,
            "mood_known",
            "ALTER TABLE shop.orders DROP CONSTRAINT mood_known, ADD CONSTRAINT mood_known CHECK (mood = 'sad' OR mood = ANY ('{sad,ok}'::shop.mood[]))",
        ),
        (
            Constraint,
            "mood_known",
            "ALTER TABLE shop.orders DROP CONSTRAINT mood_known, ADD CONSTRAINT mood_known CHECK (mood = 'ok' OR mood = ANY ('{sad,sad}'::shop.mood[]))",
        ),
        (
            Constraint,
            "status_known",
            "ALTER TABLE shop.orders DROP CONSTRAINT status_known, ADD CONSTRAINT status_known CHECK (status IN ('new', 'paid'))",
        ),
        (
            Constraint,
            "note_short",
            "ALTER TABLE shop.orders VALIDATE CONSTRAINT note_short",
        ),
        (
            Constraint,
            "odd_odd",
            "ALTER TABLE shop.orders DROP CONSTRAINT odd_odd, ADD CONSTRAINT odd_odd CHECK (shop.is_odd(odd)) NO INHERIT",
        ),
        (
            Constraint,
            "odd_unique",
            "ALTER TABLE shop.orders ADD CONSTRAINT odd_unique UNIQUE (odd)",
        ),
        (
            Constraint,
            "orders_label",
            "ALTER TABLE shop.orders DROP CONSTRAINT orders_label, ADD CONSTRAINT orders_label UNIQUE (label, odd)",
        ),
        (
            Constraint,
            "orders_label",
            "ALTER TABLE shop.orders DROP CONSTRAINT orders_label, ADD CONSTRAINT orders_label UNIQUE (label) DEFERRABLE",
        ),
        (
            Constraint,
            "orders_label",
            "ALTER TABLE shop.orders DROP CONSTRAINT orders_label, ADD CONSTRAINT orders_label UNIQUE NULLS NOT DISTINCT (label)",
        ),
        (
            Constraint,
            "label_unique",
            "ALTER INDEX shop.orders_label RENAME TO label_unique",
        ),
        (
            Constraint,
            "orders_owner",
            "ALTER TABLE shop.orders DROP CONSTRAINT orders_owner, ADD CONSTRAINT orders_owner FOREIGN KEY (owner) REFERENCES shop.owners ON DELETE CASCADE",
        ),
        (
            Constraint,
            "orders_owner",
            "ALTER TABLE shop.owners ADD UNIQUE (id); ALTER TABLE shop.orders DROP CONSTRAINT orders_owner, ADD CONSTRAINT orders_owner FOREIGN KEY (odd) REFERENCES shop.owners (id)",
        ),
        (
            Constraint,
            "orders_seats",
            "ALTER TABLE shop.orders DROP CONSTRAINT orders_seats",
        ),
        (
            Constraint,
            "orders_seats",
            "ALTER TABLE shop.orders DROP CONSTRAINT orders_seats, ADD CONSTRAINT orders_seats EXCLUDE USING gist (seats WITH =)",
        ),
        (
            Constraint,
            "orders_seats",
            "ALTER TABLE shop.orders DROP CONSTRAINT orders_seats, ADD CONSTRAINT orders_seats EXCLUDE USING gist (seats WITH &&) WHERE (size > 2)",
        ),
        (UniqueIndex, "orders_note", "DROP INDEX shop.orders_note"),
        (
            UniqueIndex,
            "orders_note",
            "DROP INDEX shop.orders_note; CREATE UNIQUE INDEX orders_note ON shop.orders (lower(note))",
        ),
        (
            UniqueIndex,
            "orders_note",
            "DROP INDEX shop.orders_note; CREATE UNIQUE INDEX orders_note ON shop.orders (upper(note)) WHERE mood = 'ok'",
        ),
        (
            UniqueIndex,
            "note_unique",
            "ALTER INDEX shop.orders_note RENAME TO note_unique",
        ),
        (
            Trigger,
            "orders_touch",
            "ALTER TABLE shop.orders DISABLE TRIGGER orders_touch",
        ),
        (
            Trigger,
            "orders_touch",
            "DROP TRIGGER orders_touch ON shop.orders",
        ),
        (
            Trigger,
            "orders_touch",
            "DROP TRIGGER orders_touch ON shop.orders; CREATE TRIGGER orders_touch BEFORE UPDATE ON shop.orders FOR EACH ROW WHEN (OLD.size > 1) EXECUTE FUNCTION shop.touch()",
        ),
        (
            Trigger,
            "other_touch",
            "CREATE TRIGGER other_touch BEFORE INSERT ON shop.orders FOR EACH ROW EXECUTE FUNCTION shop.touch()",
        ),
        (
            Policy,
            "orders_all",
            "ALTER POLICY orders_all ON shop.orders USING (size > 1)",
        ),
        (
            Policy,
            "orders_grouped",
            "ALTER POLICY orders_grouped ON shop.orders USING (EXISTS (SELECT count(*) FROM shop.owners AS o WHERE o.id = orders.id GROUP BY o.id % 2 HAVING o.id % 2 > 1))",
        ),
        (
            Policy,
            "orders_grouped",
            "ALTER POLICY orders_grouped ON shop.orders USING (EXISTS (SELECT count(*) FROM shop.owners AS o WHERE o.id = orders.id GROUP BY o.id % 3 HAVING o.id % 3 > 0))",
        ),
        (
            Policy,
            "orders_grouped",
            "ALTER POLICY orders_grouped ON shop.orders USING (EXISTS (SELECT count(*) FROM ONLY shop.owners AS o WHERE o.id = orders.id GROUP BY o.id % 2 HAVING o.id % 2 > 0))",
        ),
        (
            Constraint,
            "row_small",
            "ALTER TABLE shop.orders DROP CONSTRAINT row_small, ADD CONSTRAINT row_small CHECK ((size, wide) < (odd, 7))",
        ),
        (
            Table,
            "",
            "ALTER TABLE shop.orders ENABLE ROW LEVEL SECURITY",
        ),
        (Type, "shop.mood", "ALTER TYPE shop.mood ADD VALUE 'happy'"),
        (
            Type,
            "shop.mood",
            "ALTER TYPE shop.mood RENAME VALUE 'sad' TO 'low'",
        ),
        (
            Type,
            "shop.place",
            "ALTER TYPE shop.place ADD ATTRIBUTE town text",
        ),
        (Type, "shop.short", "ALTER DOMAIN shop.short SET NOT NULL"),
        (
            Type,
            "shop.short",
            "ALTER DOMAIN shop.short SET DEFAULT 'x'",
        ),
        (
            DomainConstraint,
            "shop.short.short_check",
            "ALTER DOMAIN shop.short DROP CONSTRAINT short_check",
        ),
        (
            DomainConstraint,
            "shop.short.short_check",
            "ALTER DOMAIN shop.short DROP CONSTRAINT short_check; ALTER DOMAIN shop.short ADD CONSTRAINT short_check CHECK (VALUE <> 'x')",
        ),
        (
            DomainConstraint,
            "shop.short.added",
            "ALTER DOMAIN shop.short ADD CONSTRAINT added CHECK (VALUE <> 'x')",
        ),
        (
            Function,
            "shop.is_fine(pg_catalog.text)",
            "CREATE OR REPLACE FUNCTION shop.is_fine(value text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$ SELECT true $$",
        ),
        (
            Function,
            "shop.is_odd(pg_catalog.int4)",
            "CREATE OR REPLACE FUNCTION shop.is_odd(value int) RETURNS boolean LANGUAGE sql IMMUTABLE BEGIN ATOMIC SELECT value % 2 = 0; END",
        ),
        (
            Function,
            "shop.touch()",
            "CREATE OR REPLACE FUNCTION shop.touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$",
        ),
    ]
};

#[tokio::test]
async fn every_change_of_a_rule_moves_it_and_is_named() {
    let kept = TestDatabase::empty().await;
    run(&kept, SCHEMA).await;
    let before = all(&kept).await;
    let orders = |tables: &[CatalogTable]| {
        let found = tables.iter().find(|table| table.name == "orders");
        found.cloned().unwrap()
    };
    let old = orders(&before);
    assert_eq!(old.fingerprint(), fingerprints(&kept).await[1]);
    let mut kinds = std::collections::BTreeSet::new();
    for (kind, name, sql) in CHANGES {
        let changed = TestDatabase::empty().await;
        run(&changed, SCHEMA).await;
        run(&changed, sql).await;
        let new = orders(&all(&changed).await);
        assert_ne!(old.fingerprint(), new.fingerprint(), "{sql}");
        let differs = |a: &CatalogTable, b: &CatalogTable| {
            let of = |table: &CatalogTable| {
                let mut objects = table.objects.iter();
                objects
                    .find(|object| object.kind == *kind && object.name == *name)
                    .cloned()
            };
            match (of(a), of(b)) {
                (Some(a), Some(b)) => !a.is_same(&b),
                (None, None) => false,
                _ => true,
            }
        };
        assert!(differs(&old, &new), "{kind} {name}: {sql}");
        kinds.insert(*kind);
    }
    // All but the query of a view, which is looked at below.
    assert_eq!(kinds.len(), 9, "{kinds:?}");
}

/// What is no rule for a row.
const KEPT: &[&str] = &[
    "COMMENT ON TABLE shop.orders IS 'x'; COMMENT ON COLUMN shop.orders.size IS 'x'",
    "ALTER TABLE shop.orders ALTER size SET STATISTICS 9",
    "ALTER TABLE shop.orders ALTER note SET STORAGE external",
    "CREATE ROLE other_owner; ALTER TABLE shop.orders OWNER TO other_owner; REASSIGN OWNED BY other_owner TO CURRENT_USER; DROP ROLE other_owner",
    "GRANT SELECT ON shop.orders TO PUBLIC",
    "CREATE INDEX added ON shop.orders (size)",
    "ALTER INDEX shop.orders_price RENAME TO other_price",
    "DROP INDEX shop.other_price",
    "ALTER TABLE shop.orders SET (fillfactor = 50)",
    "ALTER TABLE shop.orders CLUSTER ON orders_label",
    "ALTER TABLE shop.orders REPLICA IDENTITY FULL",
    "ALTER TABLE shop.orders ADD passing int; ALTER TABLE shop.orders DROP passing",
    "ALTER TABLE shop.orders DROP CONSTRAINT wide_wide, ADD CONSTRAINT wide_wide CHECK ((wide > '-5'::integer) AND ((wide < 9999999999)))",
    "ALTER TABLE shop.orders DROP CONSTRAINT status_known, ADD CONSTRAINT status_known CHECK ((status)::text = ANY (ARRAY[('new'::character varying)::text, ('paid'::character varying)::text, ('sent'::character varying)::text]))",
    "CREATE TYPE shop.unused AS ENUM ('x'); CREATE TABLE shop.other (a shop.unused)",
    "ALTER SEQUENCE shop.numbers INCREMENT 5",
    "ALTER TABLE shop.orders ADD moved int; ALTER TABLE shop.orders DROP moved",
];

#[tokio::test]
async fn what_is_no_rule_keeps_it() {
    let test = TestDatabase::empty().await;
    run(&test, SCHEMA).await;
    let old = fingerprints(&test).await;
    for sql in KEPT {
        run(&test, sql).await;
        assert_eq!(old, fingerprints(&test).await, "{sql}");
    }
}

/// Of a view, the columns count. Its query is told apart where people compare, on one major version.
#[tokio::test]
async fn a_view_is_its_columns() {
    let test = TestDatabase::empty().await;
    run(&test, SCHEMA).await;
    let (old, [dear, _]) = (all(&test).await, fingerprints(&test).await);
    let query = |tables: &[CatalogTable]| {
        let objects = tables.iter().flat_map(|table| &table.objects);
        let found = objects
            .into_iter()
            .find(|object| object.kind == CatalogObjectKind::Query);
        found.cloned().unwrap()
    };
    run(
        &test,
        "CREATE OR REPLACE VIEW shop.dear AS SELECT id, price FROM shop.orders WHERE price > 1",
    )
    .await;
    assert_eq!(dear, fingerprints(&test).await[0]);
    assert!(!query(&old).is_same(&query(&all(&test).await)));
    run(
        &test,
        "CREATE OR REPLACE VIEW shop.dear AS SELECT id, price FROM shop.orders WHERE price > 2",
    )
    .await;
    assert!(query(&old).is_same(&query(&all(&test).await)));
    run(&test, "CREATE OR REPLACE VIEW shop.dear AS SELECT id, price, size FROM shop.orders WHERE price > 2").await;
    assert_ne!(dear, fingerprints(&test).await[0]);
}

/// Whatever the server: `AXIS_POSTGRES_BIN` leads to another one.
#[tokio::test]
async fn it_is_the_same_on_every_version() {
    let test = TestDatabase::empty().await;
    run(&test, SCHEMA).await;
    assert_eq!(
        fingerprints(&test).await,
        [
            "1:5fdaae5f1bbec46d35bf86f966754f21",
            "1:e64bb984d500b8c91ca06237e67707c9"
        ]
    );
}

#[tokio::test]
async fn the_whole_is_of_all_in_any_order() {
    let whole = catalog_fingerprint(["1:a", "1:b"]);
    assert_eq!(whole, catalog_fingerprint(["1:b", "1:a"]));
    assert_ne!(whole, catalog_fingerprint(["1:a"]));
    assert_ne!(whole, catalog_fingerprint(["1:a1:b"]));
    assert!(whole.starts_with("1:") && whole.len() == 34, "{whole}");
}
