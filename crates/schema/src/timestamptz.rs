//! Times on the wire, written at once.
//!
//! chrono asks its formatter for each part of a time and JSON for each character: for a list that was two fifths of all that
//! its answer costs. The text is the same.

use chrono::{DateTime, Datelike, NaiveDateTime, Timelike, Utc};
use serde::{Serialize, Serializer};

/// Writes a time as [`DateTime`] itself does.
pub(crate) fn serialize<S: Serializer>(
    at: &DateTime<Utc>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let mut text = EMPTY;
    match write(at.naive_utc(), &mut text) {
        Some(text) => serializer.serialize_str(text),
        None => at.serialize(serializer),
    }
}

const EMPTY: [u8; 30] = *b"0000-00-00T00:00:00.000000000Z";

/// Writes it into `text`, which is [`EMPTY`]. None for a year that has not four digits, and for a leap second.
fn write(at: NaiveDateTime, text: &mut [u8; 30]) -> Option<&str> {
    let year = u32::try_from(at.year()).ok().filter(|year| *year <= 9999)?;
    let nanos = Some(at.nanosecond()).filter(|nanos| *nanos < 1_000_000_000)?;
    digits(&mut text[0..4], year);
    digits(&mut text[5..7], at.month());
    digits(&mut text[8..10], at.day());
    digits(&mut text[11..13], at.hour());
    digits(&mut text[14..16], at.minute());
    digits(&mut text[17..19], at.second());
    // A fraction has as few digits as will do, of 3, 6 and 9.
    let end = match nanos {
        0 => 19,
        _ if nanos.is_multiple_of(1_000_000) => 23,
        _ if nanos.is_multiple_of(1_000) => 26,
        _ => 29,
    };
    if end > 19 {
        digits(&mut text[20..29], nanos);
    }
    text[end] = b'Z';
    str::from_utf8(&text[..=end]).ok()
}

/// The last digits of `number`, as many as there is room for.
fn digits(room: &mut [u8], mut number: u32) {
    for digit in room.iter_mut().rev() {
        *digit = b'0' + (number % 10) as u8;
        number /= 10;
    }
}

/// The same of one that may be missing.
pub(crate) fn serialize_option<S: Serializer>(
    at: &Option<DateTime<Utc>>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    struct Present<'a>(&'a DateTime<Utc>);

    impl Serialize for Present<'_> {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serialize(self.0, serializer)
        }
    }

    at.as_ref().map(Present).serialize(serializer)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[derive(Serialize)]
    struct Own {
        #[serde(serialize_with = "serialize")]
        at: DateTime<Utc>,
        #[serde(serialize_with = "serialize_option")]
        maybe: Option<DateTime<Utc>>,
    }

    #[derive(Serialize)]
    struct Chronos {
        at: DateTime<Utc>,
        maybe: Option<DateTime<Utc>>,
    }

    /// The end of the year 9999, in seconds since 1970.
    const END: i64 = 253_402_300_800;

    fn same(at: DateTime<Utc>) {
        for maybe in [None, Some(at)] {
            let own = serde_json::to_string(&Own { at, maybe }).unwrap();
            let chronos = serde_json::to_string(&Chronos { at, maybe }).unwrap();
            assert_eq!(own, chronos);
        }
    }

    #[test]
    fn the_ends_are_written_as_chrono_writes_them() {
        let leap = DateTime::from_timestamp(1_483_228_799, 1_500_000_000).unwrap();
        let ends = [-1, 0, -62_167_219_201, -62_167_219_200, END - 1, END]
            .map(|at| DateTime::from_timestamp(at, 0).unwrap());
        for at in [DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC, leap] {
            same(at);
        }
        ends.into_iter().for_each(same);
    }

    proptest! {
        #[test]
        fn times_are_written_as_chrono_writes_them(
            second in -70_000_000_000..END + 70_000_000_000,
            nanos in 0_u32..1_000_000_000,
            // So many digits of them are zeros.
            digits in 0_u32..=9,
        ) {
            let nanos = nanos - nanos % 10_u32.pow(digits);
            same(DateTime::from_timestamp(second, nanos).unwrap());
        }
    }
}
