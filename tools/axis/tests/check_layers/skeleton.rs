//! This repository without its code: every package with its dependencies on the others and on the crates that the rules
//! name, under the repository's own axis.toml and deny.toml. What it depends on from elsewhere is an empty crate in a
//! folder, so Cargo asks no registry and builds nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use cargo_metadata::MetadataCommand;

use super::fixture::{Answer, TARGET, write};
use super::repository::{self, Entry, PACKAGES, Package};

/// Nothing forbids it: what a case does with a forbidden crate, its twin does with this one.
pub(crate) const INNOCENT: &str = "innocent";

/// How a manifest can name a dependency.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Kind {
    Normal,
    Dev,
    Build,
    Optional,
    Windows,
    Renamed,
}

impl Kind {
    pub(crate) const ALL: [Self; 6] = [
        Self::Normal,
        Self::Dev,
        Self::Build,
        Self::Optional,
        Self::Windows,
        Self::Renamed,
    ];

    /// As `axis check layers` calls it.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Dev => "dev-dependency",
            Self::Build => "build-dependency",
            Self::Normal | Self::Optional | Self::Windows | Self::Renamed => "dependency",
        }
    }
}

/// The packages, with edges added.
#[derive(Clone, Debug)]
pub(crate) struct Skeleton {
    packages: Vec<Package>,
    /// Empty crates from elsewhere, with what they depend on.
    others: BTreeMap<String, BTreeSet<String>>,
    /// Licences other than MIT.
    licences: BTreeMap<String, String>,
    /// Further files, which come last.
    files: Vec<(String, String)>,
}

impl Skeleton {
    /// As the repository is.
    pub(crate) fn new() -> Self {
        let mut others: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let members: BTreeSet<&str> = PACKAGES
            .iter()
            .map(|package| package.name.as_str())
            .collect();
        for entry in PACKAGES.iter().flat_map(|package| &package.entries) {
            if !members.contains(entry.package.as_str()) {
                others.entry(entry.package.clone()).or_default();
            }
        }
        // What deny.toml lets through in the graph beyond the workspace.
        for (name, wrappers) in repository::bans() {
            for wrapper in wrappers {
                if !members.contains(wrapper.as_str()) {
                    others.entry(wrapper).or_default().insert(name.clone());
                }
            }
        }
        others.entry(INNOCENT.to_owned()).or_default();
        Self {
            packages: PACKAGES.clone(),
            others,
            licences: BTreeMap::new(),
            files: Vec::new(),
        }
    }

    /// Lets a package depend on another, or on a crate from elsewhere.
    pub(crate) fn with(mut self, from: &str, to: &str, kind: Kind) -> Self {
        let is_member = self.packages.iter().any(|package| package.name == to);
        if !is_member {
            self.others.entry(to.to_owned()).or_default();
        }
        let package = (self.packages.iter_mut()).find(|package| package.name == from);
        let package = package.unwrap();
        let section = match kind {
            Kind::Dev => "dev-dependencies",
            Kind::Build => "build-dependencies",
            Kind::Windows => "target.'cfg(windows)'.dependencies",
            Kind::Normal | Kind::Optional | Kind::Renamed => "dependencies",
        };
        if matches!(kind, Kind::Normal | Kind::Optional | Kind::Renamed) {
            // Not twice in one way, nor under two names: what was there becomes what is asked for.
            (package.entries).retain(|entry| {
                entry.package != to || (kind != Kind::Renamed && entry.section.starts_with("dev"))
            });
            for values in package.features.values_mut() {
                values.retain(|value| *value != format!("dep:{to}"));
            }
        }
        let mut more = String::new();
        if is_member {
            more += ", default-features = false";
        }
        if kind == Kind::Optional {
            more += ", optional = true";
        }
        let key = match kind {
            Kind::Renamed => format!("renamed-{to}"),
            _ => to.to_owned(),
        };
        package
            .entries
            .retain(|entry| entry.section != section || entry.key != key);
        package.entries.push(Entry {
            section: section.to_owned(),
            key,
            package: to.to_owned(),
            more,
        });
        self
    }

    /// Lets a package depend on another with a feature.
    pub(crate) fn with_feature(self, from: &str, to: &str, feature: &str) -> Self {
        let mut skeleton = self.with(from, to, Kind::Normal);
        let entries = (skeleton.packages.iter_mut())
            .filter(|package| package.name == from)
            .flat_map(|package| &mut package.entries);
        for entry in entries.filter(|entry| entry.package == to) {
            let _ = write!(entry.more, ", features = [{feature:?}]");
        }
        skeleton
    }

    /// Gives a crate from elsewhere its licence.
    pub(crate) fn licence(mut self, name: &str, licence: &str) -> Self {
        self.licences.insert(name.to_owned(), licence.to_owned());
        self
    }

    /// Writes a file, in place of one of the same path.
    pub(crate) fn file(mut self, path: &str, text: impl Into<String>) -> Self {
        self.files.push((path.to_owned(), text.into()));
        self
    }

