//! `types.rs`: the enums.

use super::super::contract::{Contract, Enum};
use super::SchemaModules;
use super::text::{code, doc, literal};

/// Prints the module.
pub(super) fn module(contract: &Contract, schemas: &SchemaModules) -> String {
    let enums = contract
        .enums
        .iter()
        .map(|found| print(found, &schemas.sql_type(&found.rust_name, found.is_further)));
    format!(
        "//! The enums of the database.\n\n{}",
        enums.collect::<Vec<_>>().join("\n")
    )
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
        "{}#[derive(
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
