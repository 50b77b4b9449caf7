//! Times that are calculated, and how long something takes.

use super::super::tree::{DatePart, Expr, Function, Literal, Type};
use super::Printer;
use super::code::{Binds, Code, Form};

/// Whether a date or a time is calculated: then it is a number, for Rust's own types may end before PostgreSQL's.
pub(super) fn is_moved(expr: &Expr) -> bool {
    matches!(
        expr,
        Expr::Call(
            Function::Moved { .. } | Function::DateMoved { .. } | Function::Later(_),
            ..
        )
    )
}

impl Printer<'_> {
    /// Two times, one of which is calculated: in microseconds since 2000; dates in days.
    pub(super) fn moments(
        &mut self,
        left: &Expr,
        right: &Expr,
    ) -> Result<(String, String), String> {
        let both = [left, right].map(Expr::data_type);
        let of_both = |part: &Expr| match part.data_type() {
            // A date beside a time is its midnight.
            Type::Date if both.contains(&Type::Timestamp) => {
                Expr::Call(Function::Midnight, vec![part.clone()], Type::Timestamp)
            }
            _ => part.clone(),
        };
        let is_mixed = both.contains(&Type::Date) && both.contains(&Type::Timestamp);
        if is_mixed
            && [left, right]
                .into_iter()
                .any(|part| is_moved(part) && part.data_type() == Type::Date)
        {
            return Err("it compares a date that it calculates with a time".to_owned());
        }
        Ok((self.moment(&of_both(left))?, self.moment(&of_both(right))?))
    }

    /// Microseconds since 2000; of a date, days.
    pub(super) fn moment(&mut self, expr: &Expr) -> Result<String, String> {
        if let Some((_, code)) = self.bound.iter().rev().find(|(known, _)| known == expr)
            && is_moved(expr)
        {
            return Ok(code.text.clone());
        }
        let (base, by, back) = match expr {
            Expr::Call(Function::Moved { back } | Function::DateMoved { back }, arguments, _) => {
                match arguments.as_slice() {
                    [base, by] => (base, by.clone(), *back),
                    _ => return Err("a calculation has two sides".to_owned()),
                }
            }
            Expr::Call(Function::Later(by), arguments, _) => {
                let base = arguments.first().ok_or("a calculation has two sides")?;
                let found = match by {
                    Literal::Int(_) => Type::Int4,
                    _ => Type::Interval,
                };
                (base, Expr::Literal(by.clone(), found), false)
            }
            Expr::Call(Function::Day, arguments, _) if self.is_rounded(expr) => {
                let moment = self.moment(arguments.first().ok_or("a day is that of a time")?)?;
                return Ok(format!("{moment}.div_euclid(86_400_000_000)"));
            }
            other => {
                let code = self.value(other)?;
                let subject = code.at_least(Binds::Tight);
                let moment = match other.data_type() {
                    Type::Date => {
                        self.helpers.insert("day");
                        return Ok(format!(
                            "({subject} - postgres::day(2000, 1, 1)).num_days()"
                        ));
                    }
                    Type::Timestamptz => format!("{subject}.naive_utc()"),
                    _ => code.text,
                };
                return Ok(format!("{}({moment})", self.helper("since_2000")));
            }
        };
        if base.data_type() == Type::Date {
            let base = self.moment(base)?;
            let by = self.integer(&by, &Type::Int8)?;
            let sign = if back { "-" } else { "" };
            let helper = self.helper("date_moved");
            return Ok(self.checked(&format!("{helper}({base}, {sign}{by})")).text);
        }
        let base = self.moment(base)?;
        let by = match &by {
            Expr::Literal(Literal::Interval(months, days, rest), _) => {
                let sign = if back { -1_i128 } else { 1 };
                format!(
                    "{}, {}, {}",
                    sign * i128::from(*months),
                    sign * i128::from(*days),
                    sign * i128::from(*rest)
                )
            }
            other => {
                let interval = self.value(other)?.at_least(Binds::Tight);
                let sign = if back { "-" } else { "" };
                format!(
                    "{sign}i64::from({interval}.months), {sign}i64::from({interval}.days), {sign}i128::from({interval}.microseconds)"
                )
            }
        };
        let helper = self.helper("moved");
        Ok(self.checked(&format!("{helper}({base}, {by})")).text)
    }

    /// How long an interval is, in microseconds.
    pub(super) fn length(&mut self, expr: &Expr) -> Result<String, String> {
        Ok(match expr {
            Expr::Literal(Literal::Interval(months, days, rest), _) => {
                let days = i128::from(*months) * 30 + i128::from(*days);
                format!("{}", days * 86_400_000_000 + i128::from(*rest))
            }
            Expr::Column(..) => {
                let code = self.value(expr)?;
                format!("{}({})", self.helper("interval_length"), code.text)
            }
            other => format!("i128::from({})", self.span(other)?),
        })
    }

    /// The time between two times, in microseconds.
    fn span(&mut self, expr: &Expr) -> Result<String, String> {
        match expr {
            Expr::Call(Function::Elapsed, ..) => {
                let code = self.value(expr)?;
                Ok(format!(
                    "({}).num_microseconds().unwrap_or(i64::MAX)",
                    code.text
                ))
            }
            Expr::Call(Function::TimesBetween, arguments, _) => {
                let [left, right] = arguments.as_slice() else {
                    return Err("a calculation has two sides".to_owned());
                };
                let helper = self.helper("time_length");
                let (left, right) = (self.value(left)?, self.value(right)?);
                Ok(format!(
                    "{helper}({}) - {helper}({})",
                    left.text, right.text
                ))
            }
            _ => Err("it calculates with values of the type `interval`".to_owned()),
        }
    }

    /// `extract(epoch FROM ..)`
    pub(super) fn epoch(&mut self, expr: &Expr) -> Result<Code, String> {
        let text = match (expr, expr.data_type()) {
            (Expr::Column(..), Type::Interval) => {
                let code = self.value(expr)?;
                format!("{}({})", self.helper("interval_epoch"), code.text)
            }
            (_, Type::Interval) => {
                format!(
                    "bigdecimal::BigDecimal::new(({}).into(), 6)",
                    self.span(expr)?
                )
            }
            (_, found) => {
                let code = self.value(expr)?;
                let subject = code.at_least(Binds::Tight);
                let utc = if found == Type::Timestamp {
                    ".and_utc()"
                } else {
                    ""
                };
                format!("bigdecimal::BigDecimal::new({subject}{utc}.timestamp_micros().into(), 6)")
            }
        };
        Ok(Code::tight(text).of_form(Form::Owned))
    }

    /// `extract` of a time, which may be 24:00, or of seconds.
    pub(super) fn part_of_time(&mut self, part: DatePart, expr: &Expr) -> Result<Code, String> {
        let code = self.value(expr)?;
        let time = match expr.data_type() {
            Type::Time => code.text,
            _ => {
                let whole = self.within_chrono(expr, &code);
                format!("{}.time()", whole.at_least(Binds::Tight))
            }
        };
        let length = format!("{}({time})", self.helper("time_length"));
        Ok(match part {
            DatePart::Hour => Code::new(format!("{length} / 3_600_000_000"), Binds::Sum),
            DatePart::Minute => Code::new(format!("{length} / 60_000_000 % 60"), Binds::Sum),
            _ => Code::tight(format!(
                "bigdecimal::BigDecimal::new(({length} % 60_000_000).into(), 6)"
            ))
            .of_form(Form::Owned),
        })
    }
}
