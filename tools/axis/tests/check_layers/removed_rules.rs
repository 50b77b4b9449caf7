//! No rule is idle: each statement of `[layers]` in axis.toml and of deny.toml is taken away in turn, and something that the
//! tests look at changes.
//!
//! Two workspaces are judged under the remaining rules. The one that keeps the laws must be refused, because the two files
//! no longer agree or an edge that is needed is no longer stated; or the one that breaks every law is no longer found
//! guilty of all. Cargo is asked once: `cargo metadata` does not depend on the rules.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::process::Command;
use std::sync::LazyLock;

use toml::{Table, Value};

use super::edges::for_each;
use super::fixture::Answer;
use super::repository;
use super::skeleton::{Kind, Laid, Skeleton};

/// One crate for each name in `[layers.families]`, by family, and the packages that may not know it. By hand, apart from
/// axis.toml.
const FAMILIES: &[(&str, &str, &str)] = &[
    (
        "caches",
        "axis-db axis-db-contract axis-schema",
        "cached foyer-memory fred memcache-async mini-moka moka quick_cache redis",
    ),
    (
        "connections",
        "axis-db-contract axis-schema",
        "bb8 bb8-postgres deadpool-postgres diesel-async mobc-postgres postgres r2d2 r2d2_postgres sqlx-core \
         tokio-postgres-rustls",
    ),
    (
        "http",
        "axis-db axis-db-contract axis-schema",
        "actix-web axum axum-extra h2 headers http http-body-util hyper hyper-util isahc poem-openapi reqwest rocket_http \
         salvo_core surf tide tonic-web tower tower-http ureq utoipa-axum warp",
    ),
    (
        "observability",
        "axis-db axis-db-contract axis-schema",
        "env_logger fern log log4rs metrics metrics-util opentelemetry_sdk prometheus-client sentry-core slog-async \
         tracing tracing-core",
    ),
    (
        "queries",
        "axis-schema",
        "diesel sea-orm-migration sea-query-binder",
    ),
    (
        "serialization",
        "axis-db",
        "ciborium rkyv rmp-serde schemars serde serde_json simd-json sonic-rs",
    ),
    ("validation", "axis-db", "garde nutype validator"),
];

/// What else the guilty workspace does, and how it is found.
const WRONGS: &[(&str, &str, &[&str])] = &[
    (
        "axis-db/src/pool.rs",
        "use tokio_postgres::Client;\n",
        &[
            "tokio_postgres is named outside of config/, connect/, connection/, postgres_error/, tls/",
        ],
    ),
    (
        "axis-adapters/src/repositories/everything.rs",
        "use axis_db::schema::users;\nfn f() { users::table.select(users::star); }\n",
        &["axis_db::schema::users::star is named"],
    ),
    (
        "axis-db-contract/src/lib.rs",
        "pub mod strategies {}\nmod users;\npub use users::Select;\nmod wire { impl Serialize for Select {} impl Deserialize for Select {} }\n",
        &["Select is Deserialize", "Select is Serialize"],
    ),
    (
        "axis-adapters/src/server.rs",
        "use axis_db_contract::Select;\n",
        &["axis_db_contract is named outside of repositories/"],
    ),
    (
        "axis-adapters/src/observability.rs",
        "use axis_db::schema::users;\n",
        &["axis_db::schema is named outside of repositories/"],
    ),
    (
        "axis-adapters/src/http.rs",
        "use axis_schema::users::UserResponse;\nuse axis_db::Database;\n",
        &["http/ names axis_db::Database"],
    ),
];

/// A workspace whose `cargo metadata` is known.
struct Judged {
    laid: Laid,
}

impl Judged {
    fn new(skeleton: &Skeleton) -> Self {
        let laid = skeleton.lay_out();
        let metadata = laid.metadata();
        laid.replace("metadata.json", &metadata);
        laid.replace_script("cargo", "#!/bin/sh\nexec cat metadata.json\n");
        Self { laid }
    }

    /// `axis check layers` under these rules.
    fn layers(&self, axis: &str, deny: &str) -> Answer {
        self.laid.replace("axis.toml", axis);
        self.laid.replace("deny.toml", deny);
        self.laid.layers_of(&self.laid.path().join("cargo"))
    }

    /// cargo-deny under these rules.
    fn deny(&self, deny: &str, arguments: &[&str]) -> Answer {
        self.laid.replace("deny.toml", deny);
        Answer::of(
            Command::new("cargo-deny")
                .args(["--offline", "--metadata-path", "metadata.json", "check"])
                .args(arguments)
                .args(["bans", "licenses", "sources"])
                .current_dir(self.laid.path()),
        )
    }
}

/// The workspaces of one thread.
struct Bench {
    lawful: Judged,
    guilty: Judged,
    /// For cargo-deny: what it must let through, and what it must refuse.
    clean: Judged,
    soiled: Judged,
}

