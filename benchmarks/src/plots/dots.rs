//! Workloads from top to bottom, a dot for each peer.

use std::path::Path;

use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::{FAINT, INK, STRIPE, color};
use crate::peer::Failure;
use crate::peers::PeerName;
use crate::report::Figures;
use crate::statistics::Spread;
use crate::workload::Workload;

const WIDTH: i32 = 1000;
const LEFT: i32 = 220;
const RIGHT: i32 = 40;
const TOP: i32 = 100;
const ROW: i32 = 34;

/// How values become places: by their logarithm, between the ticks that are next to them.
pub struct Plot<'a> {
    pub title: &'a str,
    /// More than are shown, from the least.
    pub ticks: &'a [(f64, &'a str)],
    /// The value that the others are compared with.
    pub marked: Option<f64>,
}

impl Plot<'_> {
    /// The ticks that all values lie between.
    fn ticks_around(&self, values: &[f64]) -> &[(f64, &str)] {
        let is_below = |(tick, _): &(f64, &str)| values.iter().all(|value| tick <= value);
        let is_above = |(tick, _): &(f64, &str)| values.iter().all(|value| tick >= value);
        let from = self.ticks.iter().rposition(is_below).unwrap_or_default();
        let to = self.ticks.iter().position(is_above);
        &self.ticks[from..to.map_or(self.ticks.len(), |last| last + 1)]
    }

    /// A dot where the median is, and for AXIS a line over the middle half.
    pub fn draw(
        &self,
        file: &Path,
        figures: &Figures<'_>,
        value: &dyn Fn(Workload, PeerName) -> Option<Spread>,
    ) -> Result<(), Failure> {
        let has_value = |workload: &Workload| {
            figures
                .peers
                .iter()
                .any(|peer| value(*workload, *peer).is_some())
        };
        let workloads: Vec<_> = figures
            .workloads
            .iter()
            .copied()
            .filter(has_value)
            .collect();
        let cells = workloads.iter().flat_map(|workload| {
            let peers = figures.peers.iter();
            peers.filter_map(|peer| Some((*peer, value(*workload, *peer)?)))
        });
        let values: Vec<f64> = cells
            .flat_map(|(peer, spread)| match peer {
                PeerName::Axis => vec![spread.lower_quartile, spread.upper_quartile],
                _ => vec![spread.median],
            })
            .collect();
        let ticks = self.ticks_around(&values);
        let ends = [ticks.first(), ticks.last()].map(|end| end.map_or(1.0, |(tick, _)| tick.ln()));
        let place = |value: f64| {
            let part = (value.ln() - ends[0]) / (ends[1] - ends[0]);
            LEFT + (part * f64::from(WIDTH - LEFT - RIGHT)).round() as i32
        };
        let bottom = TOP + ROW * i32::try_from(workloads.len())?;
        let size = (WIDTH.unsigned_abs(), (bottom + 40).unsigned_abs());
        let root = SVGBackend::new(file, size).into_drawing_area();
        root.fill(&WHITE)?;
        let text = |size: i32| ("sans-serif", size).into_font().color(&INK);
        root.draw(&Text::new(self.title, (20, 18), text(20)))?;

        let mut x = 20;
        for peer in &figures.peers {
            root.draw(&Circle::new((x + 6, 66), 6, color(*peer).filled()))?;
            root.draw(&Text::new(peer.title(), (x + 18, 58), text(14)))?;
            x += 34 + 7 * i32::try_from(peer.title().len())?;
        }
        for row in (0..workloads.len()).step_by(2) {
            let top = TOP + ROW * i32::try_from(row)?;
            root.draw(&Rectangle::new(
                [(20, top), (WIDTH - 20, top + ROW)],
                STRIPE.filled(),
            ))?;
        }
        for (tick, label) in ticks {
            let x = place(*tick);
            let style = if self.marked == Some(*tick) {
                INK
            } else {
                FAINT
            };
            root.draw(&PathElement::new([(x, TOP), (x, bottom)], style))?;
            let under = text(13).pos(Pos::new(HPos::Center, VPos::Top));
            root.draw(&Text::new(*label, (x, bottom + 8), under))?;
        }
        for (row, workload) in workloads.iter().enumerate() {
            let y = TOP + ROW * i32::try_from(row)? + ROW / 2;
            let label = text(14).pos(Pos::new(HPos::Right, VPos::Center));
            root.draw(&Text::new(workload.title(), (LEFT - 12, y), label))?;
            // AXIS last, over the others.
            let mut peers = figures.peers.clone();
            peers.sort_by_key(|peer| *peer == PeerName::Axis);
            for peer in peers {
                let Some(spread) = value(*workload, peer) else {
                    continue;
                };
                let (x, style) = (place(spread.median), color(peer));
                let radius = if peer == PeerName::Axis {
                    let ends = [spread.lower_quartile, spread.upper_quartile];
                    let line = ends.map(|end| (place(end), y));
                    root.draw(&PathElement::new(line, style.stroke_width(3)))?;
                    8
                } else {
                    6
                };
                root.draw(&Circle::new((x, y), radius, style.mix(0.9).filled()))?;
            }
        }
        Ok(root.present()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_value_lies_beyond_the_ticks() {
        let plot = Plot {
            title: "",
            ticks: &[(0.5, "0.5"), (1.0, "1"), (2.0, "2"), (4.0, "4"), (8.0, "8")],
            marked: None,
        };
        let shown = |values: &[f64]| {
            let ticks = plot.ticks_around(values).iter();
            ticks.map(|(tick, _)| *tick).collect::<Vec<_>>()
        };
        assert_eq!(shown(&[1.1, 3.4]), [1.0, 2.0, 4.0]);
        assert_eq!(shown(&[1.0, 2.0]), [1.0, 2.0]);
        assert_eq!(shown(&[0.1, 9.0]), [0.5, 1.0, 2.0, 4.0, 8.0]);
    }
}
