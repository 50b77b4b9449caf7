//! From what a function of a column shall give to what the column must hold.

use crate::generate::check_expression::{Expr, Function, Literal, Type};

/// Texts of columns of which an expression gives a text.
pub(super) fn texts(expr: &Expr, text: &str) -> Vec<(String, String)> {
    match expr {
        Expr::Column(name, Type::Text | Type::Bpchar | Type::Citext | Type::Enum(_)) => {
            vec![(name.clone(), text.to_owned())]
        }
        Expr::Coalesce(parts, _) | Expr::Extreme(parts, ..) => {
            parts.iter().flat_map(|part| texts(part, text)).collect()
        }
        Expr::Case(branches, otherwise, _) => branches
            .iter()
            .map(|(_, value)| value)
            .chain([otherwise.as_ref()])
            .flat_map(|value| texts(value, text))
            .collect(),
        Expr::Call(Function::Concat, sides, _) => match sides.as_slice() {
            [inner, Expr::Literal(Literal::Text(end), _)] => {
                all(inner, text.strip_suffix(end.as_str()).into_iter())
            }
            [Expr::Literal(Literal::Text(start), _), inner] => {
                all(inner, text.strip_prefix(start.as_str()).into_iter())
            }
            // One side has it all, or each a half.
            [left, right] => {
                let middle = text.char_indices().nth(text.chars().count() / 2);
                let (start, end) = text.split_at(middle.map_or(0, |(at, _)| at));
                let left = all(left, [text, start, ""].into_iter());
                left.into_iter()
                    .chain(all(right, ["", end, text].into_iter()))
                    .collect()
            }
            _ => Vec::new(),
        },
        Expr::Call(function, arguments, _) => {
            let Some(inner) = arguments.first() else {
                return Vec::new();
            };
            let before: Vec<String> = match function {
                Function::Reverse => vec![text.chars().rev().collect()],
                Function::Substring(skipped, _) => {
                    let start = "x".repeat((*skipped).min(LONGEST));
                    vec![format!("{start}{text}"), format!("{start}{text}x")]
                }
                Function::Left(_) => vec![text.to_owned(), format!("{text}x")],
                Function::Right(_) => vec![text.to_owned(), format!("x{text}")],
                Function::SplitPart(separator, index) => {
                    let start = format!("a{separator}").repeat((*index).clamp(1, LONGEST) - 1);
                    vec![
                        format!("{start}{text}"),
                        format!("{start}{text}{separator}x"),
                    ]
                }
                Function::Lower | Function::LowerAscii => {
                    vec![text.to_owned(), text.to_uppercase()]
                }
                Function::Upper | Function::UpperAscii => {
                    vec![text.to_owned(), text.to_lowercase()]
                }
                Function::Trim(_, characters) => {
                    let blank: String = characters.chars().take(1).collect();
                    vec![text.to_owned(), format!("{blank}{text}{blank}")]
                }
                Function::Replace(from, to) => vec![text.to_owned(), text.replace(to, from)],
                Function::Widen | Function::Padded(_) => vec![text.to_owned()],
                _ => return Vec::new(),
            };
            all(inner, before.iter().map(String::as_str))
        }
        _ => Vec::new(),
    }
}

fn all<'a>(inner: &Expr, each: impl Iterator<Item = &'a str>) -> Vec<(String, String)> {
    each.flat_map(|text| texts(inner, text)).collect()
}

/// More is not skipped.
const LONGEST: usize = 100;