static EXPECTED: LazyLock<BTreeSet<String>> = LazyLock::new(|| {
    let mut expected: BTreeSet<String> = (WRONGS.iter())
        .flat_map(|(_, _, found)| found.iter().map(ToString::to_string))
        .collect();
    for (family, packages, crates) in FAMILIES {
        for package in packages.split_whitespace() {
            for name in crates.split_whitespace() {
                expected.insert(format!(
                    "{package} depends on {name} (dependency), which belongs to {family}"
                ));
            }
        }
    }
    expected.insert("axis depends on axis-db with its feature `schema`".to_owned());
    expected
});

impl Bench {
    fn new() -> Self {
        let lawful = Skeleton::new();
        let mut guilty = Skeleton::new().with_feature("axis", "axis-db", "schema");
        for (_, packages, crates) in FAMILIES {
            for package in packages.split_whitespace() {
                for name in crates.split_whitespace() {
                    guilty = guilty.with(package, name, Kind::Normal);
                }
            }
        }
        for (path, text, _) in WRONGS {
            guilty = guilty.file(path, *text);
        }
        Self {
            lawful: Judged::new(&lawful),
            guilty: Judged::new(&guilty),
            clean: clean(),
            soiled: soiled(),
        }
    }

    /// What changes under these rules, if anything does.
    fn notices(&self, axis: &str, deny: &str, deny_changed: bool) -> Option<String> {
        let lawful = self.lawful.layers(axis, deny);
        if !lawful.passed {
            return Some(lawful.text);
        }
        let guilty = self.guilty.layers(axis, deny);
        let found = findings(&guilty.text);
        if found != *EXPECTED {
            let lost: Vec<_> = EXPECTED.symmetric_difference(&found).collect();
            return Some(format!("{lost:?}"));
        }
        if !deny_changed || !super::cargo_deny() {
            return None;
        }
        let clean = self.clean.deny(deny, &["-D", "warnings"]);
        if !clean.passed {
            return Some(clean.text);
        }
        let soiled = self.soiled.deny(deny, &[]);
        (refusals(&soiled.text) != SOILED).then_some(soiled.text)
    }
}

/// Whatever `axis check layers` found, without its place.
fn findings(text: &str) -> BTreeSet<String> {
    (text.lines())
        .filter(|line| line.contains(".rs:") || line.contains(".toml:"))
        .filter_map(|line| Some(line.split_once(": ")?.1.to_owned()))
        .collect()
}

