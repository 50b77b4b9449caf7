//! PostgreSQL 18 keeps the expressions that a query groups by in a table of the query's own, and refers to its columns. Before
//! 18 each place repeated the expression, and so do the trees here.

use super::super::node::{CatalogNode, CatalogStruct, Fields};

/// The kind of such a table.
const RTE_GROUP: u32 = 9;

/// The table of a query's groups.
struct Groups {
    /// Its number in the query.
    number: u32,
    /// Its columns.
    expressions: Vec<CatalogNode>,
}

/// A tree without such tables.
pub(super) fn without_groups(tree: CatalogNode) -> CatalogNode {
    replaced(tree, &mut Vec::new())
}

/// `queries` are those around the node, the innermost last.
fn replaced(node: CatalogNode, queries: &mut Vec<Option<Groups>>) -> CatalogNode {
    match node {
        CatalogNode::List(nodes) => {
            let nodes = nodes.into_iter().map(|node| replaced(node, queries));
            CatalogNode::List(nodes.collect())
        }
        CatalogNode::Struct(mut query) if query.name == "QUERY" => {
            let groups = take_groups(&mut query.fields);
            // They may themselves refer to the groups of a query around this one.
            queries.push(None);
            let groups = groups.map(|groups| Groups {
                number: groups.number,
                expressions: groups
                    .expressions
                    .into_iter()
                    .map(|expression| replaced(expression, queries))
                    .collect(),
            });
            queries.pop();
            queries.push(groups);
            let query = within(query, &mut |node| replaced(node, queries));
            queries.pop();
            query
        }
        CatalogNode::Struct(variable) if variable.name == "VAR" => {
            let variable = CatalogNode::Struct(variable);
            column(&variable, queries).unwrap_or(variable)
        }
        CatalogNode::Struct(other) => within(other, &mut |node| replaced(node, queries)),
        node => node,
    }
}

fn within(node: CatalogStruct, change: &mut dyn FnMut(CatalogNode) -> CatalogNode) -> CatalogNode {
    let CatalogStruct { name, fields } = node;
    let mut changed = Fields::new();
    for (field, values) in fields {
        changed.push((field, values.into_iter().map(&mut *change).collect()));
    }
    CatalogNode::Struct(CatalogStruct {
        name,
        fields: changed,
    })
}

/// Takes the table of groups out of a query. It is the last one of the query.
fn take_groups(query: &mut Fields) -> Option<Groups> {
    let (_, values) = query.iter_mut().find(|(field, _)| field == "rtable")?;
    let [CatalogNode::List(tables)] = values.as_mut_slice() else {
        return None;
    };
    let last = tables.pop_if(|table| table.number("rtekind") == Some(RTE_GROUP))?;
    Some(Groups {
        number: u32::try_from(tables.len()).ok()? + 1,
        expressions: last.list("groupexprs").to_vec(),
    })
}

/// What a variable stands for, where it is a column of such a table.
fn column(variable: &CatalogNode, queries: &[Option<Groups>]) -> Option<CatalogNode> {
    let levels = variable.number("varlevelsup")?;
    let query = queries
        .len()
        .checked_sub(usize::try_from(levels).ok()? + 1)?;
    let groups = queries.get(query)?.as_ref()?;
    if variable.number("varno") != Some(groups.number) {
        return None;
    }
    let index = usize::try_from(variable.number("varattno")?).ok()?;
    let expression = groups.expressions.get(index.checked_sub(1)?)?;
    Some(deeper(expression.clone(), levels, 0))
}

/// An expression as it is written within so many more queries. `inner` are the queries of its own around the node.
fn deeper(node: CatalogNode, levels: u32, inner: u32) -> CatalogNode {
    match node {
        CatalogNode::List(nodes) => {
            let nodes = nodes.into_iter().map(|node| deeper(node, levels, inner));
            CatalogNode::List(nodes.collect())
        }
        CatalogNode::Struct(mut variable) if variable.name == "VAR" => {
            let field = variable
                .fields
                .iter_mut()
                .find(|(field, _)| field == "varlevelsup");
            if let Some((_, values)) = field
                && let [CatalogNode::Word(word)] = values.as_mut_slice()
                && let Some(level) = word.parse().ok().filter(|level: &u32| *level >= inner)
            {
                *word = (level + levels).to_string();
            }
            CatalogNode::Struct(variable)
        }
        CatalogNode::Struct(node) => {
            let inner = inner + u32::from(node.name == "QUERY");
            within(node, &mut |node| deeper(node, levels, inner))
        }
        node => node,
    }
}
