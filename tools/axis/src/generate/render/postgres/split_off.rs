/// Takes so many bytes off the front.
fn split_off<'a>(bytes: &mut &'a [u8], count: usize) -> diesel::deserialize::Result<&'a [u8]> {
    let (front, rest) = bytes
        .split_at_checked(count)
        .ok_or("a value that is shorter than it says")?;
    *bytes = rest;
    Ok(front)
}
