//! Laws 1 to 3 on the sources: what a layer offers again, what its modules name, what its types derive.
//!
//! Out of reach, and left to the listing of each crate's public API: a trait or a function that hands another layer's type
//! out, and what a macro of another crate expands to. Only `src/` is looked at; tests and examples may name what they test.

use super::Inspection;
use super::finding::Finding;
use super::modules::{Module, Sources};
use super::resolve::{Foreign, Resolver};
use super::rules::{NamesOnly, NeverNamed, OnlyIn};
use super::workspace::Package;

const REEXPORT: &str = "law 1: a layer does not offer another one again: who needs it depends on it, and the manifest says so";
const LEAK: &str = "law 2: what the layer below may not know does not reach it through this one";
const DOORWAY: &str = "law 3: modules are private, and lib.rs lists what the crate offers";
const INSIDE: &str = "law 1: inside of a crate too, only the stated modules name what lies above";
const VISIBLE: &str =
    "law 1: a module's place is its file's place, so that the rules by module hold";
const NEVER: &str = "law 5: a query names its columns";
const WIRE: &str = "law 2: what goes over a wire is L3's";

/// Looks through the sources of one package.
pub(super) fn check(
    inspection: &Inspection<'_>,
    package: &Package,
    sources: &Sources,
) -> Vec<Finding> {
    let mut findings = rules_without_object(inspection, package, sources);
    let look = Look {
        inspection,
        package,
        resolver: Resolver::new(package, sources),
        only_in: (inspection.rules.only_in.iter())
            .filter(|rule| *rule.package.get_ref() == package.name)
            .collect(),
        names_only: (inspection.rules.names_only.iter())
            .filter(|rule| *rule.package.get_ref() == package.name)
            .collect(),
    };
    for root in &package.roots {
        if !root.starts_with(package.manifest.with_file_name("src")) {
            findings.push(Finding {
                file: inspection.relative(root),
                line: 1,
                what: format!("a root of {} lies outside of src/", package.name),
                law: VISIBLE,
                remedy: "move it into src/".to_owned(),
            });
        }
    }
    for module in &sources.modules {
        look.detours(module, &mut findings);
        look.doorway(module, &mut findings);
        look.derives(module, &mut findings);
        look.imports(module, &mut findings);
        look.mentions(module, &mut findings);
        look.never(module, &mut findings);
    }
    findings
}

struct Look<'a> {
    inspection: &'a Inspection<'a>,
    package: &'a Package,
    resolver: Resolver<'a>,
    only_in: Vec<&'a OnlyIn>,
    names_only: Vec<&'a NamesOnly>,
}

