//! The module of a table.

use super::super::catalog::DefaultValue;
use super::super::contract::{Column, ConstraintKind, InsertForm, Table, UpdateForm};
use super::limits::{self, Stage};
use super::text::{code, doc, literal, module_doc, sentences};
use super::{SchemaModules, check, constraint, parts};

/// Prints the module.
pub(super) fn module(table: &Table, schemas: &SchemaModules) -> String {
    let name = code(&table.name.name);
    let path = schemas.table(&table.diesel);
    let comment = match &table.comment {
        Some(comment) => format!("{name}: {comment}"),
        None => format!("{name}."),
    };
    let inserted = fields(table, |column| column.insert != InsertForm::Absent);
    let updated = fields(table, |column| column.update != UpdateForm::Absent);
    let mut text = module_doc(&comment);
    if table.is_read_only {
        text += "\nuse super::postgres::{Column, Table};\n";
        text += &table_constant(table);
        text += &select(table, &path);
        return text;
    }
    text += &imports(table, &inserted, &updated);
    text += &table_constant(table);
    text += &length_constants(table);
    text += &select(table, &path);
    if !inserted.is_empty() {
        text += &insert(&name, &path, table, &inserted);
    }
    if !updated.is_empty() {
        text += &update(&name, &path, table, &updated);
    }
    text += &constraint::enumeration(&name, table);
    text += &constraint::implementation(table);
    if !inserted.is_empty() || !updated.is_empty() {
        text += &check::functions(table);
    }
    text
}

fn fields(table: &Table, is_in: impl Fn(&Column) -> bool) -> Vec<&Column> {
    table
        .columns
        .iter()
        .filter(|column| is_in(column))
        .collect()
}

fn imports(table: &Table, inserted: &[&Column], updated: &[&Column]) -> String {
    let mut names = vec!["Column", "ConstraintMetadata", "Table", "TableConstraint"];
    if !table.constraints.is_empty() {
        names.insert(1, "ConstraintKind");
        names.insert(3, "Enforcement");
    }
    if !inserted.is_empty() || !updated.is_empty() {
        names.insert(0, "self");
        names.push("Violation");
    }
    format!("\nuse super::postgres::{{{}}};\n", names.join(", "))
}

fn table_constant(table: &Table) -> String {
    let columns: String = table
        .columns
        .iter()
        .map(|column| {
            format!(
                "Column {{ name: {}, data_type: {}, nullable: {} }},\n",
                literal(&column.name),
                literal(&column.data_type),
                column.nullable
            )
        })
        .collect();
    format!(
        "
/// The table, as a server compares it with its database.
pub const TABLE: Table = Table {{
    schema: {},
    name: {},
    fingerprint: {},
    columns: &[{columns}],
}};
",
        literal(&table.name.schema),
        literal(&table.name.name),
        literal(&table.fingerprint)
    )
}

fn length_constants(table: &Table) -> String {
    let mut text = String::from("\n");
    for column in &table.columns {
        if let Some((constant, length)) = &column.max_length {
            let holder = match column.value.is_array {
                true => format!("an element of {}", code(&column.name)),
                false => code(&column.name),
            };
            text += &doc(&format!("The most characters that {holder} holds."));
            text += &format!("pub const {constant}: usize = {length};\n");
        }
    }
    text
}

/// What the database says of the column; where it says nothing, its type.
fn about(column: &Column) -> String {
    match column.comment.as_deref().map(str::trim) {
        Some(comment) if !comment.is_empty() => comment.to_owned(),
        _ => format!(
            "Column {} of type {}.",
            code(&column.name),
            code(&column.data_type)
        ),
    }
}

