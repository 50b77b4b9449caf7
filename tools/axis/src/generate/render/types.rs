//! `types.rs`: the types of the database that are no part of PostgreSQL.

use std::collections::BTreeSet;

use super::super::contract::{Composite, Contract, Domain, Enum, Member, Range, Scalar, SqlPath};
use super::SchemaModules;
use super::limits;
use super::parts;
use super::sql_types;
use super::table::serde_camel_case;
use super::text::{code, doc, literal};

/// Prints the module.
pub(super) fn module(contract: &Contract, schemas: &SchemaModules) -> String {
    let types = &contract.types;
    let judged = judged(contract);
    let path = |sql_type: &SqlPath| sql_types::path(sql_type, schemas);
    let mut parts: Vec<String> = Vec::new();
    for found in &types.enums {
        parts.push(print(found, &path(&found.sql_type)));
    }
    for found in &types.composites {
        let is_judged = judged.contains(found.rust_name.as_str());
        parts.push(composite(found, schemas, is_judged));
    }
    for found in &types.domains {
        let is_judged = judged.contains(found.rust_name.as_str());
        parts.push(domain(found, schemas, is_judged));
    }
    for (ranges, rust_type) in [(&types.ranges, "Range"), (&types.multiranges, "Multirange")] {
        for found in ranges {
            parts.extend(range(found, rust_type, schemas));
        }
    }
    parts.push(sql_types::text_as(&types.sql_types));
    parts.push(sql_types::module(&types.sql_types));
    let text = parts.concat();
    let import = match text.contains(" postgres::") || text.contains("(postgres::") {
        true => "\nuse super::postgres;\n",
        false => "",
    };
    format!("//! The types of the database.\n{import}{text}")
}

/// The types whose values are judged: those of columns that are written, which have limits.
fn judged(contract: &Contract) -> BTreeSet<&str> {
    fn add<'a>(scalar: &'a Scalar, judged: &mut BTreeSet<&'a str>) {
        match scalar {
            Scalar::Composite(found) if scalar.has_limits() => {
                judged.insert(&found.rust_name);
            }
            Scalar::Domain(found) if scalar.has_limits() => {
                judged.insert(&found.rust_name);
            }
            _ => {}
        }
        for part in scalar.parts() {
            add(part, judged);
        }
    }
    fn add_parts<'a>(scalar: &'a Scalar, judged: &mut BTreeSet<&'a str>) {
        match scalar {
            Scalar::Composite(found) => {
                for member in &found.members {
                    add_parts(&member.value.scalar, judged);
                }
            }
            other => add(other, judged),
        }
    }
    let mut judged = BTreeSet::new();
    for table in &contract.tables {
        for column in table.columns.iter().filter(|column| column.is_written()) {
            match parts::are_asked(table, column) {
                true => add_parts(&column.value.scalar, &mut judged),
                false => add(&column.value.scalar, &mut judged),
            }
        }
    }
    judged
}

/// A path of `generated`, as types.rs sees its own types.
fn from_here(rust_type: &str) -> String {
    rust_type.replace("super::types::", "")
}

fn composite(found: &Composite, schemas: &SchemaModules, is_judged: bool) -> String {
    let (name, rust_name) = (code(&found.name.name), &found.rust_name);
    let about = match &found.comment {
        Some(comment) => format!("{name}: {comment}"),
        None => format!("{name}."),
    };
    let sql_type = sql_types::path(&found.sql_type, schemas);
    let fields: String = found.members.iter().map(field).collect();
    let of_member = |member: &Member| {
        let of_value = sql_types::of_value(&member.value, &member.sql_type, schemas);
        match member.nullable {
            true => format!("diesel::sql_types::Nullable<{of_value}>"),
            false => of_value,
        }
    };
    let sql_types: String = found
        .members
        .iter()
        .map(|member| of_member(member) + ", ")
        .collect();
    let names: String = found
        .members
        .iter()
        .map(|member| format!("{}, ", member.field))
        .collect();
    let references: String = found
        .members
        .iter()
        .map(|member| format!("&self.{}, ", member.field))
        .collect();
    let mut text = format!(
        "
{}#[derive(Clone, Debug, PartialEq, serde::Deserialize, serde::Serialize, diesel::expression::AsExpression, diesel::deserialize::FromSqlRow)]
#[serde(deny_unknown_fields, rename_all = \"camelCase\")]
#[diesel(sql_type = {sql_type})]
pub struct {rust_name} {{
{fields}}}

impl diesel::serialize::ToSql<{sql_type}, diesel::pg::Pg> for {rust_name} {{
    fn to_sql<'b>(&'b self, out: &mut diesel::serialize::Output<'b, '_, diesel::pg::Pg>) -> diesel::serialize::Result {{
        diesel::serialize::WriteTuple::<({sql_types})>::write_tuple(&({references}), &mut out.reborrow())
    }}
}}

impl diesel::deserialize::FromSql<{sql_type}, diesel::pg::Pg> for {rust_name} {{
    fn from_sql(value: diesel::pg::PgValue<'_>) -> diesel::deserialize::Result<Self> {{
        let ({names}) = diesel::deserialize::FromSql::<diesel::sql_types::Record<({sql_types})>, diesel::pg::Pg>::from_sql(value)?;
        Ok(Self {{ {names} }})
    }}
}}
",
        doc(&about)
    );
    if is_judged {
        let conditions = found.members.iter().filter_map(|member| {
            let field = format!("self.{}", member.field);
            Some(match member.nullable {
                true => {
                    let accepts = limits::accepts(&member.value, "value")?;
                    format!("{field}.as_ref().is_none_or({})", predicate(&accepts))
                }
                false => limits::accepts(&member.value, &format!("&{field}"))?,
            })
        });
        text += &is_accepted(rust_name, &conditions.collect::<Vec<_>>().join(" && "));
    }
    text
}

