//! How Diesel calls a table or column in Rust.

/// Names that mean something else inside of `table!`.
const TAKEN: [&str; 3] = ["table", "columns", "is_nullable"];

/// Names of columns that do not compile: `table!` uses them for itself, or imports them from `diesel::sql_types`. The types
/// of [`PROVIDED_TYPES`](super::PROVIDED_TYPES) are such names too. Found by compiling each (diesel 2.3.14).
#[rustfmt::skip]
pub(super) const CLASHING: [&str; 42] = [
    "AllAreNullable", "Array", "BoolOrNullableBool", "BoxedQuery", "CChar", "DB", "Foldable", "From", "HasSqlType",
    "IntoNotNullable", "IntoNullable", "Join", "Left", "MaybeNullableType", "Multirange", "NullValueTreatment",
    "NullValueTreatmentEnum", "Nullable", "Ok", "On", "OneIsNullable", "QS", "RangeBound", "RangeBoundEnum", "Right",
    "SingleValue", "SqlOrd", "SqlType", "T", "TSM", "TinyInt", "Tinyint", "TypeMetadata", "all_columns", "bool",
    "diesel", "dsl", "ops", "q", "star", "str", "usize",
];

/// Whether Diesel's macros do not compile with an SQL type of this name. What they derive for the types beside it constructs
/// `Some` and `None`.
pub(super) fn is_clashing_type(name: &str) -> bool {
    CLASHING.contains(&name) || matches!(name, "None" | "Some")
}

/// The Rust name of a table, or of something else that stands alone.
pub(crate) fn rust_name(name: &str) -> String {
    reserve(name, None)
}

/// The Rust name of a column. It never equals its table's.
pub(crate) fn column_rust_name(name: &str, table_rust_name: &str) -> String {
    reserve(name, Some(table_rust_name))
}

fn reserve(name: &str, table: Option<&str>) -> String {
    let mut rust_name = identifier(name);
    let is_reserved = syn::parse_str::<syn::Ident>(&rust_name).is_err()
        || TAKEN.contains(&rust_name.as_str())
        || (rust_name.starts_with("__") && !rust_name.ends_with('_'));
    if is_reserved || table == Some(rust_name.as_str()) {
        rust_name.push('_');
    }
    rust_name
}

/// The name with `_` for each run of characters that no ASCII identifier holds, and before a leading digit.
fn identifier(name: &str) -> String {
    let mut identifier = String::with_capacity(name.len() + 1);
    if name.starts_with(|first: char| first.is_ascii_digit()) {
        identifier.push('_');
    }
    let mut in_run = false;
    for character in name.chars() {
        let fits = character.is_ascii_alphanumeric() || character == '_';
        if fits {
            identifier.push(character);
        } else if !in_run {
            identifier.push('_');
        }
        in_run = !fits;
    }
    identifier
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_diesels() {
        for (name, expected) in [
            ("users", "users"),
            ("Users", "Users"),
            ("type", "type_"),
            ("self", "self_"),
            ("table", "table_"),
            ("columns", "columns_"),
            ("is_nullable", "is_nullable_"),
            ("order-items", "order_items"),
            ("a  b", "a_b"),
            ("a_ b", "a__b"),
            ("2fa", "_2fa"),
            ("naïve", "na_ve"),
            ("日本", "__"),
            ("__hidden", "__hidden_"),
        ] {
            assert_eq!(rust_name(name), expected, "{name}");
        }
        assert_eq!(column_rust_name("users", "users"), "users_");
        assert_eq!(column_rust_name("name", "users"), "name");
    }
}
