//! Expressions as text that is the same wherever the expression is: without places in a source text, with names instead of
//! numbers, and without what a dump writes in another form than it was written.

mod dropped;
mod grouped;
mod same_form;

use std::collections::HashMap;

use super::node::{CatalogNode, CatalogStruct, Fields};

/// What the numbers in trees stand for. A number that is not here stands for itself: those below 10000 are the same on
/// every server.
#[derive(Debug, Default)]
pub(super) struct Names {
    /// By class and number: `function`, 16412.
    pub(super) by_number: HashMap<(String, u32), String>,
    /// Enums, and arrays of them (`enum[]`), whose constants are numbers of labels.
    pub(super) enums: HashMap<u32, String>,
    /// The columns of the tables that queries read, which they name by number.
    pub(super) columns: HashMap<u32, Columns>,
}

/// The columns of a table by number.
pub(super) type Columns = HashMap<i16, String>;

/// The text of a tree. A tree of a form that is not known stands for itself.
pub(super) fn text(tree: &str, names: &Names, columns: &Columns) -> String {
    match CatalogNode::parse(tree) {
        Ok(node) => {
            let mut text = String::new();
            let mut printer = Printer {
                names,
                columns,
                queries: Vec::new(),
            };
            let node = same_form::same_form(grouped::without_groups(node));
            printer.print(&node, &mut text);
            text
        }
        Err(_) => tree.to_owned(),
    }
}

/// The value of a field that has one.
fn only(fields: &Fields, name: &str) -> Option<CatalogNode> {
    let (_, values) = fields.iter().find(|(field, _)| field == name)?;
    match values.as_slice() {
        [value] => Some(value.clone()),
        _ => None,
    }
}

struct Printer<'a> {
    names: &'a Names,
    columns: &'a Columns,
    /// What the queries around a place read, the innermost last: tables by number, in the order of their use.
    queries: Vec<Vec<Option<u32>>>,
}

impl<'a> Printer<'a> {
    fn print(&mut self, node: &CatalogNode, text: &mut String) {
        match node {
            CatalogNode::Nothing => text.push_str("\"<>\""),
            CatalogNode::Word(word) => text.push_str(&format!("{word:?}")),
            CatalogNode::Bytes(bytes) => text.push_str(&format!("{bytes:?}")),
            CatalogNode::List(nodes) => {
                text.push('[');
                for node in nodes {
                    self.print(node, text);
                    text.push(' ');
                }
                text.push(']');
            }
            CatalogNode::Struct(CatalogStruct { name, fields }) => {
                text.push_str(&format!("({name}"));
                match name.as_str() {
                    "CONST" => self.constant(fields, text),
                    "QUERY" => {
                        self.queries.push(tables_read(fields));
                        self.fields(name, fields, text);
                        self.queries.pop();
                    }
                    _ => self.fields(name, fields, text),
                }
                text.push(')');
            }
        }
    }

    fn fields(&mut self, name: &str, fields: &Fields, text: &mut String) {
        let is_variable = name == "VAR";
        let of = if is_variable {
            self.columns_of(fields)
        } else {
            None
        };
        for (field, values) in fields {
            if dropped::is_dropped(name, field, values) {
                continue;
            }
            let field = dropped::first_name(field);
            text.push_str(&format!(" {field}="));
            let named = match (values.as_slice(), field) {
                ([CatalogNode::Word(number)], "varattno") => {
                    let number = number.parse::<i16>().ok();
                    number.and_then(|number| of?.get(&number).cloned())
                }
                ([CatalogNode::Word(number)], field) => {
                    class(field).and_then(|class| self.name(class, number))
                }
                _ => None,
            };
            match named {
                Some(name) => text.push_str(&format!("{name:?}")),
                None => values.iter().for_each(|value| self.print(value, text)),
            }
        }
    }

