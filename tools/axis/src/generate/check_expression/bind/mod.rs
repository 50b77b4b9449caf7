//! Second step: the server's tree becomes ours. What is not known is refused with its reason, never guessed.

mod array;
mod composite;
mod function;

use std::collections::HashMap;

use super::super::node_tree::{Needed, Node, Struct, structure};
use super::constant::{described, literal};
use super::functions::{self, Text};
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
    /// Whether the database's own collation orders texts by their bytes.
    pub(super) is_bytewise: bool,
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
        let rule = self.expr(source.node.as_ref().map_err(Clone::clone)?, scope)?;
        match moves_only_where_it_compares(&rule) {
            true => Ok(rule),
            false => Err("it does more with a time that it calculates than compare it".to_owned()),
        }
    }

    /// Makes the tree of a column's default. That of a domain's column is cast to the domain, which leaves the value as it is.
    pub(super) fn bind_default(&self, source: &Source) -> Result<Expr, String> {
        let mut node = source.node.clone();
        while let Ok(found) = &node
            && let Ok(cast) = structure(found)
            && cast.name == "COERCETODOMAIN"
        {
            node = Ok(cast.field("arg").clone());
        }
        self.bind(&Source {
            node,
            columns: source.columns.clone(),
        })
    }

    fn expr(&self, node: &Node, scope: Scope<'_>) -> Result<Expr, String> {
        let node = structure(node)?;
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
                    return self.row_test(node, scope);
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
            // Which collation counts stands at the operator.
            "COLLATEEXPR" | "COLLATE" => self.expr(node.field("arg"), scope),
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
            "MINMAXEXPR" | "MINMAX" => {
                let data_type = self.type_of(node, "minmaxtype")?;
                let parts = self.all(node.list("args"), scope)?;
                functions::ordered(&data_type, self.text(node))?;
                Ok(Expr::Extreme(parts, node.word("op")? == "0", data_type))
            }
            "ROWCOMPAREEXPR" | "ROWCOMPARE" => self.rows(node, scope),
            "SUBSCRIPTINGREF" => self.subscript(node, scope),
            "FIELDSELECT" => self.member(node, scope),
            _ => Err(not_known(node)),
        }
    }

    fn all(&self, nodes: &[Node], scope: Scope<'_>) -> Result<Vec<Expr>, String> {
        nodes.iter().map(|node| self.expr(node, scope)).collect()
    }

    /// `ROW(..) IS NULL`: each of them is. `IS NOT NULL`: none of them is.
    fn row_test(&self, node: &Struct, scope: Scope<'_>) -> Result<Expr, String> {
        let row = structure(node.field("arg"))?;
        let parts = match row.name.as_str() {
            "ROW" | "ROWEXPR" => self.all(row.list("args"), scope)?,
            _ => composite::members(self.names, &self.expr(node.field("arg"), scope)?)?,
        };
        let is_null = node.word("nulltesttype")? == "0";
        let parts = parts.into_iter().map(|part| {
            let test = Expr::IsNull(Box::new(part));
            match is_null {
                true => test,
                false => Expr::Not(Box::new(test)),
            }
        });
        Ok(Expr::And(parts.collect()))
    }

    /// `(a, b) < (c, d)`: the first two that differ decide.
    fn rows(&self, node: &Struct, scope: Scope<'_>) -> Result<Expr, String> {
        let comparison = match node.word("rctype").or_else(|_| node.word("cmptype"))? {
            "1" => Comparison::Less,
            "2" => Comparison::LessOrEqual,
            "4" => Comparison::GreaterOrEqual,
            "5" => Comparison::Greater,
            _ => return Err(not_known(node)),
        };
        let strict = match comparison {
            Comparison::Less | Comparison::LessOrEqual => "<",
            _ => ">",
        };
        // Each pair has a collation of its own: the order of texts is left to the database.
        let text = Text {
            is_deterministic: true,
            is_c: false,
            characters: Characters::Unknown,
            padded: None,
        };
        let compare = |name: &str, left: &Expr, right: &Expr| {
            functions::operator(name, vec![left.clone(), right.clone()], Type::Bool, text)
        };
        let left = self.all(node.list("largs"), scope)?;
        let right = self.all(node.list("rargs"), scope)?;
        let mut whole: Option<Expr> = None;
        for (left, right) in left.iter().zip(&right).rev() {
            whole = Some(match whole {
                None => compare(comparison.sql(), left, right)?,
                Some(rest) => Expr::Or(vec![
                    compare(strict, left, right)?,
                    Expr::And(vec![compare("=", left, right)?, rest]),
                ]),
            });
        }
        whole.ok_or_else(|| not_known(node))
    }

    /// `array[n]`
    fn subscript(&self, node: &Struct, scope: Scope<'_>) -> Result<Expr, String> {
        let array = self.expr(node.field("refexpr"), scope)?;
        let Type::Array(element) = array.data_type() else {
            return Err("it reads a part of a value by its place".to_owned());
        };
        let [index] = node.list("refupperindexpr") else {
            return Err("it reads an element of an array of several dimensions".to_owned());
        };
        if !node.list("reflowerindexpr").is_empty() {
            return Err("it reads a part of an array".to_owned());
        }
        match self.expr(index, scope)? {
            Expr::Literal(Literal::Int(index), _) => match usize::try_from(index) {
                Ok(index) if index > 0 => Ok(Expr::Call(
                    Function::ArrayElement(index),
                    vec![array],
                    *element,
                )),
                _ => Ok(Expr::Null(*element)),
            },
            _ => Err("it reads an element of an array at a place that is not constant".to_owned()),
        }
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
        // A literal of no type yet, as C holds it.
        if node.word("constlen") == Ok("-2") {
            let text = bytes.split(|byte| *byte == 0).next().unwrap_or_default();
            let text = std::str::from_utf8(text).map_err(|_| not_known(node))?;
            return Ok(Expr::Literal(Literal::Text(text.to_owned()), Type::Text));
        }
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
        let padded = node.list("args").first().and_then(|argument| {
            let length = composite::modifier(argument)?;
            length.parse::<usize>().ok()?.checked_sub(4)
        });
        Text {
            padded,
            is_deterministic: collation.is_none_or(|found| found.is_deterministic),
            is_c: collation
                .is_some_and(|found| found.is_c || (found.is_default && self.is_bytewise)),
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
                let when = structure(when)?;
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

/// A time that is calculated is a number in Rust, which nothing but a comparison or a further calculation takes.
fn moves_only_where_it_compares(rule: &Expr) -> bool {
    let is_moved = |expr: &&Expr| {
        matches!(
            expr,
            Expr::Call(Function::Moved { .. } | Function::DateMoved { .. }, ..)
        )
    };
    let (mut all, mut compared) = (0, 0);
    rule.visit(&mut |part| {
        all += usize::from(is_moved(&part));
        compared += match part {
            Expr::Call(Function::Compare(_), arguments, _) => {
                arguments.iter().filter(is_moved).count()
            }
            Expr::Call(Function::Moved { .. } | Function::DateMoved { .. }, arguments, _) => {
                arguments.iter().take(1).filter(is_moved).count()
            }
            _ => 0,
        };
    });
    all == compared
}

fn not_known(node: &Struct) -> String {
    match node.name.as_str() {
        "SQLVALUEFUNCTION" => "it depends on the clock or on who asks".to_owned(),
        "COERCETODOMAIN" => "it casts to a domain, whose rules may refuse".to_owned(),
        name => format!("PostgreSQL's {name} is not translated yet"),
    }
}