impl Look<'_> {
    fn finding(
        &self,
        module: &Module,
        line: usize,
        what: String,
        law: &'static str,
        remedy: &str,
    ) -> Finding {
        Finding {
            file: self.inspection.relative(&module.file),
            line,
            what,
            law,
            remedy: remedy.to_owned(),
        }
    }

    fn detours(&self, module: &Module, findings: &mut Vec<Finding>) {
        for (what, line) in &module.detours {
            findings.push(self.finding(
                module,
                *line,
                format!("{what} brings in a file from elsewhere"),
                VISIBLE,
                "put the module where its name says",
            ));
        }
    }

    /// `pub mod` in lib.rs.
    fn doorway(&self, module: &Module, findings: &mut Vec<Finding>) {
        let stated = (self.inspection.rules.package(&self.package.name))
            .map_or(&[][..], |stated| &stated.public_modules);
        if !module.is_root() {
            return;
        }
        for (name, line) in &module.public_modules {
            if !stated.iter().any(|stated| stated.get_ref() == name) {
                findings.push(self.finding(
                    module,
                    *line,
                    format!("{} makes its module {name} public", self.package.name),
                    DOORWAY,
                    "write `mod` and a `pub use` of what is offered, or state it in public_modules in axis.toml",
                ));
            }
        }
    }

    fn derives(&self, module: &Module, findings: &mut Vec<Finding>) {
        for (type_name, of, line) in &module.implementations {
            let forbidden = self.inspection.rules.not_derived.iter().any(|rule| {
                *rule.package.get_ref() == self.package.name
                    && rule.type_name == *type_name
                    && rule.traits.contains(of)
            });
            if forbidden {
                findings.push(self.finding(
                    module,
                    *line,
                    format!("{type_name} is {of}"),
                    WIRE,
                    "remove it; L3 has a response type for the row",
                ));
            }
        }
    }

    fn imports(&self, module: &Module, findings: &mut Vec<Finding>) {
        for import in &module.imports {
            let Some(foreign) =
                (self.resolver).resolve(&module.place, &import.path, import.absolute)
            else {
                if import.public && !import.absolute {
                    let behind = (self.resolver).behind_star(&module.place, &import.path);
                    let offered = |foreign| self.offered(module, import.line, &foreign);
                    findings.extend(behind.and_then(offered));
                }
                continue;
            };
            if import.public {
                findings.extend(self.offered(module, import.line, &foreign));
            }
            findings.extend(self.named(module, import.line, &foreign, import.name.is_none()));
        }
        for alias in &module.aliases {
            let resolver = &self.resolver;
            let foreign = (resolver.resolve(&module.place, &alias.path, alias.absolute))
                .or_else(|| resolver.behind_star(&module.place, &alias.path));
            let offered = |foreign| self.offered(module, alias.line, &foreign);
            findings.extend(foreign.and_then(offered));
        }
    }

    /// A `pub use` of another crate.
    fn offered(&self, module: &Module, line: usize, foreign: &Foreign) -> Option<Finding> {
        let rules = self.inspection.rules;
        let what = format!("{} offers {} again", self.package.name, foreign.display());
        if rules.layer(&foreign.package).is_some() {
            return Some(self.finding(
                module,
                line,
                what,
                REEXPORT,
                "remove `pub`; offer a type of this layer's own where its users need one",
            ));
        }
        let below = (self.inspection.rules.packages.iter())
            .filter(|(_, stated)| {
                (stated.depends_on.iter()).any(|name| *name.get_ref() == self.package.name)
            })
            .find_map(|(name, _)| {
                let family = rules.forbidding_family(name.get_ref(), &foreign.package)?;
                Some((name.get_ref(), family))
            });
        let (below, family) = below?;
        Some(self.finding(
            module,
            line,
            format!("{what}, and {below} may not know {family}"),
            LEAK,
            "remove `pub`; offer a type of this layer's own where its users need one",
        ))
    }

    /// Whether this module may name it.
    fn named(
        &self,
        module: &Module,
        line: usize,
        foreign: &Foreign,
        star: bool,
    ) -> Option<Finding> {
        let rules = self.inspection.rules;
        for rule in &self.names_only {
            if module.is_in(&rule.module)
                && rules.layer(&foreign.package).is_some()
                && !rule.layers.contains(&foreign.package)
            {
                return Some(self.finding(
                    module,
                    line,
                    format!("{}/ names {}", rule.module, foreign.display()),
                    INSIDE,
                    &format!(
                        "of the layers, {}/ names {} only: hand over one of its types, or one of this crate",
                        rule.module,
                        rule.layers.join(", ")
                    ),
                ));
            }
        }
        for rule in &self.only_in {
            if !rule.modules.iter().any(|top| module.is_in(top))
                && foreign.falls_under(&rule.path, star)
            {
                return Some(self.finding(
                    module,
                    line,
                    format!(
                        "{} is named outside of {}/",
                        rule.path,
                        rule.modules.join("/, ")
                    ),
                    INSIDE,
                    &format!("move what needs it into {}/", rule.modules.join("/ or ")),
                ));
            }
        }
        None
    }

    fn mentions(&self, module: &Module, findings: &mut Vec<Finding>) {
        let mut last = None;
        for mention in &module.mentions {
            let resolve =
                |path: &[String]| (self.resolver).resolve(&module.place, path, mention.absolute);
            let Some(finding) = resolve(&mention.path)
                .and_then(|foreign| self.named(module, mention.line, &foreign, false))
            else {
                continue;
            };
            // The import that brought the name in has been found already, if it was wrong by itself.
            let imported = mention.path.first().is_some_and(|first| {
                self.resolver.is_imported(&module.place, first)
                    && resolve(std::slice::from_ref(first))
                        .and_then(|foreign| self.named(module, mention.line, &foreign, false))
                        .is_some()
            });
            if !imported && last.as_ref() != Some(&finding) {
                last = Some(finding.clone());
                findings.push(finding);
            }
        }
    }
}

