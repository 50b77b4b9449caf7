//! `axis check doors`: every use of what clippy.toml bans, with its reason.
//!
//! An exemption is `#[expect(clippy::disallowed_methods, reason = "..")]`: the compiler says when it is no longer needed.
//! `allow` would not, and one of a whole group would hide the bans unseen; both are refused. How many exemptions the
//! layers have is stated in axis.toml, so that a further one is a change there too.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use cargo_metadata::MetadataCommand;
use proc_macro2::{TokenStream, TokenTree};
use serde::Deserialize;
use syn::visit::Visit;
use syn::{Attribute, LitStr};

use super::layers::LayersError;
use crate::configuration::Project;

/// The lint behind the bans.
const LINT: &str = "clippy::disallowed_methods";
/// Diesel's own doors that clippy.toml cannot ban: `table!` expands to the first, and an exemption from a ban of the macros
/// holds nowhere. A file that needs one is named in axis.toml.
const DIESEL: [&str; 4] = [
    "push_sql",
    "infix_operator",
    "postfix_operator",
    "prefix_operator",
];
/// What holds it, and would turn it off with others.
const GROUPS: [&str; 3] = ["clippy::all", "clippy::style", "warnings"];

/// `[doors]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Doors {
    /// Exemptions in the sources of the layers, their tests left out.
    exemptions: usize,
    /// Files that write constants past the query builder.
    #[serde(default)]
    of_diesel: BTreeMap<PathBuf, OfDiesel>,
}

/// A file that writes constants past the query builder.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct OfDiesel {
    /// How often.
    doors: usize,
    /// Why.
    reason: String,
}

