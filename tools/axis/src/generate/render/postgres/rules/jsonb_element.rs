/// `jsonb -> index`: counted from 0, or from the end where it is negative. A value that is neither an object nor an array is
/// an array of itself here.
pub(super) fn jsonb_element(value: &serde_json::Value, index: i64) -> Option<&serde_json::Value> {
    let elements = match value {
        serde_json::Value::Object(_) => return None,
        serde_json::Value::Array(elements) => elements.as_slice(),
        scalar => std::slice::from_ref(scalar),
    };
    let index = match usize::try_from(index) {
        Ok(index) => index,
        Err(_) => elements
            .len()
            .checked_sub(usize::try_from(index.unsigned_abs()).ok()?)?,
    };
    elements.get(index)
}
