/// Reads a range from PostgreSQL's binary form. Diesel does not for each subtype.
pub(super) fn range_from_bytes<T>(
    bytes: &[u8],
    bound: impl Fn(&[u8]) -> diesel::deserialize::Result<T>,
) -> diesel::deserialize::Result<Range<T>> {
    use std::ops::Bound::{Excluded, Included, Unbounded};
    const EMPTY: u8 = 0x01;
    const LOWER_INCLUDED: u8 = 0x02;
    const UPPER_INCLUDED: u8 = 0x04;
    const LOWER_UNBOUNDED: u8 = 0x08;
    const UPPER_UNBOUNDED: u8 = 0x10;
    let (flags, mut rest) = bytes.split_first().ok_or("a range without flags")?;
    if flags & EMPTY != 0 {
        return Ok(Range::Empty);
    }
    let mut next = |unbounded: u8, included: u8| {
        if flags & unbounded != 0 {
            return Ok(Unbounded);
        }
        let value = bound(length_prefixed(&mut rest)?)?;
        Ok::<_, Box<dyn std::error::Error + Send + Sync>>(match flags & included {
            0 => Excluded(value),
            _ => Included(value),
        })
    };
    let lower = next(LOWER_UNBOUNDED, LOWER_INCLUDED)?;
    let upper = next(UPPER_UNBOUNDED, UPPER_INCLUDED)?;
    Ok(Range::Bounds(lower, upper))
}
