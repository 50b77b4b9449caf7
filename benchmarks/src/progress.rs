//! How far a run is.

use std::io::{IsTerminal, Write, stderr};
use std::time::{Duration, Instant};

use crate::slot::Cell;

/// Shown on a terminal at each figure, elsewhere every half a minute.
pub struct Progress {
    started: Instant,
    shown: Option<Instant>,
    all: usize,
    done: usize,
}

impl Progress {
    pub fn of(all: usize) -> Self {
        Self {
            started: Instant::now(),
            shown: None,
            all,
            done: 0,
        }
    }

    pub fn done(&mut self) {
        self.done += 1;
    }

    pub fn show(&mut self, cell: &Cell) {
        let mut out = stderr();
        let is_terminal = out.is_terminal();
        let is_due = self
            .shown
            .is_none_or(|shown| shown.elapsed() >= Duration::from_secs(30));
        if !is_terminal && !is_due {
            return;
        }
        self.shown = Some(Instant::now());
        let left = match u32::try_from(self.done) {
            Ok(done) if done > 0 => {
                let each = self.started.elapsed() / done;
                let left = each * u32::try_from(self.all - self.done).unwrap_or(u32::MAX);
                format!("about {} s left", left.as_secs())
            }
            _ => "just begun".to_owned(),
        };
        let (begin, end) = if is_terminal {
            ("\r\x1b[K", "")
        } else {
            ("", "\n")
        };
        let (done, all) = (self.done, self.all);
        let (workload, peer) = (cell.workload.title(), cell.peer.title());
        // Nothing depends on it.
        let _ = write!(
            out,
            "{begin}{done} of {all} figures, {left}: {workload}, {peer}{end}"
        );
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if stderr().is_terminal() {
            eprintln!();
        }
    }
}
