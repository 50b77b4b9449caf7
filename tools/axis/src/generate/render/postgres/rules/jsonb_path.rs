/// `jsonb #> path`: keys of objects, places in arrays.
pub(super) fn jsonb_path<'a>(
    value: &'a serde_json::Value,
    path: &[&str],
) -> Option<&'a serde_json::Value> {
    path.iter().try_fold(value, |value, key| match value {
        serde_json::Value::Object(members) => members.get(*key),
        serde_json::Value::Array(elements) => elements.get(key.parse::<usize>().ok()?),
        _ => None,
    })
}
