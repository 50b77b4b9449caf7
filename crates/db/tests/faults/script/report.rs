//! The table of what the faults did.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::{Duration, Instant};

use super::client::Request;
use super::kinds::{KINDS, Kind, Window};

/// One kind of fault.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) kind: Kind,
    name: &'static str,
    pub(super) faults: usize,
    pub(super) struck: usize,
    /// Requests that were under way during such a fault.
    requests: usize,
    errors: usize,
    /// From the database's return to the first success, for each fault after which there was one.
    first_successes: Vec<Duration>,
}

/// All of them.
#[derive(Debug)]
pub(super) struct Report {
    pub(super) rows: Vec<Row>,
    /// Requests that no fault's window touches, and their errors.
    pub(super) outside: usize,
    pub(super) outside_errors: usize,
    /// Requests that began after an outage and before its first success.
    pub(super) recovering: usize,
    pub(super) recovering_errors: usize,
    pub(super) inside: usize,
    pub(super) inside_errors: usize,
    /// Faults after which nobody ever succeeded.
    pub(super) never: usize,
    classes: BTreeMap<&'static str, (usize, usize)>,
    /// What failed outside of faults: how often, after which kind, and how long after its end at the earliest and at the
    /// latest.
    unexcused: BTreeMap<(Option<&'static str>, String), (usize, Duration, Duration)>,
}

impl Report {
    /// `requests` in any order, `windows` in order of time, one after the other.
    pub(super) fn new(requests: &[Request], windows: &[Window]) -> Self {
        let mut rows: Vec<Row> = KINDS
            .iter()
            .map(|&(kind, name, _)| Row {
                kind,
                name,
                faults: 0,
                struck: 0,
                requests: 0,
                errors: 0,
                first_successes: Vec::new(),
            })
            .collect();
        let mut classes: BTreeMap<&'static str, (usize, usize)> = BTreeMap::new();
        let mut unexcused = BTreeMap::new();
        let (mut outside, mut outside_errors, mut inside, mut inside_errors) = (0, 0, 0, 0);
        let (mut recovering, mut recovering_errors) = (0, 0);
        let mut successes: Vec<Instant> = requests
            .iter()
            .filter(|request| request.error.is_none())
            .map(|request| request.ended)
            .collect();
        successes.sort_unstable();
        let next_success = |after: Instant| {
            let next = successes.partition_point(|at| *at < after);
            successes.get(next).copied()
        };
        for request in requests {
            let is_error = usize::from(request.error.is_some());
            // The windows do not overlap, so the first that ends after the request began is the only start to look from.
            let from = windows.partition_point(|window| window.ended < request.started);
            let touched = windows[from..]
                .iter()
                .take_while(|window| window.started <= request.ended);
            let mut is_inside = false;
            for window in touched {
                is_inside = true;
                if let Some(row) = rows.iter_mut().find(|row| row.kind == window.kind) {
                    row.requests += 1;
                    row.errors += is_error;
                }
            }
            let before = from.checked_sub(1).and_then(|before| windows.get(before));
            let is_recovering = before.is_some_and(|window| {
                let until = next_success(window.ended);
                window.kind.is_outage() && until.is_none_or(|until| request.started < until)
            });
            match (is_inside, is_recovering) {
                (true, _) => (inside, inside_errors) = (inside + 1, inside_errors + is_error),
                (_, true) => {
                    (recovering, recovering_errors) =
                        (recovering + 1, recovering_errors + is_error);
                }
                _ => (outside, outside_errors) = (outside + 1, outside_errors + is_error),
            }
            let Some((class, text)) = &request.error else {
                continue;
            };
            let counts: &mut (usize, usize) = classes.entry(class).or_default();
            if is_inside || is_recovering {
                counts.0 += 1;
                continue;
            }
            counts.1 += 1;
            let since = before.map_or(Duration::ZERO, |window| request.ended - window.ended);
            let after = before.map(|window| name(window.kind));
            let seen = unexcused
                .entry((after, text.clone()))
                .or_insert((0, since, since));
            *seen = (seen.0 + 1, seen.1.min(since), seen.2.max(since));
        }
        let mut never = 0;
        for window in windows {
            let Some(row) = rows.iter_mut().find(|row| row.kind == window.kind) else {
                continue;
            };
            row.faults += 1;
            row.struck += usize::from(window.has_struck);
            match next_success(window.ended) {
                Some(at) => row.first_successes.push(at - window.ended),
                None => never += 1,
            }
        }
        Self {
            rows,
            outside,
            outside_errors,
            recovering,
            recovering_errors,
            inside,
            inside_errors,
            never,
            classes,
            unexcused,
        }
    }

    /// The slowest first success.
    pub(super) fn slowest_return(&self) -> Duration {
        let all = self.rows.iter().flat_map(|row| &row.first_successes);
        all.max().copied().unwrap_or_default()
    }

    pub(super) fn faults(&self) -> usize {
        self.rows.iter().map(|row| row.faults).sum()
    }

    pub(super) fn struck(&self) -> usize {
        self.rows.iter().map(|row| row.struck).sum()
    }

    /// Lines for people.
    pub(super) fn table(&self) -> String {
        let mut text = String::new();
        let _ = writeln!(
            text,
            "{:<34} {:>6} {:>6} {:>9} {:>7} {:>14} {:>14}",
            "fault", "done", "struck", "requests", "errors", "back, median", "back, slowest"
        );
        for row in &self.rows {
            let mut times = row.first_successes.clone();
            times.sort_unstable();
            let at = |index: usize| {
                let time = times.get(index).copied();
                time.map_or_else(
                    || "-".to_owned(),
                    |time| format!("{:.1} ms", time.as_secs_f64() * 1e3),
                )
            };
            let _ = writeln!(
                text,
                "{:<34} {:>6} {:>6} {:>9} {:>7} {:>14} {:>14}",
                row.name,
                row.faults,
                row.struck,
                row.requests,
                row.errors,
                at(times.len() / 2),
                at(times.len().saturating_sub(1)),
            );
        }
        let _ = writeln!(
            text,
            "during faults {} requests, {} errors; after an outage, until the first success, {} requests, {} errors; \
             outside {} requests, {} errors ({:.3} %)",
            self.inside,
            self.inside_errors,
            self.recovering,
            self.recovering_errors,
            self.outside,
            self.outside_errors,
            self.outside_share() * 100.0
        );
        for (class, (inside, outside)) in &self.classes {
            let _ = writeln!(text, "  {class}: {inside} during faults, {outside} outside");
        }
        for ((after, error), (count, earliest, latest)) in &self.unexcused {
            let after = after.unwrap_or("the start");
            let (earliest, latest) = (earliest.as_millis(), latest.as_millis());
            let _ = writeln!(
                text,
                "  {count} times, {earliest} to {latest} ms after {after}: {error}"
            );
        }
        text
    }

    /// Which part of the requests outside of faults failed.
    pub(super) fn outside_share(&self) -> f64 {
        self.outside_errors as f64 / self.outside.max(1) as f64
    }
}

fn name(kind: Kind) -> &'static str {
    let found = KINDS.iter().find(|(known, ..)| *known == kind);
    found.map_or("", |(_, name, _)| name)
}
