//! What a connection from the pool and the reading of an error cost, beside deadpool where it has the same: time by criterion.
//!
//! `cargo bench --manifest-path benchmarks/Cargo.toml --bench database`

mod server;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use server::{Both, Failure, Migrated, classified};

fn database(criterion: &mut Criterion) {
    if let Err(error) = measure(criterion) {
        unreachable!("a server of its own: {error}");
    }
}

fn measure(criterion: &mut Criterion) -> Result<(), Failure> {
    let migrated = Migrated::start()?;
    let both = Both::connect(&migrated.url())?;
    both.runtime.block_on(async {
        both.axis_checkout().await?;
        both.reference_checkout().await
    })?;
    criterion.bench_function("a connection of the pool", |b| {
        b.iter(|| both.runtime.block_on(both.axis_checkout()).is_ok());
    });
    criterion.bench_function("a connection of the pool, deadpool", |b| {
        b.iter(|| both.runtime.block_on(both.reference_checkout()).is_ok());
    });
    let error = both.runtime.block_on(both.refused_insert())?;
    assert!(classified(error).is_some(), "the error names its constraint");
    criterion.bench_function("an error, its class and its constraint", |b| {
        let error = || both.runtime.block_on(both.refused_insert()).ok();
        b.iter_batched(error, |error| error.map(classified), BatchSize::SmallInput);
    });
    Ok(())
}

criterion_group!(benches, database);
criterion_main!(benches);
