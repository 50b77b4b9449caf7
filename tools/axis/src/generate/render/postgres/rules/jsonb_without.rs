/// `jsonb - keys`: without the members of these names, or without the elements that are such texts. Nothing for a value that
/// has neither, which PostgreSQL refuses.
pub(super) fn jsonb_without(
    value: &serde_json::Value,
    keys: &[&str],
) -> Option<serde_json::Value> {
    match value {
        serde_json::Value::Object(members) => {
            let kept = members.iter().filter(|(key, _)| !keys.contains(&key.as_str()));
            let kept = kept.map(|(key, member)| (key.clone(), member.clone()));
            Some(serde_json::Value::Object(kept.collect()))
        }
        serde_json::Value::Array(elements) => {
            let is_kept = |element: &&serde_json::Value| {
                element.as_str().is_none_or(|text| !keys.contains(&text))
            };
            Some(elements.iter().filter(is_kept).cloned().collect())
        }
        _ => None,
    }
}
