/// Takes what PostgreSQL wrote with its length in front.
fn length_prefixed<'a>(bytes: &mut &'a [u8]) -> diesel::deserialize::Result<&'a [u8]> {
    let length = i32::from_be_bytes(split_off(bytes, 4)?.try_into()?);
    split_off(bytes, length.try_into()?)
}
