//! Laws 1 and 2 on the manifests: the edges between packages, and the crates that a layer may not know.

use std::collections::BTreeSet;
use std::path::PathBuf;

use cargo_metadata::DependencyKind;
use toml::Spanned;

use super::finding::Finding;
use super::rules::Package as Stated;
use super::workspace::{Dependency, Package, Workspace};
use super::{AXIS_TOML, Inspection};

const DIRECTION: &str =
    "law 1: a layer depends on the layers above it in the chain, never on one below or on a tool";
const STATED: &str =
    "law 1: every edge between packages of the workspace stands in axis.toml, and no other does";
const TOOLS: &str = "law 1: a tool builds while L2 to L4 do not compile: it knows L1 without the tables, or no layer";
const UNKNOWING: &str = "law 2: a layer does not know what another layer is there for";
const CLASSIFIED: &str = "law 1: every package of the workspace has its place in axis.toml";

/// Compares the manifests with axis.toml.
pub(super) fn check(inspection: &Inspection<'_>) -> Vec<Finding> {
    let mut findings = statements(inspection);
    for package in &inspection.workspace.packages {
        let Some(stated) = inspection.rules.package(&package.name) else {
            findings.push(Finding {
                file: inspection.relative(&package.manifest),
                line: 1,
                what: format!("axis.toml does not know the package {}", package.name),
                law: CLASSIFIED,
                remedy: format!(
                    "state it as [layers.packages.{}], with `layer` unless it is a tool",
                    package.name
                ),
            });
            continue;
        };
        for dependency in &package.dependencies {
            findings.extend(edge(inspection, package, stated, dependency));
            findings.extend(family(inspection, package, dependency));
            findings.extend(feature(inspection, package, stated, dependency));
        }
    }
    for outsider in &inspection.workspace.outsiders {
        findings.push(Finding {
            file: inspection.relative(&outsider.manifest),
            line: 1,
            what: format!(
                "{} is no member of the workspace and depends on {}, which makes it a bridge between layers",
                outsider.name, outsider.member
            ),
            law: STATED,
            remedy: "make it a member and state its edges, or remove the dependency on it".to_owned(),
        });
    }
    findings
}

/// A dependency on a package of the workspace.
fn edge(
    inspection: &Inspection<'_>,
    package: &Package,
    stated: &Stated,
    dependency: &Dependency,
) -> Option<Finding> {
    inspection.workspace.package(&dependency.name)?;
    let tests_only = dependency.kind == DependencyKind::Development;
    let allowed =
        |names: &[Spanned<String>]| names.iter().any(|name| *name.get_ref() == dependency.name);
    if allowed(&stated.depends_on) || (tests_only && allowed(&stated.tests_depend_on)) {
        return None;
    }
    let for_tests = allowed(&stated.tests_depend_on);
    let lawful = lawful(
        stated.layer,
        inspection.rules.layer(&dependency.name),
        tests_only,
    );
    Some(Finding {
        file: inspection.relative(&package.manifest),
        line: dependency.line,
        what: format!(
            "{} depends on {} ({})",
            package.name,
            dependency.name,
            kind(dependency)
        ),
        law: lawful.err().unwrap_or(STATED),
        remedy: if for_tests {
            format!(
                "only the tests of {} may use it: move it to [dev-dependencies]",
                package.name
            )
        } else if lawful.is_ok() {
            format!(
                "remove it, or state it in axis.toml under [layers.packages.{}] and as a wrapper in deny.toml",
                package.name
            )
        } else {
            "remove it; what is needed on both sides belongs into the layer above".to_owned()
        },
    })
}

/// Whether the direction of an edge is one that axis.toml may state at all.
fn lawful(from: Option<u32>, to: Option<u32>, tests_only: bool) -> Result<(), &'static str> {
    match (from, to) {
        (Some(from), Some(to)) if to < from => Ok(()),
        (Some(_), Some(_)) => Err(DIRECTION),
        (Some(_), None) if tests_only => Ok(()),
        (Some(_), None) => Err(DIRECTION),
        (None, Some(1)) => Ok(()),
        (None, Some(_)) if tests_only => Ok(()),
        (None, Some(_)) => Err(TOOLS),
        (None, None) => Ok(()),
    }
}

/// A dependency on a crate that the layer may not know.
fn family(
    inspection: &Inspection<'_>,
    package: &Package,
    dependency: &Dependency,
) -> Option<Finding> {
    let family = inspection
        .rules
        .forbidding_family(&package.name, &dependency.name)?;
    Some(Finding {
        file: inspection.relative(&package.manifest),
        line: dependency.line,
        what: format!(
            "{} depends on {} ({}), which belongs to {family}",
            package.name,
            dependency.name,
            kind(dependency)
        ),
        law: UNKNOWING,
        remedy: format!("remove it: {} may not know {family}", package.name),
    })
}

