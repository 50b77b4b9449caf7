//! Numbers: calculated and compared.

use super::super::constant::described;
use super::super::functions::is_integer;
use super::super::tree::{Arithmetic, Bitwise, Comparison, Expr, Literal, Type};
use super::Printer;
use super::code::{Binds, Code, Form};
use super::compare::{infix, ordering};
use super::reach::is_held;

impl Printer<'_> {
    fn numeric_arithmetic(
        &mut self,
        operation: Arithmetic,
        arguments: &[Expr],
    ) -> Result<Code, String> {
        let mut sides = Vec::new();
        for side in arguments {
            let code = self.value(side)?;
            let text = code.at_least(Binds::Tight);
            sides.push(match (side, code.form) {
                (Expr::Literal(..), _) => format!("&*{text}"),
                (_, Form::Owned) => format!("&{text}"),
                _ => text,
            });
        }
        let (left, right) = (sides[0].clone(), sides[1].clone());
        let sign = match operation {
            Arithmetic::Add => "+",
            Arithmetic::Subtract => "-",
            Arithmetic::Multiply => "*",
            Arithmetic::Remainder => {
                let helper = self.helper("numeric_remainder");
                let code = self.checked(&format!("{helper}({left}, {right})"));
                return Ok(code.of_form(Form::Owned));
            }
            Arithmetic::Divide => {
                return Err("it divides values of the type `numeric`".to_owned());
            }
        };
        if self.is_beyond(operation, arguments) {
            let helper = self.helper("numeric_held");
            let code = self.checked(&format!("{helper}({left} {sign} {right})"));
            return Ok(code.of_form(Form::Owned));
        }
        Ok(Code::new(format!("{left} {sign} {right}"), Binds::Sum).of_form(Form::Owned))
    }

    /// A calculation that gives nothing where PostgreSQL raises an error, which refuses the row.
    pub(super) fn checked(&mut self, option: &str) -> Code {
        self.raises = true;
        Code::tight(format!("{option}?"))
    }

    pub(super) fn arithmetic(
        &mut self,
        operation: Arithmetic,
        arguments: &[Expr],
        found: &Type,
    ) -> Result<Code, String> {
        let [left, right] = arguments else {
            return Err("a calculation has two sides".to_owned());
        };
        if *found == Type::Numeric {
            return self.numeric_arithmetic(operation, arguments);
        }
        if *found == Type::Float8 {
            return self.float_arithmetic(operation, left, right);
        }
        if !is_integer(found) {
            return Err(format!("it calculates with {}", described(found)));
        }
        let (left, right_code) = (self.integer(left, found)?, self.integer_code(right, found)?);
        let right = right_code.at_least(Binds::Tight);
        if is_held(operation, arguments, found) {
            return Ok(match operation {
                Arithmetic::Remainder => Code::tight(format!("{left}.wrapping_rem({right})")),
                Arithmetic::Add => Code::new(format!("{left} + {right}"), Binds::Sum),
                Arithmetic::Subtract => Code::new(format!("{left} - {right}"), Binds::Sum),
                Arithmetic::Multiply => Code::new(format!("{left} * {right}"), Binds::Sum),
                Arithmetic::Divide => Code::new(format!("{left} / {right}"), Binds::Sum),
            });
        }
        let method = match operation {
            Arithmetic::Add => "checked_add",
            Arithmetic::Subtract => "checked_sub",
            Arithmetic::Multiply => "checked_mul",
            Arithmetic::Divide => "checked_div",
            // The least number modulo -1 is 0 in PostgreSQL.
            Arithmetic::Remainder => {
                let divided = self.checked(&format!("({right} != 0).then_some({left})"));
                return Ok(Code::tight(format!(
                    "{}.wrapping_rem({right})",
                    divided.text
                )));
            }
        };
        Ok(self.checked(&format!("{left}.{method}({})", right_code.text)))
    }

    /// An integer, widened to a type.
    pub(super) fn integer(&mut self, expr: &Expr, to: &Type) -> Result<String, String> {
        Ok(self.integer_code(expr, to)?.at_least(Binds::Tight))
    }

    fn integer_code(&mut self, expr: &Expr, to: &Type) -> Result<Code, String> {
        let rust = rust_integer(to)?;
        if let Expr::Literal(Literal::Int(value), _) = expr {
            return Ok(Code::tight(format!("{value}_{rust}")));
        }
        let code = self.value(expr)?;
        if code.form == Form::Count {
            return Ok(Code::tight(format!(
                "{rust}::try_from({}).unwrap_or({rust}::MAX)",
                code.text
            )));
        }
        Ok(match expr.data_type() == *to {
            true => code,
            false => Code::tight(format!("{rust}::from({})", code.text)),
        })
    }

    pub(super) fn integers(
        &mut self,
        comparison: Comparison,
        left: &Expr,
        right: &Expr,
    ) -> Result<Code, String> {
        let left_code = self.value(left)?;
        if left_code.form == Form::Count {
            if let Some(count) = self.count_literal(right) {
                return Ok(infix(&left_code.above(Binds::Compare), comparison, &count));
            }
            let right_code = self.value(right)?;
            if right_code.form == Form::Count {
                return Ok(infix(
                    &left_code.above(Binds::Compare),
                    comparison,
                    &right_code.above(Binds::Compare),
                ));
            }
        }
        if let Some(constant) = self.integer_within(right, left)
            && left_code.form == Form::Plain
        {
            return Ok(infix(
                &left_code.above(Binds::Compare),
                comparison,
                &constant,
            ));
        }
        if matches!(
            (left.data_type(), right.data_type()),
            (Type::Oid, Type::Oid)
        ) {
            let right = self.value(right)?;
            return Ok(infix(
                &left_code.above(Binds::Compare),
                comparison,
                &right.above(Binds::Compare),
            ));
        }
        // Both in the wider of the two types; a count has no type of its own.
        let (first, second) = (left.data_type(), right.data_type());
        let wider = if width(&first) >= width(&second) {
            first
        } else {
            second
        };
        let (left, right) = (
            self.integer_as(left, &wider)?,
            self.integer_as(right, &wider)?,
        );
        Ok(infix(&left, comparison, &right))
    }

    pub(super) fn integer_as(&mut self, expr: &Expr, to: &Type) -> Result<String, String> {
        let rust = rust_integer(to)?;
        let code = self.value(expr)?;
        Ok(match (expr, code.form) {
            (Expr::Literal(..), _) => code.text,
            (_, Form::Count) => format!("{rust}::try_from({}).unwrap_or({rust}::MAX)", code.text),
            _ if expr.data_type() == *to => code.above(Binds::Compare),
            _ => format!("{rust}::from({})", code.text),
        })
    }

    /// A float in the wider of the two types.
    fn double(&mut self, expr: &Expr) -> Result<Code, String> {
        let code = self.value(expr)?;
        let is_single = expr.data_type() == Type::Float4 && !matches!(expr, Expr::Literal(..));
        Ok(match is_single {
            true => Code::tight(format!("f64::from({})", code.text)),
            false => code,
        })
    }

    /// PostgreSQL refuses a result that is beyond a float although no side is.
    fn float_arithmetic(
        &mut self,
        operation: Arithmetic,
        left: &Expr,
        right: &Expr,
    ) -> Result<Code, String> {
        let (left, right) = (self.double(left)?.text, self.double(right)?.text);
        let (helper, right) = match operation {
            Arithmetic::Add => ("float_sum", right),
            Arithmetic::Subtract => ("float_sum", format!("-({right})")),
            Arithmetic::Multiply => ("float_product", right),
            Arithmetic::Divide => ("float_quotient", right),
            Arithmetic::Remainder => return Err("floats have no remainder".to_owned()),
        };
        let helper = self.helper(helper);
        Ok(self.checked(&format!("{helper}({left}, {right})")))
    }

    pub(super) fn bits(
        &mut self,
        operation: Bitwise,
        arguments: &[Expr],
        found: &Type,
    ) -> Result<Code, String> {
        let left = arguments.first().ok_or("a calculation has two sides")?;
        let left = self.integer(left, found)?;
        let text = match (operation, arguments.get(1)) {
            (Bitwise::Left(places), _) => format!("{left} << {places}"),
            (Bitwise::Right(places), _) => format!("{left} >> {places}"),
            (operation, Some(right)) => {
                let sign = match operation {
                    Bitwise::And => "&",
                    Bitwise::Or => "|",
                    _ => "^",
                };
                format!("{left} {sign} {}", self.integer(right, found)?)
            }
            _ => return Err("a calculation has two sides".to_owned()),
        };
        // In parentheses wherever it is compared: few know which sign binds more tightly.
        Ok(Code::new(text, Binds::Compare))
    }

    /// A cast to a number that may not hold the value.
    pub(super) fn narrowed(&mut self, from: &Expr, to: &Type) -> Result<Code, String> {
        if *to == Type::Float8 {
            let code = self.value(from)?;
            let helper = self.helper("numeric_as_float");
            return Ok(self.checked(&format!("{helper}({})", code.borrowed_value())));
        }
        let rust = rust_integer(to)?;
        let code = self.value(from)?;
        Ok(match from.data_type() {
            Type::Numeric => {
                let helper = self.helper("numeric_as_integer");
                let whole = self.checked(&format!("{helper}({})", code.borrowed_value()));
                match to {
                    Type::Int8 => whole,
                    _ => self.checked(&format!("{rust}::try_from({}).ok()", whole.text)),
                }
            }
            _ => self.checked(&format!("{rust}::try_from({}).ok()", code.text)),
        })
    }

    /// A constant that a count can be compared with.
    pub(super) fn count_literal(&self, expr: &Expr) -> Option<String> {
        match expr {
            Expr::Literal(Literal::Int(value), _) => {
                usize::try_from(*value).ok().map(|value| value.to_string())
            }
            _ => None,
        }
    }

    /// A constant that the type of another value holds.
    pub(super) fn integer_within(&self, expr: &Expr, other: &Expr) -> Option<String> {
        let Expr::Literal(Literal::Int(value), _) = expr else {
            return None;
        };
        let fits = match other.data_type() {
            Type::Int2 => i16::try_from(*value).is_ok(),
            Type::Int4 => i32::try_from(*value).is_ok(),
            Type::Int8 => true,
            Type::Oid => u32::try_from(*value).is_ok(),
            _ => false,
        };
        fits.then(|| value.to_string())
    }

    /// NaN equals NaN, and is greater than every other value.
    pub(super) fn floats(
        &mut self,
        comparison: Comparison,
        left: &Expr,
        right: &Expr,
    ) -> Result<Code, String> {
        let is_double = left.data_type() == Type::Float8 || right.data_type() == Type::Float8;
        let (left, right) = match is_double {
            true => (self.double(left)?, self.double(right)?),
            false => (self.value(left)?, self.value(right)?),
        };
        let (left, right) = (left.at_least(Binds::Tight), right.at_least(Binds::Tight));
        self.helpers.insert("float_order");
        let method = ordering(comparison);
        Ok(Code::tight(format!(
            "postgres::float_order(&{left}, &{right}).{method}()"
        )))
    }
}

pub(super) fn rust_integer(found: &Type) -> Result<&'static str, String> {
    Ok(match found {
        Type::Int2 => "i16",
        Type::Int4 => "i32",
        Type::Int8 => "i64",
        other => return Err(format!("it calculates with {}", described(other))),
    })
}

pub(super) fn width(found: &Type) -> u32 {
    match found {
        Type::Int2 => 2,
        Type::Int4 => 4,
        _ => 8,
    }
}
