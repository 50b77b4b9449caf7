//! A table to prove: its columns as the catalog has them, the values to try for each, and where the contract stands.

mod checks;
mod costly;

pub(crate) use checks::checks;

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use fastrand::Rng;

use super::draw::{self, Draw};
use super::judge::Value;
use super::rules;
use crate::configuration::TypeOverride;
use crate::generate::catalog::{Catalog, DefaultValue, Name, Relation, TypeKind};
use crate::generate::check_expression::Expr;
use crate::generate::contract::{Contract, Coverage, InsertForm, Table, UpdateForm, shown};

/// A table to prove.
#[derive(Clone, Debug)]
pub(crate) struct Subject {
    /// Its place in the judge's list.
    pub(crate) index: usize,
    /// Its name.
    pub(crate) name: Name,
    /// Its columns.
    pub(crate) columns: Vec<Column>,
    /// The columns that the contract reads, in its order.
    pub(crate) selected: Vec<usize>,
    /// Whether nothing is written to it: it is a view.
    pub(crate) is_read_only: bool,
    /// Whether the contract has `Insert`.
    pub(crate) has_insert: bool,
    /// Whether the contract has `Update`.
    pub(crate) has_update: bool,
    /// The CHECKs of the table, and of the domains of its columns and of their parts.
    pub(crate) rules: Vec<Rule>,
    /// The trees of those that have one: a domain's for each of its columns.
    pub(crate) trees: Vec<RuleTree>,
    /// The columns that each CHECK reads.
    pub(crate) read_by: BTreeMap<String, Vec<usize>>,
    /// Rows worth trying beside those that are drawn from the types: by column name. Trees of CHECKs give them.
    pub(crate) further: Vec<Vec<(String, Cell)>>,
}

/// A CHECK.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Rule {
    /// Its name.
    pub(crate) name: String,
    /// The domain that it is of. None where it is the table's own.
    pub(crate) domain: Option<Name>,
    /// Whether the contract claims to hold it, somewhere.
    pub(crate) is_held: bool,
    /// The columns that a rule of the table reads.
    pub(crate) reads: Vec<usize>,
    /// The columns of whose values, or parts, the database alone asks it.
    pub(crate) left: Vec<usize>,
    /// The columns that it reads and whose values the contract cannot know where a row leaves them out.
    pub(crate) unknown: Vec<usize>,
}

/// The tree of a CHECK that the contract holds.
#[derive(Clone, Debug)]
pub(crate) struct RuleTree {
    /// Its name.
    pub(crate) name: String,
    /// The domain that it is of, and the column.
    pub(crate) domain: Option<(Name, String)>,
    /// The tree.
    pub(crate) tree: Expr,
}

/// A column of it.
#[derive(Clone, Debug)]
pub(crate) struct Column {
    /// Its name.
    pub(crate) name: String,
    /// Its name on the wire.
    pub(crate) wire_name: String,
    /// Its SQL type.
    pub(crate) data_type: String,
    /// Whether it has a length or a precision of its own.
    pub(crate) has_limit: bool,
    /// Whether it can hold NULL.
    pub(crate) nullable: bool,
    /// What the database puts in where a row says nothing.
    pub(crate) default: DefaultValue,
    /// Whether the default is a constant.
    pub(crate) has_constant_default: bool,
    /// Whether its type, a domain, refuses NULL.
    pub(crate) type_forbids_null: bool,
    /// Whether coverage.md says that a row which takes the default cannot be read.
    pub(crate) has_unreadable_default: bool,
    /// Whether it is part of the primary key.
    pub(crate) is_key: bool,
    /// The values to try, an everyday one first.
    pub(crate) draws: Vec<Arc<Draw>>,
    /// Which of them the rules suggest, and the type does not.
    pub(crate) of_rules: Range<usize>,
    /// What further values are drawn from.
    pub(crate) random: Option<draw::Source>,
    /// Whether serde reads NULL as a value of it.
    pub(crate) reads_null: bool,
    /// Why nothing is proved of it.
    pub(crate) not_proved: Option<String>,
    /// What of its type's rules the database alone decides, as coverage.md says.
    pub(crate) undecided: Option<&'static str>,
    /// In what coverage.md says that its Rust type holds less.
    pub(crate) narrower: Vec<String>,
}

