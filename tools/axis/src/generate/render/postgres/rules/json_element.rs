/// `json -> index`: counted from 0, or from the end where it is negative.
pub(super) fn json_element(value: &serde_json::Value, index: i64) -> Option<&serde_json::Value> {
    let elements = value.as_array()?;
    let index = match usize::try_from(index) {
        Ok(index) => index,
        Err(_) => elements
            .len()
            .checked_sub(usize::try_from(index.unsigned_abs()).ok()?)?,
    };
    elements.get(index)
}
