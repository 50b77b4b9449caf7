/// A `json` whose members are asked for. Nothing where it holds `\\u0000`, which PostgreSQL refuses then.
pub(super) fn json_parsed(value: &serde_json::Value) -> Option<&serde_json::Value> {
    fn is_text(value: &serde_json::Value) -> bool {
        match value {
            serde_json::Value::String(text) => !text.contains('\0'),
            serde_json::Value::Array(elements) => elements.iter().all(is_text),
            serde_json::Value::Object(members) => members
                .iter()
                .all(|(key, member)| !key.contains('\0') && is_text(member)),
            _ => true,
        }
    }
    is_text(value).then_some(value)
}