    /// The columns that a variable is one of: of the table, or within a query of what that reads.
    fn columns_of(&self, fields: &Fields) -> Option<&'a Columns> {
        let number = |name| number_of(fields, name).and_then(|number| usize::try_from(number).ok());
        let outer = number("varlevelsup")?;
        // Outside of all queries is the table's row.
        if outer == self.queries.len() {
            return Some(self.columns);
        }
        let query = self
            .queries
            .get(self.queries.len().checked_sub(outer + 1)?)?;
        let table = query.get(number("varno")?.checked_sub(1)?)?;
        self.names.columns.get(table.as_ref()?)
    }

    fn name(&self, class: &str, number: &str) -> Option<String> {
        let number = number.parse().ok()?;
        self.names
            .by_number
            .get(&(class.to_owned(), number))
            .cloned()
    }

    fn constant(&self, fields: &Fields, text: &mut String) {
        let number = match only(fields, "consttype") {
            Some(CatalogNode::Word(number)) => number,
            _ => String::new(),
        };
        let type_name = self.name("type", &number).unwrap_or_else(|| number.clone());
        text.push_str(&format!(" {type_name:?} "));
        let bytes = fields
            .iter()
            .flat_map(|(_, values)| values)
            .find_map(|value| match value {
                CatalogNode::Bytes(bytes) => Some(bytes),
                _ => None,
            });
        let Some(bytes) = bytes else {
            text.push_str("NULL");
            return;
        };
        let number: u32 = number.parse().unwrap_or_default();
        let kind = self.names.enums.get(&number).map(String::as_str);
        let class = match (kind, number) {
            (Some("enum"), _) => Some("label"),
            (_, 24 | 2202) => Some("function"),
            (_, 2205) => Some("relation"),
            (_, 2206) => Some("type"),
            (_, 3734) => Some("config"),
            _ => None,
        };
        let named = class.and_then(|class| self.name(class, &first_number(bytes)?.to_string()));
        match (named, kind) {
            (Some(name), _) => text.push_str(&format!("{name:?}")),
            (None, Some("enum[]")) => self.labels(bytes, text),
            // An array says in its header which type its elements have, by number.
            (None, _) if number >= 10_000 && bytes.len() >= 16 => {
                text.push_str(&format!("{:?}{:?}", &bytes[..12], &bytes[16..]));
            }
            (None, _) => text.push_str(&format!("{bytes:?}")),
        }
    }

    /// An array of an enum: its header without the type's number, then labels.
    fn labels(&self, bytes: &[u8], text: &mut String) {
        let word = |index: usize| {
            bytes
                .get(index * 4..)
                .and_then(first_number)
                .unwrap_or_default()
        };
        let (dimensions, nulls) = (word(1), word(2));
        let header = match nulls {
            0 => 16 + 8 * dimensions,
            offset => offset,
        };
        let header = usize::try_from(header)
            .unwrap_or(usize::MAX)
            .min(bytes.len());
        let (start, labels) = bytes.split_at(header);
        text.push_str(&format!(
            "{:?}",
            start
                .iter()
                .take(12)
                .chain(start.iter().skip(16))
                .collect::<Vec<_>>()
        ));
        for label in labels.chunks(4) {
            let name =
                first_number(label).and_then(|number| self.name("label", &number.to_string()));
            text.push_str(&format!(" {name:?}"));
        }
    }
}

/// The tables that a query reads, in the order in which it counts them. None for what is no table.
fn tables_read(query: &Fields) -> Vec<Option<u32>> {
    let entry = |node: &CatalogNode| match node {
        CatalogNode::Struct(entry) => number_of(&entry.fields, "relid"),
        _ => None,
    };
    match only(query, "rtable") {
        Some(CatalogNode::List(entries)) => entries.iter().map(entry).collect(),
        _ => Vec::new(),
    }
}

fn number_of(fields: &Fields, name: &str) -> Option<u32> {
    match only(fields, name)? {
        CatalogNode::Word(word) => word.parse().ok(),
        _ => None,
    }
}

/// The class of what a field names by number.
fn class(field: &str) -> Option<&'static str> {
    Some(match field {
        "opno" => "operator",
        "funcid" => "function",
        "inputcollid" | "collOid" => "collation",
        "resulttype" | "row_typeid" => "type",
        "relid" => "relation",
        _ => return None,
    })
}

