/// The text that `jsonb ->>` gives of a value. JSON's null has none.
pub(super) fn jsonb_text(value: &serde_json::Value) -> Option<String> {
    match value {
        serde_json::Value::Null => None,
        serde_json::Value::String(string) => Some(string.clone()),
        other => Some(jsonb_written(other)),
    }
}
