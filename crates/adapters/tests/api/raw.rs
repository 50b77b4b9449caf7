//! HTTP by hand, for what no client would send.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// How the server reacted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// With an answer.
    Status(u16),
    /// By closing the connection.
    Closed,
}

/// Sends bytes and reads until an answer has begun or the server closes.
///
/// # Panics
/// When the server does neither: every limit of time must have passed.
pub(crate) async fn exchange(address: SocketAddr, request: &[u8]) -> Outcome {
    let exchange = async {
        let mut stream = TcpStream::connect(address).await.expect("a connection");
        let (mut read, mut write) = stream.split();
        let send = async {
            // The server may have answered and closed before it has read all.
            let _ = write.write_all(request).await;
            // Not shut down: that would be a client that does not wait for its answer.
            std::future::pending::<()>().await;
        };
        let receive = async {
            let mut answer = Vec::new();
            let mut buffer = [0; 4096];
            loop {
                match read.read(&mut buffer).await {
                    Ok(0) | Err(_) => return Outcome::Closed,
                    Ok(count) => answer.extend_from_slice(&buffer[..count]),
                }
                if let Some(status) = status(&answer) {
                    return Outcome::Status(status);
                }
            }
        };
        tokio::select! {
            outcome = receive => outcome,
            () = send => unreachable!("sending never ends"),
        }
    };
    let outcome = timeout(Duration::from_secs(120), exchange).await;
    outcome.unwrap_or_else(|_| panic!("no reaction to {:?}", String::from_utf8_lossy(request)))
}

/// The status of an answer whose first line has arrived; 100 is not the answer yet.
pub(crate) fn status(answer: &[u8]) -> Option<u16> {
    let text = String::from_utf8_lossy(answer);
    let text = text
        .strip_prefix("HTTP/1.1 100 Continue\r\n\r\n")
        .unwrap_or(&text);
    let (line, _) = text.split_once("\r\n")?;
    line.split(' ').nth(1)?.parse().ok()
}
