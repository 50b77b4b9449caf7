/// The order of `double precision`: NaN equals itself and comes after every other value.
pub(super) fn float8_order(left: f64, right: f64) -> std::cmp::Ordering {
    left.partial_cmp(&right)
        .unwrap_or_else(|| left.is_nan().cmp(&right.is_nan()))
}