/// Why the check did not pass.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DoorsError {
    /// What was printed above.
    #[error("{0} found by `axis check doors`: mend each as it says above")]
    Findings(String),
    /// axis.toml does not say how many there are.
    #[error(
        "axis.toml has no [doors]: state there how many exemptions the layers have, as `exemptions = 0`"
    )]
    NotStated,
    /// Cargo cannot say where the sources are.
    #[error("cargo metadata failed")]
    Metadata(#[from] cargo_metadata::Error),
    /// A source cannot be read, or is not Rust.
    #[error(transparent)]
    Source(#[from] LayersError),
    /// Nothing was looked at.
    #[error("the check saw not one source file, so it proves nothing: run it where Cargo.toml is")]
    Nothing,
}

/// One exemption.
struct Exemption {
    file: PathBuf,
    line: usize,
    reason: String,
    /// In `src/` of a layer.
    in_layer: bool,
}

/// Runs the check and prints what it found.
pub(crate) fn run(project: &Project) -> Result<(), DoorsError> {
    let stated = (project.configuration.doors.as_ref()).ok_or(DoorsError::NotStated)?;
    let metadata = MetadataCommand::new()
        .manifest_path(project.root.join("Cargo.toml"))
        .no_deps()
        .exec()?;
    let mut text = String::new();
    let (mut files, mut findings) = (0, 0);
    let mut exemptions: Vec<Exemption> = Vec::new();
    let mut named = stated.of_diesel.clone();
    for package in metadata.workspace_packages() {
        let folder = package.manifest_path.with_file_name("");
        let layers = project.configuration.layers.as_ref();
        let is_layer = layers.is_some_and(|rules| rules.layer(&package.name).is_some());
        for sources in ["src", "tests", "examples", "benches"] {
            let mut paths = Vec::new();
            let sources = folder.join(sources).into_std_path_buf();
            if sources.is_dir() {
                super::layers::collect(&sources, &mut paths)?;
            }
            paths.sort();
            for path in paths {
                files += 1;
                let in_layer = is_layer && sources.ends_with("src");
                let mut seen = read(&path)?;
                let shown = path.strip_prefix(&project.root).unwrap_or(&path);
                if let Some(&(line, _)) = seen.of_diesel.first().filter(|_| in_layer)
                    && let Some(OfDiesel { doors, reason }) = named
                        .remove(shown)
                        .filter(|file| !file.reason.trim().is_empty())
                {
                    text += &format!("{}:{line}: {reason}\n", shown.display());
                    let there = seen.of_diesel.len();
                    seen.of_diesel.clear();
                    if there != doors {
                        let wrong = format!(
                            "axis.toml states {doors} doors of Diesel here, and there are {there}"
                        );
                        seen.wrongs.push((
                            line,
                            format!("{wrong}\n    write constants alone, and state the new number"),
                        ));
                    }
                }
                for (line, door) in seen.of_diesel.iter().filter(|_| in_layer) {
                    let wrong = format!("`{door}` writes SQL text past the query builder");
                    seen.wrongs
                        .push((*line, format!("{wrong}\n    use the query builder")));
                }
                for (line, wrong) in seen.wrongs.drain(..) {
                    findings += 1;
                    text += &format!("{}:{line}: {wrong}\n\n", shown.display());
                }
                exemptions.extend(seen.exemptions.into_iter().map(|(line, reason)| Exemption {
                    file: shown.to_path_buf(),
                    line,
                    reason,
                    in_layer,
                }));
            }
        }
    }
    for (file, OfDiesel { reason, .. }) in &named {
        findings += 1;
        text += &format!(
            "axis.toml: [doors.of_diesel] names {}, which needs it no longer ({reason})\n    remove the line\n\n",
            file.display()
        );
    }
    for one in &exemptions {
        text += &format!("{}:{}: {}\n", one.file.display(), one.line, one.reason);
    }
    let of_layers = exemptions.iter().filter(|one| one.in_layer).count();
    text += &format!(
        "doors: {} exemptions in {files} source files, {of_layers} of them in the layers and {} in tests and tools\n",
        exemptions.len(),
        exemptions.len() - of_layers
    );
    if of_layers != stated.exemptions {
        findings += 1;
        text += &format!(
            "axis.toml: [doors] states {} exemptions in the layers, and there are {of_layers}\n    \
             bind what is input, or state the new number and say why in the commit\n",
            stated.exemptions
        );
    }
    // Whoever reads no further (`| head`) still gets the exit code.
    let _ = std::io::stdout().write_all(text.as_bytes());
    match (files, findings) {
        (0, _) => Err(DoorsError::Nothing),
        (_, 0) => Ok(()),
        (_, 1) => Err(DoorsError::Findings("1 thing was".to_owned())),
        (_, count) => Err(DoorsError::Findings(format!("{count} things were"))),
    }
}

fn read(path: &Path) -> Result<Reader, LayersError> {
    let file = super::layers::parse(path)?;
    let mut reader = Reader::default();
    reader.visit_file(&file);
    Ok(reader)
}

#[derive(Default)]
struct Reader {
    exemptions: Vec<(usize, String)>,
    wrongs: Vec<(usize, String)>,
    /// Where one of Diesel's own doors is named.
    of_diesel: Vec<(usize, String)>,
}

impl Reader {
    fn wrong(&mut self, line: usize, what: &str) {
        self.wrongs.push((
            line,
            format!("{what}\n    write `#[expect({LINT}, reason = \"..\")]` at the use"),
        ));
    }

    fn door_of_diesel(&mut self, ident: &proc_macro2::Ident) {
        if DIESEL.iter().any(|door| ident == door) {
            let line = ident.span().start().line;
            self.of_diesel.push((line, ident.to_string()));
        }
    }

    /// `level(..)`, also inside of `cfg_attr(..)`.
    fn level(&mut self, level: &str, line: usize, words: &TokenStream) {
        let lints = lints(words);
        let bans = lints.iter().any(|lint| lint == LINT);
        let group = lints.iter().find(|lint| GROUPS.contains(&lint.as_str()));
        match (level, group) {
            ("expect" | "allow", Some(group)) => {
                self.wrong(
                    line,
                    &format!("`{level}({group})` hides the bans of clippy.toml"),
                );
            }
            ("allow", None) if bans => {
                self.wrong(
                    line,
                    "`allow` does not say when an exemption is no longer needed",
                );
            }
            ("expect", None) if bans => match reason(words) {
                Some(reason) if !reason.trim().is_empty() => self.exemptions.push((line, reason)),
                _ => self.wrong(line, "an exemption without a reason"),
            },
            _ => {}
        }
    }

    fn words(&mut self, words: &TokenStream) {
        let mut level = None;
        for token in words.clone() {
            match token {
                TokenTree::Ident(ident) => {
                    self.door_of_diesel(&ident);
                    level = Some((ident.to_string(), ident.span().start().line));
                }
                TokenTree::Group(group) => match level.take() {
                    Some((name, line)) if name == "expect" || name == "allow" => {
                        self.level(&name, line, &group.stream());
                    }
                    _ => self.words(&group.stream()),
                },
                _ => level = None,
            }
        }
    }
}

impl<'ast> Visit<'ast> for Reader {
    fn visit_attribute(&mut self, attribute: &'ast Attribute) {
        if let syn::Meta::List(list) = &attribute.meta {
            let name = list
                .path
                .get_ident()
                .map(ToString::to_string)
                .unwrap_or_default();
            match name.as_str() {
                "expect" | "allow" => {
                    let line = attribute.pound_token.span.start().line;
                    self.level(&name, line, &list.tokens);
                }
                "cfg_attr" => self.words(&list.tokens),
                _ => {}
            }
        }
    }

    fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
        self.door_of_diesel(&call.method);
        syn::visit::visit_expr_method_call(self, call);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        if let Some(last) = path.segments.last() {
            self.door_of_diesel(&last.ident);
        }
        syn::visit::visit_path(self, path);
    }

    /// An attribute among a macro's words.
    fn visit_macro(&mut self, invocation: &'ast syn::Macro) {
        self.visit_path(&invocation.path);
        self.words(&invocation.tokens);
    }
}

/// The lints of `expect(a::b, c, reason = "..")`.
fn lints(words: &TokenStream) -> Vec<String> {
    let mut lints = vec![String::new()];
    for token in words.clone() {
        match token {
            TokenTree::Punct(punct) if punct.as_char() == ',' => lints.push(String::new()),
            other => {
                if let Some(last) = lints.last_mut() {
                    last.push_str(&other.to_string());
                }
            }
        }
    }
    lints
}

fn reason(words: &TokenStream) -> Option<String> {
    let mut after_reason = false;
    for token in words.clone() {
        match token {
            TokenTree::Ident(ident) => after_reason = ident == "reason",
            TokenTree::Literal(literal) if after_reason => {
                let text: LitStr = syn::parse_str(&literal.to_string()).ok()?;
                return Some(text.value());
            }
            _ => {}
        }
    }
    None
}
