/// How PostgreSQL orders floating-point numbers: each `NaN` is equal, and above all others.
pub(super) fn float_order<T: PartialOrd>(a: &T, b: &T) -> std::cmp::Ordering {
    let is_number = |value: &T| value.partial_cmp(value).is_some();
    let order = || is_number(b).cmp(&is_number(a));
    a.partial_cmp(b).unwrap_or_else(order)
}
