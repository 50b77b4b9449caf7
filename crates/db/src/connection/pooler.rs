//! Whether a pooler stands between the server and us.
//!
//! A pooler in transaction mode gives each transaction to whichever server connection is free. A
//! statement prepared under a name is then missing on the next one, or is another client's under
//! the same name. Statements without a name need one round trip and leave nothing behind, so they
//! work everywhere.

use std::future::{Ready, ready};
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::future::join;
use tokio::io::{
    AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, DuplexStream, ReadBuf, duplex,
};
use tokio_postgres::tls::{ChannelBinding, TlsConnect, TlsStream};
use tokio_postgres::types::Type;
use tokio_postgres::{CancelToken, Client};

use super::server_limit::server_milliseconds;

/// What `DATABASE_POOLER` says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pooler {
    /// Find out, from the host's name or else from the server.
    #[default]
    Auto,
    /// No pooler, or one that keeps prepared statements (PgBouncer from 1.21 with
    /// `max_prepared_statements`).
    None,
    /// A pooler in transaction mode that keeps none.
    Transaction,
}

/// How statements go out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum StatementMode {
    /// Prepared once under a name, then bound to values.
    Named,
    /// Parsed, bound and run in one round trip, each time.
    Unnamed,
}

/// Without a limit, nothing is set.
const LIMIT_WHERE_DIRECT: &str = "SELECT CASE WHEN pg_catalog.pg_backend_pid() <> $1 THEN false \
     WHEN $2 IS NULL THEN true \
     ELSE pg_catalog.set_config('statement_timeout', $2, false) IS NOT NULL END";

/// The bytes of a request to cancel: its length, its code, the process's id, the secret key; 4
/// each.
const CANCEL_REQUEST: usize = 16;
/// The answer of a server to a client that asks for TLS.
const TLS_YES: u8 = b'S';

/// Finds out whether the process that answers is the one that was announced, and if so, sets
/// `limit` as the session's statement_timeout.
///
/// Whoever accepts a connection announces the id of its server process, for requests to cancel. A
/// pooler announces a number of its own. The driver keeps the announced one to itself, but writes
/// it into a request to cancel, which is therefore made here and goes nowhere.
///
/// Both are one statement and one round trip: a server connection that others share is never set,
/// not even for a moment.
pub(super) async fn is_direct(
    client: &Client,
    cancel: &CancelToken,
    limit: Option<Duration>,
) -> Result<bool, tokio_postgres::Error> {
    let Some(announced) = announced_process(cancel).await else {
        return Ok(false);
    };
    let limit = limit.map(|limit| server_milliseconds(limit).to_string());
    let rows = client
        .query_typed(
            LIMIT_WHERE_DIRECT,
            &[(&announced, Type::INT4), (&limit, Type::TEXT)],
        )
        .await?;
    let is_direct = rows.first().map(|row| row.try_get(0)).transpose()?;
    Ok(is_direct.unwrap_or(false))
}

async fn announced_process(cancel: &CancelToken) -> Option<i32> {
    let (driver, mut server) = duplex(64);
    let send = cancel.cancel_query_raw(driver, NoHandshake);
    let receive = async {
        let mut request = Vec::new();
        // A driver that asks for TLS first waits for this. Any other may have gone already.
        let _ = server.write_all(&[TLS_YES]).await;
        server.read_to_end(&mut request).await.ok()?;
        Some(request)
    };
    let (sent, request) = join(send, receive).await;
    sent.ok()?;
    process_of(&request?)
}

/// The process's id in a request to cancel, which may follow a request for TLS.
fn process_of(bytes: &[u8]) -> Option<i32> {
    let start = bytes.len().checked_sub(CANCEL_REQUEST)?;
    let id = bytes.get(start + 8..start + 12)?;
    Some(i32::from_be_bytes(id.try_into().ok()?))
}

/// Where the driver wants TLS, it gets the stream as it is.
struct NoHandshake;

impl TlsConnect<DuplexStream> for NoHandshake {
    type Stream = Plain;
    type Error = io::Error;
    type Future = Ready<io::Result<Plain>>;

    fn connect(self, stream: DuplexStream) -> Self::Future {
        ready(Ok(Plain(stream)))
    }
}

struct Plain(DuplexStream);

impl TlsStream for Plain {
    fn channel_binding(&self) -> ChannelBinding {
        ChannelBinding::none()
    }
}

impl AsyncRead for Plain {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(context, buffer)
    }
}

impl AsyncWrite for Plain {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_process_of_a_request_to_cancel() {
        let tls: [u8; 8] = [0, 0, 0, 8, 4, 210, 22, 47];
        let cancel: [u8; 16] = [0, 0, 0, 16, 4, 210, 22, 46, 0, 0, 48, 57, 1, 2, 3, 4];
        assert_eq!(process_of(&cancel), Some(12345));
        assert_eq!(process_of(&[&tls[..], &cancel].concat()), Some(12345));
        assert_eq!(process_of(&tls), None);
    }
}
