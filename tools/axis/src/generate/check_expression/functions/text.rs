//! Patterns and case.

use super::super::regex::Characters;
use super::super::simplify::simplify;
use super::super::tree::{Expr, Function, Literal, Type};
use super::super::{like, regex};
use super::cast::retyped;
use super::reason::unknown_operator_of;
use super::{Text, call};

pub(super) fn pattern_match(
    name: &str,
    arguments: Vec<Expr>,
    types: &[Type],
    text: Text<'_>,
    is_regex: bool,
) -> Result<Expr, String> {
    let (Some(subject), Some(found)) = (types.first(), arguments.get(1)) else {
        return Err(unknown_operator_of(name, types));
    };
    // It may be put together of constants.
    let pattern = match simplify(found.clone()) {
        Expr::Literal(Literal::Text(pattern), _) => pattern,
        Expr::Null(_) => return Ok(Expr::Null(Type::Bool)),
        _ => return Err("its pattern is not constant".to_owned()),
    };
    let folds = match subject {
        Type::Text => name.ends_with('*'),
        Type::Citext => true,
        Type::Bpchar if text.padded.is_some() && (is_regex || !name.ends_with('*')) => {
            name.ends_with('*')
        }
        Type::Bpchar => {
            return Err("blanks at the end of `character` count in a pattern".to_owned());
        }
        _ => return Err(unknown_operator_of(name, types)),
    };
    if !text.is_deterministic {
        return Err("its collation takes different texts for equal".to_owned());
    }
    let function = match (is_regex, folds) {
        (true, _) => Function::Matches(regex::translate(&pattern, folds, text.characters)?),
        (false, false) => Function::Like(like::parse(&pattern)?),
        (false, true) => {
            // ILIKE lowers both sides.
            let lowered = lower(Expr::Literal(Literal::Text(pattern), Type::Text), text)?;
            let Expr::Literal(Literal::Text(pattern), _) = lowered else {
                return Err("ILIKE is derived for patterns of ASCII only".to_owned());
            };
            let subject = arguments
                .into_iter()
                .next()
                .ok_or_else(|| unknown_operator_of(name, types))?;
            let subject = lower(retyped(subject, Type::Text)?, text)?;
            return Ok(call(
                Function::Like(like::parse(&pattern)?),
                vec![subject],
                Type::Bool,
            ));
        }
    };
    let mut subject: Vec<Expr> = arguments.into_iter().take(1).collect();
    if let (Type::Bpchar, Some(length)) = (&types[0], text.padded) {
        // The blanks count here.
        subject = vec![call(Function::Padded(length), subject, Type::Text)];
    }
    Ok(call(function, subject, Type::Bool))
}

/// `lower`, of a constant at once where it is ASCII.
pub(super) fn lower(argument: Expr, text: Text<'_>) -> Result<Expr, String> {
    if let Expr::Literal(Literal::Text(value), found) = &argument
        && value.is_ascii()
    {
        let value = Literal::Text(value.to_ascii_lowercase());
        return Ok(Expr::Literal(value, found.clone()));
    }
    cased(Function::Lower, argument, text)
}

/// `upper`, of a constant at once where it is ASCII.
pub(super) fn upper(argument: Expr, text: Text<'_>) -> Result<Expr, String> {
    if let Expr::Literal(Literal::Text(value), found) = &argument
        && value.is_ascii()
    {
        let value = Literal::Text(value.to_ascii_uppercase());
        return Ok(Expr::Literal(value, found.clone()));
    }
    cased(Function::Upper, argument, text)
}

fn cased(function: Function, argument: Expr, text: Text<'_>) -> Result<Expr, String> {
    let function = match text.characters {
        Characters::Unknown => return Err(regex::UNKNOWN_LOCALE.to_owned()),
        Characters::Ascii if function == Function::Lower => Function::LowerAscii,
        Characters::Ascii => Function::UpperAscii,
        Characters::Locale(locale) => {
            if locale.cases.is_none() {
                locale.missing.borrow_mut().insert(regex::CASES);
            } else if !locale.is_simple {
                return Err("ICU's case of a letter depends on its neighbours".to_owned());
            }
            function
        }
    };
    Ok(call(function, vec![argument], Type::Text))
}
