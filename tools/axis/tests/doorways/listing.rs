//! The committed listings, compared with what rustdoc sees.

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use public_api::{Builder, PublicApi};
use similar::TextDiff;

use super::{LAYERS, root, target, tool};

/// Set to 1, the listings are written instead of compared.
const ACCEPT: &str = "AXIS_ACCEPT_PUBLIC_API";

/// The listings as they are now, in the order of [`LAYERS`].
static NOW: LazyLock<[String; 4]> = LazyLock::new(|| {
    document();
    LAYERS.map(|(package, _)| of_json(&json_of(package)))
});

#[test]
fn what_each_crate_offers_is_what_its_listing_says() {
    if !super::is_the_compiler() {
        return;
    }
    let mut differences = String::new();
    for ((package, folder), now) in LAYERS.iter().zip(&*NOW) {
        assert!(
            now.lines().count() >= 80,
            "{package} offers next to nothing:\n{now}"
        );
        let path = root().join(folder).join("public-api.txt");
        if std::env::var(ACCEPT).is_ok_and(|value| value == "1") {
            assert!(std::env::var_os("CI").is_none(), "a person accepts, not CI");
            std::fs::write(&path, now).unwrap();
        }
        let committed = std::fs::read_to_string(&path).unwrap_or_default();
        differences += &difference(&format!("{folder}/public-api.txt"), &committed, now);
    }
    assert!(differences.is_empty(), "{differences}");
}

/// A listing accepts whatever its author does; this is accepted by no variable.
#[test]
fn no_layer_offers_another_one() {
    if !super::is_the_compiler() {
        return;
    }
    LazyLock::force(&NOW);
    for (package, _) in LAYERS {
        let offered = super::offered::again(&json_of(package));
        assert!(
            offered.is_empty(),
            "{package} offers what is of another layer: {offered:?}"
        );
    }
    let of_contract = &NOW[1];
    let derived = |line: &str| line.ends_with(" for axis_db_contract::users::Select");
    assert!(
        of_contract
            .lines()
            .any(|line| derived(line) && line.contains("diesel::"))
    );
    assert!(
        !of_contract
            .lines()
            .any(|line| line.contains("serde") && line.contains("::Select"))
    );
}

/// The twin: a change is shown, with the command that accepts it.
#[test]
fn a_difference_says_how_to_accept_it() {
    let now = "pub fn axis_db::kept()\npub fn axis_db::added()\n";
    let told = difference(
        "crates/db/public-api.txt",
        "pub fn axis_db::kept()\npub fn axis_db::removed()\n",
        now,
    );
    for part in [
        "-pub fn axis_db::removed()",
        "+pub fn axis_db::added()",
        "major version",
        "AXIS_ACCEPT_PUBLIC_API=1 cargo test",
    ] {
        assert!(told.contains(part), "{part:?} is not in\n{told}");
    }
    assert_eq!(difference("any", now, now), "");
}

fn difference(file: &str, committed: &str, now: &str) -> String {
    if committed == now {
        return String::new();
    }
    let lines = TextDiff::from_lines(committed, now);
    let shown = lines
        .unified_diff()
        .context_radius(0)
        .header(file, "what the crate offers now")
        .to_string();
    format!(
        "{shown}\nA removal, or a contract that accepts less, is a major version: CHANGELOG.md says so. If the change is meant:\n\
         {ACCEPT}=1 cargo test -p axis --test doorways\n\n"
    )
}

/// Lets rustdoc write JSON, which it does as an unstable feature. Only rustdoc is told that it may: told to Cargo, every
/// dependency would be built again.
fn document() {
    let folder = target().join("public-api");
    std::fs::create_dir_all(&folder).unwrap();
    let rustdoc = folder.join("rustdoc");
    let program = tool("rustdoc").get_program().to_owned();
    let script = format!("#!/bin/sh\nRUSTC_BOOTSTRAP=1 exec {program:?} \"$@\"\n");
    std::fs::write(&rustdoc, script).unwrap();
    std::fs::set_permissions(&rustdoc, std::fs::Permissions::from_mode(0o755)).unwrap();
    // The whole workspace, as `.ci/run` documents it: with other features the dependencies would be checked anew.
    let mut cargo = Command::new(env!("CARGO"));
    // What Cargo tells this test of its package. Build scripts that watch it (ring's does) would run anew, now and at the next
    // build of the workspace, with all that stands on them.
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy();
        if name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_") {
            cargo.env_remove(&*name);
        }
    }
    let output = cargo
        .args(["doc", "--workspace", "--no-deps", "--lib", "--locked"])
        .arg("--target-dir")
        .arg(target())
        .current_dir(root())
        .env("RUSTDOC", &rustdoc)
        .env(
            "RUSTDOCFLAGS",
            "-Z unstable-options --output-format json --cap-lints allow",
        )
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
}

fn json_of(package: &str) -> PathBuf {
    target().join(format!("doc/{}.json", package.replace('-', "_")))
}

/// One line for each item. What a derive makes is one line too, the `impl`.
fn of_json(path: &Path) -> String {
    let builder = || {
        Builder::from_rustdoc_json(path)
            .omit_blanket_impls(true)
            .omit_auto_trait_impls(true)
    };
    let lines = |api: &PublicApi| -> Vec<String> {
        (api.items())
            .map(|item| item.to_string())
            .filter(|line| !is_of_diesel(line))
            .collect()
    };
    let all = builder().build().unwrap();
    let by_hand = builder().omit_auto_derived_impls(true).build().unwrap();
    let by_hand: BTreeSet<String> = lines(&by_hand).into_iter().collect();
    lines(&all)
        .into_iter()
        .filter(|line| by_hand.contains(line) || line.starts_with("impl"))
        .map(|line| line + "\n")
        .collect()
}

/// What `diesel::table!` makes of schema.rs: hundreds of lines that say nothing which the contracts do not.
fn is_of_diesel(line: &str) -> bool {
    line.contains("axis_db::schema::") || line.starts_with("pub type diesel::")
}
