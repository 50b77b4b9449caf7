//! As much of PostgreSQL's protocol as tells one message from the next.
//!
//! <https://www.postgresql.org/docs/current/protocol-message-formats.html>

use bytes::{Bytes, BytesMut};

/// The code of a request for TLS in place of a protocol version.
pub(super) const SSL_REQUEST: u32 = 80_877_103;
/// The code of a request for GSSAPI encryption.
pub(super) const GSS_REQUEST: u32 = 80_877_104;
/// The code of a request to cancel a query.
pub(super) const CANCEL_REQUEST: u32 = 80_877_102;

/// The last message of the answer to a request.
pub(super) const READY_FOR_QUERY: u8 = b'Z';

/// A message with its first byte and its length, as it came.
#[derive(Debug)]
pub(super) struct Message(pub(super) Bytes);

impl Message {
    /// Takes the first message off, once it is there as a whole.
    pub(super) fn split_from(buffer: &mut BytesMut) -> Option<Self> {
        let length = length(buffer.get(1..5)?) + 1;
        (buffer.len() >= length).then(|| Self(buffer.split_to(length).freeze()))
    }

    /// The kind.
    pub(super) fn tag(&self) -> u8 {
        self.0.first().copied().unwrap_or_default()
    }

    /// Whether the server says after this message of a client that it is ready: a simple query, a Sync, a function call.
    pub(super) fn wants_answer(&self) -> bool {
        matches!(self.tag(), b'Q' | b'S' | b'F')
    }

    /// The SQL of a client's message that carries some.
    pub(super) fn sql(&self) -> Option<&[u8]> {
        let body = self.0.get(5..)?;
        let text = match self.tag() {
            b'Q' => body,
            // The statement's name comes first.
            b'P' => {
                let name = body.iter().position(|byte| *byte == 0)?;
                body.get(name + 1..)?
            }
            _ => return None,
        };
        let end = text.iter().position(|byte| *byte == 0)?;
        text.get(..end)
    }
}

/// Takes the first packet of a connection off, which has no kind, and gives its code.
pub(super) fn split_startup(buffer: &mut BytesMut) -> Option<(u32, Bytes)> {
    let length = length(buffer.get(..4)?);
    let code = number(buffer.get(4..8)?);
    (buffer.len() >= length).then(|| (code, buffer.split_to(length.max(8)).freeze()))
}

fn length(bytes: &[u8]) -> usize {
    // The length counts itself.
    usize::try_from(number(bytes)).unwrap_or(usize::MAX).max(4)
}

fn number(bytes: &[u8]) -> u32 {
    bytes
        .iter()
        .fold(0, |number, byte| (number << 8) | u32::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_told_apart_wherever_packets_end() {
        let mut stream = Vec::new();
        for (tag, body) in [
            (b'Q', &b"COMMIT\0"[..]),
            (b'P', b"s1\0SELECT 1\0\0\0"),
            (b'S', b""),
        ] {
            stream.push(tag);
            stream.extend((body.len() as u32 + 4).to_be_bytes());
            stream.extend(body);
        }
        for packet in 1..stream.len() {
            let mut buffer = BytesMut::new();
            let mut seen = Vec::new();
            for bytes in stream.chunks(packet) {
                buffer.extend_from_slice(bytes);
                while let Some(message) = Message::split_from(&mut buffer) {
                    let sql = message
                        .sql()
                        .map(|sql| String::from_utf8(sql.to_vec()).unwrap());
                    seen.push((message.tag(), sql));
                }
            }
            let expected = [
                (b'Q', Some("COMMIT".to_owned())),
                (b'P', Some("SELECT 1".to_owned())),
                (b'S', None),
            ];
            assert_eq!(seen, expected, "packets of {packet}");
            assert!(buffer.is_empty());
        }
    }
}
