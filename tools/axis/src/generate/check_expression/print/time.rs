//! Dates, times, networks, and functions of two values.

use super::super::tree::{DatePart, Expr, Function, Type};
use super::Printer;
use super::code::{Binds, Code, Form};

/// The length of a unit of time in microseconds, where all are equally long. The first moment that PostgreSQL holds begins one
/// of each, so no moment lies before the beginning of its own.
pub(super) fn even_length(unit: &str) -> Option<&'static str> {
    Some(match unit {
        "second" => "1_000_000",
        "minute" => "60_000_000",
        "hour" => "3_600_000_000",
        "day" => "86_400_000_000",
        "week" => "604_800_000_000",
        _ => return None,
    })
}

impl Printer<'_> {
    /// A function of a date or a time.
    pub(super) fn time_function(
        &mut self,
        function: &Function,
        of: &Expr,
        argument: &Code,
    ) -> Option<Code> {
        let whole = argument;
        let argument = &match function {
            Function::TimeOfDay | Function::DatePart(_) => self.within_chrono(of, whole),
            _ => whole.clone(),
        };
        let subject = argument.at_least(Binds::Tight);
        Some(match function {
            Function::Midnight => {
                Code::tight(format!("{subject}.and_time(chrono::NaiveTime::MIN)"))
            }
            Function::Day => Code::tight(format!("{subject}.date()")),
            Function::TimeOfDay => Code::tight(format!("{subject}.time()")),
            Function::InUtc => Code::tight(format!("{subject}.naive_utc()")),
            Function::FromUtc => Code::tight(format!("{subject}.and_utc()")),
            Function::Truncated(unit) => match even_length(unit) {
                Some(microseconds) => {
                    let helper = self.helper("truncated_to");
                    Code::tight(format!("{helper}({}, {microseconds})", argument.text))
                }
                None => {
                    let months = match *unit {
                        "month" => 1,
                        "quarter" => 3,
                        _ => 12,
                    };
                    let helper = self.helper("truncated");
                    self.checked(&format!("{helper}({}, {months})", argument.text))
                }
            },
            Function::DatePart(part) => {
                let value = &argument.text;
                let part = match part {
                    DatePart::Year if self.is_rounded(of) => {
                        let helper = self.helper("year_of_rounded");
                        return Some(Code::tight(format!("{helper}({})", whole.text)));
                    }
                    DatePart::Year => {
                        return Some(Code::tight(format!("{}(&{value})", self.helper("year"))));
                    }
                    DatePart::Quarter => "Datelike::quarter(&{})",
                    DatePart::Month => "Datelike::month(&{})",
                    DatePart::Week => "Datelike::iso_week(&{}).week()",
                    DatePart::Day => "Datelike::day(&{})",
                    DatePart::DayOfYear => "Datelike::ordinal(&{})",
                    DatePart::DayOfWeek => "Datelike::weekday(&{}).num_days_from_sunday()",
                    DatePart::IsoDayOfWeek => "Datelike::weekday(&{}).number_from_monday()",
                    DatePart::Hour => "Timelike::hour(&{})",
                    DatePart::Minute => "Timelike::minute(&{})",
                    DatePart::Second => return None,
                };
                Code::tight(format!(
                    "chrono::{}.cast_signed()",
                    part.replace("{}", value)
                ))
            }
            _ => return None,
        })
    }

    /// Whether a time may have been rounded beyond chrono's last day.
    pub(super) fn is_rounded(&self, expr: &Expr) -> bool {
        match expr {
            Expr::Column(column, _) => self.parameter(column).is_some_and(|found| found.is_rounded),
            Expr::Call(Function::Midnight | Function::TimeOfDay, ..) => false,
            Expr::Call(Function::Member(name), arguments, found) => {
                let Some(Type::Other(composite)) = arguments.first().map(Expr::data_type) else {
                    return false;
                };
                let member = self.types.rust_member(&composite, name, found);
                let helper = member.ok().and_then(|member| member.helper);
                helper.is_some_and(|helper| helper.starts_with("stored_timestamp"))
            }
            _ => expr.parts().into_iter().any(|part| self.is_rounded(part)),
        }
    }

    /// A time whose parts are asked.
    pub(super) fn within_chrono(&mut self, expr: &Expr, code: &Code) -> Code {
        match expr.data_type() == Type::Timestamp && self.is_rounded(expr) {
            true => Code::tight(format!("{}({})", self.helper("within_chrono"), code.text)),
            false => code.clone(),
        }
    }

    /// A function of two values of one kind.
    pub(super) fn pair(
        &mut self,
        function: &Function,
        first: &Code,
        second: &Code,
    ) -> Result<Code, String> {
        let (subject, other) = (first.at_least(Binds::Tight), second.at_least(Binds::Tight));
        Ok(match function {
            Function::DaysBetween => Code::tight(format!(
                "{}({}, {})",
                self.helper("days_between"),
                first.text,
                second.text
            )),
            Function::Elapsed => Code::new(format!("{subject} - {other}"), Binds::Sum),
            Function::Within { strictly: false } => {
                Code::tight(format!("{other}.contains(&{subject})"))
            }
            Function::Within { strictly: true } => Code::new(
                format!(
                    "{other}.contains(&{subject}) && {subject}.prefix_len() > {other}.prefix_len()"
                ),
                Binds::And,
            ),
            Function::StartsWithText => {
                Code::tight(format!("{subject}.starts_with({})", second.borrowed()))
            }
            Function::TextPosition => Code::tight(format!(
                "{}({}, {})",
                self.helper("position"),
                first.borrowed(),
                second.borrowed()
            ))
            .of_form(Form::Count),
            _ => return Err("a function has two arguments".to_owned()),
        })
    }
}

/// An interval of so many microseconds.
pub(super) fn delta(microseconds: i64) -> String {
    let units = [
        (86_400_000_000, "days"),
        (3_600_000_000, "hours"),
        (60_000_000, "minutes"),
        (1_000_000, "seconds"),
        (1, "microseconds"),
    ];
    let unit = units.into_iter().find(|(unit, _)| microseconds % unit == 0);
    let (unit, name) = unit.unwrap_or((1, "microseconds"));
    format!("chrono::TimeDelta::{name}({})", microseconds / unit)
}

/// An address.
pub(super) fn address_text(address: std::net::IpAddr) -> String {
    match address {
        std::net::IpAddr::V4(found) if found.is_unspecified() => {
            "std::net::Ipv4Addr::UNSPECIFIED".to_owned()
        }
        std::net::IpAddr::V6(found) if found.is_unspecified() => {
            "std::net::Ipv6Addr::UNSPECIFIED".to_owned()
        }
        std::net::IpAddr::V4(found) => {
            let parts = found.octets().map(|part| part.to_string());
            format!("std::net::Ipv4Addr::new({})", parts.join(", "))
        }
        std::net::IpAddr::V6(found) => {
            let parts = found.segments().map(|part| match part {
                0 => "0".to_owned(),
                part => format!("{part:#x}"),
            });
            format!("std::net::Ipv6Addr::new({})", parts.join(", "))
        }
    }
}
