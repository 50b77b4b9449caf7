//! The packages and what they depend on, from `cargo metadata` with all features and every target.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use cargo_metadata::{CargoOpt, DependencyKind, Metadata, MetadataCommand, TargetKind};
use toml::Spanned;
use toml::de::DeTable;

use super::LayersError;
use super::finding::line_at;

/// A workspace as its manifests have it.
#[derive(Debug)]
pub(super) struct Workspace {
    /// The members, by name.
    pub(super) packages: Vec<Package>,
    /// Names of all packages in the graph, those of others included.
    pub(super) graph: BTreeSet<String>,
    /// Packages that are no members and depend on one.
    pub(super) outsiders: Vec<Outsider>,
}

/// A member.
#[derive(Debug)]
pub(super) struct Package {
    pub(super) name: String,
    /// Absolute.
    pub(super) manifest: PathBuf,
    /// Name of the library as a crate, if it has one.
    pub(super) library: Option<String>,
    /// Root files of the library and of the binaries.
    pub(super) roots: Vec<PathBuf>,
    pub(super) dependencies: Vec<Dependency>,
    pub(super) features: BTreeMap<String, Vec<String>>,
}

/// A direct dependency, in use or not: optional ones, those of other targets and those of tests are all here.
#[derive(Debug)]
pub(super) struct Dependency {
    /// Name of the package, whatever the manifest renames it to.
    pub(super) name: String,
    /// Name in `use`.
    pub(super) extern_name: String,
    pub(super) kind: DependencyKind,
    /// Where the manifest names it, counted from 1.
    pub(super) line: usize,
    pub(super) default_features: bool,
    pub(super) features: Vec<String>,
}

/// A package beside the workspace that depends on a member of it.
#[derive(Debug)]
pub(super) struct Outsider {
    pub(super) name: String,
    pub(super) manifest: PathBuf,
    pub(super) member: String,
}

impl Workspace {
    /// Asks Cargo. It needs the crates of the lock file at hand, those for other targets included: `cargo fetch`.
    pub(super) fn read(root: &Path) -> Result<Self, LayersError> {
        let mut command = MetadataCommand::new();
        command
            .manifest_path(root.join("Cargo.toml"))
            .features(CargoOpt::AllFeatures);
        if root.join("Cargo.lock").is_file() {
            // A check writes nothing.
            command.other_options(["--locked".to_owned()]);
        }
        let metadata = command.exec()?;
        Self::of(&metadata)
    }

    /// The member of that name.
    pub(super) fn package(&self, name: &str) -> Option<&Package> {
        self.packages.iter().find(|package| package.name == name)
    }

    fn of(metadata: &Metadata) -> Result<Self, LayersError> {
        let members = metadata.workspace_packages();
        let libraries: BTreeMap<&str, String> = members
            .iter()
            .filter_map(|package| Some((package.name.as_str(), library(package)?)))
            .collect();
        let mut packages = Vec::new();
        for package in &members {
            let manifest = package.manifest_path.as_std_path().to_path_buf();
            let text = super::read(&manifest)?;
            let document = DeTable::parse(&text).ok();
            let dependencies = package
                .dependencies
                .iter()
                .map(|dependency| Dependency {
                    extern_name: extern_name(dependency, &libraries),
                    line: line_of(&text, document.as_ref(), dependency),
                    name: dependency.name.clone(),
                    kind: dependency.kind,
                    default_features: dependency.uses_default_features,
                    features: dependency.features.clone(),
                })
                .collect();
            packages.push(Package {
                name: package.name.to_string(),
                manifest,
                library: library(package),
                roots: package
                    .targets
                    .iter()
                    .filter(|target| is_library(target) || target.is_bin())
                    .map(|target| target.src_path.as_std_path().to_path_buf())
                    .collect(),
                dependencies,
                features: package.features.clone(),
            });
        }
        packages.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(Self {
            packages,
            graph: metadata
                .packages
                .iter()
                .map(|package| package.name.to_string())
                .collect(),
            outsiders: outsiders(metadata),
        })
    }
}

fn is_library(target: &cargo_metadata::Target) -> bool {
    target.kind.iter().any(|kind| {
        matches!(
            kind,
            TargetKind::Lib
                | TargetKind::RLib
                | TargetKind::DyLib
                | TargetKind::CDyLib
                | TargetKind::StaticLib
                | TargetKind::ProcMacro
        )
    })
}

fn library(package: &cargo_metadata::Package) -> Option<String> {
    let target = package.targets.iter().find(|target| is_library(target))?;
    Some(target.name.replace('-', "_"))
}

fn extern_name(
    dependency: &cargo_metadata::Dependency,
    libraries: &BTreeMap<&str, String>,
) -> String {
    match &dependency.rename {
        Some(rename) => rename.replace('-', "_"),
        None => match libraries.get(dependency.name.as_str()) {
            Some(library) => library.clone(),
            None => dependency.name.replace('-', "_"),
        },
    }
}

fn outsiders(metadata: &Metadata) -> Vec<Outsider> {
    let Some(resolve) = &metadata.resolve else {
        return Vec::new();
    };
    let members: BTreeMap<_, _> = metadata
        .workspace_packages()
        .into_iter()
        .map(|package| (&package.id, package.name.to_string()))
        .collect();
    let mut found = Vec::new();
    for node in &resolve.nodes {
        if members.contains_key(&node.id) {
            continue;
        }
        let package = &metadata[&node.id];
        for dependency in &node.dependencies {
            if let Some(member) = members.get(dependency) {
                found.push(Outsider {
                    name: package.name.to_string(),
                    manifest: package.manifest_path.as_std_path().to_path_buf(),
                    member: member.clone(),
                });
            }
        }
    }
    found
}

/// Where the manifest names the dependency. The first line where it cannot be told.
fn line_of(
    manifest: &str,
    document: Option<&Spanned<DeTable<'_>>>,
    dependency: &cargo_metadata::Dependency,
) -> usize {
    let key = dependency.rename.as_deref().unwrap_or(&dependency.name);
    let section = match dependency.kind {
        DependencyKind::Development => "dev-dependencies",
        DependencyKind::Build => "build-dependencies",
        _ => "dependencies",
    };
    let Some(document) = document else {
        return 1;
    };
    let table = document.get_ref();
    let sections: Vec<_> = match &dependency.target {
        None => table.get(section).into_iter().collect(),
        Some(platform) => table
            .get("target")
            .and_then(|targets| targets.get_ref().get(platform.to_string()))
            .and_then(|target| target.get_ref().get(section))
            .into_iter()
            .collect(),
    };
    sections
        .iter()
        .filter_map(|section| section.get_ref().as_table())
        .find_map(|section| section.get_key_value(key))
        .map_or(1, |(key, _)| line_at(manifest, key.span().start))
}
