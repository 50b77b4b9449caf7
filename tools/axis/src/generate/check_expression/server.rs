//! First step: the rules as the server holds them, and what the numbers within them stand for.
//!
//! A rule is read from `pg_constraint.conbin`, the tree that PostgreSQL itself evaluates: each operator, function, cast and
//! type in it is the one that the server chose, so that nothing is left to guess. The text of the rule is only shown.

mod members;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use tokio_postgres::{Client, Row};

use super::super::catalog::Name;
use super::super::node_tree::{self, Node};
use super::plpgsql;
use super::tree::Type;
pub(super) use members::Member;

/// Rules, and what their numbers stand for.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// The CHECKs of tables, by table and name.
    pub(super) tables: BTreeMap<(Name, String), Source>,
    /// The CHECKs of domains, by domain and name.
    pub(super) domains: BTreeMap<(Name, String), Source>,
    /// The defaults of columns, by table and column.
    pub(super) defaults: BTreeMap<(Name, String), Source>,
    /// What computes a column, by table and column.
    pub(super) generated: BTreeMap<(Name, String), Source>,
    /// What the numbers stand for.
    pub(super) names: Names,
}

/// A tree, and the columns that its numbers stand for.
#[derive(Debug)]
pub(super) struct Source {
    /// The tree.
    pub(super) node: Result<Node, String>,
    /// The columns of its table, by number.
    pub(super) columns: HashMap<i16, String>,
}

/// What the numbers of types, operators and functions stand for.
#[derive(Debug, Default)]
pub(super) struct Names {
    /// Types.
    pub(super) types: HashMap<u32, Type>,
    /// Operators.
    pub(super) operators: HashMap<u32, Operator>,
    /// Functions.
    pub(super) functions: HashMap<u32, Function>,
    /// Labels of enums.
    pub(super) labels: HashMap<u32, String>,
    /// Collations.
    pub(super) collations: HashMap<u32, Collation>,
    /// The members of composite types, by number.
    pub(super) members: HashMap<Name, BTreeMap<i16, Member>>,
}

/// An operator.
#[derive(Clone, Debug)]
pub(super) struct Operator {
    /// Its name.
    pub(super) name: String,
    /// Whether it is PostgreSQL's own, or that of an extension that axis knows.
    pub(super) is_known: bool,
}

/// A function.
#[derive(Clone, Debug)]
pub(super) struct Function {
    /// Its name.
    pub(super) name: String,
    /// Whether it is PostgreSQL's own, or that of an extension that axis knows.
    pub(super) is_known: bool,
    /// Its language.
    pub(super) language: String,
    /// Whether it gives NULL, unasked, where an argument is NULL.
    pub(super) is_strict: bool,
    /// What its last arguments are where they are left out.
    pub(super) defaults: Vec<Node>,
    /// How many arguments it has.
    pub(super) arguments: usize,
    /// What an SQL function consists of.
    pub(super) body: Option<Result<Node, String>>,
}

/// A collation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Collation {
    /// Whether equal means equal bytes.
    pub(super) is_deterministic: bool,
    /// Whether order is that of bytes, and only ASCII has case and classes.
    pub(super) is_c: bool,
    /// Whether it is the database's own.
    pub(super) is_default: bool,
}

/// Reads every rule.
pub(super) async fn read(client: &Client) -> Result<Found, tokio_postgres::Error> {
    // Bodies of functions are read by making a copy of them, which is taken back.
    client
        .batch_execute("BEGIN; SET LOCAL search_path = public; SET LOCAL lc_messages = 'C'")
        .await?;
    let found = read_all(client).await;
    client.batch_execute("ROLLBACK").await?;
    found
}

