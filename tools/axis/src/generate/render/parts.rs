//! The rules of the domains of a column's elements and members, and what its type refuses of them: PostgreSQL reads part by
//! part, so the first that is refused decides.

use super::super::contract::{
    Argument, Check, Column, Constraint, ConstraintKind, Domain, Scalar, Stored, Table, Value, part,
};
use super::check;
use super::limits::{self, Stage};

/// The questions of a column, where a rule of its parts is one. `depth` is how many `Option`s its value is in.
pub(super) fn questions(table: &Table, column: &Column, depth: usize) -> Option<String> {
    let asked = Asked {
        type_variant: table
            .constraints
            .iter()
            .find(|found| {
                found.kind == ConstraintKind::Type && found.columns == [column.name.clone()]
            })
            .map(|found| found.variant.as_str()),
        rules: check::checks(table)
            .filter(|(constraint, check)| {
                check.part.is_some() && constraint.columns == [column.name.clone()]
            })
            .collect(),
    };
    if asked.rules.is_empty() {
        return None;
    }
    let field = format!("self.{}", column.field);
    Some(match depth {
        0 => asked.of_value(&column.value, &format!("&{field}")),
        1 => format!(
            "if let Some(value) = &{field} {{ {} }}\n",
            asked.of_value(&column.value, "value")
        ),
        _ => format!(
            "if let Some(Some(value)) = &{field} {{ {} }}\n",
            asked.of_value(&column.value, "value")
        ),
    })
}

/// Whether the parts of a column are asked one by one: then no composite that they are in is asked as a whole.
pub(super) fn are_asked(table: &Table, column: &Column) -> bool {
    check::checks(table).any(|(constraint, check)| {
        check.part.is_some() && constraint.columns == [column.name.clone()]
    })
}

struct Asked<'a> {
    type_variant: Option<&'a str>,
    rules: Vec<(&'a Constraint, &'a Check)>,
}

impl Asked<'_> {
    /// What is asked of a value, which `place` refers to.
    fn of_value(&self, value: &Value, place: &str) -> String {
        if !value.is_array {
            return self.of_scalar(&value.scalar, place);
        }
        let of_element = self.of_scalar(&value.scalar, "element");
        let of_null = self.of_null(&value.scalar);
        match (value.has_null_elements(), of_null.is_empty()) {
            _ if of_element.is_empty() && of_null.is_empty() => String::new(),
            (false, _) => format!("for element in {place} {{ {of_element} }}\n"),
            (true, true) => {
                let elements = place.strip_prefix('&').unwrap_or(place);
                format!("for element in {elements}.iter().flatten() {{ {of_element} }}\n")
            }
            (true, false) => format!(
                "for element in {place} {{ match element {{ Some(element) => {{ {of_element} }} None => {{ {of_null} }} }} }}\n"
            ),
        }
    }

    fn of_scalar(&self, scalar: &Scalar, place: &str) -> String {
        match scalar {
            Scalar::Composite(composite) => {
                let owner = place.strip_prefix('&').unwrap_or(place);
                let members = composite.members.iter().map(|member| {
                    let field = format!("{owner}.{}", member.field);
                    if !member.nullable {
                        return self.of_value(&member.value, &format!("&{field}"));
                    }
                    let of_member = self.of_value(&member.value, "member");
                    let of_null = match member.value.is_array {
                        true => String::new(),
                        false => self.of_null(&member.value.scalar),
                    };
                    match (of_member.is_empty(), of_null.is_empty()) {
                        (true, true) => String::new(),
                        (_, true) => {
                            format!("if let Some(member) = &{field} {{ {of_member} }}\n")
                        }
                        _ => format!(
                            "match &{field} {{ Some(member) => {{ {of_member} }} None => {{ {of_null} }} }}\n"
                        ),
                    }
                });
                members.collect()
            }
            Scalar::Domain(domain) => {
                let path = ".0".repeat(part::chain(domain).len());
                let owner = place.strip_prefix('&').unwrap_or(place);
                self.limit(scalar, place) + &self.of_domain(domain, Some(&format!("{owner}{path}")))
            }
            other => self.limit(other, place),
        }
    }

    /// What the type refuses of a part.
    fn limit(&self, scalar: &Scalar, place: &str) -> String {
        let value = Value {
            scalar: scalar.clone(),
            is_array: false,
        };
        let refuses = limits::refuses(&value, Stage::Both, place, None);
        match (refuses, self.type_variant) {
            (Some(refuses), Some(variant)) => {
                format!("if {refuses} {{ {} }}\n", once(variant))
            }
            _ => String::new(),
        }
    }

    /// The rules that NULL breaks in place of a part.
    fn of_null(&self, scalar: &Scalar) -> String {
        match scalar {
            Scalar::Domain(domain) => self.of_domain(domain, None),
            _ => String::new(),
        }
    }

    /// The rules of a part. Without a place: of NULL.
    fn of_domain(&self, domain: &Domain, place: Option<&str>) -> String {
        let mut text = String::new();
        for domain in part::chain(domain) {
            for (constraint, check) in &self.rules {
                let Some(argument) = check.arguments.first() else {
                    continue;
                };
                if check.part.as_ref() != Some(&domain.name) {
                    continue;
                }
                let argument_text = match (place, argument.optional) {
                    (Some(place), optional) => {
                        let argument = Argument {
                            path: String::new(),
                            ..argument.clone()
                        };
                        let reference = match argument.stored {
                            Stored::Rounded(_) => "&",
                            _ => "",
                        };
                        let value = argument.plain_of(place, false);
                        match optional {
                            true => format!("Some({reference}{value})"),
                            false => format!("{reference}{value}"),
                        }
                    }
                    (None, true) => "None".to_owned(),
                    (None, false) => continue,
                };
                text += &format!(
                    "if !postgres::{}({argument_text}) {{ {} }}\n",
                    check.function,
                    once(&constraint.variant)
                );
            }
        }
        text
    }
}

/// Several parts may break one rule.
fn once(variant: &str) -> String {
    format!("postgres::once(&mut violations, Constraint::{variant});")
}
