/// `jsonb @> jsonb`. An array also contains a value that is one of its elements.
pub(super) fn jsonb_contains(value: &serde_json::Value, wanted: &serde_json::Value) -> bool {
    match (value, wanted) {
        (serde_json::Value::Array(elements), wanted)
            if !wanted.is_array() && !wanted.is_object() =>
        {
            elements.iter().any(|element| jsonb_equal(element, wanted))
        }
        _ => jsonb_holds(value, wanted),
    }
}

/// Whether each member and each element that is wanted is there.
fn jsonb_holds(value: &serde_json::Value, wanted: &serde_json::Value) -> bool {
    match (value, wanted) {
        (serde_json::Value::Object(members), serde_json::Value::Object(wanted)) => {
            wanted.iter().all(|(key, wanted)| {
                members
                    .get(key)
                    .is_some_and(|found| jsonb_holds(found, wanted))
            })
        }
        (serde_json::Value::Array(elements), serde_json::Value::Array(wanted)) => wanted
            .iter()
            .all(|wanted| elements.iter().any(|found| jsonb_holds(found, wanted))),
        _ => jsonb_equal(value, wanted),
    }
}