async fn read_all(client: &Client) -> Result<Found, tokio_postgres::Error> {
    let mut found = Found::default();
    let mut columns: HashMap<u32, HashMap<i16, String>> = HashMap::new();
    let query = "SELECT a.attrelid, a.attnum, a.attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
         JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'p', 'f')
           AND n.nspname NOT IN ('pg_catalog', 'information_schema')";
    for row in client.query(query, &[]).await? {
        let of_table = columns.entry(row.try_get(0)?).or_default();
        of_table.insert(row.try_get(1)?, row.try_get(2)?);
    }
    for row in client.query(include_str!("checks.sql"), &[]).await? {
        let relation: u32 = row.try_get("relation")?;
        let source = Source {
            node: node_tree::parse(row.try_get("tree")?),
            columns: columns.get(&relation).cloned().unwrap_or_default(),
        };
        let key = (
            Name::new(
                row.try_get::<_, String>("schema")?,
                row.try_get::<_, String>("owner")?,
            ),
            row.try_get("name")?,
        );
        match row.try_get("kind")? {
            "domain" => found.domains.insert(key, source),
            "default" => found.defaults.insert(key, source),
            "generated" => found.generated.insert(key, source),
            _ => found.tables.insert(key, source),
        };
    }
    found.names = read_names(client, &found).await?;
    Ok(found)
}

/// The fields that hold the number of a function, an operator, ..
const FUNCTIONS: [&str; 1] = ["funcid"];
const OPERATORS: [&str; 1] = ["opno"];
const TYPES: [&str; 16] = [
    "vartype",
    "consttype",
    "typeId",
    "opresulttype",
    "funcresulttype",
    "resulttype",
    "casetype",
    "coalescetype",
    "array_typeid",
    "element_typeid",
    "paramtype",
    "minmaxtype",
    "arraytype",
    "refcontainertype",
    "refelemtype",
    "refrestype",
];
const COLLATIONS: [&str; 2] = ["inputcollid", "collOid"];

async fn read_names(client: &Client, found: &Found) -> Result<Names, tokio_postgres::Error> {
    let mut names = Names::default();
    let sources = [
        &found.tables,
        &found.domains,
        &found.defaults,
        &found.generated,
    ];
    let mut trees: Vec<Node> = sources
        .iter()
        .flat_map(|sources| sources.values())
        .filter_map(|source| source.node.clone().ok())
        .collect();
    let mut asked = BTreeSet::new();
    // The body of a function may call others.
    while !trees.is_empty() {
        let numbers = |fields: &[&str]| {
            let mut numbers = Vec::new();
            trees
                .iter()
                .for_each(|tree| tree.numbers(fields, &mut numbers));
            numbers.sort_unstable();
            numbers.dedup();
            numbers
        };
        read_types(client, numbers(&TYPES), &mut names).await?;
        read_operators(client, numbers(&OPERATORS), &mut names).await?;
        read_collations(client, numbers(&COLLATIONS), &mut names).await?;
        let functions: Vec<u32> = numbers(&FUNCTIONS)
            .into_iter()
            .filter(|oid| asked.insert(*oid))
            .collect();
        trees = read_functions(client, functions, &mut names).await?;
    }
    members::read(client, &mut names).await?;
    for row in client
        .query("SELECT oid, enumlabel::text FROM pg_enum", &[])
        .await?
    {
        names.labels.insert(row.try_get(0)?, row.try_get(1)?);
    }
    Ok(names)
}

async fn read_types(
    client: &Client,
    numbers: Vec<u32>,
    names: &mut Names,
) -> Result<(), tokio_postgres::Error> {
    let query = "WITH RECURSIVE base AS (
             SELECT t.oid AS asked, t.oid FROM pg_type t WHERE t.oid = ANY ($1)
              UNION ALL
             SELECT b.asked, t.typbasetype FROM base b JOIN pg_type t ON t.oid = b.oid WHERE t.typtype = 'd')
         SELECT b.asked, n.nspname, t.typname, t.typtype::text, en.nspname, e.typname, e.typtype::text
           FROM base b
           JOIN pg_type t ON t.oid = b.oid AND t.typtype <> 'd'
           JOIN pg_namespace n ON n.oid = t.typnamespace
           LEFT JOIN pg_type e ON e.oid = t.typelem AND e.typarray = t.oid
           LEFT JOIN pg_namespace en ON en.oid = e.typnamespace";
    for row in client.query(query, &[&numbers]).await? {
        let name = |row: &Row, index| {
            let schema: Option<String> = row.try_get(index)?;
            let name: Option<String> = row.try_get(index + 1)?;
            let kind: Option<String> = row.try_get(index + 2)?;
            Ok::<_, tokio_postgres::Error>(schema.zip(name).zip(kind))
        };
        let type_of = |((schema, name), kind): ((String, String), String)| {
            type_named(Name::new(schema, name), &kind)
        };
        let found = match name(&row, 4)? {
            Some(element) => Some(Type::Array(Box::new(type_of(element)))),
            None => name(&row, 1)?.map(type_of),
        };
        if let Some(found) = found {
            names.types.insert(row.try_get(0)?, found);
        }
    }
    Ok(())
}

