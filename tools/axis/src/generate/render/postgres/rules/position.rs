/// Where a part begins: characters from 1, or 0 where it is not in the value.
pub(super) fn position(value: &str, part: &str) -> usize {
    match value.split_once(part) {
        Some((before, _)) => before.chars().count() + 1,
        None => 0,
    }
}
