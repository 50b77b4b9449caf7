use ::proptest::collection::vec;
use ::proptest::prelude::*;
use ::proptest::sample::select;

/// How many rows a row is put together from.
const DRAWN: usize = 32;

/// A row whose columns can be exchanged.
trait Row: Clone + ::std::fmt::Debug + 'static {
    /// The rules of its table.
    type Rule: Copy + PartialEq + ::std::fmt::Debug + 'static;

    /// Takes the value of a column from another row.
    fn take(&mut self, column: &str, from: &Self);

    /// The rules that it breaks, each with its columns.
    fn broken(&self) -> Vec<(Self::Rule, &'static [&'static str])>;

    /// The columns that a rule reads.
    fn columns(rule: Self::Rule) -> &'static [&'static str];
}

/// The strategies of a table: for each column its field, its name where that is another, and the values that it is drawn from.
macro_rules! columns {
    ($($field:ident $($name:literal)?: $values:expr,)+) => {
        /// Rows that keep every rule.
        pub fn valid() -> impl Strategy<Value = Insert> {
            rows(drawn(), None)
        }

        /// Rows that break this rule and no other. None for a rule that is not one of [`RULES`]: it depends on other rows, or
        /// the database alone decides it.
        pub fn breaking(rule: Constraint) -> Option<impl Strategy<Value = Insert>> {
            RULES.contains(&rule).then(|| rows(drawn(), Some(rule)))
        }

        ::proptest::prop_compose! {
            // In boxes: the values of many columns would fill the stack.
            fn drawn()($($field in $values.boxed()),+) -> Insert {
                Insert { $($field),+ }
            }
        }

        impl Row for Insert {
            type Rule = Constraint;

            fn take(&mut self, column: &str, from: &Self) {
                $(
                    if column == name!($field $($name)?) {
                        self.$field.clone_from(&from.$field);
                    }
                )+
            }

            fn broken(&self) -> Vec<(Constraint, &'static [&'static str])> {
                let violations = self.violations().into_iter();
                violations.map(|violation| (violation.constraint, violation.columns)).collect()
            }

            fn columns(rule: Constraint) -> &'static [&'static str] {
                rule.metadata().columns
            }
        }
    };
}

/// The name of a column.
macro_rules! name {
    ($field:ident) => {
        stringify!($field)
    };
    ($field:ident $name:literal) => {
        $name
    };
}

/// Rows that break this rule and no other, or none at all.
fn rows<R: Row>(
    any: impl Strategy<Value = R> + 'static,
    breaks: Option<R::Rule>,
) -> impl Strategy<Value = R> {
    vec(any, DRAWN).prop_filter_map("none of the rows drawn is of this kind", move |rows| {
        put_together(&rows, breaks)
    })
}

/// Exchanges the columns that are at fault until the row is as it should be.
fn put_together<R: Row>(rows: &[R], breaks: Option<R::Rule>) -> Option<R> {
    let mut row = rows.first()?.clone();
    for from in rows.iter().cycle().take(rows.len() * 6) {
        let faults = faults(&row, breaks);
        let Some(columns) = faults.first() else {
            return Some(row);
        };
        // All columns of the rule at once, or one of them.
        let each = columns.iter().map(::std::slice::from_ref);
        let changed = ::std::iter::once(*columns).chain(each).map(|columns| {
            let mut changed = row.clone();
            columns.iter().for_each(|column| changed.take(column, from));
            changed
        });
        let best = changed.min_by_key(|changed| self::faults(changed, breaks).len());
        row = best.filter(|best| self::faults(best, breaks).len() <= faults.len()).unwrap_or(row);
    }
    faults(&row, breaks).is_empty().then_some(row)
}

/// The columns of each rule that is broken and should not be, or the other way round.
fn faults<R: Row>(row: &R, breaks: Option<R::Rule>) -> Vec<&'static [&'static str]> {
    let broken = row.broken();
    let missing = breaks.filter(|rule| !broken.iter().any(|(found, _)| found == rule));
    let unwanted = broken.iter().filter(|(rule, _)| Some(*rule) != breaks);
    let unwanted = unwanted.map(|(_, columns)| *columns);
    missing.map(R::columns).into_iter().chain(unwanted).collect()
}

/// Values that the rules name, and any others.
fn near<T: ::std::str::FromStr + Clone + ::std::fmt::Debug + 'static>(
    named: &[&str],
    any: impl Strategy<Value = T> + 'static,
) -> BoxedStrategy<T> {
    let named: Vec<T> = named.iter().filter_map(|text| text.parse().ok()).collect();
    match named.is_empty() {
        true => any.boxed(),
        false => prop_oneof![2 => select(named), 1 => any].boxed(),
    }
}

/// Small numbers as often as any others.
fn number<T: Arbitrary + From<u8> + 'static>() -> impl Strategy<Value = T> {
    prop_oneof![any::<T>(), (0..100_u8).prop_map(T::from)]
}

/// Texts that the rules name, words, and texts at and beyond a limit of so many characters.
fn text(named: &[&str], limit: usize) -> impl Strategy<Value = String> {
    // No regular expression: it would be read anew for each text.
    let letter = prop_oneof![9 => ::proptest::char::range('a', 'z'), 1 => select(vec!['é', ' ', '@', '-', '0', '漢'])];
    let word = vec(letter, 0..12).prop_map(String::from_iter);
    // A long text ends as a named one, so that it can break the limit alone.
    let ends: Vec<String> = named.iter().chain(&["x"]).map(ToString::to_string).collect();
    let long = (select(ends.clone()), 0..2_usize).prop_map(move |(end, more)| {
        let rest = (limit + more).saturating_sub(end.chars().count());
        "x".repeat(rest) + &end
    });
    prop_oneof![2 => select(ends), 1 => word, 1 => long]
}

/// A value or none.
fn optional<T: ::std::fmt::Debug>(values: impl Strategy<Value = T>) -> impl Strategy<Value = Option<T>> {
    ::proptest::option::of(values)
}

/// A value where the database would put in one of its own: a rule reads it.
fn given<T: ::std::fmt::Debug>(values: impl Strategy<Value = T>) -> impl Strategy<Value = Option<T>> {
    values.prop_map(Some)
}
