//! Expressions and queries as PostgreSQL keeps them, in columns of the type `pg_node_tree`.
//!
//! The text is self-describing: `{NAME :field value ..}`, `(list)`, `<>` for nothing, and `4 [ 1 0 0 0 .. ]` for the bytes
//! of a constant. The names of a few nodes and fields changed between majors; who reads a tree knows both.

/// A part of an expression or a query, as `pg_node_tree` prints it: `{OPEXPR :opno 96 :args (..)}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CatalogNode {
    /// `<>`
    Nothing,
    /// A number, a name, a flag.
    Word(String),
    /// `(..)`
    List(Vec<CatalogNode>),
    /// A constant's bytes.
    Bytes(Vec<u8>),
    /// `{NAME :field value ..}`
    Struct(CatalogStruct),
}

/// A node with its fields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CatalogStruct {
    /// What it is, in capitals.
    pub name: String,
    /// Its fields, in order. One has more than one value where it is a constant's length and bytes.
    pub(super) fields: Fields,
}

pub(super) type Fields = Vec<(String, Vec<CatalogNode>)>;

/// A tree that was not read, because it has a form that PostgreSQL 15 to 18 do not write, or is too deep.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("PostgreSQL's expression tree has a form that axis does not know")]
pub struct UnknownTree;

/// How deep a tree may be. PostgreSQL's own limit is the size of its stack.
const DEEPEST: usize = 400;

impl CatalogNode {
    /// Reads a tree.
    ///
    /// # Errors
    /// The text is no tree, or one that is too deep.
    pub fn parse(text: &str) -> Result<Self, UnknownTree> {
        let mut reader = Reader {
            rest: text.as_bytes(),
            depth: 0,
        };
        let node = reader.node()?;
        match reader.token()? {
            Token::End => Ok(node),
            _ => Err(UnknownTree),
        }
    }

    /// Its name, where it has fields.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Struct(structure) => &structure.name,
            _ => "",
        }
    }

    /// What stands in a field, where there is one.
    #[must_use]
    pub fn field(&self, wanted: &str) -> Option<&Self> {
        match self {
            Self::Struct(structure) => structure.get(wanted),
            _ => None,
        }
    }

    /// The members of a list in a field. Empty where there is none.
    #[must_use]
    pub fn list(&self, wanted: &str) -> &[Self] {
        match self.field(wanted) {
            Some(Self::List(members)) => members,
            _ => &[],
        }
    }

    /// A number in a field.
    #[must_use]
    pub fn number(&self, wanted: &str) -> Option<u32> {
        self.word(wanted)?.parse().ok()
    }

    /// A word in a field.
    #[must_use]
    pub fn word(&self, wanted: &str) -> Option<&str> {
        match self.field(wanted) {
            Some(Self::Word(word)) => Some(word),
            _ => None,
        }
    }

    /// Whether a flag is set.
    #[must_use]
    pub fn is(&self, wanted: &str) -> bool {
        self.word(wanted) == Some("true")
    }

    /// Every number that a field of one of these names holds, at any depth.
    pub fn numbers(&self, names: &[&str], found: &mut Vec<u32>) {
        match self {
            Self::List(nodes) => nodes.iter().for_each(|node| node.numbers(names, found)),
            Self::Struct(structure) => {
                for (name, values) in &structure.fields {
                    for value in values {
                        match value {
                            Self::Word(word) if names.contains(&name.as_str()) => {
                                found.extend(word.parse::<u32>().ok().filter(|oid| *oid > 0));
                            }
                            value => value.numbers(names, found),
                        }
                    }
                }
            }
            _ => {}
        }
    }
}

impl CatalogStruct {
    /// What stands in a field, where there is one: of a constant's value the bytes.
    #[must_use]
    pub fn get(&self, wanted: &str) -> Option<&CatalogNode> {
        let (_, values) = self.fields.iter().find(|(field, _)| field == wanted)?;
        let mut bytes = values.iter();
        bytes
            .find(|value| matches!(value, CatalogNode::Bytes(_)))
            .or(values.first())
    }
}

enum Token<'a> {
    End,
    Open,
    Close,
    OpenList,
    CloseList,
    Word(&'a [u8]),
}

struct Reader<'a> {
    rest: &'a [u8],
    depth: usize,
}

