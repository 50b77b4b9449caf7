//! Random schemas on a real PostgreSQL: whatever is in them is printed as Rust, and nothing of it is lost.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use axis_testkit::TestDatabase;
use diesel_table_macro_syntax::TableDecl;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use syn::visit::Visit;

use super::catalog::{Catalog, Name};
use super::{Contract, DieselSchema, Settings, database, diesel_schema, render, rustfmt};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

/// How many schemas are tried, unless AXIS_RANDOM_SCHEMAS says otherwise.
const SCHEMAS: usize = 12;

/// Names that mean something to Rust, to Diesel, to generated code or to a file system.
const WORDS: &[&str] = &[
    "id",
    "type",
    "self",
    "Self",
    "gen",
    "async",
    "crate",
    "q",
    "star",
    "ops",
    "str",
    "usize",
    "From",
    "Left",
    "Date",
    "T",
    "Text",
    "Mood",
    "table",
    "columns",
    "dsl",
    "diesel",
    "sql_types",
    "same_query",
    "postgres",
    "types",
    "mod",
    "generated",
    "users",
    "Users",
    "USERS",
    "a b",
    "a-b",
    "a_b",
    "a__b",
    "_",
    "__",
    "___",
    " ",
    ".",
    "1",
    "2fa",
    "日本",
    "中国",
    "naïve",
    "größe",
    "ſ",
    "İ",
    "\"",
    "'",
    "`",
    "\\",
    "*/",
    "/*",
    "//",
    "{}",
    "\n",
    "\r",
    "\t",
    "\u{202e}x",
    "\u{feff}",
    "\u{200b}",
    "r#x",
    "r#type",
    "$1",
    "mood",
    "value",
    "path",
    "all_columns",
    "Nullable",
    "bool",
    "is_nullable",
    "e\u{301}",
    "😀",
    "a#b",
    "\"#",
    "public",
    "audit",
];

const TYPES: &[&str] = &[
    "int",
    "bigint",
    "smallint",
    "text",
    "varchar(3)",
    "char(2)",
    "bool",
    "uuid",
    "jsonb",
    "json",
    "bytea",
    "numeric",
    "numeric(5,2)",
    "numeric(3,-2)",
    "timestamptz",
    "timestamp(0)",
    "date",
    "time",
    "timetz",
    "interval",
    "inet",
    "cidr",
    "macaddr",
    "point",
    "box",
    "xml",
    "tsvector",
    "tsquery",
    "money",
    "bit(3)",
    "varbit",
    "oid",
    "regclass",
    "name",
    "\"char\"",
    "int4range",
    "tstzrange",
    "int8multirange",
    "pg_lsn",
    "jsonpath",
    "int2vector",
    "float4",
    "float8",
    "information_schema.sql_identifier",
];

