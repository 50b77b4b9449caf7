/// The text that `json ->>` gives of a value: as it is written. JSON's null has none.
pub(super) fn json_text(value: &serde_json::Value) -> Option<String> {
    match value {
        serde_json::Value::Null => None,
        serde_json::Value::String(string) => Some(string.clone()),
        other => Some(other.to_string()),
    }
}
