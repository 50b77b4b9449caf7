//! The command, run in a folder that is no project.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::Command;

/// How it ended, and what it said.
pub(crate) struct Outcome {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// A cache for those who are in no project, in which the scratch crates are those of this workspace: what they depend on is
/// compiled once.
pub(crate) fn cache() -> PathBuf {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let target = std::env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into());
    let target = workspace.join(target).canonicalize().unwrap();
    let cache = target.join("prove-outside");
    std::fs::create_dir_all(&cache).unwrap();
    let link = cache.join("axis");
    if let Err(error) = std::os::unix::fs::symlink(&target, &link) {
        // Another test was first.
        assert_eq!(error.kind(), ErrorKind::AlreadyExists, "{error}");
    }
    cache
}

/// `axis prove` with these arguments.
pub(crate) fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_axis"));
    command
        .arg("prove")
        .args(arguments)
        .current_dir(folder)
        .env("XDG_CACHE_HOME", cache());
    command
}

/// Runs it.
pub(crate) fn prove(folder: &Path, arguments: &[&str]) -> Outcome {
    prove_with(folder, arguments, &[])
}

/// The same with these variables.
pub(crate) fn prove_with(
    folder: &Path,
    arguments: &[&str],
    variables: &[(&str, &Path)],
) -> Outcome {
    let output = command(folder, arguments)
        .envs(variables.iter().copied())
        .output()
        .unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Outcome {
        code: output.status.code(),
        stdout: text(&output.stdout),
        stderr: text(&output.stderr),
    }
}

/// Fails unless it ended with this code and said each of these.
pub(crate) fn assert_refused(outcome: &Outcome, code: i32, parts: &[&str]) {
    let Outcome { stdout, stderr, .. } = outcome;
    assert_eq!(outcome.code, Some(code), "{stdout}{stderr}");
    assert!(stdout.is_empty(), "{stdout}");
    for part in parts {
        assert!(stderr.contains(part), "{part:?} is not in {stderr}");
    }
}
