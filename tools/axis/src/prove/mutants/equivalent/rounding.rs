//! A rounding of which only is asked whether anything is lost, or that loses nothing.

use super::Mutant;

/// `x == x.with_scale_round(n, mode)`: equal where `x` has no more digits, whatever the mode. And a value of just as many
/// digits as are kept, which rounding leaves as it is.
pub(super) fn of_what_is_kept(mutant: &Mutant, text: &str) -> Option<String> {
    let words = |text: &str| text.split_whitespace().collect::<String>();
    let before = words(text.get(..mutant.place.start)?);
    let place = words(text.get(mutant.place.clone())?);
    let after = words(text.get(mutant.place.end..)?);
    if place.starts_with("bigdecimal::RoundingMode::") {
        let (start, _) = before.rsplit_once(".with_scale_round(")?;
        let name = |text: &str| -> String {
            let is_of_name = |letter: &char| letter.is_alphanumeric() || *letter == '_';
            text.chars().take_while(is_of_name).collect()
        };
        let reversed: String = start.chars().rev().collect();
        let rounded: String = name(&reversed).chars().rev().collect();
        let left = start.strip_suffix(&rounded)?;
        let is_equal_before = left.ends_with(&format!("*{rounded}=="));
        let compared = after.strip_prefix(")==*");
        let is_equal_after = compared.is_some_and(|rest| name(rest) == rounded);
        let is_alone = left.ends_with(['{', '(', '|', ';']);
        return (!rounded.is_empty() && (is_equal_before || (is_equal_after && is_alone))).then(|| {
            format!("`{rounded}` is its rounded value where rounding loses nothing, whatever the mode")
        });
    }
    let digits = place.strip_prefix("value.fractional_digit_count()>")?;
    let arm = after.strip_prefix("{true=>")?;
    let arm = arm.strip_prefix('{').unwrap_or(arm);
    let arm = arm.strip_prefix("std::borrow::Cow::Owned(").unwrap_or(arm);
    let rounds = arm.starts_with(&format!("value.with_scale_round({digits},"));
    (mutant.what.ends_with("with `>=`") && rounds).then(|| {
        format!("a value of {digits} digits after the point is kept as it is when it is rounded to as many")
    })
}

#[cfg(test)]
mod tests {
    use super::super::super::edit;
    use super::*;

    fn reasons(text: &str, what: &str) -> Vec<bool> {
        let mutants = edit::mutate("postgres.rs", text, &mut 0, &[]).unwrap().1;
        let mutants = mutants.iter().filter(|mutant| mutant.what.contains(what));
        mutants
            .map(|mutant| of_what_is_kept(mutant, text).is_some())
            .collect()
    }

    #[test]
    fn a_mode_is_no_matter_where_a_value_is_compared_with_itself() {
        let of = |body: &str| {
            let text = format!("fn domain_a(a: &BigDecimal) -> bool {{ {body} }}\n");
            reasons(&text, "RoundingMode::HalfUp is")
        };
        let mode = "bigdecimal::RoundingMode::HalfUp";
        for (body, expected) in [
            (
                format!("*a == a.with_scale_round(2, {mode}) || *a > b"),
                true,
            ),
            (format!("a.with_scale_round(0, {mode}) == *a"), true),
            (format!("*b == a.with_scale_round(2, {mode})"), false),
            (format!("a.with_scale_round(0, {mode}) == *b"), false),
            (format!("*a < a.with_scale_round(2, {mode})"), false),
            (format!("b + a.with_scale_round(0, {mode}) == *a"), false),
        ] {
            let found = of(&body);
            assert_eq!(found.len(), 6, "{body}");
            assert!(found.iter().all(|is| *is == expected), "{body}: {found:?}");
        }
    }

    #[test]
    fn rounding_to_as_many_digits_as_there_are_changes_nothing() {
        let rounded = include_str!("../../../generate/render/postgres/rules/rounded.rs");
        let held = include_str!("../../../generate/render/postgres/rules/numeric_held.rs");
        for text in [rounded, held] {
            assert_eq!(reasons(text, "with `>=`"), [true], "{text}");
            assert_eq!(
                reasons(
                    &text.replace("with_scale_round(", "with_scale_round(1 + "),
                    "with `>=`"
                ),
                [false]
            );
        }
    }
}
