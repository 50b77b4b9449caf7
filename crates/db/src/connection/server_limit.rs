//! How long the server lets a statement run, beside the limit that the client keeps.
//!
//! A connection that nobody shares has it as its session's statement_timeout, from the start on.
//! Behind a pooler, a session's setting would be handed to another client, so there each
//! transaction sets it for itself, with its BEGIN.

use std::time::Duration;

use super::Connection;

/// How much later than the client the server gives a statement up. The client knows why, so it
/// should come first; the server's own limit holds where the client is stuck.
const GRACE: Duration = Duration::from_secs(1);

/// The server's limit in its own unit, for statements that the client gives `statement_timeout`.
pub(super) fn server_milliseconds(statement_timeout: Duration) -> i32 {
    let limit = statement_timeout.saturating_add(GRACE);
    // A millisecond, in a 4-byte integer.
    i32::try_from(limit.as_millis()).unwrap_or(i32::MAX)
}

/// What sets the limit for one transaction; to stand after its BEGIN.
pub(crate) fn set_local_limit(statement_timeout: Duration) -> String {
    let milliseconds = server_milliseconds(statement_timeout);
    format!("; SET LOCAL statement_timeout = {milliseconds}")
}

impl Connection {
    /// Whether the session's own limit is the one for statements of `statement_timeout`.
    pub(crate) fn has_server_limit(&self, statement_timeout: Duration) -> bool {
        self.server_limit == Some(statement_timeout)
    }
}
