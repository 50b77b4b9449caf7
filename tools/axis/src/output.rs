//! What the commands say on standard output.

use std::io::{self, ErrorKind, Write};

/// Standard output cannot be written to.
#[derive(Debug, thiserror::Error)]
#[error("standard output cannot be written to")]
pub(crate) struct OutputError(#[from] io::Error);

/// Writes `text` to standard output.
///
/// Whoever reads it may stop before its end, as `axis generate | head` does: that is no error, and what was done stays done.
///
/// # Errors
///
/// [`OutputError`] where it cannot be written for another reason, such as a full disk.
pub(crate) fn say(text: &str) -> Result<(), OutputError> {
    write_to(&mut io::stdout().lock(), text)
}

fn write_to(output: &mut impl Write, text: &str) -> Result<(), OutputError> {
    let written = output
        .write_all(text.as_bytes())
        .and_then(|()| output.flush());
    match written {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        written => Ok(written?),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Failing(ErrorKind);

    impl Write for Failing {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(self.0.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_reader_that_stops_is_no_error_and_a_full_disk_is() {
        assert!(write_to(&mut Failing(ErrorKind::BrokenPipe), "text").is_ok());
        assert!(write_to(&mut Failing(ErrorKind::StorageFull), "text").is_err());
    }
}
