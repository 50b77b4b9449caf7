//! `axis check doors` on small workspaces.

use std::path::Path;
use std::process::Command;

const LINT: &str = "clippy::disallowed_methods";

struct Answer {
    passed: bool,
    text: String,
}

/// A layer of one file, under an axis.toml that states one exemption.
fn check(source: &str) -> Answer {
    check_with(source, "")
}

/// The same with more lines behind `[doors]`.
fn check_with(source: &str, doors: &str) -> Answer {
    let folder = tempfile::tempdir().unwrap();
    let write = |path: &str, text: &str| {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    write(
        "Cargo.toml",
        "[package]\nname = \"one\"\nedition = \"2024\"\n",
    );
    write("src/lib.rs", source);
    write(
        "tests/any.rs",
        &format!("#[expect({LINT}, reason = \"a test\")]\nfn f() {{}}\n"),
    );
    write(
        "axis.toml",
        &format!(
            "[target]\npostgres = 15\n[migrations]\ndirectory = \"m\"\n[generate]\ndiesel = \"d\"\nschema_module = \"s\"\n\
             contracts = \"c\"\n[doors]\nexemptions = 1\n{doors}[layers.packages.one]\nlayer = 1\n"
        ),
    );
    run(folder.path())
}

fn run(folder: &Path) -> Answer {
    let output = Command::new(env!("CARGO_BIN_EXE_axis"))
        .args(["check", "doors"])
        .current_dir(folder)
        .env("CARGO_NET_OFFLINE", "true")
        .env("CARGO_TARGET_DIR", env!("CARGO_TARGET_TMPDIR"))
        .output()
        .unwrap();
    Answer {
        passed: output.status.success(),
        text: String::from_utf8_lossy(&output.stdout).into_owned()
            + &String::from_utf8_lossy(&output.stderr),
    }
}

#[test]
fn an_exemption_is_listed_with_its_reason() {
    let answer = check(
        "mod a {\n#[expect(\n    clippy::disallowed_methods,\n    reason = \"text is constant\"\n)]\nfn f() {}\n}\n",
    );
    assert!(answer.passed, "{}", answer.text);
    for words in [
        "src/lib.rs:2: text is constant",
        "tests/any.rs:1: a test",
        "2 exemptions in 2 source files, 1 of them in the layers and 1 in",
    ] {
        assert!(
            answer.text.contains(words),
            "{words:?} is not in\n{}",
            answer.text
        );
    }
}

#[test]
fn what_hides_a_door_is_refused() {
    let cases = [
        (
            "not one exemption",
            "",
            "states 1 exemptions in the layers, and there are 0",
        ),
        (
            "one more than is stated",
            "#[expect(clippy::disallowed_methods, reason = \"a\")] fn f() {}\n#[expect(clippy::disallowed_methods, reason = \"b\")] fn g() {}",
            "there are 2",
        ),
        (
            "no reason",
            "#[expect(clippy::disallowed_methods)] fn f() {}",
            "src/lib.rs:1: an exemption without a reason",
        ),
        (
            "an empty reason",
            "#[expect(clippy::disallowed_methods, reason = \" \")] fn f() {}",
            "without a reason",
        ),
        (
            "allowed",
            "\n#[allow(clippy::disallowed_methods, reason = \"a\")] fn f() {}",
            "src/lib.rs:2: `allow` does not say",
        ),
        (
            "allowed for a file",
            "#![allow(dead_code, clippy::disallowed_methods)]",
            "src/lib.rs:1: `allow` does not say",
        ),
        (
            "with its group",
            "#![allow(clippy::style)]",
            "`allow(clippy::style)` hides the bans",
        ),
        (
            "with all of clippy",
            "mod a { #![allow(clippy::all)] }",
            "`allow(clippy::all)` hides",
        ),
        (
            "with everything",
            "#![expect(warnings, reason = \"a\")]",
            "`expect(warnings)` hides",
        ),
        (
            "under a condition",
            "#[cfg_attr(test, allow(clippy::disallowed_methods))] fn f() {}",
            "`allow` does not say",
        ),
        (
            "in a macro",
            "m! { #[allow(clippy::disallowed_methods)] fn f() {} }",
            "`allow` does not say",
        ),
        (
            "an operator",
            "diesel::infix_operator!(Plus, &text());",
            "`infix_operator` writes",
        ),
        (
            "on an expression",
            "fn f() { #[allow(clippy::disallowed_methods)] g(); }",
            "`allow` does not say",
        ),
    ];
    for (about, source, words) in cases {
        let answer = check(source);
        assert!(
            !answer.passed && answer.text.contains(words),
            "{about}: {words:?} is not in\n{}",
            answer.text
        );
    }
}

#[test]
fn a_file_that_writes_constants_is_named_with_its_reason() {
    let one = "#[expect(clippy::disallowed_methods, reason = \"a\")] fn f() {}\n";
    let writes = format!("{one}fn g() {{ out.push_sql(\" LIMIT 11\"); }}\n");
    let named = "[doors.of_diesel]\n\"src/lib.rs\" = { doors = 1, reason = \"a constant\" }\n";
    let twice = format!("{writes}fn h() {{ out.push_sql(input); }}\n");
    for (source, doors, passes, words) in [
        (&*writes, named, true, "src/lib.rs:2: a constant"),
        (&*writes, "", false, "src/lib.rs:2: `push_sql` writes SQL"),
        (
            &*twice,
            named,
            false,
            "src/lib.rs:2: axis.toml states 1 doors of Diesel here, and there are 2",
        ),
        (
            &*writes,
            "[doors.of_diesel]\n\"src/lib.rs\" = { doors = 1, reason = \" \" }\n",
            false,
            "src/lib.rs:2: `push_sql` writes SQL",
        ),
        (
            one,
            named,
            false,
            "names src/lib.rs, which needs it no longer",
        ),
    ] {
        let answer = check_with(source, doors);
        assert!(
            answer.passed == passes && answer.text.contains(words),
            "{words:?} is not in\n{}",
            answer.text
        );
    }
}

/// The repository's own count is the one that axis.toml states.
#[test]
fn the_repositorys_exemptions_are_counted() {
    let answer = run(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../.."));
    assert!(answer.passed, "{}", answer.text);
    assert!(answer.text.contains(" exemptions in "), "{}", answer.text);
}