fn name() -> impl Strategy<Value = String> {
    let word = prop::sample::select(WORDS).prop_map(str::to_owned);
    let any = "[^\\x00]{1,20}".prop_map(|text: String| text);
    prop_oneof![8 => word, 1 => any, 1 => "[a-z_]{50,63}"]
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// A statement that makes something, of names that earlier ones may have made too.
fn statement() -> impl Strategy<Value = String> {
    let schema = || prop::sample::select(&["public", "audit", "Mixed", "my-schema"][..]);
    let place = || {
        (schema(), name())
            .prop_map(|(schema, name)| format!("{}.{}", quoted(schema), quoted(&name)))
    };
    let user_type = place().prop_map(|place| place);
    let any_type = prop_oneof![
        20 => prop::sample::select(TYPES).prop_map(str::to_owned),
        1 => user_type,
    ];
    let column = (name(), any_type, 0..12_u8).prop_map(|(name, of, form)| {
        let rule = match form {
            0..=3 => " NOT NULL",
            4 => " NOT NULL UNIQUE",
            5 => " REFERENCES public.users",
            6 => " DEFAULT NULL",
            7 => " CHECK (true)",
            _ => "",
        };
        let array = if form == 11 { "[]" } else { "" };
        format!("{} {of}{array}{rule}", quoted(&name))
    });
    let columns = prop::collection::vec(column, 0..9).prop_map(|columns| columns.join(", "));
    let table =
        (place(), columns, any::<bool>(), name()).prop_map(|(place, columns, has_key, key)| {
            let comma = if columns.is_empty() { "" } else { ", " };
            match has_key {
                true => format!(
                    "CREATE TABLE {place} ({columns}{comma}{} int PRIMARY KEY)",
                    quoted(&key)
                ),
                false => format!("CREATE TABLE {place} ({columns})"),
            }
        });
    let wide = (place(), 17..140_u32).prop_map(|(place, width)| {
        let columns: Vec<String> = (0..width).map(|number| format!("c{number} int")).collect();
        format!(
            "CREATE TABLE {place} (key int PRIMARY KEY, {})",
            columns.join(", ")
        )
    });
    let labels = || prop::collection::btree_set(name(), 0..6);
    let enumeration = (place(), labels()).prop_map(|(place, labels)| {
        let labels: Vec<String> = labels.iter().map(|label| literal(label)).collect();
        format!("CREATE TYPE {place} AS ENUM ({})", labels.join(", "))
    });
    let domain = (place(), prop::sample::select(TYPES), any::<bool>()).prop_map(
        |(place, base, required)| {
            let rule = if required { " NOT NULL" } else { "" };
            format!("CREATE DOMAIN {place} AS {base}{rule}")
        },
    );
    let composite = (place(), name(), name()).prop_map(|(place, first, second)| {
        format!(
            "CREATE TYPE {place} AS ({} int, {} text)",
            quoted(&first),
            quoted(&second)
        )
    });
    let view = (place(), place(), any::<bool>()).prop_map(|(place, of, kept)| {
        let kind = if kept { "MATERIALIZED VIEW" } else { "VIEW" };
        format!(
            "CREATE {kind} {place} AS SELECT *, 1 AS {} FROM {of}",
            quoted("added one")
        )
    });
    let index = (place(), name(), any::<bool>()).prop_map(|(of, column, partial)| {
        let predicate = if partial { " WHERE true" } else { "" };
        format!(
            "CREATE UNIQUE INDEX ON {of} ({}){predicate}",
            quoted(&column)
        )
    });
    let comment = (place(), name())
        .prop_map(|(of, text)| format!("COMMENT ON TABLE {of} IS {}", literal(&text)));
    let child = (place(), place())
        .prop_map(|(place, of)| format!("CREATE TABLE {place} () INHERITS ({of})"));
    prop_oneof![
        10 => table, 1 => wide, 4 => enumeration, 2 => domain, 2 => composite, 6 => view, 3 => index, 3 => comment, 1 => child
    ]
}

/// Makes a schema: what PostgreSQL refuses is left out.
async fn made(statements: &[String]) -> Catalog {
    let database = TestDatabase::empty().await;
    let (client, connection) = tokio_postgres::connect(database.url(), tokio_postgres::NoTls)
        .await
        .unwrap();
    tokio::spawn(connection);
    let schemas = "CREATE SCHEMA audit; CREATE SCHEMA \"Mixed\"; CREATE SCHEMA \"my-schema\";
                   CREATE TABLE users (id int PRIMARY KEY)";
    client.batch_execute(schemas).await.unwrap();
    for statement in statements {
        // Names that are there already, or are not: so be it.
        let _ = client.batch_execute(statement).await;
    }
    database::catalog_of(database.url()).await
}

/// The tables that a file declares, with their columns, as the database calls them.
#[derive(Default)]
struct Tables(BTreeMap<Name, Vec<String>>);

impl<'ast> Visit<'ast> for Tables {
    fn visit_macro(&mut self, found: &'ast syn::Macro) {
        if found.path.segments.last().unwrap().ident == "table" {
            let table: TableDecl = found.parse_body().unwrap();
            let schema = table
                .schema
                .map_or("public".to_owned(), |schema| schema.to_string());
            let columns = table.column_defs.into_iter().map(|column| column.sql_name);
            self.0
                .insert(Name::new(schema, table.sql_name), columns.collect());
        }
    }
}

fn tables(text: &str) -> BTreeMap<Name, Vec<String>> {
    let mut tables = Tables::default();
    tables.visit_file(&syn::parse_file(text).unwrap());
    tables.0
}

/// What is printed is Rust, and each relation and column of the database is in it, or on the list of what is not.
fn check(catalog: &Catalog) -> usize {
    let settings = Settings::plain();
    let diesel = DieselSchema::new(catalog, &settings);
    let contract = Contract::new(
        catalog,
        &diesel,
        &BTreeMap::new(),
        &BTreeMap::new(),
        &render::RESERVED_MODULES,
    )
    .unwrap();
    let mut declared = tables(&diesel_schema::print(&diesel, &settings));
    let further = diesel_schema::print_further(&diesel, &settings, "schema").unwrap_or_default();
    declared.extend(tables(&further));
    let schemas = render::SchemaModules {
        schema: "crate::schema".to_owned(),
        further: "crate::further_schema".to_owned(),
    };
    let files = render::files(&contract, &schemas);
    let names: BTreeSet<String> = files.iter().map(|file| file.name.to_lowercase()).collect();
    assert_eq!(names.len(), files.len(), "a file stands for two");
    for file in files.iter().filter(|file| file.name.ends_with(".rs")) {
        if let Err(error) = syn::parse_file(&file.text) {
            panic!("{}: {error}\n{}", file.name, file.text);
        }
    }
    let folder = Path::new("crates/db-contract/src/generated");
    rustfmt::format_module(Path::new(ROOT), folder, files).unwrap();

    for relation in &catalog.relations {
        let name = &relation.name;
        let Some(table) = contract.tables.iter().find(|table| table.name == *name) else {
            let entries = &contract.coverage.without_contract;
            let listed = [Some(name), relation.partition_of.as_ref()];
            let is_listed = entries.iter().any(|entry| {
                listed
                    .iter()
                    .flatten()
                    .any(|name| entry.name == name.to_string())
            });
            assert!(is_listed, "{name} is lost");
            continue;
        };
        let of_relation: Vec<&String> =
            relation.columns.iter().map(|column| &column.name).collect();
        let of_diesel: Vec<&String> = declared[name].iter().collect();
        assert_eq!(of_diesel, of_relation, "{name}");
        let fields: BTreeSet<&str> = table.columns.iter().map(|column| &*column.field).collect();
        assert_eq!(fields.len(), table.columns.len(), "{name}");
        let left = contract
            .coverage
            .tables
            .iter()
            .map(|left| left.columns.len());
        assert!(
            table.columns.len() + left.max().unwrap_or(0) >= of_relation.len(),
            "{name}"
        );
    }
    contract.tables.len()
}

#[tokio::test(flavor = "multi_thread")]
async fn random_schemas_are_printed_as_rust_and_nothing_is_lost() {
    let schemas = std::env::var("AXIS_RANDOM_SCHEMAS").ok();
    let schemas = schemas.map_or(SCHEMAS, |count| count.parse().unwrap());
    let mut runner = match std::env::var_os("AXIS_RANDOM_SCHEMAS") {
        Some(_) => TestRunner::default(),
        None => TestRunner::deterministic(),
    };
    let mut tables = 0;
    for _ in 0..schemas {
        let statements = prop::collection::vec(statement(), 80..160);
        let statements = statements.new_tree(&mut runner).unwrap().current();
        let catalog = made(&statements).await;
        let checked = std::panic::catch_unwind(|| check(&catalog));
        match checked {
            Ok(found) => tables += found,
            Err(_) => panic!("of this schema:\n{};", statements.join(";\n")),
        }
    }
    eprintln!("{schemas} random schemas, {tables} tables with contracts");
    assert!(
        tables >= schemas * 8,
        "only {tables} tables in {schemas} schemas"
    );
}
