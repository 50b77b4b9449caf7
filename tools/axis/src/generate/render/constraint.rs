//! The constraints of a table, as an enum with what the catalog says of each.

use super::super::contract::{Constraint, ConstraintKind, Enforcement, Table};
use super::text::{code, doc, literal};

/// Prints the enum.
pub(super) fn enumeration(name: &str, table: &Table) -> String {
    let mut text = format!("\n{}", doc(&format!("Every constraint of {name}.")));
    text += "#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]\n#[non_exhaustive]\npub enum Constraint {\n";
    for constraint in &table.constraints {
        let about = match (constraint.kind, constraint.columns.as_slice()) {
            (ConstraintKind::Type, [column]) => {
                format!("{}: {}", code(column), code(&constraint.definition))
            }
            (ConstraintKind::NotNull, [column]) => format!("{}: `NOT NULL`", code(column)),
            _ => code(&constraint.definition),
        };
        text += &format!("{}{},\n", doc(&about), constraint.variant);
    }
    text += "}\n";
    text
}

/// Prints what each variant stands for, and the wire names.
pub(super) fn implementation(table: &Table) -> String {
    let all: String = table
        .constraints
        .iter()
        .map(|constraint| format!("Self::{},\n", constraint.variant))
        .collect();
    let metadata: String = table.constraints.iter().map(metadata).collect();
    format!(
        "
impl TableConstraint for Constraint {{
    const TABLE: Table = TABLE;
    const ALL: &'static [Self] = &[
{all}];

    fn metadata(self) -> &'static ConstraintMetadata {{
        match self {{
{metadata}}}
    }}

    fn wire_name(column: &str) -> &str {{
{}
    }}
}}
",
        wire_names(table)
    )
}

fn metadata(constraint: &Constraint) -> String {
    let kind = match constraint.kind {
        ConstraintKind::Type => "Type",
        ConstraintKind::Domain => "Domain",
        ConstraintKind::NotNull => "NotNull",
        ConstraintKind::Check => "Check",
        ConstraintKind::PrimaryKey => "PrimaryKey",
        ConstraintKind::Unique => "Unique",
        ConstraintKind::Exclusion => "Exclusion",
        ConstraintKind::ForeignKey => "ForeignKey",
    };
    let enforcement = match &constraint.enforcement {
        Enforcement::Contract => "Contract".to_owned(),
        Enforcement::Database(reason) => format!("Database({})", literal(reason)),
    };
    let columns: Vec<String> = constraint
        .columns
        .iter()
        .map(|column| literal(column))
        .collect();
    format!(
        "Self::{} => &ConstraintMetadata {{ name: {}, kind: ConstraintKind::{kind}, columns: &[{}], definition: {}, enforcement: Enforcement::{enforcement} }},\n",
        constraint.variant,
        literal(&constraint.name),
        columns.join(", "),
        literal(&constraint.definition)
    )
}

fn wire_names(table: &Table) -> String {
    let arms: String = table
        .columns
        .iter()
        .filter(|column| column.wire_name != column.name)
        .map(|column| {
            format!(
                "{} => {},\n",
                literal(&column.name),
                literal(&column.wire_name)
            )
        })
        .collect();
    match arms.is_empty() {
        true => "column".to_owned(),
        false => format!("match column {{\n{arms}column => column,\n}}"),
    }
}
