use super::*;

const FILE: &str = r#"
use super::postgres;
pub const A_MAX_LENGTH: usize = 3;
impl Insert {
    pub fn violations(&self) -> Vec<Violation<Constraint>> {
        let mut violations = Vec::new();
        if !postgres::characters(&self.a, A_MAX_LENGTH) {
            violations.push(Violation::of(Constraint::AType));
        }
        if self.b.as_ref().is_some_and(|b| *b < 10 && b % 2 == 0) {
            violations.push(Violation::of(Constraint::BType));
        }
        violations
    }
}
"#;

#[test]
fn each_rule_is_changed_and_the_file_still_parses() {
    let mut number = 0;
    let (text, mutants) = mutate("a.rs", FILE, &mut number, &[]).unwrap();
    syn::parse_file(&text).unwrap();
    let found: Vec<&str> = mutants.iter().map(|mutant| mutant.what.as_str()).collect();
    for expected in [
        "no `if !postgres::characters(&self.a, A_MAX_LENGTH)`",
        "A_MAX_LENGTH is (A_MAX_LENGTH + 1)",
        "`is_some_and` is `is_none_or`",
        "*b < 10 with `<=`",
        "10 is 9",
        "b % 2 == 0 with `!=`",
        "AType after BType",
    ] {
        assert!(found.contains(&expected), "{expected} is not in {found:#?}");
    }
    assert_eq!(mutants.len(), usize::try_from(number).unwrap());
    assert_eq!(
        mutants
            .iter()
            .find(|mutant| mutant.what == "10 is 9")
            .unwrap()
            .at_line,
        10
    );
}

#[test]
fn what_does_not_compile_is_left_out_and_the_others_keep_their_numbers() {
    let (_, all) = mutate("a.rs", FILE, &mut 0, &[]).unwrap();
    let (text, some) = mutate("a.rs", FILE, &mut 0, &[2]).unwrap();
    assert_eq!(all.len(), some.len() + 1);
    assert!(!text.contains("is(2)"));
    assert!(some.iter().all(|mutant| all.contains(mutant)));
}

#[test]
fn a_pattern_that_is_made_once_is_made_anew_and_loses_its_ends() {
    let file = "fn a(value: &str) -> bool {\n    static PATTERN: LazyLock<Regex> = \
                LazyLock::new(|| pattern(r\"^[a-z]+$\"));\n    PATTERN.is_match(value)\n}\n";
    let (text, mutants) = mutate("a.rs", file, &mut 0, &[]).unwrap();
    syn::parse_file(&text).unwrap();
    let found: Vec<&str> = mutants.iter().map(|mutant| mutant.what.as_str()).collect();
    let expected = [
        "a is true",
        "a is false",
        r#"r"^[a-z]+$" is r"^[a-z]+$x""#,
        r#"r"^[a-z]+$" is r"[a-z]+$""#,
        r#"r"^[a-z]+$" is r"^[a-z]+""#,
    ];
    assert_eq!(found, expected);
    // It is made anew for each of the last three.
    for expected in [
        "mutant::Remade<Regex>",
        "mutant::Remade::new(3, 5, || pattern(",
    ] {
        assert!(text.contains(expected), "{expected} is not in {text}");
    }
}

#[test]
fn a_message_is_no_rule() {
    let file = "fn a(value: &str) -> Regex { Regex::new(value).expect(\"it is one\") }\n";
    let (_, mutants) = mutate("a.rs", file, &mut 0, &[]).unwrap();
    assert!(mutants.is_empty(), "{mutants:?}");
}

#[test]
fn bytes_keep_their_number_which_is_part_of_their_type() {
    let file = "fn one(value: &[u8]) -> bool { value == b\"ab\\n\" }\n";
    let (_, mutants) = mutate("postgres.rs", file, &mut 0, &[]).unwrap();
    let found: Vec<&str> = mutants.iter().map(|mutant| mutant.what.as_str()).collect();
    assert!(
        found.iter().any(|what| what.ends_with("is b\"ab\\x0b\"")),
        "{found:#?}"
    );
}

#[test]
fn a_check_loses_its_sides_its_list_and_the_order_of_its_arms() {
    let rule = "(a: bool, b: bool, c: &str) -> bool { if a { a && b } else { matches!(c, \"x\" | \"y\") || b } }\n";
    let found = |name: &str| {
        let (text, mutants) =
            mutate("postgres.rs", &format!("fn {name}{rule}"), &mut 0, &[]).unwrap();
        syn::parse_file(&text).unwrap();
        let found = mutants.into_iter().map(|mutant| mutant.what);
        found.collect::<Vec<String>>()
    };
    let of_check = found("domain_a");
    for expected in [
        "`if a` with its arms exchanged",
        "a && b without its right side",
        "a && b without its left side",
        "matches!(c, \"x\" | \"y\") without \"x\"",
        "matches!(c, \"x\" | \"y\") without \"y\"",
        "matches!(c, \"x\" | \"y\") || b with `&&`",
    ] {
        assert!(
            of_check.contains(&expected.to_owned()),
            "{expected}: {of_check:#?}"
        );
    }
    // A rule of a type keeps what it has two of for speed.
    let of_type = found("a");
    assert_eq!(of_check.len() - of_type.len(), 7, "{of_type:#?}");
}

#[test]
fn the_right_side_of_a_mutant_may_leave_the_function() {
    let file = "fn a(value: &Value) -> Option<bool> { Some(value.is_array() && value.as_array()?.len() > 1) }\n";
    let (text, mutants) = mutate("a.rs", file, &mut 0, &[]).unwrap();
    syn::parse_file(&text).unwrap();
    assert!(
        mutants
            .iter()
            .any(|mutant| mutant.what.ends_with("with `||`"))
    );
    let (before, _) = text.split_once("as_array()?").unwrap();
    assert!(!before.contains("|| ("), "{text}");
}
