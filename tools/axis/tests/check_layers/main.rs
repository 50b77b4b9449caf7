//! `axis check layers` on small workspaces: one that keeps the laws, and for each kind of rule one that does not.
#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test stops at its first surprise"
)]

mod edges;
mod fixture;
mod removed_rules;
mod repository;
mod skeleton;

use fixture::Edit::{self, Append, Replace};

/// A workspace that must be refused: what it is about, the edits, the place, and words of the finding.
type Case = (&'static str, &'static [Edit], &'static str, &'static str);

#[test]
fn a_workspace_that_keeps_the_laws_passes() {
    let answer = fixture::check(&[]);
    assert!(answer.passed, "{}", answer.text);
    // If this number falls, the check has begun to overlook something.
    assert!(
        answer.text.contains(
            "6 packages with 16 dependencies, 8 of them edges of the workspace; \
             knows 30 edges between them: 6 allowed, 2 for tests only, 22 forbidden; \
             9 from a package to a crate that it may not know; 7 entries of deny.toml"
        ),
        "{}",
        answer.text
    );
}

/// Not forbidden, though close to what is.
#[test]
#[rustfmt::skip] // One case a line.
fn what_is_close_to_a_wrong_passes() {
    let cases: &[(&str, &[Edit])] = &[
        ("a re-export inside of the crate", &[Append("two/src/lib.rs", "pub(crate) use one::Pool;")]),
        ("a re-export of one's own", &[Append("two/src/lib.rs", "mod one2 { pub struct Pool; }\npub use self::one2::Pool;")]),
        ("a module of a crate's name", &[Append("two/src/lib.rs", "mod garde { pub struct X; }\npub use self::garde::X;")]),
        ("a crate that nobody below is kept from", &[Append("three/src/lib.rs", "pub use garde;")]),
        ("an alias of one's own", &[Append("two/src/lib.rs", "pub type Row = rows::Select; type Pool = one::Pool; pub type Rows = Vec<Row>;")]),
        ("one's own beside a star", &[Append("two/src/lib.rs", "mod a { use one::*; pub struct Mine; }\npub use a::Mine;\nuse one::*; pub struct Own; pub type Same = Own;")]),
        ("another type that derives", &[Append("two/src/rows.rs", "#[derive(serde::Serialize)] struct Selection;")]),
        ("edition 2018", &[Replace("four/Cargo.toml", "2021", "2018")]),
        ("a dependency of another family", &[Append("three/Cargo.toml", "serde = { path = \"../others/serde\" }")]),
        ("text", &[Append("four/src/http/users.rs", "#[doc = \"two::Insert\"] const TEXT: &str = \"two::Insert\";")]),
        ("a star of one's own", &[Append("four/src/repositories.rs", "mod sky { pub fn star() {} }\nuse sky::star;\nfn g() { star(); sky::star(); }")]),
        ("an import of an import", &[Append("four/src/repositories.rs", "mod tests { use super::*; fn f() { let _ = users::X; } }")]),
    ];
    for (about, edits) in cases {
        let answer = fixture::check(edits);
        assert!(answer.passed, "{about}:\n{}", answer.text);
    }
}

#[test]
#[rustfmt::skip] // One case a line.
fn forbidden_edges_are_refused() {
    refused(&[
        ("not stated", &[Append("three/Cargo.toml", "one = { path = \"../one\" }")], "three/Cargo.toml:8", "three depends on one (dependency)"),
        ("for tests", &[Append("three/Cargo.toml", "[dev-dependencies]\none = { path = \"../one\" }")], "three/Cargo.toml:9", "three depends on one (dev-dependency)"),
        ("for the build", &[Append("three/Cargo.toml", "[build-dependencies]\none = { path = \"../one\" }"), Append("three/build.rs", "fn main() {}")], "three/Cargo.toml:9", "(build-dependency)"),
        ("optional", &[Append("three/Cargo.toml", "one = { path = \"../one\", optional = true }")], "three/Cargo.toml:8", "three depends on one"),
        ("for Windows", &[Append("three/Cargo.toml", "[target.'cfg(windows)'.dependencies]\none = { path = \"../one\" }")], "three/Cargo.toml:9", "three depends on one"),
        ("renamed", &[Append("three/Cargo.toml", "kit = { path = \"../one\", package = \"one\" }")], "three/Cargo.toml:8", "three depends on one"),
        ("against the chain", &[Append("two/Cargo.toml", "[dev-dependencies]\nfour = { path = \"../four\" }")], "two/Cargo.toml:11", "never on one below"),
        ("a layer on a tool", &[Append("two/Cargo.toml", "kit = { path = \"../kit\" }")], "two/Cargo.toml:10", "never on one below or on a tool"),
        ("not only its tests", &[Replace("four/Cargo.toml", "[dev-dependencies]\n", "")], "four/Cargo.toml:12", "move it to [dev-dependencies]"),
        ("a tool on a contract", &[Append("kit/Cargo.toml", "[dependencies]\ntwo = { path = \"../two\" }")], "kit/Cargo.toml:5", "a tool builds while L2 to L4 do not compile"),
        ("a tool on the tables", &[Replace("tool/Cargo.toml", ", default-features = false", "")], "tool/Cargo.toml:6", "with its feature `schema`"),
        ("a bridge", &[Append("others/bridge/Cargo.toml", "[package]\nname = \"bridge\"\n[dependencies]\none = { path = \"../../one\" }"), Append("others/bridge/src/lib.rs", ""), Append("three/Cargo.toml", "bridge = { path = \"../others/bridge\" }")], "others/bridge/Cargo.toml:1", "bridge between layers"),
        ("a package without a place", &[Replace("Cargo.toml", "\"kit\"", "\"kit\", \"five\""), Append("five/Cargo.toml", "[package]\nname = \"five\""), Append("five/src/lib.rs", "")], "five/Cargo.toml:1", "axis.toml does not know the package five"),
    ]);
}