impl Look<'_> {
    /// Names that nothing may use, however they came in.
    fn never(&self, module: &Module, findings: &mut Vec<Finding>) {
        let imports = (module.imports.iter()).map(|one| (one.line, &one.path, one.absolute));
        let mentions = (module.mentions.iter()).map(|one| (one.line, &one.path, one.absolute));
        for (line, path, absolute) in imports.chain(mentions) {
            let named = |rule: &&NeverNamed| path.last() == Some(&rule.name);
            let Some(rule) = self.inspection.rules.never_named.iter().find(named) else {
                continue;
            };
            let resolver = &self.resolver;
            let foreign = (resolver.resolve(&module.place, path, absolute))
                .or_else(|| resolver.behind_star(&module.place, path));
            if let Some(foreign) = foreign
                && foreign.falls_under(rule.path.get_ref(), false)
            {
                let what = format!("{} is named", foreign.display());
                let remedy = "name the columns, by `Select::as_select()` or a tuple of them";
                findings.push(self.finding(module, line, what, NEVER, remedy));
            }
        }
    }
}

impl Foreign {
    fn display(&self) -> String {
        std::iter::once(self.package.replace('-', "_"))
            .chain(self.path.iter().cloned())
            .collect::<Vec<_>>()
            .join("::")
    }

    /// Whether the name lies under the path, or a star over what holds the path brings it in.
    fn falls_under(&self, path: &str, star: bool) -> bool {
        let own = self.display();
        let mut own = own.split("::");
        let mut ruled = path.split("::");
        loop {
            match (ruled.next(), own.next()) {
                (None, _) => return true,
                (Some(_), None) => return star,
                (Some(ruled), Some(own)) if ruled != own => return false,
                _ => {}
            }
        }
    }
}

/// Rules that look at nothing: a module, a type or a public module that the package does not have.
fn rules_without_object(
    inspection: &Inspection<'_>,
    package: &Package,
    sources: &Sources,
) -> Vec<Finding> {
    let rules = inspection.rules;
    let mut findings = Vec::new();
    let mut at = |place: &toml::Spanned<String>, missing: String, law| {
        findings.push(Finding {
            file: super::AXIS_TOML.into(),
            line: inspection.line_in_axis_toml(place),
            what: format!(
                "{} has no {missing}, so this rule looks at nothing",
                package.name
            ),
            law,
            remedy: "mend the name, or remove the rule".to_owned(),
        });
    };
    let has_module = |name: &str| sources.modules.iter().any(|module| module.is_in(name));
    for rule in &rules.names_only {
        if *rule.package.get_ref() == package.name && !has_module(&rule.module) {
            at(&rule.package, format!("module {}", rule.module), INSIDE);
        }
    }
    for rule in &rules.only_in {
        if *rule.package.get_ref() != package.name {
            continue;
        }
        for module in rule.modules.iter().filter(|module| !has_module(module)) {
            at(&rule.package, format!("module {module}"), INSIDE);
        }
        let first = rule.path.split("::").next().unwrap_or_default();
        if !(package.dependencies.iter())
            .any(|dependency| dependency.name.replace('-', "_") == first)
        {
            at(&rule.package, format!("dependency {first}"), INSIDE);
        }
    }
    for rule in &rules.not_derived {
        let known = (sources.modules.iter())
            .flat_map(|module| &module.implementations)
            .any(|(type_name, ..)| *type_name == rule.type_name);
        if *rule.package.get_ref() == package.name && !known {
            at(
                &rule.package,
                format!("type {} that derives anything", rule.type_name),
                WIRE,
            );
        }
    }
    let stated = rules.package(&package.name);
    for name in stated.into_iter().flat_map(|stated| &stated.public_modules) {
        let exists = (sources.modules.iter())
            .filter(|module| module.is_root())
            .flat_map(|module| &module.public_modules)
            .any(|(public, _)| public == name.get_ref());
        if !exists {
            at(
                name,
                format!("public module {} in lib.rs", name.get_ref()),
                DOORWAY,
            );
        }
    }
    findings
}
