/// Reads ranges from PostgreSQL's binary form. Diesel does not for each subtype.
pub(super) fn multirange_from_bytes<T>(
    bytes: &[u8],
    bound: impl Fn(&[u8]) -> diesel::deserialize::Result<T>,
) -> diesel::deserialize::Result<Multirange<T>> {
    let mut rest = bytes;
    let _count = split_off(&mut rest, 4)?;
    let mut ranges = Vec::new();
    while !rest.is_empty() {
        ranges.push(range_from_bytes(length_prefixed(&mut rest)?, &bound)?);
    }
    Ok(Multirange(ranges))
}