/// The type of a name, which is of a kind as `pg_type.typtype` tells kinds.
pub(super) fn type_named(name: Name, kind: &str) -> Type {
    match kind {
        "e" => return Type::Enum(name),
        "b" if name.schema == "pg_catalog" => {}
        "r" if name.schema == "pg_catalog" => {
            let bound = match name.name.as_str() {
                "int4range" => Type::Int4,
                "int8range" => Type::Int8,
                "numrange" => Type::Numeric,
                "daterange" => Type::Date,
                "tsrange" => Type::Timestamp,
                "tstzrange" => Type::Timestamptz,
                _ => return Type::Other(name),
            };
            return Type::Range(Box::new(bound));
        }
        "b" if name.name == "citext" => return Type::Citext,
        _ => return Type::Other(name),
    }
    match name.name.as_str() {
        "bool" => Type::Bool,
        "int2" => Type::Int2,
        "int4" => Type::Int4,
        "int8" => Type::Int8,
        "float4" => Type::Float4,
        "float8" => Type::Float8,
        "numeric" => Type::Numeric,
        "text" | "varchar" => Type::Text,
        "bpchar" => Type::Bpchar,
        "bytea" => Type::Bytea,
        "uuid" => Type::Uuid,
        "date" => Type::Date,
        "timestamp" => Type::Timestamp,
        "timestamptz" => Type::Timestamptz,
        "time" => Type::Time,
        "json" => Type::Json,
        "jsonb" => Type::Jsonb,
        "inet" => Type::Inet,
        "cidr" => Type::Cidr,
        "oid" => Type::Oid,
        "interval" => Type::Interval,
        _ => Type::Other(name),
    }
}

async fn read_operators(
    client: &Client,
    numbers: Vec<u32>,
    names: &mut Names,
) -> Result<(), tokio_postgres::Error> {
    let query = "SELECT o.oid, o.oprname, n.nspname = 'pg_catalog' OR coalesce(x.extname = 'citext', false)
           FROM pg_operator o
           JOIN pg_namespace n ON n.oid = o.oprnamespace
           LEFT JOIN pg_depend d ON d.classid = 'pg_operator'::regclass AND d.objid = o.oid AND d.deptype = 'e'
           LEFT JOIN pg_extension x ON x.oid = d.refobjid
          WHERE o.oid = ANY ($1)";
    for row in client.query(query, &[&numbers]).await? {
        let operator = Operator {
            name: row.try_get(1)?,
            is_known: row.try_get(2)?,
        };
        names.operators.insert(row.try_get(0)?, operator);
    }
    Ok(())
}

async fn read_collations(
    client: &Client,
    numbers: Vec<u32>,
    names: &mut Names,
) -> Result<(), tokio_postgres::Error> {
    let query = "SELECT oid, collisdeterministic, collname IN ('C', 'POSIX') AND collprovider = 'c', collprovider = 'd'
           FROM pg_collation WHERE oid = ANY ($1)";
    for row in client.query(query, &[&numbers]).await? {
        let collation = Collation {
            is_deterministic: row.try_get(1)?,
            is_c: row.try_get(2)?,
            is_default: row.try_get(3)?,
        };
        names.collations.insert(row.try_get(0)?, collation);
    }
    Ok(())
}

