//! CHECKs of tables and domains as Rust.
//!
//! [`read`] asks the server for its own trees and for what their numbers stand for; `bind` makes a typed tree of three truth
//! values of them, `simplify` writes it shorter, and [`mod@print`] prints it by polarity. Each step gives a plain value, and
//! each refuses, with the reason, what it does not know: such a rule is left to the database, never guessed.

mod bind;
mod constant;
mod functions;
mod generated;
mod jsonb;
#[cfg(test)]
mod kinds;
mod like;
mod locale;
mod operation;
mod plpgsql;
pub(crate) mod print;
mod regex;
mod server;
mod simplify;
#[cfg(test)]
mod tests;
mod tree;

use std::collections::{BTreeMap, BTreeSet};

use tokio_postgres::Client;

use super::catalog::Name;
pub(crate) use like::Part;
pub(crate) use locale::{Exceptions, TargetLocale};
pub(crate) use print::decimal;
pub(crate) use print::{Parameter, Printed, RustEnum, RustMember, RustTypes, accepts};
use regex::Locale;
pub(crate) use tree::{
    Arithmetic, Bitwise, Comparison, DatePart, Expr, Function, Literal, RangeEnd, RangeSide,
    Rounding, Side, Type,
};

/// A rule's tree, or why there is none.
pub(crate) type Bound = Result<Expr, String>;

/// The rules of a database.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Rules {
    /// The CHECKs of tables, by table and name.
    pub(crate) tables: BTreeMap<(Name, String), Bound>,
    /// The CHECKs of domains, by domain and name. The value is the column `value`.
    pub(crate) domains: BTreeMap<(Name, String), Bound>,
    /// The defaults of columns, by table and column, where they are constant.
    pub(crate) defaults: BTreeMap<(Name, String), Expr>,
    /// Where the locale's `lower` is not Rust's.
    pub(crate) lower: Exceptions,
    /// Where the locale's `upper` is not Rust's.
    pub(crate) upper: Exceptions,
}

/// What a rule says where every column is NULL.
pub(crate) fn of_null(rule: &Expr) -> Expr {
    simplify::simplify(rule.clone().map(&mut |part| match part {
        Expr::Column(_, found) => Expr::Null(found),
        other => other,
    }))
}

/// Prints a constant, with the functions of `postgres.rs` that it calls.
pub(crate) fn constant(
    constant: &Expr,
    types: &dyn RustTypes,
) -> Result<(String, BTreeSet<&'static str>), String> {
    print::constant(constant, types)
}

/// Reads the rules of a database, for a locale, where that is known.
pub(crate) async fn read(
    client: &Client,
    target: Option<&TargetLocale>,
) -> Result<Rules, tokio_postgres::Error> {
    let found = server::read(client).await?;
    let first = Locale::default();
    let rules = rules(&found, target.map(|_| &first), target);
    let missing = first.missing.into_inner();
    let (Some(target), false) = (target, missing.is_empty()) else {
        return Ok(rules);
    };
    // Only now is it known what to ask of the locale.
    Ok(match locale::ask(client, target, missing).await? {
        Ok(locale) => Rules {
            lower: locale.lower.clone(),
            upper: locale.upper.clone(),
            ..self::rules(&found, Some(&locale), Some(target))
        },
        Err(reason) => {
            let mut known = self::rules(&found, None, Some(target));
            let refused = known.tables.values_mut().chain(known.domains.values_mut());
            for rule in
                refused.filter(|rule| matches!(rule, Err(found) if found == regex::UNKNOWN_LOCALE))
            {
                *rule = Err(reason.clone());
            }
            known
        }
    })
}

fn rules(found: &server::Found, locale: Option<&Locale>, target: Option<&TargetLocale>) -> Rules {
    let binder = bind::Binder {
        names: &found.names,
        locale,
        is_c: target.is_some_and(TargetLocale::is_c),
        is_bytewise: target.is_some_and(TargetLocale::is_bytewise),
    };
    let bound = |sources: &BTreeMap<(Name, String), server::Source>| {
        sources
            .iter()
            .map(|(key, source)| (key.clone(), binder.bind(source).map(simplify::simplify)))
            .collect::<BTreeMap<_, _>>()
    };
    let generated: BTreeMap<_, _> = found
        .generated
        .iter()
        .map(|(key, source)| (key.clone(), binder.bind(source)))
        .collect();
    let tables = bound(&found.tables).into_iter().map(|(key, rule)| {
        let rule = rule.and_then(|rule| generated::computed(rule, &key.0, &generated));
        (key, rule.map(simplify::simplify))
    });
    let tables = tables.collect();
    let defaults = found.defaults.iter().filter_map(|(key, source)| {
        match binder.bind_default(source).map(simplify::simplify) {
            Ok(constant @ (Expr::Literal(..) | Expr::Null(_))) => Some((key.clone(), constant)),
            _ => None,
        }
    });
    let defaults = defaults.collect();
    Rules {
        tables,
        domains: bound(&found.domains),
        defaults,
        ..Rules::default()
    }
}
