//! What the figures say, in Markdown: on the terminal and, between markers, in docs/benchmarks.md.

use std::collections::BTreeSet;
use std::fmt::Write;

use crate::arguments::ReportArguments;
use crate::goals;
use crate::peer::Failure;
use crate::peers::PeerName;
use crate::plots;
use crate::slot::{Conditions, Journal, Slot};
use crate::statistics::Spread;
use crate::workload::{Kind, Workload};

const BEGIN: &str = "<!-- figures: written by `axis-benchmarks report` -->\n";
const END: &str = "<!-- end of figures -->";

/// All figures of the same conditions.
pub struct Figures<'a> {
    pub conditions: Conditions,
    pub journal: &'a Journal,
    pub workloads: Vec<Workload>,
    pub peers: Vec<PeerName>,
}

impl<'a> Figures<'a> {
    /// One for each of the conditions that there are; that of the most workloads and peers first.
    pub fn of(journal: &'a Journal) -> Vec<Self> {
        let mut all: Vec<Self> = Vec::new();
        for slot in &journal.slots {
            let conditions = slot.cell.conditions;
            if all.iter().any(|figures| figures.conditions == conditions) {
                continue;
            }
            let slots = || {
                journal
                    .slots
                    .iter()
                    .filter(|slot| slot.cell.conditions == conditions)
            };
            let workloads: BTreeSet<_> = slots().map(|slot| slot.cell.workload).collect();
            let peers: BTreeSet<_> = slots().map(|slot| slot.cell.peer).collect();
            all.push(Self {
                conditions,
                journal,
                workloads: workloads.into_iter().collect(),
                peers: peers.into_iter().collect(),
            });
        }
        all.sort_by_key(|figures| {
            let cells = figures.workloads.len() * figures.peers.len();
            (
                std::cmp::Reverse(cells),
                figures.conditions.rows,
                figures.conditions.clients,
            )
        });
        all
    }

    fn slots(
        &self,
        workload: Workload,
        peer: PeerName,
        part: Option<f64>,
    ) -> impl Iterator<Item = &'a Slot> {
        let conditions = self.conditions;
        self.journal.slots.iter().filter(move |slot| {
            let cell = &slot.cell;
            cell.conditions == conditions
                && (cell.workload, cell.peer, cell.part) == (workload, peer, part)
        })
    }

    /// The rates at which latencies were measured, as parts of the reference's throughput.
    pub fn parts(&self) -> Vec<f64> {
        let mut parts: Vec<f64> = self
            .journal
            .slots
            .iter()
            .filter_map(|slot| slot.cell.part)
            .collect();
        parts.sort_by(f64::total_cmp);
        parts.dedup();
        parts
    }

    /// A figure of each round.
    pub fn spread(
        &self,
        workload: Workload,
        peer: PeerName,
        part: Option<f64>,
        figure: impl Fn(&Slot) -> Option<f64>,
    ) -> Option<Spread> {
        Spread::of(self.slots(workload, peer, part).filter_map(figure))
    }

    /// A figure as a part of the reference's in the same round.
    pub fn ratio(
        &self,
        workload: Workload,
        peer: PeerName,
        part: Option<f64>,
        figure: impl Fn(&Slot) -> Option<f64>,
    ) -> Option<Spread> {
        let ratios = self.slots(workload, peer, part).filter_map(|slot| {
            let mut reference = self.slots(workload, PeerName::Reference, part);
            let beside = reference.find(|beside| beside.cell.round == slot.cell.round)?;
            Some(figure(slot)? / figure(beside)?)
        });
        Spread::of(ratios)
    }

    pub fn throughput(&self, workload: Workload, peer: PeerName) -> Option<Spread> {
        self.ratio(workload, peer, None, |slot| Some(slot.per_second))
    }

    /// A table of workloads by peers. No cell is left out: one without a figure says so.
    fn table(&self, cell: impl Fn(Workload, PeerName) -> Option<String>) -> String {
        let mut text = "| |".to_owned();
        for peer in &self.peers {
            text.push_str(&format!(" {} |", peer.title()));
        }
        text.push_str("\n|---|");
        text.push_str(&"---|".repeat(self.peers.len()));
        text.push('\n');
        for workload in &self.workloads {
            let cells: Vec<_> = self
                .peers
                .iter()
                .map(|peer| cell(*workload, *peer))
                .collect();
            if cells.iter().all(Option::is_none) {
                continue;
            }
            text.push_str(&format!("| {} |", workload.title()));
            for cell in cells {
                text.push_str(&format!(" {} |", cell.unwrap_or("not measured".to_owned())));
            }
            text.push('\n');
        }
        text
    }

    /// All tables.
    fn tables(&self) -> String {
        let mut text = String::new();
        let conditions = &self.conditions;
        // A String takes all that is written.
        let _ = writeln!(
            text,
            "{} rows, {} clients on {} connections, {}.\n",
            thousands(conditions.rows as f64),
            conditions.clients,
            conditions.connections,
            conditions.transport.title(),
        );
        text.push_str("**Throughput**: operations in a second of the reference; of the others, the part of it (median, and the \
            middle half of the rounds). Of a bulk, rows.\n\n");
        text.push_str(&self.table(|workload, peer| match peer {
            PeerName::Reference => {
                let all = self.spread(workload, peer, None, |slot| Some(slot.per_second))?;
                Some(thousands(all.median))
            }
            _ => Some(told(self.throughput(workload, peer)?)),
        }));
        for part in self.parts() {
            let _ = writeln!(
                text,
                "\n**Latency, p50 / p99 / max in milliseconds**, where operations come at {part} of the reference's throughput (at \
                 0.8 of the peer's own, in italics, where that is less).\n",
            );
            text.push_str(&self.table(|workload, peer| {
                let part = Some(part);
                let of = |figure: fn(&Slot) -> u64| {
                    let spread =
                        self.spread(workload, peer, part, |slot| Some(figure(slot) as f64))?;
                    Some(millis(spread.median))
                };
                let cell = format!(
                    "{} / {} / {}",
                    of(|s| s.p50)?,
                    of(|s| s.p99)?,
                    of(|s| s.max)?
                );
                let rate = self.ratio(workload, peer, part, |slot| slot.asked_per_second)?;
                Some(if rate.median < 0.99 {
                    format!("*{cell}*")
                } else {
                    cell
                })
            }));
        }
        text.push_str("\n**CPU time of an operation, in microseconds**: the peer's process + PostgreSQL (and PgBouncer).\n\n");
        text.push_str(&self.table(|workload, peer| {
            let client = self.spread(workload, peer, None, |slot| slot.client_cpu)?;
            let server = self.spread(workload, peer, None, |slot| slot.server_cpu)?;
            Some(format!(
                "{} + {}",
                figures(client.median),
                figures(server.median)
            ))
        }));
        text.push_str("\n**Memory**: the most that the peer's process had, in MiB.\n\n");
        text.push_str(&self.table(|workload, peer| {
            let memory = |slot: &Slot| Some(slot.peak_memory? as f64 / 1024.0);
            Some(format!(
                "{:.0}",
                self.spread(workload, peer, None, memory)?.max
            ))
        }));
        text.push_str("\n**Round trips** of an operation, once the statements that are kept have been prepared.\n\n");
        text.push_str(&self.table(|workload, peer| match workload.kind() {
            Kind::Queries => Some(self.journal.trips(workload, peer)?.to_string()),
            _ => None,
        }));
        text
    }
}

