//! What a check found, where, which law says so, and what to do.

use std::fmt;
use std::path::PathBuf;

/// One thing to mend.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct Finding {
    /// Relative to the project's folder where it lies inside.
    pub(super) file: PathBuf,
    /// Counted from 1.
    pub(super) line: usize,
    /// What stands there.
    pub(super) what: String,
    /// The rule, in a sentence.
    pub(super) law: &'static str,
    /// What to do.
    pub(super) remedy: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}:{}: {}", self.file.display(), self.line, self.what)?;
        writeln!(f, "    {}", self.law)?;
        write!(f, "    {}", self.remedy)
    }
}

/// How much was looked at. A check that looked at nothing has proved nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Counts {
    pub(super) packages: usize,
    /// Direct dependencies of the packages, of every kind, feature and target.
    pub(super) dependencies: usize,
    /// Those of them that lead to a package of the workspace.
    pub(super) edges: usize,
    /// Edges that a manifest could have between two packages of the workspace, by what axis.toml says of them.
    pub(super) allowed: usize,
    pub(super) for_tests: usize,
    pub(super) forbidden: usize,
    /// Crates of others, by name or beginning, that a package may not know; once for each such package.
    pub(super) unknown_crates: usize,
    /// Entries of deny.toml that were compared.
    pub(super) bans: usize,
    pub(super) files: usize,
    /// Paths, imports and words of macros in the files.
    pub(super) names: usize,
    pub(super) rules: usize,
}

impl Counts {
    /// What there should have been some of, and was none.
    pub(super) fn nothing(&self) -> Option<&'static str> {
        [
            (self.packages, "package"),
            (self.dependencies, "dependency"),
            (self.edges, "edge between packages of the workspace"),
            (self.bans, "entry of deny.toml"),
            (self.files, "source file of a layer"),
            (self.names, "name in the sources"),
            (self.rules, "rule in axis.toml"),
        ]
        .into_iter()
        .find_map(|(count, of)| (count == 0).then_some(of))
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} packages with {} dependencies, {} of them edges of the workspace; \
             knows {} edges between them: {} allowed, {} for tests only, {} forbidden; \
             {} from a package to a crate that it may not know; {} entries of deny.toml; \
             {} names in {} source files; {} rules",
            self.packages,
            self.dependencies,
            self.edges,
            self.allowed + self.for_tests + self.forbidden,
            self.allowed,
            self.for_tests,
            self.forbidden,
            self.unknown_crates,
            self.bans,
            self.names,
            self.files,
            self.rules
        )
    }
}

/// Line of a byte offset, counted from 1.
pub(super) fn line_at(text: &str, offset: usize) -> usize {
    let before = text.as_bytes().iter().take(offset);
    1 + before.filter(|byte| **byte == b'\n').count()
}
