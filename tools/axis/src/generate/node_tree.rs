//! PostgreSQL's own expression trees, of which each field that is needed must be there: what is not gives the reason why a
//! rule is left to the database.

pub(crate) use axis_db::{CatalogNode as Node, CatalogStruct as Struct};

/// Reads a tree.
pub(crate) fn parse(text: &str) -> Result<Node, String> {
    Node::parse(text).map_err(|unknown| unknown.to_string())
}

/// The node with its fields, or why it has none.
pub(crate) fn structure(node: &Node) -> Result<&Struct, String> {
    match node {
        Node::Struct(structure) => Ok(structure),
        _ => Err(axis_db::UnknownTree.to_string()),
    }
}

/// The fields of a node that a rule needs.
pub(crate) trait Needed {
    /// A field, or nothing.
    fn field(&self, name: &str) -> &Node;
    /// A field that holds a word.
    fn word(&self, name: &str) -> Result<&str, String>;
    /// A field that holds a number.
    fn number<T: std::str::FromStr>(&self, name: &str) -> Result<T, String>;
    /// A field that holds a list. Nothing is an empty one.
    fn list(&self, name: &str) -> &[Node];
    /// Whether a flag is set.
    fn flag(&self, name: &str) -> bool;
}

impl Needed for Struct {
    fn field(&self, name: &str) -> &Node {
        self.get(name).unwrap_or(&Node::Nothing)
    }

    fn word(&self, name: &str) -> Result<&str, String> {
        match self.field(name) {
            Node::Word(word) => Ok(word),
            _ => Err(format!("PostgreSQL's {} has no {name}", self.name)),
        }
    }

    fn number<T: std::str::FromStr>(&self, name: &str) -> Result<T, String> {
        self.word(name)?
            .parse()
            .map_err(|_| format!("PostgreSQL's {} has no number {name}", self.name))
    }

    fn list(&self, name: &str) -> &[Node] {
        match self.field(name) {
            Node::List(nodes) => nodes,
            _ => &[],
        }
    }

    fn flag(&self, name: &str) -> bool {
        matches!(self.field(name), Node::Word(word) if word == "true")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_named() {
        let tree = parse("{OPEXPR :opno 96 :opretset false :location -1 :args ({A} {B}) :c <>}");
        let tree = tree.unwrap();
        let node = structure(&tree).unwrap();
        assert_eq!(node.number::<u32>("opno"), Ok(96));
        assert_eq!(node.number::<i32>("location"), Ok(-1));
        assert_eq!(node.word("opretset"), Ok("false"));
        assert!(!node.flag("opretset"));
        assert_eq!(node.list("args").len(), 2);
        assert!(node.list("c").is_empty());
        assert_eq!(node.field("c"), node.field("other"));
        let missing = node.number::<u32>("opfuncid").unwrap_err();
        assert_eq!(missing, "PostgreSQL's OPEXPR has no opfuncid");
        let other = node.number::<u32>("location").unwrap_err();
        assert_eq!(other, "PostgreSQL's OPEXPR has no number location");
        assert!(structure(&Node::Nothing).is_err());
        assert!(parse("{A").is_err());
    }
}