/// A tool that asks for a feature which tools go without.
fn feature(
    inspection: &Inspection<'_>,
    package: &Package,
    stated: &Stated,
    dependency: &Dependency,
) -> Option<Finding> {
    if stated.layer.is_some() || dependency.kind == DependencyKind::Development {
        return None;
    }
    let target = inspection.workspace.package(&dependency.name)?;
    let forbidden = &inspection.rules.package(&dependency.name)?.tools_go_without;
    let mut wanted = dependency.features.clone();
    if dependency.default_features {
        wanted.push("default".to_owned());
    }
    let mut enabled = BTreeSet::new();
    while let Some(feature) = wanted.pop() {
        if enabled.insert(feature.clone()) {
            wanted.extend(target.features.get(&feature).into_iter().flatten().cloned());
        }
    }
    let feature = forbidden
        .iter()
        .find(|feature| enabled.contains(feature.get_ref()))?
        .get_ref();
    Some(Finding {
        file: inspection.relative(&package.manifest),
        line: dependency.line,
        what: format!(
            "{} depends on {} with its feature `{feature}`",
            package.name, dependency.name
        ),
        law: TOOLS,
        remedy: "set default-features = false, and name only the features that are needed"
            .to_owned(),
    })
}

fn kind(dependency: &Dependency) -> &'static str {
    match dependency.kind {
        DependencyKind::Development => "dev-dependency",
        DependencyKind::Build => "build-dependency",
        _ => "dependency",
    }
}

/// What axis.toml says, in itself and against what there is.
fn statements(inspection: &Inspection<'_>) -> Vec<Finding> {
    let rules = inspection.rules;
    let workspace = inspection.workspace;
    let mut findings = Vec::new();
    let mut at = |place: &Spanned<String>, what: String, law, remedy: &str| {
        findings.push(Finding {
            file: PathBuf::from(AXIS_TOML),
            line: inspection.line_in_axis_toml(place),
            what,
            law,
            remedy: remedy.to_owned(),
        });
    };
    let mut places = BTreeSet::new();
    for (name, package) in &rules.packages {
        if let Some(layer) = package.layer
            && !places.insert(layer)
        {
            at(
                name,
                format!(
                    "{} has layer = {layer}, as another package has",
                    name.get_ref()
                ),
                DIRECTION,
                "count each layer once along the chain",
            );
        }
        let Some(actual) = workspace.package(name.get_ref()) else {
            at(
                name,
                format!("the workspace has no package {}", name.get_ref()),
                CLASSIFIED,
                "remove the table, or mend the name",
            );
            continue;
        };
        for (target, tests_only) in (package.depends_on.iter().map(|name| (name, false)))
            .chain(package.tests_depend_on.iter().map(|name| (name, true)))
        {
            if let Some((what, law, remedy)) = statement(inspection, actual, target, tests_only) {
                at(target, what, law, remedy);
            }
        }
        for family in &package.may_not_know {
            if !rules.families.keys().any(|stated| stated == family) {
                at(
                    family,
                    format!("[layers.families] has no {}", family.get_ref()),
                    UNKNOWING,
                    "state its crates there, or mend the name",
                );
            }
        }
        for feature in &package.tools_go_without {
            if !actual.features.contains_key(feature.get_ref()) {
                at(
                    feature,
                    format!("{} has no feature {}", actual.name, feature.get_ref()),
                    TOOLS,
                    "remove it, or mend the name",
                );
            }
        }
    }
    for family in rules.families.keys() {
        let in_use = (rules.packages.values())
            .any(|package| package.may_not_know.iter().any(|stated| stated == family));
        if !in_use {
            at(
                family,
                format!("no package has {} in may_not_know", family.get_ref()),
                UNKNOWING,
                "remove the family, or say which package may not know it",
            );
        }
    }
    findings
}

/// What is wrong with one stated edge: no such package, a direction that the law forbids, or nobody needs it.
fn statement(
    inspection: &Inspection<'_>,
    from: &Package,
    target: &Spanned<String>,
    tests_only: bool,
) -> Option<(String, &'static str, &'static str)> {
    let (workspace, rules): (&Workspace, _) = (inspection.workspace, inspection.rules);
    let to = target.get_ref();
    if workspace.package(to).is_none() {
        return Some((
            format!(
                "{} may depend on {to}, which the workspace does not have",
                from.name
            ),
            STATED,
            "remove it, or mend the name",
        ));
    }
    if let Err(law) = lawful(rules.layer(&from.name), rules.layer(to), tests_only) {
        return Some((
            format!("the edge from {} to {to} cannot be allowed", from.name),
            law,
            "remove the statement and the dependency",
        ));
    }
    let mut kinds = (from.dependencies.iter())
        .filter(|dependency| dependency.name == *to)
        .map(|dependency| dependency.kind)
        .peekable();
    if kinds.peek().is_none() {
        return Some((
            format!("{} may depend on {to}, and does not", from.name),
            STATED,
            "remove the statement, here and in deny.toml",
        ));
    }
    if !tests_only && kinds.all(|kind| kind == DependencyKind::Development) {
        return Some((
            format!("{} may depend on {to}, and only its tests do", from.name),
            STATED,
            "state it in tests_depend_on",
        ));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_direction_is_the_chains() {
        let cases = [
            (Some(2), Some(1), false, true),
            (Some(1), Some(2), false, false),
            (Some(1), Some(2), true, false),
            (Some(2), Some(2), false, false),
            (Some(4), None, false, false),
            (Some(4), None, true, true),
            (None, Some(1), false, true),
            (None, Some(2), false, false),
            (None, Some(4), true, true),
            (None, None, false, true),
        ];
        for (from, to, tests_only, allowed) in cases {
            assert_eq!(
                lawful(from, to, tests_only).is_ok(),
                allowed,
                "{from:?} -> {to:?}, tests only: {tests_only}"
            );
        }
    }
}
