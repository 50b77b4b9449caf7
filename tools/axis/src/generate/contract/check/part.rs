//! The rules of domains that are the types of elements or of members: PostgreSQL asks them of each, as it reads the value.

use super::super::super::catalog::{Catalog, Constraint, Name, TypeKind};
use super::super::{Domain, Scalar, Value};

/// The domains of a column's parts whose rules are asked of each part, in the order in which they are met: below arrays and
/// composites, not within a domain's own value or a range.
pub(crate) fn domains(value: &Value) -> Vec<&Domain> {
    fn add<'a>(scalar: &'a Scalar, found: &mut Vec<&'a Domain>) {
        match scalar {
            Scalar::Composite(composite) => {
                for member in &composite.members {
                    add(&member.value.scalar, found);
                }
            }
            Scalar::Domain(domain) if !found.contains(&domain.as_ref()) => found.push(domain),
            _ => {}
        }
    }
    let mut found = Vec::new();
    // The rules of the column's own domain are asked of the column.
    if value.is_array || !matches!(value.scalar, Scalar::Domain(_)) {
        add(&value.scalar, &mut found);
    }
    found
}

/// A domain and those below it. The innermost is checked first.
pub(crate) fn chain(domain: &Domain) -> Vec<&Domain> {
    let mut chain = vec![domain];
    let mut value = &domain.value;
    while let (Scalar::Domain(below), false) = (&value.scalar, value.is_array) {
        chain.push(below);
        value = &below.value;
    }
    chain.reverse();
    chain
}

/// The rules that are asked of the parts of a value, each once, with their domain and the one that the part is of.
pub(crate) fn rules<'a>(
    catalog: &'a Catalog,
    value: &'a Value,
) -> Vec<(&'a Domain, &'a Name, &'a Constraint)> {
    let mut rules: Vec<(&Domain, &Name, &Constraint)> = Vec::new();
    for part in domains(value) {
        for domain in chain(part) {
            let known = match catalog.types.get(&domain.name).map(|found| &found.kind) {
                Some(TypeKind::Domain(known)) => known,
                _ => continue,
            };
            let enforced = known.constraints.iter().filter(|rule| rule.enforced);
            for rule in enforced {
                let is_known = rules
                    .iter()
                    .any(|(_, name, found)| **name == domain.name && found.name == rule.name);
                if !is_known {
                    rules.push((part, &domain.name, rule));
                }
            }
        }
    }
    rules
}
