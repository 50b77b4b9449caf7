/// `jsonb`: no string and no key holds NUL (SQLSTATE 22P05).
pub(super) fn jsonb(value: &serde_json::Value) -> bool {
    match value {
        serde_json::Value::String(string) => text(string),
        serde_json::Value::Array(elements) => elements.iter().all(jsonb),
        serde_json::Value::Object(members) => members
            .iter()
            .all(|(key, member)| text(key) && jsonb(member)),
        _ => true,
    }
}
