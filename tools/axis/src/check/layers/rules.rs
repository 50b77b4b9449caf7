//! `[layers]` of axis.toml: the edges that are allowed, and the names that are not.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

/// `[layers]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rules {
    /// Crates of others whose direct dependents deny.toml lists.
    #[serde(default)]
    pub(super) deny: Vec<Spanned<String>>,
    /// Every package of the workspace.
    pub(super) packages: BTreeMap<Spanned<String>, Package>,
    /// Crates by what they are for.
    #[serde(default)]
    pub(super) families: BTreeMap<Spanned<String>, Vec<Pattern>>,
    /// Types that must not derive or implement a trait.
    #[serde(default)]
    pub(super) not_derived: Vec<NotDerived>,
    /// Paths that only some modules may name.
    #[serde(default)]
    pub(super) only_in: Vec<OnlyIn>,
    /// Modules that may name only some layers.
    #[serde(default)]
    pub(super) names_only: Vec<NamesOnly>,
    /// Names that no layer may use.
    #[serde(default)]
    pub(super) never_named: Vec<NeverNamed>,
}

/// `[layers.packages.<name>]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Package {
    /// Place in the chain, counted from the database. A package without one is a tool.
    pub(super) layer: Option<u32>,
    /// Packages of the workspace that it may depend on in any way.
    #[serde(default)]
    pub(super) depends_on: Vec<Spanned<String>>,
    /// Packages of the workspace that its tests may depend on.
    #[serde(default)]
    pub(super) tests_depend_on: Vec<Spanned<String>>,
    /// Families of which no crate may be a dependency of any kind.
    #[serde(default)]
    pub(super) may_not_know: Vec<Spanned<String>>,
    /// Modules that lib.rs may make public. All others are private, and lib.rs lists what the crate offers.
    #[serde(default)]
    pub(super) public_modules: Vec<Spanned<String>>,
    /// Features of it that no tool may ask for.
    #[serde(default)]
    pub(super) tools_go_without: Vec<Spanned<String>>,
}

/// A crate's name, or its beginning followed by a star.
#[derive(Clone, Debug, Deserialize)]
#[serde(transparent)]
pub(super) struct Pattern(String);

impl Pattern {
    /// Whether the crate is meant.
    pub(super) fn matches(&self, name: &str) -> bool {
        match self.0.strip_suffix('*') {
            Some(beginning) => name.starts_with(beginning),
            None => name == self.0,
        }
    }
}

/// `[[layers.not_derived]]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NotDerived {
    pub(super) package: Spanned<String>,
    #[serde(rename = "type")]
    pub(super) type_name: String,
    /// Last segments of the traits' paths.
    pub(super) traits: Vec<String>,
}

/// `[[layers.only_in]]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OnlyIn {
    pub(super) package: Spanned<String>,
    /// A Rust path that begins with the name of a crate.
    pub(super) path: String,
    /// Top-level modules of the package's library.
    pub(super) modules: Vec<String>,
}

/// `[[layers.names_only]]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NamesOnly {
    pub(super) package: Spanned<String>,
    /// A top-level module of the package's library.
    pub(super) module: String,
    /// Packages.
    pub(super) layers: Vec<String>,
}

/// `[[layers.never_named]]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NeverNamed {
    /// A Rust path that begins with the name of a crate.
    pub(super) path: Spanned<String>,
    /// Last segment of a path below it.
    pub(super) name: String,
}

impl Rules {
    /// The rules of one package, with the place where they stand.
    pub(super) fn package(&self, name: &str) -> Option<&Package> {
        self.packages
            .iter()
            .find(|(stated, _)| stated.get_ref() == name)
            .map(|(_, package)| package)
    }

    /// Place in the chain; `None` for a tool and for what is not stated.
    pub(crate) fn layer(&self, name: &str) -> Option<u32> {
        self.package(name)?.layer
    }

    /// The families that name the crate.
    pub(super) fn families_of<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.families
            .iter()
            .filter(move |(_, patterns)| patterns.iter().any(|pattern| pattern.matches(name)))
            .map(|(family, _)| family.get_ref().as_str())
    }

    /// The family that keeps the package from knowing the crate, if one does.
    pub(super) fn forbidding_family(&self, package: &str, name: &str) -> Option<&str> {
        let rules = self.package(package)?;
        rules
            .may_not_know
            .iter()
            .map(|family| family.get_ref().as_str())
            .find(|family| {
                self.families.iter().any(|(stated, patterns)| {
                    stated.get_ref() == family
                        && patterns.iter().any(|pattern| pattern.matches(name))
                })
            })
    }

    /// Edges between two of the packages: those that are allowed, allowed for tests only, and forbidden.
    pub(super) fn edges(&self) -> (usize, usize, usize) {
        let allowed = self.packages.values().map(|from| from.depends_on.len());
        let for_tests = self
            .packages
            .values()
            .map(|from| from.tests_depend_on.len());
        let (allowed, for_tests): (usize, usize) = (allowed.sum(), for_tests.sum());
        let count = self.packages.len();
        let all = count * count.saturating_sub(1);
        (allowed, for_tests, all.saturating_sub(allowed + for_tests))
    }

    /// Crates of others that a package may not know, once for each such package.
    pub(super) fn unknown_crates(&self) -> usize {
        let of_family = |name: &str| {
            (self.families.iter())
                .filter(|(family, _)| family.get_ref() == name)
                .map(|(_, crates)| crates.len())
                .sum::<usize>()
        };
        (self.packages.values())
            .flat_map(|package| &package.may_not_know)
            .map(|family| of_family(family.get_ref()))
            .sum()
    }

    /// How many single statements there are.
    pub(super) fn count(&self) -> usize {
        let of_packages: usize = self
            .packages
            .values()
            .map(|package| {
                package.depends_on.len()
                    + package.tests_depend_on.len()
                    + package.may_not_know.len()
                    + package.public_modules.len()
                    + package.tools_go_without.len()
            })
            .sum();
        of_packages
            + self.deny.len()
            + self.not_derived.len()
            + self.only_in.len()
            + self.names_only.len()
            + self.never_named.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_further_letters() {
        let exact = Pattern("tower".to_owned());
        assert!(exact.matches("tower"));
        assert!(!exact.matches("tower-http"));
        let open = Pattern("tower-*".to_owned());
        assert!(open.matches("tower-http"));
        assert!(!open.matches("tower"));
    }
}
