/// Appends each violation to garde's report, once for each column at fault.
pub(super) fn report<C: TableConstraint>(
    violations: Vec<Violation<C>>,
    parent: &mut dyn FnMut() -> garde::Path,
    report: &mut garde::Report,
) {
    for violation in violations {
        for column in violation.columns {
            report.append(
                parent().join(*column),
                garde::Error::new(violation.constraint.metadata().definition),
            );
        }
    }
}