/// A condition on `value`, as an argument. A call that a function's name stands for is the name, but for `text`, which
/// takes a `str`.
fn predicate(condition: &str) -> String {
    let function = condition.strip_suffix("(value)").filter(|function| {
        let is_path = |letter: char| letter.is_ascii_alphanumeric() || "_:".contains(letter);
        function.chars().all(is_path) && *function != "postgres::text"
    });
    function.map_or_else(|| format!("|value| {condition}"), str::to_owned)
}

fn field(member: &Member) -> String {
    let about = match member.comment.as_deref().map(str::trim) {
        Some(comment) if !comment.is_empty() => comment.to_owned(),
        _ => format!(
            "{} of type {}.",
            code(&member.name),
            code(&member.data_type)
        ),
    };
    let value = from_here(&member.value.rust_type());
    let value = match member.nullable {
        true => format!("Option<{value}>"),
        false => value,
    };
    let rename = match serde_camel_case(&member.field).as_deref() == Some(&member.wire_name) {
        true => String::new(),
        false => format!("#[serde(rename = {})]\n", literal(&member.wire_name)),
    };
    format!("{}{rename}pub {}: {value},\n", doc(&about), member.field)
}

fn domain(found: &Domain, schemas: &SchemaModules, is_judged: bool) -> String {
    let (name, rust_name) = (code(&found.name.name), &found.rust_name);
    let about = match &found.comment {
        Some(comment) => format!("The domain {name}: {comment}"),
        None => format!("The domain {name} over {}.", code(&found.data_type)),
    };
    let sql_type = sql_types::path(&found.sql_type, schemas);
    let value_sql_type = sql_types::of_value(&found.value, &found.value_sql_type, schemas);
    let mut text = format!(
        "
{}#[derive(Clone, Debug, PartialEq, serde::Deserialize, serde::Serialize, diesel::expression::AsExpression, diesel::deserialize::FromSqlRow)]
#[serde(transparent)]
#[diesel(sql_type = {sql_type})]
pub struct {rust_name}(pub {});
{}",
        doc(&about),
        from_here(&found.value.rust_type()),
        sql_types::delegate(rust_name, &sql_type, "self.0", &value_sql_type, "Self")
    );
    if found.not_null {
        text += &format!(
            "
/// The domain refuses NULL, which Diesel does not know.
impl diesel::deserialize::FromSql<diesel::sql_types::Nullable<{sql_type}>, diesel::pg::Pg> for {rust_name} {{
    fn from_sql(value: diesel::pg::PgValue<'_>) -> diesel::deserialize::Result<Self> {{
        diesel::deserialize::FromSql::<{sql_type}, diesel::pg::Pg>::from_sql(value)
    }}
}}
"
        );
    }
    if is_judged && let Some(accepts) = limits::accepts(&found.value, "&self.0") {
        text += &is_accepted(rust_name, &accepts);
    }
    text
}

fn is_accepted(rust_name: &str, condition: &str) -> String {
    format!(
        "
impl {rust_name} {{
    /// Whether PostgreSQL reads the value as one of its type.
    pub(super) fn is_accepted(&self) -> bool {{
        {condition}
    }}
}}
"
    )
}

