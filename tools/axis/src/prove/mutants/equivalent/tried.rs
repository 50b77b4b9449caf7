//! Rules that only compare: what such a rule can tell apart are finitely many values, and all of them are tried.

mod evaluate;

use syn::visit::{self, Visit};
use syn::{Expr, FnArg, Item, ItemFn, Lit, Pat, Stmt, Type};

use super::Mutant;
use evaluate::{Evaluation, Value};

/// More rows are not tried.
const MOST: usize = 20_000;

/// A mutant that says the same as its rule of every row that the rule can tell apart.
pub(super) fn says_the_same(mutant: &Mutant, text: &str) -> Option<String> {
    let file = syn::parse_file(text).ok()?;
    let function = |name: &str| {
        file.items.iter().find_map(|item| match item {
            Item::Fn(function) if function.sig.ident == name => Some(function),
            _ => None,
        })
    };
    // What is no longer asked would have been true.
    if let Some(condition) = mutant.what.strip_prefix("no `if ") {
        let (_, after) = condition.split_once('!').filter(|_| {
            // One rule alone, without another condition beside it.
            !condition.contains("&&") && !condition.contains("||")
        })?;
        let after = after.rsplit_once('!').map_or(after, |(_, after)| after);
        let (name, _) = after.split_once('(')?;
        let (block, rows) = rows(function(name)?)?;
        let is_true = |row: &Row| Evaluation::of(row, None).truth(block) == Some(true);
        return rows.iter().all(is_true).then(|| {
            format!("`{name}` is true of every row: all that it can tell apart were tried")
        });
    }
    let (block, rows) = rows(function(&mutant.within)?)?;
    let mut changes = 0;
    for row in &rows {
        let said = Evaluation::of(row, None).truth(block)?;
        let mut changed = Evaluation::of(row, Some(mutant));
        let other = changed.truth(block)?;
        changes += changed.changes;
        if said != other {
            return None;
        }
    }
    let within = &mutant.within;
    (changes > 0).then(|| {
        format!("`{within}` only compares, and says the same of all that it can tell apart")
    })
}

/// The value of each argument, by name.
type Row = Vec<(String, Value)>;

/// The expression of a rule, and every row that it can tell apart.
fn rows(function: &ItemFn) -> Option<(&Expr, Vec<Row>)> {
    let [Stmt::Expr(block, None)] = function.block.stmts.as_slice() else {
        return None;
    };
    let mut constants = Constants(vec![0]);
    constants.visit_expr(block);
    let inputs = &function.sig.inputs;
    // Between two constants there is room for all arguments in every order, and for constants that a mutant moves by one.
    let room = i128::try_from(inputs.len()).ok()? + 2;
    let mut numbers: Vec<i128> = constants
        .0
        .iter()
        .copied()
        .flat_map(|constant| [constant, -constant])
        .flat_map(|constant| constant - room..=constant + room)
        .collect();
    numbers.sort_unstable();
    numbers.dedup();
    let mut rows: Vec<Row> = vec![Vec::new()];
    for input in inputs {
        let FnArg::Typed(typed) = input else {
            return None;
        };
        let Pat::Ident(name) = typed.pat.as_ref() else {
            return None;
        };
        let values = values(&typed.ty, &numbers)?;
        if rows.len().checked_mul(values.len())? > MOST {
            return None;
        }
        let name = name.ident.to_string();
        rows = rows
            .iter()
            .flat_map(|row| {
                values.iter().map(|value| {
                    let mut row = row.clone();
                    row.push((name.clone(), value.clone()));
                    row
                })
            })
            .collect();
    }
    Some((block, rows))
}

