//! An order of two violations that nobody can see.

use super::Mutant;
use crate::generate::files::Generated;

/// Two violations in another order, of which PostgreSQL tells nothing apart: one of them is of a value that Diesel refuses to
/// send, so that no row breaks both and is refused by PostgreSQL; or both are constraints of domains by one name, and the
/// error of a domain has nothing else.
pub(super) fn unseen(mutant: &Mutant, generated: &Generated) -> Option<String> {
    let (left, right) = mutant.what.split_once(" after ")?;
    let contracts = &generated.contracts;
    let file = contracts.iter().find(|file| file.name == mutant.file)?;
    let postgres = contracts.iter().find(|file| file.name == "postgres.rs")?;
    for variant in [left, right] {
        if let Some(rule) = rule_of(variant, &file.text)
            && is_asked_before_sending(rule, &postgres.text)
        {
            return Some(format!(
                "what breaks `{rule}` is not sent, so PostgreSQL never comes upon both"
            ));
        }
    }
    let (first, second) = (domain(left, &file.text)?, domain(right, &file.text)?);
    (first == second).then(|| format!("PostgreSQL's error names both `{first}`, and no column"))
}

/// The function of `postgres.rs` that alone decides a violation: `if !postgres::f(..) { violations.push(.. X) }`, or the same
/// of a value that may be missing.
fn rule_of<'a>(variant: &str, text: &'a str) -> Option<&'a str> {
    let pushed = format!("Constraint::{variant})");
    let (before, _) = text.split_once(&pushed)?;
    let (_, condition) = before.rsplit_once("if ")?;
    let mut rules = condition.split("postgres::").skip(1);
    let rule = rules.next()?.split('(').next()?;
    (rules.next().is_none() && condition.contains("!postgres::")).then_some(rule)
}

/// Whether the type asks the rule itself, and is an error where it is broken.
fn is_asked_before_sending(rule: &str, postgres: &str) -> bool {
    let words = postgres.split_whitespace().collect::<Vec<_>>().join(" ");
    words.contains(&format!("if !{rule}(self) {{ return Err("))
}

/// The name of a constraint of a domain.
fn domain<'a>(variant: &str, text: &'a str) -> Option<&'a str> {
    let (_, metadata) = text.split_once(&format!("Self::{variant} => "))?;
    let (metadata, _) = metadata.split_once("columns:")?;
    let (_, name) = metadata.split_once("name: \"")?;
    metadata
        .contains("kind: ConstraintKind::Domain")
        .then(|| name.split('"').next())
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULES: &str = "if !postgres::sent(&self.a) { violations.push(Violation::of(Constraint::AType)); }\n\
        if self.b.as_ref().is_some_and(|value| !postgres::other(value)) { violations.push(Violation::of(Constraint::BType)); }\n\
        if !postgres::one(&self.a) || !postgres::two(&self.a) { violations.push(Violation::of(Constraint::CType)); }\n";

    #[test]
    fn a_value_that_is_not_sent_is_found_by_its_rule() {
        let postgres = "fn to_sql() { if !sent(self) {\n    return Err(\"beyond\".into());\n} }";
        assert_eq!(rule_of("AType", RULES), Some("sent"));
        assert_eq!(rule_of("BType", RULES), Some("other"));
        assert_eq!(rule_of("CType", RULES), None);
        assert!(is_asked_before_sending("sent", postgres));
        assert!(!is_asked_before_sending("other", postgres));
        assert!(!is_asked_before_sending(
            "sent",
            &postgres.replace("return Err(", "log(")
        ));
    }

    #[test]
    fn a_constraint_of_a_domain_is_named_and_one_of_a_table_is_not() {
        let text = "Self::A => &ConstraintMetadata { name: \"short\", kind: ConstraintKind::Domain, columns: &[\"a\"] },\n\
            Self::B => &ConstraintMetadata { name: \"short\", kind: ConstraintKind::Check, columns: &[\"b\"] },\n";
        assert_eq!(domain("A", text), Some("short"));
        assert_eq!(domain("B", text), None);
    }
}