#[test]
#[rustfmt::skip] // One case a line.
fn crates_that_a_layer_may_not_know_are_refused() {
    refused(&[
        ("plain", &[Append("three/Cargo.toml", "axum = { path = \"../others/axum\" }")], "three/Cargo.toml:8", "three depends on axum (dependency), which belongs to http"),
        ("for tests", &[Append("one/Cargo.toml", "garde = { path = \"../others/garde\" }")], "one/Cargo.toml:12", "one depends on garde (dev-dependency), which belongs to validation"),
        ("optional", &[Append("three/Cargo.toml", "query = { path = \"../others/query\", optional = true }")], "three/Cargo.toml:8", "three depends on query"),
        ("renamed", &[Append("three/Cargo.toml", "innocent = { path = \"../others/query\", package = \"query\" }")], "three/Cargo.toml:8", "three depends on query"),
        ("for Windows", &[Append("one/Cargo.toml", "[target.'cfg(windows)'.dependencies]\nserde = { path = \"../others/serde\" }")], "one/Cargo.toml:13", "one depends on serde"),
        ("by a star", &[Append("others/extra/Cargo.toml", "[package]\nname = \"axum-extra\""), Append("others/extra/src/lib.rs", ""), Append("two/Cargo.toml", "axum-extra = { path = \"../others/extra\" }")], "two/Cargo.toml:10", "two depends on axum-extra"),
    ]);
}

