//! The way from the code under test to its database.

use std::io::Write;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Names the route of all [`TestDatabase`](crate::TestDatabase)s of a run.
const VARIABLE: &str = "AXIS_TEST_DATABASE";

/// How the code under test reaches a [`TestDatabase`](crate::TestDatabase). The variable
/// `AXIS_TEST_DATABASE` says which, for a whole run: the same tests must pass on each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Route {
    /// `direct`, and where the variable is not set: straight to the server, without TLS.
    Direct,
    /// `pgbouncer`: through a PgBouncer in transaction mode, which all tests of a process share.
    PgBouncer,
    /// `tls`: to a server that refuses the tests' role without TLS, by `sslmode=verify-full`.
    Tls,
}

impl Route {
    /// Every route.
    pub const ALL: [Self; 3] = [Self::Direct, Self::PgBouncer, Self::Tls];

    /// The route of this run.
    ///
    /// # Panics
    /// Where the variable names none.
    #[must_use]
    #[expect(clippy::panic, reason = "tests only")]
    pub fn of_this_run() -> Self {
        let value = std::env::var_os(VARIABLE).unwrap_or_default();
        match Self::parse(&value.to_string_lossy()) {
            Ok(route) => route,
            Err(message) => panic!("{message}"),
        }
    }

    /// What the variable calls it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Direct => "direct",
            Self::PgBouncer => "pgbouncer",
            Self::Tls => "tls",
        }
    }

    pub(crate) fn parse(value: &str) -> Result<Self, String> {
        if value.is_empty() {
            return Ok(Self::Direct);
        }
        Self::ALL
            .into_iter()
            .find(|route| route.name() == value)
            .ok_or_else(|| {
                let names = Self::ALL.map(Self::name).join(", ");
                format!("{VARIABLE} is {value:?}, which is none of {names}")
            })
    }
}

static LEFT_OUT: AtomicUsize = AtomicUsize::new(0);

/// Whether the calling test is to be left out, because this run takes one of `routes` and the test
/// is about what is not there on it. Says so on the terminal, past the capture of the test's
/// output, with the reason, and counts it.
///
/// Unlike [`skip`](crate::skip), no machine could try it.
#[must_use]
pub fn leave_out_on(routes: &[Route], why: &str) -> bool {
    let route = Route::of_this_run();
    if !routes.contains(&route) {
        return false;
    }
    let number = LEFT_OUT.fetch_add(1, Ordering::SeqCst) + 1;
    let thread = std::thread::current();
    let test = thread.name().unwrap_or("a test");
    // Nobody reads it where there is no terminal.
    let _ = writeln!(
        std::io::stderr(),
        "LEFT OUT on {} ({number} in this process): {why} [{test}]",
        route.name()
    );
    true
}

/// Makes tests repeat a tenth of what they otherwise do.
const BRIEF: &str = "AXIS_TEST_BRIEF";

/// How often a test that repeats itself does so: `full` times, or a tenth of it where
/// `AXIS_TEST_BRIEF` is set to 1, as for a run by a further route.
#[must_use]
pub fn repetitions(full: usize) -> usize {
    if std::env::var(BRIEF).is_ok_and(|value| value == "1") {
        full.div_ceil(10)
    } else {
        full
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_name_is_read_and_others_are_refused() {
        for route in Route::ALL {
            assert_eq!(Route::parse(route.name()), Ok(route));
        }
        assert_eq!(Route::parse(""), Ok(Route::Direct));
        for unknown in ["pooler", "TLS", " tls", "direct "] {
            let message = Route::parse(unknown).unwrap_err();
            assert!(message.contains("direct, pgbouncer, tls"), "{message}");
            assert!(message.contains(VARIABLE) && message.contains(unknown));
        }
    }
}
