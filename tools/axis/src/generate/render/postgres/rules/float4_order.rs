/// The order of `real`: NaN equals itself and comes after every other value.
pub(super) fn float4_order(left: f32, right: f32) -> std::cmp::Ordering {
    left.partial_cmp(&right)
        .unwrap_or_else(|| left.is_nan().cmp(&right.is_nan()))
}
