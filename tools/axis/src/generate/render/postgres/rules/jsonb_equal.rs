/// `jsonb = jsonb`: numbers are equal whatever their form, 1 and 1.0.
pub(super) fn jsonb_equal(left: &serde_json::Value, right: &serde_json::Value) -> bool {
    use serde_json::Value;
    let decimal = |number: &serde_json::Number| {
        number.to_string().parse::<bigdecimal::BigDecimal>().ok()
    };
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => {
            left == right || decimal(left) == decimal(right)
        }
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len()
                && left.iter().zip(right).all(|(left, right)| jsonb_equal(left, right))
        }
        (Value::Object(left), Value::Object(right)) => {
            left.len() == right.len()
                && left.iter().all(|(key, left)| {
                    right.get(key).is_some_and(|right| jsonb_equal(left, right))
                })
        }
        _ => left == right,
    }
}
