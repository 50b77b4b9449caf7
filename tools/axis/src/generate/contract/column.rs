//! The columns of a contract: their fields, and what an INSERT or an UPDATE may say of them.

use super::super::catalog::{self, Catalog, DefaultValue, Relation};
use super::super::check_expression::{Expr, Literal};
use super::super::diesel_schema;
use super::names::{self, WireNames};
use super::{ContractError, Scalar, Value};

/// A column of a contract.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Column {
    /// Its name in the database.
    pub(crate) name: String,
    /// Its field, which Diesel's column is called too.
    pub(crate) field: String,
    /// Its name on the wire.
    pub(crate) wire_name: String,
    /// Its SQL type.
    pub(crate) data_type: String,
    /// Whether it can hold NULL, as the catalog says. A view's column always can.
    pub(crate) nullable: bool,
    /// Whether a row that is read may hold NULL.
    pub(crate) reads_null: bool,
    /// What it holds otherwise.
    pub(crate) value: Value,
    /// What the database puts in where a row says nothing.
    pub(crate) default: DefaultValue,
    /// What an INSERT says of it.
    pub(crate) insert: InsertForm,
    /// What an UPDATE says of it.
    pub(crate) update: UpdateForm,
    /// The most characters that it holds: the constant's name, and the number.
    pub(crate) max_length: Option<(String, u32)>,
    /// `COMMENT ON`.
    pub(crate) comment: Option<String>,
}

impl Column {
    /// Whether a contract writes it.
    pub(crate) fn is_written(&self) -> bool {
        self.insert != InsertForm::Absent || self.update != UpdateForm::Absent
    }

    /// Whether its default is a value that the Rust type lacks: a row that takes it cannot be read.
    pub(crate) fn has_unreadable_default(&self, catalog: &Catalog, relation: &Relation) -> bool {
        let key = (relation.name.clone(), self.name.clone());
        let default = catalog.rules.defaults.get(&key);
        let is_infinite = matches!(
            default,
            Some(Expr::Literal(
                Literal::Infinity | Literal::NegativeInfinity,
                _
            ))
        );
        is_infinite && !self.value.narrower().is_empty()
    }
}

/// What an INSERT says of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum InsertForm {
    /// Nothing: the database makes the value.
    Absent,
    /// A value.
    Value,
    /// A value or NULL, which is what is left out too.
    Nullable,
    /// A value, or nothing for the default.
    Defaulted,
    /// A value, NULL, or nothing for the default.
    DefaultedNullable,
}

/// What an UPDATE says of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum UpdateForm {
    /// Nothing: it is part of the key, or the database makes the value.
    Absent,
    /// A value, or nothing to leave it.
    Value,
    /// A value, NULL, or nothing to leave it.
    Nullable,
}

/// Whether each row must bring a value for the column.
pub(super) fn is_required(catalog: &Catalog, column: &catalog::Column) -> bool {
    insert_form(catalog.is_nullable(column), &column.default) == InsertForm::Value
}

fn insert_form(nullable: bool, default: &DefaultValue) -> InsertForm {
    match (default, nullable) {
        (DefaultValue::IdentityAlways | DefaultValue::Generated(_), _) => InsertForm::Absent,
        (DefaultValue::None, false) => InsertForm::Value,
        (DefaultValue::None, true) => InsertForm::Nullable,
        (DefaultValue::Expression(_) | DefaultValue::IdentityByDefault, false) => {
            InsertForm::Defaulted
        }
        (DefaultValue::Expression(_) | DefaultValue::IdentityByDefault, true) => {
            InsertForm::DefaultedNullable
        }
    }
}

fn update_form(nullable: bool, default: &DefaultValue, is_key: bool) -> UpdateForm {
    match default {
        _ if is_key => UpdateForm::Absent,
        DefaultValue::IdentityAlways | DefaultValue::Generated(_) => UpdateForm::Absent,
        _ if nullable => UpdateForm::Nullable,
        _ => UpdateForm::Value,
    }
}

/// The columns of a table, from those that have a Rust type.
pub(super) fn columns(
    catalog: &Catalog,
    relation: &Relation,
    diesel: &diesel_schema::Table,
    typed: Vec<(&catalog::Column, Value)>,
    is_written: bool,
    wire_names: &mut WireNames<'_>,
) -> Result<Vec<Column>, ContractError> {
    let wire_names = wire_names.of(relation)?;
    let wire_name = |name: &str| {
        let column = relation
            .columns
            .iter()
            .position(|column| column.name == name);
        column.map_or_else(|| name.to_owned(), |index| wire_names[index].clone())
    };
    let mut constants = names::Distinct::new(&[]);
    let columns = typed
        .into_iter()
        .map(|(column, value)| {
            let field = diesel.column_rust_name(&column.name).to_owned();
            let nullable = catalog.is_nullable(column);
            let is_key = relation.primary_key().contains(&column.name);
            let max_length = match value.scalar {
                Scalar::Characters { length, .. } if is_written => Some((
                    constants.name(&names::constant(&field, "MAX_LENGTH")),
                    length,
                )),
                _ => None,
            };
            Column {
                wire_name: wire_name(&column.name),
                insert: match is_written {
                    true => insert_form(nullable, &column.default),
                    false => InsertForm::Absent,
                },
                update: match is_written {
                    true => update_form(nullable, &column.default, is_key),
                    false => UpdateForm::Absent,
                },
                name: column.name.clone(),
                field,
                data_type: column.data_type.clone(),
                nullable,
                reads_null: column.reads_null,
                value,
                default: column.default.clone(),
                max_length,
                comment: column.comment.clone(),
            }
        })
        .collect();
    Ok(columns)
}