/// The values of a type. None where they are not known.
fn values(data_type: &Type, numbers: &[i128]) -> Option<Vec<Value>> {
    match data_type {
        Type::Path(path) => {
            let last = path.path.segments.last()?;
            match (last.ident.to_string().as_str(), &last.arguments) {
                ("bool", _) => Some([false, true].map(Value::Bool).to_vec()),
                ("i16" | "i32" | "i64", _) => {
                    Some(numbers.iter().copied().map(Value::Int).collect())
                }
                ("Option", syn::PathArguments::AngleBracketed(inner)) => {
                    let syn::GenericArgument::Type(inner) = inner.args.first()? else {
                        return None;
                    };
                    let inner = values(inner, numbers)?.into_iter();
                    let inner = inner.map(|value| Value::Option(Some(Box::new(value))));
                    Some(inner.chain([Value::Option(None)]).collect())
                }
                _ => None,
            }
        }
        // Of a list its length is known, and nothing else.
        Type::Reference(found) if matches!(found.elem.as_ref(), Type::Slice(_)) => {
            let lengths = numbers.iter().filter(|number| **number >= 0);
            Some(lengths.copied().map(Value::List).collect())
        }
        _ => None,
    }
}

/// The numbers that a rule names.
struct Constants(Vec<i128>);

impl Visit<'_> for Constants {
    fn visit_expr(&mut self, expression: &Expr) {
        if let Expr::Lit(syn::ExprLit {
            lit: Lit::Int(number),
            ..
        }) = expression
            && let Ok(number) = number.base10_parse()
        {
            self.0.push(number);
        }
        visit::visit_expr(self, expression);
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::edit;
    use super::*;

    fn same(arguments: &str, rule: &str) -> Vec<String> {
        let text = format!(
            "fn rule({arguments}) -> bool {{ {rule} }}\nimpl Checked {{ fn violations(&self) {{\n\
             if !rule(self.a) {{ violations.push(Violation::of(Constraint::A)); }} }} }}\n"
        );
        let mutants = edit::mutate("a.rs", &text, &mut 0, &[]).unwrap().1;
        let found = mutants.into_iter();
        let found = found.filter(|mutant| says_the_same(mutant, &text).is_some());
        found.map(|mutant| mutant.what).collect()
    }

    #[test]
    fn what_changes_no_verdict_is_found_by_trying_all() {
        let nothing =
            "(if a.is_some_and(|a| a == 3) { None } else { a }).is_none_or(|found| found != 4)";
        let found = same("a: Option<i32>", nothing);
        assert_eq!(found, ["`is_some_and` is `is_none_or`", "3 is 2"]);
        let found = same("a: Option<i32>, b: Option<i32>", "a.or(b).unwrap_or(0) < 9");
        assert_eq!(found, ["0 is 1"]);
        let length = "a.and_then(|a| Some(a.len()).filter(|length| *length > 0)).is_none_or(|found| found > 0)";
        let found = same("a: Option<&[Option<i32>]>", length);
        assert_eq!(
            found,
            [
                "rule is true",
                "0 is 1",
                "found > 0 with `>=`",
                "no `if !rule(self.a)`"
            ]
        );
    }

    #[test]
    fn what_changes_one_verdict_and_what_is_not_understood_is_another_rule() {
        for (arguments, rule) in [
            (
                "a: Option<i32>, b: i32",
                "a.is_none_or(|a| a > b) || b == 1_000",
            ),
            ("a: Option<i32>", "a.is_none_or(|a| (-7..=5).contains(&a))"),
            ("a: bool, b: Option<bool>", "!a && b.is_some()"),
            (
                "a: Option<&[i32]>",
                "a.is_some_and(|a| a.is_empty()) || a.is_some_and(|a| a.len() == 7)",
            ),
            // What calculates is not tried, nor what is not known.
            ("a: i32", "a + 0 == a"),
            ("a: i32", "a * 1 == a"),
            ("a: i32", "other(a) || true"),
            ("a: &str", "a.len() >= 0"),
            ("a: Option<f64>", "a.is_none_or(|a| a == a)"),
            (
                "a: Option<&[i32]>",
                "a.is_none_or(|a| a.iter().all(|a| *a > 0) || true)",
            ),
        ] {
            assert_eq!(same(arguments, rule), Vec::<String>::new(), "{rule}");
        }
    }
}
