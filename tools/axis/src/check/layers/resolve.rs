//! What a path stands for: through imports, renames and the modules of a package, to the crate that it comes from.

use std::collections::{BTreeMap, BTreeSet};

use super::modules::{Import, Module, Place, Root, Sources};
use super::workspace::Package;

/// Renames can make a path longer without end (`use a::b as a`).
const LONGEST_PATH: usize = 32;

/// A name in another crate.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Foreign {
    /// Package that the crate is of.
    pub(super) package: String,
    /// Path inside of the crate; empty for the crate itself.
    pub(super) path: Vec<String>,
}

/// Where a path was looked for.
type Seen = BTreeSet<(Place, Vec<String>)>;

/// Looks paths up.
pub(super) struct Resolver<'a> {
    sources: &'a Sources,
    /// Package by the name that `use` knows it by.
    crates: BTreeMap<&'a str, &'a str>,
    /// The package's own library, as its binaries name it.
    library: Option<&'a str>,
}

impl<'a> Resolver<'a> {
    /// For the sources of one package.
    pub(super) fn new(package: &'a Package, sources: &'a Sources) -> Self {
        Self {
            sources,
            crates: package
                .dependencies
                .iter()
                .map(|dependency| (dependency.extern_name.as_str(), dependency.name.as_str()))
                .collect(),
            library: package.library.as_deref(),
        }
    }

    /// The crate and the name in it, or `None` for what is of this package, of the standard library, or not known.
    pub(super) fn resolve(&self, from: &Place, path: &[String], absolute: bool) -> Option<Foreign> {
        self.follow(from, path, absolute, &mut BTreeSet::new())
    }

    /// Whether a name of the module was brought in by an import that names it, not by a star.
    pub(super) fn is_imported(&self, at: &Place, name: &str) -> bool {
        self.modules(at)
            .flat_map(|module| &module.imports)
            .any(|import| import.name.as_deref() == Some(name))
    }

    /// A crate that a star brings in where the name is looked for: what is offered under a name that nothing here declares
    /// comes from there.
    pub(super) fn behind_star(&self, from: &Place, path: &[String]) -> Option<Foreign> {
        let (name, at) = path.split_last()?;
        let mut place = from.clone();
        for step in at {
            match step.as_str() {
                "crate" => place.path.clear(),
                "self" => {}
                "super" => drop(place.path.pop()?),
                _ => place.path.push(step.clone()),
            }
        }
        // An import that finds itself (`pub use self::Name`) declares nothing.
        let is_known = self.modules(&place).any(|module| {
            let by_import = |import: &Import| {
                import.name.as_deref() == Some(name.as_str()) && import.path != path
            };
            module.items.contains(name) || module.imports.iter().any(by_import)
        });
        if is_known {
            return None;
        }
        let stars = || {
            (self.modules(&place))
                .flat_map(|module| &module.imports)
                .filter(|import| import.name.is_none())
        };
        stars().find_map(|star| {
            let mut of = self.resolve(&place, &star.path, star.absolute)?;
            of.path.push(name.clone());
            Some(of)
        })
    }

    fn modules<'b>(&'b self, at: &'b Place) -> impl Iterator<Item = &'a Module> + 'b {
        self.sources
            .modules
            .iter()
            .filter(move |module| module.place == *at)
    }

    fn follow(
        &self,
        from: &Place,
        path: &[String],
        absolute: bool,
        seen: &mut Seen,
    ) -> Option<Foreign> {
        let (first, rest) = path.split_first()?;
        if absolute {
            return self.foreign(first, rest);
        }
        let mut inside = |root: &Root, modules: &[String], rest: &[String]| {
            let place = Place {
                root: root.clone(),
                path: modules.to_vec(),
            };
            self.descend(place, rest, seen)
        };
        match first.as_str() {
            "crate" => inside(&from.root, &[], rest),
            "self" => inside(&from.root, &from.path, rest),
            "super" => {
                let (_, above) = from.path.split_last()?;
                match rest.first().map(String::as_str) {
                    Some("super") => self.follow(
                        &Place {
                            root: from.root.clone(),
                            path: above.to_vec(),
                        },
                        rest,
                        false,
                        seen,
                    ),
                    _ => inside(&from.root, above, rest),
                }
            }
            _ => inside(&from.root, &from.path, path).or_else(|| {
                if from.root != Root::Library && self.library == Some(first.as_str()) {
                    inside(&Root::Library, &[], rest)
                } else {
                    self.foreign(first, rest)
                }
            }),
        }
    }

    fn foreign(&self, name: &str, path: &[String]) -> Option<Foreign> {
        Some(Foreign {
            package: (*self.crates.get(name)?).to_owned(),
            path: path.to_vec(),
        })
    }

    /// Looks for the path in a module of this package.
    fn descend(&self, mut at: Place, path: &[String], seen: &mut Seen) -> Option<Foreign> {
        let (name, rest) = path.split_first()?;
        // Imports may go in circles.
        if path.len() > LONGEST_PATH || !seen.insert((at.clone(), path.to_vec())) {
            return None;
        }
        let imports = || self.modules(&at).flat_map(|module| &module.imports);
        for import in imports() {
            if import.name.as_deref() == Some(name) && import.path.first() != Some(name) {
                let whole: Vec<_> = import.path.iter().chain(rest).cloned().collect();
                if let Some(found) = self.follow(&at, &whole, import.absolute, seen) {
                    return Some(found);
                }
            } else if import.name.as_deref() == Some(name) {
                // `use axis_db;`, `use axis_db as axis_db;`: the name would find itself again.
                let whole: Vec<_> = import.path.iter().chain(rest).cloned().collect();
                if let Some((first, rest)) = whole.split_first()
                    && let Some(found) = self.foreign(first, rest)
                {
                    return Some(found);
                }
            } else if import.name.is_none()
                && let Some(found) = self.through_star(&at, import, path, seen)
            {
                return Some(found);
            }
        }
        at.path.push(name.clone());
        if self.modules(&at).next().is_some() {
            return self.descend(at, rest, seen);
        }
        None
    }

    /// A star over a module of this package. What a star over another crate brings in is not known from here; the
    /// star itself is a name of that crate.
    fn through_star(
        &self,
        at: &Place,
        import: &Import,
        path: &[String],
        seen: &mut Seen,
    ) -> Option<Foreign> {
        let first = import.path.first()?;
        let own = matches!(first.as_str(), "crate" | "self" | "super")
            || (at.root != Root::Library && self.library == Some(first.as_str()))
            || {
                let mut below = at.clone();
                below.path.push(first.clone());
                self.modules(&below).next().is_some()
            };
        if import.absolute || !own {
            return None;
        }
        let whole: Vec<_> = import.path.iter().chain(path).cloned().collect();
        self.follow(at, &whole, false, seen)
    }
}
