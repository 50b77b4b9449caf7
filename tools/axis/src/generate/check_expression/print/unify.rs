//! Values of one type that Rust holds in several forms, as one form.

use super::super::tree::{Expr, Literal, Type};
use super::Printer;
use super::code::{Binds, Code, Form};
use super::number::rust_integer;

impl Printer<'_> {
    /// The values in one form. `as_option` says which of them are to be an `Option`.
    pub(super) fn unified(
        &mut self,
        values: &[&Expr],
        found: &Type,
        as_option: impl Fn(&Expr) -> bool,
    ) -> Result<(Vec<String>, Form), String> {
        let mut codes = Vec::new();
        for value in values {
            let is_option = as_option(value);
            let code = match is_option {
                true => self.option(value)?,
                false => self.value(value)?,
            };
            codes.push((*value, is_option, code));
        }
        let mut forms = codes
            .iter()
            .filter(|(value, _, _)| !matches!(value, Expr::Null(_)))
            .map(|(_, _, code)| code.form);
        let form = forms.next().unwrap_or(Form::Plain);
        let is_mixed = forms.any(|other| other != form);
        let texts = codes.into_iter().map(|(value, is_option, code)| {
            if matches!(value, Expr::Null(_)) {
                return Ok(code.text);
            }
            if let Expr::Literal(Literal::Json(document), _) = value {
                // A parameter is a reference, and so are its members.
                let name = self.document(document);
                return Ok(match is_option {
                    true => format!("Some(&*{name})"),
                    false => format!("&*{name}"),
                });
            }
            let is_constant = matches!(value, Expr::Literal(Literal::Numeric(..), _));
            let change = match (found, is_mixed, code.form) {
                (Type::Numeric, true, Form::Plain) => "{}.clone()",
                (Type::Numeric, false, Form::Plain) if is_constant => "&*{}",
                (Type::Numeric, _, _) | (_, false, _) => "{}",
                // Texts that are borrowed, and texts that are made: `Cow` is either.
                (Type::Text | Type::Citext | Type::Bpchar, true, _) => "std::borrow::Cow::from({})",
                (_, true, Form::Count) => "{int}::try_from({}).unwrap_or({int}::MAX)",
                (Type::Int2 | Type::Int4 | Type::Int8, true, Form::Plain) => "{}",
                _ => return Err("its values are of different forms in Rust".to_owned()),
            };
            let change = match change.contains("{int}") {
                true => change.replace("{int}", rust_integer(found)?),
                false => change.to_owned(),
            };
            Ok(match (change.as_str(), is_option) {
                ("{}", _) => code.text,
                ("{}.clone()", false) => format!("{}.clone()", code.at_least(Binds::Tight)),
                (change, false) => change.replace("{}", &code.text),
                // A constant stands in `Some(..)`.
                (change, true) if is_constant => {
                    let inner = code.text.trim_start_matches("Some(").trim_end_matches(')');
                    format!("Some({})", change.replace("{}", inner))
                }
                ("{}.clone()", true) => format!("{}.cloned()", code.at_least(Binds::Tight)),
                (change, true) => format!(
                    "{}.map(|value| {})",
                    code.at_least(Binds::Tight),
                    change.replace("{}", "value")
                ),
            })
        });
        let texts = texts.collect::<Result<_, String>>()?;
        let form = match (is_mixed, found) {
            (false, _) => form,
            (true, Type::Int2 | Type::Int4 | Type::Int8) => Form::Plain,
            (true, _) => Form::Owned,
        };
        Ok((texts, form))
    }

    /// `COALESCE`
    pub(super) fn coalesced(
        &mut self,
        parts: &[Expr],
        found: &Type,
        as_option: bool,
    ) -> Result<Code, String> {
        if parts.iter().skip(1).any(|part| self.raises(part)) {
            return Err("COALESCE has a part that may raise an error".to_owned());
        }
        // What comes after a value that is never NULL is never asked for.
        let last = parts.iter().position(|part| !self.nullable(part));
        let asked: Vec<&Expr> = match last {
            Some(last) => parts.iter().take(last + 1).collect(),
            None => parts.iter().collect(),
        };
        let nullable: Vec<bool> = asked.iter().map(|part| self.nullable(part)).collect();
        let is_nullable = |part: &Expr| {
            let index = asked.iter().position(|found| *found == part);
            index
                .and_then(|index| nullable.get(index))
                .is_none_or(|nullable| *nullable)
        };
        let (texts, form) = self.unified(&asked, found, is_nullable)?;
        let (options, plain) = match (last, texts.split_last()) {
            (Some(_), Some((plain, options))) => (options.to_vec(), Some(plain.clone())),
            _ => (texts, None),
        };
        let mut options = options.into_iter();
        let Some(first) = options.next() else {
            let plain = plain.ok_or("COALESCE of nothing")?;
            return Ok(Code::tight(match as_option {
                true => format!("Some({plain})"),
                false => plain,
            })
            .of_form(form));
        };
        let mut text = options.fold(Code::new(first, Binds::Compare).text, |text, option| {
            format!("{text}.or({option})")
        });
        if let Some(plain) = plain {
            text += &format!(".unwrap_or({plain})");
            if as_option {
                text = format!("Some({text})");
            }
        }
        Ok(Code::tight(text).of_form(form))
    }

    /// `GREATEST`, `LEAST`: NULLs do not count.
    pub(super) fn extreme(
        &mut self,
        parts: &[Expr],
        is_greatest: bool,
        found: &Type,
        as_option: bool,
    ) -> Result<Code, String> {
        if matches!(
            found,
            Type::Float4 | Type::Float8 | Type::Jsonb | Type::Inet
        ) {
            return Err("GREATEST and LEAST of this type are not translated".to_owned());
        }
        if parts.iter().any(|part| self.raises(part)) {
            return Err("GREATEST or LEAST has a part that may raise an error".to_owned());
        }
        let method = if is_greatest { "max" } else { "min" };
        let values: Vec<&Expr> = parts.iter().collect();
        let is_nullable: Vec<bool> = parts.iter().map(|part| self.nullable(part)).collect();
        if !is_nullable.contains(&true) {
            let (texts, form) = self.unified(&values, found, |_| false)?;
            let text = texts
                .into_iter()
                .reduce(|text, other| format!("{text}.{method}({other})"))
                .ok_or("GREATEST of nothing")?;
            let text = if as_option {
                format!("Some({text})")
            } else {
                text
            };
            return Ok(Code::tight(text).of_form(form));
        }
        let never = is_nullable.iter().position(|nullable| !nullable);
        let (texts, form) = self.unified(&values, found, |_| true)?;
        let text = format!("[{}].into_iter().flatten().{method}()", texts.join(", "));
        Ok(
            match (never.and_then(|index| texts.get(index)), as_option) {
                (Some(otherwise), false) => {
                    let otherwise = otherwise
                        .strip_prefix("Some(")
                        .and_then(|rest| rest.strip_suffix(')'))
                        .ok_or("GREATEST has a value of another form")?;
                    Code::tight(format!("{text}.unwrap_or({otherwise})"))
                }
                _ => Code::tight(text),
            }
            .of_form(form),
        )
    }
}