/// What a row says of a column.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Cell {
    /// Nothing.
    Absent,
    /// NULL.
    Null,
    /// A value.
    Value(Arc<Draw>),
}

impl Cell {
    /// The value that it holds.
    pub(crate) fn draw(&self) -> Option<&Draw> {
        match self {
            Self::Absent | Self::Null => None,
            Self::Value(draw) => Some(draw),
        }
    }

    /// As serde reads it. None where it has no such form; the inner None where the member is missing.
    pub(crate) fn value(&self) -> Option<Option<Value>> {
        match self {
            Self::Absent => Some(None),
            Self::Null => Some(Some(Value::Null)),
            Self::Value(draw) => draw.value.clone().map(Some),
        }
    }
}

impl Column {
    /// Whether the database alone makes its values.
    pub(crate) fn is_computed(&self) -> bool {
        matches!(
            self.default,
            DefaultValue::IdentityAlways | DefaultValue::Generated(_)
        )
    }

    /// Whether a good row may say nothing of it.
    pub(crate) fn may_be_absent(&self) -> bool {
        (self.nullable || self.default != DefaultValue::None) && !self.has_unreadable_default
    }
}

/// The tables of a contract. `given` are the types of which axis.toml names the Rust type.
pub(crate) fn subjects(
    catalog: &Catalog,
    contract: &Contract,
    given: &BTreeMap<String, TypeOverride>,
) -> Vec<Subject> {
    let tables = contract.tables.iter().enumerate();
    let mut subjects: Vec<Subject> = tables
        .filter_map(|(index, table)| {
            let relation = catalog
                .relations
                .iter()
                .find(|relation| relation.name == table.name)?;
            let mut subject = subject(catalog, &contract.coverage, relation, index, table);
            name_given(catalog, relation, given, &mut subject.columns);
            Some(subject)
        })
        .collect();
    costly::spare(&mut subjects);
    subjects
}

fn subject(
    catalog: &Catalog,
    coverage: &Coverage,
    relation: &Relation,
    index: usize,
    table: &Table,
) -> Subject {
    let left_out = coverage
        .tables
        .iter()
        .filter(|found| found.name == shown(&table.name))
        .flat_map(|found| &found.columns);
    let reasons: Vec<_> = left_out.collect();
    let mut columns: Vec<Column> = relation
        .columns
        .iter()
        .map(|column| {
            let found = table.columns.iter().find(|found| found.name == column.name);
            let draws = draw::draws(catalog, &column.type_name, column.type_modifier);
            let not_proved = match (found, &draws) {
                (None, _) => {
                    let reason = reasons.iter().find(|entry| entry.name == column.name);
                    let reason =
                        reason.map_or("it is no part of the contract", |entry| &entry.reason);
                    Some(reason.to_owned())
                }
                (Some(_), None) => Some(format!(
                    "axis prove has no values to try for `{}`",
                    column.data_type
                )),
                (Some(_), Some(_)) => None,
            };
            Column {
                name: column.name.clone(),
                wire_name: found
                    .map_or_else(|| column.name.clone(), |found| found.wire_name.clone()),
                data_type: column.data_type.clone(),
                has_limit: column.type_modifier >= 0,
                nullable: catalog.is_nullable(column),
                default: column.default.clone(),
                has_constant_default: catalog
                    .rules
                    .defaults
                    .contains_key(&(relation.name.clone(), column.name.clone())),
                has_unreadable_default: found
                    .is_some_and(|found| found.has_unreadable_default(catalog, relation)),
                type_forbids_null: catalog.forbids_null(&column.type_name),
                is_key: relation.primary_key().contains(&column.name),
                draws: draws.unwrap_or_default(),
                of_rules: 0..0,
                random: draw::Source::of(catalog, &column.type_name, column.type_modifier),
                reads_null: draw::reads_null(catalog, &column.type_name),
                not_proved,
                undecided: found.and_then(|found| found.value.scalar.undecided().first().copied()),
                narrower: found
                    .map(|found| {
                        found
                            .value
                            .narrower()
                            .iter()
                            .map(|reason| (*reason).to_owned())
                            .collect()
                    })
                    .unwrap_or_default(),
            }
        })
        .collect();
    let further = rules::draw(catalog, relation, &mut columns);
    let selected = table
        .columns
        .iter()
        .filter_map(|column| columns.iter().position(|found| found.name == column.name))
        .collect();
    Subject {
        index,
        name: table.name.clone(),
        selected,
        is_read_only: table.is_read_only,
        has_insert: table
            .columns
            .iter()
            .any(|column| column.insert != InsertForm::Absent),
        has_update: table
            .columns
            .iter()
            .any(|column| column.update != UpdateForm::Absent),
        rules: checks::of_table(catalog, relation, table, &columns),
        trees: checks::trees(catalog, relation),
        further,
        read_by: checks::read_by(relation, table, &columns),
        columns,
    }
}

