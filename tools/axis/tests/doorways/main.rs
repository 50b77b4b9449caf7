//! Law 3 and law 4: what each crate offers is listed in its public-api.txt, and none of them is for browsers.
#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test stops at its first surprise"
)]

mod browsers;
mod documents;
mod listing;
mod offered;

use std::path::{Path, PathBuf};
use std::process::Command;

/// Package, folder, and the crate's name: the four layers.
const LAYERS: [(&str, &str); 4] = [
    ("axis-db", "crates/db"),
    ("axis-db-contract", "crates/db-contract"),
    ("axis-schema", "crates/schema"),
    ("axis-adapters", "crates/adapters"),
];

/// The compiler whose rustdoc the crate `public-api` reads.
const COMPILER: &str = "1.95.0";

/// Whether this compiler is it. Where it is not, the test is skipped and counted; in CI it must be.
fn is_the_compiler() -> bool {
    let output = tool("rustc").arg("--version").output().unwrap();
    let version = String::from_utf8(output.stdout).unwrap();
    let is = version.split(' ').nth(1) == Some(COMPILER);
    if !is {
        assert!(
            std::env::var_os("CI").is_none(),
            "CI needs rustc {COMPILER}, not {version}"
        );
        let why = format!(
            "they are of rustc {COMPILER}, and this is {}",
            version.trim()
        );
        axis_testkit::skip("the listings of the public API", &why);
    }
    is
}

/// A tool of the toolchain that runs this test.
fn tool(name: &str) -> Command {
    let beside = std::env::var_os("CARGO").map(|cargo| PathBuf::from(cargo).with_file_name(name));
    Command::new(
        beside
            .filter(|path| path.is_file())
            .unwrap_or_else(|| name.into()),
    )
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .nth(2)
        .unwrap()
}

fn target() -> PathBuf {
    // This test is target/debug/deps/doorways-..
    let test = std::env::current_exe().unwrap();
    test.ancestors().nth(3).unwrap().to_path_buf()
}
