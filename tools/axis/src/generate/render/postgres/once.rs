/// Notes a constraint that one of several parts breaks, unless it is noted already.
pub(super) fn once<C: TableConstraint + PartialEq>(
    violations: &mut Vec<Violation<C>>,
    constraint: C,
) {
    if !violations.iter().any(|found| found.constraint == constraint) {
        violations.push(Violation::of(constraint));
    }
}
