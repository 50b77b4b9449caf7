//! The CHECKs of a table and of the domains of its columns: which of them are Rust, and how a row is put to them.

pub(crate) mod part;
mod passed;
mod place;
mod rust_types;

use std::collections::{BTreeMap, BTreeSet};

use super::super::catalog::{Catalog, Name, Relation, TypeKind};
use super::super::check_expression::{self, Bound, Expr, Parameter, Printed};
use super::{Column, InsertForm, Scalar, UpdateForm, names};

/// A rule as Rust.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Check {
    /// Its function. That of a domain is in `postgres.rs`.
    pub(crate) function: String,
    /// Whether it is a domain's.
    pub(crate) of_domain: bool,
    /// Whether PostgreSQL asks it as it reads the parameter, which is of the domain.
    pub(crate) is_read: bool,
    /// The domain, where it is that of elements or members of the column.
    pub(crate) part: Option<Name>,
    /// What the function says.
    pub(crate) printed: Printed,
    /// The columns that it reads, in the order of the table.
    pub(crate) arguments: Vec<Argument>,
}

impl Check {
    /// The fields whose values the contract cannot know where a row to insert leaves them out: the database alone computes
    /// them, and so it alone decides the rule.
    pub(crate) fn unknown_where_left_out(&self) -> impl Iterator<Item = &str> {
        let unknown = self.arguments.iter().filter(|argument| {
            let is_left_out = matches!(
                argument.insert,
                InsertForm::Absent | InsertForm::Defaulted | InsertForm::DefaultedNullable
            );
            is_left_out && argument.default.is_none()
        });
        unknown.map(|argument| argument.field.as_str())
    }
}

/// A column as the function of a rule gets it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Argument {
    /// The field of the column.
    pub(crate) field: String,
    /// Its name in the function.
    pub(crate) parameter: String,
    /// Its Rust type there, where it is not NULL.
    pub(crate) rust_type: String,
    /// Whether the function takes an `Option`.
    pub(crate) optional: bool,
    /// Whether the column can hold NULL.
    pub(crate) nullable: bool,
    /// How a value of the contract becomes one that the database holds.
    pub(crate) stored: Stored,
    /// Where in its field the value is: `.0` for each domain that has a Rust type.
    pub(crate) path: String,
    /// What an INSERT says of it.
    pub(crate) insert: InsertForm,
    /// What an UPDATE says of it.
    pub(crate) update: UpdateForm,
    /// The column's default as an argument of the function, where it is constant.
    pub(crate) default: Option<Default>,
}

/// A column's default.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Default {
    /// It, as an argument of a function.
    pub(crate) argument: String,
    /// The functions of `postgres.rs` that it calls.
    pub(crate) helpers: BTreeSet<&'static str>,
}

/// How a value is passed, as the database will hold it: rules see what is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Stored {
    /// A copy of it.
    Copied,
    /// What it dereferences to: `&str`, a slice.
    Dereferenced,
    /// A reference to it.
    Borrowed,
    /// Without the spaces that are beyond the column's length, which is this constant.
    Cut(String),
    /// Without the spaces at its end.
    Trimmed,
    /// Rounded to so many digits after the point.
    Rounded(i32),
    /// By this function of `postgres.rs`: in whole microseconds, or with so many digits of its seconds.
    Moment(&'static str, Option<u8>),
}

impl Stored {
    /// The function of `postgres.rs` that it calls.
    pub(crate) fn helper(&self) -> Option<&'static str> {
        match self {
            Self::Cut(_) => Some("cut"),
            Self::Rounded(_) => Some("rounded"),
            Self::Moment(function, _) => Some(function),
            _ => None,
        }
    }
}

/// Makes the rules of a table.
pub(super) struct Checks<'a> {
    catalog: &'a Catalog,
    relation: &'a Relation,
    columns: &'a [Column],
    functions: names::Distinct,
}

impl<'a> Checks<'a> {
    /// The rules of a table whose contract holds these columns.
    pub(super) fn new(catalog: &'a Catalog, relation: &'a Relation, columns: &'a [Column]) -> Self {
        Self {
            catalog,
            relation,
            columns,
            functions: names::Distinct::new(&[]),
        }
    }

    /// A CHECK of the table. An error says why the database alone decides it.
    pub(super) fn of_table(&mut self, constraint: &str) -> Result<Check, String> {
        let rules = &self.catalog.rules;
        let key = (self.relation.name.clone(), constraint.to_owned());
        let rule = known(rules.tables.get(&key))?;
        let mut read = BTreeMap::new();
        rule.visit(&mut |part| {
            if let Expr::Column(column, data_type) = part {
                read.insert(column.clone(), data_type.clone());
            }
        });
        let mut parameters: Vec<Parameter> = Vec::new();
        let mut arguments = Vec::new();
        for column in self.columns {
            let Some(read_as) = read.remove(&column.name) else {
                continue;
            };
            let (rust_type, stored, path) =
                self.passed(column, self.is_padded(column), &read_as)?;
            passed::compared_as_sent(rule, column)?;
            let name = names::parameter(&column.field);
            // `"type"` and `"Type"` are one name in snake case.
            let name = std::iter::once(name.clone())
                .chain((2..).map(|number| format!("{name}_{number}")))
                .find(|name| parameters.iter().all(|other| other.name != *name))
                .unwrap_or_default();
            parameters.push(Parameter {
                column: column.name.clone(),
                name: name.clone(),
                nullable: column.nullable,
                is_short: matches!(column.value.scalar, Scalar::NumericOf { .. }),
                is_rounded: matches!(stored, Stored::Moment(_, Some(_))),
            });
            let default = (column.insert != InsertForm::Absent)
                .then(|| {
                    rules
                        .defaults
                        .get(&(self.relation.name.clone(), column.name.clone()))
                })
                .flatten()
                .and_then(|default| self.constant(default, &stored));
            arguments.push(Argument {
                field: column.field.clone(),
                parameter: name,
                rust_type,
                optional: column.nullable,
                nullable: column.nullable,
                stored,
                path,
                insert: column.insert,
                update: column.update,
                default,
            });
        }
        if let Some(column) = read.keys().next() {
            return Err(format!(
                "it reads the column `{column}`, which is no part of the contract"
            ));
        }
        let printed = check_expression::accepts(rule, &parameters, self)?;
        // What the shortened rule no longer reads is not passed to it.
        let is_read = |argument: &Argument| {
            parameters.iter().any(|found| {
                found.name == argument.parameter && printed.reads.contains(&found.column)
            })
        };
        arguments.retain(is_read);
        let label = names::constraint_variant(&self.relation.name.name, constraint);
        let function = self.function(&label);
        Ok(Check {
            function,
            of_domain: false,
            is_read: false,
            part: None,
            printed,
            arguments,
        })
    }

