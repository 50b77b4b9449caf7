//! What AXIS must reach, held against the figures.

use clap::ValueEnum;

use crate::peers::PeerName;
use crate::report::Figures;
use crate::slot::Slot;
use crate::workload::{Kind, Workload};

/// p99 beside the reference's at most.
const P99: f64 = 1.1;
/// The newest part of a list beside a far one at most, by throughput.
const FAR: f64 = 1.2;
/// Over HTTP beside Drizzle: throughput at least, memory at most.
const HTTP: f64 = 2.0;
const MEMORY: f64 = 0.2;

/// What was not measured, a line each: figures of AXIS are the least.
pub fn not_measured(figures: &Figures<'_>) -> Vec<String> {
    let mut lines = Vec::new();
    for workload in Workload::of_table().iter().copied() {
        let title = workload.title();
        if figures.throughput(workload, PeerName::Axis).is_none() {
            lines.push(format!("{title}: AXIS beside the reference"));
            continue;
        }
        let without = |peer: &PeerName| figures.throughput(workload, *peer).is_none();
        let others: Vec<_> = PeerName::value_variants()
            .iter()
            .filter(|peer| is_other(**peer) && without(peer))
            .map(|peer| peer.title())
            .collect();
        if !others.is_empty() {
            lines.push(format!("{title}: {}", others.join(", ")));
        }
    }
    lines
}

/// Whether AXIS must be ahead of it.
fn is_other(peer: PeerName) -> bool {
    !matches!(
        peer,
        PeerName::Reference | PeerName::Axis | PeerName::AxisPgbouncer
    )
}

/// What is not reached, a line each.
pub fn missed(figures: &Figures<'_>) -> Vec<String> {
    let mut missed = Vec::new();
    let axis = PeerName::Axis;
    for workload in figures.workloads.iter().copied() {
        let title = workload.title();
        let Some(own) = figures.throughput(workload, axis) else {
            continue;
        };
        let bound = workload.bound();
        if own.median < bound {
            let reached = if own.upper_quartile >= bound {
                ", its spread reaches it"
            } else {
                ""
            };
            missed.push(format!(
                "{title}: throughput {:.2}, to be {bound}{reached}",
                own.median
            ));
        }
        for part in figures.parts() {
            let p99 = |slot: &Slot| Some(slot.p99 as f64);
            match figures.ratio(workload, axis, Some(part), p99) {
                Some(ratio) if ratio.median > P99 => missed.push(format!(
                    "{title}: p99 {:.3} of the reference's at {part} of its throughput, to be {P99}",
                    ratio.median
                )),
                _ => {}
            }
        }
        for peer in figures.peers.iter().copied() {
            match figures.throughput(workload, peer) {
                Some(other) if is_other(peer) && other.median >= own.median => {
                    missed.push(format!(
                        "{title}: {} is ahead, {:.2} against {:.2}",
                        peer.title(),
                        other.median,
                        own.median
                    ))
                }
                _ => {}
            }
        }
        if workload.kind() == Kind::Http {
            beside_drizzle(figures, workload, &mut missed);
        }
    }
    let speed = |workload| figures.spread(workload, axis, None, |slot| Some(slot.per_second));
    if let (Some(newest), Some(far)) = (speed(Workload::CursorFirst), speed(Workload::CursorFar)) {
        let ratio = newest.median / far.median;
        if ratio > FAR {
            missed.push(format!(
                "the far list: the newest is {ratio:.2} times as fast, to be {FAR}"
            ));
        }
    }
    missed
}

fn beside_drizzle(figures: &Figures<'_>, workload: Workload, missed: &mut Vec<String>) {
    let of = |peer, figure: fn(&Slot) -> Option<f64>| {
        Some(figures.spread(workload, peer, None, figure)?.median)
    };
    let beside = |figure| Some(of(PeerName::Axis, figure)? / of(PeerName::Drizzle, figure)?);
    let title = workload.title();
    match beside(|slot| Some(slot.per_second)) {
        Some(ratio) if ratio < HTTP => {
            missed.push(format!(
                "{title}: {ratio:.2} of fastify with Drizzle, to be {HTTP}"
            ));
        }
        _ => {}
    }
    match beside(|slot| slot.peak_memory.map(|memory| memory as f64)) {
        Some(ratio) if ratio > MEMORY => {
            missed.push(format!(
                "{title}: memory {ratio:.2} of fastify's with Drizzle, to be {MEMORY}"
            ));
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::slot::Journal;
    use crate::slot::tests::slot;

    fn missed_with(axis: f64, sqlx: f64) -> Vec<String> {
        let mut journal = Journal::default();
        for (peer, per_second) in [
            (PeerName::Reference, 100.0),
            (PeerName::Axis, axis),
            (PeerName::Sqlx, sqlx),
        ] {
            journal
                .slots
                .push(slot(Workload::ById, peer, 1, per_second));
        }
        Figures::of(&journal).iter().flat_map(missed).collect()
    }

    #[test]
    fn what_was_not_measured_is_named() {
        let mut journal = Journal::default();
        let all = PeerName::value_variants();
        for workload in Workload::of_table().iter().copied() {
            for peer in all.iter().copied() {
                journal.slots.push(slot(workload, peer, 1, 100.0));
            }
        }
        let lines = |journal: &Journal| -> Vec<String> {
            Figures::of(journal).iter().flat_map(not_measured).collect()
        };
        assert_eq!(lines(&journal), Vec::<String>::new());
        journal.slots.retain(|slot| {
            let (workload, peer) = (slot.cell.workload, slot.cell.peer);
            let is_axis = workload == Workload::Page && peer == PeerName::Axis;
            let is_other =
                workload == Workload::Post && [PeerName::Sqlx, PeerName::Drizzle].contains(&peer);
            !is_axis && !is_other
        });
        let expected = [
            "page of 50, with the count: AXIS beside the reference",
            "post with its author: sqlx, Drizzle",
        ];
        assert_eq!(lines(&journal), expected);
    }

    #[test]
    fn what_is_not_reached_is_named() {
        assert_eq!(missed_with(96.0, 80.0), Vec::<String>::new());
        assert_eq!(
            missed_with(94.0, 80.0),
            ["by id: throughput 0.94, to be 0.95"]
        );
        assert_eq!(
            missed_with(96.0, 97.0),
            ["by id: sqlx is ahead, 0.97 against 0.96"]
        );
    }
}