/// One crate of every licence that is allowed, and two versions of one.
fn clean() -> Judged {
    let mut skeleton = Skeleton::new();
    for licence in [
        "Apache-2.0",
        "BSD-3-Clause",
        "ISC",
        "MIT",
        "Unicode-3.0",
        "Zlib",
    ] {
        let name = format!("with-{}", licence.to_lowercase().replace('.', "-"));
        skeleton = skeleton
            .with("axis", &name, Kind::Normal)
            .licence(&name, licence);
    }
    let skeleton = skeleton.with("axis", "twice", Kind::Normal).with(
        "axis-testkit",
        "twice-again",
        Kind::Normal,
    );
    Judged::new(&skeleton).edited(|metadata| {
        let again = r#""name":"twice-again","version":"0.0.0""#;
        assert!(metadata.contains(again));
        metadata.replace(again, r#""name":"twice","version":"0.0.1""#)
    })
}

/// What the soiled workspace is refused for.
const SOILED: &[&str] = &[
    "error[license-not-encountered]: license was not encountered",
    "error[rejected]: failed to satisfy license requirements",
    "error[source-not-allowed]: detected 'git' source not explicitly allowed",
    "error[source-not-allowed]: detected 'registry' source not explicitly allowed",
    "error[wildcard]: found 1 wildcard dependency for crate 'axis'",
];

/// A licence that is not allowed, in a crate that only tests use; one that is allowed and nobody has; crates from elsewhere;
/// a dependency on any version.
fn soiled() -> Judged {
    let skeleton = Skeleton::new()
        .with("axis-testkit", "ours-forever", Kind::Dev)
        .licence("ours-forever", "GPL-3.0-only")
        .with("axis", "from-git", Kind::Normal)
        .with("axis", "from-another-registry", Kind::Normal);
    Judged::new(&skeleton).edited(|metadata| {
        let from = [
            (
                "from-git",
                "git+https://example.org/from-git?tag=v1#0123456789012345678901234567890123456789",
            ),
            (
                "from-another-registry",
                "registry+https://example.org/index",
            ),
        ];
        let mut metadata: serde_json::Value = serde_json::from_str(metadata).unwrap();
        let packages = metadata["packages"].as_array_mut().unwrap();
        for package in packages.iter_mut() {
            for (name, source) in from {
                if package["name"] == name {
                    package["source"] = source.into();
                }
            }
            if package["name"] == "axis" {
                for dependency in package["dependencies"].as_array_mut().unwrap() {
                    if dependency["name"] == "from-another-registry" {
                        dependency["path"].take();
                        dependency["source"] = from[1].1.into();
                    }
                }
            }
        }
        metadata.to_string()
    })
}

/// The errors of cargo-deny, each once.
fn refusals(text: &str) -> Vec<&str> {
    let errors: BTreeSet<&str> = (text.lines())
        .filter(|line| line.starts_with("error["))
        .filter_map(|line| line.split(". ").next())
        .collect();
    errors.into_iter().collect()
}

impl Judged {
    fn edited(self, edit: impl FnOnce(&str) -> String) -> Self {
        let metadata = std::fs::read_to_string(self.laid.path().join("metadata.json")).unwrap();
        self.laid.replace("metadata.json", &edit(&metadata));
        self
    }
}

/// A way to a statement: keys, and places in arrays.
type Way = Vec<String>;

/// The ways to all statements, the larger before their parts.
fn ways(value: &Value, way: &mut Way, all: &mut Vec<Way>) {
    let mut visit = |step: String, value: &Value| {
        way.push(step);
        all.push(way.clone());
        ways(value, way, all);
        way.pop();
    };
    match value {
        Value::Table(table) => table
            .iter()
            .for_each(|(key, value)| visit(key.clone(), value)),
        Value::Array(array) => {
            (array.iter().enumerate()).for_each(|(place, value)| visit(place.to_string(), value))
        }
        _ => {}
    }
}

/// The file without that statement.
fn without(file: &Table, way: &[String]) -> String {
    let mut root = Value::Table(file.clone());
    let (last, above) = way.split_last().unwrap();
    let mut at = &mut root;
    for step in above {
        at = match at {
            Value::Array(array) => &mut array[step.parse::<usize>().unwrap()],
            other => &mut other[step.as_str()],
        };
    }
    match at {
        Value::Table(table) => drop(table.remove(last).unwrap()),
        Value::Array(array) => drop(array.remove(last.parse().unwrap())),
        other => panic!("{other} has no parts"),
    }
    toml::to_string(&root).unwrap()
}

#[test]
fn every_rule_is_missed_when_it_is_gone() {
    let axis: Table = repository::file("axis.toml").parse().unwrap();
    let deny: Table = repository::file("deny.toml").parse().unwrap();
    let whole = (
        toml::to_string(&axis).unwrap(),
        toml::to_string(&deny).unwrap(),
    );

    // Under all rules, nothing is wrong: so what changes below does by the one that is gone.
    let bench = Bench::new();
    let wrong = bench.notices(&whole.0, &whole.1, true);
    assert!(wrong.is_none(), "{}", wrong.unwrap());

    // The twin: a rule that forbids nothing new is not missed.
    let mut idle = axis.clone();
    let http = &mut idle["layers"]["families"]["http"];
    http.as_array_mut().unwrap().push("axum-extra".into());
    let idle = toml::to_string(&idle).unwrap();
    assert!(bench.notices(&idle, &whole.1, false).is_none());

    let mut removals: Vec<(String, String, String)> = Vec::new();
    let mut all = Vec::new();
    ways(&axis["layers"], &mut vec!["layers".to_owned()], &mut all);
    let of_axis = all.len();
    for way in all {
        removals.push((
            format!("axis.toml: {}", way.join(".")),
            without(&axis, &way),
            String::new(),
        ));
    }
    let mut all = Vec::new();
    ways(&Value::Table(deny.clone()), &mut Vec::new(), &mut all);
    // Why a crate is banned is said to people.
    all.retain(|way| way.last().is_none_or(|last| last != "reason"));
    let of_deny = all.len();
    for way in all {
        removals.push((
            format!("deny.toml: {}", way.join(".")),
            String::new(),
            without(&deny, &way),
        ));
    }
    assert!(
        of_axis >= 150 && of_deny >= 60,
        "{of_axis} in axis.toml, {of_deny} in deny.toml"
    );

    let shares: Vec<_> = removals.chunks(removals.len().div_ceil(4)).collect();
    for_each(&shares, |share| {
        let bench = Bench::new();
        let mut idle = String::new();
        for (about, axis, deny) in *share {
            let of_deny = !deny.is_empty();
            if of_deny && !super::cargo_deny() {
                continue;
            }
            let axis = if of_deny { &whole.0 } else { axis };
            let deny = if of_deny { deny } else { &whole.1 };
            if bench.notices(axis, deny, of_deny).is_none() {
                let _ = writeln!(idle, "{about}");
            }
        }
        assert!(idle.is_empty(), "nothing misses these rules:\n{idle}");
    });
}
