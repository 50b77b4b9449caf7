//! Dates, times and spans of time.

use fastrand::Rng;

use super::super::{Draw, Value, time};

/// Mostly of our time, and up to chrono's last.
pub(super) fn year(rng: &mut Rng) -> i32 {
    match rng.u8(..4) {
        0 => rng.i32(-4_712..262_142),
        1 => rng.i32(-4_712..3_000),
        _ => rng.i32(1_900..2_100),
    }
}

/// A moment, one of four with nanoseconds, which only the contract reads.
pub(super) fn instant(zone: &str, rng: &mut Rng) -> Draw {
    let (month, day, clock) = (rng.u8(1..13), rng.u8(1..32), clock(rng));
    let draw = time::year(year(rng), |year| {
        format!("{year}-{month:02}-{day:02}T{clock}{zone}")
    });
    match rng.u8(..4) {
        0 => {
            let nanoseconds = rng.u32(..1_000_000_000);
            let whole = clock.split('.').next().unwrap_or(&clock);
            let text = format!(
                "{}-{month:02}-{day:02}T{whole}.{nanoseconds:09}{zone}",
                rng.i32(1_000..10_000)
            );
            Draw::unwritten(Value::Text(text))
        }
        _ => draw,
    }
}

/// A time of day. The last minute may become 24:00, which the lists try.
pub(super) fn clock(rng: &mut Rng) -> String {
    let (hour, minute, second) = (rng.u8(..24), rng.u8(..59), rng.u8(..60));
    match rng.u8(..4) {
        0 => format!("{hour:02}:{minute:02}:{second:02}"),
        _ => format!(
            "{hour:02}:{minute:02}:{second:02}.{:06}",
            rng.u32(..1_000_000)
        ),
    }
}

pub(super) fn offset(rng: &mut Rng) -> String {
    let sign = if rng.bool() { '+' } else { '-' };
    format!("{sign}{:02}:{:02}", rng.u8(..15), rng.u8(..60))
}

pub(super) fn interval(rng: &mut Rng) -> String {
    let mut part = |most: i32, unit: &str| match rng.bool() {
        true => format!("{}{unit}", rng.i32(-most..=most)),
        false => String::new(),
    };
    let days = [part(100_000, "Y"), part(1_000, "M"), part(1_000_000, "D")].concat();
    let times = [part(1_000_000, "H"), part(10_000, "M")].concat();
    let seconds = rng.i32(-100_000..100_000);
    format!("P{days}T{times}{seconds}.{:06}S", rng.u32(..1_000_000))
}
