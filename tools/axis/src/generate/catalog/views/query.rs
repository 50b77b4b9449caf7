//! A query: which of its columns are never NULL.

use std::collections::HashSet;

use super::super::super::node_tree::Node;
use super::{Fact, Facts, Relations};

/// How many queries may stand in one another, by subqueries, CTEs and views.
const MAX_DEPTH: usize = 64;

/// A query within those that it stands in.
pub(super) struct Query<'a> {
    node: &'a Node,
    /// Those around it, the nearest last.
    outer: Vec<&'a Node>,
    /// The members of FROM that an outer join may fill with NULLs.
    nullable: HashSet<u32>,
    /// Columns that a condition of the query wants to be there, by member of FROM and position.
    wanted: HashSet<(u32, u32)>,
}

// PostgreSQL's own numbers of JoinType, RTEKind, SubLinkType, SetOperation, NullTestType, SQLValueFunctionOp.
const JOIN_INNER: u32 = 0;
const JOIN_LEFT: u32 = 1;
const JOIN_RIGHT: u32 = 3;
const RTE_RELATION: u32 = 0;
const RTE_SUBQUERY: u32 = 1;
const RTE_JOIN: u32 = 2;
const RTE_VALUES: u32 = 5;
const RTE_CTE: u32 = 6;
const RTE_GROUP: u32 = 9;
const EXISTS_SUBLINK: u32 = 0;
const EXPR_SUBLINK: u32 = 4;
const ARRAY_SUBLINK: u32 = 6;
const SETOP_UNION: u32 = 1;
const IS_NOT_NULL: u32 = 1;
const LAST_TIME_FUNCTION: u32 = 8;

