//! The catalog of the schema of every shape.

use axis_testkit::TestDatabase;

use super::super::database::catalog_of;
use super::*;

const SCHEMA: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/tests/torture/migrations/2026-01-01-000000_everything/up.sql"
);

async fn database() -> TestDatabase {
    let database = TestDatabase::empty().await;
    execute(&database, &std::fs::read_to_string(SCHEMA).unwrap()).await;
    database
}

async fn execute(database: &TestDatabase, sql: &str) {
    let (client, connection) = tokio_postgres::connect(database.url(), tokio_postgres::NoTls)
        .await
        .unwrap();
    tokio::spawn(connection);
    client.batch_execute(sql).await.unwrap();
}

fn relation<'a>(catalog: &'a Catalog, name: &str) -> &'a Relation {
    let found = catalog
        .relations
        .iter()
        .find(|relation| relation.name == Name::new("public", name));
    found.unwrap_or_else(|| panic!("there is no {name}"))
}

fn column<'a>(relation: &'a Relation, name: &str) -> &'a Column {
    let found = relation.columns.iter().find(|column| column.name == name);
    found.unwrap_or_else(|| panic!("there is no {name}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn columns_are_read_with_their_defaults_and_types() {
    let database = database().await;
    let catalog = catalog_of(database.url()).await;
    assert!(catalog.relations.len() >= 35, "{}", catalog.relations.len());

    let defaults = relation(&catalog, "every_default");
    let default = |name| &column(defaults, name).default;
    assert_eq!(*default("always"), DefaultValue::IdentityAlways);
    assert_eq!(*default("by_default"), DefaultValue::IdentityByDefault);
    let next = "nextval('every_default_counted_seq'::regclass)";
    assert_eq!(
        *default("counted"),
        DefaultValue::Expression(next.to_owned())
    );
    assert_eq!(
        *default("computed"),
        DefaultValue::Generated("upper(label)".to_owned())
    );
    assert_eq!(*default("id"), DefaultValue::None);
    assert_eq!(defaults.primary_key(), ["by_default"]);

    let types = relation(&catalog, "every_type");
    for (name, data_type) in [
        ("a_varchar_3", "character varying(3)"),
        ("a_char", "character(1)"),
        ("a_timestamp", "timestamp(0) without time zone"),
        ("a_numeric_5_2", "numeric(5,2)"),
        ("a_mood", "public.mood"),
        ("a_camel", "public.\"Camel Kind\""),
        ("a_level", "elsewhere.level"),
        ("a_short", "public.short_text"),
    ] {
        assert_eq!(column(types, name).data_type, data_type);
    }
    assert!(!column(types, "a_number").not_null);
    assert!(
        !catalog.is_nullable(column(types, "a_number")),
        "its domain refuses NULL"
    );
    let arrays = relation(&catalog, "every_array");
    assert_eq!(column(arrays, "a_moods").data_type, "public.mood[]");
    assert_eq!(
        column(arrays, "a_varchars").data_type,
        "character varying(3)[]"
    );

    let mood = &catalog.types[&Name::new("public", "mood")];
    let TypeKind::Enum(labels) = &mood.kind else {
        panic!("{mood:?}");
    };
    assert_eq!(labels[..3], ["sad", "ok", "very happy"]);
    assert_eq!(mood.comment.as_deref(), Some("How one feels."));
    let names = &catalog.types[&Name::new("public", "names")].kind;
    assert!(
        matches!(names, TypeKind::Domain(domain) if domain.base == Name::new("pg_catalog", "_text"))
    );
}

/// PostgreSQL keeps DEFAULT NULL of a domain's column, as a cast of a constant.
#[tokio::test(flavor = "multi_thread")]
async fn a_default_of_null_is_none() {
    let database = TestDatabase::empty().await;
    let sql = "CREATE DOMAIN five AS int DEFAULT 5;
        CREATE DOMAIN five_again AS five;
        CREATE DOMAIN \"o'clock\" AS varchar(3) DEFAULT 'one';
        CREATE TABLE t (
            given five, of_domain five DEFAULT NULL, of_both five_again DEFAULT NULL, quoted \"o'clock\" DEFAULT NULL,
            cast_before \"o'clock\" DEFAULT NULL::varchar, plain int DEFAULT NULL,
            word text DEFAULT 'NULL', computed int GENERATED ALWAYS AS (NULL) STORED
        )";
    execute(&database, sql).await;
    let catalog = catalog_of(database.url()).await;
    let table = relation(&catalog, "t");
    let default = |name| &column(table, name).default;
    for name in ["of_domain", "of_both", "quoted", "cast_before", "plain"] {
        assert_eq!(*default(name), DefaultValue::None, "{name}");
    }
    // The twins.
    let expression = |text: &str| DefaultValue::Expression(text.to_owned());
    assert_eq!(*default("given"), expression("5"));
    assert_eq!(*default("word"), expression("'NULL'::text"));
    let computed = DefaultValue::Generated("NULL::integer".to_owned());
    assert_eq!(*default("computed"), computed);
}

#[tokio::test(flavor = "multi_thread")]
async fn constraints_indexes_and_triggers_are_read_with_their_columns() {
    let database = database().await;
    let catalog = catalog_of(database.url()).await;
    let table = relation(&catalog, "every_constraint");
    let constraints: Vec<_> = table
        .constraints
        .iter()
        .map(|found| (found.name.as_str(), found.kind, found.columns.join(",")))
        .collect();
    use ConstraintKind::{Check, Exclusion, ForeignKey, PrimaryKey, Unique};
    assert_eq!(
        constraints,
        [
            (
                "every_constraint_email_code_key",
                Unique,
                "email,parent".to_owned()
            ),
            (
                "every_constraint_every_type_id_fkey",
                ForeignKey,
                "every_type_id".to_owned()
            ),
            ("every_constraint_fixed", Check, "starts_at".to_owned()),
            ("every_constraint_no_overlap", Exclusion, String::new()),
            (
                "every_constraint_parent_fkey",
                ForeignKey,
                "parent".to_owned()
            ),
            (
                "every_constraint_period",
                Check,
                "starts_at,ends_at".to_owned()
            ),
            ("every_constraint_pkey", PrimaryKey, "code".to_owned()),
        ]
    );
    let indexes: Vec<_> = table
        .unique_indexes
        .iter()
        .map(|index| (index.name.as_str(), index.columns.join(",")))
        .collect();
    // What the key reads; neither the predicate nor what is included.
    assert_eq!(
        indexes,
        [
            ("every_constraint_lower_idx", "email".to_owned()),
            (
                "every_constraint_mixed_idx",
                "ends_at,code,email".to_owned()
            ),
        ]
    );
    let triggers: Vec<_> = table
        .triggers
        .iter()
        .map(|trigger| {
            (
                trigger.name.as_str(),
                trigger.before,
                trigger.events.join(","),
            )
        })
        .collect();
    assert_eq!(
        triggers,
        [
            ("every_constraint_after", false, "DELETE".to_owned()),
            ("every_constraint_touch", true, "INSERT,UPDATE".to_owned()),
        ]
    );
    assert!(table.row_security && table.has_rules);
    let players = relation(&catalog, "players");
    let key = players
        .constraints
        .iter()
        .find(|found| found.columns.len() == 2)
        .unwrap();
    assert_eq!(
        key.references.as_ref().unwrap().columns,
        ["right_id", "left_id"]
    );
    let events = relation(&catalog, "events");
    assert_eq!(events.partition_of, None);
    let part = relation(&catalog, "events_2026");
    assert_eq!(part.partition_of.as_ref(), Some(&events.name));
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_of_the_database_change_nothing() {
    let database = database().await;
    let before = catalog_of(database.url()).await;
    let settings = "DO $$ BEGIN
        EXECUTE format('ALTER DATABASE %I SET search_path = elsewhere, public', current_database());
        EXECUTE format('ALTER DATABASE %I SET TimeZone = ''Asia/Kathmandu''', current_database());
        EXECUTE format('ALTER DATABASE %I SET DateStyle = ''German''', current_database());
        EXECUTE format('ALTER DATABASE %I SET quote_all_identifiers = on', current_database());
        EXECUTE format('ALTER DATABASE %I SET IntervalStyle = ''iso_8601''', current_database());
    END $$";
    execute(&database, settings).await;
    assert_eq!(catalog_of(database.url()).await, before);
    // The twin: a change of the schema is seen.
    execute(&database, "ALTER TABLE public.teams ADD shirt text").await;
    assert_ne!(catalog_of(database.url()).await, before);
}