#[test]
#[rustfmt::skip] // One case a line.
fn statements_that_disagree_are_refused() {
    refused(&[
        ("allowed and not needed", &[Replace("axis.toml", "[layers.packages.kit]", "[layers.packages.kit]\ndepends_on = [\"one\"]")], "axis.toml:33", "kit may depend on one, and does not"),
        ("allowed here, not there", &[Replace("deny.toml", "[\"four\", \"tool\", \"two\"]", "[\"four\", \"two\"]")], "deny.toml:5", "axis.toml allows the edge from tool to one, deny.toml does not"),
        ("allowed there, not here", &[Replace("deny.toml", "[\"four\"] },\n    { crate = \"kit\"", "[\"four\", \"two\"] },\n    { crate = \"kit\"")], "deny.toml:7", "deny.toml allows the edge from two to three, axis.toml does not"),
        ("no ban at all", &[Replace("deny.toml", "    { crate = \"three\", wrappers = [\"four\"] },\n", "")], "deny.toml:1", "axis.toml allows the edge from four to three, deny.toml does not"),
        ("only the tests need it", &[Replace("axis.toml", "depends_on = [\"one\", \"two\", \"three\"]\ntests_depend_on = [\"kit\"]", "depends_on = [\"one\", \"two\", \"three\", \"kit\"]")], "axis.toml:28", "cannot be allowed"),
        ("a statement against the law", &[Replace("axis.toml", "tests_depend_on = [\"kit\"]\nmay_not_know", "tests_depend_on = [\"kit\", \"two\"]\nmay_not_know")], "axis.toml:14", "the edge from one to two cannot be allowed"),
        ("one place for two layers", &[Replace("axis.toml", "layer = 3", "layer = 2")], "axis.toml", "as another package has"),
        ("a package that is not there", &[Append("axis.toml", "[layers.packages.six]")], "axis.toml", "the workspace has no package six"),
        ("a family that is not there", &[Replace("axis.toml", "[\"http\", \"queries\"]", "[\"htpp\", \"queries\"]")], "axis.toml:25", "[layers.families] has no htpp"),
        ("a family for nobody", &[Replace("axis.toml", "http = [", "caches = [\"moka\"]\nhttp = [")], "axis.toml:35", "no package has caches in may_not_know"),
        ("a feature that is not there", &[Replace("axis.toml", "tools_go_without = [\"schema\"]", "tools_go_without = [\"shcema\"]")], "axis.toml:17", "one has no feature shcema"),
        ("a public module that is not there", &[Replace("axis.toml", "public_modules = [\"schema\"]", "public_modules = [\"schema\", \"pool\"]")], "axis.toml:16", "public module pool in lib.rs"),
        ("a module that is not there", &[Replace("axis.toml", "module = \"http\"", "module = \"htpp\"")], "axis.toml", "four has no module htpp"),
        ("a path that is not there", &[Replace("axis.toml", "path = \"two\"", "path = \"tow\"")], "axis.toml", "four has no dependency tow"),
        ("a type that is not there", &[Replace("axis.toml", "type = \"Select\"", "type = \"Slect\"")], "axis.toml", "two has no type Slect"),
        ("a misspelt ban", &[Replace("deny.toml", "crate = \"garde\"", "crate = \"grade\"")], "deny.toml:10", "nothing in the workspace is called grade"),
        ("the crate of a misspelt ban", &[Replace("deny.toml", "crate = \"garde\"", "crate = \"grade\"")], "axis.toml:11", "deny.toml has no wrappers for garde"),
        ("a ban that axis.toml does not know", &[Replace("axis.toml", "[\"axum\", \"garde\", \"query\"]", "[\"axum\", \"garde\"]")], "deny.toml:11", "axis.toml does not say that deny.toml lists query"),
        ("a crate without a family", &[Replace("axis.toml", "serialization = [\"serde\"]", "serialization = [\"sedre\"]"), Replace("axis.toml", "\"garde\", \"query\"]", "\"garde\", \"query\", \"serde\"]")], "axis.toml:11", "serde is in no family"),
        ("a wrapper that may not know", &[Replace("deny.toml", "[\"four\", \"three\", \"two\"]", "[\"four\", \"one\", \"three\", \"two\"]")], "deny.toml:10", "deny.toml lets one depend on garde"),
        ("a ban for some versions", &[Replace("deny.toml", "crate = \"one\"", "crate = \"one@1\"")], "deny.toml:5", "for some versions only"),
        ("two bans", &[Replace("deny.toml", "[bans]\ndeny = [", "[bans]\ndeny = [{ crate = \"garde\", wrappers = [\"two\"] },")], "deny.toml:4", "banned more than once"),
        ("default features only", &[Replace("deny.toml", "all-features = true", "all-features = false")], "deny.toml:1", "set all-features = true"),
        ("one target only", &[Replace("deny.toml", "all-features = true", "all-features = true\ntargets = [\"x86_64-unknown-linux-gnu\"]")], "deny.toml:1", "remove targets"),
        ("members let through", &[Replace("deny.toml", "[bans]", "[bans]\nallow-workspace = true")], "deny.toml:1", "remove allow-workspace"),
    ]);
}

