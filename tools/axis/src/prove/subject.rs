//! A table to prove: its columns as the catalog has them, the values to try for each, and where the contract stands.

use std::collections::BTreeMap;
use std::sync::Arc;

use fastrand::Rng;

use super::draw::{self, Draw};
use super::judge::Value;
use super::rules;
use crate::generate::catalog::{Catalog, DefaultValue, Name, Relation, TypeKind};
use crate::generate::check_expression::Expr;
use crate::generate::contract::{
    Check, ConstraintKind, Contract, Coverage, Enforcement, InsertForm, Table, UpdateForm, shown,
};

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

/// The tables of a contract.
pub(crate) fn subjects(catalog: &Catalog, contract: &Contract) -> Vec<Subject> {
    let tables = contract.tables.iter().enumerate();
    tables
        .filter_map(|(index, table)| {
            let relation = catalog
                .relations
                .iter()
                .find(|relation| relation.name == table.name)?;
            Some(subject(catalog, &contract.coverage, relation, index, table))
        })
        .collect()
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
        rules: rules(catalog, relation, table, &columns),
        trees: trees(catalog, relation),
        further,
        read_by: read_by(relation, table, &columns),
        columns,
    }
}

/// The columns that each constraint reads. A domain's is that of every column of the domain.
fn read_by(relation: &Relation, table: &Table, columns: &[Column]) -> BTreeMap<String, Vec<usize>> {
    let of_table = relation.constraints.iter();
    let of_table = of_table.map(|constraint| (&constraint.name, &constraint.columns));
    let of_domains = table.constraints.iter();
    let of_domains = of_domains
        .filter(|constraint| constraint.kind == ConstraintKind::Domain)
        .map(|constraint| (&constraint.name, &constraint.columns));
    let mut read_by: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (name, read) in of_table.chain(of_domains) {
        let places = read
            .iter()
            .filter_map(|name| columns.iter().position(|found| found.name == *name));
        read_by.entry(name.clone()).or_default().extend(places);
    }
    read_by
}

/// The CHECKs that a row may break, as the contract knows them.
fn rules(catalog: &Catalog, relation: &Relation, table: &Table, columns: &[Column]) -> Vec<Rule> {
    let mut rules: Vec<Rule> = Vec::new();
    let place = |name: &str| columns.iter().position(|found| found.name == name);
    for constraint in &table.constraints {
        if constraint.kind == ConstraintKind::Check {
            let unknown = constraint
                .check
                .iter()
                .flat_map(Check::unknown_where_left_out);
            rules.push(Rule {
                name: constraint.name.clone(),
                domain: None,
                is_held: constraint.enforcement == Enforcement::Contract,
                left: Vec::new(),
                unknown: unknown
                    .filter_map(|field| {
                        let column = table.columns.iter().find(|found| found.field == field)?;
                        place(&column.name)
                    })
                    .collect(),
            });
        }
    }
    // PostgreSQL asks them by name.
    rules.sort_by(|left, right| left.name.cmp(&right.name));
    for column in &relation.columns {
        for (domain, constraint) in domains(catalog, &column.type_name) {
            let is_held = table.constraints.iter().any(|found| {
                found.kind == ConstraintKind::Domain
                    && found.name == constraint
                    && found.columns == [column.name.clone()]
                    && found.enforcement == Enforcement::Contract
            });
            let known = rules
                .iter()
                .position(|rule| rule.name == constraint && rule.domain.as_ref() == Some(&domain));
            let known = known.unwrap_or_else(|| {
                rules.push(Rule {
                    name: constraint,
                    domain: Some(domain),
                    is_held: false,
                    left: Vec::new(),
                    unknown: Vec::new(),
                });
                rules.len() - 1
            });
            match is_held {
                true => rules[known].is_held = true,
                false => rules[known].left.extend(place(&column.name)),
            }
        }
    }
    rules
}

/// The trees of the CHECKs that are derived.
fn trees(catalog: &Catalog, relation: &Relation) -> Vec<RuleTree> {
    let mut trees = Vec::new();
    for constraint in relation.constraints.iter().filter(|found| found.enforced) {
        let key = (relation.name.clone(), constraint.name.clone());
        if let Some(Ok(tree)) = catalog.rules.tables.get(&key) {
            trees.push(RuleTree {
                name: constraint.name.clone(),
                domain: None,
                tree: tree.clone(),
            });
        }
    }
    for column in &relation.columns {
        let mut name = &column.type_name;
        while let Some(TypeKind::Domain(domain)) = catalog.types.get(name).map(|found| &found.kind)
        {
            for constraint in &domain.constraints {
                let key = (name.clone(), constraint.name.clone());
                let Some(Ok(tree)) = catalog.rules.domains.get(&key) else {
                    continue;
                };
                let of_column = tree.clone().map(&mut |part| match part {
                    Expr::Column(_, found) => Expr::Column(column.name.clone(), found),
                    other => other,
                });
                trees.push(RuleTree {
                    name: constraint.name.clone(),
                    domain: Some((name.clone(), column.name.clone())),
                    tree: of_column,
                });
            }
            name = &domain.base;
        }
    }
    trees
}

/// How many CHECKs there are, those of a domain once, and how many of them the contracts hold.
pub(crate) fn checks(subjects: &[Subject]) -> (usize, usize) {
    let mut checks = BTreeMap::new();
    for subject in subjects.iter().filter(|subject| !subject.is_read_only) {
        for rule in &subject.rules {
            let owner = match &rule.domain {
                Some(domain) => format!("domain {domain}"),
                None => subject.name.to_string(),
            };
            *checks.entry((owner, &rule.name)).or_default() |= rule.is_held;
        }
    }
    (checks.len(), checks.values().filter(|held| **held).count())
}

/// The domains of a type and of its parts, with their CHECKs.
fn domains(catalog: &Catalog, name: &Name) -> Vec<(Name, String)> {
    match catalog.types.get(name).map(|found| &found.kind) {
        Some(TypeKind::Domain(domain)) => {
            let own = domain
                .constraints
                .iter()
                .map(|found| (name.clone(), found.name.clone()));
            own.chain(domains(catalog, &domain.base)).collect()
        }
        Some(TypeKind::Array(part) | TypeKind::Range(part) | TypeKind::Multirange(part)) => {
            domains(catalog, part)
        }
        Some(TypeKind::Composite(members)) => members
            .iter()
            .flat_map(|member| domains(catalog, &member.type_name))
            .collect(),
        _ => Vec::new(),
    }
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
