//! Law 4: for a browser each layer is one error that says why, and nothing comes before it.
//!
//! `rustc` is told of another family of targets than its own, so no other target has to be installed.

use super::{LAYERS, root, tool};

#[test]
fn a_browser_is_refused_with_one_sentence() {
    for (package, folder) in LAYERS {
        let told = compile(folder, &["--cfg", "target_family=\"wasm\""]);
        let errors: Vec<&str> = (told.lines())
            .filter(|line| line.starts_with("error"))
            .collect();
        let [first, rest @ ..] = errors.as_slice() else {
            panic!("{package} compiles for browsers:\n{told}");
        };
        assert!(
            first.starts_with(&format!("error: {package} runs on servers only: ")),
            "{told}"
        );
        // What rustc closes with is no further reason.
        assert!(
            rest.iter()
                .all(|line| line.contains("aborting due to 1 previous error")),
            "{told}"
        );
    }
}

/// The twin: for this machine the sentence does not come.
#[test]
fn the_sentence_is_for_browsers() {
    for (_, folder) in LAYERS {
        let told = compile(folder, &[]);
        assert!(!told.contains("runs on servers only"), "{told}");
    }
}

/// Without its dependencies, of which none is needed for a browser.
fn compile(folder: &str, more: &[&str]) -> String {
    let folder = root().join(folder);
    let emitted = tempfile::tempdir().unwrap();
    let output = tool("rustc")
        .args([
            "--edition",
            "2024",
            "--crate-type",
            "lib",
            "--emit",
            "metadata",
        ])
        .args([
            "-A",
            "explicit_builtin_cfgs_in_flags",
            "--cfg",
            "feature=\"schema\"",
            "--cfg",
            "feature=\"http\"",
        ])
        .args(more)
        .arg("--out-dir")
        .arg(emitted.path())
        .arg(folder.join("src/lib.rs"))
        .output()
        .unwrap();
    assert!(!output.status.success());
    String::from_utf8(output.stderr).unwrap()
}

/// Cargo builds the dependencies first: one that does not compile for browsers would hide the sentence.
#[test]
fn no_dependency_is_built_for_browsers_before_it() {
    let metadata = cargo_metadata::MetadataCommand::new()
        .manifest_path(root().join("Cargo.toml"))
        .no_deps()
        .exec()
        .unwrap();
    let mut seen = 0;
    for package in metadata.workspace_packages() {
        if !LAYERS
            .iter()
            .any(|(layer, _)| *layer == package.name.as_str())
        {
            continue;
        }
        for dependency in &package.dependencies {
            if dependency.kind == cargo_metadata::DependencyKind::Development {
                continue;
            }
            seen += 1;
            let target = dependency.target.as_ref().map(ToString::to_string);
            assert_eq!(
                target.as_deref(),
                Some(r#"cfg(not(target_family = "wasm"))"#),
                "{} of {}",
                dependency.name,
                package.name
            );
        }
    }
    assert!(seen >= 40, "{seen} dependencies");
}