#[test]
#[rustfmt::skip] // One case a line.
fn a_layer_offered_again_is_refused() {
    let in_two = |text: &'static str| -> &'static [Edit] {
        Box::leak(Box::new([Append("two/src/lib.rs", text)]))
    };
    let place = "two/src/lib.rs:";
    let words = "two offers one";
    refused(&[
        ("a type", in_two("pub use one::Pool;"), "two/src/lib.rs:3", words),
        ("the crate", in_two("pub use one;"), place, words),
        ("the crate, renamed", in_two("pub use one as x;"), place, words),
        ("absolute", in_two("pub use ::one::schema;"), place, words),
        ("a star", in_two("pub use one::*;"), place, words),
        ("in a group", in_two("pub use {std::fmt, one::{self, schema::users as u}};"), place, words),
        ("extern crate", in_two("pub extern crate one;"), place, words),
        ("extern crate, renamed", in_two("pub extern crate one as x;"), place, words),
        ("raw", in_two("pub use r#one::Pool;"), place, words),
        ("in two steps", in_two("use one as x;\npub use x::Pool;"), "two/src/lib.rs:4", words),
        ("in two steps, by self", in_two("use one::schema;\npub use self::schema::users;"), "two/src/lib.rs:4", words),
        ("through a module", in_two("mod a { pub(crate) use one as b; }\npub use a::b::Pool;"), "two/src/lib.rs:4", words),
        ("through a star", in_two("mod a { pub(crate) use one::Pool; }\nuse a::*;\npub use self::Pool as P;"), "two/src/lib.rs:5", words),
        ("a star, by a name", in_two("use one::*;\npub use self::Pool;"), "two/src/lib.rs:4", words),
        ("a star, in a module", in_two("mod a { pub(crate) use one::*; }\npub use a::Pool as P;"), "two/src/lib.rs:4", words),
        ("an alias", in_two("pub type P = one::Pool;"), place, words),
        ("an alias of an import", in_two("use one as x;\npub type P = (x::Pool);"), "two/src/lib.rs:4", words),
        ("an alias through a star", in_two("use one::*;\npub type P = Pool;"), "two/src/lib.rs:4", words),
        ("an alias in a module", in_two("mod a { pub type P = ::one::Pool; }"), place, words),
        ("an alias by a macro", in_two("items! { pub type P = one::Pool; }"), place, words),
        ("inside of a module", in_two("pub(crate) mod a { pub mod b { pub use one::Pool; } }"), place, words),
        ("inside of a macro", in_two("items! { pub use one::Pool; }"), place, words),
        ("by a macro", in_two("macro_rules! m { () => { pub use one::Pool; }; }"), place, words),
        ("by another name", &[Replace("two/Cargo.toml", "one = { path = \"../one\" }", "uno = { path = \"../one\", package = \"one\" }"), Replace("two/src/rows.rs", "use one", "use uno"), Append("two/src/lib.rs", "pub use uno::Pool;")], place, words),
        ("by the name of its library", &[Append("one/Cargo.toml", "[lib]\nname = \"uno\""), Replace("two/src/rows.rs", "use one", "use uno"), Append("two/src/lib.rs", "pub use uno::Pool;")], place, words),
        ("a crate that three may not know", in_two("pub use query::Query;"), place, "two offers query::Query again, and three may not know queries"),
    ]);
}

#[test]
#[rustfmt::skip] // One case a line.
fn wrong_names_inside_of_a_crate_are_refused() {
    let in_http = |text: &'static str| -> &'static [Edit] {
        Box::leak(Box::new([Append("four/src/http/users.rs", text)]))
    };
    let place = "four/src/http/users.rs:4";
    refused(&[
        ("use", in_http("use one::Pool;"), place, "http/ names one::Pool"),
        ("use of a contract", in_http("use two::Insert;"), place, "http/ names two::Insert"),
        ("an expression", in_http("fn f() { let _ = one::Pool; }"), place, "http/ names one::Pool"),
        ("a type", in_http("fn f(_: Option<&two::Insert>) {}"), place, "http/ names two::Insert"),
        ("a pattern", in_http("fn f(x: u8) { let one::Pool = x; }"), place, "http/ names one::Pool"),
        ("inside of a function", in_http("fn f() { use one::Pool; }"), place, "http/ names one::Pool"),
        ("a macro's words", in_http("fn f() { println!(\"{:?}\", one::Pool); }"), place, "http/ names one::Pool"),
        ("a macro's braces", in_http("m! { a => use one::{Pool, schema} }"), place, "http/ names one::"),
        ("an attribute", in_http("#[table(name = one::schema::users)] struct S;"), place, "http/ names one::schema::users"),
        ("an attribute's string", in_http("#[with(path = \"one::schema::f\")] struct S;"), place, "http/ names one::schema::f"),
        ("an alias", &[Append("four/src/repositories.rs", "pub(crate) use two as contract;"), Append("four/src/http/users.rs", "use crate::repositories::*;\nfn f() { let _ = contract::Insert; }")], "four/src/http/users.rs:5", "http/ names two::Insert"),
        ("another module's import", &[Append("four/src/repositories.rs", "pub(crate) use two as contract;"), Append("four/src/http/users.rs", "fn f(_: crate::repositories::contract::Insert) {}")], place, "http/ names two::Insert"),
        ("a module inside of the file", in_http("mod a { use super::super::super::repositories::Insert; }"), place, "http/ names two::Insert"),
        ("a contract elsewhere", &[Append("four/src/state.rs", "use two::Insert;")], "four/src/state.rs:1", "two is named outside of repositories/"),
        ("the tables elsewhere", &[Append("four/src/state.rs", "use one::{Pool, schema::users};")], "four/src/state.rs:1", "one::schema is named outside of repositories/"),
        ("the tables by a star", &[Append("four/src/state.rs", "use one::*;")], "four/src/state.rs:1", "one::schema is named outside of repositories/"),
        ("the tables by another name", &[Append("four/src/state.rs", "use one as x;\nfn f() { x::schema::users::table; }")], "four/src/state.rs:2", "one::schema is named outside of repositories/"),
        ("the tables in a binary", &[Append("four/src/bin/server.rs", "use one::schema;")], "four/src/bin/server.rs:2", "one::schema is named outside of repositories/"),
        ("a contract in a binary's module", &[Append("four/src/bin/server.rs", "mod repositories { use two::Insert; }")], "four/src/bin/server.rs:2", "two is named outside of repositories/"),
        ("a file from elsewhere", in_http("#[path = \"../repositories.rs\"] mod r;"), place, "#[path] brings in a file"),
        ("included", in_http("include!(\"../repositories.rs\");"), place, "include! brings in a file"),
        ("a root elsewhere", &[Append("four/Cargo.toml", "[[bin]]\nname = \"other\"\npath = \"other.rs\""), Append("four/other.rs", "fn main() {}")], "four/other.rs:1", "lies outside of src/"),
        ("a public module", &[Append("one/src/lib.rs", "pub mod secret {}")], "one/src/lib.rs:4", "one makes its module secret public"),
        ("every column", &[Append("four/src/repositories.rs", "fn f() { users::table.select(users::star); }")], "four/src/repositories.rs:4", "one::schema::users::star is named"),
        ("every column, through a star", &[Append("four/src/repositories.rs", "fn f() { use one::schema::users::dsl::*; table.select(star); }")], "four/src/repositories.rs:4", "one::schema::users::dsl::star is named"),
        ("every column, by another name", &[Append("four/src/repositories.rs", "use one::schema::users::star as all;")], "four/src/repositories.rs:4", "one::schema::users::star is named"),
        ("a row on the wire", &[Replace("two/src/rows.rs", "#[derive(Clone)]", "#[derive(Clone, serde::Serialize)]")], "two/src/rows.rs:2", "Select is Serialize"),
        ("a row on the wire, sometimes", &[Replace("two/src/rows.rs", "#[derive(Clone)]", "#[cfg_attr(test, derive(Deserialize))]")], "two/src/rows.rs:2", "Select is Deserialize"),
        ("a row on the wire, by hand", &[Append("two/src/lib.rs", "impl serde::Serialize for rows::Select {}")], "two/src/lib.rs:3", "Select is Serialize"),
    ]);
}

