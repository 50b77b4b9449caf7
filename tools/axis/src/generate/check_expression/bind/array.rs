//! Arrays, and what is asked of their elements.

use super::super::super::node_tree::{Needed, Node, Struct, structure};
use super::super::constant::described;
use super::super::functions;
use super::super::tree::{Expr, Literal, Type};
use super::{Binder, Scope, not_known, relabelled};

impl Binder<'_> {
    pub(super) fn elements(&self, node: &Struct, scope: Scope<'_>) -> Result<Expr, String> {
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
        let structure = structure(node)?;
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
    pub(super) fn array(&self, node: &Struct, scope: Scope<'_>) -> Result<Expr, String> {
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

    pub(super) fn coerced_array(&self, node: &Struct, scope: Scope<'_>) -> Result<Expr, String> {
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
}

/// An array whose elements are known, or one that is not.
enum Elements {
    Known(Vec<Expr>),
    Of(Expr),
}
