//! Rules that several domains share.

use serde::{Deserialize, Deserializer};
use uuid::Uuid;
use uuid::fmt::Hyphenated;

/// What JSON Schema calls "no NUL". PostgreSQL's text types hold every character but that one (SQLSTATE 22021).
pub(crate) const NO_NUL: &str = r"^[^\u0000]*$";

/// Refuses NUL; [`NO_NUL`] says the same in JSON Schema.
pub(crate) fn no_nul<T: AsRef<str>>(value: &T, _context: &()) -> garde::Result {
    if value.as_ref().contains('\0') {
        return Err(garde::Error::new("holds a NUL character"));
    }
    Ok(())
}

/// Reads a member that is there, so that an explicit `null` is refused with the member's name instead of being taken
/// for an absent member.
pub(crate) fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// Reads a UUID as RFC 9562 writes it, which is what JSON Schema's format `uuid` means. [`Uuid`] itself would also take
/// braces, a URN, and 32 digits without hyphens.
pub(crate) fn hyphenated<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Uuid, D::Error> {
    Hyphenated::deserialize(deserializer).map(Uuid::from)
}