/// Reads functions. Gives back the bodies of those that are written in SQL.
async fn read_functions(
    client: &Client,
    numbers: Vec<u32>,
    names: &mut Names,
) -> Result<Vec<Node>, tokio_postgres::Error> {
    if numbers.is_empty() {
        return Ok(Vec::new());
    }
    let query = "SELECT p.oid, p.proname,
                n.nspname = 'pg_catalog' OR coalesce(x.extname = 'citext', false) AS is_known,
                l.lanname, p.proisstrict, p.prosqlbody::text AS body, p.prosrc,
                p.proargdefaults::text AS defaults, p.pronargs::int4 AS count,
                pg_get_function_identity_arguments(p.oid) AS arguments,
                format_type(p.prorettype, NULL) AS result,
                (SELECT substr(c, 13) FROM unnest(p.proconfig) AS c WHERE c LIKE 'search\\_path=%') AS search_path,
                l.lanname IN ('sql', 'plpgsql') AND p.prokind = 'f' AND NOT p.proretset AS is_sql
           FROM pg_proc p
           JOIN pg_namespace n ON n.oid = p.pronamespace
           JOIN pg_language l ON l.oid = p.prolang
           LEFT JOIN pg_depend d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
           LEFT JOIN pg_extension x ON x.oid = d.refobjid
          WHERE p.oid = ANY ($1)";
    let mut bodies = Vec::new();
    for row in client.query(query, &[&numbers]).await? {
        let body = match row.try_get("is_sql")? {
            true => Some(body(client, &row).await?),
            false => None,
        };
        bodies.extend(body.iter().flatten().cloned());
        let defaults = row.try_get::<_, Option<&str>>("defaults")?;
        let defaults = match defaults.map(node_tree::parse) {
            Some(Ok(Node::List(defaults))) => defaults,
            _ => Vec::new(),
        };
        bodies.extend(defaults.iter().cloned());
        let function = Function {
            name: row.try_get("proname")?,
            is_known: row.try_get("is_known")?,
            language: row.try_get("lanname")?,
            is_strict: row.try_get("proisstrict")?,
            defaults,
            arguments: usize::try_from(row.try_get::<_, i32>("count")?).unwrap_or_default(),
            body,
        };
        names.functions.insert(row.try_get("oid")?, function);
    }
    Ok(bodies)
}

/// The tree of an SQL function. One whose body is a string is made again with a body that PostgreSQL keeps as a tree.
async fn body(client: &Client, row: &Row) -> Result<Result<Node, String>, tokio_postgres::Error> {
    if let Some(tree) = row.try_get::<_, Option<&str>>("body")? {
        return Ok(node_tree::parse(tree));
    }
    let (name, source): (&str, &str) = (row.try_get("proname")?, row.try_get("prosrc")?);
    let source = match row.try_get::<_, &str>("lanname")? {
        "plpgsql" => match plpgsql::returned(source) {
            Some(expression) => format!(
                "SELECT ({expression})::{};",
                row.try_get::<_, &str>("result")?
            ),
            None => {
                return Ok(Err(format!(
                    "it calls the function `{name}`, which is more than one RETURN in plpgsql"
                )));
            }
        },
        _ => source.to_owned(),
    };
    let (arguments, result): (&str, &str) = (row.try_get("arguments")?, row.try_get("result")?);
    let search_path = row.try_get::<_, Option<&str>>("search_path")?;
    let path = search_path
        .map(|path| format!("SET LOCAL search_path = {path};"))
        .unwrap_or_default();
    let copy = format!(
        "SAVEPOINT axis_copy; {path}
         CREATE FUNCTION pg_temp.axis_copy({arguments}) RETURNS {result} LANGUAGE sql BEGIN ATOMIC {source}\n; END"
    );
    let copied = match client.batch_execute(&copy).await {
        Ok(()) => {
            let query = "SELECT prosqlbody::text FROM pg_proc WHERE proname = 'axis_copy' AND pronamespace = pg_my_temp_schema()";
            let row = client.query_one(query, &[]).await?;
            node_tree::parse(row.try_get::<_, Option<&str>>(0)?.unwrap_or_default())
        }
        Err(error) if error.as_db_error().is_some() => {
            Err(format!("the body of the function `{name}` cannot be read"))
        }
        Err(error) => return Err(error),
    };
    client
        .batch_execute("ROLLBACK TO SAVEPOINT axis_copy")
        .await?;
    Ok(copied)
}