impl<'a> Query<'a> {
    pub(super) fn new(node: &'a Node, outer: &[&'a Node], facts: &Facts) -> Self {
        let mut query = Self {
            node,
            outer: outer.to_vec(),
            nullable: HashSet::new(),
            wanted: HashSet::new(),
        };
        if let Some(tree) = node.field("jointree") {
            query.join(tree, false, facts);
        }
        // A member of FROM of which a condition wants a column to be there is there itself.
        for (member, _) in &query.wanted {
            query.nullable.remove(member);
        }
        query
    }

    /// The positions of the columns that are never NULL.
    pub(super) fn columns(&self, relations: &mut Relations<'_>) -> HashSet<i16> {
        let targets = self.node.list("targetList").iter();
        let visible = targets.filter(|target| !target.is("resjunk"));
        visible
            .filter_map(|target| i16::try_from(target.number("resno")?).ok())
            .filter(|position| self.column(u32::from(position.unsigned_abs()), relations))
            .collect()
    }

    /// Whether a column of the result is never NULL.
    fn column(&self, position: u32, relations: &mut Relations<'_>) -> bool {
        match self.node.field("setOperations") {
            None | Some(Node::Nothing) => self.target(position, relations),
            Some(operation) => self.of_operation(operation, position, relations),
        }
    }

    /// UNION has the rows of both sides; INTERSECT and EXCEPT have none that their left side lacks.
    fn of_operation(&self, node: &Node, position: u32, relations: &mut Relations<'_>) -> bool {
        if node.name() == "RANGETBLREF" {
            return node
                .number("rtindex")
                .is_some_and(|index| self.of_member(index, position, relations));
        }
        let mut side = |side| {
            node.field(side)
                .is_some_and(|side| self.of_operation(side, position, relations))
        };
        match node.number("op") {
            Some(SETOP_UNION) => side("larg") && side("rarg"),
            Some(_) => side("larg"),
            None => false,
        }
    }

    fn target(&self, position: u32, relations: &mut Relations<'_>) -> bool {
        let target = self.node.list("targetList").iter();
        let mut target = target.filter(|target| target.number("resno") == Some(position));
        target
            .next()
            .and_then(|target| target.field("expr"))
            .is_some_and(|expression| self.never_null(expression, relations))
    }

    /// Goes through FROM and WHERE. Conditions count where no outer join stands above them.
    fn join(&mut self, node: &'a Node, nullable: bool, facts: &Facts) {
        match node.name() {
            "RANGETBLREF" => {
                if let Some(index) = node.number("rtindex").filter(|_| nullable) {
                    self.nullable.insert(index);
                }
            }
            "FROMEXPR" => {
                for member in node.list("fromlist") {
                    self.join(member, nullable, facts);
                }
                self.condition(node, nullable, facts);
            }
            "JOINEXPR" => {
                let kind = node.number("jointype");
                let inner = kind == Some(JOIN_INNER);
                let left = nullable || !(inner || kind == Some(JOIN_LEFT));
                let right = nullable || !(inner || kind == Some(JOIN_RIGHT));
                for (side, nullable) in [("larg", left), ("rarg", right)] {
                    if let Some(side) = node.field(side) {
                        self.join(side, nullable, facts);
                    }
                }
                if inner {
                    self.condition(node, nullable, facts);
                }
            }
            _ => {}
        }
    }

    fn condition(&mut self, node: &'a Node, nullable: bool, facts: &Facts) {
        if let Some(condition) = node.field("quals").filter(|_| !nullable) {
            self.conditions(condition, facts);
        }
    }

    /// Conditions are put together by AND: each refuses the row on its own.
    fn conditions(&mut self, node: &'a Node, facts: &Facts) {
        let arguments = node.list("args");
        let is_strict = || {
            let operator = node.number("opno");
            operator.is_some_and(|oid| facts.strict_operators.contains(&oid))
        };
        match node.name() {
            "BOOLEXPR" if node.word("boolop") == Some("and") => {
                for argument in arguments {
                    self.conditions(argument, facts);
                }
            }
            "NULLTEST" if node.number("nulltesttype") == Some(IS_NOT_NULL) => {
                self.wanted.extend(node.field("arg").and_then(variable));
            }
            "OPEXPR" if is_strict() => self.wanted.extend(arguments.iter().filter_map(variable)),
            "SCALARARRAYOPEXPR" if node.is("useOr") && is_strict() => {
                self.wanted.extend(arguments.first().and_then(variable));
            }
            _ => {}
        }
    }

    fn never_null(&self, node: &Node, relations: &mut Relations<'_>) -> bool {
        let arguments = node.list("args");
        let argument = |relations: &mut Relations<'_>| {
            let argument = node.field("arg");
            argument.is_some_and(|argument| self.never_null(argument, relations))
        };
        match node.name() {
            "VAR" => self.variable(node, relations),
            "CONST" => node.word("constisnull") == Some("false"),
            "RELABELTYPE" | "COERCEVIAIO" | "ARRAYCOERCEEXPR" | "COERCETODOMAIN"
            | "COLLATEEXPR" => argument(relations),
            "COALESCE" | "COALESCEEXPR" | "MINMAX" | "MINMAXEXPR" => self.any(arguments, relations),
            "CASE" | "CASEEXPR" => {
                let result = |field, node: &Node, relations: &mut Relations<'_>| {
                    let result = node.field(field);
                    result.is_some_and(|result| self.never_null(result, relations))
                };
                result("defresult", node, relations)
                    && arguments
                        .iter()
                        .all(|when| result("result", when, relations))
            }
            "BOOLEXPR" => self.all(arguments, relations),
            "NULLTEST" | "BOOLEANTEST" | "DISTINCTEXPR" | "ARRAY" | "ARRAYEXPR" | "ROW"
            | "ROWEXPR" => true,
            "OPEXPR" => {
                let is_total = node
                    .number("opno")
                    .is_some_and(|oid| relations.facts.total_operators.contains(&oid));
                is_total && self.all(arguments, relations)
            }
            "FUNCEXPR" if !node.is("funcretset") && !node.is("funcvariadic") => {
                match self.fact(node, "funcid", relations) {
                    Some(Fact::Always) => true,
                    Some(Fact::Total) => self.all(arguments, relations),
                    _ => false,
                }
            }
            "AGGREF" if node.number("agglevelsup") == Some(0) => match self
                .fact(node, "aggfnoid", relations)
            {
                Some(Fact::Always) => true,
                Some(Fact::Aggregate) => {
                    let is_grouped = !self.node.list("groupClause").is_empty()
                        && self.node.list("groupingSets").is_empty();
                    let is_filtered = matches!(node.field("aggfilter"), Some(Node::Struct(_)));
                    is_grouped
                        && !is_filtered
                        && arguments.iter().all(|argument| {
                            let argument = argument.field("expr");
                            argument.is_some_and(|argument| self.never_null(argument, relations))
                        })
                }
                _ => false,
            },
            // The current date and time; behind them come roles and names.
            "SQLVALUEFUNCTION" => node
                .number("op")
                .is_some_and(|operation| operation <= LAST_TIME_FUNCTION),
            "WINDOWFUNC" => self.fact(node, "winfnoid", relations) == Some(Fact::Always),
            "SUBLINK" => self.sublink(node, relations),
            _ => false,
        }
    }

    fn all(&self, nodes: &[Node], relations: &mut Relations<'_>) -> bool {
        nodes.iter().all(|node| self.never_null(node, relations))
    }

    fn any(&self, nodes: &[Node], relations: &mut Relations<'_>) -> bool {
        nodes.iter().any(|node| self.never_null(node, relations))
    }

    fn fact(&self, node: &Node, field: &str, relations: &Relations<'_>) -> Option<Fact> {
        relations.facts.functions.get(&node.number(field)?).copied()
    }

    /// An aggregate without GROUP BY gives exactly one row, unless something takes it away.
    fn sublink(&self, node: &Node, relations: &mut Relations<'_>) -> bool {
        match node.number("subLinkType") {
            Some(EXISTS_SUBLINK | ARRAY_SUBLINK) => true,
            Some(EXPR_SUBLINK) => {
                let Some(query) = node.field("subselect") else {
                    return false;
                };
                let takes_away = [
                    "groupClause",
                    "groupingSets",
                    "havingQual",
                    "limitCount",
                    "limitOffset",
                    "setOperations",
                ];
                let is_one_row = query.is("hasAggs")
                    && takes_away
                        .iter()
                        .all(|field| matches!(query.field(field), None | Some(Node::Nothing)));
                is_one_row && self.subquery(query, 1, relations)
            }
            _ => false,
        }
    }

    fn subquery(&self, node: &Node, position: u32, relations: &mut Relations<'_>) -> bool {
        if self.outer.len() >= MAX_DEPTH {
            return false;
        }
        let mut outer: Vec<&Node> = self.outer.clone();
        outer.push(self.node);
        Query::new(node, &outer, relations.facts).column(position, relations)
    }

    fn variable(&self, node: &Node, relations: &mut Relations<'_>) -> bool {
        let (Some(member), Some(position)) = (node.number("varno"), node.number("varattno")) else {
            // A system column has a negative position.
            return false;
        };
        if node.number("varlevelsup") != Some(0)
            || position == 0
            || !self.node.list("groupingSets").is_empty()
        {
            return false;
        }
        self.wanted.contains(&(member, position)) || self.of_member(member, position, relations)
    }

    /// A column of a member of FROM.
    fn of_member(&self, member: u32, position: u32, relations: &mut Relations<'_>) -> bool {
        if self.nullable.contains(&member) {
            return false;
        }
        let index = |number: u32| usize::try_from(number).ok()?.checked_sub(1);
        let Some(entry) = index(member).and_then(|index| self.node.list("rtable").get(index))
        else {
            return false;
        };
        let expression = |field| index(position).and_then(|index| entry.list(field).get(index));
        match entry.number("rtekind") {
            Some(RTE_RELATION) => {
                let (Some(oid), Ok(position)) = (entry.number("relid"), i16::try_from(position))
                else {
                    return false;
                };
                relations.never_null(oid).contains(&position)
            }
            Some(RTE_SUBQUERY) => entry
                .field("subquery")
                .is_some_and(|query| self.subquery(query, position, relations)),
            Some(RTE_JOIN) => expression("joinaliasvars")
                .is_some_and(|expression| self.never_null(expression, relations)),
            Some(RTE_GROUP) => expression("groupexprs")
                .is_some_and(|expression| self.never_null(expression, relations)),
            Some(RTE_VALUES) => entry.list("values_lists").iter().all(|row| match row {
                Node::List(row) => index(position)
                    .and_then(|index| row.get(index))
                    .is_some_and(|value| self.never_null(value, relations)),
                _ => false,
            }),
            Some(RTE_CTE) => self.cte(entry, position, relations),
            _ => false,
        }
    }

    /// A CTE that is not recursive.
    fn cte(&self, entry: &Node, position: u32, relations: &mut Relations<'_>) -> bool {
        let holder = match entry.number("ctelevelsup") {
            Some(0) => Some((self.node, self.outer.len())),
            Some(levels) => usize::try_from(levels)
                .ok()
                .and_then(|levels| self.outer.len().checked_sub(levels))
                .map(|index| (self.outer[index], index)),
            None => None,
        };
        let Some((holder, depth)) = holder else {
            return false;
        };
        let name = entry.word("ctename");
        let found = holder
            .list("cteList")
            .iter()
            .find(|cte| name.is_some() && cte.word("ctename") == name);
        let Some(query) = found
            .filter(|cte| !cte.is("cterecursive"))
            .and_then(|cte| cte.field("ctequery"))
            .filter(|query| query.name() == "QUERY" && query.number("commandType") == Some(1))
        else {
            return false;
        };
        let within = Query {
            node: holder,
            outer: self.outer[..depth].to_vec(),
            nullable: HashSet::new(),
            wanted: HashSet::new(),
        };
        within.subquery(query, position, relations)
    }
}

/// The member and position of a column of this query, as it is or under another name for its type.
fn variable(node: &Node) -> Option<(u32, u32)> {
    match node.name() {
        "RELABELTYPE" => variable(node.field("arg")?),
        "VAR" if node.number("varlevelsup") == Some(0) => {
            Some((node.number("varno")?, node.number("varattno")?))
        }
        _ => None,
    }
}
