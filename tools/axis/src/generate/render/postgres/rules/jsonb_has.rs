/// `jsonb ? key`: a key of an object, an element of an array that is this string, or this string.
pub(super) fn jsonb_has(value: &serde_json::Value, key: &str) -> bool {
    match value {
        serde_json::Value::Object(members) => members.contains_key(key),
        serde_json::Value::Array(elements) => {
            elements.iter().any(|element| element.as_str() == Some(key))
        }
        serde_json::Value::String(string) => string == key,
        _ => false,
    }
}
