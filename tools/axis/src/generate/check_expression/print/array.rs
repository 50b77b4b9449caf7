//! Arrays and their elements.

use super::super::constant::described;
use super::super::functions::is_integer;
use super::super::tree::{Comparison, Expr, Function, Literal, Type};
use super::code::{Ask, Binds, Code, negated_if};
use super::compare::infix;
use super::{Parameter, Printer};

impl Printer<'_> {
    /// `value op ANY (array)`: where the value is NULL, so is the answer, unless the array is empty.
    pub(super) fn elements_or_none(
        &mut self,
        expr: &Expr,
        value: &Expr,
        array: &Expr,
        ask: Ask,
    ) -> Result<Code, String> {
        if !self.nullable(value) {
            return self.elements(expr, ask);
        }
        let of_empty = matches!(expr, Expr::Elements { all: true, .. }) != ask.negated;
        let code = self.around(&[value], ask.null, expr, |printer| {
            printer.elements(expr, ask)
        })?;
        if of_empty == ask.null {
            return Ok(code);
        }
        let array = self.value(array)?.at_least(Binds::Tight);
        Ok(match of_empty {
            true => Code::new(
                format!("{array}.is_empty() || {}", code.above(Binds::Or)),
                Binds::Or,
            ),
            false => Code::new(
                format!("!{array}.is_empty() && {}", code.above(Binds::And)),
                Binds::And,
            ),
        })
    }

    /// `value op ANY (array)`: the elements can be NULL.
    pub(super) fn elements(&mut self, expr: &Expr, ask: Ask) -> Result<Code, String> {
        let Expr::Elements {
            comparison,
            all,
            value,
            array,
        } = expr
        else {
            return Err("it is no array".to_owned());
        };
        let Type::Array(element) = array.data_type() else {
            return Err("it is no array".to_owned());
        };
        let array = self.value(array)?;
        let iterator = match *element {
            Type::Text | Type::Bpchar => ".map(Option::as_deref)",
            Type::Numeric | Type::Json | Type::Jsonb | Type::Citext | Type::Bytea => {
                return Err(format!("it compares elements of {}", described(&element)));
            }
            _ => ".copied()",
        };
        let name = "element".to_owned();
        let column = format!("\0{}", self.bound.len());
        self.parameters.push(Parameter {
            column: column.clone(),
            name: name.clone(),
            nullable: true,
            is_short: false,
            is_rounded: false,
        });
        let one = Expr::Call(
            Function::Compare(*comparison),
            vec![
                value.as_ref().clone(),
                Expr::Column(column, (*element).clone()),
            ],
            Type::Bool,
        );
        let test = self.truth(&one, ask);
        self.parameters.pop();
        let method = if *all != ask.negated { "all" } else { "any" };
        Ok(Code::tight(format!(
            "{}.iter(){iterator}.{method}(|{name}| {})",
            array.at_least(Binds::Tight),
            test?.text
        )))
    }

    /// Arrays that are equal: NULL equals NULL within them.
    pub(super) fn arrays(
        &mut self,
        comparison: Comparison,
        left: &Expr,
        right: &Expr,
        element: &Type,
    ) -> Result<Code, String> {
        if !matches!(comparison, Comparison::Equal | Comparison::NotEqual) {
            return Err("it orders arrays".to_owned());
        }
        let is_negated = comparison == Comparison::NotEqual;
        let taken = match element {
            Type::Text | Type::Bpchar => "map(Option::as_deref)",
            Type::Bool | Type::Uuid | Type::Enum(_) => "copied()",
            found if is_integer(found) => "copied()",
            other => return Err(format!("it compares arrays of {}", described(other))),
        };
        let array = self.value(left)?.at_least(Binds::Tight);
        let code = match right {
            Expr::Literal(Literal::Array(constants), _) if constants.is_empty() => {
                Code::tight(format!("{array}.is_empty()"))
            }
            Expr::Literal(Literal::Array(constants), _) => {
                let constants: Vec<String> = constants
                    .iter()
                    .map(|constant| match constant {
                        Some(found) => Ok(format!("Some({})", self.literal(found, element)?.text)),
                        None => Ok("None".to_owned()),
                    })
                    .collect::<Result<_, String>>()?;
                let constants = constants.join(", ");
                Code::tight(format!("{array}.iter().{taken}.eq([{constants}])"))
            }
            other => {
                let other = self.value(other)?;
                return Ok(infix(&array, comparison, &other.above(Binds::Compare)));
            }
        };
        Ok(negated_if(code, is_negated))
    }

    /// The test that an element of an array, `&Option<T>`, is a constant.
    pub(super) fn element_equals(&mut self, array: &Expr, wanted: &Expr) -> Result<String, String> {
        let Type::Array(element) = array.data_type() else {
            return Err("it is no array".to_owned());
        };
        let wanted = self.value(wanted)?;
        Ok(match *element {
            Type::Text | Type::Bpchar => format!("element.as_deref() == Some({})", wanted.text),
            ref found
                if is_integer(found)
                    || matches!(found, Type::Enum(_) | Type::Uuid | Type::Bool) =>
            {
                format!("*element == Some({})", wanted.text)
            }
            ref other => return Err(format!("it looks for {} in an array", described(other))),
        })
    }

    /// `<@` and `&&`: each, or one, of the elements is one of the constants. NULL is none of them.
    pub(super) fn contained(
        &mut self,
        array: &Expr,
        subject: &str,
        constants: &[Literal],
        method: &str,
    ) -> Result<Code, String> {
        let Type::Array(element) = array.data_type() else {
            return Err("it is no array".to_owned());
        };
        let patterns: Vec<String> = constants
            .iter()
            .map(|constant| Ok(format!("Some({})", self.literal(constant, &element)?.text)))
            .collect::<Result<_, String>>()?;
        if patterns.is_empty() {
            return Ok(match method {
                "all" => Code::tight(format!("{subject}.is_empty()")),
                _ => Code::truth(false),
            });
        }
        let value = match *element {
            Type::Text | Type::Bpchar => "element.as_deref()",
            Type::Int2 | Type::Int4 | Type::Int8 | Type::Enum(_) => "element",
            ref other => return Err(format!("it compares arrays of {}", described(other))),
        };
        Ok(Code::tight(format!(
            "{subject}.iter().{method}(|element| matches!({value}, {}))",
            patterns.join(" | ")
        )))
    }
}