    /// Lays it out in a folder of its own.
    pub(crate) fn lay_out(&self) -> Laid {
        let folder = tempfile::tempdir().unwrap();
        let members: Vec<&str> = (self.packages.iter())
            .map(|package| package.name.as_str())
            .collect();
        let at = folder.path();
        write(
            at,
            "Cargo.toml",
            &format!(
                "[workspace]\nresolver = \"3\"\nmembers = {members:?}\nexclude = [\"others\"]\n"
            ),
        );
        for file in ["axis.toml", "deny.toml"] {
            write(at, file, &repository::file(file));
        }
        for package in &self.packages {
            write(
                at,
                &format!("{}/Cargo.toml", package.name),
                &self.manifest(package),
            );
            let root = if package.is_library { "lib" } else { "main" };
            write(at, &format!("{}/src/{root}.rs", package.name), "");
        }
        for (path, text) in SOURCES {
            write(at, path, text);
        }
        for (name, dependencies) in &self.others {
            let licence = self.licences.get(name).map_or("MIT", String::as_str);
            let mut manifest =
                format!("[package]\nname = \"{name}\"\nlicense = \"{licence}\"\n[dependencies]\n");
            for dependency in dependencies {
                let _ = writeln!(manifest, "{dependency} = {{ path = \"../{dependency}\" }}");
            }
            write(at, &format!("others/{name}/Cargo.toml"), &manifest);
            write(at, &format!("others/{name}/src/lib.rs"), "");
        }
        for (path, text) in &self.files {
            write(at, path, text);
        }
        Laid { folder }
    }

    fn manifest(&self, package: &Package) -> String {
        let mut text = format!(
            "[package]\nname = \"{}\"\nedition = \"2024\"\nlicense = \"MIT\"\npublish = false\n[features]\n",
            package.name
        );
        for (feature, values) in &package.features {
            let _ = writeln!(text, "{feature} = {values:?}");
        }
        let sections: BTreeSet<&str> = (package.entries.iter())
            .map(|entry| entry.section.as_str())
            .collect();
        for section in sections {
            let _ = writeln!(text, "[{section}]");
            for entry in package
                .entries
                .iter()
                .filter(|entry| entry.section == section)
            {
                let folder = match self.others.contains_key(&entry.package) {
                    true => "../others",
                    false => "..",
                };
                let (key, package, more) = (&entry.key, &entry.package, &entry.more);
                let _ = writeln!(
                    text,
                    "{key} = {{ path = \"{folder}/{package}\", package = \"{package}\"{more} }}"
                );
            }
        }
        text
    }
}

/// A skeleton in a folder.
pub(crate) struct Laid {
    folder: tempfile::TempDir,
}

impl Laid {
    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Writes a file anew.
    pub(crate) fn replace(&self, path: &str, text: &str) {
        write(self.folder.path(), path, text);
    }

    /// Writes a file that can be run.
    pub(crate) fn replace_script(&self, path: &str, text: &str) {
        use std::os::unix::fs::PermissionsExt as _;
        self.replace(path, text);
        let mode = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(self.path().join(path), mode).unwrap();
    }

    /// What Cargo says of it.
    pub(crate) fn metadata(&self) -> String {
        let mut command = MetadataCommand::new();
        command
            .current_dir(self.path())
            .features(cargo_metadata::CargoOpt::AllFeatures)
            .other_options(["--offline".to_owned()]);
        let mut command = command.cargo_command();
        let output = command.env("CARGO_TARGET_DIR", TARGET).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{said}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// Runs `axis check layers` on it.
    pub(crate) fn layers(&self) -> Answer {
        Answer::of(&mut self.layers_command())
    }

    /// Runs it with another Cargo.
    pub(crate) fn layers_of(&self, cargo: &Path) -> Answer {
        Answer::of(self.layers_command().env("CARGO", cargo))
    }

    fn layers_command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_axis"));
        command
            .args(["check", "layers"])
            .current_dir(self.folder.path())
            .env("CARGO_NET_OFFLINE", "true")
            .env("CARGO_TARGET_DIR", TARGET);
        command
    }

    /// Runs cargo-deny on it, as CI does.
    pub(crate) fn deny(&self, what: &[&str]) -> Answer {
        Answer::of(
            Command::new("cargo-deny")
                .args(["--offline", "check", "-D", "warnings"])
                .args(what)
                .env("CARGO_TARGET_DIR", TARGET)
                .current_dir(self.folder.path()),
        )
    }
}

/// Sources that the rules of axis.toml look at: where a rule has no object, `axis check layers` says so.
const SOURCES: &[(&str, &str)] = &[
    ("axis-db/src/lib.rs", "pub mod schema;\n"),
    ("axis-db/src/schema.rs", "pub mod users {}\n"),
    ("axis-db/src/config.rs", "use tokio_postgres::Config;\n"),
    ("axis-db/src/connect.rs", "use tokio_postgres::Client;\n"),
    ("axis-db/src/connection.rs", "use tokio_postgres::Client;\n"),
    (
        "axis-db/src/postgres_error.rs",
        "use tokio_postgres::error::DbError;\n",
    ),
    (
        "axis-db/src/tls.rs",
        "use tokio_postgres::tls::TlsConnect;\n",
    ),
    (
        "axis-db-contract/src/lib.rs",
        "pub mod strategies {}\nmod users;\npub use users::Select;\n",
    ),
    (
        "axis-db-contract/src/users.rs",
        "use axis_db::schema::users;\n#[derive(Clone)]\npub struct Select;\n",
    ),
    (
        "axis-schema/src/lib.rs",
        "pub mod lists {}\npub mod posts {}\npub mod users { use axis_db_contract::Select; }\n",
    ),
    ("axis-adapters/src/lib.rs", "mod http;\nmod repositories;\n"),
    (
        "axis-adapters/src/http.rs",
        "use axis_schema::users::UserResponse;\n",
    ),
    (
        "axis-adapters/src/repositories.rs",
        "use axis_db::schema::users;\nuse axis_db_contract::Select;\n",
    ),
];
