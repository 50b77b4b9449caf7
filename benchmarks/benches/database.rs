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
    assert!(
        classified(error).is_some(),
        "the error names its constraint"
    );
    criterion.bench_function("an error, its class and its constraint", |b| {
        let error = || both.runtime.block_on(both.refused_insert()).ok();
        b.iter_batched(error, |error| error.map(classified), BatchSize::SmallInput);
    });
    let rows = || both.new_users(10_000).ok();
    let mut copies = criterion.benchmark_group("10,000 users by COPY");
    copies.sample_size(10);
    copies.bench_function("users_create", |b| {
        let copied = |users| both.runtime.block_on(both.axis_copy(users)).ok();
        b.iter_batched(
            rows,
            |users| users.and_then(copied),
            BatchSize::PerIteration,
        );
    });
    copies.bench_function("by hand", |b| {
        let copied = |users| both.runtime.block_on(both.reference_copy(users)).ok();
        b.iter_batched(
            rows,
            |users| users.and_then(copied),
            BatchSize::PerIteration,
        );
    });
    let copied = [
        both.runtime
            .block_on(both.axis_copy(both.new_users(10_000)?))?,
        both.runtime
            .block_on(both.reference_copy(both.new_users(10_000)?))?,
    ];
    assert_eq!(copied, [10_000; 2], "both copy all of them");
    Ok(())
}

criterion_group!(benches, database);
criterion_main!(benches);
