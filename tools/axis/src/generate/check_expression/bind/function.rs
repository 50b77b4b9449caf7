//! Functions: PostgreSQL's own, and those that are unfolded.

use std::collections::HashMap;

use super::super::super::node_tree::{Needed, Node, Struct, structure};
use super::super::functions;
use super::super::tree::Expr;
use super::{Binder, DEEPEST, Scope, not_known};

impl Binder<'_> {
    pub(super) fn function(&self, node: &Struct, scope: Scope<'_>) -> Result<Expr, String> {
        let number: u32 = node.number("funcid")?;
        let function = self
            .names
            .functions
            .get(&number)
            .ok_or_else(|| not_known(node))?;
        let mut arguments = match node.flag("funcvariadic") {
            false => self.all(node.list("args"), scope)?,
            true => return Err(format!("it passes an array to `{}`", function.name)),
        };
        // The last arguments may be left out.
        let missing = function.arguments.saturating_sub(arguments.len());
        let given = function.defaults.len().saturating_sub(missing);
        for default in function.defaults.iter().skip(given) {
            let alone = Scope {
                columns: &HashMap::new(),
                arguments: &[],
                case: None,
                depth: scope.depth,
            };
            arguments.push(self.expr(default, alone)?);
        }
        let result = self.type_of(node, "funcresulttype")?;
        if function.is_known {
            let by_name =
                functions::function(&function.name, arguments.clone(), result, self.text(node));
            if by_name.is_ok() || function.body.is_none() {
                return by_name;
            }
        }
        let Some(body) = &function.body else {
            return Err(format!(
                "it calls the function `{}`, which is written in {}",
                function.name, function.language
            ));
        };
        if scope.depth >= DEEPEST {
            return Err(format!("the function `{}` calls itself", function.name));
        }
        let body = body.as_ref().map_err(Clone::clone)?;
        let expression = single_expression(body).ok_or_else(|| {
            format!(
                "the function `{}` is more than one expression",
                function.name
            )
        })?;
        let inner = Scope {
            columns: &HashMap::new(),
            arguments: &arguments,
            case: None,
            depth: scope.depth + 1,
        };
        let unfolded = self.expr(expression, inner)?;
        let stays_null = |argument: &Expr| {
            matches!(argument, Expr::Literal(..))
                || matches!(&unfolded, Expr::Call(_, parts, _) if parts.contains(argument))
        };
        let unguarded: Vec<Expr> = match function.is_strict {
            true => arguments
                .iter()
                .filter(|argument| !stays_null(argument))
                .cloned()
                .collect(),
            false => Vec::new(),
        };
        if unguarded.is_empty() {
            return Ok(unfolded);
        }
        let any_null = unguarded
            .into_iter()
            .map(|argument| Expr::IsNull(Box::new(argument)));
        let data_type = unfolded.data_type();
        Ok(Expr::Case(
            vec![(Expr::Or(any_null.collect()), Expr::Null(data_type.clone()))],
            Box::new(unfolded),
            data_type,
        ))
    }
}

/// The one expression that `SELECT` of no table gives.
fn single_expression(body: &Node) -> Option<&Node> {
    let mut body = body;
    while let Node::List(nodes) = body {
        let [only] = nodes.as_slice() else {
            return None;
        };
        body = only;
    }
    let query = structure(body).ok().filter(|node| node.name == "QUERY")?;
    let is_plain = query.word("commandType") == Ok("1")
        && [
            "rtable",
            "cteList",
            "groupClause",
            "groupingSets",
            "havingQual",
            "windowClause",
            "distinctClause",
            "sortClause",
            "limitOffset",
            "limitCount",
            "setOperations",
            "rowMarks",
        ]
        .into_iter()
        .all(|field| {
            query.list(field).is_empty() && !matches!(query.field(field), Node::Struct(_))
        })
        && ["hasAggs", "hasWindowFuncs", "hasTargetSRFs", "hasSubLinks"]
            .into_iter()
            .all(|flag| !query.flag(flag));
    let from = structure(query.field("jointree")).ok()?;
    let is_plain =
        is_plain && from.list("fromlist").is_empty() && from.field("quals") == &Node::Nothing;
    match query.list("targetList") {
        [Node::Struct(target)] if is_plain => Some(target.field("expr")),
        _ => None,
    }
}
