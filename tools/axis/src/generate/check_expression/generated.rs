//! Columns that the database computes: a rule that reads one sees what its expression gives.

use std::collections::BTreeMap;

use super::super::catalog::Name;
use super::{Bound, Expr, Function};

/// The rule of a table, with each computed column as its expression: a row knows what it is made of, and neither a row to
/// insert nor one that is changed knows what it will be.
pub(super) fn computed(
    rule: Expr,
    table: &Name,
    generated: &BTreeMap<(Name, String), Bound>,
) -> Bound {
    let mut unknown = None;
    let rule = rule.map(&mut |part| {
        let Expr::Column(column, data_type) = part else {
            return part;
        };
        match generated.get(&(table.clone(), column.clone())) {
            Some(Ok(expression)) if may_raise(expression) => {
                unknown = Some(format!(
                    "it reads the column `{column}`, whose calculation may refuse the row"
                ));
                Expr::Column(column, data_type)
            }
            Some(Ok(expression)) => expression.clone(),
            Some(Err(reason)) => {
                unknown = Some(format!(
                    "it reads the column `{column}`, which the database computes: {reason}"
                ));
                Expr::Column(column, data_type)
            }
            None => Expr::Column(column, data_type),
        }
    });
    unknown.map_or(Ok(rule), Err)
}

/// Whether PostgreSQL may refuse to calculate it: then no CHECK is asked.
fn may_raise(expression: &Expr) -> bool {
    let mut raises = false;
    expression.visit(&mut |part| {
        raises |= matches!(
            part,
            Expr::Call(
                Function::Arithmetic(_)
                    | Function::Negate
                    | Function::Absolute
                    | Function::Narrow
                    | Function::Moved { .. }
                    | Function::DateMoved { .. }
                    | Function::Later(_)
                    | Function::Truncated(_)
                    | Function::JsonParsed
                    | Function::JsonbWithout(_)
                    | Function::JsonbArrayLength,
                ..
            )
        );
    });
    raises
}
