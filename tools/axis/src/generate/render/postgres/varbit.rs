/// `bit varying(n)`: not more bits (SQLSTATE 22001).
pub(super) fn varbit(value: &Bits, n: usize) -> bool {
    value.0.len() <= n
}