/// Median and quartiles, where there are several.
fn told(spread: Spread) -> String {
    if spread.min == spread.max {
        return format!("{:.2}", spread.median);
    }
    format!(
        "{:.2} ({:.2} .. {:.2})",
        spread.median, spread.lower_quartile, spread.upper_quartile
    )
}

fn figures(value: f64) -> String {
    let digits = if value < 10.0 { 1 } else { 0 };
    format!("{value:.digits$}")
}

pub fn millis(micros: f64) -> String {
    let value = micros / 1000.0;
    let digits = if value < 10.0 { 2 } else { 0 };
    format!("{value:.digits$}")
}

/// A whole number with its thousands parted.
fn thousands(value: f64) -> String {
    let digits = format!("{value:.0}");
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Conditions by AXIS's part of the reference's throughput, where they were varied.
fn variations(all: &[Figures<'_>]) -> String {
    let mut text = String::new();
    let is_varied = |workload: &&Workload| {
        let measured = all
            .iter()
            .filter(|figures| figures.workloads.contains(workload));
        measured.count() > 1
    };
    let workloads: BTreeSet<_> = all.iter().flat_map(|figures| &figures.workloads).collect();
    let workloads: Vec<_> = workloads.into_iter().filter(is_varied).collect();
    text.push_str("| rows | clients | transport |");
    for workload in &workloads {
        text.push_str(&format!(" {} |", workload.title()));
    }
    text.push_str("\n|---|---|---|");
    text.push_str(&"---|".repeat(workloads.len()));
    text.push('\n');
    for figures in all {
        let conditions = &figures.conditions;
        let rows = thousands(conditions.rows as f64);
        let transport = conditions.transport.title();
        text.push_str(&format!(
            "| {rows} | {} | {transport} |",
            conditions.clients
        ));
        for workload in &workloads {
            let reference = figures.spread(**workload, PeerName::Reference, None, |slot| {
                Some(slot.per_second)
            });
            let cell = match (reference, figures.throughput(**workload, PeerName::Axis)) {
                (Some(reference), Some(ratio)) => {
                    format!("{}, {:.2}", thousands(reference.median), ratio.median)
                }
                _ => "not measured".to_owned(),
            };
            text.push_str(&format!(" {cell} |"));
        }
        text.push('\n');
    }
    text
}

fn long_runs(journal: &Journal) -> String {
    let mut text = String::new();
    let mixed = |slot: &&Slot| slot.cell.workload == Workload::Mixed;
    for slot in journal.slots.iter().filter(mixed) {
        let Conditions {
            rows,
            clients,
            connections,
            ..
        } = slot.cell.conditions;
        text.push_str(&format!(
            "| {} | {} | {clients} on {connections} | {} | {} | {} | {} | {} | {} |\n",
            slot.cell.peer.title(),
            thousands(rows as f64),
            thousands(slot.per_second),
            millis(slot.p50 as f64),
            millis(slot.p95 as f64),
            millis(slot.p99 as f64),
            millis(slot.max as f64),
            slot.failures,
        ));
    }
    if text.is_empty() {
        return text;
    }
    format!(
        "| peer | rows | clients | a second | p50, ms | p95, ms | p99, ms | max, ms | failures |\n\
         |---|---|---|---|---|---|---|---|---|\n{text}"
    )
}

/// All that a journal says.
pub fn text(journal: &Journal) -> String {
    let mut text = String::new();
    if let Some(server) = &journal.server {
        text.push_str(&format!(
            "PostgreSQL {} and its clients on the same {} cores; fsync {}, synchronous_commit {}, shared_buffers {}. ",
            server.version, server.cores, server.fsync, server.synchronous_commit, server.shared_buffers,
        ));
    }
    let is_long = |figures: &Figures<'_>| figures.workloads == [Workload::Mixed];
    let mut all = Figures::of(journal);
    all.retain(|figures| !is_long(figures));
    if let Some(first) = all.first() {
        text.push_str(&first.tables());
        text.push_str("\n**Of what AXIS must show, these figures do not show**:\n\n");
        let missed = goals::missed(first);
        for line in &missed {
            text.push_str(&format!("- {line}\n"));
        }
        if missed.is_empty() {
            text.push_str("- nothing\n");
        }
        let not_measured = goals::not_measured(first);
        if !not_measured.is_empty() {
            text.push_str("\n**Not measured**:\n\n");
        }
        for line in &not_measured {
            text.push_str(&format!("- {line}\n"));
        }
    }
    if all.len() > 1 {
        all.sort_by_key(|figures| {
            (
                figures.conditions.transport as u8,
                figures.conditions.rows,
                figures.conditions.clients,
            )
        });
        text.push_str("\n**Size, clients, transport**: the reference's operations in a second, and AXIS's part of it.\n\n");
        text.push_str(&variations(&all));
    }
    let long = long_runs(journal);
    if !long.is_empty() {
        text.push_str("\n**Mixed work for long.**\n\n");
        text.push_str(&long);
    }
    text
}

/// Writes the document and the plots.
pub fn write(arguments: &ReportArguments) -> Result<(), Failure> {
    let mut journal = Journal::default();
    for path in &arguments.json {
        journal.merge(Journal::read(path)?);
    }
    let text = text(&journal);
    if let Some(folder) = &arguments.plots {
        std::fs::create_dir_all(folder)?;
        plots::draw(&journal, folder)?;
    }
    match &arguments.document {
        None => print!("{text}"),
        Some(path) => {
            let document = std::fs::read_to_string(path)?;
            std::fs::write(path, between_markers(&document, &text)?)?;
        }
    }
    Ok(())
}

fn between_markers(document: &str, text: &str) -> Result<String, Failure> {
    let parts = document.split_once(BEGIN).and_then(|(before, rest)| {
        let (_, after) = rest.split_once(END)?;
        Some((before, after))
    });
    let (before, after) =
        parts.ok_or_else(|| format!("the document has no lines {BEGIN} and {END}"))?;
    Ok(format!("{before}{BEGIN}{text}{END}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_parted() {
        let parted: Vec<_> = [7.0, 999.0, 1000.4, 1_234_567.0].map(thousands).into();
        assert_eq!(parted, ["7", "999", "1,000", "1,234,567"]);
    }

    #[test]
    fn only_what_is_between_the_markers_is_written() {
        let document = format!("before\n{BEGIN}old\n{END}\nafter\n");
        let written = between_markers(&document, "new\n").unwrap_or_default();
        assert_eq!(written, format!("before\n{BEGIN}new\n{END}\nafter\n"));
        assert!(between_markers("no markers", "new").is_err());
    }
}
