//! What a command is at, for whoever waits.

use std::borrow::Cow;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// A line on a terminal that says what is being done, and for how long. Where standard error is no terminal, there is none.
pub(crate) struct Progress {
    line: ProgressBar,
}

impl Progress {
    /// Begins with a step.
    pub(crate) fn start(step: &'static str) -> Self {
        let style = ProgressStyle::with_template("{spinner} {msg}, {elapsed}");
        let line = ProgressBar::new_spinner()
            .with_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
        line.set_message(step);
        line.enable_steady_tick(Duration::from_millis(100));
        Self { line }
    }

    /// Goes on to the next step.
    pub(crate) fn next(&self, step: impl Into<Cow<'static, str>>) {
        self.line.reset_elapsed();
        self.line.set_message(step);
    }

    /// Says how far the step is.
    pub(crate) fn say(&self, step: String) {
        self.line.set_message(step);
    }

    /// Prints a sentence, on a terminal or not.
    #[expect(clippy::print_stderr, reason = "this is how a tool tells")]
    pub(crate) fn note(&self, text: &str) {
        self.line.suspend(|| eprintln!("{text}"));
    }

    /// Takes the line away.
    pub(crate) fn finish(self) {
        self.line.finish_and_clear();
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.line.finish_and_clear();
    }
}