impl<'a> Reader<'a> {
    /// As PostgreSQL's `pg_strtok`: braces and parentheses stand alone, a backslash takes the next character as it is.
    fn token(&mut self) -> Result<Token<'a>, UnknownTree> {
        while let [b' ' | b'\n' | b'\t', rest @ ..] = self.rest {
            self.rest = rest;
        }
        let Some((first, rest)) = self.rest.split_first() else {
            return Ok(Token::End);
        };
        let single = match first {
            b'{' => Token::Open,
            b'}' => Token::Close,
            b'(' => Token::OpenList,
            b')' => Token::CloseList,
            _ => {
                let mut end = 0;
                while let Some(byte) = self.rest.get(end) {
                    match byte {
                        b' ' | b'\n' | b'\t' | b'{' | b'}' | b'(' | b')' => break,
                        b'\\' => end += 2,
                        _ => end += 1,
                    }
                }
                let (word, rest) = self.rest.split_at_checked(end).ok_or(UnknownTree)?;
                self.rest = rest;
                return Ok(Token::Word(word));
            }
        };
        self.rest = rest;
        Ok(single)
    }

    fn node(&mut self) -> Result<CatalogNode, UnknownTree> {
        let token = self.token()?;
        self.node_from(token)
    }

    fn node_from(&mut self, token: Token<'a>) -> Result<CatalogNode, UnknownTree> {
        if self.depth > DEEPEST {
            return Err(UnknownTree);
        }
        self.depth += 1;
        let node = self.node_at_depth(token);
        self.depth -= 1;
        node
    }

    fn node_at_depth(&mut self, token: Token<'a>) -> Result<CatalogNode, UnknownTree> {
        match token {
            Token::Open => Ok(CatalogNode::Struct(self.structure()?)),
            Token::OpenList => {
                let mut nodes = Vec::new();
                loop {
                    match self.token()? {
                        Token::CloseList => return Ok(CatalogNode::List(nodes)),
                        token => nodes.push(self.node_from(token)?),
                    }
                }
            }
            Token::Word(b"<>") => Ok(CatalogNode::Nothing),
            Token::Word(word) => Ok(CatalogNode::Word(unescaped(word)?)),
            _ => Err(UnknownTree),
        }
    }

    fn structure(&mut self) -> Result<CatalogStruct, UnknownTree> {
        let Token::Word(name) = self.token()? else {
            return Err(UnknownTree);
        };
        let mut fields = Vec::new();
        let mut token = self.token()?;
        loop {
            let field = match token {
                Token::Close => break,
                Token::Word([b':', field @ ..]) => unescaped(field)?,
                _ => return Err(UnknownTree),
            };
            // The first value may begin with a colon: it is a name then.
            let mut values = vec![self.node()?];
            token = self.token()?;
            // `:constvalue 4 [ 1 0 0 0 ]`: the length, then the bytes. Some fields print further words.
            loop {
                match token {
                    Token::Word(b"[") => values.push(CatalogNode::Bytes(self.bytes()?)),
                    Token::Word([b':', ..]) | Token::Close => break,
                    token => values.push(self.node_from(token)?),
                }
                token = self.token()?;
            }
            fields.push((field, values));
        }
        Ok(CatalogStruct {
            name: unescaped(name)?,
            fields,
        })
    }

    fn bytes(&mut self) -> Result<Vec<u8>, UnknownTree> {
        let mut bytes = Vec::new();
        loop {
            match self.token()? {
                Token::Word(b"]") => return Ok(bytes),
                Token::Word(word) => {
                    let text = std::str::from_utf8(word).map_err(|_| UnknownTree)?;
                    // Bytes are printed as C's `char`, which has a sign on some machines.
                    let byte: i16 = text.parse().map_err(|_| UnknownTree)?;
                    bytes.push(byte.to_le_bytes()[0]);
                }
                _ => return Err(UnknownTree),
            }
        }
    }
}

fn unescaped(word: &[u8]) -> Result<String, UnknownTree> {
    let mut bytes = Vec::with_capacity(word.len());
    let mut rest = word.iter();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'\\' => *rest.next().ok_or(UnknownTree)?,
            byte => *byte,
        });
    }
    String::from_utf8(bytes).map_err(|_| UnknownTree)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trees_are_read() {
        let text = r"{CONST :consttype 23 :constlen 4 :isnull false :location -1 :constvalue 4 [ -1 0 0 0 0 0 0 0 ]}";
        let constant = CatalogNode::parse(text).unwrap();
        assert_eq!(constant.name(), "CONST");
        assert_eq!(constant.number("consttype"), Some(23));
        assert_eq!(constant.word("location"), Some("-1"));
        assert_eq!(constant.number("location"), None);
        assert!(!constant.is("isnull"));
        assert_eq!(
            constant.field("constvalue"),
            Some(&CatalogNode::Bytes(vec![255, 0, 0, 0, 0, 0, 0, 0]))
        );
        let outer = CatalogNode::parse(r"{A :args ({B :c <> :d x\ y} {B}) :e (i 1 2)}").unwrap();
        assert_eq!(outer.list("args").len(), 2);
        let inner = &outer.list("args")[0];
        assert_eq!(inner.field("c"), Some(&CatalogNode::Nothing));
        assert_eq!(inner.word("d"), Some("x y"));
        let mut found = Vec::new();
        CatalogNode::parse("{A :opno 5 :args ({B :opno 7 :x 8} {C :opno 0})}")
            .unwrap()
            .numbers(&["opno"], &mut found);
        assert_eq!(found, [5, 7]);
    }

    #[test]
    fn names_are_words_whatever_is_in_them() {
        let text = r"({QUERY :cols (b 8 9) :alias <> :name :a\ b[1] :args ({CONST :value 4 [ 1 0 ] :null false} {X})})";
        let Ok(CatalogNode::List(members)) = CatalogNode::parse(text) else {
            panic!("no list");
        };
        let query = &members[0];
        assert_eq!(query.name(), "QUERY");
        assert_eq!(query.word("name"), Some(":a b[1]"));
        assert_eq!(query.field("alias"), Some(&CatalogNode::Nothing));
        assert_eq!(query.field("other"), None);
        assert_eq!(query.list("cols").len(), 3);
        let constant = &query.list("args")[0];
        assert_eq!(
            constant.field("value"),
            Some(&CatalogNode::Bytes(vec![1, 0]))
        );
        assert!(!constant.is("null"));
        assert_eq!(query.list("args")[1].name(), "X");
    }

    #[test]
    fn what_is_no_tree_is_refused() {
        for text in [
            "",
            "{",
            "{A",
            "{A :b",
            "(",
            "{A :b [ 1",
            "{A b}",
            "{A} {B}",
            "}",
            ")",
        ] {
            assert!(CatalogNode::parse(text).is_err(), "{text}");
        }
        assert!(CatalogNode::parse(&"(".repeat(100_000)).is_err());
    }
}
