//! How throughput changes with one condition: AXIS in full lines, the reference in thin ones.

use std::collections::BTreeSet;
use std::path::Path;

use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::{FAINT, INK, color_of_workload};
use crate::peer::Failure;
use crate::peers::PeerName;
use crate::report::Figures;
use crate::workload::Workload;

const WIDTH: i32 = 1000;
const HEIGHT: i32 = 520;
const LEFT: i32 = 80;
const RIGHT: i32 = 240;
const TOP: i32 = 70;
const BOTTOM: i32 = HEIGHT - 60;
/// With the width of their lines.
const PEERS: [(PeerName, u32); 2] = [(PeerName::Reference, 1), (PeerName::Axis, 3)];

/// `places` name the conditions, from left to right. A line for each workload that was measured at more than one of them.
pub fn draw(
    file: &Path,
    title: &str,
    (all, places): &(Vec<&Figures<'_>>, Vec<String>),
) -> Result<(), Failure> {
    let workloads: BTreeSet<_> = all.iter().flat_map(|figures| &figures.workloads).collect();
    let is_varied = |workload: &&Workload| {
        let measured = all
            .iter()
            .filter(|figures| figures.workloads.contains(workload));
        measured.count() > 1
    };
    let workloads: Vec<Workload> = workloads.into_iter().filter(is_varied).copied().collect();
    let rate = |figures: &Figures<'_>, workload, peer| {
        let spread = figures.spread(workload, peer, None, |slot| Some(slot.per_second))?;
        Some(spread.median)
    };
    let rates = all.iter().flat_map(|figures| {
        let cells = workloads
            .iter()
            .flat_map(|workload| PEERS.map(|(peer, _)| (*workload, peer)));
        cells.filter_map(|(workload, peer)| rate(figures, workload, peer))
    });
    let (least, most) = rates.fold((f64::MAX, 1.0_f64), |(least, most), rate| {
        (least.min(rate), most.max(rate))
    });
    let (first, last) = (least.log10().floor(), most.log10().ceil());
    let steps = i32::try_from(places.len())?.max(2) - 1;
    let x = |index: usize| LEFT + (WIDTH - LEFT - RIGHT) * index as i32 / steps;
    let y = |value: f64| {
        let part = (value.log10() - first) / (last - first);
        BOTTOM - (part * f64::from(BOTTOM - TOP)).round() as i32
    };
    let size = (WIDTH.unsigned_abs(), HEIGHT.unsigned_abs());
    let root = SVGBackend::new(file, size).into_drawing_area();
    root.fill(&WHITE)?;
    let text = |size: i32| ("sans-serif", size).into_font().color(&INK);
    root.draw(&Text::new(title, (20, 18), text(20)))?;
    for power in first as i32..=last as i32 {
        let height = y(10_f64.powi(power));
        root.draw(&PathElement::new(
            [(LEFT, height), (WIDTH - RIGHT, height)],
            FAINT,
        ))?;
        let label = text(13).pos(Pos::new(HPos::Right, VPos::Center));
        root.draw(&Text::new(
            format!("10^{power}"),
            (LEFT - 10, height),
            label,
        ))?;
    }
    for (index, place) in places.iter().enumerate() {
        let label = text(13).pos(Pos::new(HPos::Center, VPos::Top));
        root.draw(&Text::new(place.as_str(), (x(index), BOTTOM + 10), label))?;
    }
    for (index, workload) in workloads.iter().enumerate() {
        let style = color_of_workload(index);
        for (peer, width) in PEERS {
            let point = |(place, figures): (usize, &&Figures<'_>)| {
                Some((x(place), y(rate(figures, *workload, peer)?)))
            };
            let points: Vec<_> = all.iter().enumerate().filter_map(point).collect();
            root.draw(&PathElement::new(points.clone(), style.stroke_width(width)))?;
            for point in points {
                root.draw(&Circle::new(point, 2 + width, style.filled()))?;
            }
        }
        let height = TOP + 26 * i32::try_from(index)?;
        let line = [(WIDTH - RIGHT + 20, height), (WIDTH - RIGHT + 50, height)];
        root.draw(&PathElement::new(line, style.stroke_width(3)))?;
        let label = text(14).pos(Pos::new(HPos::Left, VPos::Center));
        root.draw(&Text::new(
            workload.title(),
            (WIDTH - RIGHT + 58, height),
            label,
        ))?;
    }
    let note = "thick: AXIS, thin: tokio-postgres + deadpool";
    root.draw(&Text::new(note, (20, HEIGHT - 24), text(13)))?;
    Ok(root.present()?)
}