fn select(table: &Table, path: &str) -> String {
    let mut text = format!(
        "\n{}",
        doc(&format!("A row of {} as read.", code(&table.name.name)))
    );
    text += &format!(
        "#[derive(Clone, Debug, PartialEq, diesel::Queryable, diesel::Selectable)]
#[diesel(table_name = {path}, check_for_backend(diesel::pg::Pg))]
pub struct Select {{
"
    );
    for column in &table.columns {
        let about = match &column.default {
            DefaultValue::IdentityAlways => sentences(&about(column), "Numbered by the database."),
            DefaultValue::Generated(expression) => {
                sentences(&about(column), &format!("Computed: {}.", code(expression)))
            }
            _ => about(column),
        };
        let value = column.value.rust_type();
        let value = match column.reads_null {
            true => format!("Option<{value}>"),
            false => value,
        };
        text += &format!("{}pub {}: {value},\n", doc(&about), column.field);
    }
    text += "}\n";
    text
}

fn insert(name: &str, path: &str, table: &Table, columns: &[&Column]) -> String {
    let mut text = format!("\n{}", doc(&format!("What an INSERT into {name} accepts.")));
    text += &format!(
        "#[derive(Clone, Debug, PartialEq, serde::Deserialize)]
#[serde(deny_unknown_fields, rename_all = \"camelCase\")]
pub struct Insert {{
"
    );
    let mut values = String::new();
    for column in columns {
        let left_out = match &column.default {
            DefaultValue::Expression(expression) => {
                Some(format!("Left out: {}.", code(expression)))
            }
            DefaultValue::IdentityByDefault => Some("Left out: the next number.".to_owned()),
            _ => None,
        };
        text += &doc(&match left_out {
            Some(left_out) => sentences(&about(column), &left_out),
            None => about(column),
        });
        let value = column.value.rust_type();
        // What a column is set to, where it is not left out.
        let set = match column.insert {
            InsertForm::DefaultedNullable => format!("Option<{value}>"),
            _ => value,
        };
        let (arguments, field_type): (&[&str], _) = match column.insert {
            InsertForm::Absent | InsertForm::Value => (&[], set.clone()),
            InsertForm::Nullable => (&["default"], format!("Option<{set}>")),
            InsertForm::Defaulted | InsertForm::DefaultedNullable => {
                (&["default", PRESENT], format!("Option<{set}>"))
            }
        };
        text += &field(column, arguments, &field_type);
        values += &format!("        {}: {set},\n", column.field);
    }
    text +=
        &format!("}}\n\npostgres::insertable! {{\n    Insert => {path} {{\n{values}    }}\n}}\n");
    text += "\nimpl Insert {\n";
    text += &doc(&format!(
        "The rules of {name} that the row breaks, in the order of [`Constraint`]. An empty list allocates nothing."
    ));
    let depth = |column: &Column| match column.insert {
        InsertForm::Absent | InsertForm::Value => 0,
        InsertForm::Nullable | InsertForm::Defaulted => 1,
        InsertForm::DefaultedNullable => 2,
    };
    let limits = checks(table, columns, depth);
    let rules = check::inserted(table).unwrap_or_default();
    text += &violations("pub fn violations(&self)", "Vec::new()", &(limits + &rules));
    text += "}\n";
    text += &validate("Insert");
    text
}

fn update(name: &str, path: &str, table: &Table, columns: &[&Column]) -> String {
    let key = match table.primary_key.as_slice() {
        [only] if only == "id" => String::new(),
        // Diesel leaves a column named `id` alone, unless it is told of another key.
        [] if columns.iter().any(|column| column.field == "id") => {
            ", primary_key(no_primary_key)".to_owned()
        }
        [] => String::new(),
        columns => format!(", primary_key({})", columns.join(", ")),
    };
    let mut text = format!(
        "\n{}",
        doc(&format!(
            "What an UPDATE of {name} may set. A column that is `None` stays as it is.{}",
            match table.primary_key.is_empty() {
                true => "",
                false => " The primary key is not set: it names the row.",
            }
        ))
    );
    text += &format!(
        "#[derive(Clone, Debug, Default, PartialEq, serde::Deserialize, diesel::AsChangeset)]
#[serde(default, deny_unknown_fields, rename_all = \"camelCase\")]
#[diesel(table_name = {path}{key})]
pub struct Update {{
"
    );
    for column in columns {
        let value = column.value.rust_type();
        let field_type = match column.update {
            UpdateForm::Nullable => format!("Option<Option<{value}>>"),
            UpdateForm::Absent | UpdateForm::Value => format!("Option<{value}>"),
        };
        text += &doc(&about(column));
        text += &field(column, &[PRESENT], &field_type);
    }
    text += "}

impl Update {
    /// Whether no column is set. Such an UPDATE has no SQL.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

";
    text += &doc(&format!(
        "The rules of {name} that the new values break, in the order of [`Constraint`]. An empty list allocates nothing."
    ));
    let depth = |column: &Column| match column.update {
        UpdateForm::Nullable => 2,
        UpdateForm::Absent | UpdateForm::Value => 1,
    };
    let limits = checks(table, columns, depth);
    let against = doc(&format!(
        "The rules of {name} that are broken by the row which the new values make of `row`, in the order of [`Constraint`]. An empty list allocates nothing."
    ));
    match (check::updated(table), check::merged(table)) {
        (Some(updated), Some(merged)) => {
            let start = "self.limit_violations()";
            text += &violations("pub fn violations(&self)", start, &updated);
            text += &format!("\n{against}");
            // A CHECK that is always false reads no column.
            let is_word = |character: char| character.is_alphanumeric() || character == '_';
            let reads_row = merged.split(|c| !is_word(c)).any(|word| word == "row");
            let row = if reads_row { "row" } else { "_row" };
            let signature = format!("pub fn violations_against(&self, {row}: &Select)");
            text += &violations(&signature, start, &merged);
            text += "\n/// The types and domains that refuse a new value.\n";
            text += &violations("fn limit_violations(&self)", "Vec::new()", &limits);
        }
        _ => {
            text += &violations("pub fn violations(&self)", "Vec::new()", &limits);
            text += &format!("\n{against}");
            let signature = "pub fn violations_against(&self, _row: &Select)";
            text += &violations(signature, "self.violations()", "");
        }
    }
    text += "}\n";
    text += &validate("Update");
    text
}

const PRESENT: &str = "deserialize_with = \"postgres::present\"";

/// A field that is read from the wire.
fn field(column: &Column, arguments: &[&str], field_type: &str) -> String {
    let rename = (serde_camel_case(&column.field).as_deref() != Some(&column.wire_name))
        .then(|| format!("rename = {}", literal(&column.wire_name)));
    let arguments: Vec<&str> = rename
        .as_deref()
        .into_iter()
        .chain(arguments.iter().copied())
        .collect();
    let attribute = match arguments.is_empty() {
        true => String::new(),
        false => format!("#[serde({})]\n", arguments.join(", ")),
    };
    format!("{attribute}pub {}: {field_type},\n", column.field)
}

/// What serde makes of a field by `rename_all = "camelCase"`.
pub(super) fn serde_camel_case(field: &str) -> Option<String> {
    let mut words = field.split('_').filter(|word| !word.is_empty());
    let first = words.next()?;
    let mut name = first[..1].to_ascii_lowercase() + &first[1..];
    for word in words {
        name += &word[..1].to_ascii_uppercase();
        name += &word[1..];
    }
    Some(name)
}

/// The checks of the types' limits, in the order in which PostgreSQL makes them: it reads every parameter before it fits
/// the first to its column. `depth` says how many `Option`s a value is in.
fn checks(table: &Table, columns: &[&Column], depth: impl Fn(&Column) -> usize) -> String {
    let limits = |stage| {
        let each = columns.iter();
        each.filter_map(|column| check(table, column, stage, depth(column)))
            .collect::<String>()
    };
    // A domain is asked as its parameter is read, or when all values fit their columns.
    let domains = |is_read| {
        let each = columns.iter();
        each.flat_map(|column| check::domains(table, &column.name, is_read, depth(column)))
            .collect::<String>()
    };
    let read: String = columns
        .iter()
        .flat_map(|column| {
            if let Some(questions) = parts::questions(table, column, depth(column)) {
                return vec![questions];
            }
            let limit = check(table, column, Stage::Input, depth(column));
            let asked = check::domains(table, &column.name, true, depth(column));
            limit.into_iter().chain(asked).collect()
        })
        .collect();
    read + &limits(Stage::Coercion) + &domains(false)
}

fn check(table: &Table, column: &Column, stage: Stage, depth: usize) -> Option<String> {
    let constraint = table.constraints.iter().find(|constraint| {
        constraint.kind == ConstraintKind::Type && constraint.columns == [column.name.clone()]
    })?;
    let length = column
        .max_length
        .as_ref()
        .map(|(constant, _)| constant.as_str());
    let refuses = |value: &str| limits::refuses(&column.value, stage, value, length);
    let field = format!("self.{}", column.field);
    let condition = match depth {
        0 => refuses(&format!("&{field}"))?,
        1 => format!(
            "{field}.as_ref().is_some_and(|value| {})",
            refuses("value")?
        ),
        _ => format!(
            "{field}.iter().flatten().any(|value| {})",
            refuses("value")?
        ),
    };
    Some(format!(
        "if {condition} {{ violations.push(Violation::of(Constraint::{})); }}\n",
        constraint.variant
    ))
}

fn violations(signature: &str, start: &str, checks: &str) -> String {
    let body = match checks.is_empty() {
        true => start.to_owned(),
        false => format!("let mut violations = {start};\n{checks}violations"),
    };
    format!("{signature} -> Vec<Violation<Constraint>> {{\n{body}\n}}\n")
}

fn validate(type_name: &str) -> String {
    format!(
        "
impl garde::Validate for {type_name} {{
    type Context = ();

    fn validate_into(&self, (): &(), parent: &mut dyn FnMut() -> garde::Path, report: &mut garde::Report) {{
        postgres::report(self.violations(), parent, report);
    }}
}}
"
    )
}
