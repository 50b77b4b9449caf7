//! What `axis dev` is doing: a moving line on a terminal, plain lines elsewhere.

use std::io::{IsTerminal, Write};
use std::time::Instant;

use crate::progress::Progress;

/// A step that is under way.
pub(super) struct Step {
    what: &'static str,
    since: Instant,
    /// Takes its line away when it is dropped; then the error says the rest.
    line: Progress,
}

impl Step {
    /// Says what begins.
    pub(super) fn begin(what: &'static str) -> Self {
        if !std::io::stderr().is_terminal() {
            say(&format!("{what} ..."));
        }
        Self {
            what,
            since: Instant::now(),
            line: Progress::start(what),
        }
    }

    /// Says what came of it, and how long it took.
    pub(super) fn end(self, result: &str) {
        let Self { what, since, line } = self;
        line.finish();
        let took = since.elapsed().as_secs_f64();
        say(&format!("{what}: {result} ({took:.1} s)"));
    }
}

/// One line for the person in front of the terminal. Standard output stays free for the server.
pub(super) fn say(line: &str) {
    // Where nobody reads it, there is still a server to look after.
    let _ = writeln!(std::io::stderr(), "{line}");
}
