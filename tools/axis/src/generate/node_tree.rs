//! PostgreSQL's own expression trees, as `pg_node_tree` columns print them.
//!
//! The text is self-describing: `{NAME :field value ..}`, `(list)`, `<>` for nothing, and `4 [ 1 0 0 0 .. ]` for the bytes
//! of a constant. The names of a few nodes and fields changed between majors; the reader of the tree knows both.

/// A value within a tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Node {
    /// `<>`
    Nothing,
    /// A number, a name, a flag.
    Word(String),
    /// `(..)`
    List(Vec<Node>),
    /// A constant's bytes.
    Bytes(Vec<u8>),
    /// `{NAME :field value ..}`
    Struct(Struct),
}

/// A node with its fields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Struct {
    /// What it is, in capitals.
    pub(crate) name: String,
    /// Its fields, in order.
    fields: Vec<(String, Node)>,
}

/// How deep a tree may be. PostgreSQL's own limit is the size of its stack.
const DEEPEST: usize = 400;

impl Node {
    /// Reads a tree.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut reader = Reader {
            rest: text.as_bytes(),
            depth: 0,
        };
        let node = reader.node()?;
        match reader.token()? {
            Token::End => Ok(node),
            _ => Err(unreadable()),
        }
    }

    /// The node within, or why it is none.
    pub(crate) fn structure(&self) -> Result<&Struct, String> {
        match self {
            Self::Struct(structure) => Ok(structure),
            _ => Err(unreadable()),
        }
    }

    /// Its name, where it has fields.
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Struct(structure) => &structure.name,
            _ => "",
        }
    }

    /// What stands in a field, where there is one.
    pub(crate) fn field(&self, wanted: &str) -> Option<&Self> {
        match self {
            Self::Struct(structure) => structure.found(wanted),
            _ => None,
        }
    }

    /// The members of a list in a field. Empty where there is none.
    pub(crate) fn list(&self, wanted: &str) -> &[Self] {
        match self.field(wanted) {
            Some(Self::List(members)) => members,
            _ => &[],
        }
    }

    /// A number in a field.
    pub(crate) fn number(&self, wanted: &str) -> Option<u32> {
        self.word(wanted)?.parse().ok()
    }

    /// A word in a field.
    pub(crate) fn word(&self, wanted: &str) -> Option<&str> {
        match self.field(wanted) {
            Some(Self::Word(word)) => Some(word),
            _ => None,
        }
    }

    /// Whether a flag is set.
    pub(crate) fn is(&self, wanted: &str) -> bool {
        self.word(wanted) == Some("true")
    }

    /// Every number that a field of one of these names holds, at any depth.
    pub(crate) fn numbers(&self, names: &[&str], found: &mut Vec<u32>) {
        match self {
            Self::List(nodes) => nodes.iter().for_each(|node| node.numbers(names, found)),
            Self::Struct(structure) => {
                for (name, node) in &structure.fields {
                    match node {
                        Self::Word(word) if names.contains(&name.as_str()) => {
                            found.extend(word.parse::<u32>().ok().filter(|oid| *oid > 0));
                        }
                        node => node.numbers(names, found),
                    }
                }
            }
            _ => {}
        }
    }
}

impl Struct {
    fn found(&self, name: &str) -> Option<&Node> {
        let mut fields = self.fields.iter();
        Some(&fields.find(|(field, _)| field == name)?.1)
    }

    /// A field, or nothing.
    pub(crate) fn field(&self, name: &str) -> &Node {
        self.found(name).unwrap_or(&Node::Nothing)
    }

    /// A field that holds a word.
    pub(crate) fn word(&self, name: &str) -> Result<&str, String> {
        match self.field(name) {
            Node::Word(word) => Ok(word),
            _ => Err(format!("PostgreSQL's {} has no {name}", self.name)),
        }
    }

    /// A field that holds a number.
    pub(crate) fn number<T: std::str::FromStr>(&self, name: &str) -> Result<T, String> {
        self.word(name)?
            .parse()
            .map_err(|_| format!("PostgreSQL's {} has no number {name}", self.name))
    }

    /// A field that holds a list. Nothing is an empty one.
    pub(crate) fn list(&self, name: &str) -> &[Node] {
        match self.field(name) {
            Node::List(nodes) => nodes,
            _ => &[],
        }
    }

