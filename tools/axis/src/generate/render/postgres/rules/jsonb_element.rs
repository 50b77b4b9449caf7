/// `jsonb -> index`: as [`json_element`], but that a value that is neither an object nor an array is an array of itself.
pub(super) fn jsonb_element(value: &serde_json::Value, index: i64) -> Option<&serde_json::Value> {
    match value {
        serde_json::Value::Object(_) | serde_json::Value::Array(_) => json_element(value, index),
        scalar => matches!(index, 0 | -1).then_some(scalar),
    }
}
