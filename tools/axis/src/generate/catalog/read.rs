//! The catalog queries, one file each, and their rows.

use std::collections::{BTreeMap, HashMap};

use tokio_postgres::{Client, Row};

use super::super::check_expression::{self, Expr, Rules, TargetLocale};
use super::views::{self, Facts};
use super::{
    Catalog, Column, Constraint, ConstraintKind, DefaultValue, Domain, Member, Name, References,
    Relation, RelationKind, Trigger, Type, TypeKind, UniqueIndex,
};

/// How the text of expressions is printed, whatever the server's or the database's own settings: names are qualified
/// unless they are in `public`, and constants do not depend on a place or a language.
const SETTINGS: &str = "
    SET search_path = public;
    SET TimeZone = 'UTC';
    SET DateStyle = 'ISO, YMD';
    SET IntervalStyle = 'postgres';
    SET extra_float_digits = 1;
    SET bytea_output = 'hex';
    SET lc_monetary = 'C';
    SET lc_messages = 'C';
    SET quote_all_identifiers = off;
    BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
";

/// Why the catalog could not be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReadError {
    /// A query failed.
    #[error(
        "the catalog of the throw-away database cannot be read: please report it with the cause"
    )]
    Query(#[from] tokio_postgres::Error),
    /// The rules could not be read.
    #[error("the fingerprint of the throw-away database cannot be made")]
    Rules(#[from] crate::rules::RulesError),
}

/// Reads the whole catalog in one snapshot, and then the rules, for a locale where that is known. The URL leads to the same
/// database.
pub(crate) async fn read(
    client: &Client,
    url: &str,
    locale: Option<&TargetLocale>,
) -> Result<Catalog, ReadError> {
    client.batch_execute(SETTINGS).await?;
    let relations = client.query(include_str!("relations.sql"), &[]);
    let columns = client.query(include_str!("columns.sql"), &[]);
    let types = client.query(include_str!("types.sql"), &[]);
    let members = client.query(include_str!("members.sql"), &[]);
    let constraints = client.query(include_str!("constraints.sql"), &[]);
    let unique_indexes = client.query(include_str!("unique_indexes.sql"), &[]);
    let triggers = client.query(include_str!("triggers.sql"), &[]);
    // Sent together, answered in order.
    let (relations, columns, types, members, constraints, unique_indexes, triggers) = tokio::try_join!(
        relations,
        columns,
        types,
        members,
        constraints,
        unique_indexes,
        triggers
    )?;
    let shapes = shapes(&relations, &columns)?;
    let facts = match shapes.iter().any(views::Shape::is_view) {
        true => Some(Facts::read(client).await?),
        false => None,
    };
    client.batch_execute("COMMIT").await?;

    let mut columns = grouped(&columns, column)?;
    let (mut of_tables, mut of_domains) = split_constraints(&constraints)?;
    let mut unique_indexes = grouped(&unique_indexes, unique_index)?;
    let mut triggers = grouped(&triggers, trigger)?;
    let mut relations = relations
        .iter()
        .map(|row| {
            let oid: u32 = row.try_get("oid")?;
            Ok(Relation {
                name: name(row, "schema", "name")?,
                kind: match text(row, "kind")?.as_str() {
                    "p" => RelationKind::PartitionedTable,
                    "v" => RelationKind::View,
                    "m" => RelationKind::MaterializedView,
                    "f" => RelationKind::ForeignTable,
                    _ => RelationKind::Table,
                },
                partition_of: optional_name(row, "partitioned_schema", "partitioned_name")?,
                row_security: row.try_get("row_security")?,
                has_rules: row.try_get("has_rules")?,
                extension: row.try_get("extension")?,
                comment: row.try_get("comment")?,
                columns: columns.remove(&oid).unwrap_or_default(),
                constraints: of_tables.remove(&oid).unwrap_or_default(),
                unique_indexes: unique_indexes.remove(&oid).unwrap_or_default(),
                triggers: triggers.remove(&oid).unwrap_or_default(),
            })
        })
        .collect::<Result<Vec<_>, tokio_postgres::Error>>()?;
    let mut members = members_of_types(&members)?;
    let types = types
        .iter()
        .map(|row| {
            let name = name(row, "schema", "name")?;
            let constraints = of_domains.remove(&name).unwrap_or_default();
            let members = members.remove(&name).unwrap_or_default();
            Ok((name, type_of(row, constraints, members)?))
        })
        .collect::<Result<_, tokio_postgres::Error>>()?;
    let rules = check_expression::read(client, locale).await?;
    leave_out_null_defaults(&mut relations, &rules);
    let tables = crate::rules::read(url).await?.tables;
    let fingerprints = tables.into_iter().map(|table| {
        let fingerprint = table.fingerprint();
        (Name::new(table.schema, table.name), fingerprint)
    });
    let mut catalog = Catalog {
        relations,
        types,
        rules,
        fingerprints: fingerprints.collect(),
    };
    views::infer(&facts.unwrap_or_default(), &mut catalog, shapes);
    Ok(catalog)
}

/// DEFAULT NULL is no default: PostgreSQL keeps it only where it takes away that of a domain.
fn leave_out_null_defaults(relations: &mut [Relation], rules: &Rules) {
    for relation in relations {
        for column in &mut relation.columns {
            let key = (relation.name.clone(), column.name.clone());
            if let Some(Expr::Null(_)) = rules.defaults.get(&key) {
                column.default = DefaultValue::None;
            }
        }
    }
}

/// What a view's query calls the relations and their columns, in the order of the relations.
fn shapes(relations: &[Row], columns: &[Row]) -> Result<Vec<views::Shape>, tokio_postgres::Error> {
    let mut positions = grouped(columns, |row| row.try_get("position"))?;
    relations
        .iter()
        .map(|row| {
            let oid = row.try_get("oid")?;
            Ok(views::Shape {
                oid,
                positions: positions.remove(&oid).unwrap_or_default(),
                query_tree: row.try_get("query_tree")?,
            })
        })
        .collect()
}

/// The rows of each relation, in their order.
fn grouped<T>(
    rows: &[Row],
    value: impl Fn(&Row) -> Result<T, tokio_postgres::Error>,
) -> Result<HashMap<u32, Vec<T>>, tokio_postgres::Error> {
    let mut groups: HashMap<u32, Vec<T>> = HashMap::new();
    for row in rows {
        groups
            .entry(row.try_get("relation")?)
            .or_default()
            .push(value(row)?);
    }
    Ok(groups)
}

type Constraints<K> = BTreeMap<K, Vec<Constraint>>;

fn split_constraints(
    rows: &[Row],
) -> Result<(Constraints<u32>, Constraints<Name>), tokio_postgres::Error> {
    let mut of_tables = Constraints::new();
    let mut of_domains = Constraints::new();
    for row in rows {
        let constraint = constraint(row)?;
        if row.try_get::<_, Option<&str>>("domain_name")?.is_some() {
            let domain = name(row, "domain_schema", "domain_name")?;
            of_domains.entry(domain).or_default().push(constraint);
        } else {
            let table = row.try_get("relation")?;
            of_tables.entry(table).or_default().push(constraint);
        }
    }
    Ok((of_tables, of_domains))
}

fn column(row: &Row) -> Result<Column, tokio_postgres::Error> {
    let expression: Option<String> = row.try_get("expression")?;
    let identity = text(row, "identity")?;
    let generated = text(row, "generated")?;
    let default = match (identity.as_str(), generated.as_str(), expression) {
        ("a", ..) => DefaultValue::IdentityAlways,
        ("d", ..) => DefaultValue::IdentityByDefault,
        (_, "", Some(expression)) => DefaultValue::Expression(expression),
        (_, _, Some(expression)) => DefaultValue::Generated(expression),
        (_, _, None) => DefaultValue::None,
    };
    Ok(Column {
        name: row.try_get("name")?,
        type_name: name(row, "type_schema", "type_name")?,
        type_modifier: row.try_get("type_modifier")?,
        data_type: row.try_get("data_type")?,
        not_null: row.try_get("not_null")?,
        // The rest is known when all relations and types are.
        reads_null: row.try_get("holds_null")?,
        default,
        comment: row.try_get("comment")?,
    })
}

fn constraint(row: &Row) -> Result<Constraint, tokio_postgres::Error> {
    let foreign_schema: Option<String> = row.try_get("foreign_schema")?;
    let foreign_table: Option<String> = row.try_get("foreign_table")?;
    let references = match (foreign_schema, foreign_table) {
        (Some(schema), Some(table)) => Some(References {
            table: Name::new(schema, table),
            columns: row.try_get("foreign_columns")?,
        }),
        _ => None,
    };
    Ok(Constraint {
        name: row.try_get("name")?,
        kind: match text(row, "kind")?.as_str() {
            "p" => ConstraintKind::PrimaryKey,
            "u" => ConstraintKind::Unique,
            "f" => ConstraintKind::ForeignKey,
            "x" => ConstraintKind::Exclusion,
            _ => ConstraintKind::Check,
        },
        columns: row.try_get("columns")?,
        references,
        is_derived: row.try_get("is_derived")?,
        is_inherited: row.try_get("is_inherited")?,
        enforced: row.try_get("enforced")?,
        definition: row.try_get("definition")?,
    })
}

fn unique_index(row: &Row) -> Result<UniqueIndex, tokio_postgres::Error> {
    Ok(UniqueIndex {
        name: row.try_get("name")?,
        columns: row.try_get("columns")?,
        is_key: row.try_get("is_key")?,
        definition: row.try_get("definition")?,
    })
}

fn trigger(row: &Row) -> Result<Trigger, tokio_postgres::Error> {
    let mut events = Vec::new();
    for (flag, event) in [
        ("on_insert", "INSERT"),
        ("on_update", "UPDATE"),
        ("on_delete", "DELETE"),
    ] {
        if row.try_get(flag)? {
            events.push(event);
        }
    }
    Ok(Trigger {
        name: row.try_get("name")?,
        for_each_row: row.try_get("for_each_row")?,
        before: row.try_get("before")?,
        events,
        function: row.try_get("function")?,
    })
}

fn members_of_types(rows: &[Row]) -> Result<BTreeMap<Name, Vec<Member>>, tokio_postgres::Error> {
    let mut members: BTreeMap<Name, Vec<Member>> = BTreeMap::new();
    for row in rows {
        let member = Member {
            name: row.try_get("member")?,
            type_name: name(row, "type_schema", "type_name")?,
            type_modifier: row.try_get("type_modifier")?,
            data_type: row.try_get("data_type")?,
            comment: row.try_get("comment")?,
        };
        let of = name(row, "schema", "name")?;
        members.entry(of).or_default().push(member);
    }
    Ok(members)
}

fn type_of(
    row: &Row,
    constraints: Vec<Constraint>,
    members: Vec<Member>,
) -> Result<Type, tokio_postgres::Error> {
    let is_array = row.try_get::<_, Option<&str>>("element_name")?.is_some();
    let kind = match text(row, "kind")?.as_str() {
        "e" => TypeKind::Enum(row.try_get("labels")?),
        "d" => TypeKind::Domain(Domain {
            base: name(row, "base_schema", "base_name")?,
            type_modifier: row.try_get("type_modifier")?,
            not_null: row.try_get("not_null")?,
            constraints,
        }),
        "b" if is_array => TypeKind::Array(name(row, "element_schema", "element_name")?),
        "c" => TypeKind::Composite(members),
        "r" => TypeKind::Range(name(row, "subtype_schema", "subtype_name")?),
        "m" => TypeKind::Multirange(name(row, "subtype_schema", "subtype_name")?),
        _ => TypeKind::Base,
    };
    Ok(Type {
        kind,
        delimiter: text(row, "delimiter")?.chars().next().unwrap_or(','),
        comment: row.try_get("comment")?,
    })
}

fn name(row: &Row, schema: &str, name: &str) -> Result<Name, tokio_postgres::Error> {
    Ok(Name {
        schema: row.try_get(schema)?,
        name: row.try_get(name)?,
    })
}

fn optional_name(
    row: &Row,
    schema: &str,
    name: &str,
) -> Result<Option<Name>, tokio_postgres::Error> {
    let schema: Option<String> = row.try_get(schema)?;
    let name: Option<String> = row.try_get(name)?;
    Ok(schema.zip(name).map(|(schema, name)| Name { schema, name }))
}

fn text(row: &Row, column: &str) -> Result<String, tokio_postgres::Error> {
    row.try_get(column)
}
