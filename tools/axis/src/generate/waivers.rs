//! `[checks]` in axis.toml: the CHECKs that a project leaves to the database, each by name and with its reason.
//!
//! Both sides are held: a CHECK that is not derived and has no line here, and a line that nothing needs, are errors.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::contract::{ConstraintKind, Contract, Enforcement};
use super::diesel_schema::DEFAULT_SCHEMA;

/// `[checks]`
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Checks {
    /// Why each of these CHECKs is left to the database, by `table.constraint` or `schema.table.constraint`.
    #[serde(default)]
    pub(crate) database_only: BTreeMap<String, String>,
}

/// How axis.toml and the contracts disagree.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub(crate) enum WaiverError {
    /// A CHECK is not derived, and nobody said that it may be so.
    #[error(
        "the CHECK {name} is left to the database: {reason}. Rewrite it, or accept that by a line in axis.toml: \
         [checks.database_only] \"{name}\" = \"why\""
    )]
    Unwaived {
        /// `table.constraint`
        name: String,
        /// Why it is not derived.
        reason: String,
    },
    /// A line that nothing needs.
    #[error(
        "axis.toml: checks.database_only names {name:?}, which is no CHECK that is left to the database: remove the line"
    )]
    Stale {
        /// The key.
        name: String,
    },
}

/// Compares what is left to the database with what may be.
pub(super) fn compare(contract: &Contract, checks: &Checks) -> Result<(), WaiverError> {
    let mut unused: BTreeSet<&str> = checks.database_only.keys().map(String::as_str).collect();
    for table in &contract.tables {
        for constraint in &table.constraints {
            let is_check = matches!(
                constraint.kind,
                ConstraintKind::Check | ConstraintKind::Domain
            );
            let (true, Enforcement::Database(reason)) = (is_check, &constraint.enforcement) else {
                continue;
            };
            let long = format!("{}.{}", table.name, constraint.name);
            let short = match table.name.schema.as_str() {
                DEFAULT_SCHEMA => format!("{}.{}", table.name.name, constraint.name),
                _ => long.clone(),
            };
            let is_waived = [&short, &long].map(|name| {
                unused.remove(name.as_str());
                checks.database_only.contains_key(name)
            });
            if !is_waived.contains(&true) {
                return Err(WaiverError::Unwaived {
                    name: short,
                    reason: reason.clone(),
                });
            }
        }
    }
    match unused.first() {
        Some(name) => Err(WaiverError::Stale {
            name: (*name).to_owned(),
        }),
        None => Ok(()),
    }
}
