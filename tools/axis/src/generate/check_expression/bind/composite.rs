//! Members of composite types.

use super::super::super::node_tree::{Needed, Node, Struct, structure};
use super::super::server::{Member, Names};
use super::super::tree::{Expr, Function, Type};
use super::{Binder, Scope};

impl Binder<'_> {
    /// `(composite).member`
    pub(super) fn member(&self, node: &Struct, scope: Scope<'_>) -> Result<Expr, String> {
        let composite = self.expr(node.field("arg"), scope)?;
        let number: i16 = node.number("fieldnum")?;
        let found = all(self.names, &composite)?.get(&number);
        let member = found.ok_or("it reads a field of a composite that axis cannot name")?;
        Ok(of(&composite, member))
    }
}

/// Every member of a composite.
pub(super) fn members(names: &Names, composite: &Expr) -> Result<Vec<Expr>, String> {
    let members = all(names, composite)?.values();
    Ok(members.map(|member| of(composite, member)).collect())
}

fn all<'a>(
    names: &'a Names,
    composite: &Expr,
) -> Result<&'a std::collections::BTreeMap<i16, Member>, String> {
    let is_column = matches!(
        composite,
        Expr::Column(..) | Expr::Call(Function::Member(_), ..)
    );
    match composite.data_type() {
        Type::Other(name) if is_column => names.members.get(&name),
        _ => None,
    }
    .ok_or_else(|| "it reads a field of a composite that is no column".to_owned())
}

fn of(composite: &Expr, member: &Member) -> Expr {
    Expr::Call(
        Function::Member(member.name.clone()),
        vec![composite.clone()],
        member.data_type.clone(),
    )
}

/// The modifier of the type of a column, or of a member.
pub(super) fn modifier(node: &Node) -> Option<&str> {
    let fields: &[&str] = match structure(node) {
        Ok(found) if found.name == "FIELDSELECT" => &["resulttypmod"],
        _ => &["vartypmod", "typeMod"],
    };
    fields.iter().find_map(|field| node.word(field))
}
