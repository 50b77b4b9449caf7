//! How throughput changes with one condition: AXIS in full lines, the reference in thin ones.

use std::path::Path;

use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::{FAINT, INK, color_of_workload};
use crate::peer::Failure;
use crate::peers::PeerName;
use crate::report::Figures;

const WIDTH: i32 = 1000;
const HEIGHT: i32 = 520;
const LEFT: i32 = 80;
const RIGHT: i32 = 240;
const TOP: i32 = 70;
const BOTTOM: i32 = HEIGHT - 60;
/// Powers of ten, from the bottom to the top.
const POWERS: std::ops::RangeInclusive<i32> = 1..=5;

/// `places` name the conditions, from left to right.
pub fn draw(
    file: &Path,
    title: &str,
    (all, places): &(Vec<&Figures<'_>>, Vec<String>),
) -> Result<(), Failure> {
    let (first, last) = (f64::from(*POWERS.start()), f64::from(*POWERS.end()));
    let steps = i32::try_from(places.len())?.max(2) - 1;
    let x = |index: usize| LEFT + (WIDTH - LEFT - RIGHT) * index as i32 / steps;
    let y = |value: f64| {
        let part = (value.max(1.0).log10() - first) / (last - first);
        BOTTOM - (part.clamp(0.0, 1.0) * f64::from(BOTTOM - TOP)).round() as i32
    };
    let size = (WIDTH.unsigned_abs(), HEIGHT.unsigned_abs());
    let root = SVGBackend::new(file, size).into_drawing_area();
    root.fill(&WHITE)?;
    let text = |size: i32| ("sans-serif", size).into_font().color(&INK);
    root.draw(&Text::new(title, (20, 18), text(20)))?;
    for power in POWERS {
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
    let mut workloads: Vec<_> = all
        .iter()
        .flat_map(|figures| &figures.workloads)
        .copied()
        .collect();
    workloads.sort();
    workloads.dedup();
    for (index, workload) in workloads.iter().enumerate() {
        let style = color_of_workload(index);
        for (peer, width) in [(PeerName::Reference, 1), (PeerName::Axis, 3)] {
            let point = |(place, figures): (usize, &&Figures<'_>)| {
                let spread = figures.spread(*workload, peer, None, |slot| Some(slot.per_second))?;
                Some((x(place), y(spread.median)))
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