    /// Whether a flag is set.
    pub(crate) fn flag(&self, name: &str) -> bool {
        matches!(self.field(name), Node::Word(word) if word == "true")
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
    fn token(&mut self) -> Result<Token<'a>, String> {
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
                let (word, rest) = self.rest.split_at_checked(end).ok_or_else(unreadable)?;
                self.rest = rest;
                return Ok(Token::Word(word));
            }
        };
        self.rest = rest;
        Ok(single)
    }

    fn node(&mut self) -> Result<Node, String> {
        let token = self.token()?;
        self.node_from(token)
    }

    fn node_from(&mut self, token: Token<'a>) -> Result<Node, String> {
        if self.depth > DEEPEST {
            return Err(unreadable());
        }
        self.depth += 1;
        let node = self.node_at_depth(token);
        self.depth -= 1;
        node
    }

    fn node_at_depth(&mut self, token: Token<'a>) -> Result<Node, String> {
        match token {
            Token::Open => Ok(Node::Struct(self.structure()?)),
            Token::OpenList => {
                let mut nodes = Vec::new();
                loop {
                    match self.token()? {
                        Token::CloseList => return Ok(Node::List(nodes)),
                        token => nodes.push(self.node_from(token)?),
                    }
                }
            }
            Token::Word(b"<>") => Ok(Node::Nothing),
            Token::Word(word) => Ok(Node::Word(unescaped(word)?)),
            _ => Err(unreadable()),
        }
    }

    fn structure(&mut self) -> Result<Struct, String> {
        let Token::Word(name) = self.token()? else {
            return Err(unreadable());
        };
        let mut fields = Vec::new();
        let mut token = self.token()?;
        loop {
            let field = match token {
                Token::Close => break,
                Token::Word([b':', field @ ..]) => unescaped(field)?,
                _ => return Err(unreadable()),
            };
            let mut value = self.node()?;
            token = self.token()?;
            // `:constvalue 4 [ 1 0 0 0 ]`: the length, then the bytes. Some fields print further words.
            loop {
                match token {
                    Token::Word(b"[") => value = Node::Bytes(self.bytes()?),
                    Token::Word([b':', ..]) | Token::Close => break,
                    token => {
                        self.node_from(token)?;
                    }
                }
                token = self.token()?;
            }
            fields.push((field, value));
        }
        Ok(Struct {
            name: unescaped(name)?,
            fields,
        })
    }

    fn bytes(&mut self) -> Result<Vec<u8>, String> {
        let mut bytes = Vec::new();
        loop {
            match self.token()? {
                Token::Word(b"]") => return Ok(bytes),
                Token::Word(word) => {
                    let text = std::str::from_utf8(word).map_err(|_| unreadable())?;
                    // Bytes are printed as C's `char`, which has a sign on some machines.
                    let byte: i16 = text.parse().map_err(|_| unreadable())?;
                    bytes.push(byte.to_le_bytes()[0]);
                }
                _ => return Err(unreadable()),
            }
        }
    }
}

fn unescaped(word: &[u8]) -> Result<String, String> {
    let mut bytes = Vec::with_capacity(word.len());
    let mut rest = word.iter();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'\\' => *rest.next().ok_or_else(unreadable)?,
            byte => *byte,
        });
    }
    String::from_utf8(bytes).map_err(|_| unreadable())
}

fn unreadable() -> String {
    "PostgreSQL's expression tree has a form that axis does not know".to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trees_are_read() {
        let text = r"{CONST :consttype 23 :constlen 4 :isnull false :location -1 :constvalue 4 [ -1 0 0 0 0 0 0 0 ]}";
        let node = Node::parse(text).unwrap();
        let constant = node.structure().unwrap();
        assert_eq!(constant.name, "CONST");
        assert_eq!(constant.number::<u32>("consttype"), Ok(23));
        assert_eq!(constant.number::<i32>("location"), Ok(-1));
        assert!(!constant.flag("isnull"));
        assert_eq!(
            constant.field("constvalue"),
            &Node::Bytes(vec![255, 0, 0, 0, 0, 0, 0, 0])
        );
        let node = Node::parse(r"{A :args ({B :c <> :d x\ y} {B}) :e (i 1 2)}").unwrap();
        let outer = node.structure().unwrap();
        assert_eq!(outer.list("args").len(), 2);
        let inner = outer.list("args")[0].structure().unwrap();
        assert_eq!(inner.field("c"), &Node::Nothing);
        assert_eq!(inner.word("d"), Ok("x y"));
        let mut found = Vec::new();
        Node::parse("{A :opno 5 :args ({B :opno 7 :x 8} {C :opno 0})}")
            .unwrap()
            .numbers(&["opno"], &mut found);
        assert_eq!(found, [5, 7]);
    }

    #[test]
    fn names_are_words_whatever_is_in_them() {
        let text = r"({QUERY :cols (b 8 9) :alias <> :name :a\ b[1] :args ({CONST :value 4 [ 1 0 ] :null false} {X})})";
        let Ok(Node::List(members)) = Node::parse(text) else {
            panic!("no list");
        };
        let query = &members[0];
        assert_eq!(query.name(), "QUERY");
        assert_eq!(query.word("name"), Some(":a b[1]"));
        assert_eq!(query.field("alias"), Some(&Node::Nothing));
        assert_eq!(query.field("other"), None);
        assert_eq!(query.list("cols").len(), 3);
        let constant = &query.list("args")[0];
        assert_eq!(constant.field("value"), Some(&Node::Bytes(vec![1, 0])));
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
            assert!(Node::parse(text).is_err(), "{text}");
        }
        assert!(Node::parse(&"(".repeat(100_000)).is_err());
    }
}
