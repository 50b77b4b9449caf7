//! Mutants that are no other rule, and why: they are counted and listed by themselves. Each reason is looked up in the
//! generated code, never taken for granted.

mod always;
mod case;
mod cut;
mod forth;
mod none;
mod order;
mod rounding;
mod tried;

use syn::visit::{self, Visit};
use syn::{Expr, Lit};

use super::edit::Mutant;
use crate::generate::files::Generated;

/// Why the mutant is no other rule, where that is known.
pub(super) fn reason(mutant: &Mutant, generated: &Generated) -> Option<String> {
    let file = generated
        .contracts
        .iter()
        .find(|file| file.name == mutant.file)?;
    cut::only_emptiness(mutant, &file.text)
        .or_else(|| cut::of_domain(mutant, generated))
        .or_else(|| escape(mutant, generated))
        .or_else(|| within_the_microsecond(mutant, &file.text))
        .or_else(|| counted_anyway(mutant, &file.text))
        .or_else(|| none::decided_beside(mutant, &file.text))
        .or_else(|| order::unseen(mutant, generated))
        .or_else(|| rounding::of_what_is_kept(mutant, &file.text))
        .or_else(|| forth::stays_within(mutant, &file.text))
        .or_else(|| always::is_true(mutant, &file.text))
        .or_else(|| tried::says_the_same(mutant, &file.text))
        .or_else(|| {
            let mut files = generated.contracts.iter();
            let rules = files.find(|file| file.name == "postgres.rs")?;
            case::has_none(mutant, &file.text, &rules.text)
        })
}

/// The character that escapes another in a pattern of LIKE, where no pattern has one.
fn escape(mutant: &Mutant, generated: &Generated) -> Option<String> {
    if mutant.what != r"'\\' is ']'" {
        return None;
    }
    let mut patterns = Patterns::default();
    for file in generated
        .contracts
        .iter()
        .filter(|file| file.name.ends_with(".rs"))
    {
        patterns.visit_file(&syn::parse_file(&file.text).ok()?);
    }
    let has_none = patterns
        .found
        .iter()
        .all(|pattern| !pattern.contains(['\\', ']']));
    (has_none && !patterns.has_others)
        .then(|| "no pattern of this schema has `\\` or `]`".to_owned())
}

/// The patterns of LIKE.
#[derive(Default)]
struct Patterns {
    found: Vec<String>,
    has_others: bool,
}

impl Visit<'_> for Patterns {
    fn visit_expr_call(&mut self, call: &syn::ExprCall) {
        let is_like = matches!(call.func.as_ref(), Expr::Path(path)
            if path.path.segments.last().is_some_and(|part| part.ident == "like"));
        if is_like {
            match call.args.last() {
                Some(Expr::Lit(syn::ExprLit {
                    lit: Lit::Str(pattern),
                    ..
                })) => self.found.push(pattern.value()),
                _ => self.has_others = true,
            }
        }
        visit::visit_expr_call(self, call);
    }
}

/// What is left of a second, by microseconds: it matters only just before the first moment that PostgreSQL holds.
fn within_the_microsecond(mutant: &Mutant, text: &str) -> Option<String> {
    let other: u32 = match mutant.what.as_str() {
        "1_000 is 1001" => 1_001,
        _ => return None,
    };
    let before = text.get(..mutant.place.start)?.trim_end();
    let is_it = before
        .strip_suffix('%')
        .is_some_and(|before| before.trim_end().ends_with("timestamp_subsec_nanos()"));
    let same = (999_999_000..=999_999_999_u32)
        .all(|nanoseconds| (nanoseconds % 1_000 == 0) == (nanoseconds % other == 0));
    (is_it && same).then(|| {
        "only the last microsecond before 4714-11-24 BC matters, in which both leave a rest of the same nanoseconds"
            .to_owned()
    })
}

/// The bytes that spare `characters` and `cut` from counting: the text that has just as many is counted then.
fn counted_anyway(mutant: &Mutant, text: &str) -> Option<String> {
    if mutant.what != "value.len() <= n with `<`" {
        return None;
    }
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let after = words(text.get(mutant.place.end..)?);
    let counts = [
        "|| value.chars().skip(n).all(|character| character == ' ')",
        "{ return value; } match value.char_indices().nth(n) { Some((end, _)) => value.get(..end).unwrap_or(value), \
         None => value, }",
    ];
    counts
        .iter()
        .any(|counted| after.starts_with(counted))
        .then(|| {
            "a text of `n` bytes has no character after the `n`th, which is found by counting too"
                .to_owned()
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prove::mutants::edit;

    #[test]
    fn bytes_that_spare_the_counting_are_no_rule_where_it_follows() {
        let characters = include_str!("../../generate/render/postgres/characters.rs");
        let cut = include_str!("../../generate/render/postgres/rules/cut.rs");
        let of = |text: &str| {
            let mutants = edit::mutate("postgres.rs", text, &mut 0, &[]).unwrap().1;
            let found = mutants
                .iter()
                .filter(|mutant| counted_anyway(mutant, text).is_some());
            found.map(|mutant| mutant.what.clone()).collect::<Vec<_>>()
        };
        assert_eq!(of(characters), ["value.len() <= n with `<`"]);
        assert_eq!(of(cut), ["value.len() <= n with `<`"]);
        assert!(of(&characters.replace("skip(n)", "skip(1)")).is_empty());
        assert!(of(&characters.replace("<= n", "<= n + 1")).is_empty());
        assert!(of(&cut.replace("return value", "return \"\"")).is_empty());
        assert!(of(&cut.replace("..end", "end..")).is_empty());
    }
}
