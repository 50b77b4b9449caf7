use std::collections::BTreeSet;
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The oldest major version of PostgreSQL that AXIS works with.
pub const OLDEST_MAJOR: u32 = 14;

/// Where PostgreSQL's server programs usually are; `*` stands for any one name. In the order of the
/// systems: Debian and Ubuntu, Fedora and RHEL (PGDG and their own), Arch, Alpine, Homebrew on
/// Apple and Intel processors, Linuxbrew, Postgres.app, EnterpriseDB's installer, MacPorts, Nix,
/// and what `make install` does.
const USUAL_PLACES: &[&str] = &[
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/usr/lib64/pgsql/*/bin",
    "/usr/libexec/postgresql*",
    "/usr/bin",
    "/opt/homebrew/opt/postgresql@*/bin",
    "/opt/homebrew/bin",
    "/usr/local/opt/postgresql@*/bin",
    "/home/linuxbrew/.linuxbrew/opt/postgresql@*/bin",
    "/Applications/Postgres.app/Contents/Versions/*/bin",
    "/Library/PostgreSQL/*/bin",
    "/opt/local/lib/postgresql*/bin",
    "/run/current-system/sw/bin",
    "/usr/local/pgsql/bin",
];

/// The environment variable that names the folder of the programs to use, and no others.
pub const BIN_VARIABLE: &str = "AXIS_POSTGRES_BIN";

/// The programs that must be in one folder.
const PROGRAMS: &[&str] = &["postgres", "initdb", "pg_ctl"];

/// An installed PostgreSQL server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Installation {
    bin: PathBuf,
    version: Version,
}

/// A version as `postgres --version` prints it, such as `15.14` or `18beta1`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    major: u32,
    minor: u32,
    text: String,
}

/// No PostgreSQL of version 14 or newer was found. Says what was looked at;
/// [`crate::InstallCommand`] says how to install it.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.message())]
pub struct NotFound {
    /// Each folder that holds the server's programs but cannot be used, and why.
    pub refused: Vec<(PathBuf, String)>,
    /// Each place that was looked at.
    pub looked_at: Vec<String>,
}

impl Installation {
    /// The newest PostgreSQL on this machine.
    ///
    /// Looks at the folders in `PATH`, at what `pg_config --bindir` says, and at the usual places
    /// of the systems' packages; where [`BIN_VARIABLE`] is set, at that folder alone.
    ///
    /// # Errors
    /// [`NotFound`] where there is none of version 14 or newer.
    pub fn find() -> Result<Self, NotFound> {
        let mut found = Self::all()?;
        Ok(found.swap_remove(0))
    }

    /// Every PostgreSQL of version 14 or newer on this machine, newest first. Never empty.
    ///
    /// # Errors
    /// [`NotFound`] where there is none.
    pub fn all() -> Result<Vec<Self>, NotFound> {
        if let Some(bin) = named_folder() {
            let place = format!("{} ({BIN_VARIABLE})", bin.display());
            return Self::among(vec![(place, vec![bin])]);
        }
        let path = std::env::var_os("PATH").unwrap_or_default();
        let mut places: Vec<(String, Vec<PathBuf>)> = Vec::new();
        for folder in std::env::split_paths(&path) {
            places.push((format!("{} (PATH)", folder.display()), vec![folder]));
        }
        if let Some(folder) = bin_folder_of_pg_config() {
            places.push((format!("{} (pg_config)", folder.display()), vec![folder]));
        }
        for pattern in USUAL_PLACES {
            places.push(((*pattern).to_owned(), expand(pattern)));
        }
        Self::among(places)
    }

    /// The installation whose programs are in `bin`, or why it cannot be used.
    ///
    /// # Errors
    /// [`NotFound`] that names this folder alone.
    pub fn in_folder(bin: &Path) -> Result<Self, NotFound> {
        let mut found = Self::among(vec![(bin.display().to_string(), vec![bin.to_owned()])])?;
        Ok(found.swap_remove(0))
    }

