/// A value as `jsonb` writes it: shorter keys first, a space after each comma and colon, no exponents.
pub(super) fn jsonb_written(value: &serde_json::Value) -> String {
    let joined = |parts: Vec<String>| parts.join(", ");
    match value {
        serde_json::Value::Number(number) => {
            let text = number.to_string();
            match (text.contains(['e', 'E']), number.as_f64()) {
                (true, Some(value)) => format!("{value}"),
                _ if text == "-0.0" => "0.0".to_owned(),
                _ => text,
            }
        }
        serde_json::Value::Array(elements) => {
            format!("[{}]", joined(elements.iter().map(jsonb_written).collect()))
        }
        serde_json::Value::Object(members) => {
            let mut members: Vec<(&String, &serde_json::Value)> = members.iter().collect();
            members.sort_by_key(|(key, _)| (key.len(), key.as_bytes()));
            let written = members.into_iter().map(|(key, member)| {
                format!("{}: {}", serde_json::Value::from(key.as_str()), jsonb_written(member))
            });
            format!("{{{}}}", joined(written.collect()))
        }
        other => other.to_string(),
    }
}
