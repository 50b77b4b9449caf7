//! Instructions of one operation, by valgrind: other work on the machine does not disturb them. What a program needs to start
//! is taken off, by running each operation twice, for different numbers of times.
//!
//! `cargo bench --manifest-path benchmarks/Cargo.toml --bench instructions`

mod posts;
mod server;

use std::hint::black_box;
use std::process::Command;

use posts::{ROW, by_hand, refused, row};
use server::{Both, Failure, Migrated};

const URL: &str = "AXIS_BENCHMARK_URL";

/// How often, so that what happens seldom counts for little. A statement takes long under valgrind.
const TIMES: [(&str, u64); 2] = [("", 10_000), ("database: ", 400)];

const OPERATIONS: [&str; 12] = [
    "accepted, by hand",
    "accepted, contract",
    "refused, by hand",
    "refused, contract",
    "JSON to a row",
    "JSON to a row, and its contract",
    "database: a connection of the pool",
    "database: a connection of the pool, deadpool",
    "database: point select",
    "database: point select, tokio-postgres and deadpool",
    "database: update",
    "database: update, tokio-postgres and deadpool",
];

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [what, operation, times] = arguments.as_slice()
        && what == "run"
    {
        return run(operation, times.parse()?);
    }
    let migrated = Migrated::start()?;
    for operation in OPERATIONS {
        let times = TIMES
            .iter()
            .rfind(|(prefix, _)| operation.starts_with(prefix))
            .map_or(1, |(_, times)| *times);
        let [some, more] = [times, 2 * times].map(|times| counted(&migrated, operation, times));
        let each = more?.saturating_sub(some?) / times;
        println!("{operation:55} {each:>8}");
    }
    Ok(())
}

/// How many instructions this program takes for an operation, that many times.
fn counted(migrated: &Migrated, operation: &str, times: u64) -> Result<u64, Failure> {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(std::env::current_exe()?)
        .args(["run", operation, &times.to_string()])
        .env(URL, migrated.url())
        .output()
        .map_err(|error| format!("valgrind: {error}"))?;
    let said = String::from_utf8_lossy(&output.stderr);
    let collected = said
        .lines()
        .find_map(|line| line.split_once("Collected : "));
    match collected {
        Some((_, count)) if output.status.success() => Ok(count.trim().parse()?),
        _ => Err(format!("{operation}: {said}").into()),
    }
}

fn run(operation: &str, times: u64) -> Result<(), Failure> {
    let (accepted, refused) = (row(ROW), refused());
    let repeat = |work: &dyn Fn()| (0..times).for_each(|_| work());
    match operation {
        "accepted, by hand" => repeat(&|| {
            black_box(by_hand(black_box(&accepted)));
        }),
        "accepted, contract" => repeat(&|| drop(black_box(black_box(&accepted).violations()))),
        "refused, by hand" => repeat(&|| {
            black_box(by_hand(black_box(&refused)));
        }),
        "refused, contract" => repeat(&|| drop(black_box(black_box(&refused).violations()))),
        "JSON to a row" => repeat(&|| drop(black_box(row(black_box(ROW))))),
        "JSON to a row, and its contract" => {
            repeat(&|| drop(black_box(row(black_box(ROW)).violations())));
        }
        _ => return run_database(operation, times),
    }
    Ok(())
}

fn run_database(operation: &str, times: u64) -> Result<(), Failure> {
    let both = Both::connect(&std::env::var(URL)?)?;
    both.runtime.block_on(async {
        for _ in 0..times {
            match operation.trim_start_matches("database: ") {
                "a connection of the pool" => both.axis_checkout().await?,
                "a connection of the pool, deadpool" => both.reference_checkout().await?,
                "point select" => both.axis_select().await?,
                "point select, tokio-postgres and deadpool" => both.reference_select().await?,
                "update" => both.axis_update().await?,
                "update, tokio-postgres and deadpool" => both.reference_update().await?,
                other => return Err(format!("no operation is called {other}").into()),
            }
        }
        Ok(())
    })
}
