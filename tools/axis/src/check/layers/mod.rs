//! `axis check layers`: laws 1 to 3 of the design.
//!
//! `cargo metadata` says who depends on whom, `[layers]` in axis.toml who may, deny.toml what cargo-deny is told; the sources of
//! the layers say who names whom. Each disagreement is a [`Finding`].

mod deny;
mod edges;
mod finding;
mod modules;
mod names;
mod resolve;
mod rules;
mod sources;
mod workspace;

use std::io::Write;
use std::path::{Path, PathBuf};

pub(super) use modules::{collect, parse};
pub(crate) use rules::Rules;

use crate::configuration::Project;
use finding::{Counts, Finding, line_at};
use workspace::Workspace;

const AXIS_TOML: &str = "axis.toml";
const DENY_TOML: &str = "deny.toml";

/// Why the layers are not in order.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LayersError {
    /// What was printed above.
    #[error("{count} found by `axis check layers`: mend each as it says above")]
    Findings {
        /// How many, with the noun.
        count: String,
    },
    /// A check that looked at nothing.
    #[error(
        "the check saw not one {of}, so it proves nothing: run it where axis.toml and the workspace's Cargo.toml are"
    )]
    Nothing {
        /// Of what there was none.
        of: &'static str,
    },
    /// There is nothing to check against.
    #[error("axis.toml has no [layers]: state there which package may depend on which")]
    NoRules,
    /// Cargo cannot say what depends on what.
    #[error("cargo metadata failed; if crates are missing, run `cargo fetch`")]
    Metadata(#[from] cargo_metadata::Error),
    /// A file or folder cannot be read.
    #[error("cannot read {}", path.display())]
    Unreadable {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: std::io::Error,
    },
    /// deny.toml is not what cargo-deny reads.
    #[error("{DENY_TOML} cannot be used: mend it at the place shown")]
    DenyToml {
        /// What is wrong, with line and column.
        #[source]
        source: Box<toml::de::Error>,
    },
    /// A source file does not parse.
    #[error("{}:{line}: this is not Rust, so what it names is not known", path.display())]
    NotRust {
        /// The file.
        path: PathBuf,
        /// Where, counted from 1.
        line: usize,
        /// What the parser says.
        #[source]
        source: syn::Error,
    },
}

/// What the checks look at.
struct Inspection<'a> {
    root: &'a Path,
    rules: &'a Rules,
    workspace: &'a Workspace,
    /// Text of axis.toml, for lines.
    axis_toml: String,
}

impl Inspection<'_> {
    /// The path as it is printed.
    fn relative(&self, path: &Path) -> PathBuf {
        path.strip_prefix(self.root).unwrap_or(path).to_path_buf()
    }

    fn line_in_axis_toml<T>(&self, place: &toml::Spanned<T>) -> usize {
        line_at(&self.axis_toml, place.span().start)
    }
}

/// Runs the check and prints what it found.
pub(crate) fn run(project: &Project) -> Result<(), LayersError> {
    let (counts, findings) = inspect(project)?;
    let mut text: String = findings
        .iter()
        .map(|finding| format!("{finding}\n\n"))
        .collect();
    text += &format!("layers: {counts}\n");
    // Whoever reads no further (`| head`) still gets the exit code.
    let _ = std::io::stdout().write_all(text.as_bytes());
    if let Some(of) = counts.nothing() {
        return Err(LayersError::Nothing { of });
    }
    match findings.len() {
        0 => Ok(()),
        1 => Err(LayersError::Findings {
            count: "1 thing was".to_owned(),
        }),
        count => Err(LayersError::Findings {
            count: format!("{count} things were"),
        }),
    }
}

/// Everything but the printing.
fn inspect(project: &Project) -> Result<(Counts, Vec<Finding>), LayersError> {
    let rules = (project.configuration.layers.as_ref()).ok_or(LayersError::NoRules)?;
    // Cargo prints paths without symbolic links.
    let root = project
        .root
        .canonicalize()
        .map_err(|source| LayersError::Unreadable {
            path: project.root.clone(),
            source,
        })?;
    let workspace = Workspace::read(&root)?;
    let inspection = Inspection {
        root: &root,
        rules,
        workspace: &workspace,
        axis_toml: read(&root.join(AXIS_TOML))?,
    };
    let mut findings = edges::check(&inspection);
    let (bans, of_deny) = deny::check(&inspection, &root)?;
    findings.extend(of_deny);
    let (allowed, for_tests, forbidden) = rules.edges();
    let mut counts = Counts {
        allowed,
        for_tests,
        forbidden,
        unknown_crates: rules.unknown_crates(),
        packages: workspace.packages.len(),
        dependencies: workspace
            .packages
            .iter()
            .map(|package| package.dependencies.len())
            .sum(),
        edges: workspace
            .packages
            .iter()
            .flat_map(|package| &package.dependencies)
            .filter(|dependency| workspace.package(&dependency.name).is_some())
            .count(),
        bans,
        rules: rules.count(),
        ..Counts::default()
    };
    for package in &workspace.packages {
        if rules.layer(&package.name).is_none() {
            continue;
        }
        let sources = modules::read(package)?;
        counts.files += sources.files;
        counts.names += sources
            .modules
            .iter()
            .map(|module| module.imports.len() + module.mentions.len())
            .sum::<usize>();
        findings.extend(sources::check(&inspection, package, &sources));
    }
    findings.sort();
    findings.dedup();
    Ok((counts, findings))
}

fn read(path: &Path) -> Result<String, LayersError> {
    std::fs::read_to_string(path).map_err(|source| LayersError::Unreadable {
        path: path.to_path_buf(),
        source,
    })
}