fn first_number(bytes: &[u8]) -> Option<u32> {
    Some(u32::from_le_bytes(*bytes.first_chunk()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(tree: &str) -> String {
        let columns = HashMap::from([(3, "status".to_owned())]);
        text(tree, &Names::default(), &columns)
    }

    const STATUS: &str = "{VAR :varno 1 :varattno 3 :varlevelsup 0 :location 9}";

    #[test]
    fn casts_that_change_no_bit_are_not_told() {
        let plain = of(STATUS);
        assert!(plain.contains("varattno=\"status\""), "{plain}");
        assert_eq!(
            of(&format!("{{RELABELTYPE :arg {STATUS} :resulttype 25}}")),
            plain
        );
        let element = "{RELABELTYPE :arg {CASETESTEXPR :typeId 1043} :resulttype 25}";
        let array = "{ARRAYEXPR :array_typeid 1015 :elements ({A :x 1})}";
        let cast = format!("{{ARRAYCOERCEEXPR :arg {array} :elemexpr {element}}}");
        let after = "{ARRAYEXPR :array_typeid 1009 :elements ({RELABELTYPE :arg {A :x 1}})}";
        assert_eq!(of(&cast), of(after));
    }

    #[test]
    fn a_cast_of_an_array_is_one_of_its_elements() {
        let cast = |of: &str| format!("{{FUNCEXPR :funcid 1740 :args ({of})}}");
        let array = |element: &str| format!("{{ARRAYEXPR :elements ({element})}}");
        let whole = format!(
            "{{ARRAYCOERCEEXPR :arg {} :elemexpr {}}}",
            array("{A :x 1}"),
            cast("{CASETESTEXPR :typeId 23}")
        );
        assert_eq!(of(&whole), of(&array(&cast("{A :x 1}"))));
        // What is no list of elements keeps its cast.
        let other = format!(
            "{{ARRAYCOERCEEXPR :arg {STATUS} :elemexpr {}}}",
            cast("{CASETESTEXPR}")
        );
        assert!(of(&other).contains("ARRAYCOERCEEXPR"));
    }

    #[test]
    fn an_and_within_an_and_is_one_and_an_or_is_not() {
        let of_three = of("{BOOLEXPR :boolop and :args ({A} {B} {C})}");
        assert_eq!(
            of("{BOOLEXPR :boolop and :args ({BOOLEXPR :boolop and :args ({A} {B})} {C})}"),
            of_three
        );
        let or = of("{BOOLEXPR :boolop and :args ({BOOLEXPR :boolop or :args ({A} {B})} {C})}");
        assert_ne!(or, of_three);
        assert_ne!(of("{BOOLEXPR :boolop or :args ({A} {B} {C})}"), of_three);
    }

    #[test]
    fn what_is_not_dropped_is_told() {
        let compared = |operator: u32, place: u32| {
            of(&format!(
                "{{OPEXPR :opno {operator} :opresulttype 16 :args ({STATUS}) :location {place}}}"
            ))
        };
        assert_eq!(compared(96, 1), compared(96, 2));
        assert_ne!(compared(96, 1), compared(97, 1));
        let constant = |bytes: &str| {
            of(&format!(
                "{{CONST :consttype 23 :constlen 4 :constvalue 4 {bytes}}}"
            ))
        };
        assert_ne!(constant("[ 1 0 0 0 ]"), constant("[ 2 0 0 0 ]"));
        assert_ne!(constant("[ 1 0 0 0 ]"), constant("<>"));
        assert_eq!(of("not a tree"), "not a tree");
    }

    #[test]
    fn what_versions_write_otherwise_is_told_alike() {
        let rows = |field: &str, kind: u32| {
            of(&format!(
                "{{ROWCOMPAREEXPR :{field} {kind} :largs ({STATUS}) :rargs ({STATUS})}}"
            ))
        };
        assert_eq!(rows("rctype", 2), rows("cmptype", 2));
        assert_ne!(rows("cmptype", 1), rows("cmptype", 2));
        let read = |fields: &str| of(&format!("{{RANGETBLENTRY :rtekind 0 {fields}}}"));
        assert_eq!(
            read(":relid 5 :lateral false :inh true"),
            read(":inh true :relid 5 :lateral false")
        );
        assert_eq!(
            read(":lateral false :inh false"),
            read(":relid 0 :lateral false")
        );
        assert_ne!(read(":relid 5 :inh true"), read(":relid 5 :inh false"));
        assert_ne!(read(":lateral true"), read(":lateral false"));
    }

    #[test]
    fn groups_are_told_where_they_are_used() {
        let query = |tables: &str, target: &str, deeper: &str| {
            of(&format!(
                "{{QUERY :rtable ({{RANGETBLENTRY :rtekind 0 :relid 5}} {tables}) :targetList ({target}) :havingQual \
                 {{SUBLINK :subselect {{QUERY :rtable <> :targetList ({deeper})}}}}}}"
            ))
        };
        let variable = |number: u32, column: u32, levels: u32| {
            format!("{{VAR :varno {number} :varattno {column} :varlevelsup {levels}}}")
        };
        let sum = |levels: u32| format!("{{OPEXPR :opno 551 :args ({})}}", variable(1, 3, levels));
        let groups = format!(
            "{{RANGETBLENTRY :rtekind 9 :groupexprs ({} {})}}",
            variable(1, 4, 0),
            sum(0)
        );
        let repeated = query("", &sum(0), &sum(1));
        assert_eq!(
            query(&groups, &variable(2, 2, 0), &variable(2, 2, 1)),
            repeated
        );
        assert_ne!(
            query(&groups, &variable(2, 1, 0), &variable(2, 2, 1)),
            repeated
        );
        // What a group reads within a query of its own is not of the query around it.
        let own = |levels: u32, outer: u32| {
            let (inner, outer) = (variable(1, 1, levels), variable(1, 3, outer));
            format!("{{SUBLINK :subselect {{QUERY :rtable <> :targetList ({inner} {outer})}}}}")
        };
        let groups = format!("{{RANGETBLENTRY :rtekind 9 :groupexprs ({})}}", own(0, 1));
        assert_eq!(
            query(&groups, &variable(2, 1, 0), &variable(2, 1, 1)),
            query("", &own(0, 1), &own(0, 2))
        );
    }

    #[test]
    fn constants_of_an_enum_are_labels() {
        let names = |first: u32| Names {
            by_number: [("a", 0), ("b", 1)]
                .map(|(label, more)| (("label".to_owned(), first + more), label.to_owned()))
                .into_iter()
                .chain(
                    [20_000, 20_001]
                        .map(|number| (("type".to_owned(), number), "public.mood".to_owned())),
                )
                .collect(),
            enums: HashMap::from([(20_000, "enum".to_owned()), (20_001, "enum[]".to_owned())]),
            columns: HashMap::new(),
        };
        let one = |first: u32| {
            let [a, b, ..] = (first + 1).to_le_bytes();
            text(
                &format!("{{CONST :consttype 20000 :constvalue 4 [ {a} {b} 0 0 0 0 0 0 ]}}"),
                &names(first),
                &Columns::new(),
            )
        };
        assert_eq!(one(16_500), one(30_000));
        assert!(one(16_500).contains("\"b\""));
        let many = |first: u32, element: u8| {
            let [a, b, ..] = first.to_le_bytes();
            let header = format!("112 0 0 0 1 0 0 0 0 0 0 0 {element} 78 0 0 1 0 0 0 1 0 0 0");
            let tree =
                format!("{{CONST :consttype 20001 :constvalue 28 [ {header} {a} {b} 0 0 ]}}");
            text(&tree, &names(first), &Columns::new())
        };
        assert_eq!(many(16_500, 7), many(30_000, 9));
        assert!(many(16_500, 7).contains("\"a\""), "{}", many(16_500, 7));
    }
}
