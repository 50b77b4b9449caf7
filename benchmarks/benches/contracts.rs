//! What a contract costs beside the check that a person would write: time by criterion, allocations by count.
//!
//! `cargo bench --manifest-path benchmarks/Cargo.toml`

use std::hint::black_box;

use allocation_counter::{AllocationInfo, measure};
use axis_db_contract::posts::Insert;
use criterion::{Criterion, criterion_group, criterion_main};

const ROW: &str = r#"{
    "userId": "0192d0f0-7a1b-7c3d-8e4f-5a6b7c8d9e0f",
    "title": "A headline of some length",
    "content": "A text that is longer than its headline, as texts tend to be.",
    "slug": "a-headline-of-some-length",
    "published": "2026-01-02T03:04:05.678901Z",
    "createdAt": "2026-01-02T03:04:05.678901Z"
}"#;

fn row(json: &str) -> Insert {
    match serde_json::from_str(json) {
        Ok(row) => row,
        Err(error) => unreachable!("a row as the contract has it: {error}"),
    }
}

/// The rules of `posts` as the migration has them, for values of these types.
fn by_hand(row: &Insert) -> bool {
    let is_text = |text: &str| !text.contains('\0');
    is_text(&row.title)
        && (1..=255).contains(&row.title.chars().count())
        && is_text(&row.content)
        && row.content.chars().count() >= 10
        && (1..=255).contains(&row.slug.len())
        && row
            .slug
            .bytes()
            .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'))
}

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
    let mut refused = accepted.clone();
    refused.title = "x".repeat(256);
    assert!(by_hand(&accepted) && accepted.violations().is_empty());
    assert!(!by_hand(&refused) && !refused.violations().is_empty());

    let of_accepted = measure(|| drop(black_box(accepted.violations())));
    assert_eq!(of_accepted.count_total, 0, "a good row needs no report");
    show("accepted", of_accepted);
    show("refused", measure(|| drop(black_box(refused.violations()))));
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
