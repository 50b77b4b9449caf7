//! What this machine cannot do.

use std::io::Write;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Makes a skip a failure, for machines that must be able to do everything: set it to 1 in CI.
const FORBIDDEN: &str = "AXIS_TEST_NO_SKIPS";

static SKIPPED: AtomicUsize = AtomicUsize::new(0);

/// Says on the terminal, past the capture of the test's output, that something was not tried, and counts it.
///
/// # Panics
/// Where `AXIS_TEST_NO_SKIPS` is set to 1.
#[expect(clippy::panic, reason = "tests only")]
pub fn skip(what: &str, why: &str) {
    let number = SKIPPED.fetch_add(1, Ordering::SeqCst) + 1;
    if std::env::var(FORBIDDEN).is_ok_and(|value| value == "1") {
        panic!("not tried: {what}: {why} ({FORBIDDEN} forbids it)");
    }
    // Nobody reads it where there is no terminal.
    let _ = writeln!(
        std::io::stderr(),
        "SKIPPED ({number} in this process): {what}: {why}"
    );
}

/// How often this process has skipped something.
#[must_use]
pub fn skipped() -> usize {
    SKIPPED.load(Ordering::SeqCst)
}
