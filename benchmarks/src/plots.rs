//! The figures as pictures.

mod dots;
mod lines;

use std::path::Path;

use plotters::style::RGBColor;

use crate::peer::Failure;
use crate::peers::PeerName;
use crate::report::Figures;
use crate::slot::{Conditions, Journal};
use crate::transport::Transport;
use crate::workload::{Kind, Workload};

const INK: RGBColor = RGBColor(0x24, 0x29, 0x2f);
const FAINT: RGBColor = RGBColor(0xd8, 0xde, 0xe4);
const STRIPE: RGBColor = RGBColor(0xf6, 0xf8, 0xfa);

/// Colours that people who see few colours can tell apart (Okabe and Ito).
fn color(peer: PeerName) -> RGBColor {
    match peer {
        PeerName::Reference => RGBColor(0x60, 0x60, 0x60),
        PeerName::Axis => RGBColor(0xd5, 0x5e, 0x00),
        PeerName::AxisPgbouncer => RGBColor(0xe6, 0x9f, 0x00),
        PeerName::Sqlx => RGBColor(0x00, 0x72, 0xb2),
        PeerName::SeaOrm => RGBColor(0x56, 0xb4, 0xe9),
        PeerName::DieselAsync => RGBColor(0x00, 0x9e, 0x73),
        PeerName::DieselBlocking => RGBColor(0x8f, 0xc7, 0x4a),
        PeerName::Drizzle => RGBColor(0xcc, 0x79, 0xa7),
    }
}

/// A line of a plot has a colour for each workload.
fn color_of_workload(index: usize) -> RGBColor {
    let all = [
        PeerName::Axis,
        PeerName::Sqlx,
        PeerName::DieselAsync,
        PeerName::Drizzle,
        PeerName::AxisPgbouncer,
        PeerName::SeaOrm,
    ];
    color(all[index % all.len()])
}

/// Draws what there are figures for.
pub fn draw(journal: &Journal, folder: &Path) -> Result<(), Failure> {
    let all = Figures::of(journal);
    let Some(first) = all.first().filter(|figures| figures.peers.len() > 1) else {
        return Ok(());
    };
    let throughput = dots::Plot {
        title: "Throughput beside tokio-postgres + deadpool (1.0)",
        ticks: &[
            (0.01, "0.01"),
            (0.02, "0.02"),
            (0.05, "0.05"),
            (0.1, "0.1"),
            (0.2, "0.2"),
            (0.5, "0.5"),
            (1.0, "1"),
            (2.0, "2"),
            (5.0, "5"),
            (10.0, "10"),
            (20.0, "20"),
        ],
        marked: Some(1.0),
    };
    let ratio = |workload, peer| first.throughput(workload, peer);
    throughput.draw(&folder.join("throughput.svg"), first, &ratio)?;
    if let Some(part) = first.parts().first().copied() {
        let latency = dots::Plot {
            title: "p99 in milliseconds at half of the reference's throughput (slower peers: 0.8 of their own)",
            ticks: &[
                (0.01, "0.01"),
                (0.1, "0.1"),
                (1.0, "1"),
                (10.0, "10"),
                (100.0, "100"),
                (1000.0, "1,000"),
                (10_000.0, "10,000"),
            ],
            marked: None,
        };
        let p99 = |workload: Workload, peer| match workload.kind() {
            Kind::Bulk(_) => None,
            _ => first.spread(workload, peer, Some(part), |slot| {
                Some(slot.p99 as f64 / 1000.0)
            }),
        };
        latency.draw(&folder.join("latency.svg"), first, &p99)?;
    }
    let by = |what: fn(&Conditions) -> String, is_meant: fn(&Conditions) -> bool| {
        let mut meant: Vec<_> = all
            .iter()
            .filter(|figures| is_meant(&figures.conditions))
            .collect();
        meant.sort_by_key(|figures| (figures.conditions.rows, figures.conditions.clients));
        let places: Vec<String> = meant
            .iter()
            .map(|figures| what(&figures.conditions))
            .collect();
        (meant, places)
    };
    let is_usual = |conditions: &Conditions| conditions.transport == Transport::Socket;
    if all
        .iter()
        .filter(|figures| is_usual(&figures.conditions))
        .count()
        > 2
    {
        let clients = by(
            |conditions| conditions.clients.to_string(),
            |conditions| conditions.transport == Transport::Socket && conditions.rows == 1_000_000,
        );
        lines::draw(
            &folder.join("clients.svg"),
            "Operations in a second, by clients (1,000,000 rows)",
            &clients,
        )?;
        let rows = by(
            |conditions| format!("10^{}", conditions.rows.ilog10()),
            |conditions| conditions.transport == Transport::Socket && conditions.clients == 32,
        );
        lines::draw(
            &folder.join("rows.svg"),
            "Operations in a second, by rows (32 clients)",
            &rows,
        )?;
    }
    Ok(())
}