    fn among(places: Vec<(String, Vec<PathBuf>)>) -> Result<Vec<Self>, NotFound> {
        let mut seen = BTreeSet::new();
        let mut found: Vec<Self> = Vec::new();
        let mut refused = Vec::new();
        let mut looked_at = Vec::new();
        for (place, folders) in places {
            looked_at.push(place);
            for bin in folders {
                if !PROGRAMS.iter().all(|program| bin.join(program).is_file()) {
                    continue;
                }
                // Several places may lead to one program, by links of the folder or of the program.
                let Ok(program) = bin.join("postgres").canonicalize() else {
                    continue;
                };
                if !seen.insert(program) {
                    continue;
                }
                match Version::of(&bin) {
                    Ok(version) if version.major >= OLDEST_MAJOR => {
                        found.push(Self { bin, version });
                    }
                    Ok(version) => {
                        refused.push((bin, format!("version {version} is too old")));
                    }
                    Err(reason) => refused.push((bin, reason)),
                }
            }
        }
        if found.is_empty() {
            return Err(NotFound { refused, looked_at });
        }
        // Stable: of one version, the first in PATH stays first.
        found.sort_by(|a, b| b.version.cmp(&a.version));
        Ok(found)
    }

    /// The folder of `postgres`, `initdb` and `pg_ctl`.
    #[must_use]
    pub fn bin(&self) -> &Path {
        &self.bin
    }

    /// The server's version.
    #[must_use]
    pub fn version(&self) -> &Version {
        &self.version
    }

    /// The path of one of the server's programs.
    #[must_use]
    pub fn program(&self, name: &str) -> PathBuf {
        self.bin.join(name)
    }
}

/// What [`BIN_VARIABLE`] names.
pub(crate) fn named_folder() -> Option<PathBuf> {
    let folder = std::env::var_os(BIN_VARIABLE)?;
    (!folder.is_empty()).then(|| PathBuf::from(folder))
}

impl Version {
    /// The major version, such as 15.
    #[must_use]
    pub fn major(&self) -> u32 {
        self.major
    }

    fn of(bin: &Path) -> Result<Self, String> {
        let output = Command::new(bin.join("postgres"))
            .arg("--version")
            .output()
            .map_err(|error| format!("postgres --version cannot be run: {error}"))?;
        let printed = String::from_utf8_lossy(&output.stdout);
        Self::parse(&printed)
            .ok_or_else(|| format!("postgres --version printed {:?}", printed.trim()))
    }

