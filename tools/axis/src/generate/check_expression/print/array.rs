//! Arrays and their elements.

use super::super::constant::described;
use super::super::functions::is_integer;
use super::super::tree::{Expr, Function, Literal, Type};
use super::code::{Ask, Binds, Code};
use super::{Parameter, Printer};

impl Printer<'_> {
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
