/// Writes bytes with their length in front.
fn write_length_prefixed(
    out: &mut impl std::io::Write,
    bytes: &[u8],
) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    out.write_all(&i32::try_from(bytes.len())?.to_be_bytes())?;
    out.write_all(bytes)?;
    Ok(())
}