/// A range type of the user's, which is written as any other of the same subtype.
fn range(found: &Range, rust_type: &str, schemas: &SchemaModules) -> Option<String> {
    if matches!(found.sql_type, SqlPath::Diesel(_)) {
        return None;
    }
    let is_multirange = rust_type == "Multirange";
    let rust = format!(
        "postgres::{rust_type}<{}>",
        from_here(&found.subtype.rust_type())
    );
    let sql_type = sql_types::path(&found.sql_type, schemas);
    let subtype = sql_types::path(&found.subtype_sql_type, schemas);
    let written_as = format!("diesel::sql_types::{rust_type}<{subtype}>");
    let rust_type = format!("super::{rust}");
    let Some(bound) = bound_from_bytes(&found.subtype) else {
        return Some(sql_types::delegate(
            &rust_type,
            &sql_type,
            "self",
            &written_as,
            "Ok",
        ));
    };
    let function = match is_multirange {
        true => "multirange_from_bytes",
        false => "range_from_bytes",
    };
    let read = format!("postgres::{function}(value.as_bytes(), |bytes| {bound})");
    Some(
        sql_types::write_as(&rust_type, &sql_type, "self", &written_as)
            + &sql_types::read_by(&rust_type, &sql_type, &read),
    )
}

/// Reads a bound of a range that Diesel does not read.
pub(super) fn bound_from_bytes(subtype: &Scalar) -> Option<&'static str> {
    Some(match subtype {
        Scalar::Int2 => "Ok(i16::from_be_bytes(bytes.try_into()?))",
        Scalar::Oid => "Ok(u32::from_be_bytes(bytes.try_into()?))",
        Scalar::Float4 => "Ok(f32::from_be_bytes(bytes.try_into()?))",
        Scalar::Float8 => "Ok(f64::from_be_bytes(bytes.try_into()?))",
        Scalar::Text => "Ok(str::from_utf8(bytes)?.to_owned())",
        Scalar::Uuid => "Ok(uuid::Uuid::from_bytes(bytes.try_into()?))",
        Scalar::Time { .. } => {
            "{ let since_midnight = chrono::TimeDelta::microseconds(i64::from_be_bytes(bytes.try_into()?)); Ok(chrono::NaiveTime::MIN + since_midnight) }"
        }
        _ => return None,
    })
}

fn print(found: &Enum, sql_type: &str) -> String {
    let name = &found.rust_name;
    let about = match &found.comment {
        Some(comment) => format!("{}: {comment}", code(&found.name.name)),
        None => format!("{}.", code(&found.name.name)),
    };
    let mut variants = String::new();
    let mut labels = String::new();
    for (label, variant) in &found.variants {
        variants += &format!(
            "{}#[serde(rename = {})]\n{variant},\n",
            doc(&format!("{}.", code(label))),
            literal(label)
        );
        labels += &format!("Self::{variant} => {},\n", literal(label));
    }
    let all: Vec<String> = found
        .variants
        .iter()
        .map(|(_, variant)| format!("Self::{variant}"))
        .collect();
    let unknown = literal(&format!(
        "{} has a label that this build does not know",
        code(&found.name.name)
    ));
    format!(
        "
{}#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Deserialize, serde::Serialize, diesel::expression::AsExpression, diesel::deserialize::FromSqlRow,
)]
#[diesel(sql_type = {sql_type})]
pub enum {name} {{
{variants}}}

impl {name} {{
    /// Every label, in PostgreSQL's order.
    pub const ALL: &'static [Self] = &[{}];

    /// The label, as PostgreSQL spells it.
    pub const fn label(self) -> &'static str {{
        match self {{
{labels}}}
    }}
}}

impl diesel::serialize::ToSql<{sql_type}, diesel::pg::Pg> for {name} {{
    fn to_sql<'b>(&'b self, out: &mut diesel::serialize::Output<'b, '_, diesel::pg::Pg>) -> diesel::serialize::Result {{
        std::io::Write::write_all(out, self.label().as_bytes())?;
        Ok(diesel::serialize::IsNull::No)
    }}
}}

impl diesel::deserialize::FromSql<{sql_type}, diesel::pg::Pg> for {name} {{
    fn from_sql(value: diesel::pg::PgValue<'_>) -> diesel::deserialize::Result<Self> {{
        let label = value.as_bytes();
        let found = Self::ALL.iter().find(|found| found.label().as_bytes() == label);
        found.copied().ok_or_else(|| {unknown}.into())
    }}
}}
",
        doc(&about),
        all.join(", ")
    )
}
