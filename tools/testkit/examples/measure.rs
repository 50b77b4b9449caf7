//! Prints how long a test waits for its database: `cargo run -p axis-testkit --example measure`.
#![expect(clippy::print_stdout, reason = "its purpose")]

use std::time::{Duration, Instant};

use axis_testkit::TestDatabase;

const FURTHER: u32 = 100;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let start = Instant::now();
    let first = TestDatabase::migrated().await;
    println!("first migrated database: {:.0?}", start.elapsed());
    let (mut made, mut dropped) = (Duration::ZERO, Duration::ZERO);
    for _ in 0..FURTHER {
        let start = Instant::now();
        let database = TestDatabase::migrated().await;
        made += start.elapsed();
        let start = Instant::now();
        drop(database);
        dropped += start.elapsed();
    }
    println!(
        "each of {FURTHER} further ones: {:.1?} to make, {:.1?} to drop",
        made / FURTHER,
        dropped / FURTHER
    );
    drop(first);
}
