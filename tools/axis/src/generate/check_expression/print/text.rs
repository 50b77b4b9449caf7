//! Texts and patterns.

use super::super::like::Part;
use super::super::tree::{Function, Side};
use super::Printer;
use super::code::{Binds, Code, Form};

impl Printer<'_> {
    /// Notes a function of `postgres.rs`, and gives its path.
    pub(super) fn helper(&mut self, name: &'static str) -> String {
        self.helpers.insert(name);
        format!("postgres::{name}")
    }

    /// A function of a text.
    pub(super) fn text_function(&mut self, function: &Function, argument: &Code) -> Option<Code> {
        let subject = argument.at_least(Binds::Tight);
        let borrowed = match argument.form {
            Form::Owned => format!("&{subject}"),
            _ => argument.text.clone(),
        };
        Some(match function {
            Function::Length => {
                Code::tight(format!("{subject}.chars().count()")).of_form(Form::Count)
            }
            Function::OctetLength | Function::Cardinality => {
                Code::tight(format!("{subject}.len()")).of_form(Form::Count)
            }
            Function::Lower => {
                Code::tight(format!("{}({borrowed})", self.helper("lower"))).of_form(Form::Owned)
            }
            Function::Upper => {
                Code::tight(format!("{}({borrowed})", self.helper("upper"))).of_form(Form::Owned)
            }
            Function::LowerAscii => {
                Code::tight(format!("{subject}.to_ascii_lowercase()")).of_form(Form::Owned)
            }
            Function::UpperAscii => {
                Code::tight(format!("{subject}.to_ascii_uppercase()")).of_form(Form::Owned)
            }
            Function::Trim(side, characters) => {
                let method = match side {
                    Side::Both => "trim_matches",
                    Side::Start => "trim_start_matches",
                    Side::End => "trim_end_matches",
                };
                let set: Vec<String> = characters
                    .chars()
                    .map(|found| format!("{found:?}"))
                    .collect();
                let set = match set.as_slice() {
                    [only] => only.clone(),
                    _ => format!("[{}]", set.join(", ")),
                };
                Code::tight(format!("{subject}.{method}({set})"))
            }
            Function::Replace(from, to) => {
                Code::tight(format!("{subject}.replace({from:?}, {to:?})")).of_form(Form::Owned)
            }
            Function::Left(count) => {
                Code::tight(format!("{}({borrowed}, {count})", self.helper("cut")))
            }
            Function::Position(part) => {
                Code::tight(format!("{}({borrowed}, {part:?})", self.helper("position")))
                    .of_form(Form::Count)
            }
            Function::StartsWith(start) => Code::tight(format!("{subject}.starts_with({start:?})")),
            Function::Reverse => {
                Code::tight(format!("{subject}.chars().rev().collect::<String>()"))
                    .of_form(Form::Owned)
            }
            Function::Right(count) => {
                Code::tight(format!("{}({borrowed}, {count})", self.helper("last")))
            }
            Function::Substring(skipped, taken) => {
                let rest = match skipped {
                    0 => borrowed,
                    _ => format!("{}({borrowed}, {skipped})", self.helper("skip")),
                };
                Code::tight(match taken {
                    None => rest,
                    Some(taken) => format!("{}({rest}, {taken})", self.helper("cut")),
                })
            }
            Function::SplitPart(separator, index) => Code::tight(format!(
                "{subject}.split({separator:?}).nth({}).unwrap_or_default()",
                index - 1
            )),
            Function::Padded(length) => {
                Code::tight(format!("{}({borrowed}, {length})", self.helper("padded")))
                    .of_form(Form::Owned)
            }
            Function::Digits => Code::tight(format!("{subject}.to_string()")).of_form(Form::Owned),
            _ => return None,
        })
    }
}

/// A raw literal.
pub(super) fn raw(text: &str) -> String {
    if text.chars().any(char::is_control) {
        return format!("{text:?}");
    }
    if !text.contains(['\\', '"']) {
        return format!("\"{text}\"");
    }
    let mut hashes = String::new();
    while text.contains(&format!("\"{hashes}")) {
        hashes.push('#');
    }
    format!("r{hashes}\"{text}\"{hashes}")
}

/// The patterns that Rust has a method for.
pub(super) fn like(subject: &str, parts: &[Part]) -> Option<Code> {
    let text = match parts {
        [] => format!("{subject}.is_empty()"),
        [Part::Many] => "true".to_owned(),
        [Part::Text(only)] => {
            return Some(Code::new(format!("{subject} == {only:?}"), Binds::Compare));
        }
        [Part::Text(start), Part::Many] => format!("{subject}.starts_with({start:?})"),
        [Part::Many, Part::Text(end)] => format!("{subject}.ends_with({end:?})"),
        [Part::Many, Part::Text(middle), Part::Many] => format!("{subject}.contains({middle:?})"),
        _ => return None,
    };
    Some(Code::tight(text))
}

pub(super) fn like_text(part: &Part) -> String {
    match part {
        Part::One => "_".to_owned(),
        Part::Many => "%".to_owned(),
        Part::Text(text) => text
            .replace('\\', r"\\")
            .replace('%', r"\%")
            .replace('_', r"\_"),
    }
}