    fn function(&mut self, variant: &str) -> String {
        let name = names::function(variant);
        // A function may not be hidden by the variable of a field.
        let is_field = |name: &str| {
            self.columns
                .iter()
                .any(|column| names::parameter(&column.field) == name)
        };
        match is_field(&name) {
            true => self.functions.name(&format!("{name}_check")),
            false => self.functions.name(&name),
        }
    }

    /// A CHECK of a domain of a column.
    pub(super) fn of_domain(
        &self,
        column: &Column,
        domain: &Name,
        constraint: &str,
    ) -> Result<Check, String> {
        let rule = known(
            self.catalog
                .rules
                .domains
                .get(&(domain.clone(), constraint.to_owned())),
        )?;
        let mut read_as = None;
        rule.visit(&mut |part| {
            if let Expr::Column(_, data_type) = part {
                read_as = Some(data_type.clone());
            }
        });
        let read_as = read_as.ok_or("it does not read its value")?;
        let (rust_type, stored, path) = self.passed(column, self.is_padded(column), &read_as)?;
        passed::compared_as_sent(rule, column)?;
        let parameter = |nullable| Parameter {
            column: "value".to_owned(),
            name: "value".to_owned(),
            nullable,
            is_short: matches!(stored, Stored::Rounded(_)),
            is_rounded: matches!(stored, Stored::Moment(_, Some(_))),
        };
        // Most rules accept NULL: then they are asked only of a value.
        let of_null = check_expression::of_null(rule);
        let accepts_null =
            check_expression::accepts(&of_null, &[], self).is_ok_and(|found| found.body == "true");
        let printed = check_expression::accepts(rule, &[parameter(!accepts_null)], self)?;
        Ok(Check {
            function: domain_function(domain, constraint),
            of_domain: true,
            is_read: self.is_read(column, domain),
            part: None,
            printed,
            arguments: vec![Argument {
                field: column.field.clone(),
                parameter: "value".to_owned(),
                rust_type,
                optional: !accepts_null,
                nullable: column.nullable,
                stored,
                path,
                insert: column.insert,
                update: column.update,
                default: None,
            }],
        })
    }
}

impl Checks<'_> {
    /// A CHECK of a domain, which is asked of each part of a column that is of `part`: that domain, or one above it.
    pub(super) fn of_part(
        &self,
        column: &Column,
        part: &super::Domain,
        domain: &Name,
        constraint: &str,
    ) -> Result<Check, String> {
        // The part as a column of its own.
        let alone = Column {
            value: super::Value {
                scalar: Scalar::Domain(Box::new(part.clone())),
                is_array: false,
            },
            max_length: None,
            nullable: true,
            ..column.clone()
        };
        let check = self.of_domain(&alone, domain, constraint)?;
        Ok(Check {
            part: Some(domain.clone()),
            ..check
        })
    }
}

fn known(rule: Option<&Bound>) -> Result<&Expr, String> {
    match rule {
        Some(Ok(rule)) => Ok(rule),
        Some(Err(reason)) => Err(reason.clone()),
        None => Err("the server does not show its expression".to_owned()),
    }
}

/// Each domain of a column, the outermost first, with its CHECKs.
pub(super) fn domains<'a>(
    catalog: &'a Catalog,
    relation: &'a Relation,
    column: &str,
) -> Vec<(&'a Name, &'a super::super::catalog::Domain)> {
    let mut found = Vec::new();
    let column = relation.columns.iter().find(|found| found.name == column);
    let mut name = column.map(|column| &column.type_name);
    while let Some(current) = name {
        let Some(TypeKind::Domain(domain)) = catalog.types.get(current).map(|found| &found.kind)
        else {
            break;
        };
        found.push((current, domain));
        name = Some(&domain.base);
    }
    // The innermost is checked first.
    found.reverse();
    found
}

/// The function of a domain's rule, whose name no other function of `postgres.rs` has.
fn domain_function(domain: &Name, constraint: &str) -> String {
    let schema = match domain.schema.as_str() {
        "public" => String::new(),
        schema => format!("{schema}_"),
    };
    let of_domain = match constraint.starts_with(&domain.name) {
        true => String::new(),
        false => format!("{}_", domain.name),
    };
    names::function(&names::variant(&format!(
        "domain_{schema}{of_domain}{constraint}"
    )))
}
