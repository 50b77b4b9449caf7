//! What is proved of this repository, and that a contract which is wrong is noticed.

mod slow;
mod twins;
mod views;

use std::path::{Path, PathBuf};

use proptest::prelude::{ProptestConfig, any};
use proptest::test_runner::{FileFailurePersistence, TestRunner};

use super::plan::Patch;
use super::report::{Proof, Sums, TableReport};
use super::verdict::Category;
use super::*;
use crate::generate::check_expression::Expr;
use crate::generate::files::Generated;

fn workspace() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    root.canonicalize().unwrap()
}

/// Where cargo builds this workspace: all scratch crates of the tests share it.
fn target() -> PathBuf {
    match std::env::var_os("CARGO_TARGET_DIR") {
        Some(folder) => workspace().join(folder),
        None => workspace().join("target"),
    }
}

fn arguments(rows: usize, seed: u64) -> Arguments {
    Arguments {
        schema_file: Vec::new(),
        database_url: None,
        without_checks: true,
        rows,
        seed,
        mutants: false,
        again: None,
        json: false,
    }
}

/// Proves the migrations of the project in a folder, or a schema file.
async fn report(folder: &Path, arguments: Arguments, patch: Option<Patch>) -> Report {
    let plan = plan(folder, &arguments, patch);
    prove(&arguments, plan).await.unwrap()
}

fn plan(folder: &Path, arguments: &Arguments, patch: Option<Patch>) -> Plan {
    let project = Project::read(folder.to_path_buf());
    let mut plan = Plan::all(arguments, project).unwrap().remove(0);
    plan.workshop.folder = target().join("prove");
    plan.workshop.lock = Some(workspace().join("Cargo.lock"));
    plan.target = Some(target());
    plan.patch = patch;
    if plan.project.is_some() && folder != workspace() {
        plan.crate_name = "prove_torture".to_owned();
    }
    if patch.is_some() {
        // A crate of its own: neither is compiled again where nothing has changed since the last run.
        plan.crate_name += "_changed";
    }
    plan
}

/// Proves the migrations of a project, as often as proptest asks, each time with other rows. A seed that fails is kept.
/// `given_columns` have a Rust type that axis.toml names.
fn holds(folder: &Path, name: &str, without_checks: bool, at_least: Sums, given_columns: usize) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let file = format!("proptest-regressions/{name}.txt");
    let config = ProptestConfig {
        // PROPTEST_CASES asks for more.
        cases: std::env::var("PROPTEST_CASES").map_or(1, |cases| cases.parse().unwrap()),
        max_shrink_iters: 0,
        failure_persistence: Some(Box::new(FileFailurePersistence::Direct(Box::leak(
            file.into_boxed_str(),
        )))),
        ..ProptestConfig::default()
    };
    let ran = TestRunner::new(config).run(&any::<u64>(), |seed| {
        let arguments = Arguments {
            without_checks,
            ..arguments(300, seed)
        };
        let report = runtime.block_on(report(folder, arguments, None));
        let sums = report.sums();
        let branches = report.branches();
        if !without_checks {
            assert!(branches.checks >= 10, "{branches:?}");
            assert!(
                branches.broken_alone * 10 >= branches.checks * 8,
                "{}",
                report.text()
            );
            assert!(
                branches.is_false.seen * 20 >= branches.is_false.possible * 19,
                "{}",
                report.text()
            );
        }
        assert_eq!(report.disagreements(), 0, "{}", report.text());
        assert!(report.warnings.is_empty(), "{:#?}", report.warnings);
        assert_eq!(sums.undecided_tables, 0, "{}", report.text());
        let columns = report.tables.iter().flat_map(|table| &table.columns);
        let given = columns.filter(|column| {
            matches!(&column.proof, Proof::NotProved(reason) if reason.starts_with("axis.toml says that `public.lquery` is"))
        });
        assert_eq!(given.count(), given_columns, "{}", report.text());
        assert!(sums.tables >= at_least.tables, "{sums:?}");
        assert!(sums.exact + sums.narrower >= at_least.columns, "{sums:?}");
        assert!(sums.rows >= at_least.rows, "{sums:?}");
        // Rows of one verdict alone would prove nothing.
        assert!(sums.accepted * 10 >= sums.rows, "{sums:?}");
        assert!((sums.rows - sums.accepted) * 10 >= sums.rows, "{sums:?}");
        Ok(())
    });
    ran.unwrap();
}

#[test]
fn the_contracts_of_this_project_are_postgresqls() {
    let at_least = Sums {
        tables: 2,
        columns: 15,
        rows: 1_200,
        ..Sums::default()
    };
    holds(&workspace(), "migrations", false, at_least, 0);
}

#[test]
fn the_contracts_of_a_schema_of_every_shape_are_postgresqls() {
    let folder = workspace().join("tools/axis/tests/torture");
    let at_least = Sums {
        tables: 70,
        columns: 550,
        rows: 75_000,
        ..Sums::default()
    };
    // Hundreds of CHECKs take a minute more.
    let without_checks = std::env::var_os("AXIS_LONG_TESTS").is_none();
    holds(&folder, "torture", without_checks, at_least, 2);
}

/// What the judge calls cannot be called.
fn hidden(generated: &mut Generated, _: &mut [Subject]) {
    for file in &mut generated.contracts {
        file.text = file
            .text
            .replace("pub fn violations(", "pub(crate) fn violations(");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_judge_that_does_not_compile_is_not_taken_for_missing_dependencies() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("hidden.sql");
    std::fs::write(
        &file,
        "CREATE TABLE hidden (id int PRIMARY KEY, a varchar(3));",
    )
    .unwrap();
    let arguments = Arguments {
        schema_file: vec![file],
        ..arguments(1, 1)
    };
    let plan = plan(&workspace(), &arguments, Some(hidden));
    let error = prove(&arguments, plan).await.unwrap_err();
    assert!(
        matches!(&error, ProveError::Scratch(ScratchError::Judge { messages, .. }) if messages.contains("private")),
        "{error}"
    );
}

/// A function that nobody calls.
fn unused(generated: &mut Generated, _: &mut [Subject]) {
    let mut files = generated.contracts.iter_mut();
    let file = files.find(|file| file.name == "never.rs").unwrap();
    file.text += "\nfn unused() {}\n";
}

#[tokio::test(flavor = "multi_thread")]
async fn a_warning_of_the_compiler_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("never.sql");
    // No row satisfies the CHECK, and it reads no column.
    let never = "CREATE TABLE never (id int PRIMARY KEY, a int, CHECK (false));";
    std::fs::write(&file, never).unwrap();
    let arguments = || Arguments {
        schema_file: vec![file.clone()],
        without_checks: false,
        ..arguments(1, 1)
    };
    let good = report(&workspace(), arguments(), None).await;
    assert_eq!(good.warnings, Vec::<String>::new());
    let warned = report(&workspace(), arguments(), Some(unused)).await;
    assert_eq!(warned.warnings.len(), 1, "{:#?}", warned.warnings);
    assert!(warned.warnings[0].contains("unused"));
}