    /// Reads `postgres (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)`.
    fn parse(printed: &str) -> Option<Self> {
        let text = printed
            .split_whitespace()
            .find(|word| word.starts_with(|c: char| c.is_ascii_digit()))?;
        let digits = |s: &str| {
            let end = s.find(|c: char| !c.is_ascii_digit()).unwrap_or(s.len());
            s[..end].parse::<u32>().ok()
        };
        Some(Self {
            major: digits(text)?,
            // A beta (`18beta1`) has no minor version, and is older than 18.0.
            minor: text
                .split_once('.')
                .and_then(|(_, m)| digits(m))
                .unwrap_or(0),
            text: text.to_owned(),
        })
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl NotFound {
    fn message(&self) -> String {
        let mut message = format!(
            "no PostgreSQL server of version {OLDEST_MAJOR} or newer was found (programs: {})",
            PROGRAMS.join(", ")
        );
        for (folder, reason) in &self.refused {
            message.push_str(&format!(
                "\n  {} cannot be used: {reason}",
                folder.display()
            ));
        }
        message.push_str("\nLooked at: ");
        message.push_str(&self.looked_at.join(", "));
        message
    }
}

fn bin_folder_of_pg_config() -> Option<PathBuf> {
    let pg_config = which::which("pg_config").ok()?;
    let output = Command::new(pg_config).arg("--bindir").output().ok()?;
    let printed = String::from_utf8(output.stdout).ok()?;
    let folder = printed.trim();
    (!folder.is_empty()).then(|| PathBuf::from(folder))
}

/// The folders that a pattern stands for. Its `*` stands within one name.
fn expand(pattern: &str) -> Vec<PathBuf> {
    let mut folders = vec![PathBuf::from("/")];
    for part in pattern.split('/').filter(|part| !part.is_empty()) {
        folders = match part.split_once('*') {
            None => folders.into_iter().map(|f| f.join(part)).collect(),
            Some((before, after)) => folders
                .iter()
                .filter_map(|folder| std::fs::read_dir(folder).ok())
                .flatten()
                .filter_map(Result::ok)
                .filter(|entry| {
                    let name = entry.file_name();
                    let name = name.to_string_lossy();
                    name.len() >= before.len() + after.len()
                        && name.starts_with(before)
                        && name.ends_with(after)
                })
                .map(|entry| entry.path())
                .collect(),
        };
    }
    folders
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::{PermissionsExt, symlink};
    use std::path::{Path, PathBuf};

    use super::{Installation, PROGRAMS, Version, expand};

    /// A folder with programs that print a version.
    fn fake(root: &Path, name: &str, programs: &[&str], printed: &str) -> PathBuf {
        let bin = root.join(name).join("bin");
        fs::create_dir_all(&bin).unwrap();
        for program in programs {
            let path = bin.join(program);
            fs::write(&path, format!("#!/bin/sh\necho '{printed}'\n")).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        }
        bin
    }

    fn place(bin: &Path) -> (String, Vec<PathBuf>) {
        (bin.display().to_string(), vec![bin.to_owned()])
    }

    #[test]
    fn versions_are_read_and_ordered() {
        let cases = [
            ("postgres (PostgreSQL) 14.0", 14, "14.0"),
            (
                "postgres (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)",
                15,
                "15.14",
            ),
            ("postgres (PostgreSQL) 15.9", 15, "15.9"),
            ("postgres (PostgreSQL) 18beta1", 18, "18beta1"),
        ];
        for (printed, major, text) in cases {
            let version = Version::parse(printed).unwrap();
            assert_eq!(
                (version.major(), version.to_string().as_str()),
                (major, text)
            );
        }
        assert!(Version::parse("15.14") > Version::parse("15.9"));
        assert!(Version::parse("18beta1") > Version::parse("17.6"));
        assert_eq!(Version::parse("postgres: command not found"), None);
    }

    #[test]
    fn the_newest_complete_one_is_first_and_each_is_named_once() {
        let root = tempfile::tempdir().unwrap();
        let old = fake(root.path(), "13", PROGRAMS, "postgres (PostgreSQL) 13.9");
        let good = fake(root.path(), "14", PROGRAMS, "postgres (PostgreSQL) 14.2");
        let best = fake(root.path(), "17", PROGRAMS, "postgres (PostgreSQL) 17.1");
        let client = fake(root.path(), "18", &["pg_ctl"], "pg_ctl (PostgreSQL) 18.0");
        let linked = root.path().join("linked");
        symlink(&best, &linked).unwrap();
        let places = [&old, &good, &best, &client, &linked].map(|bin| place(bin));
        let found = Installation::among(places.to_vec()).unwrap();
        let found: Vec<&Path> = found.iter().map(Installation::bin).collect();
        assert_eq!(found, [best.as_path(), good.as_path()]);
    }

    #[test]
    fn where_there_is_none_the_error_names_what_was_looked_at_and_why_it_does_not_do() {
        let root = tempfile::tempdir().unwrap();
        let old = fake(root.path(), "13", PROGRAMS, "postgres (PostgreSQL) 13.9");
        let broken = fake(root.path(), "15", PROGRAMS, "cannot load libfoo");
        let missing = root.path().join("missing");
        let error = Installation::among([&old, &broken, &missing].map(|bin| place(bin)).to_vec());
        let error = error.unwrap_err();
        assert_eq!((error.refused.len(), error.looked_at.len()), (2, 3));
        let message = error.to_string();
        for expected in [
            format!("{} cannot be used: version 13.9 is too old", old.display()),
            format!(
                "{} cannot be used: postgres --version printed",
                broken.display()
            ),
            missing.display().to_string(),
        ] {
            assert!(message.contains(&expected), "{message}");
        }
    }

    #[test]
    fn a_star_stands_within_one_name() {
        let root = tempfile::tempdir().unwrap();
        for folder in ["pgsql-15/bin", "pgsql-9/bin", "other/bin", "pgsql-/x/bin"] {
            fs::create_dir_all(root.path().join(folder)).unwrap();
        }
        let mut found = expand(&format!("{}/pgsql-*/bin", root.path().display()));
        found.sort();
        found.retain(|folder| folder.is_dir());
        assert_eq!(
            found,
            ["pgsql-15/bin", "pgsql-9/bin"].map(|name| root.path().join(name))
        );
    }

    /// The machine that runs these tests has one.
    #[test]
    fn this_machines_is_found() {
        let found = Installation::find().unwrap();
        assert!(found.version().major() >= super::OLDEST_MAJOR);
        assert!(
            PROGRAMS
                .iter()
                .all(|program| found.program(program).is_file())
        );
    }
}
