/// `diesel::Insertable` for a row and for a reference to one: a value for each column, or its DEFAULT. Diesel's derive does
/// the same, but it states a bound for each type of a field, and rustc takes several times as long with those.
macro_rules! insertable {
    ($row:ident => $($table:ident)::+ { $($column:ident: $value:ty,)+ }) => {
        const _: () = {
            use $($table)::+ as columns;

            impl diesel::Insertable<columns::table> for $row {
                type Values = <(
                    $(Option<diesel::dsl::Eq<columns::$column, $value>>,)+
                ) as diesel::Insertable<columns::table>>::Values;

                fn values(self) -> Self::Values {
                    let values = ($(Option::<$value>::from(self.$column)
                        .map(|value| diesel::ExpressionMethods::eq(columns::$column, value)),)+);
                    diesel::Insertable::<columns::table>::values(values)
                }
            }

            impl<'row> diesel::Insertable<columns::table> for &'row $row {
                type Values = <(
                    $(Option<diesel::dsl::Eq<columns::$column, &'row $value>>,)+
                ) as diesel::Insertable<columns::table>>::Values;

                fn values(self) -> Self::Values {
                    let values = ($(Option::<&'row $value>::from(&self.$column)
                        .map(|value| diesel::ExpressionMethods::eq(columns::$column, value)),)+);
                    diesel::Insertable::<columns::table>::values(values)
                }
            }

            // Several rows are inserted by one statement.
            impl diesel::internal::derives::insertable::UndecoratedInsertRecord<columns::table> for $row {}
        };
    };
}
pub(super) use insertable;
