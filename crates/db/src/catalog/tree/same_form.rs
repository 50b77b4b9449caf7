//! The form that an expression has after a dump and a restore, whatever it had before.

use super::super::node::{CatalogNode, CatalogStruct, Fields};
use super::only;

/// Gives an expression the form that it has after a dump and a restore: casts that change no bit go, a cast of an array
/// becomes one of its elements, and an AND in an AND is one.
pub(super) fn same_form(node: CatalogNode) -> CatalogNode {
    match node {
        CatalogNode::List(nodes) => CatalogNode::List(nodes.into_iter().map(same_form).collect()),
        CatalogNode::Struct(CatalogStruct { name, fields }) => {
            let mut fields: Fields = fields
                .into_iter()
                .map(|(field, values)| (field, values.into_iter().map(same_form).collect()))
                .collect();
            let changed = match name.as_str() {
                "RELABELTYPE" => only(&fields, "arg"),
                "ARRAYCOERCEEXPR" => elementwise(&fields),
                "BOOLEXPR" => {
                    fields = flattened(fields);
                    None
                }
                // PostgreSQL 17 put them into another order.
                "RANGETBLENTRY" => {
                    fields.sort_by(|(a, _), (b, _)| a.cmp(b));
                    None
                }
                _ => None,
            };
            changed.unwrap_or(CatalogNode::Struct(CatalogStruct { name, fields }))
        }
        node => node,
    }
}

/// `(ARRAY[a, b])::text[]` as `ARRAY[a::text, b::text]`.
fn elementwise(fields: &Fields) -> Option<CatalogNode> {
    let (argument, cast) = (only(fields, "arg")?, only(fields, "elemexpr")?);
    // The cast of an element is of this, where it is one that changes bits.
    let is_element = |node: &CatalogNode| node.name() == "CASETESTEXPR";
    if is_element(&cast) {
        return Some(argument);
    }
    let CatalogNode::Struct(CatalogStruct { name, fields }) = argument else {
        return None;
    };
    let Some(CatalogNode::List(elements)) =
        only(&fields, "elements").filter(|_| name == "ARRAYEXPR")
    else {
        return None;
    };
    let cast_of = |element: &CatalogNode| replaced(cast.clone(), &is_element, element);
    let elements = CatalogNode::List(elements.iter().map(cast_of).collect());
    let fields = fields
        .into_iter()
        .map(|(field, values)| match field == "elements" {
            true => (field, vec![elements.clone()]),
            false => (field, values),
        });
    Some(CatalogNode::Struct(CatalogStruct {
        name,
        fields: fields.collect(),
    }))
}

fn replaced(
    node: CatalogNode,
    is_replaced: &dyn Fn(&CatalogNode) -> bool,
    by: &CatalogNode,
) -> CatalogNode {
    if is_replaced(&node) {
        return by.clone();
    }
    let all = |nodes: Vec<CatalogNode>| {
        nodes
            .into_iter()
            .map(|node| replaced(node, is_replaced, by))
            .collect()
    };
    match node {
        CatalogNode::List(nodes) => CatalogNode::List(all(nodes)),
        CatalogNode::Struct(CatalogStruct { name, fields }) => {
            let fields = fields
                .into_iter()
                .map(|(field, values)| (field, all(values)))
                .collect();
            CatalogNode::Struct(CatalogStruct { name, fields })
        }
        node => node,
    }
}

/// The arguments of an AND that is an argument of an AND, in its place. OR alike.
fn flattened(fields: Fields) -> Fields {
    let Some(operator) =
        only(&fields, "boolop").filter(|found| *found != CatalogNode::Word("not".to_owned()))
    else {
        return fields;
    };
    let inner = |node: CatalogNode| match node {
        CatalogNode::Struct(inner)
            if inner.name == "BOOLEXPR"
                && only(&inner.fields, "boolop").as_ref() == Some(&operator) =>
        {
            match only(&inner.fields, "args") {
                Some(CatalogNode::List(arguments)) => arguments,
                _ => vec![CatalogNode::Struct(inner)],
            }
        }
        node => vec![node],
    };
    fields
        .into_iter()
        .map(
            |(field, values)| match (field.as_str(), values.as_slice()) {
                ("args", [CatalogNode::List(arguments)]) => {
                    let arguments = arguments.iter().cloned().flat_map(inner).collect();
                    (field, vec![CatalogNode::List(arguments)])
                }
                _ => (field, values),
            },
        )
        .collect()
}
