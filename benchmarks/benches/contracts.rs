//! What a contract costs beside the check that a person would write: time by criterion, allocations by count.
//!
//! `cargo bench --manifest-path benchmarks/Cargo.toml --bench contracts`

mod posts;

use std::hint::black_box;

use allocation_counter::{AllocationInfo, measure};
use criterion::{Criterion, criterion_group, criterion_main};
use posts::{ROW, by_hand, refused, row};

fn show(what: &str, allocations: AllocationInfo) {
    let AllocationInfo {
        count_total,
        bytes_total,
        ..
    } = allocations;
    println!("{what}: {count_total} allocations, {bytes_total} bytes");
}

fn contracts(criterion: &mut Criterion) {
    let accepted = row(ROW);
    let refused = refused();
    assert!(by_hand(&accepted) && accepted.violations().is_empty());
    assert!(!by_hand(&refused) && !refused.violations().is_empty());

    let of_accepted = measure(|| drop(black_box(accepted.violations())));
    assert_eq!(of_accepted.count_total, 0, "a good row needs no report");
    let of_refused = measure(|| drop(black_box(refused.violations())));
    assert_eq!(
        of_refused.count_total, 1,
        "the report is all that a bad row needs"
    );
    show("accepted", of_accepted);
    show("refused", of_refused);
    show("JSON to a row", measure(|| drop(black_box(row(ROW)))));

    criterion.bench_function("accepted, by hand", |b| {
        b.iter(|| by_hand(black_box(&accepted)));
    });
    criterion.bench_function("accepted, contract", |b| {
        b.iter(|| black_box(&accepted).violations());
    });
    criterion.bench_function("refused, by hand", |b| {
        b.iter(|| by_hand(black_box(&refused)));
    });
    criterion.bench_function("refused, contract", |b| {
        b.iter(|| black_box(&refused).violations());
    });
    criterion.bench_function("JSON to a row", |b| b.iter(|| row(black_box(ROW))));
    criterion.bench_function("JSON to a row, and its contract", |b| {
        b.iter(|| row(black_box(ROW)).violations());
    });
}

criterion_group!(benches, contracts);
criterion_main!(benches);
