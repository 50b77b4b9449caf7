//! What this repository's manifests and rules say.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use cargo_metadata::{Dependency, DependencyKind, MetadataCommand};

/// The repository.
static ROOT: LazyLock<PathBuf> = LazyLock::new(|| {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    package.ancestors().nth(2).unwrap().to_path_buf()
});

/// Its packages.
pub(crate) static PACKAGES: LazyLock<Vec<Package>> = LazyLock::new(read);

/// A package of the repository.
#[derive(Clone, Debug)]
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) is_library: bool,
    pub(crate) features: BTreeMap<String, Vec<String>>,
    pub(crate) entries: Vec<Entry>,
}

/// A line of a manifest.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) section: String,
    pub(crate) key: String,
    pub(crate) package: String,
    pub(crate) more: String,
}

/// A file at the root of the repository.
pub(crate) fn file(name: &str) -> String {
    std::fs::read_to_string(ROOT.join(name)).unwrap()
}

/// The bans of deny.toml: crate, wrappers.
pub(crate) fn bans() -> Vec<(String, Vec<String>)> {
    let deny: toml::Table = file("deny.toml").parse().unwrap();
    let bans = deny["bans"]["deny"].as_array().unwrap();
    assert!(bans.len() >= 10, "deny.toml has lost its bans");
    bans.iter()
        .map(|ban| {
            let wrappers = ban["wrappers"].as_array().unwrap();
            let text = |value: &toml::Value| value.as_str().unwrap().to_owned();
            (text(&ban["crate"]), wrappers.iter().map(text).collect())
        })
        .collect()
}

/// What the manifests say of the packages and of the crates that deny.toml names.
fn read() -> Vec<Package> {
    let metadata = MetadataCommand::new()
        .manifest_path(ROOT.join("Cargo.toml"))
        .no_deps()
        .exec()
        .unwrap();
    let packages = metadata.workspace_packages();
    let mut kept: BTreeSet<String> = bans().into_iter().map(|(name, _)| name).collect();
    kept.extend(packages.iter().map(|package| package.name.to_string()));
    for (_, wrappers) in bans() {
        kept.extend(wrappers);
    }
    (packages.iter())
        .map(|package| Package {
            name: package.name.to_string(),
            is_library: package.targets.iter().any(cargo_metadata::Target::is_lib),
            features: features(package, &kept),
            entries: (package.dependencies.iter())
                .filter(|dependency| kept.contains(&dependency.name))
                .map(|dependency| entry(dependency, &packages))
                .collect(),
        })
        .collect()
}

fn features(
    package: &cargo_metadata::Package,
    kept: &BTreeSet<String>,
) -> BTreeMap<String, Vec<String>> {
    let is_there = |value: &&String| match value.strip_prefix("dep:") {
        Some(dependency) => kept.contains(dependency),
        None => package.features.contains_key(*value),
    };
    (package.features.iter())
        .map(|(name, values)| {
            (
                name.clone(),
                values.iter().filter(is_there).cloned().collect(),
            )
        })
        .collect()
}

fn entry(dependency: &Dependency, members: &[&cargo_metadata::Package]) -> Entry {
    let section = match dependency.kind {
        DependencyKind::Development => "dev-dependencies",
        DependencyKind::Build => "build-dependencies",
        _ => "dependencies",
    };
    let mut more = String::new();
    if dependency.optional {
        more += ", optional = true";
    }
    if members.iter().any(|member| member.name == dependency.name) {
        if !dependency.uses_default_features {
            more += ", default-features = false";
        }
        let _ = write!(more, ", features = {:?}", dependency.features);
    }
    Entry {
        section: match &dependency.target {
            Some(target) => format!("target.'{target}'.{section}"),
            None => section.to_owned(),
        },
        key: (dependency.rename.as_ref().unwrap_or(&dependency.name)).clone(),
        package: dependency.name.clone(),
        more,
    }
}
