//! deny.toml against axis.toml: each edge that one states and the other does not is named.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use toml::Spanned;

use super::finding::{Finding, line_at};
use super::{AXIS_TOML, DENY_TOML, Inspection, LayersError};

const SAME: &str = "law 1: deny.toml and axis.toml state the same edges";
const WHOLE: &str = "law 1: cargo-deny looks at every feature, every target and every package";

/// What this check reads of deny.toml; cargo-deny itself refuses keys that it does not know.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
struct Deny {
    graph: Graph,
    bans: Bans,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
struct Graph {
    all_features: bool,
    no_default_features: bool,
    targets: Vec<toml::Value>,
    exclude: Vec<String>,
    exclude_dev: bool,
    exclude_unpublished: bool,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
struct Bans {
    allow_workspace: bool,
    deny: Vec<Spanned<Entry>>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Entry {
    Name(String),
    Extended {
        #[serde(alias = "name", rename = "crate")]
        name: String,
        version: Option<String>,
        #[serde(default)]
        wrappers: Vec<String>,
    },
}

/// A ban with wrappers.
struct Ban {
    name: String,
    line: usize,
    /// A version makes the ban partial.
    versioned: bool,
    wrappers: BTreeSet<String>,
}

/// Compares, and says how many bans there were.
pub(super) fn check(
    inspection: &Inspection<'_>,
    root: &Path,
) -> Result<(usize, Vec<Finding>), LayersError> {
    let path = root.join(DENY_TOML);
    let text = super::read(&path)?;
    let deny: Deny = toml::from_str(&text).map_err(|source| LayersError::DenyToml {
        source: Box::new(source),
    })?;
    let mut findings = whole(&deny);
    let bans: Vec<Ban> = (deny.bans.deny.iter())
        .filter_map(|entry| ban(entry, &text))
        .collect();
    for ban in &bans {
        let mut at =
            |what: String, remedy: &str| findings.push(in_deny(ban.line, what, SAME, remedy));
        if ban.versioned {
            at(
                format!("the ban of {} holds for some versions only", ban.name),
                "name the crate without a version",
            );
        }
        if bans.iter().filter(|other| other.name == ban.name).count() > 1 {
            at(
                format!("{} is banned more than once", ban.name),
                "keep one entry with all its wrappers",
            );
        }
        if !inspection.workspace.graph.contains(&ban.name) {
            at(
                format!("nothing in the workspace is called {}", ban.name),
                "mend the name, or remove the entry",
            );
        }
    }
    edges(inspection, &bans, &mut findings);
    crates_of_others(inspection, &bans, &mut findings);
    Ok((bans.len(), findings))
}

fn ban(entry: &Spanned<Entry>, text: &str) -> Option<Ban> {
    let (name, versioned, wrappers) = match entry.get_ref() {
        Entry::Name(name) => (name, false, &[][..]),
        Entry::Extended {
            name,
            version,
            wrappers,
        } => (name, version.is_some(), wrappers.as_slice()),
    };
    if wrappers.is_empty() {
        // An outright ban: nothing is allowed, so there is no edge to compare.
        return None;
    }
    let bare = name.split(['@', ':']).next().unwrap_or(name);
    Some(Ban {
        name: bare.to_owned(),
        line: line_at(text, entry.span().start),
        versioned: versioned || bare != name,
        wrappers: wrappers.iter().cloned().collect(),
    })
}

/// Settings that would make cargo-deny overlook something.
fn whole(deny: &Deny) -> Vec<Finding> {
    let Graph {
        all_features,
        no_default_features,
        ref targets,
        ref exclude,
        exclude_dev,
        exclude_unpublished,
    } = deny.graph;
    [
        (!all_features, "set all-features = true in [graph]"),
        (
            no_default_features,
            "remove no-default-features from [graph]",
        ),
        (!targets.is_empty(), "remove targets from [graph]"),
        (!exclude.is_empty(), "remove exclude from [graph]"),
        (exclude_dev, "remove exclude-dev from [graph]"),
        (
            exclude_unpublished,
            "remove exclude-unpublished from [graph]",
        ),
        (
            deny.bans.allow_workspace,
            "remove allow-workspace from [bans]",
        ),
    ]
    .into_iter()
    .filter(|(wrong, _)| *wrong)
    .map(|(_, remedy)| {
        in_deny(
            1,
            "cargo-deny would overlook dependencies".to_owned(),
            WHOLE,
            remedy,
        )
    })
    .collect()
}

/// The edges between packages of the workspace: the wrappers are those that axis.toml allows, no more and no fewer.
fn edges(inspection: &Inspection<'_>, bans: &[Ban], findings: &mut Vec<Finding>) {
    let rules = inspection.rules;
    for package in &inspection.workspace.packages {
        let stated: BTreeSet<&str> = (rules.packages.iter())
            .filter(|(_, from)| {
                (from.depends_on.iter().chain(&from.tests_depend_on))
                    .any(|to| *to.get_ref() == package.name)
            })
            .map(|(from, _)| from.get_ref().as_str())
            .collect();
        let ban = bans.iter().find(|ban| ban.name == package.name);
        let none = BTreeSet::new();
        let wrappers = ban.map_or(&none, |ban| &ban.wrappers);
        let line = ban.map_or(1, |ban| ban.line);
        for from in stated.iter().filter(|from| !wrappers.contains(**from)) {
            findings.push(in_deny(
                line,
                format!(
                    "axis.toml allows the edge from {from} to {}, deny.toml does not",
                    package.name
                ),
                SAME,
                &format!(
                    "add \"{from}\" to the wrappers of {}, or remove it from axis.toml",
                    package.name
                ),
            ));
        }
        for from in wrappers
            .iter()
            .filter(|from| !stated.contains(from.as_str()))
        {
            findings.push(in_deny(
                line,
                format!(
                    "deny.toml allows the edge from {from} to {}, axis.toml does not",
                    package.name
                ),
                SAME,
                &format!("remove the wrapper, or state the edge in [layers.packages.{from}]"),
            ));
        }
    }
}

/// Crates of others: deny.toml lists those that axis.toml says it lists, and no layer that may not know them.
fn crates_of_others(inspection: &Inspection<'_>, bans: &[Ban], findings: &mut Vec<Finding>) {
    let rules = inspection.rules;
    for name in &rules.deny {
        let mut at = |what: String, remedy: &str| {
            findings.push(Finding {
                file: PathBuf::from(AXIS_TOML),
                line: inspection.line_in_axis_toml(name),
                what,
                law: SAME,
                remedy: remedy.to_owned(),
            });
        };
        if !bans.iter().any(|ban| ban.name == *name.get_ref()) {
            at(
                format!("deny.toml has no wrappers for {}", name.get_ref()),
                "add an entry to [[bans.deny]] that lists its direct dependents",
            );
        }
        if rules.families_of(name.get_ref()).next().is_none() {
            at(
                format!("{} is in no family", name.get_ref()),
                "add it to the family that some layer may not know",
            );
        }
    }
    for ban in bans {
        if inspection.workspace.package(&ban.name).is_some() {
            continue;
        }
        if !rules.deny.iter().any(|name| *name.get_ref() == ban.name) {
            findings.push(in_deny(
                ban.line,
                format!("axis.toml does not say that deny.toml lists {}", ban.name),
                SAME,
                "add it to [layers] deny, or remove the entry",
            ));
        }
        for wrapper in &ban.wrappers {
            if let Some(family) = rules.forbidding_family(wrapper, &ban.name) {
                findings.push(in_deny(
                    ban.line,
                    format!(
                        "deny.toml lets {wrapper} depend on {}, and axis.toml says that it may not know {family}",
                        ban.name
                    ),
                    SAME,
                    "remove the wrapper",
                ));
            }
        }
    }
}

fn in_deny(line: usize, what: String, law: &'static str, remedy: &str) -> Finding {
    Finding {
        file: PathBuf::from(DENY_TOML),
        line,
        what,
        law,
        remedy: remedy.to_owned(),
    }
}