/// Says of the columns that have a Rust type of the user's why they are not proved.
fn name_given(
    catalog: &Catalog,
    relation: &Relation,
    given: &BTreeMap<String, TypeOverride>,
    columns: &mut [Column],
) {
    for (column, found) in columns.iter_mut().zip(&relation.columns) {
        let given = given_of(catalog, &found.type_name, given);
        if let (Some((key, given)), true) = (given, column.not_proved.is_some()) {
            column.not_proved = Some(format!(
                "axis.toml says that `{key}` is `{}`, whose limits are its own: axis prove does not compile it",
                given.rust
            ));
        }
    }
}

/// The type that axis.toml names, of a type and of its parts.
fn given_of<'a>(
    catalog: &Catalog,
    name: &Name,
    given: &'a BTreeMap<String, TypeOverride>,
) -> Option<(&'a String, &'a TypeOverride)> {
    let own = given.get_key_value(&name.to_string());
    own.or_else(|| match &catalog.types.get(name)?.kind {
        TypeKind::Domain(domain) => given_of(catalog, &domain.base, given),
        TypeKind::Array(part) | TypeKind::Range(part) | TypeKind::Multirange(part) => {
            given_of(catalog, part, given)
        }
        TypeKind::Composite(members) => members
            .iter()
            .find_map(|member| given_of(catalog, &member.type_name, given)),
        TypeKind::Base | TypeKind::Enum(_) => None,
    })
}

impl Subject {
    /// Whether a rule of it is a domain's, which other tables may have too.
    pub(crate) fn shares_domains(&self) -> bool {
        self.rules.iter().any(|rule| rule.domain.is_some())
    }

    /// With so many more values for each column that is proved, drawn at random.
    pub(crate) fn with_random(&self, count: usize, rng: &mut Rng) -> Self {
        let mut subject = self.clone();
        let columns = subject.columns.iter_mut();
        for column in columns.filter(|column| column.not_proved.is_none() && !column.is_computed())
        {
            // Each column has its own: another one before it changes none.
            let rng = &mut rng.fork();
            if let Some(source) = &column.random {
                let drawn = (0..count).filter_map(|_| source.draw(rng));
                column.draws.extend(drawn.map(Arc::new));
            }
        }
        subject
    }

    /// Its name as SQL writes it.
    pub(crate) fn sql_name(&self) -> String {
        format!("{}.{}", quoted(&self.name.schema), quoted(&self.name.name))
    }

    /// ` RETURNING` with the columns that the contract reads.
    pub(crate) fn returning(&self) -> String {
        let columns: Vec<String> = self
            .selected
            .iter()
            .map(|index| quoted(&self.columns[*index].name))
            .collect();
        format!(" RETURNING {}", columns.join(", "))
    }

    /// A query for the columns that the contract reads.
    pub(crate) fn query(&self) -> String {
        let returning = self.returning();
        let columns = returning.strip_prefix(" RETURNING ").unwrap_or_default();
        format!("SELECT {columns} FROM {}", self.sql_name())
    }

    /// The columns whose values are tried.
    pub(crate) fn proved(&self) -> impl Iterator<Item = (usize, &Column)> {
        let columns = self.columns.iter().enumerate();
        columns.filter(|(_, column)| column.not_proved.is_none())
    }
}

/// A name as SQL writes it.
pub(crate) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
