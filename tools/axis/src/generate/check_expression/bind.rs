//! Second step: the server's tree becomes ours. What is not known is refused with its reason, never guessed.

use std::collections::HashMap;

use super::constant::{described, literal};
use super::functions::{self, Text};
use super::node::{Node, Struct};
use super::regex::{Characters, Locale};
use super::server::{Names, Source};
use super::tree::{Comparison, Expr, Function, Literal, Type};

/// How deep functions may call functions.
const DEEPEST: usize = 16;

/// Makes trees of one database.
pub(super) struct Binder<'a> {
    /// What the numbers stand for.
    pub(super) names: &'a Names,
    /// What is known of the database's locale.
    pub(super) locale: Option<&'a Locale>,
    /// Whether the database's own collation is C.
    pub(super) is_c: bool,
}

/// What a tree may refer to.
#[derive(Clone, Copy)]
struct Scope<'a> {
    columns: &'a HashMap<i16, String>,
    /// The arguments of the function that is unfolded.
    arguments: &'a [Expr],
    /// The value that CASE compares.
    case: Option<&'a Expr>,
    depth: usize,
}

impl Binder<'_> {
    /// Makes the tree of a rule.
    pub(super) fn bind(&self, source: &Source) -> Result<Expr, String> {
        let scope = Scope {
            columns: &source.columns,
            arguments: &[],
            case: None,
            depth: 0,
        };
        self.expr(source.node.as_ref().map_err(Clone::clone)?, scope)
    }

    fn expr(&self, node: &Node, scope: Scope<'_>) -> Result<Expr, String> {
        let node = node.structure()?;
        match node.name.as_str() {
            "VAR" => self.column(node, scope),
            "CONST" => self.constant(node),
            "COERCETODOMAINVALUE" => Ok(Expr::Column(
                "value".to_owned(),
                self.type_of(node, "typeId")?,
            )),
            "PARAM" => {
                let index: usize = node.number("paramid")?;
                let argument = index
                    .checked_sub(1)
                    .and_then(|index| scope.arguments.get(index));
                argument
                    .cloned()
                    .ok_or_else(|| "a function has no such argument".to_owned())
            }
            "CASETESTEXPR" => scope.case.cloned().ok_or_else(|| not_known(node)),
            "BOOLEXPR" => self.boolean(node, scope),
            "NULLTEST" => {
                if node.flag("argisrow") {
                    return Err("it asks whether a row is NULL".to_owned());
                }
                let test = Expr::IsNull(Box::new(self.expr(node.field("arg"), scope)?));
                Ok(match node.word("nulltesttype")? {
                    "0" => test,
                    _ => Expr::Not(Box::new(test)),
                })
            }
            "BOOLEANTEST" => self.truth_test(node, scope),
            "RELABELTYPE" => {
                let argument = self.expr(node.field("arg"), scope)?;
                relabelled(argument, self.type_of(node, "resulttype")?)
            }
            "ARRAYCOERCEEXPR" => self.coerced_array(node, scope),
            "COERCEVIAIO" => {
                let argument = self.expr(node.field("arg"), scope)?;
                functions::cast_by_text(argument, self.type_of(node, "resulttype")?)
            }
            "OPEXPR" => self.operator(node, scope),
            "DISTINCTEXPR" => match self.operator(node, scope)? {
                Expr::Call(Function::Compare(Comparison::Equal), arguments, _) => {
                    let [left, right]: [Expr; 2] =
                        arguments.try_into().map_err(|_| not_known(node))?;
                    Ok(Expr::Distinct(Box::new(left), Box::new(right)))
                }
                _ => Err(not_known(node)),
            },
            "NULLIFEXPR" => {
                let arguments = self.all(node.list("args"), scope)?;
                let first = arguments.first().cloned().ok_or_else(|| not_known(node))?;
                let data_type = first.data_type();
                let equal = self.operator(node, scope)?;
                Ok(Expr::Case(
                    vec![(equal, Expr::Null(data_type.clone()))],
                    Box::new(first),
                    data_type,
                ))
            }
            "SCALARARRAYOPEXPR" => self.elements(node, scope),
            "FUNCEXPR" => self.function(node, scope),
            "CASEEXPR" | "CASE" => self.case(node, scope),
            "COALESCEEXPR" | "COALESCE" => Ok(Expr::Coalesce(
                self.all(node.list("args"), scope)?,
                self.type_of(node, "coalescetype")?,
            )),
            "ARRAYEXPR" | "ARRAY" => self.array(node, scope),
            _ => Err(not_known(node)),
        }
    }

    fn all(&self, nodes: &[Node], scope: Scope<'_>) -> Result<Vec<Expr>, String> {
        nodes.iter().map(|node| self.expr(node, scope)).collect()
    }

    fn type_of(&self, node: &Struct, field: &str) -> Result<Type, String> {
        let number: u32 = node.number(field)?;
        let found = self.names.types.get(&number);
        found
            .cloned()
            .ok_or_else(|| "it has a type that axis cannot name".to_owned())
    }

    fn column(&self, node: &Struct, scope: Scope<'_>) -> Result<Expr, String> {
        let number: i16 = node.number("varattno")?;
        let name = scope.columns.get(&number);
        let name =
            name.ok_or_else(|| "it reads the whole row or a column of the system".to_owned())?;
        Ok(Expr::Column(name.clone(), self.type_of(node, "vartype")?))
    }

    fn constant(&self, node: &Struct) -> Result<Expr, String> {
        let data_type = self.type_of(node, "consttype")?;
        if node.flag("constisnull") {
            return Ok(Expr::Null(data_type));
        }
        let Node::Bytes(bytes) = node.field("constvalue") else {
            return Err(not_known(node));
        };
        let found = literal(
            bytes,
            node.flag("constbyval"),
            &data_type,
            &self.names.labels,
        )?;
        Ok(Expr::Literal(found, data_type))
    }

    fn boolean(&self, node: &Struct, scope: Scope<'_>) -> Result<Expr, String> {
        let mut arguments = self.all(node.list("args"), scope)?;
        Ok(match node.word("boolop")? {
            "and" => Expr::And(arguments),
            "or" => Expr::Or(arguments),
            _ => Expr::Not(Box::new(arguments.pop().ok_or_else(|| not_known(node))?)),
        })
    }

    fn truth_test(&self, node: &Struct, scope: Scope<'_>) -> Result<Expr, String> {
        let argument = Box::new(self.expr(node.field("arg"), scope)?);
        Ok(match node.word("booltesttype")? {
            "0" => Expr::Is(argument, true),
            "1" => Expr::Not(Box::new(Expr::Is(argument, true))),
            "2" => Expr::Is(argument, false),
            "3" => Expr::Not(Box::new(Expr::Is(argument, false))),
            "4" => Expr::IsNull(argument),
            _ => Expr::Not(Box::new(Expr::IsNull(argument))),
        })
    }

    /// What the collation of a node says of texts.
    fn text<'b>(&'b self, node: &Struct) -> Text<'b> {
        let number: u32 = node.number("inputcollid").unwrap_or(0);
        let collation = self.names.collations.get(&number);
        Text {
            is_deterministic: collation.is_none_or(|found| found.is_deterministic),
            is_c: collation.is_some_and(|found| found.is_c || (found.is_default && self.is_c)),
            characters: match (collation, self.locale) {
                (Some(found), _) if found.is_c || (found.is_default && self.is_c) => {
                    Characters::Ascii
                }
                (Some(found), Some(locale)) if found.is_default => Characters::Locale(locale),
                _ => Characters::Unknown,
            },
        }
    }

    fn operator(&self, node: &Struct, scope: Scope<'_>) -> Result<Expr, String> {
        let number: u32 = node.number("opno")?;
        let operator = self
            .names
            .operators
            .get(&number)
            .ok_or_else(|| not_known(node))?;
        let arguments = self.all(node.list("args"), scope)?;
        if !operator.is_known {
            return Err(format!(
                "its operator `{}` is not PostgreSQL's own",
                operator.name
            ));
        }
        // `=` of an enum, an array or a range is declared for all of them: its result has no other type field.
        let result = self.type_of(node, "opresulttype").unwrap_or(Type::Bool);
        functions::operator(&operator.name, arguments, result, self.text(node))
    }

    fn elements(&self, node: &Struct, scope: Scope<'_>) -> Result<Expr, String> {
        let number: u32 = node.number("opno")?;
        let operator = self
            .names
            .operators
            .get(&number)
            .ok_or_else(|| not_known(node))?;
        if !operator.is_known {
            return Err(format!(
                "its operator `{}` is not PostgreSQL's own",
                operator.name
            ));
        }
        let is_any = node.flag("useOr");
        let (value, elements) = match node.list("args") {
            [value, array] => (self.expr(value, scope)?, self.elements_of(array, scope)?),
            _ => return Err(not_known(node)),
        };
        let Elements::Known(elements) = elements else {
            let Elements::Of(array) = elements else {
                return Err(not_known(node));
            };
            return functions::elements(&operator.name, is_any, value, array, self.text(node));
        };
        let parts: Vec<Expr> = elements
            .into_iter()
            .map(|element| {
                let arguments = vec![value.clone(), element];
                functions::operator(&operator.name, arguments, Type::Bool, self.text(node))
            })
            .collect::<Result<_, _>>()?;
        Ok(match is_any {
            true => Expr::Or(parts),
            false => Expr::And(parts),
        })
    }

    /// The elements of an array, where the rule says which they are.
    fn elements_of(&self, node: &Node, scope: Scope<'_>) -> Result<Elements, String> {
        let structure = node.structure()?;
        match structure.name.as_str() {
            "ARRAYEXPR" | "ARRAY" if !structure.flag("multidims") => Ok(Elements::Known(
                self.all(structure.list("elements"), scope)?,
            )),
            "RELABELTYPE" => {
                let Type::Array(element) = self.type_of(structure, "resulttype")? else {
                    return Err(not_known(structure));
                };
                match self.elements_of(structure.field("arg"), scope)? {
                    Elements::Known(elements) => Ok(Elements::Known(
                        elements
                            .into_iter()
                            .map(|found| relabelled(found, (*element).clone()))
                            .collect::<Result<_, _>>()?,
                    )),
                    other => Ok(other),
                }
            }
            "ARRAYCOERCEEXPR" => match self.elements_of(structure.field("arg"), scope)? {
                Elements::Known(elements) => Ok(Elements::Known(
                    elements
                        .into_iter()
                        .map(|found| {
                            let scope = Scope {
                                case: Some(&found),
                                ..scope
                            };
                            self.expr(structure.field("elemexpr"), scope)
                        })
                        .collect::<Result<_, _>>()?,
                )),
                Elements::Of(_) => Ok(Elements::Of(self.expr(node, scope)?)),
            },
            _ => match self.expr(node, scope)? {
                Expr::Literal(Literal::Array(elements), Type::Array(element)) => {
                    let known = elements.into_iter().map(|found| match found {
                        Some(found) => Expr::Literal(found, (*element).clone()),
                        None => Expr::Null((*element).clone()),
                    });
                    Ok(Elements::Known(known.collect()))
                }
                other => Ok(Elements::Of(other)),
            },
        }
    }

    /// An array of constants is one itself.
    fn array(&self, node: &Struct, scope: Scope<'_>) -> Result<Expr, String> {
        let data_type = self.type_of(node, "array_typeid")?;
        let elements = self.all(node.list("elements"), scope)?;
        let constants: Option<Vec<Option<Literal>>> = elements
            .into_iter()
            .map(|element| match element {
                Expr::Literal(found, _) => Some(Some(found)),
                Expr::Null(_) => Some(None),
                _ => None,
            })
            .collect();
        match (constants, node.flag("multidims")) {
            (Some(constants), false) => Ok(Expr::Literal(Literal::Array(constants), data_type)),
            _ => Err("it makes an array of what is not constant".to_owned()),
        }
    }

    fn coerced_array(&self, node: &Struct, scope: Scope<'_>) -> Result<Expr, String> {
        let result = self.type_of(node, "resulttype")?;
        let found = self.expr(node.field("arg"), scope)?;
        let (Type::Array(to), Type::Array(from)) = (&result, &found.data_type()) else {
            return Err(not_known(node));
        };
        if to == from {
            return Ok(found);
        }
        let Expr::Literal(Literal::Array(elements), _) = found else {
            return Err(format!("it casts an array to {}", described(&result)));
        };
        let cast = elements.into_iter().map(|element| {
            let element = element.map_or_else(
                || Expr::Null((**from).clone()),
                |found| Expr::Literal(found, (**from).clone()),
            );
            let scope = Scope {
                case: Some(&element),
                ..scope
            };
            match self.expr(node.field("elemexpr"), scope)? {
                Expr::Literal(found, _) => Ok(Some(found)),
                Expr::Null(_) => Ok(None),
                _ => Err(not_known(node)),
            }
        });
        let cast: Vec<_> = cast.collect::<Result<_, String>>()?;
        Ok(Expr::Literal(Literal::Array(cast), result))
    }

    fn case(&self, node: &Struct, scope: Scope<'_>) -> Result<Expr, String> {
        let data_type = self.type_of(node, "casetype")?;
        let compared = match node.field("arg") {
            Node::Nothing => None,
            arg => Some(self.expr(arg, scope)?),
        };
        let inner = Scope {
            case: compared.as_ref().or(scope.case),
            ..scope
        };
        let branches = node
            .list("args")
            .iter()
            .map(|when| {
                let when = when.structure()?;
                let condition = self.expr(when.field("expr"), inner)?;
                Ok((condition, self.expr(when.field("result"), scope)?))
            })
            .collect::<Result<_, String>>()?;
        let otherwise = match node.field("defresult") {
            Node::Nothing => Expr::Null(data_type.clone()),
            node => self.expr(node, scope)?,
        };
        Ok(Expr::Case(branches, Box::new(otherwise), data_type))
    }

    fn function(&self, node: &Struct, scope: Scope<'_>) -> Result<Expr, String> {
        let number: u32 = node.number("funcid")?;
        let function = self
            .names
            .functions
            .get(&number)
            .ok_or_else(|| not_known(node))?;
        let arguments = match node.flag("funcvariadic") {
            false => self.all(node.list("args"), scope)?,
            true => return Err(format!("it passes an array to `{}`", function.name)),
        };
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

/// An array whose elements are known, or one that is not.
enum Elements {
    Known(Vec<Expr>),
    Of(Expr),
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
    let query = body.structure().ok().filter(|node| node.name == "QUERY")?;
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
    let from = query.field("jointree").structure().ok()?;
    let is_plain =
        is_plain && from.list("fromlist").is_empty() && from.field("quals") == &Node::Nothing;
    match query.list("targetList") {
        [Node::Struct(target)] if is_plain => Some(target.field("expr")),
        _ => None,
    }
}

/// A cast that changes no bit.
fn relabelled(argument: Expr, to: Type) -> Result<Expr, String> {
    let from = argument.data_type();
    if from == to {
        return Ok(argument);
    }
    match (&from, &to) {
        // The case of citext does not count; that of text does.
        (Type::Text, Type::Citext) | (Type::Citext, Type::Text) | (Type::Cidr, Type::Inet) => {
            functions::retyped(argument, to)
        }
        (Type::Array(from), Type::Array(to)) if from == to => Ok(argument),
        _ => Err(format!(
            "it takes {} for {}",
            described(&from),
            described(&to)
        )),
    }
}

fn not_known(node: &Struct) -> String {
    match node.name.as_str() {
        "SQLVALUEFUNCTION" => "it depends on the clock or on who asks".to_owned(),
        "SUBSCRIPTINGREF" | "SUBSCRIPTINGREFEXPR" => "it reads an element of an array".to_owned(),
        "FIELDSELECT" => "it reads a field of a composite".to_owned(),
        "COERCETODOMAIN" => "it casts to a domain, whose rules may refuse".to_owned(),
        "MINMAXEXPR" | "MINMAX" => "GREATEST and LEAST are not translated yet".to_owned(),
        name => format!("PostgreSQL's {name} is not translated yet"),
    }
}