#[test]
fn a_check_that_looks_at_nothing_fails() {
    let without_layers = fixture::check(&[Replace(
        "axis.toml",
        "[layers]\n",
        "[wire_names]\n[unknown]\n",
    )]);
    assert!(!without_layers.passed, "{}", without_layers.text);
    let answer = fixture::check(&[
        Replace("deny.toml", "deny = [", "skip = ["),
        Replace("deny.toml", "all-features", "no-features"),
    ]);
    assert!(!answer.passed, "{}", answer.text);
    assert!(
        answer.text.contains("not one entry of deny.toml"),
        "{}",
        answer.text
    );
    let broken = fixture::check(&[Append("one/src/pool.rs", "<<<<<<< ours")]);
    assert!(
        !broken.passed && broken.text.contains("this is not Rust"),
        "{}",
        broken.text
    );
}

/// Whether cargo-deny is there. Where it is not, what needs it is left out and said; `.ci/run` installs it.
fn cargo_deny() -> bool {
    static THERE: std::sync::LazyLock<bool> = std::sync::LazyLock::new(|| {
        let version = std::process::Command::new("cargo-deny")
            .arg("--version")
            .output();
        let there = version.is_ok_and(|output| output.status.success());
        if !there {
            assert!(
                std::env::var_os("CI").is_none(),
                "in CI, cargo-deny must be there"
            );
            axis_testkit::skip("what cargo-deny refuses", "it is not installed");
        }
        there
    });
    *THERE
}

/// Checks that each case is refused, at its place, for its reason.
fn refused(cases: &[Case]) {
    // Most of the time goes into starting Cargo.
    std::thread::scope(|scope| {
        for share in cases.chunks(cases.len().div_ceil(4)) {
            scope.spawn(move || {
                for (about, edits, place, words) in share {
                    let answer = fixture::check(edits);
                    let text = &answer.text;
                    assert!(!answer.passed, "{about}: passed\n{text}");
                    let found =
                        text.lines().any(|line| line.starts_with(place)) && text.contains(words);
                    assert!(found, "{about}: neither {place} nor {words:?} in\n{text}");
                }
            });
        }
    });
    assert!(cases.len() >= 6, "the table has lost its cases");
}
