/// `bit(n)`: so many bits (SQLSTATE 22026).
pub(super) fn bit(value: &Bits, n: usize) -> bool {
    value.0.len() == n
}
